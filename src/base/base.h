/* 土台 — the first header of every file: plain types, must(), bytes and text, and the words that may not be used.
 * Knows nothing of the policy. Contract of all of base/: library code never logs; fallible functions return 0 or -1
 * with a struct err; memory comes from arenas; a broken invariant (must) or exhausted memory ends the process. */
#ifndef BASE_BASE_H
#define BASE_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#define CHECK_RESULT __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))
#define COUNT(array) (sizeof(array) / sizeof *(array))
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

/* A bug, not a fault of the world: on in release too. Writes one line to stderr and aborts. */
_Noreturn void die(const char *file, int line, const char *what);
#define must(cond) ((cond) ? (void)0 : die(__FILE__, __LINE__, #cond))

/* From outside: any octets. Not owned. */
struct bytes {
	const uint8_t *p;
	size_t n;
};
/* Valid UTF-8 without NUL, made only by text_from_… and by literals; always followed by a NUL byte that n does not count. */
struct text {
	const char *p;
	size_t n;
};
#define TEXT(literal) ((struct text){ "" literal, sizeof(literal) - 1 })
#define BYTES(literal) ((struct bytes){ (const uint8_t *)("" literal), sizeof(literal) - 1 })

static inline struct bytes bytes_of(const void *p, size_t n)
{
	return (struct bytes){ p, n };
}
static inline struct bytes bytes_of_text(struct text t)
{
	return (struct bytes){ (const uint8_t *)t.p, t.n };
}
static inline bool bytes_equal(struct bytes a, struct bytes b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}
static inline bool bytes_start(struct bytes b, struct bytes start)
{
	return b.n >= start.n && memcmp(b.p, start.p, start.n) == 0;
}
static inline bool text_equal(struct text a, struct text b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}
static inline bool text_is(struct text a, const char *b)
{
	return a.n == strlen(b) && memcmp(a.p, b, a.n) == 0;
}

#pragma GCC poison strcpy sprintf vsprintf strcat strncat strtok atoi atol atof gets

#endif
