/* TrueTypeの書体 — fonts of the family sfnt (TrueType, OpenType): a fresh directory over the tables of the list below, each read field by field and written from what was understood.
 * What draws a page needs no layout features, bitmaps, colours, variations, kerning or signatures: they go, and so does every table that the list does not name. Threat D11. */
#include "base/cursor.h"
#include "sanitize/parts/font_truetype.h"

enum { SFNT_TRUETYPE = 0x00010000, SFNT_APPLE = 0x74727565, SFNT_CFF = 0x4f54544f, SFNT_COLLECTION = 0x74746366, SFNT_HEAD = 12, SFNT_RECORD = 16 };
enum { HEAD_BYTES = 54, HEAD_ADJUSTMENT = 8, METRICS_HEAD_BYTES = 36, METRICS_VALUES = 20, MAXP_BYTES = 32, MAXP_CFF_BYTES = 6 };

/* In the order of their names, which is the order in the file. */
enum table { TABLE_CFF, TABLE_OS2, TABLE_VORG, TABLE_CMAP, TABLE_CVT, TABLE_FPGM, TABLE_GLYF, TABLE_HEAD, TABLE_HHEA, TABLE_HMTX, TABLE_LOCA, TABLE_MAXP, TABLE_POST, TABLE_PREP,
	     TABLE_VHEA, TABLE_VMTX, TABLES };
static const char names[TABLES][5] = { "CFF ", "OS/2", "VORG", "cmap", "cvt ", "fpgm", "glyf", "head", "hhea", "hmtx", "loca", "maxp", "post", "prep", "vhea", "vmtx" };

struct truetype {
	struct arena *arena;
	struct bytes in[TABLES], out[TABLES]; /* none: missing */
	bool has[TABLES];		      /* named by the directory, maybe with nothing in it */
	unsigned glyphs, emptied;
	bool is_cff;
	bool is_long;	      /* loca, as it comes in */
	uint8_t *loca_format; /* as it goes out: known when the outlines are */
};

/* ---- reading the directory ---- */

static uint32_t tag_of(enum table i)
{
	return (uint32_t)names[i][0] << 24 | (uint32_t)names[i][1] << 16 | (uint32_t)names[i][2] << 8 | (uint32_t)names[i][3];
}

static void remember(struct truetype *t, struct bytes in, uint32_t tag, size_t at, size_t n)
{
	for (unsigned i = 0; i < TABLES; i++)
		if (tag_of(i) == tag && !t->has[i]) {
			t->has[i] = true;
			if (at < in.n)
				t->in[i] = bytes_of(in.p + at, MIN(n, in.n - at)); /* a font cut short may still draw */
		}
}

static int read_directory(struct truetype *t, struct bytes in, struct err *err)
{
	struct cursor c = cursor_over(in);
	uint32_t version = cursor_u32be(&c);
	unsigned n = cursor_u16be(&c);

	cursor_take(&c, 6);
	if (version == SFNT_COLLECTION)
		return fail(err, ERR_UNSUPPORTED, 0, "a collection of fonts");
	if (version != SFNT_TRUETYPE && version != SFNT_APPLE && version != SFNT_CFF)
		return fail(err, ERR_UNSUPPORTED, 0, "not a font of the kind sfnt: %08x", version);
	for (unsigned i = 0; i < n; i++) {
		uint32_t tag = cursor_u32be(&c);
		cursor_take(&c, 4);
		size_t at = cursor_u32be(&c), size = cursor_u32be(&c);
		if (c.failed)
			return fail(err, ERR_CUT_SHORT, c.at, "the directory of a font");
		remember(t, in, tag, at, size);
	}
	return 0;
}

/* ---- the tables that every font needs ---- */

static void keep(struct truetype *t, enum table i, const uint8_t *p, size_t n)
{
	t->out[i] = bytes_of(p, p ? n : 0);
}

