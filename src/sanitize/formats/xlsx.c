/* Excelブック — xlsx, xlsm, xltx, xltm: rebuilt as xlsx. Cells keep their values whatever becomes of their formula.
 * What is kept: parts/parts.def and parts/spreadsheet_elements.def; formulas: parts/formula.c; sheets, names: parts/ooxml_hooks.c.
 * article: s6.3.2b; threats B1-B18. */
#include "sanitize/parts/office_package.h"

int xlsx_rebuild(struct job *job, struct err *err)
{
	return office_rebuild(job, OFFICE_SHEET, err);
}
