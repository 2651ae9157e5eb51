/* PowerPoint資料 — pptx, ppsx, potx and their macro kinds: rebuilt as pptx from the parts and elements that are known to be harmless.
 * What is kept: parts/parts.def and parts/presentation_elements.def; where clicks, objects and dead animations go: parts/slide_hooks.c.
 * article: s6.3.2b; threats B1-B18. */
#include "sanitize/parts/office_package.h"

int pptx_rebuild(struct job *job, struct err *err)
{
	return office_rebuild(job, OFFICE_SLIDES, err);
}
