/* 承認の署名文 — tests. */
#include "base/check.h"
#include "base/code.h"
#include "evidence/statement.h"

static const uint8_t two[2][SHA256_BYTES] = { { 9, 1 }, { 3, 2 } };

static struct statement sample(void)
{
	return (struct statement){ .action = TEXT(STATEMENT_APPROVE), .at = 1795684364, .factor = TEXT("totp"), .person = TEXT("1001"),
		.post = TEXT("chief of 010"), .reason = TEXT("内容を確認した\n二行目"), .site = TEXT("sample-city"), .objects = two, .count = 2 };
}

TEST(what_is_built_reads_back_with_its_objects_sorted)
{
	ARENA(a) = arena_new(0);
	struct statement s = sample(), back;
	struct bytes b, again;
	CHECK_OK(statement_build(a, &s, &b, &err_));
	CHECK_OK(statement_read(a, b, &back, &err_));
	assert_int_equal(back.count, 2);
	assert_int_equal(back.objects[0][0], 3);
	assert_true(statement_names(&back, two[0]) && statement_names(&back, two[1]));
	assert_false(statement_names(&back, (const uint8_t[SHA256_BYTES]){ 9 }));
	assert_true(back.at == s.at && text_equal(back.reason, s.reason) && text_equal(back.post, s.post));
	CHECK_OK(statement_build(a, &back, &again, &err_));
	assert_true(bytes_equal(b, again));
}

TEST(the_form_is_the_documented_one)
{
	ARENA(a) = arena_new(0);
	struct statement s = sample();
	struct bytes b;
	struct sha256 h;
	uint8_t batch[SHA256_BYTES];
	char *low = hex_of(a, bytes_of(two[1], 32)), *high = hex_of(a, bytes_of(two[0], 32));
	sha256_start(&h);
	sha256_add(&h, low, 64), sha256_add(&h, "\n", 1), sha256_add(&h, high, 64);
	sha256_end(&h, batch);
	CHECK_OK(statement_build(a, &s, &b, &err_));
	const char *want = arena_printf(a, "{\"action\":\"ticket.approve\",\"at\":\"2026-11-26T09:12:44Z\",\"batch\":\"%s\",\"factor\":\"totp\","
		"\"objects\":[\"%s\",\"%s\"],\"person\":\"1001\",\"post\":\"chief of 010\",\"reason\":\"内容を確認した\\n二行目\",\"site\":\"sample-city\",\"v\":1}",
		hex_of(a, bytes_of(batch, 32)), low, high);
	assert_int_equal(b.n, strlen(want));
	assert_memory_equal(b.p, want, b.n);
}

TEST(any_changed_byte_breaks_the_signature)
{
	ARENA(a) = arena_new(0);
	uint8_t public_key[32], secret[64], other_public[32], other_secret[64], signature[64];
	struct statement s = sample(), out;
	struct bytes b;
	struct err err;
	ed25519_pair(public_key, secret), ed25519_pair(other_public, other_secret);
	CHECK_OK(statement_build(a, &s, &b, &err_));
	ed25519_sign(b, secret, signature);
	CHECK_OK(statement_verify(a, b, public_key, bytes_of(signature, 64), &out, &err_));
	assert_int_equal(statement_verify(a, b, other_public, bytes_of(signature, 64), &out, &err), -1);
	assert_int_equal(err.code, ERR_SIGNATURE);
	assert_int_equal(statement_verify(a, b, public_key, bytes_of(signature, 63), &out, &err), -1);
	uint8_t *copy = arena_copy(a, b.p, b.n);
	for (size_t i = 0; i < b.n; i++) {
		copy[i] ^= 1;
		assert_int_equal(statement_verify(a, bytes_of(copy, b.n), public_key, bytes_of(signature, 64), &out, &err), -1);
		assert_int_equal(err.code, ERR_SIGNATURE);
		copy[i] ^= 1;
	}
}

static void refused(struct arena *a, const char *json)
{
	struct statement out;
	if (statement_read(a, bytes_of(json, strlen(json)), &out, NULL) == 0) {
		print_error("accepted: %s\n", json);
		assert_true(false);
	}
}

