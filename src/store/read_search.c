/* 検索 — contract in read.h: tickets by words, as far as the person may see them. */
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

	grams_of(arena, text_fold(arena, word), &grams);
	for (size_t i = 0; i < grams.count; i++)
		best = MAX(best, kind_of(grams.rows[i]));
	for (size_t i = 0; i < grams.count; i++)
		if (kind_of(grams.rows[i]) == best && weigh(r, arena, grams.rows[i], q, err) != 0)
			return -1;
	return 0;
}

static int read_query(struct store_reader *r, struct arena *arena, struct text words, struct query *q, struct err *err)
{
	size_t at = 0;

	*q = (struct query){ { TEXT("%"), TEXT("%"), TEXT("%"), TEXT("%") }, { TEXT(""), TEXT("") }, { 0, 0 } };
	for (size_t i = 0; i < WORDS; i++) {
		struct text word = fold_word(words, &at);
		if (word.n == 0)
			break;
		word = arena_text(arena, word);
		q->patterns[i] = fold_pattern(arena, word);
		if (read_word(r, arena, word, q, err) != 0)
			return -1;
	}
	return 0;
}

/* What waits is seen by who may decide it; everything else the statement has judged. */
static int may_see(struct store_reader *r, struct arena *arena, struct text person, const struct approver_reach *reach,
		   const struct sql_ticket_by_number_row *t, bool *may, struct err *err)
{
	struct approver_posts posts = { .count = 1 };
	bool asks = person.n > 0 && !text_equal(t->sender, person) && !text_equal(t->decided_by, person) && t->state == TICKET_WAITING;

	if (asks && !approver_reaches(reach, t->sender_unit))
		posts.count = 0;
	else if (asks && approver_posts(r->sql, arena, r->site, t->sender_unit, t->sender, person, clock_now(), &posts, err) != 0)
		return -1;
	*may = posts.count > 0;
	return 0;
}

/* The next tickets below *below that hold the words, newest first; *more: there may be others. A person's own are gone through where the words stand in so
 * many that theirs are fewer, else those with the rarest pair of characters. */
static int next_found(struct store_reader *r, struct arena *arena, struct text person, const struct query *q, int64_t below, size_t slice,
		      struct sql_ticket_by_number_row **out, size_t *count, struct err *err)
{
	const struct text *w = q->patterns;
	struct sql_tickets_searched_mine_row *mine;
	bool found = true;
	size_t n;

	if (person.n == 0 || (q->counts[0] < RARE_ENOUGH && !r->words_are_common))
		return sql_tickets_searched(r->sql, arena, r->site, person, q->grams[0], q->grams[1], w[0], w[1], w[2], w[3], below, (int64_t)slice, out, count,
					    err);
	if (sql_tickets_searched_mine(r->sql, arena, r->site, person, q->grams[0], q->grams[1], w[0], w[1], w[2], w[3], below, (int64_t)slice, &mine, &n, err) != 0)
		return -1;
	*out = arena_new_array(arena, struct sql_ticket_by_number_row, n);
	for (*count = 0; *count < n; ++*count)
		if (sql_ticket_by_number(r->sql, arena, r->site, mine[*count].number, &(*out)[*count], &found, err) != 0)
			return -1;
	must(found);
	return 0;
}

int store_read_search(struct store_reader *r, struct arena *arena, struct text person, struct text words, uint64_t before, unsigned most,
		      struct store_tickets *out, struct err *err)
{
	int64_t below = before == 0 || before > INT64_MAX ? INT64_MAX : (int64_t)before;
	struct sql_ticket_by_number_row *kept;
	struct query q;
	size_t count = 0, slice, got;

	most = MIN(most, (unsigned)STORE_READ_MOST);
	got = slice = most + 1;
	struct approver_reach reach = { NULL, 0 };
	if (read_query(r, arena, words, &q, err) != 0 ||
	    (person.n > 0 && approver_reach_of(r->sql, arena, r->site, person, clock_now(), &reach, err) != 0))
		return -1;
	kept = arena_new_array(arena, struct sql_ticket_by_number_row, most + 1);
	while (q.grams[0].n > 0 && got == slice && count <= most) {
		struct sql_ticket_by_number_row *rows;
		if (next_found(r, arena, person, &q, below, slice, &rows, &got, err) != 0)
			return -1;
		for (size_t i = 0; i < got && count <= most; i++) {
			bool may;
			if (may_see(r, arena, person, &reach, &rows[i], &may, err) != 0)
				return -1;
			if (may)
				kept[count++] = rows[i];
		}
		if (got > 0)
			below = rows[got - 1].number;
	}
	store_tickets_of_rows(arena, kept, count, most, out);
	return 0;
}

int store_read_sent_found(struct store_reader *r, struct arena *arena, struct text sender, const struct store_wanted *wanted, uint64_t before, unsigned most,
			  struct store_numbers *out, bool *more, struct err *err)
{
	int64_t below = before == 0 || before > INT64_MAX ? INT64_MAX : (int64_t)before;
	struct sql_sent_found_row *rows = NULL;
	struct sql_sent_found_by_gram_row *by_gram = NULL;
	size_t count;
	struct query q;

	most = MIN(most, (unsigned)STORE_READ_MOST);
	if (read_query(r, arena, wanted->words, &q, err) != 0)
		return -1;
	const struct text *w = q.patterns;
	bool is_rare = q.grams[0].n > 0 && q.counts[0] < FEW && !r->words_are_common;
	if (is_rare ? sql_sent_found_by_gram(r->sql, arena, r->site, sender, wanted->state, wanted->since, wanted->until, q.grams[0], q.grams[1], w[0], w[1],
					     w[2], w[3], below, most + 1, &by_gram, &count, err) != 0
		    : sql_sent_found(r->sql, arena, r->site, sender, wanted->state, wanted->since, wanted->until, q.grams[0], q.grams[1], w[0], w[1], w[2],
				     w[3], below, most + 1, &rows, &count, err) != 0)
		return -1;
	*more = count > most;
	*out = (struct store_numbers){ arena_new_array(arena, uint64_t, count), MIN(count, (size_t)most) };
	for (size_t i = 0; i < out->count; i++)
		out->rows[i] = (uint64_t)(is_rare ? by_gram[i].number : rows[i].number);
	return 0;
}
