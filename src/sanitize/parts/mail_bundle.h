/* メールを本文と添付に — a mail as a clerk expects it on the other side: its text as 本文.txt, its attachments as files, those in a winmail.dat too, all in one ZIP. */
#ifndef SANITIZE_PARTS_MAIL_BUNDLE_H
#define SANITIZE_PARTS_MAIL_BUNDLE_H
#include "sanitize/format.h"

/* Rebuilds the job's input. is_page: a web archive; its text has no sender and no subject. Refused: PROTECTED (S/MIME, PGP), FEATURE (partial and external
 * bodies), and what mime.h refuses. threats I1, I2, I3. */
int mail_rebuild(struct job *job, bool is_page, struct err *err) CHECK_RESULT;
/* The same of a mail that another reader took apart (msg_read.h, tnef_read.h). */
struct mime_part;
int mail_rebuild_parts(struct job *job, const struct mime_part *root, bool is_page, struct err *err) CHECK_RESULT;

#endif
