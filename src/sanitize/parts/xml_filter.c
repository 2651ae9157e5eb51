/* XMLの濾過 — contract in xml_filter.h. The hot path of office files: no allocation per node, names looked up once per part. */
#include "sanitize/parts/xml_filter.h"
#include "base/buf.h"
#include "base/text.h"
#include "sanitize/rules.h"

enum { HEAD_ROOM = 12 * 1024, CACHE = 256, BINDINGS_MOST = 1024, SLACK = 64 };

struct xml_binding {
	struct xml_name prefix; /* n = 0: the default namespace */
	enum ooxml_namespace ns;
	bool alone; /* for Choice: content of this namespace may stand by itself */
};
struct xml_cached_element {
	struct xml_name name;
	uint32_t generation;
	uint8_t ns;
	const struct element_rule *rule;
};
struct xml_cached_attribute {
	struct xml_name name;
	uint32_t generation;
	uint8_t owner;
	const struct attribute_rule *rule;
};

struct xml_filter *xml_filter_new(struct job *job)
{
	struct arena *arena = job_arena(job);
	struct xml_filter *f = arena_alloc(arena, sizeof *f);

	f->job = job, f->arena = arena;
	for (int i = 0; i < FEATURE_COUNT; i++)
		f->removes |= (uint8_t)(job_removes(job, i) << i);
	/* Large and written before it is read: most of it is never touched. */
	must((f->reader = arena_scratch(arena, sizeof *f->reader)));
	must((f->bindings = arena_scratch(arena, BINDINGS_MOST * sizeof *f->bindings)));
	must((f->frames = arena_scratch(arena, (XML_DEPTH_MOST + 1) * sizeof *f->frames)));
	f->element_cache = arena_new_array(arena, struct xml_cached_element, CACHE);
	f->attribute_cache = arena_new_array(arena, struct xml_cached_attribute, CACHE);
	return f;
}

int xml_filter_refuse(struct xml_filter *f, enum refusal refusal, const char *why)
{
	if (!f->why)
		f->why = why, f->refusal = refusal;
	return -1;
}

void xml_filter_removed(struct xml_filter *f, const char *threat, const char *what)
{
	job_removed(f->job, threat, what ? arena_printf(f->arena, "%s: %s", f->where, what) : f->where, 1);
}

/* --- output ------------------------------------------------------------------------------------------------------ */

static bool grow(struct xml_filter *f, size_t n)
{
	size_t room = f->room + f->room / 2 + n + SLACK;
	uint8_t *p = arena_scratch(f->arena, room);

	if (!p)
		return xml_filter_refuse(f, REFUSAL_MEMORY, "output of a part does not fit") == 0;
	if (f->n)
		memcpy(p, f->out, f->n);
	f->out = p, f->room = room;
	return true;
}

/* Room for n bytes and a little more, so that single bytes need no question. */
static inline bool reserve(struct xml_filter *f, size_t n)
{
	return f->room - f->n >= n + SLACK || grow(f, n);
}

void xml_filter_put(struct xml_filter *f, const void *p, size_t n)
{
	if (reserve(f, n)) {
		memcpy(f->out + f->n, p, n);
		f->n += n;
	}
}

static size_t escape(uint8_t *to, uint32_t c, bool in_value)
{
	static const struct {
		const char *text;
		uint8_t n;
	} known[128] = { ['&'] = { "&amp;", 5 }, ['<'] = { "&lt;", 4 }, ['>'] = { "&gt;", 4 }, ['\r'] = { "&#13;", 5 } },
	  value[128] = { ['"'] = { "&quot;", 6 }, ['\t'] = { "&#9;", 4 }, ['\n'] = { "&#10;", 5 } };

	if (c < 128 && known[c].n)
		return (size_t)((uint8_t *)memcpy(to, known[c].text, known[c].n) - to) + known[c].n;
	if (c < 128 && in_value && value[c].n)
		return (size_t)((uint8_t *)memcpy(to, value[c].text, value[c].n) - to) + value[c].n;
	return utf8_put(to, c);
}

