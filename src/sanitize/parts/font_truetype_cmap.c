/* TrueTypeの文字対応 — the tables that find a glyph by its character (cmap; formats 0, 4, 6 and 12) or by its name (post). Both may be missing: what is malformed is left out, glyph by glyph
 * where that can be told. */
#include "base/cursor.h"
#include "sanitize/parts/font_truetype.h"

static const struct bytes nothing;

static struct bytes from(struct bytes b, size_t at)
{
	return at < b.n ? bytes_of(b.p + at, b.n - at) : nothing;
}

static unsigned u16_at(struct bytes b, size_t at)
{
	return at + 2 <= b.n ? (unsigned)b.p[at] << 8 | b.p[at + 1] : 0;
}

/* ---- one subtable; each returns what it wrote, or nothing, and adds to *used what it read ---- */

struct subtable {
	struct arena *arena;
	struct bytes in; /* from its start to the end of cmap: lengths are often wrong */
	unsigned glyphs;
	size_t used;
};

static unsigned kept_glyph(const struct subtable *s, unsigned glyph)
{
	return glyph < s->glyphs ? glyph : 0;
}

/* Format 0: a byte for each of 256 characters. */
static struct bytes put_bytes(struct subtable *s)
{
	enum { HEAD = 6, SIZE = HEAD + 256 };
	uint8_t *start = arena_scratch(s->arena, SIZE), *to = start;

	s->used = MIN(s->in.n, (size_t)SIZE);
	if (!start || s->in.n < SIZE)
		return nothing;
	to = truetype_put16(truetype_put16(truetype_put16(to, 0), SIZE), 0);
	for (unsigned i = 0; i < 256; i++)
		*to++ = (uint8_t)kept_glyph(s, s->in.p[HEAD + i]);
	return bytes_of(start, SIZE);
}

/* Format 6: one run of characters. */
static struct bytes put_run(struct subtable *s)
{
	enum { HEAD = 10, MOST = (65535 - HEAD) / 2 };
	unsigned first = u16_at(s->in, 6);
	size_t n = MIN(u16_at(s->in, 8), 65536 - first);

	if (s->in.n < HEAD)
		return nothing;
	n = MIN(MIN(n, (s->in.n - HEAD) / 2), (size_t)MOST);
	s->used = HEAD + 2 * n;
	uint8_t *start = arena_scratch(s->arena, HEAD + 2 * n), *to = start;
	if (!start)
		return nothing;
	to = truetype_put16(truetype_put16(truetype_put16(to, 6), (unsigned)(HEAD + 2 * n)), 0);
	to = truetype_put16(truetype_put16(to, first), (unsigned)n);
	for (size_t i = 0; i < n; i++)
		to = truetype_put16(to, kept_glyph(s, u16_at(s->in, HEAD + 2 * i)));
	return bytes_of(start, (size_t)(to - start));
}

/* Format 12: groups of characters, rising. */
static struct bytes put_groups(struct subtable *s)
{
	enum { HEAD = 16, GROUP = 12, CHARACTER_MOST = 0x10ffff };
	struct cursor c = cursor_over(s->in);
	uint64_t next = 0;

	cursor_take(&c, 12);
	size_t n = cursor_u32be(&c), kept = 0;
	n = MIN(n, c.left / GROUP);
	s->used = MIN(s->in.n, HEAD + GROUP * n);
	uint8_t *start = arena_scratch(s->arena, HEAD + GROUP * n), *to = start ? start + HEAD : NULL;
	if (c.failed || !start)
		return nothing;
	for (size_t i = 0; i < n; i++) {
		uint32_t first = cursor_u32be(&c), last = cursor_u32be(&c), glyph = cursor_u32be(&c);
		if (first > last || first < next || last > CHARACTER_MOST || glyph >= s->glyphs)
			continue;
		last = MIN(last, first + (s->glyphs - 1 - glyph));
		next = (uint64_t)last + 1;
		to = truetype_put32(truetype_put32(truetype_put32(to, first), last), glyph), kept++;
	}
	uint8_t *head = truetype_put32(truetype_put16(truetype_put16(start, 12), 0), (uint32_t)(to - start));
	truetype_put32(truetype_put32(head, 0), (uint32_t)kept);
	return bytes_of(start, (size_t)(to - start));
}

