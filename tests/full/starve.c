/* 記憶域の不足 — contract in starve.h. */
#include "full/starve.h"
#include <stddef.h>

static unsigned long left;
static bool happened;

void *__real_malloc(size_t n);
void *__real_calloc(size_t count, size_t n);
void *__real_realloc(void *old, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t count, size_t n);
void *__wrap_realloc(void *old, size_t n);

void starve_at(unsigned long allocation)
{
	left = allocation;
	happened = false;
}

bool starve_happened(void) { return happened; }

static bool now(void)
{
	if (left == 0 || --left > 0)
		return false;
	return happened = true;
}

void *__wrap_malloc(size_t n) { return now() ? NULL : __real_malloc(n); }
void *__wrap_calloc(size_t count, size_t n) { return now() ? NULL : __real_calloc(count, n); }
void *__wrap_realloc(void *old, size_t n) { return now() ? NULL : __real_realloc(old, n); }
