/* 命令の実行 — tests: each command's good path, bad input, wrong caller, wrong person, stale state; the state machine; the journal. */
#include "base/check.h"
#include "evidence/entry.h"
#include "store/approvers.h"
#include "store/command.h"
#include "store/events.h"
#include "store/field.h"
#include "store/fold.h"
#include "store/test_ground.h"
#include "store/transitions.h"

/* ---- fields ---- */

TEST(fields_refuse_what_misleads_the_eye)
{
	struct err err;
	static const char *const bad[] = { "", " \xe3\x80\x80", "a\nb", "a\x01", "a\x7f", "\xc2\x85" "a", "a\xe2\x80\xae" "b", "a\xe2\x80\x8b",
					   "\xef\xbb\xbf" "a", "a\xef\xbf\xbf" };
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(field_check(FIELD_LINE, text_at(bad[i]), 100, "x", &err), -1);
	assert_int_equal(field_check(FIELD_LINE, TEXT("髙﨑 𠮷野 ①"), 100, "x", &err), 0);
	assert_int_equal(field_check(FIELD_LINE, TEXT("abc"), 2, "x", &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
	assert_int_equal(field_check(FIELD_WORDS, TEXT("一行目\n二行目\t終"), 100, "x", &err), 0);
	static const char *const names[] = { "a/b", "a\\b", ".", "..", "", "a\nb" };
	for (size_t i = 0; i < COUNT(names); i++)
		assert_int_equal(field_check(FIELD_FILE_NAME, text_at(names[i]), 100, "x", &err), -1);
	assert_int_equal(field_check(FIELD_FILE_NAME, TEXT("令和8年度 予算(案).xlsx"), 100, "x", &err), 0);
	assert_int_equal(field_check(FIELD_ID, TEXT("A-10_"), 16, "x", &err), -1);
	assert_int_equal(field_check(FIELD_ID_OR_NONE, TEXT(""), 16, "x", &err), 0);
	assert_int_equal(field_check(FIELD_WORD, TEXT("ticket.opened"), 64, "x", &err), 0);
	assert_int_equal(field_check(FIELD_WORD, TEXT("Ticket"), 64, "x", &err), -1);
}

TEST(search_folds_kana_case_and_width)
{
	ARENA(a) = arena_new(0);
	assert_string_equal(text_fold(a, TEXT("ヤマダ ＡＢｃ１２")).p, "やまだ abc12");
	assert_string_equal(text_fold(a, TEXT("ﾔﾏﾀﾞ ﾊﾟﾋﾟ ｳﾞ ｶﾞﾄﾞ")).p, "やまだ ぱぴ ゔ がど");
	assert_string_equal(text_fold(a, TEXT("が か\xe3\x82\x99")).p, "が が");
	assert_string_equal(text_fold(a, TEXT("アﾞ")).p, "あﾞ");
	assert_string_equal(fold_pattern(a, TEXT("50%_\\")).p, "%50\\%\\_\\\\%");
	size_t at = 0;
	assert_string_equal(text_fold(a, arena_text(a, fold_word(TEXT("　 税務　山田 "), &at))).p, "税務");
	assert_string_equal(text_fold(a, arena_text(a, fold_word(TEXT("　 税務　山田 "), &at))).p, "山田");
	assert_int_equal(fold_word(TEXT("　 税務　山田 "), &at).n, 0);
}

/* ---- organisation ---- */

TEST(units_and_people_are_added_once)
{
	struct ground *g = ground_new();
	struct store_unit_add unit = { TEXT("kanzai"), TEXT("管財課"), TEXT("bu") };
	uint64_t before = ground_last(g);
	DONE(g, ask_unit_add(g, "operator", &unit, NULL));
	assert_int_equal(ground_last(g), before + 1);
	DONE(g, ask_unit_add(g, "operator", &unit, NULL)); /* the same again: nothing new */
	assert_int_equal(ground_last(g), before + 1);
	unit.name = TEXT("別の名");
	REFUSED(g, CONFLICT, ask_unit_add(g, "operator", &unit, NULL));
	REFUSED(g, NOT_FOUND, ask_unit_add(g, "operator", &(struct store_unit_add){ TEXT("x"), TEXT("x"), TEXT("none") }, NULL));
	REFUSED(g, INVALID, ask_unit_add(g, "operator", &(struct store_unit_add){ TEXT("a b"), TEXT("x"), TEXT("") }, NULL));
	REFUSED(g, NOT_SIGNED_IN, ask_unit_add(g, "webd-office", &(struct store_unit_add){ TEXT("y"), TEXT("y"), TEXT("") }, NULL));
	struct store_person_add person = { TEXT("5001"), TEXT("新人"), TEXT("シンジン"), TEXT("kanzai"), TEXT("shinjin@example.jp") };
	DONE(g, ask_person_add(g, "operator", &person, NULL));
	DONE(g, ask_person_add(g, "operator", &person, NULL));
	person.name = TEXT("他人");
	REFUSED(g, CONFLICT, ask_person_add(g, "operator", &person, NULL));
	person.number = TEXT("5002"), person.mail = TEXT("no address");
	REFUSED(g, INVALID, ask_person_add(g, "operator", &person, NULL));
	person.mail = TEXT(""), person.unit = TEXT("none");
	REFUSED(g, NOT_FOUND, ask_person_add(g, "operator", &person, NULL));
	REFUSED(g, DENIED, ask_person_add(g, "authd", &person, NULL));
	person.unit = TEXT("kanzai"), person.number = TEXT("12345678901234567");
	REFUSED(g, LIMIT, ask_person_add(g, "operator", &person, NULL));
	ground_free(g);
}

TEST(posts_have_kinds_and_dates)
{
	struct ground *g = ground_new();
	struct store_post_assign post = { TEXT("1001"), TEXT("soumu"), TEXT("mayor"), NOW, 0 };
	REFUSED(g, INVALID, ask_post_assign(g, "operator", &post, NULL));
	post.post = TEXT("deputy"), post.to = NOW - 1;
	REFUSED(g, INVALID, ask_post_assign(g, "operator", &post, NULL));
	post.to = 0, post.number = TEXT("9999");
	REFUSED(g, NOT_FOUND, ask_post_assign(g, "operator", &post, NULL));
	post.number = TEXT("1001"), post.unit = TEXT("none");
	REFUSED(g, NOT_FOUND, ask_post_assign(g, "operator", &post, NULL));
	post.unit = TEXT("soumu");
	REFUSED(g, DENIED, ask_post_assign(g, "authd", &post, NULL));
	DONE(g, ask_post_assign(g, "operator", &post, NULL));
	post.to = NOW + 10; /* the same beginning: the end is changed, not a second post */
	DONE(g, ask_post_assign(g, "operator", &post, NULL));
	struct sql_posts_of_row *rows;
	size_t count;
	CHECK_OK(sql_posts_of(g->sql, g->arena, g->site, TEXT("1001"), &rows, &count, &err_));
	assert_int_equal(count, 1);
	assert_int_equal(rows[0].valid_to, NOW + 10);
	ground_free(g);
}

TEST(who_leaves_loses_posts_and_sessions)
{
	struct ground *g = ground_new();
	struct bytes token = ground_token(g, "2001", FACE_OFFICE);
	REFUSED(g, NOT_SIGNED_IN, ask_person_leave(g, "webd-office", &(struct store_person_leave){ TEXT("2001"), 0 }, NULL));
	DONE(g, ask_person_leave(g, "operator", &(struct store_person_leave){ TEXT("2001"), 0 }, NULL));
	REFUSED(g, NOT_SIGNED_IN, ask_session_check(g, "authd", &(struct store_session_check){ token, FACE_OFFICE, 0 }, NULL));
	REFUSED(g, NOT_FOUND, ask_person_leave(g, "operator", &(struct store_person_leave){ TEXT("2001"), 0 }, NULL));
	uint8_t hash[32] = { 1 };
	REFUSED(g, NOT_FOUND, ask_session_open(g, "authd", &(struct store_session_open){ TEXT("2001"), 1, bytes_of(hash, 32), TEXT("totp") }, NULL));
	struct approver_posts posts;
	CHECK_OK(approver_posts(g->sql, g->arena, g->site, TEXT("soumu"), TEXT("1001"), TEXT("2001"), NOW, &posts, &err_));
	assert_int_equal(posts.count, 0);
	ground_free(g);
}

/* ---- sessions ---- */

TEST(a_session_lives_as_long_as_it_may)
{
	struct ground *g = ground_new();
	struct store_session_check_reply got;
	struct bytes token = ground_token(g, "2001", FACE_OFFICE);
	struct store_session_check ask = { token, FACE_OFFICE, 0 };
	DONE(g, ask_session_check(g, "webd-office", &ask, &got));
	assert_string_equal(got.number.p, "2001");
	assert_string_equal(got.unit_name.p, "総務課");
	assert_string_equal(got.post.p, "chief of soumu");
	assert_string_equal(got.site.p, "tsuru");
	assert_true(got.is_chief && !got.is_administrator);
	REFUSED(g, NOT_SIGNED_IN, ask_session_check(g, "webd-office", &(struct store_session_check){ token, FACE_INTERNET, 0 }, NULL));
	REFUSED(g, DENIED, ask_session_check(g, "operator", &ask, NULL));
	REFUSED(g, INVALID, ask_session_check(g, "webd-office", &(struct store_session_check){ token, 7, 0 }, NULL));
	uint8_t other[32] = "no such token";
	REFUSED(g, NOT_SIGNED_IN, ask_session_check(g, "authd", &(struct store_session_check){ bytes_of(other, 32), FACE_OFFICE, 0 }, NULL));
	/* touched every 25 minutes it lives on, to its tenth hour */
	for (int64_t at = 1500; at < STORE_SESSION_WHOLE_MOST; at += 1500) {
		clock_set(NOW + at);
		DONE(g, ask_session_check(g, "webd-office", &ask, NULL));
	}
	clock_set(NOW + STORE_SESSION_WHOLE_MOST);
	REFUSED(g, NOT_SIGNED_IN, ask_session_check(g, "webd-office", &ask, NULL));
	ground_free(g);
}

TEST(an_idle_session_ends)
{
	struct ground *g = ground_new();
	struct store_session_check ask = { ground_token(g, "1001", FACE_INTERNET), FACE_INTERNET, 0 };
	clock_set(NOW + STORE_SESSION_IDLE_MOST - 1);
	DONE(g, ask_session_check(g, "transferd", &ask, NULL));
	clock_set(NOW + 2 * STORE_SESSION_IDLE_MOST - 1);
	REFUSED(g, NOT_SIGNED_IN, ask_session_check(g, "transferd", &ask, NULL));
	ground_free(g);
}

TEST(a_page_that_asks_by_itself_does_not_keep_a_session_alive)
{
	struct ground *g = ground_new();
	struct store_session_check ask = { ground_token(g, "1001", FACE_INTERNET), FACE_INTERNET, 1 };
	for (int64_t at = 0; at < STORE_SESSION_IDLE_MOST; at += 100) {
		clock_set(NOW + at);
		DONE(g, ask_session_check(g, "transferd", &ask, NULL));
	}
	clock_set(NOW + STORE_SESSION_IDLE_MOST);
	REFUSED(g, NOT_SIGNED_IN, ask_session_check(g, "transferd", &ask, NULL));
	ground_free(g);
}

TEST(a_changed_password_ends_the_sessions_but_the_own)
{
	struct ground *g = ground_new();
	struct bytes own = ground_token(g, "1001", FACE_INTERNET), other = ground_token(g, "1001", FACE_OFFICE), colleague = ground_token(g, "1002", FACE_OFFICE);
	struct store_sessions_end end = { TEXT("1001"), own, TEXT("password.set") };
	struct store_sessions_end_reply got;
	uint64_t before = ground_last(g);
	REFUSED(g, DENIED, ask_sessions_end(g, "webd-office", &end, NULL));
	REFUSED(g, DENIED, ask_sessions_end(g, "operator", &end, NULL));
	DONE(g, ask_sessions_end(g, "authd", &end, &got));
	assert_int_equal(got.ended, 1);
	assert_int_equal(ground_last(g), before + 1);
	DONE(g, ask_session_check(g, "authd", &(struct store_session_check){ own, FACE_INTERNET, 0 }, NULL));
	DONE(g, ask_session_check(g, "authd", &(struct store_session_check){ colleague, FACE_OFFICE, 0 }, NULL));
	REFUSED(g, NOT_SIGNED_IN, ask_session_check(g, "authd", &(struct store_session_check){ other, FACE_OFFICE, 0 }, NULL));
	end.keep = bytes_of(own.p, 31);
	REFUSED(g, INVALID, ask_sessions_end(g, "authd", &end, NULL));
	end.keep = bytes_of("", 0);
	DONE(g, ask_sessions_end(g, "authd", &end, &got));
	assert_int_equal(got.ended, 1);
	REFUSED(g, NOT_SIGNED_IN, ask_session_check(g, "authd", &(struct store_session_check){ own, FACE_INTERNET, 0 }, NULL));
	DONE(g, ask_sessions_end(g, "authd", &end, &got)); /* nobody is left: no failure, no row */
	assert_int_equal(got.ended, 0);
	assert_int_equal(ground_last(g), before + 2);
	ground_free(g);
}

TEST(a_session_is_opened_once_and_closed_for_good)
{
	struct ground *g = ground_new();
	uint8_t hash[32] = { 7 };
	struct store_session_open open = { TEXT("1001"), FACE_OFFICE, bytes_of(hash, 32), TEXT("totp") };
	REFUSED(g, DENIED, ask_session_open(g, "webd-office", &open, NULL));
	open.face = 3;
	REFUSED(g, INVALID, ask_session_open(g, "authd", &open, NULL));
	open.face = FACE_OFFICE, open.factor = TEXT("password");
	REFUSED(g, INVALID, ask_session_open(g, "authd", &open, NULL));
	open.factor = TEXT("totp");
	DONE(g, ask_session_open(g, "authd", &open, NULL));
	uint64_t before = ground_last(g);
	DONE(g, ask_session_open(g, "authd", &open, NULL));
	assert_int_equal(ground_last(g), before);
	open.number = TEXT("1002");
	REFUSED(g, CONFLICT, ask_session_open(g, "authd", &open, NULL));
	struct bytes token = ground_token(g, "1002", FACE_OFFICE);
	struct store_session_close close_it = { token };
	REFUSED(g, DENIED, ask_session_close(g, "webd-office", &close_it, NULL));
	DONE(g, ask_session_close(g, "authd", &close_it, NULL));
	REFUSED(g, NOT_SIGNED_IN, ask_session_check(g, "authd", &(struct store_session_check){ token, FACE_OFFICE, 0 }, NULL));
	before = ground_last(g);
	DONE(g, ask_session_close(g, "authd", &close_it, NULL));
	assert_int_equal(ground_last(g), before);
	ground_free(g);
}

TEST(strangers_are_counted_and_cannot_fill_the_journal)
{
	struct ground *g = ground_new();
	struct store_sign_in_failed one = { FACE_INTERNET, 1, TEXT("192.0.2.0/24") };
	uint64_t before = ground_last(g);
	REFUSED(g, DENIED, ask_sign_in_failed(g, "webd-office", &one, NULL));
	REFUSED(g, INVALID, ask_sign_in_failed(g, "authd", &(struct store_sign_in_failed){ 9, 1, TEXT("x") }, NULL));
	for (int i = 0; i < 50; i++)
		DONE(g, ask_sign_in_failed(g, "authd", &one, NULL));
	for (int i = 0; i < 500; i++)
		DONE(g, ask_sign_in_failed(g, "authd", &(struct store_sign_in_failed){ FACE_OFFICE, 0,
				text_at(arena_printf(g->arena, "198.51.%d.0/24", i)) }, NULL));
	assert_int_equal(ground_last(g), before); /* the minute is not over */
	clock_set((NOW / 60 + 1) * 60);
	struct act act = { .sql = g->sql, .arena = g->arena, .home = g->home, .site = g->site, .caller = "recordd", .now = clock_now() };
	CHECK_OK(sql_begin(g->sql, &err_));
	CHECK_OK(store_flush_strangers(&act, &err_));
	CHECK_OK(sql_commit(g->sql, &err_));
	uint64_t rows = ground_last(g) - before;
	assert_true(rows > 10 && rows <= STORE_STRANGERS_PER_MINUTE_MOST + 4);
	/* no refusal is lost: the counts add up */
	struct sql_event_by_number_row *events;
	struct sql_counter_now_row now;
	size_t count;
	bool found;
	int64_t sum = 0;
	CHECK_OK(sql_counter_now(g->sql, g->arena, g->site, &now, &found, &err_));
	CHECK_OK(sql_events_after(g->sql, g->arena, g->site, now.epoch, (int64_t)before, 1000, &events, &count, &err_));
	for (size_t i = 0; i < count; i++) {
		struct json record;
		CHECK_OK(json_read(g->arena, events[i].record, &record, &err_));
		sum += json_number(json_get(&record, "what"), "count", 0);
	}
	assert_int_equal(sum, 550);
	uint64_t after = ground_last(g);
	CHECK_OK(store_flush_strangers(&act, &err_)); /* once only */
	assert_int_equal(ground_last(g), after);
	ground_free(g);
}

/* ---- tickets ---- */

static struct store_ticket_open good_open(struct ground *g)
{
	return (struct store_ticket_open){ .token = ground_token(g, "1001", FACE_INTERNET), .request = ground_request(g), .addressee = TEXT("1002"),
					   .purpose = TEXT("用途"), .name = TEXT("a.txt"), .bytes = 5, .input = ground_hash(g, "in"),
					   .provenance = BYTES("{}"), .keep_days = 7 };
}

TEST(a_ticket_is_opened_once_per_request)
{
	struct ground *g = ground_new();
	struct store_ticket_open in = good_open(g);
	struct store_ticket_open_reply first, second;
	DONE(g, ask_ticket_open(g, "transferd", &in, &first));
	assert_int_equal(first.ticket, 1);
	assert_int_equal(first.expires, NOW + 7 * 86400);
	DONE(g, ask_ticket_open(g, "transferd", &in, &second));
	assert_int_equal(second.ticket, 1);
	assert_int_equal(second.journal, 0);
	in.input = ground_hash(g, "another");
	REFUSED(g, CONFLICT, ask_ticket_open(g, "transferd", &in, NULL));
	in.request = ground_request(g);
	DONE(g, ask_ticket_open(g, "transferd", &in, &second));
	assert_int_equal(second.ticket, 2);
	ground_free(g);
}

static const char *further(struct ground *g, const char *name, const char *request)
{
	return arena_printf(g->arena, "{\"bytes\":6,\"input\":\"%s\",\"name\":\"%s\",\"provenance\":{\"source\":\"192.0.2.7\"},\"request\":\"%s\"}",
			    hex_of(g->arena, ground_hash(g, name)), name, request);
}

static struct bytes bytes_at(const char *s) { return bytes_of(s, strlen(s)); }

TEST(several_files_of_one_act_become_tickets_together_or_not_at_all)
{
	struct ground *g = ground_new();
	struct store_ticket_open in = good_open(g);
	struct store_ticket_open_reply first, again;
	const char *b = hex_of(g->arena, ground_request(g)), *c = hex_of(g->arena, ground_request(g));
	struct sql_tickets_of_hand_in_row *rows;
	size_t n;

	in.more = bytes_at(arena_printf(g->arena, "[%s,%s]", further(g, "b.txt", b), further(g, "c.txt", c)));
	DONE(g, ask_ticket_open(g, "transferd", &in, &first));
	assert_int_equal(first.ticket, 1);
	assert_int_equal(first.count, 3);
	must(sql_tickets_of_hand_in(g->sql, g->arena, g->site, 2, &rows, &n, &g->err) == 0);
	assert_int_equal(n, 3);
	assert_int_equal(rows[2].number, 3);
	DONE(g, ask_ticket_open(g, "transferd", &in, &again));
	assert_int_equal(again.ticket, 1);
	assert_int_equal(again.count, 3);
	in.more = bytes_at(arena_printf(g->arena, "[%s]", further(g, "b.txt", b)));
	REFUSED(g, CONFLICT, ask_ticket_open(g, "transferd", &in, NULL));
	/* The second file's request was used: nothing of the act is kept. */
	in.request = ground_request(g);
	uint64_t before = ground_last(g);
	assert_int_not_equal(ask_ticket_open(g, "transferd", &in, NULL), 0);
	assert_int_equal(ground_last(g), before);
	static const char *const bad[] = { "{}", "[1]", "[{}]", "[{\"bytes\":1,\"input\":\"00\",\"name\":\"a\",\"provenance\":{},\"request\":\"00\"}]" };
	for (size_t i = 0; i < COUNT(bad); i++) {
		in.more = bytes_at(bad[i]);
		REFUSED(g, INVALID, ask_ticket_open(g, "transferd", &in, NULL));
	}
	in.more = bytes_at(arena_printf(g->arena, "[%s]", further(g, "..", hex_of(g->arena, ground_request(g)))));
	REFUSED(g, INVALID, ask_ticket_open(g, "transferd", &in, NULL));
	struct buf many = buf_in(g->arena, 0);
	for (int i = 0; i < STORE_HAND_IN_FILES_MOST; i++)
		buf_printf(&many, "%s%s", i ? "," : "[", further(g, "d.txt", hex_of(g->arena, ground_request(g))));
	buf_str(&many, "]");
	in.more = buf_view(&many);
	REFUSED(g, LIMIT, ask_ticket_open(g, "transferd", &in, NULL));
	ground_free(g);
}

static struct bytes link_token(struct ground *g, uint8_t filler)
{
	uint8_t *token = arena_alloc(g->arena, 32);

	memset(token, filler, 32);
	return bytes_of(token, 32);
}

static struct store_guest_link_issue good_link(struct ground *g, uint8_t filler)
{
	uint8_t *hash = arena_alloc(g->arena, SHA256_BYTES);

	sha256_of(link_token(g, filler), hash);
	return (struct store_guest_link_issue){ .token = ground_token(g, "1001", FACE_INTERNET), .token_hash = bytes_of(hash, SHA256_BYTES),
						.addressee = TEXT("1002"), .purpose = TEXT("見積書"), .files_most = 2, .bytes_most = 1000,
						.expires = clock_now() + 86400 };
}

static struct store_guest_ticket_open guest_file(struct ground *g, uint8_t filler)
{
	return (struct store_guest_ticket_open){ .link = link_token(g, filler), .request = ground_request(g), .guest = TEXT("山川 太郎"),
		.organisation = TEXT("株式会社みなと"), .name = TEXT("見積.pdf"), .bytes = 900, .input = ground_hash(g, "guest"), .provenance = BYTES("{}"), .keep_days = 7 };
}

TEST(a_guest_hands_in_by_an_open_link_in_its_issuers_name)
{
	struct ground *g = ground_new();
	struct store_guest_link_issue issue = good_link(g, 7);
	struct store_guest_link_issue_reply issued, again;
	struct store_guest_link_check check = { link_token(g, 7), TEXT("192.0.2.9") };
	struct store_guest_link_check_reply told;
	struct store_guest_ticket_open_reply opened, repeated;
	DONE(g, ask_guest_link_issue(g, "transferd", &issue, &issued));
	DONE(g, ask_guest_link_issue(g, "transferd", &issue, &again));
	assert_int_equal(again.number, issued.number);
	DONE(g, ask_guest_link_check(g, "transferd", &check, &told));
	assert_int_equal(told.open, 1);
	assert_int_equal(told.files_left, 2);
	struct store_guest_ticket_open in = guest_file(g, 7);
	DONE(g, ask_guest_ticket_open(g, "transferd", &in, &opened));
	DONE(g, ask_guest_ticket_open(g, "transferd", &in, &repeated));
	assert_int_equal(repeated.ticket, opened.ticket);
	struct sql_ticket_by_number_row t;
	bool found;
	must(sql_ticket_by_number(g->sql, g->arena, g->site, (int64_t)opened.ticket, &t, &found, &g->err) == 0 && found);
	assert_string_equal(t.sender.p, "1001");
	assert_string_equal(t.addressee.p, "1002");
	assert_string_equal(t.purpose.p, "外部の人（株式会社みなと・山川 太郎）から：見積書");
	/* the issuer never decides it, whatever their post */
	struct approver_posts posts;
	ground_post(g, "1001", "soumu", "deputy");
	must(approver_posts(g->sql, g->arena, g->site, t.sender_unit, t.sender, TEXT("1001"), clock_now(), &posts, &g->err) == 0);
	assert_int_equal(posts.count, 0);
	in = guest_file(g, 7), in.bytes = 1001;
	REFUSED(g, LIMIT, ask_guest_ticket_open(g, "transferd", &in, NULL));
	in = guest_file(g, 7);
	DONE(g, ask_guest_ticket_open(g, "transferd", &in, NULL));
	in = guest_file(g, 7);
	REFUSED(g, TOO_MANY, ask_guest_ticket_open(g, "transferd", &in, NULL)); /* two files, no more */
	ground_free(g);
}

TEST(a_link_that_is_over_revoked_or_unknown_opens_nothing)
{
	struct ground *g = ground_new();
	struct store_guest_link_issue issue = good_link(g, 8);
	struct store_guest_link_issue_reply issued;
	struct store_guest_link_check check = { link_token(g, 9), TEXT("192.0.2.9") };
	struct store_guest_link_check_reply told;
	struct store_guest_ticket_open in = guest_file(g, 8);
	DONE(g, ask_guest_link_issue(g, "transferd", &issue, &issued));
	DONE(g, ask_guest_link_check(g, "transferd", &check, &told));
	assert_int_equal(told.open, 0);
	struct sql_stranger_known_row known;
	bool found;
	must(sql_stranger_known(g->sql, g->arena, g->site, clock_now() / 60, TEXT("guest_link.unknown"), TEXT("192.0.2.9"), &known, &found, &g->err) == 0);
	assert_true(found);
	struct store_guest_link_revoke revoke = { ground_token(g, "1002", FACE_INTERNET), issued.number };
	REFUSED(g, NOT_FOUND, ask_guest_link_revoke(g, "transferd", &revoke, NULL)); /* another's */
	revoke.token = ground_token(g, "1001", FACE_INTERNET);
	DONE(g, ask_guest_link_revoke(g, "transferd", &revoke, NULL));
	DONE(g, ask_guest_link_revoke(g, "transferd", &revoke, NULL));
	REFUSED(g, EXPIRED, ask_guest_ticket_open(g, "transferd", &in, NULL));
	issue = good_link(g, 10);
	DONE(g, ask_guest_link_issue(g, "transferd", &issue, NULL));
	clock_set(NOW + 2 * 86400);
	in = guest_file(g, 10);
	REFUSED(g, EXPIRED, ask_guest_ticket_open(g, "transferd", &in, NULL));
	clock_set(NOW);
	issue = good_link(g, 11), issue.expires = NOW + 32 * 86400LL;
	REFUSED(g, INVALID, ask_guest_link_issue(g, "transferd", &issue, NULL));
	issue = good_link(g, 11), issue.files_most = 21;
	REFUSED(g, INVALID, ask_guest_link_issue(g, "transferd", &issue, NULL));
	issue = good_link(g, 11), issue.addressee = TEXT("9999");
	REFUSED(g, NOT_FOUND, ask_guest_link_issue(g, "transferd", &issue, NULL));
	issue = good_link(g, 11);
	REFUSED(g, DENIED, ask_guest_link_issue(g, "webd-office", &issue, NULL));
	/* when the issuer has left, nobody outside hands in in their name */
	issue = good_link(g, 12);
	DONE(g, ask_guest_link_issue(g, "transferd", &issue, NULL));
	DONE(g, ask_person_leave(g, "operator", &(struct store_person_leave){ TEXT("1001"), NOW }, NULL));
	in = guest_file(g, 12);
	REFUSED(g, EXPIRED, ask_guest_ticket_open(g, "transferd", &in, NULL));
	ground_free(g);
}

TEST(a_ticket_wants_good_fields_and_the_internet_face)
{
	struct ground *g = ground_new();
	struct store_ticket_open in = good_open(g);
	REFUSED(g, DENIED, ask_ticket_open(g, "webd-office", &in, NULL));
	in.token = ground_token(g, "1001", FACE_OFFICE);
	REFUSED(g, NOT_SIGNED_IN, ask_ticket_open(g, "transferd", &in, NULL));
	in = good_open(g), in.addressee = TEXT("9999");
	REFUSED(g, NOT_FOUND, ask_ticket_open(g, "transferd", &in, NULL));
	in = good_open(g), in.keep_days = 0;
	REFUSED(g, INVALID, ask_ticket_open(g, "transferd", &in, NULL));
	in.keep_days = STORE_KEEP_DAYS_MOST + 1;
	REFUSED(g, INVALID, ask_ticket_open(g, "transferd", &in, NULL));
	in = good_open(g), in.bytes = (uint64_t)STORE_FILE_BYTES_MOST + 1;
	REFUSED(g, LIMIT, ask_ticket_open(g, "transferd", &in, NULL));
	in = good_open(g), in.name = TEXT("../evil");
	REFUSED(g, INVALID, ask_ticket_open(g, "transferd", &in, NULL));
	in = good_open(g), in.purpose = TEXT("");
	REFUSED(g, INVALID, ask_ticket_open(g, "transferd", &in, NULL));
	in = good_open(g), in.provenance = BYTES("[1]");
	REFUSED(g, INVALID, ask_ticket_open(g, "transferd", &in, NULL));
	in = good_open(g), in.input = bytes_of("short", 5);
	REFUSED(g, INVALID, ask_ticket_open(g, "transferd", &in, NULL));
	ground_free(g);
}

TEST(a_verdict_is_given_once)
{
	struct ground *g = ground_new();
	uint64_t n = ground_ticket(g, "1001", "1002");
	struct store_ticket_verdict in = { .ticket = n, .verdict = VERDICT_CONVERTED, .output_name = TEXT("a.docx"), .output_bytes = 9,
					   .output = ground_hash(g, "out"), .report = BYTES("{ \"b\":1, \"a\":2 }") };
	struct store_ticket_verdict_reply first, again;
	REFUSED(g, DENIED, ask_ticket_verdict(g, "webd-office", &in, NULL));
	in.verdict = 4;
	REFUSED(g, INVALID, ask_ticket_verdict(g, "transferd", &in, NULL));
	in.verdict = VERDICT_PENDING;
	REFUSED(g, INVALID, ask_ticket_verdict(g, "transferd", &in, NULL));
	in.verdict = VERDICT_REFUSED; /* refused, yet with an output */
	REFUSED(g, INVALID, ask_ticket_verdict(g, "transferd", &in, NULL));
	in.verdict = VERDICT_CONVERTED, in.ticket = 99;
	REFUSED(g, NOT_FOUND, ask_ticket_verdict(g, "transferd", &in, NULL));
	in.ticket = n, in.report = BYTES("no json");
	REFUSED(g, INVALID, ask_ticket_verdict(g, "transferd", &in, NULL));
	in.report = BYTES("{ \"b\":1, \"a\":2 }");
	DONE(g, ask_ticket_verdict(g, "transferd", &in, &first));
	assert_int_equal(first.state, TICKET_WAITING);
	assert_int_equal(first.object.n, 32);
	DONE(g, ask_ticket_verdict(g, "transferd", &in, &again));
	assert_true(bytes_equal(first.object, again.object));
	assert_int_equal(again.journal, 0);
	in.output = ground_hash(g, "other");
	REFUSED(g, CONFLICT, ask_ticket_verdict(g, "transferd", &in, NULL));
	/* refused */
	uint64_t r = ground_ticket(g, "1001", "1002");
	in = (struct store_ticket_verdict){ .ticket = r, .verdict = VERDICT_REFUSED, .report = BYTES("{\"reason\":\"x\"}") };
	DONE(g, ask_ticket_verdict(g, "transferd", &in, &first));
	assert_int_equal(first.state, TICKET_REFUSED);
	assert_int_equal(first.object.n, SHA256_BYTES);
	DONE(g, ask_ticket_verdict(g, "transferd", &in, &first));
	ground_free(g);
}

TEST(the_chief_or_deputy_of_the_senders_unit_decides)
{
	struct ground *g = ground_new();
	uint64_t a, b;
	struct bytes first = ground_waiting(g, "1001", "1002", &a), second = ground_waiting(g, "1001", "1001", &b);
	REFUSED(g, DENIED, ground_decide(g, "3001", "chief of zeimu", STATEMENT_APPROVE, first));
	REFUSED(g, DENIED, ground_decide(g, "4001", "chief of bu", STATEMENT_APPROVE, first)); /* the section decides, not above it */
	REFUSED(g, DENIED, ground_decide(g, "1002", "chief of soumu", STATEMENT_APPROVE, first)); /* post not held */
	REFUSED(g, DENIED, ground_decide(g, "2001", "deputy of soumu", STATEMENT_APPROVE, first)); /* not by this post */
	DONE(g, ground_decide(g, "2001", "chief of soumu", STATEMENT_APPROVE, first));
	assert_int_equal(g->awaits, ground_last(g));
	assert_int_equal(ground_state(g, a), TICKET_APPROVED);
	DONE(g, ground_decide(g, "2002", "deputy of soumu", STATEMENT_RETURN, second));
	assert_int_equal(ground_state(g, b), TICKET_RETURNED);
	/* decided is decided */
	clock_set(NOW + 1);
	REFUSED(g, CONFLICT, ground_decide(g, "2002", "deputy of soumu", STATEMENT_APPROVE, second));
	REFUSED(g, CONFLICT, ground_decide(g, "2001", "chief of soumu", STATEMENT_RETURN, first));
	ground_free(g);
}

TEST(nobody_decides_on_their_own_request)
{
	struct ground *g = ground_new();
	uint64_t mine, sole;
	struct bytes own = ground_waiting(g, "2001", "1001", &mine);
	REFUSED(g, DENIED, ground_decide(g, "2001", "chief of soumu", STATEMENT_APPROVE, own));
	DONE(g, ground_decide(g, "2002", "deputy of soumu", STATEMENT_APPROVE, own)); /* the deputy can */
	/* 3001 is the only one in zeimu: it goes up to the head of the department */
	struct bytes up = ground_waiting(g, "3001", "1003", &sole);
	REFUSED(g, DENIED, ground_decide(g, "3001", "chief of zeimu", STATEMENT_APPROVE, up));
	REFUSED(g, DENIED, ground_decide(g, "2001", "chief of soumu", STATEMENT_APPROVE, up));
	DONE(g, ground_decide(g, "4001", "chief of bu", STATEMENT_APPROVE, up));
	/* and who is alone at the top has nobody */
	uint64_t top;
	struct bytes none = ground_waiting(g, "4001", "1003", &top);
	REFUSED(g, DENIED, ground_decide(g, "4001", "chief of bu", STATEMENT_APPROVE, none));
	ground_free(g);
}

TEST(a_statement_is_believed_only_whole)
{
	struct ground *g = ground_new();
	uint64_t n;
	struct bytes object = ground_waiting(g, "1001", "1002", &n), token = ground_token(g, "2001", FACE_OFFICE);
	struct statement s = ground_statement(g, "2001", "chief of soumu", STATEMENT_APPROVE, object);
	struct store_ticket_decide in = ground_signed(g, &s, token);
	uint8_t *broken = arena_copy(g->arena, in.signature.p, 64);
	broken[3] ^= 1;
	REFUSED(g, SIGNATURE, ask_ticket_decide(g, "webd-office", &(struct store_ticket_decide){ token, in.statement, bytes_of(broken, 64) }, NULL));
	uint8_t *altered = arena_copy(g->arena, in.statement.p, in.statement.n);
	altered[in.statement.n - 30] ^= 1;
	REFUSED(g, SIGNATURE, ask_ticket_decide(g, "webd-office",
		&(struct store_ticket_decide){ token, bytes_of(altered, in.statement.n), in.signature }, NULL));
	REFUSED(g, DENIED, ask_ticket_decide(g, "transferd", &in, NULL));
	/* another's session with the chief's statement */
	REFUSED(g, DENIED, ask_ticket_decide(g, "webd-office",
		&(struct store_ticket_decide){ ground_token(g, "2002", FACE_OFFICE), in.statement, in.signature }, NULL));
	REFUSED(g, NOT_SIGNED_IN, ask_ticket_decide(g, "webd-office",
		&(struct store_ticket_decide){ ground_token(g, "2001", FACE_INTERNET), in.statement, in.signature }, NULL));
	s.site = TEXT("other");
	in = ground_signed(g, &s, token);
	REFUSED(g, MISMATCH, ask_ticket_decide(g, "webd-office", &in, NULL));
	s.site = g->site, s.at = NOW - STORE_STATEMENT_AGE_MOST - 1;
	in = ground_signed(g, &s, token);
	REFUSED(g, EXPIRED, ask_ticket_decide(g, "webd-office", &in, NULL));
	s.at = NOW + STORE_STATEMENT_AGE_MOST + 1;
	in = ground_signed(g, &s, token);
	REFUSED(g, EXPIRED, ask_ticket_decide(g, "webd-office", &in, NULL));
	s.at = NOW;
	s.objects = (const uint8_t(*)[SHA256_BYTES])ground_hash(g, "no ticket").p;
	in = ground_signed(g, &s, token);
	REFUSED(g, MISMATCH, ask_ticket_decide(g, "webd-office", &in, NULL));
	assert_int_equal(ground_state(g, n), TICKET_WAITING);
	/* what the store holds has been changed behind our back: the signed object is another */
	CHECK_OK(sql_script(g->sql, "UPDATE ticket SET purpose = 'changed'", &err_));
	s.objects = (const uint8_t(*)[SHA256_BYTES])object.p;
	in = ground_signed(g, &s, token);
	REFUSED(g, MISMATCH, ask_ticket_decide(g, "webd-office", &in, NULL));
	ground_free(g);
}

TEST(a_list_is_decided_whole_or_not_at_all)
{
	struct ground *g = ground_new();
	uint64_t n[3];
	uint8_t objects[3 * 32];
	for (int i = 0; i < 2; i++)
		memcpy(objects + 32 * i, ground_waiting(g, "1001", "1002", &n[i]).p, 32);
	memcpy(objects + 64, ground_waiting(g, "1003", "1002", &n[2]).p, 32); /* another unit's */
	REFUSED(g, DENIED, ground_decide(g, "2001", "chief of soumu", STATEMENT_APPROVE, bytes_of(objects, 96)));
	for (int i = 0; i < 3; i++)
		assert_int_equal(ground_state(g, n[i]), TICKET_WAITING);
	struct store_ticket_decide_reply got;
	struct bytes token = ground_token(g, "2001", FACE_OFFICE);
	struct statement s = ground_statement(g, "2001", "chief of soumu", STATEMENT_APPROVE, bytes_of(objects, 64));
	struct store_ticket_decide in = ground_signed(g, &s, token);
	uint64_t before = ground_last(g);
	DONE(g, ask_ticket_decide(g, "webd-office", &in, &got));
	assert_int_equal(got.decided, 2);
	assert_int_equal(ground_last(g), before + 3); /* the statement and one row each */
	assert_int_equal(g->awaits, before + 3);
	/* the same again, after an answer was lost: nothing new, the seal is waited for again */
	DONE(g, ask_ticket_decide(g, "webd-office", &in, &got));
	assert_int_equal(ground_last(g), before + 3);
	assert_int_equal(g->awaits, before + 3);
	ground_seal(g);
	DONE(g, ask_ticket_decide(g, "webd-office", &in, &got));
	assert_int_equal(g->awaits, 0);
	ground_free(g);
}

TEST(authd_learns_the_post_before_it_signs)
{
	struct ground *g = ground_new();
	struct store_approval_post_reply got;
	uint64_t n;
	uint8_t objects[64];
	memcpy(objects, ground_waiting(g, "1001", "1002", &n).p, 32);
	memcpy(objects + 32, ground_waiting(g, "1003", "1002", &n).p, 32);
	struct store_approval_post in = { ground_token(g, "2001", FACE_OFFICE), TEXT("ticket.approve"), bytes_of(objects, 32) };
	DONE(g, ask_approval_post(g, "authd", &in, &got));
	assert_string_equal(got.post.p, "chief of soumu");
	in.objects = bytes_of(objects, 64);
	REFUSED(g, DENIED, ask_approval_post(g, "authd", &in, NULL));
	in.objects = bytes_of(objects, 33);
	REFUSED(g, INVALID, ask_approval_post(g, "authd", &in, NULL));
	in.objects = ground_hash(g, "unknown");
	REFUSED(g, CONFLICT, ask_approval_post(g, "authd", &in, NULL));
	REFUSED(g, DENIED, ask_approval_post(g, "transferd", &in, NULL));
	ground_free(g);
}

TEST(the_addressee_fetches_after_the_seal)
{
	struct ground *g = ground_new();
	uint64_t n;
	struct bytes object = ground_waiting(g, "1001", "1002", &n);
	REFUSED(g, CONFLICT, ground_fetch(g, "1002", n)); /* sessions are made before the count is taken */
	DONE(g, ground_decide(g, "2001", "chief of soumu", STATEMENT_APPROVE, object));
	REFUSED(g, BUSY, ground_fetch(g, "1002", n));
	ground_seal(g);
	REFUSED(g, NOT_FOUND, ground_fetch(g, "1001", n));
	REFUSED(g, NOT_FOUND, ground_fetch(g, "2001", n));
	struct store_ticket_fetched in = { ground_token(g, "1002", FACE_OFFICE), ground_request(g), n, ground_hash(g, "other") };
	struct store_ticket_fetched_reply got;
	REFUSED(g, MISMATCH, ask_ticket_fetched(g, "transferd", &in, NULL));
	in.output = ground_hash(g, "output");
	REFUSED(g, DENIED, ask_ticket_fetched(g, "webd-office", &in, NULL));
	in.token = ground_token(g, "1002", FACE_INTERNET);
	REFUSED(g, NOT_FOUND, ask_ticket_fetched(g, "transferd", &in, NULL));
	in.token = ground_token(g, "1002", FACE_OFFICE);
	DONE(g, ask_ticket_fetched(g, "transferd", &in, &got));
	assert_int_equal(got.is_first, 1);
	uint64_t before = ground_last(g);
	DONE(g, ask_ticket_fetched(g, "transferd", &in, &got)); /* the same request */
	assert_int_equal(got.is_first, 1);
	assert_int_equal(ground_last(g), before);
	DONE(g, ground_fetch(g, "1002", n)); /* a second fetch is a second event */
	assert_int_equal(ground_last(g), before + 1);
	assert_int_equal(ground_state(g, n), TICKET_FETCHED);
	clock_set(NOW + 7 * 86400);
	ground_token(g, "1002", FACE_OFFICE);
	REFUSED(g, EXPIRED, ground_fetch(g, "1002", n));
	ground_free(g);
}
#define ASK_EXPIRE(g, caller, n) ask_ticket_expire(g, caller, &(struct store_ticket_expire){ n }, NULL)

TEST(tickets_expire_at_their_term)
{
	struct ground *g = ground_new();
	uint64_t waiting, refused, fetched;
	struct bytes object = ground_waiting(g, "1001", "1002", &fetched);
	DONE(g, ground_decide(g, "2001", "chief of soumu", STATEMENT_APPROVE, object));
	ground_seal(g);
	DONE(g, ground_fetch(g, "1002", fetched));
	object = ground_waiting(g, "1001", "1002", &waiting);
	refused = ground_ticket(g, "1001", "1002");
	DONE(g, ask_ticket_verdict(g, "transferd", &(struct store_ticket_verdict){ .ticket = refused, .verdict = VERDICT_REFUSED,
		.report = BYTES("{}") }, NULL));
	REFUSED(g, CONFLICT, ASK_EXPIRE(g, "transferd", waiting));
	REFUSED(g, NOT_FOUND, ASK_EXPIRE(g, "transferd", 99));
	REFUSED(g, DENIED, ASK_EXPIRE(g, "webd-office", waiting));
	DONE(g, ASK_EXPIRE(g, "transferd", refused)); /* nothing to keep it for */
	assert_int_equal(ground_state(g, refused), TICKET_REFUSED);
	clock_set(NOW + 7 * 86400);
	ground_token(g, "2001", FACE_OFFICE);
	REFUSED(g, EXPIRED, ground_decide(g, "2001", "chief of soumu", STATEMENT_APPROVE, object));
	DONE(g, ASK_EXPIRE(g, "transferd", waiting));
	assert_int_equal(ground_state(g, waiting), TICKET_EXPIRED);
	uint64_t before = ground_last(g);
	DONE(g, ASK_EXPIRE(g, "transferd", waiting));
	assert_int_equal(ground_last(g), before);
	DONE(g, ASK_EXPIRE(g, "transferd", fetched));
	assert_int_equal(ground_state(g, fetched), TICKET_FETCHED);
	ground_free(g);
}

TEST(policy_is_adopted_by_its_hash)
{
	struct ground *g = ground_new();
	struct bytes text = BYTES("city \"鶴\"\n");
	struct store_policy_adopt in = { text, ground_hash(g, "another text") };
	REFUSED(g, MISMATCH, ask_policy_adopt(g, "operator", &in, NULL));
	in.hash = ground_hash(g, "city \"鶴\"\n");
	REFUSED(g, DENIED, ask_policy_adopt(g, "webd-office", &in, NULL));
	DONE(g, ask_policy_adopt(g, "operator", &in, NULL));
	uint64_t before = ground_last(g);
	DONE(g, ask_policy_adopt(g, "operator", &in, NULL));
	assert_int_equal(ground_last(g), before);
	struct store_policy_adopt bad = { BYTES("\xff\xfe"), ground_hash(g, "\xff\xfe") };
	REFUSED(g, NOT_TEXT, ask_policy_adopt(g, "operator", &bad, NULL));
	ground_free(g);
}

TEST(processes_report_only_their_own_events)
{
	struct ground *g = ground_new();
	struct store_process_event in = { TEXT("process.started"), BYTES("{\"walls\":127}") };
	DONE(g, ask_process_event(g, "transferd", &in, NULL));
	REFUSED(g, DENIED, ask_process_event(g, "sanitized", &in, NULL));
	REFUSED(g, DENIED, ask_process_event(g, "webd-internet", &in, NULL));
	/* what one process alone can know, no other may claim */
	static const struct { const char *event, *process; } owned[] = {
		{ "password.set", "authd" }, { "factor.set", "authd" }, { "factor.cleared", "authd" }, { "sanitize.fault", "transferd" }, { "seal.stopped", "evidenced" },
	};
	static const char *const all[] = { "operator", "authd", "transferd", "webd-office", "evidenced" };
	for (size_t i = 0; i < COUNT(owned); i++)
		for (size_t k = 0; k < COUNT(all); k++) {
			in.event = text_at(owned[i].event);
			if (strcmp(all[k], owned[i].process) == 0)
				DONE(g, ask_process_event(g, all[k], &in, NULL));
			else
				REFUSED(g, DENIED, ask_process_event(g, all[k], &in, NULL));
		}
	in.event = TEXT("ticket.approved");
	REFUSED(g, DENIED, ask_process_event(g, "transferd", &in, NULL));
	in.event = TEXT("store.restored");
	REFUSED(g, DENIED, ask_process_event(g, "transferd", &in, NULL));
	in.event = TEXT("nonsense");
	REFUSED(g, INVALID, ask_process_event(g, "transferd", &in, NULL));
	in.event = TEXT("process.fault"), in.content = BYTES("{");
	REFUSED(g, INVALID, ask_process_event(g, "transferd", &in, NULL));
	ground_free(g);
}

/* ---- the state machine ---- */

TEST(every_pair_of_state_and_act_is_as_listed)
{
	/* written out once more by hand: rows received … expired, columns found clean, found refused, approve, return, fetch, erase, release, lock, unlock */
	static const uint8_t table[10][ACT_COUNT] = {
		[TICKET_RECEIVED] = { TICKET_WAITING, TICKET_REFUSED, 0, 0, 0, TICKET_EXPIRED, 0, TICKET_LOCKED },
		[TICKET_LOCKED] = { 0, 0, 0, 0, 0, TICKET_EXPIRED, 0, 0, TICKET_RECEIVED },
		[TICKET_WAITING] = { 0, 0, TICKET_APPROVED, TICKET_RETURNED, 0, TICKET_EXPIRED },
		[TICKET_REFUSED] = { 0, 0, 0, 0, 0, TICKET_REFUSED, TICKET_RELEASED },
		[TICKET_RELEASED] = { 0, 0, 0, 0, TICKET_RELEASED, TICKET_RELEASED },
		[TICKET_APPROVED] = { 0, 0, 0, 0, TICKET_FETCHED, TICKET_EXPIRED },
		[TICKET_RETURNED] = { 0, 0, 0, 0, 0, TICKET_RETURNED },
		[TICKET_FETCHED] = { 0, 0, 0, 0, TICKET_FETCHED, TICKET_FETCHED },
		[TICKET_EXPIRED] = { 0 },
	};
	for (int64_t at = 0; at < 10; at++)
		for (unsigned act = 0; act < ACT_COUNT; act++) {
			enum ticket_state to = 0;
			bool may = ticket_may(at, (enum ticket_act)act, &to);
			assert_int_equal(may, table[at][act] != 0);
			assert_int_equal(to, table[at][act]);
		}
}

/* No path of acts other than the approver's reaches a state from which a file goes out. */
TEST(approved_is_reached_by_the_approver_alone)
{
	bool reached[10] = { [TICKET_RECEIVED] = true };
	for (int round = 0; round < 10; round++)
		for (int64_t at = 0; at < 10; at++)
			for (unsigned act = 0; reached[at] && act < ACT_COUNT; act++) {
				enum ticket_state to;
				if (act != ACT_APPROVE && act != ACT_RELEASE && ticket_may(at, (enum ticket_act)act, &to))
					reached[to] = true;
			}
	assert_false(reached[TICKET_APPROVED] || reached[TICKET_FETCHED] || reached[TICKET_RELEASED]);
	assert_true(reached[TICKET_WAITING] && reached[TICKET_RETURNED] && reached[TICKET_EXPIRED]);
}

/* Nor by writing the table itself without a signed statement. */
TEST(the_schema_refuses_approved_without_a_statement)
{
	struct ground *g = ground_new();
	uint64_t n;
	ground_waiting(g, "1001", "1002", &n);
	assert_int_equal(sql_ticket_move(g->sql, g->site, (int64_t)n, TICKET_WAITING, TICKET_APPROVED, &g->err), -1);
	assert_int_equal(ground_state(g, n), TICKET_WAITING);
	ground_free(g);
}

/* Every command in every state of a ticket: done exactly where the table says so. */
TEST(commands_follow_the_table_in_every_state)
{
	for (int at = TICKET_RECEIVED; at <= TICKET_EXPIRED; at++) {
		struct ground *g = ground_new();
		uint64_t n = ground_ticket(g, "1001", "1002");
		struct store_ticket_verdict clean = { .ticket = n, .verdict = VERDICT_CLEAN, .output_name = TEXT("o"), .output_bytes = 1,
						      .output = ground_hash(g, "output"), .report = BYTES("{}") };
		struct store_ticket_verdict refuse = { .ticket = n, .verdict = VERDICT_REFUSED, .report = BYTES("{}") };
		struct store_ticket_verdict_reply judged = { 0 };
		if (at == TICKET_REFUSED)
			DONE(g, ask_ticket_verdict(g, "transferd", &refuse, &judged));
		else if (at != TICKET_RECEIVED && at != TICKET_EXPIRED)
			DONE(g, ask_ticket_verdict(g, "transferd", &clean, &judged));
		if (at == TICKET_APPROVED || at == TICKET_FETCHED)
			DONE(g, ground_decide(g, "2001", "chief of soumu", STATEMENT_APPROVE, judged.object));
		if (at == TICKET_RETURNED)
			DONE(g, ground_decide(g, "2001", "chief of soumu", STATEMENT_RETURN, judged.object));
		ground_seal(g);
		if (at == TICKET_FETCHED)
			DONE(g, ground_fetch(g, "1002", n));
		if (at == TICKET_EXPIRED) {
			clock_set(NOW + 8 * 86400);
			DONE(g, ASK_EXPIRE(g, "transferd", n));
			clock_set(NOW);
		}
		assert_int_equal(ground_state(g, n), at);
		/* decide and judge again with other content, so that it is no repetition */
		clean.output_name = TEXT("p");
		if (at != TICKET_RECEIVED)
			REFUSED(g, CONFLICT, ask_ticket_verdict(g, "transferd", &clean, NULL));
		clock_set(NOW + 1);
		if (judged.object.n && at != TICKET_WAITING) {
			REFUSED(g, CONFLICT, ground_decide(g, "2002", "deputy of soumu", STATEMENT_APPROVE, judged.object));
			REFUSED(g, CONFLICT, ground_decide(g, "2002", "deputy of soumu", STATEMENT_RETURN, judged.object));
		}
		if (at == TICKET_APPROVED || at == TICKET_FETCHED)
			DONE(g, ground_fetch(g, "1002", n));
		else if (at == TICKET_EXPIRED)
			REFUSED(g, EXPIRED, ground_fetch(g, "1002", n));
		else
			REFUSED(g, CONFLICT, ground_fetch(g, "1002", n));
		ground_free(g);
	}
}

/* ---- the journal ---- */

TEST(the_journal_has_no_gaps_and_each_entry_commits_to_its_record)
{
	struct ground *g = ground_new();
	uint64_t n;
	struct bytes object = ground_waiting(g, "1001", "1002", &n);
	ask_unit_add(g, "operator", &(struct store_unit_add){ TEXT("a b"), TEXT("x"), TEXT("") }, NULL); /* refused in between */
	DONE(g, ground_decide(g, "2001", "chief of soumu", STATEMENT_APPROVE, object));
	struct sql_event_by_number_row *rows;
	struct sql_counter_now_row now;
	size_t count;
	bool found;
	CHECK_OK(sql_counter_now(g->sql, g->arena, g->site, &now, &found, &err_));
	CHECK_OK(sql_events_after(g->sql, g->arena, g->site, now.epoch, 0, 10000, &rows, &count, &err_));
	assert_int_equal(count, now.last);
	for (size_t i = 0; i < count; i++) {
		struct entry e;
		uint8_t commit[SHA256_BYTES];
		struct json record;
		assert_int_equal(rows[i].no, i + 1);
		CHECK_OK(entry_read(g->arena, rows[i].entry, &e, &err_));
		entry_commit(rows[i].salt.p, rows[i].record, commit);
		assert_memory_equal(commit, e.commit, sizeof commit);
		assert_int_equal(e.no, i + 1);
		CHECK_OK(json_read(g->arena, rows[i].record, &record, &err_)); /* strict: canonical */
		assert_int_equal(json_number(&record, "no", 0), i + 1);
		assert_true(text_equal(json_text(&record, "event"), rows[i].event));
		assert_non_null(event_kind_of(rows[i].event));
		assert_true(i == 0 || memcmp(rows[i].salt.p, rows[i - 1].salt.p, ENTRY_SALT) != 0);
	}
	ground_free(g);
}

TEST(only_evidenced_seals_and_never_beyond_the_journal)
{
	struct ground *g = ground_new();
	struct sql_counter_now_row now;
	bool found;
	CHECK_OK(sql_counter_now(g->sql, g->arena, g->site, &now, &found, &err_));
	struct {
		const char *caller;
		int64_t number, sealed;
		enum err_code code;
	} steps[] = { { "transferd", 1, 0, ERR_DENIED }, { "evidenced", now.last + 1, 0, ERR_MISMATCH }, { "evidenced", 5, 5, ERR_NONE },
		      { "evidenced", 3, 5, ERR_NONE }, { "evidenced", now.last, now.last, ERR_NONE } };
	for (size_t i = 0; i < COUNT(steps); i++) {
		struct ipc_message m = ipc_start(g->arena, SEAL_REPORT, 1);
		ipc_put_bytes(&m, now.epoch);
		ipc_put_u64(&m, (uint64_t)steps[i].number);
		struct batch_item item = { .caller = steps[i].caller, .arena = g->arena, .request = ground_received(g->arena, &m) }, *items = &item;
		batch_run(g->sql, g->home, g->site, &items, 1);
		assert_int_equal(item.err.code, steps[i].code);
		struct sql_counter_now_row then;
		CHECK_OK(sql_counter_now(g->sql, g->arena, g->site, &then, &found, &err_));
		assert_int_equal(then.sealed, steps[i].sealed);
	}
	ground_free(g);
}

TEST(events_have_labels_clauses_and_owners)
{
	for (size_t i = 0; i < event_kind_count; i++) {
		const struct event_kind *k = &event_kinds[i];
		assert_true(k->ja[0] && k->en[0] && k->clause[0] == 's' && k->retention_years >= 3);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(event_kinds[j].id, k->id);
	}
#define COMMAND(number, name, callers, permission, event) \
	if (event[0])                                     \
		assert_int_equal(event_kind_of(text_at(event))->by, BY_COMMAND);
#include "store/commands.def"
#undef COMMAND
}

/* ---- the batch ---- */

TEST(one_refused_command_leaves_the_others_of_its_batch)
{
	struct ground *g = ground_new();
	struct batch_item items[3], *list[3];
	struct store_unit_add units[3] = { { TEXT("one"), TEXT("一"), TEXT("") }, { TEXT("two"), TEXT("二"), TEXT("missing") },
					   { TEXT("three"), TEXT("三"), TEXT("one") } };
	uint64_t before = ground_last(g);
	for (int i = 0; i < 3; i++) {
		struct ipc_message m = ipc_start(g->arena, STORE_unit_add, 1);
		store_put_unit_add(&m, &units[i]);
		items[i] = (struct batch_item){ .caller = "operator", .arena = g->arena, .request = ground_received(g->arena, &m) };
		list[i] = &items[i];
	}
	batch_run(g->sql, g->home, g->site, list, 3);
	assert_false(items[0].failed);
	assert_true(items[1].failed && items[1].err.code == ERR_NOT_FOUND);
	assert_false(items[2].failed); /* and it saw what the first had done */
	assert_int_equal(ground_last(g), before + 2);
	ground_free(g);
}

TEST(a_full_store_refuses_and_goes_on_when_there_is_room)
{
	struct ground *g = ground_new();
	unsigned refused = 0, added = 0;
	CHECK_OK(sql_pages_most(g->sql, 1, &err_)); /* no more pages than there are */
	for (int i = 0; i < 400; i++) {
		const char *code = arena_printf(g->arena, "u%d", i);
		int result = ask_unit_add(g, "operator", &(struct store_unit_add){ text_at(code), TEXT("課"), TEXT("") }, NULL);
		if (result != 0) {
			assert_int_equal(g->err.code, ERR_FULL);
			refused++;
		} else {
			added++;
		}
	}
	assert_true(refused > 0);
	uint64_t last = ground_last(g);
	CHECK_OK(sql_pages_most(g->sql, 1000000, &err_));
	DONE(g, ask_unit_add(g, "operator", &(struct store_unit_add){ TEXT("after"), TEXT("課"), TEXT("") }, NULL));
	assert_int_equal(ground_last(g), last + 1);
	struct sql_unit_by_code_row *rows;
	size_t count;
	CHECK_OK(sql_units(g->sql, g->arena, g->site, &rows, &count, &err_));
	assert_int_equal(count, 3 + added + 1); /* what was answered is there, what was refused is not */
	CHECK_OK(sql_check(g->sql, &err_));
	ground_free(g);
}

TEST(unknown_and_malformed_commands_end_the_connection)
{
	struct ground *g = ground_new();
	static const uint16_t types[] = { 0, 17, 99, 0x0103, 0x7fff };
	for (size_t i = 0; i < COUNT(types); i++) {
		struct ipc_message m = ipc_start(g->arena, types[i], 1);
		struct batch_item item = { .caller = "operator", .arena = g->arena, .request = ground_received(g->arena, &m) }, *items = &item;
		batch_run(g->sql, g->home, g->site, &items, 1);
		assert_int_equal(item.err.code, ERR_MALFORMED);
	}
	struct ipc_message m = ipc_start(g->arena, STORE_unit_add, 1);
	store_put_unit_add(&m, &(struct store_unit_add){ TEXT("x"), TEXT("x"), TEXT("") });
	ipc_put_u8(&m, 1); /* one byte too many */
	struct batch_item item = { .caller = "operator", .arena = g->arena, .request = ground_received(g->arena, &m) }, *items = &item;
	batch_run(g->sql, g->home, g->site, &items, 1);
	assert_int_equal(item.err.code, ERR_MALFORMED);
	ground_free(g);
}

/* As often as it takes; how many lost their content. */
static unsigned erase_all(struct ground *g, const struct store_journal_erase *in)
{
	struct store_journal_erase_reply got;
	unsigned total = 0;

	do {
		assert_int_equal(ask_journal_erase(g, "operator", in, &got), 0);
		total += got.erased;
	} while (got.erased);
	return total;
}

/* Three years on, sign-ins lose their content and passages do not; six years on, these too. */
static void what_is_past_its_retention_is_erased_on_record(void **state)
{
	(void)state;
	struct ground *g = ground_new();
	struct store_journal_erase_reply got;
	const struct store_journal_erase in = { .reason = TEXT("保存期間の満了") };
	struct sql_event_by_number_row row, said;
	struct sql_counter_now_row now;
	struct json record;
	uint64_t ticket = ground_ticket(g, "1001", "1002"), opened = ground_last(g), first_session = 0;
	bool found;

	must(ticket > 0);
	assert_int_equal(ask_journal_erase(g, "operator", &in, &got), 0);
	assert_int_equal(got.erased, 0);
	clock_set(NOW + (int64_t)3 * 31556952 + 60);
	assert_int_equal(ask_journal_erase(g, "webd-office", &in, &got), -1);
	assert_int_equal(g->err.code, ERR_DENIED);
	assert_int_equal(ask_journal_erase(g, "operator", &in, &got), 0);
	assert_int_equal(got.erased, 0); /* nothing is sealed yet: a row that was not must not lose its content */
	ground_seal(g);
	uint64_t last = ground_last(g);
	assert_true(erase_all(g, &in) > 0);
	assert_true(g->awaits == 0 || ground_last(g) > last);
	must(sql_counter_now(g->sql, g->arena, g->site, &now, &found, &g->err) == 0 && found);
	for (uint64_t no = 1; no <= last; no++) {
		must(sql_event_by_number(g->sql, g->arena, g->site, now.epoch, (int64_t)no, &row, &found, &g->err) == 0 && found);
		bool is_session = text_is(row.event, "session.opened") || text_is(row.event, "recordd.started");
		assert_int_equal(row.record.n == 0, is_session);
		assert_int_equal(row.actor.n == 0, is_session);
		assert_true(row.entry.n > 0);
		if (text_is(row.event, "session.opened") && !first_session)
			first_session = no;
	}
	/* The erasure names the row. */
	bool named = false;
	for (uint64_t no = last + 1; no <= ground_last(g); no++) {
		must(sql_event_by_number(g->sql, g->arena, g->site, now.epoch, (int64_t)no, &said, &found, &g->err) == 0 && found);
		assert_true(text_is(said.event, "journal.erased"));
		must(json_read(g->arena, said.record, &record, &g->err) == 0);
		const struct json *what = json_get(&record, "what"), *rows = json_get(what, "rows");
		for (size_t i = 0; i < rows->count; i++)
			named = named || rows->items[i].number == (int64_t)first_session;
		assert_true(text_is(json_text(what, "reason"), "保存期間の満了"));
	}
	assert_true(named);
	clock_set(NOW + (int64_t)6 * 31556952);
	ground_seal(g);
	assert_true(erase_all(g, &in) > 0);
	must(sql_event_by_number(g->sql, g->arena, g->site, now.epoch, (int64_t)opened, &row, &found, &g->err) == 0 && found);
	assert_int_equal(row.record.n, 0);
	must(sql_event_by_number(g->sql, g->arena, g->site, now.epoch, 1, &row, &found, &g->err) == 0 && found);
	assert_true(row.record.n > 0); /* the epoch's first row stays */
	ground_free(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_past_its_retention_is_erased_on_record),
		cmocka_unit_test(fields_refuse_what_misleads_the_eye),
		cmocka_unit_test(search_folds_kana_case_and_width),
		cmocka_unit_test(units_and_people_are_added_once),
		cmocka_unit_test(posts_have_kinds_and_dates),
		cmocka_unit_test(who_leaves_loses_posts_and_sessions),
		cmocka_unit_test(a_session_lives_as_long_as_it_may),
		cmocka_unit_test(an_idle_session_ends),
		cmocka_unit_test(a_page_that_asks_by_itself_does_not_keep_a_session_alive),
		cmocka_unit_test(a_changed_password_ends_the_sessions_but_the_own),
		cmocka_unit_test(a_session_is_opened_once_and_closed_for_good),
		cmocka_unit_test(strangers_are_counted_and_cannot_fill_the_journal),
		cmocka_unit_test(a_ticket_is_opened_once_per_request),
		cmocka_unit_test(several_files_of_one_act_become_tickets_together_or_not_at_all),
		cmocka_unit_test(a_guest_hands_in_by_an_open_link_in_its_issuers_name),
		cmocka_unit_test(a_link_that_is_over_revoked_or_unknown_opens_nothing),
		cmocka_unit_test(a_ticket_wants_good_fields_and_the_internet_face),
		cmocka_unit_test(a_verdict_is_given_once),
		cmocka_unit_test(the_chief_or_deputy_of_the_senders_unit_decides),
		cmocka_unit_test(nobody_decides_on_their_own_request),
		cmocka_unit_test(a_statement_is_believed_only_whole),
		cmocka_unit_test(a_list_is_decided_whole_or_not_at_all),
		cmocka_unit_test(authd_learns_the_post_before_it_signs),
		cmocka_unit_test(the_addressee_fetches_after_the_seal),
		cmocka_unit_test(tickets_expire_at_their_term),
		cmocka_unit_test(policy_is_adopted_by_its_hash),
		cmocka_unit_test(processes_report_only_their_own_events),
		cmocka_unit_test(every_pair_of_state_and_act_is_as_listed),
		cmocka_unit_test(approved_is_reached_by_the_approver_alone),
		cmocka_unit_test(the_schema_refuses_approved_without_a_statement),
		cmocka_unit_test(commands_follow_the_table_in_every_state),
		cmocka_unit_test(the_journal_has_no_gaps_and_each_entry_commits_to_its_record),
		cmocka_unit_test(only_evidenced_seals_and_never_beyond_the_journal),
		cmocka_unit_test(events_have_labels_clauses_and_owners),
		cmocka_unit_test(one_refused_command_leaves_the_others_of_its_batch),
		cmocka_unit_test(a_full_store_refuses_and_goes_on_when_there_is_room),
		cmocka_unit_test(unknown_and_malformed_commands_end_the_connection),
	};
	return RUN_TESTS(tests);
}
