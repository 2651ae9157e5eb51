/* タイル — contract in tile.h. */
#include "evidence/tile.h"
#include "base/cursor.h"

char *tile_path(char out[TILE_PATH], unsigned level, uint64_t index, unsigned width)
{
	char groups[40] = "";
	size_t at = sizeof groups - 1;
	bool last = true;

	must(width >= 1 && width <= TILE_WIDTH && (level < TILE_LEVELS || level == TILE_ENTRIES));
	do {
		at -= last ? 3 : 5;
		char part[8];
		snprintf(part, sizeof part, last ? "%03u" : "x%03u/", (unsigned)(index % 1000));
		memcpy(groups + at, part, last ? 3 : 5);
		last = false;
		index /= 1000;
	} while (index > 0);
	char head[16], tail[8] = "";
	if (level == TILE_ENTRIES)
		memcpy(head, "entries", 8);
	else
		snprintf(head, sizeof head, "%u", level);
	if (width < TILE_WIDTH)
		snprintf(tail, sizeof tail, ".p/%u", width);
	must((size_t)snprintf(out, TILE_PATH, "tile/%s/%s%s", head, groups + at, tail) < TILE_PATH);
	return out;
}

int tile_path_read(const char *path, unsigned *level, uint64_t *index, unsigned *width)
{
	unsigned l, w = TILE_WIDTH;
	uint64_t n = 0;
	char again[TILE_PATH];

	if (strncmp(path, "tile/entries/", 13) == 0)
		l = TILE_ENTRIES, path += 13;
	else if (strncmp(path, "tile/", 5) == 0 && path[5] >= '0' && path[5] < '0' + TILE_LEVELS && path[6] == '/')
		l = (unsigned)(path[5] - '0'), path += 7;
	else
		return -1;
	const char *whole = path;
	for (int groups = 0;; groups++) {
		bool more = *path == 'x';
		unsigned value = 0;
		path += more;
		for (int i = 0; i < 3; i++, path++) {
			if (*path < '0' || *path > '9')
				return -1;
			value = value * 10 + (unsigned)(*path - '0');
		}
		if (groups > 5)
			return -1;
		n = n * 1000 + value;
		if (!more)
			break;
		if (*path++ != '/')
			return -1;
	}
	if (strncmp(path, ".p/", 3) == 0) {
		path += 3;
		for (w = 0; *path >= '0' && *path <= '9' && w < TILE_WIDTH; path++)
			w = w * 10 + (unsigned)(*path - '0');
		if (w == 0 || w >= TILE_WIDTH)
			return -1;
	}
	if (*path)
		return -1;
	/* Leading zeros and idle groups show when it is written again. */
	tile_path(again, l, n, w);
	if (strcmp(again + (l == TILE_ENTRIES ? 13 : 7), whole) != 0)
		return -1;
	*level = l, *index = n, *width = w;
	return 0;
}

uint64_t tile_hashes(uint64_t size, unsigned level)
{
	return level == TILE_ENTRIES ? size : level >= TILE_LEVELS ? 0 : size >> (TILE_HEIGHT * level);
}

unsigned tile_width(uint64_t size, unsigned level, uint64_t index)
{
	uint64_t hashes = tile_hashes(size, level), full = hashes / TILE_WIDTH;

	return index < full ? TILE_WIDTH : index == full ? (unsigned)(hashes % TILE_WIDTH) : 0;
}

void tile_fold(const struct merkle_hash *hashes, unsigned height, struct merkle_hash *out)
{
	struct merkle_hash row[TILE_WIDTH / 2];
	size_t n = (size_t)1 << height;

	must(height <= TILE_HEIGHT);
	if (n == 1) {
		*out = hashes[0];
		return;
	}
	for (size_t i = 0; i < n / 2; i++)
		merkle_node(&hashes[2 * i], &hashes[2 * i + 1], &row[i]);
	for (n /= 2; n > 1; n /= 2)
		for (size_t i = 0; i < n / 2; i++)
			merkle_node(&row[2 * i], &row[2 * i + 1], &row[i]);
	*out = row[0];
}

void bundle_put(struct buf *bundle, struct bytes entry)
{
	must(entry.n >= 1 && entry.n <= ENTRY_FORMAT_MOST);
	buf_u16be(bundle, (uint16_t)entry.n);
	buf_bytes(bundle, entry);
}

size_t bundle_whole(struct bytes in, struct bytes entries[TILE_WIDTH], size_t *used)
{
	struct cursor c = cursor_over(in);
	size_t n = 0;

	*used = 0;
	while (n < TILE_WIDTH) {
		struct bytes entry = cursor_bytes(&c, cursor_u16be(&c));
		if (c.failed || entry.n == 0)
			break;
		entries[n++] = entry;
		*used = (size_t)c.at;
	}
	return n;
}

int bundle_read(struct bytes in, unsigned width, struct bytes entries[TILE_WIDTH], struct err *err)
{
	struct bytes found[TILE_WIDTH];
	size_t used, n = bundle_whole(in, found, &used);

	if (n < width)
		return fail(err, in.n - used < 2 ? ERR_CUT_SHORT : ERR_MALFORMED, used, "entry %zu of the bundle is cut short at offset %zu", n, used);
	if (n > width || used != in.n)
		return fail(err, ERR_MALFORMED, used, "the bundle holds more than %u entries", width);
	memcpy(entries, found, n * sizeof *entries);
	return 0;
}
