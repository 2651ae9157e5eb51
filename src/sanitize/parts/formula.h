/* 数式 — may this formula stand in a sheet? (B16) Judged by a tokenizer of its own: functions by functions.def, references to sheets of
 * this file only, no other file, no DDE. What may not stays as its last value. */
#ifndef SANITIZE_PARTS_FORMULA_H
#define SANITIZE_PARTS_FORMULA_H
#include "base/base.h"

struct formula_sheets {
	const char *const *names; /* kept sheets; NULL: any name */
	size_t count;
	bool no_links; /* the policy lets no link stay: P1 */
};
/* NULL: allowed. Otherwise the threat id: B16 function or DDE, B10 other file, B3 a sheet that was removed, P1 a link. */
const char *formula_threat(struct bytes formula, const struct formula_sheets *sheets);

#endif
