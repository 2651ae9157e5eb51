/* 暗号化されたOffice文書 — docx, xlsx and pptx under a password: opened with the one that was given, then rebuilt as what is inside.
 * article: s6.3.2b; threats B19, C1. */
#include "sanitize/parts/office_crypt.h"
#include "sanitize/parts/ole.h"
#include "sanitize/parts/package_kind.h"

enum { HEAD = 4096, TAIL = 65536 + 22, PIECE = 1 << 20 };

static const char *format_inside(struct bytes b)
{
	size_t tail = MIN(b.n, (size_t)TAIL);

	switch (package_kind(bytes_of(b.p, MIN(b.n, (size_t)HEAD)), bytes_of(b.p + b.n - tail, tail), b.n)) {
	case PACKAGE_WORD: return "docx";
	case PACKAGE_SHEET: return "xlsx";
	case PACKAGE_SLIDES: return "pptx";
	default: return NULL;
	}
}

/* docm, dotx … of docx: the names of one program begin alike. */
static bool agrees(struct text name, const char *format)
{
	const char *dot = strrchr(name.p, '.');

	return !dot || dot == name.p || strncasecmp(dot + 1, format, 2) == 0 || (format[0] == 'd' && strncasecmp(dot + 1, "dot", 3) == 0) ||
	       (format[0] == 'p' && (strncasecmp(dot + 1, "pot", 3) == 0 || strncasecmp(dot + 1, "pps", 3) == 0)) || (format[0] == 'x' && strncasecmp(dot + 1, "xlt", 3) == 0);
}

static int open_package(struct job *job, struct bytes *out, struct err *err)
{
	struct bytes whole, info, package;
	struct ole ole;

	if (job_read_all(job, &whole, err) < 0 || ole_open(job_arena(job), whole, &ole, err) < 0)
		return -1;
	uint32_t info_at = ole_find(&ole, 0, "EncryptionInfo"), package_at = ole_find(&ole, 0, "EncryptedPackage");
	if (info_at == OLE_NONE || package_at == OLE_NONE)
		return refuse(err, REFUSAL_DAMAGED, "encryption: a part is missing");
	if (ole_content(&ole, info_at, &info, err) < 0 || ole_content(&ole, package_at, &package, err) < 0)
		return -1;
	return office_decrypt(job_arena(job), info, package, job_password(job), job_limit(job, LIMIT_SPIN), out, err);
}

int locked_rebuild(struct job *job, struct err *err)
{
	struct bytes inside;

	if (open_package(job, &inside, err) < 0)
		return -1;
	const char *format = format_inside(inside);
	if (!format)
		return refuse(err, REFUSAL_UNSUPPORTED_FORMAT, "under the password is no docx, xlsx or pptx");
	if (!agrees(job_name(job), format))
		job_converted(job, format); /* the broker gives it the right extension */
	for (size_t at = 0; at < inside.n; at += PIECE)
		if (job_write(job, bytes_of(inside.p + at, MIN((size_t)PIECE, inside.n - at)), err) < 0)
			return -1;
	job_note(job, "PASSWORD_REMOVED");
	job_unwrapped(job, format);
	return 0;
}
