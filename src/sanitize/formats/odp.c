/* OpenDocument資料 — odp and otp: converted to pptx by the jailed converter and rebuilt as that.
 * article: s6.3.2b; threats B1-B18. */
#include "sanitize/parts/old_office.h"

int odp_rebuild(struct job *job, struct err *err)
{
	return other_office_rebuild(job, "pptx", err);
}
