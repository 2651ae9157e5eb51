/* 検索 — contract in read.h: tickets by words, as far as the person may see them. */
#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "store/approvers.h"
#include "store/fold.h"
#include "store/grams.h"
#include "store/reader.h"

enum { WORDS = 4, RARE_ENOUGH = 200, FEW = 100 /* about what a person hands in in a year */ };

struct query {
	struct text patterns[WORDS];
	struct text grams[2]; /* the rarest of all; "" none */
	int64_t counts[2];
	bool whole; /* the grams are all there is to the words */
	struct text units; /* ",code,code,": whose requests may come to who asks; "" none */
};

/* Keeps the two rarest grams. */
static int weigh(struct store_reader *r, struct arena *arena, struct text gram, struct query *q, struct err *err)
{
	struct sql_gram_counted_row row;
	bool found;

	if (text_equal(gram, q->grams[0]) || text_equal(gram, q->grams[1]))
		return 0;
	if (sql_gram_counted(r->sql, arena, r->site, gram, RARE_ENOUGH, &row, &found, err) != 0)
		return -1;
	if (q->grams[0].n == 0 || row.count < q->counts[0]) {
		q->grams[1] = q->grams[0], q->counts[1] = q->counts[0];
		q->grams[0] = gram, q->counts[0] = row.count;
	} else if (q->grams[1].n == 0 || row.count < q->counts[1]) {
		q->grams[1] = gram, q->counts[1] = row.count;
	}
	return 0;
}

enum gram_kind { ONE_CHARACTER, PAIR, HASH };

static enum gram_kind kind_of(struct text gram)
{
	size_t at = 0;

	text_next(gram, &at);
	return at == gram.n ? ONE_CHARACTER : gram.n == GRAM_HASH_DIGITS + 1 && gram.p[0] == '#' ? HASH : PAIR;
}

/* Of the grams of a word those say most that are of the highest kind there is: a hash's beginning, else pairs. */
static int read_word(struct store_reader *r, struct arena *arena, struct text word, struct query *q, struct err *err)
{
	struct grams grams;
	enum gram_kind best = ONE_CHARACTER;

	word = text_fold(arena, word);
	grams_of(arena, word, &grams);
	for (size_t i = 0; i < grams.count; i++)
		best = MAX(best, kind_of(grams.rows[i]));
	bool is_gram = false;
	for (size_t i = 0; i < grams.count; i++)
		is_gram = is_gram || text_equal(grams.rows[i], word);
	q->whole = q->whole && is_gram;
	for (size_t i = 0; i < grams.count; i++)
		if (kind_of(grams.rows[i]) == best && weigh(r, arena, grams.rows[i], q, err) != 0)
			return -1;
	return 0;
}

static int read_query(struct store_reader *r, struct arena *arena, struct text words, struct query *q, struct err *err)
{
	size_t at = 0;

	*q = (struct query){ { TEXT("%"), TEXT("%"), TEXT("%"), TEXT("%") }, { TEXT(""), TEXT("") }, { 0, 0 }, true, TEXT("") };
	for (size_t i = 0; i < WORDS; i++) {
		struct text word = fold_word(words, &at);
		if (word.n == 0)
			break;
		word = arena_text(arena, word);
		q->whole = q->whole && i < COUNT(q->grams);
		q->patterns[i] = fold_pattern(arena, word);
		if (read_word(r, arena, word, q, err) != 0)
			return -1;
	}
	return 0;
}

/* What waits is seen by who may decide it; everything else the statement has judged. */
static int may_see(struct store_reader *r, struct arena *arena, struct text person, const struct sql_tickets_searched_row *t, bool *may, struct err *err)
{
	struct approver_posts posts = { .count = 1 };
	bool asks = person.n > 0 && !text_equal(t->sender, person) && !text_equal(t->decided_by, person) && t->state == TICKET_WAITING;

	if (asks && approver_posts(r->sql, arena, r->site, t->sender_unit, t->sender, person, clock_now(), &posts, err) != 0)
		return -1;
	*may = posts.count > 0;
	return 0;
}

/* The next tickets below `below` that hold the words, newest first. A person's own are gone through where the words stand in so many that theirs are
 * fewer, else those with the rarest pair of characters. */
static int next_found(struct store_reader *r, struct arena *arena, struct text person, const struct query *q, int64_t below, size_t slice,
		      struct sql_tickets_searched_row **out, size_t *count, struct err *err)
{
	const struct text *w = q->patterns;

