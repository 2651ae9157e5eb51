/* 受け渡しの通し試験 — authd, transferd, recordd and evidenced as they are, a stand-in for the sanitiser that can also lie and die, four people.
 * passage BUILD-FOLDER */
#include "base/check.h"
#include "base/clock.h"
#include "base/code.h"
#include "base/file.h"
#include "base/json.h"
#include "evidence/statement.h"
#include "people/totp.h"
#include "sanitize/client.h"
#include "store/client.h"
#include "support/passage_people.h"
#include "support/sanitizer_stand_in.h"
#include "transfer/limits.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static struct ground g;
static const char *programs;
static uint8_t sender[AUTH_TOKEN], chief[AUTH_TOKEN], deputy[AUTH_TOKEN], second_deputy[AUTH_TOKEN], addressee[AUTH_TOKEN], stranger[AUTH_TOKEN];

static int begin(void **state)
{
	(void)state;
	ground_make(&g, programs);
	daemon_start(&g, "recordd");
	daemon_start(&g, "evidenced");
	daemon_start(&g, "authd");
	daemon_start(&g, "transferd");
	stand_in_start(&g, STAND_IN_CLEAN);
	return 0;
}

static int end(void **state)
{
	(void)state;
	ground_remove(&g);
	return 0;
}

static size_t entries(const char *folder)
{
	char command[128], line[32] = "";
	snprintf(command, sizeof command, "ls %s/spool/%s | wc -l", g.home, folder);
	FILE *p = popen(command, "r");
	must(fgets(line, sizeof line, p));
	pclose(p);
	return (size_t)strtoul(line, NULL, 10);
}

/* One minute: files that got no ticket are erased then; temporary ones at once. */
static void wait_entries(const char *folder, size_t count)
{
	int64_t until = clock_milliseconds() + 3000;
	while (entries(folder) != count && clock_milliseconds() < until)
		usleep(20000);
	assert_int_equal(entries(folder), count);
}

#define REFUSED(call, want) do { struct err err_ = { 0 }; assert_int_equal((call), -1); if (err_.code != (want)) print_error("%s: %s\n", #call, err_.say); assert_int_equal(err_.code, (want)); } while (0)

/* ---- authd ---- */

TEST(without_a_policy_nothing_is_taken_in)
{
	ARENA(a) = arena_new(0);
	FD(recordd) = people_connect(&g.operator, "recordd");
	FD(authd) = people_connect(&g.operator, "authd");
	FD(transferd) = people_connect(&g.internet, "transferd");
	struct transfer_terms terms;
	uint64_t ticket;
	CHECK_OK(store_call_unit_add(recordd, a, &(struct store_unit_add){ TEXT("first"), TEXT("最初の課"), TEXT("") }, NULL, &err_));
	CHECK_OK(store_call_person_add(recordd, a, &(struct store_person_add){ TEXT("3001"), TEXT("最初"), TEXT("サイショ"), TEXT("first"), TEXT("") }, NULL, &err_));
	CHECK_OK(auth_set_password(authd, TEXT("3001"), TEXT(PASSWORD), false, false, &err_));
	CHECK_OK(auth_set_factor(authd, TEXT("3001"), bytes_of(factor_secret, 20), &err_));
	uint8_t token[AUTH_TOKEN];
	people_sign_in(&g, FACE_INTERNET, "3001", token);
	REFUSED(transfer_terms(transferd, token, &terms, &err_), ERR_NOT_FOUND);
	REFUSED(people_hand_in(&g, token, "3001", 10, &ticket, &err_), ERR_NOT_FOUND);
	people_make(&g, 8);
	CHECK_OK(transfer_terms(transferd, token, &terms, &err_));
	assert_int_equal(terms.bytes_most, 8 << 20);
	assert_int_equal(terms.keep_days, 1);
}

static enum auth_status try_in(int authd, const char *number, const char *password, const char *code, const char *source)
{
	struct auth_outcome out;
	CHECK_OK(auth_sign_in(authd, FACE_INTERNET, (struct text){ number, strlen(number) }, (struct text){ password, strlen(password) },
			      (struct text){ code, strlen(code) }, (struct text){ source, strlen(source) }, &out, &err_));
	return out.status;
}

TEST(a_wrong_number_password_or_code_look_alike)
{
	FD(authd) = people_connect(&g.internet, "authd");
	assert_int_equal(try_in(authd, "9999", PASSWORD, "123456", "203.0.113.1"), AUTH_WRONG);
	assert_int_equal(try_in(authd, SENDER, "kaze to nami no oto", "123456", "203.0.113.2"), AUTH_WRONG);
	assert_int_equal(try_in(authd, SENDER, PASSWORD, "12345x", "203.0.113.3"), AUTH_WRONG);
	assert_int_equal(try_in(authd, "no such number, and no number at all", PASSWORD, "123456", "203.0.113.4"), AUTH_WRONG);
	/* and without a code: nothing is said about the password */
	assert_int_equal(try_in(authd, "9999", PASSWORD, "", "203.0.113.5"), AUTH_CODE_WANTED);
	assert_int_equal(try_in(authd, SENDER, "kaze to nami no oto", "", "203.0.113.6"), AUTH_CODE_WANTED);
	assert_int_equal(try_in(authd, SENDER, PASSWORD, "", "203.0.113.7"), AUTH_CODE_WANTED);
}

/* The middle of several tries each; the work is the same, so the times are of one size. */
TEST(a_wrong_number_costs_what_a_wrong_password_costs)
{
	FD(authd) = people_connect(&g.internet, "authd");
	int64_t spent[2][5];
	char source[32];
	for (int i = 0; i < 10; i++) {
		snprintf(source, sizeof source, "198.18.0.%d", i);
		int64_t from = clock_milliseconds();
		assert_int_equal(try_in(authd, i % 2 ? "9999" : SENDER, "kaze to nami no oto", "123456", source), AUTH_WRONG);
		spent[i % 2][i / 2] = clock_milliseconds() - from;
	}
	int64_t middle[2];
	for (int k = 0; k < 2; k++) {
		for (int i = 0; i < 5; i++)
			for (int j = i + 1; j < 5; j++)
				if (spent[k][j] < spent[k][i]) {
					int64_t t = spent[k][i];
					spent[k][i] = spent[k][j], spent[k][j] = t;
				}
		middle[k] = spent[k][2];
	}
	print_message("wrong password %lld ms, wrong number %lld ms\n", (long long)middle[0], (long long)middle[1]);
	assert_true(middle[0] >= 20 && middle[1] >= 20); /* both were hashed */
	assert_true(middle[0] < 3 * middle[1] && middle[1] < 3 * middle[0]);
}

TEST(a_code_lets_in_once)
{
	FD(authd) = people_connect(&g.internet, "authd");
	struct text code = fresh_code(STRANGER);
	char copy[8] = { 0 };
	memcpy(copy, code.p, code.n);
	assert_int_equal(try_in(authd, STRANGER, PASSWORD, copy, "192.0.2.1"), AUTH_IN);
	assert_int_equal(try_in(authd, STRANGER, PASSWORD, copy, "192.0.2.1"), AUTH_WRONG);
}