/* Raw text to canonical text. A byte becomes six at most; done by pieces so that little needs to be reserved. */
static bool put_escaped(struct xml_filter *f, const uint8_t *p, const uint8_t *end, bool in_value, bool references)
{
	while (p < end) {
		const uint8_t *stop = end - p > 8192 ? p + 8192 : end;
		if (!reserve(f, (size_t)(stop - p) * 6))
			return false;
		uint8_t *to = f->out + f->n;
		while (p < stop) {
			uint8_t c = *p;
			if (c == '&' && references) {
				size_t used = 0;
				uint32_t known = xml_reference(p, end, &used);
				if (!known)
					return xml_filter_refuse(f, REFUSAL_DAMAGED, "unknown reference in XML") == 0;
				to += escape(to, known, in_value);
				p += used;
			} else if (c == '\r' || (in_value && (c == '\n' || c == '\t'))) {
				if (c == '\r' && p + 1 < end && p[1] == '\n')
					p++;
				*to++ = in_value ? ' ' : '\n';
				p++;
			} else if (c == '<' || c == '>' || c == '&' || (c == '"' && in_value)) {
				to += escape(to, c, in_value);
				p++;
			} else {
				*to++ = c;
				p++;
			}
		}
		f->n = (size_t)(to - f->out);
	}
	return true;
}

static inline void close_tag(struct xml_filter *f)
{
	if (f->tag_open) {
		f->tag_open = false;
		f->out[f->n++] = '>'; /* within SLACK of what the start tag reserved */
		f->frames[f->depth].content = f->n;
	}
}

/* --- namespaces -------------------------------------------------------------------------------------------------- */

static enum ooxml_namespace resolve(const struct xml_filter *f, struct xml_name prefix)
{
	for (unsigned i = f->binding_count; i-- > 0;)
		if (xml_same_name(f->bindings[i].prefix, prefix))
			return f->bindings[i].ns;
	if (prefix.n == 0)
		return NS_NONE;
	return prefix.n == 3 && memcmp(prefix.p, "xml", 3) == 0 ? NS_XML : NS_COUNT; /* COUNT: not declared */
}

static bool is_declaration(struct xml_name n)
{
	return n.n >= 5 && memcmp(n.p, "xmlns", 5) == 0 && (n.n == 5 || n.p[5] == ':');
}

static bool bind(struct xml_filter *f, struct xml_name prefix, struct xml_value value)
{
	enum ooxml_namespace ns = NS_UNKNOWN;

	if (memchr(value.p, '&', value.n)) {
		const char *text = xml_text_of(f->arena, value);
		ns = text ? ooxml_namespace_of(bytes_of(text, strlen(text))) : NS_UNKNOWN;
	} else {
		ns = value.n || prefix.n ? ooxml_namespace_of(bytes_of(value.p, value.n)) : NS_NONE;
	}
	if (resolve(f, prefix) == ns)
		return true;
	if (f->binding_count == BINDINGS_MOST)
		return xml_filter_refuse(f, REFUSAL_DAMAGED, "too many namespace declarations") == 0;
	f->bindings[f->binding_count++] = (struct xml_binding){ prefix, ns, false };
	f->generation = ++f->generations;
	return true;
}

static bool take_declarations(struct xml_filter *f)
{
	const struct xml_reader *r = f->reader;

	for (unsigned i = 0; i < r->count; i++) {
		struct xml_name n = r->names[i];
		if (n.p[0] != 'x' || !is_declaration(n))
			continue;
		struct xml_name prefix = n.n == 5 ? (struct xml_name){ n.p, 0 } : (struct xml_name){ n.p + 6, n.n - 6 };
		if (!bind(f, prefix, r->values[i]))
			return false;
	}
	return true;
}

static struct xml_name prefix_of(struct xml_name n)
{
	const uint8_t *colon = memchr(n.p, ':', n.n);
	return (struct xml_name){ n.p, colon ? (uint32_t)(colon - n.p) : 0 };
}

