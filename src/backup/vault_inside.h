/* 控えの置き場の内側 — what vault.c and vault_write.c share; not for others. */
#ifndef BACKUP_VAULT_INSIDE_H
#define BACKUP_VAULT_INSIDE_H
#include "backup/vault.h"

enum { VAULT_PATH = 3 + 2 * PIECE_NAME + 1 };

struct vault {
	int dir, lists, pieces, lock;
};
const char *vault_piece_path(char out[VAULT_PATH], const uint8_t name[PIECE_NAME]); /* "ab/abcdef…" */
int vault_fault(struct err *err, const char *what);				     /* errno: ERR_FULL or ERR_IO */

#endif
