/* TIFFの読取り — contract in tiff_read.h. A page is gathered from its strips or tiles as rows of samples, then turned into pixels. */
#include "sanitize/parts/tiff_read.h"
#include "sanitize/parts/pdf_filter.h"
#include "sanitize/parts/tiff_jpeg.h"

enum { ENTRIES_MOST = 4096, SEGMENTS_MOST = 1 << 20, SAMPLES_MOST = 8 };
enum { NONE = 1, FAX_PLAIN = 2, FAX_3 = 3, FAX_4 = 4, LZW = 5, JPEG = 7, DEFLATE = 8, OLD_DEFLATE = 32946, PACKED = 32773 };
enum { WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, MASK, CMYK, YCBCR, LAB = 8 };

struct entry {
	unsigned type;
	uint64_t count, at; /* at: of the first value */
};
struct page {
	struct tiff *t;
	struct arena *arena;
	uint64_t directory;
	uint64_t width, height, compression, colours, samples, planes, rows, tile_width, tile_height, predictor, fill, fax_options, extra;
	unsigned bits;
	struct entry offsets, counts;
	struct bytes tables; /* of JPEG */
	size_t row_bytes;    /* of the gathered samples */
	uint8_t *gathered;
};

static int bad(struct err *err, const char *what)
{
	return refuse(err, REFUSAL_DAMAGED, "the TIFF is damaged: %s", what);
}

static uint64_t number(const struct tiff *t, uint64_t at, unsigned n)
{
	uint64_t v = 0;

	if (at > t->whole.n || t->whole.n - at < n)
		return 0;
	for (unsigned i = 0; i < n; i++)
		v |= (uint64_t)t->whole.p[at + (t->big_endian ? n - 1 - i : i)] << (8 * i);
	return v;
}

static unsigned size_of_type(unsigned type)
{
	static const uint8_t sizes[] = { [1] = 1, [2] = 1, [3] = 2, [4] = 4, [5] = 8, [6] = 1, [7] = 1 };
	return type < COUNT(sizes) ? sizes[type] : 0;
}

static bool find(const struct tiff *t, uint64_t directory, unsigned tag, struct entry *out)
{
	uint64_t count = number(t, directory, 2);

	for (uint64_t i = 0; i < count && i < ENTRIES_MOST; i++) {
		uint64_t at = directory + 2 + 12 * i;
		if (number(t, at, 2) != tag)
			continue;
		*out = (struct entry){ (unsigned)number(t, at + 2, 2), number(t, at + 4, 4), at + 8 };
		unsigned size = size_of_type(out->type);
		if (size == 0 || out->count == 0)
			return false;
		if (out->count * size > 4)
			out->at = number(t, at + 8, 4);
		return out->at <= t->whole.n && out->count <= (t->whole.n - out->at) / size;
	}
	return false;
}

static uint64_t value(const struct tiff *t, const struct entry *e, uint64_t i)
{
	unsigned size = size_of_type(e->type);
	return i < e->count && size <= 4 ? number(t, e->at + i * size, size) : 0;
}

static uint64_t tag_of(const struct page *p, unsigned tag, uint64_t otherwise)
{
	struct entry e;
	return find(p->t, p->directory, tag, &e) ? value(p->t, &e, 0) : otherwise;
}

int tiff_open(struct tiff *t, struct job *job, struct bytes whole, struct err *err)
{
	uint64_t most = job_limit(job, LIMIT_PAGES);

	*t = (struct tiff){ .job = job, .whole = whole, .big_endian = bytes_start(whole, BYTES("MM")) };
	t->pages = arena_new_array(job_arena(job), struct tiff_page, (size_t)MIN(most, (uint64_t)whole.n / 6 + 1) + 1);
	for (uint64_t at = number(t, 4, 4); at;) {
		uint64_t count = number(t, at, 2);
		struct entry e;
		if (count == 0 || count > ENTRIES_MOST || at + 2 + 12 * count > whole.n)
			return bad(err, "a directory");
		if (t->page_count == most)
			return refuse(err, REFUSAL_TOO_LARGE, "more than %llu pages", (unsigned long long)most);
		for (size_t i = 0; i < t->page_count; i++)
			if (t->pages[i].at == at)
				return bad(err, "pages that never end");
		uint64_t kind = find(t, at, 254, &e) ? value(t, &e, 0) : 0;
		t->profile |= find(t, at, 34675, &e);
		t->pages[t->page_count++] = (struct tiff_page){ at, kind & 5 };
		at = number(t, at + 2 + 12 * count, 4);
	}
	return t->page_count ? 0 : bad(err, "no pages");
}

