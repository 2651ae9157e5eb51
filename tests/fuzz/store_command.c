/* ファズ: 記録の命令 — any bytes as a command: first two bytes the type, then the fields. Taking it apart may refuse, never crash; what was taken and
 * put again gives the same bytes. */
#include "base/hash.h"
#include "store/client.h"

static struct ipc_message received(struct arena *arena, uint16_t type, struct bytes body)
{
	return (struct ipc_message){ .type = type, .in = cursor_over(body), .out = buf_in(arena, 0) };
}

static void same(struct ipc_message *m, struct bytes body)
{
	must(buf_ok(&m->out));
	must(bytes_equal(bytes_of(m->out.p + IPC_HEADER, m->out.n - IPC_HEADER), body));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA(arena) = arena_new(0);
	struct err err;

	if (size < 2 || size > IPC_FRAME_MOST)
		return 0;
	uint16_t type = (uint16_t)(data[0] << 8 | data[1]);
	struct bytes body = bytes_of(data + 2, size - 2);
#define COMMAND(number, name, callers, permission, event)                                                \
	{                                                                                               \
		struct ipc_message in = received(arena, number, body), out = ipc_start(arena, number, 0); \
		struct store_##name v;                                                                  \
		struct store_##name##_reply r;                                                          \
		if (type == number && store_take_##name(&in, &v, &err) == 0) {                            \
			store_put_##name(&out, &v);                                                     \
			same(&out, body);                                                               \
		}                                                                                       \
		in = received(arena, number, body), out = ipc_start(arena, number, 0);                   \
		if (type == (number | IPC_REPLY) && store_take_##name##_reply(&in, &r, &err) == 0) {      \
			store_put_##name##_reply(&out, &r);                                             \
			same(&out, body);                                                               \
		}                                                                                       \
	}
#include "store/commands.def"
#undef COMMAND
	return 0;
}
