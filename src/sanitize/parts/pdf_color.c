/* PDFの色空間 — colour spaces. Profiles (ICC) are code tables for a parser with a long record of faults: the device space with the same number of
 * components, or the alternate the file names, takes their place. */
#include "sanitize/parts/pdf_rebuild.h"

enum { TABLE_MOST = 256 * 32, COLORANTS_MOST = 32 };

static const struct {
	const char *name, *device;
	int components;
} plain[] = {
	{ "DeviceGray", "DeviceGray", 1 }, { "DeviceRGB", "DeviceRGB", 3 }, { "DeviceCMYK", "DeviceCMYK", 4 }, { "G", "DeviceGray", 1 },
	{ "RGB", "DeviceRGB", 3 },	   { "CMYK", "DeviceCMYK", 4 },	    { "CalGray", "DeviceGray", 1 }, { "CalRGB", "DeviceRGB", 3 },
	{ "CalCMYK", "DeviceCMYK", 4 },	   { "Pattern", "Pattern", 0 },
};

static bool keep_device(const struct pdf_value *name, struct pdf_value *out)
{
	for (size_t i = 0; i < COUNT(plain); i++)
		if (pdf_is_name(name, plain[i].name)) {
			*out = pdf_of_name(plain[i].device);
			return true;
		}
	return false;
}

int pdf_color_components(struct pdf_rebuild *r __attribute__((unused)), const struct pdf_value *kept)
{
	const struct pdf_value *v = kept;

	while (v->kind == PDF_OUTPUT)
		v = &v->output->value;
	if (v->kind == PDF_NAME) {
		for (size_t i = 0; i < COUNT(plain); i++)
			if (pdf_is_name(v, plain[i].name))
				return plain[i].components;
		return 0;
	}
	if (v->kind != PDF_ARRAY || v->n == 0)
		return 0;
	if (pdf_is_name(&v->items[0], "CalGray") || pdf_is_name(&v->items[0], "Indexed") || pdf_is_name(&v->items[0], "Separation"))
		return 1;
	if (pdf_is_name(&v->items[0], "CalRGB") || pdf_is_name(&v->items[0], "Lab"))
		return 3;
	if (pdf_is_name(&v->items[0], "DeviceN") && v->n > 1)
		return (int)v->items[1].n;
	return 0;
}

static const struct pdf_value *inside(const struct pdf_value *v)
{
	while (v && v->kind == PDF_OUTPUT)
		v = &v->output->value;
	return v;
}

int pdf_components_of_resource(struct pdf_rebuild *r, const struct pdf_value *resources, struct bytes name)
{
	const struct pdf_value *spaces = inside(pdf_get(inside(resources), "ColorSpace"));

	if (spaces && spaces->kind == PDF_DICTIONARY)
		for (uint32_t i = 0; i < spaces->n; i++)
			if (bytes_equal(spaces->entries[i].key, name))
				return pdf_color_components(r, &spaces->entries[i].value);
	return 0;
}

static bool make_array(struct pdf_rebuild *r, struct pdf_output *out, uint32_t n, const char *family)
{
	out->value = (struct pdf_value){ .kind = PDF_ARRAY, .n = n, .items = arena_new_array(r->arena, struct pdf_value, n) };
	out->value.items[0] = pdf_of_name(family);
	return true;
}

static bool build_profile(struct pdf_rebuild *r, const struct pdf_value *in, struct pdf_output *out)
{
	const struct pdf_object *profile = in->n > 1 ? pdf_find(r, &in->items[1]) : pdf_find(r, NULL);
	const struct pdf_value *n = pdf_find_key(r, &profile->value, "N"), *alternate = pdf_get(&profile->value, "Alternate");

	if (!profile->is_stream)
		return false;
	int components = n && n->kind == PDF_INTEGER ? (int)pdf_integer(n) : 0;
	if (alternate && pdf_keep_color_space(r, alternate, NULL, &out->value) && !pdf_is_name(&out->value, "Pattern") &&
	    (components == 0 || pdf_color_components(r, &out->value) == components))
		return true;
	out->value = pdf_of_name(components == 1 ? "DeviceGray" : components == 4 ? "DeviceCMYK" : "DeviceRGB");
	return components == 1 || components == 3 || components == 4;
}

