/* 記録係とのつながり — contract in link.h. */
#include "store/link.h"
#include <unistd.h>

enum { AGAIN_MILLISECONDS = 1000 };

int store_link_ready(struct store_link *link, struct err *err)
{
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
	return err->code == ERR_PEER && clock_milliseconds() - since < AGAIN_MILLISECONDS;
}
