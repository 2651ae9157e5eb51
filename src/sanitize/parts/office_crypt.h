/* Office文書の暗号 — the protection by password of docx, xlsx and pptx (MS-OFFCRYPTO, Standard and Agile): an OLE2 container with the package encrypted in it.
 * Primitives are nettle's, which ask the system for nothing. What comes out is a package like any other. threat B19. */
#ifndef SANITIZE_PARTS_OFFICE_CRYPT_H
#define SANITIZE_PARTS_OFFICE_CRYPT_H
#include "sanitize/format.h"

/* info: the stream EncryptionInfo; package: EncryptedPackage. password: as typed, UTF-8; n = 0: none, then only the one that programs use by themselves for
 * documents that are merely to be read. spin_most: rounds a file may ask for; more is refused before the first. *out in the arena.
 * -1: ENCRYPTED (no password), WRONG_PASSWORD, BOMB (rounds), DAMAGED (what was encrypted was changed, too), FEATURE (other ciphers), MEMORY. */
int office_decrypt(struct arena *arena, struct bytes info, struct bytes package, struct bytes password, uint64_t spin_most, struct bytes *out, struct err *err)
	CHECK_RESULT;

#endif