TEST(failures_make_one_wait_but_not_the_colleague_elsewhere)
{
	FD(authd) = people_connect(&g.internet, "authd");
	int tries = 0;
	while (try_in(authd, CHIEF, "kaze to nami no oto", "123456", "203.0.113.66") != AUTH_WAIT)
		assert_true(++tries < 10);
	char code[8];
	snprintf(code, sizeof code, "%06u", totp_code(bytes_of(factor_secret, 20), totp_step(clock_now()) + 1));
	assert_int_equal(try_in(authd, CHIEF, PASSWORD, code, "203.0.113.66"), AUTH_WAIT); /* even when right */
	people_sign_in(&g, FACE_OFFICE, CHIEF, chief);
	people_sign_in(&g, FACE_OFFICE, DEPUTY, deputy);
	people_sign_in(&g, FACE_OFFICE, SECOND_DEPUTY, second_deputy);
}

TEST(a_face_signs_in_for_itself_only)
{
	FD(authd) = people_connect(&g.internet, "authd");
	struct auth_outcome out;
	REFUSED(auth_sign_in(authd, FACE_OFFICE, TEXT(SENDER), TEXT(PASSWORD), TEXT("123456"), TEXT("192.0.2.1"), &out, &err_), ERR_DENIED);
	REFUSED(auth_set_password(authd, TEXT(SENDER), TEXT("another good password"), false, false, &err_), ERR_DENIED);
	REFUSED(auth_set_factor(authd, TEXT(SENDER), bytes_of(factor_secret, 20), &err_), ERR_DENIED);
}

TEST(a_new_person_chooses_a_password_and_enrols)
{
	ARENA(a) = arena_new(0);
	FD(operator) = people_connect(&g.operator, "authd");
	FD(recordd) = people_connect(&g.operator, "recordd");
	FD(authd) = people_connect(&g.internet, "authd");
	FD(office) = people_connect(&g.office, "authd");
	struct auth_outcome out, again;
	struct text secret, uri, once_more;
	struct bytes key;
	char code[8];
	CHECK_OK(store_call_person_add(recordd, a, &(struct store_person_add){ TEXT("4001"), TEXT("新人"), TEXT("シンジン"), TEXT("soumu"), TEXT("") }, NULL, &err_));
	REFUSED(auth_set_password(operator, TEXT("4001"), TEXT("short"), true, false, &err_), ERR_INVALID);
	CHECK_OK(auth_set_password(operator, TEXT("4001"), TEXT("hajimete no aikotoba"), true, false, &err_));
	CHECK_OK(auth_sign_in(authd, FACE_INTERNET, TEXT("4001"), TEXT("hajimete no aikotoba"), TEXT(""), TEXT("192.0.2.9"), &out, &err_));
	assert_int_equal(out.status, AUTH_NEW_PASSWORD);
	uint8_t change[AUTH_TOKEN];
	memcpy(change, out.token, sizeof change);
	REFUSED(auth_enrol_begin(authd, change, a, &secret, &uri, &err_), ERR_EXPIRED); /* not yet */
	CHECK_OK(auth_change_password(authd, change, TEXT(""), TEXT(""), TEXT("kumo-4001-kumo"), TEXT("192.0.2.9"), &out, &err_));
	assert_int_equal(out.status, AUTH_PASSWORD_REFUSED);
	assert_int_equal(out.refusal, PASSWORD_OWN_NUMBER);
	CHECK_OK(auth_change_password(authd, change, TEXT(""), TEXT(""), TEXT("hajimete no aikotoba"), TEXT("192.0.2.9"), &out, &err_));
	assert_int_equal(out.refusal, PASSWORD_SAME);
	CHECK_OK(auth_change_password(authd, change, TEXT(""), TEXT(""), TEXT("雲と風と海のあいだに"
									      "立つ"), TEXT("192.0.2.9"), &out, &err_));
	assert_int_equal(out.status, AUTH_ENROL);
	REFUSED(auth_enrol_begin(office, out.token, a, &secret, &uri, &err_), ERR_EXPIRED); /* another face */
	CHECK_OK(auth_enrol_begin(authd, out.token, a, &secret, &uri, &err_));
	CHECK_OK(auth_enrol_begin(authd, out.token, a, &once_more, &uri, &err_));
	assert_true(text_equal(secret, once_more));
	assert_non_null(strstr(uri.p, "4001"));
	CHECK_OK(base32_decode(a, bytes_of_text(secret), &key, &err_));
	uint32_t right = totp_code(key, totp_step(clock_now()));
	snprintf(code, sizeof code, "%06u", (right + 1) % 1000000);
	CHECK_OK(auth_enrol_confirm(authd, out.token, (struct text){ code, 6 }, &again, &err_));
	assert_int_equal(again.status, AUTH_WRONG);
	snprintf(code, sizeof code, "%06u", totp_code(key, totp_step(clock_now())));
	CHECK_OK(auth_enrol_confirm(authd, out.token, (struct text){ code, 6 }, &again, &err_));
	assert_int_equal(again.status, AUTH_IN);
	REFUSED(auth_enrol_begin(authd, out.token, a, &secret, &uri, &err_), ERR_EXPIRED); /* shown no more */
	FD(transferd) = people_connect(&g.internet, "transferd");
	struct transfer_person who;
	CHECK_OK(transfer_who(transferd, again.token, false, a, &who, &err_));
	assert_string_equal(who.number.p, "4001");
	/* the code that confirmed it does not sign in as well */
	assert_int_equal(try_in(authd, "4001", "雲と風と海のあいだに立つ", code, "192.0.2.9"), AUTH_WRONG);
	CHECK_OK(auth_sign_out(authd, again.token, &err_));
	REFUSED(transfer_who(transferd, again.token, false, a, &who, &err_), ERR_NOT_SIGNED_IN);
}

TEST(a_reset_voids_what_was_begun)
{
	FD(operator) = people_connect(&g.operator, "authd");
	FD(authd) = people_connect(&g.internet, "authd");
	struct auth_outcome out, after;
	CHECK_OK(auth_set_password(operator, TEXT("4001"), TEXT("hajimete no aikotoba"), true, true, &err_));
	CHECK_OK(auth_sign_in(authd, FACE_INTERNET, TEXT("4001"), TEXT("hajimete no aikotoba"), TEXT(""), TEXT("192.0.2.10"), &out, &err_));
	assert_int_equal(out.status, AUTH_NEW_PASSWORD);
	CHECK_OK(auth_set_password(operator, TEXT("4001"), TEXT("nidome no aikotoba"), true, true, &err_));
	REFUSED(auth_change_password(authd, out.token, TEXT(""), TEXT(""), TEXT("nani mo shiranai hito"), TEXT(""), &after, &err_), ERR_EXPIRED);
}

TEST(what_is_typed_too_long_is_told_and_ends_no_connection)
{
	ARENA(a) = arena_new(0);
	FD(authd) = people_connect(&g.internet, "authd");
	struct auth_outcome out;
	char *word = arena_alloc(a, 5001);
	memset(word, 'a', 5000);
	REFUSED(auth_sign_in(authd, FACE_INTERNET, TEXT("4001"), (struct text){ word, 5000 }, TEXT(""), TEXT("192.0.2.13"), &out, &err_), ERR_LIMIT);
	CHECK_OK(auth_sign_in(authd, FACE_INTERNET, TEXT("4001"), TEXT("nani mo shiranai hito"), TEXT(""), TEXT("192.0.2.13"), &out, &err_));
}

