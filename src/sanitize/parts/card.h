/* 予定と連絡先 — iCalendar, vCalendar and vCard are lines of NAME;PARAMETER=…:value in components. Known ones stay, in their encoding, each in one line. */
#ifndef SANITIZE_PARTS_CARD_H
#define SANITIZE_PARTS_CARD_H
#include "sanitize/format.h"

enum card_kind { CARD_ics, CARD_vcf };
/* Rebuilds the job's input. Attachments, pictures, addresses of pages, alarms that do more than show a text, unknown components go (threat I4). DAMAGED:
 * components that do not close, lines that are none. */
int card_rebuild(struct job *job, enum card_kind kind, struct err *err) CHECK_RESULT;

#endif
