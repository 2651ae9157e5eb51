/* 画面の組立て — the run time of compiled templates (tools/htmlc.c): every value is escaped by the place where it stands, chosen by its C type.
 * A wrong type does not compile; raw markup needs struct html_safe, which only html.c can make. A page is built whole in memory, then
 * sent: an error on the way becomes an error page, never half a page. */
#ifndef WEB_HTML_H
#define WEB_HTML_H
#include "base/arena.h"
#include "base/buf.h"

enum html_language { HTML_JAPANESE, HTML_ENGLISH };
enum { HTML_BYTES_MOST = 32 * 1024 * 1024 /* the longest policy text with its meaning and its differences; other pages have some 100 KB */ };

struct html {
	struct buf out;
	enum html_language language;
	const char *csrf; /* value of the hidden field of every post form; [0-9a-f]; "" if nothing may be posted */
};
struct html html_begin(struct arena *arena, enum html_language language, const char *csrf);

/* Two languages of one sentence, from a .def row: printed in the page's own. */
struct phrase {
	const char *ja, *en;
};
/* A point in time: "2026年11月26日 18:12" in JST, machine-readable in text. 0 prints a dash. */
struct moment {
	int64_t at;
};
/* A day: "2026年（令和8年）12月1日". 0 prints a dash. */
struct day {
	int64_t at;
};
/* A number of bytes for people: "1.4 MB". */
struct file_size {
	uint64_t bytes;
};
static inline struct moment moment_of(int64_t at)
{
	return (struct moment){ at };
}
static inline struct day day_of(int64_t at)
{
	return (struct day){ at };
}
static inline struct file_size size_of(uint64_t bytes)
{
	return (struct file_size){ bytes };
}
/* Markup made here. */
struct html_safe_inside;
struct html_safe {
	const struct html_safe_inside *inside;
};
/* Takes what was written so far as one piece of markup and starts anew: a page goes into its layout this way. */
struct html_safe html_take(struct html *o);

/* ---- what compiled templates call ---- */
void html_raw(struct html *o, const char *markup, size_t n);
static inline bool html_is_japanese(const struct html *o)
{
	return o->language == HTML_JAPANESE;
}
const char *html_language_name(const struct html *o); /* "ja", "en" */
/* In Japanese the markup as it stands; else the translation of the message, escaped. */
void html_message(struct html *o, const char *markup, size_t n, const char *message);
void html_csrf(struct html *o);
struct html_run {
	const char *at;
};
struct html_run html_run_begin(const char *message);
int html_run_next(struct html *o, struct html_run *run); /* writes up to the next value; its number, −1 at the end */

void html_put_text(struct html *o, struct text v);
void html_put_string(struct html *o, const char *v); /* NULL prints nothing; bytes that are no UTF-8 become U+FFFD */
void html_put_signed(struct html *o, long long v);
void html_put_unsigned(struct html *o, unsigned long long v);
void html_put_phrase(struct html *o, struct phrase v);
void html_put_moment(struct html *o, struct moment v);
void html_put_moment_words(struct html *o, struct moment v);
void html_put_day(struct html *o, struct day v);
void html_put_day_words(struct html *o, struct day v);
void html_put_size(struct html *o, struct file_size v);
void html_put_safe(struct html *o, struct html_safe v);
void html_name_text(struct html *o, struct text v);
void html_name_string(struct html *o, const char *v);
void html_url_text(struct html *o, struct text v);
void html_url_string(struct html *o, const char *v);
void html_part_text(struct html *o, struct text v);
void html_part_string(struct html *o, const char *v);

#define HTML_INTEGERS \
	signed char: html_put_signed, short: html_put_signed, int: html_put_signed, long: html_put_signed, long long: html_put_signed, \
	unsigned char: html_put_unsigned, unsigned short: html_put_unsigned, unsigned: html_put_unsigned, \
	unsigned long: html_put_unsigned, unsigned long long: html_put_unsigned

/* In text. */
#define html_text(o, v) _Generic((v), struct text: html_put_text, char *: html_put_string, const char *: html_put_string, \
	struct phrase: html_put_phrase, struct moment: html_put_moment, struct day: html_put_day, struct file_size: html_put_size, struct html_safe: html_put_safe, \
	HTML_INTEGERS)(o, v)
/* In attributes, <title> and <textarea>: no markup. */
#define html_plain(o, v) _Generic((v), struct text: html_put_text, char *: html_put_string, const char *: html_put_string, \
	struct phrase: html_put_phrase, struct moment: html_put_moment_words, struct day: html_put_day_words, struct file_size: html_put_size, HTML_INTEGERS)(o, v)
/* In class, id, for: what is not [A-Za-z0-9_-] becomes _. */
#define html_name(o, v) _Generic((v), struct text: html_name_text, char *: html_name_string, const char *: html_name_string, HTML_INTEGERS)(o, v)
#define html_number(o, v) _Generic((v), HTML_INTEGERS)(o, v)
/* A whole address: /path ?… #… https://… without controls or backslashes; anything else becomes "#". */
#define html_url(o, v) _Generic((v), struct text: html_url_text, char *: html_url_string, const char *: html_url_string)(o, v)
/* Inside an address: percent-encoded, so that it stays one piece; "." and ".." become "_". */
#define html_url_part(o, v) _Generic((v), struct text: html_part_text, char *: html_part_string, const char *: html_part_string, HTML_INTEGERS)(o, v)

/* The catalogue of po/en.po, compiled by tools/poc.c; sorted by message. */
struct html_translation {
	const char *message, *english;
};
extern const struct html_translation html_translations[];
extern const size_t html_translations_count;

#endif
