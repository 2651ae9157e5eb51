/* 証跡の写し — contract in log_copy.h. Order: the mark (never beyond the signed note), the note, the last signature (never before it), the
 * keys and their hand-overs, then the tiles under both sizes, which were durable before they were signed. */
#include "evidence/log_copy.h"
#include "base/file.h"
#include "base/text.h"
#include "evidence/handover.h"
#include "evidence/tlog_read.h"
#include <fcntl.h>
#include <unistd.h>

enum { SMALL_FILE_MOST = NOTE_BYTES_MOST, MOMENT_TRIES = 8 };

static int take(struct arena *arena, int home, const char *name, struct bytes *out, struct err *err)
{
	return file_read(arena, home, name, SMALL_FILE_MOST, out, err);
}

static int copy_tiles(int out, int home, uint64_t size, uint64_t smaller, struct err *err)
{
	char path[TILE_PATH], name[TILE_PATH + 16];

	for (unsigned level = 0; level <= TILE_ENTRIES; level = level + 1 == TILE_LEVELS ? (unsigned)TILE_ENTRIES : level + 1)
		for (uint64_t i = 0; tile_width(size, level, i) > 0; i++) {
			unsigned width = tile_width(size, level, i);
			if (smaller && tile_width(smaller, level, i) == width)
				continue; /* is in the copy already */
			snprintf(name, sizeof name, "evidence/log/%s", tile_path(path, level, i, width));
			if (copy_file(out, home, name, 0640, false, err) != 0)
				return -1;
		}
	return 0;
}

/* One moment of the small files: the key may come into use, or the one before be given up, while they are read. */
struct moment {
	struct bytes key, next, mark, checkpoint, last;
};

static void wipe(struct bytes b)
{
	secret_wipe((void *)(uintptr_t)b.p, b.n);
}

static int take_moment(struct arena *arena, int home, struct moment *m, struct err *err)
{
	struct bytes again = { NULL, 0 };
	struct err why = { 0 };

	for (int tries = 0; tries < MOMENT_TRIES; tries++) {
		*m = (struct moment){ .key = again };
		if (take(arena, home, "evidence/private/key", &m->key, err) != 0)
			return -1;
		if (take(arena, home, "evidence/private/next", &m->next, &why) != 0 && why.code != ERR_NOT_FOUND)
			return fail(err, why.code, why.at, "%s", why.say);
		if (take(arena, home, "evidence/private/mark", &m->mark, err) != 0 || take(arena, home, "evidence/log/checkpoint", &m->checkpoint, err) != 0 ||
		    take(arena, home, "evidence/private/last-signature", &m->last, err) != 0 || take(arena, home, "evidence/private/key", &again, err) != 0)
			return -1;
		bool same = bytes_equal(m->key, again);
		wipe(again);
		if (same)
			return 0;
		wipe(m->key);
		wipe(m->next);
	}
	return fail(err, ERR_BUSY, 0, "the signing key changes all the time");
}

/* Hand-overs come last: one too many is not in force under the checkpoint. */
static int copy_moment(struct arena *arena, int out, int home, int log, const struct moment *m, struct err *err)
{
	struct handovers all;
	char path[HANDOVER_PATH];
	size_t bad;

	if (copy_bytes(out, m->mark, "evidence/private/mark", 0600, err) != 0 || copy_bytes(out, m->checkpoint, "evidence/log/checkpoint", 0640, err) != 0 ||
	    copy_bytes(out, m->last, "evidence/private/last-signature", 0600, err) != 0 || copy_bytes(out, m->key, "evidence/private/key", 0600, err) != 0 ||
	    (m->next.n && copy_bytes(out, m->next, "evidence/private/next", 0600, err) != 0) || copy_file(out, home, "evidence/vkey", 0640, false, err) != 0 ||
	    handovers_read(arena, log, &all, &bad, err) != 0)
		return -1;
	for (size_t i = 0; i < all.count; i++)
		if (copy_bytes(out, all.steps[i].raw, arena_printf(arena, "evidence/log/%s", handover_path(path, i + 1)), 0640, err) != 0)
			return -1;
	return 0;
}

int log_copy(int out, int home, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct moment m;
	struct checkpoint published, signed_last;
	struct note note;
	struct text text;

	FD(log) = openat(home, "evidence/log", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (log < 0)
		return fail_errno(err, ERR_NOT_FOUND, "cannot open evidence/log");
	if (take_moment(arena, home, &m, err) != 0)
		return -1;
	int result = copy_moment(arena, out, home, log, &m, err);
	wipe(m.key);
	wipe(m.next);
	if (result != 0 || note_read(arena, m.checkpoint, &note, err) != 0 || checkpoint_read(arena, note.text, &published, err) != 0 ||
	    text_from_utf8(arena, m.last, &text, err) != 0 || checkpoint_read(arena, text, &signed_last, err) != 0)
		return -1;
	if (copy_tiles(out, home, published.size, 0, err) != 0)
		return -1;
	return signed_last.size > published.size ? copy_tiles(out, home, signed_last.size, published.size, err) : 0;
}
