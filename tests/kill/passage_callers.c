/* 受け渡しの係を殺す試験: 利用者 — who uses the passage while its daemons die. */
#include "kill/passage.h"
#include "evidence/statement.h"
#include "evidence/tlog_read.h"
#include "people/totp.h"
#include <fcntl.h>
#include <unistd.h>

enum { PAUSE_MICROSECONDS = 2000, BREATH_MICROSECONDS = 10000, MARK_EVERY_MICROSECONDS = 1000 };

/* What a caller may be told when somebody has just died. */
static bool is_death(const struct err *err)
{
	return err->code == ERR_PEER || err->code == ERR_BUSY || err->code == ERR_IO;
}

static void book_put(int book, uint64_t a, size_t b)
{
	char line[64];
	int length = snprintf(line, sizeof line, "%llu %zu\n", (unsigned long long)a, b);

	must(write(book, line, (size_t)length) == length);
}

const char *passage_number(unsigned k, char out[32])
{
	snprintf(out, 32, "p%u", k);
	return out;
}

const char *passage_password(const char *kind, unsigned k, char out[48])
{
	snprintf(out, 48, "umi no oto no %s %u", kind, k);
	return out;
}

static struct text text_of(const char *s)
{
	return (struct text){ s, strlen(s) };
}

/* ---- files ---- */

void hand_in_forever(unsigned seed, int book)
{
	while (!shared->stop) {
		size_t n = 1 + (size_t)rand_r(&seed) % SIZE_MOST;
		uint64_t ticket;
		struct err err = { 0 };
		if (people_hand_in(&g, sender, ADDRESSEE, n, &ticket, &err) == 0) {
			book_put(book, ticket, n);
			COUNT_UP(shared->accepted);
			usleep(shared->breath);
		} else if (is_death(&err)) {
			COUNT_UP(shared->dropped);
			usleep(PAUSE_MICROSECONDS);
		} else {
			fault("handing in", &err);
		}
	}
	exit(0);
}

#define BOUNDARY "kozutsumi-no-himo"

static struct bytes form_of(struct arena *a, const char *csrf, const char *name, size_t n)
{
	struct buf b = buf_in(a, n + 4096);
	const struct { const char *field, *value; } fields[] = { { "csrf", csrf }, { "addressee", ADDRESSEE }, { "purpose", "夏まつりの資料" } };

	for (size_t i = 0; i < COUNT(fields); i++)
		buf_str(&b, arena_printf(a, "--" BOUNDARY "\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n%s\r\n", fields[i].field, fields[i].value));
	buf_str(&b, arena_printf(a, "--" BOUNDARY "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"%s\"\r\nContent-Type: text/plain\r\n\r\n", name));
	for (size_t i = 0; i < n; i++)
		buf_byte(&b, people_byte(i));
	buf_str(&b, "\r\n--" BOUNDARY "--\r\n");
	must(buf_ok(&b));
	return buf_view(&b);
}

/* 303 to the ticket is the acknowledgement; anything else a browser would show as "not accepted". */
void hand_in_by_web_forever(unsigned seed, int book)
{
	char csrf[65];
	struct err err = { 0 };

	while (http_csrf(&g, "webd-internet", "/hand-in", sender, csrf, &err) != 0 && !shared->stop)
		usleep(PAUSE_MICROSECONDS);
	for (uint64_t k = (uint64_t)seed << 32; !shared->stop; k++) {
		ARENA(a) = arena_new(0);
		struct http_answer got;
		size_t n = 1 + (size_t)rand_r(&seed) % SIZE_MOST;
		struct bytes form = form_of(a, csrf, arena_printf(a, "w%llu.txt", (unsigned long long)k), n);
		if (http_ask(&g, "webd-internet", "POST", "/hand-in", sender, "multipart/form-data; boundary=" BOUNDARY, form, a, &got, &err) == 0 &&
		    got.status == 303) {
			book_put(book, k, n);
			COUNT_UP(shared->web_accepted);
			usleep(shared->breath);
		} else {
			COUNT_UP(shared->web_dropped);
			usleep(PAUSE_MICROSECONDS);
		}
	}
	exit(0);
}

