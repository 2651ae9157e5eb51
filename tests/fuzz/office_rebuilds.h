/* 文書の作り直しの約束 — for fuzz targets of office documents: what the rebuilder writes its grammar accepts, and rebuilding it again changes no byte. */
#ifndef TESTS_FUZZ_OFFICE_REBUILDS_H
#define TESTS_FUZZ_OFFICE_REBUILDS_H
#include "rules_hold.h"
#include "support/job_memory.h"

extern const struct grammar grammar_ooxml;

/* format: its name, which is also its extension. */
static inline void office_must_hold(const uint8_t *data, size_t size, const char *format, int (*rebuild)(struct job *, struct err *))
{
	ARENA(arena) = arena_new((size_t)1 << 30);
	struct job *job = arena_alloc(arena, sizeof *job), *again = arena_alloc(arena, sizeof *again);
	struct err err = { 0 };
	const char *name = arena_printf(arena, "in.%s", format);

	*job = job_memory(arena, bytes_of(data, size), name);
	job->limits.most[LIMIT_TREE_BYTES] = 8 << 20;
	text_must_hold(arena, job, job->input, name, rebuild);
	if (rebuild(job, &err) < 0)
		return;
	struct check check = check_memory(job, format);
	if (grammar_ooxml.accept(&check, &err) < 0)
		fprintf(stderr, "%s\n", err.say), abort();
	*again = job_memory(arena, buf_view(&job->output), name);
	must(rebuild(again, &err) == 0);
	must(bytes_equal(buf_view(&job->output), buf_view(&again->output)));
	rules_must_hold(arena, job, job->input, name, format, rebuild, &grammar_ooxml);
}

#endif
