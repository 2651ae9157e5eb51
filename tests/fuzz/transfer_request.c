/* 受け渡しの依頼のファズ — first byte: type of the message; the rest: its body. */
#include "transfer/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA(arena) = arena_new(0);
	struct ipc_message m = { .type = size ? data[0] : 0, .out = buf_in(arena, 65536) };
	struct transfer_asked asked;

	if (size == 0)
		return 0;
	m.in = cursor_over(bytes_of(data + 1, size - 1));
	if (transfer_request_take(&m, &asked, NULL) != 0)
		return 0;
	must(asked.upload_count <= TRANSFER_FILES_MOST && (asked.type != TRANSFER_HAND_IN_FILES || asked.upload_count > 0));
	if (asked.type == TRANSFER_UPLOAD_BEGIN) {
		struct text name = transfer_safe_name(arena, asked.name), again = transfer_safe_name(arena, name);
		must(text_equal(name, again) && name.n > 0 && name.n <= 255);
		must(!memchr(name.p, '/', name.n) && !memchr(name.p, '\\', name.n));
	}
	return 0;
}
