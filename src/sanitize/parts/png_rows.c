/* PNGの画素の行 — contract in png_rows.h; filters and Adam7 as in the PNG specification, sections 8 and 9. */
#include "sanitize/parts/png_rows.h"

enum { GREY = 0, RGB = 2, PALETTE = 3, GREY_ALPHA = 4, RGBA = 6, PASSES = 7 };

static const struct pass {
	uint8_t x, y, dx, dy;
} passes[PASSES] = { { 0, 0, 8, 8 }, { 4, 0, 8, 8 }, { 0, 4, 4, 8 }, { 2, 0, 4, 4 }, { 0, 2, 2, 4 }, { 1, 0, 2, 2 }, { 0, 1, 1, 2 } };

static size_t bytes_for(const struct png_shape *s, uint64_t width)
{
	return (size_t)((width * s->bits + 7) / 8);
}

bool png_shape_of(uint32_t width, uint32_t height, uint8_t depth, uint8_t colour, struct png_shape *out)
{
	static const uint8_t channels[] = { [GREY] = 1, [RGB] = 3, [PALETTE] = 1, [GREY_ALPHA] = 2, [RGBA] = 4 };
	bool small = depth == 1 || depth == 2 || depth == 4;

	if (width == 0 || height == 0 || width > INT32_MAX || height > INT32_MAX || colour > RGBA || channels[colour] == 0)
		return false;
	if (!(depth == 8 || (depth == 16 && colour != PALETTE) || (small && (colour == GREY || colour == PALETTE))))
		return false;
	*out = (struct png_shape){ .width = width, .height = height, .depth = depth, .colour = colour };
	out->bits = channels[colour] * depth;
	out->row_bytes = bytes_for(out, width);
	out->step = MAX(out->bits / 8, 1u);
	return true;
}

static struct png_shape pass_shape(const struct png_shape *s, const struct pass *p)
{
	struct png_shape t = *s;

	t.width = s->width > p->x ? (s->width - p->x + p->dx - 1u) / p->dx : 0;
	t.height = s->height > p->y ? (s->height - p->y + p->dy - 1u) / p->dy : 0;
	t.row_bytes = bytes_for(s, t.width);
	if (t.width == 0)
		t.height = 0;
	return t;
}

uint64_t png_raw_bytes(const struct png_shape *s)
{
	uint64_t n = 0;

	if (!s->interlaced)
		return (uint64_t)(s->row_bytes + 1) * s->height;
	for (size_t i = 0; i < PASSES; i++) {
		struct png_shape t = pass_shape(s, &passes[i]);
		n += (uint64_t)(t.row_bytes + 1) * t.height;
	}
	return n;
}

static inline uint8_t paeth(int a, int b, int c)
{
	int p = b - c, q = a - c, pa = p < 0 ? -p : p, pb = q < 0 ? -q : q, pc = p + q < 0 ? -(p + q) : p + q;

	return (uint8_t)(pa <= pb && pa <= pc ? a : pb <= pc ? b : c);
}

bool png_unfilter(const struct png_shape *s, uint8_t filter, uint8_t *restrict row, const uint8_t *restrict above, size_t n)
{
	size_t step = MIN(s->step, n);

	switch (filter) {
	case 0:
		return true;
	case 1:
		for (size_t i = step; i < n; i++)
			row[i] = (uint8_t)(row[i] + row[i - step]);
		return true;
	case 2:
		for (size_t i = 0; i < n; i++)
			row[i] = (uint8_t)(row[i] + above[i]);
		return true;
	case 3:
		for (size_t i = 0; i < step; i++)
			row[i] = (uint8_t)(row[i] + above[i] / 2);
		for (size_t i = step; i < n; i++)
			row[i] = (uint8_t)(row[i] + (row[i - step] + above[i]) / 2);
		return true;
	case 4:
		for (size_t i = 0; i < step; i++)
			row[i] = (uint8_t)(row[i] + above[i]);
		for (size_t i = step; i < n; i++)
			row[i] = (uint8_t)(row[i] + paeth(row[i - step], above[i], above[i - step]));
		return true;
	default:
		return false;
	}
}

static bool unfilter_rows(const struct png_shape *s, uint8_t *raw)
{
	static const uint8_t zeros[4096];
	const uint8_t *above = NULL;

	for (uint32_t y = 0; y < s->height; y++) {
		uint8_t filter = *raw++;
		if (above) {
			if (!png_unfilter(s, filter, raw, above, s->row_bytes))
				return false;
		} else if (filter == 2 || filter > 4) {
			if (filter > 4)
				return false; /* what is over the first row counts as zero: nothing to add */
		} else if (s->row_bytes <= sizeof zeros) {
			png_unfilter(s, filter, raw, zeros, s->row_bytes);
		} else { /* the first row of a wide picture, byte by byte */
			for (size_t i = s->step; i < s->row_bytes; i++)
				raw[i] = (uint8_t)(raw[i] + (filter == 3 ? raw[i - s->step] / 2 : filter ? raw[i - s->step] : 0));
		}
		above = raw;
		raw += s->row_bytes;
	}
	return true;
}

bool png_unfilter_all(const struct png_shape *s, uint8_t *raw)
{
	return unfilter_rows(s, raw);
}

static unsigned get_bits(const struct png_shape *s, const uint8_t *row, uint32_t x)
{
	unsigned per_byte = 8 / s->bits, shift = (per_byte - 1 - x % per_byte) * s->bits;

	return row[x / per_byte] >> shift & ((1u << s->bits) - 1);
}