/* -- one page: what it says of itself -- */
static int read_bits(struct page *p, struct err *err)
{
	struct entry e;

	p->bits = 1;
	if (find(p->t, p->directory, 258, &e)) {
		p->bits = (unsigned)value(p->t, &e, 0);
		for (uint64_t i = 1; i < MIN(e.count, p->samples); i++)
			if (value(p->t, &e, i) != p->bits)
				return refuse(err, REFUSAL_FEATURE, "samples of different depth");
	}
	if (find(p->t, p->directory, 339, &e) && value(p->t, &e, 0) != 1 && value(p->t, &e, 0) != 4)
		return refuse(err, REFUSAL_FEATURE, "samples with signs or points");
	bool small = p->bits == 1 || p->bits == 2 || p->bits == 4;
	if (!(p->bits == 8 || p->bits == 16 || (small && p->samples == 1)))
		return refuse(err, REFUSAL_FEATURE, "%u bits a sample", p->bits);
	return 0;
}

static int read_tags(struct page *p, struct err *err)
{
	struct entry e;

	p->width = tag_of(p, 256, 0), p->height = tag_of(p, 257, 0), p->compression = tag_of(p, 259, NONE);
	p->colours = tag_of(p, 262, WHITE_IS_ZERO), p->samples = tag_of(p, 277, 1), p->planes = tag_of(p, 284, 1);
	p->tile_width = tag_of(p, 322, 0), p->tile_height = tag_of(p, 323, 0), p->predictor = tag_of(p, 317, 1);
	p->fill = tag_of(p, 266, 1), p->fax_options = tag_of(p, 292, 0), p->extra = tag_of(p, 338, 0);
	if (p->width == 0 || p->height == 0)
		return bad(err, "no pixels");
	if (p->width > INT32_MAX || p->height > INT32_MAX || p->width * p->height > job_limit(p->t->job, LIMIT_PIXELS))
		return refuse(err, REFUSAL_TOO_LARGE, "%llu by %llu pixels", (unsigned long long)p->width, (unsigned long long)p->height);
	if (p->samples == 0 || p->samples > SAMPLES_MOST || p->planes < 1 || p->planes > 2)
		return refuse(err, REFUSAL_FEATURE, "%llu samples a pixel", (unsigned long long)p->samples);
	if (p->samples == 1)
		p->planes = 1;
	p->rows = MIN(tag_of(p, 278, p->height), p->height);
	if (!p->tile_width && p->rows == 0)
		return bad(err, "strips without rows");
	if (p->tile_width && (p->tile_width % 16 || !p->tile_height || p->tile_width > 65536 || p->tile_height > 65536))
		return bad(err, "tiles");
	if (read_bits(p, err) != 0)
		return -1;
	if (!find(p->t, p->directory, p->tile_width ? 324 : 273, &p->offsets) || !find(p->t, p->directory, p->tile_width ? 325 : 279, &p->counts))
		return bad(err, "no strips");
	if (find(p->t, p->directory, 347, &e))
		p->tables = bytes_of(p->t->whole.p + e.at, (size_t)e.count);
	p->row_bytes = (size_t)((p->width * p->samples * p->bits + 7) / 8);
	return 0;
}

/* -- strips and tiles -- */
static struct bytes unpacked(struct arena *arena, struct bytes in, size_t wanted)
{
	uint8_t *to = pdf_raw(arena, wanted);
	size_t n = 0;

