/* PDFの画像 — pictures of pages: pixels decoded and deflated anew, fax pages decoded, JPEG rewritten by its coefficients. JBIG2 and JPEG 2000
 * have no decoder here: others draw them (pdf_drawn.c). Threats D4, D10. */
#include "sanitize/parts/pdf_jpeg.h"
#include "sanitize/parts/pdf_rebuild.h"

enum { SIDE_MOST = 1000000, COMPONENTS_MOST = 32 };

static bool build_mask(struct pdf_rebuild *r, const struct pdf_object *in, struct pdf_output *out)
{
	return pdf_image(r, in, true, out);
}

static bool keep_mask(struct pdf_rebuild *r, const struct pdf_value *in, const char *names __attribute__((unused)), struct pdf_value *out)
{
	static const struct pdf_builder builder = { "mask", .stream = true, .build = build_mask };
	const struct pdf_object *o = pdf_find(r, in);

	if (!o->is_stream) /* a range of colours */
		return o->value.kind == PDF_ARRAY && pdf_keep_numbers(r, in, NULL, out);
	return pdf_is_name(pdf_find_key(r, &o->value, "Subtype"), "Image") && pdf_build(r, in, &builder, out);
}

static bool keep_soft_mask(struct pdf_rebuild *r, const struct pdf_value *in, const char *names, struct pdf_value *out)
{
	return pdf_find(r, in)->is_stream && keep_mask(r, in, names, out);
}

static int64_t integer_of(const struct pdf_value *d, const char *key, int64_t otherwise)
{
	const struct pdf_value *v = pdf_get(d, key);

	return v && v->kind == PDF_INTEGER ? pdf_integer(v) : otherwise;
}

/* Exactly the bytes that size and colours demand: cut, or filled with zeros. */
static bool finish_pixels(struct pdf_rebuild *r, struct bytes data, struct pdf_output *out)
{
	const struct pdf_value *d = &out->value, *mask = pdf_get(d, "ImageMask"), *space = pdf_get(d, "ColorSpace");
	bool is_mask = mask && mask->yes;
	int64_t bits = is_mask ? 1 : integer_of(d, "BitsPerComponent", 8), components = is_mask ? 1 : space ? pdf_color_components(r, space) : 0;

	if (bits != 1 && bits != 2 && bits != 4 && bits != 8 && bits != 16)
		return false;
	if (components < 1 || components > COMPONENTS_MOST)
		return false;
	uint64_t size = (uint64_t)(integer_of(d, "Width", 0) * components * bits + 7) / 8 * (uint64_t)integer_of(d, "Height", 0);
	if (size > job_limit(r->job, LIMIT_JOB_MEMORY) / 4)
		return pdf_refuse(r, REFUSAL_TOO_LARGE, "a picture takes more memory than a job may hold");
	if (data.n != size) {
		uint8_t *whole = arena_alloc(r->scratch, size);
		memcpy(whole, data.p, MIN(data.n, size));
		data = bytes_of(whole, size);
	}
	if (!is_mask)
		pdf_set_literal(r->arena, &out->value, "BitsPerComponent", pdf_of_integer(bits));
	pdf_finish_stream(r, data, out);
	return true;
}

static bool finish_fax(struct pdf_rebuild *r, struct bytes data, struct pdf_filter *fax, struct pdf_output *out)
{
	int64_t width = integer_of(&out->value, "Width", 0), height = integer_of(&out->value, "Height", 0);
	size_t have = ((size_t)fax->columns + 7) / 8, want = ((size_t)width + 7) / 8;

	fax->rows = (int)height;
	if (fax->columns < 1 || pdf_ccitt_undo(r->scratch, data, fax, (size_t)job_limit(r->job, LIMIT_JOB_MEMORY) / 4, &data) < 0)
		return pdf_refuse(r, REFUSAL_BOMB, "a fax page unpacks to more than a job may hold");
	if (have != want) {
		uint8_t *whole = arena_alloc(r->scratch, want * (size_t)height);
		for (size_t row = 0; row < (size_t)height && (row + 1) * have <= data.n; row++)
			memcpy(whole + row * want, data.p + row * have, MIN(have, want));
		data = bytes_of(whole, want * (size_t)height);
	}
	if (!pdf_get(&out->value, "ImageMask"))
		pdf_set_literal(r->arena, &out->value, "BitsPerComponent", pdf_of_integer(1));
	return finish_pixels(r, data, out);
}

static bool finish_jpeg(struct pdf_rebuild *r, struct bytes data, const struct pdf_filter *filter, struct pdf_output *out)
{
	if (pdf_jpeg_rewrite(r->scratch, data, (size_t)job_limit(r->job, LIMIT_JOB_MEMORY) / 4, &data) < 0)
		return false;
	out->is_stream = true;
	out->data = arena_bytes(r->arena, data);
	if (filter->color_transform == 0 || filter->color_transform == 1) {
		struct pdf_value p = { .kind = PDF_DICTIONARY };
		pdf_set_literal(r->arena, &p, "ColorTransform", pdf_of_integer(filter->color_transform));
		pdf_set_literal(r->arena, &out->value, "DecodeParms", p);
	}
	pdf_set_literal(r->arena, &out->value, "BitsPerComponent", pdf_of_integer(8));
	pdf_set_literal(r->arena, &out->value, "Filter", pdf_of_name("DCTDecode"));
	pdf_set_literal(r->arena, &out->value, "Length", pdf_of_integer((int64_t)data.n));
	pdf_scratch(r);
	return true;
}

