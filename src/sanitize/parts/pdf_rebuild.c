/* PDFの作り直し — the machinery: lists of keys, plain values, the queue, the memory of what was built, and what the report says. */
#include "sanitize/parts/pdf_rebuild.h"

enum { DEPTH_MOST = 48, NAME_MOST = 127, STRING_MOST = 1 << 20 };

struct pdf_pending {
	const struct pdf_object *in;
	struct pdf_output *out;
	const struct pdf_builder *builder;
	unsigned page;
	struct pdf_pending *next;
};
enum memo_state { FREE, BUSY, BUILT, DROPPED };
struct pdf_memo {
	int id, generation;
	const struct pdf_builder *builder;
	enum memo_state state;
	struct pdf_output *out;
};

/* Keys with a name of their own in the checklist. Those with "" carry nothing that a reader would miss: not worth a line. */
static const struct {
	const char *key, *threat;
} known_keys[] = {
	{ "OpenAction", "D1" }, { "AA", "D1" }, { "JS", "D1" }, { "JavaScript", "D1" }, { "Trans", "D2" }, { "Dur", "D2" },
	{ "PresSteps", "D2" }, { "A", "" }, { "PA", "D2" }, { "XFA", "D3" }, { "EmbeddedFiles", "D3" }, { "AF", "D3" },
	{ "Collection", "D3" }, { "Requirements", "D3" }, { "Ref", "D4" }, { "OPI", "D4" }, { "Alternates", "D4" }, { "FS", "D4" },
	{ "SpiderInfo", "D4" }, { "IDS", "D4" }, { "URLS", "D4" }, { "URI", "D5" }, { "Metadata", "D6" }, { "PieceInfo", "D6" },
	{ "Threads", "D6" }, { "DSS", "D7" }, { "Perms", "D7" }, { "SigFlags", "D7" }, { "SV", "D7" }, { "Lock", "D7" }, { "Legal", "D7" },
	{ "P", "" }, { "Parent", "" }, { "ProcSet", "" }, { "Thumb", "" }, { "LastModified", "" }, { "Type", "" }, { "Length", "" },
	{ "Filter", "" }, { "DecodeParms", "" }, { "DL", "" }, { "Name", "" }, { "StructParent", "" }, { "StructParents", "" },
	{ "StructTreeRoot", "" }, { "MarkInfo", "" }, { "Producer", "" }, { "Creator", "" }, { "Trapped", "" }, { "Version", "" },
	{ "Extensions", "" }, { "OutputIntents", "" }, { "FormType", "" }, { "PTEX.Fullbanner", "" }, { "SE", "" }, { "Usage", "" },
	{ "AS", "" }, { "B", "" }, { "PZ", "" }, { "ID", "" }, { "CIDSet", "" }, { "Length1", "" }, { "Length2", "" }, { "Length3", "" },
	{ "FontMatrix", "" }, { "Annots", "" }, { "F", "" }, { "FFilter", "" },
	{ "FDecodeParms", "" }, { "Contents", "" }, { "CropBox", "" }, { "MediaBox", "" }, { "Resources", "" }, { "Rotate", "" }, { "Dest", "" }, { "Names", "" }, { "Pages", "" }, { "NeedsRendering", "" }, { "XFAImages", "D3" }, { "AcroForm", "" }, { "Outlines", "" },
	{ "PageMode", "" }, { "ViewerPreferences", "" }, { "RC", "" },
	{ "DS", "" }, { "RV", "" }, { "CO", "" }, { "Count", "" }, { "Kids", "" }, { "Limits", "" }, { "SMaskInData", "" }, { "CharSet", "" },
};

struct pdf_value pdf_output_value(struct pdf_output *output)
{
	return (struct pdf_value){ .kind = PDF_OUTPUT, .output = output };
}

struct pdf_object *pdf_find(struct pdf_rebuild *r, const struct pdf_value *value)
{
	struct pdf_object *o = pdf_source_object(r->source, value);

	if (pdf_source_objects(r->source) > job_limit(r->job, LIMIT_OBJECTS))
		pdf_refuse(r, REFUSAL_TOO_MANY_PARTS, "more objects than the limit");
	return o;
}

