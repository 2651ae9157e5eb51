/* 記録係 — tests of the running process over its socket: answers that wait for the seal, the journal's readers, callers that misbehave.
 * recordd_test RECORDD */
#include "base/check.h"
#include "support/recordd.h"
#include "store/test_ground.h"

static const char *program;
static struct live_recordd live;
static struct ground g;

static struct bytes token_of(const char *number, unsigned face)
{
	return bytes_of(arena_copy(g.arena, arena_printf(g.arena, "%s %u%032d", number, face, 0), 32), 32);
}

static int start(void **fixture)
{
	struct { const char *number; unsigned face; } sessions[] = { { "1001", FACE_INTERNET }, { "1002", FACE_OFFICE }, { "2001", FACE_OFFICE } };

	(void)fixture;
	g = (struct ground){ .arena = arena_new(0) };
	live_make(&live, program);
	memcpy(g.home, live.home, sizeof g.home);
	must(store_open(g.home, g.arena, &g.sql, &g.site, &g.err) == 0);
	ground_people(&g);
	for (size_t i = 0; i < COUNT(sessions); i++) {
		uint8_t hash[SHA256_BYTES];
		sha256_of(token_of(sessions[i].number, sessions[i].face), hash);
		must(ask_session_open(&g, "authd", &(struct store_session_open){ text_at(sessions[i].number), (uint8_t)sessions[i].face,
							    bytes_of(hash, sizeof hash), TEXT("totp") }, NULL) == 0);
	}
	sql_close(g.sql);
	g.sql = NULL;
	ed25519_pair(g.public_key, g.secret_key);
	const char *line = arena_printf(g.arena, "%s\n", hex_of(g.arena, bytes_of(g.public_key, sizeof g.public_key)));
	must(folder_make(AT_FDCWD, arena_printf(g.arena, "%s/trust", g.home), 0755, &g.err) == 0);
	must(file_replace(AT_FDCWD, arena_printf(g.arena, "%s/trust/approval.pub", g.home), bytes_of(line, strlen(line)), 0644, &g.err) == 0);
	live_start(&live);
	return 0;
}

static int end(void **fixture)
{
	(void)fixture;
	int ended = live_end(&live, SIGTERM);
	ground_empty(g.home);
	rmdir(g.home);
	close(live.listener), close(live.notify);
	arena_free(g.arena);
	return ended;
}

static int add_unit(int fd, const char *code, struct err *err)
{
	return store_call_unit_add(fd, g.arena, &(struct store_unit_add){ text_at(code), TEXT("課"), TEXT("") }, NULL, err);
}

/* A ticket that waits; the signed statement that approves it. */
static struct store_ticket_decide waiting_ticket(uint64_t *ticket)
{
	struct store_ticket_open_reply opened;
	struct store_ticket_verdict_reply judged;
	struct err err = { 0 };
	FD(fd) = live_connect(&live, "transferd");
	must(store_call_ticket_open(fd, g.arena, &(struct store_ticket_open){ token_of("1001", FACE_INTERNET), ground_request(&g), TEXT("1002"),
		TEXT("用途"), TEXT("a.txt"), 1, ground_hash(&g, "in"), BYTES("{}"), 7 }, &opened, &err) == 0);
	must(store_call_ticket_verdict(fd, g.arena, &(struct store_ticket_verdict){ opened.ticket, VERDICT_CLEAN, TEXT("a.txt"), 1,
		ground_hash(&g, "output"), BYTES("{}") }, &judged, &err) == 0);
	g.site = TEXT("tsuru");
	struct statement s = ground_statement(&g, "2001", "chief of soumu", STATEMENT_APPROVE, judged.object);
	*ticket = opened.ticket;
	return ground_signed(&g, &s, token_of("2001", FACE_OFFICE));
}

