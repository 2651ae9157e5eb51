/* 伸びるバッファ — contract in buf.h. */
#include "base/buf.h"
#include <stdarg.h>

struct buf buf_in(struct arena *arena, size_t most)
{
	return (struct buf){ .arena = arena, .most = most ? most : (size_t)1 << 30 };
}

uint8_t *buf_room(struct buf *b, size_t n)
{
	if (b->full || n > b->most || b->n > b->most - n) {
		b->full = true;
		return NULL;
	}
	if (!b->p || b->room - b->n < n) {
		size_t room = MAX(b->room * 2, (size_t)256);
		room = MIN(MAX(room, b->n + n), b->most);
		uint8_t *p = arena_scratch(b->arena, room + 1);
		if (!p) {
			b->full = true;
			return NULL;
		}
		if (b->n)
			memcpy(p, b->p, b->n);
		b->p = p, b->room = room;
	}
	return b->p + b->n;
}

void buf_put(struct buf *b, const void *p, size_t n)
{
	uint8_t *to = buf_room(b, n);

	if (to && n) {
		memcpy(to, p, n);
		b->n += n;
	}
}

void buf_bytes(struct buf *b, struct bytes v) { buf_put(b, v.p, v.n); }
void buf_text(struct buf *b, struct text v) { buf_put(b, v.p, v.n); }
void buf_str(struct buf *b, const char *s) { buf_put(b, s, strlen(s)); }
void buf_byte(struct buf *b, uint8_t v) { buf_put(b, &v, 1); }
void buf_u16be(struct buf *b, uint16_t v) { buf_put(b, (uint8_t[]){ (uint8_t)(v >> 8), (uint8_t)v }, 2); }
void buf_u16le(struct buf *b, uint16_t v) { buf_put(b, (uint8_t[]){ (uint8_t)v, (uint8_t)(v >> 8) }, 2); }
void buf_u32be(struct buf *b, uint32_t v) { buf_u16be(b, (uint16_t)(v >> 16)), buf_u16be(b, (uint16_t)v); }
void buf_u32le(struct buf *b, uint32_t v) { buf_u16le(b, (uint16_t)v), buf_u16le(b, (uint16_t)(v >> 16)); }
void buf_u64be(struct buf *b, uint64_t v) { buf_u32be(b, (uint32_t)(v >> 32)), buf_u32be(b, (uint32_t)v); }

void buf_printf(struct buf *b, const char *format, ...)
{
	va_list args, again;
	size_t left = b->p && !b->full ? b->room - b->n : 0; /* and one byte behind it */

	va_start(args, format);
	va_copy(again, args);
	int n = vsnprintf(left ? (char *)b->p + b->n : NULL, left ? left + 1 : 0, format, args);
	va_end(args);
	must(n >= 0);
	if (left && (size_t)n <= left) { /* nearly always it fits as it stands */
		b->n += (size_t)n;
	} else {
		uint8_t *to = buf_room(b, (size_t)n + 1);
		if (to) {
			vsnprintf((char *)to, (size_t)n + 1, format, again);
			b->n += (size_t)n;
		}
	}
	va_end(again);
}

void buf_decimal(struct buf *b, uint64_t v)
{
	uint8_t digits[20];
	size_t at = sizeof digits;

	do
		digits[--at] = (uint8_t)('0' + v % 10), v /= 10;
	while (v > 0);
	buf_put(b, digits + at, sizeof digits - at);
}

const char *buf_string(struct buf *b)
{
	if (!buf_room(b, 0) || !b->p)
		return "";
	b->p[b->n] = 0; /* buf_room always keeps one byte behind the room */
	return (const char *)b->p;
}
