/* XMLの読取り — a strict tokenizer over one buffer: no document types, no entities but the five, nothing fetched, nothing allocated.
 *
 * Why not a library: what is read here is written anew in canonical form and then read by the verifier, so leniency cannot hurt; and the
 * tokens are views into the buffer, which makes this about five times as fast as a callback parser. It checks: UTF-8 (UTF-16 is converted
 * first), characters that XML allows, tags that match, attributes that are quoted and named once (the filter), depth and number of attributes. */
#ifndef SANITIZE_PARTS_XML_READ_H
#define SANITIZE_PARTS_XML_READ_H
#include "base/arena.h"
#include "base/err.h"

enum { XML_ATTRIBUTES_MOST = 512, XML_DEPTH_MOST = 256 };
enum xml_token { XML_END, XML_OPEN, XML_CLOSE, XML_CHARS, XML_BAD };

struct xml_name {
	const uint8_t *p;
	uint32_t n;
};
struct xml_value { /* raw, between the quotes */
	const uint8_t *p;
	uint32_t n;
	uint32_t plain; /* 1: no '&', no white space but blanks, no quote, no '>': is its own canonical form */
};
struct xml_reader {
	const uint8_t *start, *p, *end;
	struct xml_name name;		/* OPEN, CLOSE: with prefix, as written */
	unsigned count;			/* OPEN: attributes */
	bool empty;			/* OPEN: "/>"; a CLOSE follows by itself */
	bool cdata;			/* CHARS: no references in it */
	bool plain;			/* CHARS: no '&', '>' or carriage return */
	struct xml_value chars;		/* CHARS: raw */
	const char *why;		/* BAD */
	bool declares;			/* BAD because of a document type: well-formed perhaps, but never read (B13) */
	unsigned depth;
	struct xml_name open[XML_DEPTH_MOST];
	struct xml_name names[XML_ATTRIBUTES_MOST];
	struct xml_value values[XML_ATTRIBUTES_MOST];
};

/* in: the whole part, with one zero byte behind it. UTF-16 is converted into the arena. *r is large: keep one and use it again. */
int xml_start(struct xml_reader *r, struct arena *arena, struct bytes in, struct err *err) CHECK_RESULT;
enum xml_token xml_next(struct xml_reader *r);
struct xml_name xml_local(struct xml_name name); /* without its prefix */
/* OPEN: the attribute of exactly this name; NULL: there is none. */
const struct xml_value *xml_attribute(const struct xml_reader *r, const char *name);
/* Value of an attribute as text: references resolved, white space made blanks. Into the arena; NULL if it is malformed. */
const char *xml_text_of(struct arena *arena, struct xml_value v);
/* A reference "&…;" at p: its character, and its length in *n; 0 if malformed. */
uint32_t xml_reference(const uint8_t *p, const uint8_t *end, size_t *n);
/* Names are short, and compared for every tag: two loads of each that may overlap instead of a call. */
static inline bool xml_same_name(struct xml_name a, struct xml_name b)
{
	uint64_t a8[2], b8[2];
	uint32_t a4[2], b4[2];

	if (a.n != b.n)
		return false;
	if (a.n > 16)
		return memcmp(a.p, b.p, a.n) == 0;
	if (a.n >= 8) {
		memcpy(&a8[0], a.p, 8), memcpy(&a8[1], a.p + a.n - 8, 8), memcpy(&b8[0], b.p, 8), memcpy(&b8[1], b.p + a.n - 8, 8);
		return a8[0] == b8[0] && a8[1] == b8[1];
	}
	if (a.n >= 4) {
		memcpy(&a4[0], a.p, 4), memcpy(&a4[1], a.p + a.n - 4, 4), memcpy(&b4[0], b.p, 4), memcpy(&b4[1], b.p + a.n - 4, 4);
		return a4[0] == b4[0] && a4[1] == b4[1];
	}
	return a.n == 0 || (a.p[0] == b.p[0] && a.p[a.n - 1] == b.p[a.n - 1] && a.p[a.n / 2] == b.p[a.n / 2]);
}
static inline bool xml_name_is(struct xml_name a, const char *b)
{
	return a.n == strlen(b) && memcmp(a.p, b, a.n) == 0;
}

#endif
