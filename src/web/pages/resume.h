/* 続きから — input whose session had ended: carried through the sign-in and given to its page again, so that nothing typed is lost. */
#ifndef WEB_PAGES_RESUME_H
#define WEB_PAGES_RESUME_H
#include "web/request.h"

struct resume_view {
	struct text to;	  /* the form's address; not theirs: where to begin anew */
	struct text kept; /* its fields, sealed */
	const struct fields *fields; /* NULL: not theirs */
	bool is_upload;
};
/* The fields of r's form but secrets, sealed for this browser and for the person whose page the form was; its token was found to fit, and
 * request_csrf was called for the answer. "" if there are none, if the form was nobody's, or if they are more than a field may hold. */
struct text resume_seal(struct request *r);
/* The page that takes forms at this path of the face, if it is for people signed in; NULL otherwise. */
const struct page_row *resume_page(const struct request *r, struct text to, uint64_t *number);
/* After a sign-in (r->user is who signed in) with such input: shows it to its person, to be sent again by them; anybody else gets a sentence
 * and nothing of it. false: there is none, go on as usual. */
bool resume_offer(struct request *r, struct html *o);

#endif
