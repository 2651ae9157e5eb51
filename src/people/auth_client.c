/* 認証の依頼 — contract in auth_client.h. */
#include "people/auth_client.h"
#include "base/json.h"

enum { CALL_MILLISECONDS = 30000 }; /* hashing is queued: a busy morning may take some seconds */

const char *auth_status_japanese(enum auth_status status)
{
	static const char *const say[AUTH_STATUS_COUNT] = {
		[AUTH_IN] = "サインインしました。",
		[AUTH_WRONG] = "職員番号、パスワード、確認コードのいずれかが違います。確認コードは一度しか使えません。次のコードが出るまで待って、もう一度入力してください。",
		[AUTH_CODE_WANTED] = "確認コードも入力してください。確認コードをまだ登録していない方は、職員番号かパスワードが違います。",
		[AUTH_ENROL] = "確認コードを登録してください。",
		[AUTH_WAIT] = "続けて失敗したため、しばらく受け付けません。表示の時間が過ぎてからもう一度お試しください。",
		[AUTH_NEW_PASSWORD] = "新しいパスワードを決めてください。",
		[AUTH_PASSWORD_REFUSED] = "このパスワードは使えません。",
		[AUTH_CODE_USED] = "この確認コードはすでに使われています。次のコードが出るまで（最長30秒）待って、もう一度入力してください。",
	};
	return status < AUTH_STATUS_COUNT ? say[status] : "";
}

const char *auth_status_english(enum auth_status status)
{
	static const char *const say[AUTH_STATUS_COUNT] = {
		[AUTH_IN] = "Signed in.",
		[AUTH_WRONG] = "Staff number, password or code is wrong. A code works once: wait for the next one and try again.",
		[AUTH_CODE_WANTED] = "Enter the code too. If you have not enrolled one yet, the staff number or the password is wrong.",
		[AUTH_ENROL] = "Enrol your second factor.",
		[AUTH_WAIT] = "Too many failures in a row. Try again when the time shown has passed.",
		[AUTH_NEW_PASSWORD] = "Choose a new password.",
		[AUTH_PASSWORD_REFUSED] = "This password cannot be used.",
		[AUTH_CODE_USED] = "This code was used before. Wait for the next one (at most 30 seconds) and try again.",
	};
	return status < AUTH_STATUS_COUNT ? say[status] : "";
}

const char *password_refusal_japanese(enum password_refusal refusal)
{
	static const char *const say[PASSWORD_REFUSAL_COUNT] = {
		[PASSWORD_GOOD] = "",
#define PASSWORD_REFUSAL(name, ja, en) [PASSWORD_##name] = ja,
#include "people/password_refusals.def"
#undef PASSWORD_REFUSAL
	};
	return refusal < PASSWORD_REFUSAL_COUNT ? say[refusal] : "";
}

const char *password_refusal_english(enum password_refusal refusal)
{
	static const char *const say[PASSWORD_REFUSAL_COUNT] = {
		[PASSWORD_GOOD] = "",
#define PASSWORD_REFUSAL(name, ja, en) [PASSWORD_##name] = en,
#include "people/password_refusals.def"
#undef PASSWORD_REFUSAL
	};
	return refusal < PASSWORD_REFUSAL_COUNT ? say[refusal] : "";
}

/* Late answers of a call that timed out carry another number. One counter for all connections is enough. */
static uint32_t next_sequence(void)
{
	static uint32_t sequence;
	return __atomic_add_fetch(&sequence, 1, __ATOMIC_RELAXED);
}

static int take_outcome(struct ipc_message *reply, struct auth_outcome *out, struct err *err)
{
	uint8_t status = ipc_take_u8(reply);
	struct bytes token = ipc_take_bytes(reply);
	uint32_t wait = ipc_take_u32(reply);
	uint8_t refusal = ipc_take_u8(reply);

	if (ipc_done(reply, err) != 0)
		return -1;
	if (status >= AUTH_STATUS_COUNT || refusal >= PASSWORD_REFUSAL_COUNT || (token.n != 0 && token.n != AUTH_TOKEN))
		return fail(err, ERR_MALFORMED, status, "authd answered out of its words");
	*out = (struct auth_outcome){ .status = status, .wait = wait, .refusal = refusal };
	if (token.n)
		memcpy(out->token, token.p, AUTH_TOKEN);
	return 0;
}

static int call_for_outcome(int authd, struct arena *arena, struct ipc_message *request, struct auth_outcome *out, struct err *err)
{
	struct ipc_message reply;
	int result = ipc_call(authd, request, arena, CALL_MILLISECONDS, &reply, err);

	if (request->out.p)
		secret_wipe(request->out.p, request->out.n); /* passwords passed through it */
	return result == 0 ? take_outcome(&reply, out, err) : -1;
}

