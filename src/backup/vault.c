/* 控えの置き場 — contract in vault.h. Here: the folder, its lists, checking and restoring. Writing is in vault_write.c. */
#include "backup/vault_inside.h"
#include "base/code.h"
#include "base/file.h"
#include "base/sort.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define MARKER "sekisho-backup"
#define MARKER_TEXT "関所の控え (backups of Sekisho), form 1. Opened only with the recovery key that lies in the safe.\n"

int vault_fault(struct err *err, const char *what)
{
	return fail_errno(err, errno == ENOSPC || errno == EDQUOT ? ERR_FULL : ERR_IO, "cannot %s", what);
}

static bool is_empty(int dir)
{
	int again = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = again < 0 ? NULL : fdopendir(again);
	bool empty = d != NULL;

	for (struct dirent *e; d && (e = readdir(d));)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 && strcmp(e->d_name, "lost+found") != 0)
			empty = false;
	if (d)
		closedir(d);
	return empty;
}

static int make(int dir, struct err *err)
{
	char path[16];

	if (folder_make(dir, "pieces", 0700, err) != 0 || folder_make(dir, "lists", 0700, err) != 0)
		return -1;
	for (unsigned i = 0; i < 256; i++) {
		snprintf(path, sizeof path, "pieces/%02x", i);
		if (mkdirat(dir, path, 0700) != 0 && errno != EEXIST)
			return vault_fault(err, "make the folders of the backup");
	}
	struct err ours = { 0 };
	if (file_create(dir, MARKER, BYTES(MARKER_TEXT), 0600, &ours) != 0 && ours.code != ERR_CONFLICT) {
		*err = ours;
		return -1;
	}
	return 0;
}

