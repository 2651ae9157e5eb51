/* 失敗後の待ち時間 — waits that double with every failure, per person-and-source and per source. Never a lasting lock, and never a wait
 * for the person coming from another source: nobody can lock a colleague out. In memory only: a restart forgets, which costs an attacker
 * more than it gives. article: s6.3.1c */
#ifndef PEOPLE_THROTTLE_H
#define PEOPLE_THROTTLE_H
#include "base/base.h"

enum {
	THROTTLE_FREE_PERSON = 3,	/* failures without a wait, per person and source */
	THROTTLE_FREE_SOURCE = 30,	/* likewise per source: many people may stand behind one address */
	THROTTLE_MOST_PERSON = 900,	/* seconds */
	THROTTLE_MOST_SOURCE = 60,
	THROTTLE_FORGET = 1800,		/* seconds without a failure */
	THROTTLE_ENTRIES = 8192,
};

struct throttle;
struct throttle *throttle_new(void);
void throttle_free(struct throttle *throttle);

/* One attempt under way: what must be known to take it back without taking back what others did meanwhile. Zeroed: none. */
enum { THROTTLE_KEY = 16 };
struct throttle_attempt {
	bool open;
	struct throttle_mark {
		uint8_t key[THROTTLE_KEY];
		uint64_t serial, serial_before;
		int64_t last_before, until_before;
	} person, source;
};
/* Before an attempt, now in milliseconds of the monotonic clock: 0 = go on, and it counts as failed until throttle_succeeded says
 * otherwise (so that many attempts at once gain nothing); else the seconds to wait, and nothing was counted. */
uint32_t throttle_begin(struct throttle *throttle, struct text person, struct text source, int64_t now, struct throttle_attempt *attempt);
/* The person starts afresh; the source gets this one attempt back, and no more: waits that other attempts earned stay. Once an attempt. */
void throttle_succeeded(struct throttle *throttle, struct throttle_attempt *attempt);
/* The attempt was neither right nor wrong (the daemon failed): taken back. Once an attempt; nothing for one that is not open. */
void throttle_undone(struct throttle *throttle, struct throttle_attempt *attempt);

/* What counts as one source: IPv4 as it is, IPv6 its /64; other words as they are. What the journal may keep: /24 and /48. */
enum { SOURCE_TEXT = 72 };
struct text source_of_attempt(struct text address, char out[SOURCE_TEXT]);
struct text source_for_journal(struct text address, char out[SOURCE_TEXT]);

#endif
