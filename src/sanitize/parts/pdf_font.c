/* PDFの書体 — font dictionaries, encodings, widths, glyph procedures. Embedded font programs are written anew (font.h); one that cannot be is a
 * reason to refuse, since without it the page would show other characters. A matrix holds numbers only (CVE-2024-4367). Threat D11. */
#include "sanitize/parts/font.h"
#include "sanitize/parts/pdf_cmap.h"
#include "sanitize/parts/pdf_rebuild.h"

enum { WIDTHS_MOST = 200000 };

/* ---- font programs ---- */

typedef int font_rebuild(struct arena *arena, struct bytes in, struct font *out, struct err *err);

static bool rebuild_program(struct pdf_rebuild *r, const struct pdf_object *in, font_rebuild *rebuild, struct font *font)
{
	struct bytes data;
	struct pdf_filter last;
	struct err err = { 0 };

	if (!pdf_decode(r, in, &data, &last) || last.kind != PDF_FILTER_NONE)
		return pdf_refuse(r, REFUSAL_FONT, "a font program that cannot be unpacked");
	if (rebuild(r->scratch, data, font, &err) != 0)
		return pdf_refuse(r, REFUSAL_FONT, err.say);
	r->glyphs_lost |= font->emptied > 0;
	return true;
}

static void say_number(struct pdf_rebuild *r, struct pdf_value *dictionary, const char *key, size_t v)
{
	pdf_set_literal(r->arena, dictionary, key, (struct pdf_value){ .kind = PDF_INTEGER, .integer = (int64_t)v });
}

/* Under one key stand two kinds: a CFF font, which begins with its version, and OpenType. */
static int font_compact(struct arena *arena, struct bytes in, struct font *out, struct err *err)
{
	return in.n && in.p[0] == 1 ? font_cff(arena, in, out, err) : font_truetype(arena, in, out, err);
}

static bool build_type1(struct pdf_rebuild *r, const struct pdf_object *in, struct pdf_output *out)
{
	struct font font;

	out->value = (struct pdf_value){ .kind = PDF_DICTIONARY };
	if (!rebuild_program(r, in, font_type1, &font))
		return false;
	say_number(r, &out->value, "Length1", font.length1);
	say_number(r, &out->value, "Length2", font.length2);
	say_number(r, &out->value, "Length3", font.length3);
	pdf_finish_stream(r, font.program, out);
	return true;
}

static bool build_truetype(struct pdf_rebuild *r, const struct pdf_object *in, struct pdf_output *out)
{
	struct font font;

	out->value = (struct pdf_value){ .kind = PDF_DICTIONARY };
	if (!rebuild_program(r, in, font_truetype, &font))
		return false;
	say_number(r, &out->value, "Length1", font.program.n);
	pdf_finish_stream(r, font.program, out);
	return true;
}

static bool build_compact(struct pdf_rebuild *r, const struct pdf_object *in, struct pdf_output *out)
{
	static const struct pdf_rule rules[] = { { "Subtype", pdf_keep_name, " Type1C CIDFontType0C OpenType " } };
	struct font font;

	PDF_KEEP_KEYS(r, &in->value, rules, &out->value);
	if (!rebuild_program(r, in, font_compact, &font))
		return false;
	pdf_finish_stream(r, font.program, out);
	return true;
}

static bool keep_type1(struct pdf_rebuild *r, const struct pdf_value *in, const char *names __attribute__((unused)), struct pdf_value *out)
{
	static const struct pdf_builder builder = { "Type 1 font program", .stream = true, .build = build_type1 };

	return pdf_build(r, in, &builder, out);
}

static bool keep_truetype(struct pdf_rebuild *r, const struct pdf_value *in, const char *names __attribute__((unused)), struct pdf_value *out)
{
	static const struct pdf_builder builder = { "TrueType font program", .stream = true, .build = build_truetype };

	return pdf_build(r, in, &builder, out);
}

static bool keep_compact(struct pdf_rebuild *r, const struct pdf_value *in, const char *names __attribute__((unused)), struct pdf_value *out)
{
	static const struct pdf_builder builder = { "compact font program", .stream = true, .build = build_compact };

	return pdf_build(r, in, &builder, out);
}

/* ---- other streams of fonts ---- */

