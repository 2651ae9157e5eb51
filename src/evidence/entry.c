/* 証跡の項目 — contract in entry.h. */
#include "evidence/entry.h"
#include "base/clock.h"
#include "base/code.h"
#include "base/json.h"

void entry_commit(const uint8_t salt[ENTRY_SALT], struct bytes record, uint8_t out[SHA256_BYTES])
{
	struct sha256 h;

	sha256_start(&h);
	sha256_add(&h, salt, ENTRY_SALT);
	sha256_add(&h, record.p, record.n);
	sha256_end(&h, out);
}

static bool is_word(struct text t, bool capitals)
{
	if (t.n == 0 || t.n > ENTRY_WORD_MOST)
		return false;
	for (size_t i = 0; i < t.n; i++) {
		char c = t.p[i];
		bool small = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_';
		if (!small && !(capitals && ((c >= 'A' && c <= 'Z') || c == '-')))
			return false;
	}
	return true;
}

int entry_make(struct arena *arena, const struct entry *e, struct bytes *out, struct err *err)
{
	char at[CLOCK_TEXT];
	int64_t again;

	if (!is_word(e->event, false))
		return fail(err, ERR_INVALID, e->no, "the event of an entry is 1 to %d of [a-z0-9_.]", ENTRY_WORD_MOST);
	if (!is_word(e->site, true))
		return fail(err, ERR_INVALID, e->no, "the site of an entry is 1 to %d of [0-9A-Za-z._-]", ENTRY_WORD_MOST);
	if (e->no == 0 || e->no > ENTRY_NUMBER_MOST)
		return fail(err, ERR_INVALID, e->no, "the number of an entry is out of range");
	if (clock_from_utc(clock_utc(e->at, at), &again) != 0 || again != e->at)
		return fail(err, ERR_INVALID, e->no, "the time of an entry is out of range");
	struct json *o = json_object(arena);
	json_set_str(arena, o, "at", at);
	json_set_str(arena, o, "commit", hex_of(arena, bytes_of(e->commit, sizeof e->commit)));
	json_set_str(arena, o, "epoch", hex_of(arena, bytes_of(e->epoch, sizeof e->epoch)));
	json_set_text(arena, o, "event", e->event);
	json_set_number(arena, o, "no", (int64_t)e->no);
	json_set_text(arena, o, "site", e->site);
	json_set_number(arena, o, "v", 1);
	struct bytes made = json_bytes(arena, o);
	must(made.n <= ENTRY_BYTES_MOST);
	*out = made;
	return 0;
}

int entry_read(struct arena *arena, struct bytes in, struct entry *out, struct err *err)
{
	struct entry e = { 0 };
	struct json o;
	struct bytes again;

	if (in.n > ENTRY_BYTES_MOST)
		return fail(err, ERR_LIMIT, in.n, "an entry of %zu bytes; ours have at most %d", in.n, ENTRY_BYTES_MOST);
	if (json_read(arena, in, &o, err) != 0)
		return -1;
	if (o.kind != JSON_OBJECT || o.count != 7 || json_number(&o, "v", 0) != 1)
		return fail(err, ERR_MALFORMED, 0, "this is no entry of version 1");
	int64_t no = json_number(&o, "no", 0);
	e.no = no > 0 ? (uint64_t)no : 0;
	e.event = json_text(&o, "event");
	e.site = json_text(&o, "site");
	if (clock_from_utc(json_text(&o, "at").p, &e.at) != 0)
		return fail(err, ERR_MALFORMED, e.no, "the time of the entry is malformed");
	if (hex_decode(bytes_of_text(json_text(&o, "commit")), e.commit, sizeof e.commit, err) != 0 ||
	    hex_decode(bytes_of_text(json_text(&o, "epoch")), e.epoch, sizeof e.epoch, err) != 0)
		return -1;
	/* Writing it again proves that no other key, kind or spelling was there. */
	if (entry_make(arena, &e, &again, err) != 0)
		return -1;
	if (!bytes_equal(in, again))
		return fail(err, ERR_MALFORMED, e.no, "the entry is not in the form we write");
	*out = e;
	return 0;
}
