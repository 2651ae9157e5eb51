/* TIFFの作り直し — any bytes as tiff: what is delivered is a PNG, or of several pages a PDF, and stays as it is. */
#include "rebuilds.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
extern const struct grammar grammar_png, grammar_pdf;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA(arena) = arena_new((size_t)1 << 30);
	struct job *job = arena_alloc(arena, sizeof *job), *again = arena_alloc(arena, sizeof *again);
	struct err err = { 0 };

	*job = job_memory(arena, bytes_of(data, size), "in.tiff");
	job->limits.most[LIMIT_PIXELS] = 1 << 18;
	job->limits.most[LIMIT_PAGES] = 20;
	if (tiff_rebuild(job, &err) != 0)
		return 0;
	bool pages = strcmp(job->converted, "pdf") == 0;
	struct check check = check_memory(job, pages ? "pdf" : "png");
	if ((pages ? grammar_pdf : grammar_png).accept(&check, &err) != 0)
		die(__FILE__, __LINE__, err.say);
	*again = job_memory(arena, buf_view(&job->output), "in");
	must((pages ? pdf_rebuild : png_rebuild)(again, &err) == 0 && bytes_equal(buf_view(&job->output), buf_view(&again->output)));
	return 0;
}
