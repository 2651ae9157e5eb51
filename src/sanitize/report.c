/* 無害化の報告 — contract in report.h. */
#include "sanitize/report.h"
#include "base/code.h"

struct sentence {
	const char *id, *ja, *en;
};
static const struct sentence removals[] = {
#define REMOVAL(id, ja, en) { #id, ja, en },
#include "sanitize/removals.def"
#undef REMOVAL
};
static const struct sentence notes[] = {
#define NOTE(id, ja, en) { #id, ja, en },
#include "sanitize/notes.def"
#undef NOTE
};

static const struct sentence *sentence_of(const struct sentence *table, size_t count, struct text id)
{
	for (size_t i = 0; i < count; i++)
		if (text_is(id, table[i].id))
			return &table[i];
	return NULL;
}

static const struct sentence *removal_of(struct text id) { return sentence_of(removals, COUNT(removals), id); }
static const struct sentence *note_of(struct text id) { return sentence_of(notes, COUNT(notes), id); }
const char *removal_japanese(struct text id) { return removal_of(id) ? removal_of(id)->ja : NULL; }
const char *removal_english(struct text id) { return removal_of(id) ? removal_of(id)->en : NULL; }
const char *note_japanese(struct text id) { return note_of(id) ? note_of(id)->ja : NULL; }
const char *note_english(struct text id) { return note_of(id) ? note_of(id)->en : NULL; }

const char *verdict_name(enum verdict v)
{
	return v == VERDICT_CLEAN ? "clean" : v == VERDICT_CONVERTED ? "converted" : "refused";
}

void report_start(struct report *r)
{
	r->rows_end = &r->rows;
	r->notes_end = &r->notes;
	r->members_end = &r->members;
	r->verdict = VERDICT_REFUSED; /* until the verifier has spoken */
}

void report_add_row(struct arena *arena, struct report *r, struct text threat, struct text where, uint64_t count)
{
	struct report_row *row = arena_alloc(arena, sizeof *row);

	*row = (struct report_row){ threat, where, count, NULL };
	*r->rows_end = row;
	r->rows_end = &row->next;
}

void report_add_note(struct arena *arena, struct report *r, struct text id)
{
	struct report_note *note = arena_alloc(arena, sizeof *note);

	*note = (struct report_note){ id, NULL };
	*r->notes_end = note;
	r->notes_end = &note->next;
}

/* -- from the tree to flat lists -- */
struct flat {
	struct arena *arena;
	struct json *rows, *members;
	struct { struct text id; uint64_t count; } kinds[160];
	size_t kind_count, row_count, member_count;
	const struct sentence *notes[COUNT(notes)];
	size_t note_count;
	bool cut;
};

static void flatten_row(struct flat *f, const struct report *r, bool outermost, const struct report_row *row)
{
	size_t k = 0;

	while (k < f->kind_count && !text_equal(f->kinds[k].id, row->threat))
		k++;
	if (k == f->kind_count && k < COUNT(f->kinds))
		f->kinds[f->kind_count++].id = row->threat;
	if (k < COUNT(f->kinds))
		f->kinds[k].count += row->count;
	if (f->row_count == REPORT_ROWS_MOST) {
		f->cut = true;
		return;
	}
	struct json *o = json_object(f->arena);
	json_set_text(f->arena, o, "threat", row->threat);
	const char *where = outermost ? row->where.p : row->where.n == 0 ? r->path.p : arena_printf(f->arena, "%s: %s", r->path.p, row->where.p);
	json_set_str(f->arena, o, "where", where);
	json_set_number(f->arena, o, "count", (int64_t)row->count);
	json_add(f->arena, f->rows, o);
	f->row_count++;
}

static void flatten_note(struct flat *f, struct text id)
{
	const struct sentence *s = note_of(id);
	size_t i = 0;

	while (i < f->note_count && f->notes[i] != s)
		i++;
	if (s && i == f->note_count)
		f->notes[f->note_count++] = s;
}

static void set_reason(struct arena *arena, struct json *o, const struct report *r)
{
	struct json *reason = json_object(arena);

	json_set_str(arena, reason, "code", refusal_name(r->refusal));
	json_set_str(arena, reason, "ja", refusal_japanese(r->refusal));
	json_set_str(arena, reason, "en", refusal_english(r->refusal));
	json_set_text(arena, reason, "detail", r->detail);
	json_set(arena, o, "reason", reason);
}

static void flatten_member(struct flat *f, const struct report *r)
{
	bool telling = r->verdict != VERDICT_CLEAN || r->rows;

	if (!telling)
		return;
	if (f->member_count == REPORT_MEMBERS_MOST) {
		f->cut = true;
		return;
	}
	struct json *o = json_object(f->arena);
	json_set_text(f->arena, o, "path", r->path);
	json_set_str(f->arena, o, "format", r->format ? r->format->name : "");
	json_set_str(f->arena, o, "verdict", verdict_name(r->verdict));
	if (r->verdict == VERDICT_REFUSED)
		json_set_str(f->arena, o, "code", refusal_name(r->refusal));
	json_add(f->arena, f->members, o);
	f->member_count++;
}

