/* 忙しい一年 — fills the store of a set-up city with a year of hand-ins, verdicts, decisions, fetches and terms, each through the command that recordd runs for
 * it, so that pages can be looked at where there is much to find. No daemon may run meanwhile. Only for measuring and tests: transactions hold thousands of
 * acts, and what was written counts as sealed at once (evidenced seals it for good when it starts). The same arguments give the same year.
 * Usage: busy-year HOME TICKETS JOURNAL-ROWS [PEOPLE] */
#include "base/clock.h"
#include "base/code.h"
#include "base/file.h"
#include "evidence/statement.h"
#include "store/command.h"
#include "store/read.h"
#include "store/setup.h"
#include <fcntl.h>
#include <stdlib.h>

enum { DAYS = 364, KEEP_DAYS = 7, UNITS = 35, BATCH = 20, ROWS_PER_TRANSACTION = 20000, SESSION_SECONDS = 1200, DAY = 86400 };

struct ticket {
	uint64_t number;
	unsigned sender, addressee, unit;
	enum ticket_verdict verdict;
	enum ticket_state state;
	uint8_t object[SHA256_BYTES];
};
struct day_of_tickets {
	struct ticket *rows;
	size_t count;
};
struct year {
	const char *home;
	struct sql *sql;
	struct text site;
	struct arena *whole, *act; /* act: of one command */
	uint8_t key[ED25519_SECRET];
	uint64_t random, tickets, people;
	uint64_t rows, rows_kept; /* written; when the last transaction began */
	int64_t now;
	int64_t *signed_in[3]; /* by face, by person */
	struct day_of_tickets days[DAYS];
};

static void stop(const char *doing, const struct err *err)
{
	fprintf(stderr, "busy-year: %s: %s\n", doing, err->say);
	exit(1);
}

static uint64_t any(struct year *y, uint64_t below)
{
	y->random ^= y->random << 13, y->random ^= y->random >> 7, y->random ^= y->random << 17;
	return y->random % below;
}

/* Few people do much, many little. */
static unsigned anybody(struct year *y)
{
	uint64_t a = any(y, y->people), b = any(y, y->people);

	return (unsigned)(a * b / y->people);
}

static struct text text_at(const char *s) { return (struct text){ s, strlen(s) }; }
static struct text number_of(struct year *y, unsigned person) { return text_at(arena_printf(y->act, "%u", 10001 + person)); }
static unsigned unit_of(unsigned person) { return person % UNITS; }
static struct text code_of(struct year *y, unsigned unit) { return text_at(arena_printf(y->act, "ka%02u", unit)); }

static void run(struct year *y, const char *caller, struct ipc_message *sent, struct ipc_message *reply, const char *doing)
{
	struct act act = { .sql = y->sql, .arena = y->act, .home = y->home, .site = y->site, .caller = caller, .now = y->now };
	struct err err = { 0 };
	struct ipc_message request = { .type = sent->type, .sequence = 1, .in = cursor_over(bytes_of(sent->out.p + IPC_HEADER, sent->out.n - IPC_HEADER)),
				       .out = buf_in(y->act, 0) };

	*reply = ipc_start(y->act, sent->type | IPC_REPLY, 1);
	if (command_run(&act, &request, reply, &err) != 0)
		stop(doing, &err);
	reply->in = cursor_over(bytes_of(reply->out.p + IPC_HEADER, reply->out.n - IPC_HEADER));
}

