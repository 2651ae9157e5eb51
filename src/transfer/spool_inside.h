/* 保管庫の内側 — what the files of the spool share: spool.c (folder, names, keys), spool_write.c, spool_read.c. For them only.
 * File: magic 8, nonce 24, wrapped key 48, stream header 24; then pieces: the note (padded), content in SPOOL_PIECE bytes, the last one short
 * and marked final. Lengths follow from the file's size; each piece is authenticated, in its place. */
#ifndef TRANSFER_SPOOL_INSIDE_H
#define TRANSFER_SPOOL_INSIDE_H
#include "transfer/spool.h"
#include "transfer/wrapping_keys.h"
#include <sodium.h>

enum {
	MAGIC = 8,
	WRAPPED = crypto_secretbox_KEYBYTES + crypto_secretbox_MACBYTES,
	STREAM_HEADER = crypto_secretstream_xchacha20poly1305_HEADERBYTES,
	HEAD = MAGIC + crypto_secretbox_NONCEBYTES + WRAPPED + STREAM_HEADER,
	OVERHEAD = crypto_secretstream_xchacha20poly1305_ABYTES,
	NOTE_ROOM = 2 + SPOOL_NOTE_MOST,
	FLUSH_EVERY = 8 << 20, /* bytes after which writing to the disk is begun, so that the last sync is short */
};
extern const uint8_t spool_magic[MAGIC];
extern const char *const spool_folder_names[SPOOL_FOLDERS];
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

/* Of errno: ERR_FULL or ERR_IO, "cannot WHAT the spool file". */
int spool_disk_fault(struct err *err, const char *what);
int spool_put(int fd, const void *p, size_t n, struct err *err);
/* Index of the key that wraps the key of this file; the number of keys if it is none of them. */
size_t spool_key_index(struct spool *s, int fd);
/* That key; the present one if none opens the file (the reader then says what is wrong). */
const uint8_t *spool_key_of(struct spool *s, int fd);
bool spool_is_temporary(const char *name); /* of a file that is still being written */

#endif
