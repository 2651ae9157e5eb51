/* 境界つき読取り — the one way to read foreign bytes: bounded, failure sticky, no pointer arithmetic in parsers.
 * After failure every take returns NULL or 0; check .failed once per record. */
#ifndef BASE_CURSOR_H
#define BASE_CURSOR_H
#include "base/base.h"

struct cursor {
	const uint8_t *p; /* next byte */
	size_t left;	  /* bytes behind it */
	uint64_t at;	  /* offset of p in the whole, for messages */
	bool failed;
};

static inline struct cursor cursor_over(struct bytes b)
{
	return (struct cursor){ .p = b.p, .left = b.n };
}
static inline const uint8_t *cursor_take(struct cursor *c, size_t n)
{
	const uint8_t *here = c->p;

	if (c->failed || n > c->left) {
		c->failed = true;
		return NULL;
	}
	c->p += n, c->left -= n, c->at += n;
	return here;
}
static inline struct bytes cursor_bytes(struct cursor *c, size_t n)
{
	const uint8_t *p = cursor_take(c, n);
	return (struct bytes){ p, p ? n : 0 };
}
static inline uint8_t cursor_u8(struct cursor *c)
{
	const uint8_t *p = cursor_take(c, 1);
	return p ? p[0] : 0;
}
static inline uint16_t cursor_u16be(struct cursor *c)
{
	const uint8_t *p = cursor_take(c, 2);
	return p ? (uint16_t)(p[0] << 8 | p[1]) : 0;
}
static inline uint16_t cursor_u16le(struct cursor *c)
{
	const uint8_t *p = cursor_take(c, 2);
	return p ? (uint16_t)(p[1] << 8 | p[0]) : 0;
}
static inline uint32_t cursor_u32be(struct cursor *c)
{
	const uint8_t *p = cursor_take(c, 4);
	return p ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3] : 0;
}
static inline uint32_t cursor_u32le(struct cursor *c)
{
	const uint8_t *p = cursor_take(c, 4);
	return p ? (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0] : 0;
}
static inline uint64_t cursor_u64be(struct cursor *c)
{
	uint64_t high = cursor_u32be(c);
	return high << 32 | cursor_u32be(c);
}
static inline uint64_t cursor_u64le(struct cursor *c)
{
	uint64_t low = cursor_u32le(c);
	return (uint64_t)cursor_u32le(c) << 32 | low;
}
/* The next line without its '\n'; fails if no '\n' is left. */
static inline struct bytes cursor_line(struct cursor *c)
{
	const uint8_t *end = c->failed || c->left == 0 ? NULL : memchr(c->p, '\n', c->left);
	struct bytes line = { NULL, 0 };

	if (!end) {
		c->failed = true;
		return line;
	}
	line = cursor_bytes(c, (size_t)(end - c->p));
	cursor_take(c, 1);
	return line;
}
/* Of a text whose last line may lack its '\n': the next line without it; false when nothing is left. */
static inline bool cursor_next_line(struct cursor *c, struct bytes *line)
{
	if (c->failed || c->left == 0)
		return false;
	const uint8_t *end = memchr(c->p, '\n', c->left);
	*line = cursor_bytes(c, end ? (size_t)(end - c->p) : c->left);
	if (end)
		cursor_take(c, 1);
	return true;
}

#endif
