/* ZIPの読取り — contract in zip_read.h. */
#include "sanitize/parts/zip_read.h"
#include "base/cursor.h"
#include "base/sort.h"
#include <libdeflate.h>
#include <zlib.h>

enum {
	END_BYTES = 22,
	CENTRAL_BYTES = 46,
	LOCAL_BYTES = 30,
	END64_BYTES = 56,
	LOCATOR_BYTES = 20,
	COMMENT_MOST = 65535,
	NAME_MOST = 1024,	  /* of a path; its components are measured against NAME_BYTES by the formats */
	PIECE_BYTES = 128 * 1024,
	FLAG_ENCRYPTED = 1,
	FLAG_DESCRIPTOR = 8,
	FLAG_PATCHED = 0x20,
	FLAG_STRONG = 0x40,
	FLAG_UTF8 = 0x800,
	FLAG_MASKED = 0x2000,
};
#define END_SIGN 0x06054b50u
#define CENTRAL_SIGN 0x02014b50u
#define LOCAL_SIGN 0x04034b50u
#define END64_SIGN 0x06064b50u
#define LOCATOR_SIGN 0x07064b50u
#define DESCRIPTOR_SIGN 0x08074b50u

/* Holds no content between uses; one for the life of the process. */
static struct libdeflate_decompressor *inflater;

struct zip_codec {
	struct zip_space packed;
	z_stream stream;
	bool stream_ready;
	uint8_t *piece_in, *piece_out;
};
struct directory {
	uint64_t at, bytes, count, end; /* end: where the bytes behind the directory begin that belong to it by zip64 */
};
/* What the directory says of a member before names are decoded. */
struct entry {
	struct bytes raw, unicode; /* unicode: name of the Info-ZIP extra field, if its checksum fits */
	uint16_t flags;
};

