/* プロセス間の通信 — one message = one datagram on a Unix SOCK_SEQPACKET socket: fixed header, typed fields, descriptors. A body that no datagram takes goes with it
 * in a sealed memory file, its first descriptor: neither writer nor reader of the fields sees a difference.
 * A malformed, oversized or not fully consumed message ends the connection, never more. Peers are known by SO_PEERCRED. */
#ifndef BASE_IPC_H
#define BASE_IPC_H
#include "base/arena.h"
#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"

enum {
	IPC_FRAME_MOST = 60 * 1024, /* body that goes in the datagram itself */
	IPC_BYTES_MOST = 2304 * 1024, /* body of one message; larger things travel as descriptors of their own */
	IPC_FDS_MOST = 8,
	IPC_HEADER = 16,	    /* magic u32, type u16, fds u16, sequence u32, length u32; big endian */
	IPC_REPLY = 0x8000,	    /* type of a reply = type of the request | IPC_REPLY */
	IPC_FAILED = 0x7fff,	    /* reply type: u16 code, u64 at, str sentence */
};

/* A message being read or written. Reading: take fields in order, then ipc_done. Writing: ipc_start, put…, ipc_send. */
struct ipc_message {
	uint16_t type;
	uint32_t sequence;
	struct cursor in;
	struct buf out;
	int fds[IPC_FDS_MOST];
	size_t fd_count, fd_taken;
};

/* Writing. Descriptors are duplicated by the kernel: they stay the caller's. At most IPC_FDS_MOST, one less with a body over IPC_FRAME_MOST. */
struct ipc_message ipc_start(struct arena *arena, uint16_t type, uint32_t sequence);
void ipc_put_u8(struct ipc_message *m, uint8_t v);
void ipc_put_u16(struct ipc_message *m, uint16_t v);
void ipc_put_u32(struct ipc_message *m, uint32_t v);
void ipc_put_u64(struct ipc_message *m, uint64_t v);
void ipc_put_bytes(struct ipc_message *m, struct bytes v);
void ipc_put_text(struct ipc_message *m, struct text v);
void ipc_put_fd(struct ipc_message *m, int fd);
int ipc_send(int socket, struct ipc_message *m, struct err *err) CHECK_RESULT;

/* Reading: blocks (or ERR_BUSY on a non-blocking socket with nothing there); ERR_PEER when the peer has gone.
 * Received descriptors are close-on-exec and belong to the message until ipc_take_fd; ipc_drop closes what was not taken. */
int ipc_receive(int socket, struct arena *arena, struct ipc_message *m, struct err *err) CHECK_RESULT;
uint8_t ipc_take_u8(struct ipc_message *m);
uint16_t ipc_take_u16(struct ipc_message *m);
uint32_t ipc_take_u32(struct ipc_message *m);
uint64_t ipc_take_u64(struct ipc_message *m);
struct bytes ipc_take_bytes(struct ipc_message *m); /* view into the arena */
struct text ipc_take_text(struct ipc_message *m);   /* validated UTF-8, NUL-terminated; the message fails otherwise */
int ipc_take_fd(struct ipc_message *m);		    /* -1 fails the message; the caller closes it */
/* Everything was consumed and nothing failed; else -1 with ERR_MALFORMED. */
int ipc_done(struct ipc_message *m, struct err *err) CHECK_RESULT;
void ipc_drop(struct ipc_message *m);

/* Request and reply on one blocking connection with a time-out. A reply IPC_FAILED fills *err and gives -1. The reply's fields
 * are taken from *reply, which ends with ipc_done (checks) or ipc_drop. */
int ipc_call(int socket, struct ipc_message *request, struct arena *arena, int64_t milliseconds, struct ipc_message *reply,
	     struct err *err) CHECK_RESULT;
int ipc_reply_failure(int socket, uint16_t type, uint32_t sequence, const struct err *why);

/* Named sockets. connect checks that the listener runs as peer_uid (-1: any, only for tests and the one-uid mode). */
int ipc_connect(const char *path, int64_t peer_uid, struct err *err) CHECK_RESULT;
int ipc_listen(const char *path, unsigned mode, struct err *err) CHECK_RESULT;
struct ipc_peer {
	pid_t pid;
	uid_t uid;
	gid_t gid;
};
int ipc_peer(int socket, struct ipc_peer *out, struct err *err) CHECK_RESULT;
int ipc_pair(int out[2], struct err *err) CHECK_RESULT;

#endif
