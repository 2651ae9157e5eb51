/* 規則の入替え — `zones_swap < BATCH`: puts a batch in place of the rules before, as zonesd does, in the network namespace it is started in. */
#include "base/file.h"
#include "zones/limits.h"
#include "zones/nft.h"
#include <unistd.h>

int main(void)
{
	ARENA(arena) = arena_new(0);
	struct bytes batch;
	struct err err = { 0 };

	if (file_read_fd(arena, STDIN_FILENO, ZONES_DUMP_BYTES_MOST, &batch, &err) == 0 && nft_swap(batch, NULL, &err) == 0)
		return 0;
	fprintf(stderr, "zones_swap: %s\n", err.say);
	return 1;
}
