/* QRコード — a text as an SVG picture, for the enrolment of the second factor. */
#ifndef WEB_QR_H
#define WEB_QR_H
#include "base/arena.h"
#include "base/err.h"

/* ERR_LIMIT if the text does not fit into a code. */
int qr_svg(struct arena *arena, struct text content, struct bytes *out, struct err *err) CHECK_RESULT;

#endif
