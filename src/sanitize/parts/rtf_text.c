/* RTFの文字 — contract in rtf_text.h: the tokens of rtf_read.h, of which only characters and breaks count. */
#include "sanitize/parts/rtf_text.h"
#include "base/buf.h"
#include "base/text.h"
#include "sanitize/parts/foreign_text.h"
#include "sanitize/parts/rtf_read.h"

enum { FONTS_MOST = 1024, SKIP_MOST = 16, SHIFT_JIS = 128, CP932 = 932 };

struct level {
	bool hidden, fresh, star, is_fonts, deleted;
	unsigned skip; /* characters after \u that stand for it */
	int font;
};
struct reading {
	struct job *job;
	struct arena *arena;
	struct buf out, bytes; /* bytes: not decoded yet */
	bool bytes_japanese;
	struct level *levels;
	size_t depth, most;
	bool japanese, font_japanese[FONTS_MOST], font_known[FONTS_MOST];
	int entry; /* of the font table, being read */
	unsigned after;
	uint32_t high; /* half of a pair of \u */
};

/* Groups whose text is none of the document's. */
static const char *const hidden[] = { "fonttbl", "colortbl", "stylesheet", "info", "pict", "object", "objdata", "fldinst", "listtable", "listoverridetable", "revtbl", "rsidtbl",
				      "themedata", "colorschememapping", "datastore", "latentstyles", "generator", "annotation", "atnauthor", "atnid", "atndate", "atnref",
				      "xmlnstbl", "shppict", "nonshppict", "pntxta", "pntxtb", "bkmkstart", "bkmkend", "template", "filetbl", "do", "sp" };
static const struct {
	const char *word, *text;
} breaks[] = { { "par", "\n" }, { "line", "\n" }, { "sect", "\n" }, { "page", "\n" }, { "row", "\n" }, { "cell", "\t" }, { "tab", "\t" }, { "emdash", "—" }, { "endash", "–" },
	       { "bullet", "•" }, { "lquote", "‘" }, { "rquote", "’" }, { "ldblquote", "“" }, { "rdblquote", "”" }, { "emspace", "　" }, { "enspace", " " } };

static struct level *top(struct reading *r) { return &r->levels[r->depth - 1]; }

static bool is_in(const char *const *list, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(list[i], name) == 0)
			return true;
	return false;
}

static void decode(struct reading *r)
{
	struct text t;
	struct text charset = r->bytes_japanese ? TEXT("cp932") : TEXT("windows-1252");

	if (r->bytes.n == 0)
		return;
	if (foreign_text(r->arena, charset, buf_view(&r->bytes), &t, NULL) == 0)
		buf_text(&r->out, t);
	else
		buf_str(&r->out, "〓");
	r->bytes.n = 0;
}

static bool is_shown(struct reading *r)
{
	return !top(r)->hidden && !top(r)->deleted;
}

static bool is_japanese(const struct reading *r, int font)
{
	return font >= 0 && font < FONTS_MOST && r->font_known[font] ? r->font_japanese[font] : r->japanese;
}

static void put_byte(struct reading *r, uint8_t c)
{
	if (r->after) {
		r->after--;
		return;
	}
	if (!is_shown(r))
		return;
	bool japanese = is_japanese(r, top(r)->font);
	if (r->bytes.n && japanese != r->bytes_japanese)
		decode(r);
	r->bytes_japanese = japanese;
	buf_byte(&r->bytes, c);
}

static void put_unicode(struct reading *r, int32_t number)
{
	uint32_t c = (uint32_t)(number < 0 ? number + 65536 : number) & 0xffff;
	uint8_t utf8[4];

	r->after = top(r)->skip;
	if (!is_shown(r))
		return;
	decode(r);
	if (c >= 0xd800 && c < 0xdc00) {
		r->high = c;
		return;
	}
	if (c >= 0xdc00 && c < 0xe000)
		c = r->high ? 0x10000 + ((r->high - 0xd800) << 10) + (c - 0xdc00) : 0x3013;
	r->high = 0;
	if (c >= 0x20)
		buf_put(&r->out, utf8, utf8_put(utf8, c));
}

static void set_font(struct reading *r, const struct rtf_token *t)
{
	if (!top(r)->is_fonts) {
		top(r)->font = t->number;
		return;
	}
	if (strcmp(t->name, "f") == 0)
		r->entry = t->number;
	else if (r->entry >= 0 && r->entry < FONTS_MOST && t->number > 1) /* 0 and 1: as the document */
		r->font_known[r->entry] = true, r->font_japanese[r->entry] = t->number == SHIFT_JIS;
}

