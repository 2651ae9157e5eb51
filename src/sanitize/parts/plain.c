/* 平文の読み書き — contract in plain.h. */
#include "sanitize/parts/plain.h"
#include "base/buf.h"

/* What a browser sniffs as a page (WHATWG "MIME Sniffing", the unsafe kinds), and how scripts and active files of Windows begin. Lower case. */
static const struct {
	const char *start, *kind;
	bool tag; /* a blank or ">" must follow */
} active[] = {
	{ "<!doctype html", "HTML", true }, { "<html", "HTML", true }, { "<head", "HTML", true }, { "<script", "HTML", true }, { "<iframe", "HTML", true },
	{ "<h1", "HTML", true }, { "<div", "HTML", true }, { "<font", "HTML", true }, { "<table", "HTML", true }, { "<a", "HTML", true },
	{ "<style", "HTML", true }, { "<title", "HTML", true }, { "<b", "HTML", true }, { "<body", "HTML", true }, { "<br", "HTML", true },
	{ "<p", "HTML", true }, { "<!--", "HTML", false }, { "<svg", "SVG", true }, { "<?xml", "XML", false }, { "<?php", "PHP", false }, { "<%", "a server script", false },
	{ "<job", "a script", true }, { "<package", "a script", true }, { "<hta:", "a script", false }, { "<scriptlet", "a script", true },
	{ "#!", "a script", false }, { "@echo off", "a script", false }, { "mime-version:", "a mail or web archive", false },
	{ "windows registry editor", "registry entries", false }, { "regedit4", "registry entries", false }, { "[internetshortcut]", "a shortcut", false },
	{ "[autorun]", "autorun", false }, { "[.shellclassinfo]", "a folder's settings", false }, { "%pdf-", "PDF", false }, { "{\\rtf", "RTF", false },
	{ "wscript.", "a script", false }, { "createobject(", "a script", false }, { "on error resume next", "a script", false },
};
/* Anywhere in the first part: tags that run. */
static const char *const running[] = { "<script", "<iframe", "<object", "<embed", "javascript:", "vbscript:", "<svg", "<html" };
static const char *const utf7[] = { "+/v8", "+/v9", "+/v+", "+/v/" };
enum { SNIFFED = 1024 };

static uint8_t lower(uint8_t c) { return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 'a' - 'A') : c; }

static bool starts(const char *p, size_t n, const char *word)
{
	size_t k = strlen(word);

	if (n < k)
		return false;
	for (size_t i = 0; i < k; i++)
		if (lower((uint8_t)p[i]) != (uint8_t)word[i])
			return false;
	return true;
}

static bool has_tag_that_runs(const char *p, size_t n)
{
	for (size_t i = 0; i < n && i < SNIFFED; i++)
		for (size_t k = 0; k < COUNT(running); k++)
			if (starts(p + i, n - i, running[k]))
				return true;
	return false;
}

static bool has_utf7_tag(struct text t)
{
	return t.n && memmem(t.p, t.n, "+ADw-", 5);
}

const char *plain_active(struct text t)
{
	size_t at = 0;

	for (size_t i = 0; i < COUNT(utf7); i++)
		if (t.n >= 4 && memcmp(t.p, utf7[i], 4) == 0)
			return "UTF-7";
	if (has_utf7_tag(t))
		return "UTF-7";
	while (at < t.n && (t.p[at] == ' ' || t.p[at] == '\t' || t.p[at] == '\n' || t.p[at] == '\r'))
		at++;
	for (size_t i = 0; i < COUNT(active); i++) {
		size_t k = strlen(active[i].start);
		if (!starts(t.p + at, t.n - at, active[i].start))
			continue;
		char next = t.p[at + k]; /* text ends with a NUL */
		if (!active[i].tag || next == ' ' || next == '>' || next == '\t' || next == '\n' || next == '\r' || next == '/')
			return active[i].kind;
	}
	return has_tag_that_runs(t.p, t.n) ? "HTML" : NULL;
}

