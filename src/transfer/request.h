/* 受け渡しの依頼の読取り — transferd's side of client.h: one message becomes one struct, bounded and checked, or nothing. */
#ifndef TRANSFER_REQUEST_H
#define TRANSFER_REQUEST_H
#include "transfer/client.h"

enum { TRANSFER_FIELD_MOST = 4096 };

struct transfer_asked {
	enum transfer_request type;
	uint8_t token[TRANSFER_TOKEN];
	struct text addressee, purpose, name, declared_type, charset, password, source, query, guest, organisation;
	uint64_t number; /* ticket, before, or bytes, by type */
	unsigned most;
	bool quiet; /* asked by a page on its own */
	bool lasting;
	bool after; /* the picture of what was rebuilt */
	bool full; /* rows with what a look costs each */
	unsigned state;
	int64_t since, until;
	uint8_t upload[TRANSFER_UPLOAD_ID];
	uint8_t uploads[TRANSFER_FILES_MOST * TRANSFER_UPLOAD_ID];
	size_t upload_count;
};
/* ERR_MALFORMED: the connection must end. Texts live in the arena of the message. */
int transfer_request_take(struct ipc_message *m, struct transfer_asked *out, struct err *err) CHECK_RESULT;

/* A file name as the browser said it → one that may stand in the record: the last part of a path, without controls and marks that mislead,
 * at most 255 bytes with its extension kept; "無題" if nothing is left. */
struct text transfer_safe_name(struct arena *arena, struct text name);

#endif
