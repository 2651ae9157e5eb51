/* 正準JSON — the only JSON we write or read: one line, keys sorted and unique, integers only, RFC 8785 where keys are ASCII.
 * Format: evidence log, "canonical JSON". parse → write is the identity on canonical input. */
#ifndef BASE_JSON_H
#define BASE_JSON_H
#include "base/buf.h"
#include "base/err.h"

enum json_kind { JSON_NULL, JSON_TRUE, JSON_FALSE, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };
enum { JSON_DEPTH_MOST = 32 };

struct json {
	enum json_kind kind;
	int64_t number;		  /* within ±(2^53 − 1) */
	struct text string;
	struct json *items;	  /* array: values; object: values in key order */
	struct text *keys;	  /* object only, sorted by bytes */
	size_t count;
};

/* Strict: only the canonical form is accepted (json_read_loose: white space and key order are free, duplicates refused). */
int json_read(struct arena *arena, struct bytes in, struct json *out, struct err *err) CHECK_RESULT;
int json_read_loose(struct arena *arena, struct bytes in, struct json *out, struct err *err) CHECK_RESULT;
/* What other programs write: as loose, but keys may be any text and numbers reach 2^63 - 1. Only to be read: it need not be writable. */
int json_read_foreign(struct arena *arena, struct bytes in, struct json *out, struct err *err) CHECK_RESULT;
const struct json *json_get(const struct json *object, const char *key); /* NULL if absent */
struct text json_text(const struct json *object, const char *key);	 /* "" if absent or another kind */
int64_t json_number(const struct json *object, const char *key, int64_t otherwise);
bool json_is_true(const struct json *object, const char *key);

/* Building. Objects are sorted when written, so the order of json_set does not matter; setting a key twice is a bug.
 * The value is taken over as it is now: finish it before it is set or added. Keys: [a-z0-9_]+. Strings must not hold controls other than \n \r \t (must). */
struct json *json_object(struct arena *arena);
struct json *json_array(struct arena *arena);
void json_set(struct arena *arena, struct json *object, const char *key, struct json *value);
void json_set_text(struct arena *arena, struct json *object, const char *key, struct text value);
void json_set_str(struct arena *arena, struct json *object, const char *key, const char *value); /* valid UTF-8 by contract */
void json_set_number(struct arena *arena, struct json *object, const char *key, int64_t value);
void json_set_true(struct arena *arena, struct json *object, const char *key, bool value);
void json_add(struct arena *arena, struct json *array, struct json *value);
struct json *json_of_text(struct arena *arena, struct text value);
struct json *json_of_number(struct arena *arena, int64_t value);
void json_write(struct buf *out, const struct json *value);
struct bytes json_bytes(struct arena *arena, const struct json *value);

#endif
