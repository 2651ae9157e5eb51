/* GIF画像 — its first picture, decoded by a reader of our own and delivered as PNG with the same palette. What moves stands still: of an animation
 * the first picture, and the report says so. Comments, timings and whatever follows the end go (G, A2). */
#include "base/cursor.h"
#include "sanitize/format.h"
#include "sanitize/parts/picture.h"

enum { CODES = 4096, COLOURS_MOST = 256, EXTENSION = 0x21, FRAME = 0x2c, TRAILER = 0x3b, CONTROL = 0xf9, FRAMES_MOST = 100000 };

struct gif {
	struct job *job;
	struct cursor in;
	uint32_t width, height; /* of the screen */
	uint8_t colours[COLOURS_MOST * 3], own_colours[COLOURS_MOST * 3];
	size_t colour_count, own_count;
	int transparent; /* of the picture to come, -1: none */
	unsigned frames;
	struct picture picture;
	uint32_t left, top, frame_width, frame_height;
	bool interlaced;
};

static int cut_short(struct err *err)
{
	return refuse(err, REFUSAL_DAMAGED, "the GIF is cut short");
}

static size_t take_colours(struct gif *g, uint8_t flags, uint8_t *to)
{
	size_t count = flags & 0x80 ? (size_t)2 << (flags & 7) : 0;
	struct bytes b = cursor_bytes(&g->in, count * 3);

	if (g->in.failed)
		return 0;
	if (count)
		memcpy(to, b.p, b.n);
	return count;
}

static void skip_blocks(struct gif *g)
{
	for (uint8_t n; (n = cursor_u8(&g->in)) && !g->in.failed;)
		cursor_take(&g->in, n);
}

/* -- LZW: codes of growing width, least bit first, over blocks of at most 255 bytes -- */
struct lzw {
	struct cursor *in;
	size_t block; /* bytes left of it */
	uint32_t bits;
	unsigned held;
	bool ended;
	uint16_t before[CODES];
	uint8_t last[CODES], first[CODES];
	uint16_t length[CODES];
};

static int next_code(struct lzw *z, unsigned width)
{
	while (z->held < width) {
		if (z->block == 0) {
			z->block = cursor_u8(z->in);
			if (z->in->failed || z->block == 0) {
				z->ended = true;
				return -1;
			}
		}
		z->bits |= (uint32_t)cursor_u8(z->in) << z->held;
		z->held += 8, z->block--;
		if (z->in->failed)
			return -1;
	}
	int code = (int)(z->bits & ((1u << width) - 1));
	z->bits >>= width, z->held -= width;
	return code;
}

/* The strings of the table are written from their end; to: room for n pixels. How many were decoded; the rest is missing. */
static size_t unpack(struct lzw *z, unsigned least, uint8_t *to, size_t n)
{
	const unsigned clear = 1u << least;
	unsigned next = clear + 2, width = least + 1;
	int before = -1;
	size_t done = 0;

	for (unsigned i = 0; i < clear; i++)
		z->first[i] = z->last[i] = (uint8_t)i, z->length[i] = 1;
	while (done < n) {
		int code = next_code(z, width);
		if (code < 0 || code == (int)clear + 1)
			break;
		if (code == (int)clear) {
			next = clear + 2, width = least + 1, before = -1;
			continue;
		}
		if (code >= (int)next + (before >= 0 && next < CODES) || (before < 0 && code >= (int)clear))
			break; /* a code that does not exist yet */
		if (before >= 0 && next < CODES) {
			z->before[next] = (uint16_t)before, z->first[next] = z->first[before];
			z->last[next] = code == (int)next ? z->first[before] : z->first[code];
			z->length[next] = (uint16_t)(z->length[before] + 1);
			next++;
			if (next == 1u << width && width < 12)
				width++;
		}
		size_t length = z->length[code], at = done + length;
		for (unsigned c = (unsigned)code, k = 0; k < length; k++, c = z->before[c])
			if (--at < n)
				to[at] = z->last[c];
		done += length;
		before = code;
	}
	return MIN(done, n);
}

/* -- the picture -- */
static uint32_t row_of(const struct gif *g, uint32_t n)
{
	static const struct {
		uint32_t from, step;
	} passes[] = { { 0, 8 }, { 4, 8 }, { 2, 4 }, { 1, 2 } };

	for (size_t i = 0; g->interlaced && i < COUNT(passes); i++) {
		uint32_t rows = g->frame_height > passes[i].from ? (g->frame_height - passes[i].from + passes[i].step - 1) / passes[i].step : 0;
		if (n < rows)
			return passes[i].from + n * passes[i].step;
		n -= rows;
	}
	return n;
}

/* Where the picture does not cover the screen, it shows nothing: one colour more, or one that nothing names. */
static int start_picture(struct gif *g, const uint8_t *colours, size_t count, const uint8_t *values, size_t n, struct err *err)
{
	uint32_t width = MAX(g->width, g->left + g->frame_width), height = MAX(g->height, g->top + g->frame_height);
	bool covers = g->frame_width == width && g->frame_height == height;
	uint8_t most = 0;

	for (size_t i = 0; i < n; i++)
		most = MAX(most, values[i]);
	size_t named = MAX((size_t)most + 1, count);
	int nothing = g->transparent;
	if (!covers && nothing < 0 && named < COLOURS_MOST)
		nothing = (int)named++;
	if (!covers && nothing < 0) { /* all 256 are in use */
		if (picture_start(&g->picture, g->job, width, height, 8, PICTURE_RGBA, err) != 0)
			return -1;
		return 0;
	}
	if (nothing >= (int)named)
		named = (size_t)nothing + 1;
	if (picture_start(&g->picture, g->job, width, height, picture_depth_for(named), PICTURE_PALETTE, err) != 0)
		return -1;
	picture_palette(&g->picture, colours, count);
	if (nothing >= 0) {
		uint8_t *alpha = arena_alloc(job_arena(g->job), (size_t)nothing + 1);
		memset(alpha, 0xff, (size_t)nothing);
		g->picture.head.transparency = bytes_of(alpha, (size_t)nothing + 1);
	}
	if (!covers)
		for (uint32_t y = 0; y < height; y++) {
			bool within = y >= g->top && y - g->top < g->frame_height;
			for (uint32_t x = 0; x < width; x++)
				if (!within || x < g->left || x - g->left >= g->frame_width)
					picture_put(picture_row(&g->picture, y), g->picture.head.shape.depth, x, (uint8_t)nothing);
		}
	return 0;
}

