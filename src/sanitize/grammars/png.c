/* PNGの文法 — what formats/png.c writes: signature, IHDR, of gAMA cHRM sRGB pHYs at most one each in this order, PLTE, tRNS, IDAT …, IEND, and the
 * file's end. Every CRC is right; the IDAT stream is one zlib stream that unpacks to exactly the rows, each under a known filter. */
#include "base/cursor.h"
#include "sanitize/format.h"
#include "sanitize/grammar.h"
#include <zlib.h>

enum { ORDER_IHDR, ORDER_KEPT, ORDER_PLTE = ORDER_KEPT + 4, ORDER_TRNS, ORDER_IDAT, ORDER_IEND, ORDERS, PART = 16 * 1024 };

static const struct kind {
	char name[5];
	uint32_t least, most;
} kinds[ORDERS] = { { "IHDR", 13, 13 }, { "gAMA", 4, 4 }, { "cHRM", 32, 32 }, { "sRGB", 1, 1 }, { "pHYs", 9, 9 },
		    { "PLTE", 3, 768 }, { "tRNS", 1, 256 }, { "IDAT", 1, 1 << 20 }, { "IEND", 0, 0 } };

struct picture {
	struct check *check;
	uint32_t width, height, palette;
	uint8_t depth, colour;
	uint64_t row, left_in_row, rows_seen; /* row: bytes with its filter */
	z_stream z;
	bool unpacking, ended;
	uint8_t *in, *out;
};

static int header(struct picture *p, struct bytes b, struct err *err)
{
	static const uint8_t channels[] = { 1, 0, 3, 1, 2, 0, 4 };
	struct cursor c = cursor_over(b);

	p->width = cursor_u32be(&c), p->height = cursor_u32be(&c);
	p->depth = cursor_u8(&c), p->colour = cursor_u8(&c);
	uint8_t compression = cursor_u8(&c), filter = cursor_u8(&c), interlace = cursor_u8(&c);
	bool depth_fits = p->depth == 8 || (p->depth == 16 && p->colour != 3) ||
			  ((p->depth == 1 || p->depth == 2 || p->depth == 4) && (p->colour == 0 || p->colour == 3));
	if (p->width == 0 || p->height == 0 || p->width > INT32_MAX || p->height > INT32_MAX || p->colour > 6 || !channels[p->colour] || !depth_fits || compression ||
	    filter || interlace)
		return fail(err, ERR_MALFORMED, 16, "header");
	if ((uint64_t)p->width * p->height > check_limit(p->check, LIMIT_PIXELS))
		return fail(err, ERR_LIMIT, 16, "pixels");
	p->row = ((uint64_t)p->width * channels[p->colour] * p->depth + 7) / 8 + 1;
	return 0;
}

static int small_chunk(struct picture *p, unsigned order, struct bytes b, struct err *err)
{
	if (order == ORDER_IHDR)
		return header(p, b, err);
	if (order == ORDER_PLTE) {
		p->palette = (uint32_t)b.n / 3;
		if (b.n % 3 || p->colour != 3 || p->palette > 1u << p->depth)
			return fail(err, ERR_MALFORMED, 0, "palette");
	}
	if (order == ORDER_TRNS && !((p->colour == 3 && b.n <= p->palette) || (p->colour == 0 && b.n == 2) || (p->colour == 2 && b.n == 6)))
		return fail(err, ERR_MALFORMED, 0, "transparency");
	if (order == ORDER_KEPT + 2 && b.p[0] > 3)
		return fail(err, ERR_MALFORMED, 0, "rendering intent");
	return 0;
}

/* Unpacked bytes are rows: at the start of each a filter, 0 to 4. */
static int rows(struct picture *p, const uint8_t *at, size_t n, struct err *err)
{
	while (n) {
		if (p->left_in_row == 0) {
			if (p->rows_seen++ == p->height || *at > 4)
				return fail(err, ERR_MALFORMED, p->rows_seen, "row %llu", (unsigned long long)p->rows_seen);
			p->left_in_row = p->row;
		}
		size_t here = (size_t)MIN((uint64_t)n, p->left_in_row);
		p->left_in_row -= here, at += here, n -= here;
	}
	return 0;
}

