/* JPEGの文法 — what formats/jpeg.c writes: SOI, JFIF without thumbnail, Adobe, the fixed EXIF of orientation, quantisation tables, one baseline
 * frame, Huffman tables, scans, EOI, and the file's end. Every bit of every scan is read: each code is in its table, each block has at most 64
 * coefficients, each scan has exactly its blocks, the last byte is filled with ones. */
#include "base/cursor.h"
#include "sanitize/format.h"
#include "sanitize/grammar.h"
#include <endian.h>

enum { COMPONENTS_MOST = 10, LOOK = 9, CODE_MOST = 16, MCU_BLOCKS_MOST = 10, BLOCK_ENDS = 0, BITS_READY = 32 /* more than any code with its value */ };

struct table {
	bool set;
	uint8_t values[256];
	uint16_t look[1 << LOOK]; /* of the code that these bits begin with: its bits and those of the value behind it << 8 | coefficients it stands for; 0: longer, or none */
	int32_t most[CODE_MOST + 2], offset[CODE_MOST + 1];
};
struct component {
	uint8_t id, h, v, quantisation;
	bool seen; /* in a scan */
};
struct jpeg {
	struct check *check;
	struct cursor in;
	bool quantisation[4], wide, extended, jfif, adobe, exif;
	struct table tables[2][4];
	struct component components[COMPONENTS_MOST];
	unsigned count, width, height, h_most, v_most, restart;
};
struct bits {
	const uint8_t *p, *end;
	uint64_t value;
	unsigned have;
};

static int wrong(const struct jpeg *j, struct err *err, const char *what) { return fail(err, ERR_MALFORMED, j->in.at, "%s", what); }

/* -- tables -- */
static int quantisation(struct jpeg *j, struct cursor *c, struct err *err)
{
	while (c->left) {
		uint8_t head = cursor_u8(c);
		bool wide = head >> 4;
		if (head >> 4 > 1 || (head & 15) > 3)
			return wrong(j, err, "quantisation table");
		for (int i = 0; i < 64; i++)
			if ((wide ? cursor_u16be(c) : cursor_u8(c)) == 0)
				return wrong(j, err, "quantisation step");
		j->quantisation[head & 15] = true;
		j->wide |= wide;
	}
	return 0;
}

/* What the quick way does for a code; 0: it does nothing, the slow way decides. */
static uint16_t look_of(bool ac, unsigned length, uint8_t value)
{
	unsigned size = ac ? value & 15 : value, covers = ac ? (value >> 4) + 1u : 1;

	if (ac && size == 0 && value != 0xf0)
		return value == 0 ? (uint16_t)(length << 8 | BLOCK_ENDS) : 0;
	return (uint16_t)((length + size) << 8 | covers);
}

static int huffman(struct jpeg *j, struct cursor *c, struct err *err)
{
	while (c->left) {
		uint8_t head = cursor_u8(c);
		const uint8_t *counts = cursor_take(c, CODE_MOST);
		if (!counts || head >> 4 > 1 || (head & 15) > 3)
			return wrong(j, err, "Huffman table");
		struct table *t = &j->tables[head >> 4][head & 15];
		uint32_t code = 0, n = 0;
		memset(t, 0, sizeof *t);
		for (unsigned length = 1; length <= CODE_MOST; length++) {
			t->offset[length] = (int32_t)n - (int32_t)code;
			for (unsigned i = 0; i < counts[length - 1]; i++, code++, n++) {
				uint8_t value = cursor_u8(c);
				/* the code of only ones does not exist: it would be the filling */
				if (n > 255 || code >= (1u << length) - 1u || (head >> 4 == 0 && value > 11) || (head >> 4 == 1 && (value & 15) > 10))
					return wrong(j, err, "Huffman code");
				t->values[n] = value;
				if (length <= LOOK)
					for (uint32_t k = 0; k < 1u << (LOOK - length); k++)
						t->look[code << (LOOK - length) | k] = look_of(head >> 4, length, value);
			}
			t->most[length] = counts[length - 1] ? (int32_t)code - 1 : -1;
			code <<= 1;
		}
		t->set = true;
	}
	return 0;
}

