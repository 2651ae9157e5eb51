/* Outlookのメール — msg and oft: its text and its attachments, each rebuilt by itself, in one ZIP, as of any mail (mail_bundle.h).
 * article: s6.3.2b; threats C1, I1-I3. */
#include "sanitize/parts/mail_bundle.h"
#include "sanitize/parts/msg_read.h"

int msg_rebuild(struct job *job, struct err *err)
{
	struct mime_part root;
	struct bytes whole;

	if (job_read_all(job, &whole, err) < 0 || msg_parse(job, whole, &root, err) < 0)
		return -1;
	return mail_rebuild_parts(job, &root, false, err);
}
