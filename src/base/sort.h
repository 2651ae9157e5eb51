/* 並べ替え — sorts in place without memory or system calls: the C library's qsort asks the kernel for the size of memory once an array is
 * large, and a jail ends the process for that. Not stable: give equal items an order of their own where it matters. */
#ifndef BASE_SORT_H
#define BASE_SORT_H
#include "base/base.h"

/* Items of 1 … 256 bytes. */
void sort_items(void *items, size_t count, size_t size, int (*order)(const void *a, const void *b));
/* How many of the numbers, which ascend, are smaller than `than`: where it stands or would. */
size_t sorted_below(const int64_t *numbers, size_t count, int64_t than);

#endif
