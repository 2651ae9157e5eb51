/* 検索の試験 — words of two characters are found, whatever their kana, case or width; nobody finds what is not theirs; an older store is filled. */
#include "base/check.h"
#include "store/fold.h"
#include "store/grams.h"
#include "store/reader.h"
#include "store/sql.h"
#include "store/test_ground.h"
#include "store/ticket_index.h"
#include <pthread.h>

static size_t found(struct ground *g, const char *person, const char *words)
{
	struct store_reader *reader;
	struct store_tickets out;

	CHECK_OK(store_read_open(g->home, &reader, &err_));
	CHECK_OK(store_read_search(reader, g->arena, text_at(person), text_at(words), 0, 10, &out, &err_));
	size_t count = out.count;
	reader->words_are_common = true; /* the other way to the same */
	CHECK_OK(store_read_search(reader, g->arena, text_at(person), text_at(words), 0, 10, &out, &err_));
	assert_int_equal(out.count, count);
	store_read_close(reader);
	return count;
}

/* Numbers of what a person handed in, as wanted, both ways to it; "3 1" (newest first), "3+" if there are more than `most`. */
static const char *sent_found(struct ground *g, const char *sender, struct store_wanted wanted, uint64_t before, unsigned most)
{
	struct store_reader *reader;
	struct store_passages out;
	const char *first = NULL;

	CHECK_OK(store_read_open(g->home, &reader, &err_));
	for (int way = 0; way < 2; way++) {
		struct buf b = buf_in(g->arena, 0);
		reader->words_are_common = way == 1;
		CHECK_OK(store_read_sent_found(reader, g->arena, text_at(sender), &wanted, before, most, &out, &err_));
		for (size_t i = 0; i < out.count; i++)
			buf_printf(&b, "%s%llu", i ? " " : "", (unsigned long long)out.rows[i].number);
		buf_printf(&b, "%s", out.more ? "+" : "");
		if (first)
			assert_string_equal(buf_string(&b), first);
		first = buf_string(&b);
	}
	store_read_close(reader);
	return first;
}

TEST(grams_are_characters_and_pairs)
{
	ARENA(arena) = arena_new(0);
	struct grams g;

	grams_of(arena, TEXT("税務 課"), &g);
	assert_int_equal(g.count, 4); /* 税 税務 務 課: a blank parts */
	grams_of(arena, TEXT("0123456789abcdef0123456789abcdef"), &g);
	size_t hashes = 0;
	for (size_t i = 0; i < g.count; i++)
		hashes += g.rows[i].p[0] == '#';
	assert_int_equal(hashes, 1);
	grams_of(arena, TEXT(""), &g);
	assert_int_equal(g.count, 0);
}

TEST(words_of_two_characters_are_found_however_written)
{
	struct ground *g = ground_new();
	uint64_t ticket;

	ground_waiting(g, "1001", "1003", &ticket);
	static const char *const hits[] = { "資料", "住民", "住民 資料", "説明会", "山田", "ヤマダ", "やまだ", "ﾔﾏﾀﾞ", "資料.DOCX", "ｄｏｃｘ", "総務課", "会",
					    "第1号", "高橋", "タカハシ　住民" };
	for (size_t i = 0; i < COUNT(hits); i++)
		if (found(g, "", hits[i]) != 1)
			fail_msg("not found: %s", hits[i]);
	static const char *const misses[] = { "税務", "民住", "資料 税金", "", "　", "第11号", "%", "_" };
	for (size_t i = 0; i < COUNT(misses); i++)
		if (found(g, "", misses[i]) != 0)
			fail_msg("found: %s", misses[i]);
	ground_free(g);
}

TEST(a_hash_is_found_by_its_beginning)
{
	struct ground *g = ground_new();
	uint64_t ticket;

	ground_waiting(g, "1001", "1003", &ticket);
	const char *hex = hex_of(g->arena, ground_hash(g, "output"));
	assert_int_equal(found(g, "", hex), 1);
	assert_int_equal(found(g, "", arena_printf(g->arena, "%.16s", hex)), 1);
	assert_int_equal(found(g, "", hex_of(g->arena, ground_hash(g, "another"))), 0);
	ground_free(g);
}

TEST(people_find_only_what_they_may_see)
{
	struct ground *g = ground_new();
	uint64_t ticket;
	struct bytes object = ground_waiting(g, "1001", "1003", &ticket);

	assert_int_equal(found(g, "1001", "資料"), 1); /* sender */
	assert_int_equal(found(g, "2001", "資料"), 1); /* may decide */
	assert_int_equal(found(g, "1003", "資料"), 0); /* addressee, not yet */
	assert_int_equal(found(g, "1002", "資料"), 0);
	assert_int_equal(found(g, "3001", "資料"), 0); /* chief of another unit */
	assert_int_equal(ground_decide(g, "2001", "chief of soumu", STATEMENT_APPROVE, object), 0);
	assert_int_equal(found(g, "1003", "資料"), 1);
	assert_int_equal(found(g, "2001", "資料"), 1); /* decided */
	assert_int_equal(found(g, "2002", "資料"), 0); /* might have */
	ground_free(g);
}

