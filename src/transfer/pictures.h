/* 最初のページの絵 — pictures of the first page before and after, on the page of a ticket: who may see them, under which names they are kept, of which
 * formats there are any. They are drawn when somebody looks at the page for the first time (transferd, pictures.c), from files that transferd keeps anyway,
 * kept with the ticket and erased with it. article: s6.3.2b */
#ifndef TRANSFER_PICTURES_H
#define TRANSFER_PICTURES_H
#include "base/json.h"
#include "store/client.h"
#include "store/read.h"

enum picture_of { PICTURE_BEFORE, PICTURE_AFTER, PICTURES };
enum { PICTURE_NAME = 32 };

/* Whoever may see what is in the file: on the Internet face its sender; on the office face who may decide it or has decided it, of what goes out its sender, and of what
 * came in both sides once it is approved. Administrators as such never; nobody after its term, of what was refused, or of an original that was released. */
bool pictures_may_see(const struct store_ticket *ticket, struct text person, unsigned face, bool may_decide, int64_t now);
/* Is there anything to see of a ticket in this state? What the one above asks first; a page that knows no more offers by it. */
bool pictures_in_state(enum ticket_state state);
/* "12.before" */
const char *picture_name(uint64_t ticket, enum picture_of which, char out[PICTURE_NAME]);
/* Name of the format, as the sanitiser's report has it; "" where it has none. */
struct text picture_format(const struct json *report, enum picture_of which);

#endif
