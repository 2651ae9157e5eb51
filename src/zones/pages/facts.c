/* 通信の分割の画面: 事実 — what zonesd says is loaded, or else what the records say is in force; contract in zones.h. */
#include "base/clock.h"
#include "base/code.h"
#include "base/hash.h"
#include "policy/policy.h"
#include "web/request.h"
#include "zones/client.h"
#include "zones/pages/zones.h"
#include <fcntl.h>
#include <unistd.h>

static enum zones_keeping keeping_of(const struct json *status)
{
	if (json_is_true(status, "differs"))
		return ZONES_DIFFERS;
	if (!json_is_true(status, "proven"))
		return json_is_true(status, "rules_proven") ? ZONES_UNDERMINED : ZONES_UNPROVEN;
	return json_number(status, "trial_until", 0) ? ZONES_ON_TRIAL : ZONES_KEPT;
}

/* text: what is loaded, "" nothing. */
static void ask_zonesd(struct request *r, struct zones_facts *f, struct bytes *text)
{
	struct err err = { 0 };
	int zonesd = request_zonesd(r, &err);

	*text = BYTES("");
	f->told = zonesd >= 0 && zones_view(zonesd, r->arena, &f->status, text, &err) == 0;
	if (f->told && text->n)
		f->keeping = keeping_of(&f->status);
	else if (!f->told && (zonesd >= 0 || faccessat(r->web->service.home_fd, ZONES_IN_FORCE, F_OK, 0) == 0))
		f->keeping = ZONES_SILENT; /* where a text was applied once, its keeper must answer */
}

static int read_adopted(struct request *r, struct zones_facts *f, struct err *err)
{
	struct store_reader *reader;

	if (store_read_take(r->web->service.home, &reader, err) != 0)
		return -1;
	int result = store_read_policy_or_none(reader, r->arena, &f->adopted, err);
	store_read_give(reader);
	return result;
}

int zones_facts_read(struct request *r, struct zones_facts *out, struct err *err)
{
	struct zones_facts f = { .now = clock_now(), .keeping = ZONES_NOT_HERE };
	uint8_t hash[SHA256_BYTES];
	struct bytes text;

	ask_zonesd(r, &f, &text);
	if (read_adopted(r, &f, err) != 0)
		return -1;
	if (text.n == 0)
		text = f.adopted.content;
	if (text.n) {
		sha256_of(text, hash);
		hex_put(f.hash, bytes_of(hash, sizeof hash));
		f.is_adopted = bytes_equal(bytes_of(hash, sizeof hash), f.adopted.hash);
		/* A text of an earlier version of the language may not be readable any more: then there is no picture of it. */
		if (policy_of_text(r->arena, r->language == HTML_JAPANESE ? "きまりの文" : "the text", text, &f.policy, NULL, NULL) != 0)
			f.policy = NULL;
	}
	if (f.policy)
		map_make(r->arena, f.policy, f.now, &f.map);
	*out = f;
	return 0;
}

const char *zones_label(struct arena *arena, const struct zones_facts *f, struct text name, enum html_language language)
{
	if (text_is(name, "gate"))
		return f->policy ? map_place_label(&f->map, f->policy->zone_count, language).p : language == HTML_JAPANESE ? "関所" : "the gate";
	const struct policy_zone *zone = f->policy ? policy_zone_named(f->policy, name) : NULL;
	return zone ? zone->label.p : arena_text(arena, name).p;
}

static const char *blocked_to(struct arena *arena, const struct zones_facts *f, struct text from, struct text to, enum html_language language)
{
	bool japanese = language == HTML_JAPANESE;

	if (from.n)
		return zones_label(arena, f, to, language);
	if (text_is(to, "invalid"))
		return japanese ? "（どの通信の続きでもないもの）" : "(belongs to no communication)";
	return japanese ? "（系の接続口でないところを通ったもの）" : "(by no interface of a zone)";
}

struct blocked_row *zones_blocked_row(struct arena *arena, const struct zones_facts *f, struct blocked_row *rows, size_t *count, struct text from, struct text to,
				      enum html_language language)
{
	for (size_t i = 0; i < *count; i++)
		if (text_equal(rows[i].from_name, from) && text_equal(rows[i].to_name, to))
			return &rows[i];
	rows[*count] = (struct blocked_row){ .from = from.n ? zones_label(arena, f, from, language) : "―", .to = blocked_to(arena, f, from, to, language), .from_name = from, .to_name = to };
	return &rows[(*count)++];
}

struct zones_places zones_places_of(struct arena *arena, const struct zones_facts *f, enum html_language language)
{
	if (!f->policy)
		return (struct zones_places){ 0 };
	const size_t *order = map_order(arena, &f->map);
	struct zones_places p = { arena_new_array(arena, struct zones_place, f->map.places), f->map.places };
	for (size_t i = 0; i < p.count; i++)
		p.list[i] = (struct zones_place){ map_place_name(&f->map, order[i]), map_place_label(&f->map, order[i], language) };
	return p;
}
