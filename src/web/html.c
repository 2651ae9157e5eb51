/* 画面の組立て — contract in html.h: escape by place, and the translation of a page. */
#include "web/html.h"
#include "base/calendar.h"
#include "base/clock.h"
#include "base/text.h"

struct html_safe_inside {
	struct bytes markup;
};

struct html html_begin(struct arena *arena, enum html_language language, const char *csrf)
{
	return (struct html){ .out = buf_in(arena, HTML_BYTES_MOST), .language = language, .csrf = csrf };
}

struct html_safe html_take(struct html *o)
{
	struct html_safe_inside *inside = arena_alloc(o->out.arena, sizeof *inside);

	must(buf_ok(&o->out));
	inside->markup = buf_view(&o->out);
	o->out = buf_in(o->out.arena, HTML_BYTES_MOST);
	return (struct html_safe){ inside };
}

const char *html_language_name(const struct html *o)
{
	return o->language == HTML_JAPANESE ? "ja" : "en";
}

void html_raw(struct html *o, const char *markup, size_t n)
{
	buf_put(&o->out, markup, n);
}

static void put(struct html *o, const char *s)
{
	buf_str(&o->out, s);
}

/* Valid UTF-8 in, escaped for text and for quoted attributes alike. Controls that HTML forbids become U+FFFD. */
static void escape(struct html *o, const char *s, size_t n)
{
	size_t from = 0;

	for (size_t i = 0; i < n; i++) {
		const char *as = NULL;
		switch (s[i]) {
		case '&': as = "&amp;"; break;
		case '<': as = "&lt;"; break;
		case '>': as = "&gt;"; break;
		case '"': as = "&quot;"; break;
		case '\'': as = "&#39;"; break;
		case '\n':
		case '\t': break;
		case '\r': as = "&#13;"; break;
		default:
			if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
				as = "\xef\xbf\xbd";
		}
		if (as) {
			html_raw(o, s + from, i - from);
			put(o, as);
			from = i + 1;
		}
	}
	html_raw(o, s + from, n - from);
}

void html_put_text(struct html *o, struct text v)
{
	escape(o, v.p, v.n);
}

void html_put_string(struct html *o, const char *v)
{
	size_t n = v ? strlen(v) : 0;

	if (n == 0)
		return;
	if (is_utf8(bytes_of(v, n))) {
		escape(o, v, n);
		return;
	}
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)v[i] < 0x80)
			escape(o, v + i, 1);
		else
			put(o, "\xef\xbf\xbd");
}

void html_put_unsigned(struct html *o, unsigned long long v) { buf_decimal(&o->out, v); }

void html_put_signed(struct html *o, long long v)
{
	if (v < 0)
		buf_byte(&o->out, '-');
	buf_decimal(&o->out, v < 0 ? 0 - (unsigned long long)v : (unsigned long long)v);
}

void html_put_phrase(struct html *o, struct phrase v)
{
	html_put_string(o, o->language == HTML_JAPANESE ? v.ja : v.en);
}

void html_put_moment_words(struct html *o, struct moment v)
{
	char words[64], utc[CLOCK_TEXT];

	if (v.at == 0) {
		put(o, "–");
	} else if (o->language == HTML_JAPANESE) {
		put(o, clock_jst(v.at, words));
	} else { /* the same clock on every screen: JST */
		clock_utc(v.at + 9 * 3600, utc);
		buf_printf(&o->out, "%.10s %.5s JST", utc, utc + 11);
	}
}

void html_put_moment(struct html *o, struct moment v)
{
	char utc[CLOCK_TEXT];

	if (v.at != 0)
		put(o, "<time datetime=\""), put(o, clock_utc(v.at, utc)), put(o, "\">");
	html_put_moment_words(o, v);
	if (v.at != 0)
		put(o, "</time>");
}

void html_put_day_words(struct html *o, struct day v)
{
	char words[CALENDAR_TEXT];

	put(o, v.at == 0 ? "–" : o->language == HTML_JAPANESE ? calendar_day(v.at, words) : calendar_day_iso(v.at, words));
}

void html_put_day(struct html *o, struct day v)
{
	char iso[CALENDAR_TEXT];

	if (v.at != 0)
		buf_printf(&o->out, "<time datetime=\"%s\">", calendar_day_iso(v.at, iso));
	html_put_day_words(o, v);
	if (v.at != 0)
		put(o, "</time>");
}

