/* メールやページの文字 — contract in foreign_text.h. */
#include "sanitize/parts/foreign_text.h"
#include "base/buf.h"
#include "sanitize/parts/plain.h"

/* 0x80-0x9f of windows-1252; 0: no character there. */
static const uint16_t western[32] = { 0x20ac, 0,      0x201a, 0x192,  0x201e, 0x2026, 0x2020, 0x2021, 0x2c6, 0x2030, 0x160,  0x2039, 0x152, 0, 0x17d, 0,
				      0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x2dc, 0x2122, 0x161,  0x203a, 0x153, 0, 0x17e, 0x178 };

static bool is_western(struct text charset)
{
	static const char *const names[] = { "iso-8859-1", "iso8859-1", "latin1", "windows-1252", "cp1252", "iso-8859-15" };

	for (size_t i = 0; i < COUNT(names); i++)
		if (strcasecmp(charset.p, names[i]) == 0)
			return true;
	return false;
}

static struct text from_western(struct arena *arena, struct bytes b)
{
	struct buf out = buf_in(arena, 0);

	for (size_t i = 0; i < b.n; i++) {
		uint32_t c = b.p[i] >= 0x80 && b.p[i] < 0xa0 ? western[b.p[i] - 0x80] : b.p[i];
		uint8_t utf8[4];
		if (c)
			buf_put(&out, utf8, utf8_put(utf8, c));
	}
	return (struct text){ buf_string(&out), out.n };
}

/* Controls go before anything is decoded (UTF-16 apart): NUL is in no text. */
static struct bytes without_controls(struct arena *arena, struct bytes b)
{
	uint8_t *out = arena_alloc(arena, b.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < b.n; i++) {
		if (b.p[i] == '\r') {
			if (i + 1 == b.n || b.p[i + 1] != '\n')
				out[n++] = '\n';
		} else if (b.p[i] >= 0x20 ? b.p[i] != 0x7f : b.p[i] == '\t' || b.p[i] == '\n' || b.p[i] == 0x1b) {
			out[n++] = b.p[i];
		}
	}
	return bytes_of(out, n);
}

/* What is left of controls after decoding: C1, and those that UTF-16 brought. */
static struct text clean(struct arena *arena, struct text t)
{
	struct buf out = buf_in(arena, 0);
	size_t at = 0;
	bool cr = false;

	for (uint32_t c; (c = text_next(t, &at));) {
		uint8_t utf8[4];
		if (cr && c != '\n')
			buf_byte(&out, '\n');
		cr = c == '\r';
		if (cr || (c < 0x20 && c != '\t' && c != '\n') || (c >= 0x7f && c < 0xa0) || c == 0xfeff)
			continue;
		buf_put(&out, utf8, utf8_put(utf8, c));
	}
	return (struct text){ buf_string(&out), out.n };
}

static int decode(struct arena *arena, struct text charset, struct bytes b, struct text *out, struct err *err)
{
	enum charset c;

	if (bytes_start(b, BYTES("\xff\xfe")) || bytes_start(b, BYTES("\xfe\xff"))) {
		c = b.p[0] == 0xff ? CHARSET_UTF16LE : CHARSET_UTF16BE;
		return text_from(arena, c, bytes_of(b.p + 2, b.n - 2), out, err) == 0 ? 0 : refuse(err, REFUSAL_NOT_TEXT, "no UTF-16 behind its mark");
	}
	if (strcasecmp(charset.p, "utf-7") == 0 || strcasecmp(charset.p, "unicode-1-1-utf-7") == 0)
		return refuse(err, REFUSAL_ACTIVE_TEXT, "UTF-7 (F1)");
	bool known = charset.n && charset_by_name(charset.p, &c) == 0;
	if (known && (c == CHARSET_UTF16LE || c == CHARSET_UTF16BE) && text_from(arena, c, b, out, NULL) == 0)
		return 0;
	b = without_controls(arena, b);
	if (bytes_start(b, BYTES("\xef\xbb\xbf")))
		b = bytes_of(b.p + 3, b.n - 3);
	if (known && text_from(arena, c == CHARSET_UTF8_BOM ? CHARSET_UTF8 : c, b, out, NULL) == 0)
		return 0;
	if (is_western(charset)) {
		*out = from_western(arena, b);
		return 0;
	}
	struct plain_guess guess = { 0 };
	plain_guess_add(&guess, b);
	if (plain_guess_end(&guess, &c, err) < 0)
		return -1;
	return text_from(arena, c, b, out, err) == 0 ? 0 : refuse(err, REFUSAL_NOT_TEXT, "text in no known encoding");
}

int foreign_text(struct arena *arena, struct text charset, struct bytes b, struct text *out, struct err *err)
{
	struct text t;

	if (decode(arena, charset, b, &t, err) < 0)
		return -1;
	*out = clean(arena, t);
	return 0;
}

static bool is_at(struct text t, size_t at, const char *word)
{
	size_t n = strlen(word);

	return at <= t.n && t.n - at >= n && strncasecmp(t.p + at, word, n) == 0;
}

/* What browsers and script hosts look for (parts/plain.c); an address in <> is none of it. */
static bool is_tag(struct text t, size_t at)
{
	static const char *const begun[] = { "!--", "!doctype", "?xml", "?php", "%", "hta:", "script", "iframe", "object", "embed", "svg", "html" };
	static const char *const whole[] = { "head", "h1", "div", "font", "table", "a", "style", "title", "b", "body", "br", "p", "job", "package", "scriptlet" };

	for (size_t i = 0; i < COUNT(begun); i++)
		if (is_at(t, at + 1, begun[i]))
			return true;
	for (size_t i = 0; i < COUNT(whole); i++)
		if (is_at(t, at + 1, whole[i]) && t.p[at + 1 + strlen(whole[i])] && strchr(" \t\r\n>/", t.p[at + 1 + strlen(whole[i])]))
			return true;
	return false;
}

struct text text_without_tags(struct arena *arena, struct text t, unsigned *changed)
{
	struct buf out = buf_in(arena, 0);

	*changed = 0;
	for (size_t i = 0; i < t.n; i++) {
		bool tag = t.p[i] == '<' && is_tag(t, i);
		bool scheme = t.p[i] == ':' && ((i >= 10 && is_at(t, i - 10, "javascript:")) || (i >= 8 && is_at(t, i - 8, "vbscript:")));
		bool utf7 = t.p[i] == '+' && is_at(t, i, "+ADw-");
		if (tag || scheme || utf7)
			++*changed;
		if (tag)
			buf_str(&out, "＜");
		else if (scheme)
			buf_str(&out, "：");
		else if (utf7)
			buf_str(&out, "＋");
		else
			buf_byte(&out, (uint8_t)t.p[i]);
	}
	return (struct text){ buf_string(&out), out.n };
}

int text_deliver(struct job *job, struct text t, struct err *err)
{
	unsigned changed;

	t = text_without_tags(job_arena(job), clean(job_arena(job), t), &changed);
	const char *kind = plain_active(t);
	if (kind)
		return refuse(err, REFUSAL_ACTIVE_TEXT, "its text is %s (F1)", kind);
	if (changed)
		job_removed(job, "F1", "", changed);
	job_converted(job, "txt");
	return job_write(job, BYTES("\xef\xbb\xbf"), err) < 0 ? -1 : job_write(job, bytes_of_text(t), err);
}
