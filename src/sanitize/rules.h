/* 無害化の選び方 — what the policy chose for one passage: a method for each format, what of a file may stay. Fixed in size, it goes with the file from
 * the policy through the broker into each jail, the verifier's too. All zeros = what happens when the policy says nothing: everything is rebuilt and
 * keeps what is harmless. No choice makes the sanitiser do less; every one of them only takes more away. article: s2.11 s6.3.2b */
#ifndef SANITIZE_RULES_H
#define SANITIZE_RULES_H
#include "base/buf.h"
#include "base/cursor.h"

struct format;
enum method {
#define METHOD(name, ja, en) METHOD_##name,
#include "sanitize/rules.def"
#undef METHOD
	METHOD_COUNT
};
enum feature {
#define FEATURE(name, words, removal, ja, en) FEATURE_##name,
#include "sanitize/rules.def"
#undef FEATURE
	FEATURE_COUNT
};
enum {
#define FORMAT(name, family, grammar, extension, media_type, ja, en) FORMAT_##name,
#include "sanitize/formats/formats.def"
#undef FORMAT
	FORMAT_COUNT
};
enum rules_scan { SCAN_NONE, SCAN_ASKED, SCAN_REQUIRED }; /* 第二の意見: nobody else is asked · clamd, if it answers · nothing is judged without clamd's word */
struct rules {
	uint8_t methods[FORMAT_COUNT]; /* enum method, in the order of formats.def */
	uint8_t removes;	       /* one bit for each enum feature */
	uint8_t scan;		       /* enum rules_scan */
};
struct rule_word {
	const char *name, *words, *ja, *en;
	const char *removal; /* of a feature: its id in removals.def */
};
extern const struct rule_word method_words[METHOD_COUNT], feature_words[FEATURE_COUNT];

static inline bool rules_remove(const struct rules *rules, enum feature feature) { return rules->removes >> feature & 1; }
/* format: its index in formats.def. */
bool rules_offers(size_t format, enum method method);
enum method rules_method(const struct rules *rules, const struct format *format);
bool rules_equal(const struct rules *a, const struct rules *b);

void rules_put(struct buf *out, const struct rules *rules);
/* Of the same list of formats, methods and features only: else the cursor fails. */
void rules_take(struct cursor *in, struct rules *out);

#endif
