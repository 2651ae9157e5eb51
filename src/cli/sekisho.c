/* 関所コマンド — `sekisho VERB …`: finds the verb, gives help, nothing else. */
#include "cli/verb.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include <errno.h>
#include <signal.h>
#include <unistd.h>

#define VERB(name) extern const struct verb verb_##name;
#include "cli/verbs.def"
#undef VERB
const struct verb *const verbs[] = {
#define VERB(name) &verb_##name,
#include "cli/verbs.def"
#undef VERB
	NULL
};

static const char *home, *called = "sekisho";

bool verb_japanese(void)
{
	static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };

	for (size_t i = 0; i < COUNT(names); i++) {
		const char *v = getenv(names[i]);
		if (v && *v)
			return strncmp(v, "en", 2) != 0;
	}
	return true;
}

int verb_usage(const struct verb *verb, const char *word)
{
	if (word)
		fprintf(stderr, SAY("sekisho %s: 「%s」は使えません。\n", "sekisho %s: cannot use \"%s\".\n"), verb->name, word);
	fprintf(stderr, "%s\n", SAY("使い方:", "usage:"));
	for (const char *line = verb->usage; *line;) {
		size_t n = strcspn(line, "\n");
		fprintf(stderr, "  sekisho %.*s\n", (int)n, line);
		line += n + (line[n] == '\n');
	}
	return VERB_USAGE;
}

static bool is_verb(const char *p, size_t n)
{
	for (size_t i = 0; verbs[i]; i++)
		if (strlen(verbs[i]->name) == n && memcmp(verbs[i]->name, p, n) == 0)
			return true;
	return false;
}

const char *verb_hint(struct arena *arena, const char *sentence)
{
	static const char word[] = "sekisho ";
	struct buf out = buf_in(arena, 0);
	const char *at;

	while ((at = strstr(sentence, word)) != NULL) {
		const char *verb = at + strlen(word);
		bool is_command = (at == sentence || !strchr("/-.", at[-1])) && is_verb(verb, strspn(verb, "abcdefghijklmnopqrstuvwxyz"));
		buf_put(&out, sentence, (size_t)(at - sentence));
		if (is_command && home)
			buf_printf(&out, "%s --home %s ", called, home);
		else
			buf_printf(&out, "%s ", is_command ? called : "sekisho");
		sentence = verb;
	}
	buf_str(&out, sentence);
	return buf_string(&out);
}

int verb_complain(const struct err *err)
{
	ARENA(arena) = arena_new(0);

	fprintf(stderr, "sekisho: %s\n  %s: %s (%s)\n", SAY(err_japanese(err->code), err_english(err->code)), SAY("詳しく", "detail"),
		verb_hint(arena, err->say), err_name(err->code));
	return VERB_FAULT;
}

static const struct verb_option *option_named(const struct verb_option *options, size_t count, const char *word)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(options[i].name, word) == 0)
			return &options[i];
	return NULL;
}

int verb_options(const struct verb *verb, const struct verb_option *options, size_t count, int *argc, char **argv)
{
	int kept = 1;
	bool over = false;

	for (int i = 1; i < *argc; i++) {
		if (over || argv[i][0] != '-' || argv[i][1] == 0) {
			argv[kept++] = argv[i];
			continue;
		}
		if (strcmp(argv[i], "--") == 0) {
			over = true;
			continue;
		}
		const struct verb_option *o = option_named(options, count, argv[i]);
		if (!o || (o->value && i + 1 == *argc)) {
			verb_usage(verb, argv[i]);
			return -1;
		}
		if (o->value)
			*o->value = argv[++i];
		else
			*o->flag = true;
	}
	argv[kept] = NULL;
	*argc = kept;
	return 0;
}

int verb_moment(const char *said, int64_t *seconds)
{
	*seconds = clock_now();
	if (!said || clock_from_utc(said, seconds) == 0)
		return VERB_OK;
	fprintf(stderr, SAY("時刻は 2026-12-01T00:00:00Z のように書いてください: %s\n", "write the time as 2026-12-01T00:00:00Z: %s\n"), said);
	return VERB_USAGE;
}