/* Format 4: segments of characters, each with a distance to its glyphs or a list of them. */
enum { SEGMENTS_HEAD = 14, SEGMENT_BYTES = 8, SEGMENTED_MOST = 65535, LISTED_MOST = SEGMENTED_MOST / 2 };
struct segment {
	uint16_t start, end, delta;
	bool listed;
	uint32_t list; /* its first in the list */
};
struct segments {
	struct segment *all;
	size_t n, listed;
	uint16_t *list;
};

/* Of each character of the segment its glyph; those without one at both ends go. */
static bool list_segment(const struct subtable *s, struct segments *out, unsigned start, unsigned end, unsigned delta, size_t ids)
{
	size_t first = out->listed, n = 0, zeros = 0;

	for (unsigned i = start; i <= end; i++) {
		unsigned listed = ids ? u16_at(s->in, ids + 2 * (size_t)(i - start)) : i;
		unsigned glyph = ids && listed == 0 ? 0 : kept_glyph(s, (listed + delta) & 0xffff);
		if (glyph == 0) {
			zeros++;
			continue;
		}
		if (n == 0)
			start = i, ids += ids ? 2 * zeros : 0, zeros = 0;
		if (first + n + zeros >= LISTED_MOST)
			return false;
		for (; zeros > 0; zeros--)
			out->list[first + n++] = 0;
		out->list[first + n++] = (uint16_t)glyph;
	}
	if (n > 0)
		out->all[out->n++] = (struct segment){ (uint16_t)start, (uint16_t)(start + n - 1), 0, true, (uint32_t)first };
	out->listed += n;
	return true;
}

static bool read_segments(const struct subtable *s, size_t n, struct segments *out)
{
	size_t ends = SEGMENTS_HEAD, starts = ends + 2 * n + 2, deltas = starts + 2 * n, offsets = deltas + 2 * n;
	unsigned next = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned start = u16_at(s->in, starts + 2 * i), end = MIN(u16_at(s->in, ends + 2 * i), 0xfffeu), delta = u16_at(s->in, deltas + 2 * i);
		unsigned offset = u16_at(s->in, offsets + 2 * i), skipped = start < next ? next - start : 0; /* where two overlap, the first counts */
		start += skipped;
		if (start > end || offset == 0xffff)
			continue;
		next = end + 1;
		unsigned glyph = (start + delta) & 0xffff;
		if (offset == 0 && glyph + (end - start) < s->glyphs)
			out->all[out->n++] = (struct segment){ (uint16_t)start, (uint16_t)end, (uint16_t)delta, false, 0 };
		else if (!list_segment(s, out, start, end, delta, offset ? offsets + 2 * i + offset + 2 * (size_t)skipped : 0))
			return false;
	}
	out->all[out->n++] = (struct segment){ 0xffff, 0xffff, 1, false, 0 };
	return true;
}

static struct bytes write_segments(const struct subtable *s, const struct segments *in)
{
	size_t size = SEGMENTS_HEAD + 2 + SEGMENT_BYTES * in->n + 2 * in->listed;
	unsigned power = 1, log = 0;

	for (; 2 * power <= in->n; power *= 2)
		log++;
	uint8_t *start = size <= SEGMENTED_MOST ? arena_scratch(s->arena, size) : NULL, *to = start;
	if (!start)
		return nothing;
	to = truetype_put16(truetype_put16(truetype_put16(to, 4), (unsigned)size), 0);
	to = truetype_put16(truetype_put16(to, (unsigned)(2 * in->n)), 2 * power);
	to = truetype_put16(truetype_put16(to, log), (unsigned)(2 * in->n - 2 * power));
	for (size_t i = 0; i < in->n; i++)
		to = truetype_put16(to, in->all[i].end);
	to = truetype_put16(to, 0);
	for (size_t i = 0; i < in->n; i++)
		to = truetype_put16(to, in->all[i].start);
	for (size_t i = 0; i < in->n; i++)
		to = truetype_put16(to, in->all[i].delta);
	for (size_t i = 0; i < in->n; i++)
		to = truetype_put16(to, in->all[i].listed ? (unsigned)(2 * (in->n - i + in->all[i].list)) : 0);
	for (size_t i = 0; i < in->listed; i++)
		to = truetype_put16(to, in->list[i]);
	return bytes_of(start, size);
}

