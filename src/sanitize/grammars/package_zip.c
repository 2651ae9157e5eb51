/* ZIPの文法 — contract in package_zip.h. */
#include "sanitize/grammars/package_zip.h"
#include "base/cursor.h"
#include "base/hash.h"
#include "base/sort.h"
#include "base/text.h"
#include "sanitize/format.h"
#include <libdeflate.h>
#include <zlib.h>

enum { END = 22, CENTRAL = 46, LOCAL = 30, NAME_MOST = 4096, PIECE = 64 * 1024 };

static int outside(struct err *err, uint64_t at, const char *what)
{
	return fail(err, ERR_MALFORMED, at, "ZIP: %s", what);
}

/* The 26 bytes that both headers share. */
static bool take_common(struct cursor *c, struct package_member *m, uint16_t *name)
{
	bool good = cursor_u16le(c) == 20 && cursor_u16le(c) == 0x800;
	uint16_t method = cursor_u16le(c);

	good = good && (method == 0 || method == 8) && cursor_u16le(c) == 0 && cursor_u16le(c) == 0x21;
	m->deflated = method == 8;
	m->crc = cursor_u32le(c), m->packed = cursor_u32le(c), m->size = cursor_u32le(c);
	*name = cursor_u16le(c);
	return good && cursor_u16le(c) == 0 && !c->failed;
}

static bool is_good_name(struct bytes b)
{
	size_t start = 0;

	if (b.n == 0 || b.n > NAME_MOST || !is_utf8(b) || b.p[0] == '/')
		return false;
	for (size_t i = 0; i <= b.n; i++) {
		if (i < b.n && (b.p[i] < 0x20 || b.p[i] == 0x7f || strchr("\\:*?\"<>|", b.p[i])))
			return false;
		if (i < b.n && b.p[i] != '/')
			continue;
		size_t n = i - start;
		if ((n == 0 && i < b.n) || (n == 1 && b.p[start] == '.') || (n == 2 && memcmp(b.p + start, "..", 2) == 0))
			return false;
		start = i + 1;
	}
	return true;
}

static int take_entry(struct cursor *c, struct package_member *m, uint64_t *local, struct err *err)
{
	uint16_t name;
	uint64_t here = c->at;
	bool good = cursor_u32le(c) == 0x02014b50 && cursor_u16le(c) == 20;

	good = good && take_common(c, m, &name);
	good = good && cursor_u16le(c) == 0 && cursor_u16le(c) == 0 && cursor_u16le(c) == 0;
	uint32_t attributes = good ? cursor_u32le(c) : 0;
	*local = cursor_u32le(c);
	m->name = good ? cursor_bytes(c, name) : (struct bytes){ NULL, 0 };
	if (!good || c->failed || !is_good_name(m->name))
		return outside(err, here, "directory entry");
	m->folder = m->name.p[m->name.n - 1] == '/';
	if (attributes != (m->folder ? 0x10u : 0u))
		return outside(err, here, "attributes");
	if ((!m->deflated && m->packed != m->size) || (m->deflated && m->packed >= m->size) || (m->folder && m->size))
		return outside(err, here, "sizes");
	return 0;
}

/* The local header says what the directory says, and stands right behind the member before. */
static int check_local(struct package_zip *zip, struct package_member *m, uint64_t *at, struct err *err)
{
	uint8_t head[LOCAL + NAME_MOST];
	struct package_member l = { 0 };
	uint16_t name;

	if (check_read(zip->check, head, LOCAL + m->name.n, *at, err) < 0)
		return -1;
	struct cursor c = cursor_over(bytes_of(head, LOCAL + m->name.n));
	if (cursor_u32le(&c) != 0x04034b50 || !take_common(&c, &l, &name) || name != m->name.n)
		return outside(err, *at, "local header");
	if (memcmp(head + LOCAL, m->name.p, name) != 0 || l.deflated != m->deflated || l.crc != m->crc || l.packed != m->packed || l.size != m->size)
		return outside(err, *at, "local header differs");
	m->data = *at + LOCAL + name;
	*at = m->data + m->packed;
	return 0;
}

static int by_name(const void *a, const void *b)
{
	const struct bytes *x = a, *y = b;
	int order = memcmp(x->p, y->p, MIN(x->n, y->n));
	return order ? order : (x->n > y->n) - (x->n < y->n);
}

static int check_unique(struct package_zip *zip, struct err *err)
{
	struct bytes *names = arena_new_array(check_arena(zip->check), struct bytes, zip->count + 1);

	for (size_t i = 0; i < zip->count; i++) {
		uint8_t *lower = arena_copy(check_arena(zip->check), zip->members[i].name.p, zip->members[i].name.n);
		size_t n = zip->members[i].name.n;
		for (size_t k = 0; k < n; k++)
			if (lower[k] >= 'A' && lower[k] <= 'Z')
				lower[k] = (uint8_t)(lower[k] + 32);
		names[i] = bytes_of(lower, n - (lower[n - 1] == '/'));
	}
	sort_items(names, zip->count, sizeof *names, by_name);
	for (size_t i = 1; i < zip->count; i++)
		if (bytes_equal(names[i - 1], names[i]))
			return outside(err, 0, "two members of one name");
	return 0;
}

