/* 通信の図: 絵 — contract in map.h. Columns are places, as areas from the top to the bottom of the picture; each row is one communication, an arrow from column to column with
 * its words at the right. Black on white with words for every sign, so that it prints and tells the same without colours. */
#include "base/calendar.h"
#include "base/text.h"
#include "zones/pages/map.h"

enum { COLUMN = 124, WORDS = 408, MARGIN = 8, PAD = 8, ROW = 62, CROSS_ROW = 48, HEAD_LINE = 18, NETS_SHOWN = 4, HEADING = 36, GATE_BAR = 18 };
#define INK "#1a1a1a"
#define SECOND "#4d4d4d"
#define BLUE "#0017c1"
#define RED "#ce0000"
#define CARE "#ac3e00"

struct drawing {
	struct html o;
	struct arena *arena;
	const struct map *map;
	const size_t *order;
	size_t *column; /* of each place */
	unsigned y, words_x, width;
};

static bool japanese(const struct drawing *d) { return d->o.language == HTML_JAPANESE; }
static struct text text_of(const char *s) { return (struct text){ s, strlen(s) }; }
static unsigned middle(const struct drawing *d, size_t place) { return MARGIN + (unsigned)d->column[place] * COLUMN + COLUMN / 2; }

/* How far from `at` one can read within so many pixels; half-width letters count half. */
static size_t fit(struct text t, size_t at, unsigned pixels, unsigned font)
{
	unsigned used = 0;

	for (size_t next = at; next < t.n; at = next) {
		uint32_t c = text_next(t, &next);
		used += c < 0x80 || (c >= 0xFF61 && c <= 0xFF9F) ? (font * 6 + 9) / 10 : font;
		if (used > pixels)
			return at;
	}
	return at;
}

/* One line that is no wider than that. */
static void put_words(struct drawing *d, unsigned x, unsigned y, unsigned font, const char *more, struct text words, unsigned pixels)
{
	size_t end = fit(words, 0, pixels, font);

	buf_printf(&d->o.out, "<text x=\"%u\" y=\"%u\" font-size=\"%u\"%s>", x, y, font, more);
	if (end < words.n)
		end = fit(words, 0, pixels - font, font);
	html_put_text(&d->o, (struct text){ words.p, end });
	html_put_string(&d->o, end < words.n ? "…" : "");
	buf_str(&d->o.out, "</text>");
}

/* ---- the areas ---- */

static unsigned head_lines(const struct map *map)
{
	size_t most = 1;

	for (size_t i = 0; i < map->policy->zone_count; i++) {
		const struct policy_zone *zone = &map->policy->zones[i];
		most = MAX(most, MIN(zone->net_count + zone->world, (size_t)NETS_SHOWN + 1) + (zone->interface_count ? 1 : 0));
	}
	most = MAX(most, MIN(map->policy->gate.address_count, (size_t)NETS_SHOWN + 1));
	return 2 + 1 + (unsigned)most;
}

static void put_line(struct drawing *d, size_t place, unsigned *y, unsigned font, const char *more, struct text words)
{
	put_words(d, middle(d, place), *y, font, arena_printf(d->arena, " text-anchor=\"middle\"%s", more), words, COLUMN - PAD * 2);
	*y += HEAD_LINE;
}

static void put_nets(struct drawing *d, size_t place, unsigned *y, const struct policy_net *nets, size_t count)
{
	for (size_t i = 0; i < MIN(count, (size_t)NETS_SHOWN); i++)
		put_line(d, place, y, 12, " fill=\"" INK "\"", text_of(policy_address_text(d->arena, &nets[i])));
	if (count > NETS_SHOWN)
		put_line(d, place, y, 12, " fill=\"" SECOND "\"", text_of(arena_printf(d->arena, japanese(d) ? "ほか %zu" : "%zu more", count - NETS_SHOWN)));
}

static void put_interfaces(struct drawing *d, size_t place, unsigned *y, const struct policy_zone *zone)
{
	struct buf names = buf_in(d->arena, 0);

	if (zone->interface_count == 0)
		return;
	buf_str(&names, japanese(d) ? "口 " : "on ");
	for (size_t i = 0; i < zone->interface_count; i++)
		buf_printf(&names, "%s%s", i ? ", " : "", zone->interfaces[i].name.p);
	put_line(d, place, y, 12, " fill=\"" SECOND "\"", text_of(buf_string(&names)));
}

