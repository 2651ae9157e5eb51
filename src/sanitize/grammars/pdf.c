/* 検証の文法：PDF — walks the output from its root with its own list of keys (pdf_kinds.c), its own syntax (pdf_syntax.c) and its own reading of
 * streams (pdf_streams.c). Every object is reached, each as what its place says; no key, action, filter or operator stands anywhere that the
 * lists do not name. Threats D1–D14. */
#include "sanitize/grammars/pdf_kinds.h"
#include "sanitize/grammars/font.h"
#include "sanitize/grammars/pdf_streams.h"
#include "sanitize/rules.h"
#include <libdeflate.h>

enum { DEPTH = 64, ADDRESS = 2048, PARENTS = 40, GLYPH_MAP = 131072, FIRST_ROOM = 1 << 16 };

struct visit {
	uint32_t number;
	enum kind kind;
};
struct walk {
	struct document d;
	struct visit *stack;
	size_t n, room;
	uint32_t first_rule[KIND_LISTED + 1];
	uint32_t pages; /* number of the page tree's object */
	struct libdeflate_decompressor *inflater;
	uint8_t *buffer;
	size_t buffer_room;
	bool flat;	 /* nothing but pictures may stand on the pages */
	const char *why; /* the first fault */
	uint32_t where;	 /* its object */
};

static bool no(struct walk *w, const char *why)
{
	if (!w->why)
		w->why = why;
	return false;
}

static const struct object *object_of(const struct walk *w, const struct node *n)
{
	return n->kind == NODE_REFERENCE && n->reference >= 1 && n->reference <= w->d.count ? &w->d.objects[n->reference] : NULL;
}

/* The value behind a reference, or the node itself. */
static const struct node *value_of(const struct walk *w, const struct node *n)
{
	const struct object *o = n ? object_of(w, n) : NULL;

	return o ? &o->value : n;
}

static bool is_number(const struct node *n)
{
	return n->kind == NODE_INTEGER || n->kind == NODE_REAL;
}

static double number_of(const struct node *n)
{
	double v = 0, scale = 0;

	if (n->kind == NODE_INTEGER)
		return (double)n->integer;
	for (size_t i = 0; i < n->bytes.n; i++) {
		if (n->bytes.p[i] == '.')
			scale = 1;
		else if (n->bytes.p[i] != '-')
			v = v * 10 + (n->bytes.p[i] - '0'), scale *= 10;
	}
	v /= scale > 0 ? scale : 1;
	return n->bytes.p[0] == '-' ? -v : v;
}

static int64_t integer_at(const struct node *dictionary, const char *key, int64_t otherwise)
{
	const struct node *v = node_get(dictionary, key);

	return v && v->kind == NODE_INTEGER ? v->integer : otherwise;
}

static bool is_array_of(const struct node *n, bool (*is)(const struct node *))
{
	if (n->kind != NODE_ARRAY)
		return false;
	for (uint32_t i = 0; i < n->n; i++)
		if (!is(&n->items[i]))
			return false;
	return true;
}

static bool is_text(const struct node *n)
{
	return n->kind == NODE_STRING;
}

static bool is_name(const struct node *n)
{
	return n->kind == NODE_NAME;
}

static bool is_number_or_list(const struct node *n)
{
	return is_number(n) || is_array_of(n, is_number);
}

static bool is_listed(const struct node *name, const char *names)
{
	uint8_t padded[132];
	size_t n = name->bytes.n;

	if (!names)
		return true;
	if (n > 127 || memchr(name->bytes.p, ' ', n))
		return false;
	padded[0] = padded[n + 1] = ' ';
	memcpy(padded + 1, name->bytes.p, n);
	return memmem(names, strlen(names), padded, n + 2);
}

/* ---- which kind an object is, where its place leaves a choice ---- */

static enum kind decided(const struct walk *w, enum kind kind, const struct node *d)
{
	switch (kind) {
	case KIND_X_OBJECT: return node_is_name(node_get(d, "Subtype"), "Image") ? KIND_IMAGE : KIND_FORM;
	case KIND_PATTERN: return integer_at(d, "PatternType", 0) == 1 ? KIND_TILING : KIND_SHADING_PATTERN;
	case KIND_ACTION: return node_is_name(node_get(d, "S"), "URI") ? KIND_ADDRESS_ACTION : KIND_PLACE_ACTION;
	case KIND_FONT:
		return node_is_name(node_get(d, "Subtype"), "Type0") ? KIND_COMPOSITE_FONT :
		       node_is_name(node_get(d, "Subtype"), "Type3") ? KIND_DRAWN_FONT : KIND_SIMPLE_FONT;
	case KIND_OPTIONAL:
		return node_is_name(node_get(d, "Type"), "OCG") ? KIND_LAYER :
		       node_is_name(node_get(d, "Type"), "OCMD") ? KIND_MEMBERSHIP : KIND_PROPERTIES;
	default: (void)w; return kind;
	}
}

