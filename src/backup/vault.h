/* 控えの置き場 — the folder of backups: pieces named by a keyed hash of their content, each sealed to the recovery key, and one list per backup. What
 * is there already is not written again; the list, written last, makes a backup. Whoever holds the folder alone can open nothing, and cannot even tell
 * whether it holds a certain file.
 *   sekisho-backup   says what the folder is        pieces/ab/abcdef…   sealed pieces        lists/ID   lists (manifest.h)        lock */
#ifndef BACKUP_VAULT_H
#define BACKUP_VAULT_H
#include "backup/manifest.h"

enum { VAULT_LISTS_MOST = 10000 };

struct vault;
/* write: made if the folder is empty or absent, and locked against another backup (ERR_BUSY). A folder that holds other things: ERR_INVALID; when
 * reading, a folder that is none: ERR_NOT_FOUND. */
int vault_open(const char *path, bool write, struct vault **out, struct err *err) CHECK_RESULT;
void vault_close(struct vault *vault); /* NULL is fine */

/* --- writing one backup --- */
struct vault_writer;
struct vault_writer *vault_write_begin(struct vault *vault, struct arena *arena, const struct backup_keys *keys);
int vault_file(struct vault_writer *w, const char *name, unsigned mode, struct err *err) CHECK_RESULT; /* begins a file */
int vault_data(struct vault_writer *w, struct bytes content, struct err *err) CHECK_RESULT;	       /* ERR_FULL: no room */
int vault_file_end(struct vault_writer *w, struct err *err) CHECK_RESULT;
struct vault_sum {
	uint64_t files, bytes, pieces, new_pieces, new_bytes, removed_pieces, removed_lists;
};
/* Everything durable, then the list: the backup counts from here on. m: id, site, at, entries; the rest is filled, its number one above all that lie there. */
int vault_write_end(struct vault_writer *w, struct manifest *m, struct vault_sum *sum, struct err *err) CHECK_RESULT;
/* Removes all lists but the newest `keep`, and the pieces that no list left names. A list that cannot be read keeps everything: ERR_MALFORMED. */
int vault_retain(struct vault *vault, unsigned keep, struct vault_sum *sum, struct err *err) CHECK_RESULT;

/* --- reading --- */
struct vault_list {
	const char *id;
	struct bytes raw;
	struct manifest manifest; /* readable part, not verified */
	bool readable;
};
/* Newest first: by number, not by the clock, which may stand still or go back. */
int vault_lists(struct vault *vault, struct arena *arena, struct vault_list **out, size_t *count, struct err *err) CHECK_RESULT;
/* Is each piece of this list there, as it was written? Needs no key. err: the first that is not (ERR_NOT_FOUND, ERR_MISMATCH). */
int vault_check(struct vault *vault, const struct manifest *m, struct err *err) CHECK_RESULT;
/* One file of an opened manifest into a descriptor; every piece and the whole are held against their hashes before 0 is returned. */
int vault_restore_file(struct vault *vault, const struct manifest *m, const struct manifest_file *file, const struct recovery_key *key, int to,
		       struct err *err) CHECK_RESULT;

#endif
