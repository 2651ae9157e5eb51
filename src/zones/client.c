/* 通信規則の依頼 — contract in client.h. */
#include "zones/client.h"
#include "base/file.h"
#include <unistd.h>

enum { CALL_MILLISECONDS = 300000, STATUS_MOST = 4 << 20 };

int zones_call(int zonesd, enum zones_request what, uint64_t seconds, struct arena *arena, struct json *out, struct err *err)
{
	struct ipc_message m = ipc_start(arena, (uint16_t)what, 1), reply;
	struct bytes content;

	if (what == ZONES_APPLY)
		ipc_put_u64(&m, seconds);
	if (ipc_call(zonesd, &m, arena, CALL_MILLISECONDS, &reply, err) != 0)
		return -1;
	FD(fd) = ipc_take_fd(&reply);
	if (ipc_done(&reply, err) != 0)
		return -1;
	if (lseek(fd, 0, SEEK_SET) != 0)
		return fail_errno(err, ERR_IO, "what zonesd sent cannot be read");
	if (file_read_fd(arena, fd, STATUS_MOST, &content, err) != 0)
		return -1;
	return json_read(arena, content, out, err);
}
