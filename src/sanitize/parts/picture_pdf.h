/* 画像からPDF — the pages of a scan as a PDF: one picture a page, in the size its resolution says. Written as the PDF rebuilder writes, so that it
 * gives the same bytes again. */
#ifndef SANITIZE_PARTS_PICTURE_PDF_H
#define SANITIZE_PARTS_PICTURE_PDF_H
#include "sanitize/parts/picture.h"

struct picture_pdf;
struct picture_pdf *picture_pdf_new(struct job *job);
/* Takes what it needs of the picture; its pixels may go. Transparency is laid on white. */
int picture_pdf_add(struct picture_pdf *pdf, struct picture *picture, struct err *err) CHECK_RESULT;
int picture_pdf_write(struct picture_pdf *pdf, struct err *err) CHECK_RESULT;

#endif
