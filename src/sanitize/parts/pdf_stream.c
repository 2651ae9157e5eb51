/* PDFのストリーム — filters undone within ceilings, content rewritten, everything deflated anew. Threats D4, D10, D12. */
#include "sanitize/parts/pdf_rebuild.h"

static int parameter(struct pdf_rebuild *r, const struct pdf_value *d, const char *key, int otherwise)
{
	const struct pdf_value *v = pdf_find_key(r, d, key);

	if (v && v->kind == PDF_BOOLEAN)
		return v->yes;
	return v && pdf_is_number(v) ? (int)pdf_integer(v) : otherwise;
}

static struct pdf_filter filter_of(struct pdf_rebuild *r, const struct pdf_value *name, const struct pdf_value *d)
{
	struct pdf_filter f = { .kind = name->kind == PDF_NAME ? pdf_filter_by_name(name->bytes) : PDF_FILTER_UNKNOWN };

	f.predictor = parameter(r, d, "Predictor", 0), f.colors = parameter(r, d, "Colors", 1);
	f.bits = parameter(r, d, "BitsPerComponent", 8), f.columns = parameter(r, d, "Columns", f.kind == PDF_FILTER_CCITT ? 1728 : 1);
	f.early_change = parameter(r, d, "EarlyChange", 1), f.k = parameter(r, d, "K", 0), f.rows = parameter(r, d, "Rows", 0);
	f.black_is_1 = parameter(r, d, "BlackIs1", 0), f.byte_align = parameter(r, d, "EncodedByteAlign", 0);
	f.color_transform = parameter(r, d, "ColorTransform", -1);
	return f;
}

static const struct pdf_value *either(struct pdf_rebuild *r, const struct pdf_value *d, const char *key, const char *brief)
{
	const struct pdf_value *v = pdf_find_key(r, d, key);

	return v ? v : pdf_find_key(r, d, brief);
}

bool pdf_decode(struct pdf_rebuild *r, const struct pdf_object *in, struct bytes *data, struct pdf_filter *last)
{
	static const struct pdf_value none = { .kind = PDF_NULL };
	const struct pdf_value *filters = pdf_find_key(r, &in->value, "Filter");
	const struct pdf_value *parameters = either(r, &in->value, "DecodeParms", "DP");
	size_t most = (size_t)job_limit(r->job, LIMIT_JOB_MEMORY) / 4;
	uint32_t n = !filters ? 0 : filters->kind == PDF_ARRAY ? filters->n : 1;

	*last = (struct pdf_filter){ .color_transform = -1 };
	if (pdf_get(&in->value, "F")) {
		pdf_report(r, "D4", 1);
		return false;
	}
	if (n > PDF_FILTERS_MOST || !pdf_source_stream(r->source, in, r->scratch, data))
		return false;
	for (uint32_t i = 0; i < n; i++) {
		const struct pdf_value *name = filters->kind == PDF_ARRAY ? &pdf_find(r, &filters->items[i])->value : filters;
		const struct pdf_value *d = !parameters ? &none : parameters->kind != PDF_ARRAY ? parameters :
					    i < parameters->n ? &pdf_find(r, &parameters->items[i])->value : &none;
		struct pdf_filter f = filter_of(r, name, d);
		if (f.kind >= PDF_FILTER_DCT) {
			*last = f;
			return i + 1 == n && f.kind != PDF_FILTER_UNKNOWN;
		}
		if (pdf_filter_undo(r->scratch, *data, &f, most, data) < 0)
			return pdf_refuse(r, REFUSAL_BOMB, "a stream unpacks to more than a job may hold");
		r->decoded += data->n;
		if (r->decoded > job_limit(r->job, LIMIT_TREE_BYTES))
			return pdf_refuse(r, REFUSAL_BOMB, "the streams unpack to more than the limit");
	}
	return true;
}

void pdf_finish_stream(struct pdf_rebuild *r, struct bytes data, struct pdf_output *out)
{
	out->is_stream = true;
	out->data = arena_bytes(r->arena, pdf_deflate(r->scratch, data));
	pdf_set_literal(r->arena, &out->value, "Filter", pdf_of_name("FlateDecode"));
	pdf_set_literal(r->arena, &out->value, "Length", pdf_of_integer((int64_t)out->data.n));
	pdf_scratch(r);
}

struct lookup {
	struct pdf_rebuild *r;
	const struct pdf_value *resources;
};

static int components(void *context, struct bytes name)
{
	struct lookup *l = context;

	return l->resources ? pdf_components_of_resource(l->r, l->resources, name) : 0;
}

void pdf_rewrite_content(struct pdf_rebuild *r, struct bytes content, const struct pdf_value *resources, struct pdf_output *out)
{
	struct lookup lookup = { r, resources };
	struct pdf_content c = {
		.arena = r->scratch,
		.most = (size_t)job_limit(r->job, LIMIT_JOB_MEMORY) / 16,
		.components = components,
		.context = &lookup,
	};
	struct buf b = buf_in(r->scratch, (size_t)job_limit(r->job, LIMIT_JOB_MEMORY) / 4);

	r->has_text = false;
	if (content.n > r->content_most)
		pdf_refuse(r, REFUSAL_BOMB, "the drawing instructions unpack out of all proportion");
	else
		r->content_most -= content.n;
	if (!r->refused)
		pdf_content_rewrite(&c, content, &b);
	if (!buf_ok(&b))
		pdf_refuse(r, REFUSAL_BOMB, "the drawing instructions are longer than a job may hold");
	pdf_report(r, "D12", c.dropped);
	pdf_report(r, "D10", c.dropped_images);
	r->has_text = c.paints;
	r->content_kept += b.n;
	pdf_finish_stream(r, r->refused ? BYTES("") : buf_view(&b), out);
}

void pdf_finish_content(struct pdf_rebuild *r, const struct pdf_object *in, const struct pdf_value *resources, struct pdf_output *out)
{
	struct bytes data = { 0 };
	struct pdf_filter last;

	if (!pdf_decode(r, in, &data, &last) || last.kind != PDF_FILTER_NONE) {
		pdf_report(r, "D12", 1);
		data = (struct bytes){ 0 };
	}
	pdf_rewrite_content(r, data, resources, out);
}