static int begin(struct vault *v, const char *path, bool write, struct err *err)
{
	if (write && mkdir(path, 0700) != 0 && errno != EEXIST)
		return vault_fault(err, "make the folder of the backups");
	v->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (v->dir < 0)
		return fail_errno(err, ERR_NOT_FOUND, "cannot open the folder of the backups %s", path);
	bool ours = faccessat(v->dir, MARKER, F_OK, 0) == 0;
	if (!ours && !write)
		return fail(err, ERR_NOT_FOUND, 0, "%s holds no backups of Sekisho: name the folder that was given to `sekisho backup`", path);
	if (!ours && !is_empty(v->dir))
		return fail(err, ERR_INVALID, 0, "%s holds other things: name an empty folder, or the one of earlier backups", path);
	if (write && make(v->dir, err) != 0)
		return -1;
	v->lists = openat(v->dir, "lists", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	v->pieces = openat(v->dir, "pieces", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (v->lists < 0 || v->pieces < 0)
		return fail_errno(err, ERR_NOT_FOUND, "the folder of the backups %s is not whole", path);
	v->lock = openat(v->dir, "lock", write ? O_RDWR | O_CREAT | O_CLOEXEC : O_RDONLY | O_CLOEXEC, 0600);
	if (v->lock >= 0 && flock(v->lock, (write ? LOCK_EX : LOCK_SH) | LOCK_NB) != 0)
		return fail_errno(err, ERR_BUSY, "another backup is being written to %s: wait until it is done", path);
	return v->lock >= 0 || !write ? 0 : vault_fault(err, "lock the folder of the backups");
}

int vault_open(const char *path, bool write, struct vault **out, struct err *err)
{
	struct vault *v = calloc(1, sizeof *v);

	must(v && sodium_init() >= 0);
	v->dir = v->lists = v->pieces = v->lock = -1;
	if (begin(v, path, write, err) != 0) {
		vault_close(v);
		return -1;
	}
	*out = v;
	return 0;
}

void vault_close(struct vault *v)
{
	if (!v)
		return;
	fd_close_at(&v->lock);
	fd_close_at(&v->pieces);
	fd_close_at(&v->lists);
	fd_close_at(&v->dir);
	free(v);
}

const char *vault_piece_path(char out[VAULT_PATH], const uint8_t name[PIECE_NAME])
{
	hex_put(out + 3, bytes_of(name, PIECE_NAME));
	out[0] = out[3], out[1] = out[4], out[2] = '/';
	return out;
}

/* ---- lists ---- */

static int newest_first(const void *a, const void *b)
{
	const struct vault_list *x = a, *y = b;

	if (x->manifest.number != y->manifest.number)
		return x->manifest.number < y->manifest.number ? 1 : -1;
	if (x->manifest.at != y->manifest.at)
		return x->manifest.at < y->manifest.at ? 1 : -1;
	return -strcmp(x->id, y->id);
}

int vault_lists(struct vault *v, struct arena *arena, struct vault_list **out, size_t *count, struct err *err)
{
	int again = openat(v->lists, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = again < 0 ? NULL : fdopendir(again);
	struct buf list = buf_in(arena, 0);
	size_t n = 0;

	if (!d)
		return fail_errno(err, ERR_IO, "cannot list the backups");
	for (struct dirent *e; (e = readdir(d)) && n < VAULT_LISTS_MOST;) {
		struct vault_list l = { .id = arena_copy(arena, e->d_name, strlen(e->d_name)) };
		struct err why;
		if (e->d_name[0] == '.' || strstr(e->d_name, ".new"))
			continue;
		if (file_read(arena, v->lists, l.id, MANIFEST_BYTES_MOST, &l.raw, err) != 0) {
			closedir(d);
			return -1;
		}
		l.readable = manifest_read(arena, l.raw, &l.manifest, &why) == 0 && text_is(l.manifest.id, l.id);
		buf_put(&list, &l, sizeof l);
		n++;
	}
	closedir(d);
	must(buf_ok(&list));
	*out = (struct vault_list *)(void *)list.p;
	*count = n;
	if (n > 1)
		sort_items(*out, n, sizeof **out, newest_first);
	return 0;
}

/* ---- pieces ---- */

/* The sealed piece, held against the list. */
static int read_piece(struct vault *v, struct arena *arena, const struct manifest_piece *p, struct bytes *out, struct err *err)
{
	char path[VAULT_PATH];
	uint8_t hash[SHA256_BYTES];
	struct err why = { 0 };

	vault_piece_path(path, p->name);
	if (file_read(arena, v->pieces, path, PIECE_BYTES + PIECE_SEAL + 1, out, &why) != 0)
		return fail(err, why.code == ERR_LIMIT ? ERR_MISMATCH : why.code, 0, "the piece pieces/%.20s… of the backup %s", path,
			    why.code == ERR_NOT_FOUND ? "is missing" : "cannot be read");
	sha256_of(*out, hash);
	if (out->n != p->bytes || memcmp(hash, p->sealed, sizeof hash) != 0)
		return fail(err, ERR_MISMATCH, out->n, "the piece pieces/%.20s… of the backup is damaged", path);
	return 0;
}

int vault_check(struct vault *v, const struct manifest *m, struct err *err)
{
	struct arena *arena = arena_new(0);
	int result = 0;

	for (size_t i = 0; result == 0 && i < m->piece_count; i++) {
		struct bytes b;
		result = read_piece(v, arena, &m->pieces[i], &b, err);
		arena_clear(arena);
	}
	arena_free(arena);
	return result;
}

static int restore_piece(struct vault *v, struct arena *arena, const struct manifest *m, uint32_t index, const struct recovery_key *key,
			 struct bytes *out, struct err *err)
{
	const struct manifest_piece *p = &m->pieces[index];
	uint8_t name[PIECE_NAME];
	struct bytes sealed;

	if (read_piece(v, arena, p, &sealed, err) != 0)
		return -1;
	uint8_t *plain = arena_scratch(arena, sealed.n);
	must(plain);
	if (crypto_box_seal_open(plain, sealed.p, sealed.n, key->recovery, key->secret) != 0)
		return fail(err, ERR_SIGNATURE, index, "a piece of the backup is not opened by this recovery key");
	*out = bytes_of(plain, sealed.n - PIECE_SEAL);
	crypto_generichash(name, sizeof name, out->p, out->n, m->naming, NAMING_KEY);
	if (memcmp(name, p->name, sizeof name) != 0)
		return fail(err, ERR_MISMATCH, index, "a piece of the backup is not the one that was written");
	return 0;
}

int vault_restore_file(struct vault *v, const struct manifest *m, const struct manifest_file *file, const struct recovery_key *key, int to,
		       struct err *err)
{
	struct arena *arena = arena_new(0);
	struct sha256 hash;
	uint8_t got[SHA256_BYTES];
	uint64_t bytes = 0;
	int result = 0;

	sha256_start(&hash);
	for (size_t i = 0; result == 0 && i < file->count; i++) {
		struct bytes plain;
		result = restore_piece(v, arena, m, file->pieces[i], key, &plain, err);
		if (result == 0) {
			sha256_add(&hash, plain.p, plain.n);
			bytes += plain.n;
			struct err ours = { 0 };
			errno = 0;
			if (file_write_all(to, plain, &ours) != 0)
				result = vault_fault(err, "write what is restored");
		}
		arena_clear(arena);
	}
	arena_free(arena);
	if (result != 0)
		return -1;
	sha256_end(&hash, got);
	if (bytes != file->bytes || memcmp(got, file->hash, sizeof got) != 0)
		return fail(err, ERR_MISMATCH, bytes, "%s is not what was copied", file->name);
	return 0;
}
