/* 一覧の書き出し — contract in export.h: the common part and CSV. */
#include "web/export.h"
#include "base/charset_japanese.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "web/export_inside.h"
#include "web/limits.h"
#include <libdeflate.h>

int export_flush(struct export *e, bool all, struct err *err)
{
	if (!buf_ok(&e->piece))
		return fail(err, ERR_LIMIT, e->rows, "a row of more than %d bytes", WEB_EXPORT_ROW_BYTES);
	if (!all && e->piece.n < EXPORT_PIECE)
		return 0;
	if (e->bytes + e->piece.n > WEB_EXPORT_BYTES)
		return export_refused(e, (struct phrase){ "一覧が大きすぎて書き出せません。状態や期間で絞り込んでから、もう一度お試しください。",
							  "The list is too large to export. Narrow it by state or time and try again." }, ERR_LIMIT, err);
	if (e->in_sheet)
		e->sheet_crc = libdeflate_crc32(e->sheet_crc, e->piece.p, e->piece.n);
	if (e->piece.n > 0 && file_write_all(e->fd, buf_view(&e->piece), err) != 0)
		return -1;
	e->bytes += e->piece.n;
	e->piece.n = 0;
	return 0;
}

struct text export_words(const struct export *e, struct phrase p)
{
	const char *s = e->list->language == HTML_JAPANESE ? p.ja : p.en;

	return (struct text){ s, strlen(s) };
}

int export_refused(struct export *e, struct phrase say, enum err_code code, struct err *err)
{
	if (e->list->say)
		*e->list->say = say;
	return fail(err, code, e->rows, "%s", say.en);
}

/* ---- CSV -------------------------------------------------------------------------------------------------------------------------- */

static int lacks(struct export *e, size_t column, struct text character, struct err *err)
{
	struct phrase title = e->list->columns[column].title;
	/* The sheet's own count: 1 is the line of headings. */
	unsigned long long row = e->rows + 1;

	return export_refused(e, (struct phrase){
		arena_printf(e->arena, "%llu 行目の「%s」にある文字「%.*s」は Shift_JIS では書けません。Excel か UTF-8 の CSV を選んでください。", row, title.ja,
			     (int)character.n, character.p),
		arena_printf(e->arena, "Shift_JIS has no character for “%.*s” (row %llu, %s). Choose Excel or CSV in UTF-8.", (int)character.n, character.p, row,
			     title.en) }, ERR_NOT_TEXT, err);
}

static bool is_calculated(struct text t)
{
	static const char *const signs[] = { "=", "+", "-", "@", "\t", "'", "＝", "＋", "－", "＠" };

	for (size_t i = 0; i < COUNT(signs); i++)
		if (bytes_start(bytes_of_text(t), bytes_of(signs[i], strlen(signs[i]))))
			return true;
	return false;
}

/* Characters that two code points share: CP932 knows them under the other one. */
static uint32_t twin(uint32_t c)
{
	switch (c) {
	case 0x301c: return 0xff5e; /* 〜 */
	case 0x2212: return 0xff0d; /* − */
	case 0x2016: return 0x2225; /* ‖ */
	case 0x2014: return 0x2015; /* — */
	default: return c;
	}
}

static int csv_text(struct export *e, size_t column, struct text t, struct err *err)
{
	size_t at = 0, here;
	uint8_t code[8];

	buf_byte(&e->piece, '"');
	if (is_calculated(t))
		buf_byte(&e->piece, '\'');
	while (at < t.n) {
		here = at;
		uint32_t c = text_next(t, &at);
		size_t n = e->list->kind == EXPORT_CSV_CP932 ? cp932_put(code, twin(c)) : utf8_put(code, c);
		if (n == 0)
			return lacks(e, column, (struct text){ t.p + here, at - here }, err);
		if (c == '"')
			buf_byte(&e->piece, '"');
		if (c == '\n') /* a line break inside a cell, as spreadsheets write it */
			buf_byte(&e->piece, '\n');
		else
			buf_put(&e->piece, code, n);
	}
	buf_byte(&e->piece, '"');
	return 0;
}

static int csv_cell(struct export *e, size_t column, const struct export_cell *cell, struct err *err)
{
	char utc[CLOCK_TEXT];

	switch (cell->kind) {
	case CELL_EMPTY: return 0;
	case CELL_TEXT: return csv_text(e, column, cell->text, err);
	case CELL_PHRASE: return csv_text(e, column, export_words(e, cell->phrase), err);
	case CELL_NUMBER: buf_printf(&e->piece, "%lld", (long long)cell->number); return 0;
	case CELL_MOMENT:
		clock_utc(cell->number + 9 * 3600, utc); /* JST, in the form that spreadsheets take for a time */
		buf_printf(&e->piece, "%.10s %.8s", utc, utc + 11);
		return 0;
	}
	return 0;
}

static int csv_row(struct export *e, const struct export_cell *cells, struct err *err)
{
	for (size_t i = 0; i < e->list->count; i++) {
		if (i > 0)
			buf_byte(&e->piece, ',');
		if (csv_cell(e, i, &cells[i], err) != 0)
			return -1;
	}
	buf_str(&e->piece, "\r\n");
	return 0;
}

/* ---- both ------------------------------------------------------------------------------------------------------------------------- */

static int write_row(struct export *e, const struct export_cell *cells, struct err *err)
{
	if ((e->list->kind == EXPORT_XLSX ? export_xlsx_row(e, cells, err) : csv_row(e, cells, err)) != 0)
		return -1;
	e->rows++;
	return export_flush(e, false, err);
}

int export_begin(struct arena *arena, int fd, const struct export_list *list, struct export **out, struct err *err)
{
	struct export *e = arena_alloc(arena, sizeof *e);
	struct export_cell *headings = arena_new_array(arena, struct export_cell, list->count);

	must(list->count >= 1 && list->count <= 100);
	*e = (struct export){ .list = list, .arena = arena, .fd = fd, .piece = buf_in(arena, EXPORT_PIECE + WEB_EXPORT_ROW_BYTES) };
	for (size_t i = 0; i < list->count; i++)
		headings[i] = cell_phrase(list->columns[i].title);
	if (list->kind == EXPORT_XLSX && export_xlsx_begin(e, err) != 0)
		return -1;
	if (list->kind == EXPORT_CSV)
		buf_str(&e->piece, "\xef\xbb\xbf"); /* Excel takes it for UTF-8 only then */
	if (write_row(e, headings, err) != 0)
		return -1;
	*out = e;
	return 0;
}

int export_row(struct export *e, const struct export_cell *cells, struct err *err)
{
	if (e->rows > WEB_EXPORT_ROWS)
		return export_refused(e, (struct phrase){
			arena_printf(e->arena, "一度に書き出せるのは %d 行までです。状態や期間で絞り込んでから、もう一度お試しください。", WEB_EXPORT_ROWS),
			arena_printf(e->arena, "At most %d rows are exported at once. Narrow the list by state or time and try again.", WEB_EXPORT_ROWS) },
			ERR_LIMIT, err);
	return write_row(e, cells, err);
}

int export_end(struct export *e, uint64_t *bytes, struct err *err)
{
	if (e->list->kind == EXPORT_XLSX && export_xlsx_end(e, err) != 0)
		return -1;
	if (export_flush(e, true, err) != 0)
		return -1;
	*bytes = e->bytes;
	return 0;
}