static void put_bits(const struct png_shape *s, uint8_t *row, uint32_t x, unsigned v)
{
	unsigned per_byte = 8 / s->bits, shift = (per_byte - 1 - x % per_byte) * s->bits;

	row[x / per_byte] = (uint8_t)(row[x / per_byte] | v << shift);
}

static inline void copy_pixel(const struct png_shape *s, const uint8_t *from, uint32_t x, uint8_t *to, uint32_t to_x)
{
	if (s->bits < 8)
		put_bits(s, to, to_x, get_bits(s, from, x));
	else
		memcpy(to + (size_t)to_x * s->step, from + (size_t)x * s->step, s->step);
}

bool png_deinterlace(const struct png_shape *s, uint8_t *raw, uint8_t *out)
{
	for (size_t i = 0; i < PASSES; i++) {
		const struct pass *p = &passes[i];
		struct png_shape t = pass_shape(s, p);
		if (!unfilter_rows(&t, raw))
			return false;
		for (uint32_t y = 0; y < t.height; y++) {
			const uint8_t *row = raw + (size_t)y * (t.row_bytes + 1) + 1;
			uint8_t *to = out + (size_t)(p->y + y * p->dy) * s->row_bytes;
			for (uint32_t x = 0; x < t.width; x++)
				copy_pixel(s, row, x, to, p->x + x * p->dx);
		}
		raw += (t.row_bytes + 1) * t.height;
	}
	return true;
}

/* Differences as signed numbers: how far from nothing to say. */
static inline unsigned weight(uint8_t v) { return v < 128 ? v : 256u - v; }

static uint64_t sum_of(const uint8_t *restrict p, size_t n)
{
	uint64_t sum = 0;

	while (n) { /* short runs, so that 32 bits hold each and the loop may be vectorised */
		size_t part = MIN(n, (size_t)8192);
		unsigned here = 0;
		for (size_t i = 0; i < part; i++)
			here += weight(p[i]);
		sum += here, p += part, n -= part;
	}
	return sum;
}

static void filter_rows(const uint8_t *restrict row, const uint8_t *restrict above, size_t n, size_t step, uint8_t *restrict sub, uint8_t *restrict up,
			uint8_t *restrict average, uint8_t *restrict predicted)
{
	for (size_t i = 0; i < step; i++) {
		sub[i] = row[i];
		average[i] = (uint8_t)(row[i] - above[i] / 2);
		predicted[i] = (uint8_t)(row[i] - above[i]);
	}
	for (size_t i = 0; i < n; i++)
		up[i] = (uint8_t)(row[i] - above[i]);
	for (size_t i = step; i < n; i++)
		sub[i] = (uint8_t)(row[i] - row[i - step]);
	for (size_t i = step; i < n; i++)
		average[i] = (uint8_t)(row[i] - (row[i - step] + above[i]) / 2);
	for (size_t i = step; i < n; i++) {
		int16_t a = row[i - step], b = above[i], c = above[i - step];
		int16_t p = (int16_t)(b - c), q = (int16_t)(a - c), r = (int16_t)(p + q);
		int16_t pa = (int16_t)(p < 0 ? -p : p), pb = (int16_t)(q < 0 ? -q : q), pc = (int16_t)(r < 0 ? -r : r);
		int16_t bc = pb <= pc ? b : c, best = pa <= pb && pa <= pc ? a : bc;
		predicted[i] = (uint8_t)(row[i] - best);
	}
}

void png_filter(const struct png_shape *s, const uint8_t *row, const uint8_t *above, uint8_t *to, uint8_t *room)
{
	size_t n = s->row_bytes, best = 0;

	if (s->colour == PALETTE || s->depth < 8) {
		to[0] = 0;
		memcpy(to + 1, row, n);
		return;
	}
	filter_rows(row, above, n, s->step, room, room + n, room + 2 * n, room + 3 * n);
	uint64_t least = sum_of(row, n);
	for (size_t f = 1; f <= 4; f++) {
		uint64_t sum = sum_of(room + (f - 1) * n, n);
		if (sum < least)
			least = sum, best = f;
	}
	to[0] = (uint8_t)best;
	memcpy(to + 1, best ? room + (best - 1) * n : row, n);
}

struct png_shape png_turned(const struct png_shape *s, unsigned orientation)
{
	struct png_shape t = *s;

	if (orientation >= 5) {
		t.width = s->height;
		t.height = s->width;
		t.row_bytes = bytes_for(s, t.width);
	}
	return t;
}

void png_turn(const struct png_shape *s, const uint8_t *pixels, unsigned orientation, struct png_shape *turned, uint8_t *out)
{
	*turned = png_turned(s, orientation);
	for (uint32_t y = 0; y < turned->height; y++)
		for (uint32_t x = 0; x < turned->width; x++) {
			uint32_t u = orientation >= 5 ? y : x, v = orientation >= 5 ? x : y; /* 5 to 8 exchange the axes first */
			bool mirror_x = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
			bool mirror_y = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
			uint32_t from_x = mirror_x ? s->width - 1 - u : u, from_y = mirror_y ? s->height - 1 - v : v;
			copy_pixel(s, pixels + (size_t)from_y * s->row_bytes, from_x, out + (size_t)y * turned->row_bytes, x);
		}
}
