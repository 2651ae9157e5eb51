/* 文字の合成（NFC） — か + U+3099 becomes が, as file names from macOS need it. Contract of text_nfc in text.h. */
#include "base/text.h"
#include "base/compose_tables.h"

enum { HANGUL = 0xac00, HANGUL_COUNT = 11172, LEADS = 0x1100, LEAD_COUNT = 19, VOWELS = 0x1161, VOWEL_COUNT = 21, TAILS = 0x11a7, TAIL_COUNT = 28 };
enum { PARTS_MOST = 4, MARKS_SORTED = 30 }; /* letters with more marks than any language has stay as they are */

static unsigned class_of(uint32_t c)
{
	size_t low = 0, high = COUNT(compose_marks);

	while (low < high) {
		size_t middle = (low + high) / 2;
		if (compose_marks[middle].c == c)
			return compose_marks[middle].class;
		if (compose_marks[middle].c < c)
			low = middle + 1;
		else
			high = middle;
	}
	return 0;
}

static uint32_t hangul(uint32_t a, uint32_t b)
{
	if (a - LEADS < LEAD_COUNT && b - VOWELS < VOWEL_COUNT)
		return HANGUL + ((a - LEADS) * VOWEL_COUNT + (b - VOWELS)) * TAIL_COUNT;
	if (a - HANGUL < HANGUL_COUNT && (a - HANGUL) % TAIL_COUNT == 0 && b - TAILS - 1 < TAIL_COUNT - 1)
		return a + (b - TAILS);
	return 0;
}

/* The letter that a and b make together, 0 if none. */
static uint32_t together(uint32_t a, uint32_t b)
{
	size_t low = 0, high = COUNT(compose_by_parts);

	while (low < high) {
		size_t middle = (low + high) / 2;
		const struct compose_pair *p = &compose_by_parts[middle];
		if (p->mark == b && p->base == a)
			return p->whole;
		if (p->mark < b || (p->mark == b && p->base < a))
			low = middle + 1;
		else
			high = middle;
	}
	return hangul(a, b);
}

static const struct compose_pair *apart(uint32_t c)
{
	size_t low = 0, high = COUNT(compose_by_whole);

	while (low < high) {
		size_t middle = (low + high) / 2;
		if (compose_by_whole[middle].whole == c)
			return &compose_by_whole[middle];
		if (compose_by_whole[middle].whole < c)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static bool may_compose(uint32_t c)
{
	return class_of(c) || c - VOWELS < VOWEL_COUNT || c - TAILS - 1 < TAIL_COUNT - 1;
}

/* Base letter and marks of c, base first; returns their number. */
static size_t decompose(uint32_t c, uint32_t *out)
{
	uint32_t marks[PARTS_MOST];
	size_t n = 0, count = 0;

	for (const struct compose_pair *p; n < PARTS_MOST - 1 && (p = apart(c)); c = p->base)
		marks[n++] = p->mark;
	out[count++] = c;
	while (n)
		out[count++] = marks[--n];
	return count;
}

/* Marks in canonical order: by class, equal classes as they came. */
static void sort_marks(uint32_t *c, size_t n)
{
	for (size_t i = 1; n <= MARKS_SORTED && i < n; i++)
		for (size_t k = i; k > 0 && class_of(c[k - 1]) > class_of(c[k]); k--) {
			uint32_t swap = c[k];
			c[k] = c[k - 1], c[k - 1] = swap;
		}
}

/* Composes in place, returns the new count: a mark joins the last starter unless something between is of its class or higher. */
static size_t compose(uint32_t *c, size_t n)
{
	size_t to = 0, starter = SIZE_MAX;
	unsigned last = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned class = class_of(c[i]);
		bool adjacent = starter != SIZE_MAX && starter + 1 == to;
		uint32_t whole = starter != SIZE_MAX && (adjacent || last < class) ? together(c[starter], c[i]) : 0;
		if (whole) {
			c[starter] = whole;
			continue;
		}
		if (class == 0)
			starter = to;
		last = class;
		c[to++] = c[i];
	}
	return to;
}

struct text text_nfc(struct arena *arena, struct text t)
{
	size_t at = 0, n = 0, count = 0;
	bool any = false;

	while (at < t.n) {
		any |= may_compose(text_next(t, &at));
		count++;
	}
	if (!any)
		return t; /* letters already whole are left alone */
	uint32_t *c = arena_new_array(arena, uint32_t, count * PARTS_MOST);
	for (at = 0; at < t.n;)
		n += decompose(text_next(t, &at), c + n);
	for (size_t i = 0; i < n;) {
		size_t end = i;
		while (end < n && class_of(c[end]))
			end++;
		sort_marks(c + i, end - i);
		i = end + 1;
	}
	n = compose(c, n);
	uint8_t *out = arena_alloc(arena, n * 4 + 1);
	size_t bytes = 0;
	for (size_t i = 0; i < n; i++)
		bytes += utf8_put(out + bytes, c[i]);
	return (struct text){ (char *)out, bytes };
}