TEST(an_approval_is_answered_after_the_seal)
{
	uint64_t ticket;
	struct store_ticket_decide decide = waiting_ticket(&ticket);
	struct journal_rows rows;
	FD(office) = live_connect(&live, "webd-office");
	FD(evidenced) = live_connect(&live, "evidenced");
	FD(transferd) = live_connect(&live, "transferd");
	struct ipc_message ask = ipc_start(g.arena, STORE_ticket_decide, 77), answer;
	store_put_ticket_decide(&ask, &decide);
	CHECK_OK(ipc_send(office, &ask, &err_));
	struct pollfd p = { .fd = office, .events = POLLIN };
	assert_int_equal(poll(&p, 1, 700), 0); /* recorded, yet held back */
	CHECK_OK(journal_read(evidenced, g.arena, NULL, 0, 256, 0, &rows, &err_));
	struct store_ticket_fetched fetch = { token_of("1002", FACE_OFFICE), ground_request(&g), ticket, ground_hash(&g, "output") };
	assert_int_equal(store_call_ticket_fetched(transferd, g.arena, &fetch, NULL, &g.err), -1);
	assert_int_equal(g.err.code, ERR_BUSY); /* nor does the file go out */
	CHECK_OK(seal_report(evidenced, rows.epoch, rows.rows[rows.count - 1].no, &err_));
	assert_int_equal(poll(&p, 1, 3000), 1);
	CHECK_OK(ipc_receive(office, g.arena, &answer, &err_));
	assert_int_equal(answer.type, STORE_ticket_decide | IPC_REPLY);
	assert_int_equal(answer.sequence, 77);
	CHECK_OK(store_call_ticket_fetched(transferd, g.arena, &fetch, NULL, &err_));
}

TEST(an_approval_not_sealed_in_time_is_busy_and_can_be_repeated)
{
	uint64_t ticket;
	struct store_ticket_decide decide = waiting_ticket(&ticket);
	struct journal_rows rows;
	FD(office) = live_connect(&live, "webd-office");
	FD(evidenced) = live_connect(&live, "evidenced");
	int64_t start_at = clock_milliseconds();
	assert_int_equal(store_call_ticket_decide(office, g.arena, &decide, NULL, &g.err), -1);
	assert_int_equal(g.err.code, ERR_BUSY);
	assert_true(clock_milliseconds() - start_at >= STORE_SEAL_WAIT_MOST - 100);
	CHECK_OK(journal_read(evidenced, g.arena, NULL, 0, 256, 0, &rows, &err_));
	uint64_t last = rows.rows[rows.count - 1].no;
	CHECK_OK(seal_report(evidenced, rows.epoch, last, &err_));
	CHECK_OK(store_call_ticket_decide(office, g.arena, &decide, NULL, &err_));
	CHECK_OK(journal_read(evidenced, g.arena, NULL, last, 256, 0, &rows, &err_));
	assert_int_equal(rows.count, 0); /* nothing was recorded twice */
}

TEST(a_reader_of_the_journal_waits_for_rows)
{
	struct journal_rows rows, none;
	FD(evidenced) = live_connect(&live, "evidenced");
	FD(operator) = live_connect(&live, "operator");
	CHECK_OK(journal_read(evidenced, g.arena, NULL, 0, 256, 0, &rows, &err_));
	uint64_t last = rows.rows[rows.count - 1].no;
	int64_t start_at = clock_milliseconds();
	CHECK_OK(journal_read(evidenced, g.arena, NULL, last, 256, 150, &none, &err_));
	assert_int_equal(none.count, 0);
	assert_true(clock_milliseconds() - start_at >= 140);
	pid_t child = fork();
	must(child >= 0);
	if (child == 0) { /* adds a unit in a moment */
		struct err err;
		usleep(100000);
		_exit(add_unit(operator, "later", &err) == 0 ? 0 : 1);
	}
	start_at = clock_milliseconds();
	CHECK_OK(journal_read(evidenced, g.arena, NULL, last, 256, JOURNAL_WAIT_MOST, &rows, &err_));
	assert_int_equal(rows.count, 1);
	assert_string_equal(rows.rows[0].event.p, "unit.added");
	assert_true(clock_milliseconds() - start_at < JOURNAL_WAIT_MOST);
	int status;
	must(waitpid(child, &status, 0) == child);
	assert_int_equal(status, 0);
	/* a stranger's epoch: at once, without rows */
	uint8_t other[ENTRY_EPOCH] = { 1 };
	CHECK_OK(journal_read(evidenced, g.arena, other, 0, 256, JOURNAL_WAIT_MOST, &none, &err_));
	assert_int_equal(none.count, 0);
	assert_memory_equal(none.epoch, rows.epoch, ENTRY_EPOCH);
	FD(office) = live_connect(&live, "webd-office");
	assert_int_equal(journal_read(office, g.arena, NULL, 0, 1, 0, &none, &g.err), -1);
	assert_int_equal(g.err.code, ERR_DENIED);
}

