/* 式と命令の再検査 — fields and formulas read once more, by rules of the verifier's own. */
#ifndef SANITIZE_GRAMMARS_OOXML_TEXT_H
#define SANITIZE_GRAMMARS_OOXML_TEXT_H
#include "base/base.h"

bool ooxml_link_is_good(struct bytes target);	     /* http, https, mailto */
bool ooxml_field_is_good(struct bytes instruction);  /* joined */
bool ooxml_field_leads_out(struct bytes instruction);   /* a good one that is a link to somewhere outside */
bool ooxml_formula_leads_out(struct bytes formula);
bool ooxml_field_is_link(struct bytes instruction);   /* its keyword is HYPERLINK */
bool ooxml_formula_is_good(struct bytes formula);    /* resolved */
bool ooxml_name_is_good(struct bytes name);	     /* of a defined name: does not run by itself */

#endif
