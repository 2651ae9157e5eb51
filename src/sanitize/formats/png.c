/* PNG画像 — decoded to bounded pixels and encoded anew with fixed settings; a second pass gives the same bytes.
 *
 * Kept: size, depth, colours, transparency, gamma and resolution in their fixed forms. Turned the right way up. Everything else is dropped (G):
 * texts, EXIF, profiles, animation, unknown chunks, whatever follows the end (A2). The pixels pass through our own filters and libdeflate only:
 * no chunk reaches a library. Pictures whose rows exceed WHOLE are streamed by zlib, so that memory stays bounded. */
#include "base/cursor.h"
#include "sanitize/format.h"
#include "sanitize/parts/exif.h"
#include "sanitize/parts/png_rows.h"
#include <libdeflate.h>
#include <zlib.h>

enum { SIGNATURE = 8, WHOLE = 64 << 20, LEVEL = 6, STREAM_LEVEL = 3, CHUNK_MOST = 1 << 20, CHUNKS_MOST = 1 << 20 };

static const char kept[][5] = { "gAMA", "cHRM", "sRGB", "pHYs" };
static const uint32_t kept_bytes[] = { 4, 32, 1, 9 };

struct png {
	struct job *job;
	struct png_shape shape;
	struct bytes palette, transparency, keep[COUNT(kept)];
	struct bytes *data; /* of the IDAT chunks */
	size_t data_count, data_room, data_bytes;
	unsigned orientation;
};

static bool is_kind(const uint8_t *kind, const char *name) { return memcmp(kind, name, 4) == 0; }

static int take_header(struct png *png, struct bytes b, struct err *err)
{
	struct cursor c = cursor_over(b);
	uint32_t width = cursor_u32be(&c), height = cursor_u32be(&c);
	uint8_t depth = cursor_u8(&c), colour = cursor_u8(&c), compression = cursor_u8(&c), filter = cursor_u8(&c), interlace = cursor_u8(&c);

	if (b.n != 13 || !png_shape_of(width, height, depth, colour, &png->shape) || compression || filter || interlace > 1)
		return refuse(err, REFUSAL_DAMAGED, "the header is none of a PNG");
	if ((uint64_t)width * height > job_limit(png->job, LIMIT_PIXELS))
		return refuse(err, REFUSAL_TOO_LARGE, "%u by %u pixels", width, height);
	png->shape.interlaced = interlace;
	return 0;
}

static int take_transparency(struct png *png, struct bytes b, struct err *err)
{
	static const uint8_t bytes[] = { [0] = 2, [2] = 6 };
	uint8_t colour = png->shape.colour;
	bool good = colour == 3 ? png->palette.n && b.n >= 1 && b.n <= png->palette.n / 3 : colour <= 2 && b.n == bytes[colour];

	if (!good || png->transparency.n || png->data_count)
		return refuse(err, REFUSAL_DAMAGED, "the transparency does not belong to the colours");
	png->transparency = b;
	return 0;
}

static int take_palette(struct png *png, struct bytes b, struct err *err)
{
	if (b.n == 0 || b.n % 3 || b.n > 768 || png->palette.n || png->data_count)
		return refuse(err, REFUSAL_DAMAGED, "the palette is malformed");
	if (png->shape.colour != 3)
		return 0; /* a mere suggestion for old screens */
	if (b.n / 3 > 1u << png->shape.depth)
		return refuse(err, REFUSAL_DAMAGED, "the palette is too long");
	png->palette = b;
	return 0;
}

static void take_data(struct png *png, struct bytes b)
{
	if (png->data_count == png->data_room) {
		size_t room = png->data_room ? png->data_room * 2 : 16;
		struct bytes *more = arena_new_array(job_arena(png->job), struct bytes, room);
		if (png->data_count)
			memcpy(more, png->data, png->data_count * sizeof *more);
		png->data = more, png->data_room = room;
	}
	png->data[png->data_count++] = b;
	png->data_bytes += b.n;
}

static int take_ancillary(struct png *png, const uint8_t *kind, struct bytes b)
{
	char name[5] = { 0 };

	for (size_t i = 0; i < COUNT(kept); i++)
		if (is_kind(kind, kept[i]) && b.n == kept_bytes[i] && png->keep[i].n == 0 && png->data_count == 0) {
			png->keep[i] = b;
			return 0;
		}
	if (is_kind(kind, "eXIf"))
		png->orientation = exif_orientation(b);
	memcpy(name, kind, 4);
	job_removed(png->job, "G", name, 1);
	return 0;
}

