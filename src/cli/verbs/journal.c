/* 日誌 — `sekisho journal list [--after N] [--most N] [--object WORD] [--json]`: the journal's rows of the present epoch. Reads only. */
#include "base/clock.h"
#include "base/code.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/verb.h"
#include "store/client.h"
#include "store/read.h"

extern const struct verb verb_journal;

enum { ROWS_AT_ONCE = 500 };

static void say_row(const struct store_event *e, bool json)
{
	char at[CLOCK_TEXT];

	if (json) {
		printf("%.*s\n", (int)e->record.n, (const char *)e->record.p);
		return;
	}
	printf("%llu\t%s\t%s\t%s\t%s%s%s\t%s\t%s\n", (unsigned long long)e->no, clock_utc(e->at, at), e->event.p,
	       SAY(e->label_ja.p, e->label_en.p), e->actor.p, e->actor_name.n ? " " : "", e->actor_name.p, e->object.p,
	       e->sealed ? SAY("封印済", "sealed") : SAY("未封印", "not sealed"));
}

/* Ascending, from after on; of one object newest first as the store gives it. */
static int list(struct store_reader *reader, uint64_t after, uint64_t most, const char *object, bool json, struct err *err)
{
	for (bool more = true; more && most > 0;) {
		ARENA(arena) = arena_new(0);
		struct store_events got;
		struct text of = { object, object ? strlen(object) : 0 };
		unsigned want = (unsigned)MIN(most, (uint64_t)ROWS_AT_ONCE);
		if ((object ? store_read_history(reader, arena, of, TEXT(""), after, want, &got, err)
			    : store_read_journal(reader, arena, after, want, &got, err)) != 0)
			return -1;
		for (size_t i = 0; i < got.count; i++) {
			say_row(&got.rows[i], json);
			after = got.rows[i].no;
		}
		most -= got.count;
		more = got.more;
	}
	return 0;
}

/* Rows past the retention of their kind lose their content, batch by batch. */
static int erase(const char *reason)
{
	ARENA(arena) = arena_new(0);
	struct store_journal_erase in = { .reason = { reason, strlen(reason) } };
	struct store_journal_erase_reply got;
	struct err err = { 0 };
	unsigned long long total = 0;
	FD(recordd) = verb_connect("recordd", &err);

	if (recordd < 0)
		return verb_complain(&err);
	do {
		if (store_call_journal_erase(recordd, arena, &in, &got, &err) != 0)
			return verb_complain(&err);
		total += got.erased;
	} while (got.erased > 0);
	printf(SAY("保存期間を過ぎた %llu 行の内容を消去しました。封印は残り、証跡の検証は「消去済み」と示します。\n",
		   "the content of %llu rows past their retention is erased; what was sealed stays, and verification says “erased”.\n"),
	       total);
	return VERB_OK;
}

static int act(int argc, char **argv)
{
	const char *after_word = NULL, *most_word = NULL, *object = NULL, *reason = NULL;
	bool json = false;
	uint64_t after = 0, most = UINT64_MAX;
	struct store_reader *reader = NULL;
	struct err err = { 0 };
	const struct verb_option options[] = { { "--after", &after_word, NULL }, { "--most", &most_word, NULL }, { "--object", &object, NULL },
					       { "--reason", &reason, NULL }, { "--json", NULL, &json } };

	if (verb_options(&verb_journal, options, COUNT(options), &argc, argv) != 0)
		return VERB_USAGE;
	if (argc == 2 && strcmp(argv[1], "erase") == 0 && reason && *reason)
		return erase(reason);
	if (argc != 2 || strcmp(argv[1], "list") != 0 || reason || (object && after_word))
		return verb_usage(&verb_journal, argc > 1 ? argv[1] : NULL);
	if ((after_word && decimal_decode(bytes_of(after_word, strlen(after_word)), INT64_MAX, &after, &err) != 0) ||
	    (most_word && decimal_decode(bytes_of(most_word, strlen(most_word)), INT64_MAX, &most, &err) != 0) ||
	    store_read_open(verb_home(), &reader, &err) != 0)
		return verb_complain(&err);
	int result = list(reader, after, most, object, json, &err);
	store_read_close(reader);
	return result == 0 ? VERB_OK : verb_complain(&err);
}

const struct verb verb_journal = {
	.name = "journal",
	.summary_ja = "日誌（いつ、誰が、何をしたか）を表示します",
	.summary_en = "lists the journal: when, who, what",
	.usage = "journal list [--after NUMBER] [--most COUNT] [--json]\njournal list --object WORD [--most COUNT] [--json]\njournal erase --reason TEXT\n",
	.act = act,
};
