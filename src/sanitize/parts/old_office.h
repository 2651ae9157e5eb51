/* 旧形式のOffice文書 — doc, xls and ppt are never cleaned in place: what acts in them is named for the report, then the jailed converter makes a document of today of
 * them, which is rebuilt like one that was handed in. What is missed here is not let through by that: it only goes unnamed. threats C1-C5. */
#ifndef SANITIZE_PARTS_OLD_OFFICE_H
#define SANITIZE_PARTS_OLD_OFFICE_H
#include "sanitize/format.h"

enum old_office { OLD_WORD, OLD_SHEET, OLD_SLIDES };
/* The whole work of doc, xls and ppt up to the converter. -1: DAMAGED, TOO_MANY_PARTS (C1), PROTECTED. */
int old_office_rebuild(struct job *job, enum old_office kind, struct err *err) CHECK_RESULT;
/* The same for odt, ods, odp and xlsb, ZIP packages: read as strictly as any (zip_read.h), then converted to `format`. */
int other_office_rebuild(struct job *job, const char *format, struct err *err) CHECK_RESULT;

#endif
