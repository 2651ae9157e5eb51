/* 文字と文字コード — fuzz target: the first byte picks the charset. What decodes is UTF-8, encodes again, and that form is stable. */
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA(a) = arena_new(0);
	struct text t, again;
	struct bytes out, twice;

	if (size == 0)
		return 0;
	enum charset c = (enum charset)(data[0] % CHARSET_COUNT);
	struct bytes in = { data + 1, size - 1 };
	must(is_utf8(bytes_of(text_printable(a, in, 300), strlen(text_printable(a, in, 300)))));
	if (text_from(a, c, in, &t, NULL) != 0)
		return 0;
	must(is_utf8(bytes_of_text(t)) && t.p[t.n] == 0);
	must(text_to(a, c, t, &out, NULL) == 0);
	must(text_from(a, c, out, &again, NULL) == 0 && text_equal(t, again));
	must(text_to(a, c, again, &twice, NULL) == 0 && bytes_equal(out, twice));
	struct text whole = text_nfc(a, t);
	must(is_utf8(bytes_of_text(whole)) && text_equal(whole, text_nfc(a, whole)));
	return 0;
}