static bool build_bytes(struct pdf_rebuild *r, const struct pdf_object *in, struct pdf_output *out)
{
	struct bytes data;
	struct pdf_filter last;

	out->value = (struct pdf_value){ .kind = PDF_DICTIONARY };
	if (!pdf_decode(r, in, &data, &last) || last.kind != PDF_FILTER_NONE)
		return false;
	data.n = MIN(data.n, (size_t)131072); /* two bytes for each of 65536 characters */
	pdf_finish_stream(r, data, out);
	return true;
}

static bool keep_glyph_map(struct pdf_rebuild *r, const struct pdf_value *in, const char *names __attribute__((unused)), struct pdf_value *out)
{
	static const struct pdf_builder builder = { "glyph map", .stream = true, .build = build_bytes };

	return pdf_keep_name(r, in, " Identity ", out) || pdf_build(r, in, &builder, out);
}

static bool keep_system_info(struct pdf_rebuild *r, const struct pdf_value *in, const char *names __attribute__((unused)), struct pdf_value *out)
{
	static const struct pdf_rule rules[] = {
		{ "Ordering", pdf_keep_string, NULL }, { "Registry", pdf_keep_string, NULL }, { "Supplement", pdf_keep_integer, NULL },
	};
	const struct pdf_value *d = &pdf_find(r, in)->value;

	if (d->kind != PDF_DICTIONARY)
		return false;
	out->kind = PDF_NULL;
	PDF_KEEP_KEYS(r, d, rules, out);
	return out->n > 0;
}

static bool keep_cmap(struct pdf_rebuild *r, const struct pdf_value *in, const char *names, struct pdf_value *out);

static bool build_cmap(struct pdf_rebuild *r, const struct pdf_object *in, struct pdf_output *out)
{
	static const struct pdf_rule rules[] = {
		{ "CIDSystemInfo", keep_system_info, NULL }, { "CMapName", pdf_keep_name, NULL }, { "Type", pdf_keep_name, " CMap " },
		{ "UseCMap", keep_cmap, NULL }, { "WMode", pdf_keep_integer, NULL },
	};
	struct bytes data;
	struct pdf_filter last;

	PDF_KEEP_KEYS(r, &in->value, rules, &out->value);
	if (!pdf_decode(r, in, &data, &last) || last.kind != PDF_FILTER_NONE)
		return false;
	struct buf text = buf_in(r->scratch, (size_t)job_limit(r->job, LIMIT_JOB_MEMORY) / 16);
	pdf_cmap_rewrite(r->scratch, data, &text);
	if (!buf_ok(&text))
		return false;
	pdf_finish_stream(r, buf_view(&text), out);
	return true;
}

static bool keep_cmap(struct pdf_rebuild *r, const struct pdf_value *in, const char *names __attribute__((unused)), struct pdf_value *out)
{
	static const struct pdf_builder builder = { "cmap", .stream = true, .build = build_cmap };

	return pdf_keep_name(r, in, NULL, out) || pdf_build(r, in, &builder, out);
}

/* ---- dictionaries of fonts ---- */

static bool keep_style(struct pdf_rebuild *r, const struct pdf_value *in, const char *names __attribute__((unused)), struct pdf_value *out)
{
	static const struct pdf_rule rules[] = { { "Panose", pdf_keep_string, NULL } };
	const struct pdf_value *d = &pdf_find(r, in)->value;

	if (d->kind != PDF_DICTIONARY)
		return false;
	out->kind = PDF_NULL;
	PDF_KEEP_KEYS(r, d, rules, out);
	return out->n > 0;
}

static bool build_descriptor(struct pdf_rebuild *r, const struct pdf_object *in, struct pdf_output *out)
{
	static const struct pdf_rule rules[] = {
		{ "Ascent", pdf_keep_number, NULL },	 { "AvgWidth", pdf_keep_number, NULL },	   { "CapHeight", pdf_keep_number, NULL },
		{ "Descent", pdf_keep_number, NULL },	 { "Flags", pdf_keep_integer, NULL },	   { "FontBBox", pdf_keep_rectangle, NULL },
		{ "FontFamily", pdf_keep_string, NULL }, { "FontFile", keep_type1, NULL },	   { "FontFile2", keep_truetype, NULL },
		{ "FontFile3", keep_compact, NULL },	 { "FontName", pdf_keep_name, NULL },	   { "FontStretch", pdf_keep_name, NULL },
		{ "FontWeight", pdf_keep_number, NULL }, { "ItalicAngle", pdf_keep_number, NULL }, { "Lang", pdf_keep_name, NULL },
		{ "Leading", pdf_keep_number, NULL },	 { "MaxWidth", pdf_keep_number, NULL },	   { "MissingWidth", pdf_keep_number, NULL },
		{ "StemH", pdf_keep_number, NULL },	 { "StemV", pdf_keep_number, NULL },	   { "Style", keep_style, NULL },
		{ "Type", pdf_keep_name, " FontDescriptor " }, { "XHeight", pdf_keep_number, NULL },
	};

	PDF_KEEP_KEYS(r, &in->value, rules, &out->value);
	return true;
}

