/* PDFの行内画像 — where the data ends is nowhere written down: the length follows from size and colours, or a plausible "EI" is looked for. */
#include "sanitize/parts/pdf_content_inline.h"
#include "sanitize/parts/pdf_filter.h"

enum { SIDE_MOST = 32768, LOOK_AHEAD = 12, NAME_MOST = 127 };

struct picture {
	struct pdf_value width, height, bits, space, mask, decode, interpolate, filter, parameters;
};

static struct pdf_value *place_of(struct picture *p, const struct pdf_value *key)
{
	const struct {
		const char *brief, *name;
		struct pdf_value *place;
	} keys[] = {
		{ "W", "Width", &p->width }, { "H", "Height", &p->height }, { "BPC", "BitsPerComponent", &p->bits },
		{ "CS", "ColorSpace", &p->space }, { "IM", "ImageMask", &p->mask }, { "D", "Decode", &p->decode },
		{ "I", "Interpolate", &p->interpolate }, { "F", "Filter", &p->filter }, { "DP", "DecodeParms", &p->parameters },
	};

	for (size_t i = 0; i < COUNT(keys); i++)
		if (pdf_is_name(key, keys[i].brief) || pdf_is_name(key, keys[i].name))
			return keys[i].place;
	return NULL;
}

/* The text between BI and ID is one dictionary without its brackets. */
static bool read_keys(struct pdf_content *c, struct pdf_lexer *x, struct picture *p)
{
	size_t from = x->at, stored = x->stored;
	struct pdf_value t, dictionary;
	struct buf text = buf_in(c->arena, 0);

	do {
		pdf_lex(x, &t);
		if (t.kind == PDF_END)
			return false;
	} while (t.kind != PDF_WORD || !bytes_equal(t.bytes, BYTES("ID")));
	x->stored = stored;
	buf_str(&text, "<<");
	buf_put(&text, x->in.p + from, x->at - 2 - from);
	buf_str(&text, "\n>>");
	if (!buf_ok(&text) || !pdf_parse(c->arena, buf_view(&text), &dictionary) || dictionary.kind != PDF_DICTIONARY)
		return false;
	for (uint32_t i = 0; i < dictionary.n; i++) {
		struct pdf_value key = { .kind = PDF_NAME, .bytes = dictionary.entries[i].key };
		struct pdf_value *place = place_of(p, &key);
		if (place)
			*place = dictionary.entries[i].value;
	}
	return true;
}

static bool is_end(struct bytes in, size_t at)
{
	if (in.n - at < 2 || in.p[at] != 'E' || in.p[at + 1] != 'I')
		return false;
	if (at + 2 < in.n && !pdf_is_space(in.p[at + 2]))
		return false;
	for (size_t i = at + 2; i < in.n && i < at + LOOK_AHEAD; i++)
		if ((in.p[i] < 0x20 && !pdf_is_space(in.p[i])) || in.p[i] > 0x7e || in.p[i] == 0)
			return false;
	return true;
}

static size_t find_end(struct bytes in, size_t from)
{
	for (size_t at = from; at + 1 < in.n; at++) {
		const uint8_t *e = memchr(in.p + at, 'E', in.n - at - 1);
		if (!e)
			break;
		at = (size_t)(e - in.p);
		if ((at == from || pdf_is_space(in.p[at - 1]) || in.p[at - 1] == '>') && is_end(in, at))
			return at;
	}
	return in.n;
}

static int components_of(struct pdf_content *c, const struct picture *p)
{
	const struct pdf_value *s = &p->space;

	if (p->mask.kind == PDF_BOOLEAN && p->mask.yes)
		return 1;
	if (s->kind == PDF_ARRAY)
		return 1; /* Indexed is the only one allowed here */
	if (pdf_is_name(s, "G") || pdf_is_name(s, "DeviceGray") || pdf_is_name(s, "CalGray"))
		return 1;
	if (pdf_is_name(s, "RGB") || pdf_is_name(s, "DeviceRGB") || pdf_is_name(s, "CalRGB"))
		return 3;
	if (pdf_is_name(s, "CMYK") || pdf_is_name(s, "DeviceCMYK"))
		return 4;
	return s->kind == PDF_NAME && c->components ? c->components(c->context, s->bytes) : 0;
}

static bool is_usable_name(const struct pdf_value *v)
{
	return v->kind == PDF_NAME && v->bytes.n > 0 && v->bytes.n <= NAME_MOST && !memchr(v->bytes.p, 0, v->bytes.n);
}

static bool may_be_space(const struct pdf_value *s)
{
	if (s->kind == PDF_NULL || s->kind == PDF_NAME)
		return s->kind == PDF_NULL || is_usable_name(s);
	return s->kind == PDF_ARRAY && s->n == 4 && (pdf_is_name(&s->items[0], "I") || pdf_is_name(&s->items[0], "Indexed")) &&
	       is_usable_name(&s->items[1]) && s->items[2].kind == PDF_INTEGER && s->items[2].integer >= 0 &&
	       s->items[2].integer <= 255 && s->items[3].kind == PDF_STRING;
}

static int parameter(const struct pdf_value *d, const char *key, int otherwise)
{
	const struct pdf_value *v = pdf_get(d, key);

	if (v && v->kind == PDF_BOOLEAN)
		return v->yes;
	return v && pdf_is_number(v) ? (int)pdf_integer(v) : otherwise;
}

static struct pdf_filter filter_of(const struct pdf_value *name, const struct pdf_value *d)
{
	struct pdf_filter f = { .kind = name->kind == PDF_NAME ? pdf_filter_by_name(name->bytes) : PDF_FILTER_UNKNOWN };

