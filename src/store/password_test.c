/* パスワード待ちの試験 — a protected file waits, unjudged, for the password that only its sender may give; a few wrong ones end it. */
#include "base/check.h"
#include "store/limits.h"
#include "store/test_ground.h"

enum { DAY = 86400 };

static int lock(struct ground *g, uint64_t ticket, unsigned wrong, uint32_t *tries)
{
	struct store_ticket_lock_reply got = { 0 };
	int result = ask_ticket_lock(g, "transferd", &(struct store_ticket_lock){ ticket, (uint8_t)wrong }, &got);

	*tries = got.tries;
	return result;
}

static int unlock(struct ground *g, const char *person, unsigned face, uint64_t ticket)
{
	return ask_ticket_unlock(g, "transferd", &(struct store_ticket_unlock){ ground_token(g, person, face), ticket }, NULL);
}

TEST(a_protected_file_waits_for_its_sender)
{
	struct ground *g = ground_new();
	uint64_t n = ground_ticket(g, "1001", "1002");
	struct store_reader *reader;
	struct store_numbers numbers;
	struct store_tickets back;
	struct store_password p;
	uint32_t tries;

	assert_int_equal(lock(g, n, 0, &tries), 0);
	assert_int_equal(tries, 0);
	assert_int_equal(ground_state(g, n), TICKET_LOCKED);
	assert_int_equal(lock(g, n, 0, &tries), 0); /* asked again after a break: the same */
	CHECK_OK(store_read_open(g->home, &reader, &err_));
	CHECK_OK(store_read_unjudged(reader, g->arena, 10, &numbers, &err_));
	assert_int_equal(numbers.count, 0); /* nothing is done for it meanwhile */
	CHECK_OK(store_read_back(reader, g->arena, TEXT("1001"), 10, &back, &err_));
	assert_int_equal(back.count, 1); /* its sender has to do something */
	assert_int_equal(unlock(g, "1002", FACE_INTERNET, n), -1);
	assert_int_equal(g->err.code, ERR_NOT_FOUND);
	assert_int_equal(unlock(g, "1001", FACE_OFFICE, n), -1);
	assert_int_equal(g->err.code, ERR_NOT_FOUND);
	assert_int_equal(unlock(g, "1001", FACE_INTERNET, n), 0);
	assert_int_equal(ground_state(g, n), TICKET_RECEIVED);
	assert_int_equal(unlock(g, "1001", FACE_INTERNET, n), -1);
	assert_int_equal(g->err.code, ERR_CONFLICT);
	CHECK_OK(store_read_unjudged(reader, g->arena, 10, &numbers, &err_));
	assert_int_equal(numbers.count, 1);
	assert_int_equal(lock(g, n, 1, &tries), 0); /* it was the wrong one */
	CHECK_OK(store_read_password(reader, g->arena, n, &p, &err_));
	assert_true(p.wanted);
	assert_int_equal(p.wrong, 1);
	store_read_close(reader);
	ground_free(g);
}

TEST(a_few_wrong_passwords_end_it)
{
	struct ground *g = ground_new();
	uint64_t n = ground_ticket(g, "1001", "1002");
	uint32_t tries;

	for (unsigned i = 1; i < STORE_PASSWORD_TRIES_MOST; i++) {
		assert_int_equal(lock(g, n, 1, &tries), 0);
		assert_int_equal(tries, i);
		assert_int_equal(unlock(g, "1001", FACE_INTERNET, n), 0);
	}
	assert_int_equal(lock(g, n, 1, &tries), -1);
	assert_int_equal(g->err.code, ERR_TOO_MANY);
	assert_int_equal(ground_state(g, n), TICKET_RECEIVED); /* to be refused by its verdict */
	assert_int_equal(lock(g, n, 2, &tries), -1);
	assert_int_equal(g->err.code, ERR_INVALID);
	assert_int_equal(lock(g, n + 1, 0, &tries), -1);
	assert_int_equal(g->err.code, ERR_NOT_FOUND);
	ground_free(g);
}

TEST(its_term_runs_on_meanwhile)
{
	struct ground *g = ground_new();
	uint64_t n = ground_ticket(g, "1001", "1002");
	struct store_ticket_expire_reply gone;
	uint32_t tries;

	assert_int_equal(lock(g, n, 0, &tries), 0);
	clock_set(NOW + 40 * DAY);
	assert_int_equal(unlock(g, "1001", FACE_INTERNET, n), -1);
	assert_int_equal(g->err.code, ERR_EXPIRED);
	assert_int_equal(ask_ticket_expire(g, "transferd", &(struct store_ticket_expire){ n }, &gone), 0);
	assert_int_equal(ground_state(g, n), TICKET_EXPIRED);
	assert_int_equal(lock(g, n, 0, &tries), -1);
	assert_int_equal(g->err.code, ERR_CONFLICT);
	clock_set(NOW);
	ground_free(g);
}

TEST(only_transferd_asks_and_gives)
{
	struct ground *g = ground_new();
	uint64_t n = ground_ticket(g, "1001", "1002");

	assert_int_equal(ask_ticket_lock(g, "webd-office", &(struct store_ticket_lock){ n, 0 }, NULL), -1);
	assert_int_equal(g->err.code, ERR_DENIED);
	assert_int_equal(ask_ticket_unlock(g, "webd-office", &(struct store_ticket_unlock){ ground_token(g, "1001", FACE_INTERNET), n }, NULL), -1);
	assert_int_equal(g->err.code, ERR_DENIED);
	ground_free(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_protected_file_waits_for_its_sender),
		cmocka_unit_test(a_few_wrong_passwords_end_it),
		cmocka_unit_test(its_term_runs_on_meanwhile),
		cmocka_unit_test(only_transferd_asks_and_gives),
	};
	return RUN_TESTS(tests);
}
