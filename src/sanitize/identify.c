/* 種類の判定 — contract in identify.h: asks every format whether the bytes are its own. Exactly one may say yes (A2); what the name says beside that is put right
 * where it leads astray (A1), unless it is the name of something that runs. It reads head and tail only. */
#include "sanitize/identify.h"
#include "sanitize/parts/ole_kind.h"
#include "sanitize/parts/package_kind.h"

enum { HEAD = 4096, HEAD_DEEP = 34816 /* where an ISO image says what it is */, TAIL = 65536 + 22, TAIL_PLAIN = 4096 };

static const struct candidate {
	const char *name;
	const struct format_probe *probe;
} candidates[] = {
#define FORMAT(name, family, grammar, extension, media_type, ja, en) { #name, &probe_##name },
#include "sanitize/formats/formats.def"
#undef FORMAT
};

/* Known, so that the refusal is the right one; never served. */
static const struct known {
	const char *name;
	enum refusal refusal;
	unsigned at;
	struct bytes magic;
	bool is_weak;
} foreign[] = {
#define FOREIGN(english, japanese, refusal, at, magic) { english, REFUSAL_##refusal, at, { (const uint8_t *)(magic), sizeof(magic) - 1 }, false },
#define WEAK(english, japanese, refusal, at, magic) { english, REFUSAL_##refusal, at, { (const uint8_t *)(magic), sizeof(magic) - 1 }, true },
#include "sanitize/foreign.def"
#undef FOREIGN
#undef WEAK
};
static const struct known other_office = { .name = "a document of another office program", .refusal = REFUSAL_UNSUPPORTED_FORMAT };

static const struct known *foreign_of(struct bytes head, bool weak)
{
	for (size_t i = 0; i < COUNT(foreign); i++)
		if (foreign[i].is_weak == weak && head.n >= foreign[i].at &&
		    bytes_start(bytes_of(head.p + foreign[i].at, head.n - foreign[i].at), foreign[i].magic))
			return &foreign[i];
	return NULL;
}

static struct text extension_of(struct arena *arena, struct text name)
{
	size_t dot = name.n;

	while (dot > 0 && name.p[dot - 1] != '.')
		dot--;
	if (dot <= 1) /* none, or a name that begins with its only dot */
		return TEXT("");
	char *lower = arena_copy(arena, name.p + dot, name.n - dot);
	for (char *p = lower; *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p + 'a' - 'A');
	return (struct text){ lower, name.n - dot };
}

static bool takes_extension(const struct candidate *c, struct text extension)
{
	for (const char *const *e = c->probe->extensions; *e; e++)
		if (text_is(extension, *e))
			return true;
	return false;
}

/* A container of that kind under a name of that kind, in which the document cannot be found: damaged, and nothing foreign. */
static bool is_ole_name(struct text extension)
{
	static const char *const names[] = { "doc", "dot", "xls", "xlt", "ppt", "pps", "pot", "msg", "jtd" };

	for (size_t i = 0; i < COUNT(names); i++)
		if (text_is(extension, names[i]))
			return true;
	return false;
}

/* Text under such a name is run by a double click, or by a server: it is not handed out under another. */
static bool runs(struct text extension, enum refusal *as)
{
	static const char *const programs[] = { "exe", "com", "scr", "pif", "dll", "cpl", "msi", "msc", "bat", "cmd", "vbs", "vbe", "js", "jse", "wsf", "wsh", "sct", "ps1", "psm1", "hta",
		"lnk", "url", "scf", "inf", "reg", "jar", "application", "gadget", "appref-ms", "library-ms", "search-ms", "settingcontent-ms", "desktop" };
	static const char *const scripts[] = { "sh", "bash", "csh", "py", "pl", "rb", "php", "asp", "aspx", "jsp", "cgi", "applescript", "command" };

	for (size_t i = 0; i < COUNT(programs); i++)
		if (text_is(extension, programs[i])) {
			*as = REFUSAL_PROGRAM;
			return true;
		}
	for (size_t i = 0; i < COUNT(scripts); i++)
		if (text_is(extension, scripts[i])) {
			*as = REFUSAL_ACTIVE_TEXT;
			return true;
		}
	return false;
}

/* Text under the name of something else. Pages and tables that web systems call xls or doc are opened by Office as what they are; mails are saved as msg by programs that
 * are not Outlook. Anything else is the text that it is. */
static const char *name_text(struct bytes head, struct text extension)
{
	static const char *const pages[] = { "<html", "<!doctype html", "<table", "<meta", "<head" };
	size_t at = bytes_start(head, BYTES("\xef\xbb\xbf")) ? 3 : 0, colon = 0;

	while (at < head.n && (head.p[at] == ' ' || head.p[at] == '\t' || head.p[at] == '\r' || head.p[at] == '\n'))
		at++;
	for (size_t i = 0; i < COUNT(pages) && (text_is(extension, "xls") || text_is(extension, "doc")); i++)
		if (head.n - at >= strlen(pages[i]) && strncasecmp((const char *)head.p + at, pages[i], strlen(pages[i])) == 0)
			return "html";
	while (colon < head.n && (head.p[colon] == '-' || ((head.p[colon] | 0x20) >= 'a' && (head.p[colon] | 0x20) <= 'z')))
		colon++;
	return text_is(extension, "msg") && colon > 1 && colon < head.n && head.p[colon] == ':' ? "eml" : candidates[0].name;
}

