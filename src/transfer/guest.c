/* 外部の人からの受渡し — links by which somebody outside hands files in: who shows the token may do what the link says and is told what came of it, nothing else.
 * Whoever tries links that open nothing is made to wait, by address. article: s6.3.2b s6.6d */
#include "base/json.h"
#include "sanitize/client.h"
#include "transfer/terms.h"
#include "transfer/upload.h"

enum { SOURCES = 256 };

/* Tries of late, by address; the oldest gives way. In memory: a restart forgives. */
static struct tries {
	char source[STORE_SOURCE_MOST + 1];
	int64_t since;
	unsigned count;
} tried[SOURCES];

static struct tries *tries_of(const char *source, bool make)
{
	int64_t now = clock_now();
	struct tries *oldest = tried;

	for (size_t i = 0; i < SOURCES; i++) {
		if (tried[i].count && tried[i].since + TRANSFER_GUEST_TRIES_SECONDS_MOST > now && strcmp(tried[i].source, source) == 0)
			return &tried[i];
		if (tried[i].since < oldest->since)
			oldest = &tried[i];
	}
	if (!make)
		return NULL;
	*oldest = (struct tries){ .since = now };
	snprintf(oldest->source, sizeof oldest->source, "%s", source);
	return oldest;
}

int exchange_guest(struct exchange *x, struct store_guest_link_check_reply *out, struct err *err)
{
	struct text source = x->asked.source.n ? x->asked.source : TEXT("unknown");
	struct store_guest_link_check check = { bytes_of(x->asked.token, sizeof x->asked.token), source };
	struct tries *of = tries_of(source.p, false);
	int result;

	if (of && of->count >= TRANSFER_GUEST_TRIES_MOST)
		return fail(err, ERR_TOO_MANY, of->count, "too many links that open nothing were tried from this address");
	STORE_ASK(result, &x->transferd->recordd, x->arena, guest_link_check, &check, out, err);
	if (result != 0)
		return -1;
	if (out->open)
		return 0;
	tries_of(source.p, true)->count++;
	return fail(err, ERR_EXPIRED, 0, "the link is not open, or no longer");
}

static struct text refusal_of(struct arena *arena, struct bytes report)
{
	struct json j;

	return report.n == 0 || json_read(arena, report, &j, NULL) != 0 ? TEXT("") : sanitize_refusal(&j);
}

void guest_link(struct exchange *x)
{
	struct store_guest_link_check_reply link;
	struct transfer_terms terms;
	struct store_reader *reader;
	struct store_numbers tickets;
	struct err err = { 0 };

	if (exchange_guest(x, &link, &err) != 0 || transferd_reader(x->transferd, &reader, &err) != 0 || terms_in_force(reader, DIRECTION_IN, &terms, &err) != 0 ||
	    store_read_guest_tickets(reader, x->arena, link.number, &tickets, &err) != 0) {
		transferd_reader_failed(x->transferd, &err);
		exchange_failed(x, &err);
		return;
	}
	struct ipc_message m = exchange_answer(x);
	size_t count = MIN(tickets.count, (size_t)TRANSFER_FILES_MOST);
	ipc_put_text(&m, link.issuer_name), ipc_put_text(&m, link.issuer_unit_name), ipc_put_text(&m, link.purpose);
	ipc_put_u32(&m, link.files_left), ipc_put_u64(&m, MIN(link.bytes_most, terms.bytes_most)), ipc_put_u64(&m, (uint64_t)link.expires);
	ipc_put_u16(&m, (uint16_t)count);
	for (size_t i = 0; i < count; i++) {
		struct store_ticket t;
		if (store_read_ticket(reader, x->arena, tickets.rows[i], &t, &err) != 0) {
			exchange_failed(x, &err);
			return;
		}
		ipc_put_text(&m, t.name), ipc_put_u8(&m, (uint8_t)t.state), ipc_put_text(&m, refusal_of(x->arena, t.report));
		ipc_put_u64(&m, (uint64_t)t.opened);
	}
	exchange_reply(x, &m);
}

/* ---- the employee's side ---- */

void link_issue(struct exchange *x)
{
	uint8_t link[TRANSFER_TOKEN], hash[SHA256_BYTES];
	const struct transfer_asked *a = &x->asked;
	struct store_guest_link_issue issue = { .token = bytes_of(a->token, sizeof a->token), .token_hash = bytes_of(hash, sizeof hash),
						.addressee = a->addressee, .purpose = a->purpose, .files_most = a->most, .bytes_most = a->number, .expires = a->until };
	struct store_guest_link_issue_reply issued;
	struct err err = { 0 };
	int result;

	random_bytes(link, sizeof link);
	sha256_of(bytes_of(link, sizeof link), hash);
	STORE_ASK(result, &x->transferd->recordd, x->arena, guest_link_issue, &issue, &issued, &err);
	if (result != 0) {
		exchange_failed(x, &err);
		return;
	}
	struct ipc_message m = exchange_answer(x);
	ipc_put_bytes(&m, bytes_of(link, sizeof link));
	exchange_reply(x, &m);
	secret_wipe(link, sizeof link);
}

void link_revoke(struct exchange *x)
{
	struct store_guest_link_revoke revoke = { bytes_of(x->asked.token, sizeof x->asked.token), x->asked.number };
	struct err err = { 0 };
	int result;

	STORE_ASK(result, &x->transferd->recordd, x->arena, guest_link_revoke, &revoke, NULL, &err);
	if (result != 0) {
		exchange_failed(x, &err);
		return;
	}
	struct ipc_message m = exchange_answer(x);
	exchange_reply(x, &m);
}

void links(struct exchange *x)
{
	struct store_session_check_reply person;
	struct store_guest_links found;
	struct store_reader *reader;
	struct err err = { 0 };

	if (exchange_person(x, &person, &err) != 0 || transferd_reader(x->transferd, &reader, &err) != 0 ||
	    store_read_guest_links(reader, x->arena, person.number, x->asked.number, TRANSFER_ROWS_MOST, &found, &err) != 0) {
		transferd_reader_failed(x->transferd, &err);
		exchange_failed(x, &err);
		return;
	}
	struct ipc_message m = exchange_answer(x);
	ipc_put_u16(&m, (uint16_t)found.count), ipc_put_u8(&m, found.more);
	for (size_t i = 0; i < found.count; i++) {
		const struct store_guest_link *l = &found.rows[i];
		ipc_put_u64(&m, l->number), ipc_put_u64(&m, l->bytes_most);
		ipc_put_text(&m, l->addressee_name), ipc_put_text(&m, l->purpose);
		ipc_put_u32(&m, l->files_most), ipc_put_u32(&m, l->used);
		ipc_put_u64(&m, (uint64_t)l->created), ipc_put_u64(&m, (uint64_t)l->expires), ipc_put_u64(&m, (uint64_t)l->revoked);
	}
	exchange_reply(x, &m);
}
