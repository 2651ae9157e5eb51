/* 組織と職員 — contract in organisation.h. */
#include "cli/organisation.h"
#include "base/calendar.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "store/client.h"
#include "store/read.h"

enum { LIST_MOST = 1000 };

int organisation_day(const char *day, int64_t otherwise, int64_t *out, struct err *err)
{
	if (!day) {
		*out = otherwise;
		return 0;
	}
	if (!is_utf8(bytes_of(day, strlen(day))) || calendar_read_day((struct text){ day, strlen(day) }, out, err) != 0)
		return fail(err, ERR_INVALID, 0, "%.32s is no day: write YYYY-MM-DD or R8.4.1", day);
	return 0;
}

static int text_of(struct arena *arena, const char *word, struct text *out, struct err *err)
{
	return text_from_utf8(arena, bytes_of(word ? word : "", word ? strlen(word) : 0), out, err);
}

static int add_unit(const struct verb *verb, int argc, char **argv)
{
	ARENA(arena) = arena_new(0);
	const char *code = NULL, *name = NULL, *parent = NULL;
	struct store_unit_add in = { .token = { NULL, 0 } };
	struct err err = { 0 };
	const struct verb_option options[] = { { "--code", &code, NULL }, { "--name", &name, NULL }, { "--parent", &parent, NULL } };

	if (verb_options(verb, options, COUNT(options), &argc, argv) != 0)
		return VERB_USAGE;
	if (argc != 2 || !code || !name)
		return verb_usage(verb, argc > 2 ? argv[2] : NULL);
	if (text_of(arena, code, &in.code, &err) != 0 || text_of(arena, name, &in.name, &err) != 0 || text_of(arena, parent, &in.parent, &err) != 0)
		return verb_complain(&err);
	FD(recordd) = verb_connect("recordd", &err);
	if (recordd < 0 || store_call_unit_add(recordd, arena, &in, NULL, &err) != 0)
		return verb_complain(&err);
	return VERB_OK;
}

static int assign(int recordd, struct arena *arena, struct text number, struct text unit, const char *post, int64_t from, int64_t to, struct err *err)
{
	return store_call_post_assign(recordd, arena, &(struct store_post_assign){ number, unit, { post, strlen(post) }, from, to }, NULL, err);
}

static int add_person(const struct verb *verb, int argc, char **argv)
{
	ARENA(arena) = arena_new(0);
	const char *number = NULL, *name = NULL, *kana = NULL, *unit = NULL, *mail = NULL;
	bool chief = false, deputy = false, administrator = false;
	struct store_person_add in = { .token = { NULL, 0 } };
	struct err err = { 0 };
	const struct verb_option options[] = {
		{ "--number", &number, NULL }, { "--name", &name, NULL }, { "--kana", &kana, NULL }, { "--unit", &unit, NULL },
		{ "--mail", &mail, NULL }, { "--chief", NULL, &chief }, { "--deputy", NULL, &deputy }, { "--administrator", NULL, &administrator },
	};

	if (verb_options(verb, options, COUNT(options), &argc, argv) != 0)
		return VERB_USAGE;
	if (argc != 2 || !number || !name || !kana || !unit)
		return verb_usage(verb, argc > 2 ? argv[2] : NULL);
	if (text_of(arena, number, &in.number, &err) != 0 || text_of(arena, name, &in.name, &err) != 0 || text_of(arena, kana, &in.kana, &err) != 0 ||
	    text_of(arena, unit, &in.unit, &err) != 0 || text_of(arena, mail, &in.mail, &err) != 0)
		return verb_complain(&err);
	FD(recordd) = verb_connect("recordd", &err);
	int64_t now = clock_now();
	if (recordd < 0 || store_call_person_add(recordd, arena, &in, NULL, &err) != 0 ||
	    (chief && assign(recordd, arena, in.number, in.unit, "chief", now, 0, &err) != 0) ||
	    (deputy && assign(recordd, arena, in.number, in.unit, "deputy", now, 0, &err) != 0) ||
	    (administrator && assign(recordd, arena, in.number, in.unit, "administrator", now, 0, &err) != 0))
		return verb_complain(&err);
	return VERB_OK;
}

static int post(const struct verb *verb, int argc, char **argv)
{
	ARENA(arena) = arena_new(0);
	const char *number = NULL, *unit = NULL, *kind = NULL, *from = NULL, *to = NULL;
	struct text number_text, unit_text;
	int64_t since, until;
	struct err err = { 0 };
	const struct verb_option options[] = { { "--number", &number, NULL }, { "--unit", &unit, NULL }, { "--post", &kind, NULL },
					       { "--from", &from, NULL }, { "--to", &to, NULL } };

	if (verb_options(verb, options, COUNT(options), &argc, argv) != 0)
		return VERB_USAGE;
	if (argc != 2 || !number || !unit || !kind)
		return verb_usage(verb, argc > 2 ? argv[2] : NULL);
	if (text_of(arena, number, &number_text, &err) != 0 || text_of(arena, unit, &unit_text, &err) != 0 ||
	    organisation_day(from, clock_now(), &since, &err) != 0 || organisation_day(to, 0, &until, &err) != 0)
		return verb_complain(&err);
	FD(recordd) = verb_connect("recordd", &err);
	if (recordd < 0 || assign(recordd, arena, number_text, unit_text, kind, since, until, &err) != 0)
		return verb_complain(&err);
	return VERB_OK;
}

