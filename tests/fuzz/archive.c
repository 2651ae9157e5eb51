/* 書庫 — any bytes as an archive of the kind that the first byte chooses: what comes out is a ZIP that its grammar accepts and that a second pass leaves
 * as it is. The libraries are not ours; what we make of what they say is. */
#include "sanitize/parts/archive_read.h"
#include "support/job_memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
extern const struct grammar grammar_zip;

static const struct kind {
	const char *name;
	int (*rebuild)(struct job *job, struct err *err);
} kinds[] = {
	{ "in.tar", tar_rebuild }, { "in.gz", gz_rebuild },   { "in.bz2", bz2_rebuild }, { "in.xz", xz_rebuild },   { "in.zst", zst_rebuild },
	{ "in.7z", sevenzip_rebuild }, { "in.rar", rar_rebuild }, { "in.lzh", lzh_rebuild }, { "in.cab", cab_rebuild }, { "in.iso", iso_rebuild },
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	const struct kind *kind = &kinds[data[0] % COUNT(kinds)];
	ARENA(arena) = arena_new((size_t)1 << 30);
	struct job *job = arena_alloc(arena, sizeof *job), *again = arena_alloc(arena, sizeof *again);
	struct err err = { 0 };

	*job = job_memory(arena, bytes_of(data + 1, size - 1), kind->name);
	job->limits.most[LIMIT_TREE_BYTES] = 4 << 20, job->limits.most[LIMIT_SPIN] = 1 << 12;
	job->password = BYTES("関所");
	if (kind->rebuild(job, &err) < 0)
		return 0;
	struct check check = check_memory(job, "zip");
	if (grammar_zip.accept(&check, &err) < 0)
		die(__FILE__, __LINE__, err.say);
	*again = job_memory(arena, buf_view(&job->output), "in.zip");
	must(zip_rebuild(again, &err) == 0 && bytes_equal(buf_view(&job->output), buf_view(&again->output)));
	return 0;
}
