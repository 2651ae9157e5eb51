/* PPMの作り直し — any bytes as ppm: one picture leaves as a PNG that stays as it is; as the pages of a PDF they become one of pictures only. */
#include "rebuilds.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
extern const struct grammar grammar_png, grammar_pdf;

static int pages_rebuild(struct job *job, struct err *err)
{
	job->name = TEXT("in.pdf");
	return ppm_rebuild(job, err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA(arena) = arena_new(0);
	struct job job = job_memory(arena, bytes_of(data, size), "in.pdf");
	struct err err = { 0 };

	must_become(data, size, "in.ppm", ppm_rebuild, png_rebuild, &grammar_png);
	must_become(data, size, "in.pdf", pages_rebuild, pdf_rebuild, &grammar_pdf);
	job.limits.most[LIMIT_PIXELS] = 1 << 18;
	if (pages_rebuild(&job, &err) != 0)
		return 0;
	struct check check = check_memory(&job, "ppm"); /* the stricter reading */
	if (grammar_pdf.accept(&check, &err) != 0)
		die(__FILE__, __LINE__, err.say);
	return 0;
}