static struct bytes put_segments(struct subtable *s)
{
	size_t n = u16_at(s->in, 6) / 2;
	struct segments out = { .all = arena_scratch(s->arena, (n + 1) * sizeof *out.all), .list = arena_scratch(s->arena, LISTED_MOST * sizeof *out.list) };

	s->used = MIN(s->in.n, SEGMENTS_HEAD + 2 + SEGMENT_BYTES * n);
	if (s->in.n < SEGMENTS_HEAD + 2 + SEGMENT_BYTES * n || !out.all || !out.list || !read_segments(s, n, &out))
		return nothing;
	s->used += 2 * out.listed; /* lists may overlap too */
	return write_segments(s, &out);
}

/* ---- cmap ---- */

struct way {
	uint32_t key, at; /* key: platform and encoding */
	struct bytes made;
	size_t place; /* in the new table */
};

static struct bytes put_subtable(struct subtable *s)
{
	unsigned format = u16_at(s->in, 0);

	return format == 0 ? put_bytes(s) : format == 4 ? put_segments(s) : format == 6 ? put_run(s) : format == 12 ? put_groups(s) : nothing;
}

/* The records by rising key, of two alike the first. */
static size_t read_ways(struct bytes in, struct way *ways)
{
	enum { PLATFORM_MOST = 4, ENCODING_MOST = 255 };
	struct cursor c = cursor_over(in);
	size_t n = 0, left;

	cursor_take(&c, 2);
	for (left = cursor_u16be(&c); left > 0 && n < TRUETYPE_CMAPS_MOST; left--) {
		struct way w = { .key = cursor_u32be(&c), .at = cursor_u32be(&c) };
		size_t at = n;
		if (c.failed)
			break;
		while (at > 0 && ways[at - 1].key > w.key)
			at--;
		if ((at > 0 && ways[at - 1].key == w.key) || w.key >> 16 > PLATFORM_MOST || (w.key & 0xffff) > ENCODING_MOST)
			continue;
		memmove(ways + at + 1, ways + at, (n++ - at) * sizeof *ways);
		ways[at] = w;
	}
	return n;
}

/* Two records may share a subtable. */
static const struct way *same_subtable(const struct way *ways, size_t n, uint32_t at)
{
	for (size_t i = 0; i < n; i++)
		if (ways[i].at == at)
			return &ways[i];
	return NULL;
}

static struct bytes write_cmap(struct arena *arena, const struct way *ways, size_t n, size_t size)
{
	uint8_t *start = arena_scratch(arena, 4 + 8 * n + size), *to = start;

	if (!start || n == 0)
		return nothing;
	to = truetype_put16(truetype_put16(to, 0), (unsigned)n);
	for (size_t i = 0; i < n; i++)
		to = truetype_put32(truetype_put32(to, ways[i].key), (uint32_t)(4 + 8 * n + ways[i].place));
	for (size_t i = 0; i < n; i++)
		if (ways[i].made.n)
			memcpy(to, ways[i].made.p, ways[i].made.n), to += ways[i].made.n;
	return bytes_of(start, (size_t)(to - start));
}

struct bytes truetype_cmap(struct arena *arena, struct bytes in, unsigned glyphs)
{
	struct way ways[TRUETYPE_CMAPS_MOST + 1];
	size_t n = read_ways(in, ways), kept = 0, size = 0, used = 0;

	for (size_t i = 0; i < n; i++) {
		struct way w = ways[i];
		const struct way *same = same_subtable(ways, kept, w.at);
		struct subtable s = { arena, from(in, w.at), glyphs, 0 };
		w.place = same ? same->place : size;
		if (!same && used <= TRUETYPE_OVERLAPS_MOST * in.n)
			w.made = put_subtable(&s);
		used += s.used, size += w.made.n;
		if (same || w.made.n)
			ways[kept++] = w;
	}
	return write_cmap(arena, ways, kept, size);
}