/* Signed or not: what authd would not write is not read. */
TEST(what_is_not_exactly_the_form_is_refused)
{
	ARENA(a) = arena_new(0);
	struct statement s = sample(), out;
	struct bytes b;
	static const char *const changes[][2] = {
		{ "\"ticket.approve\"", "\"ticket.steal\"" }, { "\"ticket.approve\"", "7" }, { "44Z", "45z" }, { "09:12", "25:12" },
		{ "\"totp\"", "\"none\"" }, { "\"1001\"", "\"\"" }, { "\"v\":1", "\"v\":2" }, { ",\"v\":1", ",\"v\":1,\"w\":1" },
		{ "\"action\"", " \"action\"" }, { "\"batch\":\"", "\"batch\":\"0" }, { "\"objects\":[", "\"objects\":[\"00\"," },
		{ "\"post\":\"chief of 010\",", "" }, { "chief of 010", "chief\\nof 010" },
	};
	CHECK_OK(statement_build(a, &s, &b, &err_));
	const char *good = (const char *)b.p;
	for (size_t i = 0; i < COUNT(changes); i++) {
		const char *at = strstr(good, changes[i][0]);
		assert_non_null(at);
		refused(a, arena_printf(a, "%.*s%s%s", (int)(at - good), good, changes[i][1], at + strlen(changes[i][0])));
	}
	/* Another batch, objects in the wrong order, one object twice. */
	char *wrong = arena_copy(a, good, b.n);
	char *batch = strstr(wrong, "\"batch\":\"") + 9;
	*batch = *batch == '0' ? '1' : '0';
	refused(a, wrong);
	char *swap = arena_copy(a, good, b.n), first[64];
	char *list = strstr(swap, "[\"") + 2;
	memcpy(first, list, 64), memcpy(list, list + 67, 64), memcpy(list + 67, first, 64);
	refused(a, swap);
	memcpy(list + 67, list, 64);
	refused(a, swap);
	for (size_t n = 0; n < b.n; n++)
		assert_int_equal(statement_read(a, bytes_of(good, n), &out, NULL), -1);
}

TEST(what_cannot_be_said_is_not_built)
{
	ARENA(a) = arena_new(0);
	struct bytes b;
	struct statement s = sample();
	static const uint8_t twice[2][SHA256_BYTES] = { { 1 }, { 1 } };
	s.objects = twice;
	assert_int_equal(statement_build(a, &s, &b, NULL), -1);
	s = sample(), s.count = 0;
	assert_int_equal(statement_build(a, &s, &b, NULL), -1);
	s = sample(), s.count = STATEMENT_OBJECTS_MOST + 1;
	assert_int_equal(statement_build(a, &s, &b, NULL), -1);
	s = sample(), s.action = TEXT(STATEMENT_RETURN), s.reason = TEXT("");
	assert_int_equal(statement_build(a, &s, &b, NULL), -1);
	s = sample(), s.reason = TEXT("\x1b[2J");
	assert_int_equal(statement_build(a, &s, &b, NULL), -1);
	s = sample(), s.person = TEXT("");
	assert_int_equal(statement_build(a, &s, &b, NULL), -1);
}

TEST(the_longest_statement_fits_its_bound)
{
	ARENA(a) = arena_new(0);
	struct statement s = sample(), out;
	struct bytes b;
	uint8_t(*many)[SHA256_BYTES] = arena_alloc(a, STATEMENT_OBJECTS_MOST * SHA256_BYTES);
	char *quotes = arena_alloc(a, STATEMENT_REASON_MOST + 1), *word = arena_alloc(a, STATEMENT_WORD_MOST + 1);
	memset(quotes, '"', STATEMENT_REASON_MOST), memset(word, '\\', STATEMENT_WORD_MOST);
	for (size_t i = 0; i < STATEMENT_OBJECTS_MOST; i++)
		many[i][5] = (uint8_t)i;
	s.objects = (const uint8_t(*)[SHA256_BYTES])many, s.count = STATEMENT_OBJECTS_MOST;
	s.reason = (struct text){ quotes, STATEMENT_REASON_MOST };
	s.site = s.post = s.person = (struct text){ word, STATEMENT_WORD_MOST };
	CHECK_OK(statement_build(a, &s, &b, &err_));
	assert_true(b.n <= STATEMENT_BYTES_MOST);
	CHECK_OK(statement_read(a, b, &out, &err_));
}