static int rebuild_head(struct truetype *t, struct err *err)
{
	enum { MAGIC = 0x5f0f3cf5, FLAGS = 0x7fff, STYLES = 0x7f, UNITS_LEAST = 16, UNITS_MOST = 16384, STRONG_LEFT_TO_RIGHT = 2 };
	struct cursor c = cursor_over(t->in[TABLE_HEAD]);
	uint8_t *start = arena_try(t->arena, HEAD_BYTES), *to = start;

	cursor_take(&c, 12);
	uint32_t magic = cursor_u32be(&c);
	unsigned flags = cursor_u16be(&c), units = cursor_u16be(&c);
	cursor_take(&c, 16);
	const uint8_t *box = cursor_take(&c, 8);
	unsigned style = cursor_u16be(&c), least = cursor_u16be(&c);
	cursor_take(&c, 2);
	unsigned format = cursor_u16be(&c), data_format = cursor_u16be(&c);
	if (c.failed || !start || magic != MAGIC || units < UNITS_LEAST || units > UNITS_MOST || data_format != 0)
		return fail(err, ERR_MALFORMED, t->in[TABLE_HEAD].n, "head of a font: magic %08x, units %u, glyphs of format %u", magic, units, data_format);
	t->is_long = format != 0; /* so do those who draw */
	to = truetype_put32(truetype_put32(truetype_put32(to, 0x00010000), 0x00010000), 0);
	to = truetype_put16(truetype_put16(truetype_put32(to, MAGIC), flags & FLAGS), units) + 16; /* when it was made is nobody's business */
	memcpy(to, box, 8);
	t->loca_format = truetype_put16(truetype_put16(truetype_put16(to + 8, style & STYLES), least), STRONG_LEFT_TO_RIGHT);
	keep(t, TABLE_HEAD, start, HEAD_BYTES);
	return 0;
}

static int read_glyphs(struct truetype *t, struct err *err)
{
	struct cursor c = cursor_over(t->in[TABLE_MAXP]);

	cursor_take(&c, 4);
	t->glyphs = cursor_u16be(&c);
	return c.failed || t->glyphs == 0 ? fail(err, ERR_MALFORMED, 0, "a font without glyphs") : 0;
}

/* What the outlines come to is counted, not believed: programs make room by it. */
static bool write_maxp(struct truetype *t, const struct truetype_outlines *o)
{
	struct cursor c = cursor_over(t->in[TABLE_MAXP]);
	uint8_t *start = arena_try(t->arena, MAXP_BYTES), *to = start;

	if (!start)
		return false;
	cursor_take(&c, 14);
	unsigned zones = cursor_u16be(&c);
	if (zones < 1 || zones > 2)
		zones = 2;
	to = truetype_put16(truetype_put32(to, t->is_cff ? 0x00005000 : 0x00010000), t->glyphs);
	keep(t, TABLE_MAXP, start, t->is_cff ? MAXP_CFF_BYTES : MAXP_BYTES);
	if (t->is_cff)
		return true;
	to = truetype_put16(truetype_put16(truetype_put16(to, o->points), o->contours), o->composite_points);
	to = truetype_put16(truetype_put16(to, o->composite_contours), zones);
	for (unsigned i = 0; i < 5; i++) /* twilight points, storage, functions, instructions, stack */
		to = truetype_put16(to, cursor_u16be(&c));
	truetype_put16(truetype_put16(truetype_put16(to, o->code), o->elements), o->depth);
	return true;
}

/* hhea and hmtx, or vhea and vmtx. A table that ends too early is read as if zeros followed. */
static bool rebuild_metrics(struct truetype *t, enum table head, enum table metrics)
{
	struct cursor c = cursor_over(t->in[head]);
	uint32_t version = cursor_u32be(&c);
	const uint8_t *values = cursor_take(&c, METRICS_VALUES);

	cursor_take(&c, 10);
	unsigned n = cursor_u16be(&c), kept = MAX(MIN(n, t->glyphs), 1u);
	size_t size = 4 * (size_t)kept + 2 * (size_t)(t->glyphs - kept);
	uint8_t *start = arena_try(t->arena, METRICS_HEAD_BYTES), *table = arena_try(t->arena, size);
	if (c.failed || !start || !table || !t->has[metrics])
		return false;
	if (version != 0x00010000 && (version != 0x00011000 || head == TABLE_HHEA))
		version = 0x00010000;
	memcpy(truetype_put32(start, version), values, METRICS_VALUES);
	truetype_put16(start + METRICS_HEAD_BYTES - 2, kept);
	if (n > 0 && t->in[metrics].n > 0)
		memcpy(table, t->in[metrics].p, MIN(size, t->in[metrics].n));
	keep(t, head, start, METRICS_HEAD_BYTES), keep(t, metrics, table, size);
	return true;
}

/* ---- instructions and outlines ---- */

