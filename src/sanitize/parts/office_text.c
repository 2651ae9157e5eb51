/* オフィス文書の文字 — what a reader would read of a document, a workbook or slides, as plain text: where the policy wants text only. Paragraphs
 * become lines, cells are parted by tabs; of a cell its last value. What was taken out, field instructions, comments and properties are no text of it. */
#include "base/buf.h"
#include "base/text.h"
#include "sanitize/parts/foreign_text.h"
#include "sanitize/parts/office_parts.h"
#include "sanitize/parts/office_sheet.h"

enum { GAP_MOST = 64, ROWS_MOST = 64 };

struct words {
	struct package *p;
	struct buf out;
};

static struct xml_reader *reader_of(struct package *p)
{
	return p->filter->reader;
}

static bool is_open(const struct xml_reader *r, const char *local)
{
	return r->depth > 0 && xml_name_is(xml_local(r->open[r->depth - 1]), local);
}

void office_put_chars(struct buf *out, const struct xml_reader *r)
{
	const uint8_t *p = r->chars.p, *end = p + r->chars.n;

	while (p < end) {
		size_t used = 1;
		uint8_t utf8[4];
		uint32_t c = *p == '&' && !r->cdata ? xml_reference(p, end, &used) : 0;
		if (c)
			buf_put(out, utf8, utf8_put(utf8, c));
		else
			buf_byte(out, *p);
		p += used;
	}
}

int office_start_part(struct package *p, const char *name, bool *there, struct err *err)
{
	const struct zip_member *member = name ? office_find(p, name) : NULL;
	struct bytes content;
	struct err why = { 0 };

	*there = member != NULL;
	if (!member)
		return 0;
	if (member->size > job_limit(p->job, LIMIT_XML_BYTES))
		return refuse(err, REFUSAL_TOO_LARGE, "%s: %llu bytes of XML", member->name.p, (unsigned long long)member->size);
	if (office_content(p, member, &content, err) < 0)
		return -1;
	if (xml_start(reader_of(p), p->arena, content, &why) < 0)
		return refuse(err, REFUSAL_DAMAGED, "%s: %s", member->name.p, why.say);
	return 0;
}

int office_bad_part(struct package *p, const char *name, struct err *err)
{
	return refuse(err, reader_of(p)->declares ? REFUSAL_FEATURE : REFUSAL_DAMAGED, "%s: XML: %s", name, reader_of(p)->why);
}

/* ---- paragraphs of documents and slides ---- */

static bool is_no_text(struct xml_name local)
{
	static const char *const names[] = { "pPr", "rPr", "tblPr", "trPr", "tcPr", "sectPr", "del", "moveFrom", "delText", "instrText", "delInstrText", "Fallback", "rt" };

	for (size_t i = 0; i < COUNT(names); i++)
		if (xml_name_is(local, names[i]))
			return true;
	return false;
}

static void trim(struct buf *out, uint8_t c)
{
	if (out->n && out->p[out->n - 1] == c)
		out->n--;
}

/* Rows of a table that are being read: where each began, and whether a tracked change took it out. */
struct rows {
	struct {
		size_t from;
		bool deleted;
	} open[ROWS_MOST];
	unsigned depth;
};

static void close_row(struct buf *out, struct rows *rows)
{
	trim(out, '\t');
	buf_byte(out, '\n');
	if (rows->depth > 0 && --rows->depth < ROWS_MOST && rows->open[rows->depth].deleted)
		out->n = MIN(out->n, rows->open[rows->depth].from);
}

static void open_row(const struct buf *out, struct rows *rows)
{
	if (rows->depth++ < ROWS_MOST)
		rows->open[rows->depth - 1].from = out->n, rows->open[rows->depth - 1].deleted = false;
}

static void close_element(struct buf *out, struct xml_name local, struct rows *rows)
{
	if (xml_name_is(local, "p")) {
		buf_byte(out, '\n');
	} else if (xml_name_is(local, "tc")) {
		trim(out, '\n');
		buf_byte(out, '\t');
	} else if (xml_name_is(local, "tr")) {
		close_row(out, rows);
	}
}

