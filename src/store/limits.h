/* 記録の上限 — the rows of limits.def as constants STORE_NAME_MOST. */
#ifndef STORE_LIMITS_H
#define STORE_LIMITS_H

enum {
#define STORE_LIMIT(name, most, unit, ja, en) STORE_##name##_MOST = most,
#include "store/limits.def"
#undef STORE_LIMIT
};

#endif
