/* 認証係 — authd: keeps password hashes, factor keys and the key that signs approvals; answers webd and the operator; asks recordd.
 * Never has the network or the store. Everything is in authd(8). article: s6.3.1c s6.6b */
#include "people/authd.h"
#include "base/code.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "store/database_copy.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { KEY_FILE_MOST = 256 };

struct authd_connection {
	struct authd *authd;
	int fd;
	struct loop_watch *watch;
	const char *caller; /* NULL until it has said who it is */
	struct loop_timer *silence; /* as long as it has not */
	struct exchange *exchange;
};

/* Who may ask what. Whoever types a command of the operator's signs in with both factors as at the office face (sekisho policy propose, approve). */
enum { FROM_OFFICE = 1, FROM_NET = 2, FROM_COMMAND = 4 };
static const struct {
	enum auth_request type;
	unsigned from;
	void (*act)(struct exchange *x);
} requests[] = {
	{ AUTH_SIGN_IN, FROM_OFFICE | FROM_NET | FROM_COMMAND, sign_in },
	{ AUTH_ENROL_BEGIN, FROM_OFFICE | FROM_NET, enrol_begin },
	{ AUTH_ENROL_CONFIRM, FROM_OFFICE | FROM_NET, enrol_confirm },
	{ AUTH_SIGN_OUT, FROM_OFFICE | FROM_NET | FROM_COMMAND, sign_out },
	{ AUTH_APPROVE, FROM_OFFICE | FROM_COMMAND, approve },
	{ AUTH_RESET_ACCOUNT, FROM_OFFICE, reset_account },
	{ AUTH_SET_PASSWORD, FROM_COMMAND, set_password },
	{ AUTH_SET_FACTOR, FROM_COMMAND, set_factor },
	{ AUTH_CHANGE_PASSWORD, FROM_OFFICE | FROM_NET, change_password },
	{ AUTH_SESSIONS, FROM_OFFICE | FROM_NET, list_sessions },
	{ AUTH_END_SESSION, FROM_OFFICE | FROM_NET, end_session },
};

static unsigned origin_of(const char *caller)
{
	return strcmp(caller, "webd-office") == 0     ? FROM_OFFICE
	       : strcmp(caller, "webd-internet") == 0 ? FROM_NET
	       : strcmp(caller, "operator") == 0      ? FROM_COMMAND
						      : 0;
}

/* ---- connections and exchanges ---- */

static void connection_close(struct authd_connection *c)
{
	if (c->exchange)
		c->exchange->connection = NULL; /* it is freed when its hash is done */
	loop_remove(c->watch);
	loop_cancel(c->silence);
	service_hang_up(c->fd);
	free(c);
}

static void wipe(struct bytes b)
{
	if (b.n)
		secret_wipe((void *)(uintptr_t)b.p, b.n);
}

void exchange_drop(struct exchange *x)
{
	wipe(x->message);
	wipe(bytes_of_text(x->asked.password));
	wipe(bytes_of_text(x->asked.fresh));
	secret_wipe(&x->row, sizeof x->row);
	secret_wipe(&x->job, sizeof x->job);
	if (x->connection) {
		x->connection->exchange = NULL;
		loop_want(x->connection->watch, LOOP_READ);
	}
	arena_free(x->arena); /* x lies in it */
}

struct ipc_message exchange_answer(struct exchange *x)
{
	return ipc_start(x->arena, (uint16_t)(x->asked.type | IPC_REPLY), x->sequence);
}

void exchange_reply(struct exchange *x, struct ipc_message *m)
{
	struct authd_connection *c = x->connection;
	struct err err = { 0 };

	if (c && ipc_send(c->fd, m, &err) != 0) {
		log_err(LOG_WARNING, "authd-002", "an answer could not be given", &err);
		connection_close(c);
	}
	exchange_drop(x);
}

void exchange_outcome(struct exchange *x, enum auth_status status, const uint8_t *token, uint32_t wait, enum password_refusal refusal)
{
	struct ipc_message m = exchange_answer(x);

	ipc_put_u8(&m, (uint8_t)status);
	ipc_put_bytes(&m, bytes_of(token, token ? AUTH_TOKEN : 0));
	ipc_put_u32(&m, wait);
	ipc_put_u8(&m, (uint8_t)refusal);
	exchange_reply(x, &m);
}

void exchange_done(struct exchange *x)
{
	struct ipc_message m = exchange_answer(x);
	exchange_reply(x, &m);
}

void exchange_failed(struct exchange *x, const struct err *err)
{
	if (err->code == ERR_IO || err->code == ERR_PEER || err->code == ERR_FULL || err->code == ERR_BUG)
		log_err(LOG_ERROR, "authd-003", "a request could not be served", err);
	if (x->connection && ipc_reply_failure(x->connection->fd, (uint16_t)x->asked.type, x->sequence, err) != 0)
		connection_close(x->connection);
	exchange_drop(x);
}

