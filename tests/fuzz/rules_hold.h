/* 選び方の約束 — for fuzz targets of formats whose features the policy may take away: the rebuilder and the verifier mean the same by each feature. What is
 * rebuilt without it is accepted as being without it; and a file that was rebuilt with it is accepted only if taking it away changes nothing. */
#ifndef TESTS_FUZZ_RULES_HOLD_H
#define TESTS_FUZZ_RULES_HOLD_H
#include "support/job_memory.h"

typedef int rules_rebuild(struct job *job, struct err *err);
extern const struct grammar grammar_text;

static inline struct job *rules_run(struct arena *arena, struct bytes in, const char *name, rules_rebuild *rebuild, uint8_t removes, enum method method, const struct job *like)
{
	struct job *job = arena_alloc(arena, sizeof *job);
	struct err err = { 0 };

	*job = job_memory(arena, in, name);
	job->limits = like->limits;
	job->removes = removes, job->method = method;
	return rebuild(job, &err) == 0 ? job : NULL;
}

/* plain: done without rules, and accepted. */
static inline void rules_must_hold(struct arena *arena, struct job *plain, struct bytes in, const char *name, const char *format, rules_rebuild *rebuild,
				   const struct grammar *grammar)
{
	struct err err = { 0 };

	for (int i = 0; i < FEATURE_COUNT; i++) {
		uint8_t removes = (uint8_t)(1 << i);
		struct job *without = rules_run(arena, in, name, rebuild, removes, METHOD_rebuild, plain);
		must(without);
		struct check check = check_memory(without, format);
		if (grammar->accept(&check, &err) < 0)
			fprintf(stderr, "without %s: %s\n", feature_words[i].name, err.say), abort();
		struct job *again = rules_run(arena, buf_view(&plain->output), name, rebuild, removes, METHOD_rebuild, plain);
		must(again);
		plain->removes = removes;
		check = check_memory(plain, format);
		bool accepted = grammar->accept(&check, &err) == 0, unchanged = bytes_equal(buf_view(&again->output), buf_view(&plain->output));
		plain->removes = 0;
		if (accepted != unchanged)
			fprintf(stderr, "%s: %s\n", feature_words[i].name, accepted ? "accepted, yet something is to be taken away" : err.say), abort();
	}
}

/* What is text for a passage that wants text is text for the verifier. */
static inline void text_must_hold(struct arena *arena, const struct job *like, struct bytes in, const char *name, rules_rebuild *rebuild)
{
	struct job *text = rules_run(arena, in, name, rebuild, 0, METHOD_text, like);
	struct err err = { 0 };

	if (!text)
		return;
	must(text->converted && strcmp(text->converted, "txt") == 0);
	struct check check = check_memory(text, "txt");
	if (grammar_text.accept(&check, &err) < 0)
		fprintf(stderr, "text: %s\n", err.say), abort();
}

#endif
