/* 7zの見出し — contract in sevenzip_head.h. */
#include "sanitize/parts/sevenzip_head.h"
#include "base/cursor.h"
#include <libdeflate.h>

enum { END = 0, HEADER = 1, PROPERTIES = 2, MAIN_STREAMS = 4, PACK = 6, FOLDERS = 7, SIZE = 9, SUMS = 10, FOLDER = 11, UNPACK_SIZES = 12, PACKED_HEADER = 23 };

/* ---- reading ---- */

/* As many ones as begin the first byte, so many bytes follow; what is left of it are the highest bits. */
static uint64_t take_number(struct cursor *c)
{
	uint8_t first = cursor_u8(c);
	uint64_t value = 0;
	unsigned shift = 0;

	for (uint8_t mask = 0x80; mask; mask >>= 1, shift += 8) {
		if (!(first & mask))
			return value | (uint64_t)(first & (mask - 1)) << shift;
		value |= (uint64_t)cursor_u8(c) << shift;
	}
	return value;
}

static uint64_t take_count(struct cursor *c, uint64_t most)
{
	uint64_t n = take_number(c);

	c->failed |= n > most;
	return c->failed ? 0 : n;
}

/* Which of count have a sum, and the sums; sums may be NULL. */
static void take_sums(struct cursor *c, size_t count, bool *has, uint32_t *sums)
{
	bool all = cursor_u8(c) != 0;
	const uint8_t *bits = all ? NULL : cursor_take(c, (count + 7) / 8);

	for (size_t i = 0; i < count && !c->failed; i++) {
		bool here = all || (bits && bits[i / 8] & 0x80 >> i % 8);
		uint32_t sum = here ? cursor_u32le(c) : 0;
		if (has)
			has[i] = here, sums[i] = sum;
	}
}

static void read_packed(struct arena *arena, struct cursor *c, struct sevenzip_streams *s)
{
	uint8_t id;

	s->at = take_number(c);
	s->count = (size_t)take_count(c, MIN(c->left, (size_t)SEVENZIP_FOLDERS_MOST * SEVENZIP_STREAMS_MOST));
	s->sizes = arena_new_array(arena, uint64_t, s->count);
	bool sized = false, summed = false;
	while ((id = cursor_u8(c)) != END && !c->failed) {
		if (id == SIZE && !sized)
			for (size_t i = 0; i < s->count; i++)
				s->sizes[i] = take_number(c);
		else if (id == SUMS && !summed)
			take_sums(c, s->count, NULL, NULL);
		else
			c->failed = true;
		sized |= id == SIZE, summed |= id == SUMS;
	}
	c->failed |= !sized && s->count > 0;
}

static void read_coder(struct cursor *c, struct sevenzip_coder *coder)
{
	enum { ID = 0x0f, COMPLEX = 0x10, HAS_PROPERTIES = 0x20, KNOWN = 0x3f };
	uint8_t flags = cursor_u8(c);

	*coder = (struct sevenzip_coder){ .id = cursor_bytes(c, flags & ID), .ins = 1, .outs = 1 };
	if (flags & COMPLEX)
		coder->ins = (uint32_t)take_count(c, SEVENZIP_STREAMS_MOST), coder->outs = (uint32_t)take_count(c, SEVENZIP_STREAMS_MOST);
	if (flags & HAS_PROPERTIES)
		coder->properties = cursor_bytes(c, (size_t)take_count(c, c->left));
	c->failed |= (flags & ~KNOWN) != 0;
}

