/* ファイルのパスワード — POST /tickets/#/password: the password of a protected file that waits for it, by its sender, on the face it was handed in
 * at. On a fault the ticket's page says it beside the field; a password is never shown again. article: s6.3.2b */
#include "transfer/pages/password.h"
#include "store/client.h"
#include "store/limits.h"
#include "transfer/client.h"
#include "web/pages.h"
#include "web/request.h"

static struct phrase sentence(const struct err *why)
{
	switch (why->code) {
	case ERR_LIMIT: return (struct phrase){ "パスワードは半角256文字までです。", "A password has at most 256 letters." };
	case ERR_CONFLICT: return (struct phrase){ "このファイルは、もうパスワードを待っていません。今の状態を確かめてください。", "This file no longer waits for a password. See its state." };
	case ERR_EXPIRED: return (struct phrase){ "期限が過ぎたため、このファイルは消去されます。もう一度渡してください。", "Its term is over and the file is erased. Hand it in again." };
	default: return (struct phrase){ NULL, NULL };
	}
}

struct password_view password_view_of(uint64_t ticket, uint32_t wrong, struct phrase say)
{
	return (struct password_view){ ticket, wrong, STORE_PASSWORD_TRIES_MOST - MIN(wrong, (uint32_t)STORE_PASSWORD_TRIES_MOST), say };
}

int ticket_password_post(struct request *r, struct html *o, struct err *err)
{
	struct text password = form_value(r, "password");

	if (password.n == 0) {
		r->say = (struct phrase){ "パスワードを入れてください。", "Enter the password." };
		r->status = 400;
	} else if (request_transferd(r, err) < 0) {
		return -1;
	} else if (transfer_unlock(r->transferd, r->token, r->number, password, err) == 0) {
		return see_other(r, arena_printf(r->arena, "/tickets/%llu", (unsigned long long)r->number));
	} else {
		r->say = sentence(err);
		if (!r->say.ja)
			return -1;
		r->status = err->code == ERR_LIMIT ? 400 : 409;
	}
	return r->web->face == FACE_INTERNET ? my_ticket(r, o, err) : ticket(r, o, err);
}
