/* 検証の文法 — the verifier's side: a small strict grammar of what our rebuilders write. Shares no source with formats/ and parts/
 * (base/ only, plus zlib/expat/libdeflate as libraries). What the grammar does not know is not accepted. */
#ifndef SANITIZE_GRAMMAR_H
#define SANITIZE_GRAMMAR_H
#include "base/arena.h"
#include "base/err.h"

struct check; /* one output in one jail */

struct grammar {
	const char *name; /* "ooxml", "png", "pdf", … */
	/* 0: every byte lies within the grammar. -1: err says where it left it (err->at = offset). */
	int (*accept)(struct check *check, struct err *err);
	void (*prepare)(void); /* makes tables that hang on no file: once, before the walls, for all jobs; accept must not need it. May be NULL */
};

struct arena *check_arena(struct check *check);
uint64_t check_size(const struct check *check);
int check_read(struct check *check, void *to, size_t n, uint64_t at, struct err *err) CHECK_RESULT;
int check_read_all(struct check *check, struct bytes *out, struct err *err) CHECK_RESULT;
const char *check_format(const struct check *check); /* the format that claims to have written it: "docx" */
/* Is this SHA-256 the content of a member that was rebuilt and verified in this tree? */
bool check_is_verified_member(const struct check *check, const uint8_t sha256[32]);
uint64_t check_limit(const struct check *check, int limit_name); /* enum limit_name of sanitize/format.h */
/* What the policy chose (sanitize/rules.h): enum method for the format, whether an enum feature must be absent. */
int check_method(const struct check *check);
bool check_removes(const struct check *check, int feature);

extern const struct grammar *const grammars[];

#endif
