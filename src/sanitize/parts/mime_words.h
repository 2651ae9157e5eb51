/* メールの見出しの文字 — values of headers: parameters (RFC 2045, 2231) and encoded words (RFC 2047), as Japanese mail programs write them. */
#ifndef SANITIZE_PARTS_MIME_WORDS_H
#define SANITIZE_PARTS_MIME_WORDS_H
#include "sanitize/parts/mime.h"

struct mime_parameter {
	struct bytes name;
	struct bytes value; /* without quotes; backslashes stay before what they protect */
	bool quoted;
};
/* "type; name=value; …" → the type; *count may exceed most: too many. */
struct bytes mime_parameters(struct bytes value, struct mime_parameter *out, size_t most, size_t *count);
/* n = 0: none. -1: given twice. */
int mime_parameter_of(const struct mime_parameter *parameters, size_t count, const char *name, struct bytes *out) CHECK_RESULT;
/* name, name*, name*0, name*0* …: joined and decoded; "" none. What cannot be decoded keeps its ASCII. */
struct text mime_file_name(struct arena *arena, const struct mime_parameter *parameters, size_t count, const char *name);
/* Encoded words decoded, those of one encoding joined before; controls out. */
struct text mime_words(struct arena *arena, struct bytes value);

#endif
