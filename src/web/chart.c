/* 図 — contract in chart.h. */
#include "web/chart.h"
#include "base/buf.h"
#include "base/text.h"
#include "web/html.h"

enum { WIDTH = 720, LEFT = 240, RIGHT = 70, ROW = 26, BAR = 18, MARGIN = 8 };

static void put_label(struct html *o, struct text label)
{
	size_t at = 0, count = 0, end = 0;

	while (text_next(label, &at) && ++count <= CHART_LABEL_MOST)
		end = at;
	html_put_text(o, (struct text){ label.p, end });
	if (end < label.n)
		html_put_string(o, "…");
}

struct bytes chart_svg(struct arena *arena, const struct chart_bar *bars, size_t count)
{
	struct html o = html_begin(arena, HTML_JAPANESE, "");
	uint64_t most = 1;

	count = MIN(count, (size_t)CHART_BARS_MOST);
	for (size_t i = 0; i < count; i++)
		most = MAX(most, bars[i].value);
	unsigned height = (unsigned)count * ROW + 2 * MARGIN;
	buf_printf(&o.out, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %u\" width=\"%d\" height=\"%u\" font-family=\"sans-serif\" font-size=\"14\">"
		   "<rect width=\"%d\" height=\"%u\" fill=\"#fff\"/>", WIDTH, height, WIDTH, height, WIDTH, height);
	for (size_t i = 0; i < count; i++) {
		unsigned y = MARGIN + (unsigned)i * ROW;
		unsigned long long w = bars[i].value * (WIDTH - LEFT - RIGHT) / most;
		buf_printf(&o.out, "<text x=\"%d\" y=\"%u\" text-anchor=\"end\" fill=\"#1a1a1a\">", LEFT - 8, y + 15);
		put_label(&o, bars[i].label);
		buf_printf(&o.out, "</text><rect x=\"%d\" y=\"%u\" width=\"%llu\" height=\"%d\" fill=\"#0017c1\"/>"
			   "<text x=\"%llu\" y=\"%u\" fill=\"#1a1a1a\">%llu</text>", LEFT, y, w, BAR, LEFT + w + 6, y + 15, (unsigned long long)bars[i].value);
	}
	buf_str(&o.out, "</svg>");
	return buf_view(&o.out);
}