static int take_chunk(struct png *png, const uint8_t *kind, struct bytes b, struct err *err)
{
	if (is_kind(kind, "IHDR"))
		return refuse(err, REFUSAL_DAMAGED, "two headers");
	if (is_kind(kind, "PLTE"))
		return take_palette(png, b, err);
	if (is_kind(kind, "tRNS"))
		return take_transparency(png, b, err);
	if (is_kind(kind, "IDAT")) {
		take_data(png, b);
		return 0;
	}
	if (!(kind[0] & 0x20))
		return refuse(err, REFUSAL_FEATURE, "an unknown chunk that must be understood");
	return take_ancillary(png, kind, b);
}

static int take_chunks(struct png *png, struct bytes whole, struct err *err)
{
	struct cursor c = cursor_over(whole);

	cursor_take(&c, SIGNATURE);
	for (unsigned n = 0; n < CHUNKS_MOST; n++) {
		uint32_t length = cursor_u32be(&c);
		const uint8_t *kind = cursor_take(&c, 4);
		struct bytes body = cursor_bytes(&c, length);
		uint32_t crc = cursor_u32be(&c);
		if (c.failed)
			return refuse(err, REFUSAL_DAMAGED, "cut short in chunk %u", n);
		if (libdeflate_crc32(0, kind, (size_t)length + 4) != crc)
			return refuse(err, REFUSAL_DAMAGED, "chunk %u is damaged", n);
		if (is_kind(kind, "IEND")) {
			if (c.left)
				job_removed(png->job, "A2", "", 1);
			break;
		}
		int got = n == 0 ? is_kind(kind, "IHDR") ? take_header(png, body, err) : refuse(err, REFUSAL_DAMAGED, "no header")
				 : take_chunk(png, kind, body, err);
		if (got != 0)
			return -1;
	}
	if (png->data_count == 0 || (png->shape.colour == 3 && png->palette.n == 0))
		return refuse(err, REFUSAL_DAMAGED, "no pixels or no palette");
	return 0;
}

/* -- writing -- */
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

