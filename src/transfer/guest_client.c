/* 外部の人の受渡しの依頼 — contract in client.h: what webd asks for people outside and for the links they use. */
#include "transfer/client.h"
#include <unistd.h>

enum { CALL_MILLISECONDS = 10000, FINISH_MILLISECONDS = 120000 };

static struct ipc_message begin(struct arena *arena, uint16_t type, const uint8_t token[TRANSFER_TOKEN])
{
	static uint32_t sequence;
	struct ipc_message m = ipc_start(arena, type, __atomic_add_fetch(&sequence, 1, __ATOMIC_RELAXED));

	ipc_put_bytes(&m, bytes_of(token, TRANSFER_TOKEN));
	return m;
}

int transfer_guest_link(int transferd, const uint8_t link[TRANSFER_TOKEN], struct text source, struct arena *arena, struct transfer_guest_link *out,
			struct err *err)
{
	struct ipc_message m = begin(arena, TRANSFER_GUEST_LINK, link), reply;
	struct transfer_guest_link got = { 0 };

	ipc_put_text(&m, source);
	if (ipc_call(transferd, &m, arena, CALL_MILLISECONDS, &reply, err) != 0)
		return -1;
	got.issuer_name = ipc_take_text(&reply), got.issuer_unit_name = ipc_take_text(&reply), got.purpose = ipc_take_text(&reply);
	got.files_left = ipc_take_u32(&reply), got.bytes_most = ipc_take_u64(&reply), got.expires = (int64_t)ipc_take_u64(&reply);
	size_t count = ipc_take_u16(&reply);
	for (; got.file_count < count && got.file_count < TRANSFER_FILES_MOST; got.file_count++) {
		struct transfer_guest_file *f = &got.files[got.file_count];
		f->name = ipc_take_text(&reply), f->state = ipc_take_u8(&reply), f->refusal = ipc_take_text(&reply);
		f->at = (int64_t)ipc_take_u64(&reply);
	}
	if (ipc_done(&reply, err) != 0)
		return -1;
	*out = got;
	return 0;
}

int transfer_guest_upload(int transferd, const uint8_t link[TRANSFER_TOKEN], const struct transfer_upload *what, uint8_t id[TRANSFER_UPLOAD_ID], int *pipe_end,
			  struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct ipc_message m = begin(arena, TRANSFER_GUEST_UPLOAD, link), reply;

	ipc_put_text(&m, what->name), ipc_put_text(&m, what->declared_type), ipc_put_text(&m, what->source);
	ipc_put_u64(&m, what->bytes);
	if (ipc_call(transferd, &m, arena, CALL_MILLISECONDS, &reply, err) != 0)
		return -1;
	struct bytes got = ipc_take_bytes(&reply);
	int write_end = ipc_take_fd(&reply);
	if (ipc_done(&reply, err) != 0 || got.n != TRANSFER_UPLOAD_ID) {
		if (write_end >= 0)
			close(write_end);
		return fail(err, ERR_MALFORMED, got.n, "transferd's answer is none");
	}
	memcpy(id, got.p, TRANSFER_UPLOAD_ID);
	*pipe_end = write_end;
	return 0;
}

int transfer_guest_hand_in(int transferd, const uint8_t link[TRANSFER_TOKEN], struct text source, struct text guest, struct text organisation,
			   const uint8_t *ids, size_t count, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct ipc_message m = begin(arena, TRANSFER_GUEST_HAND_IN, link), reply;

	must(count >= 1 && count <= TRANSFER_FILES_MOST);
	ipc_put_text(&m, source), ipc_put_text(&m, guest), ipc_put_text(&m, organisation);
	ipc_put_u16(&m, (uint16_t)count);
	for (size_t i = 0; i < count; i++)
		ipc_put_bytes(&m, bytes_of(ids + i * TRANSFER_UPLOAD_ID, TRANSFER_UPLOAD_ID));
	if (ipc_call(transferd, &m, arena, FINISH_MILLISECONDS, &reply, err) != 0)
		return -1;
	ipc_take_u64(&reply), ipc_take_u16(&reply); /* numbers are not for guests */
	return ipc_done(&reply, err);
}

int transfer_link_issue(int transferd, const uint8_t token[TRANSFER_TOKEN], const struct transfer_link_terms *terms, uint8_t link[TRANSFER_TOKEN],
			struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct ipc_message m = begin(arena, TRANSFER_LINK_ISSUE, token), reply;

	ipc_put_text(&m, terms->addressee), ipc_put_text(&m, terms->purpose);
	ipc_put_u32(&m, terms->files_most), ipc_put_u64(&m, terms->bytes_most), ipc_put_u64(&m, (uint64_t)terms->expires);
	if (ipc_call(transferd, &m, arena, CALL_MILLISECONDS, &reply, err) != 0)
		return -1;
	struct bytes got = ipc_take_bytes(&reply);
	if (ipc_done(&reply, err) != 0)
		return -1;
	if (got.n != TRANSFER_TOKEN)
		return fail(err, ERR_MALFORMED, got.n, "transferd sent a link of another length");
	memcpy(link, got.p, TRANSFER_TOKEN);
	return 0;
}

int transfer_link_revoke(int transferd, const uint8_t token[TRANSFER_TOKEN], uint64_t number, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct ipc_message m = begin(arena, TRANSFER_LINK_REVOKE, token), reply;

	ipc_put_u64(&m, number);
	return ipc_call(transferd, &m, arena, CALL_MILLISECONDS, &reply, err) != 0 ? -1 : ipc_done(&reply, err);
}

int transfer_links(int transferd, const uint8_t token[TRANSFER_TOKEN], uint64_t before, struct arena *arena, struct transfer_links *out, struct err *err)
{
	struct ipc_message m = begin(arena, TRANSFER_LINKS, token), reply;

	ipc_put_u64(&m, before);
	if (ipc_call(transferd, &m, arena, CALL_MILLISECONDS, &reply, err) != 0)
		return -1;
	struct transfer_links found = { .count = ipc_take_u16(&reply) };
	found.more = ipc_take_u8(&reply);
	if (found.count > TRANSFER_ROWS_MOST) {
		ipc_drop(&reply);
		return fail(err, ERR_MALFORMED, found.count, "transferd sent too many rows");
	}
	found.rows = arena_new_array(arena, struct transfer_link, found.count);
	for (size_t i = 0; i < found.count; i++) {
		struct transfer_link *l = &found.rows[i];
		l->number = ipc_take_u64(&reply), l->bytes_most = ipc_take_u64(&reply);
		l->addressee_name = ipc_take_text(&reply), l->purpose = ipc_take_text(&reply);
		l->files_most = ipc_take_u32(&reply), l->used = ipc_take_u32(&reply);
		l->created = (int64_t)ipc_take_u64(&reply), l->expires = (int64_t)ipc_take_u64(&reply), l->revoked = (int64_t)ipc_take_u64(&reply);
	}
	if (ipc_done(&reply, err) != 0)
		return -1;
	*out = found;
	return 0;
}
