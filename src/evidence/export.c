/* 証跡の書出し — contract in export.h. */
#include "evidence/export.h"
#include "base/file.h"
#include "evidence/handover.h"
#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

static int demand_empty(int to, struct err *err)
{
	int fd = openat(to, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	bool empty = true;

	if (!d) {
		fd_close_at(&fd);
		return fail_errno(err, ERR_IO, "cannot look into the folder");
	}
	for (struct dirent *e; (e = readdir(d));)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			empty = false;
	closedir(d);
	return empty ? 0 : fail(err, ERR_CONFLICT, 0, "the folder is not empty");
}

static int put_file(int to, const char *path, struct bytes content, struct err *err)
{
	char folder[TILE_PATH];

	snprintf(folder, sizeof folder, "%s", path);
	char *slash = strrchr(folder, '/');
	if (slash) {
		*slash = 0;
		if (folder_make(to, folder, 0755, err) != 0)
			return -1;
	}
	return file_create(to, path, content, 0644, err);
}

static int copy_tiles(int log, int to, uint64_t size, struct err *err)
{
	for (unsigned l = 0; l < TILE_LEVELS; l++)
		for (uint64_t i = 0; tile_width(size, l, i) > 0; i++) {
			char path[TILE_PATH];
			struct merkle_hash hashes[TILE_WIDTH];
			unsigned width;
			if (tlog_read_tile(log, size, l, i, hashes, &width, err) != 0 ||
			    put_file(to, tile_path(path, l, i, width), bytes_of(hashes, width * sizeof *hashes), err) != 0)
				return -1;
		}
	return 0;
}

static int one_bundle(int log, int to, uint64_t size, uint64_t index, const struct export_source *source, struct export_report *report,
		      struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct bytes entries[TILE_WIDTH];
	struct export_row *rows = arena_new_array(arena, struct export_row, TILE_WIDTH);
	struct buf bundle = buf_in(arena, 0);
	char path[TILE_PATH];
	unsigned width;
	size_t count = 0;

	if (tlog_read_bundle(arena, log, size, index, entries, &width, err) != 0)
		return -1;
	for (unsigned i = 0; i < width; i++) {
		struct entry e;
		bool found = false;
		bundle_put(&bundle, entries[i]);
		if (entry_read(arena, entries[i], &e, err) != 0 || source->row(source->self, arena, &e, &rows[count], &found, err) != 0)
			return -1;
		if (!found) {
			report->missing++;
			continue;
		}
		report->rows++;
		report->erased += rows[count++].erased;
	}
	must(buf_ok(&bundle));
	if (put_file(to, tile_path(path, TILE_ENTRIES, index, width), buf_view(&bundle), err) != 0)
		return -1;
	return put_file(to, journal_path(path, index), journal_file_text(arena, rows, count), err);
}

/* Read behind the checkpoint: one that came since is not in force under it. */
static int copy_handovers(int log, int to, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct handovers all;
	char path[HANDOVER_PATH];
	size_t bad;

	if (handovers_read(arena, log, &all, &bad, err) != 0)
		return -1;
	for (size_t i = 0; i < all.count; i++)
		if (put_file(to, handover_path(path, i + 1), all.steps[i].raw, err) != 0)
			return -1;
	return 0;
}

int export_folder(int log, int to, const struct export_source *source, struct export_report *report, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct export_report r = { 0 };
	struct checkpoint p;
	struct note note;
	struct bytes raw, vkey;

	if (demand_empty(to, err) != 0 || tlog_read_checkpoint(arena, log, &raw, &note, &p, err) != 0)
		return -1;
	r.size = p.size;
	for (uint64_t i = 0; i * TILE_WIDTH < p.size; i++)
		if (one_bundle(log, to, p.size, i, source, &r, err) != 0)
			return -1;
	if (copy_tiles(log, to, p.size, err) != 0 || copy_handovers(log, to, err) != 0)
		return -1;
	if (file_read(arena, log, "../vkey", NOTE_VKEY_MOST, &vkey, NULL) == 0 && put_file(to, "vkey", vkey, err) != 0)
		return -1;
	if (put_file(to, "checkpoint", raw, err) != 0)
		return -1;
	*report = r;
	return 0;
}