void verb_print_json(struct arena *arena, const struct json *value)
{
	struct bytes line = json_bytes(arena, value);

	printf("%.*s\n", (int)line.n, (const char *)line.p);
}

const char *verb_home(void)
{
	const char *set = getenv("SEKISHO_HOME");

	return home ? home : set && *set ? set : "/var/lib/sekisho";
}

int verb_connect(const char *peer, struct err *err)
{
	char marker[1024];
	struct service s = { .name = "operator", .home = verb_home(), .home_fd = -1 };

	snprintf(marker, sizeof marker, "%s/run/one-uid", s.home);
	s.one_uid = access(marker, F_OK) == 0;
	if (!s.one_uid && geteuid() != 0)
		return fail(err, ERR_DENIED, geteuid(), "run this as root: the processes of %s believe only root", s.home);
	return service_connect(&s, peer, err);
}

static int help(FILE *to)
{
	fprintf(to, "%s\n\n", SAY("関所 sekisho — 自治体の三つの網のあいだの関所", "sekisho: the checkpoint between a municipality's three networks"));
	fprintf(to, "  sekisho [--home FOLDER] VERB …\n\n");
	for (size_t i = 0; verbs[i]; i++)
		fprintf(to, "  %-10s %s\n", verbs[i]->name, SAY(verbs[i]->summary_ja, verbs[i]->summary_en));
	fprintf(to, "\n%s\n", SAY("動詞ごとの使い方: sekisho VERB --help、 man sekisho-VERB", "each verb: sekisho VERB --help, man sekisho-VERB"));
	return to == stdout ? VERB_OK : VERB_USAGE;
}

/* The verb with fewest edits to the word, if they are few. */
static const char *nearest_verb(const char *word)
{
	const char *best = NULL;
	size_t best_cost = 3, n = strlen(word);
	size_t row[64];

	for (size_t i = 0; verbs[i] && n < COUNT(row); i++) {
		const char *v = verbs[i]->name;
		for (size_t k = 0; k <= n; k++)
			row[k] = k;
		for (size_t j = 1; v[j - 1]; j++) {
			size_t diagonal = row[0];
			row[0] = j;
			for (size_t k = 1; k <= n; k++) {
				size_t change = diagonal + (v[j - 1] != word[k - 1]);
				diagonal = row[k];
				row[k] = MIN(change, MIN(row[k], row[k - 1]) + 1);
			}
		}
		if (row[n] < best_cost)
			best_cost = row[n], best = v;
	}
	return best;
}

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	log_open("sekisho", 2);
	if (argc > 0)
		called = argv[0];
	if (argc > 2 && strcmp(argv[1], "--home") == 0) {
		home = argv[2];
		argv += 2, argc -= 2;
	}
	if (argc < 2)
		return help(stderr);
	if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		return help(stdout);
	for (size_t i = 0; verbs[i]; i++) {
		if (strcmp(argv[1], verbs[i]->name) != 0)
			continue;
		if (argc > 2 && strcmp(argv[2], "--help") == 0) {
			printf("%s\n", SAY(verbs[i]->summary_ja, verbs[i]->summary_en));
			verb_usage(verbs[i], NULL);
			return VERB_OK;
		}
		int code = verbs[i]->act(argc - 1, argv + 1);
		if (fflush(stdout) != 0 && errno != EPIPE) {
			fprintf(stderr, "sekisho: %s\n", SAY("出力を書けませんでした。", "the output could not be written."));
			return VERB_FAULT;
		}
		return code;
	}
	const char *near = nearest_verb(argv[1]);
	fprintf(stderr, SAY("sekisho: 「%s」という動詞はありません。%s%s%s\n", "sekisho: no verb \"%s\".%s%s%s\n"), argv[1],
		near ? SAY(" もしかして: ", " Did you mean: ") : "", near ? near : "", near ? "?" : "");
	return help(stderr);
}