static bool keep_descriptor(struct pdf_rebuild *r, const struct pdf_value *in, const char *names __attribute__((unused)), struct pdf_value *out)
{
	static const struct pdf_builder builder = { "font descriptor", .dictionary = true, .build = build_descriptor };

	return pdf_build(r, in, &builder, out);
}

static bool keep_differences(struct pdf_rebuild *r, const struct pdf_value *in, const char *names __attribute__((unused)), struct pdf_value *out)
{
	const struct pdf_value *array = &pdf_find(r, in)->value;

	if (array->kind != PDF_ARRAY || array->n > 2 * 65536)
		return false;
	struct pdf_value kept = { .kind = PDF_ARRAY, .items = arena_new_array(r->arena, struct pdf_value, array->n) };
	for (uint32_t i = 0; i < array->n; i++)
		kept.n += pdf_keep_name(r, &array->items[i], NULL, &kept.items[kept.n]) ||
			  pdf_keep_integer(r, &array->items[i], NULL, &kept.items[kept.n]);
	*out = kept;
	return true;
}

static bool build_encoding(struct pdf_rebuild *r, const struct pdf_object *in, struct pdf_output *out)
{
	static const struct pdf_rule rules[] = {
		{ "BaseEncoding", pdf_keep_name, NULL }, { "Differences", keep_differences, NULL }, { "Type", pdf_keep_name, " Encoding " },
	};

	PDF_KEEP_KEYS(r, &in->value, rules, &out->value);
	return true;
}

static bool keep_encoding(struct pdf_rebuild *r, const struct pdf_value *in, const char *names __attribute__((unused)), struct pdf_value *out)
{
	static const struct pdf_builder builder = { "encoding", .dictionary = true, .build = build_encoding };

	return pdf_keep_name(r, in, NULL, out) || pdf_build(r, in, &builder, out);
}

/* [first [w w w] first last w …] */
static bool build_widths(struct pdf_rebuild *r, const struct pdf_object *in, struct pdf_output *out)
{
	const struct pdf_value *array = &in->value;

	if (array->n > WIDTHS_MOST)
		return false;
	struct pdf_value kept = { .kind = PDF_ARRAY, .items = arena_new_array(r->arena, struct pdf_value, array->n) };
	for (uint32_t i = 0; i < array->n; i++)
		kept.n += pdf_keep_number(r, &array->items[i], NULL, &kept.items[kept.n]) ||
			  pdf_keep_numbers(r, &array->items[i], NULL, &kept.items[kept.n]);
	out->value = kept;
	return true;
}

static bool keep_widths(struct pdf_rebuild *r, const struct pdf_value *in, const char *names __attribute__((unused)), struct pdf_value *out)
{
	static const struct pdf_builder builder = { "widths", .array = true, .build = build_widths };

	return pdf_build(r, in, &builder, out);
}

static bool build_glyph(struct pdf_rebuild *r, const struct pdf_object *in, struct pdf_output *out)
{
	out->value = (struct pdf_value){ .kind = PDF_DICTIONARY };
	pdf_finish_content(r, in, NULL, out);
	return true;
}

static bool keep_glyph(struct pdf_rebuild *r, const struct pdf_value *in, const char *names __attribute__((unused)), struct pdf_value *out)
{
	static const struct pdf_builder builder = { "glyph", .stream = true, .later = true, .build = build_glyph };

	return pdf_build(r, in, &builder, out);
}

static bool keep_glyphs(struct pdf_rebuild *r, const struct pdf_value *in, const char *names __attribute__((unused)), struct pdf_value *out)
{
	const struct pdf_value *d = &pdf_find(r, in)->value;

	if (d->kind != PDF_DICTIONARY)
		return false;
	pdf_keep_all(r, d, keep_glyph, NULL, out);
	return true;
}

