/* オフィス文書の電子署名 — who signed a document and when, said before rebuilding makes the signature void (B5). The parts that the signature lists are held against their digests: one that
 * differs is told. That the list itself is what was signed is not checked: it would need the canonical form of XML, and a key that somebody trusts. */
#include "base/code.h"
#include "base/cursor.h"
#include "sanitize/parts/office_parts.h"
#include "sanitize/parts/xml_read.h"
#include <nettle/nettle-meta.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>

enum { SIGNATURES_MOST = 50, SIGNATURE_BYTES_MOST = 4 << 20, CAPTURED_MOST = 64 * 1024, NAME_MOST = 60, TIME_MOST = 30, DIGEST_MOST = 64 };

struct seen {
	struct package *p;
	struct buf *capture; /* of the element that is open; NULL: its text is of no interest */
	struct buf certificate, time, digest;
	const struct nettle_hash *hash;
	const char *uri; /* of the reference that is open */
	bool transformed, in_manifest, differs;
	unsigned agreeing;
};

static struct xml_name local_of(struct xml_name n)
{
	const uint8_t *colon = memchr(n.p, ':', n.n);
	return colon ? (struct xml_name){ colon + 1, n.n - (uint32_t)(colon + 1 - n.p) } : n;
}

static const char *value_of(struct arena *arena, const struct xml_reader *r, const char *name)
{
	for (unsigned i = 0; i < r->count; i++)
		if (xml_name_is(r->names[i], name))
			return xml_text_of(arena, r->values[i]);
	return NULL;
}

static const struct nettle_hash *hash_named(const char *algorithm)
{
	static const struct {
		const char *last;
		const struct nettle_hash *hash;
	} known[] = { { "#sha1", &nettle_sha1 }, { "#sha256", &nettle_sha256 }, { "#sha384", &nettle_sha384 }, { "#sha512", &nettle_sha512 } };
	const char *last = algorithm ? strrchr(algorithm, '#') : NULL;

	for (size_t i = 0; last && i < COUNT(known); i++)
		if (strcmp(last, known[i].last) == 0)
			return known[i].hash;
	return NULL;
}

static int by_base64(struct arena *arena, struct buf *text, struct bytes *out)
{
	size_t n = 0;

	for (size_t i = 0; i < text->n; i++)
		if (text->p[i] > ' ')
			text->p[n++] = text->p[i];
	return base64_decode(arena, bytes_of(text->p, n), out, NULL);
}

/* -- parts against their digests -- */
static void check_reference(struct seen *s)
{
	union {
		struct sha1_ctx sha1;
		struct sha256_ctx sha256;
		struct sha512_ctx sha512;
	} state;
	struct arena *arena = s->p->arena;
	uint8_t mine[DIGEST_MOST];
	struct bytes said, content;

	if (!s->uri || s->uri[0] != '/' || s->transformed || !s->hash || by_base64(arena, &s->digest, &said) < 0 || said.n != s->hash->digest_size)
		return;
	const char *name = arena_printf(arena, "%.*s", (int)strcspn(s->uri, "?"), s->uri);
	const struct zip_member *member = office_find(s->p, name);
	if (!member || office_content(s->p, member, &content, NULL) < 0) {
		s->differs = true;
		return;
	}
	s->hash->init(&state);
	s->hash->update(&state, content.n, content.p);
	s->hash->digest(&state, s->hash->digest_size, mine);
	if (memcmp(mine, said.p, said.n) == 0)
		s->agreeing++;
	else
		s->differs = true;
}

static void take_open(struct seen *s, const struct xml_reader *r)
{
	struct xml_name name = local_of(r->name);

	s->capture = NULL;
	if (xml_name_is(name, "Manifest")) {
		s->in_manifest = true;
	} else if (xml_name_is(name, "Reference")) {
		s->uri = value_of(s->p->arena, r, "URI");
		s->transformed = false, s->hash = NULL, s->digest.n = 0;
	} else if (xml_name_is(name, "Transforms")) {
		s->transformed = true;
	} else if (xml_name_is(name, "DigestMethod")) {
		s->hash = hash_named(value_of(s->p->arena, r, "Algorithm"));
	} else if (xml_name_is(name, "DigestValue")) {
		s->capture = &s->digest;
	} else if (xml_name_is(name, "X509Certificate") && s->certificate.n == 0) {
		s->capture = &s->certificate;
	} else if ((xml_name_is(name, "SigningTime") || xml_name_is(name, "Value")) && s->time.n == 0) {
		s->capture = &s->time;
	}
}

