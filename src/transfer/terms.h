/* 受け渡しの条件 — what the policy in force says about files from the Internet side to the LGWAN side, or the other way. article: s2.12a s6.3.2b */
#ifndef TRANSFER_TERMS_H
#define TRANSFER_TERMS_H
#include "sanitize/rules.h"
#include "store/read.h"
#include "transfer/client.h"

/* direction: DIRECTION_IN or DIRECTION_OUT. ERR_NOT_FOUND: no policy in force carries files that way. Never a default: what the policy does not carry
 * does not cross. */
int rules_in_force(struct store_reader *reader, unsigned direction, struct rules *out, struct err *err) CHECK_RESULT; /* 無害化の選び方; likewise */
int terms_in_force(struct store_reader *reader, unsigned direction, struct transfer_terms *out, struct err *err) CHECK_RESULT;

#endif
