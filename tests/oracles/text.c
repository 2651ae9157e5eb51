/* 文字コードの照合 — shows what base/text.h does, for tests/charsets.py to compare: `codes` prints every code that decodes and what is
 * written back, `nfc` composes the lines of stdin. */
#include "base/text.h"

static void code(enum charset charset, const char *hex, struct bytes b)
{
	ARENA(a) = arena_new(0);
	struct text t;
	struct bytes back;
	size_t at = 0;

	if (text_from(a, charset, b, &t, NULL) != 0)
		return;
	printf("%s %s %04X ", charset_name(charset), hex, (unsigned)text_next(t, &at));
	must(text_to(a, charset, t, &back, NULL) == 0);
	for (size_t i = 0; i < back.n; i++)
		printf("%02X", back.p[i]);
	puts("");
}

static void codes(enum charset charset, const uint8_t *prefix, size_t n)
{
	for (unsigned x = 0x21; x < 0x100; x++)
		for (unsigned y = 0x21; y < 0x100; y++) {
			uint8_t b[8];
			char hex[17];
			if (n)
				memcpy(b, prefix, n);
			b[n] = (uint8_t)x, b[n + 1] = (uint8_t)y;
			for (size_t i = 0; i < n + 2; i++)
				snprintf(hex + 2 * i, 3, "%02X", b[i]);
			bool kana = charset == CHARSET_CP932 && x >= 0xa1 && x <= 0xdf; /* two characters, not one code */
			if ((x >= 0x80 && !kana) || charset == CHARSET_ISO_2022_JP)
				code(charset, hex, bytes_of(b, n + 2));
		}
}

int main(int argc, char **argv)
{
	char line[4096];

	if (argc == 2 && strcmp(argv[1], "codes") == 0) {
		codes(CHARSET_CP932, NULL, 0);
		codes(CHARSET_EUC_JP, NULL, 0);
		codes(CHARSET_EUC_JP, (const uint8_t *)"\x8f", 1);
		codes(CHARSET_ISO_2022_JP, (const uint8_t *)"\x1b$B", 3);
		return 0;
	}
	if (argc != 2 || strcmp(argv[1], "nfc") != 0)
		return 2;
	while (fgets(line, sizeof line, stdin)) {
		ARENA(a) = arena_new(0);
		struct text t;
		must(text_from_utf8(a, bytes_of(line, strlen(line)), &t, NULL) == 0);
		t = text_nfc(a, t);
		fwrite(t.p, 1, t.n, stdout);
	}
	return 0;
}