#define COMMAND(number_, name, callers, permission, event)                                                                                     \
	__attribute__((unused)) static void do_##name(struct year *y, const char *caller, const struct store_##name *in, struct store_##name##_reply *out) \
	{                                                                                                                                      \
		struct ipc_message m = ipc_start(y->act, number_, 1), got;                                                                     \
		struct store_##name##_reply unused;                                                                                            \
		struct err err = { 0 };                                                                                                        \
		store_put_##name(&m, in);                                                                                                      \
		run(y, caller, &m, &got, #name);                                                                                               \
		if (store_take_##name##_reply(&got, out ? out : &unused, &err) != 0)                                                           \
			stop(#name, &err);                                                                                                     \
	}
#include "store/commands.def"
#undef COMMAND

static void count_rows(struct year *y)
{
	struct sql_counter_now_row now;
	struct err err = { 0 };
	bool found;

	if (sql_counter_now(y->sql, y->act, y->site, &now, &found, &err) != 0 || !found)
		stop("counter", &err);
	y->rows = (uint64_t)now.last;
}

/* What was written is under a checkpoint, as far as the store is concerned. */
static void seal(struct year *y)
{
	struct sql_counter_now_row now;
	struct err err = { 0 };
	bool found;

	if (sql_counter_now(y->sql, y->act, y->site, &now, &found, &err) != 0 || !found || sql_epoch_seal(y->sql, y->site, now.epoch, now.last, y->now, &err) != 0)
		stop("seal", &err);
}

/* Between two acts: forgets the memory of the last one, and now and then makes everything durable. */
static void breathe(struct year *y, bool at_once)
{
	struct err err = { 0 };

	count_rows(y);
	if (at_once || y->rows - y->rows_kept >= ROWS_PER_TRANSACTION) {
		if (sql_commit(y->sql, &err) != 0 || sql_begin(y->sql, &err) != 0)
			stop("commit", &err);
		y->rows_kept = y->rows;
	}
	arena_clear(y->act);
}

static struct bytes hash_of(struct year *y, const char *what)
{
	uint8_t *hash = arena_alloc(y->act, SHA256_BYTES);

	sha256_of(bytes_of(what, strlen(what)), hash);
	return bytes_of(hash, SHA256_BYTES);
}

/* A session that still lives, or a new one: people sign in again after a pause. */
static struct bytes token_of(struct year *y, unsigned person, unsigned face)
{
	int64_t *at = &y->signed_in[face][person];
	bool lives = y->now - *at < SESSION_SECONDS;

	if (!lives)
		*at = y->now;
	struct bytes token = hash_of(y, arena_printf(y->act, "session %u %u %lld", person, face, (long long)*at));
	if (!lives) {
		uint8_t *hash = arena_alloc(y->act, SHA256_BYTES);
		sha256_of(token, hash);
		do_session_open(y, "authd", &(struct store_session_open){ number_of(y, person), (uint8_t)face, bytes_of(hash, SHA256_BYTES), TEXT("totp"),
									  TEXT("192.0.2.7") }, NULL);
	}
	return token;
}

/* ---- what there is in a city ---- */

static void found_city(struct year *y)
{
	static const char *const kin[] = { "海野", "岬", "沖田", "湊", "磯部", "浜口", "潮田", "波多野", "島崎", "津田", "入江", "荒木", "港", "渚", "汐見", "舟木" };
	static const char *const kin_kana[] = { "ウミノ", "ミサキ", "オキタ", "ミナト", "イソベ", "ハマグチ", "シオタ", "ハタノ", "シマザキ", "ツダ", "イリエ", "アラキ", "ミナト", "ナギサ", "シオミ", "フナキ" };
	static const char *const given[] = { "花子", "一郎", "実", "千波", "航", "帆乃香", "守", "汐里", "渚", "灯", "岳", "環", "澪" };
	static const char *const given_kana[] = { "ハナコ", "イチロウ", "ミノル", "チナミ", "ワタル", "ホノカ", "マモル", "シオリ", "ナギサ", "アカリ", "ガク", "タマキ", "ミオ" };

	do_unit_add(y, "operator", &(struct store_unit_add){ TEXT("shi"), TEXT("紺碧市"), TEXT(""), BYTES("") }, NULL);
	for (unsigned u = 0; u < UNITS; u++)
		do_unit_add(y, "operator", &(struct store_unit_add){ code_of(y, u), text_at(arena_printf(y->act, "第%u課", u + 1)), TEXT("shi"), BYTES("") }, NULL);
	for (unsigned p = 0; p < y->people; p++) {
		unsigned k = p % COUNT(kin), g = (unsigned)any(y, COUNT(given));
		do_person_add(y, "operator", &(struct store_person_add){ .number = number_of(y, p), .name = text_at(arena_printf(y->act, "%s %s", kin[k], given[g])),
			.kana = text_at(arena_printf(y->act, "%s %s", kin_kana[k], given_kana[g])), .unit = code_of(y, unit_of(p)), .mail = TEXT("") }, NULL);
		if (p < 2 * UNITS)
			do_post_assign(y, "operator", &(struct store_post_assign){ .number = number_of(y, p), .unit = code_of(y, unit_of(p)),
				.post = text_at(p < UNITS ? "chief" : "deputy"), .from = y->now }, NULL);
		if (p + 1 == y->people)
			do_post_assign(y, "operator", &(struct store_post_assign){ .number = number_of(y, p), .unit = code_of(y, unit_of(p)),
				.post = TEXT("administrator"), .from = y->now }, NULL);
		breathe(y, false);
	}
}

static const char *name_of(struct year *y, uint64_t n)
{
	static const char *const what[] = { "会議資料", "見積書", "調査票", "住民説明会の案内", "工事写真", "議事録", "予算要求書", "名簿", "報告書", "要綱改正案" };
	static const char *const kind[] = { "docx", "xlsx", "pdf", "txt", "jpg", "csv" };

	return arena_printf(y->act, "%s_%llu.%s", what[any(y, COUNT(what))], (unsigned long long)n, kind[any(y, COUNT(kind))]);
}

static const char *purpose_of(struct year *y, uint64_t n)
{
	static const char *const why[] = { "県の照会に回答するため", "業者から届いた見積を検討するため", "会議で配布するため", "住民説明会の準備のため", "監査に備えて保管するため",
					   "広報に載せる写真を選ぶため", "補助金の申請を確かめるため", "委員に事前に送るため" };

	if (n % 20011 == 17) /* a word that a search finds a handful of times */
		return "棕櫚の植栽を確かめるため";
	return arena_printf(y->act, "%s（%llu月分）", why[any(y, COUNT(why))], (unsigned long long)(n % 12 + 1));
}

static const char *report_of(struct year *y, enum ticket_verdict verdict)
{
	static const char *const formats[] = { "docx", "xlsx", "pdf", "txt", "jpeg", "csv" };
	static const char *const threats[] = { "B1", "B9", "D1", "G1" };
	const char *format = formats[any(y, COUNT(formats))];

	if (verdict == VERDICT_REFUSED)
		return arena_printf(y->act, "{\"engine\":\"bench\",\"input\":{\"format\":\"%s\",\"name\":\"a\"},\"reason\":{\"code\":\"ENCRYPTED\",\"detail\":\"\",\"en\":\"It is encrypted.\",\"ja\":\"暗号化されています。\"},\"summary\":[],\"verdict\":\"refused\"}", format);
	return arena_printf(y->act, "{\"engine\":\"bench\",\"input\":{\"format\":\"%s\",\"name\":\"a\"},\"summary\":[{\"count\":%u,\"en\":\"Macros were removed.\",\"ja\":\"マクロを取り除きました。\",\"threat\":\"%s\"}],\"verdict\":\"clean\"}",
			    format, (unsigned)any(y, 5) + 1, threats[any(y, COUNT(threats))]);
}

/* ---- a day ---- */

static void open_ticket(struct year *y, struct ticket *t, uint64_t n)
{
	struct store_ticket_open_reply got;
	struct store_ticket_verdict_reply judged;
	uint8_t request[16];

	t->sender = anybody(y), t->addressee = anybody(y), t->unit = unit_of(t->sender);
	t->verdict = any(y, 25) == 0 ? VERDICT_REFUSED : any(y, 8) == 0 ? VERDICT_CONVERTED : VERDICT_CLEAN;
	memcpy(request, hash_of(y, arena_printf(y->act, "request %llu", (unsigned long long)n)).p, sizeof request);
	const char *name = name_of(y, n);
	struct bytes input = hash_of(y, arena_printf(y->act, "input %llu", (unsigned long long)n));
	do_ticket_open(y, "transferd", &(struct store_ticket_open){ .token = token_of(y, t->sender, FACE_INTERNET), .request = bytes_of(request, sizeof request),
		.addressee = number_of(y, t->addressee), .purpose = text_at(purpose_of(y, n)), .name = text_at(name), .bytes = 1000 + any(y, 4000000),
		.input = input, .provenance = BYTES("{\"source\":\"192.0.2.7\"}"), .keep_days = KEEP_DAYS, .refused_days = KEEP_DAYS }, &got);
	t->number = got.ticket;
	y->now += 2;
	struct store_ticket_verdict verdict = { .ticket = t->number, .verdict = (uint8_t)t->verdict, .report = bytes_of_text(text_at(report_of(y, t->verdict))) };
	if (t->verdict != VERDICT_REFUSED) {
		verdict.output_name = text_at(name), verdict.output_bytes = 1000;
		verdict.output = hash_of(y, arena_printf(y->act, "output %llu", (unsigned long long)t->number));
	}
	do_ticket_verdict(y, "transferd", &verdict, &judged);
	must(judged.object.n == SHA256_BYTES);
	memcpy(t->object, judged.object.p, SHA256_BYTES);
	t->state = (enum ticket_state)judged.state;
}

/* The chief of a unit decides what waits: chiefs' own requests go to their deputy. */
static void decide(struct year *y, struct ticket **some, size_t count, unsigned person, const char *post, const char *action)
{
	struct arena *arena = y->act;
	uint8_t(*objects)[SHA256_BYTES] = arena_alloc(arena, count * sizeof *objects), signature[ED25519_SIGNATURE];
	struct store_ticket_decide in = { .token = token_of(y, person, FACE_OFFICE) };
	struct err err = { 0 };

	for (size_t i = 0; i < count; i++)
		memcpy(objects[i], some[i]->object, SHA256_BYTES);
	struct statement s = { .site = y->site, .person = number_of(y, person), .post = text_at(arena_printf(arena, "%s of %s", post, code_of(y, unit_of(person)).p)),
			       .action = text_at(action), .reason = TEXT("内容を確認しました"), .factor = TEXT("totp"), .at = y->now,
			       .objects = (const uint8_t(*)[SHA256_BYTES])objects, .count = count };
	if (statement_build(arena, &s, &in.statement, &err) != 0)
		stop("statement", &err);
	ed25519_sign(in.statement, y->key, signature);
	in.signature = bytes_of(signature, sizeof signature);
	do_ticket_decide(y, "webd-office", &in, NULL);
	for (size_t i = 0; i < count; i++)
		some[i]->state = strcmp(action, STATEMENT_APPROVE) == 0 ? TICKET_APPROVED : TICKET_RETURNED;
}

static void decide_unit(struct year *y, const struct day_of_tickets *d, unsigned unit)
{
	struct ticket *some[BATCH];
	size_t count = 0;

	for (size_t i = 0; i < d->count; i++) {
		struct ticket *t = &d->rows[i];
		if (t->unit != unit || t->state != TICKET_WAITING)
			continue;
		if (t->sender == unit) {
			decide(y, &t, 1, unit + UNITS, "deputy", STATEMENT_APPROVE);
		} else if (any(y, 30) == 0) {
			decide(y, &t, 1, unit, "chief", STATEMENT_RETURN);
		} else {
			some[count++] = t;
		}
		if (count == BATCH) {
			decide(y, some, count, unit, "chief", STATEMENT_APPROVE);
			count = 0;
		}
	}
	if (count > 0)
		decide(y, some, count, unit, "chief", STATEMENT_APPROVE);
	y->now += 20;
	breathe(y, false);
}

static void fetch(struct year *y, struct ticket *t, uint64_t nth)
{
	uint8_t request[16];

	memcpy(request, hash_of(y, arena_printf(y->act, "fetch %llu %llu", (unsigned long long)t->number, (unsigned long long)nth)).p, sizeof request);
	do_ticket_fetched(y, "transferd", &(struct store_ticket_fetched){ token_of(y, t->addressee, FACE_OFFICE), bytes_of(request, sizeof request), t->number,
		hash_of(y, arena_printf(y->act, "output %llu", (unsigned long long)t->number)) }, NULL);
	t->state = TICKET_FETCHED;
	y->now += 1;
	breathe(y, false);
}

static void expire(struct year *y, const struct day_of_tickets *d)
{
	for (size_t i = 0; i < d->count; i++) {
		do_ticket_expire(y, "transferd", &(struct store_ticket_expire){ d->rows[i].number }, NULL);
		breathe(y, false);
	}
	free(d->rows);
}

static void live_day(struct year *y, unsigned day, int64_t morning, uint64_t tickets, uint64_t rows_until)
{
	struct day_of_tickets *d = &y->days[day];
	bool is_last = day + 1 == DAYS;

	y->now = morning;
	if (day > KEEP_DAYS)
		expire(y, &y->days[day - KEEP_DAYS - 1]);
	d->rows = calloc(tickets + 1, sizeof *d->rows);
	must(d->rows);
	for (uint64_t i = 0; i < tickets; i++) {
		open_ticket(y, &d->rows[d->count++], y->tickets++);
		y->now += 20;
		breathe(y, false);
	}
	if (is_last) /* what this day brought still waits */
		return;
	for (unsigned unit = 0; unit < UNITS; unit++)
		decide_unit(y, d, unit);
	seal(y);
	for (uint64_t nth = 0, more = 1; more > 0 && (nth == 0 || y->rows < rows_until); nth++) { /* most is fetched, some of it again and again */
		more = 0;
		for (size_t i = 0; i < d->count && (nth == 0 || y->rows < rows_until); i++) {
			struct ticket *t = &d->rows[i];
			if ((t->state == TICKET_APPROVED && any(y, 20) > 0) || t->state == TICKET_FETCHED)
				fetch(y, t, nth), more++;
		}
	}
}

static uint64_t number_in(const char *word)
{
	uint64_t n;

	if (decimal_decode(bytes_of(word, strlen(word)), 100000000, &n, NULL) != 0) {
		fprintf(stderr, "busy-year: %s is no number\n", word);
		exit(2);
	}
	return n;
}

static void begin(struct year *y, const char *home, int64_t first)
{
	struct bytes line;
	struct err err = { 0 };

	y->home = home, y->whole = arena_new(0), y->act = arena_new(0), y->random = 20261126;
	for (size_t face = 0; face < COUNT(y->signed_in); face++)
		must((y->signed_in[face] = calloc(y->people, sizeof(int64_t))) != NULL);
	if (file_read(y->whole, AT_FDCWD, arena_printf(y->whole, "%s/auth/approval.key", home), 4096, &line, &err) != 0 || line.n < 2 * ED25519_SECRET ||
	    hex_decode(bytes_of(line.p, 2 * ED25519_SECRET), y->key, sizeof y->key, &err) != 0)
		stop("approval.key", &err);
	clock_set(first);
	if (store_open(home, y->whole, &y->sql, &y->site, &err) != 0 || sql_script(y->sql, "PRAGMA cache_size=-400000", &err) != 0 || sql_begin(y->sql, &err) != 0)
		stop("store", &err);
	clock_set(-1);
	y->now = first;
}

int main(int argc, char **argv)
{
	static struct year y;
	struct err err = { 0 };

	if (argc < 4 || argc > 5) {
		fprintf(stderr, "usage: busy-year HOME TICKETS JOURNAL-ROWS [PEOPLE]\n");
		return 2;
	}
	uint64_t tickets = number_in(argv[2]), rows = number_in(argv[3]);
	y.people = argc > 4 ? number_in(argv[4]) : 700;
	must(y.people > 2 * UNITS);
	int64_t first = clock_now() - (int64_t)DAYS * DAY;
	begin(&y, argv[1], first);
	found_city(&y);
	for (unsigned day = 0; day < DAYS; day++) /* even shares; the day's acts fit into the hours before the next morning */
		live_day(&y, day, MAX(first + 60 + (int64_t)day * DAY, y.now + 1), tickets * (day + 1) / DAYS - tickets * day / DAYS, rows * (day + 1) / DAYS);
	seal(&y);
	breathe(&y, true);
	if (sql_commit(y.sql, &err) != 0)
		stop("commit", &err);
	printf("%llu tickets, %llu journal rows, %llu people\n", (unsigned long long)y.tickets, (unsigned long long)y.rows, (unsigned long long)y.people);
	if (store_close(y.sql, y.site, &err) != 0)
		stop("close", &err);
	return 0;
}
