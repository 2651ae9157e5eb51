/* 続きから — input whose session had ended: carried through the sign-in and given to its page again, so that nothing typed is lost. */
#ifndef WEB_PAGES_RESUME_H
#define WEB_PAGES_RESUME_H
#include "web/request.h"

struct resume_view {
	struct text to;	  /* the form's address */
	struct text kept; /* its fields, encoded */
	const struct fields *fields;
	bool is_upload;
};
/* All fields but secrets and the form's token, as application/x-www-form-urlencoded; "" if there are none or they are more than a field may hold. */
struct text resume_encode(struct arena *arena, const struct fields *form);
/* The page that takes forms at this path of the face, if it is for people signed in; NULL otherwise. */
const struct page_row *resume_page(const struct request *r, struct text to, uint64_t *number);
/* After a sign-in with such input: shows it, to be sent again by the person. false: there is none, go on as usual. */
bool resume_offer(struct request *r, struct html *o);

#endif
