/* リンク先 — contract in link.h. */
#include "sanitize/parts/link.h"

static bool begins(struct bytes b, const char *scheme)
{
	size_t n = strlen(scheme);

	if (b.n <= n)
		return false;
	for (size_t i = 0; i < n; i++)
		if ((b.p[i] >= 'A' && b.p[i] <= 'Z' ? b.p[i] + 32 : b.p[i]) != (uint8_t)scheme[i])
			return false;
	return true;
}

bool link_is_allowed(struct bytes b)
{
	if (b.n == 0 || b.n > 4096)
		return false;
	for (size_t i = 0; i < b.n; i++)
		if (b.p[i] < 0x20 || b.p[i] == 0x7f || b.p[i] == '\\')
			return false;
	if (b.p[b.n - 1] == ' ')
		return false;
	return begins(b, "http://") || begins(b, "https://") || (begins(b, "mailto:") && b.p[7] != '/');
}