TEST(who_has_left_looks_like_nobody)
{
	ARENA(a) = arena_new(0);
	FD(recordd) = people_connect(&g.operator, "recordd");
	FD(authd) = people_connect(&g.internet, "authd");
	CHECK_OK(store_call_person_leave(recordd, a, &(struct store_person_leave){ TEXT("3001"), clock_now() - 1 }, NULL, &err_));
	assert_int_equal(try_in(authd, "3001", PASSWORD, fresh_code("3001").p, "192.0.2.11"), AUTH_WRONG);
}

TEST(a_password_is_changed_in_a_session_with_both_factors)
{
	FD(authd) = people_connect(&g.internet, "authd");
	struct auth_outcome out;
	uint8_t token[AUTH_TOKEN];
	people_sign_in(&g, FACE_INTERNET, STRANGER, token);
	memcpy(stranger, token, sizeof token);
	struct text code = fresh_code(STRANGER);
	CHECK_OK(auth_change_password(authd, token, TEXT("kaze to nami no oto"), code, TEXT("another good password"), TEXT("192.0.2.12"), &out, &err_));
	assert_int_equal(out.status, AUTH_WRONG);
	CHECK_OK(auth_change_password(authd, token, TEXT(PASSWORD), TEXT("000000"), TEXT("another good one 1"), TEXT("192.0.2.12"), &out, &err_));
	assert_int_equal(out.status, AUTH_WRONG);
	CHECK_OK(auth_change_password(authd, token, TEXT(PASSWORD), code, TEXT("tsugi no aikotoba da"), TEXT("192.0.2.12"), &out, &err_));
	assert_int_equal(out.status, AUTH_IN);
	assert_int_equal(try_in(authd, STRANGER, PASSWORD, "", "192.0.2.13"), AUTH_CODE_WANTED);
	FD(operator) = people_connect(&g.operator, "authd");
	CHECK_OK(auth_set_password(operator, TEXT(STRANGER), TEXT(PASSWORD), false, false, &err_));
}

static bool is_signed_in(const uint8_t token[AUTH_TOKEN])
{
	ARENA(a) = arena_new(0);
	struct transfer_person who;
	struct err err = { 0 };
	FD(transferd) = people_connect(&g.internet, "transferd");
	if (transfer_who(transferd, token, true, a, &who, &err) == 0)
		return true;
	assert_int_equal(err.code, ERR_NOT_SIGNED_IN);
	return false;
}

TEST(a_changed_password_ends_the_other_sessions)
{
	FD(authd) = people_connect(&g.internet, "authd");
	FD(operator) = people_connect(&g.operator, "authd");
	struct auth_outcome out;
	uint8_t stolen[AUTH_TOKEN], own[AUTH_TOKEN];
	CHECK_OK(auth_set_factor(operator, TEXT(STRANGER), bytes_of(factor_secret, 20), &err_));
	people_sign_in(&g, FACE_INTERNET, STRANGER, stolen);
	people_sign_in(&g, FACE_INTERNET, STRANGER, own);
	assert_true(is_signed_in(stolen) && is_signed_in(own));
	CHECK_OK(auth_change_password(authd, own, TEXT(PASSWORD), fresh_code(STRANGER), TEXT("tsugi no aikotoba da"), TEXT("192.0.2.14"), &out, &err_));
	assert_int_equal(out.status, AUTH_IN);
	assert_true(is_signed_in(own));
	assert_false(is_signed_in(stolen));
	/* set by the operator: every one */
	CHECK_OK(auth_set_password(operator, TEXT(STRANGER), TEXT(PASSWORD), false, false, &err_));
	assert_false(is_signed_in(own));
	people_sign_in(&g, FACE_INTERNET, STRANGER, own);
	CHECK_OK(auth_set_factor(operator, TEXT(STRANGER), bytes_of(factor_secret, 20), &err_));
	assert_false(is_signed_in(own));
	people_sign_in(&g, FACE_INTERNET, STRANGER, stranger);
}

/* ---- the passage ---- */

static void is_content(int fd, size_t n)
{
	static const char prefix[] = "clean:";
	uint8_t byte;
	char head[sizeof prefix - 1];
	must(pread(fd, head, sizeof head, 0) == sizeof head);
	assert_memory_equal(head, prefix, sizeof head);
	for (size_t at = 0; at < n; at += 1 + n / 97) {
		must(pread(fd, &byte, 1, (off_t)(at + sizeof head)) == 1);
		assert_int_equal(byte, people_byte(at));
	}
	assert_true(write(fd, "x", 1) < 0 && errno == EPERM); /* sealed */
}

TEST(a_file_crosses_sanitised_approved_and_recorded)
{
	ARENA(a) = arena_new(0);
	struct store_ticket t;
	struct transfer_file file;
	uint64_t ticket;
	people_sign_in(&g, FACE_INTERNET, SENDER, sender);
	people_sign_in(&g, FACE_OFFICE, ADDRESSEE, addressee);
	CHECK_OK(people_hand_in(&g, sender, ADDRESSEE, 1000000, &ticket, &err_));
	people_wait_judged(&g, ticket, a, &t);
	assert_int_equal(t.state, TICKET_WAITING);
	assert_string_equal(t.name.p, "資料.txt");
	assert_int_equal(t.output_bytes, 1000006);
	assert_int_equal(entries("in"), 1); /* the original stays in quarantine */
	assert_int_equal(entries("out"), 1);
	REFUSED(people_fetch(&g, addressee, ticket, a, &file, &err_), ERR_DENIED); /* not approved */
	CHECK_OK(people_decide(&g, chief, CHIEF, STATEMENT_APPROVE, &ticket, 1, &err_));
	REFUSED(people_fetch(&g, chief, ticket, a, &file, &err_), ERR_NOT_FOUND); /* not the addressee */
	REFUSED(people_fetch(&g, sender, ticket, a, &file, &err_), ERR_NOT_SIGNED_IN); /* a session of the other face */
	CHECK_OK(people_fetch(&g, addressee, ticket, a, &file, &err_));
	assert_string_equal(file.name.p, "資料.txt");
	assert_string_equal(file.media_type.p, "text/plain");
	assert_int_equal(file.bytes, 1000006);
	is_content(file.fd, 1000000);
	close(file.fd);
	people_ticket(&g, ticket, a, &t);
	assert_int_equal(t.state, TICKET_FETCHED);
	assert_int_equal(t.fetches, 1);
	CHECK_OK(people_fetch(&g, addressee, ticket, a, &file, &err_));
	close(file.fd);
	people_ticket(&g, ticket, a, &t);
	assert_int_equal(t.fetches, 2);
}

TEST(a_sender_sees_the_own_tickets_only)
{
	ARENA(a) = arena_new(0);
	FD(transferd) = people_connect(&g.internet, "transferd");
	struct transfer_tickets mine, theirs;
	struct transfer_ticket one;
	struct bytes report;
	CHECK_OK(transfer_my_tickets(transferd, sender, &(struct transfer_wanted){ .most = 10, .full = true, .words = TEXT("") }, a, &mine, &err_));
	assert_true(mine.count >= 1);
	assert_string_equal(mine.rows[0].addressee.p, ADDRESSEE);
	assert_int_equal(mine.rows[0].removed, 3);
	CHECK_OK(transfer_my_tickets(transferd, stranger, &(struct transfer_wanted){ .most = 10, .words = TEXT("") }, a, &theirs, &err_));
	assert_int_equal(theirs.count, 0);
	CHECK_OK(transfer_my_ticket(transferd, sender, false, mine.rows[0].number, a, &one, &report, &err_));
	assert_int_equal(one.state, TICKET_FETCHED);
	assert_non_null(memmem(report.p, report.n, "\"verdict\":\"clean\"", 17));
	REFUSED(transfer_my_ticket(transferd, stranger, false, mine.rows[0].number, a, &one, &report, &err_), ERR_NOT_FOUND);
	REFUSED(transfer_my_ticket(transferd, chief, false, mine.rows[0].number, a, &one, &report, &err_), ERR_NOT_SIGNED_IN);
	struct transfer_addressees found;
	CHECK_OK(transfer_addressees(transferd, sender, TEXT("総務"), a, &found, &err_));
	assert_true(found.count >= 1);
}