const struct pdf_value *pdf_find_key(struct pdf_rebuild *r, const struct pdf_value *dictionary, const char *key)
{
	const struct pdf_value *v = pdf_get(dictionary, key);

	if (v && v->kind == PDF_REFERENCE)
		v = &pdf_find(r, v)->value;
	return v && v->kind == PDF_NULL ? NULL : v;
}

bool pdf_refuse(struct pdf_rebuild *r, enum refusal reason, const char *sentence)
{
	if (!r->refused)
		(void)refuse(r->err, reason, "%s", sentence);
	r->refused = true;
	return false;
}

void pdf_report(struct pdf_rebuild *r, const char *threat, unsigned count)
{
	char where[32];

	if (count == 0)
		return;
	if (r->page > 0)
		(void)snprintf(where, sizeof where, "%uページ", r->page);
	else
		(void)snprintf(where, sizeof where, "文書全体");
	job_removed(r->job, threat, where, count);
}

void pdf_report_key(struct pdf_rebuild *r, struct bytes key)
{
	for (size_t i = 0; i < COUNT(known_keys); i++)
		if (bytes_equal(key, bytes_of(known_keys[i].key, strlen(known_keys[i].key)))) {
			if (known_keys[i].threat[0])
				pdf_report(r, known_keys[i].threat, 1);
			return;
		}
	r->others++;
}

/* ---- keys ---- */

static const struct pdf_rule *rule_for(const struct pdf_rule *rules, size_t n, struct bytes key)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(rules[i].key) == key.n && memcmp(rules[i].key, key.p, key.n) == 0)
			return &rules[i];
	return NULL;
}

void pdf_keep_keys(struct pdf_rebuild *r, const struct pdf_value *in, const struct pdf_rule *rules, size_t n, struct pdf_value *out)
{
	if (out->kind != PDF_DICTIONARY)
		*out = (struct pdf_value){ .kind = PDF_DICTIONARY };
	for (uint32_t i = 0; i < in->n && !r->refused; i++) {
		const struct pdf_entry *e = &in->entries[i];
		const struct pdf_rule *rule = rule_for(rules, n, e->key);
		struct pdf_value kept;
		if (e->value.kind == PDF_NULL)
			continue;
		if (rule && rule->keep(r, &e->value, rule->names, &kept))
			pdf_set(r->arena, out, e->key, kept);
		else if (!rule || pdf_find(r, &e->value)->value.kind != PDF_NULL)
			pdf_report_key(r, e->key);
	}
}

void pdf_keep_all(struct pdf_rebuild *r, const struct pdf_value *in, pdf_keep *keep, const char *names, struct pdf_value *out)
{
	*out = (struct pdf_value){ .kind = PDF_DICTIONARY };
	for (uint32_t i = 0; i < in->n && !r->refused; i++) {
		struct pdf_value kept;
		if (in->entries[i].key.n > 0 && in->entries[i].key.n <= NAME_MOST && !memchr(in->entries[i].key.p, 0, in->entries[i].key.n) &&
		    keep(r, &in->entries[i].value, names, &kept))
			pdf_set(r->arena, out, in->entries[i].key, kept);
	}
}

/* ---- plain values ---- */

bool pdf_keep_boolean(struct pdf_rebuild *r, const struct pdf_value *in, const char *names __attribute__((unused)), struct pdf_value *out)
{
	*out = pdf_find(r, in)->value;
	return out->kind == PDF_BOOLEAN;
}

bool pdf_keep_integer(struct pdf_rebuild *r, const struct pdf_value *in, const char *names __attribute__((unused)), struct pdf_value *out)
{
	*out = pdf_find(r, in)->value;
	if (out->kind == PDF_REAL)
		*out = pdf_of_integer(pdf_integer(out));
	return out->kind == PDF_INTEGER;
}

bool pdf_keep_number(struct pdf_rebuild *r, const struct pdf_value *in, const char *names __attribute__((unused)), struct pdf_value *out)
{
	*out = pdf_find(r, in)->value;
	return pdf_is_number(out);
}

