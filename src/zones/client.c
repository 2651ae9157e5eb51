/* 通信規則の依頼 — contract in client.h. */
#include "zones/client.h"
#include "base/file.h"
#include "store/limits.h"
#include <fcntl.h>
#include <unistd.h>

enum { CALL_MILLISECONDS = 300000, STATUS_MOST = 16 << 20, VIEW_MILLISECONDS = 3000, PROBE_MOST = 1 << 20 };

static int read_fd(struct arena *arena, int fd, size_t most, struct bytes *out, struct err *err)
{
	if (lseek(fd, 0, SEEK_SET) != 0)
		return fail_errno(err, ERR_IO, "what zonesd sent cannot be read");
	return file_read_fd(arena, fd, most, out, err);
}

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
	return read_fd(arena, fd, STATUS_MOST, &content, err) != 0 ? -1 : json_read(arena, content, out, err);
}

int zones_view(int zonesd, struct arena *arena, struct json *status, struct bytes *text, struct err *err)
{
	struct ipc_message m = ipc_start(arena, ZONES_VIEW, 1), reply;
	struct bytes content;

	if (ipc_call(zonesd, &m, arena, VIEW_MILLISECONDS, &reply, err) != 0)
		return -1;
	FD(told) = ipc_take_fd(&reply);
	FD(policy) = ipc_take_fd(&reply);
	if (ipc_done(&reply, err) != 0 || read_fd(arena, told, STATUS_MOST, &content, err) != 0 || read_fd(arena, policy, STORE_POLICY_MOST, text, err) != 0)
		return -1;
	return json_read(arena, content, status, err);
}

bool zones_last_probe(struct arena *arena, const char *home, struct json *out)
{
	struct bytes kept;

	return file_read(arena, AT_FDCWD, arena_printf(arena, "%s/" ZONES_LAST_PROBE, home), PROBE_MOST, &kept, NULL) == 0 && json_read(arena, kept, out, NULL) == 0 &&
	       out->kind == JSON_OBJECT;
}
