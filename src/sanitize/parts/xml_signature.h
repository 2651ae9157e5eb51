/* XML署名 — a signature after XML-DSig (W3C, 12 February 2002) as office programs write it: the list of what is signed (SignedInfo) is held against the elements of the same document that it
 * names, and the value against the list, by the key of a certificate that comes with it. What lies outside of the elements that are signed says nothing. Links out of the document,
 * transforms other than the canonical form, exclusive canonical forms and RSA-PSS are not known here. */
#ifndef SANITIZE_PARTS_XML_SIGNATURE_H
#define SANITIZE_PARTS_XML_SIGNATURE_H
#include "base/arena.h"
#include <openssl/evp.h>

enum { XML_SIGNATURE_REFERENCES_MOST = 16, XML_SIGNATURE_CERTIFICATES_MOST = 8 };
enum xml_signature_fit { XML_SIGNATURE_UNREAD, XML_SIGNATURE_BROKEN, XML_SIGNATURE_FITS };
struct xml_signature {
	enum xml_signature_fit fit;
	const char *subject, *issuer; /* of the certificate whose key fits, else of the first; "" unknown */
	unsigned count;
	struct {
		size_t from, to; /* bytes of the document's UTF-8 */
	} signed_parts[XML_SIGNATURE_REFERENCES_MOST]; /* those whose digest agrees */
};

/* xml: one document whose root is a Signature, with one zero byte behind it. Never fails: what cannot be judged is UNREAD. */
void xml_signature_read(struct arena *arena, struct bytes xml, struct xml_signature *out);
/* Does byte `at` of the document lie in something that is signed? */
bool xml_signature_covers(const struct xml_signature *s, size_t at);

/* For those who hold other things against such lists: the digest named by an algorithm's address, NULL if unknown; base64 with white space in it;
 * whether the digest of content is the one that was said. */
const EVP_MD *xml_signature_digest(const char *algorithm);
int xml_signature_base64(struct arena *arena, struct bytes text, struct bytes *out) CHECK_RESULT;
bool xml_signature_agrees(const EVP_MD *digest, struct bytes content, struct bytes said);
bool xml_signature_is_canonical(const char *algorithm); /* the canonical form that xml_canonical.h writes */

#endif