bool pdf_keep_name(struct pdf_rebuild *r, const struct pdf_value *in, const char *names, struct pdf_value *out)
{
	char padded[NAME_MOST + 3];

	*out = pdf_find(r, in)->value;
	if (out->kind != PDF_NAME || out->bytes.n == 0 || out->bytes.n > NAME_MOST || memchr(out->bytes.p, 0, out->bytes.n))
		return false;
	if (!names)
		return true;
	(void)snprintf(padded, sizeof padded, " %.*s ", (int)out->bytes.n, (const char *)out->bytes.p);
	return !memchr(out->bytes.p, ' ', out->bytes.n) && strstr(names, padded);
}

bool pdf_keep_string(struct pdf_rebuild *r, const struct pdf_value *in, const char *names __attribute__((unused)), struct pdf_value *out)
{
	const struct pdf_object *o = pdf_find(r, in);

	if (o->is_stream) { /* rich values may be streams: only their text would be wanted */
		return false;
	}
	*out = o->value;
	return out->kind == PDF_STRING && out->bytes.n <= STRING_MOST;
}

/* D:YYYYMMDDHHmmSSOHH'mm' */
bool pdf_keep_date(struct pdf_rebuild *r, const struct pdf_value *in, const char *names, struct pdf_value *out)
{
	if (!pdf_keep_string(r, in, names, out) || out->bytes.n > 23)
		return false;
	for (size_t i = 0; i < out->bytes.n; i++)
		if (!strchr("D:0123456789+-Z'", out->bytes.p[i]) || out->bytes.p[i] == 0)
			return false;
	return true;
}

static bool keep_numbers(struct pdf_rebuild *r, const struct pdf_value *in, uint32_t least, uint32_t most, struct pdf_value *out)
{
	const struct pdf_value *array = &pdf_find(r, in)->value;

	if (array->kind != PDF_ARRAY || array->n < least || array->n > most)
		return false;
	struct pdf_value kept = { .kind = PDF_ARRAY, .n = array->n, .items = arena_new_array(r->arena, struct pdf_value, array->n) };
	for (uint32_t i = 0; i < array->n; i++)
		if (!pdf_keep_number(r, &array->items[i], NULL, &kept.items[i]))
			return false;
	*out = kept;
	return true;
}

bool pdf_keep_numbers(struct pdf_rebuild *r, const struct pdf_value *in, const char *names __attribute__((unused)), struct pdf_value *out)
{
	return keep_numbers(r, in, 0, UINT32_MAX, out);
}

bool pdf_keep_matrix(struct pdf_rebuild *r, const struct pdf_value *in, const char *names __attribute__((unused)), struct pdf_value *out)
{
	return keep_numbers(r, in, 6, 6, out);
}

bool pdf_keep_rectangle(struct pdf_rebuild *r, const struct pdf_value *in, const char *names __attribute__((unused)), struct pdf_value *out)
{
	if (!keep_numbers(r, in, 4, 4, out))
		return false;
	for (int i = 0; i < 2; i++)
		if (pdf_number(&out->items[i]) > pdf_number(&out->items[i + 2])) {
			struct pdf_value swap = out->items[i];
			out->items[i] = out->items[i + 2], out->items[i + 2] = swap;
		}
	return true;
}

bool pdf_keep_name_or_number(struct pdf_rebuild *r, const struct pdf_value *in, const char *names, struct pdf_value *out)
{
	return pdf_keep_name(r, in, names, out) || pdf_keep_number(r, in, names, out);
}

bool pdf_keep_names(struct pdf_rebuild *r, const struct pdf_value *in, const char *names, struct pdf_value *out)
{
	const struct pdf_value *array = &pdf_find(r, in)->value;

	if (array->kind != PDF_ARRAY)
		return false;
	struct pdf_value kept = { .kind = PDF_ARRAY, .items = arena_new_array(r->arena, struct pdf_value, array->n) };
	for (uint32_t i = 0; i < array->n; i++)
		kept.n += pdf_keep_name(r, &array->items[i], names, &kept.items[kept.n]);
	*out = kept;
	return kept.n > 0;
}

/* ---- building ---- */

