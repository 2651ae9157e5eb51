/* 送られてくる中身 — contract in part_flow.h. */
#include "transfer/pages/part_flow.h"
#include "transfer/client.h"
#include "web/request.h"
#include <errno.h>
#include <unistd.h>

int part_flow_open(struct part_flow *flow, struct request *r, struct err *err)
{
	*flow = (struct part_flow){ .pipe = -1, .transferd = service_connect(&r->web->service, "transferd", err) };
	return flow->transferd < 0 ? -1 : 0;
}

int part_flow_data(struct part_flow *flow, struct bytes piece, struct err *err)
{
	while (piece.n > 0 && !flow->stopped) {
		ssize_t n = write(flow->pipe, piece.p, piece.n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EPIPE) {
			flow->stopped = true;
			break;
		}
		if (n < 0)
			return fail_errno(err, ERR_PEER, "cannot hand the file on");
		piece.p += n, piece.n -= (size_t)n;
		flow->bytes += (uint64_t)n;
	}
	return 0;
}

int part_flow_end(struct part_flow *flow, uint64_t *so_far, struct err *err)
{
	close(flow->pipe);
	flow->pipe = -1;
	return transfer_upload_part_end(flow->transferd, flow->bytes, so_far, err);
}

void part_flow_close(struct part_flow *flow)
{
	if (flow->pipe >= 0)
		close(flow->pipe);
	if (flow->transferd >= 0)
		close(flow->transferd);
	flow->pipe = flow->transferd = -1;
}
