/* ポリシーの模型 — what a policy text says, as data. Made by policy_load only; everything lies in one arena and is in canonical order. */
#ifndef POLICY_MODEL_H
#define POLICY_MODEL_H
#include "base/arena.h"
#include "sanitize/rules.h"

enum policy_limit {
#define POLICY_LIMIT(name, most, unit, ja, en) POLICY_##name##_MOST = most,
#include "policy/limits.def"
#undef POLICY_LIMIT
};

/* Where something was said. */
struct policy_file {
	struct text name; /* as opened, relative to the folder */
	struct bytes content;
};
struct policy_place {
	const struct policy_file *file; /* NULL: nowhere in particular */
	size_t offset, length;		/* bytes */
};

/* 団体: whose policy this is. */
struct policy_city {
	struct text name;
	struct text code; /* 全国地方公共団体コード, six digits with its check digit */
	struct text site; /* id that every record and log entry carries */
	unsigned fiscal_month; /* 会計年度: month in which it begins */
	struct policy_place at;
};

struct policy_net {
	bool v6;
	uint8_t address[16]; /* v4: the first four; bits behind the prefix are zero */
	unsigned prefix;
	struct policy_place at;
};
struct policy_interface {
	struct text name;
	struct policy_place at;
};
/* A name that something else bears: checked, never NULL, once the text is loaded. */
struct policy_name {
	struct text name;
	struct policy_place at;
};

/* 系 */
struct policy_zone {
	struct text name;  /* [a-z][a-z0-9-]* */
	struct text label; /* 日本語名 */
	struct policy_net *nets;
	size_t net_count;
	struct policy_interface *interfaces;
	size_t interface_count;
	bool world; /* public addresses that are in no zone's networks lie behind its interfaces */
	struct policy_place at;
};

/* 強靱性のモデル: what of the LGWAN zone may reach the Internet at all; not said: alpha */
enum policy_model_kind { POLICY_ALPHA, POLICY_ALPHA_DASH, POLICY_BETA, POLICY_BETA_DASH };

/* 機器: one machine of a zone, by its addresses (prefix 32 or 128) */
struct policy_host {
	struct text name, label;
	struct policy_name zone;
	struct policy_net *addresses;
	size_t address_count;
	struct policy_place at;
};
/* 組: machines and networks of one zone that share an affair (事務) */
struct policy_group {
	struct text name, label;
	struct policy_name zone;
	struct policy_name *hosts;
	size_t host_count;
	struct policy_net *nets;
	size_t net_count;
	struct policy_place at;
};
/* 業務で使う通信の種類 */
enum policy_transport { POLICY_TCP, POLICY_UDP };
struct policy_ports {
	enum policy_transport transport;
	uint16_t low, high;
	struct policy_place at;
};
/* Only messages that ask: what they are answered with comes back by itself. */
struct policy_icmp {
	bool v6;
	uint8_t type, reply;
	const char *word;
	struct policy_place at;
};
struct policy_service {
	struct text name, label;
	struct policy_ports *ports;
	size_t ports_count;
	struct policy_icmp *icmps;
	size_t icmp_count;
	struct policy_place at;
};
/* 関所: the router's own addresses, each in a network of a zone */
struct policy_gate {
	struct text label;
	struct policy_net *addresses;
	size_t address_count;
	struct policy_place at;
};

/* 許可: who may open what to whom, on whose word and until when. What comes back is allowed with it. */
enum policy_per { POLICY_PER_SECOND, POLICY_PER_MINUTE, POLICY_PER_HOUR };
enum { POLICY_WEEKDAYS = 0x3e, POLICY_WEEKENDS = 0x41, POLICY_EVERY_DAY = 0x7f }; /* bit 0 is Sunday */
struct policy_allow {
	struct text id;
	struct policy_name from, to; /* a zone, a host, a group, or "gate" */
	struct policy_name *services;
	size_t service_count;
	bool via_gate; /* never forwarded: to the gate, and from the gate on */
	bool specific; /* 特定通信: party and basis are said */
	bool log;      /* each new connection leaves a line */
	uint64_t rate; /* new connections per …; 0 = not said */
	enum policy_per per;
	bool has_window;		     /* only between these minutes of the day (JST), on these days */
	unsigned window_from, window_to;     /* from < to ≤ 24 * 60 */
	unsigned window_days;
	struct text owner, party, basis, reason; /* party, basis: "" if not said */
	int64_t expires; /* the first second at which it does not hold any more: a day's end in Japan */
	struct policy_place at, specific_at, window_at, via_at;
};
/* 禁止: what no allow may open, however it is written */
struct policy_never {
	struct text id;
	struct policy_name from, to;
	struct policy_name *services; /* none: whatever the service */
	size_t service_count;
	struct text owner, reason;
	struct policy_place at;
};