static unsigned slot(struct xml_name n, unsigned more)
{
	return (n.p[0] * 31u + n.p[n.n - 1] * 7u + n.p[n.n / 2] * 3u + n.n * 17u + more * 5u) % CACHE;
}

static struct xml_cached_element *find_element(struct xml_filter *f, struct xml_name n)
{
	struct xml_cached_element *c = &f->element_cache[slot(n, 0)];

	if (c->generation == f->generation && xml_same_name(c->name, n))
		return c;
	struct xml_name prefix = prefix_of(n);
	enum ooxml_namespace ns = resolve(f, prefix);
	if (ns == NS_COUNT)
		return xml_filter_refuse(f, REFUSAL_DAMAGED, "undeclared namespace prefix"), NULL;
	size_t skip = prefix.n ? prefix.n + 1 : 0;
	*c = (struct xml_cached_element){ n, f->generation, (uint8_t)ns, ooxml_element(ns, n.p + skip, n.n - skip) };
	/* Two namespaces are written without prefix; only the root's can be. */
	if (c->rule && ns != f->root_ns && ns != NS_NONE && ooxml_namespaces[ns].prefix[0] == 0)
		c->rule = NULL;
	if (ns == NS_NONE && f->depth > 0)
		c->rule = NULL;
	return c;
}

static const struct attribute_rule *find_attribute(struct xml_filter *f, struct xml_name n, const struct element_rule *owner)
{
	struct xml_cached_attribute *c = &f->attribute_cache[slot(n, owner->ns)];

	if (c->generation == f->generation && c->owner == owner->ns && xml_same_name(c->name, n))
		return c->rule;
	struct xml_name prefix = prefix_of(n);
	enum ooxml_namespace ns = prefix.n ? resolve(f, prefix) : (enum ooxml_namespace)owner->ns;
	size_t skip = prefix.n ? prefix.n + 1 : 0;
	if (ns == NS_COUNT)
		return xml_filter_refuse(f, REFUSAL_DAMAGED, "undeclared namespace prefix"), NULL;
	*c = (struct xml_cached_attribute){ n, f->generation, owner->ns, ooxml_attribute(ns, prefix.n, n.p + skip, n.n - skip) };
	return c->rule;
}

/* --- compatibility markup ---------------------------------------------------------------------------------------- */

/* A drawing canvas (wpc) outside of an AlternateContent is no document to LibreOffice, which refuses the whole; its fallback is drawn by every program. */
static bool stands_alone(enum ooxml_namespace ns)
{
	return ns == NS_WPS || ns == NS_WPG || (ns < NS_XML && ooxml_namespaces[ns].kind == NAMESPACE_STANDARD && ns != NS_V);
}

/* Requires="wps wp14": every prefix must be one whose content stands by itself in any program. */
static bool is_understood(struct xml_filter *f)
{
	const struct xml_reader *r = f->reader;

	for (unsigned i = 0; i < r->count; i++) {
		if (!xml_name_is(r->names[i], "Requires"))
			continue;
		const uint8_t *p = r->values[i].p, *end = p + r->values[i].n;
		bool any = false;
		while (p < end) {
			const uint8_t *from = p;
			while (p < end && *p > ' ')
				p++;
			if (p > from) {
				any = true;
				if (!stands_alone(resolve(f, (struct xml_name){ from, (uint32_t)(p - from) })))
					return false;
			}
			while (p < end && *p <= ' ')
				p++;
		}
		return any;
	}
	return false;
}

static uint8_t markup_kind(struct xml_filter *f, struct xml_name n)
{
	struct xml_frame *around = &f->frames[f->depth - 1];
	size_t skip = prefix_of(n).n + 1;
	struct xml_name local = { n.p + skip, n.n - (uint32_t)skip };

	if (xml_name_is(local, "AlternateContent"))
		return FRAME_ALTERNATE;
	if (around->kind != FRAME_ALTERNATE || around->chosen)
		return FRAME_SKIPPED;
	if (xml_name_is(local, "Fallback") || (xml_name_is(local, "Choice") && is_understood(f))) {
		around->chosen = true;
		return FRAME_UNWRAPPED;
	}
	return FRAME_SKIPPED;
}

