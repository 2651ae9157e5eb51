/* 記憶域の不足 — the real engine, once for every allocation of the broker and once for every allocation of the verifier, lacks memory just there. Whatever
 * happens, nothing leaves but the very bytes that leave with memory enough; and a verifier that dies takes no broker with it.
 * Usage: memory_runs_out BUILD_FOLDER FILE… */
#include "base/file.h"
#include "base/hash.h"
#include "full/starve.h"
#include "sanitize/broker.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE = 60 /* s, for one file */, ENOUGH = 24 /* runs in a row that lacked nothing: behind the last allocation */, MOST = 20000 };

struct outcome {
	bool delivered, starved, ended;
	uint8_t sha256[32];
};
struct trial {
	struct loop *loop;
	struct outcome outcome;
};

static void done(void *self, struct broker_result *result)
{
	struct trial *trial = self;

	trial->outcome.ended = true;
	if (result->output >= 0) {
		trial->outcome.delivered = true;
		must(sha256_of_fd(result->output, trial->outcome.sha256, NULL, NULL) == 0);
	}
	loop_stop(trial->loop);
}

/* In a process of its own: a broker that cannot go on may end, and its jails with it. */
static struct outcome attempt(const char *folder, const char *file, unsigned long lacking)
{
	struct trial trial = { 0 };
	int pipes[2], status;

	must(pipe(pipes) == 0);
	fflush(stdout);
	pid_t pid = fork();
	must(pid >= 0);
	if (pid == 0) {
		struct err err = { 0 };
		const char *slash = strrchr(file, '/');
		int input = open(file, O_RDONLY | O_CLOEXEC);
		struct broker_options options = { .slots = 2, .folder = folder, .limits = limits_usual() };
		struct broker_request request = { .input = input, .name = bytes_of(slash + 1, strlen(slash + 1)), .charset = -1 };

		alarm(PATIENCE);
		must(input >= 0);
		must(freopen("/dev/null", "w", stderr)); /* it says why it dies */
		starve_at(lacking);
		trial.loop = loop_new();
		struct broker *broker = broker_new(trial.loop, &options);
		if (broker_submit(broker, &request, done, &trial, &err) == 0)
			(void)!loop_run(trial.loop, &err);
		trial.outcome.starved = starve_happened();
		_exit(write(pipes[1], &trial.outcome, sizeof trial.outcome) == sizeof trial.outcome ? 0 : 1);
	}
	close(pipes[1]);
	bool told = read(pipes[0], &trial.outcome, sizeof trial.outcome) == sizeof trial.outcome;
	close(pipes[0]);
	must(waitpid(pid, &status, 0) == pid);
	if (!told)
		trial.outcome = (struct outcome){ .starved = true };
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) {
		printf("%s: no answer within %d s\n", file, PATIENCE);
		exit(1);
	}
	return trial.outcome;
}

static bool is_same(const struct outcome *a, const struct outcome *b)
{
	return a->delivered && b->delivered && memcmp(a->sha256, b->sha256, sizeof a->sha256) == 0;
}

static unsigned starve_broker(const char *build, const char *file, const struct outcome *whole)
{
	unsigned wrong = 0, refused = 0, died = 0, delivered = 0;

	for (unsigned long n = 1; n < MOST; n++) {
		struct outcome got = attempt(build, file, n);
		if (!got.starved)
			break;
		if (got.delivered && !is_same(&got, whole))
			wrong++, printf("%s: without memory at the broker's allocation %lu something else is delivered\n", file, n);
		*(got.delivered ? &delivered : got.ended ? &refused : &died) += 1;
	}
	printf("%s: broker: %u refused, %u ended, %u delivered all the same\n", strrchr(file, '/') + 1, refused, died, delivered);
	if (refused + died == 0)
		wrong++, printf("%s: the broker never lacked memory: this proves nothing\n", file);
	return wrong;
}

static void make_folder(const char *folder, const char *build)
{
	static const char *const names[] = { "worker-text", "worker-image", "worker-ooxml", "worker-pdf", "worker-archive", "worker-document", "converter" };
	char from[1024], to[1024];

	must(mkdir(folder, 0755) == 0);
	for (size_t i = 0; i < COUNT(names); i++) {
		snprintf(from, sizeof from, "%s/%s", build, names[i]), snprintf(to, sizeof to, "%s/%s", folder, names[i]);
		must(symlink(from, to) == 0);
	}
	snprintf(from, sizeof from, "%s/tests/starved-verifier", build), snprintf(to, sizeof to, "%s/verifier", folder);
	must(symlink(from, to) == 0);
}

static unsigned starve_verifier(const char *build, const char *work, const char *file, const struct outcome *whole)
{
	unsigned wrong = 0, refused = 0, in_a_row = 0;
	char folder[256];

	for (unsigned long n = 1; n < MOST && in_a_row < ENOUGH; n++) {
		snprintf(folder, sizeof folder, "%s/%lu", work, n);
		if (access(folder, F_OK) != 0)
			make_folder(folder, build);
		struct outcome got = attempt(folder, file, 0);
		if (!got.ended)
			wrong++, printf("%s: without memory at the verifier's allocation %lu the broker ended\n", file, n);
		if (got.delivered && !is_same(&got, whole))
			wrong++, printf("%s: without memory at the verifier's allocation %lu something else is delivered\n", file, n);
		in_a_row = got.delivered ? in_a_row + 1 : 0;
		refused += !got.delivered;
	}
	printf("%s: verifier: %u refused\n", strrchr(file, '/') + 1, refused);
	if (refused == 0)
		wrong++, printf("%s: the verifier never lacked memory: this proves nothing\n", file);
	return wrong;
}

int main(int argc, char **argv)
{
	char work[] = "/tmp/starve.XXXXXX", command[64];
	unsigned wrong = 0;

	if (argc < 3) {
		fprintf(stderr, "usage: memory_runs_out BUILD_FOLDER FILE…\n");
		return 2;
	}
	must(mkdtemp(work));
	for (int i = 2; i < argc; i++) {
		struct outcome whole = attempt(argv[1], argv[i], 0);
		if (!whole.delivered) {
			printf("%s is not delivered even with memory enough\n", argv[i]);
			return 1;
		}
		wrong += starve_broker(argv[1], argv[i], &whole) + starve_verifier(argv[1], work, argv[i], &whole);
	}
	snprintf(command, sizeof command, "rm -r %s", work);
	return wrong || system(command) != 0 ? 1 : 0;
}