bool exchange_hash(struct exchange *x, bool make, const char *hash, struct text password, void (*done)(void *, struct hash_job *))
{
	struct err err = { 0 };

	x->job = (struct hash_job){ .make = make, .done = done, .self = x };
	memcpy(x->job.hash, hash, MIN(strlen(hash), (size_t)PASSWORD_HASH - 1));
	if (hash_pool_add(x->authd->pool, &x->job, password, &err) == 0)
		return true;
	throttle_undone(x->authd->throttle, &x->attempt);
	exchange_failed(x, &err);
	return false;
}

bool exchange_row_stands(struct exchange *x)
{
	struct factor_row again;
	bool found, stands;

	stands = factor_store_get(x->authd->store, x->number, &again, &found, NULL) == 0 && found && again.generation == x->row.generation;
	if (stands)
		x->row = again;
	secret_wipe(&again, sizeof again);
	return stands;
}

bool is_staff_number(struct text t)
{
	for (size_t i = 0; i < t.n; i++) {
		char c = t.p[i];
		if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-'))
			return false;
	}
	return t.n > 0 && t.n <= STAFF_NUMBER_MOST;
}

static int begin_exchange(struct authd_connection *c, struct err *err)
{
	struct arena *arena = arena_new(0);
	struct exchange *x = arena_alloc(arena, sizeof *x);
	struct ipc_message m;

	x->authd = c->authd, x->connection = c, x->arena = arena, x->caller = c->caller;
	x->face = origin_of(c->caller) & (FROM_OFFICE | FROM_COMMAND) ? FACE_OFFICE : origin_of(c->caller) & FROM_NET ? FACE_INTERNET : 0;
	if (ipc_receive(c->fd, arena, &m, err) != 0) {
		arena_free(arena);
		return -1;
	}
	x->message = bytes_of(m.in.p, m.in.left);
	if (auth_request_take(&m, arena, &x->asked, err) != 0) {
		arena_free(arena);
		return -1;
	}
	x->sequence = m.sequence;
	c->exchange = x;
	loop_want(c->watch, 0);
	for (size_t i = 0; i < COUNT(requests); i++)
		if (requests[i].type == x->asked.type) {
			if (requests[i].from & origin_of(c->caller)) {
				requests[i].act(x);
			} else {
				struct err no;
				fail(&no, ERR_DENIED, x->asked.type, "%s may not ask authd for this", c->caller);
				exchange_failed(x, &no);
			}
			return 0;
		}
	must(false); /* auth_request_take knows no other types */
	return 0;
}

static void said_nothing(void *self)
{
	struct authd_connection *c = self;

	c->silence = NULL;
	connection_close(c);
}

static int greet(struct authd_connection *c, struct err *err)
{
	if (service_greet(&c->authd->service, c->fd, &c->caller, err) != 0)
		return -1;
	loop_cancel(c->silence);
	c->silence = NULL;
	return 0;
}

static void came(void *self, int fd, unsigned what)
{
	struct authd_connection *c = self;
	struct err err = { 0 };
	int result = 0;

	(void)fd;
	if (what & LOOP_READ && !c->exchange)
		result = c->caller ? begin_exchange(c, &err) : greet(c, &err);
	else if (what & LOOP_GONE)
		result = -1;
	if (result == 0 || err.code == ERR_BUSY)
		return;
	if (err.code && err.code != ERR_PEER && err.code != ERR_TOO_MANY)
		log_err(LOG_WARNING, "authd-004", "a connection was ended", &err);
	connection_close(c);
}

static void somebody_connects(void *self, int fd, unsigned what)
{
	struct authd *authd = self;
	int connection = service_accept(&authd->service, fd);

	(void)what;
	if (connection < 0)
		return;
	struct authd_connection *c = calloc(1, sizeof *c);
	must(c);
	*c = (struct authd_connection){ .authd = authd, .fd = connection };
	c->watch = loop_add(authd->loop, connection, LOOP_READ, came, c);
	c->silence = loop_after(authd->loop, SERVICE_GREET_MILLISECONDS, said_nothing, c);
}

/* ---- recordd ---- */

int authd_journal(struct authd *authd, struct arena *arena, const char *event, struct text number, const char *by, struct err *err)
{
	struct json *content = json_object(arena);
	struct store_process_event report = { .event = { event, strlen(event) } };
	int result;

	json_set_str(arena, content, "by", by);
	json_set_text(arena, content, "person", number);
	report.content = json_bytes(arena, content);
	STORE_ASK(result, &authd->recordd, arena, process_event, &report, NULL, err);
	return result;
}

int authd_end_sessions(struct exchange *x, const char *event, const uint8_t *keep, struct err *err)
{
	struct store_sessions_end end = { .number = x->number, .keep = bytes_of(keep, keep ? AUTH_TOKEN : 0), .why = { event, strlen(event) } };
	int result;

	STORE_ASK(result, &x->authd->recordd, x->arena, sessions_end, &end, NULL, err);
	return result;
}

/* ---- start ---- */

static const char *path_of(struct arena *arena, const struct authd *authd, const char *name)
{
	return arena_printf(arena, "%s/auth/%s", authd->service.home, name);
}

