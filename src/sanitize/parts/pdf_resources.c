/* PDFの資源 — resources of pages and forms: graphics states, patterns, shadings, forms, groups. Threats D4, D11, D12. */
#include "sanitize/parts/pdf_rebuild.h"

/* One dictionary per kind, kept apart if it is an object of its own: pages share them. */
#define KIND(name, keep) \
	static bool build_##name(struct pdf_rebuild *r, const struct pdf_object *in, struct pdf_output *out) \
	{ \
		pdf_keep_all(r, &in->value, keep, NULL, &out->value); \
		return true; \
	} \
	static bool keep_##name(struct pdf_rebuild *r, const struct pdf_value *in, const char *names __attribute__((unused)), \
				struct pdf_value *out) \
	{ \
		static const struct pdf_builder builder = { #name, .dictionary = true, .build = build_##name }; \
		return pdf_build(r, in, &builder, out); \
	}

KIND(color_spaces, pdf_keep_color_space)
KIND(states, pdf_keep_state)
KIND(fonts, pdf_keep_font)
KIND(patterns, pdf_keep_pattern)
KIND(properties, pdf_keep_optional_content)
KIND(shadings, pdf_keep_shading)
KIND(x_objects, pdf_keep_x_object)

static bool build_resources(struct pdf_rebuild *r, const struct pdf_object *in, struct pdf_output *out)
{
	static const struct pdf_rule rules[] = {
		{ "ColorSpace", keep_color_spaces, NULL }, { "ExtGState", keep_states, NULL },	 { "Font", keep_fonts, NULL },
		{ "Pattern", keep_patterns, NULL },	   { "Properties", keep_properties, NULL }, { "Shading", keep_shadings, NULL },
		{ "XObject", keep_x_objects, NULL },
	};

	PDF_KEEP_KEYS(r, &in->value, rules, &out->value);
	return true;
}

bool pdf_keep_resources(struct pdf_rebuild *r, const struct pdf_value *in, const char *names __attribute__((unused)), struct pdf_value *out)
{
	static const struct pdf_builder builder = { "resources", .dictionary = true, .build = build_resources };

	return pdf_build(r, in, &builder, out);
}

/* Fonts whose glyphs are drawn hold resources that hold fonts …: built from the queue. */
bool pdf_keep_resources_later(struct pdf_rebuild *r, const struct pdf_value *in, const char *names __attribute__((unused)), struct pdf_value *out)
{
	static const struct pdf_builder builder = { "glyph resources", .dictionary = true, .later = true, .build = build_resources };

	return pdf_build(r, in, &builder, out);
}

static bool build_group(struct pdf_rebuild *r, const struct pdf_object *in, struct pdf_output *out)
{
	static const struct pdf_rule rules[] = {
		{ "CS", pdf_keep_color_space, NULL }, { "I", pdf_keep_boolean, NULL }, { "K", pdf_keep_boolean, NULL },
		{ "S", pdf_keep_name, " Transparency " }, { "Type", pdf_keep_name, " Group " },
	};

	PDF_KEEP_KEYS(r, &in->value, rules, &out->value);
	return pdf_get(&out->value, "S");
}

bool pdf_keep_group(struct pdf_rebuild *r, const struct pdf_value *in, const char *names __attribute__((unused)), struct pdf_value *out)
{
	static const struct pdf_builder builder = { "group", .dictionary = true, .build = build_group };

	return pdf_build(r, in, &builder, out);
}

/* ---- forms ---- */

static bool build_form(struct pdf_rebuild *r, const struct pdf_object *in, struct pdf_output *out)
{
	static const struct pdf_rule rules[] = {
		{ "BBox", pdf_keep_rectangle, NULL }, { "Group", pdf_keep_group, NULL }, { "Matrix", pdf_keep_matrix, NULL },
		{ "OC", pdf_keep_optional_content, NULL }, { "Resources", pdf_keep_resources, NULL },
		{ "Subtype", pdf_keep_name, " Form " },
	};

	PDF_KEEP_KEYS(r, &in->value, rules, &out->value);
	pdf_set_literal(r->arena, &out->value, "Subtype", pdf_of_name("Form"));
	pdf_set_literal(r->arena, &out->value, "Type", pdf_of_name("XObject"));
	pdf_finish_content(r, in, pdf_get(&out->value, "Resources"), out);
	return true;
}

bool pdf_keep_form(struct pdf_rebuild *r, const struct pdf_value *in, const char *names __attribute__((unused)), struct pdf_value *out)
{
	static const struct pdf_builder builder = { "form", .stream = true, .later = true, .build = build_form };

	return pdf_build(r, in, &builder, out);
}

static bool build_image(struct pdf_rebuild *r, const struct pdf_object *in, struct pdf_output *out)
{
	return pdf_image(r, in, false, out);
}

static struct pdf_value empty_form(struct pdf_rebuild *r)
{
	if (!r->empty_form) {
		struct pdf_value box = { .kind = PDF_ARRAY, .n = 4, .items = arena_new_array(r->arena, struct pdf_value, 4) };
		for (int i = 0; i < 4; i++)
			box.items[i] = pdf_of_integer(0);
		r->empty_form = pdf_output_new(r);
		r->empty_form->value = (struct pdf_value){ .kind = PDF_DICTIONARY };
		pdf_set_literal(r->arena, &r->empty_form->value, "BBox", box);
		pdf_set_literal(r->arena, &r->empty_form->value, "Subtype", pdf_of_name("Form"));
		pdf_set_literal(r->arena, &r->empty_form->value, "Type", pdf_of_name("XObject"));
		pdf_finish_stream(r, BYTES(""), r->empty_form);
	}
	return pdf_output_value(r->empty_form);
}

/* What is drawn by name must exist, or viewers complain: a picture that cannot be kept becomes an empty form. */
bool pdf_keep_x_object(struct pdf_rebuild *r, const struct pdf_value *in, const char *names, struct pdf_value *out)
{
	static const struct pdf_builder builder = { "image", .stream = true, .build = build_image };
	const struct pdf_object *o = pdf_find(r, in);
	const struct pdf_value *kind = pdf_find_key(r, &o->value, "Subtype");

	if (!o->is_stream)
		return false;
	if (pdf_is_name(kind, "Form") && !pdf_is_name(pdf_find_key(r, &o->value, "Subtype2"), "PS"))
		return pdf_keep_form(r, in, names, out);
	if (pdf_is_name(kind, "Image")) {
		if (pdf_build(r, in, &builder, out)) {
			r->pictures++;
			return true;
		}
		r->lost_pictures++;
	} else {
		pdf_report(r, "D2", 1); /* PostScript handed to the printer */
	}
	*out = empty_form(r);
	return !r->refused;
}

/* ---- patterns and shadings ---- */

static bool build_tiling(struct pdf_rebuild *r, const struct pdf_object *in, struct pdf_output *out)
{
	static const struct pdf_rule rules[] = {
		{ "BBox", pdf_keep_rectangle, NULL },  { "Matrix", pdf_keep_matrix, NULL },   { "PaintType", pdf_keep_integer, NULL },
		{ "PatternType", pdf_keep_integer, NULL }, { "Resources", pdf_keep_resources, NULL }, { "TilingType", pdf_keep_integer, NULL },
		{ "XStep", pdf_keep_number, NULL },    { "YStep", pdf_keep_number, NULL },
	};

	PDF_KEEP_KEYS(r, &in->value, rules, &out->value);
	pdf_finish_content(r, in, pdf_get(&out->value, "Resources"), out);
	return true;
}

static bool build_shading_pattern(struct pdf_rebuild *r, const struct pdf_object *in, struct pdf_output *out)
{
	static const struct pdf_rule rules[] = {
		{ "ExtGState", pdf_keep_state, NULL }, { "Matrix", pdf_keep_matrix, NULL }, { "PatternType", pdf_keep_integer, NULL },
		{ "Shading", pdf_keep_shading, NULL },
	};

	PDF_KEEP_KEYS(r, &in->value, rules, &out->value);
	return pdf_get(&out->value, "Shading");
}

bool pdf_keep_pattern(struct pdf_rebuild *r, const struct pdf_value *in, const char *names __attribute__((unused)), struct pdf_value *out)
{
	static const struct pdf_builder tiling = { "tiling", .stream = true, .later = true, .build = build_tiling };
	static const struct pdf_builder shading = { "shading pattern", .dictionary = true, .build = build_shading_pattern };
	const struct pdf_value *type = pdf_find_key(r, &pdf_find(r, in)->value, "PatternType");

	if (!type || type->kind != PDF_INTEGER)
		return false;
	return type->integer == 1 ? pdf_build(r, in, &tiling, out) : type->integer == 2 && pdf_build(r, in, &shading, out);
}

static bool keep_booleans(struct pdf_rebuild *r, const struct pdf_value *in, const char *names __attribute__((unused)), struct pdf_value *out)
{
	const struct pdf_value *array = &pdf_find(r, in)->value;

	if (array->kind != PDF_ARRAY || array->n != 2)
		return false;
	*out = (struct pdf_value){ .kind = PDF_ARRAY, .n = 2, .items = arena_new_array(r->arena, struct pdf_value, 2) };
	return pdf_keep_boolean(r, &array->items[0], NULL, &out->items[0]) && pdf_keep_boolean(r, &array->items[1], NULL, &out->items[1]);
}

static bool build_shading(struct pdf_rebuild *r, const struct pdf_object *in, struct pdf_output *out)
{
	static const struct pdf_rule rules[] = {
		{ "AntiAlias", pdf_keep_boolean, NULL },    { "BBox", pdf_keep_rectangle, NULL },
		{ "Background", pdf_keep_numbers, NULL },   { "BitsPerComponent", pdf_keep_integer, NULL },
		{ "BitsPerCoordinate", pdf_keep_integer, NULL }, { "BitsPerFlag", pdf_keep_integer, NULL },
		{ "ColorSpace", pdf_keep_color_space, NULL }, { "Coords", pdf_keep_numbers, NULL },
		{ "Decode", pdf_keep_numbers, NULL },	    { "Domain", pdf_keep_numbers, NULL },
		{ "Extend", keep_booleans, NULL },	    { "Function", pdf_keep_functions, NULL },
		{ "Matrix", pdf_keep_matrix, NULL },	    { "ShadingType", pdf_keep_integer, NULL },
		{ "VerticesPerRow", pdf_keep_integer, NULL },
	};
	struct bytes data;
	struct pdf_filter last;

	PDF_KEEP_KEYS(r, &in->value, rules, &out->value);
	const struct pdf_value *type = pdf_get(&out->value, "ShadingType");
	if (!type || !pdf_get(&out->value, "ColorSpace") || type->integer < 1 || type->integer > 7 || in->is_stream != (type->integer >= 4))
		return false;
	if (!in->is_stream)
		return true;
	if (!pdf_decode(r, in, &data, &last) || last.kind != PDF_FILTER_NONE)
		return false;
	pdf_finish_stream(r, data, out);
	return true;
}

bool pdf_keep_shading(struct pdf_rebuild *r, const struct pdf_value *in, const char *names __attribute__((unused)), struct pdf_value *out)
{
	static const struct pdf_builder builder = { "shading", .dictionary = true, .stream = true, .build = build_shading };

	return pdf_build(r, in, &builder, out);
}

/* ---- graphics states ---- */

/* [dashes phase] and [font size]: an array of two, the first by its own rule. */
static bool keep_pair(struct pdf_rebuild *r, const struct pdf_value *in, pdf_keep *first, struct pdf_value *out)
{
	const struct pdf_value *array = &pdf_find(r, in)->value;

	if (array->kind != PDF_ARRAY || array->n != 2)
		return false;
	*out = (struct pdf_value){ .kind = PDF_ARRAY, .n = 2, .items = arena_new_array(r->arena, struct pdf_value, 2) };
	return first(r, &array->items[0], NULL, &out->items[0]) && pdf_keep_number(r, &array->items[1], NULL, &out->items[1]);
}

static bool keep_dash(struct pdf_rebuild *r, const struct pdf_value *in, const char *names __attribute__((unused)), struct pdf_value *out)
{
	return keep_pair(r, in, pdf_keep_numbers, out);
}

static bool keep_font_size(struct pdf_rebuild *r, const struct pdf_value *in, const char *names __attribute__((unused)), struct pdf_value *out)
{
	return keep_pair(r, in, pdf_keep_font, out);
}

static bool keep_soft_mask(struct pdf_rebuild *r, const struct pdf_value *in, const char *names __attribute__((unused)), struct pdf_value *out)
{
	static const struct pdf_rule rules[] = {
		{ "BC", pdf_keep_numbers, NULL }, { "G", pdf_keep_form, NULL }, { "S", pdf_keep_name, " Alpha Luminosity " },
		{ "TR", pdf_keep_function, NULL }, { "Type", pdf_keep_name, " Mask " },
	};
	const struct pdf_value *v = &pdf_find(r, in)->value;

	if (v->kind == PDF_NAME)
		return pdf_keep_name(r, v, " None ", out);
	if (v->kind != PDF_DICTIONARY)
		return false;
	out->kind = PDF_NULL;
	PDF_KEEP_KEYS(r, v, rules, out);
	return pdf_get(out, "G") && pdf_get(out, "S");
}

static bool keep_blend_mode(struct pdf_rebuild *r, const struct pdf_value *in, const char *names, struct pdf_value *out)
{
	return pdf_keep_name(r, in, names, out) || pdf_keep_names(r, in, names, out);
}

static bool build_state(struct pdf_rebuild *r, const struct pdf_object *in, struct pdf_output *out)
{
	static const struct pdf_rule rules[] = {
		{ "AIS", pdf_keep_boolean, NULL }, { "BM", keep_blend_mode, NULL },   { "CA", pdf_keep_number, NULL },
		{ "D", keep_dash, NULL },	   { "FL", pdf_keep_number, NULL },   { "Font", keep_font_size, NULL },
		{ "LC", pdf_keep_integer, NULL },  { "LJ", pdf_keep_integer, NULL },  { "LW", pdf_keep_number, NULL },
		{ "ML", pdf_keep_number, NULL },   { "OP", pdf_keep_boolean, NULL },  { "OPM", pdf_keep_integer, NULL },
		{ "RI", pdf_keep_name, NULL },	   { "SA", pdf_keep_boolean, NULL },  { "SM", pdf_keep_number, NULL },
		{ "SMask", keep_soft_mask, NULL }, { "TK", pdf_keep_boolean, NULL },  { "ca", pdf_keep_number, NULL },
		{ "op", pdf_keep_boolean, NULL },  { "Type", pdf_keep_name, " ExtGState " },
	};

	PDF_KEEP_KEYS(r, &in->value, rules, &out->value);
	return true;
}

bool pdf_keep_state(struct pdf_rebuild *r, const struct pdf_value *in, const char *names __attribute__((unused)), struct pdf_value *out)
{
	static const struct pdf_builder builder = { "graphics state", .dictionary = true, .build = build_state };

	return pdf_build(r, in, &builder, out);
}
