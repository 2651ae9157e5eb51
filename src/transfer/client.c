/* 受け渡しの依頼 — contract in client.h. */
#include "transfer/client.h"
#include "base/file.h"
#include <unistd.h>

enum {
	CALL_MILLISECONDS = 10000,
	FINISH_MILLISECONDS = 120000, /* a large file is being made durable */
	FETCH_MILLISECONDS = 60000,
	PICTURE_MILLISECONDS = 120000, /* others may be drawn before it */
	PICTURE_MOST = 64 << 20,
	TAKE_UP_MILLISECONDS = 60000, /* a large upload is read from the front */
	REPORT_MOST = 4 << 20,
};

static uint32_t next_sequence(void)
{
	static uint32_t sequence;
	return __atomic_add_fetch(&sequence, 1, __ATOMIC_RELAXED);
}

static struct ipc_message start_with_token(struct arena *arena, uint16_t type, const uint8_t token[TRANSFER_TOKEN])
{
	struct ipc_message m = ipc_start(arena, type, next_sequence());

	ipc_put_bytes(&m, bytes_of(token, TRANSFER_TOKEN));
	return m;
}

int transfer_who(int transferd, const uint8_t token[TRANSFER_TOKEN], bool quiet, struct arena *arena, struct transfer_person *out, struct err *err)
{
	struct ipc_message m = start_with_token(arena, TRANSFER_WHO, token), reply;
	struct transfer_person person;

	ipc_put_u8(&m, quiet);
	if (ipc_call(transferd, &m, arena, CALL_MILLISECONDS, &reply, err) != 0)
		return -1;
	person.number = ipc_take_text(&reply);
	person.name = ipc_take_text(&reply);
	person.unit = ipc_take_text(&reply);
	person.unit_name = ipc_take_text(&reply);
	person.is_chief = ipc_take_u8(&reply);
	person.is_administrator = ipc_take_u8(&reply);
	person.expires = (int64_t)ipc_take_u64(&reply);
	if (ipc_done(&reply, err) != 0)
		return -1;
	*out = person;
	return 0;
}

int transfer_terms(int transferd, const uint8_t token[TRANSFER_TOKEN], struct transfer_terms *out, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct ipc_message m = start_with_token(arena, TRANSFER_TERMS, token), reply;

	if (ipc_call(transferd, &m, arena, CALL_MILLISECONDS, &reply, err) != 0)
		return -1;
	struct transfer_terms terms = { .bytes_most = ipc_take_u64(&reply) };
	terms.keep_days = ipc_take_u32(&reply);
	if (ipc_done(&reply, err) != 0)
		return -1;
	*out = terms;
	return 0;
}

int transfer_face_configured(int transferd, struct bytes content, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct ipc_message m = ipc_start(arena, TRANSFER_FACE_CONFIGURED, 0), reply;

	ipc_put_bytes(&m, content);
	return ipc_call(transferd, &m, arena, CALL_MILLISECONDS, &reply, err) != 0 ? -1 : ipc_done(&reply, err);
}

int transfer_hand_in_check(int transferd, const uint8_t token[TRANSFER_TOKEN], struct text addressee, struct text purpose, uint64_t bytes, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct ipc_message m = start_with_token(arena, TRANSFER_HAND_IN_CHECK, token), reply;

	ipc_put_text(&m, addressee);
	ipc_put_text(&m, purpose);
	ipc_put_u64(&m, bytes);
	return ipc_call(transferd, &m, arena, CALL_MILLISECONDS, &reply, err) != 0 ? -1 : ipc_done(&reply, err);
}

int transfer_upload_begin(int transferd, const uint8_t token[TRANSFER_TOKEN], const struct transfer_upload *what, uint8_t id[TRANSFER_UPLOAD_ID],
			  struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct ipc_message m = start_with_token(arena, TRANSFER_UPLOAD_BEGIN, token), reply;

	ipc_put_text(&m, what->name);
	ipc_put_text(&m, what->declared_type);
	ipc_put_text(&m, what->charset);
	ipc_put_text(&m, what->password);
	ipc_put_text(&m, what->source);
	ipc_put_u64(&m, what->bytes);
	ipc_put_u8(&m, what->lasting);
	int result = ipc_call(transferd, &m, arena, CALL_MILLISECONDS, &reply, err);
	if (m.out.p)
		secret_wipe(m.out.p, m.out.n);
	if (result != 0)
		return -1;
	struct bytes got = ipc_take_bytes(&reply);
	if (ipc_done(&reply, err) != 0)
		return -1;
	if (got.n != TRANSFER_UPLOAD_ID)
		return fail(err, ERR_MALFORMED, got.n, "transferd sent an upload id of another length");
	memcpy(id, got.p, TRANSFER_UPLOAD_ID);
	return 0;
}