/* -- frame -- */
static int frame(struct jpeg *j, struct cursor *c, struct err *err)
{
	uint8_t precision = cursor_u8(c);

	j->height = cursor_u16be(c), j->width = cursor_u16be(c), j->count = cursor_u8(c);
	if (precision != 8 || j->width == 0 || j->height == 0 || j->count == 0 || j->count > COMPONENTS_MOST)
		return wrong(j, err, "frame");
	if ((uint64_t)j->width * j->height > check_limit(j->check, LIMIT_PIXELS))
		return wrong(j, err, "pixels");
	for (unsigned i = 0; i < j->count; i++) {
		struct component *k = &j->components[i];
		k->id = cursor_u8(c);
		uint8_t factors = cursor_u8(c);
		k->h = factors >> 4, k->v = factors & 15, k->quantisation = cursor_u8(c);
		if (k->h < 1 || k->h > 4 || k->v < 1 || k->v > 4 || k->quantisation > 3 || !j->quantisation[k->quantisation])
			return wrong(j, err, "component");
		for (unsigned other = 0; other < i; other++)
			if (j->components[other].id == k->id)
				return wrong(j, err, "component twice");
		j->h_most = MAX(j->h_most, k->h), j->v_most = MAX(j->v_most, k->v);
	}
	return 0;
}

/* -- scans -- */
/* What is missing shows when it is taken. */
static void fill_by_bytes(struct bits *b)
{
	while (b->have <= 48 && b->p < b->end) {
		uint8_t v = *b->p;
		if (v == 0xff) {
			if (b->end - b->p < 2 || b->p[1] != 0)
				return; /* a marker: the bits end here */
			b->p++;
		}
		b->p++;
		b->value = b->value << 8 | v;
		b->have += 8;
	}
}

/* Where none of the next eight bytes is 0xff, as many as there is room for are taken together. */
static void fill(struct bits *b)
{
	const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;
	uint64_t eight;

	if (b->have > 48)
		return;
	if (b->end - b->p < 8 || (memcpy(&eight, b->p, 8), ((~eight - ones) & eight & tops) != 0)) {
		fill_by_bytes(b);
		return;
	}
	unsigned n = (63 - b->have) / 8;
	b->value = b->value << (8 * n) | be64toh(eight) >> (64 - 8 * n);
	b->p += n, b->have += 8 * n;
}

static inline int take(struct bits *b, unsigned n)
{
	if (b->have < n) {
		fill(b);
		if (b->have < n)
			return -1;
	}
	b->have -= n;
	return (int)(b->value >> b->have & ((1u << n) - 1));
}

static int symbol(struct bits *b, const struct table *t)
{
	if (b->have < CODE_MOST)
		fill(b);
	for (unsigned length = 1; length <= CODE_MOST && length <= b->have; length++) {
		int32_t code = (int32_t)(b->value >> (b->have - length) & ((1u << length) - 1));
		if (code <= t->most[length]) {
			b->have -= length;
			return t->values[(code + t->offset[length]) & 255];
		}
	}
	return -1;
}

/* 1: the coefficient that a block begins with. -1: it is none. */
static int dc_slowly(struct bits *b, const struct table *t)
{
	int size = symbol(b, t);

	return size < 0 || (size > 0 && take(b, (unsigned)size) < 0) ? -1 : 1;
}

/* How many coefficients the next code stands for, BLOCK_ENDS if no more follow, -1: it is none. */
static int ac_slowly(struct bits *b, const struct table *t)
{
	int v = symbol(b, t);

	if (v <= 0)
		return v < 0 ? -1 : BLOCK_ENDS;
	if ((v & 15) ? take(b, (unsigned)(v & 15)) < 0 : v != 0xf0)
		return -1; /* cut short; a run without a value */
	return (v >> 4) + 1;
}

