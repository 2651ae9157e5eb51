/* TIFF画像 — scans and faxes: one page leaves as PNG, several as PDF, so that none is lost. Previews, profiles and tags of programs go (G).
 * article: s6.3.2b. */
#include "sanitize/parts/picture_pdf.h"
#include "sanitize/parts/tiff_read.h"

static int deliver_pages(struct tiff *tiff, struct job *job, struct err *err)
{
	struct picture_pdf *pdf = picture_pdf_new(job);
	uint64_t pixels = 0;

	for (size_t i = 0; i < tiff->page_count; i++) {
		ARENA(arena) = arena_new((size_t)job_limit(job, LIMIT_JOB_MEMORY)); /* one page at a time */
		struct picture page;
		if (tiff->pages[i].small)
			continue;
		if (tiff_read(tiff, i, arena, &page, err) != 0)
			return -1;
		pixels += (uint64_t)page.head.shape.width * page.head.shape.height;
		if (pixels > 4 * job_limit(job, LIMIT_PIXELS))
			return refuse(err, REFUSAL_TOO_LARGE, "%zu pages of too many pixels", tiff->page_count);
		if (picture_pdf_add(pdf, &page, err) != 0)
			return -1;
	}
	job_converted(job, "pdf");
	return picture_pdf_write(pdf, err);
}

int tiff_rebuild(struct job *job, struct err *err)
{
	struct tiff tiff;
	struct picture page;
	struct bytes whole;
	size_t pages = 0, first = 0;

	if (job_read_all(job, &whole, err) != 0 || tiff_open(&tiff, job, whole, err) != 0)
		return -1;
	for (size_t i = tiff.page_count; i-- > 0;)
		if (!tiff.pages[i].small)
			pages++, first = i;
	if (pages < tiff.page_count)
		job_removed(job, "G", "", (unsigned)(tiff.page_count - pages));
	if (pages > 1) {
		if (deliver_pages(&tiff, job, err) != 0)
			return -1;
	} else {
		if (tiff_read(&tiff, first, job_arena(job), &page, err) != 0)
			return -1;
		job_converted(job, "png");
		if (picture_write(&page, err) != 0)
			return -1;
	}
	if (tiff.profile)
		job_note(job, "PROFILE_DROPPED");
	return 0;
}
