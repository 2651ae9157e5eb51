/* ZIPの読取り — contract in zip_read.h. */
#include "sanitize/parts/zip_read.h"
#include "base/cursor.h"
#include "base/sort.h"
#include "sanitize/parts/member_name.h"
#include "sanitize/parts/zip_methods.h"
#include <libdeflate.h>
#include <zlib.h>

enum {
	END_BYTES = 22, BLANKS_MOST = 16,
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
	METHOD_AES = 99,
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
	uint16_t flags, method, aes_version;
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

/* A line end or a few zeros behind the end: what careless programs leave. Nothing else can stand in them. */
static bool is_blank(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != '\n' && p[i] != '\r' && p[i] != 0)
			return false;
	return true;
}

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
		size_t end = i + END_BYTES + le16(tail + i + 20);
		if (end > n || n - end > BLANKS_MOST || !is_blank(tail + end, n - end))
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
	uint16_t aes_version, aes_method;
	uint8_t aes;
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
		} else if (id == 0x9901) {
			s->aes_version = cursor_u16le(&f);
			if (cursor_u16le(&f) != 0x4541)
				return false;
			s->aes = cursor_u8(&f), s->aes_method = cursor_u16le(&f);
			if (f.failed || s->aes < 1 || s->aes > 3 || (s->aes_version != 1 && s->aes_version != 2))
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

static const struct zip_unpacker *method_of(const struct zip_more *more, uint16_t number)
{
	for (const struct zip_unpacker *const *m = more ? more->methods : NULL; m && *m; m++)
		if ((*m)->number == number)
			return *m;
	return NULL;
}

/* number: as it stands in the header; AES says 99 there, and the true one in its extra field. */
static int check_method(const struct zip_more *more, uint16_t flags, uint16_t number, const struct sizes *s, uint16_t *method, struct err *err)
{
	bool encrypted = flags & FLAG_ENCRYPTED;

	*method = number == METHOD_AES ? s->aes_method : number;
	if (flags & (FLAG_STRONG | FLAG_MASKED) || (number == METHOD_AES && !(encrypted && s->aes)) || (encrypted && !(more && more->ciphers)))
		return refuse(err, REFUSAL_ENCRYPTED, "encrypted member (flags %04x, method %u)", flags, number);
	if (flags & FLAG_PATCHED || (*method != 0 && *method != 8 && !method_of(more, *method)))
		return refuse(err, REFUSAL_FEATURE, "compression method %u is not read", *method);
	return 0;
}

static int take_central(const struct zip_more *more, struct cursor *c, struct zip_member *m, struct entry *e, struct err *err)
{
	uint32_t sign = cursor_u32le(c);
	uint16_t made_by = cursor_u16le(c);
	cursor_take(c, 2);
	e->flags = cursor_u16le(c);
	e->method = cursor_u16le(c);
	m->time = cursor_u16le(c);
	cursor_take(c, 2); /* neither time nor date reaches an output */
	m->crc = cursor_u32le(c);
	struct sizes s = { .packed = cursor_u32le(c) };
	s.size = cursor_u32le(c);
	uint16_t name = cursor_u16le(c), extra = cursor_u16le(c), comment = cursor_u16le(c), disk = cursor_u16le(c);
	cursor_take(c, 2);
	uint32_t attributes = cursor_u32le(c);
	s.local = cursor_u32le(c);
	e->raw = cursor_bytes(c, name);
	struct bytes fields = cursor_bytes(c, extra);
	cursor_take(c, comment);
	if (c->failed || sign != CENTRAL_SIGN)
		return refuse(err, REFUSAL_DAMAGED, "directory entry at %llu is no entry", (unsigned long long)c->at);
	if (disk != 0 && disk != 0xffff)
		return refuse(err, REFUSAL_FEATURE, "archive of many volumes");
	if (name == 0 || name > NAME_MOST)
		return refuse(err, REFUSAL_BAD_NAME, "name of %u bytes", name);
	if (!take_extra(fields, &s, e->raw, &e->unicode))
		return refuse(err, REFUSAL_DAMAGED, "bad extra field");
	if (check_mode(made_by, attributes, err) < 0 || check_method(more, e->flags, e->method, &s, &m->method, err) < 0)
		return -1;
	m->deflated = m->method == 8, m->size = s.size, m->packed = s.packed, m->local = s.local;
	m->encrypted = e->flags & FLAG_ENCRYPTED, m->descriptor = e->flags & FLAG_DESCRIPTOR;
	m->aes = e->method == METHOD_AES ? s.aes : 0, m->unchecked = m->aes && s.aes_version == 2;
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
	uint16_t true_method;
	if (!bytes_equal(name, e->raw) || method != e->method || check_method(zip->more, flags, method, &s, &true_method, NULL) < 0 ||
	    true_method != m->method || (m->aes && s.aes != m->aes) || ((flags ^ e->flags) & (FLAG_DESCRIPTOR | FLAG_ENCRYPTED)) || !same_or_later(crc, m->crc, later) ||
	    !same_or_later(s.size, m->size, later) || !same_or_later(s.packed, m->packed, later))
		return refuse(err, REFUSAL_DAMAGED, "local header and directory disagree");
	m->data = m->local + LOCAL_BYTES + name_bytes + extra_bytes;
	if (m->data > stop || m->packed > stop - m->data)
		return refuse(err, REFUSAL_DAMAGED, "member reaches into the directory");
	if (m->method == 0 && !m->encrypted && m->packed != m->size)
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

static enum zip_names guess_names(struct arena *arena, const struct entry *entries, size_t count)
{
	struct bytes *unmarked = arena_new_array(arena, struct bytes, count + 1);
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		if (!(entries[i].flags & FLAG_UTF8))
			unmarked[n++] = entries[i].raw;
	return member_names_are_cp932(unmarked, n) ? ZIP_NAMES_CP932 : ZIP_NAMES_UTF8;
}

static int decode_name(struct zip *zip, struct zip_member *m, const struct entry *e, struct err *err)
{
	bool utf8 = e->unicode.n || e->flags & FLAG_UTF8 || zip->names == ZIP_NAMES_UTF8;

	/* Two readers would see two files. */
	if (e->unicode.n && is_ascii(e->raw) && !bytes_equal(e->unicode, e->raw))
		return refuse(err, REFUSAL_BAD_NAME, "member under two names");
	if (member_name_decode(job_arena(zip->job), e->unicode.n ? e->unicode : e->raw, !utf8, &m->name, err) < 0 ||
	    member_name_check(m->name, &m->folder, err) < 0)
		return -1;
	return m->folder && m->size != 0 ? refuse(err, REFUSAL_DAMAGED, "folder with content") : 0;
}

static int check_names_differ(struct zip *zip, struct err *err)
{
	struct arena *arena = job_arena(zip->job);
	struct text *names = arena_new_array(arena, struct text, zip->count + 1);

	for (size_t i = 0; i < zip->count; i++)
		names[i] = zip->members[i].name;
	return member_names_differ(arena, names, zip->count, err);
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

int zip_open_with(struct job *job, const struct zip_more *more, struct zip *out, struct err *err)
{
	struct arena *arena = job_arena(job);
	struct zip zip = { .job = job, .more = more };
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
		if (take_central(more, &c, &zip.members[i], &entries[i], err) < 0)
			return -1;
	if (c.left)
		return refuse(err, REFUSAL_POLYGLOT, "hidden bytes behind the directory");
	zip.names = guess_names(arena, entries, zip.count);
	for (size_t i = 0; i < zip.count; i++)
		if (decode_name(&zip, &zip.members[i], &entries[i], err) < 0)
			return -1;
	if (check_names_differ(&zip, err) < 0 || check_budget(&zip, err) < 0 || check_layout(&zip, entries, dir.at, err) < 0)
		return -1;
	zip.codec = arena_alloc(arena, sizeof *zip.codec);
	*out = zip;
	return 0;
}

int zip_open(struct job *job, struct zip *out, struct err *err)
{
	return zip_open_with(job, NULL, out, err);
}

int zip_content(struct zip *zip, const struct zip_member *m, struct zip_space *space, struct bytes *out, struct err *err)
{
	struct zip_codec *codec = zip->codec;

	must(!m->encrypted && (m->method == 0 || m->deflated));
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

static enum unpack_state inflate_step(void *self, struct unpack *u)
{
	z_stream *z = self;

	z->next_in = u->in, z->avail_in = (uInt)u->in_left, z->next_out = u->out, z->avail_out = (uInt)u->out_left;
	int r = inflate(z, Z_NO_FLUSH);
	u->in += u->in_left - z->avail_in, u->in_left = z->avail_in, u->out = z->next_out, u->out_left = z->avail_out;
	return r == Z_OK || r == Z_BUF_ERROR ? UNPACK_MORE : r == Z_STREAM_END ? UNPACK_END : UNPACK_BAD;
}

static void *inflate_begin(struct zip_codec *codec, struct arena *arena)
{
	if (codec->stream_ready) {
		must(inflateReset(&codec->stream) == Z_OK);
		return &codec->stream;
	}
	codec->stream_ready = true;
	codec->stream.zalloc = from_arena, codec->stream.zfree = stays, codec->stream.opaque = arena;
	must(inflateInit2(&codec->stream, -15) == Z_OK);
	return &codec->stream;
}

/* One member on its way out. */
struct flow {
	struct zip *zip;
	const struct zip_member *m;
	struct zip_cipher *cipher;
	enum unpack_state (*step)(void *, struct unpack *); /* NULL: stored */
	void (*end)(void *);				    /* NULL: nothing to give back */
	void *state;
	bool ended;
	uint64_t given;
	uint32_t crc;
	int (*piece)(void *, struct bytes, struct err *);
	void *self;
};

static int flow_begin(struct flow *f, unsigned *head, unsigned *tail, struct err *err)
{
	struct zip_codec *codec = f->zip->codec;
	struct arena *arena = job_arena(f->zip->job);

	if (!codec->piece_in) {
		codec->piece_in = arena_alloc(arena, PIECE_BYTES);
		codec->piece_out = arena_alloc(arena, PIECE_BYTES);
	}
	*head = *tail = 0;
	if (f->m->encrypted && f->zip->more->ciphers->begin(f->zip->job, f->m, &f->cipher, head, tail, err) < 0)
		return -1;
	if (f->m->method == 0)
		return 0;
	const struct zip_unpacker *method = method_of(f->zip->more, f->m->method);
	f->state = f->m->deflated ? inflate_begin(codec, arena) : method->begin(arena, f->m->size);
	f->step = f->m->deflated ? inflate_step : method->step;
	f->end = f->m->deflated || !f->state ? NULL : method->end;
	return f->state ? 0 : refuse(err, REFUSAL_MEMORY, "no memory to unpack a member");
}

/* A password that fits by chance is found out by the content. */
static int wrong_content(const struct flow *f, const char *say, struct err *err)
{
	return refuse(err, f->m->encrypted && !f->m->aes ? REFUSAL_WRONG_PASSWORD : REFUSAL_DAMAGED, "%s", say);
}

static int flow_give(struct flow *f, struct bytes out, struct err *err)
{
	f->given += out.n;
	if (f->given > f->m->size)
		return refuse(err, REFUSAL_BOMB, "member is longer than it says");
	f->crc = libdeflate_crc32(f->crc, out.p, out.n);
	return out.n ? f->piece(f->self, out, err) : 0;
}

/* in: the next bytes of the member, the last ones if last. */
static int flow_take(struct flow *f, struct bytes in, bool last, struct err *err)
{
	struct zip_codec *codec = f->zip->codec;
	struct unpack u = { .in = codec->piece_in, .in_left = in.n };

	if (!f->step)
		return flow_give(f, in, err);
	do {
		size_t before = u.in_left;
		if (f->ended)
			return refuse(err, REFUSAL_POLYGLOT, "hidden bytes behind the packed data");
		u.out = codec->piece_out, u.out_left = PIECE_BYTES;
		enum unpack_state state = f->step(f->state, &u);
		if (state == UNPACK_BAD)
			return wrong_content(f, "bad packed data", err);
		f->ended = state == UNPACK_END;
		if (f->ended && (u.in_left || !last))
			return refuse(err, REFUSAL_POLYGLOT, "hidden bytes behind the packed data");
		if (flow_give(f, bytes_of(codec->piece_out, PIECE_BYTES - u.out_left), err) < 0)
			return -1;
		if (u.in_left == before && u.out_left == PIECE_BYTES)
			break;
	} while (!f->ended && (u.in_left || u.out_left == 0));
	return 0;
}

static int flow_run(struct flow *f, unsigned head, unsigned tail, struct err *err)
{
	struct zip *zip = f->zip;
	const struct zip_member *m = f->m;

	for (uint64_t done = head, end = m->packed - tail; done < end;) {
		size_t n = (size_t)MIN((uint64_t)PIECE_BYTES, end - done);
		if (job_read(zip->job, zip->codec->piece_in, n, m->data + done, err) < 0)
			return -1;
		done += n;
		if (f->cipher)
			zip->more->ciphers->decrypt(f->cipher, zip->codec->piece_in, n);
		if (flow_take(f, bytes_of(zip->codec->piece_in, n), done == end, err) < 0)
			return -1;
	}
	if (f->cipher && zip->more->ciphers->end(f->cipher, err) < 0)
		return -1;
	if (f->given != m->size || (!m->unchecked && f->crc != m->crc) || (f->step && !f->ended && m->packed > head + tail))
		return wrong_content(f, "wrong length or checksum", err);
	return 0;
}

int zip_stream(struct zip *zip, const struct zip_member *m, int (*piece)(void *, struct bytes, struct err *), void *self, struct err *err)
{
	struct flow f = { .zip = zip, .m = m, .piece = piece, .self = self };
	unsigned head, tail;

	if (flow_begin(&f, &head, &tail, err) < 0)
		return -1;
	int got = flow_run(&f, head, tail, err);
	if (f.end)
		f.end(f.state);
	return got;
}
