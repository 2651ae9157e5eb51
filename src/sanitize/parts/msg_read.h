/* Outlookのメール（msg）の読取り — an OLE2 container of properties (MS-OXMSG), taken apart into the parts of a mail: text, subject, sender, attachments, mails within.
 * Knows nothing of what becomes of them. Everything lies in the arena. threats C1, I1. */
#ifndef SANITIZE_PARTS_MSG_READ_H
#define SANITIZE_PARTS_MSG_READ_H
#include "sanitize/parts/mime.h"

/* file: the whole msg. -1: DAMAGED, TOO_DEEP (mails within mails), TOO_MANY_PARTS (MEMBERS), NOT_TEXT, BOMB (its RTF), MEMORY. */
int msg_parse(struct job *job, struct bytes file, struct mime_part *out, struct err *err) CHECK_RESULT;

#endif
