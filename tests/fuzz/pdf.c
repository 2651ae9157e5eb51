/* ファズ: PDFの作り直し — whole rebuilding in memory. What is delivered, sanitised again, is the same bytes. */
#include "sanitize/format.h"
#include "support/job_memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int run(struct arena *arena, struct bytes in, struct bytes *out)
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
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA(arena) = arena_new(0);
	struct bytes first, second;

	if (run(arena, bytes_of(data, size), &first) < 0)
		return 0;
	must(run(arena, first, &second) == 0);
	must(bytes_equal(first, second));
	return 0;
}