TEST(who_misbehaves_loses_the_connection_and_nobody_else)
{
	FD(good) = live_connect(&live, "operator");
	FD(bad) = live_connect(&live, "operator");
	CHECK_OK(add_unit(good, "first", &err_));
	CHECK_OK(add_unit(bad, "second", &err_));
	must(write(bad, "not a message", 13) == 13);
	assert_int_equal(add_unit(bad, "third", &g.err), -1);
	assert_int_equal(g.err.code, ERR_PEER);
	/* a well-formed message of no command */
	FD(odd) = live_connect(&live, "operator");
	struct ipc_message m = ipc_start(g.arena, 999, 5), answer;
	assert_int_equal(ipc_call(odd, &m, g.arena, 2000, &answer, &g.err), -1);
	assert_int_equal(g.err.code, ERR_MALFORMED);
	assert_int_equal(add_unit(odd, "fourth", &g.err), -1);
	assert_int_equal(g.err.code, ERR_PEER);
	/* a process that has nothing to do here, and one that says nothing */
	FD(internet) = live_connect(&live, "webd-internet");
	assert_int_equal(add_unit(internet, "fifth", &g.err), -1);
	assert_int_equal(g.err.code, ERR_PEER);
	char path[108];
	snprintf(path, sizeof path, "%s/run/recordd.sock", live.home);
	FD(silent) = ipc_connect(path, -1, &g.err);
	assert_true(silent >= 0);
	int64_t start_at = clock_milliseconds();
	CHECK_OK(add_unit(good, "sixth", &err_));
	assert_true(clock_milliseconds() - start_at < 1500); /* the silent one keeps nobody waiting */
}

TEST(one_caller_cannot_take_everybodys_place)
{
	int many[2 * SERVICE_CONNECTIONS_OF_ONE_MOST], served = 0;
	for (size_t i = 0; i < COUNT(many); i++)
		many[i] = live_connect(&live, "webd-office");
	for (size_t i = 0; i < COUNT(many); i++) { /* who holds a place is answered, with a refusal; who does not, is closed */
		struct err err = { 0 };
		assert_int_equal(add_unit(many[i], "office", &err), -1);
		served += err.code != ERR_PEER;
	}
	assert_int_equal(served, SERVICE_CONNECTIONS_OF_ONE_MOST);
	FD(operator) = live_connect(&live, "operator");
	CHECK_OK(add_unit(operator, "still", &err_));
	for (size_t i = 0; i < COUNT(many); i++)
		close(many[i]);
	for (served = 0; served < 100; served++) { /* and it comes back when they are let go */
		FD(again) = live_connect(&live, "webd-office");
		struct err err = { 0 };
		assert_int_equal(add_unit(again, "office", &err), -1);
		if (err.code != ERR_PEER)
			break;
		usleep(20000);
	}
	assert_true(served < 100);
}

TEST(many_requests_of_one_connection_are_answered_in_order)
{
	enum { MANY = 200 };
	FD(fd) = live_connect(&live, "operator");
	unsigned sent = 0, got = 0;
	while (got < MANY) {
		struct pollfd p = { .fd = fd, .events = (short)(POLLIN | (sent < MANY ? POLLOUT : 0)) };
		must(poll(&p, 1, 5000) == 1);
		if (p.revents & POLLOUT) {
			struct ipc_message m = ipc_start(g.arena, STORE_unit_add, sent + 1);
			store_put_unit_add(&m, &(struct store_unit_add){ text_at(arena_printf(g.arena, "m%u", sent)), TEXT("課"), TEXT("") });
			CHECK_OK(ipc_send(fd, &m, &err_));
			sent++;
		}
		if (p.revents & POLLIN) {
			struct ipc_message answer;
			CHECK_OK(ipc_receive(fd, g.arena, &answer, &err_));
			assert_int_equal(answer.type, STORE_unit_add | IPC_REPLY);
			assert_int_equal(answer.sequence, ++got);
		}
	}
}

