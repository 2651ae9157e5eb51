/* 記録係 — recordd: the one process that writes the store. Collects the requests that are ready, carries them out in one transaction, answers
 * after it is durable; holds the answers of events that wait for the seal until evidenced has reported it.
 * For all daemons and the sekisho command. Never: network, parsing of files, secrets. article: s2.6 s6.6b
 *   recordd --init --site NAME    makes the store and ends        recordd    serves it
 *   recordd --copy                copies the store out            recordd --restored   opens a new epoch in a store put back from a backup */
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/room.h"
#include "base/service.h"
#include "evidence/journal_wire.h"
#include "store/batch.h"
#include "store/command.h"
#include "store/database_copy.h"
#include "store/setup.h"
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PENDING_MOST = 64, STRANGERS_EVERY = 15000 };

struct connection {
	struct connection *next;
	int fd; /* -1: gone, freed with its last request */
	const char *caller; /* NULL until it said who it is */
	struct loop_watch *watch;
	struct loop_timer *silence; /* until it said who it is */
	unsigned pending;
	bool paused;
};
struct request {
	struct request *next;
	struct connection *from;
	struct batch_item item;
	struct journal_ask ask; /* JOURNAL_READ only */
	int64_t until;		/* milliseconds: a read or a held answer waits no longer */
};
struct queue {
	struct request *first, **end;
};
static struct {
	struct service service;
	struct loop *loop;
	struct arena *arena;
	struct sql *sql;
	struct text site;
	struct connection *connections;
	struct loop_watch *listening;
	struct queue commands, reads, held;
	bool flush_due;
	struct loop_timer *waiting; /* the next time-out of reads and held */
	uint64_t sealed, last;
	uint8_t epoch[ENTRY_EPOCH];
	struct room room; /* of the store's disk */
	int records;	  /* its folder */
} all;

static void queue_put(struct queue *q, struct request *r)
{
	r->next = NULL;
	if (!q->first)
		q->end = &q->first;
	*q->end = r;
	q->end = &r->next;
}

static struct request *queue_take(struct queue *q)
{
	struct request *r = q->first;

	if (r)
		q->first = r->next;
	return r;
}

static void connection_end(struct connection *c)
{
	if (c->fd >= 0) {
		loop_remove(c->watch);
		loop_cancel(c->silence);
		service_hang_up(c->fd);
		c->fd = -1;
	}
	if (c->pending > 0)
		return;
	for (struct connection **at = &all.connections; *at; at = &(*at)->next)
		if (*at == c) {
			*at = c->next;
			break;
		}
	free(c);
}

/* The request has been dealt with; its connection reads again, or goes with its last request. */
static void request_end(struct request *r)
{
	struct connection *c = r->from;

	ipc_drop(&r->item.request);
	arena_free(r->item.arena);
	free(r);
	c->pending--;
	if (c->fd < 0)
		connection_end(c);
	else if (c->paused && c->pending < PENDING_MOST / 2) {
		c->paused = false;
		loop_want(c->watch, LOOP_READ);
	}
}

static void answer(struct request *r, struct ipc_message *reply, const struct err *why)
{
	struct connection *c = r->from;
	struct err err = { 0 };
	bool end = false;

	if (c->fd >= 0) {
		int sent = why ? ipc_reply_failure(c->fd, r->item.request.type, r->item.request.sequence, why) : ipc_send(c->fd, reply, &err);
		end = sent != 0 || (why && why->code == ERR_MALFORMED);
		if (end)
			log_line(LOG_WARNING, "recordd-001", "connection of %s ends: %s", c->caller, why ? why->say : err.say);
	}
	if (end && c->fd >= 0) {
		loop_remove(c->watch);
		service_hang_up(c->fd);
		c->fd = -1;
	}
	request_end(r);
}

static int know_counter(struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct sql_counter_now_row now;
	bool found;

	if (sql_counter_now(all.sql, arena, all.site, &now, &found, err) != 0)
		return -1;
	must(found && now.epoch.n == ENTRY_EPOCH);
	all.sealed = (uint64_t)now.sealed;
	all.last = (uint64_t)now.last;
	memcpy(all.epoch, now.epoch.p, ENTRY_EPOCH);
	return 0;
}

