/* 7z書庫 — copy, LZMA, LZMA2, PPMd, bzip2, deflate and their filters (archive_read.h); AES-256 with the password that was given (sevenzip_unlock.h). */
#include "sanitize/parts/sevenzip_unlock.h"

int sevenzip_rebuild(struct job *job, struct err *err)
{
	static int (*const supports[])(struct archive *) = { archive_read_support_format_7zip, NULL };
	struct archive_way way = { supports, BUNDLE_UTF8, NULL };
	struct archive_source source;
	enum sevenzip_lock lock;
	bool sure;

	if (sevenzip_unlock(job, &lock, &sure, &source, err) < 0)
		return -1;
	if (lock == SEVENZIP_OPEN)
		return archive_rebuild(job, &way, err);
	way.source = &source;
	if (archive_rebuild(job, &way, err) < 0) /* with another password the content comes out as noise */
		return !sure && err->code == ERR_REFUSED && err->at == REFUSAL_DAMAGED ? refuse(err, REFUSAL_WRONG_PASSWORD, "with this password the content is damaged") : -1;
	job_note(job, "PASSWORD_REMOVED");
	return 0;
}
