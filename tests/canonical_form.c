/* XMLの正規形を書く — for tests/canonical_xml.py: each file named on the command line, its root in canonical form, as "LENGTH\nBYTES" or the name of the error and a line feed. */
#include "base/file.h"
#include "sanitize/parts/xml_canonical.h"
#include <fcntl.h>
#include <stdio.h>

static int form_of(struct arena *arena, const char *path, struct xml_canonical *out, struct err *err)
{
	struct xml_reader *r = arena_alloc(arena, sizeof *r);
	struct bytes in;

	if (file_read(arena, AT_FDCWD, path, 1 << 20, &in, err) != 0)
		return -1;
	in.p = arena_copy(arena, in.p, in.n);
	if (xml_start(r, arena, in, err) != 0)
		return -1;
	if (xml_next(r) != XML_OPEN)
		return fail(err, ERR_MALFORMED, 0, "no root");
	struct xml_name root = xml_local(r->name);
	return xml_canonical(arena, in, &(struct xml_wanted){ .path = arena_printf(arena, "%.*s", (int)root.n, root.p) }, out, err);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		ARENA(arena) = arena_new(0);
		struct xml_canonical out;
		struct err err = { 0 };
		if (form_of(arena, argv[i], &out, &err) != 0) {
			printf("%s\n", err_name(err.code));
			continue;
		}
		printf("%zu\n", out.text.n);
		fwrite(out.text.p, 1, out.text.n, stdout);
	}
	return 0;
}