struct pdf_output *pdf_output_new(struct pdf_rebuild *r)
{
	if (++r->outputs > job_limit(r->job, LIMIT_OBJECTS))
		pdf_refuse(r, REFUSAL_TOO_MANY_PARTS, "more objects than the limit");
	return arena_alloc(r->arena, sizeof(struct pdf_output));
}

static struct pdf_memo *memo_slot(struct pdf_memo *memo, size_t room, int id, int generation, const struct pdf_builder *builder)
{
	size_t at = ((size_t)id * 2654435761u ^ (uintptr_t)builder >> 3 ^ (size_t)generation) & (room - 1);

	while (memo[at].state != FREE && (memo[at].id != id || memo[at].generation != generation || memo[at].builder != builder))
		at = (at + 1) & (room - 1);
	return &memo[at];
}

static struct pdf_memo *memo_of(struct pdf_rebuild *r, int id, int generation, const struct pdf_builder *builder)
{
	if (r->memo_count * 2 >= r->memo_room) {
		size_t room = r->memo_room ? r->memo_room * 2 : 1024;
		struct pdf_memo *bigger = arena_new_array(r->arena, struct pdf_memo, room);
		for (size_t i = 0; i < r->memo_room; i++)
			if (r->memo[i].state != FREE)
				*memo_slot(bigger, room, r->memo[i].id, r->memo[i].generation, r->memo[i].builder) = r->memo[i];
		r->memo = bigger, r->memo_room = room;
	}
	return memo_slot(r->memo, r->memo_room, id, generation, builder);
}

static void enqueue(struct pdf_rebuild *r, const struct pdf_object *in, struct pdf_output *out, const struct pdf_builder *builder)
{
	struct pdf_pending *p = arena_alloc(r->arena, sizeof *p);

	*p = (struct pdf_pending){ .in = in, .out = out, .builder = builder, .page = r->page };
	if (r->last)
		r->last->next = p;
	else
		r->first = p;
	r->last = p;
}

void pdf_build_pending(struct pdf_rebuild *r)
{
	while (r->first && !r->refused) {
		struct pdf_pending *p = r->first;
		r->first = p->next;
		if (!r->first)
			r->last = NULL;
		r->page = p->page;
		(void)p->builder->build(r, p->in, p->out);
	}
}

static bool build_now(struct pdf_rebuild *r, const struct pdf_object *in, const struct pdf_builder *builder, struct pdf_output *out)
{
	if (r->depth >= DEPTH_MOST || r->refused)
		return false;
	r->depth++;
	bool ok = builder->build(r, in, out) && !r->refused;
	r->depth--;
	return ok;
}

bool pdf_build(struct pdf_rebuild *r, const struct pdf_value *in, const struct pdf_builder *builder, struct pdf_value *out)
{
	const struct pdf_object *o = pdf_find(r, in);
	bool fits = o->is_stream ? builder->stream : (o->value.kind == PDF_DICTIONARY && builder->dictionary) ||
							     (o->value.kind == PDF_ARRAY && builder->array);

	if (!fits || r->refused)
		return false;
	if (o->id == 0) {
		struct pdf_output *direct = pdf_output_new(r);
		if (builder->later) {
			enqueue(r, o, direct, builder);
			*out = pdf_output_value(direct);
			return true;
		}
		if (!build_now(r, o, builder, direct))
			return false;
		*out = direct->is_stream ? pdf_output_value(direct) : direct->value;
		return true;
	}
	struct pdf_memo *m = memo_of(r, o->id, o->generation, builder);
	if (m->state == FREE) {
		*m = (struct pdf_memo){ o->id, o->generation, builder, BUSY, pdf_output_new(r) };
		struct pdf_output *made = m->out;
		r->memo_count++;
		bool ok = true;
		if (builder->later)
			enqueue(r, o, made, builder);
		else
			ok = build_now(r, o, builder, made);
		m = memo_of(r, o->id, o->generation, builder); /* it may have moved */
		m->state = ok ? BUILT : DROPPED;
	}
	if (m->state != BUILT)
		return false;
	*out = pdf_output_value(m->out);
	return true;
}

void pdf_scratch(struct pdf_rebuild *r)
{
	arena_clear(r->scratch);
}
