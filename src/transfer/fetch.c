/* 受取 — an approved file goes to its addressee: what came in on the office face, what goes out on the Internet face; after an administrator's
 * release the original of a refused file, from quarantine. transferd believes nobody: it verifies the approval's signature and that the
 * signed object is this ticket with this content, and the fetch is in the journal before the descriptor is handed out.
 * article: s6.3.2b */
#include "base/file.h"
#include "evidence/statement.h"
#include "transfer/transferd.h"
#include <unistd.h>

enum { STEP_BYTES = 2 << 20, KEY_FILE_MOST = 256 };

struct delivery {
	struct exchange *x;
	struct store_ticket ticket;
	struct spool_reader *reader;
	int fd;
	bool end;
};

/* Of what the rebuilders write; anything else is offered as bytes. */
static const struct {
	const char *extension, *type;
} media_types[] = {
	{ "txt", "text/plain" },
	{ "csv", "text/csv" },
	{ "png", "image/png" },
	{ "jpg", "image/jpeg" },
	{ "jpeg", "image/jpeg" },
	{ "zip", "application/zip" },
	{ "pdf", "application/pdf" },
	{ "docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document" },
	{ "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" },
	{ "pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation" },
};

static struct text media_type(struct text name)
{
	const char *dot = memrchr(name.p, '.', name.n);

	for (size_t i = 0; dot && i < COUNT(media_types); i++)
		if (strcasecmp(dot + 1, media_types[i].extension) == 0)
			return (struct text){ media_types[i].type, strlen(media_types[i].type) };
	return TEXT("application/octet-stream");
}

/* What goes out of a ticket: the rebuilt file, or after a release from quarantine the original. */
static bool is_original(const struct store_ticket *t) { return t->state == TICKET_RELEASED; }
static struct bytes out_hash(const struct store_ticket *t) { return is_original(t) ? t->input : t->output; }
static struct text out_name(const struct store_ticket *t) { return is_original(t) ? t->name : t->output_name; }

/* ---- may it go out? ---- */

static int check_state(const struct store_ticket *t, struct text person, unsigned face, struct err *err)
{
	if (!text_equal(t->addressee, person) || face != (t->outward ? FACE_INTERNET : FACE_OFFICE))
		return fail(err, ERR_NOT_FOUND, t->number, "no such ticket for this person");
	if (t->erased || t->expires <= clock_now() || t->state == TICKET_EXPIRED)
		return fail(err, ERR_EXPIRED, t->number, "the term of the ticket is over");
	if (t->state != TICKET_APPROVED && t->state != TICKET_FETCHED && t->state != TICKET_RELEASED)
		return fail(err, ERR_DENIED, t->number, "the ticket is not approved");
	if (!t->sealed)
		return fail(err, ERR_BUSY, t->number, "the approval is not under a signed checkpoint yet");
	return 0;
}

/* The signature, and that it says just this. */
static int check_approval(struct transferd *t, struct arena *arena, const struct store_ticket *ticket, struct store_reader *reader, struct err *err)
{
	struct statement_ticket what = { .ticket = ticket->number, .sender = ticket->sender, .addressee = ticket->addressee,
					 .purpose = ticket->purpose, .name = out_name(ticket), .outward = ticket->outward };
	const char *action = is_original(ticket) ? STATEMENT_RELEASE : STATEMENT_APPROVE;
	uint8_t key[ED25519_PUBLIC], object[SHA256_BYTES];
	struct store_site site;
	struct statement s;
	struct bytes file;

	if (ticket->input.n != SHA256_BYTES || out_hash(ticket).n != SHA256_BYTES)
		return fail(err, ERR_MISMATCH, ticket->number, "the ticket has no hashes");
	if (store_read_site(reader, arena, &site, err) != 0 ||
	    file_read(arena, t->service.home_fd, "trust/approval.pub", KEY_FILE_MOST, &file, err) != 0 ||
	    statement_public_key(file, key, err) != 0 || statement_verify(arena, ticket->statement, key, ticket->signature, &s, err) != 0)
		return -1;
	what.site = site.site;
	memcpy(what.input, ticket->input.p, SHA256_BYTES);
	memcpy(what.output, out_hash(ticket).p, SHA256_BYTES);
	statement_object_hash(&what, object);
	if (!text_is(s.action, action) || !statement_names(&s, object) || !text_equal(s.site, site.site))
		return fail(err, ERR_MISMATCH, ticket->number, "the approval is not about this file");
	if (text_equal(s.person, ticket->sender) || (is_original(ticket) && text_equal(s.person, ticket->addressee)) || !text_equal(s.person, ticket->decided_by))
		return fail(err, ERR_MISMATCH, ticket->number, "the approval is not by the one who is recorded, or by the sender");
	return 0;
}

