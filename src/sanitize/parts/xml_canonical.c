/* XMLの正規形 — contract in xml_canonical.h. */
#include "sanitize/parts/xml_canonical.h"
#include "base/sort.h"
#include "base/text.h"

#define XML_NAMESPACE "http://www.w3.org/XML/1998/namespace"

struct declared {
	struct xml_name prefix; /* empty: without one */
	struct bytes uri;	/* in its canonical form */
	unsigned depth;
};
struct attribute {
	struct bytes uri;
	struct xml_name name, local;
	struct xml_value value;
};
struct form {
	struct arena *arena;
	struct xml_reader *reader;
	struct declared scope[XML_NAMESPACES_MOST]; /* of the elements that are open, the outermost first */
	unsigned declared;
	struct attribute attributes[XML_ATTRIBUTES_MOST];
	unsigned inherits; /* depth of the outermost element that has an attribute of "xml"; 0: none */
	unsigned apex;	   /* depth of the element that is written; 0: none */
	struct buf out;
};

static struct xml_name prefix_of(struct xml_name n)
{
	const uint8_t *colon = memchr(n.p, ':', n.n);
	return (struct xml_name){ n.p, colon ? (uint32_t)(colon - n.p) : 0 };
}

bool xml_is_at(const struct xml_reader *r, const char *path)
{
	for (unsigned i = 0; i < r->depth; i++) {
		size_t n = strcspn(path, "/");
		struct xml_name local = xml_local(r->open[i]);
		if (local.n != n || memcmp(local.p, path, n) != 0)
			return false;
		path += n;
		if (*path != '/')
			return i + 1 == r->depth;
		path++;
	}
	return false;
}

/* -- text -- */
static void put_character(struct buf *out, uint32_t c, bool in_value)
{
	static const struct {
		uint8_t c, value, text;
		const char *said;
	} escaped[] = { { '&', 1, 1, "&amp;" }, { '<', 1, 1, "&lt;" }, { '>', 0, 1, "&gt;" }, { '"', 1, 0, "&quot;" }, { '\t', 1, 0, "&#x9;" }, { '\n', 1, 0, "&#xA;" }, { '\r', 1, 1, "&#xD;" } };
	uint8_t utf8[4];

	for (size_t i = 0; i < COUNT(escaped); i++)
		if (c == escaped[i].c && (in_value ? escaped[i].value : escaped[i].text)) {
			buf_str(out, escaped[i].said);
			return;
		}
	buf_put(out, utf8, utf8_put(utf8, c));
}

/* Line ends are one line feed each; in a value every white space that is written as itself is a blank. */
static bool put_raw(struct buf *out, struct xml_value v, bool in_value, bool cdata)
{
	for (const uint8_t *p = v.p, *end = p + v.n; p < end;) {
		size_t used = 1;
		uint32_t c = *p;
		if (c == '&' && !cdata) {
			c = xml_reference(p, end, &used);
			if (!c)
				return false;
			put_character(out, c, in_value);
		} else if (c == '\r' && p + 1 < end && p[1] == '\n') {
			; /* the line feed stands for both */
		} else if (c == '\r' || (in_value && (c == '\t' || c == '\n'))) {
			buf_byte(out, in_value ? ' ' : '\n');
		} else if (c < 0x80) {
			put_character(out, c, in_value);
		} else {
			buf_byte(out, (uint8_t)c);
		}
		p += used;
	}
	return true;
}

bool xml_canonical_value(struct buf *out, struct xml_value v)
{
	return put_raw(out, v, true, false);
}

/* -- namespaces -- */
static bool is_declaration(struct xml_name n, struct xml_name *prefix)
{
	*prefix = (struct xml_name){ n.p, 0 };
	if (xml_name_is(n, "xmlns"))
		return true;
	if (!xml_name_is(prefix_of(n), "xmlns"))
		return false;
	*prefix = xml_local(n);
	return true;
}

/* What the prefix means to the elements above `depth` (0: to the one that is open). NULL: nothing. */
static const struct declared *meaning(const struct form *f, struct xml_name prefix, unsigned depth)
{
	for (unsigned i = f->declared; i-- > 0;)
		if ((depth == 0 || f->scope[i].depth < depth) && xml_same_name(f->scope[i].prefix, prefix))
			return &f->scope[i];
	return NULL;
}