	for (size_t i = 0; i < in.n && n < wanted;) {
		int8_t code = (int8_t)in.p[i++];
		size_t run = code >= 0 ? (size_t)code + 1 : (size_t)(1 - code);
		if (code == -128)
			continue;
		run = MIN(run, wanted - n);
		if (code >= 0) {
			run = MIN(run, in.n - i);
			memcpy(to + n, in.p + i, run);
			i += (size_t)code + 1;
		} else if (i < in.n) {
			memset(to + n, in.p[i++], run);
		}
		n += run;
	}
	return bytes_of(to, n);
}

static struct bytes reversed(struct arena *arena, struct bytes in)
{
	uint8_t *to = arena_copy(arena, in.p, in.n);

	for (size_t i = 0; i < in.n; i++)
		to[i] = (uint8_t)(((to[i] * 0x0802u & 0x22110u) | (to[i] * 0x8020u & 0x88440u)) * 0x10101u >> 16);
	return bytes_of(to, in.n);
}

/* One strip or tile, unpacked: rows × row bytes; samples: in it, one where planes lie apart. */
static int unpack(struct page *p, struct arena *arena, struct bytes in, uint64_t width, uint64_t rows, uint64_t samples, struct bytes *out, struct err *err)
{
	size_t wanted = (size_t)((width * samples * p->bits + 7) / 8 * rows);
	struct pdf_filter f = { .kind = PDF_FILTER_CCITT, .columns = (int)width, .rows = (int)rows, .black_is_1 = 1 };

	if (p->fill == 2 && p->compression != JPEG)
		in = reversed(arena, in);
	switch (p->compression) {
	case NONE: *out = in; break;
	case PACKED: *out = unpacked(arena, in, wanted); break;
	case LZW: f = (struct pdf_filter){ .kind = PDF_FILTER_LZW, .early_change = 1 }; break;
	case DEFLATE: case OLD_DEFLATE: f = (struct pdf_filter){ .kind = PDF_FILTER_FLATE }; break;
	case FAX_PLAIN: f.k = 0, f.byte_align = 1; break;
	case FAX_3: f.k = p->fax_options & 1 ? 1 : 0; break;
	case FAX_4: f.k = -1; break;
	case JPEG: return tiff_jpeg(arena, p->tables, in, (uint32_t)width, (uint32_t)rows, (unsigned)samples, p->colours == YCBCR, out, err);
	default: return refuse(err, REFUSAL_FEATURE, "pixels packed in a way that is not read (%llu)", (unsigned long long)p->compression);
	}
	if (f.kind == PDF_FILTER_CCITT && p->compression >= FAX_PLAIN && p->compression <= FAX_4) {
		if (p->bits != 1 || samples != 1 || width > 65536)
			return bad(err, "a fax page with colours");
		if (pdf_ccitt_undo(arena, in, &f, wanted, out) < 0)
			return bad(err, "a fax page");
	} else if (f.kind != PDF_FILTER_CCITT) {
		struct bytes all;
		if (pdf_filter_undo(arena, in, &f, wanted + (1 << 16), &all) < 0)
			return refuse(err, REFUSAL_BOMB, "a strip unpacks to more than its rows");
		*out = all;
	}
	return out->n >= wanted ? 0 : bad(err, "rows are missing");
}

