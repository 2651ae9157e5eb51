/* 通信経路の分割の上限 — the rows of limits.def as constants ZONES_NAME_MOST. */
#ifndef ZONES_LIMITS_H
#define ZONES_LIMITS_H

enum zones_limit {
#define ZONES_LIMIT(name, most, unit, ja, en) ZONES_##name##_MOST = most,
#include "zones/limits.def"
#undef ZONES_LIMIT
};

#endif
