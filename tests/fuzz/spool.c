/* 保管庫のファイルのファズ — any bytes as a spool file under a wrapping key of zeros (the seeds are real ones). */
#include "base/file.h"
#include "transfer/spool.h"
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t wrapping[SPOOL_KEY];
	ARENA(arena) = arena_new(0);
	struct spool_reader *r;
	struct bytes note;
	uint64_t bytes, there;
	uint8_t said[SHA256_BYTES], is[SHA256_BYTES];
	bool end = false;
	int file = memfd_of("file", bytes_of(data, size), false, NULL);
	FD(to) = memfd_new("content", NULL);

	must(file >= 0 && to >= 0);
	if (spool_reader_over(file, wrapping, arena, &note, &r, NULL) != 0)
		return 0;
	must(note.n <= SPOOL_NOTE_MOST);
	while (!end)
		if (spool_read_step(r, to, 1 << 20, &end, NULL) != 0)
			break;
	if (end) {
		spool_read_result(r, &bytes, said);
		must(sha256_of_fd(to, is, &there, NULL) == 0 && there == bytes && memcmp(is, said, sizeof is) == 0);
	}
	spool_read_end(r);
	return 0;
}
