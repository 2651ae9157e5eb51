/* 命令の受渡し — contract in wire.h; wire.def is read once to put and once to take. */
#include "store/wire.h"
#include "store/field.h"

/* The first field that breaks its rule is remembered; the message is read to its end all the same, for a malformed one outweighs it. */
static void check_text(enum field_kind kind, struct text value, size_t most, const char *name, struct err *bad)
{
	struct err here = { 0 };

	if (bad->code == ERR_NONE && field_check(kind, value, most, name, &here) != 0)
		*bad = here;
}

static void check_size(struct bytes value, size_t least, size_t most, const char *name, struct err *bad)
{
	if (bad->code == ERR_NONE && (value.n < least || value.n > most))
		fail(bad, value.n > most ? ERR_LIMIT : ERR_INVALID, value.n, "%s has %zu bytes, expected %zu to %zu", name, value.n, least, most);
}

static void check_list(struct bytes value, size_t size, size_t most, const char *name, struct err *bad)
{
	check_size(value, size, size * most, name, bad);
	if (bad->code == ERR_NONE && value.n % size != 0)
		fail(bad, ERR_INVALID, value.n, "%s is no list of pieces of %zu bytes", name, size);
}

static void check_time(int64_t value, const char *name, struct err *bad)
{
	if (bad->code == ERR_NONE && (value < 0 || value > (int64_t)1 << 40))
		fail(bad, ERR_INVALID, (uint64_t)value, "%s is no time", name);
}

#define TEXT_OF(kind, name, most) ipc_put_text(m, v->name);
#define BLOB(name, least, most) ipc_put_bytes(m, v->name);
#define LIST(name, size, most) ipc_put_bytes(m, v->name);
#define NUMBER8(name) ipc_put_u8(m, v->name);
#define NUMBER32(name) ipc_put_u32(m, v->name);
#define NUMBER64(name) ipc_put_u64(m, v->name);
#define TIME_OF(name) ipc_put_u64(m, (uint64_t)v->name);
#define REQUEST(name) void store_put_##name(struct ipc_message *m, const struct store_##name *v) {
#define REPLY(name) void store_put_##name##_reply(struct ipc_message *m, const struct store_##name##_reply *v) { ipc_put_u64(m, v->journal);
#define END }
#include "store/wire.def"
#include "store/wire_end.h"

#define TEXT_OF(kind, name, most) v->name = ipc_take_text(m); check_text(FIELD_##kind, v->name, most, #name, &bad);
#define BLOB(name, least, most) v->name = ipc_take_bytes(m); check_size(v->name, least, most, #name, &bad);
#define LIST(name, size, most) v->name = ipc_take_bytes(m); check_list(v->name, size, most, #name, &bad);
#define NUMBER8(name) v->name = ipc_take_u8(m);
#define NUMBER32(name) v->name = ipc_take_u32(m);
#define NUMBER64(name) v->name = ipc_take_u64(m);
#define TIME_OF(name) v->name = (int64_t)ipc_take_u64(m); check_time(v->name, #name, &bad);
#define REQUEST(name) int store_take_##name(struct ipc_message *m, struct store_##name *v, struct err *err) { \
	struct err bad = { 0 }; *v = (struct store_##name){ 0 };
#define REPLY(name) int store_take_##name##_reply(struct ipc_message *m, struct store_##name##_reply *v, struct err *err) { \
	struct err bad = { 0 }; *v = (struct store_##name##_reply){ .journal = ipc_take_u64(m) };
#define END \
	if (ipc_done(m, err) != 0) return -1; \
	return bad.code == ERR_NONE ? 0 : fail(err, bad.code, bad.at, "%s", bad.say); }
#include "store/wire.def"
#include "store/wire_end.h"
