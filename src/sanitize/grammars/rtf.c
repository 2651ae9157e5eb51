/* RTFの文法 — what rtf.c writes: ASCII, control words of one list each followed by one blank, \'xx, groups that close, fields of one list, and pictures
 * whose bytes are those of a PNG or JPEG that its own rebuilder wrote and its grammar accepted. Nothing stands behind the last brace. */
#include "base/hash.h"
#include "sanitize/grammar.h"
#include "sanitize/format.h"
#include "sanitize/rules.h"

enum { NAME_MOST = 32, INSTRUCTION_MOST = 4096 };
enum group_kind { ANY, PICTURE, INSTRUCTION };

static const char *const words[] = {
#define WORD(name) name,
#define FIELD(name)
#include "sanitize/grammars/rtf_words.def"
#undef WORD
#undef FIELD
};
static const char *const fields[] = {
#define WORD(name)
#define FIELD(name) name,
#include "sanitize/grammars/rtf_words.def"
#undef WORD
#undef FIELD
};
/* Of a picture: its kind, then its measures. */
static const char *const measures[] = { "picw", "pich", "picwgoal", "pichgoal", "picscalex", "picscaley", "piccropl", "piccropr", "piccropt", "piccropb" };

struct reader {
	struct check *check;
	const uint8_t *p;
	size_t n, at;
	struct sha256 picture;
	bool has_bytes;
	char instruction[INSTRUCTION_MOST + 1];
	size_t instruction_n;
};

static int outside(const struct reader *r, const char *what, struct err *err)
{
	return fail(err, ERR_MALFORMED, r->at, "RTF: %s", what);
}

static bool is_in(const char *const *list, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(list[i], name) == 0)
			return true;
	return false;
}

static bool is_listed(const char *name)
{
	static uint8_t seen[COUNT(words)]; /* most documents use a few words again and again */
	static size_t recent[8];

	for (size_t i = 0; i < COUNT(recent); i++)
		if (seen[recent[i]] && strcmp(words[recent[i]], name) == 0)
			return true;
	for (size_t i = 0; i < COUNT(words); i++)
		if (strcmp(words[i], name) == 0) {
			static size_t turn;
			seen[i] = 1, recent[turn++ % COUNT(recent)] = i;
			return true;
		}
	return false;
}

static int take_word(struct reader *r, char name[NAME_MOST + 1], struct err *err)
{
	size_t n = 0, digits = 0;

	r->at++; /* backslash */
	while (r->at < r->n && ((r->p[r->at] >= 'a' && r->p[r->at] <= 'z') || (r->p[r->at] >= 'A' && r->p[r->at] <= 'Z'))) {
		if (n == NAME_MOST)
			return outside(r, "a long word", err);
		name[n++] = (char)r->p[r->at++];
	}
	name[n] = 0;
	if (r->at < r->n && r->p[r->at] == '-')
		r->at++;
	for (; r->at < r->n && r->p[r->at] >= '0' && r->p[r->at] <= '9' && digits <= 10; digits++)
		r->at++;
	if (digits > 10 || r->at == r->n || r->p[r->at] != ' ')
		return outside(r, "a word without its blank", err);
	r->at++;
	return 0;
}

/* http, https, mailto, or a place in the document. */
static bool is_plain_link(const char *p, bool *leads_out)
{
	static const char *const starts[] = { "http://", "https://", "mailto:" };
	bool any = false;

	while (*p) {
		p += strspn(p, " ");
		if (*p == '\\') {
			char letter = p[1] | 32;
			p += 2;
			if (!strchr("lothmn*", letter))
				return false;
			if (strchr("lot", letter)) {
				p += strspn(p, " ");
				any |= letter == 'l';
				p = *p == '"' ? strchrnul(p + 1, '"') : strchrnul(p, ' ');
				p += *p == '"';
			}
			continue;
		}
		if (!*p)
			break;
		bool quoted = *p == '"', good = false;
		p += quoted;
		for (size_t i = 0; i < COUNT(starts); i++)
			good |= strncasecmp(p, starts[i], strlen(starts[i])) == 0;
		if (!good && !(quoted && *p == '"'))
			return false;
		any |= good, *leads_out |= good;
		p = strchrnul(p, quoted ? '"' : ' ');
		p += *p == '"';
	}
	return any;
}

