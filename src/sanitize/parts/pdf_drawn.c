/* PDFの、ほかで描く画像 — JBIG2 and JPEG 2000: their decoders are not linked. Before anything is rebuilt, each such picture is handed out as a file of its kind
 * (formats/jbig2.c, formats/jp2.c), drawn in the converter's jail, and comes back as a PNG that was verified; its pixels take the place of the stream. Threat D10. */
#include "base/cursor.h"
#include "sanitize/parts/pdf_rebuild.h"

enum { PNG_HEAD = 33, PNG_SIGNATURE = 8, CHANNELS = 3 };

struct pdf_drawn {
	int id, generation;
	unsigned member;
	struct pdf_drawn *next;
};

static const struct pdf_value *last_parameters(struct pdf_rebuild *r, const struct pdf_value *d)
{
	const struct pdf_value *v = pdf_find_key(r, d, "DecodeParms");

	if (!v)
		v = pdf_find_key(r, d, "DP");
	return v && v->kind == PDF_ARRAY ? v->n ? &pdf_find(r, &v->items[v->n - 1])->value : NULL : v;
}

/* A file of JBIG2 from what lies in a PDF: the mark, what pages share, the page. */
static int add_jbig2(struct pdf_rebuild *r, const struct pdf_object *in, struct bytes page, struct err *err)
{
	const struct pdf_value *parameters = last_parameters(r, &in->value), *globals = parameters && parameters->kind == PDF_DICTIONARY ? pdf_get(parameters, "JBIG2Globals") : NULL;
	struct bytes shared = { 0 };
	struct pdf_filter last;

	if (globals && (!pdf_find(r, globals)->is_stream || !pdf_decode(r, pdf_find(r, globals), &shared, &last) || last.kind != PDF_FILTER_NONE))
		shared = (struct bytes){ 0 };
	if (job_member_add(r->job, BYTES("\x97JB2\r\n\x1a\n\1\0\0\0\1"), err) < 0 || job_member_add(r->job, shared, err) < 0)
		return -1;
	return job_member_add(r->job, page, err);
}

static int hand_out(struct pdf_rebuild *r, const struct pdf_object *in, struct bytes data, bool is_jbig2, struct err *err)
{
	struct pdf_drawn *d = arena_alloc(r->arena, sizeof *d);

	if (job_member_begin(r->job, is_jbig2 ? TEXT("picture.jb2") : TEXT("picture.jp2"), is_jbig2 ? "jbig2" : "jp2", err) < 0)
		return -1;
	if ((is_jbig2 ? add_jbig2(r, in, data, err) : job_member_add(r->job, data, err)) < 0 || job_member_end(r->job, &d->member, err) < 0)
		return -1;
	d->id = in->id, d->generation = in->generation;
	d->next = r->drawn, r->drawn = d;
	return 0;
}

static bool is_drawn_elsewhere(struct pdf_rebuild *r, const struct pdf_object *o)
{
	const struct pdf_value *filters = pdf_find_key(r, &o->value, "Filter");

	if (!o->is_stream || !filters || !pdf_is_name(pdf_find_key(r, &o->value, "Subtype"), "Image"))
		return false;
	if (filters->kind == PDF_ARRAY)
		filters = filters->n ? &pdf_find(r, &filters->items[filters->n - 1])->value : filters;
	return pdf_is_name(filters, "JBIG2Decode") || pdf_is_name(filters, "JPXDecode");
}

int pdf_drawn_begin(struct pdf_rebuild *r, struct bytes file, struct err *err)
{
	const struct pdf_value *size = pdf_get(pdf_source_trailer(r->source), "Size");
	struct bytes jbig2 = BYTES("JBIG2Decode"), jpx = BYTES("JPXDecode");
	uint64_t count = size && size->kind == PDF_INTEGER ? (uint64_t)MAX(size->integer, (int64_t)0) : 0, most = job_limit(r->job, LIMIT_CONVERSIONS);

	if (!memmem(file.p, file.n, jbig2.p, jbig2.n) && !memmem(file.p, file.n, jpx.p, jpx.n))
		return 0;
	count = MIN(count, job_limit(r->job, LIMIT_OBJECTS));
	for (uint64_t id = 1; id < count && most > 0 && !r->refused; id++) {
		const struct pdf_value reference = { .kind = PDF_REFERENCE, .reference = { (int)id, 0 } };
		const struct pdf_object *o = pdf_source_object(r->source, &reference);
		struct bytes data;
		struct pdf_filter last;
		if (!is_drawn_elsewhere(r, o) || o->id != (int)id || !pdf_decode(r, o, &data, &last) || (last.kind != PDF_FILTER_JBIG2 && last.kind != PDF_FILTER_JPX))
			continue;
		if (hand_out(r, o, data, last.kind == PDF_FILTER_JBIG2, err) < 0)
			return -1;
		pdf_scratch(r);
		most--;
	}
	return job_members_wait(r->job, err);
}

