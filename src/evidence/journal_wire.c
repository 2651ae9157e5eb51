/* 証跡への受渡し — contract in journal_wire.h. */
#include "evidence/journal_wire.h"

enum {
	ANSWER_MILLISECONDS = 10000, /* beyond the wait: a store in a long transaction is not a dead one */
	ROW_FIXED = 8 + 8 + 4 + 4,
};

int journal_take_ask(struct ipc_message *request, struct journal_ask *out, struct err *err)
{
	struct journal_ask ask = { 0 };
	struct bytes epoch = ipc_take_bytes(request);

	ask.after = ipc_take_u64(request);
	ask.most = ipc_take_u32(request);
	ask.wait = ipc_take_u32(request);
	if (ipc_done(request, err) != 0)
		return -1;
	if (epoch.n != 0 && epoch.n != ENTRY_EPOCH)
		return fail(err, ERR_MALFORMED, epoch.n, "an epoch has %d bytes", ENTRY_EPOCH);
	ask.any_epoch = epoch.n == 0;
	if (epoch.n)
		memcpy(ask.epoch, epoch.p, ENTRY_EPOCH);
	ask.most = MAX(1u, MIN(ask.most, (uint32_t)JOURNAL_ROWS_MOST));
	ask.wait = MIN(ask.wait, (uint32_t)JOURNAL_WAIT_MOST);
	*out = ask;
	return 0;
}

void journal_reply_start(struct journal_reply *r, struct arena *arena, uint32_t sequence, const uint8_t epoch[ENTRY_EPOCH])
{
	*r = (struct journal_reply){ .message = ipc_start(arena, JOURNAL_READ | IPC_REPLY, sequence) };
	ipc_put_bytes(&r->message, bytes_of(epoch, ENTRY_EPOCH));
	r->count_at = r->message.out.n;
	ipc_put_u32(&r->message, 0);
}

bool journal_reply_put(struct journal_reply *r, const struct journal_row *row)
{
	size_t n = ROW_FIXED + row->event.n + row->entry.n;

	if (r->count == JOURNAL_ROWS_MOST || r->message.out.n - IPC_HEADER + n > IPC_FRAME_MOST)
		return false;
	ipc_put_u64(&r->message, row->no);
	ipc_put_u64(&r->message, (uint64_t)row->at);
	ipc_put_text(&r->message, row->event);
	ipc_put_bytes(&r->message, row->entry);
	r->count++;
	return true;
}

struct ipc_message *journal_reply_close(struct journal_reply *r)
{
	for (int i = 0; i < 4; i++)
		r->message.out.p[r->count_at + (size_t)i] = (uint8_t)(r->count >> (24 - 8 * i));
	return &r->message;
}

int journal_take_report(struct ipc_message *request, uint8_t epoch[ENTRY_EPOCH], uint64_t *number, struct err *err)
{
	struct bytes b = ipc_take_bytes(request);
	uint64_t n = ipc_take_u64(request);

	if (ipc_done(request, err) != 0)
		return -1;
	if (b.n != ENTRY_EPOCH)
		return fail(err, ERR_MALFORMED, b.n, "an epoch has %d bytes", ENTRY_EPOCH);
	memcpy(epoch, b.p, ENTRY_EPOCH);
	*number = n;
	return 0;
}

int journal_read(int recordd, struct arena *arena, const uint8_t *epoch, uint64_t after, uint32_t most, uint32_t wait,
		 struct journal_rows *out, struct err *err)
{
	struct ipc_message reply, request = ipc_start(arena, JOURNAL_READ, 0);
	struct journal_rows rows = { 0 };

	ipc_put_bytes(&request, bytes_of(epoch, epoch ? ENTRY_EPOCH : 0));
	ipc_put_u64(&request, after);
	ipc_put_u32(&request, most);
	ipc_put_u32(&request, wait);
	if (ipc_call(recordd, &request, arena, (int64_t)wait + ANSWER_MILLISECONDS, &reply, err) != 0)
		return -1;
	struct bytes now = ipc_take_bytes(&reply);
	uint32_t count = ipc_take_u32(&reply);
	if (count > JOURNAL_ROWS_MOST || now.n != ENTRY_EPOCH) {
		ipc_drop(&reply);
		return fail(err, ERR_MALFORMED, count, "recordd's answer is malformed");
	}
	memcpy(rows.epoch, now.p, ENTRY_EPOCH);
	rows.count = count;
	rows.rows = arena_new_array(arena, struct journal_row, count);
	for (size_t i = 0; i < count; i++) {
		struct journal_row *row = &rows.rows[i];
		row->no = ipc_take_u64(&reply);
		row->at = (int64_t)ipc_take_u64(&reply);
		row->event = ipc_take_text(&reply);
		row->entry = ipc_take_bytes(&reply);
	}
	if (ipc_done(&reply, err) != 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (rows.rows[i].no <= after || (i > 0 && rows.rows[i].no != rows.rows[i - 1].no + 1))
			return fail(err, ERR_MISMATCH, rows.rows[i].no, "recordd's rows leave a gap before row %llu",
				    (unsigned long long)rows.rows[i].no);
	*out = rows;
	return 0;
}

int seal_report(int recordd, const uint8_t epoch[ENTRY_EPOCH], uint64_t number, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct ipc_message reply, request = ipc_start(arena, SEAL_REPORT, 0);

	ipc_put_bytes(&request, bytes_of(epoch, ENTRY_EPOCH));
	ipc_put_u64(&request, number);
	if (ipc_call(recordd, &request, arena, ANSWER_MILLISECONDS, &reply, err) != 0)
		return -1;
	return ipc_done(&reply, err);
}