int transfer_upload_part(int transferd, const uint8_t token[TRANSFER_TOKEN], const uint8_t id[TRANSFER_UPLOAD_ID], uint64_t at, int *pipe_end, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct ipc_message m = start_with_token(arena, TRANSFER_UPLOAD_PART, token), reply;

	ipc_put_bytes(&m, bytes_of(id, TRANSFER_UPLOAD_ID));
	ipc_put_u64(&m, at);
	if (ipc_call(transferd, &m, arena, TAKE_UP_MILLISECONDS, &reply, err) != 0)
		return -1;
	int write_end = ipc_take_fd(&reply);
	if (ipc_done(&reply, err) != 0) {
		if (write_end >= 0)
			close(write_end);
		return -1;
	}
	*pipe_end = write_end;
	return 0;
}

int transfer_upload_part_end(int transferd, uint64_t bytes, uint64_t *so_far, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct ipc_message m = ipc_start(arena, TRANSFER_UPLOAD_PART_END, next_sequence()), reply;

	ipc_put_u64(&m, bytes);
	if (ipc_call(transferd, &m, arena, FINISH_MILLISECONDS, &reply, err) != 0)
		return -1;
	uint64_t got = ipc_take_u64(&reply);
	if (ipc_done(&reply, err) != 0)
		return -1;
	*so_far = got;
	return 0;
}

int transfer_upload_state(int transferd, const uint8_t token[TRANSFER_TOKEN], const uint8_t id[TRANSFER_UPLOAD_ID], struct arena *arena,
			  struct transfer_upload_state *out, struct err *err)
{
	struct ipc_message m = start_with_token(arena, TRANSFER_UPLOAD_STATE, token), reply;

	ipc_put_bytes(&m, bytes_of(id, TRANSFER_UPLOAD_ID));
	if (ipc_call(transferd, &m, arena, TAKE_UP_MILLISECONDS, &reply, err) != 0)
		return -1;
	struct transfer_upload_state state = { .name = ipc_take_text(&reply) };
	state.bytes = ipc_take_u64(&reply), state.so_far = ipc_take_u64(&reply), state.complete = ipc_take_u8(&reply);
	if (ipc_done(&reply, err) != 0)
		return -1;
	*out = state;
	return 0;
}

int transfer_upload_drop(int transferd, const uint8_t token[TRANSFER_TOKEN], const uint8_t id[TRANSFER_UPLOAD_ID], struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct ipc_message m = start_with_token(arena, TRANSFER_UPLOAD_DROP, token), reply;

	ipc_put_bytes(&m, bytes_of(id, TRANSFER_UPLOAD_ID));
	return ipc_call(transferd, &m, arena, CALL_MILLISECONDS, &reply, err) != 0 ? -1 : ipc_done(&reply, err);
}

int transfer_hand_in(int transferd, const uint8_t token[TRANSFER_TOKEN], struct text addressee, struct text purpose, const uint8_t *ids, size_t count,
		     uint64_t *first, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct ipc_message m = start_with_token(arena, TRANSFER_HAND_IN_FILES, token), reply;

	must(count >= 1 && count <= TRANSFER_FILES_MOST);
	ipc_put_text(&m, addressee);
	ipc_put_text(&m, purpose);
	ipc_put_u16(&m, (uint16_t)count);
	for (size_t i = 0; i < count; i++)
		ipc_put_bytes(&m, bytes_of(ids + i * TRANSFER_UPLOAD_ID, TRANSFER_UPLOAD_ID));
	if (ipc_call(transferd, &m, arena, FINISH_MILLISECONDS, &reply, err) != 0)
		return -1;
	uint64_t number = ipc_take_u64(&reply);
	size_t got = ipc_take_u16(&reply);
	if (ipc_done(&reply, err) != 0)
		return -1;
	if (got != count)
		return fail(err, ERR_MALFORMED, got, "transferd opened %zu tickets for %zu files", got, count);
	*first = number;
	return 0;
}

static void take_ticket(struct ipc_message *m, struct transfer_ticket *t)
{
	t->number = ipc_take_u64(m);
	t->at = (int64_t)ipc_take_u64(m);
	t->keep_until = (int64_t)ipc_take_u64(m);
	t->bytes = ipc_take_u64(m);
	t->state = ipc_take_u8(m);
	t->verdict = ipc_take_u8(m);
	t->removed = ipc_take_u32(m);
	t->files = ipc_take_u32(m);
	t->addressee = ipc_take_text(m);
	t->addressee_name = ipc_take_text(m);
	t->purpose = ipc_take_text(m);
	t->name = ipc_take_text(m);
	t->output_name = ipc_take_text(m);
	t->reason = ipc_take_text(m);
}

