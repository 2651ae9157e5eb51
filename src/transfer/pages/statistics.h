/* 統計 — what its page shows. */
#ifndef TRANSFER_PAGES_STATISTICS_H
#define TRANSFER_PAGES_STATISTICS_H
#include "store/read.h"
#include "web/export.h"
#include "web/html.h"

struct counted_row {
	struct phrase label;
	uint64_t tickets, count;
};
struct counted_group { /* one chart with its table */
	const char *kind; /* of the chart's address */
	struct phrase title, first, second; /* of the table's columns; second.ja NULL: no such column */
	struct counted_row *rows;
	size_t count;
};
enum { STATISTICS_GROUPS = 5 };
/* Minutes, begun ones counted. */
static inline int64_t minutes_of(int64_t seconds) { return (seconds + 59) / 60; }
struct statistics_view {
	struct text from, to; /* as typed */
	int64_t since, until, at; /* at: when it was counted */
	struct phrase say;
	uint64_t all, refused, back, fetched;
	struct store_day *days;
	size_t day_count;
	struct store_times wait, whole;
	struct counted_group groups[STATISTICS_GROUPS];
	struct export_links_view links;
};

#endif