static void take_word(struct reading *r, const struct rtf_token *t)
{
	struct level *g = top(r);
	bool first = g->fresh;

	g->fresh = false;
	if (strcmp(t->name, "u") == 0) {
		put_unicode(r, t->number);
		return;
	}
	if (first && (is_in(hidden, COUNT(hidden), t->name) || (g->star && strcmp(t->name, "shpinst") != 0)))
		g->hidden = true;
	if (strcmp(t->name, "fonttbl") == 0)
		g->is_fonts = true;
	else if (strcmp(t->name, "ansicpg") == 0)
		r->japanese = t->number == CP932;
	else if (strcmp(t->name, "uc") == 0)
		g->skip = t->has_number && t->number >= 0 && t->number <= SKIP_MOST ? (unsigned)t->number : 1;
	else if (strcmp(t->name, "f") == 0 || strcmp(t->name, "fcharset") == 0)
		set_font(r, t);
	else if (strcmp(t->name, "deleted") == 0)
		g->deleted = !t->has_number || t->number != 0;
	else if (strcmp(t->name, "plain") == 0)
		g->deleted = false;
	for (size_t i = 0; i < COUNT(breaks) && is_shown(r); i++)
		if (strcmp(breaks[i].word, t->name) == 0) {
			decode(r);
			buf_str(&r->out, breaks[i].text);
		}
}

static int take_token(struct reading *r, const struct rtf_token *t, struct err *err)
{
	switch (t->kind) {
	case RTF_OPEN:
		if (r->depth == r->most)
			return refuse(err, REFUSAL_TOO_DEEP, "groups nested more than %zu deep", r->most);
		r->levels[r->depth] = r->depth ? *top(r) : (struct level){ .skip = 1, .font = -1 };
		r->levels[r->depth].fresh = true, r->levels[r->depth++].star = false;
		r->after = 0;
		return 0;
	case RTF_CLOSE:
		r->depth--;
		r->after = 0;
		return 0;
	case RTF_WORD: take_word(r, t); return 0;
	case RTF_SYMBOL:
		if (t->byte == '*')
			top(r)->star = top(r)->fresh;
		else if (t->byte == '~')
			put_byte(r, ' ');
		else if (t->byte == '_' || (t->byte && strchr("\\{}", t->byte)))
			put_byte(r, t->byte == '_' ? '-' : t->byte);
		return 0;
	case RTF_BYTE: case RTF_HEX:
		top(r)->fresh = false;
		put_byte(r, t->byte);
		return 0;
	case RTF_BINARY: return 0;
	case RTF_END: return refuse(err, REFUSAL_DAMAGED, "%zu groups are not closed", r->depth);
	}
	return 0;
}

int rtf_text(struct job *job, struct err *err)
{
	struct arena *arena = job_arena(job);
	size_t most = (size_t)job_limit(job, LIMIT_TEXT_BYTES);
	struct reading *r = arena_alloc(arena, sizeof *r);
	struct rtf_token t;
	struct bytes whole;

	*r = (struct reading){ .job = job, .arena = arena, .out = buf_in(arena, most), .bytes = buf_in(arena, most), .most = (size_t)job_limit(job, LIMIT_RTF_DEPTH), .entry = -1 };
	if (job_size(job) > most * 2)
		return refuse(err, REFUSAL_TOO_LARGE, "%llu bytes of RTF", (unsigned long long)job_size(job));
	if (job_read_all(job, &whole, err) < 0)
		return -1;
	r->levels = arena_new_array(arena, struct level, r->most);
	struct cursor in = cursor_over(whole);
	if (rtf_next(&in, &t, err) < 0 || t.kind != RTF_OPEN)
		return refuse(err, REFUSAL_DAMAGED, "it does not begin with a group");
	do
		if (take_token(r, &t, err) < 0 || (r->depth > 0 && rtf_next(&in, &t, err) < 0))
			return -1;
	while (r->depth > 0);
	decode(r);
	if (!buf_ok(&r->out))
		return refuse(err, REFUSAL_TOO_LARGE, "its text is too large");
	job_removed(job, "P5", "", 1);
	return text_deliver(job, (struct text){ buf_string(&r->out), r->out.n }, err);
}
