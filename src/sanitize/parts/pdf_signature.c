/* PDFの電子署名 — contract in pdf_signature.h. A signature dictionary stands in the clear (never in a packed stream, or it could not say where its own bytes lie): its /ByteRange
 * names two ranges of the file, between them lies the signature in hexadecimal. Both are found by their bytes, without the document's structure. */
#include "sanitize/parts/pdf_signature.h"
#include "base/cursor.h"
#include "sanitize/parts/signer.h"
#include <openssl/cms.h>
#include <openssl/err.h>

enum { CONTENTS_MOST = 4 << 20, TIME_TEXT = 40, NUMBER_DIGITS = 12 };

enum fit { UNREAD, BROKEN, PART, FITS };
struct signature {
	struct bytes before, after, contents; /* contents: hexadecimal, without its brackets */
	bool covers_all;
	const char *signer, *issuer;
	char time[TIME_TEXT];
	enum fit fit;
};

/* -- where it stands -- */
static bool is_space(uint8_t c) { return c == ' ' || (c >= 9 && c <= 13) || c == 0; }

static bool take_number(struct cursor *c, uint64_t *out)
{
	unsigned digits = 0;

	while (c->left && is_space(*c->p))
		cursor_take(c, 1);
	for (*out = 0; c->left && *c->p >= '0' && *c->p <= '9' && digits < NUMBER_DIGITS; digits++)
		*out = *out * 10 + (cursor_u8(c) - '0');
	return digits > 0;
}

/* "[0 840 960 240]": two ranges, and the signature in brackets <…> in the gap. */
static bool take_ranges(struct bytes file, size_t at, struct signature *s)
{
	struct cursor c = cursor_over(bytes_of(file.p + at, file.n - at));
	uint64_t v[4];

	while (c.left && is_space(*c.p))
		cursor_take(&c, 1);
	if (cursor_u8(&c) != '[')
		return false;
	for (size_t i = 0; i < COUNT(v); i++)
		if (!take_number(&c, &v[i]))
			return false;
	uint64_t gap = v[0] + v[1];
	if (v[0] != 0 || gap >= file.n || v[2] < gap + 2 || v[2] > file.n || v[3] > file.n - v[2] || v[2] - gap > CONTENTS_MOST)
		return false;
	if (file.p[gap] != '<' || file.p[v[2] - 1] != '>')
		return false;
	s->before = bytes_of(file.p, (size_t)v[1]);
	s->contents = bytes_of(file.p + gap + 1, (size_t)(v[2] - gap - 2));
	s->after = bytes_of(file.p + v[2], (size_t)v[3]);
	uint64_t end = v[2] + v[3];
	while (end < file.n && is_space(file.p[end]))
		end++;
	s->covers_all = end == file.n;
	return true;
}

static struct bytes undo_hex(struct arena *arena, struct bytes hex)
{
	uint8_t *out = arena_scratch(arena, hex.n / 2 + 1);
	size_t n = 0;
	unsigned half = 0, value = 0;

	for (size_t i = 0; out && i < hex.n; i++) {
		uint8_t c = hex.p[i];
		int digit = c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : 16;
		if (digit == 16)
			continue;
		value = value << 4 | (unsigned)digit;
		if (half++ & 1)
			out[n++] = (uint8_t)value;
	}
	return bytes_of(out, n);
}

/* -- when -- */
static void take_time(CMS_SignerInfo *info, char out[TIME_TEXT])
{
	X509_ATTRIBUTE *attribute = CMS_signed_get_attr(info, CMS_signed_get_attr_by_NID(info, NID_pkcs9_signingTime, -1));
	ASN1_TYPE *value = attribute ? X509_ATTRIBUTE_get0_type(attribute, 0) : NULL;
	struct tm tm;

	out[0] = 0;
	if (!value || (value->type != V_ASN1_UTCTIME && value->type != V_ASN1_GENERALIZEDTIME) || ASN1_TIME_to_tm(value->value.asn1_string, &tm) != 1)
		return;
	snprintf(out, TIME_TEXT, "%04d-%02d-%02d %02d:%02d UTC", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min);
}

/* -- does it fit -- */
static enum fit check(struct arena *arena, const struct signature *s, CMS_ContentInfo *cms)
{
	size_t n = s->before.n + s->after.n;
	uint8_t *signed_bytes = n <= INT32_MAX ? arena_scratch(arena, n + 1) : NULL;

	if (!signed_bytes || !CMS_is_detached(cms))
		return UNREAD; /* the signed digest of old programs, or nothing that is said to be signed */
	memcpy(signed_bytes, s->before.p, s->before.n);
	if (s->after.n)
		memcpy(signed_bytes + s->before.n, s->after.p, s->after.n);
	BIO *content = BIO_new_mem_buf(signed_bytes, (int)n);
	int got = content ? CMS_verify(cms, NULL, NULL, content, NULL, CMS_BINARY | CMS_DETACHED | CMS_NO_SIGNER_CERT_VERIFY) : 0;
	BIO_free(content);
	if (got != 1)
		return BROKEN;
	return s->covers_all ? FITS : PART;
}

static void read_signature(struct arena *arena, struct signature *s)
{
	struct bytes der = undo_hex(arena, s->contents);
	const unsigned char *p = der.p;
	CMS_ContentInfo *cms = der.n ? d2i_CMS_ContentInfo(NULL, &p, (long)der.n) : NULL;

	s->signer = s->issuer = "";
	s->fit = UNREAD;
	if (!cms || OBJ_obj2nid(CMS_get0_type(cms)) != NID_pkcs7_signed) {
		CMS_ContentInfo_free(cms);
		return;
	}
	s->fit = check(arena, s, cms);
	STACK_OF(CMS_SignerInfo) *infos = CMS_get0_SignerInfos(cms);
	if (infos && sk_CMS_SignerInfo_num(infos) > 0) {
		CMS_SignerInfo *info = sk_CMS_SignerInfo_value(infos, 0);
		X509 *certificate = NULL;
		CMS_set1_signers_certs(cms, NULL, 0);
		CMS_SignerInfo_get0_algs(info, NULL, &certificate, NULL, NULL);
		if (certificate) {
			s->signer = signer_name(arena, X509_get_subject_name(certificate));
			s->issuer = signer_name(arena, X509_get_issuer_name(certificate));
		}
		take_time(info, s->time);
	}
	CMS_ContentInfo_free(cms);
	ERR_clear_error();
}

void pdf_signatures_tell(struct job *job, struct bytes file)
{
	static const char *const notes[] = { [UNREAD] = "SIGNATURE_UNREAD", [BROKEN] = "SIGNATURE_BROKEN", [PART] = "SIGNATURE_PART", [FITS] = "SIGNATURE_FITS" };
	static const struct bytes mark = { (const uint8_t *)"/ByteRange", 10 };
	struct arena *arena = job_arena(job);
	unsigned count = 0;

	signer_prepare();
	for (size_t at = 0; at + mark.n < file.n && count < PDF_SIGNATURES_MOST; at += mark.n) {
		const uint8_t *p = memmem(file.p + at, file.n - at, mark.p, mark.n);
		struct signature s = { 0 };
		if (!p)
			break;
		at = (size_t)(p - file.p);
		if (!take_ranges(file, at + mark.n, &s))
			continue;
		read_signature(arena, &s);
		count++;
		job_note(job, notes[s.fit]);
		const char *row = signer_row(arena, s.signer, s.issuer, s.time);
		if (row)
			job_removed(job, "D7", row, 1);
	}
	if (count == 0)
		job_note(job, "SIGNATURE_UNREAD");
}
