/* 保管庫に書く — contract in spool.h. Here: writing, and files that outlive a break. */
#include "base/file.h"
#include "transfer/spool_inside.h"
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int spool_disk_fault(struct err *err, const char *what)
{
	return fail_errno(err, errno == ENOSPC || errno == EDQUOT ? ERR_FULL : ERR_IO, "cannot %s the spool file", what);
}

int spool_put(int fd, const void *p, size_t n, struct err *err)
{
	struct err ours;

	if (file_write_all(fd, bytes_of(p, n), &ours) == 0)
		return 0;
	return spool_disk_fault(err, "write");
}

static int put_head(struct spool_writer *w, struct bytes note, struct err *err)
{
	uint8_t head[HEAD], key[SPOOL_KEY], plain[NOTE_ROOM] = { (uint8_t)(note.n >> 8), (uint8_t)note.n }, sealed[NOTE_ROOM + OVERHEAD];
	uint8_t *nonce = head + MAGIC, *wrapped = nonce + crypto_secretbox_NONCEBYTES;

	memcpy(head, spool_magic, MAGIC);
	random_bytes(nonce, crypto_secretbox_NONCEBYTES);
	crypto_secretstream_xchacha20poly1305_keygen(key);
	crypto_secretbox_easy(wrapped, key, sizeof key, nonce, w->spool->keys.keys[0]);
	crypto_secretstream_xchacha20poly1305_init_push(&w->stream, wrapped + WRAPPED, key);
	secret_wipe(key, sizeof key);
	if (note.n)
		memcpy(plain + 2, note.p, note.n);
	crypto_secretstream_xchacha20poly1305_push(&w->stream, sealed, NULL, plain, sizeof plain, head, MAGIC, 0);
	secret_wipe(plain, sizeof plain);
	return spool_put(w->fd, head, sizeof head, err) != 0 ? -1 : spool_put(w->fd, sealed, sizeof sealed, err);
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
		spool_disk_fault(err, "make");
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
	must(strlen(name) <= SPOOL_NAME_MOST && !spool_is_temporary(name));
	return begin_file(s, SPOOL_UPLOADS, name, note, out, err);
}

static int put_piece(struct spool_writer *w, uint8_t tag, struct err *err)
{
	unsigned long long n;

	sha256_add(&w->hash, w->piece, w->n);
	crypto_secretstream_xchacha20poly1305_push(&w->stream, w->sealed, &n, w->piece, w->n, NULL, 0, tag);
	w->n = 0;
	if (spool_put(w->fd, w->sealed, n, err) != 0)
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

	must(strlen(name) <= SPOOL_NAME_MOST && !spool_is_temporary(name));
	if (put_piece(w, crypto_secretstream_xchacha20poly1305_TAG_FINAL, err) != 0)
		return -1;
	if (fdatasync(w->fd) != 0 || renameat(folder, w->temporary, folder, name) != 0)
		return spool_disk_fault(err, "keep");
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
		return spool_disk_fault(err, "keep");
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
