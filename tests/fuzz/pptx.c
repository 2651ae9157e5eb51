/* PowerPoint資料 — any bytes as a pptx: what the rebuilder writes, its grammar accepts, and rebuilding it again changes no byte. */
#include "support/job_memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
extern const struct grammar grammar_ooxml;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA(arena) = arena_new((size_t)1 << 30);
	struct job *job = arena_alloc(arena, sizeof *job), *again = arena_alloc(arena, sizeof *again);
	struct err err = { 0 };

	*job = job_memory(arena, bytes_of(data, size), "in.pptx");
	job->limits.most[LIMIT_TREE_BYTES] = 8 << 20;
	if (pptx_rebuild(job, &err) < 0)
		return 0;
	struct check check = check_memory(job, "pptx");
	if (grammar_ooxml.accept(&check, &err) < 0)
		fprintf(stderr, "%s\n", err.say), abort();
	*again = job_memory(arena, buf_view(&job->output), "in.pptx");
	must(pptx_rebuild(again, &err) == 0);
	must(bytes_equal(buf_view(&job->output), buf_view(&again->output)));
	return 0;
}
