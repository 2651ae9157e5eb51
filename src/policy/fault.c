/* 誤りの見せ方 — the sentence, the line, a caret under the right character (Japanese is two columns wide), the nearest word. */
#include "policy/lex.h"
#include "base/text.h"
#include <stdarg.h>

enum { SHOWN_COLUMNS = 100, BEFORE_COLUMNS = 60 };

static const char *format(struct arena *arena, const char *words, va_list args)
{
	va_list again;

	va_copy(again, args);
	int n = vsnprintf(NULL, 0, words, again);
	va_end(again);
	must(n >= 0);
	char *out = arena_alloc(arena, (size_t)n + 1);
	va_copy(again, args);
	vsnprintf(out, (size_t)n + 1, words, again);
	va_end(again);
	return out;
}

int tell_two(const struct teller *t, struct policy_place at, const char *ja, const char *en)
{
	unsigned line = 0, column = 0;

	*t->fault = (struct policy_fault){ .at = at, .ja = ja, .en = en };
	if (!at.file)
		return fail(t->err, ERR_INVALID, 0, "%s", en);
	policy_place_find(at, &line, &column);
	return fail(t->err, ERR_INVALID, line, "%s:%u:%u: %s", at.file->name.p, line, column, en);
}

int tell(const struct teller *t, struct policy_place at, const char *ja, const char *en, ...)
{
	va_list args;

	va_start(args, en);
	const char *japanese = format(t->arena, ja, args), *english = format(t->arena, en, args);
	va_end(args);
	return tell_two(t, at, japanese, english);
}

int tell_expected(const struct teller *t, const char *ja, const char *en)
{
	t->fault->expected_ja = ja;
	t->fault->expected_en = en;
	return -1;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
}

/* Edit distance with exchange of neighbours counted as one; both at most WORD_BYTES_MOST long. */
static unsigned distance(struct text a, struct text b)
{
	unsigned row[3][POLICY_WORD_BYTES_MOST + 1];

	for (size_t k = 0; k <= b.n; k++)
		row[0][k] = (unsigned)k;
	for (size_t i = 1; i <= a.n; i++) {
		unsigned *now = row[i % 3], *above = row[(i + 2) % 3], *two = row[(i + 1) % 3];
		now[0] = (unsigned)i;
		for (size_t k = 1; k <= b.n; k++) {
			bool same = lower(a.p[i - 1]) == lower(b.p[k - 1]);
			now[k] = MIN(MIN(above[k] + 1, now[k - 1] + 1), above[k - 1] + !same);
			if (i > 1 && k > 1 && lower(a.p[i - 1]) == lower(b.p[k - 2]) && lower(a.p[i - 2]) == lower(b.p[k - 1]))
				now[k] = MIN(now[k], two[k - 2] + 1);
		}
	}
	return row[a.n % 3][b.n];
}

int tell_nearest(const struct teller *t, struct text word, const char *const *words)
{
	unsigned best = MAX((unsigned)word.n / 3, 1u) + 1; /* a word of which more than a third is wrong means another */

	if (word.n == 0 || word.n > POLICY_WORD_BYTES_MOST)
		return -1;
	for (; *words; words++) {
		struct text candidate = { *words, strlen(*words) };
		if (candidate.n > POLICY_WORD_BYTES_MOST)
			continue;
		unsigned d = distance(word, candidate);
		if (d < best && d < candidate.n)
			best = d, t->fault->nearest = *words;
	}
	return -1;
}

void policy_place_find(struct policy_place at, unsigned *line, unsigned *column)
{
	struct bytes b = at.file->content;
	size_t start = bytes_start(b, BYTES("\xef\xbb\xbf")) ? 3 : 0;

	*line = 1, *column = 1;
	for (size_t i = start; i < at.offset && i < b.n; i++) {
		if (b.p[i] == '\n')
			++*line, *column = 1;
		else if ((b.p[i] & 0xc0) != 0x80)
			++*column;
	}
}

