/* 待ち受け — one thread, epoll: descriptors, timers, signals. A callback may add and remove anything, itself included. */
#ifndef BASE_LOOP_H
#define BASE_LOOP_H
#include "base/err.h"

struct loop;
struct loop_watch; /* one descriptor */
struct loop_timer;

enum { LOOP_READ = 1, LOOP_WRITE = 2, LOOP_GONE = 4 }; /* GONE: error or hang-up; READ may come with it */

struct loop *loop_new(void);
void loop_free(struct loop *loop);
struct loop_watch *loop_add(struct loop *loop, int fd, unsigned want, void (*ready)(void *self, int fd, unsigned what), void *self);
void loop_want(struct loop_watch *watch, unsigned want);
void loop_remove(struct loop_watch *watch); /* does not close; NULL is fine */
struct loop_timer *loop_after(struct loop *loop, int64_t milliseconds, void (*due)(void *self), void *self); /* once */
void loop_cancel(struct loop_timer *timer); /* NULL is fine; not after it fired */
/* The signal is blocked and delivered here. Call before threads start. */
void loop_signal(struct loop *loop, int signal, void (*came)(void *self, int signal), void *self);
int loop_run(struct loop *loop, struct err *err) CHECK_RESULT; /* until loop_stop */
void loop_stop(struct loop *loop);

#endif
