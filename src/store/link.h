/* 記録係とのつながり — a daemon's one connection to recordd: made when it is needed, made anew when recordd was restarted. Blocking, but not
 * for long: an answer is waited for STORE_LINK_MILLISECONDS, and a recordd that let somebody wait so long is not asked for as long again: it answers
 * nobody now, and the loop must go on. Used by the loop's thread only. */
#ifndef STORE_LINK_H
#define STORE_LINK_H
#include "base/clock.h"
#include "base/service.h"
#include "store/client.h"

struct store_link {
	const struct service *service;
	int fd; /* -1: not connected now */
	int64_t rest; /* milliseconds: not asked before then; 0 = may be asked */
};
enum { STORE_LINK_MILLISECONDS = 5000 };
/* ERR_PEER at once while recordd rests. */
int store_link_ready(struct store_link *link, struct err *err) CHECK_RESULT;
/* After a call: a connection that failed is not used again; true = it failed at once, a second try is worth it. The commands may be
 * repeated: recordd does nothing twice. */
bool store_link_again(struct store_link *link, int result, int64_t since, const struct err *err);

/* result = store_call_NAME(…) over the link, tried twice. err must not be NULL. */
#define STORE_ASK(result, link, arena, name, request, reply, err)                                                                  \
	do {                                                                                                                       \
		int64_t since_ = clock_milliseconds();                                                                             \
		for (int round_ = 0; round_ < 2; round_++) {                                                                       \
			result = store_link_ready(link, err);                                                                      \
			if (result == 0)                                                                                           \
				result = store_call_##name((link)->fd, arena, request, reply, err);                                \
			if (!store_link_again(link, result, since_, err))                                                          \
				break;                                                                                             \
		}                                                                                                                  \
	} while (0)

#endif