TEST(each_process_is_given_only_its_own_requests)
{
	ARENA(a) = arena_new(0);
	FD(office) = people_connect(&g.office, "transferd");
	FD(internet) = people_connect(&g.internet, "transferd");
	struct transfer_person who;
	struct transfer_file file;
	REFUSED(transfer_who(office, chief, false, a, &who, &err_), ERR_DENIED);
	REFUSED(transfer_fetch(internet, addressee, 1, a, &file, &err_), ERR_NOT_SIGNED_IN); /* there only what goes out is fetched, in a session of that face */
}

TEST(a_chief_signs_once_per_code_and_never_for_the_wrong_person)
{
	uint64_t ticket;
	ARENA(a) = arena_new(0);
	struct store_ticket t;
	CHECK_OK(people_hand_in(&g, sender, ADDRESSEE, 10, &ticket, &err_));
	people_wait_judged(&g, ticket, a, &t);
	REFUSED(people_decide(&g, addressee, ADDRESSEE, STATEMENT_APPROVE, &ticket, 1, &err_), ERR_DENIED); /* no post over the sender */
	FD(authd) = people_connect(&g.office, "authd");
	struct auth_approval approval;
	CHECK_OK(auth_approve(authd, chief, TEXT("000000"), TEXT(STATEMENT_APPROVE), TEXT(""), (const uint8_t(*)[32])t.object.p, 1, a, &approval, &err_));
	assert_int_equal(approval.status, AUTH_WRONG);
	assert_int_equal(approval.statement.n, 0);
	CHECK_OK(auth_approve(authd, chief, TEXT(""), TEXT(STATEMENT_APPROVE), TEXT(""), (const uint8_t(*)[32])t.object.p, 1, a, &approval, &err_));
	assert_int_equal(approval.status, AUTH_CODE_WANTED);
	struct text code = fresh_code(CHIEF);
	CHECK_OK(auth_approve(authd, chief, code, TEXT(STATEMENT_APPROVE), TEXT(""), (const uint8_t(*)[32])t.object.p, 1, a, &approval, &err_));
	assert_int_equal(approval.status, AUTH_IN);
	CHECK_OK(auth_approve(authd, chief, code, TEXT(STATEMENT_APPROVE), TEXT(""), (const uint8_t(*)[32])t.object.p, 1, a, &approval, &err_));
	assert_int_equal(approval.status, AUTH_CODE_USED);
	CHECK_OK(people_decide(&g, deputy, DEPUTY, STATEMENT_RETURN, &ticket, 1, &err_));
	struct transfer_file file;
	REFUSED(people_fetch(&g, addressee, ticket, a, &file, &err_), ERR_DENIED);
}

static void judged_as(enum stand_in manner, enum ticket_state want, const char *code)
{
	ARENA(a) = arena_new(0);
	struct store_ticket t;
	uint64_t ticket;
	size_t out = entries("out");
	stand_in_start(&g, manner);
	CHECK_OK(people_hand_in(&g, sender, ADDRESSEE, 70000, &ticket, &err_));
	people_wait_judged(&g, ticket, a, &t);
	assert_int_equal(t.state, want);
	if (code)
		assert_non_null(memmem(t.report.p, t.report.n, code, strlen(code)));
	assert_int_equal(entries("out"), out + (want == TICKET_WAITING));
}

TEST(what_is_refused_has_no_output)
{
	judged_as(STAND_IN_REFUSES, TICKET_REFUSED, "DAMAGED");
}

TEST(a_sanitiser_that_dies_is_asked_again)
{
	judged_as(STAND_IN_DIES_TWICE, TICKET_WAITING, NULL);
}

TEST(one_that_always_dies_ends_in_a_refusal_with_a_reason)
{
	judged_as(STAND_IN_DIES, TICKET_REFUSED, "WORKER_DIED");
}

TEST(one_that_lies_delivers_nothing)
{
	judged_as(STAND_IN_LIES, TICKET_REFUSED, "WORKER_DIED");
	judged_as(STAND_IN_GARBLES, TICKET_REFUSED, "WORKER_DIED");
	stand_in_start(&g, STAND_IN_CLEAN);
}

TEST(files_wait_while_the_sanitiser_is_away)
{
	ARENA(a) = arena_new(0);
	struct store_ticket t;
	uint64_t ticket;
	stand_in_stop(&g);
	CHECK_OK(people_hand_in(&g, sender, ADDRESSEE, 10, &ticket, &err_));
	usleep(300000);
	people_ticket(&g, ticket, a, &t);
	assert_int_equal(t.state, TICKET_RECEIVED);
	stand_in_start(&g, STAND_IN_CLEAN);
	people_wait_judged(&g, ticket, a, &t);
	assert_int_equal(t.state, TICKET_WAITING);
}

#ifndef SEKISHO_ASAN
/* The real one: text crosses, a program that calls itself text does not, and the sender reads why. */
TEST(the_real_sanitiser_answers_too)
{
	ARENA(a) = arena_new(0);
	struct store_ticket t;
	struct transfer_file file;
	uint64_t ticket, refused;
	struct text content = TEXT("夏まつりの準備について\r\n担当: 市民課\r\n");
	stand_in_stop(&g);
	daemon_start(&g, "sanitized");
	CHECK_OK(people_hand_in_content(&g, sender, ADDRESSEE, "案内.txt", bytes_of_text(content), "", &ticket, &err_));
	CHECK_OK(people_hand_in_content(&g, sender, ADDRESSEE, "案内.txt", BYTES("MZ\x90\0\3\0\0\0\4\0\0\0\xff\xff\0\0"), "", &refused, &err_));
	people_wait_judged(&g, refused, a, &t);
	assert_int_equal(t.state, TICKET_REFUSED);
	FD(transferd) = people_connect(&g.internet, "transferd");
	struct transfer_ticket mine;
	struct bytes report;
	CHECK_OK(transfer_my_ticket(transferd, sender, false, refused, a, &mine, &report, &err_));
	struct json j;
	CHECK_OK(json_read(a, report, &j, &err_));
	struct text refusal = sanitize_refusal(&j);
	print_message("refused with %s\n", refusal.p);
	assert_true(refusal.n > 0 && !text_is(refusal, "WORKER_DIED"));
	people_wait_judged(&g, ticket, a, &t);
	assert_int_equal(t.state, TICKET_WAITING);
	CHECK_OK(people_decide(&g, chief, CHIEF, STATEMENT_APPROVE, &ticket, 1, &err_));
	CHECK_OK(people_fetch(&g, addressee, ticket, a, &file, &err_));
	struct bytes got;
	CHECK_OK(file_read_fd(a, file.fd, 4096, &got, &err_));
	close(file.fd);
	assert_true(bytes_equal(got, bytes_of_text(content)));
	daemon_kill(&g, "sanitized", SIGTERM);
	stand_in_start(&g, STAND_IN_CLEAN);
}
#endif

