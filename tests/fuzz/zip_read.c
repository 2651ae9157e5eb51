/* ZIPの読取り — any bytes as an archive: what is accepted must unpack to what it says, whole and in pieces alike. */
#include "base/buf.h"
#include "sanitize/parts/package_kind.h"
#include "sanitize/parts/zip_read.h"
#include "support/job_memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int append(void *self, struct bytes piece, struct err *err)
{
	(void)err;
	buf_bytes(self, piece);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA(arena) = arena_new(0);
	struct job job = job_memory(arena, bytes_of(data, size), "a.zip");
	struct zip zip;
	struct zip_space space = { 0 };
	struct err err;

	package_kind(bytes_of(data, MIN(size, (size_t)4096)), bytes_of(data, size), size);
	job.limits.most[LIMIT_TREE_BYTES] = 4 << 20;
	if (zip_open(&job, &zip, &err) < 0)
		return 0;
	for (size_t i = 0; i < zip.count; i++) {
		struct bytes whole;
		struct buf pieces = buf_in(arena, 0);
		int a = zip_content(&zip, &zip.members[i], &space, &whole, &err), b = zip_stream(&zip, &zip.members[i], append, &pieces, &err);
		if (a == 0 && (b == 0 || zip.members[i].packed))
			must(b == 0 && bytes_equal(whole, buf_view(&pieces)));
	}
	return 0;
}
