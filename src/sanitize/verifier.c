/* 検証 — main of the verifier: reads what a rebuilder wrote and accepts it only if every byte lies within the grammar of its kind.
 * Another program from other sources: a fault in a rebuilder and the same fault here would have to meet. It writes one verdict, and dies. */
#include "base/descriptor.h"
#include "sanitize/grammar.h"
#include "sanitize/verdict.h"
#include "sanitize/zygote.h"
#include <errno.h>
#include <libdeflate.h>
#include <sys/syscall.h>
#include <unistd.h>

struct check {
	struct arena *arena;
	struct job_request request;
	const int *fds;
	uint8_t *hashes; /* 32 bytes each, sorted by the broker */
};

#define GRAMMAR(name) extern const struct grammar grammar_##name;
#include "sanitize/grammars/grammars.def"
#undef GRAMMAR
const struct grammar *const grammars[] = {
#define GRAMMAR(name) &grammar_##name,
#include "sanitize/grammars/grammars.def"
#undef GRAMMAR
	NULL,
};

struct arena *check_arena(struct check *check) { return check->arena; }
uint64_t check_size(const struct check *check) { return check->request.size; }
const char *check_format(const struct check *check) { return check->request.format.p; }

uint64_t check_limit(const struct check *check, int name)
{
	must(name >= 0 && name < LIMIT_COUNT);
	return check->request.limits[name];
}

int check_method(const struct check *check)
{
	const struct format *format = format_by_name(check->request.format.p);

	return format ? (int)rules_method(&check->request.rules, format) : METHOD_rebuild;
}

bool check_removes(const struct check *check, int feature)
{
	return rules_remove(&check->request.rules, (enum feature)feature);
}

int check_read(struct check *check, void *to, size_t n, uint64_t at, struct err *err)
{
	if (at > check->request.size || n > check->request.size - at)
		return fail(err, ERR_CUT_SHORT, at, "%zu bytes lie beyond the end", n);
	return file_pread_all(check->fds[JOB_INPUT], to, n, at, err);
}

int check_read_all(struct check *check, struct bytes *out, struct err *err)
{
	uint64_t n = check->request.size;

	if (n > check->request.limits[LIMIT_JOB_MEMORY] / 2)
		return fail(err, ERR_LIMIT, n, "too large to hold at once");
	uint8_t *p = arena_try(check->arena, (size_t)n + 1);
	if (!p)
		return fail(err, ERR_LIMIT, n, "no memory");
	if (check_read(check, p, (size_t)n, 0, err) != 0)
		return -1;
	*out = bytes_of(p, (size_t)n);
	return 0;
}

bool check_is_verified_member(const struct check *check, const uint8_t sha256[32])
{
	size_t low = 0, high = check->request.hashes;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = memcmp(check->hashes + middle * WIRE_HASH, sha256, WIRE_HASH);
		if (order == 0)
			return true;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

/* Used by the fuzz targets and tests of grammars too. */
int verify(struct arena *arena, const struct job_request *request, const int fds[], struct err *err)
{
	struct check check = { .arena = arena, .request = *request, .fds = fds };

	if (request->hashes) {
		check.hashes = arena_alloc(arena, (size_t)request->hashes * WIRE_HASH);
		if (file_pread_all(fds[JOB_MEMBERS], check.hashes, (size_t)request->hashes * WIRE_HASH, 0, err) != 0)
			return -1;
	}
	for (size_t i = 0; grammars[i]; i++)
		if (text_is(request->grammar, grammars[i]->name))
			return grammars[i]->accept(&check, err);
	return fail(err, ERR_UNSUPPORTED, 0, "no grammar of that name");
}

#ifndef VERIFIER_WITHOUT_MAIN
static int serve(struct bytes bytes, const int fds[])
{
	struct arena *arena = arena_new(0);
	struct job_request request;
	struct err err = { 0 };

	if (wire_take_request(arena, bytes, &request, &err) != 0)
		return 1;
	int got = verify(arena, &request, fds, &err);
	struct buf m = buf_in(arena, 1024);
	wire_put_result(&m, got == 0 ? WIRE_DONE : WIRE_FAILED, &err, "", false, 0);
	return wire_send(fds[JOB_CONTROL], &m, NULL) == 0 ? 0 : 1;
}

static size_t pages(struct bytes request)
{
	return 10 + (size_t)(wire_size_of(request) / 2048);
}

/* What the library asks the processor, and tables, once for all jobs (worker.c). */
static void prepare(void)
{
	for (size_t i = 0; grammars[i]; i++)
		if (grammars[i]->prepare)
			grammars[i]->prepare();
	(void)libdeflate_crc32(0, "", 1);
}

int main(void)
{
	/* Fewer calls than any rebuilder: nothing to read from the broker, nothing to write but the verdict. */
	static const int calls[] = { SYS_write, SYS_pread64, SYS_exit_group, SYS_rt_sigreturn, SYS_brk, SYS_mmap, SYS_munmap, -1 };
	static const struct zygote zygote = { .name = "verifier", .calls = calls, .memory = 2147483648u, .pages = pages, .prepare = prepare, .serve = serve };
	return zygote_main(&zygote);
}
#endif
