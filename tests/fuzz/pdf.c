/* ファズ: PDFの作り直し — whole rebuilding in memory. What is delivered lies within the verifier's grammar, and sanitised again it is the same bytes. */
#include "sanitize/format.h"
#include "sanitize/grammar.h"
#include "rules_hold.h"
#include "support/job_memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
extern const struct grammar grammar_pdf;

static int run(struct arena *arena, struct bytes in, struct bytes *out, struct job **done)
{
	struct job *job = arena_alloc(arena, sizeof *job);
	struct err err = { 0 };

	*job = job_memory(arena, in, "fuzz.pdf");
	job->limits.most[LIMIT_JOB_MEMORY] = 1 << 26;
	job->limits.most[LIMIT_PIXELS] = 1 << 22;
	job->limits.most[LIMIT_PAGES] = 200;
	job->limits.most[LIMIT_OBJECTS] = 5000;
	if (pdf_rebuild(job, &err) < 0)
		return -1;
	*out = buf_view(&job->output);
	*done = job;
	struct check check = check_memory(job, "pdf");
	if (grammar_pdf.accept(&check, &err) < 0) {
		fprintf(stderr, "outside the grammar at %llu: %s\n", (unsigned long long)err.at, err.say);
		abort();
	}
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA(arena) = arena_new(0);
	struct bytes first, second;
	struct job *job, *again;

	if (run(arena, bytes_of(data, size), &first, &job) < 0)
		return 0;
	must(run(arena, first, &second, &again) == 0);
	must(bytes_equal(first, second));
	rules_must_hold(arena, job, bytes_of(data, size), "fuzz.pdf", "pdf", pdf_rebuild, &grammar_pdf);
	return 0;
}
