/* 承認者 — contract in approvers.h. */
#include "store/approvers.h"
#include "evidence/statement.h"

enum { CHAIN_MOST = 16 };

static struct text post_text(struct arena *arena, struct text post, struct text unit)
{
	const char *p = arena_printf(arena, "%s of %s", post.p, unit.p);

	return (struct text){ p, strlen(p) };
}

int approver_rows(struct sql *sql, struct arena *arena, struct text site, struct text unit, struct text sender, int64_t now,
		  struct sql_approvers_of_unit_row **rows, size_t *count, struct text *of, struct err *err)
{
	*count = 0, *of = TEXT("");
	for (unsigned step = 0; step < CHAIN_MOST && unit.n > 0; step++) {
		struct sql_unit_by_code_row above;
		bool found;

		if (sql_approvers_of_unit(sql, arena, site, unit, sender, now, rows, count, err) != 0)
			return -1;
		if (*count > 0) { /* somebody else can decide here: it does not go up */
			*of = unit;
			return 0;
		}
		if (sql_unit_by_code(sql, arena, site, unit, &above, &found, err) != 0)
			return -1;
		unit = found ? above.parent : TEXT("");
	}
	return 0;
}

int approver_posts(struct sql *sql, struct arena *arena, struct text site, struct text unit, struct text sender, struct text person, int64_t now,
		   struct approver_posts *out, struct err *err)
{
	struct approver_posts got = { 0 };
	struct sql_approvers_of_unit_row *rows;
	size_t count;

	if (approver_rows(sql, arena, site, unit, sender, now, &rows, &count, &unit, err) != 0)
		return -1;
	for (size_t i = 0; i < count && got.count < COUNT(got.posts); i++)
		if (text_equal(rows[i].number, person) && !text_equal(person, sender)) {
			struct text post = post_text(arena, rows[i].post, unit);
			if (got.count == 0 || !text_equal(got.posts[got.count - 1], post)) /* one post held twice over time counts once */
				got.posts[got.count++] = post;
		}
	*out = got;
	return 0;
}

int approver_administrator(struct sql *sql, struct arena *arena, struct text site, struct text person, int64_t now, struct approver_posts *out,
			   struct err *err)
{
	struct sql_posts_of_row *rows;
	size_t count;

	*out = (struct approver_posts){ .count = 0 };
	if (sql_posts_of(sql, arena, site, person, &rows, &count, err) != 0)
		return -1;
	for (size_t i = 0; i < count && out->count == 0; i++)
		if (text_is(rows[i].post, "administrator") && rows[i].valid_from <= now && (rows[i].valid_to == 0 || rows[i].valid_to > now))
			out->posts[out->count++] = post_text(arena, rows[i].post, rows[i].unit);
	return 0;
}

int approver_act_posts(struct sql *sql, struct arena *arena, struct text site, const struct sql_ticket_by_number_row *t, struct text action,
		       struct text person, int64_t now, struct approver_posts *out, struct err *err)
{
	if (!text_is(action, STATEMENT_RELEASE))
		return approver_posts(sql, arena, site, t->sender_unit, t->sender, person, now, out, err);
	*out = (struct approver_posts){ .count = 0 };
	return text_equal(person, t->sender) || text_equal(person, t->addressee) ? 0 : approver_administrator(sql, arena, site, person, now, out, err);
}

int approver_highest(struct sql *sql, struct arena *arena, struct text site, struct text person, struct text own_unit, int64_t now,
		     struct text *out, struct err *err)
{
	struct sql_posts_of_row *rows;
	size_t count;
	int best = 0;

	if (sql_posts_of(sql, arena, site, person, &rows, &count, err) != 0)
		return -1;
	*out = TEXT("");
	for (size_t i = 0; i < count; i++) {
		bool holds = rows[i].valid_from <= now && (rows[i].valid_to == 0 || rows[i].valid_to > now);
		int rank = text_is(rows[i].post, "chief") ? 3 : text_is(rows[i].post, "deputy") ? 1 : 0;
		if (rank && text_equal(rows[i].unit, own_unit))
			rank++;
		if (holds && rank > best) {
			best = rank;
			*out = post_text(arena, rows[i].post, rows[i].unit);
		}
	}
	return 0;
}