static void keep_code(struct truetype *t, struct truetype_code *code)
{
	struct bytes cvt = t->in[TABLE_CVT];

	code->kept = truetype_code_is_whole(t->in[TABLE_FPGM], false, code) && truetype_code_is_whole(t->in[TABLE_PREP], false, code);
	if (!code->kept)
		return;
	t->out[TABLE_FPGM] = t->in[TABLE_FPGM], t->out[TABLE_PREP] = t->in[TABLE_PREP];
	cvt.n = MIN(cvt.n & ~(size_t)1, 2 * (size_t)65535);
	t->out[TABLE_CVT] = cvt;
}

static int rebuild_outlines(struct truetype *t, struct truetype_outlines *o, struct err *err)
{
	struct truetype_code code = { 0 };

	if (!t->has[TABLE_LOCA] || !t->has[TABLE_GLYF])
		return fail(err, ERR_MALFORMED, 0, "a font without outlines");
	keep_code(t, &code);
	if (truetype_outlines(t->arena, t->in[TABLE_GLYF], t->in[TABLE_LOCA], t->is_long, t->glyphs, &code, o, err) < 0)
		return -1;
	t->out[TABLE_GLYF] = o->glyf, t->out[TABLE_LOCA] = o->loca;
	t->emptied = o->emptied;
	return 0;
}

static int rebuild_cff(struct truetype *t, struct err *err)
{
	struct font cff;

	if (font_cff(t->arena, t->in[TABLE_CFF], &cff, err) < 0)
		return -1;
	if (cff.glyphs == 0 || cff.glyphs > FONT_GLYPHS_MOST)
		return fail(err, ERR_MALFORMED, 0, "a font without glyphs");
	t->out[TABLE_CFF] = cff.program;
	t->glyphs = cff.glyphs, t->emptied = cff.emptied; /* who draws goes by what CFF holds */
	return 0;
}

/* ---- the tables that may be missing ---- */

static void rebuild_os2(struct truetype *t)
{
	static const size_t sizes[] = { 78, 86, 96, 96, 96, 100 };
	enum { VENDOR = 58, VENDOR_BYTES = 4 };
	struct bytes in = t->in[TABLE_OS2];

	if (in.n < sizes[0])
		return;
	unsigned version = MIN((unsigned)in.p[0] << 8 | in.p[1], (unsigned)COUNT(sizes) - 1);
	while (sizes[version] > in.n)
		version--;
	uint8_t *start = arena_try(t->arena, sizes[version]);
	if (!start)
		return;
	memcpy(truetype_put16(start, version), in.p + 2, sizes[version] - 2); /* numbers, each right in itself */
	for (unsigned i = VENDOR; i < VENDOR + VENDOR_BYTES; i++)
		if (start[i] < ' ' || start[i] > '~')
			start[i] = ' ';
	keep(t, TABLE_OS2, start, sizes[version]);
}

/* Where glyphs begin when text runs downwards, of CFF outlines only. */
static void rebuild_vorg(struct truetype *t)
{
	enum { HEAD = 8, ENTRY = 4 };
	struct cursor c = cursor_over(t->in[TABLE_VORG]);
	uint32_t version = cursor_u32be(&c);
	unsigned usual = cursor_u16be(&c), left = cursor_u16be(&c), next = 0, kept = 0;
	uint8_t *start = arena_try(t->arena, HEAD + ENTRY * (size_t)left), *to;

	if (c.failed || !start || version != 0x00010000)
		return;
	to = start + HEAD;
	for (; left > 0; left--) {
		unsigned glyph = cursor_u16be(&c), y = cursor_u16be(&c);
		if (c.failed || glyph < next || glyph >= t->glyphs)
			continue;
		to = truetype_put16(truetype_put16(to, glyph), y);
		next = glyph + 1, kept++;
	}
	truetype_put16(truetype_put16(truetype_put32(start, version), usual), kept);
	keep(t, TABLE_VORG, start, (size_t)(to - start));
}

/* ---- writing ---- */

static uint32_t sum_of(const uint8_t *p, size_t n)
{
	uint32_t sum = 0;

	for (size_t i = 0; i + 4 <= n; i += 4)
		sum += (uint32_t)p[i] << 24 | (uint32_t)p[i + 1] << 16 | (uint32_t)p[i + 2] << 8 | p[i + 3];
	return sum;
}

static size_t padded(size_t n)
{
	return (n + 3) & ~(size_t)3;
}

/* Tables of no bytes are written where a font must have them: outlines of which all are empty. */
static bool is_written(const struct truetype *t, enum table i)
{
	return t->out[i].n > 0 || (i == TABLE_GLYF && !t->is_cff);
}

