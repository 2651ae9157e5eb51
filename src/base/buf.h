/* 伸びるバッファ — bytes that grow in an arena up to a named ceiling. Overflow is sticky and reported once by buf_ok. */
#ifndef BASE_BUF_H
#define BASE_BUF_H
#include "base/arena.h"

struct buf {
	uint8_t *p;
	size_t n, room, most;
	struct arena *arena;
	bool full; /* something did not fit: the content must not be used */
};

/* most: ceiling in bytes, 0 = 1 GiB. */
struct buf buf_in(struct arena *arena, size_t most);
void buf_put(struct buf *b, const void *p, size_t n);
void buf_bytes(struct buf *b, struct bytes v);
void buf_text(struct buf *b, struct text v);
void buf_str(struct buf *b, const char *s);
void buf_byte(struct buf *b, uint8_t v);
void buf_u16be(struct buf *b, uint16_t v);
void buf_u16le(struct buf *b, uint16_t v);
void buf_u32be(struct buf *b, uint32_t v);
void buf_u32le(struct buf *b, uint32_t v);
void buf_u64be(struct buf *b, uint64_t v);
void buf_printf(struct buf *b, const char *format, ...) PRINTF_LIKE(2, 3);
void buf_decimal(struct buf *b, uint64_t v); /* its digits */
/* Room for n more bytes to be written by the caller, who then adds to b->n; NULL if it would pass the ceiling. */
uint8_t *buf_room(struct buf *b, size_t n);
static inline bool buf_ok(const struct buf *b)
{
	return !b->full;
}
static inline struct bytes buf_view(const struct buf *b)
{
	return (struct bytes){ b->p, b->n };
}
const char *buf_string(struct buf *b); /* NUL-terminated view, valid until the next put */

#endif
