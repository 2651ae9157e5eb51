/* 試験の職員 — contract in passage_people.h. */
#include "support/passage_people.h"
#include "base/clock.h"
#include "base/file.h"
#include "evidence/statement.h"
#include "people/totp.h"
#include "store/client.h"
#include <errno.h>
#include <unistd.h>

const uint8_t factor_secret[20] = "12345678901234567890";

int people_connect(const struct service *as, const char *daemon)
{
	struct err err;
	int fd = service_connect(as, daemon, &err);

	if (fd < 0) {
		fprintf(stderr, "cannot reach %s: %s\n", daemon, err.say);
		abort();
	}
	return fd;
}

static struct text text_at(const char *s)
{
	return (struct text){ s, strlen(s) };
}

#define DO(call) do { struct err err_ = { 0 }; (void)err_; if ((call) != 0) { fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #call, err_.say); abort(); } } while (0)

static void add_person(int recordd, int authd, struct arena *a, const char *number, const char *unit)
{
	DO(store_call_person_add(recordd, a, &(struct store_person_add){ text_at(number), text_at(number), TEXT("カナ"), text_at(unit), TEXT("") }, NULL, &err_));
	DO(auth_set_password(authd, text_at(number), TEXT(PASSWORD), false, false, &err_));
	DO(auth_set_factor(authd, text_at(number), bytes_of(factor_secret, 20), &err_));
}

void people_make(struct ground *g, unsigned limit_mb)
{
	ARENA(a) = arena_new(0);
	FD(recordd) = people_connect(&g->operator, "recordd");
	FD(authd) = people_connect(&g->operator, "authd");
	uint8_t hash[SHA256_BYTES];
	const char *policy = arena_printf(a,
		"city \"試験市\" code \"990019\" site test fiscal from april\ndefault deny\n"
		"zone internet \"インターネット接続系\" {\n net 10.3.0.0/16\n on eth3\n}\nzone lgwan \"LGWAN接続系\" {\n net 10.2.0.0/16\n on eth2\n}\n"
		"carry file from internet to lgwan sanitize approve by manager keep 1 days limit %u MB\n", limit_mb);

	DO(store_call_unit_add(recordd, a, &(struct store_unit_add){ TEXT("shimin"), TEXT("市民課"), TEXT("") }, NULL, &err_));
	DO(store_call_unit_add(recordd, a, &(struct store_unit_add){ TEXT("soumu"), TEXT("総務課"), TEXT("") }, NULL, &err_));
	add_person(recordd, authd, a, SENDER, "shimin");
	add_person(recordd, authd, a, STRANGER, "shimin");
	add_person(recordd, authd, a, CHIEF, "shimin");
	add_person(recordd, authd, a, DEPUTY, "shimin");
	add_person(recordd, authd, a, SECOND_DEPUTY, "shimin");
	add_person(recordd, authd, a, ADDRESSEE, "soumu");
	DO(store_call_post_assign(recordd, a, &(struct store_post_assign){ TEXT(CHIEF), TEXT("shimin"), TEXT("chief"), clock_now() - 10, 0 }, NULL, &err_));
	DO(store_call_post_assign(recordd, a, &(struct store_post_assign){ TEXT(DEPUTY), TEXT("shimin"), TEXT("deputy"), clock_now() - 10, 0 }, NULL, &err_));
	DO(store_call_post_assign(recordd, a, &(struct store_post_assign){ TEXT(SECOND_DEPUTY), TEXT("shimin"), TEXT("deputy"), clock_now() - 10, 0 }, NULL, &err_));
	sha256_of(bytes_of_text(text_at(policy)), hash);
	DO(store_call_policy_adopt(recordd, a, &(struct store_policy_adopt){ bytes_of_text(text_at(policy)), bytes_of(hash, 32) }, NULL, &err_));
}

struct text fresh_code(const char *number)
{
	static struct {
		char number[17];
		int64_t last;
	} used[8];
	static char code[8];
	size_t i = 0;

	while (used[i].number[0] && strcmp(used[i].number, number) != 0)
		must(++i < COUNT(used));
	snprintf(used[i].number, sizeof used[i].number, "%s", number);
	/* The oldest that is still good, unless it would be too old by the time it is looked at. */
	int64_t next = MAX(used[i].last + 1, totp_step(clock_now() + 8) - TOTP_DRIFT);
	while (next > totp_step(clock_now()) + TOTP_DRIFT)
		usleep(200000);
	used[i].last = next;
	snprintf(code, sizeof code, "%06u", totp_code(bytes_of(factor_secret, 20), next));
	return (struct text){ code, 6 };
}

void people_sign_in(struct ground *g, unsigned face, const char *number, uint8_t token[AUTH_TOKEN])
{
	FD(authd) = people_connect(face == FACE_OFFICE ? &g->office : &g->internet, "authd");
	struct auth_outcome out;

	DO(auth_sign_in(authd, face, text_at(number), TEXT(PASSWORD), fresh_code(number), TEXT("192.0.2.7"), &out, &err_));
	if (out.status != AUTH_IN) {
		fprintf(stderr, "%s cannot sign in: status %d\n", number, out.status);
		abort();
	}
	memcpy(token, out.token, AUTH_TOKEN);
}

uint8_t people_byte(size_t at)
{
	return at % 64 == 63 ? '\n' : (uint8_t)('a' + (at * 2654435761u >> 15) % 26);
}

