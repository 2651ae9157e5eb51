/* 控えを書く — contract in vault.h: one backup being written, and the removal of old ones. Pieces are written under temporary names and made durable
 * together before the list is. */
#include "backup/vault_inside.h"
#include "base/code.h"
#include "base/file.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

/* Pieces of this backup by name, open addressing. */
struct names {
	uint32_t *slots; /* index + 1, 0 free */
	size_t room;
};
struct vault_writer {
	struct vault *vault;
	struct arena *arena;
	const struct backup_keys *keys;
	struct buf pieces, files, of_file; /* manifest_piece, manifest_file, u32 */
	struct names names, known;	   /* known: pieces of earlier lists */
	struct manifest_piece *earlier;
	size_t earlier_count;
	uint64_t number;  /* of the newest backup there */
	struct err unread; /* why the lists there could not be read */
	struct manifest_file file;
	struct sha256 hash;
	struct vault_sum sum;
	size_t n; /* bytes waiting */
	uint8_t piece[PIECE_BYTES], sealed[PIECE_BYTES + PIECE_SEAL];
};

static size_t slot_of(const struct names *s, const struct manifest_piece *pieces, const uint8_t name[PIECE_NAME])
{
	uint64_t h;

	memcpy(&h, name, sizeof h);
	size_t at = h & (s->room - 1);
	while (s->slots[at] && memcmp(pieces[s->slots[at] - 1].name, name, PIECE_NAME) != 0)
		at = (at + 1) & (s->room - 1);
	return at;
}

static void names_grow(struct arena *arena, struct names *s, const struct manifest_piece *pieces, size_t count, size_t room)
{
	s->room = room;
	s->slots = arena_new_array(arena, uint32_t, room);
	for (size_t i = 0; i < count; i++)
		s->slots[slot_of(s, pieces, pieces[i].name)] = (uint32_t)i + 1;
}

static size_t room_for(size_t count)
{
	size_t room = 1024;

	while (room < 2 * count)
		room *= 2;
	return room;
}

static const struct manifest_piece *pieces_of(const struct buf *b) { return (const struct manifest_piece *)(const void *)b->p; }

/* What earlier backups under the same keys wrote: their hashes are taken over, so that a piece need not be sealed again. */
static void learn_earlier(struct vault_writer *w)
{
	struct vault_list *lists;
	size_t count = 0;
	struct buf all = buf_in(w->arena, 0);

	if (vault_lists(w->vault, w->arena, &lists, &count, &w->unread) == 0 && count > 0)
		w->number = lists[0].manifest.number;
	for (size_t i = 0; i < count; i++)
		if (lists[i].readable && manifest_verifies(lists[i].raw, w->keys->verify))
			buf_put(&all, lists[i].manifest.pieces, lists[i].manifest.piece_count * sizeof(struct manifest_piece));
	must(buf_ok(&all));
	w->earlier = (struct manifest_piece *)(void *)all.p;
	w->earlier_count = all.n / sizeof *w->earlier;
	names_grow(w->arena, &w->known, w->earlier, w->earlier_count, room_for(w->earlier_count));
}

struct vault_writer *vault_write_begin(struct vault *vault, struct arena *arena, const struct backup_keys *keys)
{
	struct vault_writer *w = arena_alloc(arena, sizeof *w);

	w->vault = vault, w->arena = arena, w->keys = keys;
	w->pieces = w->files = w->of_file = buf_in(arena, 0);
	names_grow(arena, &w->names, NULL, 0, room_for(0));
	learn_earlier(w);
	return w;
}

/* An earlier backup's piece, if it still lies there whole. */
static bool is_there(struct vault_writer *w, const uint8_t name[PIECE_NAME], struct manifest_piece *out)
{
	char path[VAULT_PATH];
	struct stat st;
	uint32_t slot = w->known.slots[slot_of(&w->known, w->earlier, name)];

	if (!slot || fstatat(w->vault->pieces, vault_piece_path(path, name), &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode) ||
	    st.st_size != (off_t)w->earlier[slot - 1].bytes)
		return false;
	*out = w->earlier[slot - 1];
	return true;
}