/* True when the read was answered. */
static bool serve_read(struct request *r, bool last_chance)
{
	struct arena *arena = r->item.arena;
	struct sql_journal_entries_row *rows;
	struct journal_reply reply;
	struct err err = { 0 };
	size_t count;
	const uint8_t *epoch = r->ask.any_epoch ? all.epoch : r->ask.epoch;
	bool present = memcmp(epoch, all.epoch, ENTRY_EPOCH) == 0;

	if (present && r->ask.after >= all.last && !last_chance)
		return false;
	if (sql_journal_entries(all.sql, arena, all.site, bytes_of(epoch, ENTRY_EPOCH), (int64_t)MIN(r->ask.after, ENTRY_NUMBER_MOST), r->ask.most,
				&rows, &count, &err) != 0) {
		answer(r, NULL, &err);
		return true;
	}
	journal_reply_start(&reply, arena, r->item.request.sequence, all.epoch);
	for (size_t i = 0; i < count; i++) {
		struct journal_row row = { .no = (uint64_t)rows[i].no, .at = rows[i].at, .event = rows[i].event, .entry = rows[i].entry };
		if (!journal_reply_put(&reply, &row))
			break;
	}
	answer(r, journal_reply_close(&reply), NULL);
	return true;
}

static void look_after_waiting(void *self);

/* Answers what can be answered now of the reads and the held; sets the timer for the first that will have waited long enough. */
static void serve_waiting(void)
{
	int64_t now = clock_milliseconds(), next = INT64_MAX;
	struct queue reads = all.reads, held = all.held;
	struct request *r;

	all.reads = all.held = (struct queue){ 0 };
	while ((r = queue_take(&reads))) {
		if (r->from->fd < 0) {
			request_end(r);
		} else if (!serve_read(r, now >= r->until)) {
			next = MIN(next, r->until);
			queue_put(&all.reads, r);
		}
	}
	while ((r = queue_take(&held))) {
		struct err late = { 0 };
		if (r->from->fd < 0) {
			request_end(r);
		} else if (r->item.awaits <= all.sealed) {
			answer(r, &r->item.reply, NULL);
		} else if (now >= r->until) {
			fail(&late, ERR_BUSY, r->item.awaits, "recorded up to number %llu, but not sealed yet: repeat the same request",
			     (unsigned long long)r->item.awaits);
			answer(r, NULL, &late);
		} else {
			next = MIN(next, r->until);
			queue_put(&all.held, r);
		}
	}
	loop_cancel(all.waiting);
	all.waiting = next == INT64_MAX ? NULL : loop_after(all.loop, MAX(next - now, (int64_t)1), look_after_waiting, NULL);
}

static void look_after_waiting(void *self)
{
	(void)self;
	all.waiting = NULL;
	serve_waiting();
}

static void flush(void *self);

static void flush_soon(void)
{
	if (!all.flush_due) {
		all.flush_due = true;
		loop_after(all.loop, 0, flush, NULL); /* after all that is ready in this round has been taken */
	}
}

static void flush(void *self)
{
	struct request *taken[BATCH_MOST], *r;
	struct batch_item *items[BATCH_MOST];
	struct err err = { 0 };
	size_t count = 0;

	(void)self;
	all.flush_due = false;
	while (count < BATCH_MOST && (r = queue_take(&all.commands))) {
		if (r->from->fd < 0) {
			request_end(r); /* nobody waits for it, and it was not begun */
			continue;
		}
		taken[count] = r;
		items[count++] = &r->item;
	}
	if (all.commands.first)
		flush_soon();
	batch_run(all.sql, all.service.home, all.site, items, count);
	if (know_counter(&err) != 0)
		log_err(LOG_ERROR, "recordd-002", "cannot read the counter", &err);
	for (size_t i = 0; i < count; i++) {
		r = taken[i];
		if (r->item.failed) {
			if (r->item.err.code == ERR_FULL || r->item.err.code == ERR_IO || r->item.err.code == ERR_BUG)
				log_err(LOG_ERROR, "recordd-003", "a command failed", &r->item.err);
			answer(r, NULL, &r->item.err);
		} else if (r->item.awaits > all.sealed) {
			r->until = clock_milliseconds() + STORE_SEAL_WAIT_MOST;
			queue_put(&all.held, r);
		} else {
			answer(r, &r->item.reply, NULL);
		}
	}
	serve_waiting();
}

/* Acts that make the store grow and can wait; what ends or decides something, and signing in, goes on to the last byte. */
static bool is_growing(uint16_t type)
{
	return type == STORE_unit_add || type == STORE_person_add || type == STORE_ticket_open || type == STORE_policy_adopt;
}

