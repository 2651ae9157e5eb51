/* 記録係とのつながり — contract in link.h. */
#include "store/link.h"
#include <unistd.h>

enum { AGAIN_MILLISECONDS = 1000 };

int store_link_ready(struct store_link *link, struct err *err)
{
	if (link->rest > clock_milliseconds())
		return fail(err, ERR_PEER, 0, "recordd gave no answer a moment ago");
	link->rest = 0;
	store_call_within(STORE_LINK_MILLISECONDS);
	if (link->fd < 0)
		link->fd = service_connect(link->service, "recordd", err);
	return link->fd < 0 ? -1 : 0;
}

bool store_link_again(struct store_link *link, int result, int64_t since, const struct err *err)
{
	if (result == 0 || (err->code != ERR_PEER && err->code != ERR_MALFORMED) || link->fd < 0)
		return false;
	close(link->fd);
	link->fd = -1;
	int64_t now = clock_milliseconds();
	if (now - since >= STORE_LINK_MILLISECONDS)
		link->rest = now + STORE_LINK_MILLISECONDS;
	return err->code == ERR_PEER && now - since < AGAIN_MILLISECONDS;
}