static int take_declarations(struct form *f, struct err *err)
{
	const struct xml_reader *r = f->reader;

	while (f->declared && f->scope[f->declared - 1].depth >= r->depth)
		f->declared--;
	if (f->inherits >= r->depth)
		f->inherits = 0;
	for (unsigned i = 0; i < r->count; i++) {
		struct buf uri = buf_in(f->arena, XML_CANONICAL_BYTES_MOST);
		struct xml_name prefix;
		if (!is_declaration(r->names[i], &prefix)) {
			if (xml_name_is(prefix_of(r->names[i]), "xml") && f->inherits == 0)
				f->inherits = r->depth;
			continue;
		}
		if (f->declared == XML_NAMESPACES_MOST)
			return fail(err, ERR_LIMIT, XML_NAMESPACES_MOST, "more than %d namespaces in one place", XML_NAMESPACES_MOST);
		if (!xml_canonical_value(&uri, r->values[i]))
			return fail(err, ERR_MALFORMED, 0, "a namespace holds a bad reference");
		f->scope[f->declared++] = (struct declared){ prefix, buf_view(&uri), r->depth };
	}
	return 0;
}

static int by_prefix(const void *a, const void *b)
{
	const struct declared *x = *(const struct declared *const *)a, *y = *(const struct declared *const *)b;
	int order = memcmp(x->prefix.p, y->prefix.p, MIN(x->prefix.n, y->prefix.n));
	return order ? order : (x->prefix.n > y->prefix.n) - (x->prefix.n < y->prefix.n);
}

/* At the apex everything that means something here; below it what means something else than to the element around. */
static void put_namespaces(struct form *f)
{
	const struct declared *said[XML_NAMESPACES_MOST];
	unsigned count = 0, depth = f->reader->depth;

	for (unsigned i = 0; i < f->declared; i++) {
		const struct declared *d = &f->scope[i];
		if ((depth != f->apex && d->depth != depth) || xml_name_is(d->prefix, "xml") || meaning(f, d->prefix, 0) != d)
			continue;
		const struct declared *around = depth == f->apex ? NULL : meaning(f, d->prefix, depth);
		if (around ? bytes_equal(around->uri, d->uri) : d->uri.n == 0)
			continue;
		said[count++] = d;
	}
	sort_items(said, count, sizeof said[0], by_prefix);
	for (unsigned i = 0; i < count; i++) {
		buf_str(&f->out, said[i]->prefix.n ? " xmlns:" : " xmlns");
		buf_put(&f->out, said[i]->prefix.p, said[i]->prefix.n);
		buf_str(&f->out, "=\"");
		buf_bytes(&f->out, said[i]->uri);
		buf_byte(&f->out, '"');
	}
}

/* -- elements -- */
static int by_namespace(const void *a, const void *b)
{
	const struct attribute *x = a, *y = b;
	int order = memcmp(x->uri.p, y->uri.p, MIN(x->uri.n, y->uri.n));

	if (order == 0 && x->uri.n != y->uri.n)
		order = x->uri.n < y->uri.n ? -1 : 1;
	if (order == 0)
		order = memcmp(x->local.p, y->local.p, MIN(x->local.n, y->local.n));
	return order ? order : (x->local.n > y->local.n) - (x->local.n < y->local.n);
}

/* An attribute without prefix is in no namespace, whatever the element is in. */
static int take_attribute(struct form *f, struct xml_name name, struct xml_value value, struct attribute *out, struct err *err)
{
	struct xml_name prefix = prefix_of(name);
	struct bytes uri = { (const uint8_t *)"", 0 };

	if (xml_name_is(prefix, "xml")) {
		uri = bytes_of(XML_NAMESPACE, strlen(XML_NAMESPACE));
	} else if (prefix.n) {
		const struct declared *d = meaning(f, prefix, 0);
		if (!d)
			return fail(err, ERR_UNSUPPORTED, 0, "a prefix is not declared");
		uri = d->uri;
	}
	*out = (struct attribute){ uri, name, xml_local(name), value };
	return 0;
}

