/* 証跡の項目 — tests: what is written is read, anything else is refused; rows travel whole between recordd and evidenced. */
#include "base/check.h"
#include "base/code.h"
#include "evidence/entry.h"
#include "evidence/journal_wire.h"
#include <pthread.h>
#include <unistd.h>

static struct entry sample(void)
{
	struct entry e = { .no = 48211, .at = 1795425164, .event = TEXT("exception.approved"), .site = TEXT("hinokawa-1") };

	memset(e.epoch, 0x11, sizeof e.epoch);
	memset(e.commit, 0xab, sizeof e.commit);
	return e;
}

TEST(an_entry_has_the_agreed_bytes)
{
	ARENA(a) = arena_new(0);
	struct entry e = sample(), back;
	struct bytes made;

	CHECK_OK(entry_make(a, &e, &made, &err_));
	static const char want[] = "{\"at\":\"2026-11-23T09:12:44Z\",\"commit\":\"abababababababababababababababababababababababababababababababab\","
				    "\"epoch\":\"11111111111111111111111111111111\",\"event\":\"exception.approved\",\"no\":48211,\"site\":\"hinokawa-1\",\"v\":1}";
	assert_true(bytes_equal(made, bytes_of(want, sizeof want - 1)));
	CHECK_OK(entry_read(a, made, &back, &err_));
	assert_true(back.no == e.no && back.at == e.at && text_equal(back.event, e.event) && text_equal(back.site, e.site));
	assert_memory_equal(back.commit, e.commit, 32);
	assert_memory_equal(back.epoch, e.epoch, 16);
}

TEST(every_day_reads_as_it_is_written)
{
	ARENA(a) = arena_new(0);

	for (int64_t at = 0; at <= 253402300799; at += 86400 * 17 + 4099) {
		struct entry e = sample(), back;
		struct bytes made;
		e.at = at;
		CHECK_OK(entry_make(a, &e, &made, &err_));
		CHECK_OK(entry_read(a, made, &back, &err_));
		assert_true(back.at == at);
		arena_clear(a);
	}
	static const char *const bad[] = { "2026-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z",
					   "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:60Z", "1969-12-31T23:59:59Z", "2026-01-01 00:00:00Z" };
	struct entry e = sample(), back;
	struct bytes made;
	CHECK_OK(entry_make(a, &e, &made, &err_));
	for (size_t i = 0; i < COUNT(bad); i++) {
		uint8_t *changed = arena_copy(a, made.p, made.n);
		memcpy(changed + 7, bad[i], 20);
		assert_int_equal(entry_read(a, bytes_of(changed, made.n), &back, NULL), -1);
	}
	uint8_t *leap = arena_copy(a, made.p, made.n);
	memcpy(leap + 7, "2028-02-29T23:59:59Z", 20);
	CHECK_OK(entry_read(a, bytes_of(leap, made.n), &back, &err_));
}

TEST(every_byte_in_place_of_a_digit_is_judged)
{
	ARENA(a) = arena_new(0);
	struct entry e = sample(), back;
	struct bytes made;

	for (size_t i = 0; i < sizeof e.commit; i++)
		e.commit[i] = (uint8_t)(i * 37 + 9);
	CHECK_OK(entry_make(a, &e, &made, &err_));
	CHECK_OK(entry_read(a, made, &back, &err_));
	assert_memory_equal(back.commit, e.commit, 32);
	uint8_t *changed = arena_copy(a, made.p, made.n);
	for (size_t at = 39; at < 39 + 64; at++)
		for (unsigned c = 0; c < 256; c++) {
			bool is_digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
			changed[at] = (uint8_t)c;
			assert_int_equal(entry_read(a, bytes_of(changed, made.n), &back, NULL) == 0, is_digit);
			changed[at] = made.p[at];
		}
}

