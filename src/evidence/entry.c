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

/* What a byte may be: EVENT and SITE characters, the value of a hexadecimal digit. */
enum { EVENT = 1, SITE = 2 };
static inline uint8_t kind_of(uint8_t c)
{
	if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_')
		return EVENT | SITE;
	return (c >= 'A' && c <= 'Z') || c == '-' ? SITE : 0;
}
#define DIGIT(c, v) [c] = (v) + 1 /* 0 = no digit */
static const uint8_t hex_of_byte[256] = { DIGIT('0', 0), DIGIT('1', 1), DIGIT('2', 2), DIGIT('3', 3), DIGIT('4', 4), DIGIT('5', 5),
					  DIGIT('6', 6), DIGIT('7', 7), DIGIT('8', 8), DIGIT('9', 9), DIGIT('a', 10), DIGIT('b', 11),
					  DIGIT('c', 12), DIGIT('d', 13), DIGIT('e', 14), DIGIT('f', 15) };

static bool is_word(struct bytes b, uint8_t kind)
{
	if (b.n == 0 || b.n > ENTRY_WORD_MOST)
		return false;
	for (size_t i = 0; i < b.n; i++)
		if (!(kind_of(b.p[i]) & kind))
			return false;
	return true;
}

int entry_make(struct arena *arena, const struct entry *e, struct bytes *out, struct err *err)
{
	char at[CLOCK_TEXT];

	if (!is_word(bytes_of_text(e->event), EVENT))
		return fail(err, ERR_INVALID, e->no, "the event of an entry is 1 to %d of [a-z0-9_.]", ENTRY_WORD_MOST);
	if (!is_word(bytes_of_text(e->site), SITE))
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

static inline __attribute__((always_inline)) void frame_words(struct cursor *c, const char *words, size_t n)
{
	const uint8_t *p = cursor_take(c, n);

	if (p && memcmp(p, words, n) != 0)
		c->failed = true;
}
#define frame(c, words) frame_words((c), "" words, sizeof(words) - 1)

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static void hex(struct cursor *c, uint8_t *out, size_t n)
{
	const uint8_t *p = cursor_take(c, 2 * n);
	bool good = p != NULL;

	for (size_t i = 0; p && i < n; i++) {
		uint8_t high = hex_of_byte[p[2 * i]], low = hex_of_byte[p[2 * i + 1]];
		good = good && high && low;
		out[i] = (uint8_t)((high - 1u) << 4 | ((low - 1u) & 15));
	}
	if (!good)
		c->failed = true;
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

int entry_scan(struct bytes in, struct entry_frame *out)
{
	struct cursor c = cursor_over(in);

	frame(&c, "{\"at\":\"");
	out->at = utc(&c);
	frame(&c, "\",\"commit\":\"");
	hex(&c, out->commit, sizeof out->commit);
	frame(&c, "\",\"epoch\":\"");
	hex(&c, out->epoch, sizeof out->epoch);
	frame(&c, "\",\"event\":\"");
	out->event = word(&c);
	frame(&c, "\",\"no\":");
	out->no = number(&c);
	frame(&c, ",\"site\":\"");
	out->site = word(&c);
	frame(&c, "\",\"v\":1}");
	out->bad = c.at;
	return c.failed || c.left > 0 || in.n > ENTRY_BYTES_MOST || !is_word(out->event, EVENT) || !is_word(out->site, SITE) || out->no == 0 ||
			       out->no > ENTRY_NUMBER_MOST
		       ? -1
		       : 0;
}

int entry_read(struct arena *arena, struct bytes in, struct entry *out, struct err *err)
{
	struct entry_frame f;

	if (in.n > ENTRY_BYTES_MOST)
		return fail(err, ERR_LIMIT, in.n, "an entry of %zu bytes; ours have at most %d", in.n, ENTRY_BYTES_MOST);
	if (entry_scan(in, &f) != 0)
		return fail(err, ERR_MALFORMED, f.bad, "the entry is not in the form we write (byte %llu)", (unsigned long long)f.bad);
	*out = (struct entry){ .no = f.no, .at = f.at };
	memcpy(out->epoch, f.epoch, sizeof out->epoch);
	memcpy(out->commit, f.commit, sizeof out->commit);
	out->event = (struct text){ arena_copy(arena, f.event.p, f.event.n), f.event.n };
	out->site = (struct text){ arena_copy(arena, f.site.p, f.site.n), f.site.n };
	return 0;
}
