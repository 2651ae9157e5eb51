/* 待ち受け — contract in loop.h: epoll, a sorted list of timers, one signalfd. */
#include "base/loop.h"
#include "base/clock.h"
#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

struct loop_watch {
	struct loop *loop;
	int fd;
	void (*ready)(void *self, int fd, unsigned what);
	void *self;
	bool gone;
	struct loop_watch *next_gone;
};
struct loop_timer {
	struct loop *loop;
	struct loop_timer *next;
	int64_t due_at;
	void (*due)(void *self);
	void *self;
};
struct loop {
	int epoll, signals;
	sigset_t caught;
	struct loop_watch *gone; /* freed between rounds: an event of this round may still name them */
	struct loop_timer *timers;
	bool stop;
	struct {
		void (*came)(void *self, int signal);
		void *self;
	} on_signal[65];
	struct loop_watch *signal_watch;
};

struct loop *loop_new(void)
{
	struct loop *loop = calloc(1, sizeof *loop);

	must(loop);
	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	must(loop->epoll >= 0);
	loop->signals = -1;
	sigemptyset(&loop->caught);
	return loop;
}

static void free_gone(struct loop *loop)
{
	while (loop->gone) {
		struct loop_watch *next = loop->gone->next_gone;
		free(loop->gone);
		loop->gone = next;
	}
}

void loop_free(struct loop *loop)
{
	if (!loop)
		return;
	loop_remove(loop->signal_watch);
	free_gone(loop);
	while (loop->timers)
		loop_cancel(loop->timers);
	if (loop->signals >= 0)
		close(loop->signals);
	close(loop->epoll);
	free(loop);
}

static uint32_t events_of(unsigned want)
{
	return (want & LOOP_READ ? EPOLLIN : 0u) | (want & LOOP_WRITE ? EPOLLOUT : 0u);
}

struct loop_watch *loop_add(struct loop *loop, int fd, unsigned want, void (*ready)(void *, int, unsigned), void *self)
{
	struct loop_watch *w = calloc(1, sizeof *w);

	must(w);
	*w = (struct loop_watch){ .loop = loop, .fd = fd, .ready = ready, .self = self };
	must(epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &(struct epoll_event){ .events = events_of(want), .data.ptr = w }) == 0);
	return w;
}

void loop_want(struct loop_watch *w, unsigned want)
{
	must(epoll_ctl(w->loop->epoll, EPOLL_CTL_MOD, w->fd, &(struct epoll_event){ .events = events_of(want), .data.ptr = w }) == 0);
}

void loop_remove(struct loop_watch *w)
{
	if (!w || w->gone)
		return;
	epoll_ctl(w->loop->epoll, EPOLL_CTL_DEL, w->fd, NULL);
	w->gone = true;
	w->next_gone = w->loop->gone;
	w->loop->gone = w;
}

struct loop_timer *loop_after(struct loop *loop, int64_t milliseconds, void (*due)(void *), void *self)
{
	struct loop_timer *t = calloc(1, sizeof *t), **at = &loop->timers;

	must(t);
	*t = (struct loop_timer){ .loop = loop, .due_at = clock_milliseconds() + milliseconds, .due = due, .self = self };
	while (*at && (*at)->due_at <= t->due_at)
		at = &(*at)->next;
	t->next = *at;
	*at = t;
	return t;
}

void loop_cancel(struct loop_timer *t)
{
	if (!t)
		return;
	for (struct loop_timer **at = &t->loop->timers; *at; at = &(*at)->next)
		if (*at == t) {
			*at = t->next;
			free(t);
			return;
		}
}

static void signal_came(void *self, int fd, unsigned what)
{
	struct loop *loop = self;
	struct signalfd_siginfo info;

	(void)what;
	while (read(fd, &info, sizeof info) == sizeof info)
		if (info.ssi_signo < COUNT(loop->on_signal) && loop->on_signal[info.ssi_signo].came)
			loop->on_signal[info.ssi_signo].came(loop->on_signal[info.ssi_signo].self, (int)info.ssi_signo);
}

void loop_signal(struct loop *loop, int signal, void (*came)(void *, int), void *self)
{
	must(signal > 0 && (size_t)signal < COUNT(loop->on_signal));
	loop->on_signal[signal].came = came;
	loop->on_signal[signal].self = self;
	sigaddset(&loop->caught, signal);
	must(sigprocmask(SIG_BLOCK, &loop->caught, NULL) == 0);
	int fd = signalfd(loop->signals, &loop->caught, SFD_CLOEXEC | SFD_NONBLOCK);
	must(fd >= 0);
	if (loop->signals < 0) {
		loop->signals = fd;
		loop->signal_watch = loop_add(loop, fd, LOOP_READ, signal_came, loop);
	}
}

static int run_timers(struct loop *loop) /* returns the wait until the next in ms, -1 none */
{
	while (loop->timers && !loop->stop) {
		struct loop_timer *t = loop->timers;
		int64_t wait = t->due_at - clock_milliseconds();
		if (wait > 0)
			return (int)MIN(wait, (int64_t)1000000);
		loop->timers = t->next;
		t->due(t->self);
		free(t);
	}
	return -1;
}

int loop_run(struct loop *loop, struct err *err)
{
	struct epoll_event events[64];

	loop->stop = false;
	while (!loop->stop) {
		int wait = run_timers(loop);
		if (loop->stop)
			break;
		int n = epoll_wait(loop->epoll, events, COUNT(events), wait);
		if (n < 0 && errno != EINTR)
			return fail_errno(err, ERR_IO, "cannot wait for events");
		for (int i = 0; i < n && !loop->stop; i++) {
			struct loop_watch *w = events[i].data.ptr;
			uint32_t e = events[i].events;
			if (!w->gone)
				w->ready(w->self, w->fd, (e & EPOLLIN ? LOOP_READ : 0u) | (e & EPOLLOUT ? LOOP_WRITE : 0u) |
							   (e & (EPOLLERR | EPOLLHUP) ? LOOP_GONE : 0u));
		}
		free_gone(loop);
	}
	return 0;
}

void loop_stop(struct loop *loop)
{
	loop->stop = true;
}
