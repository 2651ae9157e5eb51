/* 受け渡しの係を殺す — kill -9 at random moments of the daemons, all in turn or one of them, while files are handed in and fetched (by webd's own
 * requests and over HTTP), decided, passwords set and changed, and the log is watched. What each caller was told must be true at the end:
 *   transferd: an accepted file has ticket, verdict, original and output, bit for bit; what was not accepted leaves nothing; every fetch has its row
 *   authd: a password that was set or changed is kept; a code that was shown with success is used up; what was signed and recorded stays
 *   recordd: all of it is on record        sanitized (the real one): every accepted file comes to a verdict; no process of a jail is left behind
 *   evidenced: no checkpoint ever goes back, each is a past state of the log, an export verifies; no answer came before its seal
 *   webd-internet, webd-office: what a browser was told is accepted has its ticket; a file delivered whole is the right one and has its row
 *   passage_loses_nothing BUILD-FOLDER ROUNDS [all|NAME] [SEED]        SEKISHO_KILL_ROUNDS in the environment asks for more rounds */
#include "kill/passage.h"
#include "evidence/statement.h"
#include "people/totp.h"
#include "support/sanitizer_stand_in.h"
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LIFE_MOST_MILLISECONDS = 150, PATIENCE_SECONDS = 60, CALLERS = SENDERS + WEB_SENDERS + 6 };

struct shared *shared;
struct ground g;
uint8_t sender[AUTH_TOKEN], chief[AUTH_TOKEN], addressee[AUTH_TOKEN];
uint64_t approved;
int books[SENDERS], web_books[WEB_SENDERS];

/* weight: of ten when all are killed in turn. */
static struct victim {
	const char *name;
	unsigned weight;
	unsigned long kills;
	int64_t starting; /* milliseconds, all together */
} victims[] = { { "transferd", 3, 0, 0 }, { "authd", 2, 0, 0 }, { "recordd", 1, 0, 0 }, { "sanitized", 1, 0, 0 }, { "evidenced", 1, 0, 0 },
		{ "webd-internet", 1, 0, 0 }, { "webd-office", 1, 0, 0 } };

static struct text text_of(const char *s)
{
	return (struct text){ s, strlen(s) };
}

static void add_busy(struct busy *who, const char *kind, size_t i, const char *post)
{
	ARENA(a) = arena_new(0);
	FD(recordd) = people_connect(&g.operator, "recordd");
	FD(authd) = people_connect(&g.operator, "authd");
	struct err err = { 0 };
	char password[48];

	snprintf(who->number, sizeof who->number, "%s%zu", kind, i);
	passage_password("mori", 0, password);
	bool is = store_call_person_add(recordd, a, &(struct store_person_add){ text_of(who->number), text_of(who->number), TEXT("カナ"), TEXT("shimin"), TEXT("") },
					NULL, &err) == 0 &&
		  (!post || store_call_post_assign(recordd, a, &(struct store_post_assign){ text_of(who->number), TEXT("shimin"), text_of(post), clock_now() - 10, 0 },
						   NULL, &err) == 0) &&
		  auth_set_password(authd, text_of(who->number), text_of(password), false, false, &err) == 0 &&
		  auth_set_factor(authd, text_of(who->number), bytes_of(factor_secret, 20), &err) == 0;
	if (!is)
		fault("adding people", &err);
	unsigned face = post ? FACE_OFFICE : FACE_INTERNET;
	FD(door) = people_connect(post ? &g.office : &g.internet, "authd");
	struct auth_outcome out;
	char code[8];
	who->step = who->step_acknowledged = totp_step(clock_now() + 8) - TOTP_DRIFT;
	snprintf(code, sizeof code, "%06u", totp_code(bytes_of(factor_secret, 20), who->step));
	if (auth_sign_in(door, face, text_of(who->number), text_of(password), text_of(code), TEXT("192.0.2.31"), &out, &err) != 0 || out.status != AUTH_IN)
		fault("signing in", &err);
	memcpy(who->session, out.token, AUTH_TOKEN);
}

