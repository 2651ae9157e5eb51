/* 絵を見てよい人 — contract in pictures.h: what transferd judges by, and what pages offer by. */
#include "transfer/pictures.h"

static bool is_approved(enum ticket_state state) { return state == TICKET_APPROVED || state == TICKET_FETCHED; }

bool pictures_in_state(enum ticket_state state) { return state == TICKET_WAITING || state == TICKET_RETURNED || is_approved(state); }

bool pictures_may_see(const struct store_ticket *t, struct text person, unsigned face, bool may_decide, int64_t now)
{
	bool is_sender = text_equal(t->sender, person);

	if ((t->verdict != VERDICT_CLEAN && t->verdict != VERDICT_CONVERTED) || t->erased || t->expires <= now)
		return false;
	if (!pictures_in_state(t->state))
		return false;
	if (face == FACE_INTERNET)
		return is_sender && !t->outward;
	if (may_decide || text_equal(t->decided_by, person) || (is_sender && t->outward))
		return true;
	return is_approved(t->state) && (is_sender || text_equal(t->addressee, person));
}

const char *picture_name(uint64_t ticket, enum picture_of which, char out[PICTURE_NAME])
{
	snprintf(out, PICTURE_NAME, "%llu.%s", (unsigned long long)ticket, which == PICTURE_AFTER ? "after" : "before");
	return out;
}

struct text picture_format(const struct json *report, enum picture_of which)
{
	const struct json *file = json_get(report, which == PICTURE_AFTER ? "output" : "input");

	return file && file->kind == JSON_OBJECT ? json_text(file, "format") : TEXT("");
}
