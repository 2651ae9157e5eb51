/* オフィス文書の箱 — an OPC package: read by its relationships, kept by parts.def, written anew from what is kept. What no relationship
 * reaches does not exist. Content types and relationships are never copied: they follow from the parts. */
#ifndef SANITIZE_PARTS_OFFICE_PACKAGE_H
#define SANITIZE_PARTS_OFFICE_PACKAGE_H
#include "sanitize/format.h"

enum office_home { OFFICE_WORD = 1, OFFICE_SHEET = 2, OFFICE_SLIDES = 4 };
/* The whole work of docx, xlsx and pptx: job's input to its output. */
int office_rebuild(struct job *job, enum office_home home, struct err *err) CHECK_RESULT;
/* Its text only, where the policy wants that: UTF-8, delivered as txt. */
int office_text(struct job *job, enum office_home home, struct err *err) CHECK_RESULT;

#endif
