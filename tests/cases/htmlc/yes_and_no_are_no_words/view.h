#ifndef VIEW_H
#define VIEW_H
#include "base/base.h"
struct view { const char *name; struct text title; int count; double ratio; struct bytes octets; bool yes; };
#endif
