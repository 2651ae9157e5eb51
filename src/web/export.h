/* 一覧の書き出し — any list of the screens as an Excel sheet or as CSV: the same columns, the same order, the same headings. Nothing in it is ever a
 * formula: a cell that begins with = + - @ stays text. Rows go straight into a file in memory, so a long list costs no page memory.
 * Not for secrets or for what the reader may not see: the page asks the same query as its list. */
#ifndef WEB_EXPORT_H
#define WEB_EXPORT_H
#include "base/arena.h"
#include "base/err.h"
#include "web/html.h"

/* CSV: RFC 4180, CRLF, every cell quoted. A cell beginning with = + - @ (full width too), tab or ' gets one ' in front, which a reader takes off
 * again; spreadsheets would otherwise calculate it. CP932: a character it lacks is refused with row and column, nothing is replaced. */
enum export_kind { EXPORT_XLSX, EXPORT_CSV, EXPORT_CSV_CP932 };

struct export_column {
	struct phrase title;
	unsigned width; /* in half-width characters, of the Excel column */
};
enum export_cell_kind { CELL_EMPTY, CELL_TEXT, CELL_PHRASE, CELL_NUMBER, CELL_MOMENT };
struct export_cell {
	enum export_cell_kind kind;
	struct text text;
	struct phrase phrase;
	int64_t number; /* or seconds UTC: written as JST */
};
static inline struct export_cell cell_text(struct text t)
{
	return (struct export_cell){ .kind = t.n ? CELL_TEXT : CELL_EMPTY, .text = t };
}
static inline struct export_cell cell_phrase(struct phrase p)
{
	return (struct export_cell){ .kind = CELL_PHRASE, .phrase = p };
}
static inline struct export_cell cell_number(int64_t n)
{
	return (struct export_cell){ .kind = CELL_NUMBER, .number = n };
}
static inline struct export_cell cell_moment(int64_t at) /* 0: empty */
{
	return (struct export_cell){ .kind = at ? CELL_MOMENT : CELL_EMPTY, .number = at };
}

struct export;
struct export_list {
	enum export_kind kind;
	enum html_language language;
	struct phrase title; /* of the list: page header of the printed sheet */
	const struct export_column *columns;
	size_t count;	    /* 1 to 100 */
	struct phrase *say; /* where a failure leaves its sentence for the person; NULL: nowhere */
};
/* fd: an empty file open for writing (memfd_new), the caller's; it holds the whole when export_end has returned. The list must live as long. */
int export_begin(struct arena *arena, int fd, const struct export_list *list, struct export **out, struct err *err) CHECK_RESULT;
/* One cell per column. ERR_LIMIT beyond WEB_EXPORT_ROWS and WEB_EXPORT_BYTES or for a cell longer than Excel takes; ERR_NOT_TEXT: CP932 lacks a character. */
int export_row(struct export *e, const struct export_cell *cells, struct err *err) CHECK_RESULT;
int export_end(struct export *e, uint64_t *bytes, struct err *err) CHECK_RESULT;

/* ---- for pages (export_page.c) ---- */
struct request;
/* Is the list wanted as a file? Links carry ?as=xlsx, csv or csv-cp932. */
bool export_wanted(const struct request *r, enum export_kind *kind);
/* A page that export_wanted says yes to: open, a row each, send; then the answer is made (return its value). Titles are the page's own. Example: my_tickets. */
int export_open(struct request *r, enum export_kind kind, const struct export_column *columns, size_t count, struct export **out, struct err *err)
	CHECK_RESULT;
int export_send(struct request *r, struct export *e, struct err *err) CHECK_RESULT;
/* For the template: {{call export_links(&v->export)}} writes the three links, with the filter of this request kept (all of the query but "as" and `page`). */
struct export_links_view {
	struct text xlsx, csv, csv_cp932;
};
struct export_links_view export_links_of(const struct request *r, const char *page);

#endif