static void drop(struct pdf_value *d, const char *key)
{
	for (uint32_t i = 0; i < d->n; i++)
		if (bytes_equal(d->entries[i].key, bytes_of(key, strlen(key)))) {
			memmove(&d->entries[i], &d->entries[i + 1], (d->n - i - 1) * sizeof *d->entries);
			d->n--;
			return;
		}
}

/* JBIG2 gives bits, whatever they mean to the page; JPEG 2000 brings its own colours, which are those of the screen now. */
static bool finish_drawn(struct pdf_rebuild *r, const struct pdf_object *in, bool is_bits, struct pdf_output *out)
{
	struct pdf_value *d = &out->value;
	const struct pdf_value *mask = pdf_get(d, "Mask"), *space = pdf_get(d, "ColorSpace");
	struct bytes samples;
	uint32_t size[2];
	bool grey;

	if (!is_bits && space && space->kind == PDF_ARRAY && space->n && pdf_is_name(&space->items[0], "Indexed"))
		return false;
	if (!pdf_drawn_find(r, in, is_bits, size, &samples, &grey))
		return false;
	pdf_set_literal(r->arena, d, "Width", pdf_of_integer(size[0]));
	pdf_set_literal(r->arena, d, "Height", pdf_of_integer(size[1]));
	if (is_bits) {
		pdf_set_literal(r->arena, d, "BitsPerComponent", pdf_of_integer(1));
		return finish_pixels(r, samples, out);
	}
	if (integer_of(&in->value, "SMaskInData", 0) != 0) { /* how far one sees through it lies in the stream, which is drawn without */
		pdf_report(r, "D10", 1);
		drop(d, "Matte");
	}
	drop(d, "Decode");
	if (mask && mask->kind == PDF_ARRAY)
		drop(d, "Mask");
	pdf_set_literal(r->arena, d, "ColorSpace", pdf_of_name(grey ? "DeviceGray" : "DeviceRGB"));
	pdf_set_literal(r->arena, d, "BitsPerComponent", pdf_of_integer(8));
	return finish_pixels(r, samples, out);
}

static bool finish(struct pdf_rebuild *r, const struct pdf_object *in, struct pdf_output *out)
{
	struct bytes data;
	struct pdf_filter last;

	if (!pdf_decode(r, in, &data, &last))
		return false;
	switch (last.kind) {
	case PDF_FILTER_NONE: return finish_pixels(r, data, out);
	case PDF_FILTER_CCITT: return finish_fax(r, data, &last, out);
	case PDF_FILTER_DCT: return finish_jpeg(r, data, &last, out);
	case PDF_FILTER_JBIG2: return finish_drawn(r, in, true, out);
	case PDF_FILTER_JPX: return finish_drawn(r, in, false, out);
	default: return false;
	}
}

bool pdf_image(struct pdf_rebuild *r, const struct pdf_object *in, bool is_mask, struct pdf_output *out)
{
	static const struct pdf_rule rules[] = {
		{ "BitsPerComponent", pdf_keep_integer, NULL }, { "ColorSpace", pdf_keep_color_space, NULL },
		{ "Decode", pdf_keep_numbers, NULL }, { "Height", pdf_keep_integer, NULL }, { "ImageMask", pdf_keep_boolean, NULL },
		{ "Intent", pdf_keep_name, " AbsoluteColorimetric RelativeColorimetric Saturation Perceptual " },
		{ "Interpolate", pdf_keep_boolean, NULL }, { "Matte", pdf_keep_numbers, NULL }, { "Width", pdf_keep_integer, NULL },
		{ "OC", pdf_keep_optional_content, NULL }, { "Subtype", pdf_keep_name, " Image " },
		{ "Mask", keep_mask, NULL }, { "SMask", keep_soft_mask, NULL }, /* not for masks */
	};

	pdf_keep_keys(r, &in->value, rules, is_mask ? COUNT(rules) - 2 : COUNT(rules), &out->value);
	struct pdf_value *d = &out->value;
	int64_t width = integer_of(d, "Width", 0), height = integer_of(d, "Height", 0);
	if (width < 1 || height < 1 || width > SIDE_MOST || height > SIDE_MOST) {
		pdf_report(r, "D10", 1);
		return false;
	}
	if ((uint64_t)width * (uint64_t)height > job_limit(r->job, LIMIT_PIXELS))
		return pdf_refuse(r, REFUSAL_BOMB, "a picture has more pixels than the limit");
	pdf_set_literal(r->arena, d, "Subtype", pdf_of_name("Image"));
	pdf_set_literal(r->arena, d, "Type", pdf_of_name("XObject"));
	if (finish(r, in, out))
		return true;
	pdf_report(r, "D10", 1);
	return false;
}
