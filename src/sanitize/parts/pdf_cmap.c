/* PDFの文字対応表 — only ranges, characters, the writing mode and the parent's name survive. */
#include "sanitize/parts/pdf_cmap.h"
#include "sanitize/parts/pdf_value.h"

enum { BLOCK = 100, CODE_MOST = 4, TARGET_MOST = 512, NAME_MOST = 127 };

/* S code, T text (string or, in bfrange, an array of them), I number */
static const struct section {
	const char *name;
	const char *fields;
} sections[] = {
	{ "codespacerange", "SS" }, { "bfchar", "ST" }, { "bfrange", "SST" }, { "cidchar", "SI" }, { "cidrange", "SSI" },
	{ "notdefchar", "SI" }, { "notdefrange", "SSI" },
};

struct cmap {
	struct arena *arena;
	struct pdf_lexer lexer;
	struct buf rows;	       /* of the section being gathered, not yet written */
	unsigned count;
	const struct section *section; /* of the rows gathered */
	struct buf body;
	struct pdf_value name, parent, registry, ordering, supplement, mode;
};

static void flush(struct cmap *c)
{
	if (c->count > 0) {
		buf_printf(&c->body, "%u begin%s\n", c->count, c->section->name);
		buf_bytes(&c->body, buf_view(&c->rows));
		buf_printf(&c->body, "end%s\n", c->section->name);
	}
	c->count = 0, c->rows.n = 0;
}

static void put_code(struct buf *out, struct bytes b)
{
	static const char digits[] = "0123456789abcdef";

	buf_byte(out, '<');
	for (size_t i = 0; i < b.n; i++) {
		buf_byte(out, (uint8_t)digits[b.p[i] >> 4]);
		buf_byte(out, (uint8_t)digits[b.p[i] & 15]);
	}
	buf_byte(out, '>');
}

static bool is_code(const struct pdf_value *t, size_t most)
{
	return t->kind == PDF_STRING && t->bytes.n >= 1 && t->bytes.n <= most;
}

/* <…> or [<…> <…>]; the opening token is read already. False: something else, rows behind it are lost with it. */
static bool take_target(struct cmap *c, const struct pdf_value *first, struct buf *row)
{
	struct pdf_value t;
	bool any = false;

	if (is_code(first, TARGET_MOST)) {
		put_code(row, first->bytes);
		return true;
	}
	if (first->kind == PDF_STRING && first->bytes.n == 0) { /* maps to nothing */
		put_code(row, first->bytes);
		return true;
	}
	if (first->kind != PDF_OPEN_ARRAY)
		return false;
	buf_byte(row, '[');
	for (;;) {
		pdf_lex(&c->lexer, &t);
		if (t.kind == PDF_CLOSE_ARRAY)
			break;
		if (t.kind != PDF_STRING || t.bytes.n > TARGET_MOST)
			return false;
		if (any)
			buf_byte(row, ' ');
		put_code(row, t.bytes);
		any = true;
	}
	buf_byte(row, ']');
	return true;
}

static bool take_row(struct cmap *c, const char *fields, struct pdf_value t, struct buf *row)
{
	for (size_t i = 0; fields[i]; i++) {
		if (i > 0) {
			pdf_lex(&c->lexer, &t);
			buf_byte(row, ' ');
		}
		if (fields[i] == 'S') {
			if (!is_code(&t, CODE_MOST))
				return false;
			put_code(row, t.bytes);
		} else if (fields[i] == 'I') {
			if (t.kind != PDF_INTEGER || t.integer < 0 || t.integer > 65535)
				return false;
			pdf_put(row, &t);
		} else if (!take_target(c, &t, row)) {
			return false;
		}
	}
	buf_byte(row, '\n');
	return true;
}

