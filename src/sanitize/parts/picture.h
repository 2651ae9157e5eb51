/* 画素の絵 — pixels on their way from a decoder to a PNG: what GIF, BMP, TIFF, WebP and metafiles have in common once they are read. */
#ifndef SANITIZE_PARTS_PICTURE_H
#define SANITIZE_PARTS_PICTURE_H
#include "sanitize/parts/png_write.h"

enum { PICTURE_GREY = 0, PICTURE_RGB = 2, PICTURE_PALETTE = 3, PICTURE_GREY_ALPHA = 4, PICTURE_RGBA = 6 }; /* PNG's colour types */
struct picture {
	struct job *job;
	struct arena *arena; /* of the pixels: the job's own, or one that ends with the page */
	struct png_head head; /* shape.row_bytes: from row to row */
	uint8_t *pixels;      /* zeros at first, within the job's memory */
	unsigned orientation; /* as in EXIF; 0 and 1: upright */
};
/* Refused beyond the limit of pixels (before anything is allocated), and where no such picture can be. */
int picture_start_in(struct picture *p, struct job *job, struct arena *arena, uint64_t width, uint64_t height, uint8_t depth, uint8_t colour,
		     struct err *err) CHECK_RESULT;
static inline int picture_start(struct picture *p, struct job *job, uint64_t width, uint64_t height, uint8_t depth, uint8_t colour, struct err *err)
{
	return picture_start_in(p, job, job_arena(job), width, height, depth, colour, err);
}
static inline uint8_t *picture_row(const struct picture *p, uint32_t y)
{
	return p->pixels + (size_t)y * p->head.shape.row_bytes;
}
/* Turned upright, to the job's output. */
int picture_write(struct picture *p, struct err *err) CHECK_RESULT;
/* colours: 3 bytes each, as many as the depth can name at most; fewer are filled up with black, so that every pixel names one. */
void picture_palette(struct picture *p, const uint8_t *colours, size_t count);
/* As many bits as are needed to name so many colours. */
uint8_t picture_depth_for(size_t colours);
/* Packs one pixel value of 1, 2, 4 or 8 bits into a row of zeros. */
static inline void picture_put(uint8_t *row, uint8_t depth, uint32_t x, uint8_t value)
{
	uint64_t bit = (uint64_t)x * depth;
	row[bit / 8] |= (uint8_t)(value << (8 - depth - bit % 8));
}

#endif