/* Each sample is told as its distance from the one to the left. */
static int undo_differences(const struct page *p, uint8_t *rows, uint64_t width, uint64_t height, uint64_t samples, struct err *err)
{
	size_t row_bytes = (size_t)((width * samples * p->bits + 7) / 8), step = (size_t)samples * p->bits / 8;

	if (p->predictor == 1)
		return 0;
	if (p->predictor != 2 || p->bits < 8 || (p->compression != LZW && p->compression != DEFLATE && p->compression != OLD_DEFLATE))
		return refuse(err, REFUSAL_FEATURE, "pixels told by differences of an unknown kind");
	for (uint64_t y = 0; y < height; y++, rows += row_bytes)
		for (size_t i = step; i + p->bits / 8 <= row_bytes; i += p->bits / 8) {
			uint8_t *now = rows + i, *left = rows + i - step;
			if (p->bits == 8) {
				*now = (uint8_t)(*now + *left);
				continue;
			}
			unsigned high = p->t->big_endian ? 0 : 1, low = 1 - high;
			unsigned sum = (unsigned)(now[high] << 8 | now[low]) + (unsigned)(left[high] << 8 | left[low]);
			now[high] = (uint8_t)(sum >> 8), now[low] = (uint8_t)sum;
		}
	return 0;
}

/* Into the gathered rows: a block at x, y; plane: the sample it holds, where planes lie apart. */
static void place(struct page *p, struct bytes block, uint64_t x, uint64_t y, uint64_t width, uint64_t rows, uint64_t plane)
{
	uint64_t samples = p->planes == 2 ? 1 : p->samples;
	size_t from_bytes = (size_t)((width * samples * p->bits + 7) / 8), sample = p->bits / 8;

	for (uint64_t r = 0; r < rows && y + r < p->height; r++) {
		const uint8_t *from = block.p + (size_t)r * from_bytes;
		uint8_t *to = p->gathered + (size_t)(y + r) * p->row_bytes;
		if (p->planes == 1) {
			size_t at = (size_t)(x * samples * p->bits / 8);
			memcpy(to + at, from, MIN(from_bytes, p->row_bytes - at));
			continue;
		}
		for (uint64_t i = 0; i < width && x + i < p->width; i++)
			memcpy(to + (size_t)((x + i) * p->samples + plane) * sample, from + (size_t)i * sample, sample);
	}
}

static int gather(struct page *p, struct err *err)
{
	uint64_t width = p->tile_width ? p->tile_width : p->width, rows = p->tile_width ? p->tile_height : p->rows;
	uint64_t across = (p->width + width - 1) / width, down = (p->height + rows - 1) / rows, planes = p->planes == 2 ? p->samples : 1;
	uint64_t count = across * down * planes, samples = p->planes == 2 ? 1 : p->samples;

	if (p->planes == 2 && p->bits < 8)
		return refuse(err, REFUSAL_FEATURE, "planes of few bits");
	if (count > SEGMENTS_MOST || width * rows > 4 * job_limit(p->t->job, LIMIT_PIXELS) || p->offsets.count < count || p->counts.count < count)
		return bad(err, "strips are missing");
	p->gathered = png_room_in(p->t->job, p->arena, (uint64_t)p->row_bytes * p->height, err);
	if (!p->gathered)
		return -1;
	for (uint64_t i = 0; i < count; i++) {
		ARENA(arena) = arena_new((size_t)job_limit(p->t->job, LIMIT_JOB_MEMORY));
		uint64_t at = value(p->t, &p->offsets, i), n = value(p->t, &p->counts, i), plane = i / (across * down), k = i % (across * down);
		uint64_t x = k % across * width, y = k / across * rows, here = p->tile_width ? rows : MIN(rows, p->height - y);
		struct bytes block;
		if (at > p->t->whole.n || n > p->t->whole.n - at)
			return bad(err, "a strip lies outside");
		if (width * samples * p->bits / 8 * here > job_limit(p->t->job, LIMIT_JOB_MEMORY) / 2)
			return refuse(err, REFUSAL_MEMORY, "a strip too large to be held");
		if (unpack(p, arena, bytes_of(p->t->whole.p + at, (size_t)n), width, here, samples, &block, err) != 0)
			return -1;
		uint8_t *own = p->predictor == 1 ? NULL : arena_copy(arena, block.p, block.n);
		if (own && undo_differences(p, own, width, here, samples, err) != 0)
			return -1;
		place(p, own ? bytes_of(own, block.n) : block, x, y, width, here, plane);
	}
	return 0;
}

