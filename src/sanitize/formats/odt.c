/* OpenDocument文書 — odt and ott: converted to docx by the jailed converter and rebuilt as that.
 * article: s6.3.2b; threats B1-B18. */
#include "sanitize/parts/old_office.h"

int odt_rebuild(struct job *job, struct err *err)
{
	return other_office_rebuild(job, "docx", err);
}
