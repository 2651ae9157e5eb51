/* 正準XMLの文法 — what our writer makes of XML, and nothing else: one declaration, namespaces at the root only, double quotes, single blanks,
 * the known references, no comment, no processing instruction, no document type, no CDATA. A subset of XML that every parser reads alike. */
#ifndef SANITIZE_GRAMMARS_CANONICAL_XML_H
#define SANITIZE_GRAMMARS_CANONICAL_XML_H
#include "base/arena.h"
#include "base/err.h"

enum { CANONICAL_DEPTH = 256, CANONICAL_ATTRIBUTES = 512, CANONICAL_PREFIXES = 64 };
enum canonical_token { CANONICAL_END, CANONICAL_OPEN, CANONICAL_CLOSE, CANONICAL_TEXT, CANONICAL_BAD };

struct canonical_name {
	struct bytes prefix, local;
};
struct canonical_attribute {
	struct canonical_name name;
	struct bytes value; /* raw */
};
struct canonical_xml {
	const uint8_t *start, *p, *end;
	struct canonical_name name; /* OPEN */
	struct canonical_attribute attributes[CANONICAL_ATTRIBUTES];
	unsigned count, depth;
	bool empty, ended;
	struct bytes open[CANONICAL_DEPTH];	     /* names as written */
	const uint8_t *content[CANONICAL_DEPTH];     /* where an element's content begins */
	struct bytes text;			     /* TEXT, raw */
	struct canonical_attribute declared[CANONICAL_PREFIXES]; /* name.local = prefix ("" default), value = namespace */
	unsigned declared_count;
	const char *why;
};
/* in: zero byte behind it. */
int canonical_start(struct canonical_xml *x, struct bytes in, struct err *err) CHECK_RESULT;
enum canonical_token canonical_next(struct canonical_xml *x);
/* Raw text or value with its references resolved. */
struct bytes canonical_plain(struct arena *arena, struct bytes raw);
static inline bool canonical_is(struct bytes b, const char *s)
{
	return b.n == strlen(s) && memcmp(b.p, s, b.n) == 0;
}

#endif
