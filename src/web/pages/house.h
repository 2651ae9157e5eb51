/* 運用の状態 — what the administrator's page about the running house shows. */
#ifndef WEB_PAGES_HOUSE_H
#define WEB_PAGES_HOUSE_H
#include "store/read.h"
#include "web/export.h"

enum { HOUSE_AREAS_MOST = 10 };

struct house_process {
	const char *name;
	struct phrase does;
	long pid;
	bool runs;
};
struct house_limit {
	const char *area, *name, *unit;
	struct phrase label;
	uint64_t value;
	bool is_bytes;
	uint64_t amount;    /* for people: 30 of 1800 seconds */
	struct phrase counted; /* what amount counts: minutes */
};
struct house_area {
	struct phrase label;
	size_t from, to; /* rows of limits */
};
struct house_carry {
	struct text from, to;
	uint64_t keep_days, refused_days, limit_bytes;
};
struct house_view {
	struct export_links_view links;
	struct house_process *processes;
	size_t process_count;
	bool knows_processes, all_run;
	struct store_site site;
	int64_t now;
	uint64_t unsealed;
	uint64_t counts[STORE_STATES];
	bool has_policy;
	struct store_policy policy;
	const char *policy_hash;
	struct house_carry *carries;
	size_t carry_count;
	struct house_limit *limits;
	size_t limit_count;
	struct house_area areas[HOUSE_AREAS_MOST];
	size_t area_count;
};

#endif
