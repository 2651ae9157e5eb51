/* 失敗後の待ち時間 — contract in throttle.h. A fixed table of hashed keys: when it is full the entry that failed longest ago makes room. */
#include "people/throttle.h"
#include "base/hash.h"
#include <arpa/inet.h>

enum { KEY = THROTTLE_KEY, WAYS = 8, SETS = THROTTLE_ENTRIES / WAYS };

struct entry {
	uint8_t key[KEY];
	uint32_t failures; /* 0 = free */
	uint64_t serial;   /* of the newest attempt in it */
	int64_t last, until; /* milliseconds */
};
struct throttle {
	uint64_t serial;
	uint8_t salt[KEY]; /* so that nobody can aim at a set of the table */
	struct entry entries[SETS][WAYS];
};

struct throttle *throttle_new(void)
{
	struct throttle *t = calloc(1, sizeof *t);

	must(t);
	random_bytes(t->salt, sizeof t->salt);
	return t;
}

void throttle_free(struct throttle *t)
{
	free(t);
}

static void key_of(const struct throttle *t, struct text person, struct text source, uint8_t key[KEY])
{
	uint8_t whole[SHA256_BYTES];
	struct sha256 h;
	uint32_t n = (uint32_t)source.n;

	sha256_start(&h);
	sha256_add(&h, t->salt, sizeof t->salt);
	sha256_add(&h, &n, sizeof n);
	sha256_add(&h, source.p, source.n);
	sha256_add(&h, person.p, person.n);
	sha256_end(&h, whole);
	memcpy(key, whole, KEY);
}

/* The entry of the key; with `make`, the one that is free or oldest in its set becomes it. */
static struct entry *find(struct throttle *t, const uint8_t key[KEY], bool make)
{
	struct entry *set = t->entries[((size_t)key[0] << 8 | key[1]) % SETS], *oldest = set;

	for (size_t i = 0; i < WAYS; i++) {
		if (set[i].failures && memcmp(set[i].key, key, KEY) == 0)
			return &set[i];
		if (oldest->failures && (!set[i].failures || set[i].last < oldest->last))
			oldest = &set[i];
	}
	if (!make)
		return NULL;
	*oldest = (struct entry){ 0 };
	memcpy(oldest->key, key, KEY);
	return oldest;
}

static int64_t wait_of(const struct entry *e, int64_t now)
{
	return e && e->until > now ? e->until - now : 0;
}

struct rule {
	uint32_t free_failures;
	int64_t most; /* seconds */
};
static const struct rule of_person = { THROTTLE_FREE_PERSON, THROTTLE_MOST_PERSON }, of_source = { THROTTLE_FREE_SOURCE, THROTTLE_MOST_SOURCE };

static int64_t until_of(const struct entry *e, const struct rule *rule)
{
	if (e->failures < rule->free_failures)
		return 0;
	return e->last + MIN((int64_t)1 << MIN(e->failures - rule->free_failures, 20u), rule->most) * 1000;
}

static void count(struct throttle *t, const uint8_t key[KEY], const struct rule *rule, int64_t now, struct throttle_mark *mark)
{
	struct entry *e = find(t, key, true);

	if (e->failures && now - e->last > (int64_t)THROTTLE_FORGET * 1000)
		e->failures = 0;
	memcpy(mark->key, key, KEY);
	mark->serial = ++t->serial, mark->serial_before = e->serial;
	mark->last_before = e->last, mark->until_before = e->until;
	e->serial = mark->serial;
	e->failures++;
	e->last = now;
	e->until = until_of(e, rule);
}

static const struct text NOBODY = { "", 0 };

uint32_t throttle_begin(struct throttle *t, struct text person, struct text source, int64_t now, struct throttle_attempt *attempt)
{
	uint8_t personal[KEY], general[KEY];

	key_of(t, person, source, personal);
	key_of(t, NOBODY, source, general);
	int64_t wait = MAX(wait_of(find(t, personal, false), now), wait_of(find(t, general, false), now));
	if (wait > 0)
		return (uint32_t)((wait + 999) / 1000);
	count(t, general, &of_source, now, &attempt->source);
	count(t, personal, &of_person, now, &attempt->person);
	attempt->open = true;
	return 0;
}

/* If none came after it, the entry is as it was before; else one failure less, counted from the newest. */
static void take_back(struct throttle *t, const struct throttle_mark *mark, const struct rule *rule)
{
	struct entry *e = find(t, mark->key, false);

	if (!e)
		return;
	e->failures--;
	if (e->serial == mark->serial) {
		e->serial = mark->serial_before;
		e->last = mark->last_before, e->until = mark->until_before;
	} else {
		e->until = until_of(e, rule);
	}
}

void throttle_undone(struct throttle *t, struct throttle_attempt *attempt)
{
	if (!attempt->open)
		return;
	take_back(t, &attempt->person, &of_person);
	take_back(t, &attempt->source, &of_source);
	attempt->open = false;
}

/* One good account must not cover guesses at others: of the source only this attempt is taken back. */
void throttle_succeeded(struct throttle *t, struct throttle_attempt *attempt)
{
	if (!attempt->open)
		return;
	struct entry *e = find(t, attempt->person.key, false);
	if (e)
		*e = (struct entry){ 0 };
	take_back(t, &attempt->source, &of_source);
	attempt->open = false;
}

static struct text masked(struct text address, unsigned bits4, unsigned bits6, char out[SOURCE_TEXT])
{
	struct in_addr four;
	struct in6_addr six;
	char plain[SOURCE_TEXT], shown[INET6_ADDRSTRLEN];

	if (address.n >= sizeof plain)
		return TEXT("unknown");
	memcpy(plain, address.p, address.n);
	plain[address.n] = 0;
	if (inet_pton(AF_INET6, plain, &six) == 1) {
		if (IN6_IS_ADDR_V4MAPPED(&six)) {
			snprintf(plain, sizeof plain, "%u.%u.%u.%u", six.s6_addr[12], six.s6_addr[13], six.s6_addr[14], six.s6_addr[15]);
		} else {
			memset(six.s6_addr + bits6 / 8, 0, sizeof six.s6_addr - bits6 / 8);
			must(inet_ntop(AF_INET6, &six, shown, sizeof shown));
			return (struct text){ out, (size_t)snprintf(out, SOURCE_TEXT, "%s/%u", shown, bits6) };
		}
	}
	if (inet_pton(AF_INET, plain, &four) == 1) {
		four.s_addr &= htonl(bits4 == 32 ? 0xffffffffu : ~(0xffffffffu >> bits4));
		must(inet_ntop(AF_INET, &four, shown, sizeof shown));
		return (struct text){ out, (size_t)snprintf(out, SOURCE_TEXT, bits4 == 32 ? "%s" : "%s/%u", shown, bits4) };
	}
	return address.n ? (struct text){ out, (size_t)snprintf(out, SOURCE_TEXT, "%s", plain) } : TEXT("unknown");
}

struct text source_of_attempt(struct text address, char out[SOURCE_TEXT])
{
	return masked(address, 32, 64, out);
}

struct text source_for_journal(struct text address, char out[SOURCE_TEXT])
{
	return masked(address, 24, 48, out);
}
