/* 復元の鍵 — the keys of backups. The secret half of the recovery key leaves the machine when it is made, for the safe of the city (金庫); the machine
 * keeps the public half, with which it can lock but not open, the key that signs what it wrote, and the key that names its pieces.
 * article: s6.6a (backup of the systems) */
#ifndef BACKUP_RECOVERY_H
#define BACKUP_RECOVERY_H
#include "base/arena.h"
#include "base/hash.h"

enum { RECOVERY_KEY = 32, NAMING_KEY = 32, RECOVERY_FILE_MOST = 4096 };
#define BACKUP_KEYS_FILE "backup/keys" /* in the data folder; 0600, the operator's */
#define BACKUP_LAST_FILE "run/last-backup" /* what the last backup was: canonical JSON that all may read, for status, doctor and metrics */
#define BACKUP_FAILED_FILE "run/backup-failed" /* when and why one failed that came after it: {at, code: enum err_code, say} */

/* What the machine keeps. */
struct backup_keys {
	uint8_t recovery[RECOVERY_KEY];		/* public half */
	uint8_t signing[ED25519_SECRET], verify[ED25519_PUBLIC];
	uint8_t naming[NAMING_KEY];
	int64_t made;
};
/* What lies in the safe. */
struct recovery_key {
	uint8_t secret[RECOVERY_KEY], recovery[RECOVERY_KEY], verify[ED25519_PUBLIC];
	struct text site;
	int64_t made;
};

/* New keys for both sides. */
void recovery_make(struct text site, int64_t now, struct backup_keys *machine, struct recovery_key *safe);
/* The file for the safe: lines a person can type off a sheet of paper, with a checksum. */
struct bytes recovery_text(struct arena *arena, const struct recovery_key *safe);
/* Foreign bytes (a person may have typed them): blanks at line ends and empty lines are forgiven. ERR_MALFORMED names the line; ERR_MISMATCH: the checksum says
 * that a letter was changed. */
int recovery_read(struct arena *arena, struct bytes in, struct recovery_key *out, struct err *err) CHECK_RESULT;
void recovery_wipe(struct recovery_key *safe);

/* home/BACKUP_KEYS_FILE. ERR_NOT_FOUND: no recovery key was ever made. */
int backup_keys_write(int home, const struct backup_keys *keys, struct err *err) CHECK_RESULT;
int backup_keys_read(int home, struct backup_keys *out, struct err *err) CHECK_RESULT;
void backup_keys_wipe(struct backup_keys *keys);
/* "3f9a 01cc 27de 5b10": tells which key opens which backup, without telling the key. */
const char *recovery_name(struct arena *arena, const uint8_t recovery[RECOVERY_KEY]);

#endif
