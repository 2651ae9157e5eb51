/* 証跡ログを書く — contract in tlog_write.h. */
#include "evidence/tlog_write.h"
#include "base/clock.h"
#include "base/file.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	PENDING_FILES = 32, /* written, not yet synced */
	FOLDERS = 64,	    /* that got new names */
	FILE_MODE = 0640,
	FOLDER_MODE = 0750,
	EDGE_BUNDLE = TILE_WIDTH * (2 + ENTRY_BYTES_MOST),
};

/* Everything of the log that its complete tiles do not say. */
struct edge {
	struct merkle_frontier frontier;
	struct merkle_hash level[TILE_LEVELS][TILE_WIDTH]; /* hashes of the last, partial tiles */
	uint8_t bundle[EDGE_BUNDLE];			   /* the last, partial bundle */
	size_t bundle_bytes;
};

struct tlog_writer {
	int dir;
	uint64_t published;
	struct edge edges[2]; /* [now] is true, the other is the next one being built */
	unsigned now;
	struct tlog_reader *reader;
	bool without_sync;
	int fds[PENDING_FILES];
	size_t fd_count;
	char folders[FOLDERS][TILE_PATH];
	size_t folder_count;
};

void tlog_without_sync(struct tlog_writer *w) { w->without_sync = true; }
uint64_t tlog_size(const struct tlog_writer *w) { return w->edges[w->now].frontier.size; }
uint64_t tlog_published(const struct tlog_writer *w) { return w->published; }
void tlog_root(const struct tlog_writer *w, struct merkle_hash *out) { merkle_root(&w->edges[w->now].frontier, out); }

struct merkle_source tlog_source(struct tlog_writer *w)
{
	/* Partial tiles change their width with the size: what the reader holds of an older size may be too narrow. */
	for (unsigned l = 0; l < TILE_LEVELS; l++)
		w->reader->held[l].width = 0;
	w->reader->size = tlog_size(w);
	return tlog_reader_source(w->reader);
}

int tlog_create(int dir, struct bytes checkpoint, struct err *err)
{
	if (folder_make(dir, "tile", FOLDER_MODE, err) != 0)
		return -1;
	return file_create(dir, "checkpoint", checkpoint, FILE_MODE, err);
}

/* The hashes of the last tiles give the peaks: bits of the width, from the left. */
static int rebuild_edge(struct tlog_writer *w, uint64_t size, struct err *err)
{
	struct edge *e = &w->edges[w->now];
	struct err why = { 0 };

	for (unsigned l = 0; l < TILE_LEVELS; l++) {
		unsigned width;
		if (tile_hashes(size, l) % TILE_WIDTH == 0)
			continue;
		if (tlog_read_tile(w->dir, size, l, tile_hashes(size, l) / TILE_WIDTH, e->level[l], &width, &why) != 0)
			return fail(err, why.code == ERR_NOT_FOUND ? ERR_MISMATCH : why.code, size, "the last tile of level %u: %.150s", l, why.say);
		for (unsigned bit = TILE_HEIGHT, at = 0; bit-- > 0;) {
			if ((width >> bit & 1) == 0)
				continue;
			tile_fold(&e->level[l][at], bit, &e->frontier.peaks[TILE_HEIGHT * l + bit]);
			at += 1u << bit;
		}
	}
	e->frontier.size = size;
	return 0;
}

/* The last bundle against the last level-0 tile; keeps its bytes where the next entry will be added to it. */
static int recompute_last(struct tlog_writer *w, uint64_t size, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct edge *e = &w->edges[w->now];
	struct bytes entries[TILE_WIDTH];
	struct merkle_hash hashes[TILE_WIDTH], leaf, root;
	struct err why = { 0 };
	unsigned width, bundle_width;
	uint64_t last = size ? (size - 1) / TILE_WIDTH : 0;

	if (size == 0)
		return 0;
	if (tlog_read_bundle(arena, w->dir, size, last, entries, &bundle_width, &why) != 0 ||
	    tlog_read_tile(w->dir, size, 0, last, hashes, &width, &why) != 0)
		return fail(err, why.code == ERR_IO ? ERR_IO : ERR_MISMATCH, size, "the last tile cannot be recomputed: %.150s", why.say);
	for (unsigned i = 0; i < width; i++) {
		merkle_leaf(entries[i], &leaf);
		if (!merkle_equal(&leaf, &hashes[i]))
			return fail(err, ERR_MISMATCH, last * TILE_WIDTH + i, "entry %llu is not the one its tile holds",
				    (unsigned long long)(last * TILE_WIDTH + i));
	}
	if (width == TILE_WIDTH) {
		/* Nothing partial below: its root stands in the level above. */
		tile_fold(hashes, TILE_HEIGHT, &root);
		struct merkle_hash above[TILE_WIDTH];
		unsigned above_width;
		if (tlog_read_tile(w->dir, size, 1, last / TILE_WIDTH, above, &above_width, err) != 0)
			return -1;
		if (!merkle_equal(&root, &above[last % TILE_WIDTH]))
			return fail(err, ERR_MISMATCH, last, "tile %llu is not the one the level above holds", (unsigned long long)last);
		return 0;
	}
	struct buf b = buf_in(arena, 0);
	for (unsigned i = 0; i < width; i++)
		bundle_put(&b, entries[i]);
	if (!buf_ok(&b) || b.n > sizeof e->bundle)
		return fail(err, ERR_LIMIT, last, "the last bundle holds entries that are not ours");
	memcpy(e->bundle, b.p, b.n);
	e->bundle_bytes = b.n;
	return 0;
}