static bool check_dictionary(struct walk *w, const struct node *d, enum kind kind, bool is_stream, unsigned depth);
static bool check_color_space(struct walk *w, const struct node *n, unsigned depth);

static bool push(struct walk *w, uint32_t number, enum kind kind)
{
	struct object *o = &w->d.objects[number];

	kind = decided(w, kind, &o->value);
	if (o->kinds & (uint64_t)1 << kind)
		return true;
	o->kinds |= (uint64_t)1 << kind;
	if (w->n == w->room) {
		struct visit *bigger = arena_new_array(w->d.arena, struct visit, w->room * 2 + 256);
		if (w->n > 0)
			memcpy(bigger, w->stack, w->n * sizeof *bigger);
		w->stack = bigger, w->room = w->room * 2 + 256;
	}
	w->stack[w->n++] = (struct visit){ number, kind };
	return true;
}

static bool check_direct(struct walk *w, const struct node *n, enum kind kind, unsigned depth)
{
	if (kind == KIND_COLOR_SPACE)
		return check_color_space(w, n, depth);
	if (kind == KIND_WIDTHS)
		return is_array_of(n, is_number_or_list) || no(w, "widths are not numbers");
	return n->kind == NODE_DICTIONARY ? check_dictionary(w, n, decided(w, kind, n), false, depth) : no(w, "a value of another shape");
}

/* An object, or a direct value, of this kind. */
static bool check_one(struct walk *w, const struct node *n, enum kind kind, unsigned depth)
{
	if (depth > DEPTH)
		return no(w, "nested too deeply");
	if (n->kind != NODE_REFERENCE)
		return check_direct(w, n, kind, depth + 1);
	if (!object_of(w, n))
		return no(w, "a reference to nothing");
	return push(w, n->reference, kind);
}

static bool check_named(struct walk *w, const struct node *n, enum kind kind, unsigned depth)
{
	const struct node *d = value_of(w, n);

	if (d->kind != NODE_DICTIONARY)
		return no(w, "no dictionary of named objects");
	if (n->kind == NODE_REFERENCE) {
		struct object *o = &w->d.objects[n->reference];
		if (o->is_stream)
			return no(w, "a stream where names are expected");
		if (o->named & (uint64_t)1 << kind)
			return true;
		o->named |= (uint64_t)1 << kind;
	}
	for (uint32_t i = 0; i < d->n; i++)
		if (!check_one(w, &d->items[2 * i + 1], kind, depth + 1))
			return false;
	return true;
}

/* Arrays of arrays of layers, and texts or listed words. */
static bool check_nested(struct walk *w, const struct node *n, const char *words, unsigned depth)
{
	if (depth > DEPTH || n->kind != NODE_ARRAY)
		return no(w, "no list of layers");
	for (uint32_t i = 0; i < n->n; i++) {
		const struct node *item = &n->items[i];
		bool ok = item->kind == NODE_ARRAY ? check_nested(w, item, words, depth + 1) :
			  item->kind == NODE_REFERENCE || item->kind == NODE_DICTIONARY ? check_one(w, item, KIND_LAYER, depth) :
			  words ? item->kind == NODE_NAME && is_listed(item, words) : item->kind == NODE_STRING;
		if (!ok)
			return no(w, "neither layer nor name of one");
	}
	return true;
}

/* ---- special values ---- */

static bool check_destination(struct walk *w, const struct node *n)
{
	if (n->kind == NODE_STRING || n->kind == NODE_NAME)
		return true;
	if (n->kind != NODE_ARRAY || n->n < 2 || n->n > 6 || !object_of(w, &n->items[0]) ||
	    !(object_of(w, &n->items[0])->kinds & (uint64_t)1 << KIND_PAGE) || n->items[1].kind != NODE_NAME ||
	    !is_listed(&n->items[1], " Fit FitB FitBH FitBV FitH FitR FitV XYZ "))
		return no(w, "no place on a page");
	for (uint32_t i = 2; i < n->n; i++)
		if (!is_number(&n->items[i]) && n->items[i].kind != NODE_NULL)
			return no(w, "no place on a page");
	return true;
}

