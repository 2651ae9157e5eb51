/* TAR書庫 — ustar, pax, GNU and old ones, sparse files too, delivered as a plain ZIP (archive_read.h). */
#include "sanitize/parts/archive_read.h"

int tar_rebuild(struct job *job, struct err *err)
{
	static int (*const supports[])(struct archive *) = { archive_read_support_format_tar, NULL };
	static const struct archive_way way = { supports, BUNDLE_UNMARKED, NULL };

	return archive_rebuild(job, &way, err);
}
