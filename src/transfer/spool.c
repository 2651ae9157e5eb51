/* 保管庫 — contract in spool.h.
 * File: magic 8, nonce 24, wrapped key 48, stream header 24; then pieces: the note (padded), content in SPOOL_PIECE bytes, the last one short
 * and marked final. Lengths follow from the file's size; each piece is authenticated, in its place. */
#include "transfer/spool.h"
#include "base/clock.h"
#include "base/copy.h"
#include "base/file.h"
#include "transfer/limits.h"
#include "transfer/wrapping_keys.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum {
	MAGIC = 8,
	WRAPPED = crypto_secretbox_KEYBYTES + crypto_secretbox_MACBYTES,
	STREAM_HEADER = crypto_secretstream_xchacha20poly1305_HEADERBYTES,
	HEAD = MAGIC + crypto_secretbox_NONCEBYTES + WRAPPED + STREAM_HEADER,
	OVERHEAD = crypto_secretstream_xchacha20poly1305_ABYTES,
	NOTE_ROOM = 2 + SPOOL_NOTE_MOST,
	FLUSH_EVERY = 8 << 20, /* bytes after which writing to the disk is begun, so that the last sync is short */
};
static const uint8_t magic[MAGIC] = { 'S', 'K', 'S', 'P', 'O', 'O', 'L', '1' };
static const char *const folder_names[SPOOL_FOLDERS] = { "spool/in", "spool/out", "spool/uploads" };
#define TEMPORARY ".new"

_Static_assert(SPOOL_KEY == crypto_secretbox_KEYBYTES, "wrapping key");

struct spool {
	int folders[SPOOL_FOLDERS];
	struct wrapping_keys keys;
};
struct spool_writer {
	struct spool *spool;
	enum spool_folder folder;
	int fd;
	char temporary[SPOOL_NAME_MOST + sizeof TEMPORARY];
	crypto_secretstream_xchacha20poly1305_state stream;
	struct sha256 hash;
	uint64_t written, flushed; /* written: with what waits in piece */
	size_t n; /* bytes waiting in piece */
	bool listed; /* its name is durable */
	uint8_t piece[SPOOL_PIECE], sealed[SPOOL_PIECE + OVERHEAD];
};
struct spool_reader {
	int fd;
	crypto_secretstream_xchacha20poly1305_state stream;
	struct sha256 hash;
	uint64_t at, size, content;
	bool done;
	uint8_t digest[SHA256_BYTES];
	uint8_t piece[SPOOL_PIECE], sealed[SPOOL_PIECE + OVERHEAD];
};

/* ---- the folder ---- */

int spool_make(int home, struct err *err)
{
	uint8_t key[SPOOL_KEY];
	struct err ours = { 0 };

	for (size_t i = 0; i < COUNT(folder_names); i++)
		if (folder_make(home, folder_names[i], 0700, err) != 0)
			return -1;
	random_bytes(key, sizeof key);
	int result = file_create(home, "spool/wrapping.key", bytes_of(key, sizeof key), 0600, &ours);
	secret_wipe(key, sizeof key);
	if (result != 0 && ours.code != ERR_CONFLICT) {
		*err = ours;
		return -1;
	}
	return 0;
}

static bool is_temporary(const char *name)
{
	size_t n = strlen(name), t = sizeof TEMPORARY - 1;
	return n > t && strcmp(name + n - t, TEMPORARY) == 0;
}

static int sweep(int folder, struct err *err)
{
	int again = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = again < 0 ? NULL : fdopendir(again);

	if (!d)
		return fail_errno(err, ERR_IO, "cannot list the spool");
	for (struct dirent *e; (e = readdir(d));)
		if (is_temporary(e->d_name))
			unlinkat(folder, e->d_name, 0);
	closedir(d);
	return folder_sync(folder, err);
}

