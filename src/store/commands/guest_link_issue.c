/* 外部の人から受け取るリンクの発行 — guest_link_issue: an employee lets somebody outside hand files in: for whom, what for, how many, how large, until when. Only
 * the token's hash comes here. article: s6.3.2b */
#include "store/command.h"

static int check(struct act *act, const struct store_guest_link_issue *in, struct err *err)
{
	struct sql_person_by_number_row addressee;

	if (in->files_most < 1 || in->files_most > STORE_HAND_IN_FILES_MOST)
		return fail(err, ERR_INVALID, in->files_most, "a link is good for 1 to %d files", STORE_HAND_IN_FILES_MOST);
	if (in->bytes_most < 1 || in->bytes_most > STORE_FILE_BYTES_MOST)
		return fail(err, ERR_LIMIT, in->bytes_most, "a file of a link has 1 to %d bytes", STORE_FILE_BYTES_MOST);
	if (in->expires <= act->now || in->expires > act->now + STORE_GUEST_LINK_DAYS_MOST * 86400LL)
		return fail(err, ERR_INVALID, (uint64_t)in->expires, "a link ends within %d days", STORE_GUEST_LINK_DAYS_MOST);
	return act_person(act, in->addressee, &addressee, err);
}

int command_guest_link_issue(struct act *act, const struct store_guest_link_issue *in, struct store_guest_link_issue_reply *out, struct err *err)
{
	struct sql_guest_link_number_row next;
	struct sql_guest_link_by_hash_row old;
	struct sql_guest_link_by_number_row link;
	struct act_session who;
	int64_t position;
	bool found;

	if (act_session(act, in->token, FACE_INTERNET, &who, err) != 0 ||
	    sql_guest_link_by_hash(act->sql, act->arena, act->site, in->token_hash, &old, &found, err) != 0)
		return -1;
	if (found) {
		act->repeated = true;
		out->number = (uint64_t)old.number;
		if (sql_guest_link_by_number(act->sql, act->arena, act->site, old.number, &link, &found, err) != 0)
			return -1;
		return found && text_equal(link.issuer, who.number) ? 0 : fail(err, ERR_CONFLICT, 0, "this token is used already");
	}
	if (check(act, in, err) != 0 || sql_guest_link_number(act->sql, act->arena, act->site, &next, &found, err) != 0)
		return -1;
	must(found);
	struct json *what = json_object(act->arena);
	json_set_text(act->arena, what, "addressee", in->addressee);
	json_set_number(act->arena, what, "bytes_most", (int64_t)in->bytes_most);
	json_set_number(act->arena, what, "expires", in->expires);
	json_set_number(act->arena, what, "files_most", in->files_most);
	json_set_text(act->arena, what, "purpose", in->purpose);
	act_set_hex(act, what, "token_hash", in->token_hash);
	out->number = (uint64_t)next.number;
	if (act_journal(act, "guest.link_issued", who.number, TEXT(""), arena_printf(act->arena, "guest_link:%lld", (long long)next.number), what, &position,
			err) != 0)
		return -1;
	return sql_guest_link_insert(act->sql, act->site, next.number, in->token_hash, who.number, in->addressee, in->purpose, in->files_most,
				     (int64_t)in->bytes_most, act->now, in->expires, position, err);
}
