/* 署名文の受付 — a statement that authd signed, brought to a command with the session of who is said to have made it. recordd believes neither webd nor
 * the session for that: signature, person, site and time are checked here; what it is about is the command's own question. article: s6.3.2b s9 */
#ifndef STORE_SIGNED_STATEMENT_H
#define STORE_SIGNED_STATEMENT_H
#include "evidence/statement.h"
#include "store/command.h"
#include "store/proposal_states.h"

struct signed_statement {
	struct bytes token, statement, signature;
};

/* Signature under trust/approval.pub and form. */
int signed_statement_read(struct act *act, const struct signed_statement *in, struct statement *out, struct err *err) CHECK_RESULT;
/* ERR_DENIED another person's, ERR_MISMATCH another site's, ERR_EXPIRED signed more than STORE_STATEMENT_AGE_MOST seconds from now. */
int signed_statement_check(const struct act *act, const struct statement *s, const struct act_session *who, struct err *err) CHECK_RESULT;
/* Keeps it (table approval) with its journal row, approval.signed; or, with `position`, under a row that the command wrote itself. */
int signed_statement_record(struct act *act, const struct signed_statement *in, const struct statement *s, const int64_t *position, struct err *err)
	CHECK_RESULT;
/* Hash, signature and the statement itself: what a journal row says of it. */
void signed_statement_tell(struct act *act, const struct signed_statement *in, struct json *what);

#endif