/* ---- what is not accepted leaves nothing ---- */

static uint8_t upload[TRANSFER_UPLOAD_ID];
static const struct transfer_upload some_file = { .name = { "x.txt", 5 }, .declared_type = { "", 0 }, .source = { "192.0.2.7", 9 }, .charset = { "", 0 },
						  .password = { "", 0 } };

static int begin_upload(size_t n, int *pipe_end, const uint8_t token[AUTH_TOKEN])
{
	static const uint8_t some[4096];
	int transferd = people_connect(&g.internet, "transferd");
	CHECK_OK(people_upload_begin(transferd, token, ADDRESSEE, &some_file, upload, pipe_end, &err_));
	for (size_t at = 0; at < n; at += sizeof some)
		must(write(*pipe_end, some, sizeof some) == sizeof some);
	return transferd;
}

TEST(a_cut_upload_leaves_nothing)
{
	size_t before = entries("uploads");
	int pipe_end, transferd = begin_upload(1 << 20, &pipe_end, sender);
	wait_entries("uploads", before + 1);
	close(pipe_end), close(transferd); /* the browser has gone */
	wait_entries("uploads", before);
	transferd = begin_upload(1 << 20, &pipe_end, sender);
	close(transferd); /* webd was killed: the pipe dangles */
	wait_entries("uploads", before);
	close(pipe_end);
	/* and fewer bytes than announced */
	uint64_t ticket;
	transferd = begin_upload(8192, &pipe_end, sender);
	close(pipe_end);
	REFUSED(people_upload_finish(transferd, sender, ADDRESSEE, upload, 9000, &ticket, &err_), ERR_CUT_SHORT);
	close(transferd);
	wait_entries("uploads", before);
}

/* ---- what was acknowledged is not lost ---- */

static int begin_lasting(const uint8_t token[AUTH_TOKEN], uint64_t bytes, uint8_t id[TRANSFER_UPLOAD_ID], struct err *err)
{
	struct transfer_upload what = some_file;
	FD(transferd) = people_connect(&g.internet, "transferd");

	what.bytes = bytes, what.lasting = true;
	return transfer_upload_begin(transferd, token, &what, id, err);
}

/* Bytes of the pattern from..to as one part; what is durable then. */
static int send_part(const uint8_t id[TRANSFER_UPLOAD_ID], size_t from, size_t to, uint64_t *so_far, struct err *err)
{
	FD(transferd) = people_connect(&g.internet, "transferd");
	uint8_t byte;
	int pipe_end;

	if (transfer_upload_part(transferd, sender, id, from, &pipe_end, err) != 0)
		return -1;
	for (size_t at = from; at < to; at += 4096) {
		uint8_t some[4096];
		size_t n = MIN(sizeof some, to - at);
		for (size_t i = 0; i < n; i++)
			byte = people_byte(at + i), some[i] = byte;
		if (write(pipe_end, some, n) < 0)
			break;
	}
	close(pipe_end);
	return transfer_upload_part_end(transferd, to - from, so_far, err);
}

static uint64_t so_far(const uint8_t id[TRANSFER_UPLOAD_ID])
{
	ARENA(a) = arena_new(0);
	FD(transferd) = people_connect(&g.internet, "transferd");
	struct transfer_upload_state state = { 0 };

	CHECK_OK(transfer_upload_state(transferd, sender, id, a, &state, &err_));
	return state.so_far;
}

TEST(an_upload_in_parts_outlives_broken_lines_and_kills)
{
	enum { PART = 128 * 1024, WHOLE = 3 * PART + 1234 };
	ARENA(a) = arena_new(0);
	uint8_t ids[2 * TRANSFER_UPLOAD_ID], all[WHOLE], wanted[SHA256_BYTES];
	size_t before = entries("uploads");
	struct transfer_upload_state how;
	struct store_ticket t;
	uint64_t n, first, again;
	CHECK_OK(begin_lasting(sender, WHOLE, ids, &err_));
	CHECK_OK(send_part(ids, 0, PART, &n, &err_));
	assert_int_equal(n, PART);
	/* webd dies in the middle of a part: what fills no piece is taken back */
	FD(broken) = people_connect(&g.internet, "transferd");
	int pipe_end;
	CHECK_OK(transfer_upload_part(broken, sender, ids, PART, &pipe_end, &err_));
	must(write(pipe_end, all, 1000) == 1000);
	close(pipe_end), shutdown(broken, SHUT_RDWR);
	assert_int_equal(so_far(ids), PART);
	/* a new part takes the place of one that nobody ends */
	FD(hanging) = people_connect(&g.internet, "transferd");
	CHECK_OK(transfer_upload_part(hanging, sender, ids, PART, &pipe_end, &err_));
	CHECK_OK(send_part(ids, PART, 2 * PART, &n, &err_));
	assert_int_equal(n, 2 * PART);
	close(pipe_end);
	REFUSED(send_part(ids, PART, 2 * PART, &n, &err_), ERR_CONFLICT); /* where it is not */
	daemon_kill(&g, "transferd", SIGKILL);
	daemon_start(&g, "transferd");
	assert_int_equal(so_far(ids), 2 * PART);
	FD(transferd) = people_connect(&g.internet, "transferd");
	REFUSED(transfer_upload_state(transferd, stranger, ids, a, &how, &err_), ERR_NOT_FOUND);
	REFUSED(transfer_upload_drop(transferd, stranger, ids, &err_), ERR_NOT_FOUND);
	REFUSED(transfer_hand_in(transferd, sender, TEXT(ADDRESSEE), TEXT("用途"), ids, 1, &first, &err_), ERR_CUT_SHORT);
	CHECK_OK(send_part(ids, 2 * PART, WHOLE, &n, &err_));
	assert_int_equal(n, WHOLE);
	daemon_kill(&g, "transferd", SIGKILL);
	daemon_start(&g, "transferd");
	/* a second file of the same act */
	CHECK_OK(begin_lasting(sender, 10, ids + TRANSFER_UPLOAD_ID, &err_));
	CHECK_OK(send_part(ids + TRANSFER_UPLOAD_ID, 0, 10, &n, &err_));
	FD(fresh) = people_connect(&g.internet, "transferd");
	REFUSED(transfer_hand_in(fresh, stranger, TEXT(ADDRESSEE), TEXT("用途"), ids, 2, &first, &err_), ERR_CUT_SHORT);
	REFUSED(transfer_hand_in(fresh, sender, TEXT("9999"), TEXT("用途"), ids, 2, &first, &err_), ERR_NOT_FOUND);
	CHECK_OK(transfer_hand_in(fresh, sender, TEXT(ADDRESSEE), TEXT("用途"), ids, 2, &first, &err_));
	CHECK_OK(transfer_hand_in(fresh, sender, TEXT(ADDRESSEE), TEXT("用途"), ids, 2, &again, &err_)); /* the answer was lost */
	assert_int_equal(again, first);
	REFUSED(transfer_hand_in(fresh, stranger, TEXT(ADDRESSEE), TEXT("用途"), ids, 2, &again, &err_), ERR_NOT_FOUND);
	for (size_t i = 0; i < sizeof all; i++)
		all[i] = people_byte(i);
	sha256_of(bytes_of(all, sizeof all), wanted);
	people_wait_judged(&g, first, a, &t);
	assert_int_equal(t.bytes, WHOLE);
	assert_memory_equal(t.input.p, wanted, SHA256_BYTES);
	people_wait_judged(&g, first + 1, a, &t);
	struct transfer_tickets act;
	CHECK_OK(transfer_my_hand_in(fresh, sender, false, first + 1, a, &act, &err_));
	assert_int_equal(act.count, 2);
	assert_int_equal(act.rows[0].number, first);
	wait_entries("uploads", before);
}

