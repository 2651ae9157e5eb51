/* ビットマップ（DIB） — contract in bitmap.h. */
#include "sanitize/parts/bitmap.h"
#include "base/cursor.h"

enum { PLAIN, RLE8, RLE4, FIELDS, JPEG_INSIDE, PNG_INSIDE, ALPHA_FIELDS, CORE_HEADER = 12, INFO_HEADER = 40, OS2_HEADER = 64, COLOURS_MOST = 256 };

struct bitmap {
	struct job *job;
	uint32_t width, height, compression, mask[4]; /* red green blue alpha */
	uint16_t bits;
	bool downwards;
	uint8_t colours[COLOURS_MOST * 3];
	size_t colour_count;
	uint64_t x_resolution, y_resolution;
};

static int bad(struct err *err, const char *what)
{
	return refuse(err, REFUSAL_DAMAGED, "the bitmap is damaged: %s", what);
}

static int read_core(struct bitmap *b, struct cursor *c, struct err *err)
{
	b->width = cursor_u16le(c), b->height = cursor_u16le(c);
	cursor_u16le(c);
	b->bits = cursor_u16le(c);
	return c->failed ? bad(err, "header") : 0;
}

static int read_info(struct bitmap *b, struct cursor *c, uint32_t header, uint32_t *used_colours, struct err *err)
{
	int64_t width = (int32_t)cursor_u32le(c), height = (int32_t)cursor_u32le(c);

	cursor_u16le(c);
	b->bits = cursor_u16le(c);
	if (header >= INFO_HEADER) {
		b->compression = cursor_u32le(c);
		cursor_u32le(c);
		b->x_resolution = cursor_u32le(c), b->y_resolution = cursor_u32le(c);
		*used_colours = cursor_u32le(c);
		cursor_u32le(c);
	}
	if (c->failed || width <= 0 || height == 0 || height == INT32_MIN)
		return bad(err, "header");
	b->downwards = height < 0;
	b->width = (uint32_t)width, b->height = (uint32_t)(height < 0 ? -height : height);
	return 0;
}

static void usual_masks(struct bitmap *b)
{
	static const uint32_t masks[2][4] = { { 0x7c00, 0x3e0, 0x1f, 0 }, { 0xff0000, 0xff00, 0xff, 0 } };

	if (b->bits == 16 || b->bits == 32)
		memcpy(b->mask, masks[b->bits == 32], sizeof b->mask);
}

static int read_masks(struct bitmap *b, struct bytes header, uint32_t size, size_t *behind, struct err *err)
{
	struct cursor c = cursor_over(header);
	bool within = size >= 52;

	if (b->compression != FIELDS && b->compression != ALPHA_FIELDS)
		return 0;
	cursor_take(&c, INFO_HEADER);
	bool alpha = size >= 56 || (!within && b->compression == ALPHA_FIELDS);
	for (int i = 0; i < (alpha ? 4 : 3); i++)
		b->mask[i] = cursor_u32le(&c);
	if (!alpha)
		b->mask[3] = 0;
	if (!within)
		*behind += alpha ? 16 : 12;
	if (c.failed || (b->bits != 16 && b->bits != 32))
		return bad(err, "masks");
	return 0;
}

static int read_palette(struct bitmap *b, struct bytes header, size_t at, uint32_t used, size_t entry, struct err *err)
{
	size_t most = b->bits <= 8 ? (size_t)1 << b->bits : 0, count = used && used < most ? used : most;

	if (most == 0)
		return 0;
	if (at > header.n)
		return bad(err, "palette");
	count = MIN(count, (header.n - at) / entry);
	for (size_t i = 0; i < count; i++)
		for (int k = 0; k < 3; k++)
			b->colours[3 * i + (size_t)k] = header.p[at + i * entry + 2 - (size_t)k];
	b->colour_count = count;
	return 0;
}

/* -- rows as they are -- */
static uint8_t scaled(uint32_t pixel, uint32_t mask)
{
	if (mask == 0)
		return 0;
	unsigned shift = (unsigned)__builtin_ctz(mask);
	uint64_t most = mask >> shift, value = (pixel & mask) >> shift;
	return (uint8_t)((value * 255 + most / 2) / most);
}

static void put_colours(const struct bitmap *b, const uint8_t *from, uint8_t *row, bool alpha)
{
	size_t step = b->bits / 8u;

	for (uint32_t x = 0; x < b->width; x++, from += step, row += alpha ? 4 : 3) {
		if (b->bits == 24) {
			row[0] = from[2], row[1] = from[1], row[2] = from[0];
			continue;
		}
		uint32_t pixel = from[0] | (uint32_t)from[1] << 8;
		if (b->bits == 32)
			pixel |= (uint32_t)from[2] << 16 | (uint32_t)from[3] << 24;
		for (int i = 0; i < (alpha ? 4 : 3); i++)
			row[i] = scaled(pixel, b->mask[i]);
	}
}