static bool build_calibrated(struct pdf_rebuild *r, const struct pdf_value *in, const char *family, struct pdf_output *out)
{
	static const struct pdf_rule rules[] = {
		{ "BlackPoint", pdf_keep_numbers, NULL }, { "Matrix", pdf_keep_numbers, NULL }, { "Range", pdf_keep_numbers, NULL },
		{ "WhitePoint", pdf_keep_numbers, NULL },
	};
	static const struct pdf_rule gamma_number = { "Gamma", pdf_keep_number, NULL }, gamma_list = { "Gamma", pdf_keep_numbers, NULL };
	struct pdf_rule all[COUNT(rules) + 1];
	const struct pdf_value *d = in->n > 1 ? &pdf_find(r, &in->items[1])->value : NULL;

	if (!d || d->kind != PDF_DICTIONARY)
		return false;
	memcpy(all, rules, sizeof rules);
	all[COUNT(rules)] = strcmp(family, "CalGray") == 0 ? gamma_number : gamma_list;
	make_array(r, out, 2, family);
	pdf_keep_keys(r, d, all, COUNT(all), &out->value.items[1]);
	return pdf_get(&out->value.items[1], "WhitePoint");
}

static bool build_indexed(struct pdf_rebuild *r, const struct pdf_value *in, struct pdf_output *out)
{
	struct bytes table;
	struct pdf_filter last;

	if (in->n < 4)
		return false;
	make_array(r, out, 4, "Indexed");
	struct pdf_value *items = out->value.items;
	if (!pdf_keep_color_space(r, &in->items[1], NULL, &items[1]) || !pdf_keep_integer(r, &in->items[2], NULL, &items[2]))
		return false;
	const struct pdf_value *base = inside(&items[1]);
	if (pdf_is_name(base, "Pattern") || (base->kind == PDF_ARRAY && (pdf_is_name(&base->items[0], "Indexed") || pdf_is_name(&base->items[0], "Pattern"))))
		return false;
	items[2] = pdf_of_integer(MIN(MAX(pdf_integer(&items[2]), 0), 255));
	const struct pdf_object *lookup = pdf_find(r, &in->items[3]);
	if (lookup->is_stream) {
		if (!pdf_decode(r, lookup, &table, &last) || last.kind != PDF_FILTER_NONE)
			return false;
	} else if (lookup->value.kind == PDF_STRING) {
		table = lookup->value.bytes;
	} else {
		return false;
	}
	table.n = MIN(table.n, (size_t)TABLE_MOST);
	items[3] = (struct pdf_value){ .kind = PDF_STRING, .bytes = arena_bytes(r->arena, table) };
	pdf_scratch(r);
	return true;
}

static bool build_named(struct pdf_rebuild *r, const struct pdf_value *in, bool several, struct pdf_output *out)
{
	if (in->n < 4)
		return false;
	make_array(r, out, 4, several ? "DeviceN" : "Separation");
	struct pdf_value *items = out->value.items;
	if (several ? !pdf_keep_names(r, &in->items[1], NULL, &items[1]) || items[1].n > COLORANTS_MOST :
		      !pdf_keep_name(r, &in->items[1], NULL, &items[1]))
		return false;
	return pdf_keep_color_space(r, &in->items[2], NULL, &items[2]) && pdf_color_components(r, &items[2]) > 0 &&
	       pdf_keep_function(r, &in->items[3], NULL, &items[3]);
}

static bool build_color_space(struct pdf_rebuild *r, const struct pdf_object *o, struct pdf_output *out)
{
	const struct pdf_value *in = &o->value;

	if (in->n == 0)
		return false;
	const struct pdf_value *family = &pdf_find(r, &in->items[0])->value;
	if (pdf_is_name(family, "ICCBased"))
		return build_profile(r, in, out);
	if (pdf_is_name(family, "CalGray"))
		return build_calibrated(r, in, "CalGray", out);
	if (pdf_is_name(family, "CalRGB"))
		return build_calibrated(r, in, "CalRGB", out);
	if (pdf_is_name(family, "Lab"))
		return build_calibrated(r, in, "Lab", out);
	if (pdf_is_name(family, "Indexed") || pdf_is_name(family, "I"))
		return build_indexed(r, in, out);
	if (pdf_is_name(family, "Separation"))
		return build_named(r, in, false, out);
	if (pdf_is_name(family, "DeviceN"))
		return build_named(r, in, true, out);
	if (pdf_is_name(family, "Pattern") && in->n > 1) {
		make_array(r, out, 2, "Pattern");
		return pdf_keep_color_space(r, &in->items[1], NULL, &out->value.items[1]) && pdf_color_components(r, &out->value.items[1]) > 0;
	}
	return keep_device(family, &out->value);
}

bool pdf_keep_color_space(struct pdf_rebuild *r, const struct pdf_value *in, const char *names __attribute__((unused)), struct pdf_value *out)
{
	static const struct pdf_builder builder = { "colour space", .array = true, .build = build_color_space };
	const struct pdf_value *v = &pdf_find(r, in)->value;

	if (v->kind == PDF_NAME)
		return keep_device(v, out);
	if (!pdf_build(r, in, &builder, out))
		return false;
	while (out->kind == PDF_OUTPUT && out->output->value.kind != PDF_ARRAY) /* it became a name, or another space's object */
		*out = out->output->value;
	return true;
}
