/* 表計算の値 — contract in office_sheet.h. */
#include "sanitize/parts/office_sheet.h"

enum { SHEETS_MOST = 4096, FORMATS_MOST = 65536, DAY_SECONDS = 86400 };

static void *grow(struct arena *arena, void *items, size_t count, size_t *room, size_t size)
{
	if (count < *room)
		return items;
	*room = *room ? *room * 2 : 64;
	void *more = arena_array(arena, size, *room);
	if (count)
		memcpy(more, items, count * size);
	return more;
}

/* A number format of dates names a year, a month or a day outside its quotes and brackets. */
static bool is_date_format(const char *code)
{
	bool quoted = false, bracket = false;

	for (; *code; code++) {
		if (*code == '"')
			quoted = !quoted;
		else if (*code == '[' || *code == ']')
			bracket = *code == '[';
		else if (*code == '\\' && code[1])
			code++;
		else if (!quoted && !bracket && strchr("yYmMdDhHsSeE", *code) && !(strchr("eE", *code) && code[1] && strchr("+-", code[1])))
			return strchr("eE", *code) == NULL || code[1] != 0;
	}
	return false;
}

static bool is_date_number(unsigned long id)
{
	return (id >= 14 && id <= 22) || (id >= 27 && id <= 36) || (id >= 45 && id <= 47) || (id >= 50 && id <= 58);
}

static int read_styles(struct package *p, const char *name, struct office_book *b, struct err *err)
{
	struct xml_reader *r = p->filter->reader;
	unsigned long *custom = NULL;
	size_t custom_count = 0, custom_room = 0;
	bool there, in_cells = false;

	if (office_start_part(p, name, &there, err) < 0)
		return -1;
	for (enum xml_token t; there && (t = xml_next(r)) != XML_END;) {
		if (t == XML_BAD)
			return office_bad_part(p, name, err);
		if (t == XML_CHARS)
			continue;
		struct xml_name local = xml_local(r->name);
		if (xml_name_is(local, "cellXfs")) {
			in_cells = t == XML_OPEN;
		} else if (t == XML_OPEN && xml_name_is(local, "numFmt") && custom_count < FORMATS_MOST) {
			const char *id = office_value(p, "numFmtId"), *code = office_value(p, "formatCode");
			if (!id || !code || !is_date_format(code))
				continue;
			custom = grow(p->arena, custom, custom_count, &custom_room, sizeof *custom);
			custom[custom_count++] = strtoul(id, NULL, 10);
		} else if (t == XML_OPEN && in_cells && xml_name_is(local, "xf") && b->date_count < FORMATS_MOST) {
			const char *text = office_value(p, "numFmtId");
			unsigned long id = text ? strtoul(text, NULL, 10) : 0;
			bool date = is_date_number(id);
			for (size_t i = 0; i < custom_count && !date; i++)
				date = custom[i] == id;
			b->dates = grow(p->arena, b->dates, b->date_count, &b->date_room, sizeof *b->dates);
			b->dates[b->date_count++] = date;
		}
	}
	return 0;
}

/* Readings (rPh) are no part of a string. */
static int read_strings(struct package *p, const char *name, struct office_book *b, struct err *err)
{
	struct xml_reader *r = p->filter->reader;
	struct buf value = buf_in(p->arena, 0);
	unsigned reading = 0;
	bool there, in_text = false;

	if (office_start_part(p, name, &there, err) < 0)
		return -1;
	for (enum xml_token t; there && (t = xml_next(r)) != XML_END;) {
		if (t == XML_BAD)
			return office_bad_part(p, name, err);
		struct xml_name local = t == XML_CHARS ? (struct xml_name){ NULL, 0 } : xml_local(r->name);
		if (t == XML_OPEN && xml_name_is(local, "rPh"))
			reading = r->depth;
		else if (t == XML_OPEN)
			in_text = !reading && xml_name_is(local, "t");
		else if (t == XML_CHARS && in_text)
			office_put_chars(&value, r);
		if (t != XML_CLOSE)
			continue;
		in_text = false;
		if (r->depth < reading)
			reading = 0;
		if (!xml_name_is(local, "si"))
			continue;
		b->strings = grow(p->arena, b->strings, b->string_count, &b->string_room, sizeof *b->strings);
		b->strings[b->string_count++] = arena_text(p->arena, (struct text){ buf_string(&value), value.n });
		value.n = 0;
	}
	return 0;
}

