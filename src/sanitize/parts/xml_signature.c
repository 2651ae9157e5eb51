/* XML署名 — contract in xml_signature.h. */
#include "sanitize/parts/xml_signature.h"
#include "base/code.h"
#include "sanitize/parts/signer.h"
#include "sanitize/parts/xml_canonical.h"
#include <openssl/ecdsa.h>
#include <openssl/err.h>

enum { CAPTURED_MOST = 64 * 1024 };

struct reference {
	const char *id; /* NULL: leads out of the document */
	const EVP_MD *digest;
	struct buf said;
	bool strange; /* a transform that is not known here */
};
struct list {
	struct arena *arena;
	struct xml_reader *reader;
	struct buf *capture; /* of the element that is open; NULL: its text is of no interest */
	const char *method;
	bool canonical, strange;
	struct reference references[XML_SIGNATURE_REFERENCES_MOST];
	unsigned count;
	struct buf value, certificates[XML_SIGNATURE_CERTIFICATES_MOST];
	unsigned certificate_count;
};

const EVP_MD *xml_signature_digest(const char *algorithm)
{
	static const struct {
		const char *last;
		const EVP_MD *(*digest)(void);
	} known[] = { { "#sha1", EVP_sha1 }, { "#sha256", EVP_sha256 }, { "#sha384", EVP_sha384 }, { "#sha512", EVP_sha512 } };
	const char *last = algorithm ? strrchr(algorithm, '#') : NULL;

	for (size_t i = 0; last && i < COUNT(known); i++)
		if (strcmp(last, known[i].last) == 0)
			return known[i].digest();
	return NULL;
}

bool xml_signature_is_canonical(const char *algorithm)
{
	return algorithm && strcmp(algorithm, "http://www.w3.org/TR/2001/REC-xml-c14n-20010315") == 0;
}

int xml_signature_base64(struct arena *arena, struct bytes text, struct bytes *out)
{
	uint8_t *close = arena_alloc(arena, text.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] > ' ')
			close[n++] = text.p[i];
	return base64_decode(arena, bytes_of(close, n), out, NULL);
}

