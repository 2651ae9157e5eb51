/* 送信の読取り — multipart/form-data as browsers send it (RFC 7578), piece by piece: a file of any size costs one small window.
 * Strict: no preamble, no nesting, no transfer encodings, CRLF only. A callback that returns −1 ends the reading for good. */
#ifndef WEB_MULTIPART_H
#define WEB_MULTIPART_H
#include "base/arena.h"
#include "base/err.h"

struct multipart_handler {
	/* name and file_name are valid text; is_file tells whether a file name was given (it may be empty: nothing was chosen). */
	int (*begin)(void *self, struct text name, struct text file_name, struct text type, bool is_file, struct err *err);
	int (*data)(void *self, struct bytes piece, struct err *err);
	int (*end)(void *self, struct err *err);
};
struct multipart;

/* content_type: the request's header. ERR_UNSUPPORTED if it is no multipart/form-data with a sound boundary. */
int multipart_new(struct arena *arena, const char *content_type, const struct multipart_handler *handler, void *self,
		  struct multipart **out, struct err *err) CHECK_RESULT;
int multipart_feed(struct multipart *m, struct bytes piece, struct err *err) CHECK_RESULT;
/* After the last piece: ERR_CUT_SHORT if the closing boundary has not come. */
int multipart_end(struct multipart *m, struct err *err) CHECK_RESULT;

#endif
