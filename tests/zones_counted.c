/* 許可の数え — what the rules of this network namespace let through, a line "ID PACKETS" for each permission that was used; with
 * "generation" the number of the rules: for tests/zones_counted.sh. Exit 2: it cannot be read. */
#include "zones/counters.h"
#include "zones/nft.h"
#include <stdio.h>

int main(int argc, char **argv)
{
	ARENA(arena) = arena_new(0);
	struct counters all;
	struct err err = { 0 };
	uint32_t generation;

	if (argc == 2 && strcmp(argv[1], "generation") == 0)
		return nft_generation(&generation, &err) == 0 ? printf("%u\n", generation), 0 : 2;
	if (counters_read_elements(arena, &all, &err) != 0)
		return fprintf(stderr, "zones_counted: %s\n", err.say), 2;
	for (size_t i = 0; i < all.count; i++)
		printf("%s %llu\n", all.list[i].name, (unsigned long long)all.list[i].packets);
	return 0;
}
