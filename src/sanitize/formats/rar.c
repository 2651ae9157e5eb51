/* RAR書庫 — rar4 and rar5, delivered as a plain ZIP (archive_read.h). One part of several is refused before anything is unpacked. */
#include "base/cursor.h"
#include "sanitize/parts/archive_read.h"

enum { HEAD = 512, OLD_MARK = 7, NEW_MARK = 8, OLD_MAIN = 0x73, OLD_VOLUME = 1, OLD_LOCKED = 0x80, NEW_MAIN = 1, NEW_CIPHER = 4, NEW_EXTRA = 1, NEW_DATA = 2, NEW_VOLUME = 1 };

static uint64_t take_number(struct cursor *c)
{
	uint64_t v = 0;

	for (unsigned shift = 0; shift < 63; shift += 7) {
		uint8_t b = cursor_u8(c);
		v |= (uint64_t)(b & 0x7f) << shift;
		if (!(b & 0x80))
			break;
	}
	return v;
}

static int check_old(struct cursor *c, struct err *err)
{
	cursor_take(c, OLD_MARK + 2);
	uint8_t type = cursor_u8(c);
	uint16_t flags = cursor_u16le(c);

	if (type == OLD_MAIN && flags & OLD_LOCKED)
		return refuse(err, REFUSAL_PROTECTED, "encrypted names");
	return type == OLD_MAIN && flags & OLD_VOLUME ? refuse(err, REFUSAL_FEATURE, "one of several volumes") : 0;
}

static int check_new(struct cursor *c, struct err *err)
{
	cursor_take(c, NEW_MARK + 4);
	take_number(c);
	uint64_t type = take_number(c), flags = take_number(c);

	if (type == NEW_CIPHER)
		return refuse(err, REFUSAL_PROTECTED, "encrypted names");
	if (flags & NEW_EXTRA)
		take_number(c);
	if (flags & NEW_DATA)
		take_number(c);
	return type == NEW_MAIN && take_number(c) & NEW_VOLUME ? refuse(err, REFUSAL_FEATURE, "one of several volumes") : 0;
}

int rar_rebuild(struct job *job, struct err *err)
{
	static int (*const supports[])(struct archive *) = { archive_read_support_format_rar, archive_read_support_format_rar5, NULL };
	static const struct archive_way way = { supports, BUNDLE_UNMARKED, NULL };
	uint8_t head[HEAD];
	size_t n = (size_t)MIN((uint64_t)HEAD, job_size(job));

	if (job_read(job, head, n, 0, err) < 0)
		return -1;
	struct cursor c = cursor_over(bytes_of(head, n));
	if ((n > OLD_MARK && head[OLD_MARK - 1] == 1 ? check_new : check_old)(&c, err) < 0)
		return -1;
	return archive_rebuild(job, &way, err);
}