static bool is_control(uint32_t c)
{
	return (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || (c >= 0x7f && c < 0xa0);
}

/* Controls out. Most texts have none, and are not copied. */
static struct text without_controls(struct job *job, struct text t)
{
	size_t at = 0, kept = 0;
	unsigned removed = 0;

	for (size_t i = 0; i < t.n && !removed; i++) {
		uint8_t c = (uint8_t)t.p[i];
		removed = (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f || (c == 0xc2 && (uint8_t)t.p[i + 1] < 0xa0);
	}
	if (!removed)
		return t;
	char *out = arena_alloc(job_arena(job), t.n + 1);
	for (removed = 0;;) {
		size_t from = at;
		uint32_t c = text_next(t, &at);
		if (c == 0)
			break;
		if (is_control(c)) {
			removed++;
			continue;
		}
		memcpy(out + kept, t.p + from, at - from);
		kept += at - from;
	}
	job_removed(job, "F2", "", removed);
	return (struct text){ out, kept };
}

/* Controls of one byte, which are no part of a character in any encoding but UTF-16, escape signs that begin no shift, and shifts where they have no
 * meaning, between bytes of eight bits: out, before anything is decoded. They would have their say in the guess. */
static struct bytes without_strays(struct job *job, struct bytes b)
{
	uint8_t *out = NULL;
	size_t kept = 0;
	unsigned removed = 0;
	bool eight_bits = !is_ascii(b);

	for (size_t i = 0; i < b.n; i++) {
		bool shift = plain_shift_at(b, i);
		bool stray = b.p[i] == 0x7f || (b.p[i] < 0x20 && b.p[i] != '\t' && b.p[i] != '\n' && b.p[i] != '\r' && !(shift && !eight_bits));
		if (stray && !out) {
			out = arena_alloc(job_arena(job), b.n + 1);
			memcpy(out, b.p, i);
			kept = i;
		}
		if (stray)
			removed++, i += shift ? 2 : 0;
		else if (out)
			out[kept++] = b.p[i];
	}
	if (!out)
		return b;
	job_removed(job, "F2", "", removed);
	return bytes_of(out, kept);
}

static int decode(struct job *job, struct bytes b, struct plain *out, struct err *err)
{
	if (text_from(job_arena(job), out->charset, b, &out->text, err) != 0)
		return refuse(err, REFUSAL_NOT_TEXT, "at byte %llu it is no %s", (unsigned long long)err->at, charset_name(out->charset));
	out->text = without_controls(job, out->text);
	for (; out->text.n >= 3 && memcmp(out->text.p, "\xef\xbb\xbf", 3) == 0; out->text.p += 3, out->text.n -= 3) /* marks behind the mark */
		job_removed(job, "F2", "", 1);
	if (out->guessed && out->charset == CHARSET_ISO_2022_JP && is_ascii(bytes_of_text(out->text))) { /* shifts to nothing */
		out->charset = CHARSET_UTF8;
		job_removed(job, "F2", "", 1);
	}
	return 0;
}

/* A byte order mark decides; else the person's word. false: neither. */
static bool decide(struct job *job, struct bytes *b, struct plain *out)
{
	int asked = job_charset(job);

	if (bytes_start(*b, BYTES("\xef\xbb\xbf"))) {
		out->charset = CHARSET_UTF8_BOM;
		return true;
	}
	if (bytes_start(*b, BYTES("\xff\xfe")) || bytes_start(*b, BYTES("\xfe\xff"))) {
		out->charset = b->p[0] == 0xff ? CHARSET_UTF16LE : CHARSET_UTF16BE;
		out->mark = true;
		*b = bytes_of(b->p + 2, b->n - 2);
		return true;
	}
	if (asked < 0)
		return false;
	out->charset = asked == CHARSET_UTF8_BOM ? CHARSET_UTF8 : (enum charset)asked;
	out->mark = out->charset == CHARSET_UTF16LE || out->charset == CHARSET_UTF16BE; /* it gets the mark it lacked */
	return true;
}

static int guess(struct bytes b, struct plain *out, struct err *err)
{
	struct plain_guess g = { 0 };

	plain_guess_add(&g, b);
	out->guessed = true;
	return plain_guess_end(&g, &out->charset, err);
}

int plain_read_lines(struct job *job, struct plain *out, struct err *err)
{
	struct bytes b;

	*out = (struct plain){ 0 };
	if (job_size(job) > job_limit(job, LIMIT_TEXT_BYTES))
		return refuse(err, REFUSAL_TOO_LARGE, "%llu bytes of text", (unsigned long long)job_size(job));
	if (job_read_all(job, &b, err) != 0)
		return -1;
	bool decided = decide(job, &b, out);
	if (!out->mark)
		b = without_strays(job, b);
	/* A mark may have stood behind them. */
	if ((!decided && !decide(job, &b, out) && guess(b, out, err) != 0) || decode(job, b, out, err) != 0)
		return -1;
	out->read = out->charset;
	return 0;
}

int plain_read(struct job *job, struct plain *out, struct err *err)
{
	if (plain_read_lines(job, out, err) != 0)
		return -1;
	const char *kind = plain_active(out->text);
	if (kind)
		return refuse(err, REFUSAL_ACTIVE_TEXT, "it is %s (F1)", kind);
	return 0;
}

static int write_mark(struct job *job, const struct plain *p, struct err *err)
{
	if (p->charset == CHARSET_UTF8_BOM)
		return job_write(job, BYTES("\xef\xbb\xbf"), err);
	if (p->mark)
		return job_write(job, p->charset == CHARSET_UTF16LE ? BYTES("\xff\xfe") : BYTES("\xfe\xff"), err);
	return 0;
}

static bool has_controls(struct text t)
{
	for (size_t at = 0; at < t.n;)
		if (is_control(text_next(t, &at)))
			return true;
	return false;
}

/* The part as each other encoding would read it. Marks are believed: behind one there is no other reading. Of bytes below 0x80 there is only one, but for
 * the kanji of ISO-2022-JP, which are letters and signs to a browser that does not know it. */
static void read_otherwise(struct plain *p, struct arena *arena, struct bytes b)
{
	if (p->charset == CHARSET_ISO_2022_JP && !p->begun && has_tag_that_runs((const char *)b.p, b.n))
		p->readings[CHARSET_UTF8].doubtful = true;
	if (p->charset == CHARSET_UTF8_BOM || p->mark || is_ascii(b))
		return;
	for (int c = 0; c < CHARSET_COUNT; c++) {
		struct plain_reading *r = &p->readings[c];
		struct text t;
		if (c == (int)p->charset || c == CHARSET_UTF8_BOM || c == CHARSET_UTF16LE || c == CHARSET_UTF16BE || r->broken)
			continue;
		r->broken = text_from(arena, (enum charset)c, b, &t, NULL) != 0;
		r->doubtful = r->doubtful || (!r->broken && (has_controls(t) || (!p->begun && plain_active(t)) || has_utf7_tag(t) || (p->suspect && p->suspect(t))));
	}
}

static bool read_doubtfully(const struct plain *p)
{
	for (int c = 0; c < CHARSET_COUNT; c++)
		if (p->readings[c].doubtful && !p->readings[c].broken)
			return true;
	return false;
}

static bool read_as_before(const struct plain *p)
{
	enum charset again;
	struct err why;

	return !p->guessed || (plain_guess_end(&p->again, &again, &why) == 0 && again == p->charset);
}

int plain_write_all(struct job *job, struct plain *p, plain_writer *write, void *with, struct err *err)
{
	p->trial = true;
	if (write(job, p, with, err) != 0)
		return -1;
	p->trial = false;
	if (p->active)
		return refuse(err, REFUSAL_ACTIVE_TEXT, "it becomes %s (F1)", p->active);
	if (p->guessed ? p->unwritable || !read_as_before(p) || read_doubtfully(p) : read_doubtfully(p)) {
		p->charset = CHARSET_UTF8_BOM;
		job_note(job, "UTF8_MARKED");
	}
	if (p->charset != CHARSET_UTF8 && p->charset == p->read)
		job_note(job, "ENCODING_KEPT");
	return write_mark(job, p, err) != 0 ? -1 : write(job, p, with, err);
}

/* A part as it would be: nothing is written. */
static int try_part(struct plain *p, struct text part, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct bytes b = bytes_of_text(part);

	if (p->unwritable)
		return 0;
	if (p->charset != CHARSET_UTF8 && p->charset != CHARSET_UTF8_BOM && text_to(arena, p->charset, part, &b, err) != 0) {
		p->unwritable = true;
		return 0;
	}
	if (!p->active)
		p->active = !p->begun ? plain_active(part) : has_utf7_tag(part) ? "UTF-7" : NULL;
	plain_guess_add(&p->again, b);
	read_otherwise(p, arena, b);
	p->begun = p->begun || part.n;
	return 0;
}

int plain_write(struct job *job, struct plain *p, struct text part, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct bytes b = bytes_of_text(part);

	if (p->trial)
		return try_part(p, part, err);
	if (p->charset != CHARSET_UTF8 && p->charset != CHARSET_UTF8_BOM && text_to(arena, p->charset, part, &b, err) != 0)
		return refuse(err, REFUSAL_NOT_TEXT, "character %llu cannot be written back", (unsigned long long)err->at);
	return job_write(job, b, err);
}