static void put_head(struct drawing *d, size_t place)
{
	struct text label = map_place_label(d->map, place, d->o.language);
	size_t end = fit(label, 0, COLUMN - PAD * 2, 15);
	unsigned y = MARGIN + PAD + 14;

	put_line(d, place, &y, 15, " font-weight=\"700\" fill=\"" INK "\"", (struct text){ label.p, end });
	put_line(d, place, &y, 15, " font-weight=\"700\" fill=\"" INK "\"", (struct text){ label.p + end, label.n - end });
	put_line(d, place, &y, 12, " fill=\"" SECOND "\"", map_place_name(d->map, place));
	if (place < d->map->policy->zone_count) {
		const struct policy_zone *zone = &d->map->policy->zones[place];
		put_nets(d, place, &y, zone->nets, zone->net_count);
		if (zone->world)
			put_line(d, place, &y, 12, " fill=\"" INK "\"", text_of(japanese(d) ? "世界（ほかの全部）" : "the world"));
		put_interfaces(d, place, &y, zone);
	} else {
		put_nets(d, place, &y, d->map->policy->gate.addresses, d->map->policy->gate.address_count);
	}
}

/* Areas down to the bottom; the gate has two walls. */
static void put_areas(struct drawing *d, unsigned height)
{
	static const char *const tints[] = { "#fdeeee", "#e8f1fe", "#f2f2f2", "#ffeee2" };

	for (size_t i = 0; i < d->map->places; i++) {
		size_t place = d->order[i];
		unsigned x = MARGIN + (unsigned)i * COLUMN;
		struct text name = map_place_name(d->map, place);
		bool gate = place == d->map->policy->zone_count;
		unsigned tint = text_is(name, "mynumber") ? 0 : text_is(name, "lgwan") ? 1 : text_is(name, "internet") ? 3 : 2;
		buf_printf(&d->o.out, "<rect x=\"%u\" y=\"%d\" width=\"%d\" height=\"%u\" rx=\"8\" fill=\"%s\" stroke=\"%s\" stroke-width=\"%d\"/>", x + 3, MARGIN, COLUMN - 6,
			   height - 2 * MARGIN, gate ? "#fff" : tints[tint], gate ? INK : "#767676", gate ? 3 : 1);
		put_head(d, place);
	}
}

static void put_heading(struct drawing *d, const char *ja, const char *en)
{
	buf_printf(&d->o.out, "<path d=\"M%d %u H%u\" stroke=\"#767676\" stroke-width=\"1\"/>", MARGIN, d->y + 6, d->width - MARGIN);
	put_words(d, d->words_x, d->y + 26, 15, " font-weight=\"700\" fill=\"" INK "\"", text_of(japanese(d) ? ja : en), WORDS);
	d->y += HEADING;
}

/* ---- arrows ---- */

static void put_arrow(struct drawing *d, size_t from, size_t to, unsigned y, const char *look)
{
	unsigned a = middle(d, from), b = middle(d, to);
	int way = a < b ? 1 : -1;

	/* A white line under the coloured one: where it goes over an area, it goes over. */
	buf_printf(&d->o.out, "<path d=\"M%u %u H%d\" stroke=\"#fff\" stroke-width=\"7\"/><path d=\"M%u %u H%d\" stroke=\"" BLUE "\" stroke-width=\"3\"%s/>", a, y, (int)b - way * 10, a, y,
		   (int)b - way * 10, look);
	buf_printf(&d->o.out, "<circle cx=\"%u\" cy=\"%u\" r=\"6\" fill=\"" BLUE "\"/><path d=\"M%u %u l%d -7 v14 z\" fill=\"" BLUE "\"/>", a, y, b, y, way * -14);
}

/* What stays within one place (a zone's own, between two of its interfaces). */
static void put_loop(struct drawing *d, size_t place, unsigned y)
{
	unsigned x = middle(d, place);

	buf_printf(&d->o.out, "<path d=\"M%u %u h-24 v-12 h48 v12 h-12\" fill=\"none\" stroke=\"" BLUE "\" stroke-width=\"3\"/><path d=\"M%u %u l12 -7 v14 z\" fill=\"" BLUE "\"/>", x, y, x + 2, y);
}