bool xml_signature_agrees(const EVP_MD *digest, struct bytes content, struct bytes said)
{
	uint8_t mine[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	return EVP_Digest(content.p, content.n, mine, &n, digest, NULL) == 1 && said.n == n && memcmp(mine, said.p, n) == 0;
}

bool xml_signature_covers(const struct xml_signature *s, size_t at)
{
	for (unsigned i = 0; i < s->count; i++)
		if (at >= s->signed_parts[i].from && at < s->signed_parts[i].to)
			return true;
	return false;
}

/* -- what the signature says -- */
static const char *value_of(struct list *l, const char *name)
{
	const struct xml_value *v = xml_attribute(l->reader, name);
	return v ? xml_text_of(l->arena, *v) : NULL;
}

static void begin_reference(struct list *l)
{
	const char *uri = value_of(l, "URI");

	if (l->count == XML_SIGNATURE_REFERENCES_MOST) {
		l->strange = true;
		return;
	}
	l->references[l->count++] = (struct reference){ .id = uri && uri[0] == '#' ? uri + 1 : NULL, .said = buf_in(l->arena, CAPTURED_MOST) };
}

static void take_open(struct list *l)
{
	const struct xml_reader *r = l->reader;
	struct reference *last = l->count ? &l->references[l->count - 1] : NULL;

	l->capture = NULL;
	if (xml_is_at(r, "Signature/SignedInfo/CanonicalizationMethod")) {
		l->canonical = xml_signature_is_canonical(value_of(l, "Algorithm"));
	} else if (xml_is_at(r, "Signature/SignedInfo/SignatureMethod")) {
		l->method = value_of(l, "Algorithm");
	} else if (xml_is_at(r, "Signature/SignedInfo/Reference")) {
		begin_reference(l);
	} else if (last && xml_is_at(r, "Signature/SignedInfo/Reference/Transforms/Transform")) {
		last->strange |= !xml_signature_is_canonical(value_of(l, "Algorithm"));
	} else if (last && xml_is_at(r, "Signature/SignedInfo/Reference/DigestMethod")) {
		last->digest = xml_signature_digest(value_of(l, "Algorithm"));
	} else if (last && xml_is_at(r, "Signature/SignedInfo/Reference/DigestValue")) {
		l->capture = &last->said;
	} else if (xml_is_at(r, "Signature/SignatureValue")) {
		l->capture = &l->value;
	} else if (xml_is_at(r, "Signature/KeyInfo/X509Data/X509Certificate") && l->certificate_count < XML_SIGNATURE_CERTIFICATES_MOST) {
		l->capture = &l->certificates[l->certificate_count++];
		*l->capture = buf_in(l->arena, CAPTURED_MOST);
	}
}

static bool read_list(struct list *l, struct bytes xml)
{
	struct xml_reader *r = l->reader;

	if (xml_start(r, l->arena, xml, NULL) < 0)
		return false;
	for (enum xml_token t; (t = xml_next(r)) != XML_END;) {
		if (t == XML_BAD)
			return false;
		if (t == XML_OPEN) {
			take_open(l);
		} else if (t == XML_CHARS && l->capture) {
			const char *text = xml_text_of(l->arena, r->chars); /* some write "&#13;" at the ends of lines */
			buf_str(l->capture, text ? text : "?");
		} else if (t == XML_CLOSE) {
			l->capture = NULL;
		}
	}
	return true;
}

/* -- does it agree -- */
static enum xml_signature_fit check_reference(struct bytes xml, struct reference *r, struct xml_signature *out)
{
	ARENA(arena) = arena_new(0);
	struct xml_canonical form;
	struct bytes said;

	if (!r->id || !*r->id || r->strange || !r->digest || !buf_ok(&r->said) || xml_signature_base64(arena, buf_view(&r->said), &said) != 0 ||
	    xml_canonical(arena, xml, &(struct xml_wanted){ .id = r->id }, &form, NULL) != 0)
		return XML_SIGNATURE_UNREAD;
	/* Two of one name: which of them is signed, nobody knows. Elsewhere than in an Object: it was moved to where nobody looks. */
	if (form.found != 1 || strcmp(form.under, "Object") != 0 || !xml_signature_agrees(r->digest, form.text, said))
		return XML_SIGNATURE_BROKEN;
	out->signed_parts[out->count].from = form.from, out->signed_parts[out->count].to = form.to;
	out->count++;
	return XML_SIGNATURE_FITS;
}

/* The value of an elliptic curve stands as two numbers of the same length, side by side; OpenSSL wants them in DER. */
static struct bytes as_der(struct arena *arena, struct bytes value)
{
	struct bytes der = { NULL, 0 };
	ECDSA_SIG *pair = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(value.p, (int)(value.n / 2), NULL), *s = BN_bin2bn(value.p + value.n / 2, (int)(value.n / 2), NULL);
	unsigned char *out = NULL;

	if (pair && r && s && value.n && value.n % 2 == 0 && ECDSA_SIG_set0(pair, r, s) == 1) {
		int n = i2d_ECDSA_SIG(pair, &out);
		der = n > 0 ? bytes_of(arena_copy(arena, out, (size_t)n), (size_t)n) : der;
		OPENSSL_free(out);
	} else {
		BN_free(r), BN_free(s);
	}
	ECDSA_SIG_free(pair);
	return der;
}

static bool opens_with(struct arena *arena, EVP_PKEY *key, const char *kind, const EVP_MD *digest, struct bytes list, struct bytes value)
{
	bool curve = strcmp(kind, "ecdsa") == 0;
	EVP_MD_CTX *c = EVP_MD_CTX_new();

	if (curve)
		value = as_der(arena, value);
	bool fits = c && value.n && EVP_PKEY_base_id(key) == (curve ? EVP_PKEY_EC : EVP_PKEY_RSA) && EVP_DigestVerifyInit(c, NULL, digest, NULL, key) == 1 &&
		    EVP_DigestVerify(c, value.p, value.n, list.p, list.n) == 1;
	EVP_MD_CTX_free(c);
	return fits;
}

/* "…#rsa-sha256": the kind of key, and the digest in the spelling of digests. */
static const EVP_MD *digest_of_method(struct arena *arena, const char *method, const char **kind)
{
	const char *last = method ? strrchr(method, '#') : NULL, *dash = last ? strchr(last, '-') : NULL;

	if (!dash)
		return NULL;
	*kind = arena_printf(arena, "%.*s", (int)(dash - last - 1), last + 1);
	if (strcmp(*kind, "rsa") != 0 && strcmp(*kind, "ecdsa") != 0)
		return NULL;
	return xml_signature_digest(arena_printf(arena, "#%s", dash + 1));
}

static void name_signer(struct list *l, X509 *certificate, struct xml_signature *out)
{
	out->subject = signer_name(l->arena, X509_get_subject_name(certificate));
	out->issuer = signer_name(l->arena, X509_get_issuer_name(certificate));
}

static enum xml_signature_fit check_value(struct list *l, struct bytes xml, struct xml_signature *out)
{
	struct xml_canonical list;
	struct bytes value, der;
	const char *kind = "";
	const EVP_MD *digest = digest_of_method(l->arena, l->method, &kind);
	unsigned keys = 0;
	bool judged = l->canonical && digest && buf_ok(&l->value) && xml_signature_base64(l->arena, buf_view(&l->value), &value) == 0 && value.n &&
		      xml_canonical(l->arena, xml, &(struct xml_wanted){ .path = "Signature/SignedInfo" }, &list, NULL) == 0;

	for (unsigned i = 0; i < l->certificate_count; i++) {
		if (!buf_ok(&l->certificates[i]) || xml_signature_base64(l->arena, buf_view(&l->certificates[i]), &der) != 0)
			continue;
		const unsigned char *p = der.p;
		X509 *certificate = d2i_X509(NULL, &p, (long)der.n);
		EVP_PKEY *key = certificate ? X509_get0_pubkey(certificate) : NULL;
		bool fits = judged && key && list.found == 1 && opens_with(l->arena, key, kind, digest, list.text, value);
		keys += key != NULL;
		if (certificate && (fits || !*out->subject))
			name_signer(l, certificate, out);
		X509_free(certificate);
		if (fits)
			return XML_SIGNATURE_FITS;
	}
	return judged && keys ? XML_SIGNATURE_BROKEN : XML_SIGNATURE_UNREAD;
}

void xml_signature_read(struct arena *arena, struct bytes xml, struct xml_signature *out)
{
	struct list *l = arena_alloc(arena, sizeof *l);
	bool broken = false, unread = false;

	*l = (struct list){ .arena = arena, .reader = arena_alloc(arena, sizeof *l->reader), .value = buf_in(arena, CAPTURED_MOST) };
	*out = (struct xml_signature){ .fit = XML_SIGNATURE_UNREAD, .subject = "", .issuer = "" };
	signer_prepare();
	if (!read_list(l, xml))
		return;
	for (unsigned i = 0; i < l->count; i++) {
		enum xml_signature_fit fit = check_reference(xml, &l->references[i], out);
		broken |= fit == XML_SIGNATURE_BROKEN, unread |= fit == XML_SIGNATURE_UNREAD;
	}
	enum xml_signature_fit fit = check_value(l, xml, out);
	broken |= fit == XML_SIGNATURE_BROKEN, unread |= fit == XML_SIGNATURE_UNREAD || l->strange || l->count == 0;
	out->fit = broken ? XML_SIGNATURE_BROKEN : unread ? XML_SIGNATURE_UNREAD : XML_SIGNATURE_FITS;
	ERR_clear_error();
}
