/* ZIPの文法（書庫） — an archive as we write it: our one layout, safe names, and every member is the content that a rebuilder of its own kind
 * wrote and its grammar accepted, in this tree. The last one may be the list of what was left out: short, marked as UTF-8, clean text. */
#include "sanitize/grammars/package_zip.h"
#include "sanitize/grammars/plain_text.h"

enum { LIST_MOST = 256 * 1024 };

static int accept_list(struct package_zip *zip, const struct package_member *m, struct err *err)
{
	static const char name[] = "届かなかったファイル", end[] = ".txt";
	struct bytes content;
	struct text text;

	if (m != &zip->members[zip->count - 1] || !bytes_start(m->name, bytes_of(name, sizeof name - 1)) || m->name.n < sizeof name + sizeof end - 2 ||
	    memcmp(m->name.p + m->name.n - (sizeof end - 1), end, sizeof end - 1) != 0 || memchr(m->name.p, '/', m->name.n) || m->size > LIST_MOST)
		return fail(err, ERR_MISMATCH, m->data, "ZIP: the member at %llu was not verified", (unsigned long long)m->data);
	if (package_zip_content(zip, m, &content, err) < 0)
		return -1;
	if (!bytes_start(content, BYTES("\xef\xbb\xbf")) || text_from_utf8(check_arena(zip->check), bytes_of(content.p + 3, content.n - 3), &text, err) != 0)
		return fail(err, ERR_MALFORMED, m->data, "ZIP: the list of what was left out is no text");
	return is_clean_text(text, err);
}

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
		if (!check_is_verified_member(check, sha256) && accept_list(&zip, m, err) < 0)
			return -1;
	}
	return 0;
}

extern const struct grammar grammar_zip;
const struct grammar grammar_zip = { .name = "zip", .accept = accept };
