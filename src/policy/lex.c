/* 字句 — contract in lex.h. */
#include "policy/lex.h"
#include "base/text.h"

static bool is_letter(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool is_bare(uint8_t c)
{
	return is_letter(c) || is_digit(c) || (c && strchr(".:/_-", c));
}

static struct policy_place place(const struct lexer *lex, size_t offset, size_t length)
{
	return (struct policy_place){ lex->file, offset, length };
}

/* Not NUL-terminated: for looking at only. */
static struct text view(const struct lexer *lex, size_t offset, size_t length)
{
	return (struct text){ (const char *)lex->file->content.p + offset, length };
}

/* Length of the character at the offset; 1 for a byte that is no UTF-8. */
static size_t character(struct bytes b, size_t at)
{
	size_t n = 1;

	while (n < 4 && at + n <= b.n && !is_utf8(bytes_of(b.p + at, n)))
		n++;
	return at + n <= b.n && is_utf8(bytes_of(b.p + at, n)) ? n : 1;
}

int lexer_begin(struct lexer *lex, const struct teller *t, const struct policy_file *file)
{
	struct bytes b = file->content;
	struct text text;
	struct err err;
	size_t line = 0;

	*lex = (struct lexer){ .tell = *t, .file = file };
	if (b.n > POLICY_FILE_BYTES_MOST)
		return tell(t, (struct policy_place){ file, 0, 0 }, "ファイルが大きすぎます（上限 %d バイト）。", "the file is larger than %d bytes",
			    POLICY_FILE_BYTES_MOST);
	if (text_from_utf8(t->arena, b, &text, &err) != 0) {
		struct policy_place at = place(lex, err.at, 1);
		if (text_from_cp932(t->arena, b, &text, &err) == 0)
			return tell(t, at, "UTF-8ではなく、シフトJISで保存されています。UTF-8で保存し直してください。", "this is Shift JIS; save it as UTF-8");
		return tell(t, at, "UTF-8として読めないところがあります。UTF-8で保存し直してください。", "this is no valid UTF-8");
	}
	lex->at = bytes_start(b, BYTES("\xef\xbb\xbf")) ? 3 : 0;
	for (size_t i = lex->at; i < b.n; i++) {
		if (b.p[i] == '\n')
			line = i + 1;
		else if (i - line >= POLICY_LINE_BYTES_MOST)
			return tell(t, place(lex, i, character(b, i)), "一行が長すぎます（上限 %d バイト）。", "the line is longer than %d bytes", POLICY_LINE_BYTES_MOST);
		else if ((b.p[i] < 0x20 && b.p[i] != '\t' && !(b.p[i] == '\r' && i + 1 < b.n && b.p[i + 1] == '\n')) || b.p[i] == 0x7f)
			return tell(t, place(lex, i, 1), "制御文字があります。取り除いてください。", "a control character stands here");
	}
	return 0;
}

/* Blanks, line ends and comments. */
static void skip(struct lexer *lex)
{
	struct bytes b = lex->file->content;

	for (; lex->at < b.n; lex->at++) {
		uint8_t c = b.p[lex->at];
		if (c == '#')
			while (lex->at + 1 < b.n && b.p[lex->at + 1] != '\n')
				lex->at++;
		else if (c == '\n')
			lex->in_line = false;
		else if (c != ' ' && c != '\t' && c != '\r')
			return;
	}
}

static int string(struct lexer *lex, struct token *out)
{
	struct bytes b = lex->file->content;
	size_t from = lex->at++;
	struct buf value = buf_in(lex->tell.arena, 0);

	for (; lex->at < b.n && b.p[lex->at] != '"'; lex->at++) {
		uint8_t c = b.p[lex->at];
		if (c == '\n' || c == '\r')
			break;
		if (c == '\\') {
			uint8_t next = lex->at + 1 < b.n ? b.p[lex->at + 1] : 0;
			if (next != '"' && next != '\\')
				return tell(&lex->tell, place(lex, lex->at, 2), "「\\」の後には「\"」か「\\」だけを書けます。", "a backslash stands before \" or \\ only");
			lex->at++;
		} else if (c == '\t') {
			return tell(&lex->tell, place(lex, lex->at, 1), "文字列の中にタブは書けません。", "a string holds no tab");
		}
		buf_byte(&value, b.p[lex->at]);
		if (value.n > POLICY_STRING_BYTES_MOST)
			return tell(&lex->tell, place(lex, from, 1), "文字列が長すぎます（上限 %d バイト）。", "the string is longer than %d bytes",
				    POLICY_STRING_BYTES_MOST);
	}
	if (lex->at == b.n || b.p[lex->at] != '"')
		return tell(&lex->tell, place(lex, from, 1), "文字列が閉じられていません。行の終わりまでに「\"」で閉じてください。",
			    "the string is not closed on its line");
	lex->at++;
	*out = (struct token){ TOKEN_STRING, { buf_string(&value), value.n }, place(lex, from, lex->at - from), false };
	const char *shown = text_printable(lex->tell.arena, bytes_of_text(out->text), 4 * out->text.n + 1);
	if (!text_is(out->text, shown))
		return tell(&lex->tell, out->at, "文字列の中に、目に見えない文字があります: %s", "the string holds invisible characters: %s", shown);
	return 0;
}

/* Full-width signs look right and are wrong: the commonest slip of an input method. */
static int stranger(struct lexer *lex)
{
	struct bytes b = lex->file->content;
	size_t n = character(b, lex->at), none = 0;
	struct policy_place at = place(lex, lex->at, n);
	uint32_t c = text_next(view(lex, lex->at, n), &none);

	if (c == 0x3000)
		return tell(&lex->tell, at, "全角の空白があります。半角の空白に直してください。", "a full-width blank stands here; write a plain one");
	if (c >= 0xff01 && c <= 0xff5e)
		return tell(&lex->tell, at, "全角の「%.*s」があります。半角の「%c」に直してください。", "the full-width %.*s stands here; write %c", (int)n, b.p + lex->at,
			    (int)(c - 0xff01 + 0x21));
	if (c == 0x201c || c == 0x201d || c == 0x300c || c == 0x300d)
		return tell(&lex->tell, at, "文字列は半角の「\"」で囲んでください。", "put strings between plain double quotes");
	if (c >= 0x3000)
		return tell(&lex->tell, at, "日本語は「\"」で囲むか、「#」の後に書いてください。", "Japanese stands between quotes or behind #");
	return tell(&lex->tell, at, "ここに「%s」は書けません。", "the character %s has no meaning here", text_printable(lex->tell.arena, bytes_of(b.p + lex->at, n), 20));
}

static void bare(struct lexer *lex, struct token *out)
{
	struct bytes b = lex->file->content;
	size_t from = lex->at;
	bool digits = true, word = is_letter(b.p[from]);

	for (; lex->at < b.n && is_bare(b.p[lex->at]); lex->at++) {
		uint8_t c = b.p[lex->at];
		digits &= is_digit(c);
		word &= is_letter(c) || is_digit(c) || c == '_' || c == '-';
	}
	struct text text = arena_text(lex->tell.arena, view(lex, from, lex->at - from));
	*out = (struct token){ word ? TOKEN_WORD : digits ? TOKEN_NUMBER : TOKEN_BARE, text, place(lex, from, lex->at - from), false };
}

int lexer_next(struct lexer *lex, struct token *out)
{
	struct bytes b = lex->file->content;

	skip(lex);
	bool first = !lex->in_line;
	lex->in_line = true;
	if (lex->at >= b.n) {
		*out = (struct token){ TOKEN_END, TEXT(""), place(lex, b.n, 0), true };
		return 0;
	}
	uint8_t c = b.p[lex->at];
	if (c == '{' || c == '}') {
		*out = (struct token){ c == '{' ? TOKEN_OPEN : TOKEN_CLOSE, c == '{' ? TEXT("{") : TEXT("}"), place(lex, lex->at, 1), false };
		lex->at++;
	} else if (c == '"') {
		if (string(lex, out) != 0)
			return -1;
	} else if (is_bare(c)) {
		bare(lex, out);
		if (out->text.n > POLICY_WORD_BYTES_MOST)
			return tell(&lex->tell, out->at, "ことばが長すぎます（上限 %d 字）。", "the word is longer than %d characters", POLICY_WORD_BYTES_MOST);
	} else {
		return stranger(lex);
	}
	out->first = first;
	return 0;
}

const char *token_shown(const struct teller *t, const struct token *token, bool japanese)
{
	if (token->kind == TOKEN_END)
		return japanese ? "文の終わり" : "the end of the text";
	const char *text = text_printable(t->arena, bytes_of_text(token->text), 60);
	if (token->kind == TOKEN_STRING)
		return arena_printf(t->arena, japanese ? "「\"%s\"」" : "\"%s\"", text);
	return arena_printf(t->arena, japanese ? "「%s」" : "\"%s\"", text);
}
