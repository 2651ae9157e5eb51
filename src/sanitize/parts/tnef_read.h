/* Outlookの添付（winmail.dat）の読取り — a stream of attributes (TNEF, MS-OXTNEF) in which Outlook hides text and attachments of a mail, taken apart into the parts of a mail
 * (mime.h). One reading or none: an attribute given twice, a wrong sum or a value that runs over its end is refused. Knows nothing of what becomes of the parts; their bodies
 * point into the stream. threats C2, I1. */
#ifndef SANITIZE_PARTS_TNEF_READ_H
#define SANITIZE_PARTS_TNEF_READ_H
#include "sanitize/parts/mime.h"

/* stream: the whole of it. -1: DAMAGED, NOT_TEXT, TOO_DEEP (mails within mails), TOO_MANY_PARTS (MEMBERS), MEMORY, BOMB. */
int tnef_parse(struct job *job, struct bytes stream, struct mime_part *out, struct err *err) CHECK_RESULT;

#endif