static bool check_destinations(struct walk *w, const struct node *n)
{
	if (n->kind != NODE_DICTIONARY)
		return no(w, "no destinations");
	for (uint32_t i = 0; i < n->n; i++)
		if (!check_destination(w, &n->items[2 * i + 1]))
			return false;
	return true;
}

static bool check_name_tree(struct walk *w, const struct node *n)
{
	if (n->kind != NODE_ARRAY || n->n % 2 != 0)
		return no(w, "no pairs of name and place");
	for (uint32_t i = 0; i < n->n; i += 2) {
		if (n->items[i].kind != NODE_STRING || n->items[i + 1].kind != NODE_ARRAY || !check_destination(w, &n->items[i + 1]))
			return no(w, "no pair of name and place");
		if (i == 0)
			continue;
		struct bytes a = n->items[i - 2].bytes, b = n->items[i].bytes;
		int order = memcmp(a.p, b.p, MIN(a.n, b.n));
		if (order > 0 || (order == 0 && a.n >= b.n))
			return no(w, "names out of order");
	}
	return true;
}

static bool check_labels(struct walk *w, const struct node *n, unsigned depth)
{
	if (n->kind != NODE_ARRAY || n->n % 2 != 0)
		return no(w, "no pairs of page and label");
	for (uint32_t i = 0; i < n->n; i += 2) {
		if (n->items[i].kind != NODE_INTEGER || n->items[i].integer < 0 || (i > 0 && n->items[i].integer <= n->items[i - 2].integer))
			return no(w, "labels out of order");
		if (!check_one(w, &n->items[i + 1], KIND_LABEL, depth))
			return false;
	}
	return true;
}

static bool starts_folded(struct bytes b, const char *start)
{
	size_t n = strlen(start);

	return b.n >= n && strncasecmp((const char *)b.p, start, n) == 0;
}

static bool check_address(struct walk *w, const struct node *n)
{
	if (n->kind != NODE_STRING || n->bytes.n > ADDRESS ||
	    !(starts_folded(n->bytes, "http://") || starts_folded(n->bytes, "https://") || starts_folded(n->bytes, "mailto:")))
		return no(w, "an address of another kind");
	for (size_t i = 0; i < n->bytes.n; i++)
		if (n->bytes.p[i] <= ' ' || n->bytes.p[i] == 0x7f || memchr("\"<>\\", n->bytes.p[i], 4))
			return no(w, "an address with forbidden characters");
	return true;
}

static bool check_special(struct walk *w, const struct node *n, const struct key_rule *rule, unsigned depth)
{
	size_t at;

	if (rule->of == KIND_CATALOG)
		return check_destinations(w, n);
	if (rule->of == KIND_PAGE)
		return (n->kind == NODE_REFERENCE && n->reference == w->pages) || no(w, "a page of another tree");
	if (rule->of == KIND_STATE)
		return n->kind == NODE_ARRAY && n->n == 2 && is_number(&n->items[1]) && check_one(w, &n->items[0], KIND_FONT, depth);
	if (rule->of == KIND_SHADING)
		return n->kind == NODE_ARRAY && n->n == 2 && n->items[0].kind == NODE_BOOLEAN && n->items[1].kind == NODE_BOOLEAN;
	if (rule->of == KIND_NAME_TREE)
		return check_name_tree(w, n);
	if (rule->of == KIND_LABELS)
		return check_labels(w, n, depth);
	if (rule->of == KIND_ADDRESS_ACTION)
		return check_address(w, n);
	if (rule->of == KIND_OUTLINE && strcmp(rule->key, "Parent") == 0)
		return n->kind == NODE_REFERENCE; /* the chain is followed apart */
	if (rule->of == KIND_ENCODING) {
		for (uint32_t i = 0; n->kind == NODE_ARRAY && i < n->n; i++)
			if (n->items[i].kind != NODE_INTEGER && n->items[i].kind != NODE_NAME)
				return no(w, "no difference of encodings");
		return n->kind == NODE_ARRAY;
	}
	if (strcmp(rule->key, "DA") == 0)
		return n->kind == NODE_STRING && stream_is_content(n->bytes, ' ', &at);
	if (strcmp(rule->key, "Opt") == 0) {
		for (uint32_t i = 0; n->kind == NODE_ARRAY && i < n->n; i++)
			if (!is_text(&n->items[i]) && !is_array_of(&n->items[i], is_text))
				return no(w, "no choices");
		return n->kind == NODE_ARRAY;
	}
	return check_destination(w, n); /* Dest, D */
}

