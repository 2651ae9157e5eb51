/* 承認者 — who may decide a ticket: chief or deputy of the sender's unit, or who acts for its chief while that one is away (commands/absence_set.c);
 * never the sender, nor through the sender's own absence; where nobody else may, the next unit upwards. One rule for recordd, which enforces it, and for the pages, which show it. article: s6.3.2b */
#ifndef STORE_APPROVERS_H
#define STORE_APPROVERS_H
#include "store/sql.gen.h"

/* Posts by which `person` may decide what `sender` handed in from `unit`: at most three, "acting chief of UNIT", "chief of UNIT", "deputy of UNIT"; count 0 =
 * may not. */
struct approver_posts {
	struct text posts[3];
	size_t count;
};
int approver_posts(struct sql *sql, struct arena *arena, struct text site, struct text unit, struct text sender, struct text person, int64_t now,
		   struct approver_posts *out, struct err *err) CHECK_RESULT;
/* A quick look before that question is asked for many tickets: sql_approver_reach gives the units whose requests may come to this person at all, those below
 * the units where they hold a post that decides or act for a chief. A unit that is not among them is none of theirs; one that is may still be another's. */
/* Everybody who may decide it, and by posts of which unit ("" and none: nobody). */
int approver_rows(struct sql *sql, struct arena *arena, struct text site, struct text unit, struct text sender, int64_t now,
		  struct sql_approvers_of_unit_row **rows, size_t *count, struct text *of, struct err *err) CHECK_RESULT;
/* By which posts the person may do this act (evidence/statement.h) to a ticket: release is an administrator's, never of what they sent or get. */
int approver_act_posts(struct sql *sql, struct arena *arena, struct text site, const struct sql_ticket_by_number_row *ticket, struct text action,
		       struct text person, int64_t now, struct approver_posts *out, struct err *err) CHECK_RESULT;
/* The post by which a person is an administrator now; count 0 = is none. */
int approver_administrator(struct sql *sql, struct arena *arena, struct text site, struct text person, int64_t now, struct approver_posts *out,
			   struct err *err) CHECK_RESULT;
/* The highest post a person holds: chief before deputy, own unit first; "" for none. */
int approver_highest(struct sql *sql, struct arena *arena, struct text site, struct text person, struct text own_unit, int64_t now,
		     struct text *out, struct err *err) CHECK_RESULT;

#endif
