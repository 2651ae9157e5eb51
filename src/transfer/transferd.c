/* 受け渡し係 — transferd: takes files in, keeps them encrypted, has them sanitised, hands out what a chief has approved. Never has the network
 * or the store's write side; parses no file. Everything is in transferd(8). article: s2.12a s2.12b s6.3.2b */
#include "transfer/transferd.h"
#include "transfer/wrapping_keys.h"
#include "base/clock.h"
#include "base/code.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include <sys/socket.h>
#include <unistd.h>

enum { KNOWN_MILLISECONDS = 1000 };

/* Who may ask what. */
enum { FROM_OFFICE = FACE_OFFICE, FROM_NET = FACE_INTERNET, FROM_BOTH = FROM_OFFICE | FROM_NET };
static const struct {
	enum transfer_request type;
	unsigned face;
	void (*act)(struct exchange *x);
} requests[] = {
	{ TRANSFER_UPLOAD_BEGIN, FROM_BOTH, upload_begin }, { TRANSFER_UPLOAD_PART, FROM_BOTH, upload_part },
	{ TRANSFER_UPLOAD_PART_END, FROM_BOTH, upload_part_end }, { TRANSFER_UPLOAD_STATE, FROM_BOTH, upload_state },
	{ TRANSFER_UPLOAD_DROP, FROM_BOTH, upload_drop }, { TRANSFER_HAND_IN_CHECK, FROM_BOTH, hand_in_check },
	{ TRANSFER_HAND_IN_FILES, FROM_BOTH, hand_in }, { TRANSFER_MY_HAND_IN, FROM_NET, my_hand_in },
	{ TRANSFER_UNLOCK, FROM_BOTH, unlock }, { TRANSFER_HAND_IN_FORM, FROM_NET, hand_in_form }, { TRANSFER_OUTWARD, FROM_NET, outward },
	{ TRANSFER_GUEST_LINK, FROM_NET, guest_link },
	{ TRANSFER_GUEST_UPLOAD, FROM_NET, guest_upload }, { TRANSFER_GUEST_HAND_IN, FROM_NET, hand_in },
	{ TRANSFER_LINK_ISSUE, FROM_NET, link_issue }, { TRANSFER_LINK_REVOKE, FROM_NET, link_revoke }, { TRANSFER_LINKS, FROM_NET, links },
	{ TRANSFER_MY_TICKETS, FROM_NET, my_tickets },	{ TRANSFER_MY_TICKET, FROM_NET, my_ticket },
	{ TRANSFER_ADDRESSEES, FROM_NET, addressees },	{ TRANSFER_FETCH, FROM_BOTH, fetch },
	{ TRANSFER_PICTURE, FROM_BOTH, picture },
	{ TRANSFER_WHO, FROM_NET, who },		{ TRANSFER_TERMS, FROM_BOTH, terms },
	{ TRANSFER_FACE_CONFIGURED, FROM_BOTH, face_configured },
};

/* ---- connections and exchanges ---- */

struct transfer_known {
	struct arena *arena; /* of its texts */
	uint8_t token[TRANSFER_TOKEN];
	bool quiet;
	int64_t at; /* milliseconds */
	struct store_session_check_reply person;
};

static void forget_person(struct transfer_connection *c)
{
	if (!c->known)
		return;
	arena_free(c->known->arena);
	secret_wipe(c->known->token, sizeof c->known->token);
	free(c->known);
	c->known = NULL;
}

static void connection_close(struct transfer_connection *c)
{
	if (c->exchange)
		c->exchange->connection = NULL;
	forget_person(c);
	uploads_drop_of(c);
	loop_remove(c->watch);
	loop_cancel(c->silence);
	service_hang_up(c->fd);
	free(c);
}

void exchange_goes_on(struct exchange *x)
{
	x->connection->exchange = x;
	loop_want(x->connection->watch, 0);
}

void exchange_drop(struct exchange *x)
{
	if (x->connection && x->connection->exchange == x) {
		x->connection->exchange = NULL;
		loop_want(x->connection->watch, LOOP_READ);
	}
	if (x->asked.password.n)
		secret_wipe((void *)(uintptr_t)x->asked.password.p, x->asked.password.n);
	arena_free(x->arena); /* x lies in it */
}

struct ipc_message exchange_answer(struct exchange *x)
{
	return ipc_start(x->arena, (uint16_t)(x->asked.type | IPC_REPLY), x->sequence);
}

/* A caller that does not take its answer is a caller no more. It is closed from the loop, not under the feet of who is answering. */
static void hang_up(struct transfer_connection *c)
{
	shutdown(c->fd, SHUT_RDWR);
}

void exchange_reply(struct exchange *x, struct ipc_message *m)
{
	struct err err = { 0 };

	if (x->connection && ipc_send(x->connection->fd, m, &err) != 0) {
		log_err(LOG_WARNING, "transferd-002", "an answer could not be given", &err);
		hang_up(x->connection);
	}
	exchange_drop(x);
}