static int put_open(struct form *f, struct err *err)
{
	const struct xml_reader *r = f->reader;
	struct xml_name prefix = prefix_of(r->name);
	unsigned count = 0;

	if (prefix.n && !meaning(f, prefix, 0) && !xml_name_is(prefix, "xml"))
		return fail(err, ERR_UNSUPPORTED, 0, "a prefix is not declared");
	buf_byte(&f->out, '<');
	buf_put(&f->out, r->name.p, r->name.n);
	put_namespaces(f);
	for (unsigned i = 0; i < r->count; i++)
		if (!is_declaration(r->names[i], &prefix) && take_attribute(f, r->names[i], r->values[i], &f->attributes[count++], err) != 0)
			return -1;
	sort_items(f->attributes, count, sizeof f->attributes[0], by_namespace);
	for (unsigned i = 0; i < count; i++) {
		buf_byte(&f->out, ' ');
		buf_put(&f->out, f->attributes[i].name.p, f->attributes[i].name.n);
		buf_str(&f->out, "=\"");
		if (!xml_canonical_value(&f->out, f->attributes[i].value))
			return fail(err, ERR_MALFORMED, 0, "an attribute holds a bad reference");
		buf_byte(&f->out, '"');
	}
	buf_byte(&f->out, '>');
	return 0;
}

static bool is_wanted(const struct form *f, const struct xml_wanted *wanted)
{
	if (!wanted->id)
		return xml_is_at(f->reader, wanted->path);
	const struct xml_value *v = xml_attribute(f->reader, "Id");
	const char *id = v ? xml_text_of(f->arena, *v) : NULL;
	return id && strcmp(id, wanted->id) == 0;
}

static int opened(struct form *f, const struct xml_wanted *wanted, struct xml_canonical *out, struct err *err)
{
	const struct xml_reader *r = f->reader;

	if (take_declarations(f, err) != 0)
		return -1;
	if (is_wanted(f, wanted) && ++out->found == 1) {
		f->apex = r->depth;
		out->from = (size_t)(r->name.p - 1 - r->start);
		struct xml_name under = r->depth > 1 ? xml_local(r->open[1]) : (struct xml_name){ r->start, 0 };
		out->under = arena_copy(f->arena, under.p, under.n);
		if (f->inherits && f->inherits < r->depth)
			return fail(err, ERR_UNSUPPORTED, 0, "an attribute of the prefix xml is inherited");
	}
	return f->apex ? put_open(f, err) : 0;
}

static void closed(struct form *f, struct xml_canonical *out)
{
	const struct xml_reader *r = f->reader;

	buf_str(&f->out, "</");
	buf_put(&f->out, r->name.p, r->name.n);
	buf_byte(&f->out, '>');
	if (r->depth + 1 == f->apex) {
		f->apex = 0;
		out->to = (size_t)(r->p - r->start);
	}
}

int xml_canonical(struct arena *arena, struct bytes in, const struct xml_wanted *wanted, struct xml_canonical *out, struct err *err)
{
	struct form *f = arena_alloc(arena, sizeof *f);
	struct xml_reader *r = arena_alloc(arena, sizeof *r);

	*f = (struct form){ .arena = arena, .reader = r, .out = buf_in(arena, XML_CANONICAL_BYTES_MOST) };
	*out = (struct xml_canonical){ 0 };
	if (xml_start(r, arena, in, err) < 0)
		return -1;
	for (enum xml_token t; (t = xml_next(r)) != XML_END;) {
		if (t == XML_BAD)
			return fail(err, ERR_MALFORMED, (uint64_t)(r->p - r->start), "%s", r->why);
		if (t == XML_OPEN && opened(f, wanted, out, err) != 0)
			return -1;
		if (t == XML_CHARS && f->apex && !put_raw(&f->out, r->chars, false, r->cdata))
			return fail(err, ERR_MALFORMED, 0, "text holds a bad reference");
		if (t == XML_CLOSE && f->apex)
			closed(f, out);
	}
	if (!buf_ok(&f->out))
		return fail(err, ERR_LIMIT, XML_CANONICAL_BYTES_MOST, "the canonical form is longer than %d bytes", XML_CANONICAL_BYTES_MOST);
	if (out->found && memmem(r->start + out->from, out->to - out->from, "<?", 2))
		return fail(err, ERR_UNSUPPORTED, out->from, "a processing instruction is part of the canonical form");
	out->text = buf_view(&f->out);
	return 0;
}