static bool read_signature(struct seen *s, struct bytes xml)
{
	struct xml_reader *r = arena_alloc(s->p->arena, sizeof *r);

	if (xml_start(r, s->p->arena, xml, NULL) < 0)
		return false;
	for (enum xml_token t; (t = xml_next(r)) != XML_END;) {
		if (t == XML_BAD)
			return false;
		if (t == XML_OPEN)
			take_open(s, r);
		else if (t == XML_CHARS && s->capture)
			buf_put(s->capture, r->chars.p, r->chars.n);
		else if (t == XML_CLOSE) {
			struct xml_name name = local_of(r->name);
			s->capture = NULL;
			if (xml_name_is(name, "Manifest"))
				s->in_manifest = false;
			if (xml_name_is(name, "Reference") && s->in_manifest)
				check_reference(s);
		}
	}
	return true;
}

/* -- who: subject and issuer of a certificate (DER) -- */
static struct bytes take_der(struct cursor *c, uint8_t *tag)
{
	*tag = cursor_u8(c);
	size_t n = cursor_u8(c);

	if (n > 0x80 && n <= 0x83) {
		size_t count = n & 3;
		for (n = 0; count; count--)
			n = n << 8 | cursor_u8(c);
	} else if (n >= 0x80) {
		c->failed = true;
	}
	return cursor_bytes(c, n);
}

/* The common name in it, or the organisation's. */
static const char *name_in(struct arena *arena, struct bytes name)
{
	static const char *const wanted[] = { "\x55\x04\x03", "\x55\x04\x0a" };
	enum { BMP_STRING = 0x1e };
	uint8_t tag;

	for (size_t i = 0; i < COUNT(wanted); i++)
		for (struct cursor c = cursor_over(name); c.left && !c.failed;) {
			struct cursor set = cursor_over(take_der(&c, &tag)), pair = cursor_over(take_der(&set, &tag));
			struct bytes kind = take_der(&pair, &tag), value = take_der(&pair, &tag);
			struct text text;
			if (pair.failed || kind.n != 3 || memcmp(kind.p, wanted[i], 3) != 0)
				continue;
			if (tag == BMP_STRING && text_from(arena, CHARSET_UTF16BE, value, &text, NULL) == 0)
				value = bytes_of_text(text);
			return text_printable(arena, value, NAME_MOST);
		}
	return "";
}

static void names_of(struct arena *arena, struct bytes der, const char **subject, const char **issuer)
{
	struct cursor c = cursor_over(der);
	uint8_t tag;
	struct cursor whole = cursor_over(take_der(&c, &tag)), signed_part = cursor_over(take_der(&whole, &tag));

	struct bytes first = take_der(&signed_part, &tag);
	if (tag == 0xa0) /* the version, where it is said */
		first = take_der(&signed_part, &tag);
	(void)first; /* the number */
	take_der(&signed_part, &tag); /* algorithm */
	struct bytes by = take_der(&signed_part, &tag);
	take_der(&signed_part, &tag); /* validity */
	struct bytes of = take_der(&signed_part, &tag);
	if (signed_part.failed)
		return;
	*issuer = name_in(arena, by);
	*subject = name_in(arena, of);
}

static void tell(struct seen *s, bool read_it)
{
	struct job *job = s->p->job;
	struct arena *arena = s->p->arena;
	const char *subject = "", *issuer = "";
	struct bytes der;

	job_note(job, s->differs ? "SIGNATURE_BROKEN" : read_it && s->agreeing ? "SIGNATURE_PARTS_FIT" : "SIGNATURE_UNREAD");
	if (s->certificate.n && buf_ok(&s->certificate) && by_base64(arena, &s->certificate, &der) == 0)
		names_of(arena, der, &subject, &issuer);
	if (*subject) {
		const char *time = text_printable(arena, bytes_of(s->time.p, MIN(s->time.n, (size_t)TIME_MOST)), TIME_MOST);
		job_removed(job, "B5", arena_printf(arena, "%s%s%s%s%s", subject, *issuer ? " ← " : "", issuer, *time ? " " : "", time), 1);
	}
}

void office_signatures_tell(struct package *p)
{
	unsigned count = 0;

	for (size_t i = 0; i < p->zip.count && count < SIGNATURES_MOST; i++) {
		const struct zip_member *m = &p->zip.members[i];
		struct bytes content;
		if (m->folder || strncasecmp(m->name.p, "_xmlsignatures/", 15) != 0 || strcasestr(m->name.p, "_rels/") || m->name.n < 5 || strcasecmp(m->name.p + m->name.n - 4, ".xml") != 0)
			continue;
		count++;
		struct seen s = { .p = p, .certificate = buf_in(p->arena, CAPTURED_MOST), .time = buf_in(p->arena, CAPTURED_MOST), .digest = buf_in(p->arena, CAPTURED_MOST) };
		bool read_it = m->size <= SIGNATURE_BYTES_MOST && office_content(p, m, &content, NULL) == 0 &&
			       read_signature(&s, bytes_of(arena_copy(p->arena, content.p, content.n), content.n)); /* the parts it lists are unpacked where it lies */
		tell(&s, read_it);
	}
	if (count == 0)
		job_note(p->job, "SIGNATURE_UNREAD");
}