int people_upload_begin(int transferd, const uint8_t token[AUTH_TOKEN], const char *addressee, const struct transfer_upload *what,
			uint8_t id[TRANSFER_UPLOAD_ID], int *pipe_end, struct err *err)
{
	if (transfer_hand_in_check(transferd, token, text_at(addressee), TEXT("夏まつりの資料"), what->bytes, err) != 0 ||
	    transfer_upload_begin(transferd, token, what, id, err) != 0)
		return -1;
	return transfer_upload_part(transferd, token, id, 0, pipe_end, err);
}

int people_upload_finish(int transferd, const uint8_t token[AUTH_TOKEN], const char *addressee, const uint8_t id[TRANSFER_UPLOAD_ID], uint64_t bytes,
			 uint64_t *ticket, struct err *err)
{
	uint64_t so_far;

	if (transfer_upload_part_end(transferd, bytes, &so_far, err) != 0)
		return -1;
	return transfer_hand_in(transferd, token, text_at(addressee), TEXT("夏まつりの資料"), id, 1, ticket, err);
}

int people_hand_in(struct ground *g, const uint8_t token[AUTH_TOKEN], const char *addressee, size_t n, uint64_t *ticket, struct err *err)
{
	int connection = service_connect(&g->internet, "transferd", err), pipe_end;
	struct transfer_upload what = { .name = TEXT("C:\\fakepath\\資料.txt"), .declared_type = TEXT("text/plain"), .source = TEXT("192.0.2.7"), .bytes = n };
	uint8_t part[65536], id[TRANSFER_UPLOAD_ID];

	if (connection < 0)
		return -1;
	FD(transferd) = connection;
	if (people_upload_begin(transferd, token, addressee, &what, id, &pipe_end, err) != 0)
		return -1;
	for (size_t at = 0; at < n;) {
		size_t portion = MIN(sizeof part, n - at);
		for (size_t i = 0; i < portion; i++)
			part[i] = people_byte(at + i);
		ssize_t put = write(pipe_end, part, portion);
		if (put < 0 && errno != EINTR)
			break; /* transferd reads no more: it says why */
		at += put < 0 ? 0 : (size_t)put;
	}
	close(pipe_end);
	return people_upload_finish(transferd, token, addressee, id, n, ticket, err);
}

int people_hand_in_content(struct ground *g, const uint8_t token[AUTH_TOKEN], const char *addressee, const char *name, struct bytes content,
			   const char *password, uint64_t *ticket, struct err *err)
{
	FD(transferd) = people_connect(&g->internet, "transferd");
	struct transfer_upload what = { .name = text_at(name), .declared_type = TEXT(""), .charset = TEXT(""), .password = text_at(password),
					.source = TEXT("192.0.2.7") };
	uint8_t id[TRANSFER_UPLOAD_ID];
	int pipe_end;

	if (people_upload_begin(transferd, token, addressee, &what, id, &pipe_end, err) != 0)
		return -1;
	must(write(pipe_end, content.p, content.n) == (ssize_t)content.n);
	close(pipe_end);
	return people_upload_finish(transferd, token, addressee, id, content.n, ticket, err);
}

void people_ticket(struct ground *g, uint64_t ticket, struct arena *arena, struct store_ticket *out)
{
	struct store_reader *reader;

	DO(store_read_open(g->home, &reader, &err_));
	DO(store_read_ticket(reader, arena, ticket, out, &err_));
	store_read_close(reader);
}

void people_wait_judged(struct ground *g, uint64_t ticket, struct arena *arena, struct store_ticket *out)
{
	int64_t until = clock_milliseconds() + 40000;

	do {
		people_ticket(g, ticket, arena, out);
		if (out->state != TICKET_RECEIVED)
			return;
		usleep(20000);
	} while (clock_milliseconds() < until);
	fprintf(stderr, "ticket %llu gets no verdict\n", (unsigned long long)ticket);
	abort();
}

int people_decide(struct ground *g, const uint8_t token[AUTH_TOKEN], const char *number, const char *action, const uint64_t *tickets, size_t count,
		  struct err *err)
{
	ARENA(a) = arena_new(0);
	FD(authd) = people_connect(&g->office, "authd");
	FD(recordd) = people_connect(&g->office, "recordd");
	uint8_t(*objects)[SHA256_BYTES] = arena_alloc(a, count * SHA256_BYTES);
	struct auth_approval approval;

	for (size_t i = 0; i < count; i++) {
		struct store_ticket t;
		people_ticket(g, tickets[i], a, &t);
		if (t.object.n != SHA256_BYTES)
			return fail(err, ERR_INVALID, tickets[i], "the ticket has no object");
		memcpy(objects[i], t.object.p, SHA256_BYTES);
	}
	if (auth_approve(authd, token, fresh_code(number), text_at(action), TEXT("確認した"), (const uint8_t(*)[SHA256_BYTES])objects, count, a, &approval,
			 err) != 0)
		return -1;
	if (approval.status != AUTH_IN)
		return fail(err, ERR_DENIED, approval.status, "authd did not sign: status %d", approval.status);
	return store_call_ticket_decide(recordd, a,
					&(struct store_ticket_decide){ bytes_of(token, AUTH_TOKEN), approval.statement, bytes_of(approval.signature, 64) }, NULL, err);
}

int people_fetch(struct ground *g, const uint8_t token[AUTH_TOKEN], uint64_t ticket, struct arena *arena, struct transfer_file *out, struct err *err)
{
	FD(transferd) = people_connect(&g->office, "transferd");

	return transfer_fetch(transferd, token, ticket, arena, out, err);
}
