/* 試験の足場 — a store in a folder of its own, the sample people, and each command as a function that goes through message and batch as in recordd.
 * For tests only. */
#ifndef STORE_TEST_GROUND_H
#define STORE_TEST_GROUND_H
#include "base/clock.h"
#include "base/code.h"
#include "base/file.h"
#include "base/hash.h"
#include "evidence/journal_wire.h"
#include "evidence/statement.h"
#include "store/batch.h"
#include "store/client.h"
#include "store/read.h"
#include "store/setup.h"
#include "store/sql.gen.h"
#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

struct ground {
	char home[64];
	struct arena *arena;
	struct sql *sql;
	struct text site;
	struct err err;
	uint8_t public_key[ED25519_PUBLIC], secret_key[ED25519_SECRET];
	uint64_t awaits; /* of the last command */
};
#define NOW ((int64_t)1795600000) /* 2026-11-25 */

static inline struct ipc_message ground_received(struct arena *arena, const struct ipc_message *sent)
{
	return (struct ipc_message){ .type = sent->type, .sequence = sent->sequence, .in = cursor_over(bytes_of(sent->out.p + IPC_HEADER,
				     sent->out.n - IPC_HEADER)), .out = buf_in(arena, 0) };
}

#define COMMAND(number_, name, callers, permission, event)                                                                              \
	__attribute__((unused)) static int ask_##name(struct ground *g, const char *caller, const struct store_##name *in,             \
						      struct store_##name##_reply *out)                                                \
	{                                                                                                                              \
		struct ipc_message m = ipc_start(g->arena, number_, 1);                                                                  \
		struct store_##name##_reply reply;                                                                                     \
		store_put_##name(&m, in);                                                                                              \
		struct batch_item item = { .caller = caller, .arena = g->arena, .request = ground_received(g->arena, &m) }, *items = &item; \
		batch_run(g->sql, g->home, g->site, &items, 1);                                                                         \
		g->err = item.err, g->awaits = item.awaits;                                                                              \
		if (item.failed)                                                                                                       \
			return -1;                                                                                                     \
		struct ipc_message got = ground_received(g->arena, &item.reply);                                                        \
		if (store_take_##name##_reply(&got, out ? out : &reply, &g->err) != 0)                                                    \
			return -1;                                                                                                     \
		return 0;                                                                                                              \
	}
#include "store/commands.def"
#undef COMMAND

static inline struct text text_at(const char *s) { return (struct text){ s, strlen(s) }; }

/* Everything that was ever written is under a signed checkpoint. */
static inline void ground_seal(struct ground *g)
{
	struct sql_counter_now_row now;
	struct err err = { 0 };
	bool found;

	must(sql_counter_now(g->sql, g->arena, g->site, &now, &found, &err) == 0 && found);
	must(sql_epoch_seal(g->sql, g->site, now.epoch, now.last, clock_now(), &err) == 0);
}

static inline void ground_person(struct ground *g, const char *number, const char *name, const char *kana, const char *unit)
{
	must(ask_person_add(g, "operator", &(struct store_person_add){ .number = text_at(number), .name = text_at(name), .kana = text_at(kana),
								       .unit = text_at(unit) }, NULL) == 0);
}

static inline void ground_post(struct ground *g, const char *number, const char *unit, const char *post)
{
	must(ask_post_assign(g, "operator", &(struct store_post_assign){ .number = text_at(number), .unit = text_at(unit), .post = text_at(post),
									 .from = clock_now() - 100 }, NULL) == 0);
}

/* A city: 総務部 over 総務課 (chief 2001, deputy 2002, staff 1001 1002) and 税務課 (chief 3001, staff 1003); 4001 heads 総務部. */
static inline void ground_people(struct ground *g)
{
	must(ask_unit_add(g, "operator", &(struct store_unit_add){ TEXT("bu"), TEXT("総務部"), TEXT("") }, NULL) == 0);
	must(ask_unit_add(g, "operator", &(struct store_unit_add){ TEXT("soumu"), TEXT("総務課"), TEXT("bu") }, NULL) == 0);
	must(ask_unit_add(g, "operator", &(struct store_unit_add){ TEXT("zeimu"), TEXT("税務課"), TEXT("bu") }, NULL) == 0);
	ground_person(g, "1001", "山田 花子", "ヤマダ ハナコ", "soumu");
	ground_person(g, "1002", "鈴木 一郎", "すずき いちろう", "soumu");
	ground_person(g, "1003", "高橋 実", "タカハシ ミノル", "zeimu");
	ground_person(g, "2001", "佐藤 課長", "サトウ", "soumu");
	ground_person(g, "2002", "田中 補佐", "タナカ", "soumu");
	ground_person(g, "3001", "伊藤 課長", "イトウ", "zeimu");
	ground_person(g, "4001", "渡辺 部長", "ワタナベ", "bu");
	ground_post(g, "2001", "soumu", "chief");
	ground_post(g, "2002", "soumu", "deputy");
	ground_post(g, "3001", "zeimu", "chief");
	ground_post(g, "4001", "bu", "chief");
}

/* A session; the token is made from number, face and half hour, so that a later one is a new one. */
static inline struct bytes ground_token(struct ground *g, const char *number, unsigned face)
{
	uint8_t *token = arena_alloc(g->arena, 32), hash[SHA256_BYTES];

	snprintf((char *)token, 32, "token of %s %u %d", number, face, (int)((clock_now() - NOW) / 1800));
	sha256_of(bytes_of(token, 32), hash);
	must(ask_session_open(g, "authd", &(struct store_session_open){ text_at(number), (uint8_t)face, bytes_of(hash, sizeof hash), TEXT("totp") },
			      NULL) == 0);
	return bytes_of(token, 32);
}

static inline struct ground *ground_new(void)
{
	struct ground *g = calloc(1, sizeof *g);
	struct err err = { 0 };

	must(g);
	g->arena = arena_new(0);
	snprintf(g->home, sizeof g->home, "/tmp/sekisho-store-%d-XXXXXX", (int)getpid());
	must(mkdtemp(g->home));
	clock_set(NOW);
	must(store_setup(g->home, TEXT("tsuru"), true, &err) == 0);
	must(store_open(g->home, g->arena, &g->sql, &g->site, &err) == 0);
	ed25519_pair(g->public_key, g->secret_key);
	must(folder_make(AT_FDCWD, arena_printf(g->arena, "%s/trust", g->home), 0755, &err) == 0);
	const char *line = arena_printf(g->arena, "%s\n", hex_of(g->arena, bytes_of(g->public_key, sizeof g->public_key)));
	must(file_replace(AT_FDCWD, arena_printf(g->arena, "%s/trust/approval.pub", g->home), bytes_of(line, strlen(line)), 0644, &err) == 0);
	ground_people(g);
	static const char *const everybody[] = { "1001", "1002", "1003", "2001", "2002", "3001", "4001" };
	for (size_t i = 0; i < COUNT(everybody); i++) /* now, so that later counts of journal rows are not disturbed */
		ground_token(g, everybody[i], FACE_OFFICE), ground_token(g, everybody[i], FACE_INTERNET);
	return g;
}

static inline void ground_empty(const char *folder)
{
	DIR *d = opendir(folder);

	for (struct dirent *e; d && (e = readdir(d));)
		if (e->d_name[0] != '.' && unlinkat(dirfd(d), e->d_name, 0) != 0) {
			ARENA(arena) = arena_new(0);
			ground_empty(arena_printf(arena, "%s/%s", folder, e->d_name));
			unlinkat(dirfd(d), e->d_name, AT_REMOVEDIR);
		}
	if (d)
		closedir(d);
}

static inline void ground_free(struct ground *g)
{
	sql_close(g->sql);
	ground_empty(g->home);
	rmdir(g->home);
	clock_set(-1);
	arena_free(g->arena);
	free(g);
}

static inline struct bytes ground_hash(struct ground *g, const char *of)
{
	uint8_t *hash = arena_alloc(g->arena, SHA256_BYTES);

	sha256_of(bytes_of(of, strlen(of)), hash);
	return bytes_of(hash, SHA256_BYTES);
}

/* 16 bytes no other request of this process has. */
static inline struct bytes ground_request(struct ground *g)
{
	uint8_t *id = arena_alloc(g->arena, 16);

	random_bytes(id, 16);
	return bytes_of(id, 16);
}

static inline uint64_t ground_ticket(struct ground *g, const char *sender, const char *addressee)
{
	struct store_ticket_open_reply got;

	must(ask_ticket_open(g, "transferd", &(struct store_ticket_open){ .token = ground_token(g, sender, FACE_INTERNET),
		.request = ground_request(g), .addressee = text_at(addressee), .purpose = TEXT("住民説明会の資料"), .name = TEXT("資料.docx"),
		.bytes = 1234, .input = ground_hash(g, "input"), .provenance = BYTES("{\"source\":\"192.0.2.7\"}"), .keep_days = 7 }, &got) == 0);
	return got.ticket;
}

/* Waiting for approval; its object. */
static inline struct bytes ground_waiting(struct ground *g, const char *sender, const char *addressee, uint64_t *ticket)
{
	struct store_ticket_verdict_reply got;

	*ticket = ground_ticket(g, sender, addressee);
	must(ask_ticket_verdict(g, "transferd", &(struct store_ticket_verdict){ .ticket = *ticket, .verdict = VERDICT_CLEAN,
		.output_name = TEXT("資料.docx"), .output_bytes = 1000, .output = ground_hash(g, "output"), .report = BYTES("{\"removed\":[]}") },
		&got) == 0);
	return got.object;
}

static inline struct statement ground_statement(struct ground *g, const char *person, const char *post, const char *action, struct bytes objects)
{
	return (struct statement){ .site = g->site, .person = text_at(person), .post = text_at(post), .action = text_at(action),
				   .reason = TEXT("内容を確認"), .factor = TEXT("totp"), .at = clock_now(),
				   .objects = (const uint8_t(*)[SHA256_BYTES])objects.p, .count = objects.n / SHA256_BYTES };
}

static inline struct store_ticket_decide ground_signed(struct ground *g, const struct statement *s, struct bytes token)
{
	struct store_ticket_decide in = { .token = token };
	uint8_t *signature = arena_alloc(g->arena, ED25519_SIGNATURE);

	must(statement_build(g->arena, s, &in.statement, &g->err) == 0);
	ed25519_sign(in.statement, g->secret_key, signature);
	in.signature = bytes_of(signature, ED25519_SIGNATURE);
	return in;
}

static inline int ground_decide(struct ground *g, const char *person, const char *post, const char *action, struct bytes objects)
{
	struct statement s = ground_statement(g, person, post, action, objects);
	struct store_ticket_decide in = ground_signed(g, &s, ground_token(g, person, FACE_OFFICE));

	return ask_ticket_decide(g, "webd-office", &in, NULL);
}

static inline int ground_fetch(struct ground *g, const char *person, uint64_t ticket)
{
	return ask_ticket_fetched(g, "transferd", &(struct store_ticket_fetched){ ground_token(g, person, FACE_OFFICE), ground_request(g), ticket,
				  ground_hash(g, "output") }, NULL);
}

static inline enum ticket_state ground_state(struct ground *g, uint64_t ticket)
{
	struct sql_ticket_by_number_row row;
	bool found;

	must(sql_ticket_by_number(g->sql, g->arena, g->site, (int64_t)ticket, &row, &found, &g->err) == 0 && found);
	return (enum ticket_state)row.state;
}

static inline uint64_t ground_last(struct ground *g)
{
	struct sql_counter_now_row now;
	bool found;

	must(sql_counter_now(g->sql, g->arena, g->site, &now, &found, &g->err) == 0 && found);
	return (uint64_t)now.last;
}

/* In cmocka tests: a refusal with its code and without a row; an act that must succeed. */
#define REFUSED(g, code_, call)                                                                                              \
	do {                                                                                                                 \
		uint64_t before_ = ground_last(g);                                                                           \
		assert_int_equal((call), -1);                                                                                \
		if ((g)->err.code != ERR_##code_)                                                                            \
			fail_msg("%s: %s (%s), expected %s", #call, (g)->err.say, err_name((g)->err.code), #code_);          \
		assert_int_equal(ground_last(g), before_); /* a refused command leaves no trace and no gap */                \
	} while (0)
#define DONE(g, call)                                                                                  \
	do {                                                                                           \
		if ((call) != 0)                                                                       \
			fail_msg("%s: %s (%s)", #call, (g)->err.say, err_name((g)->err.code));          \
	} while (0)

#endif