TEST(an_upload_that_is_dropped_or_forgotten_is_erased)
{
	uint8_t id[TRANSFER_UPLOAD_ID], many[TRANSFER_UPLOADS_PERSON_MOST][TRANSFER_UPLOAD_ID];
	size_t before = entries("uploads");
	uint64_t n;
	FD(transferd) = people_connect(&g.internet, "transferd");
	CHECK_OK(begin_lasting(sender, 100000, id, &err_));
	CHECK_OK(send_part(id, 0, 65536, &n, &err_));
	CHECK_OK(transfer_upload_drop(transferd, sender, id, &err_));
	assert_int_equal(entries("uploads"), before);
	for (int i = 0; i < TRANSFER_UPLOADS_PERSON_MOST; i++)
		CHECK_OK(begin_lasting(sender, 100, many[i], &err_));
	REFUSED(begin_lasting(sender, 100, id, &err_), ERR_TOO_MANY);
	CHECK_OK(begin_lasting(stranger, 100, id, &err_)); /* another person's are their own */
	daemon_kill(&g, "transferd", SIGKILL);
	/* a day later */
	char command[200];
	snprintf(command, sizeof command, "touch -d '2 days ago' %s/spool/uploads/*", g.home);
	must(system(command) == 0);
	daemon_start(&g, "transferd");
	wait_entries("uploads", before);
}

/* A webd that turned against us: it plays with every handle it was given, and sends nothing. */
TEST(who_hands_in_cannot_make_transferd_wait)
{
	ARENA(a) = arena_new(0);
	size_t before = entries("uploads");
	int pipe_end, transferd = begin_upload(8192, &pipe_end, sender);
	struct transfer_person person;
	uint8_t byte;
	assert_int_equal(read(pipe_end, &byte, 1), -1); /* it is given the end to write into, and no other */
	assert_int_equal(errno, EBADF);
	assert_int_equal(fcntl(pipe_end, F_SETFL, 0), 0);
	FD(other) = people_connect(&g.internet, "transferd");
	CHECK_OK(transfer_who(other, stranger, false, a, &person, &err_));
	assert_string_equal(person.number.p, STRANGER);
	close(pipe_end), close(transferd);
	wait_entries("uploads", before); /* or the next test would count what is about to go */
}

TEST(what_is_too_large_is_refused_and_leaves_nothing)
{
	size_t before = entries("uploads");
	uint64_t ticket;
	REFUSED(people_hand_in(&g, sender, ADDRESSEE, (8 << 20) + 1, &ticket, &err_), ERR_LIMIT); /* announced */
	int pipe_end, transferd = people_connect(&g.internet, "transferd");
	static const uint8_t some[65536];
	CHECK_OK(people_upload_begin(transferd, sender, ADDRESSEE, &some_file, upload, &pipe_end, &err_));
	ssize_t put = 0;
	for (int i = 0; i < 200 && put >= 0; i++)
		put = write(pipe_end, some, sizeof some);
	assert_true(put < 0 && errno == EPIPE);
	close(pipe_end);
	REFUSED(people_upload_finish(transferd, sender, ADDRESSEE, upload, 200 * sizeof some, &ticket, &err_), ERR_LIMIT);
	close(transferd);
	wait_entries("uploads", before);
	CHECK_OK(people_hand_in(&g, sender, ADDRESSEE, 8000000, &ticket, &err_)); /* exactly the limit is fine */
}

TEST(strangers_and_nonsense_are_refused_before_a_byte_is_taken)
{
	uint64_t ticket;
	static const uint8_t nobody[AUTH_TOKEN];
	REFUSED(people_hand_in(&g, nobody, ADDRESSEE, 10, &ticket, &err_), ERR_NOT_SIGNED_IN);
	REFUSED(people_hand_in(&g, chief, ADDRESSEE, 10, &ticket, &err_), ERR_NOT_SIGNED_IN); /* office session at the internet face */
	REFUSED(people_hand_in(&g, sender, "9999", 10, &ticket, &err_), ERR_NOT_FOUND);
	REFUSED(people_hand_in(&g, sender, "3001", 10, &ticket, &err_), ERR_NOT_FOUND); /* has left */
	REFUSED(people_hand_in(&g, sender, "no number", 10, &ticket, &err_), ERR_INVALID);
}

/* ---- what transferd does not believe ---- */

static void in_store(const char *sql)
{
	char path[128];
	sqlite3 *db;
	char *why = NULL;
	snprintf(path, sizeof path, "%s/records/records.db", g.home);
	must(sqlite3_open(path, &db) == SQLITE_OK);
	sqlite3_busy_timeout(db, 5000);
	if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK) {
		print_error("%s: %s\n", sql, why);
		assert_true(false);
	}
	sqlite3_close(db);
}

TEST(a_forged_record_does_not_let_a_file_out)
{
	ARENA(a) = arena_new(0);
	struct store_ticket t;
	struct transfer_file file;
	uint64_t ticket;
	CHECK_OK(people_hand_in(&g, sender, ADDRESSEE, 10, &ticket, &err_));
	people_wait_judged(&g, ticket, a, &t);
	/* somebody with the right to write the store approves without a signature: the approval of an earlier ticket is put in */
	in_store(arena_printf(a, "UPDATE ticket SET state = 4, decided_at = 1, decided_journal = 1, approval = (SELECT approval FROM ticket WHERE number = 1) "
				 "WHERE number = %llu", (unsigned long long)ticket));
	REFUSED(people_fetch(&g, addressee, ticket, a, &file, &err_), ERR_MISMATCH);
	/* an honest approval, then another addressee */
	CHECK_OK(people_hand_in(&g, sender, ADDRESSEE, 10, &ticket, &err_));
	people_wait_judged(&g, ticket, a, &t);
	CHECK_OK(people_decide(&g, second_deputy, SECOND_DEPUTY, STATEMENT_APPROVE, &ticket, 1, &err_));
	in_store(arena_printf(a, "UPDATE ticket SET addressee = '" CHIEF "' WHERE number = %llu", (unsigned long long)ticket));
	REFUSED(people_fetch(&g, chief, ticket, a, &file, &err_), ERR_MISMATCH);
	in_store(arena_printf(a, "UPDATE ticket SET addressee = '" ADDRESSEE "', output_name = 'x.exe' WHERE number = %llu", (unsigned long long)ticket));
	REFUSED(people_fetch(&g, addressee, ticket, a, &file, &err_), ERR_MISMATCH);
	in_store(arena_printf(a, "UPDATE ticket SET output_name = '資料.txt' WHERE number = %llu", (unsigned long long)ticket));
	/* another file in the spool */
	must(system(arena_printf(a, "cp %s/spool/out/1 %s/spool/out/%llu", g.home, g.home, (unsigned long long)ticket)) == 0);
	REFUSED(people_fetch(&g, addressee, ticket, a, &file, &err_), ERR_MISMATCH);
	must(system(arena_printf(a, "echo >>%s/spool/out/%llu", g.home, (unsigned long long)ticket)) == 0);
	REFUSED(people_fetch(&g, addressee, ticket, a, &file, &err_), ERR_SIGNATURE);
}

