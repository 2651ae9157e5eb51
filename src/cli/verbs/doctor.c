/* 点検 — `sekisho doctor [--json]`: every part of the house, how it stands, and what to do where it is not well. Exit 0 all is well, 1 a warning,
 * 2 something is wrong: for monitoring. Changes nothing. */
#include "base/json.h"
#include "cli/checkup.h"
#include "cli/verb.h"

extern const struct verb verb_doctor;

static void say(const struct checkup_row *row, const struct checkup *c)
{
	static const char *const marks_ja[] = { "良好", "注意", "異常" }, *const marks_en[] = { "ok", "warn", "WRONG" };

	printf("%s\t%s\t%s\n", SAY(marks_ja[c->level], marks_en[c->level]), SAY(row->ja, row->en), SAY(c->say_ja, c->say_en));
	if (c->todo_ja)
		printf("\t→ %s\n", verb_hint(c->arena, SAY(c->todo_ja, c->todo_en)));
}

static struct json *finding(const struct checkup_row *row, const struct checkup *c)
{
	struct json *o = json_object(c->arena);

	json_set_str(c->arena, o, "check", row->name);
	json_set_number(c->arena, o, "level", c->level);
	json_set_str(c->arena, o, "say", c->say_en);
	json_set_str(c->arena, o, "say_ja", c->say_ja);
	if (c->todo_ja) {
		json_set_str(c->arena, o, "todo", verb_hint(c->arena, c->todo_en));
		json_set_str(c->arena, o, "todo_ja", verb_hint(c->arena, c->todo_ja));
	}
	return o;
}

static int act(int argc, char **argv)
{
	ARENA(arena) = arena_new(0);
	struct checkup c;
	bool json = false;
	int worst = 0;
	const struct verb_option options[] = { { "--json", NULL, &json } };

	if (verb_options(&verb_doctor, options, COUNT(options), &argc, argv) != 0)
		return VERB_USAGE;
	if (argc > 1)
		return verb_usage(&verb_doctor, argv[1]);
	struct json *list = json_array(arena);
	checkup_begin(&c, arena, verb_home());
	for (const struct checkup_row *row = checkup_rows; row->name; row++) {
		c.level = CHECKUP_FINE;
		c.say_ja = c.say_en = c.todo_ja = c.todo_en = NULL;
		row->look(&c);
		worst = MAX(worst, (int)c.level);
		if (json)
			json_add(arena, list, finding(row, &c));
		else
			say(row, &c);
	}
	checkup_end(&c);
	if (json) {
		struct json *o = json_object(arena);
		json_set(arena, o, "checks", list);
		json_set_number(arena, o, "level", worst);
		verb_print_json(arena, o);
	}
	return worst;
}

const struct verb verb_doctor = {
	.name = "doctor",
	.summary_ja = "すべてを点検し、悪いところとすることを示します（終了コードで監視できます）",
	.summary_en = "looks over everything: what is wrong and what to do; exit code for monitoring",
	.usage = "[--home FOLDER] doctor [--json]\n",
	.act = act,
};