/* ---- the way out ---- */

static void drop(struct delivery *d)
{
	spool_read_end(d->reader);
	d->reader = NULL;
	if (d->fd >= 0)
		close(d->fd);
	d->fd = -1;
}

static void not_delivered(struct delivery *d, const struct err *err)
{
	struct exchange *x = d->x;

	if (err->code == ERR_SIGNATURE || err->code == ERR_MISMATCH || err->code == ERR_MALFORMED)
		transferd_fault(x->transferd, "an approved file was not handed out", d->ticket.number, err);
	drop(d);
	exchange_failed(x, err); /* d lies in its arena */
}

static int record(struct delivery *d, struct err *err)
{
	struct exchange *x = d->x;
	uint8_t request[16];
	struct store_ticket_fetched fetched = { .token = bytes_of(x->asked.token, TRANSFER_TOKEN), .request = bytes_of(request, sizeof request),
						.ticket = d->ticket.number, .output = out_hash(&d->ticket) };
	int result;

	random_bytes(request, sizeof request);
	STORE_ASK(result, &x->transferd->recordd, x->arena, ticket_fetched, &fetched, NULL, err);
	return result;
}

static void deliver(struct delivery *d)
{
	struct exchange *x = d->x;
	struct err err = { 0 };
	uint8_t sha256[SHA256_BYTES];
	uint64_t bytes;

	spool_read_result(d->reader, &bytes, sha256);
	uint64_t wanted = is_original(&d->ticket) ? d->ticket.bytes : d->ticket.output_bytes;
	if (bytes != wanted || !bytes_equal(bytes_of(sha256, sizeof sha256), out_hash(&d->ticket))) {
		fail(&err, ERR_MISMATCH, d->ticket.number, "the file in the spool is not the one approved");
		not_delivered(d, &err);
		return;
	}
	if (memfd_seal(d->fd, &err) != 0 || lseek(d->fd, 0, SEEK_SET) != 0 || record(d, &err) != 0) {
		not_delivered(d, &err);
		return;
	}
	struct ipc_message m = exchange_answer(x);
	ipc_put_text(&m, out_name(&d->ticket));
	ipc_put_text(&m, is_original(&d->ticket) ? TEXT("application/octet-stream") : media_type(d->ticket.output_name));
	ipc_put_u64(&m, bytes);
	ipc_put_fd(&m, d->fd);
	int fd = d->fd;
	d->fd = -1;
	drop(d);
	exchange_reply(x, &m);
	close(fd);
}

static void step(void *self)
{
	struct delivery *d = self;
	struct err err = { 0 };

	if (!d->x->connection) { /* nobody waits for it any more */
		drop(d);
		exchange_drop(d->x);
	} else if (spool_read_step(d->reader, d->fd, STEP_BYTES, &d->end, &err) != 0) {
		not_delivered(d, &err);
	} else if (d->end) {
		deliver(d);
	} else {
		loop_after(d->x->transferd->loop, 0, step, d);
	}
}

static int begin(struct delivery *d, struct err *err)
{
	struct exchange *x = d->x;
	struct transferd *t = x->transferd;
	struct store_session_check_reply person;
	struct store_reader *reader;
	char name[SPOOL_NAME_MOST];
	struct bytes note;

	if (exchange_person(x, &person, err) != 0 || transferd_reader(t, &reader, err) != 0)
		return -1;
	if (store_read_ticket(reader, x->arena, x->asked.number, &d->ticket, err) != 0) {
		transferd_reader_failed(t, err);
		return -1;
	}
	if (check_state(&d->ticket, person.number, x->face, err) != 0 || check_approval(t, x->arena, &d->ticket, reader, err) != 0)
		return -1;
	d->fd = memfd_new("delivery", err);
	if (d->fd < 0)
		return -1;
	return spool_read_begin(t->spool, is_original(&d->ticket) ? SPOOL_IN : SPOOL_OUT, ticket_name(d->ticket.number, name), x->arena, &note, &d->reader, err);
}

void fetch(struct exchange *x)
{
	struct delivery *d = arena_alloc(x->arena, sizeof *d);
	struct err err = { 0 };

	*d = (struct delivery){ .x = x, .fd = -1 };
	if (begin(d, &err) != 0) {
		not_delivered(d, &err);
		return;
	}
	exchange_goes_on(x);
	loop_after(x->transferd->loop, 0, step, d);
}