/* The fourth byte is mostly filling: it counts only if some pixel has it. */
static bool has_alpha(const struct bitmap *b, struct bytes pixels, size_t stride)
{
	if (b->bits < 16 || b->bits == 24 || b->mask[3] == 0)
		return false;
	for (uint32_t y = 0; y < b->height; y++)
		for (uint32_t x = 0; x < b->width; x++) {
			const uint8_t *p = pixels.p + y * stride + (size_t)x * (b->bits / 8u);
			uint32_t pixel = p[0] | (uint32_t)p[1] << 8;
			if (b->bits == 32)
				pixel |= (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
			if (pixel & b->mask[3])
				return true;
		}
	return false;
}

static int read_plain(struct bitmap *b, struct bytes pixels, struct picture *out, size_t *used, struct err *err)
{
	size_t stride = (size_t)(((uint64_t)b->width * b->bits + 31) / 32 * 4);

	if ((uint64_t)b->width * b->height > job_limit(b->job, LIMIT_PIXELS))
		return refuse(err, REFUSAL_TOO_LARGE, "%u by %u pixels", b->width, b->height);
	size_t last = (size_t)(((uint64_t)b->width * b->bits + 7) / 8); /* of the last row, some programs leave the filling out */
	if (pixels.n < stride * (b->height - 1) + last)
		return bad(err, "rows are missing");
	*used = stride * b->height;
	bool alpha = pixels.n >= *used && has_alpha(b, pixels, stride);
	if (picture_start(out, b->job, b->width, b->height, b->bits <= 8 ? (uint8_t)b->bits : 8,
			  b->bits <= 8 ? PICTURE_PALETTE : alpha ? PICTURE_RGBA : PICTURE_RGB, err) != 0)
		return -1;
	for (uint32_t y = 0; y < b->height; y++) {
		const uint8_t *from = pixels.p + (size_t)y * stride;
		uint8_t *row = picture_row(out, b->downwards ? y : b->height - 1 - y);
		if (b->bits > 8) {
			put_colours(b, from, row, alpha);
			continue;
		}
		memcpy(row, from, out->head.shape.row_bytes);
		unsigned rest = (unsigned)((uint64_t)b->width * b->bits % 8);
		if (rest)
			row[out->head.shape.row_bytes - 1] &= (uint8_t)(0xff << (8 - rest));
	}
	return 0;
}

/* -- runs -- */
struct runs {
	struct bitmap *b;
	struct picture *out;
	struct cursor in;
	uint32_t x, y;
};

static void put_run(struct runs *r, uint8_t value)
{
	if (r->x < r->b->width && r->y < r->b->height)
		picture_put(picture_row(r->out, r->b->height - 1 - r->y), (uint8_t)r->b->bits, r->x, value);
	r->x += r->x < r->b->width; /* what runs over the edge is seen by nobody */
}

static void take_literal(struct runs *r, unsigned n)
{
	size_t bytes = r->b->bits == 8 ? n : (n + 1) / 2;
	const uint8_t *p = cursor_take(&r->in, bytes);

	for (unsigned i = 0; p && i < n; i++)
		put_run(r, r->b->bits == 8 ? p[i] : i & 1 ? p[i / 2] & 15 : p[i / 2] >> 4);
	if (bytes & 1)
		cursor_take(&r->in, 1);
}

static int read_runs(struct bitmap *b, struct bytes pixels, struct picture *out, struct err *err)
{
	struct runs r = { .b = b, .out = out, .in = cursor_over(pixels) };
	bool ended = false;

	if (b->downwards || b->bits != (b->compression == RLE8 ? 8 : 4))
		return bad(err, "runs");
	if (picture_start(out, b->job, b->width, b->height, (uint8_t)b->bits, PICTURE_PALETTE, err) != 0)
		return -1;
	while (!ended && !r.in.failed && r.y < b->height && r.in.left) {
		uint8_t n = cursor_u8(&r.in), value = cursor_u8(&r.in);
		if (n) {
			for (unsigned i = 0; i < n; i++)
				put_run(&r, b->bits == 8 ? value : i & 1 ? value & 15 : value >> 4);
		} else if (value == 0) {
			r.x = 0, r.y++;
		} else if (value == 1) {
			ended = true;
		} else if (value == 2) {
			uint8_t right = cursor_u8(&r.in), up = cursor_u8(&r.in);
			r.x = MIN(r.x + right, b->width), r.y += up;
		} else {
			take_literal(&r, value);
		}
	}
	return r.in.failed ? bad(err, "runs") : 0;
}

int bitmap_read(struct job *job, struct bytes header, struct bytes pixels, struct picture *out, size_t *used, struct err *err)
{
	struct bitmap *b = arena_alloc(job_arena(job), sizeof *b);
	struct cursor c = cursor_over(header);
	uint32_t size = cursor_u32le(&c), colours = 0;
	size_t behind = size;

	b->job = job, *used = 0;
	if ((size == CORE_HEADER ? read_core(b, &c, err) : read_info(b, &c, size, &colours, err)) != 0)
		return -1;
	if (size == OS2_HEADER && b->compression > RLE4)
		return refuse(err, REFUSAL_FEATURE, "a bitmap packed in a way of OS/2 only");
	if (b->compression == JPEG_INSIDE || b->compression == PNG_INSIDE || b->compression > ALPHA_FIELDS)
		return refuse(err, REFUSAL_FEATURE, "a bitmap packed in a way for printers only");
	if (b->bits != 1 && b->bits != 2 && b->bits != 4 && b->bits != 8 && b->bits != 16 && b->bits != 24 && b->bits != 32)
		return bad(err, "depth");
	usual_masks(b);
	if (read_masks(b, header, size, &behind, err) != 0 || read_palette(b, header, behind, colours, size == CORE_HEADER ? 3 : 4, err) != 0)
		return -1;
	bool runs = b->compression == RLE8 || b->compression == RLE4;
	if ((runs ? read_runs(b, pixels, out, err) : read_plain(b, pixels, out, used, err)) != 0)
		return -1;
	if (b->bits <= 8)
		picture_palette(out, b->colours, b->colour_count);
	out->head.keep[3] = png_resolution(job_arena(job), b->x_resolution, b->y_resolution);
	return 0;
}
