/* 許可の数え — what the rules of this network namespace let through, a line "ID PACKETS" for each permission that was used: for tests/zones_counted.sh. Exit 2: it cannot be read. */
#include "zones/counters.h"
#include <stdio.h>

int main(void)
{
	ARENA(arena) = arena_new(0);
	struct counters all;
	struct err err = { 0 };

	if (counters_read_elements(arena, &all, &err) != 0)
		return fprintf(stderr, "zones_counted: %s\n", err.say), 2;
	for (size_t i = 0; i < all.count; i++)
		printf("%s %llu\n", all.list[i].name, (unsigned long long)all.list[i].packets);
	return 0;
}
