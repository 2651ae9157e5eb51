/* 署名文の受付 — contract in signed_statement.h. */
#include "store/signed_statement.h"
#include "base/file.h"
#include "base/hash.h"
#include <fcntl.h>

int signed_statement_read(struct act *act, const struct signed_statement *in, struct statement *out, struct err *err)
{
	uint8_t key[ED25519_PUBLIC];
	struct bytes line;

	if (file_read(act->arena, AT_FDCWD, arena_printf(act->arena, "%s/trust/approval.pub", act->home), 256, &line, err) != 0 ||
	    statement_public_key(line, key, err) != 0)
		return -1;
	return statement_verify(act->arena, in->statement, key, in->signature, out, err);
}

int signed_statement_check(const struct act *act, const struct statement *s, const struct act_session *who, struct err *err)
{
	int64_t apart = s->at > act->now ? s->at - act->now : act->now - s->at;

	if (!text_equal(s->person, who->number))
		return fail(err, ERR_DENIED, 0, "the statement is another person's");
	if (!text_equal(s->site, act->site))
		return fail(err, ERR_MISMATCH, 0, "the statement is for another site");
	if (apart > STORE_STATEMENT_AGE_MOST)
		return fail(err, ERR_EXPIRED, (uint64_t)apart, "the statement was signed %lld seconds from now", (long long)apart);
	return 0;
}

static struct bytes hash_of(struct act *act, const struct signed_statement *in)
{
	uint8_t *hash = arena_alloc(act->arena, SHA256_BYTES);

	sha256_of(in->statement, hash);
	return bytes_of(hash, SHA256_BYTES);
}

void signed_statement_tell(struct act *act, const struct signed_statement *in, struct json *what)
{
	act_set_hex(act, what, "hash", hash_of(act, in));
	act_set_hex(act, what, "signature", in->signature);
	/* read as canonical JSON already, hence valid text */
	json_set_text(act->arena, what, "statement", (struct text){ arena_copy(act->arena, in->statement.p, in->statement.n), in->statement.n });
}

int signed_statement_record(struct act *act, const struct signed_statement *in, const struct statement *s, const int64_t *position, struct err *err)
{
	struct json *what = json_object(act->arena);
	int64_t own = 0;

	if (!position) {
		json_set_number(act->arena, what, "count", (int64_t)s->count);
		signed_statement_tell(act, in, what);
		if (act_journal(act, "approval.signed", s->person, s->post, "approval", what, &own, err) != 0)
			return -1;
		position = &own;
	}
	return sql_approval_insert(act->sql, act->site, hash_of(act, in), in->statement, in->signature, s->person, s->post, s->action, s->reason, s->at,
				   act->now, *position, err);
}
