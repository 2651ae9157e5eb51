/* メールやページの文字 — text of mails and pages, which say what encoding they are in and are sometimes wrong. */
#ifndef SANITIZE_PARTS_FOREIGN_TEXT_H
#define SANITIZE_PARTS_FOREIGN_TEXT_H
#include "sanitize/format.h"

/* charset: as declared, "" none. A byte order mark decides; then what is declared, if the bytes are valid in it; else the statistics of plain.h. NULs and
 * other controls but tab and line ends are out, every line end is '\n'. -1: NOT_TEXT, AMBIGUOUS_CHARSET, ACTIVE_TEXT (UTF-7). */
int foreign_text(struct arena *arena, struct text charset, struct bytes b, struct text *out, struct err *err) CHECK_RESULT;
/* A text nobody takes for a page or a script: "<" before what would be a tag becomes a full-width one, and so do the colons of javascript: and vbscript:.
 * *changed counts them. */
struct text text_without_tags(struct arena *arena, struct text t, unsigned *changed);
/* Delivers it as the job's output: txt in UTF-8 with its mark, which every program reads as such; without tags and controls. ACTIVE_TEXT where it would
 * still be taken for more. */
int text_deliver(struct job *job, struct text t, struct err *err) CHECK_RESULT;

#endif