static int put_head(struct png *png, const struct png_shape *s, struct err *err)
{
	struct job *job = png->job;
	const uint8_t header[13] = { (uint8_t)(s->width >> 24), (uint8_t)(s->width >> 16), (uint8_t)(s->width >> 8), (uint8_t)s->width,
				     (uint8_t)(s->height >> 24), (uint8_t)(s->height >> 16), (uint8_t)(s->height >> 8), (uint8_t)s->height, s->depth, s->colour };

	if (job_write(job, BYTES("\x89PNG\r\n\x1a\n"), err) != 0 || put_chunk(job, "IHDR", bytes_of(header, 13), err) != 0)
		return -1;
	for (size_t i = 0; i < COUNT(kept); i++)
		if (png->keep[i].n && put_chunk(job, kept[i], png->keep[i], err) != 0)
			return -1;
	if (png->palette.n && put_chunk(job, "PLTE", png->palette, err) != 0)
		return -1;
	return png->transparency.n ? put_chunk(job, "tRNS", png->transparency, err) : 0;
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

/* -- whole pictures -- */
static void *room_for(struct job *job, uint64_t n, struct err *err)
{
	void *p = n > job_limit(job, LIMIT_JOB_MEMORY) ? NULL : arena_try(job_arena(job), (size_t)n);

	if (!p)
		refuse(err, REFUSAL_MEMORY, "no memory for %llu bytes of pixels", (unsigned long long)n);
	return p;
}

static struct bytes join_data(struct png *png)
{
	if (png->data_count == 1)
		return png->data[0];
	uint8_t *p = arena_alloc(job_arena(png->job), png->data_bytes + 1), *at = p;
	for (size_t i = 0; i < png->data_count; i++)
		if (png->data[i].n)
			memcpy(at, png->data[i].p, png->data[i].n), at += png->data[i].n;
	return bytes_of(p, png->data_bytes);
}

/* zlib, for streams that hold more than the picture: what is too much is not read, as by every viewer. */
static int inflate_some(struct bytes in, uint8_t *raw, size_t n, struct err *err)
{
	z_stream z = { .next_in = (Bytef *)(uintptr_t)in.p, .avail_in = (uInt)in.n, .next_out = raw, .avail_out = (uInt)n };

	if (inflateInit(&z) != Z_OK)
		return refuse(err, REFUSAL_MEMORY, "no memory to unpack");
	int got = inflate(&z, Z_SYNC_FLUSH);
	bool whole = (got == Z_OK || got == Z_STREAM_END || got == Z_BUF_ERROR) && z.avail_out == 0;
	inflateEnd(&z);
	return whole ? 0 : refuse(err, REFUSAL_DAMAGED, "the pixels cannot be unpacked");
}

static int unpack(struct png *png, uint8_t *raw, size_t n, struct err *err)
{
	struct bytes in = join_data(png);
	struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
	size_t got = 0;

	if (!d)
		return refuse(err, REFUSAL_MEMORY, "no memory to unpack");
	enum libdeflate_result result = libdeflate_zlib_decompress(d, in.p, in.n, raw, n, &got);
	libdeflate_free_decompressor(d);
	if (result == LIBDEFLATE_INSUFFICIENT_SPACE && in.n <= UINT32_MAX)
		return inflate_some(in, raw, n, err);
	if (result != LIBDEFLATE_SUCCESS || got != n)
		return refuse(err, REFUSAL_DAMAGED, "the pixels cannot be unpacked");
	return 0;
}

/* Rows of pixels, each `stride` bytes from the last, filtered into out. */
static uint8_t *filter_all(struct job *job, const struct png_shape *s, const uint8_t *pixels, size_t stride, struct err *err)
{
	uint8_t *out = room_for(job, (uint64_t)(s->row_bytes + 1) * s->height, err), *room = room_for(job, (uint64_t)s->row_bytes * 5, err);

	if (!out || !room)
		return NULL;
	const uint8_t *above = room + 4 * s->row_bytes; /* zeros */
	for (uint32_t y = 0; y < s->height; y++, pixels += stride) {
		png_filter(s, pixels, above, out + (size_t)y * (s->row_bytes + 1), room);
		above = pixels;
	}
	return out;
}

static int pack(struct png *png, const struct png_shape *s, const uint8_t *filtered, struct err *err)
{
	size_t n = (s->row_bytes + 1) * s->height;
	struct libdeflate_compressor *c = libdeflate_alloc_compressor(LEVEL);
	size_t bound = c ? libdeflate_zlib_compress_bound(c, n) : 0;
	uint8_t *out = c ? room_for(png->job, bound, err) : NULL;

	if (!out)
		return c ? (libdeflate_free_compressor(c), -1) : refuse(err, REFUSAL_MEMORY, "no memory to pack");
	size_t got = libdeflate_zlib_compress(c, filtered, n, out, bound);
	libdeflate_free_compressor(c);
	must(got > 0);
	if (put_head(png, s, err) != 0)
		return -1;
	return put_data(png->job, bytes_of(out, got), err);
}

static int rebuild_whole(struct png *png, struct err *err)
{
	struct png_shape *s = &png->shape, turned;
	uint64_t n = png_raw_bytes(s);
	uint8_t *raw = room_for(png->job, n, err), *pixels = raw;
	size_t stride = s->row_bytes + 1;

	if (!raw || unpack(png, raw, (size_t)n, err) != 0)
		return -1;
	if (s->interlaced) {
		pixels = room_for(png->job, (uint64_t)s->row_bytes * s->height, err);
		if (!pixels)
			return -1;
		stride = s->row_bytes;
	}
	if (s->interlaced ? !png_deinterlace(s, raw, pixels) : !png_unfilter_all(s, raw))
		return refuse(err, REFUSAL_DAMAGED, "an unknown filter");
	if (!s->interlaced)
		pixels++;
	s->interlaced = 0;
	if (png->orientation > 1) {
		turned = png_turned(s, png->orientation);
		uint8_t *flat = room_for(png->job, (uint64_t)s->row_bytes * s->height, err);
		uint8_t *up = flat ? room_for(png->job, (uint64_t)turned.row_bytes * turned.height, err) : NULL;
		if (!up)
			return -1;
		for (uint32_t y = 0; y < s->height; y++)
			memcpy(flat + (size_t)y * s->row_bytes, pixels + (size_t)y * stride, s->row_bytes);
		png_turn(s, flat, png->orientation, &turned, up);
		*s = turned, pixels = up, stride = turned.row_bytes;
	}
	uint8_t *filtered = filter_all(png->job, s, pixels, stride, err);
	return filtered ? pack(png, s, filtered, err) : -1;
}

/* -- pictures too large to be held: row by row -- */
struct streams {
	z_stream in, out;
	struct bytes *next;
	size_t left;
	uint8_t *packed;
};

static int next_row(struct streams *z, uint8_t *row, size_t n, struct err *err)
{
	z->in.next_out = row;
	z->in.avail_out = (uInt)n;
	while (z->in.avail_out) {
		if (z->in.avail_in == 0) {
			if (z->left == 0)
				return refuse(err, REFUSAL_DAMAGED, "the pixels are cut short");
			z->in.next_in = (Bytef *)(uintptr_t)z->next->p, z->in.avail_in = (uInt)z->next->n;
			z->next++, z->left--;
		}
		int got = inflate(&z->in, Z_NO_FLUSH);
		if (got != Z_OK && !(got == Z_STREAM_END && z->in.avail_out == 0) && got != Z_BUF_ERROR)
			return refuse(err, REFUSAL_DAMAGED, "the pixels cannot be unpacked");
	}
	return 0;
}

static int put_row(struct png *png, struct streams *z, uint8_t *row, size_t n, int flush, struct err *err)
{
	z->out.next_in = row;
	z->out.avail_in = (uInt)n;
	for (;;) {
		int got = deflate(&z->out, flush);
		must(got != Z_STREAM_ERROR);
		bool done = flush == Z_FINISH ? got == Z_STREAM_END : z->out.avail_in == 0 && z->out.avail_out;
		if (z->out.avail_out == 0 || (done && flush == Z_FINISH)) {
			if (put_data(png->job, bytes_of(z->packed, CHUNK_MOST - z->out.avail_out), err) != 0)
				return -1;
			z->out.next_out = z->packed, z->out.avail_out = CHUNK_MOST;
		}
		if (done)
			return 0;
	}
}

static int rebuild_streamed(struct png *png, struct err *err)
{
	const struct png_shape *s = &png->shape;
	struct streams z = { .next = png->data, .left = png->data_count };
	uint8_t *rows[2] = { room_for(png->job, s->row_bytes + 1, err), room_for(png->job, s->row_bytes + 1, err) };
	uint8_t *filtered = room_for(png->job, s->row_bytes + 1, err), *room = room_for(png->job, (uint64_t)s->row_bytes * 4, err);

	z.packed = room_for(png->job, CHUNK_MOST, err);
	if (!rows[0] || !rows[1] || !filtered || !room || !z.packed)
		return -1;
	if (s->interlaced)
		return refuse(err, REFUSAL_TOO_LARGE, "interlaced and too large to be held");
	if (inflateInit(&z.in) != Z_OK || deflateInit(&z.out, STREAM_LEVEL) != Z_OK)
		return refuse(err, REFUSAL_MEMORY, "no memory to unpack");
	z.out.next_out = z.packed, z.out.avail_out = CHUNK_MOST;
	if (put_head(png, s, err) != 0)
		return -1;
	for (uint32_t y = 0; y < s->height; y++) {
		uint8_t *row = rows[y & 1], *above = rows[~y & 1];
		if (next_row(&z, row, s->row_bytes + 1, err) != 0)
			return -1;
		if (!png_unfilter(s, row[0], row + 1, above + 1, s->row_bytes))
			return refuse(err, REFUSAL_DAMAGED, "an unknown filter");
		png_filter(s, row + 1, above + 1, filtered, room);
		if (put_row(png, &z, filtered, s->row_bytes + 1, Z_NO_FLUSH, err) != 0)
			return -1;
	}
	return put_row(png, &z, filtered, 0, Z_FINISH, err);
}

int png_rebuild(struct job *job, struct err *err)
{
	struct png png = { .job = job, .orientation = 1 };
	struct bytes whole;

	if (job_read_all(job, &whole, err) != 0)
		return -1;
	if (!bytes_start(whole, BYTES("\x89PNG\r\n\x1a\n")))
		return refuse(err, REFUSAL_DAMAGED, "no PNG");
	if (take_chunks(&png, whole, err) != 0)
		return -1;
	uint64_t rows = (uint64_t)(png.shape.row_bytes + 1) * png.shape.height;
	if ((rows <= WHOLE ? rebuild_whole(&png, err) : rebuild_streamed(&png, err)) != 0)
		return -1;
	return put_chunk(job, "IEND", bytes_of(NULL, 0), err);
}