void exchange_failed(struct exchange *x, const struct err *err)
{
	if (err->code == ERR_IO || err->code == ERR_PEER || err->code == ERR_FULL || err->code == ERR_BUG || err->code == ERR_MISMATCH ||
	    err->code == ERR_SIGNATURE)
		log_err(LOG_ERROR, "transferd-003", "a request could not be served", err);
	if (x->connection && ipc_reply_failure(x->connection->fd, (uint16_t)x->asked.type, x->sequence, err) != 0)
		hang_up(x->connection);
	exchange_drop(x);
}

static int begin_exchange(struct transfer_connection *c, struct err *err)
{
	struct arena *arena = arena_new(0);
	struct exchange *x = arena_alloc(arena, sizeof *x);
	struct ipc_message m;
	struct err no;

	x->transferd = c->transferd, x->connection = c, x->arena = arena;
	x->face = strcmp(c->caller, "webd-office") == 0 ? FACE_OFFICE : strcmp(c->caller, "webd-internet") == 0 ? FACE_INTERNET : 0;
	if (ipc_receive(c->fd, arena, &m, err) != 0 || transfer_request_take(&m, &x->asked, err) != 0) {
		arena_free(arena);
		return -1;
	}
	x->sequence = m.sequence;
	for (size_t i = 0; i < COUNT(requests); i++)
		if (requests[i].type == x->asked.type && (requests[i].face & x->face)) {
			requests[i].act(x);
			return 0;
		}
	fail(&no, ERR_DENIED, x->asked.type, "%s may not ask transferd for this", c->caller);
	exchange_failed(x, &no);
	return 0;
}

static void said_nothing(void *self)
{
	struct transfer_connection *c = self;

	c->silence = NULL;
	connection_close(c);
}

static int greet(struct transfer_connection *c, struct err *err)
{
	if (service_greet(&c->transferd->service, c->fd, &c->caller, err) != 0)
		return -1;
	loop_cancel(c->silence);
	c->silence = NULL;
	return 0;
}

static void came(void *self, int fd, unsigned what)
{
	struct transfer_connection *c = self;
	struct err err = { 0 };
	int result = 0;

	(void)fd;
	if (what & LOOP_READ && !c->caller)
		result = greet(c, &err);
	if (what & LOOP_READ && c->caller && !c->exchange && result == 0) /* the first request mostly comes with the greeting */
		result = begin_exchange(c, &err);
	if (!(what & LOOP_READ) && what & LOOP_GONE)
		result = -1;
	if (result == 0 || err.code == ERR_BUSY)
		return;
	if (err.code && err.code != ERR_PEER && err.code != ERR_TOO_MANY)
		log_err(LOG_WARNING, "transferd-004", "a connection was ended", &err);
	connection_close(c);
}

static void somebody_connects(void *self, int fd, unsigned what)
{
	struct transferd *t = self;
	int connection = service_accept(&t->service, fd);

	(void)what;
	if (connection < 0)
		return;
	struct transfer_connection *c = calloc(1, sizeof *c);
	must(c);
	*c = (struct transfer_connection){ .transferd = t, .fd = connection };
	c->watch = loop_add(t->loop, connection, LOOP_READ, came, c);
	c->silence = loop_after(t->loop, SERVICE_GREET_MILLISECONDS, said_nothing, c);
}

/* ---- shared steps ---- */

static void know_person(struct exchange *x, const struct store_session_check_reply *person)
{
	struct transfer_known *known = calloc(1, sizeof *known);
	struct arena *arena = arena_new(0);

	must(known);
	*known = (struct transfer_known){ .arena = arena, .quiet = x->asked.quiet, .at = clock_milliseconds(), .person = *person };
	memcpy(known->token, x->asked.token, sizeof known->token);
	known->person.number = arena_text(arena, person->number), known->person.name = arena_text(arena, person->name);
	known->person.unit = arena_text(arena, person->unit), known->person.unit_name = arena_text(arena, person->unit_name);
	known->person.post = arena_text(arena, person->post), known->person.site = arena_text(arena, person->site);
	forget_person(x->connection);
	x->connection->known = known;
}

/* One that was asked for quietly did not touch the session's idle time: it does not stand for one that must. */
static bool is_known(const struct exchange *x)
{
	const struct transfer_known *known = x->connection ? x->connection->known : NULL;

	return known && clock_milliseconds() - known->at < KNOWN_MILLISECONDS && (!known->quiet || x->asked.quiet) &&
	       secret_equal(known->token, x->asked.token, sizeof known->token);
}

