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

/* 系 */
struct policy_zone {
	struct text name;  /* [a-z][a-z0-9-]* */
	struct text label; /* 日本語名 */
	struct policy_net *nets;
	size_t net_count;
	struct policy_interface *interfaces;
	size_t interface_count;
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
	struct policy_carry *carries;
	size_t carry_count;
	const struct policy_file **files; /* the first is the one that was named */
	size_t file_count;
};

/* NULL if there is none. */
const struct policy_zone *policy_zone_named(const struct policy *policy, struct text name);
const struct policy_carry *policy_carry_between(const struct policy *policy, enum policy_carried what, const char *from, const char *to);
/* Says the same, wherever it was written. */
bool policy_equal(const struct policy *a, const struct policy *b);

#endif
