/* 認証の依頼のファズ — first two bytes: type of the message; the rest: its body. */
#include "people/request.h"
#include "people/totp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA(arena) = arena_new(0);
	struct cursor c = cursor_over(bytes_of(data, size));
	struct ipc_message m = { .type = cursor_u16be(&c), .out = buf_in(arena, 65536) };
	struct auth_asked asked;

	if (c.failed)
		return 0;
	m.in = c;
	if (auth_request_take(&m, arena, &asked, NULL) == 0) {
		int64_t step = 0;
		must(asked.count <= AUTH_OBJECTS_MOST && asked.code.n <= AUTH_FIELD_MOST && asked.number.n <= AUTH_FIELD_MOST);
		if (totp_check(bytes_of("12345678901234567890", 20), asked.code, 150, 0, &step) == TOTP_RIGHT)
			must(step >= 4 && step <= 6);
	}
	return 0;
}