/* --- elements ---------------------------------------------------------------------------------------------------- */

void xml_filter_drop(struct xml_filter *f, unsigned at)
{
	struct xml_frame *frame = &f->frames[at];

	if (f->skip && f->skip <= at)
		return;
	ooxml_hook_dropped(f, frame->out_start);
	f->n = frame->out_start;
	f->tag_open = frame->was_open, f->used = frame->used;
	for (unsigned i = at; i <= f->depth; i++)
		f->frames[i].kind = FRAME_SKIPPED;
	f->skip = at;
	for (unsigned i = at; i-- > 1;)
		if (f->frames[i].kind == FRAME_KEPT) {
			f->frames[i].lost = true;
			if (f->tag_open)
				f->frames[i].content = 0;
			break;
		}
}

uint64_t xml_filter_namespaces_in(struct bytes markup)
{
	uint64_t used = 0;
	bool in_tag = false, in_value = false;

	for (size_t i = 0, word = 0; i < markup.n; i++) {
		uint8_t c = markup.p[i];
		if (c == '"') {
			in_value = in_tag && !in_value;
		} else if (in_value) {
			continue;
		} else if (c == '<' || c == '>') {
			in_tag = c == '<';
			word = i + 1 + (in_tag && i + 1 < markup.n && markup.p[i + 1] == '/');
		} else if (c == ' ') {
			word = i + 1;
		} else if (in_tag && c == ':') {
			struct bytes prefix = bytes_of(markup.p + word, i - word);
			for (unsigned ns = 1; ns < NS_XML && ns < 64; ns++)
				if (bytes_equal(prefix, bytes_of(ooxml_namespaces[ns].prefix, strlen(ooxml_namespaces[ns].prefix))))
					used |= 1ull << ns;
		}
	}
	return used;
}

void xml_filter_replace(struct xml_filter *f, unsigned at, struct bytes with)
{
	struct xml_frame *frame = &f->frames[at];
	bool was_open = frame->was_open;

	must(!f->skip && frame->kind == FRAME_KEPT);
	with = arena_bytes(f->arena, with);
	ooxml_hook_dropped(f, frame->out_start);
	f->n = frame->out_start, f->tag_open = false;
	f->used = frame->used | xml_filter_namespaces_in(with);
	for (unsigned i = at; i <= f->depth; i++)
		f->frames[i].kind = FRAME_SKIPPED;
	f->skip = at;
	if (was_open) {
		xml_filter_put(f, ">", 1);
		for (unsigned i = at; i-- > 0;)
			if (f->frames[i].kind == FRAME_KEPT) {
				f->frames[i].content = f->n;
				break;
			}
	}
	xml_filter_put(f, with.p, with.n);
}

static void pull(struct xml_filter *f, size_t from, size_t to)
{
	size_t by = to - from;

	memmove(f->out + from, f->out + to, f->n - to);
	f->n -= by;
	for (unsigned i = 1; i <= f->depth; i++) {
		if (f->frames[i].out_start >= to)
			f->frames[i].out_start -= by;
		if (f->frames[i].content >= to)
			f->frames[i].content -= by;
	}
	ooxml_hook_moved(f, to, by);
}

/* Does a start tag end right before `at`? Values hold no raw '<' or '>'. */
static bool ends_start_tag(const struct xml_filter *f, size_t at)
{
	if (at <= f->start + 2 || f->out[at - 1] != '>' || f->out[at - 2] == '/')
		return false;
	for (size_t i = at - 1; i-- > f->start;)
		if (f->out[i] == '<')
			return f->out[i + 1] != '/';
	return false;
}