int spool_open(int home, struct spool **out, struct err *err)
{
	struct spool *s = calloc(1, sizeof *s);

	must(s && sodium_init() >= 0);
	for (size_t i = 0; i < COUNT(s->folders); i++)
		s->folders[i] = -1;
	s->keys.home = openat(home, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->keys.home < 0) {
		fail_errno(err, ERR_IO, "cannot open the data folder");
		goto failed;
	}
	if (wrapping_keys_load(&s->keys, err) != 0)
		goto failed;
	if (folder_make(home, folder_names[SPOOL_UPLOADS], 0700, err) != 0)
		goto failed;
	for (size_t i = 0; i < COUNT(folder_names); i++) {
		s->folders[i] = openat(home, folder_names[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (s->folders[i] < 0) {
			fail_errno(err, ERR_IO, "cannot open %s", folder_names[i]);
			goto failed;
		}
		if (sweep(s->folders[i], err) != 0)
			goto failed;
	}
	*out = s;
	return 0;
failed:
	spool_close(s);
	return -1;
}

void spool_close(struct spool *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < COUNT(s->folders); i++)
		if (s->folders[i] >= 0)
			close(s->folders[i]);
	wrapping_keys_wipe(&s->keys);
	fd_close_at(&s->keys.home);
	free(s);
}

int spool_folder(const struct spool *s) { return s->folders[SPOOL_IN]; }

int spool_has_room(struct spool *s, uint64_t bytes, struct err *err)
{
	struct statvfs disk;

	if (fstatvfs(s->folders[SPOOL_IN], &disk) != 0)
		return fail_errno(err, ERR_IO, "cannot ask how much room there is");
	uint64_t room = (uint64_t)disk.f_bavail * disk.f_frsize;
	if (room < TRANSFER_RESERVE_BYTES_MOST || room - TRANSFER_RESERVE_BYTES_MOST < bytes)
		return fail(err, ERR_FULL, room, "the disk has room for %llu bytes", (unsigned long long)room);
	return 0;
}

int spool_copy(int home, int out, struct err *err)
{
	struct wrapping_keys keys = { .home = home };

	for (size_t i = SPOOL_IN; i <= SPOOL_OUT; i++) { /* what is on its way in is nobody's yet */
		char name[32 + SPOOL_NAME_MOST];
		int folder = openat(home, folder_names[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		DIR *d = folder < 0 ? NULL : fdopendir(folder);
		int result = 0;
		if (!d)
			return fail_errno(err, ERR_IO, "cannot list %s", folder_names[i]);
		for (struct dirent *e; result == 0 && (e = readdir(d));) {
			if (e->d_name[0] == '.' || is_temporary(e->d_name) || strlen(e->d_name) > SPOOL_NAME_MOST)
				continue;
			snprintf(name, sizeof name, "%s/%.*s", folder_names[i], SPOOL_NAME_MOST, e->d_name);
			result = copy_file(out, home, name, 0600, true, err);
		}
		closedir(d);
		if (result != 0)
			return -1;
	}
	/* The keys last: a file that was written meanwhile has its key among them. */
	if (wrapping_keys_load(&keys, err) != 0)
		return -1;
	size_t count = keys.count;
	wrapping_keys_wipe(&keys);
	for (size_t i = 0; i < count; i++)
		if (copy_file(out, home, keys.names[i], 0600, i > 0, err) != 0)
			return -1;
	return 0;
}

/* ---- writing ---- */

static int disk_fault(struct err *err, const char *what)
{
	return fail_errno(err, errno == ENOSPC || errno == EDQUOT ? ERR_FULL : ERR_IO, "cannot %s the spool file", what);
}

static int put(int fd, const void *p, size_t n, struct err *err)
{
	struct err ours;

	if (file_write_all(fd, bytes_of(p, n), &ours) == 0)
		return 0;
	return disk_fault(err, "write");
}

static int put_head(struct spool_writer *w, struct bytes note, struct err *err)
{
	uint8_t head[HEAD], key[SPOOL_KEY], plain[NOTE_ROOM] = { (uint8_t)(note.n >> 8), (uint8_t)note.n }, sealed[NOTE_ROOM + OVERHEAD];
	uint8_t *nonce = head + MAGIC, *wrapped = nonce + crypto_secretbox_NONCEBYTES;

	memcpy(head, magic, MAGIC);
	random_bytes(nonce, crypto_secretbox_NONCEBYTES);
	crypto_secretstream_xchacha20poly1305_keygen(key);
	crypto_secretbox_easy(wrapped, key, sizeof key, nonce, w->spool->keys.keys[0]);
	crypto_secretstream_xchacha20poly1305_init_push(&w->stream, wrapped + WRAPPED, key);
	secret_wipe(key, sizeof key);
	if (note.n)
		memcpy(plain + 2, note.p, note.n);
	crypto_secretstream_xchacha20poly1305_push(&w->stream, sealed, NULL, plain, sizeof plain, head, MAGIC, 0);
	secret_wipe(plain, sizeof plain);
	return put(w->fd, head, sizeof head, err) != 0 ? -1 : put(w->fd, sealed, sizeof sealed, err);
}

static int begin_file(struct spool *s, enum spool_folder folder, const char *name, struct bytes note, struct spool_writer **out, struct err *err)
{
	struct spool_writer *w = calloc(1, sizeof *w);

	must(w && note.n <= SPOOL_NOTE_MOST && strlen(name) < sizeof w->temporary);
	w->spool = s, w->folder = folder;
	memcpy(w->temporary, name, strlen(name));
	if (wrapping_keys_fresh(&s->keys, err) != 0) {
		free(w);
		return -1;
	}
	w->fd = openat(s->folders[folder], w->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (w->fd < 0) {
		disk_fault(err, "make");
		free(w);
		return -1;
	}
	sha256_start(&w->hash);
	if (put_head(w, note, err) != 0) {
		spool_write_drop(w);
		return -1;
	}
	*out = w;
	return 0;
}

int spool_write_begin(struct spool *s, enum spool_folder folder, struct bytes note, struct spool_writer **out, struct err *err)
{
	uint8_t nonce[16];
	char name[2 * sizeof nonce + sizeof TEMPORARY];

	random_bytes(nonce, sizeof nonce);
	for (size_t i = 0; i < sizeof nonce; i++)
		snprintf(name + 2 * i, 3, "%02x", nonce[i]);
	memcpy(name + 2 * sizeof nonce, TEMPORARY, sizeof TEMPORARY);
	return begin_file(s, folder, name, note, out, err);
}

int spool_lasting_begin(struct spool *s, const char *name, struct bytes note, struct spool_writer **out, struct err *err)
{
	must(strlen(name) <= SPOOL_NAME_MOST && !is_temporary(name));
	return begin_file(s, SPOOL_UPLOADS, name, note, out, err);
}

static int put_piece(struct spool_writer *w, uint8_t tag, struct err *err)
{
	unsigned long long n;

	sha256_add(&w->hash, w->piece, w->n);
	crypto_secretstream_xchacha20poly1305_push(&w->stream, w->sealed, &n, w->piece, w->n, NULL, 0, tag);
	w->n = 0;
	if (put(w->fd, w->sealed, n, err) != 0)
		return -1;
	if (w->written - w->flushed >= FLUSH_EVERY) {
		sync_file_range(w->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
		w->flushed = w->written;
		return spool_has_room(w->spool, 0, err);
	}
	return 0;
}

int spool_write(struct spool_writer *w, struct bytes content, struct err *err)
{
	w->written += content.n;
	while (content.n > 0) {
		if (w->n == SPOOL_PIECE && put_piece(w, 0, err) != 0) /* full, and something follows: so it is not the last */
			return -1;
		size_t n = MIN(content.n, SPOOL_PIECE - w->n);
		memcpy(w->piece + w->n, content.p, n);
		w->n += n, content.p += n, content.n -= n;
	}
	return 0;
}

uint64_t spool_written(const struct spool_writer *w)
{
	return w->written;
}

static void free_writer(struct spool_writer *w)
{
	close(w->fd);
	secret_wipe(w, sizeof *w);
	free(w);
}

void spool_write_drop(struct spool_writer *w)
{
	if (!w)
		return;
	unlinkat(w->spool->folders[w->folder], w->temporary, 0);
	free_writer(w);
}

int spool_keep(struct spool_writer *w, const char *name, uint64_t *bytes, uint8_t sha256[SHA256_BYTES], struct err *err)
{
	int folder = w->spool->folders[w->folder];

	must(strlen(name) <= SPOOL_NAME_MOST && !is_temporary(name));
	if (put_piece(w, crypto_secretstream_xchacha20poly1305_TAG_FINAL, err) != 0)
		return -1;
	if (fdatasync(w->fd) != 0 || renameat(folder, w->temporary, folder, name) != 0)
		return disk_fault(err, "keep");
	if (folder_sync(folder, err) != 0) {
		unlinkat(folder, name, 0); /* the name may not last: the caller must not count on it */
		return -1;
	}
	*bytes = w->written;
	sha256_end(&w->hash, sha256);
	free_writer(w);
	return 0;
}

/* ---- files that outlive a break ---- */

static int make_durable(struct spool_writer *w, struct err *err)
{
	if (fdatasync(w->fd) != 0)
		return disk_fault(err, "keep");
	if (!w->listed && folder_sync(w->spool->folders[w->folder], err) != 0)
		return -1;
	w->listed = true;
	return 0;
}

int spool_settle(struct spool_writer *w, uint64_t *bytes, struct err *err)
{
	if ((w->n == SPOOL_PIECE && put_piece(w, 0, err) != 0) || make_durable(w, err) != 0)
		return -1;
	*bytes = w->written - w->n;
	return 0;
}

void spool_forget_rest(struct spool_writer *w)
{
	w->written -= w->n;
	w->n = 0;
}

void spool_park(struct spool_writer *w)
{
	if (w)
		free_writer(w);
}

int spool_complete(struct spool_writer *w, uint64_t *bytes, uint8_t sha256[SHA256_BYTES], struct err *err)
{
	if (put_piece(w, crypto_secretstream_xchacha20poly1305_TAG_FINAL, err) != 0 || make_durable(w, err) != 0)
		return -1;
	*bytes = w->written;
	sha256_end(&w->hash, sha256);
	free_writer(w);
	return 0;
}

/* ---- reading ---- */

static int not_ours(struct err *err, uint64_t at)
{
	return fail(err, ERR_SIGNATURE, at, "the spool file is not ours, was changed, or its key is erased");
}

/* Index of the key that wraps the key of this file; the number of keys if it is none of them. */
static size_t key_index(struct spool *s, int fd)
{
	uint8_t head[HEAD], key[SPOOL_KEY];
	const uint8_t *nonce = head + MAGIC, *wrapped = nonce + crypto_secretbox_NONCEBYTES;
	size_t i = 0;

	if (wrapping_keys_fresh(&s->keys, NULL) != 0 || file_pread_all(fd, head, sizeof head, 0, NULL) != 0)
		return s->keys.count;
	while (i < s->keys.count && crypto_secretbox_open_easy(key, wrapped, WRAPPED, nonce, s->keys.keys[i]) != 0)
		i++;
	secret_wipe(key, sizeof key);
	return i;
}

static int take_head(struct spool_reader *r, const uint8_t wrapping[SPOOL_KEY], struct arena *arena, struct bytes *note, struct err *err)
{
	uint8_t head[HEAD], key[SPOOL_KEY], sealed[NOTE_ROOM + OVERHEAD], plain[NOTE_ROOM], tag;
	const uint8_t *nonce = head + MAGIC, *wrapped = nonce + crypto_secretbox_NONCEBYTES;

	if (r->size < HEAD + sizeof sealed)
		return not_ours(err, r->size);
	if (file_pread_all(r->fd, head, sizeof head, 0, err) != 0 || file_pread_all(r->fd, sealed, sizeof sealed, HEAD, err) != 0)
		return -1;
	if (memcmp(head, magic, MAGIC) != 0 || crypto_secretbox_open_easy(key, wrapped, WRAPPED, nonce, wrapping) != 0)
		return not_ours(err, 0);
	int bad = crypto_secretstream_xchacha20poly1305_init_pull(&r->stream, wrapped + WRAPPED, key);
	secret_wipe(key, sizeof key);
	if (bad || crypto_secretstream_xchacha20poly1305_pull(&r->stream, plain, NULL, &tag, sealed, sizeof sealed, head, MAGIC) != 0 || tag != 0)
		return not_ours(err, HEAD);
	size_t n = (size_t)plain[0] << 8 | plain[1];
	if (n > SPOOL_NOTE_MOST)
		return not_ours(err, HEAD);
	*note = arena_bytes(arena, bytes_of(plain + 2, n));
	secret_wipe(plain, sizeof plain);
	r->at = HEAD + sizeof sealed;
	return 0;
}

int spool_reader_over(int fd, const uint8_t wrapping[SPOOL_KEY], struct arena *arena, struct bytes *note, struct spool_reader **out, struct err *err)
{
	struct spool_reader *r = calloc(1, sizeof *r);
	struct stat st;

	must(r && sodium_init() >= 0);
	r->fd = fd;
	if (fstat(fd, &st) != 0) {
		fail_errno(err, ERR_IO, "cannot look at the spool file");
		spool_read_end(r);
		return -1;
	}
	r->size = (uint64_t)st.st_size;
	if (take_head(r, wrapping, arena, note, err) != 0) {
		spool_read_end(r);
		return -1;
	}
	sha256_start(&r->hash);
	*out = r;
	return 0;
}

/* Which of the keys opens this file; the present one if none does (the reader then says what is wrong). */
static const uint8_t *key_of(struct spool *s, int fd)
{
	size_t at = key_index(s, fd);

	return s->keys.keys[at < s->keys.count ? at : 0];
}

int spool_read_begin(struct spool *s, enum spool_folder folder, const char *name, struct arena *arena, struct bytes *note,
		     struct spool_reader **out, struct err *err)
{
	int fd = openat(s->folders[folder], name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return fail_errno(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "cannot open %s/%s", folder_names[folder], name);
	return spool_reader_over(fd, key_of(s, fd), arena, note, out, err);
}

static int take_piece(struct spool_reader *r, int to, size_t *n, struct err *err)
{
	size_t sealed = (size_t)MIN(r->size - r->at, (uint64_t)sizeof r->sealed);
	bool last = r->at + sealed == r->size;
	unsigned long long plain;
	uint8_t tag;

	if (sealed < OVERHEAD)
		return not_ours(err, r->at);
	if (file_pread_all(r->fd, r->sealed, sealed, r->at, err) != 0)
		return -1;
	if (crypto_secretstream_xchacha20poly1305_pull(&r->stream, r->piece, &plain, &tag, r->sealed, sealed, NULL, 0) != 0 ||
	    tag != (last ? crypto_secretstream_xchacha20poly1305_TAG_FINAL : 0))
		return not_ours(err, r->at);
	sha256_add(&r->hash, r->piece, plain);
	r->at += sealed, r->content += plain;
	*n = plain;
	if (last) {
		r->done = true;
		sha256_end(&r->hash, r->digest);
	}
	return file_write_all(to, bytes_of(r->piece, plain), err);
}

int spool_read_step(struct spool_reader *r, int to, size_t most, bool *end, struct err *err)
{
	size_t done = 0, n = 0;

	do {
		if (!r->done && take_piece(r, to, &n, err) != 0)
			return -1;
		done += n;
	} while (!r->done && done < most);
	*end = r->done;
	return 0;
}

void spool_read_result(const struct spool_reader *r, uint64_t *bytes, uint8_t sha256[SHA256_BYTES])
{
	must(r->done);
	*bytes = r->content;
	memcpy(sha256, r->digest, SHA256_BYTES);
}

void spool_read_end(struct spool_reader *r)
{
	if (!r)
		return;
	if (r->fd >= 0)
		close(r->fd);
	secret_wipe(r, sizeof *r);
	free(r);
}

/* ---- taking up again ---- */

struct spool_taking_up {
	struct spool_reader *reader; /* its descriptor becomes the writer's */
	struct spool_writer *writer;
	bool end, whole;
};

int spool_take_up(struct spool *s, const char *name, struct spool_taking_up **out, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct spool_taking_up *t;
	struct spool_reader *reader;
	struct bytes note;
	int fd = openat(s->folders[SPOOL_UPLOADS], name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return fail_errno(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "cannot open spool/uploads/%s", name);
	if (spool_reader_over(fd, key_of(s, fd), arena, &note, &reader, err) != 0)
		return -1;
	if (note.n)
		secret_wipe((void *)(uintptr_t)note.p, note.n);
	t = calloc(1, sizeof *t);
	struct spool_writer *w = calloc(1, sizeof *w);
	must(t && w && strlen(name) < sizeof w->temporary);
	w->spool = s, w->folder = SPOOL_UPLOADS, w->fd = -1;
	memcpy(w->temporary, name, strlen(name));
	sha256_start(&w->hash);
	t->reader = reader, t->writer = w;
	*out = t;
	return 0;
}

/* One whole piece more; the first that is none ends what counts. */
static int next_piece(struct spool_taking_up *t, struct err *err)
{
	struct spool_reader *r = t->reader;
	struct spool_writer *w = t->writer;
	size_t sealed = (size_t)MIN(r->size - r->at, (uint64_t)sizeof r->sealed);
	crypto_secretstream_xchacha20poly1305_state before = r->stream;
	unsigned long long plain;
	uint8_t tag;

	t->end = true;
	if (sealed < OVERHEAD)
		return 0;
	if (file_pread_all(r->fd, r->sealed, sealed, r->at, err) != 0)
		return -1;
	if (crypto_secretstream_xchacha20poly1305_pull(&r->stream, r->piece, &plain, &tag, r->sealed, sealed, NULL, 0) != 0) {
		r->stream = before;
		return 0;
	}
	t->whole = tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL;
	t->end = t->whole || plain < SPOOL_PIECE;
	sha256_add(&w->hash, r->piece, plain);
	r->at += sealed, w->written += plain;
	return 0;
}

int spool_take_up_step(struct spool_taking_up *t, size_t most, bool *end, struct err *err)
{
	uint64_t until = t->writer->written + most;

	while (!t->end && t->writer->written < until)
		if (next_piece(t, err) != 0)
			return -1;
	*end = t->end;
	return 0;
}

int spool_take_up_end(struct spool_taking_up *t, struct spool_writer **out, struct spool_whole *whole, struct err *err)
{
	struct spool_writer *w = t->writer;
	struct spool_reader *r = t->reader;
	int result = 0;

	must(t->end);
	*out = NULL;
	if (t->whole) {
		whole->bytes = w->written;
		sha256_end(&w->hash, whole->sha256);
	} else if (ftruncate(r->fd, (off_t)r->at) != 0 || lseek(r->fd, (off_t)r->at, SEEK_SET) < 0) {
		result = disk_fault(err, "cut");
	} else {
		w->fd = r->fd, r->fd = -1;
		w->stream = r->stream, w->flushed = w->written;
		*out = w;
		t->writer = NULL;
	}
	spool_take_up_drop(t);
	return result;
}

void spool_take_up_drop(struct spool_taking_up *t)
{
	if (!t)
		return;
	spool_read_end(t->reader);
	if (t->writer) {
		secret_wipe(t->writer, sizeof *t->writer);
		free(t->writer);
	}
	free(t);
}

/* ---- keys of before ---- */

static int note_needed(struct spool *s, enum spool_folder folder, bool needed[SPOOL_KEYS_MOST], struct err *err)
{
	int again = openat(s->folders[folder], ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = again < 0 ? NULL : fdopendir(again);

	if (!d)
		return fail_errno(err, ERR_IO, "cannot list the spool");
	for (struct dirent *e; (e = readdir(d));) {
		FD(fd) = e->d_name[0] == '.' ? -1 : openat(s->folders[folder], e->d_name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
		size_t at = fd < 0 ? s->keys.count : key_index(s, fd);
		if (at < s->keys.count)
			needed[at] = true;
	}
	closedir(d);
	return 0;
}

int spool_forget_keys(struct spool *s, unsigned *dropped, struct err *err)
{
	bool needed[SPOOL_KEYS_MOST] = { 0 };

	*dropped = 0;
	if (wrapping_keys_fresh(&s->keys, err) != 0)
		return -1;
	uint64_t inode = s->keys.inode;
	if (s->keys.count < 2)
		return 0;
	for (size_t i = 0; i < SPOOL_FOLDERS; i++)
		if (note_needed(s, (enum spool_folder)i, needed, err) != 0)
			return -1;
	if (s->keys.inode != inode)
		return 0; /* a rotation meanwhile: the numbers are others now */
	for (size_t i = s->keys.count; i-- > 1;) {
		if (needed[i])
			continue;
		if (wrapping_keys_drop(&s->keys, i, err) != 0)
			return -1;
		++*dropped;
	}
	return 0;
}

/* ---- names ---- */

int spool_rename(struct spool *s, enum spool_folder from_folder, const char *from, enum spool_folder to_folder, const char *to, struct err *err)
{
	if (renameat(s->folders[from_folder], from, s->folders[to_folder], to) != 0)
		return fail_errno(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "cannot rename %s to %s", from, to);
	/* The new name first: should the old one come back too, it leads to the same file. */
	if (folder_sync(s->folders[to_folder], err) != 0)
		return -1;
	return from_folder == to_folder ? 0 : folder_sync(s->folders[from_folder], err);
}

int spool_erase(struct spool *s, enum spool_folder folder, const char *name, struct err *err)
{
	static const uint8_t nothing[HEAD];
	FD(fd) = openat(s->folders[folder], name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return errno == ENOENT ? 0 : fail_errno(err, ERR_IO, "cannot open %s/%s", folder_names[folder], name);
	if (pwrite(fd, nothing, sizeof nothing, 0) != sizeof nothing || fdatasync(fd) != 0)
		return fail_errno(err, ERR_IO, "cannot destroy the key of %s/%s", folder_names[folder], name);
	if (unlinkat(s->folders[folder], name, 0) != 0)
		return fail_errno(err, ERR_IO, "cannot remove %s/%s", folder_names[folder], name);
	return folder_sync(s->folders[folder], err);
}

bool spool_holds(struct spool *s, enum spool_folder folder, const char *name)
{
	return faccessat(s->folders[folder], name, F_OK, 0) == 0;
}

int spool_list(struct spool *s, enum spool_folder folder, struct arena *arena, struct spool_entry **out, size_t *count, struct err *err)
{
	int again = openat(s->folders[folder], ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = again < 0 ? NULL : fdopendir(again);
	size_t n = 0, room = 64;
	struct spool_entry *rows = arena_new_array(arena, struct spool_entry, room);
	struct stat st;

	if (!d)
		return fail_errno(err, ERR_IO, "cannot list the spool");
	for (struct dirent *e; (e = readdir(d));) {
		if (e->d_name[0] == '.' || is_temporary(e->d_name) || fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		if (n == room) {
			struct spool_entry *more = arena_new_array(arena, struct spool_entry, room *= 2);
			memcpy(more, rows, n * sizeof *rows);
			rows = more;
		}
		rows[n++] = (struct spool_entry){ arena_copy(arena, e->d_name, strlen(e->d_name)), st.st_mtim.tv_sec };
	}
	closedir(d);
	*out = rows, *count = n;
	return 0;
}
