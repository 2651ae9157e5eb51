/* PPM画像 — bare pixels, one picture behind the other: what a renderer makes of the pages of a PDF that may leave as pictures only (converter.c). Those become a
 * PDF again, a picture a page; a file that was handed in as PPM holds one picture and leaves as PNG. Read page by page. article: s6.3.2b; threat G. */
#include "sanitize/parts/picture_pdf.h"

enum { HEAD_MOST = 64, NUMBER_MOST = 1000000, RENDERED_RESOLUTION = 5906 /* 150 dots an inch, in dots a metre */ };

/* "P6", width, height, 255, each behind white space; one white space before the pixels. No comments: a renderer writes none. */
static int read_head(struct job *job, uint64_t *at, uint32_t numbers[3], struct err *err)
{
	char head[HEAD_MOST];
	size_t n = (size_t)MIN(job_size(job) - *at, (uint64_t)sizeof head), i = 2;

	if (job_read(job, head, n, *at, err) != 0)
		return -1;
	if (n < 2 || memcmp(head, "P6", 2) != 0)
		return refuse(err, REFUSAL_DAMAGED, "no picture stands at %llu", (unsigned long long)*at);
	for (int k = 0; k < 3; k++) {
		size_t from = i;
		while (i < n && head[i] && strchr(" \t\r\n", head[i]))
			i++;
		bool apart = i > from;
		numbers[k] = 0;
		for (from = i; i < n && head[i] >= '0' && head[i] <= '9' && numbers[k] <= NUMBER_MOST; i++)
			numbers[k] = numbers[k] * 10 + (uint32_t)(head[i] - '0');
		if (!apart || i == from || numbers[k] > NUMBER_MOST)
			return refuse(err, REFUSAL_DAMAGED, "the head of a picture at %llu is none", (unsigned long long)*at);
	}
	if (i == n || !head[i] || !strchr(" \t\r\n", head[i]))
		return refuse(err, REFUSAL_DAMAGED, "the head of a picture at %llu is cut short", (unsigned long long)*at);
	if (numbers[2] != 255)
		return refuse(err, REFUSAL_FEATURE, "pixels of %u steps", numbers[2]);
	*at += i + 1;
	return 0;
}

static int read_picture(struct job *job, struct arena *arena, uint64_t *at, struct picture *out, struct err *err)
{
	uint32_t numbers[3];

	if (read_head(job, at, numbers, err) != 0 || picture_start_in(out, job, arena, numbers[0], numbers[1], 8, PICTURE_RGB, err) != 0)
		return -1;
	uint64_t n = (uint64_t)numbers[0] * numbers[1] * 3;
	if (job_read(job, out->pixels, (size_t)n, *at, err) != 0)
		return -1;
	*at += n;
	return 0;
}

static int deliver_pages(struct job *job, struct err *err)
{
	struct picture_pdf *pdf = picture_pdf_new(job);
	uint64_t pages = 0;

	for (uint64_t at = 0; at < job_size(job);) {
		ARENA(arena) = arena_new((size_t)job_limit(job, LIMIT_JOB_MEMORY)); /* one page at a time */
		struct picture page;
		if (++pages > job_limit(job, LIMIT_PAGES))
			return refuse(err, REFUSAL_TOO_LARGE, "more than %llu pages", (unsigned long long)job_limit(job, LIMIT_PAGES));
		if (read_picture(job, arena, &at, &page, err) != 0)
			return -1;
		page.head.keep[3] = png_resolution(arena, RENDERED_RESOLUTION, RENDERED_RESOLUTION);
		if (picture_pdf_add(pdf, &page, err) != 0)
			return -1;
	}
	if (pages == 0)
		return refuse(err, REFUSAL_DAMAGED, "not one page was drawn");
	job_converted(job, "pdf");
	return picture_pdf_write(pdf, err);
}

int ppm_rebuild(struct job *job, struct err *err)
{
	const char *dot = strrchr(job_name(job).p, '.');
	struct picture picture;
	uint64_t at = 0;

	if (dot && strcasecmp(dot, ".pdf") == 0) /* its pages */
		return deliver_pages(job, err);
	if (read_picture(job, job_arena(job), &at, &picture, err) != 0)
		return -1;
	if (at < job_size(job))
		job_removed(job, "A2", "", 1);
	job_converted(job, "png");
	return picture_write(&picture, err);
}