static int unpack(struct picture *p, const uint8_t *at, size_t n, struct err *err)
{
	if (!p->unpacking && inflateInit(&p->z) != Z_OK)
		return fail(err, ERR_LIMIT, 0, "no memory");
	p->unpacking = true;
	p->z.next_in = (Bytef *)(uintptr_t)at, p->z.avail_in = (uInt)n;
	do {
		if (p->ended)
			return fail(err, ERR_MALFORMED, 0, "more behind the pixels");
		p->z.next_out = p->out, p->z.avail_out = PART;
		int got = inflate(&p->z, Z_NO_FLUSH);
		if (got != Z_OK && got != Z_STREAM_END && got != Z_BUF_ERROR)
			return fail(err, ERR_MALFORMED, 0, "the pixels do not unpack");
		p->ended = got == Z_STREAM_END;
		if (rows(p, p->out, PART - p->z.avail_out, err) != 0)
			return -1;
	} while (p->z.avail_in || (p->z.avail_out == 0 && !p->ended));
	return 0;
}

static int body(struct picture *p, unsigned order, uint64_t at, uint32_t n, uint32_t *crc, struct err *err)
{
	if (order != ORDER_IDAT) {
		if (check_read(p->check, p->in, n, at, err) != 0)
			return -1;
		*crc = (uint32_t)crc32(*crc, p->in, n);
		return small_chunk(p, order, bytes_of(p->in, n), err);
	}
	while (n) {
		uint32_t part = MIN(n, (uint32_t)PART);
		if (check_read(p->check, p->in, part, at, err) != 0)
			return -1;
		*crc = (uint32_t)crc32(*crc, p->in, part);
		if (unpack(p, p->in, part, err) != 0)
			return -1;
		at += part, n -= part;
	}
	return 0;
}

static int chunk(struct picture *p, uint64_t *at, unsigned *order, struct err *err)
{
	uint8_t head[8], end[4];
	unsigned next = *order == ORDER_IDAT ? ORDER_IDAT : *order + 1;

	if (check_read(p->check, head, 8, *at, err) != 0)
		return -1;
	uint32_t n = (uint32_t)head[0] << 24 | (uint32_t)head[1] << 16 | (uint32_t)head[2] << 8 | head[3];
	while (next < ORDERS && memcmp(head + 4, kinds[next].name, 4) != 0)
		next++;
	if (next == ORDERS || n < kinds[next].least || n > kinds[next].most)
		return fail(err, ERR_MALFORMED, *at, "a chunk that does not belong here");
	if ((next > ORDER_IHDR && p->row == 0) || (next >= ORDER_TRNS && p->colour == 3 && p->palette == 0))
		return fail(err, ERR_MALFORMED, *at, "header or palette missing");
	uint32_t crc = (uint32_t)crc32(0, head + 4, 4);
	if (body(p, next, *at + 8, n, &crc, err) != 0 || check_read(p->check, end, 4, *at + 8 + n, err) != 0)
		return -1;
	if (crc != ((uint32_t)end[0] << 24 | (uint32_t)end[1] << 16 | (uint32_t)end[2] << 8 | end[3]))
		return fail(err, ERR_MALFORMED, *at, "CRC");
	*at += 12 + (uint64_t)n;
	*order = next;
	return 0;
}

static int accept(struct check *check, struct err *err)
{
	struct picture p = { .check = check };
	uint8_t signature[8];
	unsigned order = (unsigned)-1;
	uint64_t at = 8;

	p.in = arena_alloc(check_arena(check), PART);
	p.out = arena_alloc(check_arena(check), PART);
	if (check_read(check, signature, 8, 0, err) != 0)
		return -1;
	if (memcmp(signature, "\x89PNG\r\n\x1a\n", 8) != 0)
		return fail(err, ERR_MALFORMED, 0, "signature");
	while (order != ORDER_IEND)
		if (chunk(&p, &at, &order, err) != 0)
			break;
	if (p.unpacking)
		inflateEnd(&p.z);
	if (order != ORDER_IEND)
		return -1;
	if (at != check_size(check) || !p.ended || p.rows_seen != p.height || p.left_in_row)
		return fail(err, ERR_MALFORMED, at, "rows are missing, or something follows the end");
	return 0;
}

extern const struct grammar grammar_png;
const struct grammar grammar_png = { .name = "png", .accept = accept };
