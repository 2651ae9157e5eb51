/* PNGの画素の行 — from filtered rows to pixels and back, turned the right way up. Pure: bytes in, bytes out. */
#ifndef SANITIZE_PARTS_PNG_ROWS_H
#define SANITIZE_PARTS_PNG_ROWS_H
#include "base/base.h"

struct png_shape {
	uint32_t width, height;
	uint8_t depth, colour, interlaced;
	unsigned bits;	  /* of one pixel */
	size_t row_bytes; /* without the filter byte */
	size_t step;	  /* bytes from a pixel to the one on its left, at least 1 */
};
/* false: no such combination of colour type and depth. */
bool png_shape_of(uint32_t width, uint32_t height, uint8_t depth, uint8_t colour, struct png_shape *out);
uint64_t png_raw_bytes(const struct png_shape *s); /* filtered rows, all passes if interlaced */

/* In place: row (without its filter byte) becomes pixels. above: the pixels over it, zeros for the first. false: no such filter. */
bool png_unfilter(const struct png_shape *s, uint8_t filter, uint8_t *row, const uint8_t *above, size_t n);
/* All rows of a picture that is not interlaced, each with its filter byte in front. */
bool png_unfilter_all(const struct png_shape *s, uint8_t *raw);
/* Adam7: raw holds the seven passes, out gets row_bytes × height pixels (zeroed before). */
bool png_deinterlace(const struct png_shape *s, uint8_t *raw, uint8_t *out);
/* to: filter byte and row. The filter with the least sum of differences, as libpng does; none for palettes and few bits.
 * room: 4 × row_bytes of scratch. */
void png_filter(const struct png_shape *s, const uint8_t *row, const uint8_t *above, uint8_t *to, uint8_t *room);
/* Turns the picture the right way up (EXIF orientation 2 … 8). out: zeroed, room for the turned shape, which is returned in *turned. */
void png_turn(const struct png_shape *s, const uint8_t *pixels, unsigned orientation, struct png_shape *turned, uint8_t *out);
struct png_shape png_turned(const struct png_shape *s, unsigned orientation);

#endif
