/* PowerPoint資料（旧形式） — ppt, pps and pot of PowerPoint 97-2003: named what acts, then converted to pptx by the jailed converter and rebuilt as that.
 * article: s6.3.2b; threats C1, C2, C5. */
#include "sanitize/parts/old_office.h"

int ppt_rebuild(struct job *job, struct err *err)
{
	return old_office_rebuild(job, OLD_SLIDES, err);
}
