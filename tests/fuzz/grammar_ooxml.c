/* 検証の文法 — any bytes before the grammar of ooxml: it may refuse, never crash, never read beyond. */
#include "support/job_memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
extern const struct grammar grammar_ooxml;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA(arena) = arena_new((size_t)1 << 30);
	struct job *job = arena_alloc(arena, sizeof *job);
	struct err err = { 0 };

	*job = job_memory(arena, (struct bytes){ NULL, 0 }, "in.docx");
	buf_put(&job->output, data, size);
	static const char *const homes[] = { "docx", "xlsx", "pptx" };
	for (size_t i = 0; i < COUNT(homes); i++) {
		struct check check = check_memory(job, homes[i]);
		check.job = NULL; /* every member counts as verified: the rest of the grammar is to be reached */
		if (grammar_ooxml.accept(&check, &err) == 0)
			must(size >= 22);
	}
	return 0;
}
