/* 複合ファイルの見分け — contract in ole_kind.h. */
#include "sanitize/parts/ole_kind.h"
#include "base/cursor.h"

enum { HEADER = 512, ENTRY = 128, ENTRIES_MOST = 4096, NAME_BYTES = 64, FIRST_TABLES = 109 };
#define NO_SECTOR 0xfffffffau

bool ole_begins(struct bytes head)
{
	return head.n >= HEADER && bytes_start(head, BYTES("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"));
}

static uint32_t u32_at(struct bytes b, size_t at)
{
	struct cursor c = cursor_over(b);

	cursor_take(&c, at);
	return cursor_u32le(&c);
}

static uint16_t u16_at(struct bytes b, size_t at)
{
	struct cursor c = cursor_over(b);

	cursor_take(&c, at);
	return cursor_u16le(&c);
}

/* The sector behind `n` in its chain; NO_SECTOR where that cannot be told. */
static uint32_t next_of(struct job *job, struct bytes header, unsigned shift, uint32_t n)
{
	uint32_t table = n >> (shift - 2), sector;
	uint8_t raw[4];

	if (table >= FIRST_TABLES)
		return NO_SECTOR;
	sector = u32_at(header, 76 + 4 * (size_t)table);
	uint64_t at = (((uint64_t)sector + 1) << shift) + 4 * (uint64_t)(n & ((1u << (shift - 2)) - 1));
	if (sector >= NO_SECTOR || job_read(job, raw, sizeof raw, at, NULL) < 0)
		return NO_SECTOR;
	return u32_at(bytes_of(raw, sizeof raw), 0);
}

int ole_head(struct job *job, struct bytes head, struct bytes *out, struct err *err)
{
	struct bytes header = bytes_of(head.p, HEADER);
	unsigned shift = u16_at(header, 30);
	size_t step = (size_t)1 << (shift & 15), count = 0;
	uint32_t first = u32_at(header, 48);

	*out = header;
	if (shift != 9 && shift != 12)
		return 0;
	for (uint32_t at = first; at < NO_SECTOR && count * step < ENTRIES_MOST * ENTRY; at = next_of(job, header, shift, at))
		count++;
	uint8_t *p = arena_scratch(job_arena(job), HEADER + count * step);
	if (!p)
		return refuse(err, REFUSAL_MEMORY, "no memory for a directory");
	memcpy(p, header.p, HEADER);
	size_t n = HEADER;
	for (uint32_t at = first; count > 0; at = next_of(job, header, shift, at), count--, n += step)
		if (at >= NO_SECTOR || job_read(job, p + n, step, ((uint64_t)at + 1) << shift, NULL) < 0)
			break; /* what is there counts; the format will say what is wrong */
	*out = bytes_of(p, n);
	return 0;
}

static uint8_t folded(uint8_t c) { return c >= 'A' && c <= 'Z' ? c | 0x20 : c; }

/* Names of a compound file are compared without regard to case. */
static bool is_named(struct bytes entry, const char *name)
{
	size_t n = strlen(name);

	if (u16_at(entry, NAME_BYTES) != 2 * (n + 1))
		return false;
	for (size_t i = 0; i < n; i++)
		if (folded(entry.p[2 * i]) != folded((uint8_t)name[i]) || entry.p[2 * i + 1] != 0)
			return false;
	return true;
}

enum { PACKAGE = 1 << 16, PACKAGE_INFO = 1 << 17 }; /* both make OLE_KIND_LOCKED */

static unsigned look(struct bytes entry)
{
	static const struct {
		const char *name;
		unsigned kind;
	} known[] = {
		{ "WordDocument", OLE_KIND_WORD }, { "Workbook", OLE_KIND_SHEET }, { "Book", OLE_KIND_SHEET },
		{ "PowerPoint Document", OLE_KIND_SLIDES }, { "EncryptedPackage", PACKAGE }, { "EncryptionInfo", PACKAGE_INFO }, { "__properties_version1.0", OLE_KIND_MAIL },
		{ "DocumentText", OLE_KIND_ICHITARO },
	};

	for (size_t i = 0; i < COUNT(known); i++)
		if (is_named(entry, known[i].name))
			return known[i].kind;
	return 0;
}

/* The tree of the top storage, each entry once. */
static unsigned look_at_top(struct bytes directory)
{
	static const size_t links[] = { 68, 72 };
	uint8_t taken[ENTRIES_MOST / 8] = { 0 };
	unsigned seen = 0;
	uint32_t way[64], count = (uint32_t)MIN(directory.n / ENTRY, (size_t)ENTRIES_MOST), top;
	size_t depth = 0;

	if (count == 0)
		return 0;
	top = u32_at(directory, 76);
	if (top < count)
		way[depth++] = top;
	while (depth > 0) {
		uint32_t at = way[--depth];
		if (taken[at / 8] >> (at % 8) & 1)
			return seen; /* no tree: the format will say so */
		taken[at / 8] |= (uint8_t)(1 << (at % 8));
		struct bytes entry = bytes_of(directory.p + (size_t)at * ENTRY, ENTRY);
		seen |= look(entry);
		for (size_t i = 0; i < COUNT(links); i++) {
			uint32_t next = u32_at(entry, links[i]);
			if (next < count && depth < COUNT(way))
				way[depth++] = next;
		}
	}
	return seen;
}

unsigned ole_kinds(struct bytes head)
{
	if (!ole_begins(head))
		return 0;
	unsigned seen = look_at_top(bytes_of(head.p + HEADER, head.n - HEADER));
	if (seen & PACKAGE && seen & PACKAGE_INFO)
		return OLE_KIND_LOCKED; /* beside it programs lay an old document that says it is encrypted: nothing of that is kept */
	return seen & (PACKAGE - 1);
}
