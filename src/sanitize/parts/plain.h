/* 平文の読み書き — what txt and csv share: which encoding it is (F2), what must not be in it, and the way back into the same encoding. */
#ifndef SANITIZE_PARTS_PLAIN_H
#define SANITIZE_PARTS_PLAIN_H
#include "base/text.h"
#include "sanitize/format.h"

struct plain {
	enum charset charset;
	bool mark;	  /* UTF-16 with its byte order mark */
	struct text text; /* the whole, decoded; controls other than \t \n \r are out */
};
/* Reads the job's input. Removed bytes are reported as F2. Refuses: AMBIGUOUS_CHARSET, NOT_TEXT, TOO_LARGE, ACTIVE_TEXT (F1). */
int plain_read(struct job *job, struct plain *out, struct err *err) CHECK_RESULT;
/* Begins the output (byte order mark). */
int plain_begin(struct job *job, const struct plain *plain, struct err *err) CHECK_RESULT;
/* Writes a part in the encoding; parts must end at line ends, so that ISO-2022-JP closes there. */
int plain_write(struct job *job, const struct plain *plain, struct text part, struct err *err) CHECK_RESULT;

/* The encoding of bytes without a byte order mark, by what they look like as Japanese text. -1: cannot be told (refused). */
int plain_guess(struct bytes b, enum charset *out, struct err *err) CHECK_RESULT;
/* Would a browser or a shell take it for more than text? The name of what it looks like, or NULL. */
const char *plain_active(struct text t);
/* For probes: no bytes that text in any of the encodings could not begin or end with. */
bool plain_looks_like(struct bytes head, struct bytes tail);

#endif
