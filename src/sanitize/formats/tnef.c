/* Outlookの添付（winmail.dat）— TNEF: the text and the attachments that Outlook hid in it, each rebuilt by itself, in one ZIP, as of any mail (mail_bundle.h).
 * article: s6.3.2b; threats C2, I1-I3. */
#include "sanitize/parts/mail_bundle.h"
#include "sanitize/parts/tnef_read.h"

int tnef_rebuild(struct job *job, struct err *err)
{
	struct mime_part root;
	struct bytes whole;

	if (job_read_all(job, &whole, err) < 0 || tnef_parse(job, whole, &root, err) < 0)
		return -1;
	return mail_rebuild_parts(job, &root, false, err);
}