static uint8_t *write_directory_head(const struct truetype *t, uint8_t *to, unsigned n)
{
	unsigned power = 1, log = 0;

	for (; 2 * power <= n; power *= 2)
		log++;
	to = truetype_put16(truetype_put32(to, t->is_cff ? SFNT_CFF : SFNT_TRUETYPE), n);
	return truetype_put16(truetype_put16(truetype_put16(to, SFNT_RECORD * power), log), SFNT_RECORD * (n - power));
}

static int write_font(const struct truetype *t, struct bytes *program, struct err *err)
{
	static const uint32_t whole = 0xb1b0afba;
	size_t n = 0, size = SFNT_HEAD, at;

	for (unsigned i = 0; i < TABLES; i++)
		if (is_written(t, i))
			n++, size += SFNT_RECORD + padded(t->out[i].n);
	uint8_t *start = arena_scratch(t->arena, size);
	if (!start)
		return fail(err, ERR_LIMIT, size, "no room for a font");
	uint8_t *record = write_directory_head(t, start, (unsigned)n), *head = NULL;
	at = SFNT_HEAD + SFNT_RECORD * n;
	for (unsigned i = 0; i < TABLES; i++) {
		struct bytes table = t->out[i];
		if (!is_written(t, i))
			continue;
		if (table.n)
			memcpy(start + at, table.p, table.n);
		memset(start + at + table.n, 0, padded(table.n) - table.n);
		if (i == TABLE_HEAD)
			head = start + at;
		record = truetype_put32(truetype_put32(record, tag_of(i)), sum_of(start + at, padded(table.n)));
		record = truetype_put32(truetype_put32(record, (uint32_t)at), (uint32_t)table.n);
		at += padded(table.n);
	}
	if (head)
		truetype_put32(head + HEAD_ADJUSTMENT, whole - sum_of(start, size));
	*program = bytes_of(start, size);
	return 0;
}

/* ---- fonts ---- */

/* OpenType in a PDF may come as nothing but outlines and cmap (ISO 32000-1, table 126): then it stays so. */
static bool is_bare(const struct truetype *t)
{
	return t->is_cff && !t->has[TABLE_HEAD];
}

static int rebuild_required(struct truetype *t, struct truetype_outlines *o, struct err *err)
{
	if (rebuild_head(t, err) < 0 || read_glyphs(t, err) < 0)
		return -1;
	if ((t->is_cff ? rebuild_cff(t, err) : rebuild_outlines(t, o, err)) < 0)
		return -1;
	if (!rebuild_metrics(t, TABLE_HHEA, TABLE_HMTX))
		return fail(err, ERR_MALFORMED, 0, "a font without metrics");
	if (!write_maxp(t, o))
		return fail(err, ERR_LIMIT, 0, "no room for a font");
	truetype_put16(t->loca_format, o->is_long);
	return 0;
}

int font_truetype(struct arena *arena, struct bytes in, struct font *out, struct err *err)
{
	struct truetype t = { .arena = arena };
	struct truetype_outlines outlines = { 0 };
	struct bytes program;

	if (in.n > FONT_BYTES_MOST)
		return fail(err, ERR_LIMIT, in.n, "a font of %zu bytes", in.n);
	if (read_directory(&t, in, err) < 0)
		return -1;
	t.is_cff = !t.has[TABLE_GLYF] && t.has[TABLE_CFF];
	if ((is_bare(&t) ? rebuild_cff(&t, err) : rebuild_required(&t, &outlines, err)) < 0)
		return -1;
	t.out[TABLE_CMAP] = truetype_cmap(arena, t.in[TABLE_CMAP], t.glyphs);
	if (is_bare(&t) && t.in[TABLE_CMAP].n > 0 && t.out[TABLE_CMAP].n == 0)
		return fail(err, ERR_MALFORMED, 0, "a bare font whose list of characters has no known form: without one nobody could draw it");
	if (!is_bare(&t)) {
		rebuild_metrics(&t, TABLE_VHEA, TABLE_VMTX);
		rebuild_os2(&t);
		t.out[TABLE_POST] = truetype_post(arena, t.in[TABLE_POST], t.glyphs);
		if (t.is_cff)
			rebuild_vorg(&t);
	}
	if (write_font(&t, &program, err) < 0)
		return -1;
	*out = (struct font){ .program = program, .glyphs = t.glyphs, .emptied = t.emptied };
	return 0;
}
