/* PNG画像 — decoded to bounded pixels and encoded anew with fixed settings; a second pass gives the same bytes.
 *
 * Kept: size, depth, colours, transparency, gamma and resolution in their fixed forms. Turned the right way up. Everything else is dropped (G):
 * texts, EXIF, profiles, animation, unknown chunks, whatever follows the end (A2). The pixels pass through our own filters and libdeflate only:
 * no chunk reaches a library. Pictures whose rows exceed PNG_WHOLE are streamed by zlib, so that memory stays bounded. */
#include "base/cursor.h"
#include "sanitize/format.h"
#include "sanitize/parts/exif.h"
#include "sanitize/parts/png_write.h"
#include <libdeflate.h>

enum { SIGNATURE = 8, CHUNKS_MOST = 1 << 20 };

static const uint32_t kept_bytes[PNG_KEPT] = { 4, 32, 1, 9 };

struct png {
	struct job *job;
	struct png_head head;
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

	if (b.n != 13 || !png_shape_of(width, height, depth, colour, &png->head.shape) || compression || filter || interlace > 1)
		return refuse(err, REFUSAL_DAMAGED, "the header is none of a PNG");
	if ((uint64_t)width * height > job_limit(png->job, LIMIT_PIXELS))
		return refuse(err, REFUSAL_TOO_LARGE, "%u by %u pixels", width, height);
	png->head.shape.interlaced = interlace;
	return 0;
}

static int take_transparency(struct png *png, struct bytes b, struct err *err)
{
	static const uint8_t bytes[] = { [0] = 2, [2] = 6 };
	uint8_t colour = png->head.shape.colour;
	bool good = colour == 3 ? png->head.palette.n && b.n >= 1 && b.n <= png->head.palette.n / 3 : colour <= 2 && b.n == bytes[colour];

	if (!good || png->head.transparency.n || png->data_count)
		return refuse(err, REFUSAL_DAMAGED, "the transparency does not belong to the colours");
	png->head.transparency = b;
	return 0;
}

static int take_palette(struct png *png, struct bytes b, struct err *err)
{
	if (b.n == 0 || b.n % 3 || b.n > 768 || png->head.palette.n || png->data_count)
		return refuse(err, REFUSAL_DAMAGED, "the palette is malformed");
	if (png->head.shape.colour != 3)
		return 0; /* a mere suggestion for old screens */
	if (b.n / 3 > 1u << png->head.shape.depth)
		return refuse(err, REFUSAL_DAMAGED, "the palette is too long");
	png->head.palette = b;
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

	for (size_t i = 0; i < PNG_KEPT; i++)
		if (is_kind(kind, png_kept[i]) && b.n == kept_bytes[i] && png->head.keep[i].n == 0 && png->data_count == 0) {
			png->head.keep[i] = b;
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
	if (png->data_count == 0 || (png->head.shape.colour == 3 && png->head.palette.n == 0))
		return refuse(err, REFUSAL_DAMAGED, "no pixels or no palette");
	return 0;
}

/* -- whole pictures -- */
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

static int rebuild_whole(struct png *png, struct err *err)
{
	struct png_shape *s = &png->head.shape, turned;
	uint64_t n = png_raw_bytes(s);
	uint8_t *raw = png_room(png->job, n, err), *pixels = raw;
	size_t stride = s->row_bytes + 1;

	if (!raw || unpack(png, raw, (size_t)n, err) != 0)
		return -1;
	if (s->interlaced) {
		pixels = png_room(png->job, (uint64_t)s->row_bytes * s->height, err);
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
		uint8_t *flat = png_room(png->job, (uint64_t)s->row_bytes * s->height, err);
		uint8_t *up = flat ? png_room(png->job, (uint64_t)turned.row_bytes * turned.height, err) : NULL;
		if (!up)
			return -1;
		for (uint32_t y = 0; y < s->height; y++)
			memcpy(flat + (size_t)y * s->row_bytes, pixels + (size_t)y * stride, s->row_bytes);
		png_turn(s, flat, png->orientation, &turned, up);
		*s = turned, pixels = up, stride = turned.row_bytes;
	}
	return png_write(png->job, &png->head, pixels, stride, err);
}

/* -- pictures too large to be held: row by row -- */
struct source {
	z_stream z;
	struct bytes *next;
	size_t left;
};

static int next_row(struct source *in, uint8_t *row, size_t n, struct err *err)
{
	in->z.next_out = row;
	in->z.avail_out = (uInt)n;
	while (in->z.avail_out) {
		if (in->z.avail_in == 0) {
			if (in->left == 0)
				return refuse(err, REFUSAL_DAMAGED, "the pixels are cut short");
			in->z.next_in = (Bytef *)(uintptr_t)in->next->p, in->z.avail_in = (uInt)in->next->n;
			in->next++, in->left--;
		}
		int got = inflate(&in->z, Z_NO_FLUSH);
		if (got != Z_OK && !(got == Z_STREAM_END && in->z.avail_out == 0) && got != Z_BUF_ERROR)
			return refuse(err, REFUSAL_DAMAGED, "the pixels cannot be unpacked");
	}
	return 0;
}

static int rebuild_streamed(struct png *png, struct err *err)
{
	const struct png_shape *s = &png->head.shape;
	struct source in = { .next = png->data, .left = png->data_count };
	struct png_stream out;
	uint8_t *rows[2] = { png_room(png->job, s->row_bytes + 1, err), png_room(png->job, s->row_bytes + 1, err) };

	if (!rows[0] || !rows[1])
		return -1;
	if (s->interlaced)
		return refuse(err, REFUSAL_TOO_LARGE, "interlaced and too large to be held");
	if (inflateInit(&in.z) != Z_OK)
		return refuse(err, REFUSAL_MEMORY, "no memory to unpack");
	if (png_stream_begin(&out, png->job, &png->head, err) != 0)
		return -1;
	for (uint32_t y = 0; y < s->height; y++) {
		uint8_t *row = rows[y & 1], *above = rows[~y & 1];
		if (next_row(&in, row, s->row_bytes + 1, err) != 0)
			return -1;
		if (!png_unfilter(s, row[0], row + 1, above + 1, s->row_bytes))
			return refuse(err, REFUSAL_DAMAGED, "an unknown filter");
		if (png_stream_row(&out, row + 1, above + 1, err) != 0)
			return -1;
	}
	return png_stream_end(&out, err);
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
	uint64_t rows = (uint64_t)(png.head.shape.row_bytes + 1) * png.head.shape.height;
	return rows <= PNG_WHOLE ? rebuild_whole(&png, err) : rebuild_streamed(&png, err);
}