static int read_book(struct package *p, const char *main, struct office_book *b, struct err *err)
{
	struct xml_reader *r = p->filter->reader;
	bool there;

	if (office_start_part(p, main, &there, err) < 0)
		return -1;
	for (enum xml_token t; there && (t = xml_next(r)) != XML_END;) {
		if (t == XML_BAD)
			return office_bad_part(p, main, err);
		if (t != XML_OPEN)
			continue;
		struct xml_name local = xml_local(r->name);
		if (xml_name_is(local, "workbookPr")) {
			const char *from = office_value(p, "date1904");
			b->from_1904 = from && (strcmp(from, "1") == 0 || strcmp(from, "true") == 0);
		} else if (xml_name_is(local, "sheet") && b->sheet_count < SHEETS_MOST) {
			const char *name = office_value(p, "name");
			b->sheets = grow(p->arena, b->sheets, b->sheet_count, &b->sheet_room, sizeof *b->sheets);
			b->sheets[b->sheet_count].name = name ? name : "";
			b->sheets[b->sheet_count].part = NULL;
			b->sheets[b->sheet_count++].id = office_relation_id(p);
		}
	}
	return 0;
}

int office_book_read(struct package *p, const char *main, struct office_book *b, struct err *err)
{
	struct raw_relation *relations;
	size_t count;

	*b = (struct office_book){ 0 };
	if (office_read_relations(p, main, &relations, &count, err) < 0 || read_book(p, main, b, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		const char *slash = strrchr(relations[i].type, '/'), *word = slash ? slash + 1 : "";
		const char *part = relations[i].external ? NULL : office_resolve(p->arena, main, relations[i].target);
		if (strcmp(word, "sharedStrings") == 0 && read_strings(p, part, b, err) < 0)
			return -1;
		if (strcmp(word, "styles") == 0 && read_styles(p, part, b, err) < 0)
			return -1;
		for (size_t k = 0; k < b->sheet_count; k++)
			if (strcmp(word, "worksheet") == 0 && b->sheets[k].id && strcmp(b->sheets[k].id, relations[i].id) == 0)
				b->sheets[k].part = part;
	}
	return 0;
}

static void put_line(struct buf *out, struct bytes b)
{
	for (size_t i = 0; i < b.n; i++)
		buf_byte(out, b.p[i] == '\n' || b.p[i] == '\r' || b.p[i] == '\t' ? ' ' : b.p[i]);
}

/* Days since the civil date 1970-01-01 to year, month, day. */
static void civil(int64_t days, int64_t *year, unsigned *month, unsigned *day)
{
	days += 719468;
	int64_t era = days / 146097, of_era = days - era * 146097;
	int64_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365, of_year = of_era - (365 * y + y / 4 - y / 100);
	int64_t m = (5 * of_year + 2) / 153;

	*day = (unsigned)(of_year - (153 * m + 2) / 5 + 1);
	*month = (unsigned)(m < 10 ? m + 3 : m - 9);
	*year = y + era * 400 + (*month <= 2);
}

/* The workbook counts days from the end of 1899, and a February 29 that 1900 did not have. */
static bool put_date(struct buf *out, const struct office_book *book, const char *text)
{
	char *end;
	double v = strtod(text, &end);
	unsigned month, day;
	int64_t year;

	if (end == text || *end || !(v >= 0 && v < 2958466))
		return false;
	int64_t whole = (int64_t)v, seconds = (int64_t)((v - (double)whole) * DAY_SECONDS + 0.5);
	if (seconds == DAY_SECONDS)
		whole++, seconds = 0;
	if (whole || !seconds) {
		civil(book->from_1904 ? whole - 24107 : whole - 25569 + (whole < 60), &year, &month, &day);
		buf_printf(out, "%04lld-%02u-%02u", (long long)year, month, day);
	}
	if (seconds)
		buf_printf(out, "%s%02lld:%02lld", whole ? " " : "", (long long)seconds / 3600, (long long)seconds / 60 % 60);
	return true;
}

void office_put_cell(struct buf *out, const struct office_book *book, const struct office_cell *cell)
{
	struct buf value = cell->value;
	const char *text = buf_string(&value), *kind = cell->kind ? cell->kind : "n";

	if (strcmp(kind, "s") == 0) {
		unsigned long i = strtoul(text, NULL, 10);
		if (value.n && i < book->string_count)
			put_line(out, bytes_of_text(book->strings[i]));
		return;
	}
	if (strcmp(kind, "b") == 0) {
		buf_str(out, strcmp(text, "0") == 0 ? "FALSE" : "TRUE");
		return;
	}
	unsigned long style = cell->style ? strtoul(cell->style, NULL, 10) : 0;
	bool date = strcmp(kind, "n") == 0 && style < book->date_count && book->dates[style];
	if (!date || !put_date(out, book, text))
		put_line(out, buf_view(&value));
}
