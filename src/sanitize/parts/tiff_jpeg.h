/* TIFFの中のJPEG — a strip or tile that is a JPEG stream, with tables that stand apart. */
#ifndef SANITIZE_PARTS_TIFF_JPEG_H
#define SANITIZE_PARTS_TIFF_JPEG_H
#include "base/arena.h"
#include "base/err.h"

/* Interleaved samples of 8 bits, rows × width × samples. ycbcr: what the page says of its colours; they come out as red, green, blue. */
int tiff_jpeg(struct arena *arena, struct bytes tables, struct bytes in, uint32_t width, uint32_t rows, unsigned samples, bool ycbcr, struct bytes *out,
	      struct err *err) CHECK_RESULT;

#endif