void xml_filter_cut(struct xml_filter *f, size_t from, size_t to)
{
	must(f->start <= from && from < to && to <= f->n);
	pull(f, from, to);
	if (!ends_start_tag(f, from))
		return;
	if (from + 1 < f->n && f->out[from] == '<' && f->out[from + 1] == '/') {
		const uint8_t *close = memchr(f->out + from, '>', f->n - from);
		must(close);
		f->out[from - 1] = '/', f->out[from] = '>';
		pull(f, from + 1, (size_t)(close - f->out) + 1);
	} else if (from == f->n) {
		for (unsigned i = f->depth; i > 0; i--)
			if (f->frames[i].kind == FRAME_KEPT) {
				if (f->frames[i].content == from)
					f->n--, f->tag_open = true, f->frames[i].content = 0;
				break;
			}
	}
}

unsigned xml_filter_carrier(const struct xml_filter *f)
{
	for (unsigned i = f->depth; i > 1; i--)
		if (f->frames[i].kind == FRAME_KEPT && f->frames[i].rule->flags & ELEMENT_CARRIER)
			return i;
	return f->depth;
}

static void skip_from_here(struct xml_filter *f)
{
	f->frames[f->depth].kind = FRAME_SKIPPED;
	if (!f->skip)
		f->skip = f->depth;
	for (unsigned i = f->depth; i-- > 1;)
		if (f->frames[i].kind == FRAME_KEPT) {
			f->frames[i].lost = true;
			break;
		}
}

const char *xml_filter_attribute(struct xml_filter *f, enum ooxml_namespace ns, const char *local)
{
	const struct xml_reader *r = f->reader;

	for (unsigned i = 0; i < r->count; i++) {
		struct xml_name n = r->names[i], prefix = prefix_of(n);
		size_t skip = prefix.n ? prefix.n + 1 : 0;
		if (!xml_name_is((struct xml_name){ n.p + skip, n.n - (uint32_t)skip }, local))
			continue;
		if (prefix.n ? resolve(f, prefix) == ns : ns == NS_NONE)
			return xml_text_of(f->arena, r->values[i]);
	}
	return NULL;
}

static bool put_attribute(struct xml_filter *f, const struct attribute_rule *rule, struct xml_value v)
{
	if (!reserve(f, rule->out_n + (size_t)v.n + 8))
		return false;
	uint8_t *to = f->out + f->n;
	*to++ = ' ';
	memcpy(to, rule->out, rule->out_n);
	to += rule->out_n;
	*to++ = '=', *to++ = '"';
	if (v.plain) {
		memcpy(to, v.p, v.n);
		f->n = (size_t)(to + v.n - f->out);
	} else {
		f->n = (size_t)(to - f->out);
		if (!put_escaped(f, v.p, v.p + v.n, true, true))
			return false;
		reserve(f, 0);
	}
	f->out[f->n++] = '"';
	if (rule->qualified && rule->ns != NS_XML)
		f->used |= 1ull << rule->ns;
	return true;
}

void xml_filter_put_attribute(struct xml_filter *f, const char *name, const char *value)
{
	xml_filter_put(f, " ", 1);
	xml_filter_put(f, name, strlen(name));
	xml_filter_put(f, "=\"", 2);
	xml_filter_put(f, value, strlen(value));
	xml_filter_put(f, "\"", 1);
}

static bool put_attributes(struct xml_filter *f, const struct element_rule *element)
{
	const struct xml_reader *r = f->reader;
	const struct attribute_rule *seen[XML_ATTRIBUTES_MOST];
	unsigned count = 0;

	for (unsigned i = 0; i < r->count; i++) {
		struct xml_name n = r->names[i];
		if (n.p[0] == 'x' && is_declaration(n))
			continue;
		const struct attribute_rule *rule = find_attribute(f, n, element);
		if (!rule) {
			if (f->why)
				return false;
			ooxml_hook_lost_attribute(f, n, r->values[i]);
			continue;
		}
		for (unsigned k = 0; k < count; k++)
			if (seen[k] == rule)
				return xml_filter_refuse(f, REFUSAL_DAMAGED, "attribute given twice") == 0;
		seen[count++] = rule;
		if (f->removes && !ooxml_feature_attribute(f, rule))
			continue;
		if (rule->hook && !ooxml_hook_attribute(f, element, rule, r->values[i]))
			continue;
		if (!put_attribute(f, rule, r->values[i]))
			return false;
	}
	return true;
}

