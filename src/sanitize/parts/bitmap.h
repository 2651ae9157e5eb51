/* ビットマップ（DIB） — Windows' own pixels: the body of a BMP file and of pictures within metafiles. */
#ifndef SANITIZE_PARTS_BITMAP_H
#define SANITIZE_PARTS_BITMAP_H
#include "sanitize/parts/picture.h"

/* header: from its length on, with masks and palette behind it, and perhaps more; pixels: from the first row on. *used: bytes of them that were
 * read; 0 where that is not told (packed rows). -1: refused; nothing is allocated for a picture beyond the limits. */
int bitmap_read(struct job *job, struct bytes header, struct bytes pixels, struct picture *out, size_t *used, struct err *err) CHECK_RESULT;

#endif
