/* 外部の人からの受付 — guest_ticket_open: somebody outside has handed files in by a link. Sender is the employee who issued it: their chief decides, they never
 * decide themself. Who typed which name stands in the purpose, which the approver reads and signs. article: s6.3.2b */
#include "store/tickets_open.h"

int command_guest_ticket_open(struct act *act, const struct store_guest_ticket_open *in, struct store_guest_ticket_open_reply *out, struct err *err)
{
	struct sql_guest_link_by_number_row link;
	struct sql_person_by_number_row issuer;
	struct store_ticket_open_reply opened;
	bool open;

	if (guest_link_find(act, in->link, &link, &open, err) != 0)
		return -1;
	if (!open)
		return fail(err, ERR_EXPIRED, 0, "the link is not open any more");
	if (act_person(act, link.issuer, &issuer, err) != 0)
		return -1;
	const char *purpose = arena_printf(act->arena, "外部の人（%s・%s）から：%s", in->organisation.p, in->guest.p, link.purpose.p);
	struct text words = { purpose, strlen(purpose) };
	if (words.n > STORE_PURPOSE_MOST)
		return fail(err, ERR_LIMIT, words.n, "names and purpose together have more than %d bytes", STORE_PURPOSE_MOST);
	struct store_ticket_open as = { .request = in->request, .addressee = link.addressee, .purpose = words, .name = in->name, .bytes = in->bytes,
					.input = in->input, .provenance = in->provenance, .keep_days = in->keep_days, .direction = DIRECTION_IN,
					.refused_days = in->refused_days, .more = in->more };
	struct act_session sender = { .number = link.issuer, .unit = issuer.unit };
	struct guest_terms terms = { (uint64_t)link.number, (uint64_t)link.bytes_most, (uint32_t)MAX(link.files_most - link.used, (int64_t)0) };
	if (tickets_open(act, &as, &sender, &terms, &opened, err) != 0)
		return -1;
	*out = (struct store_guest_ticket_open_reply){ .ticket = opened.ticket, .expires = opened.expires, .count = opened.count };
	return 0;
}
