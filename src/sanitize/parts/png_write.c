/* PNGの書出し — contract in png_write.h. The pixels pass through our own filters and libdeflate only; streamed ones through zlib. */
#include "sanitize/parts/png_write.h"
#include <libdeflate.h>

enum { LEVEL = 6, STREAM_LEVEL = 3, CHUNK_MOST = 1 << 20, RESOLUTION_BYTES = 9 };

const char png_kept[PNG_KEPT][5] = { "gAMA", "cHRM", "sRGB", "pHYs" };

static int put_chunk(struct job *job, const char *kind, struct bytes b, struct err *err)
{
	uint8_t head[8] = { (uint8_t)(b.n >> 24), (uint8_t)(b.n >> 16), (uint8_t)(b.n >> 8), (uint8_t)b.n };
	memcpy(head + 4, kind, 4);
	uint32_t crc = libdeflate_crc32(0, kind, 4);
	if (b.n) /* to the library, no bytes at all mean a fresh start */
		crc = libdeflate_crc32(crc, b.p, b.n);
	uint8_t end[4] = { (uint8_t)(crc >> 24), (uint8_t)(crc >> 16), (uint8_t)(crc >> 8), (uint8_t)crc };

	if (job_write(job, bytes_of(head, 8), err) != 0 || job_write(job, b, err) != 0)
		return -1;
	return job_write(job, bytes_of(end, 4), err);
}

static int put_head(struct job *job, const struct png_head *head, struct err *err)
{
	const struct png_shape *s = &head->shape;
	const uint8_t header[13] = { (uint8_t)(s->width >> 24), (uint8_t)(s->width >> 16), (uint8_t)(s->width >> 8), (uint8_t)s->width,
				     (uint8_t)(s->height >> 24), (uint8_t)(s->height >> 16), (uint8_t)(s->height >> 8), (uint8_t)s->height, s->depth, s->colour };

	if (job_write(job, BYTES("\x89PNG\r\n\x1a\n"), err) != 0 || put_chunk(job, "IHDR", bytes_of(header, 13), err) != 0)
		return -1;
	for (size_t i = 0; i < PNG_KEPT; i++)
		if (head->keep[i].n && put_chunk(job, png_kept[i], head->keep[i], err) != 0)
			return -1;
	if (head->palette.n && put_chunk(job, "PLTE", head->palette, err) != 0)
		return -1;
	return head->transparency.n ? put_chunk(job, "tRNS", head->transparency, err) : 0;
}

static int put_data(struct job *job, struct bytes b, struct err *err)
{
	while (b.n) {
		size_t n = MIN(b.n, (size_t)CHUNK_MOST);
		if (put_chunk(job, "IDAT", bytes_of(b.p, n), err) != 0)
			return -1;
		b.p += n, b.n -= n;
	}
	return 0;
}

void *png_room_in(struct job *job, struct arena *arena, uint64_t n, struct err *err)
{
	void *p = n > job_limit(job, LIMIT_JOB_MEMORY) ? NULL : arena_try(arena, (size_t)n);

	if (!p)
		refuse(err, REFUSAL_MEMORY, "no memory for %llu bytes of pixels", (unsigned long long)n);
	return p;
}

void *png_room(struct job *job, uint64_t n, struct err *err)
{
	return png_room_in(job, job_arena(job), n, err);
}

/* Rows of pixels, each `stride` bytes from the last, filtered into out. */
static uint8_t *filter_all(struct job *job, const struct png_shape *s, const uint8_t *pixels, size_t stride, struct err *err)
{
	uint8_t *out = png_room(job, (uint64_t)(s->row_bytes + 1) * s->height, err), *room = png_room(job, (uint64_t)s->row_bytes * 5, err);

	if (!out || !room)
		return NULL;
	const uint8_t *above = room + 4 * s->row_bytes; /* zeros */
	for (uint32_t y = 0; y < s->height; y++, pixels += stride) {
		png_filter(s, pixels, above, out + (size_t)y * (s->row_bytes + 1), room);
		above = pixels;
	}
	return out;
}