TEST(the_store_is_readable_while_recordd_runs)
{
	struct store_reader *reader;
	struct store_people people;
	struct store_today today;
	struct store_tickets tickets;
	struct store_ticket t;
	struct store_events events;
	uint64_t number;
	bool may;
	waiting_ticket(&number);
	CHECK_OK(store_read_open(live.home, &reader, &err_));
	CHECK_OK(store_read_people(reader, g.arena, TEXT("総務　スズキ"), 10, &people, &err_));
	assert_int_equal(people.count, 1);
	assert_string_equal(people.rows[0].number.p, "1002");
	CHECK_OK(store_read_people(reader, g.arena, TEXT("やまだ"), 10, &people, &err_));
	assert_int_equal(people.count, 1);
	CHECK_OK(store_read_people(reader, g.arena, TEXT("%"), 10, &people, &err_));
	assert_int_equal(people.count, 0);
	CHECK_OK(store_read_people(reader, g.arena, TEXT(""), 3, &people, &err_));
	assert_true(people.count == 3 && people.more);
	CHECK_OK(store_read_waiting(reader, g.arena, TEXT("2001"), 10, &tickets, &err_));
	assert_int_equal(tickets.count, 1);
	CHECK_OK(store_read_waiting(reader, g.arena, TEXT("3001"), 10, &tickets, &err_));
	assert_int_equal(tickets.count, 0);
	CHECK_OK(store_read_may_decide(reader, g.arena, TEXT("2002"), number, &may, &err_));
	assert_true(may);
	CHECK_OK(store_read_may_decide(reader, g.arena, TEXT("1001"), number, &may, &err_));
	assert_false(may);
	CHECK_OK(store_read_today(reader, g.arena, TEXT("2001"), &today, &err_));
	assert_int_equal(today.waiting, 1);
	CHECK_OK(store_read_sent(reader, g.arena, TEXT("1001"), 0, 10, &tickets, &err_));
	assert_int_equal(tickets.count, 1);
	CHECK_OK(store_read_inbox(reader, g.arena, TEXT("1002"), 0, 10, &tickets, &err_));
	assert_int_equal(tickets.count, 0);
	CHECK_OK(store_read_ticket(reader, g.arena, number, &t, &err_));
	assert_int_equal(t.state, TICKET_WAITING);
	assert_string_equal(t.sender_unit_name.p, "総務課");
	assert_int_equal(t.report.n, 2);
	assert_int_equal(store_read_ticket(reader, g.arena, 99, &t, &g.err), -1);
	assert_int_equal(g.err.code, ERR_NOT_FOUND);
	CHECK_OK(store_read_history(reader, g.arena, TEXT("ticket:1"), TEXT(""), 0, 10, &events, &err_));
	assert_int_equal(events.count, 2);
	assert_string_equal(events.rows[1].label_ja.p, "受渡の受付");
	assert_string_equal(events.rows[1].actor_name.p, "山田 花子");
	store_read_close(reader);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_approval_is_answered_after_the_seal, start, end),
		cmocka_unit_test_setup_teardown(an_approval_not_sealed_in_time_is_busy_and_can_be_repeated, start, end),
		cmocka_unit_test_setup_teardown(a_reader_of_the_journal_waits_for_rows, start, end),
		cmocka_unit_test_setup_teardown(who_misbehaves_loses_the_connection_and_nobody_else, start, end),
		cmocka_unit_test_setup_teardown(one_caller_cannot_take_everybodys_place, start, end),
		cmocka_unit_test_setup_teardown(many_requests_of_one_connection_are_answered_in_order, start, end),
		cmocka_unit_test_setup_teardown(the_store_is_readable_while_recordd_runs, start, end),
	};
	if (argc != 2) {
		fprintf(stderr, "usage: recordd_test RECORDD\n");
		return 2;
	}
	program = argv[1];
	signal(SIGPIPE, SIG_IGN);
	return RUN_TESTS(tests);
}
