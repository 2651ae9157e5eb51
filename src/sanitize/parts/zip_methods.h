/* ZIPの圧縮方式と暗号 — what a ZIP archive may use beyond stored and deflated: only the archive jail links it, office documents never have it. */
#ifndef SANITIZE_PARTS_ZIP_METHODS_H
#define SANITIZE_PARTS_ZIP_METHODS_H
#include "sanitize/parts/zip_read.h"

struct unpack {
	uint8_t *in, *out;
	size_t in_left, out_left;
};
enum unpack_state { UNPACK_MORE, UNPACK_END, UNPACK_BAD };
struct zip_unpacker {
	unsigned number;
	/* NULL: no memory. plain: bytes that must come out. */
	void *(*begin)(struct arena *arena, uint64_t plain);
	/* Moves what it took and gave; MORE with nothing moved: it wants more input. */
	enum unpack_state (*step)(void *self, struct unpack *u);
	void (*end)(void *self); /* whether it came to its end or not; what begin gave is gone */
};
extern const struct zip_unpacker zip_bzip2, zip_lzma, zip_xz, zip_zstd;

struct zip_cipher; /* one member */
struct zip_ciphers {
	/* Reads what stands before the content and proves the password as far as that tells. *head, *tail: bytes of `packed` that are no content.
	 * -1: ENCRYPTED (no password), WRONG_PASSWORD. */
	int (*begin)(struct job *job, const struct zip_member *member, struct zip_cipher **out, unsigned *head, unsigned *tail, struct err *err);
	void (*decrypt)(struct zip_cipher *cipher, uint8_t *p, size_t n);
	/* WRONG_PASSWORD or DAMAGED: the content is not what was encrypted. */
	int (*end)(struct zip_cipher *cipher, struct err *err);
};
struct zip_more {
	const struct zip_unpacker *const *methods; /* ends with NULL */
	const struct zip_ciphers *ciphers;
};
extern const struct zip_ciphers zip_ciphers;
extern const struct zip_more zip_archive_more;

#endif
