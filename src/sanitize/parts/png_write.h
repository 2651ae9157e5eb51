/* PNGの書出し — pixels to a PNG with fixed settings, the one way in which pictures of all kinds leave: the same pixels give the same bytes, and
 * formats/png.c gives them again. */
#ifndef SANITIZE_PARTS_PNG_WRITE_H
#define SANITIZE_PARTS_PNG_WRITE_H
#include "sanitize/format.h"
#include "sanitize/parts/png_rows.h"
#include <zlib.h>

enum { PNG_KEPT = 4, PNG_WHOLE = 64 << 20 /* rows beyond are streamed, so that memory stays bounded */ };
extern const char png_kept[PNG_KEPT][5]; /* gAMA cHRM sRGB pHYs */
struct png_head {
	struct png_shape shape;
	struct bytes palette, transparency, keep[PNG_KEPT]; /* n = 0: none */
};
/* Zeroed, within the job's memory; NULL: refused. */
void *png_room(struct job *job, uint64_t n, struct err *err);
void *png_room_in(struct job *job, struct arena *arena, uint64_t n, struct err *err); /* where it need not last as long as the job */
/* Rows of pixels, each `stride` bytes from the last, row_bytes of them used. Unused bits of a last byte are zero. */
int png_write(struct job *job, const struct png_head *head, const uint8_t *pixels, size_t stride, struct err *err) CHECK_RESULT;
/* Resolution as a pHYs chunk of 9 bytes, in pixels a metre; empty unless both are sensible. */
struct bytes png_resolution(struct arena *arena, uint64_t x, uint64_t y);

/* Row by row, for who cannot hold all: begin, every row, end. */
struct png_stream {
	struct job *job;
	struct png_shape shape;
	z_stream z;
	uint8_t *packed, *filtered, *room;
};
int png_stream_begin(struct png_stream *s, struct job *job, const struct png_head *head, struct err *err) CHECK_RESULT;
int png_stream_row(struct png_stream *s, const uint8_t *row, const uint8_t *above, struct err *err) CHECK_RESULT;
int png_stream_end(struct png_stream *s, struct err *err) CHECK_RESULT;

#endif
