/* 無害化係の代役 — answers in sanitized's place what the real one cannot be made to: lies, silence, death. Listens at run/sanitized.sock.
 * It "sanitises" by putting "clean:" before the content. For tests only. */
#ifndef SUPPORT_SANITIZER_STAND_IN_H
#define SUPPORT_SANITIZER_STAND_IN_H
#include "support/daemons.h"

enum stand_in {
	STAND_IN_CLEAN,	  /* delivers */
	STAND_IN_REFUSES,
	STAND_IN_DIES,	  /* hangs up without an answer */
	STAND_IN_LIES,	  /* delivers another content than its report says */
	STAND_IN_GARBLES, /* an answer that is none */
	STAND_IN_DIES_TWICE, /* then delivers */
};
void stand_in_start(struct ground *g, enum stand_in manner); /* the one before is ended */
void stand_in_stop(struct ground *g);

#endif
