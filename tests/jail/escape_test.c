/* 逃げられない — an evil worker in the real engine tries every row of escapes.def, behind all walls, behind each wall alone, and behind none.
 * Nothing may be delivered behind all walls; what a wall alone should stop must succeed without walls: so every wall that the engine stops
 * building fails this test. Usage: escape_test BUILD_FOLDER. As root it becomes an ordinary user first: root passes some walls. */
#include "base/file.h"
#include "base/loop.h"
#include "base/sandbox.h"
#include "sanitize/broker.h"
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ORDINARY_UID = 7304, LISTEN_QUEUE = 64 };

static const struct escape {
	const char *name;
	unsigned walls;
	bool lies;
} escapes[] = {
#define ACT(name, walls) { #name, walls, false },
#define LIE(name) { #name, 0, true },
#include "jail/escapes.def"
#undef ACT
#undef LIE
};
static const struct variant {
	const char *name;
	unsigned walls;
} variants[] = {
	{ "evil-all", WALL_ALL },	  { "evil-none", 0 },			  { "evil-seccomp", WALL_SECCOMP }, { "evil-landlock", WALL_LANDLOCK },
	{ "evil-mdwe", WALL_MDWE }, { "evil-namespaces", WALL_NAMESPACES }, { "evil-limits", WALL_LIMITS },
};

struct trial {
	struct loop *loop;
	bool delivered;
	enum refusal refusal;
};

static void done(void *self, struct broker_result *result)
{
	struct trial *trial = self;

	trial->delivered = result->report->verdict != VERDICT_REFUSED;
	trial->refusal = result->report->refusal;
	loop_stop(trial->loop);
}

static struct trial attempt(struct loop *loop, struct broker *broker, const char *word)
{
	struct trial trial = { .loop = loop };
	struct err err = { 0 };
	FD(input) = memfd_of("in", BYTES("plain text\n"), true, &err);
	const struct broker_request request = { .input = input, .name = BYTES("a.txt"), .charset = -1, .password = bytes_of(word, strlen(word)) };

	must(input >= 0 && broker_submit(broker, &request, done, &trial, &err) == 0);
	must(loop_run(loop, &err) == 0);
	return trial;
}

/* A folder in which worker-text is the evil one and everything else is real. */
static void make_folder_of(const char *folder, const char *build, const char *evil)
{
	static const char *const real[] = { "verifier", "worker-image", "worker-ooxml", "worker-pdf", "worker-archive", "worker-document", "converter" };
	char from[1024], to[1024];

	must(mkdir(folder, 0755) == 0 || errno == EEXIST);
	for (size_t i = 0; i < COUNT(real); i++) {
		snprintf(from, sizeof from, "%s/%s", build, real[i]), snprintf(to, sizeof to, "%s/%s", folder, real[i]);
		must(symlink(from, to) == 0);
	}
	snprintf(from, sizeof from, "%s/tests/jail/%s", build, evil), snprintf(to, sizeof to, "%s/worker-text", folder);
	must(symlink(from, to) == 0);
}

static void clear_folder(const char *folder)
{
	static const char *const names[] = { "verifier", "worker-image", "worker-ooxml", "worker-pdf", "worker-archive", "worker-document", "converter", "worker-text" };
	char path[1024];

	for (size_t i = 0; i < COUNT(names); i++) {
		snprintf(path, sizeof path, "%s/%s", folder, names[i]);
		unlink(path);
	}
	rmdir(folder);
}

static unsigned try_all(const struct variant *v, const char *build, int port)
{
	char folder[64], word[96];
	struct loop *loop = loop_new();
	struct broker_options options = { .slots = 2, .folder = folder, .limits = limits_usual() };
	unsigned wrong = 0, stopped = 0, succeeded = 0;
	unsigned offered = sandbox_walls(NULL);

	snprintf(folder, sizeof folder, "/tmp/escape-%d-%s", (int)getpid(), v->name);
	make_folder_of(folder, build, v->name);
	options.limits.most[LIMIT_TREE_SECONDS] = 3;
	options.limits.most[LIMIT_JOB_CPU_SECONDS] = 2;
	struct broker *broker = broker_new(loop, &options);
	struct trial control = attempt(loop, broker, "none");
	if (!control.delivered) {
		printf("%s: the control was not delivered (%s): the test would prove nothing\n", v->name, refusal_name(control.refusal));
		wrong++;
	}
	for (size_t i = 0; i < COUNT(escapes); i++) {
		const struct escape *e = &escapes[i];
		bool every = v->walls == WALL_ALL;
		if (!every && (e->lies || !e->walls))
			continue; /* without its walls it proves nothing and may harm the machine */
		if (!every && v->walls && !(e->walls & v->walls))
			continue;
		if (v->walls && !every && !(offered & v->walls))
			continue; /* this kernel has no such wall; status says so */
		snprintf(word, sizeof word, "%s:%d:%d", e->name, port, (int)getpid());
		struct trial trial = attempt(loop, broker, word);
		bool must_succeed = v->walls == 0;
		if (trial.delivered != must_succeed) {
			printf("%s: %s %s (%s)\n", v->name, e->name, trial.delivered ? "ESCAPED" : "was stopped though no wall stands",
			       refusal_name(trial.refusal));
			wrong++;
		}
		*(trial.delivered ? &succeeded : &stopped) += 1;
	}
	printf("%-16s %u stopped, %u succeeded, %u not as they should\n", v->name, stopped, succeeded, wrong);
	broker_free(broker);
	loop_free(loop);
	clear_folder(folder);
	unlink("/tmp/sekisho-evil");
	rmdir("/tmp/sekisho-evil-folder");
	return wrong;
}

int main(int argc, char **argv)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof at;
	unsigned wrong = 0;
	struct err err = { 0 };

	must(argc == 2);
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGPIPE, SIG_IGN);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	must(listener >= 0 && bind(listener, (struct sockaddr *)&at, sizeof at) == 0 && listen(listener, LISTEN_QUEUE) == 0);
	must(getsockname(listener, (struct sockaddr *)&at, &n) == 0);
	if (geteuid() == 0) {
		must(sandbox_become(ORDINARY_UID, ORDINARY_UID, -1, &err) == 0);
		prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); /* namespaces want to write /proc/self/uid_map */
	}
	for (size_t i = 0; i < COUNT(variants); i++)
		wrong += try_all(&variants[i], argv[1], ntohs(at.sin_port));
	close(listener);
	return wrong ? 1 : 0;
}
