/* 作業ごとの記憶域 — contract in arena.h. Blocks in a list; the only malloc outside third-party libraries. */
#include "base/arena.h"
#include <stdarg.h>

enum { BLOCK_FIRST = 4096, BLOCK_MOST = 1 << 20, ALIGN = 16 };

struct block {
	struct block *before;
	size_t room, used;
	max_align_t start[];
};
struct arena {
	struct block *last;
	size_t most, total;
};

static unsigned fail_after; /* 0 = off */

void arena_fail_after(unsigned n)
{
	fail_after = n;
}

static struct block *block_new(size_t room)
{
	if (fail_after && --fail_after == 0)
		return NULL;
	struct block *b = malloc(sizeof *b + room);
	if (b)
		b->before = NULL, b->room = room, b->used = 0;
	return b;
}

struct arena *arena_new(size_t most)
{
	struct arena *a = malloc(sizeof *a);

	must(a);
	*a = (struct arena){ .most = most };
	return a;
}

void arena_free(struct arena *a)
{
	if (!a)
		return;
	for (struct block *b = a->last; b;) {
		struct block *before = b->before;
		free(b);
		b = before;
	}
	free(a);
}

void arena_clear(struct arena *a)
{
	while (a->last && a->last->before) {
		struct block *before = a->last->before;
		free(a->last);
		a->last = before;
	}
	a->total = a->last ? a->last->room : 0;
	if (a->last)
		a->last->used = 0;
}

size_t arena_used(const struct arena *a)
{
	return a->total;
}

void *arena_scratch(struct arena *a, size_t n)
{
	if (n > SIZE_MAX / 2)
		return NULL;
	n = (n + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	if (!a->last || a->last->room - a->last->used < n) {
		size_t room = a->last ? MIN(a->last->room * 2, (size_t)BLOCK_MOST) : BLOCK_FIRST;
		room = MAX(room, n);
		if (a->most && (a->total > a->most || room > a->most - a->total)) {
			room = n;
			if (a->total > a->most || room > a->most - a->total)
				return NULL;
		}
		struct block *b = block_new(room);
		if (!b)
			return NULL;
		b->before = a->last;
		a->last = b;
		a->total += room;
	}
	void *p = (char *)a->last->start + a->last->used;
	a->last->used += n;
	return p;
}

void *arena_try(struct arena *a, size_t n)
{
	void *p = arena_scratch(a, n);

	return p ? memset(p, 0, n) : NULL;
}

void *arena_alloc(struct arena *a, size_t n)
{
	void *p = arena_try(a, n ? n : 1);

	must(p);
	return p;
}

void *arena_array(struct arena *a, size_t size, size_t n)
{
	must(size == 0 || n <= SIZE_MAX / 2 / size);
	return arena_alloc(a, size * n);
}

void *arena_copy(struct arena *a, const void *p, size_t n)
{
	char *to = arena_scratch(a, n + 1);

	must(to);
	if (n)
		memcpy(to, p, n);
	to[n] = 0;
	return to;
}

char *arena_printf(struct arena *a, const char *format, ...)
{
	va_list args, again;

	must(format); /* known to the compiler: with the sanitizers it warns of a null format otherwise */
	va_start(args, format);
	va_copy(again, args);
	int n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	must(n >= 0);
	char *to = arena_alloc(a, (size_t)n + 1);
	vsnprintf(to, (size_t)n + 1, format, again);
	va_end(again);
	return to;
}

struct text arena_text(struct arena *a, struct text t)
{
	return (struct text){ arena_copy(a, t.p, t.n), t.n };
}

struct bytes arena_bytes(struct arena *a, struct bytes b)
{
	return (struct bytes){ arena_copy(a, b.p, b.n), b.n };
}
