/* 命令の実行 — contract in command.h. */
#include "store/command.h"
#include "base/clock.h"
#include "base/code.h"
#include "base/hash.h"
#include "base/text.h"
#include "evidence/entry.h"
#include "store/events.h"

enum { TOUCH_SECONDS = 30 };

static const struct {
	const char *process;
	unsigned caller;
} callers_known[] = {
	{ "operator", FROM_OPERATOR }, { "authd", FROM_AUTHD }, { "transferd", FROM_TRANSFERD },
	{ "webd-office", FROM_WEBD_OFFICE }, { "evidenced", FROM_EVIDENCED }, { "zonesd", FROM_ZONESD },
};

unsigned command_caller(const char *process)
{
	for (size_t i = 0; i < COUNT(callers_known); i++)
		if (strcmp(callers_known[i].process, process) == 0)
			return callers_known[i].caller;
	return 0;
}

/* A handler that forgot its permission or its journal row is a bug; it fails closed. */
static int check_done(const struct act *act, enum command_permit permission, const char *name, struct err *err)
{
	if (act->permitted != permission)
		return fail(err, ERR_BUG, act->permitted, "%s did not check its permission", name);
	if (act->wanted[0] && !act->wrote_wanted && !act->repeated)
		return fail(err, ERR_BUG, 0, "%s wrote no journal row", name);
	return 0;
}