static int put_story(struct words *w, const char *name, struct err *err)
{
	struct xml_reader *r = reader_of(w->p);
	struct rows rows = { .depth = 0 };
	unsigned skip = 0;
	bool there;

	if (office_start_part(w->p, name, &there, err) < 0)
		return -1;
	for (enum xml_token t; there && (t = xml_next(r)) != XML_END;) {
		if (t == XML_BAD)
			return office_bad_part(w->p, name, err);
		struct xml_name local = t == XML_CHARS ? (struct xml_name){ NULL, 0 } : xml_local(r->name);
		if (t == XML_OPEN && !skip && xml_name_is(local, "tr"))
			open_row(&w->out, &rows);
		if (t == XML_OPEN && skip == r->depth - 1 && xml_name_is(local, "del") && xml_name_is(xml_local(r->open[r->depth - 2]), "trPr") && rows.depth > 0 &&
		    rows.depth <= ROWS_MOST)
			rows.open[rows.depth - 1].deleted = true;
		if (t == XML_OPEN && !skip && is_no_text(local))
			skip = r->depth;
		else if (t == XML_OPEN && !skip && xml_name_is(local, "tab"))
			buf_byte(&w->out, '\t');
		else if (t == XML_OPEN && !skip && (xml_name_is(local, "br") || xml_name_is(local, "cr")))
			buf_byte(&w->out, '\n');
		else if (t == XML_CHARS && !skip && is_open(r, "t"))
			office_put_chars(&w->out, r);
		else if (t == XML_CLOSE && !skip)
			close_element(&w->out, local, &rows);
		if (t == XML_CLOSE && r->depth < skip)
			skip = 0;
	}
	return 0;
}

static bool is_type(const struct raw_relation *r, const char *word)
{
	size_t n = strlen(r->type), k = strlen(word);

	return !r->external && n > k && strcmp(r->type + n - k, word) == 0 && r->type[n - k - 1] == '/';
}

/* Main text, then what stands around it. */
static int put_document(struct words *w, const char *main, struct err *err)
{
	static const char *const around[] = { "header", "footer", "footnotes", "endnotes" };
	struct raw_relation *relations;
	size_t count;

	if (put_story(w, main, err) < 0 || office_read_relations(w->p, main, &relations, &count, err) < 0)
		return -1;
	for (size_t k = 0; k < COUNT(around); k++)
		for (size_t i = 0; i < count; i++)
			if (is_type(&relations[i], around[k]) && put_story(w, office_resolve(w->p->arena, main, relations[i].target), err) < 0)
				return -1;
	return 0;
}

