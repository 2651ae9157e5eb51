/* メール — its text and its attachments, each rebuilt by itself, in one ZIP (mail_bundle.h). threats I1, I2, I3. */
#include "sanitize/parts/mail_bundle.h"

int eml_rebuild(struct job *job, struct err *err)
{
	return mail_rebuild(job, false, err);
}
