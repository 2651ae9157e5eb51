/* 報告の見せ方 — contract in report_view.h. */
#include "transfer/pages/report_view.h"
#include "base/json.h"

static struct phrase phrase_in(const struct json *o)
{
	return (struct phrase){ json_text(o, "ja").p, json_text(o, "en").p };
}

static size_t items(const struct json *o, const char *key, const struct json **first)
{
	const struct json *list = json_get(o, key);

	if (!list || list->kind != JSON_ARRAY)
		return 0;
	*first = list->items;
	return list->count;
}

struct phrase effect_of(struct text threat, struct text format)
{
	static const struct {
		const char *threat, *format;
		struct phrase say;
	} rows[] = {
#define EFFECT(threat, format, japanese, english) { #threat, #format, { japanese, english } },
#include "transfer/pages/effects.def"
#undef EFFECT
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		if (text_is(threat, rows[i].threat) && (text_is(format, rows[i].format) || strcmp(rows[i].format, "any") == 0))
			return rows[i].say;
	return (struct phrase){ NULL, NULL };
}

struct phrase next_step_of(struct text refusal)
{
	static const struct {
		const char *code;
		struct phrase say;
	} rows[] = {
#define NEXT_STEP(code, japanese, english) { #code, { japanese, english } },
#include "transfer/pages/next_steps.def"
#undef NEXT_STEP
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		if (text_is(refusal, rows[i].code))
			return rows[i].say;
	return (struct phrase){ NULL, NULL };
}

void report_view_of(struct arena *arena, struct bytes report, struct report_view *v)
{
	const struct json *row = NULL, *reason;
	struct json o;
	size_t n;

	*v = (struct report_view){ .detail = TEXT(""), .engine = TEXT("") };
	if (report.n == 0 || json_read_loose(arena, report, &o, NULL) != 0 || o.kind != JSON_OBJECT)
		return;
	v->known = true;
	v->engine = json_text(&o, "engine");
	v->refused = text_is(json_text(&o, "verdict"), "refused");
	v->converted = text_is(json_text(&o, "verdict"), "converted");
	v->cut = json_is_true(&o, "cut");
	if ((reason = json_get(&o, "reason")) != NULL)
		v->refusal = phrase_in(reason), v->detail = json_text(reason, "detail"), v->next_step = next_step_of(json_text(reason, "code"));
	const struct json *input = json_get(&o, "input");
	struct text format = input && input->kind == JSON_OBJECT ? json_text(input, "format") : TEXT("");
	n = items(&o, "summary", &row);
	v->kinds = arena_new_array(arena, struct removed_kind, n);
	for (size_t i = 0; i < n; i++) {
		v->kinds[i] = (struct removed_kind){ phrase_in(&row[i]), effect_of(json_text(&row[i], "threat"), format), json_number(&row[i], "count", 1) };
		v->removed_total += v->kinds[i].count;
	}
	v->kind_count = n;
	n = MIN(items(&o, "removed", &row), (size_t)REPORT_PLACES_MOST);
	v->places = arena_new_array(arena, struct removed_place, n);
	for (size_t i = 0; i < n; i++)
		v->places[i] = (struct removed_place){ json_text(&row[i], "threat"), json_text(&row[i], "where"), json_number(&row[i], "count", 1) };
	v->place_count = n;
	n = items(&o, "notes", &row);
	v->notes = arena_new_array(arena, struct phrase, n);
	for (size_t i = 0; i < n; i++)
		v->notes[i] = phrase_in(&row[i]);
	v->note_count = n;
}

void provenance_view_of(struct arena *arena, struct bytes provenance, struct provenance_view *v)
{
	struct json o;

	*v = (struct provenance_view){ TEXT(""), TEXT(""), TEXT("") };
	if (provenance.n == 0 || json_read_loose(arena, provenance, &o, NULL) != 0 || o.kind != JSON_OBJECT)
		return;
	*v = (struct provenance_view){ json_text(&o, "source"), json_text(&o, "declared_type"), json_text(&o, "name_received") };
}

struct phrase post_phrase(struct text post)
{
	static const struct {
		const char *word;
		struct phrase say;
	} posts[] = { { "chief", { "課長", "chief" } }, { "deputy", { "補佐", "deputy" } }, { "acting chief", { "課長の代理", "acting for the chief" } },
		      { "administrator", { "管理者", "administrator" } } };

	for (size_t i = 0; i < COUNT(posts); i++)
		if (text_is(post, posts[i].word))
			return posts[i].say;
	return (struct phrase){ post.p, post.p };
}

struct phrase state_phrase(enum ticket_state state)
{
	return (struct phrase){ ticket_state_japanese(state), ticket_state_english(state) };
}

const char *state_class(enum ticket_state state)
{
	switch (state) {
	case TICKET_APPROVED:
	case TICKET_FETCHED: return "good";
	case TICKET_REFUSED:
	case TICKET_RETURNED: return "bad";
	case TICKET_RELEASED:
	case TICKET_LOCKED:
	case TICKET_WAITING: return "care";
	case TICKET_RECEIVED:
	case TICKET_EXPIRED: return "wait";
	}
	return "wait";
}

const char *state_sign(enum ticket_state state)
{
	switch (state) {
	case TICKET_APPROVED:
	case TICKET_FETCHED: return "✓";
	case TICKET_REFUSED: return "✕";
	case TICKET_RETURNED: return "↩";
	case TICKET_RELEASED:
	case TICKET_LOCKED:
	case TICKET_WAITING: return "!";
	case TICKET_RECEIVED: return "…";
	case TICKET_EXPIRED: return "–";
	}
	return "";
}
