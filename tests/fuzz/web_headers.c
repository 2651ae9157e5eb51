/* 揺さぶり試験 — headers a browser or a stranger sends: cookie, host, origin, language, the type of a body, a place to go back to. */
#include "base/text.h"
#include "web/limits.h"
#include "web/multipart.h"
#include "web/parse.h"

const struct html_translation html_translations[] = { { "", "" } };
const size_t html_translations_count = 0;
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA(arena) = arena_new(0);
	const char *s = arena_copy(arena, data, size);
	static const struct multipart_handler handler;
	struct multipart *m;
	struct bytes value;
	struct text text;
	uint8_t token[32];

	if (cookie_read(s, "session", &value)) {
		must(value.p >= (const uint8_t *)s && value.p + value.n <= (const uint8_t *)s + strlen(s));
		if (token_read(value, token))
			must(value.n == 64);
	}
	if (is_host(s, "office.localhost", false))
		must(strlen(s) <= strlen("office.localhost") + 6 && !strpbrk(s, "/@\\ "));
	if (is_origin(s, "office.localhost:8081", true))
		must(strlen(s) == strlen("https://office.localhost:8081"));
	must(language_of(s) == HTML_JAPANESE || language_of(s) == HTML_ENGLISH);
	if (multipart_new(arena, s, &handler, NULL, &m, NULL) == 0)
		must(strlen(s) > strlen("multipart/form-data;"));
	if (text_from_utf8(arena, bytes_of(s, strlen(s)), &text, NULL) == 0) {
		if (is_local_path(text))
			must(text.p[0] == '/' && text.p[1] != '/' && !strpbrk(text.p, "\\\r\n \""));
		must(!strpbrk(attachment_header(arena, text) + strlen("attachment; "), "\r\n<>"));
	}
	return 0;
}
