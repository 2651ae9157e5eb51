/* サインインの一覧の試験 — what a person sees of the own sessions, and ends. */
#include "base/check.h"
#include "base/code.h"
#include "base/json.h"
#include "store/test_ground.h"

static struct json list_of(struct ground *g, struct bytes token, unsigned face)
{
	struct store_session_list_reply got;
	struct json list;

	DONE(g, ask_session_list(g, "authd", &(struct store_session_list){ token, (uint8_t)face }, &got));
	CHECK_OK(json_read(g->arena, got.sessions, &list, &err_));
	return list;
}

/* Everybody has one session at each face; this is one more. */
static struct bytes another(struct ground *g, const char *number)
{
	uint8_t *token = arena_alloc(g->arena, 32), hash[SHA256_BYTES];

	memcpy(token, "another token", 13);
	sha256_of(bytes_of(token, 32), hash);
	DONE(g, ask_session_open(g, "authd", &(struct store_session_open){ text_at(number), FACE_OFFICE, bytes_of(hash, 32), TEXT("totp"), TEXT("192.0.2.7") }, NULL));
	return bytes_of(token, 32);
}

TEST(a_person_sees_the_own_sessions_of_both_faces_and_nobody_elses)
{
	struct ground *g = ground_new();
	struct bytes own = ground_token(g, "1001", FACE_INTERNET);
	clock_set(NOW + 10);
	another(g, "1001");
	struct json list = list_of(g, own, FACE_INTERNET);
	assert_int_equal(list.count, 3);
	assert_true(text_is(json_text(&list.items[0], "source"), "192.0.2.7"));
	assert_int_equal(json_number(&list.items[0], "opened", 0), NOW + 10);
	assert_int_equal(json_number(&list.items[0], "face", 0), FACE_OFFICE);
	size_t own_ones = 0;
	for (size_t i = 0; i < list.count; i++) {
		own_ones += json_is_true(&list.items[i], "own");
		assert_true(!json_is_true(&list.items[i], "own") || json_number(&list.items[i], "face", 0) == FACE_INTERNET);
	}
	assert_int_equal(own_ones, 1);
	REFUSED(g, NOT_SIGNED_IN, ask_session_list(g, "authd", &(struct store_session_list){ own, FACE_OFFICE }, NULL));
	REFUSED(g, DENIED, ask_session_list(g, "webd-office", &(struct store_session_list){ own, FACE_INTERNET }, NULL));
	/* Those that idled out are not shown; asking kept this one alive. */
	clock_set(NOW + 100);
	list_of(g, own, FACE_INTERNET);
	clock_set(NOW + STORE_SESSION_IDLE_MOST + 50);
	assert_int_equal(list_of(g, own, FACE_INTERNET).count, 1);
	ground_free(g);
}

TEST(one_session_or_all_others_are_ended_by_their_person_only)
{
	struct ground *g = ground_new();
	struct bytes own = ground_token(g, "1001", FACE_INTERNET), other = ground_token(g, "1001", FACE_OFFICE), third = another(g, "1001"),
		     colleague = ground_token(g, "1002", FACE_OFFICE);
	uint8_t hash[32];
	struct store_session_end_reply got;
	uint64_t before = ground_last(g);
	sha256_of(other, hash);
	struct text id = { arena_printf(g->arena, "%.16s", hex_of(g->arena, bytes_of(hash, 32))), 16 };
	DONE(g, ask_session_end(g, "authd", &(struct store_session_end){ colleague, FACE_OFFICE, id }, &got));
	assert_int_equal(got.ended, 0); /* not the colleague's */
	assert_int_equal(ground_last(g), before);
	DONE(g, ask_session_end(g, "authd", &(struct store_session_end){ own, FACE_INTERNET, id }, &got));
	assert_int_equal(got.ended, 1);
	assert_int_equal(ground_last(g), before + 1);
	REFUSED(g, NOT_SIGNED_IN, ask_session_check(g, "authd", &(struct store_session_check){ other, FACE_OFFICE, 0 }, NULL));
	DONE(g, ask_session_check(g, "authd", &(struct store_session_check){ third, FACE_OFFICE, 0 }, NULL));
	DONE(g, ask_session_end(g, "authd", &(struct store_session_end){ own, FACE_INTERNET, id }, &got)); /* again: no failure, no row */
	assert_int_equal(got.ended, 0);
	DONE(g, ask_session_end(g, "authd", &(struct store_session_end){ own, FACE_INTERNET, TEXT("") }, &got));
	assert_int_equal(got.ended, 1);
	REFUSED(g, NOT_SIGNED_IN, ask_session_check(g, "authd", &(struct store_session_check){ third, FACE_OFFICE, 0 }, NULL));
	DONE(g, ask_session_check(g, "authd", &(struct store_session_check){ own, FACE_INTERNET, 0 }, NULL));
	DONE(g, ask_session_check(g, "authd", &(struct store_session_check){ colleague, FACE_OFFICE, 0 }, NULL));
	assert_int_equal(ground_last(g), before + 2);
	ground_free(g);
}

TEST(a_check_says_when_the_session_ends_if_nothing_more_is_done)
{
	struct ground *g = ground_new();
	struct bytes token = ground_token(g, "1001", FACE_INTERNET);
	struct store_session_check loud = { token, FACE_INTERNET, 0 }, quiet = { token, FACE_INTERNET, 1 };
	struct store_session_check_reply got;
	clock_set(NOW + 600);
	DONE(g, ask_session_check(g, "transferd", &quiet, &got));
	assert_int_equal(got.expires, NOW + STORE_SESSION_IDLE_MOST);
	DONE(g, ask_session_check(g, "transferd", &loud, &got));
	assert_int_equal(got.expires, NOW + 600 + STORE_SESSION_IDLE_MOST);
	for (int64_t at = 600; at < STORE_SESSION_WHOLE_MOST - 60; at += 1000) {
		clock_set(NOW + at);
		DONE(g, ask_session_check(g, "transferd", &loud, &got));
	}
	assert_int_equal(got.expires, NOW + STORE_SESSION_WHOLE_MOST);
	ground_free(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_person_sees_the_own_sessions_of_both_faces_and_nobody_elses),
		cmocka_unit_test(one_session_or_all_others_are_ended_by_their_person_only),
		cmocka_unit_test(a_check_says_when_the_session_ends_if_nothing_more_is_done),
	};
	return RUN_TESTS(tests);
}
