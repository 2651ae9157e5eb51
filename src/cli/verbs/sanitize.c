/* 無害化 — `sekisho sanitize`: rebuilds a file, or every file of a folder, by the same broker and jails as the daemon (article: s2.12a s6.3.2b).
 * The input is never written, the output appears whole under its name or not at all, and a refusal leaves nothing. */
#include "cli/draft.h"
#include "cli/verb.h"
#include "base/file.h"
#include "base/hash.h"
#include "sanitize/broker.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

extern const struct verb verb_sanitize;

enum { JOBS_MOST = 16, WINDOW = 32, FOLDER_DEPTH_MOST = 64, PASSWORD_MOST = 1024 };

/* One file of the run. */
struct item {
	struct run *run;
	char *from, *to; /* paths; in batch relative to the two folders */
	struct item *next;
};
struct run {
	struct arena *arena;
	struct loop *loop;
	struct broker *broker;
	struct bytes password;
	struct rules rules;
	const char *clamd; /* NULL: where Debian's listens */
	const char *charset_name;
	int charset;
	bool json, batch, bar;
	int from_dir, to_dir;
	struct item *waiting;
	struct name {
		const char *p;
		struct name *next;
	} *written; /* of a batch: two inputs may want one name (a.tar and a.tgz) */
	size_t total, done, delivered, refused, failed, in_work;
};

static void complain_file(const struct item *item, const struct err *err)
{
	fprintf(stderr, "%s: %s (%s)\n", item->from, SAY(err_japanese(err->code), err_english(err->code)), err->say);
}

/* -- the output: a nameless file first, then its name -- */
static int copy_all(int from, int to, struct err *err)
{
	off_t at = 0;
	struct stat st;

	if (fstat(from, &st) != 0)
		return fail_errno(err, ERR_IO, "cannot look at the output");
	while (at < st.st_size) {
		ssize_t put = sendfile(to, from, &at, (size_t)(st.st_size - at));
		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return fail_errno(err, ERR_IO, "cannot write the output");
	}
	return 0;
}

