/* 命令の受渡し — for each command of wire.def: struct store_NAME (what is asked), struct store_NAME_reply (what comes back), and the
 * functions that put them into and take them out of a message. Texts and bytes that were taken live in the message's arena. */
#ifndef STORE_WIRE_H
#define STORE_WIRE_H
#include "base/ipc.h"
#include "store/limits.h"

#define TEXT_OF(kind, name, most) struct text name;
#define BLOB(name, least, most) struct bytes name;
#define LIST(name, size, most) struct bytes name;
#define NUMBER8(name) uint8_t name;
#define NUMBER32(name) uint32_t name;
#define NUMBER64(name) uint64_t name;
#define TIME_OF(name) int64_t name;
#define REQUEST(name) struct store_##name {
#define REPLY(name) struct store_##name##_reply { uint64_t journal;
#define END };
#include "store/wire.def"
#include "store/wire_end.h"

enum store_command {
#define COMMAND(number, name, callers, permission, event) STORE_##name = number,
#include "store/commands.def"
#undef COMMAND
};

/* take: ERR_MALFORMED = not a message of this kind (the connection must end); ERR_INVALID, ERR_LIMIT = a field breaks its rule. */
#define COMMAND(number, name, callers, permission, event)                                                                             \
	void store_put_##name(struct ipc_message *m, const struct store_##name *v);                                                  \
	int store_take_##name(struct ipc_message *m, struct store_##name *v, struct err *err) CHECK_RESULT;                          \
	void store_put_##name##_reply(struct ipc_message *m, const struct store_##name##_reply *v);                                  \
	int store_take_##name##_reply(struct ipc_message *m, struct store_##name##_reply *v, struct err *err) CHECK_RESULT;
#include "store/commands.def"
#undef COMMAND

#endif
