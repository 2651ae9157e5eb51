/* 停電 — what power_cut.py needs: `play` walks one full passage against the real daemons and writes down what was acknowledged and when; `hold`
 * takes a data folder as a power cut would have left it, starts the daemons on it, and looks whether every acknowledged thing is there.
 *   power_cut play BUILD-FOLDER ACKNOWLEDGED        prints the folder it played in
 *   power_cut hold BUILD-FOLDER FOLDER ACKNOWLEDGED
 * ACKNOWLEDGED: lines "accepted TICKET BYTES", "judged TICKET", "approved TICKET", "fetched TICKET TIMES", "password NUMBER", "sealed CHECKPOINT-HEX",
 * "addressee TOKEN-HEX", "begin". FOLDER.trust and ACKNOWLEDGED.trust: the trust file. */
#include "base/code.h"
#include "base/clock.h"
#include "base/file.h"
#include "evidence/statement.h"
#include "evidence/trust.h"
#include "people/factor_store.h"
#include "store/client.h"
#include "support/passage_people.h"
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ACKNOWLEDGED_MOST = 1 << 20, CHECKPOINT_MOST = 64 * 1024 };

static struct ground g;
static int acknowledged = -1;
static unsigned faults;

static void __attribute__((format(printf, 1, 2))) acknowledge(const char *format, ...)
{
	char line[8192];
	va_list args;

	va_start(args, format);
	int n = vsnprintf(line, sizeof line, format, args);
	va_end(args);
	must(n > 0 && (size_t)n < sizeof line && write(acknowledged, line, (size_t)n) == n);
}

static void __attribute__((format(printf, 1, 2))) wrong(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("WRONG: ", stdout);
	vprintf(format, args);
	puts("");
	va_end(args);
	faults++;
}

static void start_all(void)
{
	static const char *const names[] = { "recordd", "evidenced", "authd", "sanitized", "transferd" };

	for (size_t i = 0; i < COUNT(names); i++)
		daemon_start(&g, names[i]);
}

/* -- play -- */
static struct bytes read_of(struct arena *a, const char *path, size_t most)
{
	struct bytes out;
	FD(fd) = open(path, O_RDONLY | O_CLOEXEC);

	must(fd >= 0 && file_read_fd(a, fd, most, &out, NULL) == 0);
	return out;
}

static void keep_trust(const char *path)
{
	ARENA(a) = arena_new(0);
	struct bytes said = read_of(a, arena_printf(a, "%s/run/said", g.home), 4096); /* the last to say something was evidenced: its key */

	while (said.n && said.p[said.n - 1] == '\n')
		said.n--;
	struct bytes text = trust_text(a, (struct text){ (const char *)said.p, said.n });
	must(file_create(AT_FDCWD, arena_printf(a, "%s.trust", path), text, 0644, NULL) == 0);
}

static void hand_in(const uint8_t token[AUTH_TOKEN], size_t lines, uint64_t *ticket)
{
	ARENA(a) = arena_new(0);
	struct buf text = buf_in(a, 1 << 20);
	struct store_ticket t;
	struct err err = { 0 };

	for (size_t i = 0; i < lines; i++)
		buf_printf(&text, "%zu行目 夏まつりの配置と当番\n", i);
	if (people_hand_in_content(&g, token, ADDRESSEE, "資料.txt", buf_view(&text), "", ticket, &err) != 0) {
		fprintf(stderr, "handing in: %s\n", err.say);
		abort();
	}
	acknowledge("accepted %llu %zu\n", (unsigned long long)*ticket, text.n);
	people_wait_judged(&g, *ticket, a, &t);
	must(t.verdict == 1);
	acknowledge("judged %llu\n", (unsigned long long)*ticket);
}

static void decide_and_fetch(const uint8_t chief[AUTH_TOKEN], const uint8_t addressee[AUTH_TOKEN], const uint64_t tickets[], size_t count)
{
	ARENA(a) = arena_new(0);
	struct transfer_file file;
	struct err err = { 0 };

	if (people_decide(&g, chief, CHIEF, STATEMENT_APPROVE, tickets, count, &err) != 0) {
		fprintf(stderr, "deciding: %s\n", err.say);
		abort();
	}
	for (size_t i = 0; i < count; i++)
		acknowledge("approved %llu\n", (unsigned long long)tickets[i]);
	struct bytes checkpoint = read_of(a, arena_printf(a, "%s/evidence/log/checkpoint", g.home), CHECKPOINT_MOST);
	acknowledge("sealed %s\n", hex_of(a, checkpoint));
	for (unsigned times = 1; times <= 2; times++) {
		must(people_fetch(&g, addressee, tickets[0], a, &file, &err) == 0);
		close(file.fd);
		acknowledge("fetched %llu %u\n", (unsigned long long)tickets[0], times);
	}
}