/* authd ends a connection whose fields are longer: whoever typed too much is told so instead. */
static int fits(const struct text fields[], size_t count, struct err *err)
{
	for (size_t i = 0; i < count; i++)
		if (fields[i].n > AUTH_FIELD_MOST)
			return fail(err, ERR_LIMIT, fields[i].n, "a field of more than %d bytes", AUTH_FIELD_MOST);
	return 0;
}
#define FITS(...) fits((const struct text[]){ __VA_ARGS__ }, COUNT(((const struct text[]){ __VA_ARGS__ })), err)

static void put_token(struct ipc_message *m, const uint8_t token[AUTH_TOKEN])
{
	ipc_put_bytes(m, bytes_of(token, AUTH_TOKEN));
}

int auth_sign_in(int authd, unsigned face, struct text number, struct text password, struct text code, struct text source,
		 struct auth_outcome *out, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct ipc_message m = ipc_start(arena, AUTH_SIGN_IN, next_sequence());

	if (FITS(number, password, code, source) != 0)
		return -1;
	ipc_put_u8(&m, (uint8_t)face);
	ipc_put_text(&m, number);
	ipc_put_text(&m, password);
	ipc_put_text(&m, code);
	ipc_put_text(&m, source);
	return call_for_outcome(authd, arena, &m, out, err);
}

int auth_enrol_begin(int authd, const uint8_t enrol_token[AUTH_TOKEN], struct arena *arena, struct text *secret, struct text *uri,
		     struct err *err)
{
	struct ipc_message m = ipc_start(arena, AUTH_ENROL_BEGIN, next_sequence()), reply;

	put_token(&m, enrol_token);
	if (ipc_call(authd, &m, arena, CALL_MILLISECONDS, &reply, err) != 0)
		return -1;
	struct text base32 = ipc_take_text(&reply), otpauth = ipc_take_text(&reply);
	if (ipc_done(&reply, err) != 0)
		return -1;
	*secret = base32, *uri = otpauth;
	return 0;
}

int auth_enrol_confirm(int authd, const uint8_t enrol_token[AUTH_TOKEN], struct text code, struct auth_outcome *out, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct ipc_message m = ipc_start(arena, AUTH_ENROL_CONFIRM, next_sequence());

	if (FITS(code) != 0)
		return -1;
	put_token(&m, enrol_token);
	ipc_put_text(&m, code);
	return call_for_outcome(authd, arena, &m, out, err);
}

int auth_change_password(int authd, const uint8_t token[AUTH_TOKEN], struct text present, struct text code, struct text fresh,
			 struct text source, struct auth_outcome *out, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct ipc_message m = ipc_start(arena, AUTH_CHANGE_PASSWORD, next_sequence());

	if (FITS(present, code, fresh, source) != 0)
		return -1;
	put_token(&m, token);
	ipc_put_text(&m, present);
	ipc_put_text(&m, code);
	ipc_put_text(&m, fresh);
	ipc_put_text(&m, source);
	return call_for_outcome(authd, arena, &m, out, err);
}

static int call_for_nothing(int authd, struct arena *arena, struct ipc_message *request, struct err *err)
{
	struct ipc_message reply;
	int result = ipc_call(authd, request, arena, CALL_MILLISECONDS, &reply, err);

	if (request->out.p)
		secret_wipe(request->out.p, request->out.n);
	return result == 0 ? ipc_done(&reply, err) : -1;
}

int auth_sign_out(int authd, const uint8_t token[AUTH_TOKEN], struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct ipc_message m = ipc_start(arena, AUTH_SIGN_OUT, next_sequence());

	put_token(&m, token);
	return call_for_nothing(authd, arena, &m, err);
}

static int read_sessions(struct arena *arena, struct bytes text, struct auth_sessions *out, struct err *err)
{
	struct json list;

	if (json_read(arena, text, &list, err) != 0)
		return -1;
	if (list.kind != JSON_ARRAY)
		return fail(err, ERR_MALFORMED, 0, "the list of sessions is no list");
	struct auth_sessions got = { arena_new_array(arena, struct auth_session, list.count), list.count };
	for (size_t i = 0; i < list.count; i++) {
		const struct json *one = &list.items[i];
		got.rows[i] = (struct auth_session){ .id = json_text(one, "id"), .source = json_text(one, "source"), .factor = json_text(one, "factor"),
						     .face = (unsigned)json_number(one, "face", 0), .opened = json_number(one, "opened", 0),
						     .seen = json_number(one, "seen", 0), .own = json_is_true(one, "own") };
	}
	*out = got;
	return 0;
}