/* -- from samples to pixels -- */
static unsigned sample_at(const struct page *p, const uint8_t *row, uint64_t i)
{
	if (p->bits == 8)
		return row[i];
	return p->t->big_endian ? (unsigned)row[2 * i] << 8 | row[2 * i + 1] : (unsigned)row[2 * i + 1] << 8 | row[2 * i];
}

static void put_sample(uint8_t *row, unsigned bits, uint64_t i, unsigned v)
{
	if (bits == 8)
		row[i] = (uint8_t)v;
	else
		row[2 * i] = (uint8_t)(v >> 8), row[2 * i + 1] = (uint8_t)v;
}

static void few_bits(const struct page *p, struct picture *out)
{
	unsigned rest = (unsigned)(p->width * p->bits % 8);

	for (uint32_t y = 0; y < p->height; y++) {
		uint8_t *row = picture_row(out, y);
		memcpy(row, p->gathered + (size_t)y * p->row_bytes, p->row_bytes);
		for (size_t i = 0; p->colours == WHITE_IS_ZERO && i < p->row_bytes; i++)
			row[i] = (uint8_t)~row[i];
		if (rest)
			row[p->row_bytes - 1] &= (uint8_t)(0xff << (8 - rest));
	}
}

/* Ink on paper, as a screen would show it without a profile. */
static void put_ink(const struct page *p, const uint8_t *from, uint8_t *to)
{
	for (uint64_t x = 0; x < p->width; x++) {
		unsigned shift = p->bits - 8, black = 255 - (sample_at(p, from, x * p->samples + 3) >> shift);
		for (unsigned i = 0; i < 3; i++)
			to[3 * x + i] = (uint8_t)((255 - (sample_at(p, from, x * p->samples + i) >> shift)) * black / 255);
	}
}

/* Light as numbers (0 to 1) to the steps of a screen (sRGB): the 5/12th power, by Newton's way to a twelfth root. */
static uint8_t step_of(double light)
{
	double root = 1;

	if (light <= 0.0031308)
		return light <= 0 ? 0 : (uint8_t)(light * 12.92 * 255 + 0.5);
	if (light >= 1)
		return 255;
	for (int i = 0; i < 40; i++) {
		double r2 = root * root, r4 = r2 * r2, r11 = r4 * r4 * r2 * root;
		root -= (r11 * root - light) / (12 * r11);
	}
	return (uint8_t)((1.055 * root * root * root * root * root - 0.055) * 255 + 0.5);
}

static double from_lab(double f) { return f > 6.0 / 29 ? f * f * f : 3 * (6.0 / 29) * (6.0 / 29) * (f - 4.0 / 29); }

/* Colours of laboratories (CIE L*a*b* of eight bits, under the light D50) on a screen. */
static void put_lab(const struct page *p, const uint8_t *from, uint8_t *to)
{
	for (uint64_t i = 0; i < p->width; i++, from += p->samples, to += 3) {
		double f = (from[0] * 100.0 / 255 + 16) / 116;
		double x = 0.9642 * from_lab(f + (int8_t)from[1] / 500.0), y = from_lab(f), z = 0.8251 * from_lab(f - (int8_t)from[2] / 200.0);
		to[0] = step_of(3.1338561 * x - 1.6168667 * y - 0.4906146 * z);
		to[1] = step_of(-0.9787684 * x + 1.9161415 * y + 0.0334540 * z);
		to[2] = step_of(0.0719453 * x - 0.2289914 * y + 1.4052427 * z);
	}
}

/* alpha 1: the colours were multiplied by it. */
static void put_samples(const struct page *p, const uint8_t *from, uint8_t *to, unsigned channels, bool alpha)
{
	unsigned most = (1u << p->bits) - 1, all = channels + alpha;

	for (uint64_t x = 0; x < p->width; x++) {
		unsigned a = alpha ? sample_at(p, from, x * p->samples + channels) : most;
		for (unsigned i = 0; i < channels; i++) {
			unsigned v = sample_at(p, from, x * p->samples + i);
			if (p->colours == WHITE_IS_ZERO)
				v = most - v;
			if (alpha && p->extra == 1)
				v = a ? (unsigned)MIN((uint64_t)v * most / a, (uint64_t)most) : 0;
			put_sample(to, p->bits, x * all + i, v);
		}
		if (alpha)
			put_sample(to, p->bits, x * all + channels, a);
	}
}