TEST(what_one_handed_in_is_narrowed_by_state_time_and_words)
{
	struct ground *g = ground_new();
	struct text none = TEXT("");
	uint64_t ticket;

	ground_ticket(g, "1001", "1003");
	ground_ticket(g, "1002", "1003");
	clock_set(NOW + 100);
	struct bytes object = ground_waiting(g, "1001", "3001", &ticket);
	ground_ticket(g, "1001", "1003");
	assert_string_equal(sent_found(g, "1001", (struct store_wanted){ .words = none }, 0, 10), "4 3 1");
	assert_string_equal(sent_found(g, "1001", (struct store_wanted){ .words = none }, 0, 2), "4 3+");
	assert_string_equal(sent_found(g, "1001", (struct store_wanted){ .words = none }, 3, 2), "1");
	assert_string_equal(sent_found(g, "1001", (struct store_wanted){ .state = TICKET_WAITING, .words = none }, 0, 10), "3");
	assert_string_equal(sent_found(g, "1001", (struct store_wanted){ .since = NOW + 50, .words = none }, 0, 10), "4 3");
	assert_string_equal(sent_found(g, "1001", (struct store_wanted){ .until = NOW + 100, .words = none }, 0, 10), "1");
	assert_string_equal(sent_found(g, "1001", (struct store_wanted){ .words = TEXT("資料 いとう") }, 0, 10), "3");
	assert_string_equal(sent_found(g, "1001", (struct store_wanted){ .words = TEXT("資料") }, 0, 10), "4 3 1");
	assert_string_equal(sent_found(g, "1001", (struct store_wanted){ .words = TEXT("資料") }, 0, 1), "4+");
	assert_string_equal(sent_found(g, "1001", (struct store_wanted){ .state = TICKET_RECEIVED, .since = NOW + 50, .words = TEXT("ｼﾘｮｳ") }, 0, 10), "");
	assert_string_equal(sent_found(g, "1001", (struct store_wanted){ .state = TICKET_RECEIVED, .since = NOW + 50, .words = TEXT("説明会") }, 0, 10), "4");
	assert_string_equal(sent_found(g, "1003", (struct store_wanted){ .words = TEXT("資料") }, 0, 10), ""); /* only an addressee */
	assert_int_equal(ground_decide(g, "2001", "chief of soumu", STATEMENT_RETURN, object), 0);
	assert_string_equal(sent_found(g, "1001", (struct store_wanted){ .state = TICKET_RETURNED, .words = none }, 0, 10), "3");
	ground_free(g);
}

TEST(what_waits_elsewhere_does_not_stand_before_what_is_found)
{
	struct ground *g = ground_new();
	uint64_t ticket;
	struct bytes object = ground_waiting(g, "1001", "1003", &ticket);

	assert_int_equal(ground_decide(g, "2001", "chief of soumu", STATEMENT_APPROVE, object), 0);
	for (int i = 0; i < 30; i++) /* of a unit whose chief is somebody else */
		ground_waiting(g, "1003", "1002", &ticket);
	assert_int_equal(found(g, "2001", "資料"), 1);
	assert_int_equal(found(g, "3001", "資料"), 10); /* theirs, as many as were asked for */
	ground_free(g);
}

TEST(a_passage_tells_what_was_taken_out_and_how_many_came_with_it)
{
	struct ground *g = ground_new();
	struct store_reader *reader;
	struct store_passages found;
	struct store_passage one;
	uint64_t ticket;

	ground_waiting(g, "1001", "1003", &ticket);
	CHECK_OK(sql_script(g->sql, "DELETE FROM ticket_fact; INSERT INTO ticket_fact VALUES ('tsuru', 1, 'removed', 'B1', 2), ('tsuru', 1, 'removed', 'G1', 3)", &err_));
	CHECK_OK(store_read_open(g->home, &reader, &err_));
	CHECK_OK(store_read_passage(reader, g->arena, ticket, &one, &err_));
	assert_int_equal(one.removed, 5);
	assert_int_equal(one.files, 1);
	assert_string_equal(one.addressee.p, "1003");
	CHECK_OK(store_read_passages_of_hand_in(reader, g->arena, ticket, &found, &err_));
	assert_int_equal(found.count, 1);
	assert_int_equal(store_read_passage(reader, g->arena, 99, &one, &g->err), -1);
	assert_int_equal(g->err.code, ERR_NOT_FOUND);
	store_read_close(reader);
	ground_free(g);
}

