/* 上限の一覧 — `sekisho limits`: the named limits of sanitising, with their usual value and ceiling. */
#include "cli/verb.h"
#include "base/arena.h"
#include "base/json.h"
#include "sanitize/format.h"

extern const struct verb verb_limits;

static void print_json(void)
{
	ARENA(arena) = arena_new(0);

	for (size_t i = 0; i < LIMIT_COUNT; i++) {
		const struct limit_row *l = &limit_rows[i];
		struct json *o = json_object(arena);
		json_set_str(arena, o, "name", l->name);
		json_set_number(arena, o, "usual", (int64_t)l->usual);
		json_set_number(arena, o, "ceiling", (int64_t)l->ceiling);
		json_set_str(arena, o, "unit", l->unit);
		json_set_str(arena, o, "ja", l->ja);
		json_set_str(arena, o, "en", l->en);
		struct bytes b = json_bytes(arena, o);
		printf("%.*s\n", (int)b.n, (const char *)b.p);
	}
}

static int act(int argc, char **argv)
{
	bool json = false;
	const struct verb_option options[] = { { "--json", NULL, &json } };

	if (verb_options(&verb_limits, options, COUNT(options), &argc, argv) != 0)
		return VERB_USAGE;
	if (argc != 1)
		return verb_usage(&verb_limits, argv[1]);
	if (json) {
		print_json();
		return VERB_OK;
	}
	printf(SAY("%-16s %12s %12s %-10s %s\n", "%-16s %12s %12s %-10s %s\n"), SAY("NAME", "NAME"), SAY("USUAL", "USUAL"), SAY("CEILING", "CEILING"),
	       SAY("UNIT", "UNIT"), SAY("説明", "MEANING"));
	for (size_t i = 0; i < LIMIT_COUNT; i++) {
		const struct limit_row *l = &limit_rows[i];
		printf("%-16s %12llu %12llu %-10s %s\n", l->name, (unsigned long long)l->usual, (unsigned long long)l->ceiling, l->unit, SAY(l->ja, l->en));
	}
	return VERB_OK;
}

const struct verb verb_limits = {
	.name = "limits",
	.summary_ja = "無害化の上限（大きさ・入れ子・時間など）を一覧にします",
	.summary_en = "lists the limits of sanitising: size, nesting, time and so on",
	.usage = "limits [--json]\n",
	.act = act,
};
