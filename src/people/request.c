/* 認証の依頼の読取り — contract in request.h. */
#include "people/request.h"

static struct text take_text(struct ipc_message *m)
{
	struct text t = ipc_take_text(m);

	if (t.n > AUTH_FIELD_MOST)
		m->in.failed = true;
	return t;
}

static void take_token(struct ipc_message *m, uint8_t out[AUTH_TOKEN])
{
	struct bytes b = ipc_take_bytes(m);

	if (m->in.failed || b.n != AUTH_TOKEN)
		m->in.failed = true;
	else
		memcpy(out, b.p, AUTH_TOKEN);
}

static bool take_flag(struct ipc_message *m)
{
	uint8_t v = ipc_take_u8(m);

	if (v > 1)
		m->in.failed = true;
	return v == 1;
}

static void take_objects(struct ipc_message *m, struct arena *arena, struct auth_asked *a)
{
	size_t count = ipc_take_u16(m);

	if (m->in.failed || count == 0 || count > AUTH_OBJECTS_MOST) {
		m->in.failed = true;
		return;
	}
	uint8_t(*objects)[SHA256_BYTES] = arena_alloc(arena, count * SHA256_BYTES);
	for (size_t i = 0; i < count; i++)
		take_token(m, objects[i]);
	_Static_assert((int)AUTH_TOKEN == (int)SHA256_BYTES, "both are 32 bytes");
	a->objects = (const uint8_t(*)[SHA256_BYTES])objects;
	a->count = count;
}

int auth_request_take(struct ipc_message *m, struct arena *arena, struct auth_asked *out, struct err *err)
{
	struct auth_asked a = { .type = m->type };

	switch (a.type) {
	case AUTH_SIGN_IN:
		a.face = ipc_take_u8(m);
		a.number = take_text(m), a.password = take_text(m), a.code = take_text(m), a.source = take_text(m);
		break;
	case AUTH_ENROL_BEGIN:
	case AUTH_SIGN_OUT:
	case AUTH_SESSIONS:
		take_token(m, a.token);
		break;
	case AUTH_END_SESSION:
		take_token(m, a.token);
		a.number = take_text(m);
		break;
	case AUTH_ENROL_CONFIRM:
		take_token(m, a.token);
		a.code = take_text(m);
		break;
	case AUTH_APPROVE:
		take_token(m, a.token);
		a.code = take_text(m), a.action = take_text(m), a.reason = take_text(m);
		take_objects(m, arena, &a);
		break;
	case AUTH_SET_PASSWORD:
		a.number = take_text(m), a.fresh = take_text(m);
		a.must_change = take_flag(m), a.clear_factor = take_flag(m);
		break;
	case AUTH_RESET_ACCOUNT:
		take_token(m, a.token);
		a.code = take_text(m), a.number = take_text(m);
		a.clear_factor = take_flag(m);
		break;
	case AUTH_SET_FACTOR:
		a.number = take_text(m);
		a.secret = ipc_take_bytes(m);
		break;
	case AUTH_CHANGE_PASSWORD:
		take_token(m, a.token);
		a.password = take_text(m), a.code = take_text(m), a.fresh = take_text(m), a.source = take_text(m);
		break;
	default:
		m->in.failed = true;
	}
	if (ipc_done(m, err) != 0)
		return -1;
	*out = a;
	return 0;
}