/* ---- post ---- */

enum { POST_HEAD = 32, NAMES_OF_ALL = 258 };

static bool is_name(struct bytes name)
{
	if (name.n == 0 || name.n > TRUETYPE_NAME_MOST)
		return false;
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] <= ' ' || name.p[i] > '~')
			return false;
	return true;
}

struct names {
	uint32_t *at;	/* where each lies */
	uint16_t *given; /* its new number, 0: none yet */
	size_t n;
};

static bool read_names(struct arena *arena, struct bytes in, struct names *out)
{
	enum { MOST = 65536 - NAMES_OF_ALL };
	struct cursor c = cursor_over(in);

	out->at = arena_scratch(arena, MIN(in.n, (size_t)MOST) * sizeof *out->at);
	out->given = arena_try(arena, MIN(in.n, (size_t)MOST) * sizeof *out->given);
	if (!out->at || !out->given)
		return false;
	for (out->n = 0; c.left > 0 && out->n < MOST; out->n++) {
		out->at[out->n] = (uint32_t)c.at;
		cursor_take(&c, cursor_u8(&c));
		if (c.failed)
			break;
	}
	return true;
}

static struct bytes name_at(struct bytes in, size_t at)
{
	return bytes_of(in.p + at + 1, in.p[at]);
}

/* Version 2: to each glyph its name, of those that glyphs bear and that can be printed. */
static struct bytes put_names(struct arena *arena, struct bytes in, unsigned glyphs, uint8_t *start)
{
	unsigned n = u16_at(in, POST_HEAD), given = 0;
	struct bytes all = from(in, POST_HEAD + 2 + 2 * (size_t)n);
	struct names names;
	uint8_t *numbers = truetype_put16(start + POST_HEAD, glyphs), *to = numbers + 2 * (size_t)glyphs;

	if (!read_names(arena, all, &names))
		return nothing;
	for (unsigned i = 0; i < glyphs; i++) {
		unsigned number = i < n ? u16_at(in, POST_HEAD + 2 + 2 * (size_t)i) : 0, which = number - NAMES_OF_ALL;
		if (number >= NAMES_OF_ALL && (which >= names.n || !is_name(name_at(all, names.at[which])))) {
			number = 0;
		} else if (number >= NAMES_OF_ALL) {
			if (!names.given[which]) {
				struct bytes name = name_at(all, names.at[which]);
				names.given[which] = (uint16_t)(NAMES_OF_ALL + given++);
				memcpy(to, name.p - 1, name.n + 1), to += name.n + 1;
			}
			number = names.given[which];
		}
		numbers = truetype_put16(numbers, number);
	}
	return bytes_of(start, (size_t)(to - start));
}

struct bytes truetype_post(struct arena *arena, struct bytes in, unsigned glyphs)
{
	enum { VERSION_1 = 0x00010000, VERSION_2 = 0x00020000, VERSION_3 = 0x00030000, SLANT_AND_LINE = 8 };
	struct cursor c = cursor_over(in);
	uint32_t version = cursor_u32be(&c);
	const uint8_t *measures = cursor_take(&c, SLANT_AND_LINE);
	bool same_width = cursor_u32be(&c) != 0;

	if (c.failed || in.n < POST_HEAD)
		return nothing;
	if (version != VERSION_1 && (version != VERSION_2 || in.n < POST_HEAD + 2))
		version = VERSION_3;
	uint8_t *start = arena_try(arena, POST_HEAD + 2 + 2 * (size_t)glyphs + in.n);
	if (!start)
		return nothing;
	memcpy(truetype_put32(start, version), measures, SLANT_AND_LINE);
	truetype_put32(start + 4 + SLANT_AND_LINE, same_width);
	return version == VERSION_2 ? put_names(arena, in, glyphs, start) : bytes_of(start, POST_HEAD);
}