int exchange_person(struct exchange *x, struct store_session_check_reply *out, struct err *err)
{
	struct store_session_check check = { .token = bytes_of(x->asked.token, TRANSFER_TOKEN), .face = (uint8_t)x->face, .quiet = x->asked.quiet };
	int result;

	if (x->asked.type != TRANSFER_WHO && is_known(x)) { /* WHO is where a page begins */
		*out = x->connection->known->person;
		return 0;
	}
	STORE_ASK(result, &x->transferd->recordd, x->arena, session_check, &check, out, err);
	if (result == 0 && x->connection)
		know_person(x, out);
	return result;
}

int transferd_reader(struct transferd *t, struct store_reader **out, struct err *err)
{
	if (!t->reader && store_read_open(t->service.home, &t->reader, err) != 0)
		return -1;
	*out = t->reader;
	return 0;
}

void transferd_reader_failed(struct transferd *t, const struct err *err)
{
	if (err->code != ERR_IO && err->code != ERR_BUSY)
		return;
	store_read_close(t->reader);
	t->reader = NULL;
}

void transferd_fault(struct transferd *t, const char *what, uint64_t ticket, const struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct json *content = json_object(arena);
	struct store_process_event report = { .event = TEXT("process.fault") };
	struct err no = { 0 };
	int result;

	log_err(LOG_ERROR, "transferd-005", what, err);
	json_set_str(arena, content, "code", err_name(err->code));
	json_set_str(arena, content, "process", "transferd");
	json_set_str(arena, content, "say", what);
	json_set_number(arena, content, "ticket", (int64_t)ticket);
	report.content = json_bytes(arena, content);
	STORE_ASK(result, &t->recordd, arena, process_event, &report, NULL, &no);
	if (result != 0)
		log_err(LOG_WARNING, "transferd-006", "the fault could not be recorded", &no);
}

const char *ticket_name(uint64_t ticket, char out[SPOOL_NAME_MOST])
{
	snprintf(out, SPOOL_NAME_MOST, "%llu", (unsigned long long)ticket);
	return out;
}

/* ---- start ---- */

/* After a restore: the spool was copied after the records, so it may hold files of tickets that these records do not know; a later ticket would get
 * the same number. The last ticket on record stands on standard input; how many files were erased goes to standard output. */
static int restored(struct transferd *t, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct bytes in;
	uint64_t last;
	unsigned erased = 0;

	if (file_read_fd(arena, 0, 32, &in, err) != 0 || decimal_decode(in, INT64_MAX, &last, err) != 0 ||
	    spool_open(t->service.home_fd, &t->spool, err) != 0 || erase_beyond(t, last, &erased, err) != 0)
		return -1;
	spool_close(t->spool);
	printf("%u\n", erased);
	return fflush(stdout) == 0 ? 0 : fail_errno(err, ERR_IO, "cannot say what was erased");
}

static int serve(struct transferd *t, struct err *err)
{
	int socket = service_socket(&t->service, "transferd", err);

	if (socket < 0 || spool_open(t->service.home_fd, &t->spool, err) != 0 || uploads_load(t, err) != 0)
		return -1;
	static const struct sandbox_folder own[] = { { "spool", SANDBOX_WRITE }, { "records", SANDBOX_READ }, { "trust", SANDBOX_READ }, { NULL, 0 } };
	if (service_walls(&t->service, own, err) != 0)
		return -1;
	t->loop = loop_new();
	service_stop_on_signals(t->loop);
	t->queue = sanitise_queue_new(t);
	struct loop_watch *listener = loop_add(t->loop, socket, LOOP_READ, somebody_connects, t);
	housekeeping_begin(t);
	service_ready(&t->service);
	int result = loop_run(t->loop, err);
	loop_remove(listener);
	store_read_close(t->reader);
	spool_close(t->spool);
	return result;
}

int main(int argc, char **argv)
{
	static struct transferd transferd = { .recordd = { .service = &transferd.service, .fd = -1 } };
	struct err err = { 0 };
	int result;

	service_begin(&transferd.service, "transferd", argc, argv);
	if (transferd.service.argc == 2 && strcmp(transferd.service.argv[1], "--init") == 0) {
		result = spool_make(transferd.service.home_fd, &err);
	} else if (transferd.service.argc == 2 && strcmp(transferd.service.argv[1], "--copy") == 0) {
		return service_copied(&transferd.service, spool_copy(transferd.service.home_fd, 1, &err), &err);
	} else if (transferd.service.argc == 2 && strcmp(transferd.service.argv[1], "--rotate") == 0) {
		result = wrapping_keys_rotate(transferd.service.home_fd, &err);
	} else if (transferd.service.argc == 2 && strcmp(transferd.service.argv[1], "--restored") == 0) {
		result = restored(&transferd, &err);
	} else if (transferd.service.argc == 1) {
		result = serve(&transferd, &err);
	} else {
		fprintf(stderr, "usage: transferd [--home FOLDER] [--one-uid] [--log-debug] [--init | --copy | --restored | --rotate]\n");
		return 2;
	}
	if (result != 0)
		log_err(LOG_ERROR, "transferd-001", "transferd stops", &err);
	return result == 0 ? 0 : 1;
}
