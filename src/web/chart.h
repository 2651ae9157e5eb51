/* 図 — a bar chart as a picture (SVG) made here: black on white, so that it prints and needs no style; the same numbers always stand in a table beside
 * it, which is what a screen reader reads. */
#ifndef WEB_CHART_H
#define WEB_CHART_H
#include "base/arena.h"

enum { CHART_BARS_MOST = 62, CHART_LABEL_MOST = 24 /* characters; longer ones are cut with … */ };
struct chart_bar {
	struct text label; /* any text: it is escaped */
	uint64_t value;
};
/* Bars from the top down, each with label and number; at most CHART_BARS_MOST. No bars give an empty picture. */
struct bytes chart_svg(struct arena *arena, const struct chart_bar *bars, size_t count);

#endif
