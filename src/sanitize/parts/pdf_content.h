/* PDFの描画命令 — content streams (pages, forms, patterns, glyph procedures, default appearances) read token by token and written anew:
 * only listed operators with operands of the listed types, one a line, saves and marks balanced, inline images decoded and written as hex.
 * Threat D12. */
#ifndef SANITIZE_PARTS_PDF_CONTENT_H
#define SANITIZE_PARTS_PDF_CONTENT_H
#include "base/arena.h"
#include "base/buf.h"

struct pdf_content {
	struct arena *arena; /* scratch */
	size_t most;	     /* bytes of one inline image, decoded */
	/* Colour components of a colour space resource; 0 unknown. May be NULL. */
	int (*components)(void *context, struct bytes name);
	void *context;
	unsigned dropped;	 /* out: operators that are not listed, have wrong operands, or close what is not open */
	bool paints;		 /* out: shows text, fills or strokes something, or holds an inline image */
	unsigned dropped_images; /* out: inline images that could not be read */
};

void pdf_content_rewrite(struct pdf_content *content, struct bytes in, struct buf *out);

#endif