/* ---- values by shape ---- */

static bool is_rectangle(const struct node *n)
{
	return is_array_of(n, is_number) && n->n == 4 && number_of(&n->items[0]) <= number_of(&n->items[2]) &&
	       number_of(&n->items[1]) <= number_of(&n->items[3]);
}

static bool check_array(struct walk *w, const struct node *n, const struct key_rule *rule, unsigned depth)
{
	if ((rule->shapes & NUMBERS && is_array_of(n, is_number)) || (rule->shapes & RECTANGLE && is_rectangle(n)) ||
	    (rule->shapes & NAMES && is_array_of(n, is_name)) || (rule->shapes & TEXTS && is_array_of(n, is_text)) ||
	    (rule->shapes & NUMBER_LISTS && is_array_of(n, is_number_or_list)))
		return true;
	if (rule->shapes & NESTED)
		return check_nested(w, n, rule->names, depth);
	if (rule->shapes & ONE && (rule->kind == KIND_COLOR_SPACE || rule->kind == KIND_WIDTHS))
		return check_one(w, n, rule->kind, depth);
	if (!(rule->shapes & SEVERAL))
		return no(w, "an array of another shape");
	for (uint32_t i = 0; i < n->n; i++)
		if (!check_one(w, &n->items[i], rule->kind, depth))
			return false;
	return true;
}

static bool check_value(struct walk *w, const struct node *n, const struct key_rule *rule, unsigned depth)
{
	unsigned s = rule->shapes;
	const struct object *o;

	if (s & SPECIAL)
		return check_special(w, n, rule, depth) || no(w, rule->key);
	switch (n->kind) {
	case NODE_BOOLEAN: return s & BOOLEAN || no(w, rule->key);
	case NODE_INTEGER: return s & (INTEGER | NUMBER) || no(w, rule->key);
	case NODE_REAL: return s & NUMBER || no(w, rule->key);
	case NODE_STRING: return s & TEXT || no(w, rule->key);
	case NODE_NAME:
		if (s & ONE && rule->kind == KIND_COLOR_SPACE)
			return check_one(w, n, rule->kind, depth);
		return (s & NAME && is_listed(n, rule->names)) || no(w, rule->key);
	case NODE_ARRAY: return check_array(w, n, rule, depth) || no(w, rule->key);
	case NODE_DICTIONARY:
		return s & NAMED ? check_named(w, n, rule->kind, depth) : s & ONE ? check_one(w, n, rule->kind, depth) : no(w, rule->key);
	case NODE_REFERENCE:
		o = object_of(w, n);
		if (!o)
			return no(w, "a reference to nothing");
		if (s & NAMED && !o->is_stream)
			return check_named(w, n, rule->kind, depth);
		return s & ONE ? check_one(w, n, rule->kind, depth) : no(w, rule->key);
	default: return no(w, rule->key);
	}
}

/* What the policy does not let stay: addresses, comments, and who drew what is drawn. */
static bool may_stay(const struct walk *w, const struct node *d, enum kind kind)
{
	static const char *const remarks[] = { "CreationDate", "IRT", "M", "NM", "Popup", "RT", "State", "StateModel", "Subj", "T" };
	static const enum kind flat[] = { KIND_CATALOG, KIND_PAGES, KIND_PAGE, KIND_RESOURCES, KIND_CONTENT, KIND_IMAGE };
	const struct node *subtype = node_get(d, "Subtype");
	bool among = !w->flat;

	for (size_t i = 0; i < COUNT(flat); i++)
		among |= kind == flat[i];
	if (!among)
		return false;
	if (kind == KIND_ADDRESS_ACTION)
		return !check_removes(w->d.check, FEATURE_links);
	if (kind != KIND_ANNOTATION || !check_removes(w->d.check, FEATURE_comments) || !subtype || subtype->kind != NODE_NAME)
		return true;
	if (is_listed(subtype, " Caret Highlight Popup Redact Squiggly StrikeOut Text Underline "))
		return false;
	if (!is_listed(subtype, " Circle FreeText Ink Line Polygon PolyLine Square Stamp Watermark "))
		return true;
	for (size_t i = 0; i < COUNT(remarks); i++)
		if (node_get(d, remarks[i]))
			return false;
	return !node_get(d, "Contents") || node_is_name(subtype, "FreeText");
}

