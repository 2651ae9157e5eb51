/* ZIPの文法 — the one layout that our writer makes, byte for byte: members one behind the other from byte 0, fixed version, flags and time,
 * no extra field, no comment, no descriptor; the directory says the same again; one end record. Nothing else is accepted. */
#ifndef SANITIZE_GRAMMARS_PACKAGE_ZIP_H
#define SANITIZE_GRAMMARS_PACKAGE_ZIP_H
#include "sanitize/grammar.h"

struct package_member {
	struct bytes name;
	uint64_t data;
	uint32_t packed, size, crc;
	bool deflated, folder;
};
struct package_zip {
	struct check *check;
	struct package_member *members;
	size_t count;
	uint8_t *plain, *packed; /* room that is used again */
	size_t plain_room, packed_room;
};
int package_zip_read(struct check *check, struct package_zip *out, struct err *err) CHECK_RESULT;
/* Whole content, valid until the next call; a zero byte behind it. */
int package_zip_content(struct package_zip *zip, const struct package_member *m, struct bytes *out, struct err *err) CHECK_RESULT;
/* SHA-256 of the content, in pieces, with its checksum proved. */
int package_zip_hash(struct package_zip *zip, const struct package_member *m, uint8_t sha256[32], struct err *err) CHECK_RESULT;

#endif
