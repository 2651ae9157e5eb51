/* 証跡の項目 — contract in entry.h. */
#include "evidence/entry.h"
#include "base/clock.h"
#include "base/code.h"
#include "base/cursor.h"
#include "base/json.h"
#include <endian.h>

static const int64_t TIME_MOST = 253402300799; /* 9999-12-31T23:59:59Z */

void entry_commit(const uint8_t salt[ENTRY_SALT], struct bytes record, uint8_t out[SHA256_BYTES])
{
	struct sha256 h;

	sha256_start(&h);
	sha256_add(&h, salt, ENTRY_SALT);
	sha256_add(&h, record.p, record.n);
	sha256_end(&h, out);
}

/* Which bytes below 128 a word may hold, as bits. */
struct alphabet {
	uint64_t bits[2];
};
#define BIT(c) ((uint64_t)1 << ((c) & 63))
#define DIGITS ((BIT('9') << 1) - BIT('0'))
#define SMALL ((BIT('z') << 1) - BIT('a'))
#define CAPITALS ((BIT('Z') << 1) - BIT('A'))
static const struct alphabet event_letters = { { DIGITS | BIT('.'), SMALL | BIT('_') } },
			     site_letters = { { DIGITS | BIT('.') | BIT('-'), SMALL | CAPITALS | BIT('_') } };
static bool is_word(struct bytes b, const struct alphabet *letters)
{
	uint64_t good = 1;

	if (b.n == 0 || b.n > ENTRY_WORD_MOST)
		return false;
	for (size_t i = 0; i < b.n; i++)
		good &= b.p[i] < 128 ? letters->bits[b.p[i] >> 6] >> (b.p[i] & 63) : 0;
	return good & 1;
}

int entry_make(struct arena *arena, const struct entry *e, struct bytes *out, struct err *err)
{
	char at[CLOCK_TEXT];

	if (!is_word(bytes_of_text(e->event), &event_letters))
		return fail(err, ERR_INVALID, e->no, "the event of an entry is 1 to %d of [a-z0-9_.]", ENTRY_WORD_MOST);
	if (!is_word(bytes_of_text(e->site), &site_letters))
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

/* Eight digits at once: each byte's value is its low half, plus nine for a letter; what the values would be written as must be what stands there. */
static void hex(struct cursor *c, uint8_t *out, size_t n)
{
	static const uint64_t ones = 0x0101010101010101;
	const uint8_t *p = cursor_take(c, 2 * n);
	uint64_t wrong = 0;

	must(n % 4 == 0);
	for (size_t i = 0; p && i < n; i += 4) {
		uint64_t x;
		memcpy(&x, p + 2 * i, 8);
		uint64_t v = (x & ones * 0x0f) + (x >> 6 & ones) * 9;
		uint64_t letter = (v + ones * 6) >> 4 & ones;
		wrong |= ((v + ones * '0' + letter * ('a' - '0' - 10)) ^ x) | (v & ones * 0xf0);
		v = le64toh(v); /* the first character is the lowest byte */
		for (unsigned k = 0; k < 4; k++, v >>= 16)
			out[i + k] = (uint8_t)(v << 4 | (v >> 8 & 15));
	}
	if (wrong)
		c->failed = true;
}

static unsigned two(const uint8_t *p, bool *good)
{
	*good = *good && is_digit(p[0]) && is_digit(p[1]);
	return (p[0] - (unsigned)'0') * 10 + (p[1] - (unsigned)'0');
}

/* "2026-11-23T09:12:44Z", a day that exists; leap seconds are none. */
static int64_t utc(struct cursor *c)
{
	static const unsigned char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	static const unsigned short before[] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334 };
	const uint8_t *p = cursor_take(c, 20);

	if (!p)
		return 0;
	bool good = p[4] == '-' && p[7] == '-' && p[10] == 'T' && p[13] == ':' && p[16] == ':' && p[19] == 'Z';
	unsigned year = two(p, &good) * 100 + two(p + 2, &good), month = two(p + 5, &good), day = two(p + 8, &good), hour = two(p + 11, &good),
		 minute = two(p + 14, &good), second = two(p + 17, &good);
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	if (!good || year < 1970 || month < 1 || month > 12 || day < 1 || day > days[month - 1] + (unsigned)(leap && month == 2) || hour > 23 ||
	    minute > 59 || second > 59) {
		c->failed = true;
		return 0;
	}
	int64_t past = year - 1, n = past * 365 + past / 4 - past / 100 + past / 400 - 719162;
	n += before[month - 1] + (leap && month > 2);
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
	const uint8_t *end = c->failed || c->left == 0 ? NULL : memchr(c->p, '"', c->left);

	return cursor_bytes(c, end ? (size_t)(end - c->p) : c->left);
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
	return c.failed || c.left > 0 || in.n > ENTRY_BYTES_MOST || !is_word(out->event, &event_letters) || !is_word(out->site, &site_letters) || out->no == 0 ||
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
