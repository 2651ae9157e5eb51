/* PDFの中のJPEG — decoded to coefficients and written as a fresh baseline stream: lossless, without EXIF, comments, profiles, trailing data. */
#ifndef SANITIZE_PARTS_PDF_JPEG_H
#define SANITIZE_PARTS_PDF_JPEG_H
#include "base/arena.h"

/* A second pass gives the same bytes. −1: no JPEG, or its coefficients would take more than `most` bytes. */
int pdf_jpeg_rewrite(struct arena *arena, struct bytes in, size_t most, struct bytes *out) CHECK_RESULT;

#endif
