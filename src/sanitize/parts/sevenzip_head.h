/* 7zの見出し — where the packed streams of a 7z archive lie and what was done to them: as much of its head as is needed to take encryption off it, read strictly, and
 * written again without it. The rest of the head (names, sizes, sums) is passed on as it is. In the archive jail only. Format: 7zFormat.txt of the 7-Zip sources.
 * article: s6.3.2b; threat H2. */
#ifndef SANITIZE_PARTS_SEVENZIP_HEAD_H
#define SANITIZE_PARTS_SEVENZIP_HEAD_H
#include "base/buf.h"
#include "base/err.h"

enum { SEVENZIP_START = 32 /* bytes before the packed streams */, SEVENZIP_CODERS_MOST = 4, SEVENZIP_STREAMS_MOST = 4, SEVENZIP_FOLDERS_MOST = 100000, SEVENZIP_HEAD_BYTES_MOST = 16 << 20 };

/* One step from packed to plain; simple ones take one stream and give one. */
struct sevenzip_coder {
	struct bytes id, properties;
	uint32_t ins, outs;
};
struct sevenzip_folder {
	struct sevenzip_coder coders[SEVENZIP_CODERS_MOST];
	struct {
		uint32_t in, out; /* what comes of out goes into in */
	} pairs[2 * SEVENZIP_STREAMS_MOST];
	uint32_t packed[SEVENZIP_STREAMS_MOST]; /* the streams in that are packed */
	uint64_t sizes[2 * SEVENZIP_STREAMS_MOST]; /* of what each coder gives */
	unsigned coder_count, pair_count, packed_count, out_count;
	size_t first; /* its first packed stream */
	bool has_sum;
	uint32_t sum;
};
struct sevenzip_streams {
	uint64_t at;	 /* of the first packed stream, behind SEVENZIP_START */
	uint64_t *sizes; /* of each packed stream; they follow each other */
	size_t count;
	struct sevenzip_folder *folders;
	size_t folder_count;
	struct bytes rest; /* of the head, behind the folders, as it is */
};
enum sevenzip_kind {
	SEVENZIP_NOTHING, /* no archive of this kind that can be understood */
	SEVENZIP_PACKED,  /* the head itself is packed: these streams are one folder, the head */
	SEVENZIP_HEAD,	  /* the streams of the archive */
};
/* head: as it stands in the archive or came out of a packed one, kept. */
enum sevenzip_kind sevenzip_head_read(struct arena *arena, struct bytes head, struct sevenzip_streams *out);
/* A head for the same files over these streams. */
void sevenzip_head_write(struct buf *out, const struct sevenzip_streams *streams);
/* The 32 bytes of an archive whose head of these bytes stands so far behind them. */
void sevenzip_start_write(struct buf *out, struct bytes head, uint64_t at);

#endif
