/* ZIPに入る形式の見分け — contract in package_kind.h. */
#include "sanitize/parts/package_kind.h"
#include "base/cursor.h"

enum { END_BYTES = 22, CENTRAL_BYTES = 46, ENTRIES_MOST = 2000 };

struct seen {
	bool any, types, word, sheet, slides, binary_sheet, other;
};

static bool is_named(struct bytes b, struct bytes name)
{
	if (b.n != name.n)
		return false;
	for (size_t i = 0; i < b.n; i++)
		if ((b.p[i] >= 'A' && b.p[i] <= 'Z' ? b.p[i] + 32 : b.p[i]) != name.p[i])
			return false;
	return true;
}

static bool starts(struct bytes b, struct bytes start)
{
	return b.n > start.n && is_named(bytes_of(b.p, start.n), start);
}

static void look(struct seen *s, struct bytes name)
{
	s->any = true;
	s->types |= is_named(name, BYTES("[content_types].xml"));
	s->word |= starts(name, BYTES("word/"));
	s->sheet |= starts(name, BYTES("xl/"));
	s->slides |= starts(name, BYTES("ppt/"));
	s->binary_sheet |= is_named(name, BYTES("xl/workbook.bin"));
	s->other |= is_named(name, BYTES("mimetype")) || is_named(name, BYTES("meta-inf/manifest.mf")) ||
		    is_named(name, BYTES("androidmanifest.xml")) || is_named(name, BYTES("meta-inf/manifest.xml"));
}

/* Where the directory begins within the tail: where the end record says, or at the first entry that can be seen. */
static size_t directory_in(struct bytes tail, uint64_t size)
{
	for (size_t i = tail.n >= END_BYTES ? tail.n - END_BYTES + 1 : 0; i-- > 0;) {
		if (memcmp(tail.p + i, "PK\5\6", 4) != 0)
			continue;
		struct cursor c = cursor_over(bytes_of(tail.p + i, tail.n - i));
		cursor_take(&c, 16);
		uint64_t at = cursor_u32le(&c), first = size - tail.n;
		if (at >= first && at < size)
			return (size_t)(at - first);
		break;
	}
	for (size_t i = 0; i + 4 <= tail.n; i++)
		if (memcmp(tail.p + i, "PK\1\2", 4) == 0)
			return i;
	return tail.n;
}

/* OpenDocument says what it is in its first member, which is not packed. */
static enum package_kind open_document(struct bytes head)
{
	static const struct {
		struct bytes type;
		enum package_kind kind;
	} known[] = {
#define OPEN(word, kind) { { (const uint8_t *)"application/vnd.oasis.opendocument." word, sizeof("application/vnd.oasis.opendocument." word) - 1 }, kind }
		OPEN("text", PACKAGE_OPEN_TEXT), OPEN("text-template", PACKAGE_OPEN_TEXT), OPEN("spreadsheet", PACKAGE_OPEN_SHEET),
		OPEN("spreadsheet-template", PACKAGE_OPEN_SHEET), OPEN("presentation", PACKAGE_OPEN_SLIDES), OPEN("presentation-template", PACKAGE_OPEN_SLIDES),
#undef OPEN
	};
	struct cursor c = cursor_over(head);

	cursor_take(&c, 8);
	uint16_t method = cursor_u16le(&c);
	cursor_take(&c, 12);
	uint32_t size = cursor_u32le(&c);
	uint16_t name_n = cursor_u16le(&c), extra = cursor_u16le(&c);
	struct bytes name = cursor_bytes(&c, name_n);
	cursor_take(&c, extra);
	struct bytes type = cursor_bytes(&c, MIN(size, 128u));
	if (c.failed || method != 0 || !is_named(name, BYTES("mimetype")))
		return PACKAGE_OTHER;
	for (size_t i = 0; i < COUNT(known); i++)
		if (bytes_equal(type, known[i].type))
			return known[i].kind;
	return PACKAGE_OTHER;
}

enum package_kind package_kind(struct bytes head, struct bytes tail, uint64_t size)
{
	struct seen s = { 0 };

	if (!bytes_start(head, BYTES("PK\3\4")) && !(size == END_BYTES && bytes_start(head, BYTES("PK\5\6"))))
		return PACKAGE_NONE;
	if (tail.n > size)
		return PACKAGE_NONE;
	struct cursor c = cursor_over(head);
	cursor_take(&c, 26);
	uint16_t first = cursor_u16le(&c);
	cursor_take(&c, 2);
	struct bytes name = cursor_bytes(&c, first);
	if (!c.failed)
		look(&s, name);
	size_t at = directory_in(tail, size);
	c = cursor_over(bytes_of(tail.p + at, tail.n - at));
	for (unsigned i = 0; i < ENTRIES_MOST && c.left >= CENTRAL_BYTES && memcmp(c.p, "PK\1\2", 4) == 0; i++) {
		cursor_take(&c, 28);
		uint16_t n = cursor_u16le(&c), extra = cursor_u16le(&c), comment = cursor_u16le(&c);
		cursor_take(&c, 12);
		name = cursor_bytes(&c, n);
		cursor_take(&c, (size_t)extra + comment);
		if (c.failed)
			break;
		look(&s, name);
	}
	if (s.types && s.word + s.sheet + s.slides == 1 && !s.binary_sheet)
		return s.word ? PACKAGE_WORD : s.sheet ? PACKAGE_SHEET : PACKAGE_SLIDES;
	if (s.types)
		return s.binary_sheet && !s.word && !s.slides ? PACKAGE_BINARY_SHEET : PACKAGE_OFFICE_OTHER;
	return s.other ? open_document(head) : PACKAGE_ARCHIVE;
}
