/* ZIPの文法（書庫） — an archive as we write it: our one layout, safe names, and every member is the content that a rebuilder of its own kind
 * wrote and its grammar accepted, in this tree. */
#include "sanitize/grammars/package_zip.h"

static int accept(struct check *check, struct err *err)
{
	struct package_zip zip;
	uint8_t sha256[32];

	if (package_zip_read(check, &zip, err) < 0)
		return -1;
	for (size_t i = 0; i < zip.count; i++) {
		const struct package_member *m = &zip.members[i];
		if (m->folder)
			continue;
		if (package_zip_hash(&zip, m, sha256, err) < 0)
			return -1;
		if (!check_is_verified_member(check, sha256))
			return fail(err, ERR_MISMATCH, m->data, "ZIP: member %zu was not verified", i);
	}
	return 0;
}

extern const struct grammar grammar_zip;
const struct grammar grammar_zip = { .name = "zip", .accept = accept };