static int check_instruction(struct reader *r, struct err *err)
{
	char keyword[NAME_MOST + 1];
	const char *p = r->instruction;
	size_t n = 0;

	r->instruction[r->instruction_n] = 0;
	if (*p == '=')
		return 0;
	while (n < NAME_MOST && ((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z')))
		keyword[n++] = (char)(*p++ & ~32);
	keyword[n] = 0;
	if (!is_in(fields, COUNT(fields), keyword) || (*p && !strchr(" \\\"", *p)))
		return outside(r, "a field that is in no list", err);
	bool leads_out = false;
	if (strcmp(keyword, "HYPERLINK") == 0 && !is_plain_link(p, &leads_out))
		return outside(r, "a link that leads elsewhere", err);
	return leads_out && check_removes(r->check, FEATURE_links) ? outside(r, "a link that the policy does not let stay", err) : 0;
}

/* {\pict \pngblip \picw1 … hex} */
static int take_picture(struct reader *r, struct err *err)
{
	char name[NAME_MOST + 1];
	uint8_t sha256[SHA256_BYTES];
	struct sha256 h;
	size_t digits = 0;

	if (r->at == r->n || r->p[r->at] != '\\' || take_word(r, name, err) < 0)
		return outside(r, "a picture without its kind", err);
	if (strcmp(name, "pngblip") != 0 && strcmp(name, "jpegblip") != 0)
		return outside(r, "a picture of another kind", err);
	while (r->at < r->n && r->p[r->at] == '\\')
		if (take_word(r, name, err) < 0 || !is_in(measures, COUNT(measures), name))
			return outside(r, "an unknown word of a picture", err);
	sha256_start(&h);
	for (uint8_t byte = 0; r->at < r->n && r->p[r->at] != '}'; r->at++, digits++) {
		uint8_t c = r->p[r->at];
		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
			return outside(r, "a picture that is no hex", err);
		byte = (uint8_t)(byte << 4 | (c <= '9' ? c - '0' : c - 'a' + 10));
		if (digits & 1)
			sha256_add(&h, &byte, 1);
	}
	sha256_end(&h, sha256);
	return digits & 1 || !check_is_verified_member(r->check, sha256) ? outside(r, "a picture that was not verified", err) : 0;
}

static int take_instruction(struct reader *r, struct err *err)
{
	r->instruction_n = 0;
	while (r->at < r->n && r->p[r->at] != '}') {
		uint8_t c = r->p[r->at++];
		if (c == '\\') {
			c = r->at < r->n ? r->p[r->at++] : 0;
			if (c == 0 || !strchr("\\{}", c))
				return outside(r, "a word in a field's instruction", err);
		} else if (c == '{') {
			return outside(r, "a group in a field's instruction", err);
		}
		if (c < 0x20 || c > 0x7e || r->instruction_n == INSTRUCTION_MOST)
			return outside(r, "an instruction that is no ASCII", err);
		r->instruction[r->instruction_n++] = (char)c;
	}
	return check_instruction(r, err);
}

static const struct {
	const char *name;
	enum feature feature;
} absent[] = {
	{ "annotation", FEATURE_comments }, { "atnauthor", FEATURE_comments }, { "atnref", FEATURE_comments }, { "atrfstart", FEATURE_comments },
	{ "atrfend", FEATURE_comments }, { "atnid", FEATURE_comments }, { "atndate", FEATURE_comments }, { "info", FEATURE_metadata }, { "author", FEATURE_metadata },
	{ "operator", FEATURE_metadata }, { "company", FEATURE_metadata }, { "deleted", FEATURE_changes }, { "revised", FEATURE_changes }, { "revtbl", FEATURE_changes },
	{ "revauth", FEATURE_changes }, { "revauthdel", FEATURE_changes }, { "revdttm", FEATURE_changes }, { "revdttmdel", FEATURE_changes }, { "revisions", FEATURE_changes },
	{ "revprop", FEATURE_changes }, { "revbar", FEATURE_changes }, { "crauth", FEATURE_changes }, { "crdate", FEATURE_changes }, { "atnparent", FEATURE_comments },
	{ "chatn", FEATURE_comments },
};

static int take_escape(struct reader *r, bool first, struct err *err)
{
	char name[NAME_MOST + 1];
	uint8_t c = r->at + 1 < r->n ? r->p[r->at + 1] : 0;

	if (c == '\'') {
		for (size_t i = 2; i < 4; i++)
			if (r->at + i >= r->n || !strchr("0123456789abcdef", r->p[r->at + i]) || !r->p[r->at + i])
				return outside(r, "no two hex digits", err);
		r->at += 4;
		return 0;
	}
	if (c && strchr("\\{}~-_", c)) {
		r->at += 2;
		return 0;
	}
	bool star = c == '*';
	if (star && (!first || r->at + 2 >= r->n || r->p[r->at + 2] != '\\'))
		return outside(r, "a star in the middle", err);
	r->at += star ? 2 : 0;
	if (take_word(r, name, err) < 0)
		return -1;
	if (first && !star && strcmp(name, "pict") == 0)
		return take_picture(r, err);
	if (first && star && strcmp(name, "fldinst") == 0)
		return take_instruction(r, err);
	if (!is_listed(name))
		return outside(r, "a word that is in no list", err);
	for (size_t i = 0; i < COUNT(absent); i++)
		if (strcmp(absent[i].name, name) == 0 && check_removes(r->check, absent[i].feature))
			return outside(r, "a word that the policy does not let stay", err);
	bool ends_line = strcmp(name, "par") == 0 || strcmp(name, "row") == 0 || strcmp(name, "sect") == 0;
	if (ends_line && r->at < r->n && r->p[r->at] == '\n')
		r->at++;
	return 0;
}

static int accept(struct check *check, struct err *err)
{
	struct reader r = { .check = check };
	struct bytes whole;
	size_t depth = 1;
	bool first = false;

	if (check_read_all(check, &whole, err) < 0)
		return -1;
	r.p = whole.p, r.n = whole.n, r.at = 7;
	if (!bytes_start(whole, BYTES("{\\rtf1 ")))
		return outside(&r, "it begins otherwise", err);
	while (depth > 0) {
		if (r.at == r.n)
			return outside(&r, "groups that do not close", err);
		uint8_t c = r.p[r.at];
		bool opens = c == '{';
		if (c == '\\') {
			if (take_escape(&r, first, err) < 0)
				return -1;
		} else if (c < 0x20 || c > 0x7e) {
			return outside(&r, "a byte that is no ASCII", err);
		} else {
			r.at++;
			depth += opens, depth -= c == '}';
		}
		if (depth > check_limit(check, LIMIT_RTF_DEPTH))
			return outside(&r, "groups nested too deeply", err);
		first = opens;
	}
	return r.at == r.n ? 0 : outside(&r, "bytes behind the end", err);
}

extern const struct grammar grammar_rtf;
const struct grammar grammar_rtf = { .name = "rtf", .accept = accept };
