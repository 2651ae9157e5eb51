/* 保管庫 — files at rest: each encrypted under a key of its own (secretstream, 64 KiB pieces), that key wrapped by spool/wrapping.key and kept
 * in the file's head; overwriting the head erases the file, whatever else the disk remembers. Nothing counts before it is durable under its
 * name. Folders: in/ what was handed in (quarantine), out/ what was rebuilt. article: s6.3.2b s6.4a */
#ifndef TRANSFER_SPOOL_H
#define TRANSFER_SPOOL_H
#include "base/arena.h"
#include "base/hash.h"

enum {
	SPOOL_PIECE = 64 * 1024, /* bytes of content in one piece */
	SPOOL_NOTE_MOST = 1024,	 /* bytes kept with a file, encrypted like it */
	SPOOL_NAME_MOST = 40,
	SPOOL_KEY = 32,
};
enum spool_folder { SPOOL_IN, SPOOL_OUT, SPOOL_UPLOADS, SPOOL_PICTURES, SPOOL_FOLDERS }; /* uploads: what is on its way in; pictures: of first pages, made of the others and never in a backup */

struct spool;
/* Makes folders and wrapping key where they are missing: only for --init. */
int spool_make(int home, struct err *err) CHECK_RESULT;
/* Opens what spool_make made (uploads/ and pictures/ are made if an older version or a backup left none); removes what was being written when the process ended last,
 * lasting files aside. */
int spool_open(int home, struct spool **out, struct err *err) CHECK_RESULT;
void spool_close(struct spool *spool);
int spool_folder(const struct spool *spool); /* a descriptor on its disk, the spool's own */
/* ERR_FULL unless so many more bytes fit beside the reserve. */
int spool_has_room(struct spool *spool, uint64_t bytes, struct err *err) CHECK_RESULT;

/* The wrapping keys and what lies under final names, into a copy (base/copy.h): for a backup. What is erased meanwhile is left out. */
int spool_copy(int home, int out, struct err *err) CHECK_RESULT;
/* Removes wrapping keys of before (wrapping_keys.h) that no file needs any more; *dropped counts them. */
int spool_forget_keys(struct spool *spool, unsigned *dropped, struct err *err) CHECK_RESULT;

/* Writing, piece by piece, with little memory. The file lies under a temporary name until spool_keep. */
struct spool_writer;
int spool_write_begin(struct spool *spool, enum spool_folder folder, struct bytes note, struct spool_writer **out, struct err *err) CHECK_RESULT;
int spool_write(struct spool_writer *writer, struct bytes content, struct err *err) CHECK_RESULT; /* any amount; ERR_FULL */
/* Durable under `name` when it returns 0 (an older file of the name is replaced); then the writer is gone. sha256 of the content. */
int spool_keep(struct spool_writer *writer, const char *name, uint64_t *bytes, uint8_t sha256[SHA256_BYTES], struct err *err) CHECK_RESULT;
void spool_write_drop(struct spool_writer *writer); /* without a trace; NULL is fine */
uint64_t spool_written(const struct spool_writer *writer);

/* A file that may be written on after a break: it lies in SPOOL_UPLOADS under its name from the beginning. */
int spool_lasting_begin(struct spool *spool, const char *name, struct bytes note, struct spool_writer **out, struct err *err) CHECK_RESULT;
/* Makes what fills whole pieces durable; *bytes: so much. The rest stays in memory; spool_forget_rest takes it back. */
int spool_settle(struct spool_writer *writer, uint64_t *bytes, struct err *err) CHECK_RESULT;
void spool_forget_rest(struct spool_writer *writer);
/* Stops writing; the file stays as far as it is durable. NULL is fine. */
void spool_park(struct spool_writer *writer);
/* No more content: durable as a whole under its name; then the writer is gone. */
int spool_complete(struct spool_writer *writer, uint64_t *bytes, uint8_t sha256[SHA256_BYTES], struct err *err) CHECK_RESULT;
/* Takes a parked file up again: reads it from the front, `most` bytes at a time, up to the last whole piece; what follows is cut off.
 * At the end *out is its writer, or NULL and `whole` if it had been completed. ERR_SIGNATURE: not ours, or erased. */
struct spool_whole {
	uint64_t bytes;
	uint8_t sha256[SHA256_BYTES];
};
struct spool_taking_up;
int spool_take_up(struct spool *spool, const char *name, struct spool_taking_up **out, struct err *err) CHECK_RESULT;
int spool_take_up_step(struct spool_taking_up *t, size_t most, bool *end, struct err *err) CHECK_RESULT;
int spool_take_up_end(struct spool_taking_up *t, struct spool_writer **out, struct spool_whole *whole, struct err *err) CHECK_RESULT; /* t is gone */
void spool_take_up_drop(struct spool_taking_up *t); /* NULL is fine */

/* Reading: the note first, then the content into a descriptor, `most` bytes at a time, so that an event loop stays awake. */
struct spool_reader;
/* ERR_NOT_FOUND: no such file. ERR_SIGNATURE: not ours, changed, or its key was erased. */
int spool_read_begin(struct spool *spool, enum spool_folder folder, const char *name, struct arena *arena, struct bytes *note,
		     struct spool_reader **out, struct err *err) CHECK_RESULT;
/* *end when everything was written and the file is whole. */
int spool_read_step(struct spool_reader *reader, int to, size_t most, bool *end, struct err *err) CHECK_RESULT;
/* After the end. */
void spool_read_result(const struct spool_reader *reader, uint64_t *bytes, uint8_t sha256[SHA256_BYTES]);
void spool_read_end(struct spool_reader *reader); /* NULL is fine */
/* The same over any descriptor and wrapping key: for fuzzing. */
int spool_reader_over(int fd, const uint8_t wrapping[SPOOL_KEY], struct arena *arena, struct bytes *note, struct spool_reader **out,
		      struct err *err) CHECK_RESULT;

int spool_rename(struct spool *spool, enum spool_folder from_folder, const char *from, enum spool_folder to_folder, const char *to, struct err *err)
	CHECK_RESULT;
/* Destroys the key in the head, then the name; durable. A file that is not there is no failure. */
int spool_erase(struct spool *spool, enum spool_folder folder, const char *name, struct err *err) CHECK_RESULT;
bool spool_holds(struct spool *spool, enum spool_folder folder, const char *name);

struct spool_entry {
	const char *name;
	int64_t changed; /* seconds since 1970 */
};
/* What lies there, temporary names left out. */
int spool_list(struct spool *spool, enum spool_folder folder, struct arena *arena, struct spool_entry **out, size_t *count, struct err *err)
	CHECK_RESULT;

#endif