static void prepare(bool real_sanitiser)
{
	ARENA(a) = arena_new(0);
	struct store_ticket t;
	struct err err;

	daemon_start(&g, "recordd");
	daemon_start(&g, "evidenced");
	daemon_start(&g, "authd");
	daemon_start(&g, "transferd");
	stand_in_start(&g, STAND_IN_CLEAN);
	people_make(&g, 8);
	people_sign_in(&g, FACE_INTERNET, SENDER, sender);
	people_sign_in(&g, FACE_OFFICE, CHIEF, chief);
	people_sign_in(&g, FACE_OFFICE, ADDRESSEE, addressee);
	for (size_t i = 0; i < APPROVERS; i++)
		add_busy(&shared->approvers[i], "d", i, "deputy");
	for (size_t i = 0; i < CHANGERS; i++)
		add_busy(&shared->changers[i], "c", i, NULL);
	must(people_hand_in(&g, sender, ADDRESSEE, 100000, &approved, &err) == 0);
	people_wait_judged(&g, approved, a, &t);
	if (people_decide(&g, chief, CHIEF, STATEMENT_APPROVE, &approved, 1, &err) != 0)
		fault("approving", &err);
	daemon_start(&g, "webd-internet");
	daemon_start(&g, "webd-office");
	if (real_sanitiser) {
		stand_in_stop(&g);
		daemon_start(&g, "sanitized");
	}
}

static void kill_one(struct victim *v, bool real_sanitiser)
{
	v->kills++;
	if (strcmp(v->name, "sanitized") == 0 && !real_sanitiser) {
		stand_in_start(&g, STAND_IN_CLEAN);
		return;
	}
	daemon_kill(&g, v->name, SIGKILL);
	int64_t before = clock_milliseconds();
	daemon_start(&g, v->name);
	v->starting += clock_milliseconds() - before;
}

static struct victim *choose(const char *only, unsigned *seed)
{
	unsigned at = (unsigned)rand_r(seed) % 10;
	struct victim *v = victims;

	if (only) {
		for (size_t i = 0; i < COUNT(victims); i++)
			if (strcmp(victims[i].name, only) == 0)
				return &victims[i];
		return NULL;
	}
	while (at >= v->weight)
		at -= v->weight, v++;
	return v;
}

static _Noreturn void call(int i, unsigned seed)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (i < SENDERS)
		hand_in_forever(seed + (unsigned)i, books[i]);
	if (i < SENDERS + WEB_SENDERS)
		hand_in_by_web_forever((unsigned)(i - SENDERS + 1), web_books[i - SENDERS]);
	switch (i - SENDERS - WEB_SENDERS) {
	case 0: fetch_forever();
	case 1: fetch_by_web_forever();
	case 2: set_passwords_forever();
	case 3: decide_forever();
	case 4: change_passwords_forever();
	default: watch_the_log_forever();
	}
}

/* Orphans come to us (we are their reaper): whoever of a jail outlives its broker is one too many. */
static void check_no_jail_is_left(void)
{
	int64_t until = clock_milliseconds() + 5000;
	size_t left;

	do {
		left = 0;
		usleep(50000);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		DIR *d = opendir("/proc");
		for (struct dirent *e; (e = readdir(d));) {
			char path[300], line[512] = "";
			int parent = 0;
			snprintf(path, sizeof path, "/proc/%s/stat", e->d_name);
			FILE *f = e->d_name[0] >= '0' && e->d_name[0] <= '9' ? fopen(path, "r") : NULL;
			if (f && fgets(line, sizeof line, f) && sscanf(strrchr(line, ')') ? strrchr(line, ')') : line, ") %*c %d", &parent) == 1)
				left += parent == getpid() && (strstr(line, "(worker-") || strstr(line, "(verifier"));
			if (f)
				fclose(f);
		}
		closedir(d);
	} while (left && clock_milliseconds() < until);
	if (left)
		wrong("processes of jails are left behind", left);
}

static bool everything_was_done(void)
{
	return shared->accepted && shared->web_accepted && shared->fetched && shared->web_fetched && shared->set && shared->decided && shared->changed &&
	       shared->marks >= 2;
}

