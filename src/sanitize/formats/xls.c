/* Excelブック（旧形式） — xls and xlt of Excel 97-2003 and before: named what acts, then converted to xlsx by the jailed converter and rebuilt as that.
 * article: s6.3.2b; threats C1-C3. */
#include "sanitize/parts/old_office.h"

int xls_rebuild(struct job *job, struct err *err)
{
	return old_office_rebuild(job, OLD_SHEET, err);
}
