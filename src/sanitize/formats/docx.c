/* Word文書 — docx, docm, dotx, dotm: rebuilt as docx from the parts, elements and fields that are known to be harmless.
 * What is kept: parts/parts.def and the element lists beside it; where macros, templates, links and objects go: parts/ooxml_hooks.c.
 * article: s6.3.2b; threats B1-B18. */
#include "sanitize/parts/office_package.h"

int docx_rebuild(struct job *job, struct err *err)
{
	return office_rebuild(job, OFFICE_WORD, err);
}
