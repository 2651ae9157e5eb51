/* 作り直しの約束 — for fuzz targets of formats: whatever the bytes are, what is delivered lies within the grammar, and a second pass gives the
 * same bytes. Refusing is fine; crashing, or delivering what the verifier does not know, is not. */
#ifndef TESTS_FUZZ_REBUILDS_H
#define TESTS_FUZZ_REBUILDS_H
#include "support/job_memory.h"

static inline void must_become(const uint8_t *data, size_t size, const char *name, int (*rebuild)(struct job *, struct err *),
			       int (*rebuild_again)(struct job *, struct err *), const struct grammar *grammar)
{
	ARENA(arena) = arena_new(0);
	struct job first = job_memory(arena, bytes_of(data, size), name);
	struct err err = { 0 };

	first.limits.most[LIMIT_PIXELS] = 1 << 18; /* time is for the many inputs */
	if (rebuild(&first, &err) != 0)
		return;
	struct check check = check_memory(&first, grammar->name);
	if (grammar->accept(&check, &err) != 0)
		die(__FILE__, __LINE__, err.say);
	struct job second = job_memory(arena, buf_view(&first.output), name);
	must(rebuild_again(&second, &err) == 0 && bytes_equal(buf_view(&first.output), buf_view(&second.output)));
}

static inline void must_hold(const uint8_t *data, size_t size, const char *name, int (*rebuild)(struct job *, struct err *), const struct grammar *grammar)
{
	must_become(data, size, name, rebuild, rebuild, grammar);
}

/* For targets of grammars: any bytes, no crash. */
static inline void must_survive(const uint8_t *data, size_t size, const struct grammar *grammar)
{
	ARENA(arena) = arena_new(0);
	struct job job = job_memory(arena, bytes_of(data, size), "x");
	struct err err;

	buf_put(&job.output, data, size);
	struct check check = check_memory(&job, grammar->name);
	if (grammar->accept(&check, &err) != 0)
		return;
}

#endif