static void read_folder(struct cursor *c, struct sevenzip_folder *f)
{
	unsigned ins = 0, outs = 0;

	*f = (struct sevenzip_folder){ .coder_count = (unsigned)take_count(c, SEVENZIP_CODERS_MOST) };
	for (unsigned i = 0; i < f->coder_count && !c->failed; i++) {
		read_coder(c, &f->coders[i]);
		ins += f->coders[i].ins, outs += f->coders[i].outs;
	}
	if (c->failed || f->coder_count == 0 || outs == 0 || outs > COUNT(f->sizes) || ins + 1 < outs || ins + 1 - outs > SEVENZIP_STREAMS_MOST || ins + 1 == outs) {
		c->failed = true;
		return;
	}
	f->out_count = outs, f->pair_count = outs - 1, f->packed_count = ins + 1 - outs;
	for (unsigned i = 0; i < f->pair_count; i++)
		f->pairs[i].in = (uint32_t)take_count(c, ins - 1), f->pairs[i].out = (uint32_t)take_count(c, outs - 1);
	for (unsigned i = 0; i < f->packed_count && f->packed_count > 1; i++)
		f->packed[i] = (uint32_t)take_count(c, ins - 1);
	for (unsigned in = 0; in < ins && f->packed_count == 1; in++) { /* the one that nothing goes into */
		bool fed = false;
		for (unsigned i = 0; i < f->pair_count; i++)
			fed |= f->pairs[i].in == in;
		f->packed[0] = fed ? f->packed[0] : in;
	}
}

static void read_folders(struct arena *arena, struct cursor *c, struct sevenzip_streams *s)
{
	uint8_t id;

	c->failed |= cursor_u8(c) != FOLDER;
	s->folder_count = (size_t)take_count(c, MIN(c->left, (size_t)SEVENZIP_FOLDERS_MOST));
	c->failed |= cursor_u8(c) != 0; /* they stand elsewhere: nobody writes that */
	if (c->failed)
		return;
	s->folders = arena_new_array(arena, struct sevenzip_folder, s->folder_count);
	size_t streams = 0;
	for (size_t i = 0; i < s->folder_count && !c->failed; i++) {
		read_folder(c, &s->folders[i]);
		s->folders[i].first = streams;
		streams += s->folders[i].packed_count;
	}
	c->failed |= cursor_u8(c) != UNPACK_SIZES || streams != s->count;
	for (size_t i = 0; i < s->folder_count && !c->failed; i++)
		for (unsigned k = 0; k < s->folders[i].out_count; k++)
			s->folders[i].sizes[k] = take_number(c);
	if (c->failed || (id = cursor_u8(c)) == END)
		return;
	bool *has = arena_new_array(arena, bool, s->folder_count);
	uint32_t *sums = arena_new_array(arena, uint32_t, s->folder_count);
	if (id == SUMS)
		take_sums(c, s->folder_count, has, sums);
	for (size_t i = 0; i < s->folder_count; i++)
		s->folders[i].has_sum = has[i], s->folders[i].sum = sums[i];
	c->failed |= id != SUMS || cursor_u8(c) != END;
}

enum sevenzip_kind sevenzip_head_read(struct arena *arena, struct bytes head, struct sevenzip_streams *out)
{
	struct cursor c = cursor_over(head);
	struct sevenzip_streams s = { 0 };
	uint8_t id = cursor_u8(&c);
	enum sevenzip_kind kind = id == PACKED_HEADER ? SEVENZIP_PACKED : id == HEADER ? SEVENZIP_HEAD : SEVENZIP_NOTHING;

	if (head.n > SEVENZIP_HEAD_BYTES_MOST || kind == SEVENZIP_NOTHING)
		return SEVENZIP_NOTHING;
	if (kind == SEVENZIP_HEAD && (id = cursor_u8(&c)) == PROPERTIES) {
		while (cursor_u8(&c) != END && !c.failed)
			cursor_take(&c, (size_t)take_count(&c, c.left));
		id = cursor_u8(&c);
	}
	if ((kind == SEVENZIP_HEAD && id != MAIN_STREAMS) || cursor_u8(&c) != PACK)
		return SEVENZIP_NOTHING;
	read_packed(arena, &c, &s);
	c.failed |= cursor_u8(&c) != FOLDERS;
	if (!c.failed)
		read_folders(arena, &c, &s);
	if (c.failed)
		return SEVENZIP_NOTHING;
	s.rest = bytes_of(c.p, c.left);
	*out = s;
	return kind;
}

