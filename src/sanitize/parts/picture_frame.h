/* 一枚の絵の額縁 — a PDF of one page that holds one picture as it came, so that poppler in the converter's jail can draw it: the way of kinds whose decoders have been
 * attacked (JBIG2, JPEG 2000) and are never linked. A point of the page is a pixel. Only the converter ever sees it. */
#ifndef SANITIZE_PARTS_PICTURE_FRAME_H
#define SANITIZE_PARTS_PICTURE_FRAME_H
#include "sanitize/format.h"

/* To the job's output, which then goes to the converter. filter: name of PDF's filter. colours: of the image's dictionary, "" for a kind that brings its own.
 * Refused beyond the limit of pixels and where it is nothing. */
int picture_frame(struct job *job, uint64_t width, uint64_t height, const char *filter, const char *colours, struct bytes picture, struct err *err) CHECK_RESULT;

#endif
