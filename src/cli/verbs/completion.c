/* 補完 — `sekisho completion WORD…`: what may stand in place of the last word, one a line, for packaging/sekisho.completion (bash). Taken from the
 * usage lines of the verbs, so that a new option completes by being documented. "@file" and "@folder" stand for names on the disk. */
#include "cli/verb.h"

extern const struct verb verb_completion;

enum { USAGE_TOKENS_MOST = 48, TOKEN_MOST = 64 };

/* One usage line cut at blanks, brackets taken off. */
struct usage_line {
	char tokens[USAGE_TOKENS_MOST][TOKEN_MOST];
	size_t count;
};

static const char *cut_line(const char *usage, struct usage_line *out)
{
	size_t end = strcspn(usage, "\n"), at = 0;

	out->count = 0;
	while (at < end) {
		at += strspn(usage + at, " []");
		size_t n = strcspn(usage + at, " []\n");
		if (n == 0 || at >= end)
			break;
		must(n < TOKEN_MOST && out->count < USAGE_TOKENS_MOST);
		memcpy(out->tokens[out->count], usage + at, n);
		out->tokens[out->count++][n] = 0;
		at += n;
	}
	return usage + end + (usage[end] == '\n');
}

static bool is_option(const char *token) { return token[0] == '-'; }
static bool is_placeholder(const char *token) { return token[0] >= 'A' && token[0] <= 'Z'; }
static bool is_more(const char *token) { return strcmp(token, "…") == 0 || strcmp(token, "...") == 0; } /* the one before, again */

/* The tokens behind an option name its value, if they are in capitals or a choice. */
static bool takes_value(const struct usage_line *line, size_t i)
{
	return i + 1 < line->count && !is_option(line->tokens[i + 1]) && (is_placeholder(line->tokens[i + 1]) || strchr(line->tokens[i + 1], '|')) &&
	       is_option(line->tokens[i]);
}

/* What a token of the usage stands for: literal words, a choice a|b|c, a name on the disk, or something only the person knows. */
static void offer(const char *token)
{
	static const char *const files[] = { "FILE", "IN", "OUT", "PROOF", "OLD", "NEW", "CHECKPOINT", "RECORD.json" };

	if (strcmp(token, "FOLDER") == 0 || strcmp(token, "OUTFOLDER") == 0)
		puts("@folder");
	for (size_t i = 0; i < COUNT(files); i++)
		if (strcmp(token, files[i]) == 0)
			puts("@file");
	if (is_placeholder(token) || is_more(token))
		return;
	for (size_t n; *token; token += n + (token[n] == '|')) {
		n = strcspn(token, "|");
		printf("%.*s\n", (int)n, token);
	}
}

static bool is_choice(const char *token, const char *word)
{
	size_t n = strlen(word);

	for (size_t k; *token; token += k + (token[k] == '|')) {
		k = strcspn(token, "|");
		if (k == n && memcmp(token, word, n) == 0)
			return true;
	}
	return false;
}

static size_t option_at(const struct usage_line *line, const char *word)
{
	for (size_t i = 0; i < line->count; i++)
		if (is_option(line->tokens[i]) && is_choice(line->tokens[i], word))
			return i;
	return line->count;
}

/* Follows what was typed along one usage line, from the token behind the verb: false if it is another line that is meant. *next: the place
 * that comes now (count: none), or, if an option waits for its value, that value's place. */
static bool follow(const struct usage_line *line, size_t place, const char *const *words, size_t count, size_t *next, bool *is_value)
{
	*is_value = false;
	for (size_t w = 0; w < count; w++) {
		if (is_option(words[w])) {
			size_t at = option_at(line, words[w]);
			if (at == line->count)
				return false;
			if (takes_value(line, at) && ++w == count) {
				*next = at + 1, *is_value = true;
				return true;
			}
			continue;
		}
		while (place < line->count && is_option(line->tokens[place]))
			place += takes_value(line, place) ? 2 : 1;
		if (place == line->count || (!is_placeholder(line->tokens[place]) && !is_more(line->tokens[place]) && !is_choice(line->tokens[place], words[w])))
			return false;
		place += !is_more(line->tokens[place]);
	}
	while (place < line->count && is_option(line->tokens[place]))
		place += takes_value(line, place) ? 2 : 1;
	*next = place;
	return true;
}

static void offer_along(const struct verb *verb, const char *const *words, size_t count)
{
	for (const char *usage = verb->usage; *usage;) {
		struct usage_line line;
		size_t start = 0, next;
		bool is_value;

		usage = cut_line(usage, &line);
		while (start < line.count && strcmp(line.tokens[start], verb->name) != 0)
			start++; /* [--home FOLDER] in front */
		must(start < line.count);
		start++;
		if (!follow(&line, start, words, count, &next, &is_value))
			continue;
		bool is_word = next < line.count && !is_placeholder(line.tokens[next]) && !is_more(line.tokens[next]);
		if (next < line.count)
			offer(line.tokens[next]);
		for (size_t i = start; !is_value && !is_word && i < line.count; i++) /* a word of the verb comes before its options */
			if (is_option(line.tokens[i]))
				offer(line.tokens[i]);
	}
}

static int act(int argc, char **argv)
{
	const char *const *words = (const char *const *)argv + 1;
	size_t count = (size_t)argc - 1; /* the last one is being typed */

	if (count == 0)
		return verb_usage(&verb_completion, NULL);
	if (count > 1 && strcmp(words[0], "--home") == 0) {
		if (count == 2)
			return puts("@folder") < 0 ? VERB_FAULT : VERB_OK;
		words += 2, count -= 2;
	}
	if (count == 1) {
		for (size_t i = 0; verbs[i]; i++)
			puts(verbs[i]->name);
		puts("help\n--home");
		return VERB_OK;
	}
	for (size_t i = 0; verbs[i]; i++)
		if (strcmp(verbs[i]->name, words[0]) == 0)
			offer_along(verbs[i], words + 1, count - 2);
	if (count == 2)
		puts("--help");
	return VERB_OK;
}

const struct verb verb_completion = {
	.name = "completion",
	.summary_ja = "途中まで打った語に続けられる語を表示します（シェルの補完用）",
	.summary_en = "shows what may stand in place of the last word (for the shell)",
	.usage = "completion WORD...\n",
	.act = act,
};
