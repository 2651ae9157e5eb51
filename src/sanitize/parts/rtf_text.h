/* RTFの文字 — the text a reader would see of an RTF document: where the policy wants text only. */
#ifndef SANITIZE_PARTS_RTF_TEXT_H
#define SANITIZE_PARTS_RTF_TEXT_H
#include "sanitize/format.h"

/* The job's input as txt in UTF-8. Bytes of a font are read in the code page it names (CP932, else Western); what does not decode becomes 〓. */
int rtf_text(struct job *job, struct err *err) CHECK_RESULT;

#endif
