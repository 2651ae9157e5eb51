/* bzip2圧縮 — a compressed stream: a tar archive, or one file (archive_read.h). */
#include "sanitize/parts/archive_read.h"

int bz2_rebuild(struct job *job, struct err *err)
{
	return archive_rebuild_stream(job, archive_read_support_filter_bzip2, err);
}
