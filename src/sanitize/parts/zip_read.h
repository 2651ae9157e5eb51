/* ZIPの読取り — the strict reader under zip, docx and xlsx: reads by windows, believes nothing that is said only once.
 *
 * Accepted: one end record that ends the file (its comment is dropped, not shown), the directory right before it, members without overlap
 * and without hidden bytes between them, local header = directory entry, methods 0 and 8, zip64, data descriptors. Refused: everything else
 * of threat ids B1, H1, H4: encryption, links and devices, `..`, absolute names, backslashes (after decoding: a CP932 trail byte 0x5C is
 * none), two names that some file system takes for one, many volumes, budgets exceeded. */
#ifndef SANITIZE_PARTS_ZIP_READ_H
#define SANITIZE_PARTS_ZIP_READ_H
#include "sanitize/format.h"

enum zip_names { ZIP_NAMES_UTF8, ZIP_NAMES_CP932 };

struct zip_member {
	struct text name;	/* decoded, '/' between folders; a folder's ends in '/' */
	uint64_t local, data;	/* offsets of the local header and of the packed bytes */
	uint64_t packed, size;
	uint32_t crc;
	bool deflated, folder;
	/* only where zip_open_with allows it */
	uint16_t method; /* 0 and 8 too */
	bool encrypted, descriptor, unchecked; /* unchecked: the cipher's own proof stands for the checksum */
	uint8_t aes;	 /* its strength 1-3; 0 the traditional cipher */
	uint16_t time;	 /* proves the password where the sizes follow the content */
};
struct zip_more; /* zip_methods.h */
struct zip {
	struct job *job;
	struct zip_member *members; /* in the directory's order */
	size_t count;
	enum zip_names names;	    /* how names without a UTF-8 mark were read */
	uint64_t size;		    /* of all members, unpacked */
	struct zip_codec *codec;
	const struct zip_more *more;
};
/* Memory that is used again for every member; grows, never shrinks. */
struct zip_space {
	uint8_t *p;
	size_t room;
};
/* Room for n bytes; what was there is lost. NULL: the job's memory is used up. */
uint8_t *zip_space_room(struct zip *zip, struct zip_space *space, size_t n);

/* Reads directory and local headers. -1: refused (DAMAGED, ENCRYPTED, BAD_NAME, BAD_LINK, BOMB, TOO_MANY_PARTS, POLYGLOT, FEATURE). */
int zip_open(struct job *job, struct zip *out, struct err *err) CHECK_RESULT;
/* The same for archives as people send them: other methods and ciphers too (zip_methods.h); such members can only be streamed. */
int zip_open_with(struct job *job, const struct zip_more *more, struct zip *out, struct err *err) CHECK_RESULT;
/* The whole content, length and checksum proved, in `space`; valid until its next use. One zero byte stands behind it. */
int zip_content(struct zip *zip, const struct zip_member *member, struct zip_space *space, struct bytes *out, struct err *err) CHECK_RESULT;
/* The same in pieces, for members of any size. The checksum is known only at the end: what was handed on counts only if 0 comes back. */
int zip_stream(struct zip *zip, const struct zip_member *member, int (*piece)(void *self, struct bytes content, struct err *err), void *self,
	       struct err *err) CHECK_RESULT;

#endif
