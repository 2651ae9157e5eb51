/* 上限の一覧 — `sekisho limits`: every named limit of the house with its usual value and ceiling, grouped by what it belongs to. */
#include "cli/verb.h"
#include "base/arena.h"
#include "base/json.h"

extern const struct verb verb_limits;

static const struct house_limit_row {
	const char *area, *name;
	int64_t usual, ceiling;
	const char *unit, *ja, *en;
} rows[] = {
#define LIMIT_ROW(area, name, usual, ceiling, unit, ja, en) { area, name, usual, ceiling, unit, ja, en },
#include "web/every_limit.h"
#undef LIMIT_ROW
};

static const struct {
	const char *area, *ja, *en;
} areas[] = {
	{ "sanitize", "無害化", "sanitising" }, { "transfer", "受渡し", "transfer" }, { "store", "記録", "records" },	      { "evidence", "証跡", "evidence" },
	{ "web", "画面", "screens" },		{ "policy", "ポリシー文", "policy text" }, { "service", "プロセス", "processes" },
	{ "zones", "通信経路の分割", "division of the networks" },
};

static void print_json(void)
{
	ARENA(arena) = arena_new(0);

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct json *o = json_object(arena);
		json_set_str(arena, o, "area", rows[i].area);
		json_set_str(arena, o, "name", rows[i].name);
		json_set_number(arena, o, "usual", rows[i].usual);
		json_set_number(arena, o, "ceiling", rows[i].ceiling);
		json_set_str(arena, o, "unit", rows[i].unit);
		json_set_str(arena, o, "ja", rows[i].ja);
		json_set_str(arena, o, "en", rows[i].en);
		verb_print_json(arena, o);
	}
}

static void print_table(void)
{
	const char *area = "";

	printf("%-20s %12s %12s %-12s %s\n", "NAME", "USUAL", "CEILING", "UNIT", SAY("説明", "MEANING"));
	for (size_t i = 0; i < COUNT(rows); i++) {
		for (size_t a = 0; a < COUNT(areas) && strcmp(area, rows[i].area) != 0; a++)
			if (strcmp(areas[a].area, rows[i].area) == 0)
				printf("\n%s (%s)\n", SAY(areas[a].ja, areas[a].en), areas[a].area);
		area = rows[i].area;
		printf("%-20s %12lld %12lld %-12s %s\n", rows[i].name, (long long)rows[i].usual, (long long)rows[i].ceiling, rows[i].unit, SAY(rows[i].ja, rows[i].en));
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
	if (json)
		print_json();
	else
		print_table();
	return VERB_OK;
}

const struct verb verb_limits = {
	.name = "limits",
	.summary_ja = "すべての上限（大きさ・数・時間など）を一覧にします",
	.summary_en = "lists every named limit: sizes, numbers, times and so on",
	.usage = "limits [--json]\n",
	.act = act,
};