/* Keys and rules both ascend: one pass over both. */
static bool check_dictionary(struct walk *w, const struct node *d, enum kind kind, bool is_stream, unsigned depth)
{
	uint32_t rule = w->first_rule[kind], end = w->first_rule[kind + 1];

	if (depth > DEPTH)
		return no(w, "nested too deeply");
	if (!may_stay(w, d, kind))
		return no(w, "something that the policy does not let stay");
	for (uint32_t i = 0; i < d->n; i++) {
		const struct node *key = &d->items[2 * i], *value = &d->items[2 * i + 1];
		if (is_stream && (node_is_name(key, "Filter") || node_is_name(key, "Length")))
			continue;
		if (is_stream && kind == KIND_IMAGE && node_is_name(key, "DecodeParms") && node_is_name(node_get(d, "Filter"), "DCTDecode")) {
			if (value->kind != NODE_DICTIONARY || !check_dictionary(w, value, KIND_JPEG_PARAMETERS, false, depth + 1))
				return no(w, "DecodeParms");
			continue;
		}
		for (; rule < end && !node_is_name(key, key_rules[rule].key); rule++)
			if (key_rules[rule].shapes & REQUIRED)
				return no(w, key_rules[rule].key);
		if (rule == end)
			return no(w, "a key that no list names");
		if (!check_value(w, value, &key_rules[rule++], depth + 1))
			return false;
	}
	for (; rule < end; rule++)
		if (key_rules[rule].shapes & REQUIRED)
			return no(w, key_rules[rule].key);
	return true;
}

/* ---- colour spaces ---- */

static int components_of(const struct walk *w, const struct node *n)
{
	n = value_of(w, n);
	if (node_is_name(n, "DeviceGray"))
		return 1;
	if (node_is_name(n, "DeviceRGB"))
		return 3;
	if (node_is_name(n, "DeviceCMYK"))
		return 4;
	if (n->kind != NODE_ARRAY || n->n < 2)
		return 0;
	if (node_is_name(&n->items[0], "CalGray") || node_is_name(&n->items[0], "Indexed") || node_is_name(&n->items[0], "Separation"))
		return 1;
	if (node_is_name(&n->items[0], "CalRGB") || node_is_name(&n->items[0], "Lab"))
		return 3;
	return node_is_name(&n->items[0], "DeviceN") && n->items[1].kind == NODE_ARRAY ? (int)n->items[1].n : 0;
}

static bool check_color_space(struct walk *w, const struct node *n, unsigned depth)
{
	if (n->kind == NODE_NAME)
		return is_listed(n, " DeviceCMYK DeviceGray DeviceRGB Pattern ") || no(w, "a colour space of another name");
	if (n->kind != NODE_ARRAY || n->n < 2 || n->items[0].kind != NODE_NAME || depth > DEPTH)
		return no(w, "no colour space");
	const struct node *family = &n->items[0];
	if (is_listed(family, " CalGray CalRGB Lab "))
		return n->n == 2 && n->items[1].kind == NODE_DICTIONARY && check_dictionary(w, &n->items[1], KIND_CALIBRATED, false, depth + 1);
	if (node_is_name(family, "Pattern"))
		return n->n == 2 && components_of(w, &n->items[1]) > 0 && check_one(w, &n->items[1], KIND_COLOR_SPACE, depth + 1);
	if (n->n != 4)
		return no(w, "no colour space");
	if (node_is_name(family, "Indexed"))
		return n->items[2].kind == NODE_INTEGER && n->items[2].integer >= 0 && n->items[2].integer <= 255 && n->items[3].kind == NODE_STRING &&
		       components_of(w, &n->items[1]) > 0 && check_one(w, &n->items[1], KIND_COLOR_SPACE, depth + 1);
	if (!(node_is_name(family, "Separation") && n->items[1].kind == NODE_NAME) &&
	    !(node_is_name(family, "DeviceN") && n->items[1].n <= 32 && is_array_of(&n->items[1], is_name)))
		return no(w, "no colour space");
	return components_of(w, &n->items[2]) > 0 && check_one(w, &n->items[2], KIND_COLOR_SPACE, depth + 1) &&
	       check_one(w, &n->items[3], KIND_FUNCTION, depth + 1);
}