/* The pixels of a PNG as png_write.h writes them of a picture without transparency: the head, then chunks of which only the data counts. */
static bool read_png(struct pdf_rebuild *r, struct bytes png, uint32_t size[2], struct bytes *pixels)
{
	struct cursor c = cursor_over(png);
	struct buf data = buf_in(r->scratch, png.n);
	uint8_t depth, colour;

	cursor_take(&c, PNG_SIGNATURE + 8);
	size[0] = cursor_u32be(&c), size[1] = cursor_u32be(&c);
	depth = cursor_u8(&c), colour = cursor_u8(&c);
	cursor_take(&c, 3 + 4);
	while (c.left && !c.failed) {
		uint32_t n = cursor_u32be(&c);
		const uint8_t *kind = cursor_take(&c, 4);
		struct bytes body = cursor_bytes(&c, n);
		cursor_take(&c, 4);
		if (!c.failed && memcmp(kind, "IDAT", 4) == 0)
			buf_put(&data, body.p, body.n);
	}
	const struct pdf_filter f = { .kind = PDF_FILTER_FLATE, .predictor = 15, .colors = CHANNELS, .bits = 8, .columns = (int)size[0] };
	size_t want = (size_t)size[0] * size[1] * CHANNELS;
	return !c.failed && png.n >= PNG_HEAD && depth == 8 && colour == 2 && buf_ok(&data) &&
	       pdf_filter_undo(r->scratch, buf_view(&data), &f, want + size[1] + 1, pixels) == 0 && pixels->n == want;
}

static bool read_member(struct pdf_rebuild *r, unsigned number, uint32_t size[2], struct bytes *pixels)
{
	const struct job_member *m = job_member_result(r->job, number);

	if (!m->delivered || m->size > job_limit(r->job, LIMIT_JOB_MEMORY) / 8)
		return false;
	uint8_t *p = pdf_raw(r->scratch, (size_t)m->size);
	struct err err;
	return job_member_read(r->job, number, p, (size_t)m->size, 0, &err) == 0 && read_png(r, bytes_of(p, (size_t)m->size), size, pixels);
}

/* One bit a pixel, as JBIG2 gives it to a PDF: 0 is black. */
static struct bytes to_bits(struct pdf_rebuild *r, const uint32_t size[2], struct bytes rgb)
{
	size_t row = ((size_t)size[0] + 7) / 8;
	uint8_t *to = arena_alloc(r->scratch, row * size[1] + 1);
	const uint8_t *p = rgb.p;

	for (uint32_t y = 0; y < size[1]; y++)
		for (uint32_t x = 0; x < size[0]; x++, p += CHANNELS)
			to[y * row + x / 8] |= (uint8_t)((p[0] >> 7) << (7 - x % 8));
	return bytes_of(to, row * size[1]);
}

/* Grey where all pixels are. */
static struct bytes to_grey(struct pdf_rebuild *r, struct bytes rgb)
{
	for (size_t i = 0; i < rgb.n; i += CHANNELS)
		if (rgb.p[i] != rgb.p[i + 1] || rgb.p[i] != rgb.p[i + 2])
			return rgb;
	uint8_t *to = pdf_raw(r->scratch, rgb.n / CHANNELS);
	for (size_t i = 0; i < rgb.n / CHANNELS; i++)
		to[i] = rgb.p[i * CHANNELS];
	return bytes_of(to, rgb.n / CHANNELS);
}

bool pdf_drawn_find(struct pdf_rebuild *r, const struct pdf_object *in, bool as_bits, uint32_t size[2], struct bytes *samples, bool *grey)
{
	const struct pdf_drawn *d = r->drawn;
	struct bytes rgb;

	while (d && (d->id != in->id || d->generation != in->generation))
		d = d->next;
	if (!d || !read_member(r, d->member, size, &rgb))
		return false;
	*samples = as_bits ? to_bits(r, size, rgb) : to_grey(r, rgb);
	*grey = samples->n < rgb.n;
	return true;
}
