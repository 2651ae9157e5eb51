/* 表計算の値 — of a workbook what its cells show: sheets in their order, shared strings, which formats are dates. For office_text.c. */
#ifndef SANITIZE_PARTS_OFFICE_SHEET_H
#define SANITIZE_PARTS_OFFICE_SHEET_H
#include "base/buf.h"
#include "sanitize/parts/office_parts.h"

struct office_book {
	struct {
		const char *name, *id, *part;
	} *sheets;
	size_t sheet_count, sheet_room;
	struct text *strings;
	size_t string_count, string_room;
	bool *dates; /* by number of the cell format */
	size_t date_count, date_room;
	bool from_1904;
};
struct office_cell {
	const char *kind, *style; /* attributes t and s; NULL: absent */
	struct buf value;
};
int office_book_read(struct package *p, const char *main, struct office_book *out, struct err *err) CHECK_RESULT;
/* One line: line ends and tabs within a cell become blanks. Dates as 2026-04-01 or 2026-04-01 09:30. */
void office_put_cell(struct buf *out, const struct office_book *book, const struct office_cell *cell);

/* office_text.c and office_read.c: small steps over one part. */
int office_start_part(struct package *p, const char *name, bool *there, struct err *err) CHECK_RESULT;
int office_bad_part(struct package *p, const char *name, struct err *err); /* -1 */
void office_put_chars(struct buf *out, const struct xml_reader *reader);   /* XML_CHARS as text */

#endif