TEST(what_has_come_to_its_term_is_erased)
{
	ARENA(a) = arena_new(0);
	struct store_ticket t;
	struct transfer_file file;
	char name[160];
	uint64_t ticket;
	CHECK_OK(people_hand_in(&g, sender, ADDRESSEE, 10, &ticket, &err_));
	people_wait_judged(&g, ticket, a, &t);
	CHECK_OK(people_decide(&g, second_deputy, SECOND_DEPUTY, STATEMENT_APPROVE, &ticket, 1, &err_));
	in_store(arena_printf(a, "UPDATE ticket SET expires_at = 1000 WHERE number = %llu", (unsigned long long)ticket));
	REFUSED(people_fetch(&g, addressee, ticket, a, &file, &err_), ERR_EXPIRED); /* even before it is erased */
	daemon_kill(&g, "transferd", SIGKILL);
	daemon_start(&g, "transferd"); /* looks at once */
	for (int i = 0; i < 100; i++) {
		people_ticket(&g, ticket, a, &t);
		snprintf(name, sizeof name, "%s/spool/out/%llu", g.home, (unsigned long long)ticket);
		if (t.erased && access(name, F_OK) != 0)
			break;
		usleep(50000);
	}
	assert_int_equal(t.state, TICKET_EXPIRED);
	assert_true(access(name, F_OK) != 0);
	snprintf(name, sizeof name, "%s/spool/in/%llu", g.home, (unsigned long long)ticket);
	assert_true(access(name, F_OK) != 0);
}

static bool gone_within(const char *folder, uint64_t ticket, int seconds)
{
	char name[160];
	snprintf(name, sizeof name, "%s/spool/%s/%llu", g.home, folder, (unsigned long long)ticket);
	for (int i = 0; i < seconds * 20 && access(name, F_OK) == 0; i++)
		usleep(50000);
	return access(name, F_OK) != 0;
}

static pid_t pid_of(const char *name)
{
	for (size_t i = 0; i < g.count; i++)
		if (strcmp(g.daemons[i].name, name) == 0)
			return g.daemons[i].pid;
	return 0;
}

TEST(a_ticket_that_ends_while_it_is_sanitised_leaves_nothing)
{
	ARENA(a) = arena_new(0);
	struct service transferd = g.office;
	struct store_ticket t;
	uint64_t ticket, next;
	transferd.name = "transferd";
	FD(recordd) = people_connect(&transferd, "recordd");
	kill(pid_of("sanitized"), SIGSTOP);
	CHECK_OK(people_hand_in(&g, sender, ADDRESSEE, 500, &ticket, &err_));
	usleep(300000); /* it has been asked */
	in_store(arena_printf(a, "UPDATE ticket SET expires_at = 1000 WHERE number = %llu", (unsigned long long)ticket));
	CHECK_OK(store_call_ticket_expire(recordd, a, &(struct store_ticket_expire){ .ticket = ticket }, NULL, &err_));
	kill(pid_of("sanitized"), SIGCONT);
	CHECK_OK(people_hand_in(&g, sender, ADDRESSEE, 500, &next, &err_));
	people_wait_judged(&g, next, a, &t); /* asked later: by now the first was answered too */
	assert_true(gone_within("out", ticket, 3));
	assert_true(gone_within("in", ticket, 3));
	people_ticket(&g, ticket, a, &t);
	assert_int_equal(t.state, TICKET_EXPIRED);
}

TEST(an_erasure_that_fails_is_tried_again_by_itself)
{
	ARENA(a) = arena_new(0);
	struct store_ticket t;
	uint64_t ticket;
	char kept[160], aside[160];
	CHECK_OK(people_hand_in(&g, sender, ADDRESSEE, 500, &ticket, &err_));
	people_wait_judged(&g, ticket, a, &t);
	snprintf(kept, sizeof kept, "%s/spool/out/%llu", g.home, (unsigned long long)ticket);
	snprintf(aside, sizeof aside, "%s/run/aside", g.home);
	daemon_kill(&g, "transferd", SIGKILL);
	assert_true(rename(kept, aside) == 0 && mkdir(kept, 0700) == 0); /* cannot be opened for writing */
	in_store(arena_printf(a, "UPDATE ticket SET expires_at = 1000 WHERE number = %llu", (unsigned long long)ticket));
	daemon_start(&g, "transferd");
	do {
		usleep(50000);
		people_ticket(&g, ticket, a, &t);
	} while (!t.erased);
	usleep(300000);
	assert_true(rmdir(kept) == 0 && rename(aside, kept) == 0);
	assert_true(gone_within("out", ticket, 12));
}

/* ---- somebody is away ---- */

TEST(without_recordd_nothing_that_needs_a_record_is_done)
{
	ARENA(a) = arena_new(0);
	struct transfer_file file;
	uint64_t ticket;
	FD(authd) = people_connect(&g.internet, "authd");
	struct auth_outcome out;
	daemon_kill(&g, "recordd", SIGKILL);
	close(g.daemons[0].socket), g.daemons[0].socket = -1; /* or callers would wait in the backlog */
	REFUSED(people_hand_in(&g, sender, ADDRESSEE, 10, &ticket, &err_), ERR_PEER);
	REFUSED(people_fetch(&g, addressee, 1, a, &file, &err_), ERR_PEER);
	REFUSED(auth_sign_in(authd, FACE_INTERNET, TEXT(SENDER), TEXT(PASSWORD), fresh_code(SENDER), TEXT("192.0.2.7"), &out, &err_), ERR_PEER);
	daemon_start(&g, "recordd");
	usleep(1500000); /* evidenced comes back to it */
	CHECK_OK(people_hand_in(&g, sender, ADDRESSEE, 10, &ticket, &err_));
	CHECK_OK(people_fetch(&g, addressee, 1, a, &file, &err_));
	close(file.fd);
}

TEST(a_recordd_that_answers_nobody_does_not_hold_the_others)
{
	ARENA(a) = arena_new(0);
	FD(transferd) = people_connect(&g.internet, "transferd");
	FD(authd) = people_connect(&g.internet, "authd");
	struct transfer_person who;
	struct auth_outcome out;
	struct err first = { 0 }, second = { 0 }, third = { 0 };
	kill(pid_of("recordd"), SIGSTOP);
	int one = transfer_who(transferd, stranger, false, a, &who, &first), two = -1;
	/* Known from the first; asked again where the machine stood still for longer than recordd is left alone. */
	for (int i = 0; i < 3 && two == -1 && !strstr(second.say, "a moment ago"); i++)
		two = transfer_who(transferd, stranger, false, a, &who, &second);
	int three = auth_change_password(authd, stranger, TEXT(PASSWORD), TEXT("000000"), TEXT("tsugi no aikotoba da"), TEXT("192.0.2.40"), &out, &third);
	kill(pid_of("recordd"), SIGCONT);
	assert_true(one == -1 && two == -1 && three == -1);
	assert_int_equal(first.code, ERR_PEER); /* answered by transferd, whose patience is shorter than its callers' */
	if (!strstr(second.say, "a moment ago"))
		fail_msg("the first was told: %s; the second: %s", first.say, second.say);
	assert_int_equal(third.code, ERR_PEER);
	for (int i = 0; i < 200 && transfer_who(transferd, stranger, false, a, &who, &first) != 0; i++)
		usleep(100000);
	assert_string_equal(who.number.p, STRANGER);
}

