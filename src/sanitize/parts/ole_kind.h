/* 複合ファイルの見分け — many formats are OLE2 containers inside. Which one is decided from the names in the top storage. A hint: the formats check everything again. */
#ifndef SANITIZE_PARTS_OLE_KIND_H
#define SANITIZE_PARTS_OLE_KIND_H
#include "sanitize/format.h"

enum ole_kind { /* bits: a container may claim to be several, and then is none that is served */
	OLE_KIND_WORD = 1,
	OLE_KIND_SHEET = 2,
	OLE_KIND_SLIDES = 4,
	OLE_KIND_LOCKED = 8, /* an encrypted package of Office 2007 and later */
	OLE_KIND_MAIL = 16,
	OLE_KIND_ICHITARO = 32,
};
/* head: the header and behind it the directory, as ole_head reads them. 0: none of these, or no OLE2 container. Bounded work, no allocation. */
unsigned ole_kinds(struct bytes head);
/* For identify.c: does the file begin as an OLE2 container? Then its header (512 bytes) and its directory, as far as the first 109 sectors of the table and
 * 4096 entries lead, into the job's arena. -1: no memory, or the file cannot be read. */
bool ole_begins(struct bytes head);
int ole_head(struct job *job, struct bytes head, struct bytes *out, struct err *err) CHECK_RESULT;

#endif
