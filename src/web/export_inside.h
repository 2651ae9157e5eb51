/* 一覧の書き出しの内側 — what export.c and export_xlsx.c share: a file that is written from front to back through one small buffer. */
#ifndef WEB_EXPORT_INSIDE_H
#define WEB_EXPORT_INSIDE_H
#include "base/buf.h"
#include "web/export.h"

enum { EXPORT_PIECE = 64 * 1024, EXPORT_CELL_CHARACTERS = 32767 /* Excel's own limit */ };

struct export {
	const struct export_list *list;
	struct arena *arena;
	int fd;
	struct buf piece;  /* not yet written */
	uint64_t bytes;	   /* written */
	uint64_t rows;	   /* with the headings */
	uint64_t sheet_at; /* Excel: where the sheet's bytes begin, their sum so far */
	uint32_t sheet_crc;
	bool in_sheet;
	struct buf directory; /* Excel: the archive's own list of parts */
	unsigned parts;
};
/* Writes what has gathered if it is much, or all of it. */
int export_flush(struct export *e, bool all, struct err *err) CHECK_RESULT;
struct text export_words(const struct export *e, struct phrase p);
int export_refused(struct export *e, struct phrase say, enum err_code code, struct err *err);

int export_xlsx_begin(struct export *e, struct err *err) CHECK_RESULT;
int export_xlsx_row(struct export *e, const struct export_cell *cells, struct err *err) CHECK_RESULT;
int export_xlsx_end(struct export *e, struct err *err) CHECK_RESULT;

#endif