static int take_tickets(struct ipc_message *reply, struct arena *arena, struct transfer_tickets *out, struct err *err)
{
	struct transfer_tickets found = { .count = ipc_take_u16(reply) };

	found.more = ipc_take_u8(reply);
	found.next = ipc_take_u64(reply);
	if (found.count > TRANSFER_ROWS_MOST) {
		ipc_drop(reply);
		return fail(err, ERR_MALFORMED, found.count, "transferd sent too many rows");
	}
	found.rows = arena_new_array(arena, struct transfer_ticket, found.count);
	for (size_t i = 0; i < found.count; i++)
		take_ticket(reply, &found.rows[i]);
	if (ipc_done(reply, err) != 0)
		return -1;
	*out = found;
	return 0;
}

int transfer_my_tickets(int transferd, const uint8_t token[TRANSFER_TOKEN], const struct transfer_wanted *wanted, struct arena *arena,
			struct transfer_tickets *out, struct err *err)
{
	struct ipc_message m = start_with_token(arena, TRANSFER_MY_TICKETS, token), reply;

	ipc_put_u64(&m, wanted->before);
	ipc_put_u16(&m, (uint16_t)MIN(wanted->most, (unsigned)TRANSFER_ROWS_MOST));
	ipc_put_u8(&m, (uint8_t)wanted->state);
	ipc_put_u64(&m, (uint64_t)wanted->since), ipc_put_u64(&m, (uint64_t)wanted->until);
	ipc_put_u8(&m, wanted->full);
	ipc_put_text(&m, wanted->words);
	if (ipc_call(transferd, &m, arena, CALL_MILLISECONDS, &reply, err) != 0)
		return -1;
	return take_tickets(&reply, arena, out, err);
}

int transfer_my_hand_in(int transferd, const uint8_t token[TRANSFER_TOKEN], bool quiet, uint64_t ticket, struct arena *arena,
			struct transfer_tickets *out, struct err *err)
{
	struct ipc_message m = start_with_token(arena, TRANSFER_MY_HAND_IN, token), reply;

	ipc_put_u64(&m, ticket);
	ipc_put_u8(&m, quiet);
	if (ipc_call(transferd, &m, arena, CALL_MILLISECONDS, &reply, err) != 0)
		return -1;
	return take_tickets(&reply, arena, out, err);
}

int transfer_outward(int transferd, const uint8_t token[TRANSFER_TOKEN], uint64_t before, struct arena *arena, struct transfer_tickets *out,
		     struct err *err)
{
	struct ipc_message m = start_with_token(arena, TRANSFER_OUTWARD, token), reply;

	ipc_put_u64(&m, before);
	if (ipc_call(transferd, &m, arena, CALL_MILLISECONDS, &reply, err) != 0)
		return -1;
	return take_tickets(&reply, arena, out, err);
}

static int take_deciders(struct ipc_message *m, struct arena *arena, struct transfer_ticket *t, struct err *err)
{
	size_t n = ipc_take_u16(m);

	if (n > TRANSFER_DECIDERS_MOST) {
		ipc_drop(m);
		return fail(err, ERR_MALFORMED, n, "transferd sent too many rows");
	}
	t->deciders = arena_new_array(arena, struct transfer_decider, n);
	t->decider_count = n;
	for (size_t i = 0; i < n; i++)
		t->deciders[i].name = ipc_take_text(m), t->deciders[i].post = ipc_take_text(m);
	return 0;
}

int transfer_my_ticket(int transferd, const uint8_t token[TRANSFER_TOKEN], bool quiet, uint64_t ticket, struct arena *arena,
		       struct transfer_ticket *out, struct bytes *report, struct err *err)
{
	struct ipc_message m = start_with_token(arena, TRANSFER_MY_TICKET, token), reply;
	struct transfer_ticket found = { 0 };
	struct bytes json = { NULL, 0 };

	ipc_put_u64(&m, ticket);
	ipc_put_u8(&m, quiet);
	if (ipc_call(transferd, &m, arena, CALL_MILLISECONDS, &reply, err) != 0)
		return -1;
	take_ticket(&reply, &found);
	found.wrong_passwords = ipc_take_u32(&reply);
	if (take_deciders(&reply, arena, &found, err) != 0)
		return -1;
	FD(fd) = reply.fd_count ? ipc_take_fd(&reply) : -1; /* a report may be longer than a message */
	if (ipc_done(&reply, err) != 0 || (fd >= 0 && (lseek(fd, 0, SEEK_SET) != 0 || file_read_fd(arena, fd, REPORT_MOST, &json, err) != 0)))
		return -1;
	*out = found, *report = json;
	return 0;
}

