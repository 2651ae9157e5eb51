/* 7zの暗号 — a 7z archive under a password as the same archive without one: AES-256 is taken off where it stands between a packed stream and what packed it, and the head is
 * written anew; everything else is left to who reads the archive (archive_read.h). Nothing is unpacked but the head. Windowed: streams are decrypted as they are
 * read. In the archive jail only. article: s6.3.2b; threats H2, B19. */
#ifndef SANITIZE_PARTS_SEVENZIP_UNLOCK_H
#define SANITIZE_PARTS_SEVENZIP_UNLOCK_H
#include "sanitize/parts/archive_read.h"

enum sevenzip_lock {
	SEVENZIP_OPEN,	   /* nothing of it is encrypted, or it is no archive that is understood here: read it as it is */
	SEVENZIP_UNLOCKED, /* read *out instead */
};
/* −1: ENCRYPTED without a password, WRONG_PASSWORD where the head tells (*sure: it told that the password fits), PROTECTED for a cipher or an order of steps that is not
 * known here, BOMB for more keys or rounds of hashing than SPIN takes, TOO_LARGE, MEMORY, DAMAGED. */
int sevenzip_unlock(struct job *job, enum sevenzip_lock *lock, bool *sure, struct archive_source *out, struct err *err) CHECK_RESULT;

#endif