static void report(void)
{
	printf("kills:");
	for (size_t i = 0; i < COUNT(victims); i++)
		if (victims[i].kills)
			printf(" %s %lu (a start took %lld ms)", victims[i].name, victims[i].kills, (long long)victims[i].starting / (long long)victims[i].kills);
	printf("\n%llu tickets; files accepted %lu, cut off %lu; over HTTP %lu, %lu; fetches %lu, without answer %lu; over HTTP %lu, %lu; decisions %lu, %lu;\n"
	       "passwords set %lu, %lu; changed by their owners %lu, %lu; %lu checkpoints seen\n",
	       (unsigned long long)tickets_on_record(), shared->accepted, shared->dropped, shared->web_accepted, shared->web_dropped, shared->fetched, shared->not_fetched,
	       shared->web_fetched, shared->web_not_fetched, shared->decided, shared->not_decided, shared->set, shared->not_set, shared->changed, shared->not_changed,
	       shared->marks);
	if (!everything_was_done())
		wrong("something was never done: this proves nothing", 0);
}

static void finish(bool real_sanitiser)
{
	wait_all_judged();
	check_log();
	daemon_kill(&g, "webd-internet", SIGTERM);
	daemon_kill(&g, "webd-office", SIGTERM);
	daemon_kill(&g, "transferd", SIGTERM);
	daemon_kill(&g, "authd", SIGTERM);
	if (real_sanitiser) {
		daemon_kill(&g, "sanitized", SIGKILL);
		check_no_jail_is_left();
	}
	check_records(real_sanitiser);
	check_leftovers(tickets_on_record());
	check_people();
	report();
}

int main(int argc, char **argv)
{
	unsigned long rounds = argc > 2 ? strtoul(argv[2], NULL, 10) : 0, more = strtoul(getenv("SEKISHO_KILL_ROUNDS") ? getenv("SEKISHO_KILL_ROUNDS") : "0", NULL, 10);
	const char *only = argc > 3 && strcmp(argv[3], "all") != 0 ? argv[3] : NULL;
	unsigned seed = argc > 4 ? (unsigned)strtoul(argv[4], NULL, 10) : (unsigned)clock_now();
	bool real_sanitiser = only && strcmp(only, "sanitized") == 0;
	pid_t callers[CALLERS];

	if (argc < 3 || !choose(only, &(unsigned){ 1 })) {
		fprintf(stderr, "usage: passage_loses_nothing BUILD-FOLDER ROUNDS [all|NAME] [SEED]\n");
		return 2;
	}
	rounds = MAX(rounds, more);
	printf("%lu rounds of %s, seed %u\n", rounds, only ? only : "all", seed);
	fflush(stdout);
	signal(SIGPIPE, SIG_IGN);
	must(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	must(shared != MAP_FAILED);
	shared->breath = real_sanitiser ? 2000000 : 10000;
	ground_make(&g, argv[1]);
	prepare(real_sanitiser);
	for (int i = 0; i < SENDERS; i++)
		books[i] = memfd_new("book", NULL);
	for (int i = 0; i < WEB_SENDERS; i++)
		web_books[i] = memfd_new("book", NULL);
	for (int i = 0; i < CALLERS; i++) {
		callers[i] = fork();
		must(callers[i] >= 0);
		if (callers[i] == 0)
			call(i, seed);
	}
	for (unsigned long i = 0; i < rounds; i++) {
		usleep((unsigned)(rand_r(&seed) % (LIFE_MOST_MILLISECONDS * 1000)));
		kill_one(choose(only, &seed), real_sanitiser);
	}
	/* A last life in which what is under way is answered; after a short run, also what nobody came to yet. */
	for (int i = 0; i < PATIENCE_SECONDS && (i == 0 || !everything_was_done()); i++)
		sleep(1);
	shared->stop = true;
	for (int i = 0, status; i < CALLERS; i++)
		if (waitpid(callers[i], &status, 0) != callers[i] || status != 0)
			wrong("a caller met a fault", (uint64_t)i);
	finish(real_sanitiser);
	if (faults == 0)
		ground_remove(&g);
	printf("%lu faults\n", faults);
	return faults != 0;
}