static int leave(const struct verb *verb, int argc, char **argv)
{
	ARENA(arena) = arena_new(0);
	const char *number = NULL, *at = NULL;
	struct store_person_leave in = { .token = { NULL, 0 } };
	struct err err = { 0 };
	const struct verb_option options[] = { { "--number", &number, NULL }, { "--at", &at, NULL } };

	if (verb_options(verb, options, COUNT(options), &argc, argv) != 0)
		return VERB_USAGE;
	if (argc != 2 || !number)
		return verb_usage(verb, argc > 2 ? argv[2] : NULL);
	if (text_of(arena, number, &in.number, &err) != 0 || organisation_day(at, 0, &in.at, &err) != 0)
		return verb_complain(&err);
	FD(recordd) = verb_connect("recordd", &err);
	if (recordd < 0 || store_call_person_leave(recordd, arena, &in, NULL, &err) != 0)
		return verb_complain(&err);
	return VERB_OK;
}

static int absence(const struct verb *verb, int argc, char **argv)
{
	ARENA(arena) = arena_new(0);
	const char *number = NULL, *acting = NULL, *from = NULL, *to = NULL, *reason = NULL;
	struct store_absence_set in = { .token = { NULL, 0 } };
	struct err err = { 0 };
	const struct verb_option options[] = { { "--number", &number, NULL }, { "--acting", &acting, NULL }, { "--from", &from, NULL }, { "--to", &to, NULL },
					       { "--reason", &reason, NULL } };

	if (verb_options(verb, options, COUNT(options), &argc, argv) != 0)
		return VERB_USAGE;
	if (argc != 2 || !number || !acting || !to)
		return verb_usage(verb, argc > 2 ? argv[2] : NULL);
	if (text_of(arena, number, &in.number, &err) != 0 || text_of(arena, acting, &in.acting, &err) != 0 || text_of(arena, reason, &in.reason, &err) != 0 ||
	    organisation_day(from, clock_now(), &in.from, &err) != 0 || organisation_day(to, 0, &in.to, &err) != 0)
		return verb_complain(&err);
	in.to += DAY_SECONDS; /* the last day counts */
	FD(recordd) = verb_connect("recordd", &err);
	if (recordd < 0 || store_call_absence_set(recordd, arena, &in, NULL, &err) != 0)
		return verb_complain(&err);
	return VERB_OK;
}

/* Tab-separated, one person a line: number, name, kana, unit, mail, present posts. */
static int list(int argc, char **argv)
{
	ARENA(arena) = arena_new(0);
	struct buf query = buf_in(arena, 4096);
	struct store_reader *reader = NULL;
	struct store_people people;
	struct store_posts posts;
	struct text words;
	struct err err = { 0 };
	int64_t now = clock_now();

	for (int i = 2; i < argc; i++)
		buf_printf(&query, "%s ", argv[i]);
	if (!buf_ok(&query))
		fail(&err, ERR_LIMIT, 0, "the words are too long");
	if (!buf_ok(&query) || text_of(arena, buf_string(&query), &words, &err) != 0 || store_read_open(verb_home(), &reader, &err) != 0 ||
	    store_read_people(reader, arena, words, LIST_MOST, &people, &err) != 0 || store_read_posts(reader, arena, TEXT(""), &posts, &err) != 0) {
		store_read_close(reader);
		return verb_complain(&err);
	}
	for (size_t i = 0; i < people.count; i++) {
		const struct store_person *p = &people.rows[i];
		printf("%s\t%s\t%s\t%s %s\t%s\t", p->number.p, p->name.p, p->kana.p, p->unit.p, p->unit_name.p, p->mail.p);
		const char *between = "";
		for (size_t k = 0; k < posts.count; k++) {
			const struct store_post *h = &posts.rows[k];
			if (!text_equal(h->number, p->number) || h->from > now || (h->to != 0 && h->to <= now))
				continue;
			printf("%s%s of %s", between, h->post.p, h->unit.p);
			between = ", ";
		}
		printf("\n");
	}
	if (people.more)
		fprintf(stderr, "%s\n", SAY("ほかにもいます。語を足して絞ってください。", "There are more: add a word."));
	store_read_close(reader);
	return VERB_OK;
}

bool organisation_knows(const char *word)
{
	static const char *const words[] = { "unit", "add", "absence", "post", "leave", "list" };

	for (size_t i = 0; i < COUNT(words); i++)
		if (strcmp(words[i], word) == 0)
			return true;
	return false;
}

int organisation_act(const struct verb *verb, int argc, char **argv)
{
	switch (argv[1][0]) {
	case 'u':
		return add_unit(verb, argc, argv);
	case 'a':
		return strcmp(argv[1], "absence") == 0 ? absence(verb, argc, argv) : add_person(verb, argc, argv);
	case 'p':
		return post(verb, argc, argv);
	}
	return strcmp(argv[1], "leave") == 0 ? leave(verb, argc, argv) : list(argc, argv);
}
