/* 画面の枠 — the frame every page stands in, and what error pages show. */
#ifndef WEB_LAYOUT_H
#define WEB_LAYOUT_H
#include "web/request.h"

/* o: the page's content; becomes r's answer. */
void layout(struct request *r, struct html *o, struct phrase title);

struct menu_item {
	const char *path;
	struct phrase words;
	bool here;
	uint32_t count; /* shown if not 0 */
};
struct layout_view {
	struct phrase title, face_name;
	const char *face; /* "office", "internet": colours */
	struct html_safe content;
	const struct menu_item *menu;
	size_t menu_count;
	const struct user *user; /* NULL: nobody */
	bool may_post;		 /* a language switch is offered */
	bool is_guest;		 /* somebody outside, who knows nobody but who sent the link */
	struct text back;	 /* where it leads back to */
	struct moment now;
	int64_t seconds; /* until the session ends if nothing more is done */
};
struct error_view {
	struct phrase say;
	const struct fields *form;
	unsigned status;
	const char *back;
	bool sign_in, again; /* again: the same page may be opened anew */
};
/* What the person had typed, without secrets: for error pages. */
bool is_kept_field(const struct field *f);

#endif
