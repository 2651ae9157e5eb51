/* サインイン — what the pages on the way in show. */
#ifndef WEB_PAGES_SIGN_IN_H
#define WEB_PAGES_SIGN_IN_H
#include "people/auth_client.h"
#include "web/html.h"

struct sign_in_view {
	struct text number, to;
	struct text kept;  /* input of a form that came too late, encoded (resume.h) */
	struct phrase say; /* ja NULL: nothing */
	uint32_t wait;	   /* seconds, 0: none */
	bool is_out;	   /* has signed out just now */
};
struct enrol_view {
	struct text secret; /* base32 in groups of four */
	struct text uri;
	struct phrase say;
};
struct new_password_view {
	struct phrase say;
};

#endif