/* ---- writing ---- */

static void put_number(struct buf *out, uint64_t n)
{
	unsigned more = 0;

	while (more < 8 && n >> (7 * (more + 1)))
		more++;
	buf_byte(out, more == 8 ? 0xff : (uint8_t)(0xff00u >> more | n >> (8 * more)));
	for (unsigned i = 0; i < more; i++)
		buf_byte(out, (uint8_t)(n >> (8 * i)));
}

static void put_folder(struct buf *out, const struct sevenzip_folder *f)
{
	put_number(out, f->coder_count);
	for (unsigned i = 0; i < f->coder_count; i++) {
		const struct sevenzip_coder *coder = &f->coders[i];
		bool complex = coder->ins != 1 || coder->outs != 1;
		buf_byte(out, (uint8_t)(coder->id.n | (complex ? 0x10 : 0) | (coder->properties.n ? 0x20 : 0)));
		buf_bytes(out, coder->id);
		if (complex)
			put_number(out, coder->ins), put_number(out, coder->outs);
		if (coder->properties.n)
			put_number(out, coder->properties.n), buf_bytes(out, coder->properties);
	}
	for (unsigned i = 0; i < f->pair_count; i++)
		put_number(out, f->pairs[i].in), put_number(out, f->pairs[i].out);
	for (unsigned i = 0; i < f->packed_count && f->packed_count > 1; i++)
		put_number(out, f->packed[i]);
}

static void put_sums(struct buf *out, const struct sevenzip_streams *s)
{
	uint8_t bits = 0;

	buf_byte(out, SUMS), buf_byte(out, 0);
	for (size_t i = 0; i < s->folder_count; i++) {
		bits |= s->folders[i].has_sum ? (uint8_t)(0x80 >> i % 8) : 0;
		if (i % 8 == 7 || i + 1 == s->folder_count)
			buf_byte(out, bits), bits = 0;
	}
	for (size_t i = 0; i < s->folder_count; i++)
		if (s->folders[i].has_sum)
			buf_u32le(out, s->folders[i].sum);
}

void sevenzip_head_write(struct buf *out, const struct sevenzip_streams *s)
{
	bool any = false;

	buf_byte(out, HEADER), buf_byte(out, MAIN_STREAMS), buf_byte(out, PACK);
	put_number(out, s->at), put_number(out, s->count);
	buf_byte(out, SIZE);
	for (size_t i = 0; i < s->count; i++)
		put_number(out, s->sizes[i]);
	buf_byte(out, END), buf_byte(out, FOLDERS), buf_byte(out, FOLDER);
	put_number(out, s->folder_count), buf_byte(out, 0);
	for (size_t i = 0; i < s->folder_count; i++)
		put_folder(out, &s->folders[i]);
	buf_byte(out, UNPACK_SIZES);
	for (size_t i = 0; i < s->folder_count; i++)
		for (unsigned k = 0; k < s->folders[i].out_count; k++)
			put_number(out, s->folders[i].sizes[k]);
	for (size_t i = 0; i < s->folder_count; i++)
		any |= s->folders[i].has_sum;
	if (any)
		put_sums(out, s);
	buf_byte(out, END);
	buf_bytes(out, s->rest);
}

static void put_u64le(struct buf *out, uint64_t n)
{
	buf_u32le(out, (uint32_t)n), buf_u32le(out, (uint32_t)(n >> 32));
}

void sevenzip_start_write(struct buf *out, struct bytes head, uint64_t at)
{
	struct buf next = buf_in(out->arena, 0);

	put_u64le(&next, at), put_u64le(&next, head.n), buf_u32le(&next, libdeflate_crc32(0, head.p, head.n));
	buf_put(out, "7z\xbc\xaf\x27\x1c\0\4", 8);
	buf_u32le(out, libdeflate_crc32(0, next.p, next.n));
	buf_bytes(out, buf_view(&next));
}
