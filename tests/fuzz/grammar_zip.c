/* 検証の文法 — any bytes before the grammar of zip: it may refuse, never crash, never read beyond. */
#include "support/job_memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
extern const struct grammar grammar_zip;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA(arena) = arena_new((size_t)1 << 30);
	struct job *job = arena_alloc(arena, sizeof *job);
	struct err err = { 0 };

	*job = job_memory(arena, (struct bytes){ NULL, 0 }, "in.zip");
	buf_put(&job->output, data, size);
	struct check check = check_memory(job, "zip");
	check.job = NULL; /* every member counts as verified: the rest of the grammar is to be reached */
	if (grammar_zip.accept(&check, &err) == 0)
		must(size >= 22);
	return 0;
}