int transfer_unlock(int transferd, const uint8_t token[TRANSFER_TOKEN], uint64_t ticket, struct text password, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct ipc_message m = start_with_token(arena, TRANSFER_UNLOCK, token), reply;

	ipc_put_u64(&m, ticket);
	ipc_put_text(&m, password);
	return ipc_call(transferd, &m, arena, CALL_MILLISECONDS, &reply, err) != 0 ? -1 : ipc_done(&reply, err);
}

/* Not yet ended: more may follow. */
static int take_people(struct ipc_message *reply, struct arena *arena, struct transfer_addressees *out, struct err *err)
{
	struct transfer_addressees found = { .count = ipc_take_u16(reply) };

	found.more = ipc_take_u8(reply);
	if (found.count > TRANSFER_ROWS_MOST) {
		ipc_drop(reply);
		return fail(err, ERR_MALFORMED, found.count, "transferd sent too many rows");
	}
	found.rows = arena_new_array(arena, struct transfer_addressee, found.count);
	for (size_t i = 0; i < found.count; i++) {
		found.rows[i].number = ipc_take_text(reply);
		found.rows[i].name = ipc_take_text(reply);
		found.rows[i].kana = ipc_take_text(reply);
		found.rows[i].unit_name = ipc_take_text(reply);
	}
	*out = found;
	return 0;
}

int transfer_addressees(int transferd, const uint8_t token[TRANSFER_TOKEN], struct text query, struct arena *arena,
			struct transfer_addressees *out, struct err *err)
{
	struct ipc_message m = start_with_token(arena, TRANSFER_ADDRESSEES, token), reply;
	struct transfer_addressees found;

	ipc_put_text(&m, query);
	if (ipc_call(transferd, &m, arena, CALL_MILLISECONDS, &reply, err) != 0 || take_people(&reply, arena, &found, err) != 0 || ipc_done(&reply, err) != 0)
		return -1;
	*out = found;
	return 0;
}

int transfer_hand_in_form(int transferd, const uint8_t token[TRANSFER_TOKEN], struct text query, struct arena *arena, struct transfer_form *out,
			  struct err *err)
{
	struct ipc_message m = start_with_token(arena, TRANSFER_HAND_IN_FORM, token), reply;
	struct transfer_form form = { 0 };

	ipc_put_text(&m, query);
	if (ipc_call(transferd, &m, arena, CALL_MILLISECONDS, &reply, err) != 0)
		return -1;
	form.terms.bytes_most = ipc_take_u64(&reply), form.terms.keep_days = ipc_take_u32(&reply);
	if (take_people(&reply, arena, &form.people, err) != 0)
		return -1;
	size_t count = ipc_take_u16(&reply);
	for (; form.purpose_count < count && form.purpose_count < TRANSFER_PURPOSES_MOST; form.purpose_count++)
		form.purposes[form.purpose_count] = ipc_take_text(&reply);
	if (ipc_done(&reply, err) != 0)
		return -1;
	*out = form;
	return 0;
}

int transfer_fetch(int transferd, const uint8_t token[TRANSFER_TOKEN], uint64_t ticket, struct arena *arena, struct transfer_file *out,
		   struct err *err)
{
	struct ipc_message m = start_with_token(arena, TRANSFER_FETCH, token), reply;
	struct transfer_file file;

	ipc_put_u64(&m, ticket);
	if (ipc_call(transferd, &m, arena, FETCH_MILLISECONDS, &reply, err) != 0)
		return -1;
	file.name = ipc_take_text(&reply);
	file.media_type = ipc_take_text(&reply);
	file.bytes = ipc_take_u64(&reply);
	file.fd = ipc_take_fd(&reply);
	if (ipc_done(&reply, err) != 0) {
		if (file.fd >= 0)
			close(file.fd);
		return -1;
	}
	*out = file;
	return 0;
}

int transfer_picture(int transferd, const uint8_t token[TRANSFER_TOKEN], uint64_t ticket, bool after, struct arena *arena, struct bytes *png, struct err *err)
{
	struct ipc_message m = start_with_token(arena, TRANSFER_PICTURE, token), reply;

	ipc_put_u64(&m, ticket);
	ipc_put_u8(&m, after);
	if (ipc_call(transferd, &m, arena, PICTURE_MILLISECONDS, &reply, err) != 0)
		return -1;
	uint64_t bytes = ipc_take_u64(&reply);
	FD(fd) = ipc_take_fd(&reply);
	if (ipc_done(&reply, err) != 0)
		return -1;
	if (file_read_fd(arena, fd, PICTURE_MOST, png, err) != 0)
		return -1;
	return png->n == bytes ? 0 : fail(err, ERR_MALFORMED, bytes, "the picture is of another length");
}
