/* 控えの目録 — one backup: which pieces it is made of (readable to all, so that pieces nobody needs can be removed without the recovery key) and what
 * they are (names, modes, hashes; sealed to the recovery key). Signed by the machine that wrote it. Foreign bytes when read; pure.
 * Form: "SKBACK1\n" · signature 64 over all behind it · u32 length, header (canonical JSON) · u32 count, per piece: name 32, SHA-256 of its file 32, bytes of its file u32 ·
 * sealed box: naming key 32 · u32 files, per file: name u16+bytes, mode u32, bytes u64, SHA-256 32, u32 count, u32 index of a piece … */
#ifndef BACKUP_MANIFEST_H
#define BACKUP_MANIFEST_H
#include "backup/recovery.h"
#include "base/buf.h"
#include "base/json.h"

#define MANIFEST_NUMBER_MOST ((uint64_t)1 << 40)
enum { PIECE_NAME = 32, PIECE_BYTES = 256 * 1024, PIECE_SEAL = 48, MANIFEST_PIECES_MOST = 1 << 22, MANIFEST_FILES_MOST = 1 << 22 };
#define MANIFEST_BYTES_MOST ((size_t)1 << 30)

struct manifest_piece {
	uint8_t name[PIECE_NAME];	 /* keyed hash of the content */
	uint8_t sealed[SHA256_BYTES];	 /* of the file as it lies there */
	uint32_t bytes;			 /* of that file */
};
struct manifest_file {
	const char *name;
	unsigned mode;
	uint64_t bytes;
	uint8_t hash[SHA256_BYTES];
	uint32_t *pieces; /* indices */
	size_t count;
};
struct manifest {
	/* readable */
	struct text id, site, recovery; /* recovery: recovery_name of the key that opens it */
	int64_t at;
	uint64_t number;		/* how many the folder had seen, and this one: the order of backups, whatever the clock says. Before 0.2.0: 0 */
	uint64_t entries;		/* size of the evidence log's checkpoint in it */
	struct manifest_piece *pieces;
	size_t piece_count;
	/* sealed */
	uint8_t naming[NAMING_KEY];
	struct manifest_file *files;
	size_t file_count;
};

struct bytes manifest_write(struct arena *arena, const struct manifest *m, const struct backup_keys *keys);
/* The readable part. Views into `in`, which must live on. Not to be believed before manifest_verify. */
int manifest_read(struct arena *arena, struct bytes in, struct manifest *out, struct err *err) CHECK_RESULT;
bool manifest_verifies(struct bytes in, const uint8_t verify[ED25519_PUBLIC]);
/* The sealed part too; *m as manifest_read filled it. ERR_SIGNATURE: not opened by this key. */
int manifest_open(struct arena *arena, struct bytes in, const struct recovery_key *key, struct manifest *m, struct err *err) CHECK_RESULT;
int manifest_read_listing(struct arena *arena, struct bytes plain, struct manifest *m, struct err *err) CHECK_RESULT; /* the sealed part, opened */

#endif