static void put_sides(struct drawing *d, const struct policy_allow *a, unsigned y)
{
	struct policy_side from = policy_side_of(d->map->policy, &a->from), to = policy_side_of(d->map->policy, &a->to);
	struct buf line = buf_in(d->arena, 0);

	buf_printf(&line, "%s → %s", from.kind == POLICY_SIDE_GATE ? map_place_label(d->map, d->map->policy->zone_count, d->o.language).p : from.label.p,
		   to.kind == POLICY_SIDE_GATE ? map_place_label(d->map, d->map->policy->zone_count, d->o.language).p : to.label.p);
	put_words(d, d->words_x, y, 14, " font-weight=\"700\" fill=\"" INK "\"", text_of(buf_string(&line)), WORDS);
}

static void put_what(struct drawing *d, const struct policy_allow *a, unsigned y)
{
	struct buf line = buf_in(d->arena, 0);
	const char *hours = map_hours(d->arena, a, d->o.language);

	buf_str(&line, !a->specific ? "" : japanese(d) ? "［特定通信］" : "[specific] ");
	buf_str(&line, map_services(d->arena, d->map->policy, a->services, a->service_count));
	if (hours[0])
		buf_printf(&line, "・%s%s", hours, d->map->open[a - d->map->policy->allows] ? "" : japanese(d) ? "（いまは時間外）" : " (closed now)");
	if (a->via_gate)
		buf_str(&line, japanese(d) ? "・関所を経る" : ", by way of the gate");
	put_words(d, d->words_x, y, 13, " fill=\"" INK "\"", text_of(buf_string(&line)), WORDS);
}

static void put_who(struct drawing *d, const struct policy_allow *a, unsigned y)
{
	char until[CALENDAR_TEXT];
	struct buf line = buf_in(d->arena, 0);
	bool soon = map_state(d->map, a) == MAP_SOON;
	long long left = (long long)calendar_days_left(d->map->now, a->expires);

	buf_str(&line, !soon ? "" : japanese(d) ? "! もうすぐ期限 " : "! ends soon ");
	buf_printf(&line, japanese(d) ? "%sまで（あと%lld日）・%s" : "until %s (%lld days left), %s", calendar_day_iso(a->expires - DAY_SECONDS, until), left, a->owner.p);
	put_words(d, d->words_x, y, 13, soon ? " fill=\"" CARE "\"" : " fill=\"" SECOND "\"", text_of(buf_string(&line)), WORDS);
}

static void put_allow(struct drawing *d, const struct policy_allow *a)
{
	size_t from = map_place_of(d->map, &a->from), to = map_place_of(d->map, &a->to), gate = d->map->policy->zone_count;
	const char *look = d->map->open[a - d->map->policy->allows] ? "" : " stroke-dasharray=\"2 6\"";
	unsigned y = d->y + ROW / 2;

	if (a->via_gate && from != to) {
		put_arrow(d, from, gate, y, look);
		put_arrow(d, gate, to, y, look);
		buf_printf(&d->o.out, "<rect x=\"%u\" y=\"%u\" width=\"%d\" height=\"%d\" fill=\"#fff\" stroke=\"" BLUE "\" stroke-width=\"3\"/>", middle(d, gate) - GATE_BAR / 2, y - GATE_BAR / 2,
			   GATE_BAR, GATE_BAR);
	} else if (from == to) {
		put_loop(d, from, y);
	} else {
		put_arrow(d, from, to, y, look);
	}
	put_sides(d, a, d->y + 18);
	put_what(d, a, d->y + 36);
	put_who(d, a, d->y + 54);
	d->y += ROW;
}

static void put_more(struct drawing *d, size_t from, size_t to, size_t count)
{
	struct buf line = buf_in(d->arena, 0);

	buf_printf(&line, "%s → %s: ", map_place_label(d->map, from, d->o.language).p, map_place_label(d->map, to, d->o.language).p);
	buf_printf(&line, japanese(d) ? "ほか %zu 件（表にあります）" : "%zu more (in the table)", count);
	if (from != to)
		put_arrow(d, from, to, d->y + ROW / 2, "");
	put_words(d, d->words_x, d->y + 28, 14, " fill=\"" INK "\"", text_of(buf_string(&line)), WORDS);
	d->y += ROW;
}