/* The bits are kept in registers as long as the table answers: through memory each code would wait for the one before it twice as long. */
static bool block(struct bits *bits, const struct table *dc, const struct table *ac)
{
	struct bits b = *bits;
	const struct table *t = dc;

	for (int k = 0; k < 64; t = ac) {
		if (b.have < BITS_READY) {
			struct bits more = b;
			fill(&more);
			b = more;
		}
		/* Near the end of the scan, or a rare code: 0. */
		uint16_t found = b.have < BITS_READY ? 0 : t->look[b.value >> (b.have - LOOK) & ((1u << LOOK) - 1)];
		int covers = found & 255;
		b.have -= found >> 8;
		if (!found) {
			struct bits slow = b;
			covers = k == 0 ? dc_slowly(&slow, dc) : ac_slowly(&slow, ac);
			b = slow;
		}
		if (covers <= 0) {
			*bits = b;
			return covers == BLOCK_ENDS;
		}
		k += covers;
		if (k > 64)
			return false;
	}
	*bits = b;
	return true;
}

/* The bits of a scan, or of a part between restarts, end: less than a byte is left, and it is filled with ones. */
static bool ends(struct bits *b)
{
	fill(b);
	return b->have < 8 && (b->value & ((1u << b->have) - 1)) == (1u << b->have) - 1;
}

struct scan {
	unsigned count, blocks;
	struct {
		const struct component *component;
		const struct table *dc, *ac;
	} part[4];
};

static uint64_t mcus(const struct jpeg *j, const struct scan *s)
{
	if (s->count > 1) {
		uint64_t across = (j->width + 8u * j->h_most - 1) / (8 * j->h_most), down = (j->height + 8u * j->v_most - 1) / (8 * j->v_most);
		return across * down;
	}
	const struct component *k = s->part[0].component; /* alone: only the blocks that the picture needs */
	uint64_t w = ((uint64_t)j->width * k->h + j->h_most - 1) / j->h_most, h = ((uint64_t)j->height * k->v + j->v_most - 1) / j->v_most;
	return (w + 7) / 8 * ((h + 7) / 8);
}

static int entropy(struct jpeg *j, const struct scan *s, struct err *err)
{
	struct bits b = { .p = j->in.p, .end = j->in.p + j->in.left };
	uint64_t left = mcus(j, s);
	unsigned until = j->restart, number = 0;

	for (; left; left--) {
		if (j->restart && until-- == 0) {
			if (!ends(&b) || b.end - b.p < 2 || b.p[0] != 0xff || b.p[1] != 0xd0 + (number++ & 7))
				return wrong(j, err, "restart");
			b = (struct bits){ .p = b.p + 2, .end = b.end };
			until = j->restart - 1;
		}
		for (unsigned i = 0; i < s->count; i++) {
			unsigned blocks = s->count == 1 ? 1 : (unsigned)s->part[i].component->h * s->part[i].component->v;
			while (blocks--)
				if (!block(&b, s->part[i].dc, s->part[i].ac))
					return fail(err, ERR_MALFORMED, j->in.at + (uint64_t)(b.p - j->in.p), "a block of coefficients");
		}
	}
	if (!ends(&b))
		return wrong(j, err, "bits behind the last block");
	cursor_take(&j->in, (size_t)(b.p - j->in.p));
	return 0;
}