/* Text has no magic: among txt, csv and their like the extension decides; under none, or one that is of no text, it is the first of formats.def. wide: the person says
 * UTF-16, which without its mark looks like nothing. */
static int identify_plain(struct bytes head, struct bytes tail, uint64_t size, struct text extension, bool wide, const char **out, struct err *err)
{
	bool is_plain = false;

	for (size_t i = 0; i < COUNT(candidates); i++) {
		const struct candidate *c = &candidates[i];
		if (!c->probe->plain || !(wide || c->probe->probe(head, tail, size)))
			continue;
		is_plain = true;
		if (extension.n == 0 || takes_extension(c, extension)) {
			*out = c->name;
			return 0;
		}
	}
	const struct known *known = is_plain ? NULL : foreign_of(head, true);
	if (known && !(ole_begins(head) && is_ole_name(extension)))
		return refuse(err, known->refusal, "it is %s", known->name);
	enum refusal as;
	if (is_plain && runs(extension, &as))
		return refuse(err, as, "text that runs under the extension %s", extension.p);
	if (is_plain) {
		*out = name_text(head, extension);
		return 0;
	}
	for (size_t i = 0; i < COUNT(candidates); i++)
		if (!candidates[i].probe->plain && takes_extension(&candidates[i], extension))
			return refuse(err, REFUSAL_DAMAGED, "the content is not %s, nor anything known", extension.p);
	return refuse(err, REFUSAL_UNKNOWN_FORMAT, "no format claims the content");
}

static int identify(struct bytes head, struct bytes tail, uint64_t size, struct text extension, bool wide, const char **out, struct err *err)
{
	const struct candidate *found = NULL;
	const struct known *known = foreign_of(head, false);
	enum package_kind package = package_kind(head, tail, size);

	if (package == PACKAGE_OFFICE_OTHER || package == PACKAGE_OTHER)
		known = &other_office;

	if (size == 0) /* nothing in it can act: an empty text or table passes, anything else is cut short */
		known = NULL;
	for (size_t i = 0; i < COUNT(candidates); i++) {
		const struct candidate *c = &candidates[i];
		if (c->probe->plain || !c->probe->probe(head, tail, size))
			continue;
		if (found)
			return refuse(err, REFUSAL_POLYGLOT, "it is %s and %s at once", found->name, c->name);
		found = c;
	}
	if (found && known)
		return refuse(err, REFUSAL_POLYGLOT, "it is %s and %s at once", found->name, known->name);
	if (known)
		return refuse(err, known->refusal, "it is %s", known->name);
	if (!found)
		return identify_plain(head, tail, size, extension, wide, out, err);
	*out = found->name;
	return 0;
}

/* Is a file of that format called so? Without an extension it is called nothing. */
static bool is_called(const char *format, struct text extension)
{
	for (size_t i = 0; i < COUNT(candidates); i++)
		if (strcmp(candidates[i].name, format) == 0)
			return extension.n == 0 || takes_extension(&candidates[i], extension);
	return false;
}

/* The last bytes: those that a probe wants, or as far as a ZIP's end record can lie from the end, if one stands there. */
static int read_tail(struct job *job, struct bytes *out, struct err *err)
{
	uint64_t size = job_size(job);
	size_t n = (size_t)MIN(size, (uint64_t)TAIL);
	uint8_t *p = arena_scratch(job_arena(job), n + 1);

	if (!p)
		return refuse(err, REFUSAL_MEMORY, "no memory for %zu bytes", n);
	if (job_read(job, p, n, size - n, err) != 0)
		return -1;
	bool is_zip = memmem(p, n, "PK\5\6", 4) != NULL;
	size_t kept = is_zip ? n : MIN(n, (size_t)TAIL_PLAIN);
	*out = bytes_of(p + n - kept, kept);
	return 0;
}

int identify_input(struct job *job, const char **out, bool *astray, struct err *err)
{
	uint64_t size = job_size(job);
	size_t n = (size_t)MIN(size, (uint64_t)HEAD);
	bool wide = job_charset(job) == CHARSET_UTF16LE || job_charset(job) == CHARSET_UTF16BE;
	uint8_t *head = arena_scratch(job_arena(job), n + 1);
	struct bytes tail = { 0 };

	if (!head)
		return refuse(err, REFUSAL_MEMORY, "no memory for %zu bytes", n);
	if (job_read(job, head, n, 0, err) != 0 || read_tail(job, &tail, err) != 0)
		return -1;
	if (size >= HEAD_DEEP && head[0] == 0 && memcmp(head, head + 1, 15) == 0) { /* nothing but images begins with nothing */
		head = arena_scratch(job_arena(job), n = HEAD_DEEP);
		if (!head)
			return refuse(err, REFUSAL_MEMORY, "no memory for %zu bytes", n);
		if (job_read(job, head, n, 0, err) != 0)
			return -1;
	}
	struct bytes seen = bytes_of(head, n);
	if (ole_begins(seen) && ole_head(job, seen, &seen, err) < 0)
		return -1;
	struct text extension = extension_of(job_arena(job), job_name(job));
	if (identify(seen, tail, size, extension, wide, out, err) != 0)
		return -1;
	*astray = !is_called(*out, extension);
	return 0;
}