static int play(const char *programs, const char *path)
{
	ARENA(a) = arena_new(0);
	uint8_t sender[AUTH_TOKEN], chief[AUTH_TOKEN], addressee[AUTH_TOKEN];
	uint64_t tickets[3];
	struct err err = { 0 };

	acknowledged = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
	must(acknowledged >= 0);
	ground_make(&g, programs);
	printf("%s\n", g.home);
	fflush(stdout);
	keep_trust(path);
	start_all();
	people_make(&g, 8);
	people_sign_in(&g, FACE_INTERNET, SENDER, sender);
	people_sign_in(&g, FACE_OFFICE, CHIEF, chief);
	people_sign_in(&g, FACE_OFFICE, ADDRESSEE, addressee);
	acknowledge("addressee %s\n", hex_of(a, bytes_of(addressee, sizeof addressee)));
	acknowledge("begin\n");
	hand_in(sender, 30, &tickets[0]);
	hand_in(sender, 900, &tickets[1]);
	decide_and_fetch(chief, addressee, tickets, 2);
	FD(authd) = people_connect(&g.operator, "authd");
	must(auth_set_password(authd, TEXT(STRANGER), TEXT("umi no oto no yoru"), false, false, &err) == 0);
	acknowledge("password %s\n", STRANGER);
	hand_in(sender, 5, &tickets[2]);
	acknowledge("end\n");
	sleep(2); /* until the last rows are sealed: a call that dies half-way is in no record */
	for (size_t i = 0; i < g.count; i++) /* as the power would: no time to put anything in order */
		daemon_kill(&g, g.daemons[i].name, SIGKILL);
	return 0;
}

/* -- hold -- */
static void hold_ticket(uint64_t number, const char *what, unsigned long long more)
{
	ARENA(a) = arena_new(0);
	struct store_reader *reader;
	struct store_ticket t;

	must(store_read_open(g.home, &reader, NULL) == 0);
	bool there = store_read_ticket(reader, a, number, &t, NULL) == 0;
	store_read_close(reader);
	if (!there) {
		wrong("ticket %llu was %s and is not there", (unsigned long long)number, what);
		return;
	}
	if (strcmp(what, "accepted") == 0) {
		people_wait_judged(&g, number, a, &t);
		if (t.verdict != 1 || t.bytes != more)
			wrong("ticket %llu: verdict %u, %llu bytes instead of %llu", (unsigned long long)number, t.verdict, (unsigned long long)t.bytes, more);
	} else if (strcmp(what, "judged") == 0 && t.verdict != 1) {
		wrong("the verdict on ticket %llu is lost", (unsigned long long)number);
	} else if (strcmp(what, "approved") == 0 && t.state != TICKET_APPROVED && t.state != TICKET_FETCHED) {
		wrong("the approval of ticket %llu is lost: state %u", (unsigned long long)number, t.state);
	} else if (strcmp(what, "fetched") == 0 && t.fetches < more) {
		wrong("a fetch of ticket %llu is lost: %u of %llu", (unsigned long long)number, t.fetches, more);
	}
}

/* What was approved can still be handed out, bit for bit (transferd compares the hash). Of thousands of disks the last are tried when the session has
 * long ended of itself: then the addressee signs in again. */
static void hold_file(const char *token_hex, uint64_t number)
{
	ARENA(a) = arena_new(0);
	uint8_t token[AUTH_TOKEN];
	struct transfer_file file;
	struct err err = { 0 };
	int64_t until = clock_milliseconds() + 20000;
	bool again = false;

	must(hex_decode(bytes_of(token_hex, strlen(token_hex)), token, sizeof token, NULL) == 0);
	while (people_fetch(&g, token, number, a, &file, &err) != 0) {
		if (err.code != ERR_BUSY && !again) {
			people_sign_in(&g, FACE_OFFICE, ADDRESSEE, token);
			again = true;
			continue;
		}
		if (err.code != ERR_BUSY || clock_milliseconds() > until) {
			wrong("the approved file of ticket %llu cannot be fetched: %s", (unsigned long long)number, err.say);
			return;
		}
		usleep(50000); /* its approval is being sealed */
	}
	close(file.fd);
}

