/* 証跡の写し — contract in log_copy.h. Order: the mark (never beyond the signed note), the note, the last signature (never before it), then the
 * tiles under both sizes, which were durable before they were signed. */
#include "evidence/log_copy.h"
#include "base/file.h"
#include "base/text.h"
#include "evidence/tlog_read.h"
#include <fcntl.h>
#include <unistd.h>

enum { SMALL_FILE_MOST = NOTE_BYTES_MOST };

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

int log_copy(int out, int home, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct bytes mark, raw, last;
	struct checkpoint published, signed_last;
	struct note note;
	struct text text;

	FD(log) = openat(home, "evidence/log", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (log < 0)
		return fail_errno(err, ERR_NOT_FOUND, "cannot open evidence/log");
	if (take(arena, home, "evidence/private/mark", &mark, err) != 0 || tlog_read_checkpoint(arena, log, &raw, &note, &published, err) != 0 ||
	    take(arena, home, "evidence/private/last-signature", &last, err) != 0 || text_from_utf8(arena, last, &text, err) != 0 ||
	    checkpoint_read(arena, text, &signed_last, err) != 0)
		return -1;
	if (copy_bytes(out, mark, "evidence/private/mark", 0600, err) != 0 || copy_bytes(out, raw, "evidence/log/checkpoint", 0640, err) != 0 ||
	    copy_bytes(out, last, "evidence/private/last-signature", 0600, err) != 0 ||
	    copy_file(out, home, "evidence/private/key", 0600, false, err) != 0 || copy_file(out, home, "evidence/vkey", 0640, false, err) != 0)
		return -1;
	if (copy_tiles(out, home, published.size, 0, err) != 0)
		return -1;
	return signed_last.size > published.size ? copy_tiles(out, home, signed_last.size, published.size, err) : 0;
}
