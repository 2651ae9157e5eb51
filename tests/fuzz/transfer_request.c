/* 受け渡しの依頼のファズ — first byte: type of the message; the rest: its body. A hand-in is given a descriptor. */
#include "transfer/request.h"
#include <fcntl.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA(arena) = arena_new(0);
	struct ipc_message m = { .type = size ? data[0] : 0, .out = buf_in(arena, 65536) };
	struct transfer_asked asked;

	if (size == 0)
		return 0;
	m.in = cursor_over(bytes_of(data + 1, size - 1));
	if (m.type == TRANSFER_HAND_IN)
		m.fds[m.fd_count++] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (transfer_request_take(&m, &asked, NULL) != 0)
		return 0;
	if (asked.type == TRANSFER_HAND_IN) {
		struct text name = transfer_safe_name(arena, asked.name), again = transfer_safe_name(arena, name);
		must(text_equal(name, again) && name.n > 0 && name.n <= 255);
		must(!memchr(name.p, '/', name.n) && !memchr(name.p, '\\', name.n));
	}
	if (asked.pipe >= 0)
		close(asked.pipe);
	return 0;
}
