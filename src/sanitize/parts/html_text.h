/* HTMLから文字へ — what a reader sees of a page, as plain text: no fetches, no scripts, no styles. */
#ifndef SANITIZE_PARTS_HTML_TEXT_H
#define SANITIZE_PARTS_HTML_TEXT_H
#include "sanitize/format.h"

/* The charset that the page declares in its first bytes (meta); "" none. */
struct text html_charset(struct arena *arena, struct bytes head);
/* Blocks become lines, cells are parted by tabs, pictures leave their alternative text, links to http, https and mailto their address in （ ）.
 * Cannot fail: what is no tag is text. *removed counts scripts, frames, objects and links that lead elsewhere. */
struct text html_text(struct arena *arena, struct text html, unsigned *removed);

#endif