/* Allows that have not expired, pair by pair in the order of the picture. */
static size_t put_allows(struct drawing *d, bool draw)
{
	const struct map *map = d->map;
	size_t places = map->places, all = 0, pairs = 0, drawn = 0;
	size_t *counts = arena_new_array(d->arena, size_t, places * places), *begins = arena_new_array(d->arena, size_t, places * places + 1);

	for (size_t i = 0; i < map->policy->allow_count; i++) {
		const struct policy_allow *a = &map->policy->allows[i];
		if (a->expires > map->now)
			all++, pairs += counts[map_place_of(map, &a->from) * places + map_place_of(map, &a->to)]++ == 0;
	}
	size_t each = all <= MAP_ROWS_MOST ? all : MAX((size_t)1, (size_t)MAP_ROWS_MOST / MAX(pairs, (size_t)1));
	for (size_t i = 1; i <= places * places; i++)
		begins[i] = begins[i - 1] + counts[i - 1];
	const struct policy_allow **sorted = arena_new_array(d->arena, const struct policy_allow *, all + 1);
	size_t *put = arena_copy(d->arena, begins, places * places * sizeof *put);
	for (size_t i = 0; i < map->policy->allow_count; i++) {
		const struct policy_allow *a = &map->policy->allows[i];
		if (a->expires > map->now)
			sorted[put[map_place_of(map, &a->from) * places + map_place_of(map, &a->to)]++] = a;
	}
	for (size_t f = 0; f < places; f++)
		for (size_t t = 0; t < places; t++) {
			size_t from = d->order[f], to = d->order[t], at = from * places + to;
			for (size_t i = 0; i < MIN(counts[at], each); i++, drawn++)
				draw ? put_allow(d, sorted[begins[at] + i]) : (void)0;
			if (counts[at] > each) {
				drawn++;
				draw ? put_more(d, from, to, counts[at] - each) : (void)0;
			}
		}
	return drawn;
}

/* ---- what is not ---- */

static void put_no_way(struct drawing *d, const struct map_no_way *n)
{
	unsigned a = middle(d, n->from), b = middle(d, n->to), y = d->y + CROSS_ROW / 2, half = (a + b) / 2;
	struct text from = map_place_label(d->map, n->from, d->o.language), to = map_place_label(d->map, n->to, d->o.language);
	struct buf line = buf_in(d->arena, 0), why = buf_in(d->arena, 0);

	buf_printf(&d->o.out, "<path d=\"M%u %u H%u\" stroke=\"#fff\" stroke-width=\"7\"/><path d=\"M%u %u H%u\" stroke=\"" RED "\" stroke-width=\"2\" stroke-dasharray=\"8 5\"/>", a, y,
		   n->both ? b : half, a, y, n->both ? b : half);
	buf_printf(&d->o.out, "<circle cx=\"%u\" cy=\"%u\" r=\"5\" fill=\"" RED "\"/>", a, y);
	if (n->both)
		buf_printf(&d->o.out, "<circle cx=\"%u\" cy=\"%u\" r=\"5\" fill=\"" RED "\"/>", b, y);
	buf_printf(&d->o.out, "<circle cx=\"%u\" cy=\"%u\" r=\"13\" fill=\"#fff\" stroke=\"" RED "\" stroke-width=\"2\"/><path d=\"M%u %u l12 12 m0 -12 l-12 12\" stroke=\"" RED "\" stroke-width=\"4\"/>",
		   half, y, half - 6, y - 6);
	buf_printf(&line, n->both ? "%s × %s" : japanese(d) ? "%s から %s へは、始められない" : "%s may not begin with %s", from.p, to.p);
	put_words(d, d->words_x, d->y + 20, 14, " font-weight=\"700\" fill=\"" INK "\"", text_of(buf_string(&line)), WORDS);
	buf_str(&why, n->both ? (japanese(d) ? "通信なし（どちらからも始められない）" : "no way: neither may begin") : (japanese(d) ? "逆向きに始まった通信の、答えだけが返る" : "only answers to the other's come back"));
	if (n->never)
		buf_printf(&why, japanese(d) ? "。禁止: %s" : "; never: %s", n->never->reason.p);
	put_words(d, d->words_x, d->y + 38, 13, " fill=\"" SECOND "\"", text_of(buf_string(&why)), WORDS);
	d->y += CROSS_ROW;
}

