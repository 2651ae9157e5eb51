/* PDFの入力欄 — form fields stay fillable: names, values, choices, appearances. Without scripts, actions, XFA and signatures. Threats D1, D3, D7. */
#include "sanitize/parts/pdf_rebuild.h"

enum { TREE_DEPTH = 32, FIELD_RULES = 16 };

struct pdf_field {
	struct pdf_object *object, *parent;
	struct pdf_object **kids;
	uint32_t n;
	bool is_signature, has_value;
};

static void read_field(struct pdf_rebuild *r, struct pdf_object *o, struct pdf_object *parent, unsigned depth)
{
	const struct pdf_value *kids = pdf_find_key(r, &o->value, "Kids"), *type = pdf_find_key(r, &o->value, "FT");
	struct pdf_field *f = arena_alloc(r->arena, sizeof *f);

	f->object = o, f->parent = parent;
	f->is_signature = type ? pdf_is_name(type, "Sig") : parent && parent->field->is_signature;
	f->has_value = pdf_find_key(r, &o->value, "V") || (parent && parent->field->has_value);
	o->field = f;
	if (!kids || kids->kind != PDF_ARRAY || depth >= TREE_DEPTH)
		return;
	f->kids = arena_new_array(r->arena, struct pdf_object *, kids->n);
	for (uint32_t i = 0; i < kids->n && !r->refused; i++) {
		struct pdf_object *kid = pdf_find(r, &kids->items[i]);
		if (kid->id == 0 || kid->is_stream || kid->value.kind != PDF_DICTIONARY || kid->field)
			continue; /* met before: a cycle or a second parent */
		read_field(r, kid, o, depth + 1);
		f->kids[f->n++] = kid;
	}
}

void pdf_fields_read(struct pdf_rebuild *r, const struct pdf_value *catalog)
{
	const struct pdf_value *fields = pdf_find_key(r, pdf_find_key(r, catalog, "AcroForm"), "Fields");

	if (!fields || fields->kind != PDF_ARRAY)
		return;
	for (uint32_t i = 0; i < fields->n && !r->refused; i++) {
		struct pdf_object *o = pdf_find(r, &fields->items[i]);
		if (o->id > 0 && !o->is_stream && o->value.kind == PDF_DICTIONARY && !o->field)
			read_field(r, o, NULL, 0);
	}
}

bool pdf_is_signature_field(struct pdf_rebuild *r, const struct pdf_object *o)
{
	if (o->field) {
		r->signature_lost |= o->field->is_signature && o->field->has_value;
		return o->field->is_signature;
	}
	return pdf_is_name(pdf_find_key(r, &o->value, "FT"), "Sig");
}

static bool keep_strings(struct pdf_rebuild *r, const struct pdf_value *in, struct pdf_value *out)
{
	const struct pdf_value *array = &pdf_find(r, in)->value;

	if (array->kind != PDF_ARRAY)
		return false;
	struct pdf_value kept = { .kind = PDF_ARRAY, .items = arena_new_array(r->arena, struct pdf_value, array->n) };
	for (uint32_t i = 0; i < array->n; i++)
		kept.n += pdf_keep_string(r, &array->items[i], NULL, &kept.items[kept.n]);
	*out = kept;
	return true;
}

static bool keep_value(struct pdf_rebuild *r, const struct pdf_value *in, const char *names __attribute__((unused)), struct pdf_value *out)
{
	return pdf_keep_string(r, in, NULL, out) || pdf_keep_name(r, in, NULL, out) || keep_strings(r, in, out);
}

/* Choices: texts, or pairs of an export value and a text. */
static bool keep_choices(struct pdf_rebuild *r, const struct pdf_value *in, const char *names __attribute__((unused)), struct pdf_value *out)
{
	const struct pdf_value *array = &pdf_find(r, in)->value;

	if (array->kind != PDF_ARRAY)
		return false;
	struct pdf_value kept = { .kind = PDF_ARRAY, .items = arena_new_array(r->arena, struct pdf_value, array->n) };
	for (uint32_t i = 0; i < array->n; i++)
		kept.n += pdf_keep_string(r, &array->items[i], NULL, &kept.items[kept.n]) || keep_strings(r, &array->items[i], &kept.items[kept.n]);
	*out = kept;
	return true;
}