static void take_request(struct connection *c, struct ipc_message *m, struct arena *arena)
{
	struct request *r = calloc(1, sizeof *r);
	struct err err = { 0 };

	must(r);
	r->from = c;
	r->item = (struct batch_item){ .caller = c->caller, .arena = arena, .request = *m };
	c->pending++;
	if (c->pending >= PENDING_MOST) {
		c->paused = true;
		loop_want(c->watch, 0);
	}
	if (is_growing(m->type) && all.room.level == ROOM_STOP) {
		fail(&err, ERR_FULL, all.room.free, "the disk of the records has %llu bytes free; nothing new is accepted until there are more",
		     (unsigned long long)all.room.free);
		answer(r, NULL, &err);
		return;
	}
	if (m->type != JOURNAL_READ) {
		queue_put(&all.commands, r);
	} else if (journal_take_ask(&r->item.request, &r->ask, &err) != 0) {
		answer(r, NULL, &err);
		return;
	} else if (!(command_caller(c->caller) & (FROM_EVIDENCED | FROM_OPERATOR))) {
		fail(&err, ERR_DENIED, 0, "%s may not read the journal", c->caller);
		answer(r, NULL, &err);
		return;
	} else {
		r->until = clock_milliseconds() + r->ask.wait;
		queue_put(&all.reads, r);
	}
	flush_soon();
}

static int greet(struct connection *c)
{
	struct err err = { 0 };

	if (service_greet(&all.service, c->fd, &c->caller, &err) != 0 ||
	    (command_caller(c->caller) == 0 && fail(&err, ERR_DENIED, 0, "%s has nothing to do here", c->caller) != 0)) {
		if (err.code != ERR_TOO_MANY)
			log_err(LOG_WARNING, "recordd-004", "a caller was turned away", &err);
		return -1;
	}
	loop_cancel(c->silence);
	c->silence = NULL;
	return 0;
}

static void said_nothing(void *self)
{
	struct connection *c = self;

	c->silence = NULL;
	connection_end(c);
}

static void connection_ready(void *self, int fd, unsigned what)
{
	struct connection *c = self;
	struct err err = { 0 };
	struct ipc_message m;

	if (what & LOOP_READ) {
		if (!c->caller) {
			if (greet(c) != 0)
				connection_end(c);
			return;
		}
		struct arena *arena = arena_new(0);
		if (ipc_receive(fd, arena, &m, &err) == 0) {
			take_request(c, &m, arena);
			return;
		}
		arena_free(arena);
		if (err.code == ERR_BUSY)
			return;
		if (err.code == ERR_MALFORMED)
			log_err(LOG_WARNING, "recordd-005", "a malformed message", &err);
		connection_end(c);
		return;
	}
	if (what & LOOP_GONE)
		connection_end(c);
}

static void caller_came(void *self, int listener, unsigned what)
{
	(void)self, (void)what;
	int fd = service_accept(&all.service, listener);
	if (fd < 0)
		return;
	struct connection *c = calloc(1, sizeof *c);
	must(c);
	*c = (struct connection){ .next = all.connections, .fd = fd };
	c->watch = loop_add(all.loop, fd, LOOP_READ, connection_ready, c);
	c->silence = loop_after(all.loop, SERVICE_GREET_MILLISECONDS, said_nothing, c);
	all.connections = c;
}

static int tell_room(struct act *act, struct err *err)
{
	struct json *what = json_object(act->arena);

	json_set_str(act->arena, what, "disk", "records");
	json_set_number(act->arena, what, "free", (int64_t)all.room.free);
	return act_journal(act, room_event(all.room.level), TEXT(""), TEXT(""), "process:recordd", what, NULL, err);
}

static void flush_strangers(void *self)
{
	ARENA(arena) = arena_new(0);
	struct act act = { .sql = all.sql, .arena = arena, .home = all.service.home, .site = all.site, .caller = "recordd", .now = clock_now() };
	struct err err = { 0 };

	(void)self;
	bool told = all.room.told;
	if (room_look(&all.room, all.records))
		told = false;
	if (sql_begin(all.sql, &err) != 0 || store_flush_strangers(&act, &err) != 0 || (!told && tell_room(&act, &err) != 0) ||
	    sql_commit(all.sql, &err) != 0) {
		sql_rollback(all.sql);
		log_err(LOG_ERROR, "recordd-007", "refusals of strangers could not be journaled, tried again", &err);
	} else {
		all.room.told = true;
	}
	if (act.journal)
		flush_soon(); /* evidenced may wait for rows */
	loop_after(all.loop, STRANGERS_EVERY, flush_strangers, NULL);
}