int tlog_open(struct arena *arena, int dir, const struct note_key *keys, size_t count, struct tlog_writer **out, struct err *err)
{
	struct tlog_writer *w = arena_alloc(arena, sizeof *w);
	struct checkpoint p;
	struct note note;
	struct merkle_hash root;
	bool good[NOTE_KEYS_MOST];

	if (tlog_read_checkpoint(arena, dir, NULL, &note, &p, err) != 0 || note_verify(&note, keys, count, good, err) != 0)
		return -1;
	if (!text_equal(p.origin, keys->name))
		return fail(err, ERR_MISMATCH, 0, "the checkpoint is of another log: %.100s", p.origin.p);
	w->dir = dir;
	w->published = p.size;
	w->reader = tlog_reader_new(arena, dir, p.size);
	if (rebuild_edge(w, p.size, err) != 0)
		return -1;
	tlog_root(w, &root);
	if (!merkle_equal(&root, &p.root))
		return fail(err, ERR_MISMATCH, p.size, "the tiles do not give the root of the checkpoint of size %llu", (unsigned long long)p.size);
	if (recompute_last(w, p.size, err) != 0)
		return -1;
	*out = w;
	return 0;
}

/* Of all widths of this bundle that lie there, the one that begins with our bytes and has most whole entries. */
static int widest_tail(struct arena *arena, const struct tlog_writer *w, uint64_t index, struct bytes known, size_t known_count,
		       struct bytes entries[TILE_WIDTH], size_t *count)
{
	char path[TILE_PATH];
	size_t best = known_count;

	for (unsigned width = TILE_WIDTH; width > known_count; width--) {
		struct bytes b, found[TILE_WIDTH];
		size_t used, n;
		if (file_read(arena, w->dir, tile_path(path, TILE_ENTRIES, index, width), BUNDLE_BYTES_MOST, &b, NULL) != 0 ||
		    !bytes_start(b, known))
			continue;
		n = MIN(bundle_whole(b, found, &used), (size_t)width);
		if (n > best) {
			best = n;
			memcpy(entries, found, n * sizeof *entries);
		}
	}
	*count = best;
	return best > known_count;
}

int tlog_tail(struct arena *arena, const struct tlog_writer *w, struct bytes **entries, size_t *count, struct err *err)
{
	const struct edge *e = &w->edges[w->now];
	struct bytes known = bytes_of(e->bundle, e->bundle_bytes), found[TILE_WIDTH];
	uint64_t index = e->frontier.size / TILE_WIDTH;
	size_t before = e->frontier.size % TILE_WIDTH, n, total = 0, room = TLOG_BATCH_MOST;
	struct bytes *all = arena_new_array(arena, struct bytes, room);

	while (widest_tail(arena, w, index, known, before, found, &n)) {
		if (total + n - before > room)
			return fail(err, ERR_LIMIT, index, "more than %d entries behind the checkpoint", TLOG_BATCH_MOST);
		memcpy(all + total, found + before, (n - before) * sizeof *all);
		total += n - before;
		if (n < TILE_WIDTH)
			break;
		index++, before = 0, known.n = 0;
	}
	*entries = all;
	*count = total;
	return 0;
}

static int sync_pending(struct tlog_writer *w, struct err *err)
{
	int result = 0;

	for (size_t i = 0; i < w->fd_count; i++) {
		if (result == 0 && !w->without_sync && fdatasync(w->fds[i]) != 0)
			result = fail_errno(err, ERR_IO, "cannot sync a tile");
		close(w->fds[i]);
	}
	w->fd_count = 0;
	return result;
}

