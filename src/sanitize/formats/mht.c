/* 保存したWebページ — a page with its pictures in one file (MHTML): its text, in a ZIP like a mail. threat F1. */
#include "sanitize/parts/mail_bundle.h"

int mht_rebuild(struct job *job, struct err *err)
{
	return mail_rebuild(job, true, err);
}