/* The key file: 128 hex digits (secret and public half) and a newline. */
static int read_key(struct arena *arena, struct authd *authd, struct err *err)
{
	struct bytes file;

	if (file_read(arena, AT_FDCWD, path_of(arena, authd, "approval.key"), KEY_FILE_MOST, &file, err) != 0)
		return -1;
	int result = file.n == 2 * ED25519_SECRET + 1 && file.p[file.n - 1] == '\n'
			     ? hex_decode(bytes_of(file.p, 2 * ED25519_SECRET), authd->approval_secret, ED25519_SECRET, err)
			     : fail(err, ERR_MALFORMED, file.n, "approval.key is not one line of %d hex digits", 2 * ED25519_SECRET);
	wipe(file);
	return result;
}

static int make_key(struct arena *arena, struct authd *authd, struct err *err)
{
	uint8_t public_key[ED25519_PUBLIC];
	char line[2 * ED25519_SECRET + 2];

	ed25519_pair(public_key, authd->approval_secret);
	hex_put(line, bytes_of(authd->approval_secret, ED25519_SECRET));
	line[2 * ED25519_SECRET] = '\n';
	int result = file_create(AT_FDCWD, path_of(arena, authd, "approval.key"), bytes_of(line, 2 * ED25519_SECRET + 1), 0600, err);
	secret_wipe(line, sizeof line);
	return result;
}

/* `authd --init`: key and empty file; a set-up that was broken off goes on with what is there. The public key goes to stdout. */
static int initialise(struct authd *authd, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct err ours = { 0 };

	if (read_key(arena, authd, &ours) != 0) {
		if (ours.code != ERR_NOT_FOUND) {
			*err = ours;
			return -1;
		}
		if (make_key(arena, authd, err) != 0)
			return -1;
	}
	if (factor_store_open(path_of(arena, authd, "auth.db"), true, &authd->store, err) != 0)
		return -1;
	factor_store_close(authd->store);
	/* The public half stands behind the seed in libsodium's secret key. */
	printf("%s\n", hex_of(arena, bytes_of(authd->approval_secret + ED25519_SECRET - ED25519_PUBLIC, ED25519_PUBLIC)));
	return fflush(stdout) == 0 ? 0 : fail_errno(err, ERR_IO, "cannot print the public key");
}

static int copy(struct authd *authd, struct err *err)
{
	if (copy_file(1, authd->service.home_fd, "auth/approval.key", 0600, false, err) != 0)
		return -1;
	return database_copy(1, authd->service.home, "auth/auth.db", 0600, err);
}

static int serve(struct authd *authd, struct err *err)
{
	ARENA(arena) = arena_new(0);
	uint8_t nobody[24];
	int socket = service_socket(&authd->service, "authd", err);

	if (socket < 0 || read_key(arena, authd, err) != 0 ||
	    factor_store_open(path_of(arena, authd, "auth.db"), false, &authd->store, err) != 0)
		return -1;
	static const struct sandbox_folder own[] = { { "auth", SANDBOX_WRITE }, { NULL, 0 } };
	if (service_walls(&authd->service, own, err) != 0)
		return -1;
	random_bytes(nobody, sizeof nobody);
	random_bytes(authd->dummy_secret, sizeof authd->dummy_secret);
	const char *hex = hex_of(arena, bytes_of(nobody, sizeof nobody));
	password_hash((struct text){ hex, strlen(hex) }, authd->dummy_hash);
	authd->loop = loop_new();
	service_stop_on_signals(authd->loop);
	authd->throttle = throttle_new();
	authd->tokens = tokens_new();
	authd->pool = hash_pool_new(authd->loop);
	struct loop_watch *listener = loop_add(authd->loop, socket, LOOP_READ, somebody_connects, authd);
	service_ready(&authd->service);
	int result = loop_run(authd->loop, err);
	loop_remove(listener);
	hash_pool_free(authd->pool);
	tokens_free(authd->tokens);
	throttle_free(authd->throttle);
	factor_store_close(authd->store);
	loop_free(authd->loop);
	secret_wipe(authd->approval_secret, sizeof authd->approval_secret);
	return result;
}

int main(int argc, char **argv)
{
	static struct authd authd = { .recordd = { .service = &authd.service, .fd = -1 } };
	struct err err = { 0 };
	int result;

	service_begin(&authd.service, "authd", argc, argv);
	if (authd.service.argc == 2 && strcmp(authd.service.argv[1], "--init") == 0) {
		result = initialise(&authd, &err);
	} else if (authd.service.argc == 2 && strcmp(authd.service.argv[1], "--copy") == 0) {
		return service_copied(&authd.service, copy(&authd, &err), &err);
	} else if (authd.service.argc == 1) {
		result = serve(&authd, &err);
	} else {
		fprintf(stderr, "usage: authd [--home FOLDER] [--one-uid] [--log-debug] [--init | --copy]\n");
		return 2;
	}
	if (result != 0)
		log_err(LOG_ERROR, "authd-001", "authd stops", &err);
	return result == 0 ? 0 : 1;
}
