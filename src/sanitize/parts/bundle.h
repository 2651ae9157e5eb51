/* 中身をそろえて一つのZIPへ — what archives of every kind and mails share: each file inside is handed out, rebuilt and verified by jails of its own
 * kind, and comes back into a plain ZIP: UTF-8 names that are safe (A4), no comments, no times. One file that cannot be made safe and nothing is
 * delivered: a clerk must not guess what is missing. The refusal names it. Folders stay, empty ones too; the litter of operating systems goes. */
#ifndef SANITIZE_PARTS_BUNDLE_H
#define SANITIZE_PARTS_BUNDLE_H
#include "sanitize/format.h"

struct bundle;
enum bundle_names { BUNDLE_UTF8, BUNDLE_UNMARKED /* UTF-8 or CP932: decided over all names at the end */, BUNDLE_BACKSLASHES /* the same, and '\' parts folders */ };

struct bundle *bundle_new(struct job *job, enum bundle_names names);
/* Litter of operating systems: reported and to be left out. path as in the archive. */
bool bundle_is_litter(struct bundle *b, struct bytes path);
/* path: '/' between folders, as it stands in the archive; it must not climb (BAD_NAME). Content follows with bundle_add. */
int bundle_begin(struct bundle *b, struct bytes path, struct err *err) CHECK_RESULT;
int bundle_add(void *bundle, struct bytes content, struct err *err) CHECK_RESULT;
int bundle_end(struct bundle *b, struct err *err) CHECK_RESULT;
int bundle_folder(struct bundle *b, struct bytes path, struct err *err) CHECK_RESULT; /* with or without '/' at its end */
/* Waits for what was handed out and writes the ZIP. MEMBER_REFUSED names the first file that could not be made safe. */
int bundle_finish(struct bundle *b, struct err *err) CHECK_RESULT;

#endif
