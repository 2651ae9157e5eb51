/* 予定 — iCalendar and vCalendar: dates, places, texts and persons stay; attachments, addresses of pages and acting alarms go (card.h). threat I4. */
#include "sanitize/parts/card.h"

int ics_rebuild(struct job *job, struct err *err)
{
	return card_rebuild(job, CARD_ics, err);
}
