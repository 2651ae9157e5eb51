/* 検索の手がかり — contract in grams.h. */
#include "store/grams.h"
#include "base/sort.h"
#include "base/text.h"

static int by_text(const void *a, const void *b)
{
	const struct text *x = a, *y = b;
	int first = memcmp(x->p, y->p, MIN(x->n, y->n));

	return first ? first : x->n < y->n ? -1 : x->n > y->n;
}

static bool is_gap(uint32_t c) { return c <= ' ' || c == 0x3000 || c == 0xa0 || c == 0x7f; }
static bool is_hex(uint32_t c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

static void put(struct arena *arena, struct grams *g, struct text t)
{
	if (g->count == GRAMS_MOST)
		g->cut = true;
	else
		g->rows[g->count++] = arena_text(arena, t);
}

static void put_hash(struct arena *arena, struct grams *g, const char *run)
{
	const char *p = arena_printf(arena, "#%.*s", GRAM_HASH_DIGITS, run);

	put(arena, g, (struct text){ p, GRAM_HASH_DIGITS + 1 });
}

static void drop_doubles(struct grams *g)
{
	size_t kept = 0;

	sort_items(g->rows, g->count, sizeof *g->rows, by_text);
	for (size_t i = 0; i < g->count; i++)
		if (kept == 0 || !text_equal(g->rows[kept - 1], g->rows[i]))
			g->rows[kept++] = g->rows[i];
	g->count = kept;
}

void grams_of(struct arena *arena, struct text folded, struct grams *out)
{
	size_t here = 0, before = 0, run = 0;
	bool has_before = false;
	uint32_t c;

	*out = (struct grams){ arena_new_array(arena, struct text, GRAMS_MOST), 0, false };
	for (size_t at = 0; (c = text_next(folded, &at)) != 0; here = at) {
		if (!is_hex(c))
			run = at; /* where the next run would begin */
		else if (at - run == GRAM_HASH_DIGITS)
			put_hash(arena, out, folded.p + run);
		if (is_gap(c)) {
			has_before = false;
			continue;
		}
		/* The pairs of a hash's digits would fill the index and tell nothing; its beginning is in already. */
		if (at - run <= GRAM_HASH_DIGITS) {
			put(arena, out, (struct text){ folded.p + here, at - here });
			if (has_before)
				put(arena, out, (struct text){ folded.p + before, at - before });
		}
		before = here, has_before = true;
	}
	drop_doubles(out);
}