TEST(no_changed_byte_reads_as_the_same_entry)
{
	ARENA(a) = arena_new(0);
	struct entry e = sample(), back;
	struct bytes made;

	CHECK_OK(entry_make(a, &e, &made, &err_));
	for (size_t bit = 0; bit < made.n * 8; bit++) {
		uint8_t *bad = arena_copy(a, made.p, made.n);
		struct bytes again;
		bad[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (entry_read(a, bytes_of(bad, made.n), &back, NULL) != 0)
			continue;
		CHECK_OK(entry_make(a, &back, &again, &err_));
		assert_false(bytes_equal(again, made));
	}
	assert_int_equal(entry_read(a, bytes_of(made.p, made.n - 1), &back, NULL), -1);
	assert_int_equal(entry_read(a, BYTES("{}"), &back, NULL), -1);
	assert_int_equal(entry_read(a, BYTES("[]"), &back, NULL), -1);
}

TEST(fields_out_of_range_are_refused)
{
	ARENA(a) = arena_new(0);
	struct bytes made;
	struct entry e;
	char long_word[80];

	memset(long_word, 'a', sizeof long_word);
	e = sample(), e.no = 0;
	assert_int_equal(entry_make(a, &e, &made, NULL), -1);
	e = sample(), e.no = ENTRY_NUMBER_MOST + 1;
	assert_int_equal(entry_make(a, &e, &made, NULL), -1);
	e = sample(), e.event = TEXT("Exception");
	assert_int_equal(entry_make(a, &e, &made, NULL), -1);
	e = sample(), e.event = TEXT("");
	assert_int_equal(entry_make(a, &e, &made, NULL), -1);
	e = sample(), e.site = TEXT("桧川市");
	assert_int_equal(entry_make(a, &e, &made, NULL), -1);
	e = sample(), e.site = (struct text){ long_word, 65 };
	assert_int_equal(entry_make(a, &e, &made, NULL), -1);
	e = sample(), e.at = INT64_MAX;
	assert_int_equal(entry_make(a, &e, &made, NULL), -1);
	e = sample(), e.site = (struct text){ long_word, 64 }, e.event = e.site, e.no = ENTRY_NUMBER_MOST;
	CHECK_OK(entry_make(a, &e, &made, &err_));
	assert_true(made.n <= ENTRY_BYTES_MOST);
}

TEST(the_commitment_is_salt_then_record)
{
	uint8_t salt[32], got[32], want[32], joined[34];

	memset(salt, 7, sizeof salt);
	memcpy(joined, salt, 32);
	memcpy(joined + 32, "{}", 2);
	entry_commit(salt, BYTES("{}"), got);
	sha256_of(bytes_of(joined, sizeof joined), want);
	assert_memory_equal(got, want, 32);
}

static struct bytes long_entry;
static uint64_t first_no;

/* The other end: one ask, one report. */
static void *store_end(void *self)
{
	int fd = *(int *)self;
	ARENA(a) = arena_new(0);
	struct ipc_message in;
	struct journal_ask ask;
	struct journal_reply reply;
	uint8_t epoch[ENTRY_EPOCH];
	uint64_t number;

	must(ipc_receive(fd, a, &in, NULL) == 0 && in.type == JOURNAL_READ);
	must(journal_take_ask(&in, &ask, NULL) == 0);
	must(!ask.any_epoch && ask.epoch[0] == 9 && ask.after == 41 && ask.most == JOURNAL_ROWS_MOST && ask.wait == JOURNAL_WAIT_MOST);
	journal_reply_start(&reply, a, in.sequence, ask.epoch);
	for (uint64_t no = first_no; journal_reply_put(&reply, &(struct journal_row){ no, 5, TEXT("ticket.opened"), long_entry }); no++)
		;
	must(ipc_send(fd, journal_reply_close(&reply), NULL) == 0);
	must(ipc_receive(fd, a, &in, NULL) == 0 && in.type == SEAL_REPORT);
	must(journal_take_report(&in, epoch, &number, NULL) == 0 && epoch[0] == 9 && number == 77);
	struct ipc_message done = ipc_start(a, SEAL_REPORT | IPC_REPLY, in.sequence);
	must(ipc_send(fd, &done, NULL) == 0);
	return NULL;
}

static int ask_once(struct arena *a, uint64_t first, struct journal_rows *rows)
{
	uint8_t epoch[ENTRY_EPOCH] = { 9 };
	pthread_t thread;
	int pair[2];

	first_no = first;
	CHECK_OK(ipc_pair(pair, &err_));
	must(pthread_create(&thread, NULL, store_end, &pair[1]) == 0);
	int got = journal_read(pair[0], a, epoch, 41, 9999, 9999, rows, NULL);
	CHECK_OK(seal_report(pair[0], epoch, 77, &err_));
	pthread_join(thread, NULL);
	close(pair[0]), close(pair[1]);
	return got;
}

TEST(rows_travel_whole_and_as_many_as_fit)
{
	ARENA(a) = arena_new(0);
	struct journal_rows rows;

	long_entry = bytes_of(arena_alloc(a, 1000), 1000);
	assert_int_equal(ask_once(a, 42, &rows), 0);
	assert_true(rows.count > 50 && rows.count < 61);
	assert_int_equal(rows.rows[rows.count - 1].no, 41 + rows.count);
	assert_int_equal(rows.rows[3].entry.n, 1000);
	assert_string_equal(rows.rows[3].event.p, "ticket.opened");
	long_entry = bytes_of("x", 1);
	assert_int_equal(ask_once(a, 42, &rows), 0);
	assert_int_equal(rows.count, JOURNAL_ROWS_MOST);
	/* a row that should be behind us */
	assert_int_equal(ask_once(a, 41, &rows), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_entry_has_the_agreed_bytes),
		cmocka_unit_test(every_day_reads_as_it_is_written),
		cmocka_unit_test(every_byte_in_place_of_a_digit_is_judged),
		cmocka_unit_test(no_changed_byte_reads_as_the_same_entry),
		cmocka_unit_test(fields_out_of_range_are_refused),
		cmocka_unit_test(the_commitment_is_salt_then_record),
		cmocka_unit_test(rows_travel_whole_and_as_many_as_fit),
	};
	return RUN_TESTS(tests);
}