	f.predictor = parameter(d, "Predictor", 0), f.colors = parameter(d, "Colors", 1), f.bits = parameter(d, "BitsPerComponent", 8);
	f.columns = parameter(d, "Columns", f.kind == PDF_FILTER_CCITT ? 1728 : 1), f.early_change = parameter(d, "EarlyChange", 1);
	f.k = parameter(d, "K", 0), f.rows = parameter(d, "Rows", 0), f.black_is_1 = parameter(d, "BlackIs1", 0);
	f.byte_align = parameter(d, "EncodedByteAlign", 0), f.color_transform = parameter(d, "ColorTransform", -1);
	return f;
}

/* JPEG inside drawing instructions is not met in practice and not decoded. */
static bool decode(struct pdf_content *c, const struct picture *p, struct bytes raw, struct bytes *out)
{
	uint32_t n = p->filter.kind == PDF_ARRAY ? p->filter.n : p->filter.kind == PDF_NAME;
	struct pdf_value none = { .kind = PDF_NULL };

	if (n > PDF_FILTERS_MOST)
		return false;
	for (uint32_t i = 0; i < n; i++) {
		const struct pdf_value *name = p->filter.kind == PDF_ARRAY ? &p->filter.items[i] : &p->filter;
		const struct pdf_value *d = p->parameters.kind != PDF_ARRAY ? &p->parameters :
					    i < p->parameters.n ? &p->parameters.items[i] : &none;
		struct pdf_filter f = filter_of(name, d);
		if (f.kind == PDF_FILTER_CCITT) {
			f.rows = (int)pdf_integer(&p->height);
			if (pdf_ccitt_undo(c->arena, raw, &f, c->most, &raw) < 0)
				return false;
		} else if (f.kind > PDF_FILTER_RUN_LENGTH || pdf_filter_undo(c->arena, raw, &f, c->most, &raw) < 0) {
			return false;
		}
	}
	*out = raw;
	return true;
}

static bool is_well_formed(const struct picture *p)
{
	int64_t bits = p->bits.kind == PDF_NULL ? 1 : pdf_integer(&p->bits);

	if (p->decode.kind == PDF_ARRAY)
		for (uint32_t i = 0; i < p->decode.n; i++)
			if (!pdf_is_number(&p->decode.items[i]))
				return false;
	return p->width.kind == PDF_INTEGER && p->height.kind == PDF_INTEGER && p->width.integer > 0 && p->height.integer > 0 &&
	       p->width.integer <= SIDE_MOST && p->height.integer <= SIDE_MOST && may_be_space(&p->space) &&
	       (bits == 1 || bits == 2 || bits == 4 || bits == 8 || bits == 16);
}

static void put_key(struct buf *out, const char *key, const struct pdf_value *v)
{
	buf_printf(out, " /%s ", key);
	pdf_put(out, v);
}

static void put_picture(struct buf *out, const struct picture *p, struct bytes data)
{
	static const char digits[] = "0123456789abcdef";

	buf_str(out, "BI");
	if (p->bits.kind == PDF_INTEGER)
		put_key(out, "BPC", &p->bits);
	if (p->space.kind != PDF_NULL)
		put_key(out, "CS", &p->space);
	if (p->decode.kind == PDF_ARRAY && p->decode.n <= 64)
		put_key(out, "D", &p->decode);
	buf_str(out, " /F /AHx");
	put_key(out, "H", &p->height);
	if (p->interpolate.kind == PDF_BOOLEAN)
		put_key(out, "I", &p->interpolate);
	if (p->mask.kind == PDF_BOOLEAN)
		put_key(out, "IM", &p->mask);
	put_key(out, "W", &p->width);
	buf_str(out, " ID\n");
	uint8_t *to = buf_room(out, data.n * 2);
	if (!to)
		return;
	for (size_t i = 0; i < data.n; i++)
		to[2 * i] = (uint8_t)digits[data.p[i] >> 4], to[2 * i + 1] = (uint8_t)digits[data.p[i] & 15];
	out->n += data.n * 2;
	buf_str(out, ">\nEI\n");
}

void pdf_content_inline_image(struct pdf_content *c, struct pdf_lexer *x, struct buf *out)
{
	struct picture p = { 0 };
	struct bytes data;

	if (!read_keys(c, x, &p)) {
		c->dropped_images++;
		return;
	}
	bool is_ok = is_well_formed(&p);
	int components = components_of(c, &p);
	size_t size = 0, from = x->at + (x->at < x->in.n && pdf_is_space(x->in.p[x->at])), end = 0;
	if (is_ok && components > 0) {
		int64_t bits = p.mask.kind == PDF_BOOLEAN && p.mask.yes ? 1 : p.bits.kind == PDF_NULL ? 8 : pdf_integer(&p.bits);
		size = (size_t)((p.width.integer * components * bits + 7) / 8 * p.height.integer);
	}
	if (p.filter.kind == PDF_NULL && size > 0 && size <= x->in.n - from) {
		end = from + size;
		while (end < x->in.n && end < from + size + 4 && pdf_is_space(x->in.p[end]))
			end++;
		if (!is_end(x->in, end))
			end = 0;
	}
	if (end == 0)
		end = find_end(x->in, from);
	x->at = MIN(end + 2, x->in.n);
	struct bytes raw = { x->in.p + from, end - from };
	if (!is_ok || size > c->most || !decode(c, &p, raw, &data)) {
		c->dropped_images++;
		return;
	}
	if (size > 0 && data.n != size) { /* exactly what the size says: cut, or filled with zeros */
		uint8_t *whole = arena_alloc(c->arena, size);
		memcpy(whole, data.p, MIN(data.n, size));
		data = bytes_of(whole, size);
	}
	put_picture(out, &p, data);
	c->paints = true;
}
