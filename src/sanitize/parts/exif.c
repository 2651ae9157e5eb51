/* 撮影情報 — contract in exif.h. */
#include "sanitize/parts/exif.h"
#include "base/cursor.h"

enum { TAG_ORIENTATION = 0x112, TYPE_SHORT = 3, ENTRIES_MOST = 512 };

unsigned exif_orientation(struct bytes tiff)
{
	struct cursor c = cursor_over(tiff);
	bool little = bytes_start(tiff, BYTES("II*\0")), big = bytes_start(tiff, BYTES("MM\0*"));

	cursor_take(&c, 4);
	uint32_t at = little ? cursor_u32le(&c) : cursor_u32be(&c);
	if (c.failed || (!little && !big) || at > tiff.n)
		return 1;
	c = cursor_over(bytes_of(tiff.p + at, tiff.n - at));
	unsigned entries = little ? cursor_u16le(&c) : cursor_u16be(&c);
	for (unsigned i = 0; i < entries && i < ENTRIES_MOST; i++) {
		unsigned tag = little ? cursor_u16le(&c) : cursor_u16be(&c), type = little ? cursor_u16le(&c) : cursor_u16be(&c);
		uint32_t count = little ? cursor_u32le(&c) : cursor_u32be(&c);
		unsigned value = little ? cursor_u16le(&c) : cursor_u16be(&c);
		cursor_take(&c, 2);
		if (c.failed)
			return 1;
		if (tag == TAG_ORIENTATION)
			return type == TYPE_SHORT && count == 1 && value >= 1 && value <= 8 ? value : 1;
	}
	return 1;
}
