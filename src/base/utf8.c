/* UTF-8 — checking, walking, writing: what text.h says of UTF-8. */
#include "base/text.h"

bool is_ascii(struct bytes b)
{
	for (size_t i = 0; i < b.n; i++)
		if (b.p[i] >= 0x80)
			return false;
	return true;
}

bool is_utf8(struct bytes b)
{
	const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;
	const uint8_t *p = b.p, *end = b.n ? b.p + b.n : b.p;

	while (p < end) {
		uint64_t eight;
		/* Eight bytes of 1 to 0x7f: none has its top bit set, none gets it when one is taken from each. */
		if (end - p >= 8 && (memcpy(&eight, p, 8), ((eight | (eight - ones)) & tops) == 0)) {
			p += 8;
			continue;
		}
		uint8_t c = *p++;
		if (c < 0x80) {
			if (c == 0)
				return false;
			continue;
		}
		unsigned more = c >= 0xc2 && c <= 0xdf ? 1 : (c & 0xf0) == 0xe0 ? 2 : c >= 0xf0 && c <= 0xf4 ? 3 : 0;
		if (more == 0 || (size_t)(end - p) < more)
			return false;
		if ((c == 0xe0 && p[0] < 0xa0) || (c == 0xed && p[0] > 0x9f) || (c == 0xf0 && p[0] < 0x90) || (c == 0xf4 && p[0] > 0x8f))
			return false; /* overlong, surrogate, above U+10FFFF */
		for (; more; more--)
			if ((*p++ & 0xc0) != 0x80)
				return false;
	}
	return true;
}

int text_from_utf8(struct arena *arena, struct bytes b, struct text *out, struct err *err)
{
	if (!is_utf8(b)) {
		size_t good = b.n; /* locate it for the message: the longest valid prefix */
		size_t low = 0;
		while (low < good) {
			size_t n = 1;
			while (n <= 4 && low + n <= b.n && !is_utf8(bytes_of(b.p + low, n)))
				n++;
			if (n > 4 || low + n > b.n)
				break;
			low += n;
		}
		return fail(err, ERR_NOT_TEXT, low, "no valid UTF-8 at byte %zu", low);
	}
	*out = (struct text){ arena_copy(arena, b.p, b.n), b.n };
	return 0;
}

uint32_t text_next(struct text t, size_t *at)
{
	if (*at >= t.n)
		return 0; /* before anything is added: the empty text may lie nowhere */
	const uint8_t *p = (const uint8_t *)t.p + *at;

	if (p[0] < 0x80)
		return *at += 1, p[0];
	if (p[0] < 0xe0)
		return *at += 2, (uint32_t)(p[0] & 0x1f) << 6 | (p[1] & 0x3f);
	if (p[0] < 0xf0)
		return *at += 3, (uint32_t)(p[0] & 0x0f) << 12 | (uint32_t)(p[1] & 0x3f) << 6 | (p[2] & 0x3f);
	return *at += 4, (uint32_t)(p[0] & 7) << 18 | (uint32_t)(p[1] & 0x3f) << 12 | (uint32_t)(p[2] & 0x3f) << 6 | (p[3] & 0x3f);
}

size_t utf8_put(uint8_t out[4], uint32_t c)
{
	if (c < 0x80)
		return out[0] = (uint8_t)c, 1;
	if (c < 0x800)
		return out[0] = (uint8_t)(0xc0 | c >> 6), out[1] = (uint8_t)(0x80 | (c & 0x3f)), 2;
	if ((c >= 0xd800 && c < 0xe000) || c > 0x10ffff)
		return 0;
	if (c < 0x10000)
		return out[0] = (uint8_t)(0xe0 | c >> 12), out[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f)), out[2] = (uint8_t)(0x80 | (c & 0x3f)), 3;
	out[0] = (uint8_t)(0xf0 | c >> 18), out[1] = (uint8_t)(0x80 | (c >> 12 & 0x3f));
	return out[2] = (uint8_t)(0x80 | (c >> 6 & 0x3f)), out[3] = (uint8_t)(0x80 | (c & 0x3f)), 4;
}

/* Controls, marks that turn the reading direction, and what is invisible. */
static bool is_treacherous(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0xad || c == 0x61c || (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe007f);
}

const char *text_printable(struct arena *arena, struct bytes b, size_t most)
{
	char *out = arena_alloc(arena, most + 1);
	size_t n = 0, at = 0;

	while (at < b.n) {
		size_t length = 1;
		while (length < 4 && at + length <= b.n && !is_utf8(bytes_of(b.p + at, length)))
			length++;
		bool valid = at + length <= b.n && is_utf8(bytes_of(b.p + at, length));
		struct text t = { (const char *)b.p + at, length };
		size_t none = 0;
		bool plain = valid && !is_treacherous(text_next(t, &none));
		size_t taken = valid ? length : 1, room = plain ? taken : taken * 4;
		if (n + room > most)
			break;
		if (plain)
			memcpy(out + n, b.p + at, taken);
		for (size_t i = 0; !plain && i < taken; i++)
			snprintf(out + n + i * 4, most + 1 - n - i * 4, "\\x%02X", b.p[at + i]);
		n += room, at += taken;
	}
	return out;
}
