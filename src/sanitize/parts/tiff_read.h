/* TIFFの読取り — pages of scanners and fax machines: a reader of our own for what they write, within the job's limits. Not read, and so refused:
 * colours of laboratories (Lab, LogLuv), numbers with signs or points, JPEG of before 1995, JBIG, predictors of floating point. */
#ifndef SANITIZE_PARTS_TIFF_READ_H
#define SANITIZE_PARTS_TIFF_READ_H
#include "sanitize/parts/picture.h"

struct tiff_page {
	uint64_t at; /* of its directory */
	bool small;  /* a preview, or a mask: nobody's page */
};
struct tiff {
	struct job *job;
	struct bytes whole;
	bool big_endian, profile;
	struct tiff_page *pages;
	size_t page_count;
};
/* The directories, each once: a chain that bites its tail is refused, more pages than LIMIT_PAGES too. */
int tiff_open(struct tiff *tiff, struct job *job, struct bytes whole, struct err *err) CHECK_RESULT;
/* arena: holds the page's pixels; small things of it lie with the job. */
int tiff_read(struct tiff *tiff, size_t page, struct arena *arena, struct picture *out, struct err *err) CHECK_RESULT;

#endif
