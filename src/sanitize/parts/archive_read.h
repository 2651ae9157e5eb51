/* 書庫の読取り — tar, 7z, rar, cab, iso and compressed streams, read by libarchive in the archive jail: one format at a time is switched on, never all;
 * it reads the sealed descriptor through job_read. What is inside goes into a bundle (bundle.h) and comes out as a plain ZIP.
 *
 * Refused: links and devices (BAD_LINK), names that climb or collide (BAD_NAME), encrypted (PROTECTED), unpacked too large (BOMB), checksums that
 * do not fit (DAMAGED), methods that the library does not know (FEATURE). article: s6.3.2b; threats A3, H2, H4. */
#ifndef SANITIZE_PARTS_ARCHIVE_READ_H
#define SANITIZE_PARTS_ARCHIVE_READ_H
#include "sanitize/parts/bundle.h"
#include <archive.h>

/* What is read instead of the job's input: as job_read. */
struct archive_source {
	uint64_t size;
	int (*read)(void *self, void *to, size_t n, uint64_t at, struct err *err);
	void *self;
};
struct archive_way {
	int (*const *supports)(struct archive *archive); /* archive_read_support_…, ends with NULL */
	enum bundle_names names;
	const struct archive_source *source; /* NULL: the job's input */
};
/* Rebuilds the job's input as a ZIP; says so (ARCHIVE_AS_ZIP). A stream that is no tar holds one file, named as the stream without its extension. */
int archive_rebuild(struct job *job, const struct archive_way *way, struct err *err) CHECK_RESULT;
/* tar inside, or one file: what each kind of compressed stream is. filter: archive_read_support_filter_… */
int archive_rebuild_stream(struct job *job, int (*filter)(struct archive *archive), struct err *err) CHECK_RESULT;
/* Before the walls: names are UTF-8 and times are UTC, so that the library loads nothing in the jail. */
void archive_prepare(void);

#endif