static void hold_password(const char *number)
{
	char path[128];
	struct factor_store *store;
	struct factor_row row;
	bool found = false;

	snprintf(path, sizeof path, "%s/auth/auth.db", g.home);
	must(factor_store_open(path, false, &store, NULL) == 0);
	must(factor_store_get(store, (struct text){ number, strlen(number) }, &row, &found, NULL) == 0);
	if (!found || !password_fits(TEXT("umi no oto no yoru"), row.password))
		wrong("the new password of %s is lost", number);
	factor_store_close(store);
}

static int run(const char *const argv[])
{
	int status;
	pid_t pid = fork();

	must(pid >= 0);
	if (pid == 0) {
		must(dup2(2, 1) == 1);
		execv(argv[0], (char **)(uintptr_t)argv);
		_exit(127);
	}
	must(waitpid(pid, &status, 0) == pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The log, as an auditor sees it who keeps an older checkpoint. */
static void hold_log(const char *programs, const char *trust, const char *checkpoint_hex)
{
	ARENA(a) = arena_new(0);
	const char *command = arena_printf(a, "%s/sekisho", programs), *to = arena_printf(a, "%s/run/export", g.home), *since = arena_printf(a, "%s/run/since", g.home);

	if (run((const char *const[]){ command, "--home", g.home, "evidence", "export", to, NULL }) != 0) {
		wrong("the evidence cannot be exported");
		return;
	}
	const char *verify[] = { command, "evidence", "verify", "--trust", trust, to, NULL, NULL, NULL };
	if (checkpoint_hex) {
		size_t n = strlen(checkpoint_hex) / 2;
		uint8_t *bytes = arena_alloc(a, n + 1);
		must(hex_decode(bytes_of(checkpoint_hex, n * 2), bytes, n, NULL) == 0);
		must(file_create(AT_FDCWD, since, bytes_of(bytes, n), 0600, NULL) == 0);
		verify[5] = "--since", verify[6] = since, verify[7] = to;
	}
	if (run(verify) != 0)
		wrong("the log does not verify%s", checkpoint_hex ? " against the checkpoint that was seen before" : "");
}

static int hold(const char *programs, const char *home, const char *path)
{
	ARENA(a) = arena_new(0);
	char *lines = arena_copy(a, "", 0), *left, *token = NULL, *checkpoint = NULL;

	ground_open(&g, programs, home);
	start_all();
	struct bytes all = read_of(a, path, ACKNOWLEDGED_MOST);
	lines = arena_copy(a, all.p, all.n);
	for (char *line = strtok_r(lines, "\n", &left); line; line = strtok_r(NULL, "\n", &left)) {
		char *rest, *what = strtok_r(line, " ", &rest), *first = strtok_r(NULL, " ", &rest), *second = strtok_r(NULL, " ", &rest);
		if (strcmp(what, "addressee") == 0)
			token = first;
		else if (strcmp(what, "sealed") == 0)
			checkpoint = first;
		else if (strcmp(what, "password") == 0)
			hold_password(first);
		else if (first)
			hold_ticket(strtoull(first, NULL, 10), what, second ? strtoull(second, NULL, 10) : 0);
		if (strcmp(what, "approved") == 0)
			hold_file(token, strtoull(first, NULL, 10));
	}
	hold_log(programs, arena_printf(a, "%s.trust", path), checkpoint);
	for (size_t i = 0; i < g.count; i++)
		daemon_kill(&g, g.daemons[i].name, SIGTERM);
	return faults != 0;
}

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	if (argc == 4 && strcmp(argv[1], "play") == 0)
		return play(argv[2], argv[3]);
	if (argc == 5 && strcmp(argv[1], "hold") == 0)
		return hold(argv[2], argv[3], argv[4]);
	fprintf(stderr, "usage: power_cut play BUILD-FOLDER ACKNOWLEDGED | hold BUILD-FOLDER FOLDER ACKNOWLEDGED\n");
	return 2;
}
