/* 私のアカウント — GET /account: who I am and where I am signed in; POST /account/sessions ends one of them or all others; /account/password;
 * GET /session and /session/keep: how long this one lasts if nothing more is done. article: s6.6b */
#include "web/pages/account.h"
#include "base/clock.h"
#include "web/pages.h"
#include "web/request.h"

int account(struct request *r, struct html *o, struct err *err)
{
	struct account_view v = { .number = r->user.number, .name = r->user.name, .unit_name = r->user.unit_name,
				  .password_changed = fields_has(&r->query, "changed"), .others_ended = fields_has(&r->query, "ended") };

	if (request_authd(r, err) < 0 || auth_sessions(r->authd, r->token, r->arena, &v.sessions, err) != 0)
		return -1;
	page_account(o, &v);
	return 0;
}

int end_sessions_post(struct request *r, struct html *o, struct err *err)
{
	uint32_t ended;

	(void)o;
	if (request_authd(r, err) < 0 || auth_end_session(r->authd, r->token, form_value(r, "session"), &ended, err) != 0)
		return -1;
	return see_other(r, "/account?ended=1");
}

int own_password(struct request *r, struct html *o, struct err *err)
{
	(void)r, (void)err;
	page_change_password(o, &(struct change_password_view){ 0 });
	return 0;
}

int own_password_post(struct request *r, struct html *o, struct err *err)
{
	struct auth_outcome got = { 0 };
	struct change_password_view v = { .say = { "新しいパスワードの二つの入力が違っています。もう一度入力してください。", "The two new passwords differ. Type them again." } };

	if (text_equal(form_value(r, "fresh"), form_value(r, "again"))) {
		if (request_authd(r, err) < 0 || auth_change_password(r->authd, r->token, form_value(r, "present"), form_value(r, "code"),
								      form_value(r, "fresh"), r->source, &got, err) != 0)
			return -1;
		if (got.status == AUTH_IN)
			return see_other(r, "/account?changed=1");
		v.wait = got.status == AUTH_WAIT ? MAX(got.wait, 1u) : 0;
		v.say = got.status == AUTH_PASSWORD_REFUSED ? (struct phrase){ password_refusal_japanese(got.refusal), password_refusal_english(got.refusal) } :
			got.status == AUTH_WRONG ? (struct phrase){ "今のパスワードか確認コードが違います。もう一度入力してください。",
								      "The present password or the code is wrong. Type them again." } :
						   (struct phrase){ auth_status_japanese(got.status), auth_status_english(got.status) };
	}
	page_change_password(o, &v);
	r->status = v.wait ? 429 : 403;
	return 0;
}

static int answer_seconds(struct request *r)
{
	const char *line = arena_printf(r->arena, "%lld\n", (long long)MAX(r->user.expires - clock_now(), (int64_t)0));

	return answer_bytes(r, "text/plain; charset=utf-8", bytes_of(line, strlen(line)));
}

/* Asked by the page itself: no sign of life. */
int session_left(struct request *r, struct html *o, struct err *err)
{
	(void)o, (void)err;
	return answer_seconds(r);
}

/* Asked because somebody pressed "go on": a sign of life like any page. */
int session_keep(struct request *r, struct html *o, struct err *err)
{
	(void)o, (void)err;
	return answer_seconds(r);
}