enum policy_carried { POLICY_FILE };
enum { POLICY_REFUSED_DAYS_USUAL = 7 };
enum policy_approver { POLICY_MANAGER }; /* 所属長: chief or deputy of the sender's unit */

/* 系の間の受け渡し */
struct policy_carry {
	enum policy_carried what;
	struct text from, to; /* names of zones */
	bool sanitize;	      /* 無害化; policy_check demands it */
	enum policy_approver approver;
	uint64_t keep_days, limit_bytes;
	uint64_t refused_days; /* originals of refused files stay in quarantine; 0 = not said: POLICY_REFUSED_DAYS_USUAL */
	struct rules rules;   /* 無害化の選び方 */
	uint64_t formats_said; /* while it is read: one bit for each format */
	struct text owner, reason; /* "" if not said */
	struct policy_place at, from_at, to_at;
};

struct policy {
	struct policy_city city;
	bool has_city, default_deny;
	struct policy_zone *zones;
	size_t zone_count;
	bool has_model, has_gate;
	enum policy_model_kind model;
	struct policy_place model_at;
	struct policy_host *hosts;
	size_t host_count;
	struct policy_group *groups;
	size_t group_count;
	struct policy_service *services;
	size_t service_count;
	struct policy_gate gate;
	struct policy_allow *allows;
	size_t allow_count;
	struct policy_never *nevers;
	size_t never_count;
	struct policy_carry *carries;
	size_t carry_count;
	const struct policy_file **files; /* the first is the one that was named */
	size_t file_count;
};

/* NULL if there is none. */
const struct policy_zone *policy_zone_named(const struct policy *policy, struct text name);
const struct policy_host *policy_host_named(const struct policy *policy, struct text name);
const struct policy_group *policy_group_named(const struct policy *policy, struct text name);
const struct policy_service *policy_service_named(const struct policy *policy, struct text name);
const struct policy_carry *policy_carry_between(const struct policy *policy, enum policy_carried what, const char *from, const char *to);

/* One side of an allow or a never. */
enum policy_side_kind { POLICY_SIDE_ZONE, POLICY_SIDE_HOST, POLICY_SIDE_GROUP, POLICY_SIDE_GATE };
struct policy_side {
	enum policy_side_kind kind;
	const struct policy_zone *zone; /* in which it lies; NULL for the gate, which lies in all that it has an address in */
	const struct policy_host *host;
	const struct policy_group *group;
	struct text label;
};
bool policy_side_named(const struct policy *policy, struct text name, struct policy_side *out);
/* Of a loaded policy's own name: there is one. */
struct policy_side policy_side_of(const struct policy *policy, const struct policy_name *name);

/* ADDRESS/PREFIX strictly, or ADDRESS alone (prefix 32 or 128); −1: neither. 1: bits behind the prefix were set, *out is without them. */
int policy_net_read(struct arena *arena, struct text t, struct policy_net *out);
const char *policy_net_text(struct arena *arena, const struct policy_net *net);	 /* "10.2.0.0/16" */
const char *policy_address_text(struct arena *arena, const struct policy_net *net); /* the same; a single machine without its prefix: "10.2.0.5" */
bool policy_net_overlap(const struct policy_net *a, const struct policy_net *b);
bool policy_net_within(const struct policy_net *inner, const struct policy_net *outer);
/* What the world does not hold besides the zones' networks: addresses that are not public. */
extern const struct policy_net policy_not_world[];
extern const size_t policy_not_world_count;
bool policy_net_in_world(const struct policy *policy, const struct policy_net *net);
/* The zone in whose networks it lies, or NULL. */
const struct policy_zone *policy_zone_around(const struct policy *policy, const struct policy_net *net);

/* Says the same, wherever it was written. */
bool policy_equal(const struct policy *a, const struct policy *b);

#endif
