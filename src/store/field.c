/* 項目の検査 — contract in field.h. */
#include "store/field.h"
#include "base/text.h"

static bool is_id(struct text t)
{
	for (size_t i = 0; i < t.n; i++) {
		char c = t.p[i];
		if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-'))
			return false;
	}
	return t.n > 0;
}

static bool is_word(struct text t)
{
	for (size_t i = 0; i < t.n; i++) {
		char c = t.p[i];
		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '_' || c == '.' || c == '-'))
			return false;
	}
	return t.n > 0;
}

/* C0, DEL, C1, marks of direction, joins that show nothing, noncharacters, interlinear marks and tags. */
static bool is_hidden(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x061c || (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfdd0 && c <= 0xfdef) || (c & 0xfffe) == 0xfffe ||
	       (c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe007f);
}

static bool is_blank(uint32_t c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == 0xa0 || c == 0x3000 || (c >= 0x2000 && c <= 0x200a);
}

static int check_line(struct text t, bool lines, const char *name, struct err *err)
{
	bool blank = true;
	uint32_t c;

	for (size_t at = 0, here = 0; (c = text_next(t, &at)) != 0; here = at) {
		if (is_hidden(c) && !(lines && (c == '\n' || c == '\t')))
			return fail(err, ERR_INVALID, here, "%s holds the character U+%04X, which is not allowed there", name, (unsigned)c);
		blank = blank && is_blank(c);
	}
	return blank ? fail(err, ERR_INVALID, 0, "%s is empty", name) : 0;
}

static int check_file_name(struct text t, const char *name, struct err *err)
{
	if (memchr(t.p, '/', t.n) || memchr(t.p, '\\', t.n) || text_is(t, ".") || text_is(t, ".."))
		return fail(err, ERR_INVALID, 0, "%s is no file name", name);
	return check_line(t, false, name, err);
}

int field_check(enum field_kind kind, struct text t, size_t most, const char *name, struct err *err)
{
	if (t.n > most)
		return fail(err, ERR_LIMIT, t.n, "%s has %zu bytes, the limit is %zu", name, t.n, most);
	if (t.n == 0 && (kind == FIELD_ID_OR_NONE || kind == FIELD_LINE_OR_NONE || kind == FIELD_WORDS_OR_NONE ||
			 kind == FIELD_FILE_NAME_OR_NONE))
		return 0;
	switch (kind) {
	case FIELD_ID:
	case FIELD_ID_OR_NONE:
		return is_id(t) ? 0 : fail(err, ERR_INVALID, 0, "%s may hold only letters, digits and hyphens", name);
	case FIELD_WORD:
		return is_word(t) ? 0 : fail(err, ERR_INVALID, 0, "%s is no word", name);
	case FIELD_WORDS:
	case FIELD_WORDS_OR_NONE:
		return check_line(t, true, name, err);
	case FIELD_LINE:
	case FIELD_LINE_OR_NONE:
		return check_line(t, false, name, err);
	case FIELD_FILE_NAME:
	case FIELD_FILE_NAME_OR_NONE:
		return check_file_name(t, name, err);
	}
	return fail(err, ERR_BUG, kind, "unknown kind of field");
}
