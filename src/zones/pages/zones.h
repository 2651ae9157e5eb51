/* 通信の分割の画面 — what the pages about the zones show: what is in force and proven, what may pass and what may not, what was blocked, what was noticed. */
#ifndef ZONES_PAGES_ZONES_H
#define ZONES_PAGES_ZONES_H
#include "base/json.h"
#include "store/read.h"
#include "web/export.h"
#include "zones/laws/law.h"
#include "zones/pages/map.h"

enum { WAYS_PAGE = 100, RECORDS_PAGE = 50, RECORDS_SHOWN = 10, NO_WAYS_SHOWN = 200, BLOCKED_DAYS = 30, BLOCKED_HOURS = 48 };

/* How the text that is shown stands to the kernel of this machine. */
enum zones_keeping {
	ZONES_NOT_HERE,	 /* this machine does not divide the networks, or nothing is applied: the adopted text is shown */
	ZONES_SILENT,	 /* it should, but zonesd gives no answer now */
	ZONES_KEPT,	 /* loaded and proven */
	ZONES_ON_TRIAL,	 /* the same, until somebody confirms */
	ZONES_UNDERMINED, /* the rules are proven, what they rest on (links, routes, settings) is not as the text has it */
	ZONES_UNPROVEN,
	ZONES_DIFFERS,	 /* changed by others and not put back */
};
struct zones_facts {
	enum zones_keeping keeping;
	bool told;	      /* zonesd answered: status holds what it said */
	struct json status;
	struct store_policy adopted;
	const struct policy *policy; /* what is shown; NULL: there is none, or it cannot be read any more */
	char hash[65];		     /* of it */
	bool is_adopted;	     /* it is the text in force of the records */
	struct map map;		     /* of it */
	int64_t now;
};
struct request;
/* Asks zonesd, then the store. No text at all is no failure: policy is NULL then. */
int zones_facts_read(struct request *r, struct zones_facts *out, struct err *err) CHECK_RESULT;

struct zones_told {
	struct text what, where;
};
struct way_row {
	struct text id;
	const char *from, *to; /* labels */
	const char *from_zone, *to_zone;
	const char *services, *hours, *rate;
	struct text owner, party, basis, reason;
	bool specific, via_gate, log, rests, counted;
	enum map_state state;
	int64_t expires, days_left;
	uint64_t packets;
};
struct no_way_row {
	const char *from, *to;
	bool both;
	struct text never_owner, never_reason;
};
struct law_row {
	const char *clause;
	struct phrase sentence;
};
struct blocked_row {
	const char *from, *to;
	struct text from_name, to_name;
	uint64_t now, day, month;
};
struct record_row {
	uint64_t no;
	int64_t at;
	struct text event;
	struct phrase label;
	const char *words;
	bool sealed, grave;
};
struct zones_place {
	struct text name, label;
};
struct zones_places { /* to choose from in a form */
	struct zones_place *list;
	size_t count;
};
struct zones_page_view {
	struct zones_facts f;
	const char *age;
	int64_t since, proven_at, trial_until, last_drift, blocked_since;
	uint64_t rules, drifts, drift_record;
	bool rules_proven, around_proven, probed;
	int64_t around_at, probed_at;
	uint64_t probe_sent, probe_wrong;
	struct text last_drift_by, broken_law;
	struct zones_told *doubts;
	size_t doubt_count;
	struct zones_places places;
	struct text from, to, show;
	struct way_row *ways;
	size_t way_count, way_total, soon_count, specific_count, page, pages;
	struct no_way_row *no_ways;
	size_t no_way_count, no_way_total;
	struct law_row *laws;
	size_t law_count;
	struct blocked_row *blocked;
	size_t blocked_count;
	struct record_row *records;
	size_t record_count;
	struct export_links_view links;
};
struct blocked_time {
	const char *label;
	uint64_t packets, no;
};
struct blocked_view {
	struct zones_places places;
	struct text from, to, by;
	uint64_t all;
	struct blocked_time *times;
	size_t time_count;
	struct blocked_row *pairs;
	size_t pair_count;
	bool hourly;
	struct export_links_view links;
};
struct records_view {
	struct record_row *rows;
	size_t count;
	uint64_t next; /* 0: no more */
	struct export_links_view links;
};
struct record_fact {
	struct phrase name;
	const char *value;
};
struct record_view {
	struct record_row row;
	const char *clause, *epoch, *entry_hash, *entry, *record;
	struct record_fact *facts;
	size_t fact_count;
	int64_t sealed_at;
	uint64_t sealed_to;
};

/* The label of a zone or the gate by its name; a name that the text does not know stands for itself. */
const char *zones_label(struct arena *arena, const struct zones_facts *f, struct text name, enum html_language language);
/* The zones and the gate in the order of the map; none without a text. */
struct zones_places zones_places_of(struct arena *arena, const struct zones_facts *f, enum html_language language);
/* The row of a pair among the rows so far, or a new one behind them: there must be room. Names as zonesd counts (counting.h): what is of no pair of zones in words. */
struct blocked_row *zones_blocked_row(struct arena *arena, const struct zones_facts *f, struct blocked_row *rows, size_t *count, struct text from, struct text to,
				      enum html_language language);
/* Rows of the journal about the zones, the newest first, below `before` (0: from the newest). */
int zones_records_read(struct store_reader *reader, struct arena *arena, uint64_t before, size_t most, enum html_language language, struct record_row **rows, size_t *count,
		       uint64_t *next, struct err *err) CHECK_RESULT;
struct phrase way_state_phrase(const struct way_row *row);
const char *way_state_class(const struct way_row *row);
const char *way_state_sign(const struct way_row *row);

#endif
