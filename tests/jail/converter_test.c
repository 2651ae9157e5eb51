/* 変換の牢 — a program in the place of LibreOffice tries everything that the converter's jail shall hold (acts_of_office.def), sleeps, spins, and leaves what is no document;
 * without the jail the same acts succeed, or the test proves nothing. Usage: converter_test CONVERTER-FOLDER EVIL-OFFICE. As root it becomes an ordinary user first. */
#include "base/file.h"
#include "base/ipc.h"
#include "base/loop.h"
#include "sanitize/program.h"
#include "sanitize/wire.h"
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ORDINARY_UID = 7304, LISTEN_QUEUE = 64, OUTPUT_MOST = 8 << 20, SECONDS = 4, MEMORY = 1 << 30, DISK = 64 << 20 };

static const struct {
	const char *name;
	bool is_hard;
} acts[] = {
#define ACT(name) { #name, false },
#define HARD(name) { #name, true },
#include "jail/acts_of_office.def"
#undef ACT
#undef HARD
};

struct trial {
	struct loop *loop;
	bool over, died;
	int status;
	enum wire_status said;
	enum refusal refusal;
	bool answered;
	char output[8192];
};

static void ended(void *self, const struct program_ended *e)
{
	struct trial *t = self;

	t->over = true, t->died = e->died, t->status = e->status;
	loop_stop(t->loop);
}

static struct trial convert(struct program *program, struct trial *t, const char *word)
{
	ARENA(arena) = arena_new(0);
	struct err err = { 0 };
	int pair[2];
	struct buf request = buf_in(arena, WIRE_DATAGRAM_MOST);
	struct job_request r = { .format = TEXT("doc"), .grammar = TEXT("docx"), .name = TEXT("in.doc"), .charset = -1, .size = strlen(word), .output_most = OUTPUT_MOST };
	struct limits limits = limits_usual();
	const struct sandbox_limits ignored = { .cpu_seconds = SECONDS };
	uint8_t answer[2048];

	limits.most[LIMIT_CONVERT_SECONDS] = SECONDS, limits.most[LIMIT_CONVERT_MEMORY] = MEMORY, limits.most[LIMIT_CONVERT_DISK] = DISK;
	memcpy(r.limits, limits.most, sizeof r.limits);
	wire_put_request(&request, &r);
	FD(input) = memfd_of("in", bytes_of(word, strlen(word)), true, &err);
	FD(output) = memfd_new("out", &err);
	must(input >= 0 && output >= 0 && ipc_pair(pair, &err) == 0);
	const int fds[JOB_FDS] = { pair[1], input, output, -1, -1 };
	*t = (struct trial){ .loop = t->loop };
	must(program_start(program, 1, &ignored, buf_view(&request), fds, &err) == 0);
	close(pair[1]);
	must(loop_run(t->loop, &err) == 0);
	ssize_t n = recv(pair[0], answer, sizeof answer, MSG_DONTWAIT);
	close(pair[0]);
	if (n > 0) {
		struct cursor in = cursor_over(bytes_of(answer, (size_t)n));
		t->answered = cursor_u8(&in) == WIRE_RESULT;
		t->said = (enum wire_status)cursor_u8(&in);
		t->refusal = (enum refusal)cursor_u16be(&in);
	}
	n = pread(output, t->output, sizeof t->output - 1, 0);
	t->output[MAX(n, (ssize_t)0)] = 0;
	return *t;
}

static bool stands_in(const char *lines, const char *name)
{
	const char *at = strstr(lines, name);
	size_t n = strlen(name);

	return at && (at == lines || at[-1] == '\n') && at[n] == '\n';
}

/* The same program without any wall. */
static unsigned try_bare(const char *evil, int port)
{
	char command[1200], lines[8192];
	unsigned wrong = 0;

	snprintf(command, sizeof command, "'%s' bare %d", evil, port);
	FILE *f = popen(command, "r");
	must(f);
	size_t n = fread(lines, 1, sizeof lines - 1, f);
	lines[n] = 0;
	pclose(f);
	for (size_t i = 0; i < COUNT(acts); i++)
		if (acts[i].is_hard && !stands_in(lines, acts[i].name)) {
			printf("%s does not succeed without walls: it proves nothing\n", acts[i].name);
			wrong++;
		}
	return wrong;
}

static unsigned try_acts(struct program *program, struct trial *t, int port)
{
	char word[64];
	unsigned wrong = 0;

	snprintf(word, sizeof word, "acts %d", port);
	convert(program, t, word);
	if (!stands_in(t->output, "tried")) {
		printf("the acts were not tried to their end (status %x, answered %d, refusal %s)\n", (unsigned)t->status, t->answered, refusal_name(t->refusal));
		wrong++;
	}
	for (size_t i = 0; i < COUNT(acts); i++)
		if (stands_in(t->output, acts[i].name)) {
			printf("%s SUCCEEDED in the jail\n", acts[i].name);
			wrong++;
		}
	return wrong;
}

static unsigned refuses(struct program *program, struct trial *t, const char *word, enum refusal wanted)
{
	convert(program, t, word);
	if (t->answered && t->said == WIRE_REFUSED && t->refusal == wanted)
		return 0;
	printf("%s: %s is wanted, it is %s (status %x, answered %d)\n", word, refusal_name(wanted), refusal_name(t->refusal), (unsigned)t->status, t->answered);
	return 1;
}

int main(int argc, char **argv)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof at;
	struct err err = { 0 };
	unsigned wrong = 0;

	must(argc == 3);
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGPIPE, SIG_IGN);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	must(listener >= 0 && bind(listener, (struct sockaddr *)&at, sizeof at) == 0 && listen(listener, LISTEN_QUEUE) == 0);
	must(getsockname(listener, (struct sockaddr *)&at, &n) == 0);
	if (geteuid() == 0) {
		must(sandbox_become(ORDINARY_UID, ORDINARY_UID, -1, &err) == 0);
		prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	}
	struct trial t = { .loop = loop_new() };
	struct program *program = program_new(t.loop, argv[1], "evil-converter", ended, &t);
	wrong += try_bare(argv[2], ntohs(at.sin_port));
	wrong += try_acts(program, &t, ntohs(at.sin_port));
	wrong += refuses(program, &t, "sleep", REFUSAL_TIME);
	wrong += refuses(program, &t, "spin", REFUSAL_TIME);
	wrong += refuses(program, &t, "link", REFUSAL_NOT_CONVERTED);
	wrong += refuses(program, &t, "folder", REFUSAL_NOT_CONVERTED);
	wrong += refuses(program, &t, "huge", REFUSAL_TOO_LARGE);
	wrong += refuses(program, &t, "crash", REFUSAL_NOT_CONVERTED);
	wrong += refuses(program, &t, "nothing", REFUSAL_NOT_CONVERTED);
	printf("%zu acts, %u not as they should\n", COUNT(acts), wrong);
	program_free(program);
	loop_free(t.loop);
	close(listener);
	return wrong ? 1 : 0;
}
