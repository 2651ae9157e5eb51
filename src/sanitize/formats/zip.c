/* ZIP書庫 — read strictly (zip_read.h), every file inside rebuilt by itself, written as a plain ZIP (bundle.h).
 * article: s6.3.2b; threats A3, A4, H1, H4. */
#include "sanitize/parts/bundle.h"
#include "sanitize/parts/zip_methods.h"
#include "sanitize/parts/zip_read.h"

int zip_rebuild(struct job *job, struct err *err)
{
	struct bundle *bundle = bundle_new(job, BUNDLE_UTF8);
	struct zip zip;
	bool encrypted = false;

	if (zip_open_with(job, &zip_archive_more, &zip, err) < 0)
		return -1;
	for (size_t i = 0; i < zip.count; i++) {
		const struct zip_member *m = &zip.members[i];
		struct bytes path = bytes_of_text(m->name);
		if (bundle_is_litter(bundle, path))
			continue;
		if (m->folder) {
			if (bundle_folder(bundle, path, err) < 0)
				return -1;
			continue;
		}
		encrypted |= m->encrypted;
		if (bundle_begin(bundle, path, err) < 0 || zip_stream(&zip, m, bundle_add, bundle, err) < 0 || bundle_end(bundle, err) < 0)
			return -1;
	}
	if (encrypted)
		job_note(job, "PASSWORD_REMOVED");
	return bundle_finish(bundle, err);
}
