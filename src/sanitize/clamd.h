/* 第二の意見 — asking ClamAV's clamd, another's program, over its Unix socket (INSTREAM): the bytes go there, one short line comes back and is read strictly.
 * It is a second opinion only: a file it finds nothing in is rebuilt and verified all the same. article: s6.3.2b s6.6e */
#ifndef SANITIZE_CLAMD_H
#define SANITIZE_CLAMD_H
#include "base/loop.h"

#define CLAMD_SOCKET "/run/clamav/clamd.ctl" /* where Debian's clamav-daemon listens */
enum { CLAMD_NAME_MOST = 120, CLAMD_REPLY_MOST = 512, CLAMD_VERSION_MOST = 200 };
enum clamd_says {
	CLAMD_CLEAN,
	CLAMD_FOUND,
	CLAMD_TOO_LARGE, /* larger than clamd takes (StreamMaxLength) */
	CLAMD_SILENT,	 /* not there, too busy, or nothing that can be understood */
};
struct clamd_answer {
	enum clamd_says says;
	char name[CLAMD_NAME_MOST + 1]; /* FOUND: of the signature, printable ASCII without blanks */
};
/* "stream: OK", "stream: NAME FOUND", "INSTREAM size limit exceeded. ERROR", ended by NUL or line end, nothing behind. ERR_MALFORMED for anything else. */
int clamd_reply_read(struct bytes reply, struct clamd_answer *out, struct err *err) CHECK_RESULT;

struct clamd_scan;
typedef void clamd_heard(void *self, const struct clamd_answer *answer);
/* About the first `size` bytes of fd, which stays the caller's and open. heard comes later, exactly once; whatever goes wrong is CLAMD_SILENT. */
struct clamd_scan *clamd_ask(struct loop *loop, const char *socket, int fd, uint64_t size, int64_t milliseconds, clamd_heard *heard, void *self);
void clamd_drop(struct clamd_scan *scan); /* without a call; NULL is fine */
/* Asks who it is and waits, at most two seconds: for `sekisho doctor`. */
int clamd_version(const char *socket, char out[CLAMD_VERSION_MOST + 1], struct err *err) CHECK_RESULT;

#endif
