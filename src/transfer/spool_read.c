/* 保管庫から読む — contract in spool.h. Here: reading, piece by piece, each held against its seal; taking up what a break left. */
#include "base/file.h"
#include "transfer/spool_inside.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static int not_ours(struct err *err, uint64_t at)
{
	return fail(err, ERR_SIGNATURE, at, "the spool file is not ours, was changed, or its key is erased");
}

size_t spool_key_index(struct spool *s, int fd)
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
	if (memcmp(head, spool_magic, MAGIC) != 0 || crypto_secretbox_open_easy(key, wrapped, WRAPPED, nonce, wrapping) != 0)
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

const uint8_t *spool_key_of(struct spool *s, int fd)
{
	size_t at = spool_key_index(s, fd);

	return s->keys.keys[at < s->keys.count ? at : 0];
}

int spool_read_begin(struct spool *s, enum spool_folder folder, const char *name, struct arena *arena, struct bytes *note,
		     struct spool_reader **out, struct err *err)
{
	int fd = openat(s->folders[folder], name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return fail_errno(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "cannot open %s/%s", spool_folder_names[folder], name);
	return spool_reader_over(fd, spool_key_of(s, fd), arena, note, out, err);
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
	if (spool_reader_over(fd, spool_key_of(s, fd), arena, &note, &reader, err) != 0)
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
		result = spool_disk_fault(err, "cut");
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
