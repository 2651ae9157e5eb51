/* 作業ごとの記憶域 — one unit of work (request, message, file, batch) owns one arena; everything made for it dies with it.
 * Exhaustion ends the process (die), except where a ceiling was set: then arena_try returns NULL. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H
#include "base/base.h"

struct arena;

/* most: ceiling in bytes over all blocks, 0 = none. Never NULL. */
struct arena *arena_new(size_t most);
void arena_free(struct arena *arena); /* NULL is fine */
void arena_clear(struct arena *arena); /* forgets everything, keeps the first block */
size_t arena_used(const struct arena *arena);

/* Zeroed, aligned to 16. arena_alloc dies at the ceiling, arena_try returns NULL. n may be 0. */
void *arena_alloc(struct arena *arena, size_t n);
void *arena_try(struct arena *arena, size_t n) CHECK_RESULT;
/* Like arena_try, but not zeroed: for large buffers that are written before they are read, whose pages need not be touched twice. */
void *arena_scratch(struct arena *arena, size_t n) CHECK_RESULT;
#define arena_new_array(arena, type, n) ((type *)arena_array((arena), sizeof(type), (n)))
void *arena_array(struct arena *arena, size_t size, size_t n);
void *arena_copy(struct arena *arena, const void *p, size_t n); /* with a NUL behind it */
char *arena_printf(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3);
struct text arena_text(struct arena *arena, struct text t);
struct bytes arena_bytes(struct arena *arena, struct bytes b);

/* Frees an arena at the end of the scope: `ARENA(a) = arena_new(0);` */
static inline void arena_free_at(struct arena **a)
{
	arena_free(*a);
}
#define ARENA(name) __attribute__((cleanup(arena_free_at))) struct arena *name

/* For tests: the n-th block from now on cannot be had (0 = off). */
void arena_fail_after(unsigned n);

#endif
