/* 一枚の絵の額縁 — contract in picture_frame.h. */
#include "sanitize/parts/picture_frame.h"

enum { OBJECTS = 5, LINE = 400, SIDE_MOST = 32000 /* what the renderer draws */ };

struct frame {
	struct job *job;
	uint64_t at[OBJECTS + 1];
};

static int put(struct frame *f, int number, const char *line, struct err *err)
{
	if (number)
		f->at[number] = job_written(f->job);
	return job_write(f->job, bytes_of(line, strlen(line)), err);
}

static int put_end(struct frame *f, struct err *err)
{
	uint64_t table = job_written(f->job);
	char line[LINE];

	if (put(f, 0, "xref\n0 6\n0000000000 65535 f \n", err) < 0)
		return -1;
	for (int i = 1; i <= OBJECTS; i++) {
		snprintf(line, sizeof line, "%010llu 00000 n \n", (unsigned long long)f->at[i]);
		if (put(f, 0, line, err) < 0)
			return -1;
	}
	snprintf(line, sizeof line, "trailer\n<</Size 6/Root 1 0 R>>\nstartxref\n%llu\n%%%%EOF\n", (unsigned long long)table);
	return put(f, 0, line, err);
}

int picture_frame(struct job *job, uint64_t width, uint64_t height, const char *filter, const char *colours, struct bytes picture, struct err *err)
{
	struct frame f = { .job = job };
	unsigned long long w = width, h = height;
	char page[LINE], image[LINE], content[LINE], drawing[LINE / 4];

	if (width == 0 || height == 0)
		return refuse(err, REFUSAL_DAMAGED, "a picture without pixels");
	if (width > SIDE_MOST || height > SIDE_MOST || width * height > job_limit(job, LIMIT_PIXELS) || width * height > job_limit(job, LIMIT_FLATTEN_PIXELS))
		return refuse(err, REFUSAL_TOO_LARGE, "%llu by %llu pixels", w, h);
	snprintf(page, sizeof page, "3 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 %llu %llu]/Resources<</XObject<</I 4 0 R>>>>/Contents 5 0 R>>\nendobj\n", w, h);
	snprintf(image, sizeof image, "4 0 obj\n<</Type/XObject/Subtype/Image/Width %llu/Height %llu%s/Filter/%s/Length %zu>>\nstream\n", w, h, colours, filter, picture.n);
	/* A quarter of a point inside the edges: the renderer takes whole pixels outwards from there, and so each of the page's is exactly one of the picture's. */
	snprintf(drawing, sizeof drawing, "q %llu.5 0 0 %llu.5 .25 .25 cm /I Do Q", w - 1, h - 1);
	snprintf(content, sizeof content, "\nendstream\nendobj\n5 0 obj\n<</Length %zu>>\nstream\n%s\nendstream\nendobj\n", strlen(drawing), drawing);
	if (put(&f, 0, "%PDF-1.5\n", err) < 0 || put(&f, 1, "1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n", err) < 0 ||
	    put(&f, 2, "2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count 1>>\nendobj\n", err) < 0 || put(&f, 3, page, err) < 0 || put(&f, 4, image, err) < 0 ||
	    job_write(job, picture, err) < 0)
		return -1;
	f.at[5] = job_written(job) + strlen("\nendstream\nendobj\n");
	return put(&f, 0, content, err) < 0 || put_end(&f, err) < 0 ? -1 : 0;
}