static void put_no_ways(struct drawing *d, const struct map_no_ways *ways)
{
	for (size_t i = 0; i < MIN(ways->count, (size_t)MAP_NO_WAYS_MOST); i++)
		put_no_way(d, &ways->list[i]);
	if (ways->count <= MAP_NO_WAYS_MOST)
		return;
	const char *more = arena_printf(d->arena, japanese(d) ? "ほか %zu 組（表にあります）" : "%zu more pairs (in the table)", ways->count - MAP_NO_WAYS_MOST);
	put_words(d, d->words_x, d->y + 28, 14, " fill=\"" INK "\"", text_of(more), WORDS);
	d->y += CROSS_ROW;
}

/* ---- the whole ---- */

static void put_names(struct drawing *d, size_t arrows, size_t no_ways)
{
	const char *city = d->map->policy->has_city ? d->map->policy->city.name.p : "";

	buf_str(&d->o.out, "<title id=\"t\">");
	html_put_string(&d->o, arena_printf(d->arena, japanese(d) ? "%s 通信の図" : "%s: map of the zones", city));
	buf_str(&d->o.out, "</title><desc id=\"d\">");
	html_put_string(&d->o, arena_printf(d->arena,
					    japanese(d) ? "%zu の系と、まん中に関所。青い矢印は通してよい通信で、始める側から相手へ向かう（%zu 行）。赤い×の破線は、通信を始められない組（%zu 組）。同じ内容が、図の後の表にある。"
							: "%zu zones, the gate in the middle. Blue arrows are permitted communications, from who begins to the other side (%zu rows). Broken red lines with a cross "
							  "are pairs that may not begin any (%zu). The tables behind the picture say the same.",
					    d->map->policy->zone_count, arrows, no_ways));
	buf_str(&d->o.out, "</desc>");
}

struct bytes map_svg(struct arena *arena, const struct map *map, enum html_language language)
{
	struct drawing d = { .o = html_begin(arena, language, ""), .arena = arena, .map = map, .order = map_order(arena, map), .column = arena_new_array(arena, size_t, map->places) };
	struct map_no_ways no_ways;
	unsigned head = MARGIN + PAD + 6 + head_lines(map) * HEAD_LINE;

	for (size_t i = 0; i < map->places; i++)
		d.column[d.order[i]] = i;
	map_no_ways(arena, map, &no_ways);
	size_t arrows = put_allows(&d, false), crosses = MIN(no_ways.count, (size_t)MAP_NO_WAYS_MOST) + (no_ways.count > MAP_NO_WAYS_MOST);
	d.words_x = MARGIN + (unsigned)map->places * COLUMN + 12, d.width = d.words_x + WORDS + MARGIN, d.y = head;
	unsigned height = head + 2 * HEADING + (unsigned)MAX(arrows, (size_t)1) * ROW + (unsigned)crosses * CROSS_ROW + 2 * MARGIN;
	buf_printf(&d.o.out, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %u %u\" width=\"%u\" height=\"%u\" role=\"img\" aria-labelledby=\"t\" aria-describedby=\"d\" "
		   "font-family=\"'Noto Sans JP','Noto Sans CJK JP','BIZ UDPGothic','Yu Gothic UI',Meiryo,sans-serif\">", d.width, height, d.width, height);
	put_names(&d, arrows, no_ways.count);
	buf_printf(&d.o.out, "<rect width=\"%u\" height=\"%u\" fill=\"#fff\"/>", d.width, height);
	put_areas(&d, height);
	put_heading(&d, "通すもの（→ の向きに始められる）", "What may pass (begun in the direction of the arrow)");
	if (put_allows(&d, true) == 0) {
		put_words(&d, d.words_x, d.y + 28, 14, " fill=\"" INK "\"", text_of(japanese(&d) ? "一つもない" : "nothing"), WORDS);
		d.y += ROW;
	}
	put_heading(&d, "通さないもの（×）", "What may not pass (×)");
	put_no_ways(&d, &no_ways);
	buf_str(&d.o.out, "</svg>");
	must(buf_ok(&d.o.out));
	return buf_view(&d.o.out);
}
