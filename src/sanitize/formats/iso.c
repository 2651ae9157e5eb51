/* ISOイメージ — ISO 9660 with Joliet or Rock Ridge names; what stands outside its files is left behind (archive_read.h). */
#include "sanitize/parts/archive_read.h"

int iso_rebuild(struct job *job, struct err *err)
{
	static int (*const supports[])(struct archive *) = { archive_read_support_format_iso9660, NULL };
	static const struct archive_way way = { supports, BUNDLE_UNMARKED, NULL };

	return archive_rebuild(job, &way, err);
}