static void take_section(struct cmap *c, const struct section *section)
{
	struct pdf_value t;
	struct buf row = buf_in(c->arena, 0);

	for (;;) {
		pdf_lex(&c->lexer, &t);
		if (t.kind == PDF_END || t.kind == PDF_WORD)
			return; /* its end, whatever it is called */
		row.n = 0;
		if (!take_row(c, section->fields, t, &row))
			continue;
		if (c->count == BLOCK || c->section != section)
			flush(c);
		c->section = section;
		buf_bytes(&c->rows, buf_view(&row));
		c->count++;
	}
}

static const struct section *section_of(struct bytes word)
{
	for (size_t i = 0; i < COUNT(sections); i++)
		if (word.n == strlen(sections[i].name) + 5 && memcmp(word.p, "begin", 5) == 0 &&
		    memcmp(word.p + 5, sections[i].name, word.n - 5) == 0)
			return &sections[i];
	return NULL;
}

static bool is_usable_name(const struct pdf_value *v)
{
	return v->kind == PDF_NAME && v->bytes.n > 0 && v->bytes.n <= NAME_MOST && !memchr(v->bytes.p, 0, v->bytes.n);
}

/* "/Key value def" and "/Key value" inside << >>: the key is followed at once by its value. */
static void take_key(struct cmap *c, const struct pdf_value *key, const struct pdf_value *value)
{
	if (pdf_is_name(key, "CMapName") && is_usable_name(value))
		c->name = *value;
	else if (pdf_is_name(key, "Registry") && value->kind == PDF_STRING && value->bytes.n <= NAME_MOST)
		c->registry = *value;
	else if (pdf_is_name(key, "Ordering") && value->kind == PDF_STRING && value->bytes.n <= NAME_MOST)
		c->ordering = *value;
	else if (pdf_is_name(key, "Supplement") && value->kind == PDF_INTEGER && value->integer >= 0)
		c->supplement = *value;
	else if (pdf_is_name(key, "WMode") && value->kind == PDF_INTEGER)
		c->mode = pdf_of_integer(value->integer == 1);
}

static void put_head(struct cmap *c, struct buf *out)
{
	buf_str(out, "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CIDSystemInfo <</Ordering ");
	pdf_put(out, &c->ordering);
	buf_str(out, " /Registry ");
	pdf_put(out, &c->registry);
	buf_str(out, " /Supplement ");
	pdf_put(out, &c->supplement);
	buf_str(out, ">> def\n/CMapName ");
	pdf_put(out, &c->name);
	buf_str(out, " def\n/CMapType 2 def\n");
	if (c->mode.kind == PDF_INTEGER) {
		buf_str(out, "/WMode ");
		pdf_put(out, &c->mode);
		buf_str(out, " def\n");
	}
	if (c->parent.kind == PDF_NAME) {
		pdf_put(out, &c->parent);
		buf_str(out, " usecmap\n");
	}
}

void pdf_cmap_rewrite(struct arena *arena, struct bytes in, struct buf *out)
{
	struct cmap c = {
		.arena = arena,
		.lexer = pdf_lexer_over(arena, in),
		.rows = buf_in(arena, 0),
		.body = buf_in(arena, 0),
		.name = pdf_of_name("Adobe-Identity-UCS"),
		.registry = { .kind = PDF_STRING, .bytes = BYTES("Adobe") },
		.ordering = { .kind = PDF_STRING, .bytes = BYTES("UCS") },
		.supplement = { .kind = PDF_INTEGER },
	};
	struct pdf_value t, before = { .kind = PDF_END };

	for (;;) {
		pdf_lex(&c.lexer, &t);
		if (t.kind == PDF_END)
			break;
		const struct section *section = t.kind == PDF_WORD ? section_of(t.bytes) : NULL;
		if (section)
			take_section(&c, section);
		else if (t.kind == PDF_WORD && bytes_equal(t.bytes, BYTES("usecmap")) && is_usable_name(&before))
			c.parent = before;
		else if (before.kind == PDF_NAME)
			take_key(&c, &before, &t);
		before = t;
	}
	flush(&c);
	put_head(&c, out);
	buf_bytes(out, buf_view(&c.body));
	buf_str(out, "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n");
	out->full |= c.body.full || c.rows.full;
}
