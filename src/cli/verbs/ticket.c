/* 受渡の一覧 — `sekisho ticket list`, `sekisho ticket show N`: what the store says of tickets, for the operator. Reads only. */
#include "base/clock.h"
#include "base/code.h"
#include "base/text.h"
#include "cli/verb.h"
#include "store/read.h"

extern const struct verb verb_ticket;

enum { LIST_MOST = 1000 };

static void field(const char *ja, const char *en, struct text value)
{
	if (value.n)
		printf("%s: %s\n", SAY(ja, en), value.p);
}

static void time_field(const char *ja, const char *en, int64_t at)
{
	char say[64];

	if (at)
		printf("%s: %s\n", SAY(ja, en), clock_jst(at, say));
}

static void hash_field(struct arena *arena, const char *ja, const char *en, struct bytes hash)
{
	if (hash.n)
		printf("%s: %s\n", SAY(ja, en), hex_of(arena, hash));
}

static int show(struct store_reader *reader, struct arena *arena, const char *number, struct err *err)
{
	struct store_ticket t;
	uint64_t n;

	if (decimal_decode(bytes_of(number, strlen(number)), INT64_MAX, &n, err) != 0 || store_read_ticket(reader, arena, n, &t, err) != 0)
		return -1;
	printf(SAY("受渡 第%llu号\n", "ticket %llu\n"), (unsigned long long)t.number);
	printf("%s: %s\n", SAY("状態", "state"), SAY(ticket_state_japanese(t.state), ticket_state_english(t.state)));
	printf("%s: %s %s (%s)\n", SAY("送り手", "sender"), t.sender.p, t.sender_name.p, t.sender_unit_name.p);
	printf("%s: %s %s (%s)\n", SAY("受け手", "addressee"), t.addressee.p, t.addressee_name.p, t.addressee_unit_name.p);
	field("用途", "purpose", t.purpose);
	field("ファイル", "file", t.name);
	printf("%s: %llu\n", SAY("バイト数", "bytes"), (unsigned long long)t.bytes);
	hash_field(arena, "入力 SHA-256", "input SHA-256", t.input);
	time_field("受付", "handed in", t.opened);
	time_field("期限", "kept until", t.expires);
	time_field("無害化", "sanitised", t.judged);
	field("渡すファイル", "output", t.output_name);
	hash_field(arena, "出力 SHA-256", "output SHA-256", t.output);
	hash_field(arena, "承認の対象", "object of approval", t.object);
	time_field("決裁", "decided", t.decided);
	if (t.decided)
		printf("%s: %s %s (%s)%s\n", SAY("決裁者", "decided by"), t.decided_by.p, t.decided_by_name.p, t.decided_post.p,
		       t.sealed ? "" : SAY(" 未封印", " not sealed yet"));
	field("理由", "reason", t.reason);
	time_field("最初の受取", "first fetched", t.fetched);
	time_field("消去", "erased", t.erased);
	printf("%s: %llu %llu %llu\n", SAY("日誌の番号", "journal numbers"), (unsigned long long)t.journal_opened,
	       (unsigned long long)t.journal_judged, (unsigned long long)t.journal_decided);
	if (t.report.n)
		printf("%.*s\n", (int)t.report.n, (const char *)t.report.p);
	return 0;
}

/* Tab-separated: number, time, state, sender, addressee, file. */
static int list(struct store_reader *reader, struct arena *arena, struct err *err)
{
	struct store_tickets got;
	char at[CLOCK_TEXT];

	if (store_read_tickets(reader, arena, 0, 0, LIST_MOST, &got, err) != 0)
		return -1;
	for (size_t i = 0; i < got.count; i++) {
		const struct store_ticket *t = &got.rows[i];
		printf("%llu\t%s\t%s\t%s %s\t%s %s\t%s\n", (unsigned long long)t->number, clock_utc(t->opened, at),
		       SAY(ticket_state_japanese(t->state), ticket_state_english(t->state)), t->sender.p, t->sender_name.p, t->addressee.p,
		       t->addressee_name.p, t->name.p);
	}
	return 0;
}

static int act(int argc, char **argv)
{
	ARENA(arena) = arena_new(0);
	struct store_reader *reader = NULL;
	struct err err = { 0 };
	bool shows = argc == 3 && strcmp(argv[1], "show") == 0;

	if (!shows && !(argc == 2 && strcmp(argv[1], "list") == 0))
		return verb_usage(&verb_ticket, argc > 1 ? argv[1] : NULL);
	int result = store_read_open(verb_home(), &reader, &err);
	if (result == 0)
		result = shows ? show(reader, arena, argv[2], &err) : list(reader, arena, &err);
	store_read_close(reader);
	return result == 0 ? VERB_OK : verb_complain(&err);
}

const struct verb verb_ticket = {
	.name = "ticket",
	.summary_ja = "受け渡しの一覧と詳細を表示します",
	.summary_en = "lists tickets and shows one",
	.usage = "ticket list\nticket show NUMBER\n",
	.act = act,
};
