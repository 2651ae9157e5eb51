/* 受け渡しの上限 — the rows of limits.def as constants TRANSFER_NAME_MOST. */
#ifndef TRANSFER_LIMITS_H
#define TRANSFER_LIMITS_H

enum {
#define TRANSFER_LIMIT(name, most, unit, ja, en) TRANSFER_##name##_MOST = most,
#include "transfer/limits.def"
#undef TRANSFER_LIMIT
};

#endif