int package_zip_read(struct check *check, struct package_zip *out, struct err *err)
{
	struct arena *arena = check_arena(check);
	struct package_zip zip = { .check = check };
	uint64_t size = check_size(check), at = 0;
	uint8_t end[END];

	if (size < END || check_read(check, end, END, size - END, err) < 0)
		return outside(err, 0, "too short");
	struct cursor c = cursor_over(bytes_of(end, END));
	bool good = cursor_u32le(&c) == 0x06054b50 && cursor_u32le(&c) == 0;
	uint16_t count = cursor_u16le(&c), again = cursor_u16le(&c);
	uint32_t bytes = cursor_u32le(&c), start = cursor_u32le(&c);
	if (!good || count != again || cursor_u16le(&c) != 0 || start > size - END || bytes != size - END - start || count == 0xffff)
		return outside(err, size - END, "end record");
	uint8_t *dir = arena_alloc(arena, bytes);
	if (check_read(check, dir, bytes, start, err) < 0)
		return -1;
	zip.members = arena_new_array(arena, struct package_member, (size_t)count + 1);
	zip.count = count;
	c = cursor_over(bytes_of(dir, bytes));
	for (size_t i = 0; i < count; i++) {
		uint64_t local;
		if (take_entry(&c, &zip.members[i], &local, err) < 0)
			return -1;
		if (local != at)
			return outside(err, local, "member is not where it should be");
		if (check_local(&zip, &zip.members[i], &at, err) < 0)
			return -1;
	}
	if (c.left || at != start)
		return outside(err, at, "bytes that belong to nothing");
	if (check_unique(&zip, err) < 0)
		return -1;
	*out = zip;
	return 0;
}

static uint8_t *room_for(struct check *check, uint8_t **p, size_t *room, size_t n)
{
	if (*room < n) {
		*p = arena_scratch(check_arena(check), n + n / 4);
		*room = *p ? n + n / 4 : 0;
	}
	return *p;
}

int package_zip_content(struct package_zip *zip, const struct package_member *m, struct bytes *out, struct err *err)
{
	static struct libdeflate_decompressor *inflater; /* holds nothing between uses */
	size_t used = 0;

	if (!inflater)
		must((inflater = libdeflate_alloc_decompressor()));
	if (m->size > check_limit(zip->check, LIMIT_JOB_MEMORY) / 4)
		return fail(err, ERR_LIMIT, m->data, "ZIP: member too large");
	uint8_t *plain = room_for(zip->check, &zip->plain, &zip->plain_room, (size_t)m->size + 1);
	uint8_t *packed = m->deflated ? room_for(zip->check, &zip->packed, &zip->packed_room, m->packed) : plain;
	if (!plain || !packed)
		return fail(err, ERR_LIMIT, m->data, "ZIP: no memory");
	if (check_read(zip->check, packed, m->packed, m->data, err) < 0)
		return -1;
	if (m->deflated && (libdeflate_deflate_decompress_ex(inflater, packed, m->packed, plain, m->size, &used, NULL) || used != m->packed))
		return outside(err, m->data, "deflate data");
	if (libdeflate_crc32(0, plain, m->size) != m->crc)
		return outside(err, m->data, "checksum");
	plain[m->size] = 0;
	*out = bytes_of(plain, m->size);
	return 0;
}

static void *from_arena(void *arena, unsigned n, unsigned size)
{
	return arena_array(arena, size, n);
}

static void stays(void *arena, void *p)
{
	(void)arena, (void)p;
}

struct hashing {
	struct sha256 sha;
	uint32_t crc;
	uint64_t size;
};

static void add(struct hashing *h, const uint8_t *p, size_t n)
{
	sha256_add(&h->sha, p, n);
	h->crc = libdeflate_crc32(h->crc, p, n);
	h->size += n;
}

int package_zip_hash(struct package_zip *zip, const struct package_member *m, uint8_t sha256[32], struct err *err)
{
	uint8_t in[PIECE], out[PIECE];
	z_stream z = { .zalloc = from_arena, .zfree = stays, .opaque = check_arena(zip->check) };
	struct hashing h = { 0 };
	int r = Z_OK;

	sha256_start(&h.sha);
	if (m->deflated)
		must(inflateInit2(&z, -15) == Z_OK);
	for (uint64_t done = 0; done < m->packed;) {
		size_t n = (size_t)MIN((uint64_t)PIECE, m->packed - done);
		if (check_read(zip->check, in, n, m->data + done, err) < 0)
			return -1;
		done += n;
		if (!m->deflated) {
			add(&h, in, n);
			continue;
		}
		z.next_in = in, z.avail_in = (uInt)n;
		while (z.avail_in || z.avail_out == 0) {
			z.next_out = out, z.avail_out = PIECE;
			if (r != Z_OK || ((r = inflate(&z, Z_NO_FLUSH)) != Z_OK && r != Z_STREAM_END && r != Z_BUF_ERROR))
				return outside(err, m->data, "deflate data");
			add(&h, out, PIECE - z.avail_out);
			if (h.size > m->size || r == Z_STREAM_END)
				break;
			if (r == Z_BUF_ERROR) {
				r = Z_OK;
				break;
			}
		}
		if (h.size > m->size || (r == Z_STREAM_END && (z.avail_in || done < m->packed)))
			return outside(err, m->data, "deflate data");
	}
	if (h.size != m->size || h.crc != m->crc || (m->deflated && r != Z_STREAM_END))
		return outside(err, m->data, "length or checksum");
	sha256_end(&h.sha, sha256);
	return 0;
}