/* ---- streams ---- */

/* Inflates the whole of it; most: more is a fault. The result lies in a buffer that the next call uses again. */
static bool inflated(struct walk *w, const struct object *o, uint64_t most, struct bytes *out)
{
	size_t n = 0, used = 0, wanted = MAX((size_t)FIRST_ROOM, MIN(o->data.n, (size_t)1 << 28) * 4);

	if (!w->inflater)
		must((w->inflater = libdeflate_alloc_decompressor()));
	for (wanted = MIN(wanted, most + 1);; wanted = MIN(wanted * 4, most + 1)) {
		if (w->buffer_room < wanted) {
			must((w->buffer = arena_scratch(w->d.arena, wanted)));
			w->buffer_room = wanted;
		}
		enum libdeflate_result r = libdeflate_zlib_decompress_ex(w->inflater, o->data.p, o->data.n, w->buffer, w->buffer_room, &used, &n);
		if (r == LIBDEFLATE_SUCCESS && n <= most && used == o->data.n)
			break;
		if (r != LIBDEFLATE_INSUFFICIENT_SPACE || w->buffer_room > most)
			return no(w, "a stream that does not inflate as it should");
	}
	w->d.inflated += n;
	*out = bytes_of(w->buffer, n);
	return w->d.inflated <= check_limit(w->d.check, LIMIT_TREE_BYTES) || no(w, "the streams inflate to more than the limit");
}

static bool check_image(struct walk *w, const struct object *o, uint64_t most)
{
	const struct node *d = &o->value, *mask = node_get(d, "ImageMask"), *space = node_get(d, "ColorSpace");
	int64_t width = integer_at(d, "Width", 0), height = integer_at(d, "Height", 0), bits = integer_at(d, "BitsPerComponent", 0);
	bool is_mask = mask && mask->kind == NODE_BOOLEAN && mask->yes;
	struct bytes pixels;
	size_t at;

	if (width < 1 || height < 1 || width > 1000000 || height > 1000000 ||
	    (uint64_t)width * (uint64_t)height > check_limit(w->d.check, LIMIT_PIXELS))
		return no(w, "a picture of forbidden size");
	if (node_is_name(node_get(d, "Filter"), "DCTDecode"))
		return stream_is_jpeg(o->data, check_limit(w->d.check, LIMIT_PIXELS), &at) || no(w, "no JPEG as we write it");
	int components = is_mask ? 1 : space ? components_of(w, space) : 0;
	bits = is_mask ? 1 : bits;
	if (components < 1 || (bits != 1 && bits != 2 && bits != 4 && bits != 8 && bits != 16))
		return no(w, "a picture of unknown colours");
	uint64_t size = (uint64_t)(width * components * bits + 7) / 8 * (uint64_t)height;
	return size <= most && inflated(w, o, size, &pixels) && (pixels.n == size || no(w, "a picture of another size"));
}

static bool check_font(struct walk *w, const struct object *o, enum kind kind, struct bytes program)
{
	const struct node *d = &o->value;
	const int64_t lengths[] = { integer_at(d, "Length1", 0), integer_at(d, "Length2", 0), integer_at(d, "Length3", 0) };
	const char *fault;

	if (kind == KIND_TYPE1 && (lengths[0] < 0 || lengths[1] < 0 || lengths[2] < 0))
		return no(w, "a font of negative length");
	if (kind == KIND_TRUETYPE && (uint64_t)lengths[0] != program.n)
		return no(w, "a font of another length");
	if (kind == KIND_TYPE1)
		fault = font_type1_fault(program, (size_t)lengths[0], (size_t)lengths[1], (size_t)lengths[2]);
	else if (kind == KIND_TRUETYPE || (program.n && program.p[0] != 1))
		fault = font_truetype_fault(program);
	else
		fault = font_cff_fault(program);
	return !fault || no(w, fault);
}

