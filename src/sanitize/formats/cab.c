/* CAB書庫 — cabinets with MSZIP, LZX or stored content, delivered as a plain ZIP (archive_read.h). One part of several is refused. */
#include "base/cursor.h"
#include "sanitize/parts/archive_read.h"

enum { HEAD = 36, FLAGS_AT = 30, HAS_OTHERS = 3 };

int cab_rebuild(struct job *job, struct err *err)
{
	static int (*const supports[])(struct archive *) = { archive_read_support_format_cab, NULL };
	static const struct archive_way way = { supports, BUNDLE_BACKSLASHES, NULL };
	uint8_t head[HEAD];

	if (job_size(job) < HEAD)
		return refuse(err, REFUSAL_DAMAGED, "shorter than its head");
	if (job_read(job, head, HEAD, 0, err) < 0)
		return -1;
	if (head[FLAGS_AT] & HAS_OTHERS)
		return refuse(err, REFUSAL_FEATURE, "one of several volumes");
	return archive_rebuild(job, &way, err);
}
