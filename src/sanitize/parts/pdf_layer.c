/* PDFのレイヤー — optional content: what is shown and hidden stays so; automatic switching by printing, zoom or language does not. Threat D9. */
#include "sanitize/parts/pdf_rebuild.h"

enum { NEST_MOST = 16 };

static bool keep_intent(struct pdf_rebuild *r, const struct pdf_value *in, const char *names, struct pdf_value *out)
{
	return pdf_keep_name(r, in, names, out) || pdf_keep_names(r, in, names, out);
}

static bool build_layer(struct pdf_rebuild *r, const struct pdf_object *in, struct pdf_output *out)
{
	static const struct pdf_rule rules[] = {
		{ "Intent", keep_intent, NULL }, { "Name", pdf_keep_string, NULL }, { "Type", pdf_keep_name, " OCG " },
	};

	PDF_KEEP_KEYS(r, &in->value, rules, &out->value);
	return pdf_get(&out->value, "Type");
}

bool pdf_keep_layer(struct pdf_rebuild *r, const struct pdf_value *in, const char *names __attribute__((unused)), struct pdf_value *out)
{
	static const struct pdf_builder builder = { "layer", .dictionary = true, .build = build_layer };

	return pdf_build(r, in, &builder, out);
}

/* One layer or an array of them. */
bool pdf_keep_layers(struct pdf_rebuild *r, const struct pdf_value *in, const char *names, struct pdf_value *out)
{
	const struct pdf_value *array = &pdf_find(r, in)->value;

	if (array->kind != PDF_ARRAY)
		return pdf_keep_layer(r, in, names, out);
	struct pdf_value kept = { .kind = PDF_ARRAY, .items = arena_new_array(r->arena, struct pdf_value, array->n) };
	for (uint32_t i = 0; i < array->n; i++)
		kept.n += pdf_keep_layer(r, &array->items[i], NULL, &kept.items[kept.n]);
	*out = kept;
	return true;
}

/* Order, RBGroups, VE: layers, texts and words, nested. */
static bool keep_nested(struct pdf_rebuild *r, const struct pdf_value *in, const char *words, unsigned depth, struct pdf_value *out)
{
	const struct pdf_value *array = &pdf_find(r, in)->value;

	if (array->kind != PDF_ARRAY || depth > NEST_MOST)
		return false;
	struct pdf_value kept = { .kind = PDF_ARRAY, .items = arena_new_array(r->arena, struct pdf_value, array->n) };
	for (uint32_t i = 0; i < array->n && !r->refused; i++) {
		struct pdf_value *to = &kept.items[kept.n];
		kept.n += pdf_keep_layer(r, &array->items[i], NULL, to) || keep_nested(r, &array->items[i], words, depth + 1, to) ||
			  (words ? pdf_keep_name(r, &array->items[i], words, to) : pdf_keep_string(r, &array->items[i], NULL, to));
	}
	*out = kept;
	return true;
}

static bool keep_order(struct pdf_rebuild *r, const struct pdf_value *in, const char *names __attribute__((unused)), struct pdf_value *out)
{
	return keep_nested(r, in, NULL, 0, out);
}

static bool keep_expression(struct pdf_rebuild *r, const struct pdf_value *in, const char *names __attribute__((unused)), struct pdf_value *out)
{
	return keep_nested(r, in, " And Or Not ", 0, out);
}

static bool build_membership(struct pdf_rebuild *r, const struct pdf_object *in, struct pdf_output *out)
{
	static const struct pdf_rule rules[] = {
		{ "OCGs", pdf_keep_layers, NULL }, { "P", pdf_keep_name, " AllOn AnyOn AnyOff AllOff " }, { "Type", pdf_keep_name, " OCMD " },
		{ "VE", keep_expression, NULL },
	};

	PDF_KEEP_KEYS(r, &in->value, rules, &out->value);
	return pdf_get(&out->value, "Type");
}

static bool build_properties(struct pdf_rebuild *r, const struct pdf_object *in, struct pdf_output *out)
{
	static const struct pdf_rule rules[] = {
		{ "ActualText", pdf_keep_string, NULL }, { "Alt", pdf_keep_string, NULL }, { "E", pdf_keep_string, NULL },
		{ "Lang", pdf_keep_string, NULL }, { "MCID", pdf_keep_integer, NULL },
	};

	PDF_KEEP_KEYS(r, &in->value, rules, &out->value);
	return true;
}

/* Of a resource, form or annotation: a layer, a combination of layers, or what marked content says of itself. */
bool pdf_keep_optional_content(struct pdf_rebuild *r, const struct pdf_value *in, const char *names, struct pdf_value *out)
{
	static const struct pdf_builder membership = { "membership", .dictionary = true, .build = build_membership };
	static const struct pdf_builder properties = { "properties", .dictionary = true, .build = build_properties };
	const struct pdf_value *type = pdf_find_key(r, &pdf_find(r, in)->value, "Type");

	if (pdf_is_name(type, "OCG"))
		return pdf_keep_layer(r, in, names, out);
	return pdf_build(r, in, pdf_is_name(type, "OCMD") ? &membership : &properties, out);
}

static bool keep_off(struct pdf_rebuild *r, const struct pdf_value *in, const char *names, struct pdf_value *out)
{
	bool kept = pdf_keep_layers(r, in, names, out);

	r->hidden_layers |= kept && out->kind == PDF_ARRAY && out->n > 0;
	return kept;
}

static bool keep_configuration(struct pdf_rebuild *r, const struct pdf_value *in, const char *names __attribute__((unused)), struct pdf_value *out)
{
	static const struct pdf_rule rules[] = {
		{ "BaseState", pdf_keep_name, " ON OFF Unchanged " }, { "Intent", keep_intent, NULL },
		{ "ListMode", pdf_keep_name, " AllPages VisiblePages " }, { "Name", pdf_keep_string, NULL }, { "OFF", keep_off, NULL },
		{ "ON", pdf_keep_layers, NULL }, { "Order", keep_order, NULL }, { "RBGroups", keep_order, NULL },
	};
	const struct pdf_value *d = &pdf_find(r, in)->value;

	if (d->kind != PDF_DICTIONARY)
		return false;
	out->kind = PDF_NULL;
	PDF_KEEP_KEYS(r, d, rules, out);
	r->hidden_layers |= pdf_is_name(pdf_get(out, "BaseState"), "OFF");
	return true;
}

bool pdf_keep_layer_properties(struct pdf_rebuild *r, const struct pdf_value *in, const char *names __attribute__((unused)), struct pdf_value *out)
{
	static const struct pdf_rule rules[] = { { "D", keep_configuration, NULL }, { "OCGs", pdf_keep_layers, NULL } };
	const struct pdf_value *d = &pdf_find(r, in)->value;

	if (d->kind != PDF_DICTIONARY)
		return false;
	out->kind = PDF_NULL;
	PDF_KEEP_KEYS(r, d, rules, out);
	return pdf_get(out, "D") && pdf_get(out, "OCGs");
}
