/* XMLの正規形 — Canonical XML 1.0 without comments (W3C, 15 March 2001) of one element and all in it: the bytes that an XML signature is made over. Strictly a subset: what a signature of
 * an office document does not hold (processing instructions, attributes of the prefix "xml" that are inherited, prefixes that nobody declared) is not guessed at. */
#ifndef SANITIZE_PARTS_XML_CANONICAL_H
#define SANITIZE_PARTS_XML_CANONICAL_H
#include "base/buf.h"
#include "sanitize/parts/xml_read.h"

enum { XML_NAMESPACES_MOST = 64, XML_CANONICAL_BYTES_MOST = 16 << 20 };
/* The element whose attribute Id has this value; or, where id is NULL, the one at this path of local names, from the root: "Signature/SignedInfo". */
struct xml_wanted {
	const char *id, *path;
};
struct xml_canonical {
	unsigned found;	 /* how many elements answer to it; text is of the first */
	struct bytes text;
	size_t from, to; /* where it stands in the document, in bytes of its UTF-8 */
	const char *under; /* local name of the root's child that it is or lies in; "" the root itself */
};

/* in: the whole document, with one zero byte behind it. ERR_MALFORMED: no XML. ERR_UNSUPPORTED, ERR_LIMIT: its canonical form is not known here. */
int xml_canonical(struct arena *arena, struct bytes in, const struct xml_wanted *wanted, struct xml_canonical *out, struct err *err) CHECK_RESULT;
/* An attribute's value as it stands in the canonical form, between its quotes. false: malformed. */
bool xml_canonical_value(struct buf *out, struct xml_value v) CHECK_RESULT;
/* Is the element that was just opened the one at this path of local names? */
bool xml_is_at(const struct xml_reader *r, const char *path);

#endif
