/* ファイル名 — any bytes as a name: what comes out is safe, and stays as it is. */
#include "sanitize/name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA(arena) = arena_new(0);
	bool changed, again;
	struct text name = name_safe(arena, bytes_of(data, MIN(size, (size_t)65536)), &changed);
	struct text second = name_safe(arena, bytes_of_text(name), &again);
	size_t at = 0;

	must(name.n >= 1 && name.n <= 255 && is_utf8(bytes_of_text(name)));
	must(!again && text_equal(name, second));
	for (uint32_t c; (c = text_next(name, &at));)
		must(c >= 0x20 && c != '/' && c != '\\' && c != ':' && !(c >= 0x202a && c <= 0x202e) && !(c >= 0x2066 && c <= 0x2069));
	must(name.p[0] != '.' && name.p[name.n - 1] != '.' && name.p[name.n - 1] != ' ');
	struct text other = name_with_extension(arena, name, "docx", true);
	must(other.n <= 255 && is_utf8(bytes_of_text(other)));
	return 0;
}
