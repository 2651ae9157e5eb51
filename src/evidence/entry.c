/* 証跡の項目 — contract in entry.h. */
#include "evidence/entry.h"
#include "base/clock.h"
#include "base/code.h"
#include "base/cursor.h"
#include "base/json.h"

static const int64_t TIME_MOST = 253402300799; /* 9999-12-31T23:59:59Z */

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

	if (!is_word(e->event, false))
		return fail(err, ERR_INVALID, e->no, "the event of an entry is 1 to %d of [a-z0-9_.]", ENTRY_WORD_MOST);
	if (!is_word(e->site, true))
		return fail(err, ERR_INVALID, e->no, "the site of an entry is 1 to %d of [0-9A-Za-z._-]", ENTRY_WORD_MOST);
	if (e->no == 0 || e->no > ENTRY_NUMBER_MOST)
		return fail(err, ERR_INVALID, e->no, "the number of an entry is out of range");
	if (e->at < 0 || e->at > TIME_MOST)
		return fail(err, ERR_INVALID, e->no, "the time of an entry is out of range");
	struct json *o = json_object(arena);
	json_set_str(arena, o, "at", clock_utc(e->at, at));
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

/* ---- reading: the canonical form is one fixed frame around seven fields, so it is held against the frame; every row passes here on its way
 * into the log ---- */

static void frame(struct cursor *c, const char *words)
{
	size_t n = strlen(words);
	const uint8_t *p = cursor_take(c, n);

	if (p && memcmp(p, words, n) != 0)
		c->failed = true;
}

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static void hex(struct cursor *c, uint8_t *out, size_t n)
{
	const uint8_t *p = cursor_take(c, 2 * n);

	for (size_t i = 0; p && i < 2 * n; i++) {
		uint8_t v = p[i];
		unsigned d = is_digit(v) ? v - (unsigned)'0' : v >= 'a' && v <= 'f' ? v - (unsigned)'a' + 10 : 16;
		if (d > 15) {
			c->failed = true;
			return;
		}
		out[i / 2] = (uint8_t)(i % 2 ? out[i / 2] | d : d << 4);
	}
}

static unsigned digits(struct cursor *c, size_t n)
{
	const uint8_t *p = cursor_take(c, n);
	unsigned v = 0;

	for (size_t i = 0; p && i < n; i++) {
		if (!is_digit(p[i]))
			c->failed = true;
		v = v * 10 + (p[i] - (unsigned)'0');
	}
	return v;
}

/* "2026-11-23T09:12:44Z", a day that exists; leap seconds are none. */
static int64_t utc(struct cursor *c)
{
	static const unsigned char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	unsigned year = digits(c, 4);
	frame(c, "-");
	unsigned month = digits(c, 2);
	frame(c, "-");
	unsigned day = digits(c, 2);
	frame(c, "T");
	unsigned hour = digits(c, 2);
	frame(c, ":");
	unsigned minute = digits(c, 2);
	frame(c, ":");
	unsigned second = digits(c, 2);
	frame(c, "Z");
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	if (c->failed || year < 1970 || month < 1 || month > 12 || day < 1 || day > days[month - 1] + (unsigned)(leap && month == 2) || hour > 23 ||
	    minute > 59 || second > 59) {
		c->failed = true;
		return 0;
	}
	int64_t before = year - 1, n = before * 365 + before / 4 - before / 100 + before / 400 - 719162;
	for (unsigned m = 1; m < month; m++)
		n += days[m - 1] + (leap && m == 2);
	return (n + day - 1) * 86400 + hour * 3600 + minute * 60 + second;
}

static uint64_t number(struct cursor *c)
{
	uint64_t v = 0;
	size_t n = 0;

	while (n < c->left && is_digit(c->p[n]) && n < 17)
		v = v * 10 + (c->p[n++] - (unsigned)'0');
	if (n == 0 || c->p[0] == '0')
		c->failed = true;
	cursor_take(c, n);
	return v;
}

static struct bytes word(struct cursor *c)
{
	size_t n = 0;

	while (n < c->left && c->p[n] != '"')
		n++;
	return cursor_bytes(c, n);
}

int entry_read(struct arena *arena, struct bytes in, struct entry *out, struct err *err)
{
	struct entry e = { 0 };
	struct cursor c = cursor_over(in);

	if (in.n > ENTRY_BYTES_MOST)
		return fail(err, ERR_LIMIT, in.n, "an entry of %zu bytes; ours have at most %d", in.n, ENTRY_BYTES_MOST);
	frame(&c, "{\"at\":\"");
	e.at = utc(&c);
	frame(&c, "\",\"commit\":\"");
	hex(&c, e.commit, sizeof e.commit);
	frame(&c, "\",\"epoch\":\"");
	hex(&c, e.epoch, sizeof e.epoch);
	frame(&c, "\",\"event\":\"");
	struct bytes event = word(&c);
	frame(&c, "\",\"no\":");
	e.no = number(&c);
	frame(&c, ",\"site\":\"");
	struct bytes site = word(&c);
	frame(&c, "\",\"v\":1}");
	e.event = (struct text){ (const char *)event.p, event.n };
	e.site = (struct text){ (const char *)site.p, site.n };
	if (c.failed || c.left > 0 || !is_word(e.event, false) || !is_word(e.site, true) || e.no == 0 || e.no > ENTRY_NUMBER_MOST)
		return fail(err, ERR_MALFORMED, c.at, "the entry is not in the form we write (byte %llu)", (unsigned long long)c.at);
	e.event = arena_text(arena, e.event);
	e.site = arena_text(arena, e.site);
	*out = e;
	return 0;
}
