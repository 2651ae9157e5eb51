/* 命令の実行 — what recordd does with one command: who sent it, may they, the change, the journal row. A handler lives in commands/NAME.c and has
 * no other way to the store. Used by recordd and by tests; runs inside a transaction that the caller opened. */
#ifndef STORE_COMMAND_H
#define STORE_COMMAND_H
#include "base/json.h"
#include "store/client.h"
#include "store/sql.gen.h"
#include "store/ticket_states.h"

enum command_caller {
	FROM_OPERATOR = 1,
	FROM_AUTHD = 2,
	FROM_TRANSFERD = 4,
	FROM_WEBD_OFFICE = 8,
	FROM_EVIDENCED = 16,
	FROM_ZONESD = 32,
	FROM_ANY = 63,
};
unsigned command_caller(const char *process); /* 0: this process may send recordd nothing */

/* What a handler must have established before anything is committed; the row in commands.def says which. */
enum command_permit {
	PERMIT_NONE,
	PERMIT_PROCESS,	  /* the calling process acts for itself: the callers column is the permission */
	PERMIT_SESSION,	  /* a person's session that lives */
	PERMIT_ADDRESSEE, /* and the person is the ticket's addressee */
	PERMIT_GUEST,	  /* whoever shows the token of a link that is open */
	PERMIT_APPROVER,  /* and the person may decide each ticket named */
	PERMIT_ADMINISTRATOR, /* the operator, or the session of an administrator */
	PERMIT_FOR_PERSON,    /* that, or the session of the person it is about */
};

/* One command being carried out. */
struct act {
	struct sql *sql;
	struct arena *arena;
	const char *home;   /* for trust/approval.pub */
	struct text site;
	const char *caller; /* process name */
	int64_t now;
	bool quiet; /* what is asked is no sign of life of the person: the session's idle time runs on */
	/* filled on the way */
	enum command_permit permitted;
	bool repeated;	    /* the same was done before: nothing was written now */
	const char *wanted; /* the event that the command's row names */
	bool wrote_wanted;
	uint64_t journal;   /* number of the first row written, 0 none */
	uint64_t awaits;    /* answer only when everything up to this number is sealed; 0 = at once */
};

/* Takes the request apart, carries it out, puts the reply. ERR_MALFORMED: the connection must end. On any failure the caller undoes what was
 * done since its mark. */
int command_run(struct act *act, struct ipc_message *request, struct ipc_message *reply, struct err *err) CHECK_RESULT;

/* --- for handlers --- */
struct act_session {
	struct text number, name, unit, unit_name;
	bool is_chief, is_administrator;
	int64_t expires;
	unsigned face;
};
/* face 0: any. ERR_NOT_SIGNED_IN alike for unknown, closed, idle, expired, other face, or a person who has left. Grants PERMIT_SESSION. */
int act_session(struct act *act, struct bytes token, unsigned face, struct act_session *out, struct err *err) CHECK_RESULT;
/* The operator (no token; *who is then empty) or the session of an administrator on the office face: else ERR_DENIED. Grants PERMIT_ADMINISTRATOR. */
int act_administrator(struct act *act, struct bytes token, struct act_session *who, struct err *err) CHECK_RESULT;
/* The same, or the person themself. Grants PERMIT_FOR_PERSON. */
int act_for_person(struct act *act, struct bytes token, struct text number, struct act_session *who, struct err *err) CHECK_RESULT;
/* ERR_NOT_FOUND unless the person exists and is in office at act->now. */
int act_person(struct act *act, struct text number, struct sql_person_by_number_row *out, struct err *err) CHECK_RESULT;
/* ERR_NOT_FOUND unless the unit exists, ERR_EXPIRED if it is closed. */
int act_unit(struct act *act, struct text code, struct sql_unit_by_code_row *out, struct err *err) CHECK_RESULT;
/* A row of the journal. actor: staff number, or "" = the calling process. what: content, canonical in the record. *position may be NULL. */
int act_journal(struct act *act, const char *event, struct text actor, struct text post, const char *object, struct json *what, int64_t *position,
		struct err *err) CHECK_RESULT;
void act_set_hex(struct act *act, struct json *object, const char *key, struct bytes value);
/* JSON object from outside → its canonical bytes. */
int act_json(struct act *act, struct bytes in, const char *name, struct bytes *out, struct err *err) CHECK_RESULT;
/* ERR_MISMATCH, ERR_NOT_TEXT unless this is UTF-8 text with this SHA-256. */
int act_policy_text(struct bytes content, struct bytes hash, struct err *err) CHECK_RESULT;
/* One more of a stranger's failures of this kind from this source, counted by the minute; the journal row follows when it is over. Beyond the ceiling
 * of one minute the source is "*", so that strangers cannot fill the journal. */
int act_count_stranger(struct act *act, struct text kind, struct text source, struct err *err) CHECK_RESULT;
/* ERR_CONFLICT unless the last statement changed exactly one row. */
int act_changed_one(struct act *act, struct err *err) CHECK_RESULT;

/* --- recordd's own acts, in a transaction of the caller --- */
/* what: content of the first row; the epochs before and now are added. */
int store_open_epoch(struct act *act, struct json *what, struct err *err) CHECK_RESULT;
int store_flush_strangers(struct act *act, struct err *err) CHECK_RESULT;

#define COMMAND(number, name, callers, permission, event) \
	int command_##name(struct act *act, const struct store_##name *in, struct store_##name##_reply *out, struct err *err) CHECK_RESULT;
#include "store/commands.def"
#undef COMMAND

#endif