static int scan(struct jpeg *j, struct cursor *c, struct err *err)
{
	struct scan s = { .count = cursor_u8(c) };

	if (s.count < 1 || s.count > 4 || j->count == 0)
		return wrong(j, err, "scan");
	for (unsigned i = 0; i < s.count; i++) {
		uint8_t id = cursor_u8(c), which = cursor_u8(c);
		unsigned k = 0;
		while (k < j->count && j->components[k].id != id)
			k++;
		if (k == j->count || j->components[k].seen || which >> 4 > 3 || (which & 15) > 3 || !j->tables[0][which >> 4].set || !j->tables[1][which & 15].set)
			return wrong(j, err, "scan component");
		j->components[k].seen = true;
		s.part[i].component = &j->components[k], s.part[i].dc = &j->tables[0][which >> 4], s.part[i].ac = &j->tables[1][which & 15];
		s.blocks += (unsigned)j->components[k].h * j->components[k].v;
	}
	if (cursor_u8(c) != 0 || cursor_u8(c) != 63 || cursor_u8(c) != 0 || (s.count > 1 && s.blocks > MCU_BLOCKS_MOST))
		return wrong(j, err, "scan of another kind");
	return c->failed || c->left ? wrong(j, err, "scan header") : entropy(j, &s, err);
}

/* -- markers -- */
static int application(struct jpeg *j, uint8_t kind, struct bytes b, struct err *err)
{
	static const char exif[] = "Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\0\0\0\0\0\0\0";
	bool first = j->count == 0 && !j->quantisation[0] && !j->quantisation[1] && !j->quantisation[2] && !j->quantisation[3];

	if (kind == 0xe0 && first && !j->jfif && !j->adobe && !j->exif && b.n == 14 && bytes_start(b, BYTES("JFIF\0\x01")) && b.p[7] <= 2 && b.p[12] == 0 && b.p[13] == 0)
		return j->jfif = true, 0;
	if (kind == 0xee && first && !j->adobe && !j->exif && b.n == 12 && bytes_start(b, BYTES("Adobe\0\x64\0\0\0\0")) && b.p[11] <= 2)
		return j->adobe = true, 0;
	if (kind == 0xe1 && first && !j->exif && b.n == sizeof exif - 1 && memcmp(b.p, exif, 25) == 0 && b.p[25] >= 2 && b.p[25] <= 8 &&
	    memcmp(b.p + 26, exif + 26, sizeof exif - 27) == 0)
		return j->exif = true, 0;
	return wrong(j, err, "application data");
}

static int marker(struct jpeg *j, uint8_t kind, struct err *err)
{
	uint16_t length = cursor_u16be(&j->in);
	struct bytes body = cursor_bytes(&j->in, length < 2 ? SIZE_MAX : length - 2u);
	struct cursor c = cursor_over(body);
	int got;

	if (j->in.failed)
		return wrong(j, err, "cut short");
	if (kind == 0xda)
		return scan(j, &c, err);
	if (kind == 0xdb)
		got = quantisation(j, &c, err);
	else if (kind == 0xc4)
		got = huffman(j, &c, err);
	else if ((kind == 0xc0 || kind == 0xc1) && j->count == 0)
		got = frame(j, &c, err), j->extended = kind == 0xc1;
	else if (kind == 0xdd && body.n == 2)
		got = 0, j->restart = cursor_u16be(&c);
	else
		return application(j, kind, body, err);
	return got != 0 ? -1 : c.failed || c.left ? wrong(j, err, "a segment of another length") : 0;
}

static int accept(struct check *check, struct err *err)
{
	struct jpeg *j = arena_alloc(check_arena(check), sizeof *j);
	struct bytes whole;

	if (check_read_all(check, &whole, err) != 0)
		return -1;
	j->check = check;
	j->in = cursor_over(whole);
	if (cursor_u16be(&j->in) != 0xffd8)
		return wrong(j, err, "start");
	for (;;) {
		uint8_t mark = cursor_u8(&j->in), kind = cursor_u8(&j->in);
		if (j->in.failed || mark != 0xff)
			return wrong(j, err, "marker");
		if (kind == 0xd9)
			break;
		if (marker(j, kind, err) != 0)
			return -1;
	}
	for (unsigned i = 0; i < j->count; i++)
		if (!j->components[i].seen)
			return wrong(j, err, "a component without scan");
	if (j->count == 0 || j->in.left || (j->wide && !j->extended))
		return wrong(j, err, "end");
	return 0;
}

extern const struct grammar grammar_jpeg;
const struct grammar grammar_jpeg = { .name = "jpeg", .accept = accept };