static int pack(struct job *job, const struct png_head *head, const uint8_t *filtered, struct err *err)
{
	const struct png_shape *s = &head->shape;
	size_t n = (s->row_bytes + 1) * s->height;
	struct libdeflate_compressor *c = libdeflate_alloc_compressor(LEVEL);
	size_t bound = c ? libdeflate_zlib_compress_bound(c, n) : 0;
	uint8_t *out = c ? png_room(job, bound, err) : NULL;

	if (!out)
		return c ? (libdeflate_free_compressor(c), -1) : refuse(err, REFUSAL_MEMORY, "no memory to pack");
	size_t got = libdeflate_zlib_compress(c, filtered, n, out, bound);
	libdeflate_free_compressor(c);
	must(got > 0);
	if (put_head(job, head, err) != 0)
		return -1;
	return put_data(job, bytes_of(out, got), err);
}

int png_stream_begin(struct png_stream *s, struct job *job, const struct png_head *head, struct err *err)
{
	*s = (struct png_stream){ .job = job, .shape = head->shape };
	s->packed = png_room(job, CHUNK_MOST, err);
	s->filtered = s->packed ? png_room(job, s->shape.row_bytes + 1, err) : NULL;
	s->room = s->filtered ? png_room(job, (uint64_t)s->shape.row_bytes * 4, err) : NULL;
	if (!s->room)
		return -1;
	if (deflateInit(&s->z, STREAM_LEVEL) != Z_OK)
		return refuse(err, REFUSAL_MEMORY, "no memory to pack");
	s->z.next_out = s->packed, s->z.avail_out = CHUNK_MOST;
	return put_head(job, head, err);
}

static int put_some(struct png_stream *s, size_t n, int flush, struct err *err)
{
	s->z.next_in = s->filtered;
	s->z.avail_in = (uInt)n;
	for (;;) {
		int got = deflate(&s->z, flush);
		must(got != Z_STREAM_ERROR);
		bool done = flush == Z_FINISH ? got == Z_STREAM_END : s->z.avail_in == 0 && s->z.avail_out;
		if (s->z.avail_out == 0 || (done && flush == Z_FINISH)) {
			if (put_data(s->job, bytes_of(s->packed, CHUNK_MOST - s->z.avail_out), err) != 0)
				return -1;
			s->z.next_out = s->packed, s->z.avail_out = CHUNK_MOST;
		}
		if (done)
			return 0;
	}
}

int png_stream_row(struct png_stream *s, const uint8_t *row, const uint8_t *above, struct err *err)
{
	png_filter(&s->shape, row, above, s->filtered, s->room);
	return put_some(s, s->shape.row_bytes + 1, Z_NO_FLUSH, err);
}

int png_stream_end(struct png_stream *s, struct err *err)
{
	if (put_some(s, 0, Z_FINISH, err) != 0)
		return -1;
	deflateEnd(&s->z);
	return put_chunk(s->job, "IEND", bytes_of(NULL, 0), err);
}

static int write_streamed(struct job *job, const struct png_head *head, const uint8_t *pixels, size_t stride, struct err *err)
{
	struct png_stream s;
	const uint8_t *above = png_room(job, head->shape.row_bytes, err);

	if (!above || png_stream_begin(&s, job, head, err) != 0)
		return -1;
	for (uint32_t y = 0; y < head->shape.height; y++, pixels += stride) {
		if (png_stream_row(&s, pixels, above, err) != 0)
			return -1;
		above = pixels;
	}
	return png_stream_end(&s, err);
}

int png_write(struct job *job, const struct png_head *head, const uint8_t *pixels, size_t stride, struct err *err)
{
	must(!head->shape.interlaced);
	if (png_raw_bytes(&head->shape) > PNG_WHOLE)
		return write_streamed(job, head, pixels, stride, err);
	uint8_t *filtered = filter_all(job, &head->shape, pixels, stride, err);
	if (!filtered || pack(job, head, filtered, err) != 0)
		return -1;
	return put_chunk(job, "IEND", bytes_of(NULL, 0), err);
}

struct bytes png_resolution(struct arena *arena, uint64_t x, uint64_t y)
{
	if (x < 100 || y < 100 || x > 1000000 || y > 1000000)
		return (struct bytes){ NULL, 0 };
	uint8_t *p = arena_alloc(arena, RESOLUTION_BYTES);
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(x >> (24 - 8 * i)), p[4 + i] = (uint8_t)(y >> (24 - 8 * i));
	p[8] = 1; /* a metre */
	return bytes_of(p, RESOLUTION_BYTES);
}
