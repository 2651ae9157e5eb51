/* 封印の速さ — rows sealed per second against the hash limit measured in the same run: one leaf hash and one node hash per row through base/hash.h.
 * "seal ratio" is the whole way of a row (form checked, bundle, tiles, signature, checkpoint renamed) with the files in memory, in the batches that
 * evidenced takes while a backlog is there: what our code costs, by processor time. The other figures say what file system and disk add. */
#include "base/clock.h"
#include "evidence/sealer.h"
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 7, ROWS = 262144, DURABLE_ROWS = 32768, BACKLOG_BATCH = 16384, USUAL_BATCH = 256 };

/* Processor time where only work counts (the machine is shared), the clock on the wall where the disk is waited for. */
static double seconds(bool wall)
{
	struct timespec t;

	clock_gettime(wall ? CLOCK_MONOTONIC : CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void remove_tree(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;

	if (!d) {
		unlinkat(dir, name, 0);
		return;
	}
	for (struct dirent *e; (e = readdir(d));)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			remove_tree(fd, e->d_name);
	closedir(d);
	unlinkat(dir, name, AT_REMOVEDIR);
}

static struct journal_row *make_rows(struct arena *arena, const uint8_t epoch[ENTRY_EPOCH], size_t count)
{
	struct journal_row *rows = arena_new_array(arena, struct journal_row, count);
	struct arena *work = arena_new(0);

	for (size_t i = 0; i < count; i++) {
		struct bytes made;
		struct entry e = { .no = i + 1, .at = 1795425164 + (int64_t)i / 50, .event = TEXT("ticket.opened"), .site = TEXT("konpeki") };
		random_bytes(e.commit, sizeof e.commit);
		memcpy(e.epoch, epoch, ENTRY_EPOCH);
		rows[i] = (struct journal_row){ .no = e.no, .at = e.at, .event = e.event };
		must(entry_make(work, &e, &made, NULL) == 0);
		rows[i].entry = arena_bytes(arena, made); /* side by side, as recordd's replies bring them */
		arena_clear(work);
	}
	arena_free(work);
	return rows;
}

static double hash_limit(const struct journal_row *rows, size_t count)
{
	struct merkle_hash leaf, sum = { { 0 } };
	double start = seconds(false);

	for (size_t i = 0; i < count; i++) {
		merkle_leaf(rows[i].entry, &leaf);
		merkle_node(&sum, &leaf, &sum);
	}
	return (double)count / (seconds(false) - start);
}

static double seal_rate(const char *base, bool in_memory, const uint8_t epoch[ENTRY_EPOCH], const struct journal_row *rows, size_t count, size_t batch,
			bool durable)
{
	struct arena *arena = arena_new(0);
	char *path = arena_printf(arena, "%s/XXXXXX", base), *vkey;
	struct sealer *s;
	struct err err = { 0 };

	must(mkdtemp(path));
	int home = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	must(sealer_create(arena, home, TEXT("konpeki.example.lg.jp/sekisho/evidence"), &vkey, &err) == 0);
	must(sealer_open(arena, home, &s, &err) == 0);
	if (!durable)
		sealer_without_sync(s);
	double start = seconds(durable);
	for (size_t i = 0; i < count; i += batch)
		if (sealer_seal(s, epoch, rows + i, MIN(batch, count - i), &err) != 0) {
			fprintf(stderr, "seal: %s\n", err.say);
			exit(1);
		}
	double rate = (double)count / (seconds(durable) - start);
	must(sealer_size(s) == count);
	sealer_close(s);
	close(home);
	/* Pages given back are warm for the next round; a disk's file system that has just deleted many files is slow to make new ones. */
	if (in_memory)
		remove_tree(AT_FDCWD, path);
	arena_free(arena);
	return rate;
}

static int order(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* Usage: bench-seal MEMORY DISK — a folder in memory for the work alone, one on a disk for the durable figures. */
int main(int argc, char **argv)
{
	struct arena *arena = arena_new(0);
	uint8_t epoch[ENTRY_EPOCH];
	char *memory, *disk;

	if (argc != 3) {
		fprintf(stderr, "usage: bench-seal MEMORY-FOLDER DISK-FOLDER\n");
		return 2;
	}
	memory = arena_printf(arena, "%s/seal-bench-XXXXXX", argv[1]), disk = arena_printf(arena, "%s/seal-bench-XXXXXX", argv[2]);
	must(mkdtemp(memory) && mkdtemp(disk));
	random_bytes(epoch, sizeof epoch);
	struct journal_row *rows = make_rows(arena, epoch, ROWS);
	/* Limit and sealing take turns, so that the noise of a shared machine meets both; the round in the middle is reported. */
	double ratios[ROUNDS], small[ROUNDS], limits[ROUNDS];
	for (int i = 0; i < ROUNDS; i++) {
		limits[i] = hash_limit(rows, ROWS);
		ratios[i] = seal_rate(memory, true, epoch, rows, ROWS, BACKLOG_BATCH, false) / limits[i];
		small[i] = seal_rate(memory, true, epoch, rows, ROWS, USUAL_BATCH, false) / limits[i];
	}
	qsort(ratios, ROUNDS, sizeof *ratios, order);
	qsort(small, ROUNDS, sizeof *small, order);
	qsort(limits, ROUNDS, sizeof *limits, order);
	double on_disk = seal_rate(disk, false, epoch, rows, ROWS, BACKLOG_BATCH, false) / limits[ROUNDS / 2];
	double durable = seal_rate(disk, false, epoch, rows, DURABLE_ROWS, USUAL_BATCH, true),
	       durable_backlog = seal_rate(disk, false, epoch, rows, ROWS, BACKLOG_BATCH, true);
	remove_tree(AT_FDCWD, memory);
	remove_tree(AT_FDCWD, disk);
	printf("hash limit                %8.0f rows/s (leaf of %zu bytes + node)\n", limits[ROUNDS / 2], rows[0].entry.n);
	printf("by 256, files in memory   ratio %.2f (%.2f to %.2f)\n", small[ROUNDS / 2], small[0], small[ROUNDS - 1]);
	printf("backlog, disk, no sync    ratio %.2f\n", on_disk);
	printf("by 256, durable           %8.0f rows/s, wall clock: it waits for the disk\n", durable);
	printf("backlog, durable          %8.0f rows/s, wall clock\n", durable_backlog);
	printf("seal ratio %.2f (%.2f to %.2f; goal 0.5)\n", ratios[ROUNDS / 2], ratios[0], ratios[ROUNDS - 1]);
	arena_free(arena);
	return 0;
}
