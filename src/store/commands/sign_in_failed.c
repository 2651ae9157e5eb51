/* サインインの失敗 — sign_in_failed: counted as act_count_stranger says. article: s6.6d */
#include "store/command.h"

int command_sign_in_failed(struct act *act, const struct store_sign_in_failed *in, struct store_sign_in_failed_reply *out, struct err *err)
{
	(void)out;
	act->permitted = PERMIT_PROCESS;
	if (in->face != FACE_OFFICE && in->face != FACE_INTERNET)
		return fail(err, ERR_INVALID, in->face, "there is no face %u", in->face);
	const char *p = arena_printf(act->arena, "sign_in.%s.%s", in->face == FACE_OFFICE ? "office" : "internet",
				     in->known ? "known_number" : "unknown_number");
	return act_count_stranger(act, (struct text){ p, strlen(p) }, in->source, err);
}
