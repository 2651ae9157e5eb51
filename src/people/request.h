/* 認証の依頼の読取り — authd's side of auth_client.h: one message becomes one struct, bounded and checked, or nothing. */
#ifndef PEOPLE_REQUEST_H
#define PEOPLE_REQUEST_H
#include "people/auth_client.h"

struct auth_asked {
	enum auth_request type;
	unsigned face;
	uint8_t token[AUTH_TOKEN];
	struct text number, password, code, source, fresh, action, reason;
	bool must_change, clear_factor;
	struct bytes secret;
	const uint8_t (*objects)[SHA256_BYTES]; /* in the arena */
	size_t count;
};
/* ERR_MALFORMED: the connection must end. Texts live in the arena of the message. */
int auth_request_take(struct ipc_message *m, struct arena *arena, struct auth_asked *out, struct err *err) CHECK_RESULT;

#endif
