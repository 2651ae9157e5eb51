/* netlinkの読み書き — the kernel's netlink, by its own headers: sockets that hear of changes, questions that are answered whole, messages and their attributes
 * read with a cursor. For drift.c, surroundings.c, probe.c. */
#ifndef ZONES_NETLINK_H
#define ZONES_NETLINK_H
#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"
#include <linux/netlink.h>

/* A socket of the protocol (NETLINK_ROUTE …) that hears what these groups are told; without groups: for questions, answered within NETLINK_SECONDS. */
enum { NETLINK_SECONDS = 5 };
int netlink_open(int protocol, const int *groups, size_t count, struct err *err) CHECK_RESULT;
/* Asks one question: type, flags (NLM_F_DUMP: everything of a kind; NLM_F_ACK: one thing, or that it was done), and what stands behind the head of the message,
 * size ≤ NETLINK_REQUEST_MOST. What is answered is put behind `out`, messages as they came.
 * ERR_UNSUPPORTED: this kernel does not know the question. ERR_BUSY: it changed meanwhile, ask again. ERR_LIMIT: more than the buffer takes. */
enum { NETLINK_REQUEST_MOST = 512 };
int netlink_ask(int fd, uint16_t type, uint16_t flags, const void *request, size_t size, struct buf *out, struct err *err) CHECK_RESULT;
/* With NLM_F_DUMP. */
int netlink_dump(int fd, uint16_t type, const void *fixed, size_t size, struct buf *out, struct err *err) CHECK_RESULT;

/* The next message, its head and what follows it; false when nothing is left or the rest is no message (then c->failed). */
bool netlink_message(struct cursor *c, struct nlmsghdr *head, struct cursor *body);
struct netlink_attribute {
	unsigned type;
	struct bytes value;
};
/* Likewise the next attribute. */
bool netlink_attribute(struct cursor *c, struct netlink_attribute *out);
uint32_t netlink_u32(struct bytes value); /* of this machine's order; 0 if it is none */
/* A name that ends with NUL, in the bytes as they are. */
struct bytes netlink_name(struct bytes value);

#endif
