/* 受け渡しの依頼の読取り — contract in request.h. */
#include "transfer/request.h"
#include "base/text.h"
#include "store/field.h"
#include "store/limits.h"

enum { EXTENSION_MOST = 16 };

static struct text take_text(struct ipc_message *m)
{
	struct text t = ipc_take_text(m);

	if (t.n > TRANSFER_FIELD_MOST)
		m->in.failed = true;
	return t;
}

static void take_token(struct ipc_message *m, uint8_t out[TRANSFER_TOKEN])
{
	struct bytes b = ipc_take_bytes(m);

	if (m->in.failed || b.n != TRANSFER_TOKEN)
		m->in.failed = true;
	else
		memcpy(out, b.p, TRANSFER_TOKEN);
}

static void take_upload(struct ipc_message *m, uint8_t out[TRANSFER_UPLOAD_ID])
{
	struct bytes b = ipc_take_bytes(m);

	if (m->in.failed || b.n != TRANSFER_UPLOAD_ID)
		m->in.failed = true;
	else
		memcpy(out, b.p, TRANSFER_UPLOAD_ID);
}

static void take_uploads(struct ipc_message *m, struct transfer_asked *a)
{
	size_t n = ipc_take_u16(m);

	if (n == 0 || n > TRANSFER_FILES_MOST)
		m->in.failed = true;
	for (; !m->in.failed && a->upload_count < n; a->upload_count++)
		take_upload(m, a->uploads + a->upload_count * TRANSFER_UPLOAD_ID);
}

/* What guests and those who invited them ask. */
static void take_of_links(struct ipc_message *m, struct transfer_asked *a)
{
	switch (a->type) {
	case TRANSFER_GUEST_LINK:
		a->source = take_text(m);
		break;
	case TRANSFER_GUEST_UPLOAD:
		a->name = take_text(m), a->declared_type = take_text(m), a->source = take_text(m);
		a->number = ipc_take_u64(m);
		break;
	case TRANSFER_GUEST_HAND_IN:
		a->source = take_text(m), a->guest = take_text(m), a->organisation = take_text(m);
		take_uploads(m, a);
		break;
	case TRANSFER_LINK_ISSUE:
		a->addressee = take_text(m), a->purpose = take_text(m);
		a->most = ipc_take_u32(m);
		a->number = ipc_take_u64(m);
		a->until = (int64_t)ipc_take_u64(m);
		break;
	case TRANSFER_LINK_REVOKE:
	case TRANSFER_LINKS:
		a->number = ipc_take_u64(m);
		break;
	default:
		m->in.failed = true;
	}
}

/* What begins, carries and ends an upload. false: the request is none of these. */
static bool take_of_uploads(struct ipc_message *m, struct transfer_asked *a)
{
	switch (a->type) {
	case TRANSFER_UPLOAD_BEGIN:
		a->name = take_text(m), a->declared_type = take_text(m), a->charset = take_text(m), a->password = take_text(m), a->source = take_text(m);
		a->number = ipc_take_u64(m);
		a->lasting = ipc_take_u8(m);
		return true;
	case TRANSFER_UPLOAD_PART:
		take_upload(m, a->upload);
		a->number = ipc_take_u64(m);
		return true;
	case TRANSFER_UPLOAD_PART_END:
		a->number = ipc_take_u64(m);
		return true;
	case TRANSFER_UPLOAD_STATE:
	case TRANSFER_UPLOAD_DROP:
		take_upload(m, a->upload);
		return true;
	default:
		return false;
	}
}

int transfer_request_take(struct ipc_message *m, struct transfer_asked *out, struct err *err)
{
	struct transfer_asked a = { .type = m->type };

	if (a.type != TRANSFER_UPLOAD_PART_END && a.type != TRANSFER_FACE_CONFIGURED)
		take_token(m, a.token);
	switch (a.type) {
	case TRANSFER_HAND_IN_CHECK:
		a.addressee = take_text(m), a.purpose = take_text(m);
		a.number = ipc_take_u64(m);
		break;
	case TRANSFER_HAND_IN_FILES:
		a.addressee = take_text(m), a.purpose = take_text(m);
		take_uploads(m, &a);
		break;
	case TRANSFER_MY_TICKET:
	case TRANSFER_MY_HAND_IN:
		a.number = ipc_take_u64(m);
		a.quiet = ipc_take_u8(m);
		break;
	case TRANSFER_PICTURE:
		a.number = ipc_take_u64(m);
		a.after = ipc_take_u8(m);
		break;
	case TRANSFER_UNLOCK:
		a.number = ipc_take_u64(m);
		a.password = take_text(m);
		break;
	case TRANSFER_FETCH:
	case TRANSFER_OUTWARD:
		a.number = ipc_take_u64(m);
		break;
	case TRANSFER_MY_TICKETS:
		a.number = ipc_take_u64(m);
		a.most = ipc_take_u16(m);
		a.state = ipc_take_u8(m);
		a.since = (int64_t)ipc_take_u64(m), a.until = (int64_t)ipc_take_u64(m);
		a.full = ipc_take_u8(m);
		a.query = take_text(m);
		break;
	case TRANSFER_ADDRESSEES:
	case TRANSFER_HAND_IN_FORM:
	case TRANSFER_FACE_CONFIGURED:
		a.query = take_text(m);
		break;
	case TRANSFER_WHO:
		a.quiet = ipc_take_u8(m);
		break;
	case TRANSFER_TERMS:
		break;
	default:
		if (!take_of_uploads(m, &a))
			take_of_links(m, &a);
	}
	if (ipc_done(m, err) != 0)
		return -1;
	*out = a;
	return 0;
}

/* Appends the characters that a record may hold. */
static void put_plain(struct arena *arena, struct buf *b, struct text from)
{
	size_t at = 0, start;

	while (start = at, text_next(from, &at)) {
		struct text one = arena_text(arena, (struct text){ from.p + start, at - start });
		if (field_check(FIELD_LINE_OR_NONE, one, STORE_FILE_NAME_MOST, "name", NULL) == 0 || text_is(one, " ") || text_is(one, "　"))
			buf_text(b, one);
	}
}

/* At most n bytes, cut between characters. */
static size_t cut(struct text t, size_t n)
{
	size_t at = 0, whole = 0;

	while (text_next(t, &at) && at <= n)
		whole = at;
	return whole;
}

struct text transfer_safe_name(struct arena *arena, struct text name)
{
	struct buf b = buf_in(arena, TRANSFER_FIELD_MOST + 1);
	size_t start = 0;

	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] == '/' || name.p[i] == '\\')
			start = i + 1;
	put_plain(arena, &b, (struct text){ name.p + start, name.n - start });
	struct text safe = { buf_string(&b), b.n };
	if (safe.n > STORE_FILE_NAME_MOST) {
		const char *dot = memrchr(safe.p, '.', safe.n);
		struct text extension = TEXT("");
		if (dot && (size_t)(safe.p + safe.n - dot) <= EXTENSION_MOST)
			extension = (struct text){ dot, (size_t)(safe.p + safe.n - dot) };
		size_t stem = cut(safe, STORE_FILE_NAME_MOST - extension.n);
		const char *joined = arena_printf(arena, "%.*s%s", (int)stem, safe.p, extension.p);
		safe = (struct text){ joined, strlen(joined) };
	}
	return field_check(FIELD_FILE_NAME, safe, STORE_FILE_NAME_MOST, "name", NULL) == 0 ? safe : TEXT("無題");
}
