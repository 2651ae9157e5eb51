/* PDFの行内画像 — BI … ID … EI of a content stream: read, decoded, written with listed keys and hex data. Threats D10, D12. */
#ifndef SANITIZE_PARTS_PDF_CONTENT_INLINE_H
#define SANITIZE_PARTS_PDF_CONTENT_INLINE_H
#include "sanitize/parts/pdf_content.h"
#include "sanitize/parts/pdf_value.h"

/* The lexer stands behind "BI"; afterwards behind "EI" (or at the end). What cannot be read is left out and counted. */
void pdf_content_inline_image(struct pdf_content *content, struct pdf_lexer *lexer, struct buf *out);

#endif
