/* 私のアカウント — what the pages of the own account show. */
#ifndef WEB_PAGES_ACCOUNT_H
#define WEB_PAGES_ACCOUNT_H
#include "people/auth_client.h"
#include "web/html.h"

struct account_view {
	struct text number, name, unit_name;
	struct auth_sessions sessions;
	bool password_changed, others_ended;
};
struct change_password_view {
	struct phrase say; /* ja NULL: nothing */
	uint32_t wait;	   /* seconds, 0: none */
};

static inline struct phrase face_phrase(unsigned face)
{
	return face == 1 ? (struct phrase){ "庁内（LGWAN接続系）", "Office side (LGWAN)" } : (struct phrase){ "インターネット接続系", "Internet side" };
}
static inline struct phrase factor_phrase(struct text factor)
{
	return text_is(factor, "totp") ? (struct phrase){ "パスワードと確認コード", "password and code" } : (struct phrase){ "不明", "unknown" };
}

#endif
