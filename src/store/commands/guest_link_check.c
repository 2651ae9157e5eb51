/* 外部の人から受け取るリンクの確認 — guest_link_check: whoever shows a link's token is told what it is good for. A token that opens nothing is counted as a
 * stranger's try, whatever the cause. article: s6.3.2b s6.6d */
#include "base/hash.h"
#include "store/tickets_open.h"

int guest_link_find(struct act *act, struct bytes token, struct sql_guest_link_by_number_row *link, bool *open, struct err *err)
{
	struct sql_guest_link_by_hash_row known;
	struct sql_person_by_number_row person;
	uint8_t hash[SHA256_BYTES];
	struct err gone;
	bool found;

	act->permitted = PERMIT_GUEST;
	*open = false;
	sha256_of(token, hash);
	if (sql_guest_link_by_hash(act->sql, act->arena, act->site, bytes_of(hash, sizeof hash), &known, &found, err) != 0)
		return -1;
	if (!found)
		return 0;
	if (sql_guest_link_by_number(act->sql, act->arena, act->site, known.number, link, &found, err) != 0)
		return -1;
	*open = found && link->revoked == 0 && link->expires > act->now && act_person(act, link->issuer, &person, &gone) == 0 &&
		act_person(act, link->addressee, &person, &gone) == 0;
	return 0;
}

int command_guest_link_check(struct act *act, const struct store_guest_link_check *in, struct store_guest_link_check_reply *out, struct err *err)
{
	struct sql_guest_link_by_number_row link;
	bool open;

	if (guest_link_find(act, in->link, &link, &open, err) != 0)
		return -1;
	if (open) {
		*out = (struct store_guest_link_check_reply){ .open = 1, .number = (uint64_t)link.number, .issuer_name = link.issuer_name,
			.issuer_unit_name = link.issuer_unit_name, .purpose = link.purpose, .files_left = (uint32_t)MAX(link.files_most - link.used, (int64_t)0),
			.bytes_most = (uint64_t)link.bytes_most, .expires = link.expires };
		return 0;
	}
	out->issuer_name = out->issuer_unit_name = out->purpose = TEXT("");
	return act_count_stranger(act, TEXT("guest_link.unknown"), in->source, err);
}