static unsigned width(uint32_t c)
{
	static const uint32_t wide[][2] = { { 0x1100, 0x115f },	 { 0x2e80, 0x303e },  { 0x3041, 0xa4cf },    { 0xac00, 0xd7a3 },   { 0xf900, 0xfaff },
					    { 0xfe30, 0xfe6f },	 { 0xff00, 0xff60 },  { 0xffe0, 0xffe6 },    { 0x1f300, 0x1f64f }, { 0x1f900, 0x1f9ff },
					    { 0x20000, 0x3fffd } };

	if ((c >= 0x300 && c <= 0x36f) || c == 0x3099 || c == 0x309a)
		return 0;
	for (size_t i = 0; i < COUNT(wide); i++)
		if (c >= wide[i][0] && c <= wide[i][1])
			return 2;
	return 1;
}

/* One character of the line as it may be shown, and its columns; what may not be shown is a "?". */
static size_t shown(struct arena *arena, struct bytes b, size_t at, const char **as, unsigned *columns)
{
	size_t n = 1, none = 0;

	while (n < 4 && at + n <= b.n && !is_utf8(bytes_of(b.p + at, n)))
		n++;
	if (at + n > b.n || !is_utf8(bytes_of(b.p + at, n)))
		return *as = "?", *columns = 1, 1;
	struct text c = { (const char *)b.p + at, n };
	*as = text_printable(arena, bytes_of_text(c), 32);
	if (b.p[at] == '\t')
		*as = " ", *columns = 1;
	else if (text_is(c, *as))
		*columns = width(text_next(c, &none));
	else
		*as = "?", *columns = 1;
	return n;
}

/* The line with the place under carets. Long lines are shown from a little before the place. */
static void show_line(struct arena *arena, struct buf *out, struct policy_place at)
{
	struct bytes b = at.file->content;
	size_t start = MIN(at.offset, b.n), end, from;
	struct buf line = buf_in(arena, 0), mark = buf_in(arena, 0);
	unsigned before = 0, column = 0, columns;
	const char *as;

	while (start > 0 && b.p[start - 1] != '\n')
		start--;
	if (start == 0 && bytes_start(b, BYTES("\xef\xbb\xbf")))
		start = MIN((size_t)3, b.n);
	for (end = start; end < b.n && b.p[end] != '\n' && !(b.p[end] == '\r' && end + 1 < b.n && b.p[end + 1] == '\n'); end++)
		;
	struct bytes whole = bytes_of(b.p, end);
	for (size_t i = start; i < at.offset && i < end; i += shown(arena, whole, i, &as, &columns), before += columns)
		;
	unsigned total = 0;
	for (size_t i = start; i < end; i += shown(arena, whole, i, &as, &columns), total += columns)
		;
	for (from = start; total > SHOWN_COLUMNS && before > BEFORE_COLUMNS && from < at.offset; from += shown(arena, whole, from, &as, &columns), before -= columns)
		;
	buf_str(&line, from > start ? "..." : "");
	buf_str(&mark, from > start ? "   " : "");
	bool marked = false;
	for (size_t i = from; i < end;) {
		size_t here = i;
		i += shown(arena, whole, i, &as, &columns);
		column += columns;
		if (column > SHOWN_COLUMNS) {
			buf_str(&line, "...");
			break;
		}
		buf_str(&line, as);
		if (here + 1 > at.offset + MAX(at.length, (size_t)1))
			continue;
		for (unsigned k = 0; k < columns; k++) {
			buf_byte(&mark, here < at.offset ? ' ' : marked ? '~' : '^');
			marked |= here >= at.offset;
		}
	}
	if (!marked)
		buf_byte(&mark, '^'); /* behind the last character */
	buf_printf(out, "\n    %s\n    %s", buf_string(&line), buf_string(&mark));
}

const char *policy_fault_text(struct arena *arena, const struct policy_fault *fault, bool japanese)
{
	struct buf out = buf_in(arena, 0);
	const char *expected = japanese ? fault->expected_ja : fault->expected_en;
	unsigned line, column;

	if (fault->at.file) {
		policy_place_find(fault->at, &line, &column);
		buf_printf(&out, "%s:%u:%u: ", text_printable(arena, bytes_of_text(fault->at.file->name), 200), line, column);
	}
	buf_str(&out, japanese ? fault->ja : fault->en);
	if (fault->at.file)
		show_line(arena, &out, fault->at);
	if (expected)
		buf_printf(&out, japanese ? "\n    ここに書けるもの: %s" : "\n    expected: %s", expected);
	if (fault->nearest)
		buf_printf(&out, japanese ? "\n    もしかして: %s" : "\n    nearest word: %s", fault->nearest);
	return buf_string(&out);
}
