/* XML署名 — any bytes as a signature: never read beyond its end; the canonical form of what it signs is its own canonical form. */
#include "sanitize/parts/xml_canonical.h"
#include "sanitize/parts/xml_signature.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool form_of(struct arena *arena, struct bytes in, const char *path, struct xml_canonical *out)
{
	return xml_canonical(arena, bytes_of(arena_copy(arena, in.p, in.n), in.n), &(struct xml_wanted){ .path = path }, out, NULL) == 0 && out->found > 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA(arena) = arena_new(0);
	struct bytes in = bytes_of(data, size);
	struct xml_signature signature;
	struct xml_canonical form, again;

	xml_signature_read(arena, bytes_of(arena_copy(arena, in.p, in.n), in.n), &signature);
	for (unsigned i = 0; i < signature.count; i++)
		must(signature.signed_parts[i].from < signature.signed_parts[i].to && signature.signed_parts[i].to <= 3 * size);
	if (form_of(arena, in, "Signature", &form)) {
		must(form_of(arena, form.text, "Signature", &again));
		must(bytes_equal(form.text, again.text));
	}
	return 0;
}