int auth_sessions(int authd, const uint8_t token[AUTH_TOKEN], struct arena *arena, struct auth_sessions *out, struct err *err)
{
	struct ipc_message m = ipc_start(arena, AUTH_SESSIONS, next_sequence()), reply;

	put_token(&m, token);
	if (ipc_call(authd, &m, arena, CALL_MILLISECONDS, &reply, err) != 0)
		return -1;
	struct bytes list = ipc_take_bytes(&reply);
	return ipc_done(&reply, err) != 0 ? -1 : read_sessions(arena, list, out, err);
}

int auth_end_session(int authd, const uint8_t token[AUTH_TOKEN], struct text id, uint32_t *ended, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct ipc_message m = ipc_start(arena, AUTH_END_SESSION, next_sequence()), reply;

	if (FITS(id) != 0)
		return -1;
	put_token(&m, token);
	ipc_put_text(&m, id);
	if (ipc_call(authd, &m, arena, CALL_MILLISECONDS, &reply, err) != 0)
		return -1;
	uint32_t count = ipc_take_u32(&reply);
	if (ipc_done(&reply, err) != 0)
		return -1;
	*ended = count;
	return 0;
}

int auth_approve(int authd, const uint8_t token[AUTH_TOKEN], struct text code, struct text action, struct text reason,
		 const uint8_t (*objects)[SHA256_BYTES], size_t count, struct arena *arena, struct auth_approval *out, struct err *err)
{
	struct ipc_message m = ipc_start(arena, AUTH_APPROVE, next_sequence()), reply;

	if (FITS(code, action, reason) != 0)
		return -1;
	if (count == 0 || count > AUTH_OBJECTS_MOST)
		return fail(err, ERR_LIMIT, count, "1 to %d objects can be decided at once", AUTH_OBJECTS_MOST);
	put_token(&m, token);
	ipc_put_text(&m, code);
	ipc_put_text(&m, action);
	ipc_put_text(&m, reason);
	ipc_put_u16(&m, (uint16_t)count);
	for (size_t i = 0; i < count; i++)
		ipc_put_bytes(&m, bytes_of(objects[i], SHA256_BYTES));
	if (ipc_call(authd, &m, arena, CALL_MILLISECONDS, &reply, err) != 0)
		return -1;
	uint8_t status = ipc_take_u8(&reply);
	uint32_t wait = ipc_take_u32(&reply);
	struct bytes statement = ipc_take_bytes(&reply), signature = ipc_take_bytes(&reply);
	if (ipc_done(&reply, err) != 0)
		return -1;
	if (status >= AUTH_STATUS_COUNT || signature.n != (status == AUTH_IN ? ED25519_SIGNATURE : 0))
		return fail(err, ERR_MALFORMED, status, "authd answered out of its words");
	*out = (struct auth_approval){ .status = status, .wait = wait, .statement = statement };
	if (signature.n)
		memcpy(out->signature, signature.p, ED25519_SIGNATURE);
	return 0;
}

int auth_reset_account(int authd, const uint8_t token[AUTH_TOKEN], struct text code, struct text number, bool clear_factor, struct arena *arena,
		       enum auth_status *status, uint32_t *wait, struct text *password, struct err *err)
{
	struct ipc_message m = ipc_start(arena, AUTH_RESET_ACCOUNT, next_sequence()), reply;

	if (FITS(code, number) != 0)
		return -1;
	put_token(&m, token);
	ipc_put_text(&m, code);
	ipc_put_text(&m, number);
	ipc_put_u8(&m, clear_factor);
	if (ipc_call(authd, &m, arena, CALL_MILLISECONDS, &reply, err) != 0)
		return -1;
	uint8_t got = ipc_take_u8(&reply);
	uint32_t seconds = ipc_take_u32(&reply);
	struct text fresh = ipc_take_text(&reply);
	if (ipc_done(&reply, err) != 0)
		return -1;
	if (got >= AUTH_STATUS_COUNT || (fresh.n > 0) != (got == AUTH_IN))
		return fail(err, ERR_MALFORMED, got, "authd answered out of its words");
	*status = (enum auth_status)got, *wait = seconds, *password = fresh;
	return 0;
}

int auth_set_password(int authd, struct text number, struct text password, bool must_change, bool clear_factor, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct ipc_message m = ipc_start(arena, AUTH_SET_PASSWORD, next_sequence());

	if (FITS(number, password) != 0)
		return -1;
	ipc_put_text(&m, number);
	ipc_put_text(&m, password);
	ipc_put_u8(&m, must_change);
	ipc_put_u8(&m, clear_factor);
	return call_for_nothing(authd, arena, &m, err);
}

int auth_set_factor(int authd, struct text number, struct bytes secret, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct ipc_message m = ipc_start(arena, AUTH_SET_FACTOR, next_sequence());

	if (FITS(number) != 0)
		return -1;
	ipc_put_text(&m, number);
	ipc_put_bytes(&m, secret);
	return call_for_nothing(authd, arena, &m, err);
}