static int write_piece(struct vault_writer *w, const struct manifest_piece *p, struct err *err)
{
	char path[VAULT_PATH], temporary[VAULT_PATH + 8];

	vault_piece_path(path, p->name);
	snprintf(temporary, sizeof temporary, "%s.new", path);
	FD(fd) = openat(w->vault->pieces, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return vault_fault(err, "write the backup");
	struct err ours = { 0 };
	errno = 0;
	if (file_write_all(fd, bytes_of(w->sealed, p->bytes), &ours) != 0 || renameat(w->vault->pieces, temporary, w->vault->pieces, path) != 0) {
		vault_fault(err, "write the backup");
		unlinkat(w->vault->pieces, temporary, 0);
		return -1;
	}
	w->sum.new_pieces++;
	w->sum.new_bytes += p->bytes;
	return 0;
}

/* The bytes that wait become a piece of the open file. */
static int end_piece(struct vault_writer *w, struct err *err)
{
	struct manifest_piece p = { 0 };

	crypto_generichash(p.name, PIECE_NAME, w->piece, w->n, w->keys->naming, NAMING_KEY);
	size_t count = w->pieces.n / sizeof p;
	size_t slot = slot_of(&w->names, pieces_of(&w->pieces), p.name);
	uint32_t index = w->names.slots[slot];
	if (!index) {
		if (count >= MANIFEST_PIECES_MOST)
			return fail(err, ERR_LIMIT, count, "the backup has more than %d pieces", MANIFEST_PIECES_MOST);
		if (!is_there(w, p.name, &p)) {
			must(crypto_box_seal(w->sealed, w->piece, w->n, w->keys->recovery) == 0);
			p.bytes = (uint32_t)(w->n + PIECE_SEAL);
			sha256_of(bytes_of(w->sealed, p.bytes), p.sealed);
			if (write_piece(w, &p, err) != 0)
				return -1;
		}
		buf_put(&w->pieces, &p, sizeof p);
		w->names.slots[slot] = index = (uint32_t)++count;
		if (2 * count > w->names.room)
			names_grow(w->arena, &w->names, pieces_of(&w->pieces), count, w->names.room * 2);
	}
	uint32_t at = index - 1;
	buf_put(&w->of_file, &at, sizeof at);
	must(buf_ok(&w->pieces) && buf_ok(&w->of_file));
	w->n = 0;
	return 0;
}

int vault_file(struct vault_writer *w, const char *name, unsigned mode, struct err *err)
{
	if (w->files.n / sizeof w->file >= MANIFEST_FILES_MOST)
		return fail(err, ERR_LIMIT, MANIFEST_FILES_MOST, "the backup has more than %d files", MANIFEST_FILES_MOST);
	w->file = (struct manifest_file){ .name = arena_copy(w->arena, name, strlen(name)), .mode = mode & 0777 };
	w->of_file.n = 0;
	w->n = 0;
	sha256_start(&w->hash);
	return 0;
}

int vault_data(struct vault_writer *w, struct bytes b, struct err *err)
{
	sha256_add(&w->hash, b.p, b.n);
	w->file.bytes += b.n;
	while (b.n > 0) {
		size_t n = MIN(b.n, PIECE_BYTES - w->n);
		memcpy(w->piece + w->n, b.p, n);
		w->n += n, b.p += n, b.n -= n;
		if (w->n == PIECE_BYTES && end_piece(w, err) != 0)
			return -1;
	}
	return 0;
}

int vault_file_end(struct vault_writer *w, struct err *err)
{
	if (w->n > 0 && end_piece(w, err) != 0)
		return -1;
	sha256_end(&w->hash, w->file.hash);
	w->file.count = w->of_file.n / sizeof(uint32_t);
	w->file.pieces = arena_copy(w->arena, w->of_file.p, w->of_file.n);
	buf_put(&w->files, &w->file, sizeof w->file);
	must(buf_ok(&w->files));
	w->sum.files++;
	w->sum.bytes += w->file.bytes;
	return 0;
}

int vault_write_end(struct vault_writer *w, struct manifest *m, struct vault_sum *sum, struct err *err)
{
	const char *name = recovery_name(w->arena, w->keys->recovery);

	m->recovery = (struct text){ name, strlen(name) };
	m->pieces = (struct manifest_piece *)(void *)w->pieces.p;
	m->piece_count = w->pieces.n / sizeof *m->pieces;
	m->files = (struct manifest_file *)(void *)w->files.p;
	m->file_count = w->files.n / sizeof *m->files;
	memcpy(m->naming, w->keys->naming, NAMING_KEY);
	if (w->unread.code != ERR_NONE)
		return fail(err, w->unread.code, w->unread.at, "%s", w->unread.say);
	m->number = MIN(w->number + 1, MANIFEST_NUMBER_MOST);
	if (syncfs(w->vault->dir) != 0)
		return vault_fault(err, "make the backup durable");
	struct err ours = { 0 };
	errno = 0;
	if (file_replace(w->vault->lists, m->id.p, manifest_write(w->arena, m, w->keys), 0600, &ours) != 0)
		return errno == ENOSPC || errno == EDQUOT ? vault_fault(err, "write the backup's list") : fail(err, ours.code, 0, "%s", ours.say);
	w->sum.pieces = m->piece_count;
	*sum = w->sum;
	return 0;
}

/* ---- retention ---- */

static int remove_unnamed(struct vault *v, unsigned folder, const struct names *named, const struct manifest_piece *pieces, struct vault_sum *sum,
			  struct err *err)
{
	char path[8];
	uint8_t name[PIECE_NAME];

	snprintf(path, sizeof path, "%02x", folder);
	int fd = openat(v->pieces, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	if (!d)
		return fail_errno(err, ERR_IO, "cannot list pieces/%s of the backups", path);
	for (struct dirent *e; (e = readdir(d));) {
		if (e->d_name[0] == '.')
			continue;
		/* Temporary names too: the lock says that nobody else is writing. */
		if (hex_decode(bytes_of(e->d_name, strlen(e->d_name)), name, sizeof name, NULL) == 0 && named->slots[slot_of(named, pieces, name)])
			continue;
		if (unlinkat(dirfd(d), e->d_name, 0) == 0)
			sum->removed_pieces++;
	}
	closedir(d);
	return 0;
}

int vault_retain(struct vault *v, unsigned keep, struct vault_sum *sum, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct vault_list *lists;
	struct buf all = buf_in(arena, 0);
	struct names named;
	size_t count;

	must(keep > 0);
	if (vault_lists(v, arena, &lists, &count, err) != 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (!lists[i].readable)
			return fail(err, ERR_MALFORMED, i, "the list %.60s is damaged; no old backup is removed until it is taken away", lists[i].id);
	for (size_t i = 0; i < count; i++) {
		if (i < keep) {
			buf_put(&all, lists[i].manifest.pieces, lists[i].manifest.piece_count * sizeof(struct manifest_piece));
			continue;
		}
		if (unlinkat(v->lists, lists[i].id, 0) != 0)
			return fail_errno(err, ERR_IO, "cannot remove the old backup %s", lists[i].id);
		sum->removed_lists++;
	}
	if (folder_sync(v->lists, err) != 0)
		return -1;
	must(buf_ok(&all));
	size_t n = all.n / sizeof(struct manifest_piece);
	names_grow(arena, &named, pieces_of(&all), n, room_for(n));
	for (unsigned i = 0; i < 256; i++)
		if (remove_unnamed(v, i, &named, pieces_of(&all), sum, err) != 0)
			return -1;
	return 0;
}
