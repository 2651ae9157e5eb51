/* 実地試験 — `sekisho zones probe [FILE]`: real packets through this machine's kernel, in a network of their own that is gone afterwards, held against the text: the one in
 * force (then it goes into the journal, and `sekisho zones status` tells it) or a draft. What is in force is not touched. */
#include "base/clock.h"
#include "base/file.h"
#include "cli/draft.h"
#include "cli/zones.h"
#include "store/client.h"
#include "store/limits.h"
#include "zones/answer.h"
#include "zones/client.h"
#include "zones/probing.h"
#include <fcntl.h>

/* ---- the last one ---- */

static int keep(struct arena *arena, const struct json *told, struct err *err)
{
	return file_replace(AT_FDCWD, arena_printf(arena, "%s/" ZONES_LAST_PROBE, verb_home()), json_bytes(arena, told), 0644, err);
}

static int journal(struct arena *arena, const struct json *told, struct err *err)
{
	struct store_process_event event = { .event = TEXT("zones.probed"), .content = json_bytes(arena, told) };
	FD(recordd) = verb_connect("recordd", err);

	return recordd < 0 ? -1 : store_call_process_event(recordd, arena, &event, NULL, err);
}

/* ---- telling ---- */

void zones_tell_probe(const struct json *told, const char *before)
{
	const struct json *shown = json_get(told, "shown");
	long long wrong = json_number(told, "wrong", 0);
	char at[64];

	printf(SAY("%s実物の通信 %lld 件を通して確かめました（%s）。通った %lld、止まった %lld。%s\n", "%s%lld real packets were sent (%s): %lld passed, %lld were stopped. %s\n"), before,
	       (long long)json_number(told, "sent", 0), verb_japanese() ? clock_jst(json_number(told, "at", 0), at) : clock_utc(json_number(told, "at", 0), at),
	       (long long)json_number(told, "passed", 0), (long long)json_number(told, "stopped", 0),
	       wrong ? SAY("文のとおりでないものがあります。", "Some are not as the text says.") : SAY("どれも文のとおりです。", "All as the text says."));
	for (size_t i = 0; shown && i < shown->count; i++)
		printf("%s  %s\n", before, shown->items[i].string.p);
	if (json_is_true(told, "more"))
		printf(SAY("%s文が大きいため、確かめるところのすべては試していません。\n", "%sThe text is large: not every edge was tried.\n"), before);
}

/* ---- asking ---- */

static int text_of(struct arena *arena, const char *path, struct bytes *canonical)
{
	struct err err = { 0 };

	if (path)
		return draft_canonical(arena, path, canonical);
	if (file_read(arena, AT_FDCWD, arena_printf(arena, "%s/" ZONES_IN_FORCE, verb_home()), STORE_POLICY_MOST, canonical, &err) == 0)
		return VERB_OK;
	if (err.code != ERR_NOT_FOUND)
		return verb_complain(&err);
	fprintf(stderr, "%s", SAY("通信規則は、まだ適用していません。ファイルを指定するか、先に適用してください: sekisho zones apply\n", "no rules are in force: name a file, or apply them first: sekisho zones apply\n"));
	return VERB_REFUSED;
}

static int probe(struct arena *arena, struct bytes canonical, int64_t now, struct json *told, struct err *err)
{
	int64_t process;
	int opened;

	if (probing_begin(canonical, now, verb_japanese(), &opened, &process, err) != 0)
		return -1;
	FD(fd) = opened;
	return answer_hear(arena, fd, process, told, err);
}

int zones_probe(int argc, char **argv)
{
	ARENA(arena) = arena_new(0);
	const char *at = NULL;
	bool plain = false;
	const struct verb_option options[] = { { "--json", NULL, &plain }, { "--at", &at, NULL } };
	struct bytes canonical;
	struct json told;
	struct err err = { 0 };
	int64_t now;

	if (verb_options(&verb_zones, options, COUNT(options), &argc, argv) != 0)
		return VERB_USAGE;
	if (argc > 2)
		return verb_usage(&verb_zones, argv[2]);
	int code = verb_moment(at, &now);
	if (code == VERB_OK)
		code = text_of(arena, argc == 2 ? argv[1] : NULL, &canonical);
	if (code != VERB_OK)
		return code;
	if (probe(arena, canonical, now, &told, &err) != 0 || (argc == 1 && (keep(arena, &told, &err) != 0 || journal(arena, &told, &err) != 0)))
		return verb_complain(&err);
	if (plain)
		verb_print_json(arena, &told);
	else
		zones_tell_probe(&told, "");
	return json_number(&told, "wrong", 1) == 0 ? VERB_OK : VERB_REFUSED;
}