void html_put_size(struct html *o, struct file_size v)
{
	static const char *const units[] = { "KB", "MB", "GB" };
	uint64_t tenths = v.bytes * 10 / 1024;
	size_t unit = 0;

	if (v.bytes < 1024 || v.bytes > UINT64_MAX / 10) {
		buf_printf(&o->out, o->language == HTML_JAPANESE ? "%llu バイト" : "%llu bytes", (unsigned long long)v.bytes);
		return;
	}
	while (tenths >= 10240 && unit + 1 < COUNT(units))
		tenths /= 1024, unit++;
	if (tenths >= 1000)
		buf_printf(&o->out, "%llu %s", (unsigned long long)(tenths / 10), units[unit]);
	else
		buf_printf(&o->out, "%llu.%llu %s", (unsigned long long)(tenths / 10), (unsigned long long)(tenths % 10), units[unit]);
}

void html_put_safe(struct html *o, struct html_safe v)
{
	if (v.inside)
		buf_bytes(&o->out, v.inside->markup);
}

static bool is_word(char x)
{
	return (x >= 'a' && x <= 'z') || (x >= 'A' && x <= 'Z') || (x >= '0' && x <= '9') || x == '-' || x == '_';
}

void html_name_text(struct html *o, struct text v)
{
	size_t good = 0;

	while (good < v.n && is_word(v.p[good]))
		good++;
	html_raw(o, v.p, good); /* nearly always all of it */
	for (size_t i = good; i < v.n; i++)
		buf_byte(&o->out, is_word(v.p[i]) ? (uint8_t)v.p[i] : '_');
}

void html_name_string(struct html *o, const char *v)
{
	html_name_text(o, (struct text){ v, v ? strlen(v) : 0 });
}

void html_url_text(struct html *o, struct text v)
{
	bool good = v.n > 0 && (v.p[0] == '/' || v.p[0] == '?' || v.p[0] == '#' || bytes_start(bytes_of_text(v), BYTES("https://")));

	if (good && v.n > 1 && v.p[0] == '/' && v.p[1] == '/')
		good = false;
	for (size_t i = 0; good && i < v.n; i++)
		if ((unsigned char)v.p[i] <= 0x20 || v.p[i] == 0x7f || v.p[i] == '\\')
			good = false;
	if (good)
		escape(o, v.p, v.n);
	else
		put(o, "#");
}

void html_url_string(struct html *o, const char *v)
{
	struct text t = { v ? v : "", v ? strlen(v) : 0 };

	html_url_text(o, is_utf8(bytes_of_text(t)) ? t : TEXT(""));
}

void html_part_text(struct html *o, struct text v)
{
	static const char digits[] = "0123456789ABCDEF";

	if (text_is(v, ".") || text_is(v, "..")) {
		put(o, "_");
		return;
	}
	for (size_t i = 0; i < v.n; i++) {
		unsigned char b = (unsigned char)v.p[i];
		if (is_word(v.p[i]) || b == '.' || b == '~')
			buf_byte(&o->out, b);
		else
			buf_put(&o->out, (char[]){ '%', digits[b >> 4], digits[b & 15] }, 3);
	}
}

void html_part_string(struct html *o, const char *v)
{
	html_part_text(o, (struct text){ v, v ? strlen(v) : 0 });
}

void html_csrf(struct html *o)
{
	put(o, "<input type=\"hidden\" name=\"csrf\" value=\"");
	html_name_string(o, o->csrf);
	put(o, "\">");
}

/* ---- translation ------------------------------------------------------------------------------------------------------------- */

static const char *translated(const char *message)
{
	size_t low = 0, high = html_translations_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(message, html_translations[middle].message);
		if (order == 0)
			return html_translations[middle].english;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return message; /* po/en.po is complete by a test; a gap shows Japanese, never nothing */
}

void html_message(struct html *o, const char *markup, size_t n, const char *message)
{
	if (o->language == HTML_JAPANESE)
		html_raw(o, markup, n);
	else
		html_put_string(o, translated(message));
}

struct html_run html_run_begin(const char *message)
{
	return (struct html_run){ translated(message) };
}

int html_run_next(struct html *o, struct html_run *run)
{
	const char *from = run->at;
	size_t n = strcspn(from, "{");
	int number = 0;

	escape(o, from, n);
	if (!from[n])
		return -1;
	for (n++; from[n] >= '0' && from[n] <= '9'; n++)
		number = number * 10 + (from[n] - '0');
	must(from[n] == '}'); /* poc checked the places */
	run->at = from + n + 1;
	return number;
}
