/* 7z書庫 — copy, LZMA, LZMA2, PPMd, bzip2, deflate and their filters; encrypted ones are refused (archive_read.h). */
#include "sanitize/parts/archive_read.h"

int sevenzip_rebuild(struct job *job, struct err *err)
{
	static int (*const supports[])(struct archive *) = { archive_read_support_format_7zip, NULL };
	static const struct archive_way way = { supports, BUNDLE_UTF8 };

	return archive_rebuild(job, &way, err);
}
