/* 種類の判定 — main of worker-identify: asks every format whether the bytes are its own. Exactly one may say yes (A2), and the
 * extension must agree (A1). It reads head and tail only, rebuilds nothing, and dies. */
#include "sanitize/job.h"
#include "sanitize/parts/package_kind.h"
#include "sanitize/zygote.h"
#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { HEAD = 4096, TAIL = 65536 + 22, TAIL_PLAIN = 4096 };

static const struct candidate {
	const char *name;
	const struct format_probe *probe;
} candidates[] = {
#define FORMAT(name, family, grammar, extension, media_type, ja, en) { #name, &probe_##name },
#include "sanitize/formats/formats.def"
#undef FORMAT
};

/* Known, so that the refusal is the right one; never served. */
static const struct {
	const char *name;
	unsigned at;
	struct bytes magic;
} foreign[] = {
#define FOREIGN(name, at, magic) { name, at, { (const uint8_t *)(magic), sizeof(magic) - 1 } },
#include "sanitize/foreign.def"
#undef FOREIGN
};

static const char *foreign_of(struct bytes head)
{
	for (size_t i = 0; i < COUNT(foreign); i++)
		if (head.n >= foreign[i].at && bytes_start(bytes_of(head.p + foreign[i].at, head.n - foreign[i].at), foreign[i].magic))
			return foreign[i].name;
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

/* Text has no magic: among txt and csv the extension decides; without one it is the first of formats.def. wide: the person says UTF-16, which
 * without its mark looks like nothing. */
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
	for (size_t i = 0; i < COUNT(candidates); i++)
		if (!candidates[i].probe->plain && takes_extension(&candidates[i], extension))
			return is_plain ? refuse(err, REFUSAL_TYPE_DIFFERS, "the content is text, the name says %s", extension.p)
					: refuse(err, REFUSAL_DAMAGED, "the content is not %s, nor anything known", extension.p);
	if (is_plain)
		return refuse(err, REFUSAL_UNSUPPORTED_FORMAT, "text with the extension %s", extension.p);
	return refuse(err, REFUSAL_UNKNOWN_FORMAT, "no format claims the content");
}

static int identify(struct bytes head, struct bytes tail, uint64_t size, struct text extension, bool wide, const char **out, struct err *err)
{
	const struct candidate *found = NULL;
	const char *known = foreign_of(head);
	enum package_kind package = package_kind(head, tail, size);

	if (package == PACKAGE_OFFICE_OTHER || package == PACKAGE_OTHER)
		known = "a document of another office program";

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
		return refuse(err, REFUSAL_POLYGLOT, "it is %s and %s at once", found->name, known);
	if (known)
		return refuse(err, REFUSAL_UNSUPPORTED_FORMAT, "it is %s", known);
	if (!found)
		return identify_plain(head, tail, size, extension, wide, out, err);
	if (extension.n && !takes_extension(found, extension))
		return refuse(err, REFUSAL_TYPE_DIFFERS, "the content is %s, the name says %s", found->name, extension.p);
	*out = found->name;
	return 0;
}

static int read_part(int fd, struct arena *arena, uint64_t at, size_t n, struct bytes *out, struct err *err)
{
	uint8_t *p = arena_alloc(arena, n + 1);

	*out = bytes_of(p, n);
	while (n > 0) {
		ssize_t got = pread(fd, p, n, (off_t)at);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return fail(err, ERR_CUT_SHORT, at, "the file became shorter");
		p += got, at += (uint64_t)got, n -= (size_t)got;
	}
	return 0;
}

/* Does a ZIP's end record stand in the last bytes? Looked for through a small window: most files have none, and need no more of their tail. */
static int find_end_record(int fd, uint64_t at, size_t n, bool *found, struct err *err)
{
	uint8_t window[4096];

	*found = false;
	for (size_t from = 0; from < n && !*found; from += sizeof window - 3) {
		size_t part = MIN(n - from, sizeof window);
		if (pread(fd, window, part, (off_t)(at + from)) != (ssize_t)part)
			return fail(err, ERR_CUT_SHORT, at + from, "the file became shorter");
		*found = memmem(window, part, "PK\5\6", 4) != NULL;
	}
	return 0;
}

static int serve(struct bytes bytes, const int fds[])
{
	struct arena *arena = arena_new(0);
	struct job_request r;
	struct err err = { 0 };
	struct bytes head, tail;
	const char *name = "";

	if (wire_take_request(arena, bytes, &r, &err) != 0)
		return 1;
	size_t head_n = (size_t)MIN(r.size, (uint64_t)HEAD), tail_n = (size_t)MIN(r.size, (uint64_t)TAIL);
	bool is_zip = false, wide = r.charset == CHARSET_UTF16LE || r.charset == CHARSET_UTF16BE;
	int got = find_end_record(fds[JOB_INPUT], r.at + r.size - tail_n, tail_n, &is_zip, &err);
	if (!is_zip)
		tail_n = MIN(tail_n, (size_t)TAIL_PLAIN);
	if (got == 0)
		got = read_part(fds[JOB_INPUT], arena, r.at, head_n, &head, &err);
	if (got == 0)
		got = read_part(fds[JOB_INPUT], arena, r.at + r.size - tail_n, tail_n, &tail, &err);
	if (got == 0)
		got = identify(head, tail, r.size, extension_of(arena, r.name), wide, &name, &err);
	return job_send_result(arena, fds[JOB_CONTROL], got, &err, name, false, 0) == 0 ? 0 : 1;
}

int main(void)
{
	static const int calls[] = { SYS_write, SYS_pread64, SYS_exit_group, SYS_rt_sigreturn, SYS_brk, SYS_mmap, -1 };
	static const struct zygote zygote = { .name = "worker-identify", .calls = calls, .memory = 1 << 28, .serve = serve };
	return zygote_main(&zygote);
}