static int sync_folders(struct tlog_writer *w, struct err *err)
{
	int result = 0;

	for (size_t i = 0; i < w->folder_count && result == 0 && !w->without_sync; i++) {
		FD(folder) = openat(w->dir, w->folders[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (folder < 0)
			result = fail_errno(err, ERR_IO, "cannot open %s", w->folders[i]);
		else
			result = folder_sync(folder, err);
	}
	w->folder_count = 0;
	return result;
}

static int remember_folder(struct tlog_writer *w, const char *path, struct err *err)
{
	size_t n = (size_t)(strrchr(path, '/') - path);

	for (size_t i = 0; i < w->folder_count; i++)
		if (strlen(w->folders[i]) == n && memcmp(w->folders[i], path, n) == 0)
			return 0;
	if (w->folder_count == FOLDERS && (sync_pending(w, err) != 0 || sync_folders(w, err) != 0))
		return -1;
	memcpy(w->folders[w->folder_count], path, n);
	w->folders[w->folder_count++][n] = 0;
	return 0;
}

static bool holds(const struct tlog_writer *w, const char *path, struct bytes content)
{
	ARENA(arena) = arena_new(0);
	struct bytes b;

	return file_read(arena, w->dir, path, content.n, &b, NULL) == 0 && bytes_equal(b, content);
}

/* Opens a name that no published checkpoint covers. It can be there from a life that ended before it published: the same bytes are kept as they
 * are (a signature may already stand for them), others are a torn end. *done: nothing is left to write. */
static int open_name(const struct tlog_writer *w, const char *path, struct bytes content, bool *done, struct err *err)
{
	char folder[TILE_PATH];
	int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
	int fd = openat(w->dir, path, flags, FILE_MODE);

	*done = false;
	if (fd < 0 && errno == ENOENT) {
		memcpy(folder, path, sizeof folder);
		*strrchr(folder, '/') = 0;
		if (folder_make(w->dir, folder, FOLDER_MODE, err) != 0)
			return -1;
		fd = openat(w->dir, path, flags, FILE_MODE);
	}
	if (fd < 0 && errno == EEXIST) {
		*done = holds(w, path, content);
		fd = openat(w->dir, path, (*done ? O_RDONLY : O_WRONLY | O_TRUNC) | O_CLOEXEC | O_NOFOLLOW);
	}
	if (fd < 0)
		return fail_errno(err, errno == ENOSPC || errno == EDQUOT ? ERR_FULL : ERR_IO, "cannot write %s", path);
	return fd;
}

static int write_once(struct tlog_writer *w, unsigned level, uint64_t index, unsigned width, struct bytes content, struct err *err)
{
	char path[TILE_PATH];
	bool done;

	must(tile_hashes(w->published, level) < index * TILE_WIDTH + width);
	tile_path(path, level, index, width);
	if (remember_folder(w, path, err) != 0)
		return -1;
	int fd = open_name(w, path, content, &done, err);
	if (fd < 0)
		return -1;
	if (!done && file_write_all(fd, content, err) != 0) {
		close(fd);
		return -1;
	}
	w->fds[w->fd_count++] = fd;
	return w->fd_count == PENDING_FILES ? sync_pending(w, err) : 0;
}

static struct bytes hashes_as_bytes(const struct merkle_hash *hashes, unsigned n)
{
	return bytes_of(hashes->of, n * sizeof *hashes);
}

/* One leaf into the edge; tiles and the bundle that it completes are written. */
static int append_one(struct tlog_writer *w, struct edge *e, struct bytes entry, struct err *err)
{
	struct merkle_hash leaf, made[MERKLE_LEVELS];
	uint64_t index = e->frontier.size;

	if (entry.n == 0 || entry.n > ENTRY_BYTES_MOST)
		return fail(err, ERR_LIMIT, entry.n, "an entry has 1 to %d bytes", ENTRY_BYTES_MOST);
	if (index >= MERKLE_SIZE_MOST)
		return fail(err, ERR_LIMIT, index, "the log is full");
	e->bundle[e->bundle_bytes++] = (uint8_t)(entry.n >> 8);
	e->bundle[e->bundle_bytes++] = (uint8_t)entry.n;
	memcpy(e->bundle + e->bundle_bytes, entry.p, entry.n);
	e->bundle_bytes += entry.n;
	merkle_leaf(entry, &leaf);
	unsigned high = merkle_append(&e->frontier, &leaf, made);
	for (unsigned l = 0; l * TILE_HEIGHT <= high; l++) {
		uint64_t at = tile_hashes(index + 1, l) - 1;
		e->level[l][at % TILE_WIDTH] = made[l * TILE_HEIGHT];
		if (at % TILE_WIDTH != TILE_WIDTH - 1)
			continue;
		if (l == 0) {
			if (write_once(w, TILE_ENTRIES, at / TILE_WIDTH, TILE_WIDTH, bytes_of(e->bundle, e->bundle_bytes), err) != 0)
				return -1;
			e->bundle_bytes = 0;
		}
		if (write_once(w, l, at / TILE_WIDTH, TILE_WIDTH, hashes_as_bytes(e->level[l], TILE_WIDTH), err) != 0)
			return -1;
	}
	return 0;
}

static int write_partials(struct tlog_writer *w, struct edge *e, uint64_t before, struct err *err)
{
	uint64_t size = e->frontier.size;
	unsigned width = (unsigned)(size % TILE_WIDTH);

	if (width && write_once(w, TILE_ENTRIES, size / TILE_WIDTH, width, bytes_of(e->bundle, e->bundle_bytes), err) != 0)
		return -1;
	for (unsigned l = 0; l < TILE_LEVELS && tile_hashes(size, l) != tile_hashes(before, l); l++) {
		width = (unsigned)(tile_hashes(size, l) % TILE_WIDTH);
		if (width && write_once(w, l, tile_hashes(size, l) / TILE_WIDTH, width, hashes_as_bytes(e->level[l], width), err) != 0)
			return -1;
	}
	return 0;
}

static void copy_edge(struct edge *to, const struct edge *from)
{
	to->frontier = from->frontier;
	for (unsigned l = 0; l < TILE_LEVELS; l++)
		memcpy(to->level[l], from->level[l], tile_hashes(from->frontier.size, l) % TILE_WIDTH * sizeof(struct merkle_hash));
	memcpy(to->bundle, from->bundle, from->bundle_bytes);
	to->bundle_bytes = from->bundle_bytes;
}

int tlog_append(struct tlog_writer *w, const struct bytes *entries, size_t count, struct err *err)
{
	struct edge *next = &w->edges[1 - w->now];
	int result = 0;

	must(count <= TLOG_BATCH_MOST);
	if (count == 0)
		return 0;
	copy_edge(next, &w->edges[w->now]);
	for (size_t i = 0; i < count && result == 0; i++)
		result = append_one(w, next, entries[i], err);
	if (result == 0)
		result = write_partials(w, next, tlog_size(w), err);
	if (result == 0)
		result = sync_pending(w, err);
	if (result == 0)
		result = sync_folders(w, err);
	if (result != 0) {
		for (size_t i = 0; i < w->fd_count; i++)
			close(w->fds[i]);
		w->fd_count = w->folder_count = 0;
		return -1;
	}
	w->now = 1 - w->now;
	return 0;
}

int tlog_publish(struct tlog_writer *w, struct bytes checkpoint, struct err *err)
{
	if (w->without_sync) {
		FD(fd) = openat(w->dir, "checkpoint.new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, FILE_MODE);
		if (fd < 0 || file_write_all(fd, checkpoint, err) != 0 || renameat(w->dir, "checkpoint.new", w->dir, "checkpoint") != 0)
			return fail_errno(err, ERR_IO, "cannot write the checkpoint");
	} else if (file_replace(w->dir, "checkpoint", checkpoint, FILE_MODE, err) != 0) {
		return -1;
	}
	w->published = tlog_size(w);
	return 0;
}

/* NAME.p beside a NAME that is old enough: its files go, then the folder. */
static void prune_partials(int parent, const char *name, int64_t before, size_t *removed)
{
	char full[8];
	struct stat st;
	size_t n = strlen(name) - 2;

	memcpy(full, name, n);
	full[n] = 0;
	if (fstatat(parent, full, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode) || st.st_mtime > before)
		return;
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	if (!d) {
		fd_close_at(&fd);
		return;
	}
	for (struct dirent *e; (e = readdir(d));)
		if (e->d_name[0] >= '1' && e->d_name[0] <= '9' && unlinkat(fd, e->d_name, 0) == 0)
			++*removed;
	closedir(d);
	unlinkat(parent, name, AT_REMOVEDIR);
}

static int prune_folder(int dir, const char *path, unsigned depth, int64_t before, size_t *removed, struct err *err)
{
	int fd = openat(dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	int result = 0;

	if (!d) {
		fd_close_at(&fd);
		return fail_errno(err, ERR_IO, "cannot open folder %s", path);
	}
	for (struct dirent *e; result == 0 && (e = readdir(d));) {
		size_t n = strlen(e->d_name);
		if (n == 5 && strcmp(e->d_name + 3, ".p") == 0)
			prune_partials(fd, e->d_name, before, removed);
		else if (e->d_name[0] != '.' && e->d_type == DT_DIR && depth > 0)
			result = prune_folder(fd, e->d_name, depth - 1, before, removed, err);
	}
	closedir(d);
	return result;
}

int tlog_prune(const struct tlog_writer *w, int64_t seconds, size_t *removed, struct err *err)
{
	*removed = 0;
	return prune_folder(w->dir, "tile", 8, clock_now() - seconds, removed, err);
}
