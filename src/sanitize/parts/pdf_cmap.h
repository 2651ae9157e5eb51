/* PDFの文字対応表 — CMaps (embedded encodings, ToUnicode): a small language in PostScript's clothes, read and written by a strict grammar. Threat D11. */
#ifndef SANITIZE_PARTS_PDF_CMAP_H
#define SANITIZE_PARTS_PDF_CMAP_H
#include "base/arena.h"
#include "base/buf.h"

/* What is no mapping is left out. The result of the result is the same. */
void pdf_cmap_rewrite(struct arena *arena, struct bytes in, struct buf *out);

#endif