/* The root's start tag is written last, when it is known which namespaces were used; its attributes wait aside. */
static bool open_root(struct xml_filter *f, const struct element_rule *rule)
{
	f->start = f->n = HEAD_ROOM;
	if (!put_attributes(f, rule))
		return false;
	f->root_n = MIN(f->n - f->start, sizeof f->root_attributes);
	if (f->root_n < f->n - f->start)
		return xml_filter_refuse(f, REFUSAL_DAMAGED, "root attributes too long") == 0;
	memcpy(f->root_attributes, f->out + f->start, f->root_n);
	f->n = f->start;
	f->tag_open = true;
	return true;
}

static void drop_unlisted(struct xml_filter *f, const struct xml_cached_element *c)
{
	if (c->ns == NS_UNKNOWN || (c->ns != NS_NONE && ooxml_namespaces[c->ns].kind == NAMESPACE_STANDARD))
		f->unknown++;
	skip_from_here(f);
}

static bool open_element(struct xml_filter *f, const struct xml_cached_element *c)
{
	const struct element_rule *rule = c->rule;
	struct xml_frame *frame = &f->frames[f->depth];

	if (!rule || rule->action != ACTION_KEEP) {
		if (!rule)
			drop_unlisted(f, c);
		else if (rule->action == ACTION_UNWRAP)
			frame->kind = FRAME_UNWRAPPED;
		else
			skip_from_here(f);
		if (rule && rule->threat)
			xml_filter_removed(f, rule->threat, rule->out);
		return true;
	}
	if (rule->hook || f->removes) {
		enum hook_answer answer = f->removes ? ooxml_feature_open(f, rule) : HOOK_PASS;
		if (answer == HOOK_PASS && !f->skip && rule->hook)
			answer = ooxml_hook_open(f, rule);
		if (f->skip) /* the hook took a carrier away */
			return true;
		if (answer == HOOK_DROP)
			skip_from_here(f);
		if (answer == HOOK_UNWRAP)
			frame->kind = FRAME_UNWRAPPED;
		if (answer != HOOK_PASS)
			return true;
	}
	frame->kind = FRAME_KEPT, frame->rule = rule;
	frame->out_start = f->n, frame->was_open = f->tag_open, frame->used = f->used;
	if (!reserve(f, rule->out_n + 4u))
		return false;
	if (f->tag_open) {
		f->tag_open = false;
		f->out[f->n++] = '>';
		for (unsigned i = f->depth; i-- > 0;)
			if (f->frames[i].kind == FRAME_KEPT) {
				f->frames[i].content = f->n;
				break;
			}
	}
	f->out[f->n++] = '<';
	memcpy(f->out + f->n, rule->out, rule->out_n);
	f->n += rule->out_n;
	f->used |= 1ull << rule->ns;
	f->tag_open = true;
	if (!put_attributes(f, rule))
		return false;
	if (rule->flags & ELEMENT_NEEDS_RELATION && !frame->has_relation && !f->skip)
		xml_filter_drop(f, rule->flags & ELEMENT_TAKES_CARRIER ? xml_filter_carrier(f) : f->depth);
	return true;
}

static bool open_any(struct xml_filter *f, const char *root)
{
	struct xml_frame *frame = &f->frames[++f->depth];

	*frame = (struct xml_frame){ .generation = f->generation, .bindings = (uint16_t)f->binding_count, .kind = FRAME_SKIPPED };
	if (f->skip)
		return true;
	if (!take_declarations(f))
		return false;
	if (f->depth == 1) {
		f->depth = 0; /* find_element knows the root by it */
		struct xml_cached_element *c = find_element(f, f->reader->name);
		f->depth = 1;
		if (!c || c->ns != f->root_ns || !c->rule || strcmp(c->rule->local, root) != 0)
			return xml_filter_refuse(f, REFUSAL_DAMAGED, "part has the wrong root element") == 0;
		frame->kind = FRAME_KEPT, frame->rule = c->rule;
		f->used |= c->ns == NS_NONE ? 0 : 1ull << c->ns;
		return open_root(f, c->rule);
	}
	struct xml_cached_element *c = find_element(f, f->reader->name);
	if (!c)
		return false;
	if (c->ns == NS_MC) {
		frame->kind = markup_kind(f, f->reader->name);
		if (frame->kind == FRAME_SKIPPED)
			f->skip = f->depth;
		return true;
	}
	if (f->frames[f->depth - 1].kind == FRAME_ALTERNATE) {
		skip_from_here(f);
		return true;
	}
	return open_element(f, c);
}

