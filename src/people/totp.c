/* 確認コード — contract in totp.h. */
#include "people/totp.h"
#include "base/buf.h"
#include "base/code.h"
#include "base/text.h"
#include <openssl/evp.h>
#include <openssl/hmac.h>

enum { MODULUS = 1000000, SHA1_BYTES = 20 };

int64_t totp_step(int64_t seconds)
{
	return seconds / TOTP_SECONDS;
}

uint32_t totp_code(struct bytes secret, int64_t step)
{
	uint8_t counter[8], mac[SHA1_BYTES];
	unsigned n = sizeof mac;

	for (int i = 0; i < 8; i++)
		counter[i] = (uint8_t)((uint64_t)step >> (56 - 8 * i));
	must(HMAC(EVP_sha1(), secret.p, (int)secret.n, counter, sizeof counter, mac, &n) && n == sizeof mac);
	const uint8_t *p = mac + (mac[SHA1_BYTES - 1] & 15); /* RFC 4226 §5.3 */
	uint32_t v = (uint32_t)(p[0] & 0x7f) << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
	return v % MODULUS;
}

/* MODULUS (no code at all) unless the text is six digits. */
static uint32_t number_of(struct text code)
{
	uint32_t v = 0, c;
	unsigned digits = 0;

	for (size_t at = 0; (c = text_next(code, &at));) {
		if (c == ' ' || c == '-' || c == 0x3000)
			continue;
		if (c >= 0xff10 && c <= 0xff19)
			c = c - 0xff10 + '0';
		if (c < '0' || c > '9' || ++digits > TOTP_DIGITS)
			return MODULUS;
		v = v * 10 + (c - '0');
	}
	return digits == TOTP_DIGITS ? v : MODULUS;
}

enum totp_result totp_check(struct bytes secret, struct text code, int64_t now, int64_t last_step, int64_t *step)
{
	uint32_t typed = number_of(code);
	int64_t middle = totp_step(now);
	enum totp_result result = TOTP_WRONG;

	for (int64_t s = middle - TOTP_DRIFT; s <= middle + TOTP_DRIFT; s++) {
		bool fits = totp_code(secret, s) == typed;
		if (fits && s > last_step && result != TOTP_RIGHT) {
			result = TOTP_RIGHT;
			*step = s;
		} else if (fits && result == TOTP_WRONG) {
			result = TOTP_USED;
		}
	}
	return result;
}

static void put_escaped(struct buf *b, struct text t)
{
	for (size_t i = 0; i < t.n; i++) {
		uint8_t c = (uint8_t)t.p[i];
		if (((c | 32) >= 'a' && (c | 32) <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~')
			buf_byte(b, c);
		else
			buf_printf(b, "%%%02X", c);
	}
}

struct text totp_uri(struct arena *arena, struct bytes secret, struct text issuer, struct text account)
{
	struct buf b = buf_in(arena, 4096);

	buf_str(&b, "otpauth://totp/");
	put_escaped(&b, issuer);
	buf_byte(&b, ':');
	put_escaped(&b, account);
	buf_printf(&b, "?secret=%s&issuer=", base32_of(arena, secret));
	put_escaped(&b, issuer);
	buf_printf(&b, "&algorithm=SHA1&digits=%d&period=%d", TOTP_DIGITS, TOTP_SECONDS);
	must(buf_ok(&b));
	const char *s = buf_string(&b);
	return (struct text){ s, b.n };
}