static bool build_descendant(struct pdf_rebuild *r, const struct pdf_object *in, struct pdf_output *out)
{
	static const struct pdf_rule rules[] = {
		{ "BaseFont", pdf_keep_name, NULL },	   { "CIDSystemInfo", keep_system_info, NULL },
		{ "CIDToGIDMap", keep_glyph_map, NULL },   { "DW", pdf_keep_number, NULL }, { "DW2", pdf_keep_numbers, NULL },
		{ "FontDescriptor", keep_descriptor, NULL }, { "Subtype", pdf_keep_name, " CIDFontType0 CIDFontType2 " },
		{ "Type", pdf_keep_name, " Font " },	   { "W", keep_widths, NULL }, { "W2", keep_widths, NULL },
	};

	PDF_KEEP_KEYS(r, &in->value, rules, &out->value);
	return pdf_get(&out->value, "Subtype");
}

static bool keep_descendants(struct pdf_rebuild *r, const struct pdf_value *in, const char *names __attribute__((unused)), struct pdf_value *out)
{
	static const struct pdf_builder builder = { "descendant font", .dictionary = true, .build = build_descendant };
	const struct pdf_value *array = &pdf_find(r, in)->value;

	if (array->kind != PDF_ARRAY || array->n == 0)
		return false;
	*out = (struct pdf_value){ .kind = PDF_ARRAY, .n = 1, .items = arena_new_array(r->arena, struct pdf_value, 1) };
	return pdf_build(r, &array->items[0], &builder, &out->items[0]);
}

static const struct pdf_rule composite_rules[] = {
	{ "BaseFont", pdf_keep_name, NULL }, { "DescendantFonts", keep_descendants, NULL }, { "Encoding", keep_cmap, NULL },
	{ "Subtype", pdf_keep_name, " Type0 " }, { "ToUnicode", keep_cmap, NULL }, { "Type", pdf_keep_name, " Font " },
};
static const struct pdf_rule simple_rules[] = {
	{ "BaseFont", pdf_keep_name, NULL },	{ "Encoding", keep_encoding, NULL },   { "FirstChar", pdf_keep_integer, NULL },
	{ "FontDescriptor", keep_descriptor, NULL }, { "LastChar", pdf_keep_integer, NULL }, { "Subtype", pdf_keep_name, " Type1 MMType1 TrueType " },
	{ "ToUnicode", keep_cmap, NULL },	{ "Type", pdf_keep_name, " Font " },   { "Widths", pdf_keep_numbers, NULL },
};
static const struct pdf_rule drawn_rules[] = {
	{ "CharProcs", keep_glyphs, NULL },    { "Encoding", keep_encoding, NULL },	 { "FirstChar", pdf_keep_integer, NULL },
	{ "FontBBox", pdf_keep_rectangle, NULL }, { "FontDescriptor", keep_descriptor, NULL }, { "FontMatrix", pdf_keep_matrix, NULL },
	{ "LastChar", pdf_keep_integer, NULL }, { "Resources", pdf_keep_resources_later, NULL }, { "Subtype", pdf_keep_name, " Type3 " },
	{ "ToUnicode", keep_cmap, NULL },      { "Type", pdf_keep_name, " Font " },	 { "Widths", pdf_keep_numbers, NULL },
};

static bool build_font(struct pdf_rebuild *r, const struct pdf_object *in, struct pdf_output *out)
{
	const struct pdf_value *kind = pdf_find_key(r, &in->value, "Subtype"), *matrix = pdf_find_key(r, &in->value, "FontMatrix");
	bool is_drawn = pdf_is_name(kind, "Type3");
	struct pdf_value unused;

	if (matrix && (!is_drawn || !pdf_keep_matrix(r, matrix, NULL, &unused)))
		pdf_report(r, "D11", 1);
	if (pdf_is_name(kind, "Type0"))
		PDF_KEEP_KEYS(r, &in->value, composite_rules, &out->value);
	else if (is_drawn)
		PDF_KEEP_KEYS(r, &in->value, drawn_rules, &out->value);
	else
		PDF_KEEP_KEYS(r, &in->value, simple_rules, &out->value);
	if (!pdf_get(&out->value, "Subtype"))
		return false;
	pdf_set_literal(r->arena, &out->value, "Type", pdf_of_name("Font"));
	return !pdf_is_name(kind, "Type0") || pdf_get(&out->value, "DescendantFonts");
}

bool pdf_keep_font(struct pdf_rebuild *r, const struct pdf_value *in, const char *names __attribute__((unused)), struct pdf_value *out)
{
	static const struct pdf_builder builder = { "font", .dictionary = true, .build = build_font };

	return pdf_build(r, in, &builder, out);
}
