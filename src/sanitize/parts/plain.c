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
enum { SNIFFED = 1024, GUESSES_MOST = 8 };

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

const char *plain_active(struct text t)
{
	size_t at = 0, n = MIN(t.n, (size_t)SNIFFED);

	for (size_t i = 0; i < COUNT(utf7); i++)
		if (t.n >= 4 && memcmp(t.p, utf7[i], 4) == 0)
			return "UTF-7";
	for (size_t i = 0; i + 5 <= t.n; i++)
		if (t.p[i] == '+' && memcmp(t.p + i, "+ADw-", 5) == 0)
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
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < COUNT(running); k++)
			if (starts(t.p + i, t.n - i, running[k]))
				return "HTML";
	return NULL;
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

/* Controls of one byte, which are no part of a character in any encoding but UTF-16, and escape signs that begin no Japanese shift: out, before
 * anything is decoded. They would have their say in the guess, and be gone when the output is guessed again. */
static struct bytes without_strays(struct job *job, struct bytes b, bool wide)
{
	static const char *const shifts[] = { "\x1b(B", "\x1b(J", "\x1b(I", "\x1b$@", "\x1b$B" };
	uint8_t *out = NULL;
	size_t kept = 0;
	unsigned removed = 0;

	if (wide)
		return b;
	for (size_t i = 0; i < b.n; i++) {
		bool stray = (b.p[i] < 0x20 && b.p[i] != '\t' && b.p[i] != '\n' && b.p[i] != '\r') || b.p[i] == 0x7f;
		if (b.p[i] == 0x1b) {
			stray = true;
			for (size_t k = 0; k < COUNT(shifts); k++)
				stray = stray && !(b.n - i >= 3 && memcmp(b.p + i, shifts[k], 3) == 0);
		}
		if (stray && !out) {
			out = arena_alloc(job_arena(job), b.n + 1);
			memcpy(out, b.p, i);
			kept = i;
		}
		if (stray)
			removed++;
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

static int decode_decided(struct job *job, struct bytes b, struct plain *out, struct err *err)
{
	b = without_strays(job, b, out->charset == CHARSET_UTF16LE || out->charset == CHARSET_UTF16BE);
	if (decode(job, b, out, err) != 0)
		return -1;
	out->text = without_controls(job, out->text);
	return 0;
}

/* The statistics decide, and they must decide the same over what is written: as long as that differs from what was read (controls that go, signs
 * that are written otherwise, a mark that stood behind them), it is read anew. */
static int decode_guessed(struct job *job, struct bytes b, struct plain *out, struct err *err)
{
	for (unsigned round = 0; round < GUESSES_MOST; round++) {
		struct bytes again;
		b = without_strays(job, b, false);
		if (decide(job, &b, out))
			return decode_decided(job, b, out, err);
		if (plain_guess(b, &out->charset, err) != 0 || decode(job, b, out, err) != 0)
			return -1;
		out->text = without_controls(job, out->text);
		if (text_to(job_arena(job), out->charset, out->text, &again, err) != 0)
			return refuse(err, REFUSAL_NOT_TEXT, "character %llu cannot be written back", (unsigned long long)err->at);
		if (bytes_equal(again, b))
			return 0;
		b = again;
	}
	return refuse(err, REFUSAL_NOT_TEXT, "it reads otherwise each time it is written");
}

int plain_read(struct job *job, struct plain *out, struct err *err)
{
	struct bytes b;

	*out = (struct plain){ 0 };
	if (job_size(job) > job_limit(job, LIMIT_TEXT_BYTES))
		return refuse(err, REFUSAL_TOO_LARGE, "%llu bytes of text", (unsigned long long)job_size(job));
	if (job_read_all(job, &b, err) != 0 || (decide(job, &b, out) ? decode_decided : decode_guessed)(job, b, out, err) != 0)
		return -1;
	const char *kind = plain_active(out->text);
	if (kind)
		return refuse(err, REFUSAL_ACTIVE_TEXT, "it is %s (F1)", kind);
	if (out->charset != CHARSET_UTF8 && out->charset != CHARSET_ISO_2022_JP)
		job_note(job, "ENCODING_KEPT");
	return 0;
}

int plain_begin(struct job *job, const struct plain *p, struct err *err)
{
	if (p->charset == CHARSET_UTF8_BOM)
		return job_write(job, BYTES("\xef\xbb\xbf"), err);
	if (p->mark)
		return job_write(job, p->charset == CHARSET_UTF16LE ? BYTES("\xff\xfe") : BYTES("\xfe\xff"), err);
	return 0;
}

int plain_write(struct job *job, const struct plain *p, struct text part, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct bytes b = bytes_of_text(part);

	if (p->charset != CHARSET_UTF8 && p->charset != CHARSET_UTF8_BOM && text_to(arena, p->charset, part, &b, err) != 0)
		return refuse(err, REFUSAL_NOT_TEXT, "character %llu cannot be written back", (unsigned long long)err->at);
	return job_write(job, b, err);
}