static bool is_same_file(int dir, const char *path, int dir2, const char *path2)
{
	struct stat a, b;

	return fstatat(dir, path, &a, 0) == 0 && fstatat(dir2, path2, &b, 0) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static int write_output(const struct item *item, const char *to, int output, struct err *err)
{
	const struct run *run = item->run;
	uint64_t nonce;

	if (is_same_file(run->from_dir, item->from, run->to_dir, to))
		return fail(err, ERR_CONFLICT, 0, "%s is the input itself", to);
	random_bytes(&nonce, sizeof nonce);
	char *temporary = arena_printf(run->arena, "%s.%016llx.new", to, (unsigned long long)nonce);
	if (strlen(to) > 240) /* the name may have no room for more */
		temporary = arena_printf(run->arena, "%.*s.%016llx.new", (int)(strrchr(to, '/') ? strrchr(to, '/') + 1 - to : 0), to, (unsigned long long)nonce);
	FD(fd) = openat(run->to_dir, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0)
		return fail_errno(err, ERR_IO, "cannot make %s", temporary);
	if (copy_all(output, fd, err) != 0) {
		unlinkat(run->to_dir, temporary, 0);
		return -1;
	}
	if (renameat(run->to_dir, temporary, run->to_dir, to) != 0) {
		fail_errno(err, ERR_IO, "cannot name %s", to);
		unlinkat(run->to_dir, temporary, 0);
		return -1;
	}
	return 0;
}

/* -- telling -- */
static void tell_json(struct item *item, const struct report *report, struct arena *arena, const char *to)
{
	struct json *o = report_json(arena, report);

	if (item->run->batch)
		json_set_str(arena, o, "path", text_printable(arena, bytes_of(item->from, strlen(item->from)), 4096));
	if (to)
		json_set_str(arena, o, "written", text_printable(arena, bytes_of(to, strlen(to)), 4096));
	verb_print_json(arena, o);
}

static void tell_person(const struct item *item, const struct report *r, struct arena *arena, const char *to)
{
	const char *from = text_printable(arena, bytes_of(item->from, strlen(item->from)), 4096);

	if (!to) {
		printf("%s: %s\n", from, SAY(refusal_japanese(r->refusal), refusal_english(r->refusal)));
		if (r->detail.n)
			printf("  %s%s\n", SAY("詳しく: ", "detail: "), r->detail.p);
		return;
	}
	printf("%s → %s\n", from, text_printable(arena, bytes_of(to, strlen(to)), 4096));
	const struct json *told = report_json(arena, r), *kinds = json_get(told, "summary"), *notes = json_get(told, "notes");
	for (size_t i = 0; i < kinds->count; i++)
		printf("  %s %s (%lld)\n", json_text(&kinds->items[i], "threat").p, json_text(&kinds->items[i], SAY("ja", "en")).p,
		       (long long)json_number(&kinds->items[i], "count", 0));
	for (size_t i = 0; i < notes->count; i++)
		printf("  %s\n", json_text(&notes->items[i], SAY("ja", "en")).p);
}

static void draw_bar(const struct run *run)
{
	enum { WIDE = 30 };
	char bar[WIDE + 1];

	if (!run->bar)
		return;
	for (int i = 0; i < WIDE; i++)
		bar[i] = (size_t)i * run->total < run->done * WIDE ? '#' : '.';
	bar[WIDE] = 0;
	fprintf(stderr, SAY("\r[%s] %zu/%zu 完了 %zu 断り %zu 失敗 %zu ", "\r[%s] %zu/%zu delivered %zu refused %zu failed %zu "), bar, run->done, run->total,
		run->delivered, run->refused, run->failed);
	if (run->done == run->total)
		fputc('\n', stderr);
}

static bool is_written(const struct run *run, const char *to)
{
	for (const struct name *n = run->written; n; n = n->next)
		if (strcmp(n->p, to) == 0)
			return true;
	return false;
}

/* The name, or the next that this run has not given away: "a (2).zip". */
static const char *name_of_its_own(struct run *run, const char *to)
{
	const char *slash = strrchr(to, '/'), *dot = strrchr(slash ? slash : to, '.');
	int stem = (int)(dot ? (size_t)(dot - to) : strlen(to));
	const char *own = to;

	for (unsigned k = 2; is_written(run, own); k++)
		own = arena_printf(run->arena, "%.*s (%u)%s", stem, to, k, to + stem);
	struct name *n = arena_alloc(run->arena, sizeof *n);
	*n = (struct name){ own, run->written };
	run->written = n;
	return own;
}

static void submit_more(struct run *run);

static void ended(void *self, struct broker_result *result)
{
	struct item *item = self;
	struct run *run = item->run;
	struct err err;
	const char *to = NULL;
	int failed = 0;

	if (result->unjudged) {
		fail(&err, ERR_BUSY, 0, "clamd does not answer, and --rules or --policy requires its word");
		complain_file(item, &err);
		failed = -1;
	} else if (result->output >= 0) {
		to = item->to;
		if (run->batch) { /* the folder is kept, the name is the safe one */
			const char *slash = strrchr(item->from, '/');
			to = arena_printf(run->arena, "%.*s%s", slash ? (int)(slash + 1 - item->from) : 0, item->from, result->report->output_name.p);
			to = name_of_its_own(run, to);
			if (slash)
				failed = folder_make(run->to_dir, arena_printf(run->arena, "%.*s", (int)(slash - item->from), item->from), 0777, &err);
		}
		if (failed == 0)
			failed = write_output(item, to, result->output, &err);
		if (failed != 0)
			complain_file(item, &err);
	}
	run->failed += failed != 0;
	run->delivered += to && failed == 0;
	run->refused += !to && !result->unjudged;
	run->done++;
	run->in_work--;
	if (failed == 0 && run->json)
		tell_json(item, result->report, result->arena, to);
	else if (failed == 0 && (!run->batch || !run->bar))
		tell_person(item, result->report, result->arena, to);
	draw_bar(run);
	submit_more(run);
	if (run->done == run->total)
		loop_stop(run->loop);
}

static int submit(struct item *item, struct err *err)
{
	struct run *run = item->run;
	const char *base = strrchr(item->from, '/') ? strrchr(item->from, '/') + 1 : item->from;
	FD(fd) = openat(run->from_dir, item->from, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return fail_errno(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "cannot open %s", item->from);
	struct broker_request request = { .input = fd, .name = bytes_of(base, strlen(base)), .charset = run->charset, .password = run->password, .rules = run->rules };
	return broker_submit(run->broker, &request, ended, item, err);
}

/* A window of files is open at a time, however many there are. */
static void submit_more(struct run *run)
{
	struct err err;

	while (run->waiting && run->in_work < WINDOW) {
		struct item *item = run->waiting;
		run->waiting = item->next;
		if (submit(item, &err) == 0) {
			run->in_work++;
			continue;
		}
		complain_file(item, &err);
		run->failed++, run->done++;
		draw_bar(run);
	}
}

/* -- the folder -- */
static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static int walk(struct run *run, struct item ***end, const char *folder, unsigned depth, struct err *err)
{
	FD(fd) = openat(run->from_dir, *folder ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	DIR *dir = fd < 0 ? NULL : fdopendir(dup(fd));
	char **names = NULL;
	size_t n = 0, room = 0;

	if (!dir)
		return fail_errno(err, ERR_IO, "cannot open folder %s", *folder ? folder : ".");
	for (struct dirent *e; (e = readdir(dir));) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (n == room) {
			char **more = arena_new_array(run->arena, char *, room = room ? room * 2 : 64);
			if (n)
				memcpy(more, names, n * sizeof *names);
			names = more;
		}
		names[n++] = arena_printf(run->arena, "%s%s%s", folder, *folder ? "/" : "", e->d_name);
	}
	closedir(dir);
	if (n)
		qsort(names, n, sizeof *names, by_name);
	for (size_t i = 0; i < n; i++) {
		struct stat st;
		if (fstatat(run->from_dir, names[i], &st, AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		if (S_ISDIR(st.st_mode) && depth < FOLDER_DEPTH_MOST && walk(run, end, names[i], depth + 1, err) != 0)
			return -1;
		if (!S_ISREG(st.st_mode))
			continue; /* links and devices are not followed */
		struct item *item = arena_alloc(run->arena, sizeof *item);
		*item = (struct item){ .run = run, .from = names[i] };
		**end = item;
		*end = &item->next;
		run->total++;
	}
	return 0;
}

static int prepare_batch(struct run *run, const char *from, const char *to, struct err *err)
{
	struct item **end = &run->waiting;

	run->from_dir = open(from, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (run->from_dir < 0)
		return fail_errno(err, ERR_NOT_FOUND, "cannot open folder %s", from);
	if (folder_make(AT_FDCWD, to, 0777, err) != 0)
		return -1;
	run->to_dir = open(to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (run->to_dir < 0)
		return fail_errno(err, ERR_IO, "cannot open folder %s", to);
	if (is_same_file(AT_FDCWD, from, AT_FDCWD, to))
		return fail(err, ERR_INVALID, 0, "the output folder is the input folder");
	return walk(run, &end, "", 0, err);
}

static int act_on(struct run *run, unsigned slots, struct err *err)
{
	struct broker_options options = { .slots = slots, .limits = limits_usual(), .clamd = run->clamd };

	run->loop = loop_new();
	run->broker = broker_new(run->loop, &options);
	submit_more(run);
	int got = run->done == run->total ? 0 : loop_run(run->loop, err);
	broker_free(run->broker);
	loop_free(run->loop);
	return got;
}

/* The first line of a file: a word of the command line would be seen by everybody on the machine. */
static int read_password(struct run *run, const char *path, struct err *err)
{
	if (file_read(run->arena, AT_FDCWD, path, PASSWORD_MOST, &run->password, err) != 0)
		return -1;
	const uint8_t *end = run->password.n ? memchr(run->password.p, '\n', run->password.n) : NULL;
	if (end)
		run->password.n = (size_t)(end - run->password.p);
	if (run->password.n && run->password.p[run->password.n - 1] == '\r')
		run->password.n--;
	return run->password.n ? 0 : fail(err, ERR_INVALID, 0, "%s has no password in its first line", path);
}

/* What the policy chose: of a draft's passage, or said on the command line in the policy's own words. */
struct chosen {
	const char *policy, *from, *to, *rules;
};

static int read_rules(struct run *run, const struct chosen *chosen, struct err *err)
{
	const struct policy *policy;
	struct policy_fault fault;
	int got = 0;

	if (chosen->rules)
		got = policy_rules_of_text(run->arena, "--rules", bytes_of(chosen->rules, strlen(chosen->rules)), &run->rules, &fault, err);
	else if (chosen->policy)
		got = draft_load(run->arena, chosen->policy, &policy, &fault, err);
	if (got != 0)
		return draft_complain(run->arena, &fault, err);
	if (chosen->rules || !chosen->policy)
		return VERB_OK;
	const char *from = chosen->from ? chosen->from : "internet", *to = chosen->to ? chosen->to : "lgwan";
	const struct policy_carry *carry = policy_carry_between(policy, POLICY_FILE, from, to);
	if (!carry) {
		fprintf(stderr, SAY("%s には、%s から %s への受け渡しが書かれていません。\n", "%s says nothing of files carried from %s to %s\n"), chosen->policy, from, to);
		return VERB_REFUSED;
	}
	run->rules = carry->rules;
	return VERB_OK;
}

static int act(int argc, char **argv)
{
	const char *out = NULL, *batch = NULL, *jobs = NULL, *charset = NULL, *password = NULL;
	struct chosen chosen = { NULL };
	struct run run = { .charset = -1, .from_dir = AT_FDCWD, .to_dir = AT_FDCWD };
	const struct verb_option options[] = {
		{ "-o", &out, NULL },	     { "--batch", &batch, NULL },	   { "--jobs", &jobs, NULL },
		{ "--charset", &charset, NULL }, { "--password-file", &password, NULL }, { "--json", NULL, &run.json },
		{ "--policy", &chosen.policy, NULL }, { "--from", &chosen.from, NULL },	   { "--to", &chosen.to, NULL },
		{ "--rules", &chosen.rules, NULL },	     { "--clamd", &run.clamd, NULL },
	};
	struct err err;
	enum charset named;
	char *end = NULL;

	if (verb_options(&verb_sanitize, options, COUNT(options), &argc, argv) != 0)
		return VERB_USAGE;
	unsigned long slots = jobs ? strtoul(jobs, &end, 10) : batch ? 0 : 1;
	if (!out || argc != (batch ? 1 : 2) || (jobs && (*end || slots == 0 || slots > JOBS_MOST)))
		return verb_usage(&verb_sanitize, argc > 2 ? argv[2] : jobs && end && (*end || slots == 0 || slots > JOBS_MOST) ? jobs : NULL);
	if ((chosen.rules && chosen.policy) || ((chosen.from || chosen.to) && !chosen.policy))
		return verb_usage(&verb_sanitize, chosen.rules && chosen.policy ? "--rules" : chosen.from ? "--from" : "--to");
	if (charset && charset_by_name(charset, &named) != 0)
		return verb_usage(&verb_sanitize, charset);
	run.charset = charset ? (int)named : -1;
	ARENA(arena) = arena_new(0);
	run.arena = arena;
	if (password && read_password(&run, password, &err) != 0)
		return verb_complain(&err);
	int answer = read_rules(&run, &chosen, &err);
	if (answer != VERB_OK)
		return answer;
	run.batch = batch != NULL;
	run.bar = run.batch && isatty(2);
	if (batch) {
		if (prepare_batch(&run, batch, out, &err) != 0)
			return verb_complain(&err);
	} else {
		run.waiting = arena_alloc(arena, sizeof *run.waiting);
		*run.waiting = (struct item){ .run = &run, .from = argv[1], .to = (char *)(uintptr_t)out };
		run.total = 1;
	}
	if (act_on(&run, (unsigned)slots, &err) != 0)
		return verb_complain(&err);
	if (batch && !run.json)
		printf(SAY("%zu 件: お渡しできるもの %zu、断ったもの %zu、失敗 %zu\n", "%zu files: %zu delivered, %zu refused, %zu failed\n"), run.total, run.delivered,
		       run.refused, run.failed);
	if (run.failed)
		return VERB_FAULT;
	return run.refused && !batch ? VERB_REFUSED : VERB_OK; /* a batch has done its work even where it refused: each line says so */
}

const struct verb verb_sanitize = {
	.name = "sanitize",
	.summary_ja = "ファイルを無害化します（作り直して、検査に通ったものだけを書き出します）",
	.summary_en = "rebuilds files without anything that can act, and writes only what passes the verifier",
	.usage = "sanitize IN -o OUT [--json] [--password-file FILE] [--charset C] [--rules WORDS] [--clamd SOCKET]\n"
		 "sanitize IN -o OUT [--json] [--password-file FILE] [--charset C] [--policy FILE [--from ZONE --to ZONE]] [--clamd SOCKET]\n"
		 "sanitize --batch FOLDER -o FOLDER [--jobs N] [--json] [--password-file FILE] [--charset C] [--rules WORDS] [--clamd SOCKET]\n"
		 "sanitize --batch FOLDER -o FOLDER [--jobs N] [--json] [--password-file FILE] [--charset C] [--policy FILE [--from ZONE --to ZONE]] [--clamd SOCKET]\n",
	.act = act,
};