TEST(every_field_of_a_ticket_changes_its_hash)
{
	struct statement_ticket t = { .ticket = 7, .site = TEXT("s"), .sender = TEXT("1"), .addressee = TEXT("2"), .purpose = TEXT("p"), .name = TEXT("n") };
	uint8_t first[32], h[32];
	statement_object_hash(&t, first);
	struct statement_ticket c[8];
	for (size_t i = 0; i < COUNT(c); i++)
		c[i] = t;
	c[0].ticket = 8, c[1].site = c[2].sender = c[3].addressee = c[4].purpose = c[5].name = TEXT("x"), c[6].input[31] = 1, c[7].output[0] = 1;
	for (size_t i = 0; i < COUNT(c); i++) {
		statement_object_hash(&c[i], h);
		assert_memory_not_equal(h, first, 32);
	}
	ARENA(a) = arena_new(0);
	struct bytes json = statement_object(a, &t);
	const char *zero = "0000000000000000000000000000000000000000000000000000000000000000";
	const char *want = arena_printf(a, "{\"addressee\":\"2\",\"input\":\"%s\",\"name\":\"n\",\"output\":\"%s\",\"purpose\":\"p\",\"sender\":\"1\",\"site\":\"s\",\"ticket\":7,\"v\":1}", zero, zero);
	assert_int_equal(json.n, strlen(want));
	assert_memory_equal(json.p, want, json.n);
}

TEST(every_field_of_a_policy_changes_its_hash)
{
	struct statement_policy p = { .site = TEXT("s"), .author = TEXT("1") }, c[4] = { p, p, p, p };
	uint8_t first[32], h[32];

	statement_policy_hash(&p, first);
	c[0].site = c[1].author = TEXT("x"), c[2].text[31] = 1, c[3].replaces[0] = 1;
	for (size_t i = 0; i < COUNT(c); i++) {
		statement_policy_hash(&c[i], h);
		assert_memory_not_equal(h, first, 32);
	}
}

TEST(proposing_and_sending_back_want_a_reason)
{
	static const struct { const char *action; bool wants; } acts[] = { { STATEMENT_APPROVE, false }, { STATEMENT_ADOPT, false }, { STATEMENT_RETURN, true },
		{ STATEMENT_RELEASE, true }, { STATEMENT_PROPOSE, true }, { STATEMENT_REJECT, true } };
	ARENA(a) = arena_new(0);

	for (size_t i = 0; i < COUNT(acts); i++) {
		struct statement s = sample();
		struct bytes b;
		s.action = (struct text){ acts[i].action, strlen(acts[i].action) };
		CHECK_OK(statement_build(a, &s, &b, &err_));
		s.reason = TEXT("");
		assert_int_equal(statement_build(a, &s, &b, NULL), acts[i].wants ? -1 : 0);
	}
}

TEST(the_public_key_is_one_line_of_hex)
{
	uint8_t key[32];
	const char *good = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n";
	CHECK_OK(statement_public_key(bytes_of(good, 65), key, &err_));
	assert_int_equal(key[31], 0xff);
	assert_int_equal(statement_public_key(bytes_of(good, 64), key, NULL), -1);
	assert_int_equal(statement_public_key(BYTES("00112233445566778899AABBCCDDEEFF00112233445566778899aabbccddeeff\n"), key, NULL), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_built_reads_back_with_its_objects_sorted),
		cmocka_unit_test(the_form_is_the_documented_one),
		cmocka_unit_test(any_changed_byte_breaks_the_signature),
		cmocka_unit_test(what_is_not_exactly_the_form_is_refused),
		cmocka_unit_test(what_cannot_be_said_is_not_built),
		cmocka_unit_test(the_longest_statement_fits_its_bound),
		cmocka_unit_test(every_field_of_a_ticket_changes_its_hash),
		cmocka_unit_test(every_field_of_a_policy_changes_its_hash),
		cmocka_unit_test(proposing_and_sending_back_want_a_reason),
		cmocka_unit_test(the_public_key_is_one_line_of_hex),
	};
	return RUN_TESTS(tests);
}
