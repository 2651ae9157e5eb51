/* フィールド命令 — may this field stand in a document? (B14) The caller has joined the instruction over all its runs. */
#ifndef SANITIZE_PARTS_FIELD_H
#define SANITIZE_PARTS_FIELD_H
#include "base/base.h"

/* The keyword must be in fields.def; a HYPERLINK must lead to an allowed link or a place in the document. */
bool field_is_allowed(struct bytes instruction);
/* A HYPERLINK to somewhere outside the document? Of an allowed field. */
bool field_leads_out(struct bytes instruction);
/* May other fields nest in the instruction? Not where their result would say where a link leads. */
bool field_may_hold_fields(struct bytes instruction);
/* Is the keyword complete, so that what follows cannot change it? */
bool field_has_keyword(struct bytes instruction);

#endif