static int put_slide(struct words *w, const char *slide, unsigned number, struct err *err)
{
	struct raw_relation *relations;
	size_t count;

	buf_printf(&w->out, "%s【%u】\n", number > 1 ? "\n" : "", number);
	if (put_story(w, slide, err) < 0 || office_read_relations(w->p, slide, &relations, &count, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (is_type(&relations[i], "notesSlide") && put_story(w, office_resolve(w->p->arena, slide, relations[i].target), err) < 0)
			return -1;
	return 0;
}

static int put_slides(struct words *w, const char *main, struct err *err)
{
	struct xml_reader *r = reader_of(w->p);
	struct raw_relation *relations;
	size_t count, n = 0, room = 64;
	const char **ids = arena_new_array(w->p->arena, const char *, room);
	bool there;

	if (office_read_relations(w->p, main, &relations, &count, err) < 0 || office_start_part(w->p, main, &there, err) < 0)
		return -1;
	for (enum xml_token t; there && (t = xml_next(r)) != XML_END;) {
		if (t == XML_BAD)
			return office_bad_part(w->p, main, err);
		if (t != XML_OPEN || !xml_name_is(xml_local(r->name), "sldId") || n > count)
			continue;
		if (n == room) {
			const char **more = arena_new_array(w->p->arena, const char *, room *= 2);
			memcpy(more, ids, n * sizeof *more);
			ids = more;
		}
		ids[n++] = office_relation_id(w->p);
	}
	for (size_t k = 0; k < n; k++)
		for (size_t i = 0; i < count; i++)
			if (ids[k] && is_type(&relations[i], "slide") && strcmp(relations[i].id, ids[k]) == 0 &&
			    put_slide(w, office_resolve(w->p->arena, main, relations[i].target), (unsigned)k + 1, err) < 0)
				return -1;
	return 0;
}

/* ---- cells of workbooks ---- */

/* "BC7" → 54, counted from 0. */
static unsigned column_of(const char *cell)
{
	unsigned v = 0;

	for (; cell && *cell >= 'A' && *cell <= 'Z' && v < 20000; cell++)
		v = v * 26 + (unsigned)(*cell - 'A') + 1;
	return v ? v - 1 : 0;
}

static int put_sheet(struct words *w, const struct office_book *book, const char *name, struct err *err)
{
	struct xml_reader *r = reader_of(w->p);
	struct office_cell cell = { .value = buf_in(w->p->arena, 0) };
	unsigned column = 0;
	bool there, in_cell = false, in_value = false;

	if (office_start_part(w->p, name, &there, err) < 0)
		return -1;
	for (enum xml_token t; there && (t = xml_next(r)) != XML_END;) {
		if (t == XML_BAD)
			return office_bad_part(w->p, name, err);
		struct xml_name local = t == XML_CHARS ? (struct xml_name){ NULL, 0 } : xml_local(r->name);
		if (t == XML_OPEN && xml_name_is(local, "c")) {
			cell.kind = office_value(w->p, "t"), cell.style = office_value(w->p, "s");
			unsigned at = column_of(office_value(w->p, "r"));
			for (unsigned gap = 0; column < at; column++)
				if (gap++ < GAP_MOST)
					buf_byte(&w->out, '\t');
			cell.value.n = 0, in_cell = true;
		} else if (t == XML_OPEN && in_cell && (xml_name_is(local, "v") || xml_name_is(local, "t"))) {
			in_value = true;
		} else if (t == XML_CHARS && in_value) {
			office_put_chars(&cell.value, r);
		} else if (t == XML_CLOSE && xml_name_is(local, "c")) {
			office_put_cell(&w->out, book, &cell);
			in_cell = false;
		} else if (t == XML_CLOSE && xml_name_is(local, "row")) {
			buf_byte(&w->out, '\n');
			column = 0;
		}
		if (t == XML_CLOSE && !(in_cell && is_open(r, "r")))
			in_value = false;
	}
	return 0;
}

static int put_book(struct words *w, const char *main, struct err *err)
{
	struct office_book book;

	if (office_book_read(w->p, main, &book, err) < 0)
		return -1;
	for (size_t i = 0; i < book.sheet_count; i++) {
		buf_printf(&w->out, "%s【%s】\n", i ? "\n" : "", book.sheets[i].name);
		if (book.sheets[i].part && put_sheet(w, &book, book.sheets[i].part, err) < 0)
			return -1;
	}
	return 0;
}

int office_text(struct job *job, enum office_home home, struct err *err)
{
	struct package *p;
	struct raw_relation *relations;
	size_t count;
	const char *main = NULL;

	if (office_open(job, home, &p, err) < 0 || office_read_relations(p, "", &relations, &count, err) < 0)
		return -1;
	for (size_t i = 0; i < count && !main; i++)
		if (is_type(&relations[i], "officeDocument"))
			main = office_resolve(p->arena, "", relations[i].target);
	if (!main || !office_find(p, main))
		return refuse(err, REFUSAL_DAMAGED, "no main part");
	struct words w = { .p = p, .out = buf_in(p->arena, (size_t)job_limit(job, LIMIT_TEXT_BYTES)) };
	int got = home == OFFICE_WORD ? put_document(&w, main, err) : home == OFFICE_SHEET ? put_book(&w, main, err) : put_slides(&w, main, err);
	if (got < 0)
		return -1;
	if (!buf_ok(&w.out))
		return refuse(err, REFUSAL_TOO_LARGE, "its text is too large");
	job_removed(job, "P5", "", 1);
	return text_deliver(job, (struct text){ buf_string(&w.out), w.out.n }, err);
}