static bool check_data(struct walk *w, const struct object *o, enum kind kind)
{
	uint64_t most = check_limit(w->d.check, LIMIT_JOB_MEMORY) / 4;
	struct bytes data;
	size_t at = 0;

	if (kind == KIND_IMAGE)
		return check_image(w, o, most);
	if (!inflated(w, o, most, &data))
		return false;
	switch (kind) {
	case KIND_CONTENT: case KIND_FORM: case KIND_TILING: case KIND_GLYPH:
		return stream_is_content(data, '\n', &at) || no(w, "drawing instructions outside the list");
	case KIND_CMAP: return stream_is_cmap(data, &at) || no(w, "no CMap as we write it");
	case KIND_FUNCTION:
		return integer_at(&o->value, "FunctionType", -1) == 0 || stream_is_calculator(data, &at) || no(w, "no calculator function as we write it");
	case KIND_TYPE1: case KIND_TRUETYPE: case KIND_COMPACT: return check_font(w, o, kind, data);
	case KIND_BYTES: return data.n <= GLYPH_MAP || no(w, "a glyph map too long");
	default: return true; /* meshes: any bytes */
	}
}

static bool must_be_stream(const struct object *o, enum kind kind)
{
	switch (kind) {
	case KIND_CONTENT: case KIND_FORM: case KIND_IMAGE: case KIND_TILING: case KIND_TYPE1: case KIND_TRUETYPE: case KIND_COMPACT: case KIND_BYTES: case KIND_CMAP: case KIND_GLYPH:
		return true;
	case KIND_SHADING: return integer_at(&o->value, "ShadingType", 0) >= 4;
	case KIND_FUNCTION: return integer_at(&o->value, "FunctionType", 2) == 0 || integer_at(&o->value, "FunctionType", 2) == 4;
	default: return false;
	}
}

static bool check_filter(const struct object *o, enum kind kind)
{
	const struct node *f = node_get(&o->value, "Filter");

	return node_is_name(f, "FlateDecode") || (kind == KIND_IMAGE && node_is_name(f, "DCTDecode"));
}

/* ---- chains and trees ---- */

static bool check_pages(struct walk *w)
{
	const struct node *kids = node_get(&w->d.objects[w->pages].value, "Kids");

	if (!kids || kids->kind != NODE_ARRAY || kids->n == 0 || kids->n > check_limit(w->d.check, LIMIT_PAGES) ||
	    integer_at(&w->d.objects[w->pages].value, "Count", -1) != kids->n)
		return no(w, "no list of pages with its count");
	for (uint32_t i = 0; i < kids->n; i++) {
		struct object *page = kids->items[i].kind == NODE_REFERENCE && object_of(w, &kids->items[i]) ?
					      &w->d.objects[kids->items[i].reference] : NULL;
		if (!page || page->kinds)
			return no(w, "a page twice in the tree");
		if (!push(w, kids->items[i].reference, KIND_PAGE))
			return false;
	}
	return true;
}

static bool is_reference_to(const struct node *n, uint32_t number)
{
	return n && n->kind == NODE_REFERENCE && n->reference == number;
}

static bool check_outline(struct walk *w, uint32_t parent, uint32_t *seen, unsigned depth)
{
	const struct node *next = node_get(&w->d.objects[parent].value, "First"), *last = node_get(&w->d.objects[parent].value, "Last");
	uint32_t before = 0;

	if (depth > PARENTS || !next != !last)
		return no(w, "bookmarks nested too deeply");
	for (; next; next = node_get(&w->d.objects[before].value, "Next")) {
		if (!object_of(w, next) || ++*seen > w->d.count)
			return no(w, "bookmarks that turn back");
		const struct node *d = &w->d.objects[next->reference].value, *previous = node_get(d, "Prev");
		if (!is_reference_to(node_get(d, "Parent"), parent) || (before ? !is_reference_to(previous, before) : previous != NULL))
			return no(w, "bookmarks out of order");
		before = next->reference;
		if (!check_outline(w, before, seen, depth + 1))
			return false;
	}
	return !last || is_reference_to(last, before) || no(w, "bookmarks without their end");
}

/* Fields: every kid names its parent, and no chain of parents is endless. */
static bool check_family(struct walk *w, uint32_t number)
{
	const struct node *kids = node_get(&w->d.objects[number].value, "Kids"), *up = &w->d.objects[number].value;

	for (uint32_t i = 0; kids && kids->kind == NODE_ARRAY && i < kids->n; i++)
		if (!is_reference_to(node_get(value_of(w, &kids->items[i]), "Parent"), number))
			return no(w, "a field that is not its parent's");
	for (unsigned steps = 0; (up = node_get(up, "Parent")); up = value_of(w, up))
		if (up->kind != NODE_REFERENCE || ++steps > PARENTS)
			return no(w, "fields nested too deeply");
	return true;
}

