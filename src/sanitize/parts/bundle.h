/* 中身をそろえて一つのZIPへ — what archives of every kind and mails share: each file inside is handed out, rebuilt and verified by jails of its own
 * kind, and comes back into a plain ZIP: UTF-8 names that are safe (A4), no comments, no times. A file that is not known, not readable or of a kind that is not served
 * is left out, and so that nobody has to guess what is missing, a list of BUNDLE_LIST lies in the archive and the report says it (H5, decision 0009). Whatever speaks of
 * danger or can be mended by who hands it in (a program, a password) refuses the whole, and so does a bundle of which nothing is left. Folders stay, empty ones too; the
 * litter of operating systems goes. */
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
#define BUNDLE_LIST "届かなかったファイル.txt"
/* Waits for what was handed out and writes the ZIP. MEMBER_REFUSED names the file that refuses the whole. */
int bundle_finish(struct bundle *b, struct err *err) CHECK_RESULT;

#endif
