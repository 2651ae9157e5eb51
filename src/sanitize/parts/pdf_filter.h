/* PDFのフィルター — undoes the filters of a stream within a ceiling. Threats D10, A3. */
#ifndef SANITIZE_PARTS_PDF_FILTER_H
#define SANITIZE_PARTS_PDF_FILTER_H
#include "base/arena.h"
#include "base/err.h"
#include "base/buf.h"

/* Memory that is written before it is read. */
static inline uint8_t *pdf_raw(struct arena *arena, size_t n)
{
	uint8_t *p = arena_scratch(arena, n ? n : 1);

	must(p);
	return p;
}

enum pdf_filter_kind {
	PDF_FILTER_NONE,
	PDF_FILTER_FLATE,
	PDF_FILTER_LZW,
	PDF_FILTER_ASCII85,
	PDF_FILTER_ASCIIHEX,
	PDF_FILTER_RUN_LENGTH,
	/* Kinds of image data: pdf_filter_undo stops before them. */
	PDF_FILTER_DCT,
	PDF_FILTER_CCITT,
	PDF_FILTER_JBIG2,
	PDF_FILTER_JPX,
	PDF_FILTER_UNKNOWN,
};
struct pdf_filter {
	enum pdf_filter_kind kind;
	int predictor, colors, bits, columns, early_change;	/* 0: the standard's default */
	int k, rows, black_is_1, byte_align;			/* CCITT */
	int color_transform;					/* DCT: −1 absent */
};
enum { PDF_FILTERS_MOST = 8 };

enum pdf_filter_kind pdf_filter_by_name(struct bytes name); /* long and short names */

/* One filter. Damaged data: what could be read (possibly nothing). −1 only for a result larger than `most`. */
int pdf_filter_undo(struct arena *arena, struct bytes in, const struct pdf_filter *filter, size_t most, struct bytes *out) CHECK_RESULT;
/* Inflates a zlib stream; *used: how much of `in` it took (for data whose end must be found). */
int pdf_inflate(struct arena *arena, struct bytes in, size_t most, struct bytes *out, size_t *used) CHECK_RESULT;
/* Always the same bytes for the same content. */
struct bytes pdf_deflate(struct arena *arena, struct bytes in);
/* ITU-T T.4/T.6 to one bit a pixel, 0 black unless black_is_1. rows 0: unknown. Always `rows` rows if known; missing ones are white. */
int pdf_ccitt_undo(struct arena *arena, struct bytes in, const struct pdf_filter *filter, size_t most, struct bytes *out) CHECK_RESULT;

#endif