/* A reader that was given back is the same one again, unless the store is another file by then; whatever it had begun is over. */
TEST(a_reader_is_used_again)
{
	struct ground *g = ground_new();
	struct store_reader *one, *two, *again;

	CHECK_OK(store_read_take(g->home, &one, &err_));
	CHECK_OK(store_read_take(g->home, &two, &err_));
	assert_ptr_not_equal(one, two);
	store_read_give(one);
	CHECK_OK(store_read_take(g->home, &again, &err_));
	assert_ptr_equal(again, one);
	struct store_person person;
	assert_int_equal(store_read_person(again, g->arena, TEXT("9999"), &person, &g->err), -1);
	ground_person(g, "9999", "新人", "シンジン", "bu");
	assert_int_equal(store_read_person(again, g->arena, TEXT("9999"), &person, &g->err), -1); /* one state as long as it is held */
	store_read_give(again);
	CHECK_OK(store_read_take(g->home, &again, &err_));
	CHECK_OK(store_read_person(again, g->arena, TEXT("9999"), &person, &err_)); /* it sees what came since */
	store_read_give(again);
	store_read_give(two);
	const char *path = arena_printf(g->arena, "%s/records/records.db", g->home), *aside = arena_printf(g->arena, "%s.aside", path);
	must(rename(path, aside) == 0);
	assert_int_equal(store_read_take(g->home, &again, &g->err), -1);
	assert_int_equal(g->err.code, ERR_NOT_FOUND);
	must(rename(aside, path) == 0);
	CHECK_OK(store_read_take(g->home, &again, &err_));
	store_read_give(again);
	ground_free(g);
}

static void *take_and_give(void *home)
{
	struct store_reader *reader;
	struct err err = { 0 };

	for (int i = 0; i < 20; i++) {
		if (store_read_take(home, &reader, &err) != 0)
			return home;
		store_read_give(reader);
	}
	return NULL;
}

TEST(more_threads_than_places_take_turns)
{
	struct ground *g = ground_new();
	pthread_t threads[24];
	void *failed;

	for (size_t i = 0; i < COUNT(threads); i++)
		must(pthread_create(&threads[i], NULL, take_and_give, g->home) == 0);
	for (size_t i = 0; i < COUNT(threads); i++) {
		must(pthread_join(threads[i], &failed) == 0);
		assert_null(failed);
	}
	ground_free(g);
}

TEST(a_long_list_goes_on_where_it_ended)
{
	struct ground *g = ground_new();
	struct store_reader *reader;
	struct store_tickets out;
	uint64_t before = 0;
	size_t all = 0;

	for (int i = 0; i < 7; i++)
		ground_ticket(g, i % 2 ? "1001" : "1003", "1002");
	CHECK_OK(store_read_open(g->home, &reader, &err_));
	do {
		CHECK_OK(store_read_search(reader, g->arena, TEXT("1001"), TEXT("住民"), before, 2, &out, &err_));
		all += out.count;
		before = out.count ? out.rows[out.count - 1].number : 0;
	} while (out.more);
	store_read_close(reader);
	assert_int_equal(all, 3);
	ground_free(g);
}

TEST(tickets_from_before_the_index_are_filled_in)
{
	struct ground *g = ground_new();
	uint64_t ticket, done;

	ground_waiting(g, "1001", "1003", &ticket);
	CHECK_OK(sql_script(g->sql, "DELETE FROM ticket_text; DELETE FROM ticket_gram; DELETE FROM ticket_fact", &err_));
	assert_int_equal(found(g, "", "資料"), 0);
	CHECK_OK(ticket_index_fill(g->sql, g->site, &done, &err_));
	assert_int_equal(done, 1);
	assert_int_equal(found(g, "", "資料"), 1);
	CHECK_OK(ticket_index_fill(g->sql, g->site, &done, &err_));
	assert_int_equal(done, 0);
	ground_free(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grams_are_characters_and_pairs), cmocka_unit_test(words_of_two_characters_are_found_however_written),
		cmocka_unit_test(a_hash_is_found_by_its_beginning), cmocka_unit_test(people_find_only_what_they_may_see),
		cmocka_unit_test(what_one_handed_in_is_narrowed_by_state_time_and_words),
		cmocka_unit_test(what_waits_elsewhere_does_not_stand_before_what_is_found),
		cmocka_unit_test(a_passage_tells_what_was_taken_out_and_how_many_came_with_it),
		cmocka_unit_test(a_reader_is_used_again),
		cmocka_unit_test(more_threads_than_places_take_turns),
		cmocka_unit_test(a_long_list_goes_on_where_it_ended), cmocka_unit_test(tickets_from_before_the_index_are_filled_in),
	};
	return RUN_TESTS(tests);
}