static void close_any(struct xml_filter *f)
{
	struct xml_frame *frame = &f->frames[f->depth];

	if (frame->kind == FRAME_KEPT) {
		if (frame->rule->hook)
			ooxml_hook_close(f, frame->rule);
		if (frame->kind == FRAME_KEPT && f->tag_open && frame->rule->flags & ELEMENT_NOT_EMPTY && f->depth > 1)
			xml_filter_drop(f, f->depth);
	}
	if (frame->kind == FRAME_KEPT) {
		const struct element_rule *rule = frame->rule;
		if (reserve(f, rule->out_n + 4u)) {
			if (f->tag_open) {
				f->out[f->n++] = '/';
			} else {
				f->out[f->n++] = '<', f->out[f->n++] = '/';
				memcpy(f->out + f->n, rule->out, rule->out_n);
				f->n += rule->out_n;
			}
			f->out[f->n++] = '>';
		}
		f->tag_open = false;
	}
	if (f->skip == f->depth)
		f->skip = 0;
	f->generation = frame->generation, f->binding_count = frame->bindings;
	f->depth--;
}

static bool is_blank(struct xml_value v)
{
	for (uint32_t i = 0; i < v.n; i++)
		if (v.p[i] > ' ')
			return false;
	return true;
}

static bool take_chars(struct xml_filter *f)
{
	const struct xml_reader *r = f->reader;
	const struct xml_frame *frame = &f->frames[f->depth];

	if (f->skip || r->chars.n == 0)
		return true;
	if (frame->kind != FRAME_KEPT || !(frame->rule->flags & ELEMENT_TEXT)) {
		f->unknown += !is_blank(r->chars);
		return true;
	}
	close_tag(f);
	if (r->plain) {
		xml_filter_put(f, r->chars.p, r->chars.n);
		return !f->why;
	}
	return put_escaped(f, r->chars.p, r->chars.p + r->chars.n, false, !r->cdata);
}

struct bytes xml_filter_content(const struct xml_filter *f)
{
	size_t from = f->frames[f->depth].content;
	return f->tag_open || from == 0 ? bytes_of(f->out, 0) : bytes_of(f->out + from, f->n - from);
}

struct bytes xml_filter_decoded(struct xml_filter *f, struct bytes content)
{
	if (!content.n || !memchr(content.p, '&', content.n))
		return content;
	uint8_t *to = arena_alloc(f->arena, content.n);
	size_t n = 0;
	for (const uint8_t *p = content.p, *end = p + content.n; p < end;) {
		size_t used = 1;
		uint32_t c = *p == '&' ? xml_reference(p, end, &used) : 0;
		if (c)
			n += utf8_put(to + n, c);
		else
			to[n++] = *p;
		p += used;
	}
	return bytes_of(to, n);
}

/* Declaration, root start tag, namespaces in the order of namespaces.def, then the root's own attributes. */
static struct bytes put_head(struct xml_filter *f, const char *root)
{
	struct buf b = buf_in(f->arena, HEAD_ROOM);
	bool ignorable = false;

