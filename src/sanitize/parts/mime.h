/* メールの構造 — a strict parser of MIME messages: one reading or none. What two mail programs could read differently is refused (threat I1): repeated
 * structural headers, parameters given twice, boundaries that begin alike, unknown transfer encodings, NULs.
 *
 * Knows nothing of what becomes of the parts. Everything lies in the arena; bodies point into the message. */
#ifndef SANITIZE_PARTS_MIME_H
#define SANITIZE_PARTS_MIME_H
#include "sanitize/format.h"

struct mime_header {
	struct text name;   /* as it stands */
	struct bytes value; /* unfolded, without blanks at its ends */
};
enum mime_encoding { MIME_PLAIN, MIME_BASE64, MIME_QUOTED };
struct mime_part {
	struct mime_header *headers;
	size_t header_count;
	struct text type;      /* "text/plain": lower case, the default where none is said */
	struct text charset;   /* "" none */
	struct text file_name; /* decoded, any characters; "" none */
	bool attachment;       /* Content-Disposition: attachment */
	enum mime_encoding encoding;
	struct bytes body;
	struct mime_part *children; /* of a multipart; message/rfc822 is a body like any other */
	size_t child_count;
};
/* -1: DAMAGED, TOO_DEEP (16), TOO_MANY_PARTS (MEMBERS), NOT_TEXT (a name that is no text). */
int mime_parse(struct job *job, struct bytes message, struct mime_part *out, struct err *err) CHECK_RESULT;
/* The body with its transfer encoding undone. DAMAGED: base64 or quoted-printable that is none. */
int mime_body(struct arena *arena, const struct mime_part *part, struct bytes *out, struct err *err) CHECK_RESULT;
/* A header's text with its encoded words decoded, controls out; "" if there is none. */
struct text mime_header(struct arena *arena, const struct mime_part *part, const char *name);

#endif
