/* 途中からの続き — contract in spool.h. Here: a file that a break left is read to its last whole piece, and written on. */
#include "base/file.h"
#include "transfer/spool_inside.h"
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

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