#define COMMAND(number, name, callers, permission, event)                                                                          \
	static int run_##name(struct act *act, struct ipc_message *request, struct ipc_message *reply, struct err *err)           \
	{                                                                                                                         \
		struct store_##name in;                                                                                           \
		struct store_##name##_reply out = { 0 };                                                                          \
                                                                                                                                  \
		act->wanted = event;                                                                                              \
		if (store_take_##name(request, &in, err) != 0)                                                                    \
			return -1;                                                                                                \
		if (!(command_caller(act->caller) & (callers)))                                                                   \
			return fail(err, ERR_DENIED, number, "%s may not ask for %s", act->caller, #name);                        \
		if (command_##name(act, &in, &out, err) != 0 || check_done(act, permission, #name, err) != 0)                     \
			return -1;                                                                                                \
		out.journal = act->journal;                                                                                       \
		store_put_##name##_reply(reply, &out);                                                                            \
		return 0;                                                                                                         \
	}
#include "store/commands.def"
#undef COMMAND

int command_run(struct act *act, struct ipc_message *request, struct ipc_message *reply, struct err *err)
{
	act->permitted = PERMIT_NONE;
	act->repeated = act->wrote_wanted = false;
	act->journal = act->awaits = 0;
	switch (request->type) {
#define COMMAND(number, name, callers, permission, event) case number: return run_##name(act, request, reply, err);
#include "store/commands.def"
#undef COMMAND
	}
	ipc_drop(request);
	return fail(err, ERR_MALFORMED, request->type, "there is no command %u", request->type);
}

int act_unit(struct act *act, struct text code, struct sql_unit_by_code_row *out, struct err *err)
{
	bool found;

	if (sql_unit_by_code(act->sql, act->arena, act->site, code, out, &found, err) != 0)
		return -1;
	if (!found)
		return fail(err, ERR_NOT_FOUND, 0, "there is no unit %s", code.p);
	return out->valid_to == 0 ? 0 : fail(err, ERR_EXPIRED, 0, "unit %s is closed", code.p);
}

int act_person(struct act *act, struct text number, struct sql_person_by_number_row *out, struct err *err)
{
	bool found;

	if (sql_person_by_number(act->sql, act->arena, act->site, number, act->now, out, &found, err) != 0)
		return -1;
	if (!found || out->valid_from > act->now || (out->valid_to != 0 && out->valid_to <= act->now))
		return fail(err, ERR_NOT_FOUND, 0, "nobody in office has the number %s", number.p);
	return 0;
}

int act_session(struct act *act, struct bytes token, unsigned face, struct act_session *out, struct err *err)
{
	struct sql_session_by_token_row s;
	struct sql_person_by_number_row p;
	uint8_t hash[SHA256_BYTES];
	bool found;

	sha256_of(token, hash);
	if (sql_session_by_token(act->sql, act->arena, act->site, bytes_of(hash, sizeof hash), &s, &found, err) != 0)
		return -1;
	if (!found || s.closed_at != 0 || s.expires_at <= act->now || act->now - s.last_seen >= STORE_SESSION_IDLE_MOST ||
	    (face != 0 && s.face != (int64_t)face))
		return fail(err, ERR_NOT_SIGNED_IN, 0, "the session has ended");
	struct err who = { 0 };
	if (act_person(act, s.number, &p, &who) != 0) {
		if (who.code != ERR_NOT_FOUND)
			return fail(err, who.code, who.at, "%s", who.say);
		return fail(err, ERR_NOT_SIGNED_IN, 0, "the session has ended");
	}
	if (!act->quiet && act->now - s.last_seen >= TOUCH_SECONDS) {
		if (sql_session_touch(act->sql, act->site, bytes_of(hash, sizeof hash), act->now, err) != 0)
			return -1;
		s.last_seen = act->now;
	}
	*out = (struct act_session){ .number = p.number, .name = p.name, .unit = p.unit, .unit_name = p.unit_name, .is_chief = p.is_chief,
				     .is_administrator = p.is_administrator, .expires = MIN(s.expires_at, s.last_seen + STORE_SESSION_IDLE_MOST),
				     .face = (unsigned)s.face };
	act->permitted = PERMIT_SESSION;
	return 0;
}

/* The operator has no session; whoever brings a token is judged by it alone. */
static int find_actor(struct act *act, struct bytes token, struct act_session *who, struct err *err)
{
	*who = (struct act_session){ .number = TEXT(""), .name = TEXT(""), .unit = TEXT(""), .unit_name = TEXT("") };
	if (token.n == 0 && strcmp(act->caller, "operator") == 0)
		return 0;
	if (token.n != 32)
		return fail(err, ERR_NOT_SIGNED_IN, 0, "a session is wanted");
	return act_session(act, token, FACE_OFFICE, who, err);
}

int act_administrator(struct act *act, struct bytes token, struct act_session *who, struct err *err)
{
	if (find_actor(act, token, who, err) != 0)
		return -1;
	if (who->number.n > 0 && !who->is_administrator)
		return fail(err, ERR_DENIED, 0, "%s is no administrator", who->number.p);
	act->permitted = PERMIT_ADMINISTRATOR;
	return 0;
}

int act_for_person(struct act *act, struct bytes token, struct text number, struct act_session *who, struct err *err)
{
	if (find_actor(act, token, who, err) != 0)
		return -1;
	if (who->number.n > 0 && !who->is_administrator && !text_equal(who->number, number))
		return fail(err, ERR_DENIED, 0, "%s may not act for %s", who->number.p, number.p);
	act->permitted = PERMIT_FOR_PERSON;
	return 0;
}

void act_set_hex(struct act *act, struct json *object, const char *key, struct bytes value)
{
	json_set_str(act->arena, object, key, hex_of(act->arena, value));
}

int act_policy_text(struct bytes content, struct bytes hash, struct err *err)
{
	uint8_t own[SHA256_BYTES];

	sha256_of(content, own);
	if (!bytes_equal(bytes_of(own, sizeof own), hash))
		return fail(err, ERR_MISMATCH, 0, "the text is not the one whose hash was given");
	return is_utf8(content) ? 0 : fail(err, ERR_NOT_TEXT, 0, "the policy is no UTF-8 text");
}

int act_json(struct act *act, struct bytes in, const char *name, struct bytes *out, struct err *err)
{
	struct json value;
	struct err why = { 0 };

	if (json_read_loose(act->arena, in, &value, &why) != 0 || value.kind != JSON_OBJECT)
		return fail(err, ERR_INVALID, why.at, "%s is no JSON object: %s", name, why.say);
	*out = json_bytes(act->arena, &value);
	return 0;
}

int act_changed_one(struct act *act, struct err *err)
{
	return sql_changes(act->sql) == 1 ? 0 : fail(err, ERR_CONFLICT, 0, "the record has changed meanwhile");
}

int act_count_stranger(struct act *act, struct text kind, struct text source, struct err *err)
{
	struct sql_strangers_of_minute_row kinds;
	struct sql_stranger_known_row known;
	int64_t minute = act->now / 60;
	bool found;

	if (sql_stranger_known(act->sql, act->arena, act->site, minute, kind, source, &known, &found, err) != 0 ||
	    sql_strangers_of_minute(act->sql, act->arena, act->site, minute, &kinds, &(bool){ false }, err) != 0)
		return -1;
	if (!found && kinds.count >= STORE_STRANGERS_PER_MINUTE_MOST)
		source = TEXT("*");
	return sql_stranger_count(act->sql, act->site, minute, kind, source, err);
}

int act_journal(struct act *act, const char *event, struct text actor, struct text post, const char *object, struct json *what, int64_t *position,
		struct err *err)
{
	const struct event_kind *kind = event_kind_of((struct text){ event, strlen(event) });
	struct sql_journal_number_row got;
	struct bytes entry;
	uint8_t salt[ENTRY_SALT];
	char at[CLOCK_TEXT];
	bool found;

	must(kind);
	if (sql_journal_number(act->sql, act->arena, act->site, &got, &found, err) != 0)
		return -1;
	must(found && got.epoch.n == ENTRY_EPOCH);
	if (actor.n == 0) {
		const char *p = arena_printf(act->arena, "process:%s", act->caller);
		actor = (struct text){ p, strlen(p) };
	}
	struct json *record = json_object(act->arena);
	json_set_text(act->arena, record, "actor", actor);
	json_set_str(act->arena, record, "at", clock_utc(act->now, at));
	json_set_str(act->arena, record, "event", event);
	json_set_number(act->arena, record, "no", got.no);
	json_set_str(act->arena, record, "object", object);
	json_set_text(act->arena, record, "post", post);
	json_set_text(act->arena, record, "site", act->site);
	json_set_number(act->arena, record, "v", 1);
	json_set(act->arena, record, "what", what);
	struct bytes content = json_bytes(act->arena, record);
	random_bytes(salt, sizeof salt);
	struct entry e = { .no = (uint64_t)got.no, .at = act->now, .event = { event, strlen(event) }, .site = act->site };
	memcpy(e.epoch, got.epoch.p, ENTRY_EPOCH);
	entry_commit(salt, content, e.commit);
	if (entry_make(act->arena, &e, &entry, err) != 0 ||
	    sql_journal_insert(act->sql, act->site, got.position, got.epoch, got.no, act->now, e.event, actor, post,
			       (struct text){ object, strlen(object) }, content, bytes_of(salt, sizeof salt), entry, err) != 0)
		return -1;
	if (!act->journal)
		act->journal = (uint64_t)got.no;
	if (kind->waits_for_seal)
		act->awaits = (uint64_t)got.no;
	if (act->wanted && strcmp(event, act->wanted) == 0)
		act->wrote_wanted = true;
	if (position)
		*position = got.position;
	return 0;
}

int store_open_epoch(struct act *act, struct json *what, struct err *err)
{
	struct sql_counter_now_row now;
	uint8_t epoch[ENTRY_EPOCH];
	bool found;

	if (sql_counter_now(act->sql, act->arena, act->site, &now, &found, err) != 0)
		return -1;
	int64_t first = found ? now.first_position + now.last : 1;
	random_bytes(epoch, sizeof epoch);
	act_set_hex(act, what, "epoch", bytes_of(epoch, sizeof epoch));
	if (found)
		act_set_hex(act, what, "before", now.epoch);
	if (sql_epoch_insert(act->sql, act->site, bytes_of(epoch, sizeof epoch), first, act->now, err) != 0 ||
	    sql_counter_put(act->sql, act->site, bytes_of(epoch, sizeof epoch), first, err) != 0)
		return -1;
	return act_journal(act, found ? ENTRY_NEW_EPOCH_EVENT : "epoch.opened", TEXT(""), TEXT(""), "store", what, NULL, err);
}

int store_flush_strangers(struct act *act, struct err *err)
{
	struct sql_strangers_before_row *rows;
	size_t count;
	int64_t minute = act->now / 60;
	char at[CLOCK_TEXT];

	if (sql_strangers_before(act->sql, act->arena, act->site, minute, &rows, &count, err) != 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		struct json *what = json_object(act->arena);
		json_set_number(act->arena, what, "count", rows[i].count);
		json_set_text(act->arena, what, "kind", rows[i].kind);
		json_set_str(act->arena, what, "minute", clock_utc(rows[i].minute * 60, at));
		json_set_text(act->arena, what, "source", rows[i].source);
		if (act_journal(act, "stranger.refused", TEXT(""), TEXT(""), "stranger", what, NULL, err) != 0)
			return -1;
	}
	return count ? sql_strangers_forget(act->sql, act->site, minute, err) : 0;
}