void fetch_forever(void)
{
	while (!shared->stop) {
		ARENA(a) = arena_new(0);
		struct err err = { 0 };
		struct transfer_file file;
		int transferd = service_connect(&g.office, "transferd", &err);
		if (transferd >= 0 && transfer_fetch(transferd, addressee, approved, a, &file, &err) == 0) {
			COUNT_UP(shared->fetched);
			close(file.fd);
		} else if (is_death(&err)) {
			COUNT_UP(shared->not_fetched);
		} else {
			fault("fetching", &err);
		}
		if (transferd >= 0)
			close(transferd);
		usleep(BREATH_MICROSECONDS);
	}
	exit(0);
}

/* A file that arrives whole is the right one. */
void fetch_by_web_forever(void)
{
	char csrf[65], path[64];
	struct err err = { 0 };

	while (http_csrf(&g, "webd-office", "/inbox", addressee, csrf, &err) != 0 && !shared->stop)
		usleep(PAUSE_MICROSECONDS);
	snprintf(path, sizeof path, "/inbox/%llu/fetch", (unsigned long long)approved);
	while (!shared->stop) {
		ARENA(a) = arena_new(0);
		struct http_answer got;
		const char *form = arena_printf(a, "csrf=%s", csrf);
		if (http_ask(&g, "webd-office", "POST", path, addressee, "application/x-www-form-urlencoded", bytes_of(form, strlen(form)), a, &got, &err) == 0 &&
		    got.status == 200 && got.whole) {
			bool right = got.body.n > CLEAN_PREFIX;
			for (size_t i = CLEAN_PREFIX; right && i < got.body.n; i++)
				right = got.body.p[i] == people_byte(i - CLEAN_PREFIX);
			if (!right) {
				fprintf(stderr, "a file was delivered with another content\n");
				exit(1);
			}
			COUNT_UP(shared->web_fetched);
		} else {
			COUNT_UP(shared->web_not_fetched);
		}
		usleep(BREATH_MICROSECONDS);
	}
	exit(0);
}

/* ---- passwords, codes, signatures ---- */

void set_passwords_forever(void)
{
	for (unsigned k = 0; !shared->stop && k < PASSWORDS_MOST; k++) {
		char number[32], password[48];
		struct err err = { 0 };
		int authd = service_connect(&g.operator, "authd", &err);
		if (authd >= 0 && auth_set_password(authd, text_of(passage_number(k, number)), text_of(passage_password("yoru", k, password)), false, false, &err) == 0) {
			shared->password_set[k] = true;
			COUNT_UP(shared->set);
		} else if (is_death(&err)) {
			COUNT_UP(shared->not_set);
		} else {
			fault("setting a password", &err);
		}
		if (authd >= 0)
			close(authd);
	}
	exit(0);
}

/* The next code of the person that was never shown; false: none is good yet. */
static bool next_code(struct busy *who, char out[8])
{
	int64_t next = MAX(who->step + 1, totp_step(clock_now() + 8) - TOTP_DRIFT);

	if (next > totp_step(clock_now()) + TOTP_DRIFT)
		return false;
	who->step = next;
	snprintf(out, 8, "%06u", totp_code(bytes_of(factor_secret, 20), next));
	return true;
}

/* What is to be signed for the ticket, if it waits; one that was refused is passed over. */
static bool waiting_object(uint64_t *ticket, uint8_t object[SHA256_BYTES])
{
	ARENA(a) = arena_new(0);
	struct store_reader *reader;
	struct store_ticket t;
	bool waits = store_read_open(g.home, &reader, NULL) == 0;

	if (!waits)
		return false;
	waits = store_read_ticket(reader, a, *ticket, &t, NULL) == 0;
	if (waits && t.state == TICKET_REFUSED)
		++*ticket;
	waits = waits && t.state == TICKET_WAITING && t.object.n == SHA256_BYTES;
	if (waits)
		memcpy(object, t.object.p, SHA256_BYTES);
	store_read_close(reader);
	return waits;
}

/* The same statement until it is answered. */
static bool record_decision(struct busy *who, const struct auth_approval *approval)
{
	while (!shared->stop) {
		ARENA(a) = arena_new(0);
		struct err err = { 0 };
		struct store_ticket_decide decide = { bytes_of(who->session, AUTH_TOKEN), approval->statement, bytes_of(approval->signature, 64) };
		int recordd = service_connect(&g.office, "recordd", &err);
		int result = recordd < 0 ? -1 : store_call_ticket_decide(recordd, a, &decide, NULL, &err);
		if (recordd >= 0)
			close(recordd);
		if (result == 0)
			return true;
		if (!is_death(&err))
			fault("deciding", &err);
		usleep(PAUSE_MICROSECONDS);
	}
	return false;
}

