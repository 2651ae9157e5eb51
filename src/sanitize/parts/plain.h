/* 平文の読み書き — what txt and csv share: which encoding it is (F2), what must not be in it, and the way back into the same encoding. */
#ifndef SANITIZE_PARTS_PLAIN_H
#define SANITIZE_PARTS_PLAIN_H
#include "base/text.h"
#include "sanitize/format.h"

/* The encoding of bytes without a byte order mark, by what they look like as Japanese text. Zeroed at first; the parts added end at line ends. */
struct plain_guess {
	bool eight_bits, escapes;
	struct plain_points {
		bool broken, proof; /* it does not decode; it can be nothing else */
		uint64_t points, bytes;
	} utf8, cp932, euc_jp;
};
bool plain_shift_at(struct bytes b, size_t at); /* a shift of ISO-2022-JP, escape and two signs */
void plain_guess_add(struct plain_guess *guess, struct bytes lines);
int plain_guess_end(const struct plain_guess *guess, enum charset *out, struct err *err) CHECK_RESULT; /* -1: cannot be told (refused) */

struct plain {
	enum charset read, charset; /* of the input, of the output */
	bool mark;	  /* UTF-16 with its byte order mark */
	bool guessed;	  /* by statistics, not by a mark or a person */
	struct text text; /* the whole, decoded; controls other than \t \n \r are out */
	bool (*suspect)(struct text part); /* NULL, or the format's own doubt about a part as another encoding reads it */
	/* while plain_write_all tries: */
	bool trial, unwritable, begun;
	const char *active; /* what the output looks like, if it is more than text */
	struct plain_guess again;
	struct plain_reading { bool broken, doubtful; } readings[CHARSET_COUNT]; /* of the output, by every encoding */
};
/* Reads the job's input. Removed bytes are reported as F2. Refuses: AMBIGUOUS_CHARSET, NOT_TEXT, TOO_LARGE, ACTIVE_TEXT (F1). */
int plain_read(struct job *job, struct plain *out, struct err *err) CHECK_RESULT;
/* The same for formats made of lines that may speak of pages: ACTIVE_TEXT is theirs to see to. */
int plain_read_lines(struct job *job, struct plain *out, struct err *err) CHECK_RESULT;
/* Writes the output: mark, then what `write` gives to plain_write. `write` is called for a trial first (plain->trial). Where statistics chose the encoding,
 * they must choose the same over the output, or it would be read otherwise tomorrow; and where another encoding reads the bytes too, that reading must be
 * free of controls, pages and UTF-7. If not, UTF-8 with its mark is written. What became a page or UTF-7 by being written anew is refused: ACTIVE_TEXT. */
typedef int plain_writer(struct job *job, struct plain *plain, void *with, struct err *err);
int plain_write_all(struct job *job, struct plain *plain, plain_writer *write, void *with, struct err *err) CHECK_RESULT;
/* A part; parts must end at line ends, so that ISO-2022-JP closes there. */
int plain_write(struct job *job, struct plain *plain, struct text part, struct err *err) CHECK_RESULT;

/* Would a browser or a shell take it for more than text? The name of what it looks like, or NULL. */
const char *plain_active(struct text t);
/* For probes: no bytes that text in any of the encodings could not begin or end with. */
bool plain_looks_like(struct bytes head, struct bytes tail);

#endif
