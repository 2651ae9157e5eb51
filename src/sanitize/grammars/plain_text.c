/* 平文の文法 — contract in plain_text.h. */
#include "sanitize/grammars/plain_text.h"

enum { SNIFFED = 1024 };

/* A page, a script, or UTF-7, as a browser or a shell would see it. Written from the sniffing rules again, not from the rebuilder. */
static bool same_letters(const char *p, const char *word)
{
	for (; *word; p++, word++) {
		char c = *p >= 'A' && *p <= 'Z' ? (char)(*p | 0x20) : *p;
		if (c != *word)
			return false;
	}
	return true;
}

static bool begins_as_active(struct text t)
{
	static const char *const tags[] = { "!doctype html", "html", "head", "script", "iframe", "h1", "div", "font", "table", "a", "style", "title", "b", "body",
					    "br", "p", "svg", "job", "package", "scriptlet" };
	static const char *const words[] = { "<!--", "<?xml", "<?php", "<%", "<hta:", "#!", "@echo off", "mime-version:", "windows registry editor", "regedit4",
					     "[internetshortcut]", "[autorun]", "[.shellclassinfo]", "%pdf-", "{\\rtf" };
	const char *p = t.p + strspn(t.p, " \t\r\n");

	for (size_t i = 0; i < COUNT(words); i++)
		if (same_letters(p, words[i]))
			return true;
	if (*p != '<')
		return false;
	for (size_t i = 0; i < COUNT(tags); i++)
		if (same_letters(p + 1, tags[i]) && strchr(" \t\r\n>/", p[1 + strlen(tags[i])]) && p[1 + strlen(tags[i])])
			return true;
	return false;
}

static bool has_tag_that_runs(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) /* a NUL follows: same_letters stops there */
		if (p[i] == '<' && (same_letters(p + i, "<script") || same_letters(p + i, "<iframe")))
			return true;
	return false;
}

int is_clean_text(struct text t, struct err *err)
{
	size_t at = 0;

	if (has_tag_that_runs(t.p, MIN(t.n, (size_t)SNIFFED)))
		return fail(err, ERR_MALFORMED, 0, "a tag that runs");
	for (;;) {
		size_t before = at;
		uint32_t c = text_next(t, &at);
		if (c == 0)
			break;
		if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || (c >= 0x7f && c <= 0x9f))
			return fail(err, ERR_MALFORMED, before, "control character U+%04X", (unsigned)c);
		/* Its letters are digits: "+ADw-" is a sign, "+adw-" another one. */
		if (c == '+' && (strncmp(t.p + before, "+ADw-", 5) == 0 || (before == 0 && (strncmp(t.p, "+/v8", 4) == 0 || strncmp(t.p, "+/v9", 4) == 0))))
			return fail(err, ERR_MALFORMED, before, "UTF-7");
	}
	return begins_as_active(t) ? fail(err, ERR_MALFORMED, 0, "a page or a script") : 0;
}

int each_reading(struct check *check, int (*reading)(struct check *, struct text, struct err *), struct err *err)
{
	struct bytes whole;
	unsigned readings = 0;

	if (check_read_all(check, &whole, err) != 0)
		return -1;
	bool escapes = whole.n && memchr(whole.p, 0x1b, whole.n) && !bytes_start(whole, BYTES("\xff\xfe")) && !bytes_start(whole, BYTES("\xfe\xff"));
	if (escapes && has_tag_that_runs((const char *)whole.p, MIN(whole.n, (size_t)SNIFFED))) /* the bytes themselves, as a browser sees them */
		return fail(err, ERR_MALFORMED, 0, "a tag that runs");
	bool little = bytes_start(whole, BYTES("\xff\xfe")), big = bytes_start(whole, BYTES("\xfe\xff")), mark = bytes_start(whole, BYTES("\xef\xbb\xbf"));
	for (int c = 0; c < CHARSET_COUNT; c++) {
		struct bytes b = whole;
		struct text text;
		/* Escapes are known to one encoding only; in all others they are controls. A mark is believed by every program that reads it: no other reading counts. */
		if (escapes ? c != CHARSET_ISO_2022_JP : little || big ? c != (little ? CHARSET_UTF16LE : CHARSET_UTF16BE) : mark ? c != CHARSET_UTF8_BOM : c == CHARSET_UTF16LE || c == CHARSET_UTF16BE)
			continue;
		if (little || big)
			b = bytes_of(whole.p + 2, whole.n - 2);
		if (text_from(check_arena(check), (enum charset)c, b, &text, err) != 0)
			continue;
		readings++;
		if (is_clean_text(text, err) != 0 || reading(check, text, err) != 0)
			return -1;
	}
	return readings ? 0 : fail(err, ERR_MALFORMED, 0, "text in no encoding");
}