	if (person.n == 0 || (q->counts[0] < RARE_ENOUGH && !r->words_are_common))
		return sql_tickets_searched(r->sql, arena, r->site, person, q->units, q->grams[0], q->grams[1], q->whole, w[0], w[1], w[2], w[3], below,
					    (int64_t)slice, out, count, err);
	return sql_tickets_searched_mine(r->sql, arena, r->site, person, q->units, q->grams[0], q->grams[1], q->whole, w[0], w[1], w[2], w[3], below,
					 (int64_t)slice, out, count, err);
}

/* Whose requests may come to this person at all: of those only, each that waits is judged. Codes hold no comma. */
static int find_units(struct store_reader *r, struct arena *arena, struct text person, struct query *q, struct err *err)
{
	struct sql_approver_reach_row *units;
	struct buf list = buf_in(arena, 0);
	size_t count = 0;

	if (person.n > 0 && sql_approver_reach(r->sql, arena, r->site, person, clock_now(), &units, &count, err) != 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		buf_printf(&list, "%s%s,", i ? "" : ",", units[i].unit.p);
	if (count > 0)
		q->units = (struct text){ buf_string(&list), list.n };
	return 0;
}

static struct store_ticket found_one(const struct sql_tickets_searched_row *t)
{
	struct text none = TEXT("");

	return (struct store_ticket){ .number = (uint64_t)t->number, .state = (enum ticket_state)t->state, .sender = t->sender, .sender_name = t->sender_name,
				      .sender_unit = t->sender_unit, .sender_unit_name = t->sender_unit_name, .addressee_name = t->addressee_name,
				      .purpose = t->purpose, .name = t->name, .opened = t->opened, .decided_by = t->decided_by, .addressee = none,
				      .addressee_unit_name = none, .output_name = none, .decided_by_name = none, .decided_post = none, .reason = none };
}

int store_read_search(struct store_reader *r, struct arena *arena, struct text person, struct text words, uint64_t before, unsigned most,
		      struct store_tickets *out, struct err *err)
{
	int64_t below = read_before(before);
	struct store_tickets found = { NULL, 0, false };
	struct query q;
	size_t slice, got;

	most = read_most(most);
	got = slice = most + 1;
	if (read_query(r, arena, words, &q, err) != 0 || find_units(r, arena, person, &q, err) != 0)
		return -1;
	found.rows = arena_new_array(arena, struct store_ticket, most);
	while (q.grams[0].n > 0 && got == slice && !found.more) {
		struct sql_tickets_searched_row *rows;
		if (next_found(r, arena, person, &q, below, slice, &rows, &got, err) != 0)
			return -1;
		for (size_t i = 0; i < got && !found.more; i++) {
			bool may;
			if (may_see(r, arena, person, &rows[i], &may, err) != 0)
				return -1;
			if (may && found.count == most)
				found.more = true;
			else if (may)
				found.rows[found.count++] = found_one(&rows[i]);
		}
		if (got > 0)
			below = rows[got - 1].number;
	}
	*out = found;
	return 0;
}

int store_read_sent_found(struct store_reader *r, struct arena *arena, struct text sender, const struct store_wanted *wanted, uint64_t before, unsigned most,
			  struct store_passages *out, struct err *err)
{
	int64_t below = read_before(before);
	struct sql_passage_row *rows = NULL;
	struct query q;
	size_t count = 0;
	int result = 0;

	most = read_most(most);
	if (read_query(r, arena, wanted->words, &q, err) != 0)
		return -1;
	const struct text *w = q.patterns;
	if (q.grams[0].n == 0)
		result = sql_sent_found(r->sql, arena, r->site, wanted->full, sender, wanted->state, wanted->since, wanted->until, below, most + 1, &rows, &count,
					err);
	else if (q.counts[0] < FEW && !r->words_are_common)
		result = sql_sent_found_by_words(r->sql, arena, r->site, wanted->full, sender, wanted->state, wanted->since, wanted->until, q.grams[0], q.grams[1],
						 q.whole, w[0], w[1], w[2], w[3], below, most + 1, &rows, &count, err);
	else
		result = sql_sent_found_by_tickets(r->sql, arena, r->site, wanted->full, sender, wanted->state, wanted->since, wanted->until, q.grams[0],
						   q.grams[1], q.whole, w[0], w[1], w[2], w[3], below, most + 1, &rows, &count, err);
	if (result != 0)
		return -1;
	store_passages_of_rows(arena, rows, count, most, out);
	return 0;
}