static int take_palette(const struct page *p, struct picture *out, struct err *err)
{
	struct entry e;
	size_t n = (size_t)1 << p->bits;
	uint8_t colours[256 * 3];

	if (p->bits > 8 || p->samples != 1 || !find(p->t, p->directory, 320, &e) || e.count < 3 * n)
		return bad(err, "palette");
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < 3; k++)
			colours[3 * i + k] = (uint8_t)(value(p->t, &e, k * n + i) >> 8);
	if (picture_start_in(out, p->t->job, p->arena, p->width, p->height, (uint8_t)p->bits, PICTURE_PALETTE, err) != 0)
		return -1;
	picture_palette(out, colours, n);
	few_bits(p, out);
	return 0;
}

static int convert(struct page *p, struct picture *out, struct err *err)
{
	bool grey = p->colours == WHITE_IS_ZERO || p->colours == BLACK_IS_ZERO;
	bool colours = (p->colours == RGB || (p->colours == YCBCR && p->compression == JPEG)) && p->samples >= 3;
	unsigned channels = grey ? 1 : 3;
	bool alpha = p->samples > channels && (p->extra == 1 || p->extra == 2);

	if (p->colours == PALETTE)
		return take_palette(p, out, err);
	bool lab = p->colours == LAB && p->samples >= 3 && p->bits == 8;
	if (!grey && !colours && !lab && !(p->colours == CMYK && p->samples >= 4))
		return refuse(err, REFUSAL_FEATURE, "colours of a kind that is not read (%llu)", (unsigned long long)p->colours);
	if (p->colours == CMYK || lab)
		p->t->profile = true, alpha = false;
	uint8_t kind = grey ? (alpha ? PICTURE_GREY_ALPHA : PICTURE_GREY) : alpha ? PICTURE_RGBA : PICTURE_RGB;
	if (picture_start_in(out, p->t->job, p->arena, p->width, p->height, p->colours == CMYK ? 8 : (uint8_t)p->bits, kind, err) != 0)
		return -1;
	if (p->bits < 8) {
		few_bits(p, out);
		return 0;
	}
	for (uint32_t y = 0; y < p->height; y++) {
		const uint8_t *from = p->gathered + (size_t)y * p->row_bytes;
		if (p->colours == CMYK)
			put_ink(p, from, picture_row(out, y));
		else if (lab)
			put_lab(p, from, picture_row(out, y));
		else
			put_samples(p, from, picture_row(out, y), channels, alpha);
	}
	return 0;
}

static uint64_t resolution(const struct page *p, unsigned tag)
{
	struct entry e;

	if (!find(p->t, p->directory, tag, &e) || e.type != 5)
		return 0;
	uint64_t over = number(p->t, e.at, 4), under = number(p->t, e.at + 4, 4), unit = tag_of(p, 296, 2);
	if (under == 0 || (unit != 2 && unit != 3))
		return 0;
	return unit == 3 ? over * 100 / under : (over * 10000 / under + 127) / 254;
}

int tiff_read(struct tiff *tiff, size_t page, struct arena *arena, struct picture *out, struct err *err)
{
	struct page p = { .t = tiff, .arena = arena, .directory = tiff->pages[page].at };

	if (read_tags(&p, err) != 0 || gather(&p, err) != 0 || convert(&p, out, err) != 0)
		return -1;
	uint64_t turned = tag_of(&p, 274, 1);
	out->orientation = turned >= 1 && turned <= 8 ? (unsigned)turned : 1;
	out->head.keep[3] = png_resolution(job_arena(tiff->job), resolution(&p, 282), resolution(&p, 283));
	return 0;
}
