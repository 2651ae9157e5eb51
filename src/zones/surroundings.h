/* 規則のまわり — what of a machine's network the rules do not say but rest on: links, routes, routing rules, programs that handle packets beside the rules, settings
 * of the kernel, tables of iptables. Taken from the kernel as it tells it; read in the jail of the proof (foreign bytes, fuzzed); held against the policy text by
 * prove_surroundings. article: s2.11 s6.3.1a s3.2d */
#ifndef ZONES_SURROUNDINGS_H
#define ZONES_SURROUNDINGS_H
#include "base/buf.h"
#include "policy/model.h"
#include "zones/dump.h"

struct surroundings_taken {
	struct bytes messages; /* of netlink, as they came: links, routes, routing rules, filters of traffic control */
	struct bytes settings; /* lines "net/ipv4/ip_forward 1", in order */
};
/* Of the network namespace of the caller, who needs CAP_NET_ADMIN and to see iptables' tables to be root or of its group; what may not be looked at is told as
 * "?". At most ZONES_SURROUNDINGS_BYTES_MOST. */
int surroundings_take(struct arena *arena, struct surroundings_taken *out, struct err *err) CHECK_RESULT;
/* The settings alone: of these no message tells that they changed. */
void surroundings_settings(struct arena *arena, struct bytes *out);

struct surroundings_link {
	unsigned index, master, lower; /* 0: none */
	struct text name, kind;	       /* kind: "bridge", "veth" …; "" a device */
	bool up, loopback, has_xdp;
	unsigned filters; /* of traffic control */
};
enum surroundings_leads { LEADS_OUT, LEADS_HERE, LEADS_NOWHERE, LEADS_TO_ALL /* broadcast, multicast, anycast */, LEADS_UNKNOWN };
struct surroundings_route { /* one for each next hop */
	enum surroundings_leads leads;
	bool v6;
	bool odd; /* not by destination alone, or wrapped into something else */
	unsigned table, length, out;
	uint8_t to[16];
};
struct surroundings_rule {
	bool v6;
	unsigned priority, table; /* table 0: it does something else or is for some packets only */
};
struct surroundings_setting {
	struct text name, value;
};
struct surroundings {
	struct surroundings_link *links;
	size_t link_count;
	struct surroundings_route *routes;
	size_t route_count;
	struct surroundings_rule *rules;
	size_t rule_count;
	struct surroundings_setting *settings; /* in order of their names */
	size_t setting_count;
};
/* taken is kept. ERR_MALFORMED. ERR_LIMIT: more than ZONES_ROUTES_MOST routes, or ZONES_INTERFACES_MOST links. */
int surroundings_read(struct arena *arena, const struct surroundings_taken *taken, struct surroundings *out, struct err *err) CHECK_RESULT;
const struct surroundings_link *surroundings_link_named(const struct surroundings *around, struct text name); /* NULL if there is none */
const struct surroundings_link *surroundings_link_of(const struct surroundings *around, unsigned index);

/* What the text does not explain, each with what to do. None: packets come and go as the model has it. */
void prove_surroundings(struct arena *arena, const struct policy *policy, int64_t now, const struct surroundings *around, struct doubts *out);

#endif