static uint32_t le32(const uint8_t *p)
{
	return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static uint16_t le16(const uint8_t *p)
{
	return (uint16_t)(p[1] << 8 | p[0]);
}

uint8_t *zip_space_room(struct zip *zip, struct zip_space *space, size_t n)
{
	if (space->room < n) {
		size_t room = MAX(n + n / 4, (size_t)64 * 1024);
		uint8_t *p = arena_scratch(job_arena(zip->job), room);
		if (!p && !(p = arena_scratch(job_arena(zip->job), room = n)))
			return NULL;
		space->p = p, space->room = room;
	}
	return space->p;
}

/* --- the end of the file ----------------------------------------------------------------------------------------- */

/* Exactly one end record whose comment ends the file. A second candidate in the comment could make two readers see two directories. */
static int find_end(struct job *job, uint8_t out[END_BYTES], uint64_t *at, struct err *err)
{
	uint64_t size = job_size(job);

	if (size < END_BYTES)
		return refuse(err, REFUSAL_DAMAGED, "shorter than a ZIP's end record");
	if (job_read(job, out, END_BYTES, size - END_BYTES, err) < 0)
		return -1;
	if (le32(out) == END_SIGN && le16(out + 20) == 0) {
		*at = size - END_BYTES;
		return 0;
	}
	size_t n = (size_t)MIN(size, (uint64_t)END_BYTES + COMMENT_MOST), found = n;
	uint8_t *tail = arena_alloc(job_arena(job), n);
	if (job_read(job, tail, n, size - n, err) < 0)
		return -1;
	for (size_t i = 0; i + END_BYTES <= n; i++) {
		if (le32(tail + i) != END_SIGN)
			continue;
		if (i + END_BYTES + le16(tail + i + 20) != n)
			continue;
		if (found != n)
			return refuse(err, REFUSAL_POLYGLOT, "two end records");
		found = i;
	}
	if (found == n)
		return refuse(err, REFUSAL_DAMAGED, "no end record at the end of the file");
	memcpy(out, tail + found, END_BYTES);
	*at = size - n + found;
	return 0;
}

static int read_zip64(struct job *job, uint64_t end_at, struct directory *dir, bool *is_64, struct err *err)
{
	uint8_t b[END64_BYTES];

	*is_64 = false;
	if (end_at < LOCATOR_BYTES)
		return 0;
	if (job_read(job, b, LOCATOR_BYTES, end_at - LOCATOR_BYTES, err) < 0)
		return -1;
	struct cursor c = cursor_over(bytes_of(b, LOCATOR_BYTES));
	if (cursor_u32le(&c) != LOCATOR_SIGN)
		return 0;
	uint32_t disk = cursor_u32le(&c);
	uint64_t at = cursor_u64le(&c);
	if (disk != 0 || cursor_u32le(&c) > 1)
		return refuse(err, REFUSAL_FEATURE, "archive of many volumes");
	if (at > end_at - LOCATOR_BYTES || end_at - LOCATOR_BYTES - at != END64_BYTES)
		return refuse(err, REFUSAL_DAMAGED, "zip64 end record is not where it should be");
	if (job_read(job, b, END64_BYTES, at, err) < 0)
		return -1;
	c = cursor_over(bytes_of(b, END64_BYTES));
	if (cursor_u32le(&c) != END64_SIGN || cursor_u64le(&c) != END64_BYTES - 12)
		return refuse(err, REFUSAL_DAMAGED, "bad zip64 end record");
	cursor_take(&c, 4);
	uint32_t here = cursor_u32le(&c), starts = cursor_u32le(&c);
	uint64_t count_here = cursor_u64le(&c);
	dir->count = cursor_u64le(&c), dir->bytes = cursor_u64le(&c), dir->at = cursor_u64le(&c), dir->end = at;
	if (here != 0 || starts != 0 || count_here != dir->count)
		return refuse(err, REFUSAL_FEATURE, "archive of many volumes");
	*is_64 = true;
	return 0;
}

static int find_directory(struct job *job, struct directory *dir, struct err *err)
{
	uint8_t b[END_BYTES];
	uint64_t end_at = 0;
	bool is_64;

	if (find_end(job, b, &end_at, err) < 0 || read_zip64(job, end_at, dir, &is_64, err) < 0)
		return -1;
	uint16_t count = le16(b + 10);
	uint32_t bytes = le32(b + 12), at = le32(b + 16);
	if (!is_64 && (le16(b + 4) != 0 || le16(b + 6) != 0 || le16(b + 8) != count))
		return refuse(err, REFUSAL_FEATURE, "archive of many volumes");
	if (is_64) {
		if ((count != 0xffff && count != dir->count) || (bytes != UINT32_MAX && bytes != dir->bytes) ||
		    (at != UINT32_MAX && at != dir->at))
			return refuse(err, REFUSAL_DAMAGED, "the two end records disagree");
	} else {
		dir->count = count, dir->bytes = bytes, dir->at = at, dir->end = end_at;
	}
	if (dir->at > dir->end || dir->bytes != dir->end - dir->at)
		return refuse(err, REFUSAL_DAMAGED, "the directory does not end where the end record begins");
	if (dir->count > job_limit(job, LIMIT_MEMBERS))
		return refuse(err, REFUSAL_TOO_MANY_PARTS, "%llu members", (unsigned long long)dir->count);
	if (dir->bytes < dir->count * CENTRAL_BYTES || dir->bytes > job_limit(job, LIMIT_JOB_MEMORY) / 8)
		return refuse(err, REFUSAL_DAMAGED, "directory of %llu bytes for %llu members", (unsigned long long)dir->bytes,
			      (unsigned long long)dir->count);
	return 0;
}

/* --- one member -------------------------------------------------------------------------------------------------- */

struct sizes {
	uint64_t size, packed, local;
	bool extra_64;
};

/* zip64 values stand for those fields of the header that are all ones, in order. */
static bool take_extra(struct bytes extra, struct sizes *s, struct bytes raw_name, struct bytes *unicode)
{
	struct cursor c = cursor_over(extra);

	while (c.left >= 4) {
		uint16_t id = cursor_u16le(&c);
		struct cursor f = cursor_over(cursor_bytes(&c, cursor_u16le(&c)));
		if (c.failed)
			return false;
		if (id == 1 && !s->extra_64) {
			s->extra_64 = true;
			if (s->size == UINT32_MAX)
				s->size = cursor_u64le(&f);
			if (s->packed == UINT32_MAX)
				s->packed = cursor_u64le(&f);
			if (s->local == UINT32_MAX)
				s->local = cursor_u64le(&f);
			if (f.failed)
				return false;
		} else if (id == 0x7075 && unicode) {
			uint8_t version = cursor_u8(&f);
			uint32_t crc = cursor_u32le(&f);
			if (!f.failed && version == 1 && crc == libdeflate_crc32(0, raw_name.p, raw_name.n))
				*unicode = bytes_of(f.p, f.left);
		}
	}
	/* Fewer than four bytes of padding at the end are what some producers write; they reach no output. */
	return true;
}

static int check_mode(uint32_t made_by, uint32_t attributes, struct err *err)
{
	unsigned host = made_by >> 8, type = attributes >> 16 & 0170000;

	/* Other hosts keep other things in these bits; a link is a link wherever it was made. */
	if (type == 0120000 || ((host == 3 || host == 19) && type != 0 && type != 0100000 && type != 0040000))
		return refuse(err, REFUSAL_BAD_LINK, "member is a link or a device (mode %06o)", (unsigned)(attributes >> 16));
	return 0;
}

static int check_method(uint16_t flags, uint16_t method, struct err *err)
{
	if (flags & (FLAG_ENCRYPTED | FLAG_STRONG | FLAG_MASKED) || method == 99)
		return refuse(err, REFUSAL_ENCRYPTED, "encrypted member (flags %04x, method %u)", flags, method);
	if (flags & FLAG_PATCHED || (method != 0 && method != 8))
		return refuse(err, REFUSAL_FEATURE, "compression method %u is not read", method);
	return 0;
}

static int take_central(struct cursor *c, struct zip_member *m, struct entry *e, struct err *err)
{
	uint32_t sign = cursor_u32le(c);
	uint16_t made_by = cursor_u16le(c);
	cursor_take(c, 2);
	e->flags = cursor_u16le(c);
	uint16_t method = cursor_u16le(c);
	cursor_take(c, 4); /* time and date reach no output */
	m->crc = cursor_u32le(c);
	struct sizes s = { .packed = cursor_u32le(c) };
	s.size = cursor_u32le(c);
	uint16_t name = cursor_u16le(c), extra = cursor_u16le(c), comment = cursor_u16le(c), disk = cursor_u16le(c);
	cursor_take(c, 2);
	uint32_t attributes = cursor_u32le(c);
	s.local = cursor_u32le(c);
	e->raw = cursor_bytes(c, name);
	struct bytes more = cursor_bytes(c, extra);
	cursor_take(c, comment);
	if (c->failed || sign != CENTRAL_SIGN)
		return refuse(err, REFUSAL_DAMAGED, "directory entry at %llu is no entry", (unsigned long long)c->at);
	if (disk != 0 && disk != 0xffff)
		return refuse(err, REFUSAL_FEATURE, "archive of many volumes");
	if (name == 0 || name > NAME_MOST)
		return refuse(err, REFUSAL_BAD_NAME, "name of %u bytes", name);
	if (!take_extra(more, &s, e->raw, &e->unicode))
		return refuse(err, REFUSAL_DAMAGED, "bad extra field");
	if (check_mode(made_by, attributes, err) < 0 || check_method(e->flags, method, err) < 0)
		return -1;
	m->deflated = method == 8, m->size = s.size, m->packed = s.packed, m->local = s.local;
	return 0;
}

static bool same_or_later(uint64_t local, uint64_t central, bool later)
{
	return local == central || (later && local == 0);
}

/* The local header must say what the directory says; with a data descriptor it may leave sizes and checksum at 0. */
static int check_local(struct zip *zip, struct zip_member *m, const struct entry *e, uint64_t stop, struct err *err)
{
	uint8_t head[LOCAL_BYTES + 4096];

	if (m->local > stop || stop - m->local < LOCAL_BYTES)
		return refuse(err, REFUSAL_DAMAGED, "local header outside the archive");
	size_t n = (size_t)MIN((uint64_t)sizeof head, stop - m->local);
	if (job_read(zip->job, head, n, m->local, err) < 0)
		return -1;
	struct cursor c = cursor_over(bytes_of(head, n));
	uint32_t sign = cursor_u32le(&c);
	cursor_take(&c, 2);
	uint16_t flags = cursor_u16le(&c), method = cursor_u16le(&c);
	cursor_take(&c, 4);
	uint32_t crc = cursor_u32le(&c);
	struct sizes s = { .packed = cursor_u32le(&c) };
	s.size = cursor_u32le(&c);
	uint16_t name_bytes = cursor_u16le(&c), extra_bytes = cursor_u16le(&c);
	struct bytes name = cursor_bytes(&c, name_bytes);
	if (c.failed || sign != LOCAL_SIGN)
		return refuse(err, REFUSAL_DAMAGED, "no local header where the directory says");
	struct bytes extra = { NULL, 0 };
	if (extra_bytes <= c.left) {
		extra = cursor_bytes(&c, extra_bytes);
	} else { /* growth hints of office programs can be long */
		uint8_t *p = arena_alloc(job_arena(zip->job), extra_bytes);
		if (extra_bytes > stop - m->local - LOCAL_BYTES - name_bytes)
			return refuse(err, REFUSAL_DAMAGED, "local header outside the archive");
		if (job_read(zip->job, p, extra_bytes, m->local + LOCAL_BYTES + name_bytes, err) < 0)
			return -1;
		extra = bytes_of(p, extra_bytes);
	}
	if (!take_extra(extra, &s, name, NULL))
		return refuse(err, REFUSAL_DAMAGED, "bad extra field in a local header");
	bool later = flags & FLAG_DESCRIPTOR;
	if (!bytes_equal(name, e->raw) || (method == 8) != m->deflated || check_method(flags, method, NULL) < 0 ||
	    ((flags ^ e->flags) & (FLAG_DESCRIPTOR | FLAG_ENCRYPTED)) || !same_or_later(crc, m->crc, later) ||
	    !same_or_later(s.size, m->size, later) || !same_or_later(s.packed, m->packed, later))
		return refuse(err, REFUSAL_DAMAGED, "local header and directory disagree");
	m->data = m->local + LOCAL_BYTES + name_bytes + extra_bytes;
	if (m->data > stop || m->packed > stop - m->data)
		return refuse(err, REFUSAL_DAMAGED, "member reaches into the directory");
	if (!m->deflated && m->packed != m->size)
		return refuse(err, REFUSAL_DAMAGED, "stored member of two sizes");
	return 0;
}

/* Between a member and the next stands its data descriptor, in one of the four forms in use, or nothing. */
static int check_gap(struct zip *zip, const struct zip_member *m, bool descriptor, uint64_t next, struct err *err)
{
	uint64_t end = m->data + m->packed;
	uint8_t b[24];

	if (end > next)
		return refuse(err, REFUSAL_BOMB, "members overlap at %llu", (unsigned long long)next);
	size_t n = (size_t)MIN(next - end, (uint64_t)sizeof b + 1);
	if (!descriptor)
		return n == 0 ? 0 : refuse(err, REFUSAL_POLYGLOT, "hidden bytes behind a member at %llu", (unsigned long long)end);
	if (n != 12 && n != 16 && n != 20 && n != 24)
		return refuse(err, REFUSAL_POLYGLOT, "no data descriptor at %llu", (unsigned long long)end);
	if (job_read(zip->job, b, n, end, err) < 0)
		return -1;
	struct cursor c = cursor_over(bytes_of(b, n));
	bool wide = n >= 20, signed_ = n == 16 || n == 24;
	bool good = !signed_ || cursor_u32le(&c) == DESCRIPTOR_SIGN;
	good = good && cursor_u32le(&c) == m->crc;
	good = good && (wide ? cursor_u64le(&c) : cursor_u32le(&c)) == m->packed;
	good = good && (wide ? cursor_u64le(&c) : cursor_u32le(&c)) == m->size;
	return good ? 0 : refuse(err, REFUSAL_DAMAGED, "data descriptor and directory disagree");
}

static const struct zip_member *sorting; /* the order has no context; one job is one thread */

static int by_place(const void *a, const void *b)
{
	uint64_t x = sorting[*(const uint32_t *)a].local, y = sorting[*(const uint32_t *)b].local;
	return x < y ? -1 : x > y;
}

/* From byte 0 to the directory there is nothing but members. */
static int check_layout(struct zip *zip, const struct entry *entries, uint64_t stop, struct err *err)
{
	uint32_t *order = arena_new_array(job_arena(zip->job), uint32_t, zip->count + 1);

	for (uint32_t i = 0; i < zip->count; i++)
		order[i] = i;
	sorting = zip->members;
	sort_items(order, zip->count, sizeof *order, by_place);
	if (zip->count && zip->members[order[0]].local != 0)
		return refuse(err, REFUSAL_POLYGLOT, "bytes before the first member");
	if (!zip->count && stop != 0)
		return refuse(err, REFUSAL_POLYGLOT, "bytes before an empty directory");
	for (size_t i = 0; i < zip->count; i++) {
		struct zip_member *m = &zip->members[order[i]];
		uint64_t next = i + 1 < zip->count ? zip->members[order[i + 1]].local : stop;
		if (next <= m->local)
			return refuse(err, REFUSAL_BOMB, "members overlap at %llu", (unsigned long long)next);
		if (check_local(zip, m, &entries[order[i]], stop, err) < 0 ||
		    check_gap(zip, m, entries[order[i]].flags & FLAG_DESCRIPTOR, next, err) < 0)
			return -1;
	}
	return 0;
}

/* --- names ------------------------------------------------------------------------------------------------------- */

static bool is_ascii(struct bytes b)
{
	for (size_t i = 0; i < b.n; i++)
		if (b.p[i] >= 0x80)
			return false;
	return true;
}

/* Names without a mark: what is no UTF-8 is CP932. Pairs of half-width katakana can also be read as two-byte UTF-8; in this house they
 * are katakana, unless some other name of the archive has a three-byte character, which CP932 names hardly ever form by accident. */
static enum zip_names guess_names(const struct entry *entries, size_t count)
{
	bool three = false, only_kana = true;

	for (size_t i = 0; i < count; i++) {
		struct bytes b = entries[i].raw;
		if (entries[i].flags & FLAG_UTF8 || is_ascii(b))
			continue;
		if (!is_utf8(b))
			return ZIP_NAMES_CP932;
		for (size_t k = 0; k < b.n; k++) {
			three |= b.p[k] >= 0xe0;
			only_kana &= b.p[k] < 0x80 || (b.p[k] >= 0xa1 && b.p[k] <= 0xdf);
		}
	}
	return three || !only_kana ? ZIP_NAMES_UTF8 : ZIP_NAMES_CP932;
}

static int decode_name(struct zip *zip, struct zip_member *m, const struct entry *e, struct err *err)
{
	struct arena *arena = job_arena(zip->job);
	struct bytes raw = e->unicode.n ? e->unicode : e->raw;
	bool utf8 = e->unicode.n || e->flags & FLAG_UTF8 || zip->names == ZIP_NAMES_UTF8 || is_ascii(raw);

	/* Two readers would see two files. */
	if (e->unicode.n && is_ascii(e->raw) && !bytes_equal(e->unicode, e->raw))
		return refuse(err, REFUSAL_BAD_NAME, "member under two names");
	for (size_t i = 0; i < raw.n; i++)
		if (raw.p[i] < 0x20 || raw.p[i] == 0x7f)
			return refuse(err, REFUSAL_BAD_NAME, "control character in a name");
	if (utf8 ? text_from_utf8(arena, raw, &m->name, NULL) : text_from_cp932(arena, raw, &m->name, NULL))
		return refuse(err, REFUSAL_BAD_NAME, "name is neither UTF-8 nor CP932");
	return 0;
}

/* Relative, downwards, in plain components: the same file for every reader. */
static int check_name(struct zip_member *m, struct err *err)
{
	struct text t = m->name;
	size_t start = 0;

	if (t.n == 0 || t.p[0] == '/' || memchr(t.p, '\\', t.n) || (t.n >= 2 && t.p[1] == ':'))
		return refuse(err, REFUSAL_BAD_NAME, "absolute name or backslash in a name");
	m->folder = t.p[t.n - 1] == '/';
	for (size_t i = 0; i <= t.n; i++) {
		if (i < t.n && t.p[i] != '/')
			continue;
		size_t n = i - start;
		const char *part = t.p + start;
		if ((n == 0 && i < t.n) || (n == 1 && part[0] == '.') || (n == 2 && part[0] == '.' && part[1] == '.'))
			return refuse(err, REFUSAL_BAD_NAME, "name that leaves its folder");
		start = i + 1;
	}
	if (m->folder && m->size != 0)
		return refuse(err, REFUSAL_DAMAGED, "folder with content");
	return 0;
}

/* Case folded as far as the file systems of terminals do: ASCII, Latin-1, Greek, Cyrillic and full-width letters. */
static uint32_t fold(uint32_t c)
{
	if ((c >= 'A' && c <= 'Z') || (c >= 0xff21 && c <= 0xff3a) || (c >= 0xc0 && c <= 0xde && c != 0xd7) || (c >= 0x391 && c <= 0x3a9) ||
	    (c >= 0x410 && c <= 0x42f))
		return c + 32;
	if (c >= 0x400 && c <= 0x40f)
		return c + 80;
	return c;
}

static struct text fold_name(struct arena *arena, struct text name)
{
	struct text t = text_nfc(arena, name);
	char *out = arena_alloc(arena, t.n * 2 + 5);
	size_t n = 0, at = 0;
	uint32_t c;

	while ((c = text_next(t, &at)))
		n += utf8_put((uint8_t *)out + n, fold(c));
	while (n && out[n - 1] == '/')
		n--;
	out[n] = 0;
	return (struct text){ out, n };
}

static int by_text(const void *a, const void *b)
{
	const struct text *x = a, *y = b;
	int order = memcmp(x->p, y->p, MIN(x->n, y->n));
	return order ? order : (x->n > y->n) - (x->n < y->n);
}

static int check_names_differ(struct zip *zip, struct err *err)
{
	struct arena *arena = job_arena(zip->job);
	struct text *folded = arena_new_array(arena, struct text, zip->count + 1);

	for (size_t i = 0; i < zip->count; i++)
		folded[i] = fold_name(arena, zip->members[i].name);
	sort_items(folded, zip->count, sizeof *folded, by_text);
	for (size_t i = 1; i < zip->count; i++)
		if (text_equal(folded[i - 1], folded[i]))
			return refuse(err, REFUSAL_BAD_NAME, "two members of one name: %s", text_printable(arena, bytes_of_text(folded[i]), 80));
	return 0;
}

/* --- the whole --------------------------------------------------------------------------------------------------- */

static int check_budget(struct zip *zip, struct err *err)
{
	uint64_t most = job_limit(zip->job, LIMIT_TREE_BYTES), ratio = job_limit(zip->job, LIMIT_RATIO), packed = job_size(zip->job);

	zip->size = 0;
	for (size_t i = 0; i < zip->count; i++) {
		const struct zip_member *m = &zip->members[i];
		if (m->size > most || zip->size > most - m->size)
			return refuse(err, REFUSAL_BOMB, "more than %llu bytes when unpacked", (unsigned long long)most);
		zip->size += m->size;
	}
	if (zip->size > 1 << 20 && (zip->size - (1 << 20)) / ratio > packed)
		return refuse(err, REFUSAL_BOMB, "%llu bytes unpacked from %llu", (unsigned long long)zip->size, (unsigned long long)packed);
	return 0;
}

int zip_open(struct job *job, struct zip *out, struct err *err)
{
	struct arena *arena = job_arena(job);
	struct zip zip = { .job = job };
	struct directory dir = { 0 };

	if (find_directory(job, &dir, err) < 0)
		return -1;
	zip.count = (size_t)dir.count;
	zip.members = arena_new_array(arena, struct zip_member, zip.count + 1);
	struct entry *entries = arena_new_array(arena, struct entry, zip.count + 1);
	uint8_t *b = arena_alloc(arena, (size_t)dir.bytes);
	if (job_read(job, b, (size_t)dir.bytes, dir.at, err) < 0)
		return -1;
	struct cursor c = cursor_over(bytes_of(b, (size_t)dir.bytes));
	for (size_t i = 0; i < zip.count; i++)
		if (take_central(&c, &zip.members[i], &entries[i], err) < 0)
			return -1;
	if (c.left)
		return refuse(err, REFUSAL_POLYGLOT, "hidden bytes behind the directory");
	zip.names = guess_names(entries, zip.count);
	for (size_t i = 0; i < zip.count; i++)
		if (decode_name(&zip, &zip.members[i], &entries[i], err) < 0 || check_name(&zip.members[i], err) < 0)
			return -1;
	if (check_names_differ(&zip, err) < 0 || check_budget(&zip, err) < 0 || check_layout(&zip, entries, dir.at, err) < 0)
		return -1;
	zip.codec = arena_alloc(arena, sizeof *zip.codec);
	*out = zip;
	return 0;
}

int zip_content(struct zip *zip, const struct zip_member *m, struct zip_space *space, struct bytes *out, struct err *err)
{
	struct zip_codec *codec = zip->codec;

	if (m->size >= SIZE_MAX / 4)
		return refuse(err, REFUSAL_MEMORY, "member of %llu bytes", (unsigned long long)m->size);
	uint8_t *plain = zip_space_room(zip, space, (size_t)m->size + 1);
	uint8_t *packed = m->deflated ? zip_space_room(zip, &codec->packed, (size_t)m->packed + 1) : plain;
	if (!plain || !packed)
		return refuse(err, REFUSAL_MEMORY, "member of %llu bytes", (unsigned long long)m->size);
	if (job_read(zip->job, packed, (size_t)m->packed, m->data, err) < 0)
		return -1;
	if (m->deflated) {
		if (!inflater)
			must((inflater = libdeflate_alloc_decompressor()));
		size_t used = 0;
		/* With an exact size libdeflate takes nothing shorter or longer; all packed bytes must have been used. */
		if (libdeflate_deflate_decompress_ex(inflater, packed, (size_t)m->packed, plain, (size_t)m->size, &used, NULL) ||
		    used != m->packed)
			return refuse(err, REFUSAL_DAMAGED, "bad deflate data in %s",
				      text_printable(job_arena(zip->job), bytes_of_text(m->name), 80));
	}
	if (libdeflate_crc32(0, plain, (size_t)m->size) != m->crc)
		return refuse(err, REFUSAL_DAMAGED, "wrong checksum of %s", text_printable(job_arena(zip->job), bytes_of_text(m->name), 80));
	plain[m->size] = 0;
	*out = bytes_of(plain, (size_t)m->size);
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

static int stream_ready(struct zip_codec *codec, struct arena *arena)
{
	if (!codec->piece_in) {
		codec->piece_in = arena_alloc(arena, PIECE_BYTES);
		codec->piece_out = arena_alloc(arena, PIECE_BYTES);
	}
	if (codec->stream_ready)
		return inflateReset(&codec->stream);
	codec->stream_ready = true;
	codec->stream.zalloc = from_arena, codec->stream.zfree = stays, codec->stream.opaque = arena;
	return inflateInit2(&codec->stream, -15);
}

int zip_stream(struct zip *zip, const struct zip_member *m, int (*piece)(void *, struct bytes, struct err *), void *self, struct err *err)
{
	struct zip_codec *codec = zip->codec;
	uint64_t done = 0, given = 0;
	uint32_t crc = 0;
	bool ended = !m->deflated;

	must(stream_ready(codec, job_arena(zip->job)) == Z_OK);
	while (done < m->packed) {
		size_t n = (size_t)MIN((uint64_t)PIECE_BYTES, m->packed - done);
		if (job_read(zip->job, codec->piece_in, n, m->data + done, err) < 0)
			return -1;
		done += n;
		codec->stream.next_in = codec->piece_in, codec->stream.avail_in = (uInt)n;
		do {
			struct bytes out = bytes_of(codec->piece_in, n);
			if (m->deflated) {
				codec->stream.next_out = codec->piece_out, codec->stream.avail_out = PIECE_BYTES;
				int r = inflate(&codec->stream, Z_NO_FLUSH);
				if (ended || (r != Z_OK && r != Z_STREAM_END && r != Z_BUF_ERROR))
					return refuse(err, REFUSAL_DAMAGED, "bad deflate data");
				ended = r == Z_STREAM_END;
				if (ended && (codec->stream.avail_in || done < m->packed))
					return refuse(err, REFUSAL_POLYGLOT, "hidden bytes behind the deflate data");
				out = bytes_of(codec->piece_out, PIECE_BYTES - codec->stream.avail_out);
			}
			given += out.n;
			if (given > m->size)
				return refuse(err, REFUSAL_BOMB, "member is longer than it says");
			crc = libdeflate_crc32(crc, out.p, out.n);
			if (out.n && piece(self, out, err) < 0)
				return -1;
		} while (m->deflated && !ended && (codec->stream.avail_in || codec->stream.avail_out == 0));
	}
	if (given != m->size || crc != m->crc || (!ended && m->packed))
		return refuse(err, REFUSAL_DAMAGED, "wrong length or checksum");
	return 0;
}
