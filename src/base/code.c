/* 符号化 — contract in code.h. */
#include "base/code.h"

static const char hex_digits[] = "0123456789abcdef";
static const char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char base32_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/* The value of a digit in an alphabet, -1 if it is none. */
static int digit(const char *alphabet, uint8_t c)
{
	const char *here = c ? strchr(alphabet, c) : NULL;

	return here ? (int)(here - alphabet) : -1;
}

void hex_put(char *out, struct bytes b)
{
	for (size_t i = 0; i < b.n; i++) {
		*out++ = hex_digits[b.p[i] >> 4];
		*out++ = hex_digits[b.p[i] & 15];
	}
	*out = 0;
}

char *hex_of(struct arena *arena, struct bytes b)
{
	must(b.n < SIZE_MAX / 2);
	char *out = arena_alloc(arena, 2 * b.n + 1);

	hex_put(out, b);
	return out;
}

int hex_decode(struct bytes hex, uint8_t *out, size_t n, struct err *err)
{
	if (hex.n / 2 != n || hex.n % 2)
		return fail(err, ERR_MALFORMED, hex.n, "%zu characters where %zu hexadecimal digits are wanted", hex.n, 2 * n);
	for (size_t i = 0; i < hex.n; i++)
		if (digit(hex_digits, hex.p[i]) < 0)
			return fail(err, ERR_MALFORMED, i, "no lower-case hexadecimal digit at %zu", i);
	for (size_t i = 0; i < n; i++)
		out[i] = (uint8_t)(digit(hex_digits, hex.p[2 * i]) << 4 | digit(hex_digits, hex.p[2 * i + 1]));
	return 0;
}

char *base64_of(struct arena *arena, struct bytes b)
{
	must(b.n < SIZE_MAX / 2);
	char *out = arena_alloc(arena, (b.n + 2) / 3 * 4 + 1), *to = out;

	for (size_t i = 0; i < b.n; i += 3) {
		size_t have = MIN(b.n - i, (size_t)3);
		uint32_t v = (uint32_t)b.p[i] << 16 | (have > 1 ? (uint32_t)b.p[i + 1] << 8 : 0) | (have > 2 ? b.p[i + 2] : 0);

		*to++ = base64_digits[v >> 18];
		*to++ = base64_digits[v >> 12 & 63];
		*to++ = have > 1 ? base64_digits[v >> 6 & 63] : '=';
		*to++ = have > 2 ? base64_digits[v & 63] : '=';
	}
	return out;
}

int base64_decode(struct arena *arena, struct bytes in, struct bytes *out, struct err *err)
{
	if (in.n % 4)
		return fail(err, ERR_MALFORMED, in.n, "base64 of %zu characters: the length is no multiple of 4", in.n);
	size_t padding = in.n && in.p[in.n - 1] == '=' ? in.p[in.n - 2] == '=' ? 2 : 1 : 0;
	uint8_t *to = arena_alloc(arena, in.n / 4 * 3 + 1);
	size_t n = 0;

	for (size_t i = 0; i < in.n; i += 4) {
		uint32_t v = 0;
		size_t pad = i + 4 == in.n ? padding : 0;

		for (size_t k = 0; k < 4; k++) {
			int d = k >= 4 - pad ? 0 : digit(base64_digits, in.p[i + k]);
			if (d < 0)
				return fail(err, ERR_MALFORMED, i + k, "no base64 at character %zu", i + k);
			v = v << 6 | (uint32_t)d;
		}
		if ((pad == 1 && v & 0xff) || (pad == 2 && v & 0xffff))
			return fail(err, ERR_MALFORMED, i, "base64 with spare bits that are not zero");
		to[n++] = (uint8_t)(v >> 16);
		if (pad < 2)
			to[n++] = (uint8_t)(v >> 8);
		if (pad < 1)
			to[n++] = (uint8_t)v;
	}
	*out = bytes_of(to, n);
	return 0;
}

char *base32_of(struct arena *arena, struct bytes b)
{
	must(b.n < SIZE_MAX / 16);
	char *out = arena_alloc(arena, (b.n * 8 + 4) / 5 + 1), *to = out;
	uint32_t held = 0;
	unsigned bits = 0;

	for (size_t i = 0; i < b.n; i++) {
		held = held << 8 | b.p[i];
		for (bits += 8; bits >= 5; bits -= 5)
			*to++ = base32_digits[held >> (bits - 5) & 31];
	}
	if (bits)
		*to++ = base32_digits[held << (5 - bits) & 31];
	return out;
}

int base32_decode(struct arena *arena, struct bytes in, struct bytes *out, struct err *err)
{
	unsigned tail = (unsigned)(in.n % 8);
	uint8_t *to = arena_alloc(arena, in.n / 8 * 5 + 6);
	uint32_t held = 0;
	unsigned bits = 0;
	size_t n = 0;

	if (tail == 1 || tail == 3 || tail == 6)
		return fail(err, ERR_MALFORMED, in.n, "no base32 text has %zu characters", in.n);
	for (size_t i = 0; i < in.n; i++) {
		int d = digit(base32_digits, in.p[i]);
		if (d < 0)
			return fail(err, ERR_MALFORMED, i, "no base32 at character %zu", i);
		held = held << 5 | (uint32_t)d;
		bits += 5;
		if (bits >= 8) {
			bits -= 8;
			to[n++] = (uint8_t)(held >> bits);
		}
	}
	if (held & ((1u << bits) - 1))
		return fail(err, ERR_MALFORMED, in.n, "base32 with spare bits that are not zero");
	*out = bytes_of(to, n);
	return 0;
}

int decimal_decode(struct bytes in, uint64_t most, uint64_t *out, struct err *err)
{
	uint64_t v = 0;

	if (in.n == 0 || (in.n > 1 && in.p[0] == '0'))
		return fail(err, ERR_MALFORMED, 0, "no decimal number");
	for (size_t i = 0; i < in.n; i++) {
		if (in.p[i] < '0' || in.p[i] > '9')
			return fail(err, ERR_MALFORMED, i, "no decimal digit at %zu", i);
		unsigned d = in.p[i] - (unsigned)'0';
		if (v > most / 10 || v * 10 > most - MIN(d, most))
			return fail(err, ERR_LIMIT, i, "the number is above %llu", (unsigned long long)most);
		v = v * 10 + d;
		if (v > most)
			return fail(err, ERR_LIMIT, i, "the number is above %llu", (unsigned long long)most);
	}
	*out = v;
	return 0;
}
