/* 報告の見せ方 — contract in report_view.h. */
#include "transfer/pages/report_view.h"
#include "base/buf.h"
#include "base/json.h"
#include "sanitize/rules.h"

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

static const char *kind_in_japanese(struct text name)
{
	static const struct {
		const char *en, *ja;
	} rows[] = {
#define FOREIGN(english, japanese, refusal, at, magic) { english, japanese },
#define WEAK FOREIGN
#include "sanitize/foreign.def"
#undef WEAK
#undef FOREIGN
#define FORMAT(name, family, grammar, extension, media_type, japanese, english) { #name, japanese },
#include "sanitize/formats/formats.def"
#undef FORMAT
		{ "text", "テキスト" },
		{ "a document of another office program", "ほかの事務ソフトの文書" },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		if (text_is(name, rows[i].en))
			return rows[i].ja;
	return NULL;
}

/* "before A between B after": what stands between the fixed words. between NULL: there is no B. */
static bool takes_apart(struct arena *arena, struct text t, const char *const words[3], struct text *a, struct text *b)
{
	size_t before = strlen(words[0]), after = strlen(words[2]);

	if (t.n < before + after || memcmp(t.p, words[0], before) != 0 || memcmp(t.p + t.n - after, words[2], after) != 0)
		return false;
	const char *p = t.p + before, *end = t.p + t.n - after, *middle = words[1] ? memmem(p, (size_t)(end - p), words[1], strlen(words[1])) : end;
	if (!middle)
		return false;
	*a = arena_text(arena, (struct text){ p, (size_t)(middle - p) });
	*b = words[1] ? arena_text(arena, (struct text){ middle + strlen(words[1]), (size_t)(end - middle) - strlen(words[1]) }) : TEXT("");
	return true;
}

struct phrase detail_of(struct arena *arena, struct text detail)
{
	static const struct {
		const char *words[3], *japanese[3];
	} rows[] = { /* of sanitize/identify.c */
		{ { "it is ", " and ", " at once" }, { "中身が「", "」としても「", "」としても読めます。" } },
		{ { "it is ", NULL, "" }, { "中身は「", "", "」です。" } },
		{ { "the content is not ", NULL, ", nor anything known" }, { "名前は ", "", " ですが、中身は知っているどの種類でもありません。" } },
		{ { "the content is ", ", the name says ", "" }, { "中身は「", "」ですが、名前は ", " です。" } },
		{ { "text with the extension ", NULL, "" }, { "中身はテキストですが、名前は ", "", " です。" } },
		{ { "no format claims the content", NULL, "" }, { "中身は、知っているどの種類でもありません。", "", "" } },
	};
	struct text a, b;

	if (detail.n == 0)
		return (struct phrase){ NULL, NULL };
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (!takes_apart(arena, detail, rows[i].words, &a, &b))
			continue;
		const char *const *say = rows[i].japanese;
		const char *first = kind_in_japanese(a) ? kind_in_japanese(a) : a.p, *second = kind_in_japanese(b) ? kind_in_japanese(b) : b.p;
		return (struct phrase){ arena_printf(arena, "%s%s%s%s%s", say[0], first, say[1], second, say[2]), detail.p };
	}
	return (struct phrase){ detail.p, detail.p };
}

/* "文字だけにする。コメント・注釈、変更履歴は残さない。" */
static struct phrase rules_of(struct arena *arena, const struct json *rules)
{
	struct buf ja = buf_in(arena, 0), en = buf_in(arena, 0);
	const struct json *removes = NULL;
	size_t n = items(rules, "removes", &removes), told = 0;

	for (int i = METHOD_rebuild + 1; i < METHOD_COUNT; i++)
		if (text_is(json_text(rules, "method"), method_words[i].name))
			buf_printf(&ja, "%s。", method_words[i].ja), buf_printf(&en, "%s. ", method_words[i].en);
	for (size_t k = 0; k < n; k++)
		for (int i = 0; i < FEATURE_COUNT; i++)
			if (removes[k].kind == JSON_STRING && text_is(removes[k].string, feature_words[i].name)) {
				buf_printf(&ja, "%s%s", told ? "、" : "", feature_words[i].ja);
				buf_printf(&en, "%s%s", told++ ? ", " : "not kept: ", feature_words[i].en);
			}
	if (told)
		buf_str(&ja, "は残さない。"), buf_str(&en, ".");
	return ja.n ? (struct phrase){ buf_string(&ja), buf_string(&en) } : (struct phrase){ NULL, NULL };
}

void report_view_of(struct arena *arena, struct bytes report, struct report_view *v)
{
	const struct json *row = NULL, *reason;
	struct json o;
	size_t n;

	*v = (struct report_view){ .engine = TEXT("") };
	if (report.n == 0 || json_read_loose(arena, report, &o, NULL) != 0 || o.kind != JSON_OBJECT)
		return;
	v->known = true;
	v->engine = json_text(&o, "engine");
	v->refused = text_is(json_text(&o, "verdict"), "refused");
	v->converted = text_is(json_text(&o, "verdict"), "converted");
	v->cut = json_is_true(&o, "cut");
	if ((reason = json_get(&o, "reason")) != NULL)
		v->refusal = phrase_in(reason), v->detail = detail_of(arena, json_text(reason, "detail")), v->next_step = next_step_of(json_text(reason, "code"));
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
	const struct json *rules = json_get(&o, "rules");
	if (rules && rules->kind == JSON_OBJECT)
		v->rules = rules_of(arena, rules);
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

bool may_be_fetched(enum ticket_state state)
{
	return state == TICKET_WAITING || state == TICKET_APPROVED || state == TICKET_FETCHED || state == TICKET_RELEASED;
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