static void decide_one(struct busy *who, uint64_t ticket, const uint8_t object[SHA256_BYTES])
{
	ARENA(a) = arena_new(0);
	struct auth_approval approval;
	struct err err = { 0 };
	char code[8];
	bool approves = ticket % 3 != 0;

	if (!next_code(who, code))
		return;
	int authd = service_connect(&g.office, "authd", &err);
	bool answered = authd >= 0 && auth_approve(authd, who->session, text_of(code), text_of(approves ? STATEMENT_APPROVE : STATEMENT_RETURN), TEXT("確認した"),
						   (const uint8_t(*)[SHA256_BYTES])(const void *)object, 1, a, &approval, &err) == 0;
	if (authd >= 0)
		close(authd);
	if (!answered && !is_death(&err))
		fault("signing", &err);
	if (answered && approval.status == AUTH_IN) {
		who->step_acknowledged = who->step;
		if (record_decision(who, &approval)) {
			shared->decision[ticket] = approves ? 1 : 2;
			COUNT_UP(shared->decided);
			return;
		}
	}
	COUNT_UP(shared->not_decided);
}

void decide_forever(void)
{
	uint64_t ticket = approved + 1;

	while (!shared->stop && ticket < TICKETS_MOST) {
		uint8_t object[SHA256_BYTES];
		for (size_t i = 0; i < APPROVERS && ticket < TICKETS_MOST; i++)
			if (waiting_object(&ticket, object))
				decide_one(&shared->approvers[i], ticket++, object);
		usleep(50000);
	}
	exit(0);
}

static void change_one(struct busy *who)
{
	struct auth_outcome out;
	struct err err = { 0 };
	char code[8], present[48], fresh[48];
	/* Which of the unanswered changes took place is not known: guessed. */
	unsigned is = who->password + (unsigned)(random() % (long)(who->tried - who->password + 1)), next = who->tried + 1;

	if (!next_code(who, code))
		return;
	int authd = service_connect(&g.internet, "authd", &err);
	bool answered = authd >= 0 && auth_change_password(authd, who->session, text_of(passage_password("mori", is, present)), text_of(code),
							   text_of(passage_password("mori", next, fresh)), TEXT("192.0.2.30"), &out, &err) == 0;
	if (authd >= 0)
		close(authd);
	if (answered && out.status == AUTH_IN) {
		who->password = who->tried = next;
		who->step_acknowledged = who->step;
		COUNT_UP(shared->changed);
		return;
	}
	if (!answered && !is_death(&err))
		fault("changing a password", &err);
	if (!answered)
		who->tried = next;
	COUNT_UP(shared->not_changed);
}

void change_passwords_forever(void)
{
	while (!shared->stop) {
		for (size_t i = 0; i < CHANGERS; i++)
			change_one(&shared->changers[i]);
		usleep(100000);
	}
	exit(0);
}

/* ---- the log as the world sees it ---- */

void watch_the_log_forever(void)
{
	FD(log) = openat(g.home_fd, "evidence/log", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	must(log >= 0);
	while (!shared->stop) {
		ARENA(a) = arena_new(0);
		struct checkpoint now;
		struct note note;
		struct err err = { 0 };
		unsigned long n = shared->marks;
		if (tlog_read_checkpoint(a, log, NULL, &note, &now, &err) != 0)
			fault("reading the checkpoint", &err); /* it is replaced whole: there is no moment without a good one */
		const struct mark *last = n ? &shared->mark[n - 1] : NULL;
		bool same = last && last->size == now.size;
		if (last && (now.size < last->size || (same && memcmp(last->root, now.root.of, sizeof last->root) != 0))) {
			fprintf(stderr, "the log went from %llu entries to %llu\n", (unsigned long long)last->size, (unsigned long long)now.size);
			exit(1);
		}
		if (!same && n < MARKS_MOST) {
			shared->mark[n].size = now.size;
			memcpy(shared->mark[n].root, now.root.of, sizeof shared->mark[n].root);
			shared->marks = n + 1;
		}
		usleep(MARK_EVERY_MICROSECONDS);
	}
	exit(0);
}
