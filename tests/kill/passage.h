/* 受け渡しの係を殺す試験 — what its files share: the ground, the people, the books of what was acknowledged. Callers run as processes of their own
 * (passage_callers.c) and write down each acknowledgement the moment they have it; passage_truths.c holds the books against what is there. */
#ifndef KILL_PASSAGE_H
#define KILL_PASSAGE_H
#include "base/clock.h"
#include "base/file.h"
#include "store/client.h"
#include "support/http_client.h"
#include "support/passage_people.h"

enum {
	SENDERS = 3, WEB_SENDERS = 2, APPROVERS = 12, CHANGERS = 8,
	SIZE_MOST = 300000,
	PASSWORDS_MOST = 8192, TICKETS_MOST = 65536, MARKS_MOST = 65536,
	CLEAN_PREFIX = 6, /* the stand-in's "clean:" */
};

/* A person with a factor of their own: which steps were used, what the password is. */
struct busy {
	char number[16];
	uint8_t session[AUTH_TOKEN];
	int64_t step;	     /* the newest that was shown to authd */
	int64_t step_acknowledged;
	unsigned password, tried; /* acknowledged last; tried last: the present one is one of these or between them */
};
struct mark {
	uint64_t size;
	uint8_t root[32];
};
/* Shared with the callers. */
struct shared {
	volatile bool stop;
	unsigned breath; /* microseconds between the files of one sender: no more than can be judged between two deaths */
	volatile unsigned long accepted, dropped, web_accepted, web_dropped, fetched, not_fetched, web_fetched, web_not_fetched, set, not_set, decided, not_decided,
		changed, not_changed;
	volatile bool password_set[PASSWORDS_MOST];
	volatile uint8_t decision[TICKETS_MOST]; /* 1 approved, 2 sent back: acknowledged */
	struct busy approvers[APPROVERS], changers[CHANGERS];
	volatile unsigned long marks;
	struct mark mark[MARKS_MOST]; /* checkpoints seen, in order */
};
extern struct shared *shared;
extern struct ground g;
extern uint8_t sender[AUTH_TOKEN], chief[AUTH_TOKEN], addressee[AUTH_TOKEN];
extern uint64_t approved; /* a ticket that was approved before the killing began */
extern int books[SENDERS], web_books[WEB_SENDERS];
extern unsigned long faults;

#define COUNT_UP(counter) __atomic_add_fetch(&(counter), 1, __ATOMIC_RELAXED)

/* Callers: each runs until shared->stop and ends its process; a failure that no death explains ends it with 1. */
_Noreturn void hand_in_forever(unsigned seed, int book);
_Noreturn void hand_in_by_web_forever(unsigned seed, int book);
_Noreturn void fetch_forever(void);
_Noreturn void fetch_by_web_forever(void);
_Noreturn void set_passwords_forever(void);
_Noreturn void decide_forever(void);
_Noreturn void change_passwords_forever(void);
_Noreturn void watch_the_log_forever(void);

const char *passage_password(const char *kind, unsigned k, char out[48]);
const char *passage_number(unsigned k, char out[32]);

/* Truths: each counts what it finds wrong. With every daemon but recordd and evidenced stopped. */
void wrong(const char *what, uint64_t at);
_Noreturn void fault(const char *what, const struct err *err);
void wait_all_judged(void);
void check_records(bool real_sanitiser);
void check_people(void);
void check_log(void);
void check_leftovers(uint64_t tickets); /* starts and stops transferd */
uint64_t tickets_on_record(void);

#endif