	buf_str(&b, "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<");
	const char *own = f->root_ns == NS_NONE ? "" : ooxml_namespaces[f->root_ns].prefix;
	if (own[0])
		buf_printf(&b, "%s:", own);
	buf_str(&b, root);
	for (unsigned i = 1; i < NS_XML; i++) {
		const struct namespace_row *ns = &ooxml_namespaces[i];
		if (i >= 64 || !(f->used >> i & 1))
			continue;
		ignorable |= ns->kind == NAMESPACE_IGNORABLE && i != f->root_ns;
		buf_str(&b, ns->prefix[0] ? " xmlns:" : " xmlns");
		buf_str(&b, ns->prefix);
		buf_str(&b, "=\"");
		buf_str(&b, ns->name);
		buf_str(&b, "\"");
	}
	if (ignorable) {
		buf_printf(&b, " xmlns:mc=\"%s\" mc:Ignorable=\"", ooxml_namespaces[NS_MC].name);
		bool first = true;
		for (unsigned i = 1; i < NS_XML && i < 64; i++)
			if (f->used >> i & 1 && ooxml_namespaces[i].kind == NAMESPACE_IGNORABLE && i != f->root_ns) {
				buf_printf(&b, "%s%s", first ? "" : " ", ooxml_namespaces[i].prefix);
				first = false;
			}
		buf_str(&b, "\"");
	}
	buf_put(&b, f->root_attributes, f->root_n);
	must(buf_ok(&b) && b.n <= f->start);
	f->start -= b.n;
	memcpy(f->out + f->start, b.p, b.n);
	return bytes_of(f->out + f->start, f->n - f->start);
}

static int filter(struct xml_filter *f, const char *root, struct err *err)
{
	struct xml_reader *r = f->reader;
	bool ended = false;

	for (;;) {
		switch (xml_next(r)) {
		case XML_OPEN:
			if (ended)
				return refuse(err, REFUSAL_DAMAGED, "%s: two root elements", f->where);
			if (!open_any(f, root) || f->why)
				return refuse(err, f->refusal, "%s: %s", f->where, f->why);
			break;
		case XML_CLOSE:
			close_any(f);
			ended = f->depth == 0;
			if (f->why)
				return refuse(err, f->refusal, "%s: %s", f->where, f->why);
			break;
		case XML_CHARS:
			if (!take_chars(f) || f->why)
				return refuse(err, f->refusal, "%s: %s", f->where, f->why);
			break;
		case XML_END:
			return ended ? 0 : refuse(err, REFUSAL_DAMAGED, "%s: no root element", f->where);
		case XML_BAD:
			return refuse(err, r->declares ? REFUSAL_FEATURE : REFUSAL_DAMAGED, "%s: XML, byte %zu: %s", f->where, (size_t)(r->p - r->start), r->why);
		}
	}
}

int xml_filter_run(struct xml_filter *f, const char *where, struct bytes in, enum ooxml_namespace root_ns, const char *root, struct bytes *out,
		   struct err *err)
{
	struct err why = { 0 };

	if (in.n > job_limit(f->job, LIMIT_XML_BYTES))
		return refuse(err, REFUSAL_TOO_LARGE, "%s: %zu bytes of XML", where, in.n);
	if (xml_start(f->reader, f->arena, in, &why) < 0)
		return refuse(err, why.code == ERR_UNSUPPORTED ? REFUSAL_FEATURE : REFUSAL_DAMAGED, "%s: %s", where, why.say);
	f->where = where, f->root_ns = root_ns;
	f->frames[0] = (struct xml_frame){ 0 };
	f->tag_open = false, f->depth = f->skip = 0, f->used = 0, f->binding_count = 0, f->root_n = 0;
	f->generation = ++f->generations; /* names cached before lie in another buffer */
	f->why = NULL, f->unknown = 0;
	f->n = 0;
	size_t wanted = in.n + in.n / 4 + 2 * HEAD_ROOM;
	if (f->room < wanted && !grow(f, wanted))
		return refuse(err, REFUSAL_MEMORY, "%s: %s", where, f->why);
	if (filter(f, root, err) < 0)
		return -1;
	ooxml_hook_end(f);
	if (f->why)
		return refuse(err, f->refusal, "%s: %s", where, f->why);
	if (f->unknown)
		job_removed(f->job, "B13", where, f->unknown);
	*out = put_head(f, root);
	return 0;
}