static long resident_kilobytes(const char *name)
{
	char path[64], line[128];
	long most = 0;
	for (size_t i = 0; i < g.count; i++)
		if (strcmp(g.daemons[i].name, name) == 0)
			snprintf(path, sizeof path, "/proc/%d/status", (int)g.daemons[i].pid);
	FILE *f = fopen(path, "r");
	while (f && fgets(line, sizeof line, f))
		if (strncmp(line, "VmHWM:", 6) == 0)
			most = strtol(line + 6, NULL, 10);
	if (f)
		fclose(f);
	return most;
}

/* Each said so when it became ready, and the kernel agrees about the one wall it shows. */
TEST(each_daemon_stands_behind_its_walls)
{
	ARENA(a) = arena_new(0);
	static const char *const names[] = { "recordd", "authd", "transferd", "evidenced" };
	unsigned walls = sandbox_walls(NULL);
	for (size_t i = 0; i < COUNT(names); i++) {
		struct bytes log;
		char status[4096] = "";
		CHECK_OK(file_read(a, g.home_fd, arena_printf(a, "run/%s.log", names[i]), 1 << 24, &log, &err_));
		FD(kernel) = open(arena_printf(a, "/proc/%d/status", (int)pid_of(names[i])), O_RDONLY | O_CLOEXEC);
		must(read(kernel, status, sizeof status - 1) > 0);
		const char *ready = strstr((const char *)log.p, "ready, behind ");
		assert_non_null(ready);
		size_t line = strcspn(ready, "\n");
		assert_int_equal(!!(walls & WALL_LANDLOCK), memmem(ready, line, "landlock", 8) != NULL);
#ifndef SEKISHO_ASAN
		bool kernel_agrees = strstr(status, "Seccomp:\t2") != NULL;
		if (!memmem(ready, line, "seccomp", 7) || !kernel_agrees)
			print_error("%s: %.*s; of the kernel:\n%s\n", names[i], (int)line, ready, status);
		assert_true(!(walls & WALL_SECCOMP) || (memmem(ready, line, "seccomp", 7) && kernel_agrees));
#endif
	}
}

TEST(two_hundred_megabytes_pass_in_little_memory)
{
	ARENA(a) = arena_new(0);
	uint8_t hash[SHA256_BYTES];
	uint64_t ticket;
	FD(recordd) = people_connect(&g.operator, "recordd");
	struct text policy = TEXT("city \"試験市\" code \"990019\" site test fiscal from april\ndefault deny\n"
		"zone internet \"インターネット接続系\" {\n net 10.3.0.0/16\n on eth3\n}\nzone lgwan \"LGWAN接続系\" {\n net 10.2.0.0/16\n on eth2\n}\n"
		"carry file from internet to lgwan sanitize approve by manager keep 1 days limit 200 MB\n");
	sha256_of(bytes_of_text(policy), hash);
	CHECK_OK(store_call_policy_adopt(recordd, a, &(struct store_policy_adopt){ bytes_of_text(policy), bytes_of(hash, 32) }, NULL, &err_));
	stand_in_start(&g, STAND_IN_REFUSES);
	int64_t from = clock_milliseconds();
	CHECK_OK(people_hand_in(&g, sender, ADDRESSEE, 200000000, &ticket, &err_));
	print_message("200 MB handed in within %lld ms\n", (long long)(clock_milliseconds() - from));
	struct store_ticket t;
	people_wait_judged(&g, ticket, a, &t);
	long kilobytes = resident_kilobytes("transferd");
	print_message("transferd at its most: %ld kB resident\n", kilobytes);
#ifndef SEKISHO_ASAN
	assert_true(kilobytes > 0 && kilobytes < 32 * 1024);
#endif
	stand_in_start(&g, STAND_IN_CLEAN);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_policy_nothing_is_taken_in),
		cmocka_unit_test(a_wrong_number_password_or_code_look_alike),
		cmocka_unit_test(a_wrong_number_costs_what_a_wrong_password_costs),
		cmocka_unit_test(a_code_lets_in_once),
		cmocka_unit_test(failures_make_one_wait_but_not_the_colleague_elsewhere),
		cmocka_unit_test(a_face_signs_in_for_itself_only),
		cmocka_unit_test(a_new_person_chooses_a_password_and_enrols),
		cmocka_unit_test(a_reset_voids_what_was_begun),
		cmocka_unit_test(what_is_typed_too_long_is_told_and_ends_no_connection), cmocka_unit_test(who_has_left_looks_like_nobody),
		cmocka_unit_test(a_password_is_changed_in_a_session_with_both_factors),
		cmocka_unit_test(a_changed_password_ends_the_other_sessions),
		cmocka_unit_test(a_file_crosses_sanitised_approved_and_recorded),
		cmocka_unit_test(a_sender_sees_the_own_tickets_only),
		cmocka_unit_test(each_process_is_given_only_its_own_requests),
		cmocka_unit_test(a_chief_signs_once_per_code_and_never_for_the_wrong_person),
		cmocka_unit_test(what_is_refused_has_no_output),
		cmocka_unit_test(a_sanitiser_that_dies_is_asked_again),
		cmocka_unit_test(one_that_always_dies_ends_in_a_refusal_with_a_reason),
		cmocka_unit_test(one_that_lies_delivers_nothing),
		cmocka_unit_test(files_wait_while_the_sanitiser_is_away),
#ifndef SEKISHO_ASAN
		cmocka_unit_test(the_real_sanitiser_answers_too),
#endif
		cmocka_unit_test(a_cut_upload_leaves_nothing),
		cmocka_unit_test(an_upload_in_parts_outlives_broken_lines_and_kills),
		cmocka_unit_test(an_upload_that_is_dropped_or_forgotten_is_erased),
		cmocka_unit_test(who_hands_in_cannot_make_transferd_wait),
		cmocka_unit_test(what_is_too_large_is_refused_and_leaves_nothing),
		cmocka_unit_test(strangers_and_nonsense_are_refused_before_a_byte_is_taken),
		cmocka_unit_test(a_forged_record_does_not_let_a_file_out),
		cmocka_unit_test(what_has_come_to_its_term_is_erased),
		cmocka_unit_test(a_ticket_that_ends_while_it_is_sanitised_leaves_nothing),
		cmocka_unit_test(an_erasure_that_fails_is_tried_again_by_itself),
		cmocka_unit_test(without_recordd_nothing_that_needs_a_record_is_done),
		cmocka_unit_test(a_recordd_that_answers_nobody_does_not_hold_the_others),
		cmocka_unit_test(each_daemon_stands_behind_its_walls),
		cmocka_unit_test(two_hundred_megabytes_pass_in_little_memory),
	};
	if (argc != 2) {
		fprintf(stderr, "usage: passage BUILD-FOLDER\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	programs = argv[1];
	return cmocka_run_group_tests(tests, begin, end);
}