static void put_pixels(struct gif *g, const uint8_t *colours, size_t count, const uint8_t *values)
{
	const struct png_shape *s = &g->picture.head.shape;

	for (uint32_t n = 0; n < g->frame_height; n++) {
		uint8_t *row = picture_row(&g->picture, g->top + row_of(g, n));
		for (uint32_t x = 0; x < g->frame_width; x++) {
			uint8_t v = values[(size_t)n * g->frame_width + x];
			if (s->colour == PICTURE_PALETTE) {
				picture_put(row, s->depth, g->left + x, v);
			} else if (v < count) {
				memcpy(row + 4 * (size_t)(g->left + x), colours + 3 * (size_t)v, 3);
				row[4 * (size_t)(g->left + x) + 3] = 0xff;
			}
		}
	}
}

static int read_picture(struct gif *g, uint8_t flags, struct err *err)
{
	uint8_t *colours = flags & 0x80 ? g->own_colours : g->colours;
	size_t count = flags & 0x80 ? g->own_count : g->colour_count;
	uint64_t pixels = (uint64_t)g->frame_width * g->frame_height;
	uint8_t least = cursor_u8(&g->in);

	if (g->in.failed || least < 1 || least > 8 || pixels == 0)
		return refuse(err, REFUSAL_DAMAGED, "no pixels, or none that can be read");
	if (pixels > job_limit(g->job, LIMIT_PIXELS))
		return refuse(err, REFUSAL_TOO_LARGE, "%u by %u pixels", g->frame_width, g->frame_height);
	struct lzw *z = png_room(g->job, sizeof *z, err);
	uint8_t *values = z ? png_room(g->job, pixels, err) : NULL;
	if (!values)
		return -1;
	z->in = &g->in;
	if (unpack(z, least, values, (size_t)pixels) < pixels)
		return refuse(err, REFUSAL_DAMAGED, "the pixels are cut short");
	cursor_take(&g->in, z->block);
	if (!z->ended)
		skip_blocks(g);
	if (count == 0) /* none at all: shades of grey, as most programs show it */
		for (count = 0; count < COLOURS_MOST; count++)
			memset(colours + 3 * count, (int)count, 3);
	if (start_picture(g, colours, count, values, (size_t)pixels, err) != 0)
		return -1;
	put_pixels(g, colours, count, values);
	return 0;
}

static int take_frame(struct gif *g, struct err *err)
{
	uint32_t left = cursor_u16le(&g->in), top = cursor_u16le(&g->in), width = cursor_u16le(&g->in), height = cursor_u16le(&g->in);
	uint8_t flags = cursor_u8(&g->in);

	g->own_count = take_colours(g, flags, g->own_colours);
	if (g->in.failed)
		return cut_short(err);
	if (g->frames++ > 0) { /* only the first is shown; the others are counted */
		cursor_u8(&g->in);
		skip_blocks(g);
		return 0;
	}
	g->left = left, g->top = top, g->frame_width = width, g->frame_height = height, g->interlaced = flags & 0x40;
	return read_picture(g, flags, err);
}

static void take_extension(struct gif *g)
{
	if (cursor_u8(&g->in) == CONTROL) {
		uint8_t n = cursor_u8(&g->in);
		struct bytes b = cursor_bytes(&g->in, n);
		if (!g->in.failed && n >= 4 && g->frames == 0)
			g->transparent = b.p[0] & 1 ? b.p[3] : -1;
	} else {
		job_removed(g->job, "G", "", 1);
	}
	skip_blocks(g);
}

int gif_rebuild(struct job *job, struct err *err)
{
	struct gif *g = arena_alloc(job_arena(job), sizeof *g);
	struct bytes whole;
	uint8_t kind = 0;

	if (job_read_all(job, &whole, err) != 0)
		return -1;
	g->job = job, g->in = cursor_over(whole), g->transparent = -1;
	cursor_take(&g->in, 6);
	g->width = cursor_u16le(&g->in), g->height = cursor_u16le(&g->in);
	uint8_t flags = cursor_u8(&g->in);
	cursor_take(&g->in, 2);
	g->colour_count = take_colours(g, flags, g->colours);
	if (g->in.failed)
		return cut_short(err);
	while (g->frames < FRAMES_MOST && (kind = cursor_u8(&g->in)) != TRAILER && !g->in.failed) {
		if (kind == FRAME) {
			if (take_frame(g, err) != 0)
				return -1;
		} else if (kind == EXTENSION) {
			take_extension(g);
		} else {
			break;
		}
	}
	if (g->frames == 0)
		return refuse(err, REFUSAL_DAMAGED, "a GIF without a picture");
	if (kind == TRAILER && g->in.left)
		job_removed(job, "A2", "", 1);
	if (g->frames > 1)
		job_note(job, "FIRST_PICTURE");
	job_converted(job, "png");
	return picture_write(&g->picture, err);
}
