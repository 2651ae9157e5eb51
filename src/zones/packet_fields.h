/* 通信の集合の中身 — how a packet lies in the bits of a decision graph. Only packet_set.c and packet_tell.c include this. */
#ifndef ZONES_PACKET_FIELDS_H
#define ZONES_PACKET_FIELDS_H
#include "zones/graph.h"
#include "zones/packet_set.h"

/* What decides early stands first; of the order of ports and addresses the graph's size depends most. */
enum { BIT_HOOK = 0, BIT_STATE = 2, BIT_REPLY = 5, BIT_MARKED = 6, BIT_IN = 7, BIT_OUT = 15, BIT_FAMILY = 23, BIT_PROTOCOL = 24, BIT_TO_PORT = 32, BIT_FROM_PORT = 48,
	BIT_TYPE = 64, BIT_CODE = 72, BIT_TO = 80, BIT_FROM = 208, BIT_MOMENT = 336, BITS = 348 };

struct packet_field_place {
	unsigned first, width;
};
extern const struct packet_field_place packet_places[PACKET_FIELDS];

struct packet_space {
	struct graph *graph;
	const struct text *names;
	size_t count;
	struct packet_set all, v4, v6, with_ports, with_types;
	struct packet_set sane; /* of `all` what states, directions and marks say of each other */
};

#endif
