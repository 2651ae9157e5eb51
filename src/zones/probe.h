/* 実物の通信で確かめる — probes: packets at the corners of everything a text allows, one inside and one outside, to be sent through a real kernel and held against
 * the model. What is here makes packets and their bytes and reads the kernel's log; sending is the caller's (tests/zones_probe.c, in a network namespace). */
#ifndef ZONES_PROBE_H
#define ZONES_PROBE_H
#include "zones/packet_set.h"

/* New packets at the corners of the boxes of `allowed`, each once, at most `most`; in, out and hook are what is wanted, the kernel's routing decides.
 * *whole is false if there were more. */
void probe_corners(struct arena *arena, struct packet_space *space, struct packet_set allowed, size_t most, struct packet **out, size_t *count, bool *whole);
/* The packet that answers it, from the other side. */
struct packet probe_answer(const struct packet *opens);

enum { PROBE_FRAME_MOST = 128, PROBE_TAG_MOST = 0xffff };
/* From the IP header on, with right checksums: tag (1 … PROBE_TAG_MOST) stands in the identification of IPv4, in the flow label of IPv6; ways: bits that choose
 * the way out (type of service, a multiple of 4). flags: of TCP. */
size_t probe_bytes(const struct packet *packet, unsigned tag, uint8_t ways, uint8_t flags, uint8_t out[PROBE_FRAME_MOST]);

/* One message of the kernel's packet log (NFLOG). */
struct probe_log {
	char prefix[16];
	unsigned hook, in, out; /* hook of netfilter; indexes of interfaces, 0 none */
	unsigned tag, protocol;
	uint8_t from[16], to[16]; /* whose packet it was: the router's own answers may bear any tag */
};
/* Reads what one receive gave: any number of messages. *count ≤ most. −1: not such messages. Foreign bytes as far as payload goes. */
int probe_logs(struct bytes in, struct probe_log *out, size_t most, size_t *count) CHECK_RESULT;

#endif
