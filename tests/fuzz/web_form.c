/* 揺さぶり試験 — forms from a browser: whatever is read is valid text within its limits. */
#include "base/text.h"
#include "web/limits.h"
#include "web/parse.h"

const struct html_translation html_translations[] = { { "", "" } };
const size_t html_translations_count = 0;
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA(arena) = arena_new(0);
	struct fields fields = { 0 };
	struct err err;

	if (form_read(arena, bytes_of(data, size), WEB_FIELD_BYTES, &fields, &err) == 0)
		for (size_t i = 0; i < fields.count; i++) {
			must(is_utf8(bytes_of_text(fields.rows[i].value)) && is_utf8(bytes_of_text(fields.rows[i].name)));
			must(memchr(fields.rows[i].value.p, 0, fields.rows[i].value.n + 1) == fields.rows[i].value.p + fields.rows[i].value.n);
			must(fields.rows[i].value.n <= WEB_FIELD_BYTES);
		}
	must(fields.count <= WEB_FIELDS);
	return 0;
}
