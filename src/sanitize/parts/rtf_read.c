/* RTFの字句 — contract in rtf_read.h. */
#include "sanitize/parts/rtf_read.h"

enum { DIGITS_MOST = 10 };

static bool is_letter(uint8_t c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
static bool is_digit(uint8_t c) { return c >= '0' && c <= '9'; }

static int hex_of(uint8_t c)
{
	return is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static int take_number(struct cursor *in, struct rtf_token *out, struct err *err)
{
	bool minus = in->left >= 2 && in->p[0] == '-' && is_digit(in->p[1]);
	int64_t v = 0;
	unsigned digits = 0;

	if (minus)
		cursor_u8(in);
	for (; in->left && is_digit(*in->p); digits++) {
		if (digits == DIGITS_MOST)
			return refuse(err, REFUSAL_DAMAGED, "a number of too many digits at %llu", (unsigned long long)in->at);
		v = v * 10 + cursor_u8(in) - '0';
	}
	v = minus ? -v : v;
	out->has_number = digits > 0;
	out->number = (int32_t)(v > INT32_MAX ? INT32_MAX : v < INT32_MIN ? INT32_MIN : v);
	return 0;
}

static int take_word(struct cursor *in, struct rtf_token *out, struct err *err)
{
	size_t n = 0;

	while (in->left && is_letter(*in->p)) {
		if (n == RTF_WORD_MOST)
			return refuse(err, REFUSAL_DAMAGED, "a control word of more than %d letters at %llu", RTF_WORD_MOST, (unsigned long long)in->at);
		out->name[n++] = (char)cursor_u8(in);
	}
	out->kind = RTF_WORD;
	if (take_number(in, out, err) < 0)
		return -1;
	if (in->left && *in->p == ' ')
		cursor_u8(in);
	if (strcmp(out->name, "bin") != 0)
		return 0;
	if (out->number < 0 || (size_t)out->number > in->left)
		return refuse(err, REFUSAL_DAMAGED, "binary data reaches beyond the end");
	out->kind = RTF_BINARY;
	out->content = cursor_bytes(in, (size_t)out->number);
	return 0;
}

static int take_escape(struct cursor *in, struct rtf_token *out, struct err *err)
{
	if (in->left == 0)
		return refuse(err, REFUSAL_DAMAGED, "it ends in a backslash");
	if (is_letter(*in->p))
		return take_word(in, out, err);
	out->kind = RTF_SYMBOL;
	out->byte = cursor_u8(in);
	if (out->byte == '\'') {
		int high = hex_of(cursor_u8(in)), low = hex_of(cursor_u8(in));
		if (in->failed || high < 0 || low < 0)
			return refuse(err, REFUSAL_DAMAGED, "no two hex digits at %llu", (unsigned long long)in->at);
		out->kind = RTF_HEX, out->byte = (uint8_t)(high << 4 | low);
	} else if (out->byte == '\r' || out->byte == '\n' || out->byte == '\t') {
		out->kind = RTF_WORD;
		memcpy(out->name, out->byte == '\t' ? "tab" : "par", 4);
	}
	return 0;
}

int rtf_next(struct cursor *in, struct rtf_token *out, struct err *err)
{
	uint8_t c = 0;

	memset(out, 0, sizeof *out);
	while (in->left) {
		c = cursor_u8(in);
		if ((c >= 0x20 && c != 0x7f) || c == '\t')
			break;
		c = 0;
	}
	if (c == 0)
		return 0; /* RTF_END */
	if (c == '\\')
		return take_escape(in, out, err);
	out->byte = c;
	out->kind = c == '{' ? RTF_OPEN : c == '}' ? RTF_CLOSE : c == '\t' ? RTF_WORD : RTF_BYTE;
	if (c == '\t')
		memcpy(out->name, "tab", 4);
	return 0;
}
