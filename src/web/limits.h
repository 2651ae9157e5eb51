/* 画面の上限 — the rows of limits.def as constants. */
#ifndef WEB_LIMITS_H
#define WEB_LIMITS_H

enum {
#define WEB_LIMIT(name, most, unit, ja, en) WEB_##name = most,
#include "web/limits.def"
#undef WEB_LIMIT
};

#endif