/* Functions of functions, colour spaces on colour spaces: no way back. */
static bool check_descent(struct walk *w, const struct node *n, unsigned depth)
{
	struct object *o = n->kind == NODE_REFERENCE && object_of(w, n) ? &w->d.objects[n->reference] : NULL;
	const struct node *v = value_of(w, n);
	bool ok = true;

	if (depth > DEPTH || (o && o->path == 1))
		return no(w, "a function or colour space within itself");
	if (o && o->path == 2)
		return true;
	if (o)
		o->path = 1;
	const struct node *inner = v->kind == NODE_DICTIONARY ? node_get(v, "Functions") : v->kind == NODE_ARRAY ? v : NULL;
	for (uint32_t i = 0; inner && inner->kind == NODE_ARRAY && i < inner->n && ok; i++)
		if (inner->items[i].kind == NODE_REFERENCE || inner->items[i].kind == NODE_ARRAY || inner->items[i].kind == NODE_DICTIONARY)
			ok = check_descent(w, &inner->items[i], depth + 1);
	if (o)
		o->path = 2;
	return ok;
}

static bool check_object(struct walk *w, struct visit v)
{
	const struct object *o = &w->d.objects[v.number];

	w->where = v.number;
	if (o->is_stream != must_be_stream(o, v.kind) || (o->is_stream && !check_filter(o, v.kind)))
		return no(w, "a stream where none may be, or none where one must be");
	if (v.kind == KIND_FUNCTION || v.kind == KIND_COLOR_SPACE) {
		struct node self = { .kind = NODE_REFERENCE, .reference = v.number };
		if (!check_descent(w, &self, 0))
			return false;
	}
	if (v.kind == KIND_COLOR_SPACE || v.kind == KIND_WIDTHS)
		return check_direct(w, &o->value, v.kind, 0);
	if (o->value.kind != NODE_DICTIONARY || !check_dictionary(w, &o->value, v.kind, o->is_stream, 0))
		return no(w, "no dictionary of its kind");
	if (o->is_stream)
		return check_data(w, o, v.kind);
	uint32_t seen = 0;
	return v.kind == KIND_OUTLINES ? check_outline(w, v.number, &seen, 0) : v.kind == KIND_ANNOTATION ? check_family(w, v.number) : true;
}

static void index_rules(struct walk *w)
{
	uint32_t at = 0;

	for (unsigned kind = 0; kind < KIND_LISTED; kind++) {
		w->first_rule[kind] = at;
		while (at < key_rule_count && key_rules[at].of == kind) {
			must(at == w->first_rule[kind] || strcmp(key_rules[at - 1].key, key_rules[at].key) < 0);
			at++;
		}
	}
	w->first_rule[KIND_LISTED] = at;
	must(at == key_rule_count);
}

static bool walk(struct walk *w)
{
	const struct node *pages = node_get(&w->d.objects[1].value, "Pages");

	if (!pages || !object_of(w, pages))
		return no(w, "no pages");
	w->pages = pages->reference;
	if (!check_pages(w) || !push(w, 1, KIND_CATALOG) || (w->d.info && !(w->d.count >= 2 && push(w, 2, KIND_INFO))))
		return false;
	while (w->n > 0)
		if (!check_object(w, w->stack[--w->n]))
			return false;
	for (uint32_t i = 1; i <= w->d.count; i++) {
		w->where = i;
		if (!w->d.objects[i].kinds && !w->d.objects[i].named)
			return no(w, "an object that nothing refers to");
	}
	return true;
}

static int accept(struct check *check, struct err *err)
{
	struct walk *w = arena_alloc(check_arena(check), sizeof *w);

	if (document_read(check, &w->d, err) < 0)
		return -1;
	index_rules(w);
	w->flat = strcmp(check_format(check), "ppm") == 0; /* the pages of a PDF, rendered */
	bool ok = w->d.info && check_removes(check, FEATURE_metadata) ? no(w, "metadata that the policy does not let stay") : walk(w);
	libdeflate_free_decompressor(w->inflater);
	if (ok)
		return 0;
	return fail(err, ERR_MALFORMED, w->where ? w->d.objects[w->where].at : 0, "object %u: %s", w->where, w->why ? w->why : "of no known shape");
}

const struct grammar grammar_pdf = { .name = "pdf", .accept = accept, .prepare = stream_prepare };
