/* Word文書（旧形式） — doc and dot of Word 97-2003 and before: named what acts, then converted to docx by the jailed converter and rebuilt as that.
 * article: s6.3.2b; threats C1, C2, C4. */
#include "sanitize/parts/old_office.h"

int doc_rebuild(struct job *job, struct err *err)
{
	return old_office_rebuild(job, OLD_WORD, err);
}
