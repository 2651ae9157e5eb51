/* 並べ替え — contract in sort.h. Heap sort: never worse than n log n, whatever a stranger hands in. */
#include "base/sort.h"

struct heap {
	uint8_t *items;
	size_t size;
	int (*order)(const void *, const void *);
};

static void swap(const struct heap *h, size_t a, size_t b)
{
	uint8_t t[256];

	memcpy(t, h->items + a * h->size, h->size);
	memcpy(h->items + a * h->size, h->items + b * h->size, h->size);
	memcpy(h->items + b * h->size, t, h->size);
}

static void sink(const struct heap *h, size_t at, size_t count)
{
	for (size_t child; (child = at * 2 + 1) < count; at = child) {
		if (child + 1 < count && h->order(h->items + child * h->size, h->items + (child + 1) * h->size) < 0)
			child++;
		if (h->order(h->items + at * h->size, h->items + child * h->size) >= 0)
			return;
		swap(h, at, child);
	}
}

void sort_items(void *items, size_t count, size_t size, int (*order)(const void *, const void *))
{
	struct heap h = { items, size, order };

	must(size > 0 && size <= 256);
	for (size_t i = count / 2; i-- > 0;)
		sink(&h, i, count);
	for (size_t n = count; n > 1; n--) {
		swap(&h, 0, n - 1);
		sink(&h, 0, n - 1);
	}
}

size_t sorted_below(const int64_t *numbers, size_t count, int64_t than)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (numbers[middle] < than)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}
