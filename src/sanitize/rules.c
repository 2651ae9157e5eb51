/* 無害化の選び方 — contract in rules.h. */
#include "sanitize/rules.h"
#include "sanitize/format.h"

const struct rule_word method_words[METHOD_COUNT] = {
#define METHOD(name, ja, en) { #name, #name, ja, en, NULL },
#include "sanitize/rules.def"
#undef METHOD
};
const struct rule_word feature_words[FEATURE_COUNT] = {
#define FEATURE(name, words, removal, ja, en) { #name, words, ja, en, #removal },
#include "sanitize/rules.def"
#undef FEATURE
};
static const struct {
	uint8_t format, method;
} offers[] = {
#define OFFERS(format, method) { FORMAT_##format, METHOD_##method },
#include "sanitize/rules.def"
#undef OFFERS
};

bool rules_offers(size_t format, enum method method)
{
	if (method == METHOD_rebuild || method == METHOD_refuse)
		return true;
	for (size_t i = 0; i < COUNT(offers); i++)
		if (offers[i].format == format && offers[i].method == method)
			return true;
	return false;
}

enum method rules_method(const struct rules *rules, const struct format *format)
{
	size_t i = (size_t)(format - formats);

	must(i < FORMAT_COUNT);
	return (enum method)rules->methods[i];
}

bool rules_equal(const struct rules *a, const struct rules *b)
{
	return memcmp(a->methods, b->methods, sizeof a->methods) == 0 && a->removes == b->removes && a->scan == b->scan;
}

void rules_put(struct buf *out, const struct rules *rules)
{
	buf_byte(out, FORMAT_COUNT);
	buf_put(out, rules->methods, sizeof rules->methods);
	buf_byte(out, rules->removes);
	buf_byte(out, rules->scan);
}

void rules_take(struct cursor *in, struct rules *out)
{
	*out = (struct rules){ 0 };
	if (cursor_u8(in) != FORMAT_COUNT)
		in->failed = true;
	for (size_t i = 0; i < FORMAT_COUNT && !in->failed; i++) {
		out->methods[i] = cursor_u8(in);
		if (out->methods[i] >= METHOD_COUNT || !rules_offers(i, (enum method)out->methods[i]))
			in->failed = true;
	}
	out->removes = cursor_u8(in);
	out->scan = cursor_u8(in);
	if (out->removes >> FEATURE_COUNT || out->scan > SCAN_REQUIRED)
		in->failed = true;
}
