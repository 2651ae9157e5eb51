/* JBIG2画像 — black and white scans, drawn by poppler in the converter's jail (its decoder is never linked; one of its kind was the way into many telephones) and delivered
 * as PNG. From a PDF come pictures of this kind too, as members. Here only the heads of its segments are read, to the one that tells the size of the page.
 * article: s6.3.2b; threats D10, G. */
#include "base/cursor.h"
#include "sanitize/parts/picture_frame.h"

enum { MARK = 8, SEQUENTIAL = 1, PAGES_UNKNOWN = 2, SEGMENTS_MOST = 100000, PAGE_INFORMATION = 48, END_OF_PAGE = 49, END_OF_FILE = 51, LONG_FORM = 7 };

struct segment {
	uint8_t kind;
	uint32_t length;
};

/* Number, kind, what it refers to, its page, its length: all of a head but what we need is passed over. */
static struct segment take_head(struct cursor *c)
{
	struct segment s;
	uint32_t number = cursor_u32be(c);
	uint8_t flags = cursor_u8(c);
	uint32_t refers = c->left ? c->p[0] >> 5 : 0;

	s.kind = flags & 0x3f;
	if (refers == LONG_FORM) {
		refers = cursor_u32be(c) & 0x1fffffff;
		cursor_take(c, refers / 8 + 1);
	} else {
		cursor_u8(c);
	}
	unsigned each = number <= 256 ? 1 : number <= 65536 ? 2 : 4;
	cursor_take(c, refers > c->left ? SIZE_MAX : (size_t)refers * each);
	cursor_take(c, flags & 0x40 ? 4 : 1);
	s.length = cursor_u32be(c);
	return s;
}

/* The segments without those that end a page or a file, which a PDF does not have; one page only. */
static int read_segments(struct cursor *c, uint32_t size[2], struct bytes *out, struct err *err)
{
	const uint8_t *from = c->p;
	bool have_page = false;

	for (unsigned i = 0; i < SEGMENTS_MOST && c->left; i++) {
		const uint8_t *before = c->p;
		struct segment s = take_head(c);
		if (c->failed)
			return refuse(err, REFUSAL_DAMAGED, "segment %u has no whole head", i);
		if (s.kind == END_OF_PAGE || s.kind == END_OF_FILE) {
			*out = bytes_of(from, (size_t)(before - from));
			return have_page ? 0 : refuse(err, REFUSAL_DAMAGED, "no page");
		}
		struct cursor body = cursor_over(bytes_of(c->p, MIN((size_t)s.length, c->left)));
		if (s.kind == PAGE_INFORMATION && !have_page)
			size[0] = cursor_u32be(&body), size[1] = cursor_u32be(&body), have_page = true;
		if (s.length > c->left) { /* the last one, cut short or of unknown length: the decoder takes what is there */
			cursor_take(c, c->left);
			break;
		}
		cursor_take(c, s.length);
	}
	*out = bytes_of(from, (size_t)(c->p - from));
	return have_page ? 0 : refuse(err, REFUSAL_DAMAGED, "no page");
}

int jbig2_rebuild(struct job *job, struct err *err)
{
	struct bytes whole, segments;
	uint32_t size[2] = { 0 };

	if (job_read_all(job, &whole, err) < 0)
		return -1;
	struct cursor c = cursor_over(whole);
	cursor_take(&c, MARK);
	uint8_t flags = cursor_u8(&c);
	uint32_t pages = flags & PAGES_UNKNOWN ? 1 : cursor_u32be(&c);
	if (c.failed || !(flags & SEQUENTIAL))
		return refuse(err, c.failed ? REFUSAL_DAMAGED : REFUSAL_FEATURE, "its segments do not follow their heads");
	if (pages != 1)
		return refuse(err, REFUSAL_FEATURE, "%u pages", pages);
	if (read_segments(&c, size, &segments, err) < 0)
		return -1;
	if (size[1] == UINT32_MAX)
		return refuse(err, REFUSAL_FEATURE, "a page of unknown height");
	if (picture_frame(job, size[0], size[1], "JBIG2Decode", "/ColorSpace/DeviceGray/BitsPerComponent 1", segments, err) < 0)
		return -1;
	job_convert(job, "ppm");
	return 0;
}