/* Way down: what was not begun is dropped unanswered, what was recorded is durable. */
static void finish(void)
{
	struct queue *queues[] = { &all.commands, &all.reads, &all.held };
	struct err err = { 0 };
	struct request *r;

	for (size_t i = 0; i < COUNT(queues); i++)
		while ((r = queue_take(queues[i])))
			request_end(r);
	while (all.connections)
		connection_end(all.connections);
	loop_remove(all.listening);
	loop_free(all.loop);
	if (store_close(all.sql, all.site, &err) != 0)
		log_err(LOG_WARNING, "recordd-013", "the end was not recorded; the next start reads the whole store", &err);
	arena_free(all.arena);
}

static int init(const char *site)
{
	struct err err = { 0 };

	if (store_setup(all.service.home, (struct text){ site, strlen(site) }, all.service.one_uid, &err) != 0) {
		log_err(LOG_ERROR, "recordd-008", "the store was not made", &err);
		return 1;
	}
	return 0;
}

static int copy(void)
{
	struct err err = { 0 };

	return service_copied(&all.service, database_copy(1, all.service.home, "records/records.db", 0640, &err), &err);
}

/* Why and from what comes as canonical JSON on standard input (sekisho restore); what the new epoch is goes to standard output. */
static int restored(void)
{
	ARENA(arena) = arena_new(0);
	struct err err = { 0 };
	struct bytes in, out;
	struct json about;

	if (file_read_fd(arena, 0, STORE_EVENT_CONTENT_MOST, &in, &err) != 0 || json_read(arena, in, &about, &err) != 0 ||
	    store_restored(all.service.home, &about, arena, &out, &err) != 0) {
		log_err(LOG_ERROR, "recordd-011", "the restored store was not opened", &err);
		return 1;
	}
	return file_write_all(1, out, &err) == 0 ? 0 : 1;
}

static int serve(void)
{
	struct err err = { 0 };

	all.arena = arena_new(0);
	all.room = (struct room){ .warn = STORE_WARN_BYTES_MOST, .stop = STORE_RESERVE_BYTES_MOST, .told = true };
	all.records = openat(all.service.home_fd, "records", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int listener = service_socket(&all.service, "recordd", &err);
	if (listener < 0 || store_open(all.service.home, all.arena, &all.sql, &all.site, &err) != 0 || know_counter(&err) != 0) {
		log_err(LOG_ERROR, "recordd-009", "cannot start", &err);
		return 1;
	}
	static const struct sandbox_folder own[] = { { "records", SANDBOX_WRITE }, { "trust", SANDBOX_READ }, { NULL, 0 } };
	if (service_walls(&all.service, own, &err) != 0) {
		log_err(LOG_ERROR, "recordd-012", "the walls do not stand", &err);
		return 1;
	}
	must(fcntl(listener, F_SETFL, fcntl(listener, F_GETFL) | O_NONBLOCK) == 0);
	all.loop = loop_new();
	service_stop_on_signals(all.loop);
	all.listening = loop_add(all.loop, listener, LOOP_READ, caller_came, NULL);
	flush_strangers(NULL);
	service_ready(&all.service);
	int result = loop_run(all.loop, &err);
	if (result != 0)
		log_err(LOG_ERROR, "recordd-010", "the loop failed", &err);
	finish();
	return result != 0;
}

int main(int argc, char **argv)
{
	service_begin(&all.service, "recordd", argc, argv);
	argc = all.service.argc, argv = all.service.argv;
	if (argc == 4 && strcmp(argv[1], "--init") == 0 && strcmp(argv[2], "--site") == 0)
		return init(argv[3]);
	if (argc == 2 && strcmp(argv[1], "--copy") == 0)
		return copy();
	if (argc == 2 && strcmp(argv[1], "--restored") == 0)
		return restored();
	if (argc != 1) {
		fprintf(stderr, "usage: recordd [--home FOLDER] [--one-uid] [--init --site NAME | --copy | --restored]\n");
		return 2;
	}
	return serve();
}