static bool build_field(struct pdf_rebuild *r, const struct pdf_object *in, struct pdf_output *out)
{
	static const struct pdf_rule own[FIELD_RULES] = {
		{ "DV", keep_value, NULL }, { "FT", pdf_keep_name, " Btn Tx Ch " }, { "Ff", pdf_keep_integer, NULL }, { "I", pdf_keep_numbers, NULL },
		{ "MaxLen", pdf_keep_integer, NULL }, { "Opt", keep_choices, NULL }, { "TI", pdf_keep_integer, NULL }, { "TM", pdf_keep_string, NULL },
		{ "TU", pdf_keep_string, NULL }, { "V", keep_value, NULL },
	};
	size_t n;
	const struct pdf_rule *shared = pdf_annotation_rules(&n);
	struct pdf_rule all[FIELD_RULES + 64];
	size_t count = 0;

	for (; own[count].key; count++)
		all[count] = own[count];
	must(count + n <= COUNT(all));
	memcpy(all + count, shared, n * sizeof *all);
	pdf_keep_keys(r, &in->value, all, count + n, &out->value);
	if (in->field && in->field->parent && !pdf_is_signature_field(r, in->field->parent)) {
		struct pdf_value up, parent = { .kind = PDF_REFERENCE, .reference = { in->field->parent->id, in->field->parent->generation } };
		if (pdf_keep_field(r, &parent, NULL, &up))
			pdf_set_literal(r->arena, &out->value, "Parent", up);
	}
	if (in->field && in->field->n > 0) {
		struct pdf_value kids = { .kind = PDF_ARRAY, .items = arena_new_array(r->arena, struct pdf_value, in->field->n) };
		for (uint32_t i = 0; i < in->field->n; i++) {
			struct pdf_object *kid = in->field->kids[i];
			struct pdf_value reference = { .kind = PDF_REFERENCE, .reference = { kid->id, kid->generation } };
			if (!pdf_is_signature_field(r, kid))
				kids.n += pdf_keep_field(r, &reference, NULL, &kids.items[kids.n]);
		}
		if (kids.n > 0)
			pdf_set_literal(r->arena, &out->value, "Kids", kids);
	}
	return true;
}

bool pdf_keep_field(struct pdf_rebuild *r, const struct pdf_value *in, const char *names __attribute__((unused)), struct pdf_value *out)
{
	static const struct pdf_builder builder = { "field", .dictionary = true, .later = true, .build = build_field };

	return pdf_build(r, in, &builder, out);
}

static bool keep_fields(struct pdf_rebuild *r, const struct pdf_value *in, const char *names __attribute__((unused)), struct pdf_value *out)
{
	const struct pdf_value *array = &pdf_find(r, in)->value;

	if (array->kind != PDF_ARRAY)
		return false;
	struct pdf_value kept = { .kind = PDF_ARRAY, .items = arena_new_array(r->arena, struct pdf_value, array->n) };
	for (uint32_t i = 0; i < array->n; i++) {
		struct pdf_object *o = pdf_find(r, &array->items[i]);
		if (!o->field || o->field->parent)
			continue;
		if (o->field->is_signature)
			pdf_report(r, "D7", 1);
		if (!pdf_is_signature_field(r, o))
			kept.n += pdf_keep_field(r, &array->items[i], NULL, &kept.items[kept.n]);
	}
	*out = kept;
	return true;
}

bool pdf_keep_interactive_form(struct pdf_rebuild *r, const struct pdf_value *in, const char *names __attribute__((unused)), struct pdf_value *out)
{
	static const struct pdf_rule rules[] = {
		{ "DA", pdf_keep_default_appearance, NULL }, { "DR", pdf_keep_resources, NULL }, { "Fields", keep_fields, NULL },
		{ "NeedAppearances", pdf_keep_boolean, NULL }, { "Q", pdf_keep_integer, NULL },
	};
	const struct pdf_value *d = &pdf_find(r, in)->value;

	if (d->kind != PDF_DICTIONARY)
		return false;
	out->kind = PDF_NULL;
	PDF_KEEP_KEYS(r, d, rules, out);
	return out->n > 0;
}