static void flatten(struct flat *f, const struct report *r, bool outermost)
{
	for (const struct report_row *row = r->rows; row; row = row->next)
		flatten_row(f, r, outermost, row);
	for (const struct report_note *note = r->notes; note; note = note->next)
		flatten_note(f, note->id);
	for (const struct report *m = r->members; m; m = m->next) {
		flatten_member(f, m);
		flatten(f, m, false);
	}
}

static struct json *summary(struct flat *f)
{
	struct json *all = json_array(f->arena);

	for (size_t i = 0; i < f->kind_count; i++) {
		const struct sentence *s = removal_of(f->kinds[i].id);
		struct json *o = json_object(f->arena);
		json_set_text(f->arena, o, "threat", f->kinds[i].id);
		json_set_number(f->arena, o, "count", (int64_t)f->kinds[i].count);
		json_set_str(f->arena, o, "ja", s ? s->ja : "");
		json_set_str(f->arena, o, "en", s ? s->en : "");
		json_add(f->arena, all, o);
	}
	return all;
}

static struct json *noted(struct flat *f)
{
	struct json *all = json_array(f->arena);

	for (size_t i = 0; i < f->note_count; i++) {
		struct json *o = json_object(f->arena);
		json_set_str(f->arena, o, "id", f->notes[i]->id);
		json_set_str(f->arena, o, "ja", f->notes[i]->ja);
		json_set_str(f->arena, o, "en", f->notes[i]->en);
		json_add(f->arena, all, o);
	}
	return all;
}

static struct json *file_of(struct arena *arena, struct text name, uint64_t bytes, const uint8_t sha256[32], bool hashed)
{
	struct json *o = json_object(arena);

	json_set_text(arena, o, "name", name);
	json_set_number(arena, o, "bytes", (int64_t)bytes);
	json_set_str(arena, o, "sha256", hashed ? hex_of(arena, bytes_of(sha256, 32)) : "");
	return o;
}

static uint64_t count_members(const struct report *r)
{
	uint64_t n = 0;

	for (const struct report *m = r->members; m; m = m->next)
		n += 1 + count_members(m);
	return n;
}

/* What the policy chose for this file. */
static struct json *rules_json(struct arena *arena, const struct report *r)
{
	struct json *o = json_object(arena), *removes = json_array(arena);
	enum method method = r->format ? rules_method(r->rules, r->format) : METHOD_rebuild;

	for (int i = 0; i < FEATURE_COUNT; i++)
		if (rules_remove(r->rules, (enum feature)i))
			json_add(arena, removes, json_of_text(arena, (struct text){ feature_words[i].name, strlen(feature_words[i].name) }));
	json_set_str(arena, o, "method", method_words[method].name);
	json_set(arena, o, "removes", removes);
	if (r->rules->scan) {
		json_set_str(arena, o, "scan", r->rules->scan == SCAN_REQUIRED ? "required" : "asked");
		json_set_str(arena, o, "scan_original", r->scan_original ? r->scan_original : "");
		json_set_str(arena, o, "scan_output", r->scan_output ? r->scan_output : "");
	}
	return o;
}

struct json *report_json(struct arena *arena, const struct report *r)
{
	struct flat f = { .arena = arena, .rows = json_array(arena), .members = json_array(arena) };
	struct json *o = json_object(arena), *input = file_of(arena, r->path, r->bytes, r->sha256, r->hashed);

	flatten(&f, r, true);
	json_set_str(arena, input, "format", r->format ? r->format->name : "");
	if (r->name_received.n)
		json_set_text(arena, input, "received", r->name_received);
	json_set(arena, o, "input", input);
	json_set_str(arena, o, "verdict", verdict_name(r->verdict));
	if (r->verdict == VERDICT_REFUSED) {
		set_reason(arena, o, r);
	} else {
		struct json *output = file_of(arena, r->output_name, r->output_bytes, r->output_sha256, true);
		const char *dot = memrchr(r->output_name.p, '.', r->output_name.n);
		json_set_str(arena, output, "format", format_of_output(r->format, dot ? dot + 1 : "")->name);
		json_set(arena, o, "output", output);
	}
	json_set(arena, o, "removed", f.rows);
	json_set(arena, o, "summary", summary(&f));
	json_set(arena, o, "notes", noted(&f));
	json_set(arena, o, "members", f.members);
	if (r->rules)
		json_set(arena, o, "rules", rules_json(arena, r));
	json_set_number(arena, o, "members_count", (int64_t)count_members(r));
	json_set_true(arena, o, "cut", f.cut);
	json_set_str(arena, o, "engine", SEKISHO_VERSION);
	json_set_number(arena, o, "jobs", r->jobs);
	json_set_number(arena, o, "jails", r->jails);
	json_set_number(arena, o, "milliseconds", r->milliseconds);
	return o;
}
