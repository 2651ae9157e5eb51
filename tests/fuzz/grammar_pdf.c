/* ファズ: PDFの文法 — the verifier reads anything without falling; what it accepts it accepts again. */
#include "sanitize/grammar.h"
#include "support/job_memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
extern const struct grammar grammar_pdf;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA(arena) = arena_new(0);
	struct job job = job_memory(arena, bytes_of(data, size), "fuzz.pdf");
	struct err err = { 0 };

	job.output = (struct buf){ .p = (uint8_t *)(uintptr_t)data, .n = size, .room = size, .arena = arena };
	job.limits.most[LIMIT_JOB_MEMORY] = 1 << 24;
	struct check check = check_memory(&job, "pdf");
	int got = grammar_pdf.accept(&check, &err);
	must(got == 0 || err.code != ERR_NONE);
	must(grammar_pdf.accept(&check, &err) == got);
	return 0;
}
