/* PDFの描画命令 — the tokenizer of content streams and its operator list. */
#include "sanitize/parts/pdf_content_inline.h"

enum { OPERANDS_MOST = 33, SAVES_MOST = 4096, NAME_MOST = 127 };

/* Operands: n number, N name, S string, A array of numbers, T array of strings and numbers, p property list (name or dictionary),
 * c colour (numbers, a name at the end allowed). Sorted by packed name. */
static const struct operator {
	char name[4];
	const char *operands;
} operators[] = {
	{ "\"", "nnS" }, { "'", "S" }, { "B", "" }, { "B*", "" }, { "BDC", "Np" }, { "BMC", "N" }, { "BT", "" }, { "CS", "N" },
	{ "DP", "Np" }, { "Do", "N" }, { "EMC", "" }, { "ET", "" }, { "F", "" }, { "G", "n" }, { "J", "n" }, { "K", "nnnn" },
	{ "M", "n" }, { "MP", "N" }, { "Q", "" }, { "RG", "nnn" }, { "S", "" }, { "SC", "c" }, { "SCN", "c" }, { "T*", "" },
	{ "TD", "nn" }, { "TJ", "T" }, { "TL", "n" }, { "Tc", "n" }, { "Td", "nn" }, { "Tf", "Nn" }, { "Tj", "S" }, { "Tm", "nnnnnn" },
	{ "Tr", "n" }, { "Ts", "n" }, { "Tw", "n" }, { "Tz", "n" }, { "W", "" }, { "W*", "" }, { "b", "" }, { "b*", "" },
	{ "c", "nnnnnn" }, { "cm", "nnnnnn" }, { "cs", "N" }, { "d", "An" }, { "d0", "nn" }, { "d1", "nnnnnn" }, { "f", "" },
	{ "f*", "" }, { "g", "n" }, { "gs", "N" }, { "h", "" }, { "i", "n" }, { "j", "n" }, { "k", "nnnn" }, { "l", "nn" }, { "m", "nn" },
	{ "n", "" }, { "q", "" }, { "re", "nnnn" }, { "rg", "nnn" }, { "ri", "N" }, { "s", "" }, { "sc", "c" }, { "scn", "c" },
	{ "sh", "N" }, { "v", "nnnn" }, { "w", "n" }, { "y", "nnnn" },
};

struct state {
	struct pdf_content *content;
	struct pdf_lexer lexer;
	struct buf *out;
	struct pdf_value *tokens; /* of the operands so far, containers flat */
	size_t count, room;
	size_t starts[OPERANDS_MOST]; /* where each operand begins; of more operands the last ones count */
	unsigned operands;
	unsigned saves, marks;
};

static const struct operator *operator_by_name(struct bytes name)
{
	size_t low = 0, high = COUNT(operators);

	if (name.n > 3)
		return NULL;
	while (low < high) {
		size_t middle = (low + high) / 2;
		const char *have = operators[middle].name;
		int c = strncmp(have, (const char *)name.p, name.n);
		if (c == 0 && have[name.n] != 0)
			c = 1;
		if (c == 0)
			return &operators[middle];
		if (c < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static void push(struct state *s, struct pdf_value token)
{
	if (s->count == s->room) {
		size_t room = s->room * 2 + 64;
		struct pdf_value *bigger = arena_new_array(s->content->arena, struct pdf_value, room);
		if (s->count > 0)
			memcpy(bigger, s->tokens, s->count * sizeof *bigger);
		s->tokens = bigger, s->room = room;
	}
	s->tokens[s->count++] = token;
}

static void begin_operand(struct state *s)
{
	if (s->operands == OPERANDS_MOST) {
		memmove(s->starts, s->starts + 1, (OPERANDS_MOST - 1) * sizeof *s->starts);
		s->operands--;
	}
	s->starts[s->operands++] = s->count;
}

static void forget(struct state *s)
{
	s->count = 0, s->operands = 0, s->lexer.stored = 0;
}

static struct pdf_value literal_of(const struct pdf_value *word, bool *is_literal)
{
	bool yes = bytes_equal(word->bytes, BYTES("true"));

	*is_literal = true;
	if (yes || bytes_equal(word->bytes, BYTES("false")))
		return (struct pdf_value){ .kind = PDF_BOOLEAN, .yes = yes };
	if (bytes_equal(word->bytes, BYTES("null")))
		return (struct pdf_value){ .kind = PDF_NULL };
	*is_literal = false;
	return *word;
}

/* The rest of an array or dictionary, nested ones included, as flat tokens. A keyword inside ends nothing: it is passed over. */
static void take_container(struct state *s, struct pdf_value open)
{
	unsigned depth = 1;
	bool is_literal;

	begin_operand(s);
	push(s, open);
	while (depth > 0) {
		struct pdf_value t;
		pdf_lex(&s->lexer, &t);
		if (t.kind == PDF_END)
			return;
		if (t.kind == PDF_WORD) {
			t = literal_of(&t, &is_literal);
			if (!is_literal)
				continue;
		}
		if (t.kind == PDF_OTHER)
			continue;
		if (t.kind == PDF_OPEN_ARRAY || t.kind == PDF_OPEN_DICTIONARY)
			depth++;
		if (t.kind == PDF_CLOSE_ARRAY || t.kind == PDF_CLOSE_DICTIONARY)
			depth--;
		push(s, t);
	}
}

static size_t operand_end(const struct state *s, unsigned i)
{
	return i + 1 < s->operands ? s->starts[i + 1] : s->count;
}

static bool is_number_list(const struct state *s, unsigned i, bool strings_too)
{
	size_t end = operand_end(s, i);

	if (s->tokens[s->starts[i]].kind != PDF_OPEN_ARRAY || s->tokens[end - 1].kind != PDF_CLOSE_ARRAY)
		return false;
	for (size_t k = s->starts[i] + 1; k < end - 1; k++)
		if (!pdf_is_number(&s->tokens[k]) && !(strings_too && s->tokens[k].kind == PDF_STRING))
			return false;
	return true;
}

static bool is_usable_name(const struct pdf_value *v)
{
	return v->kind == PDF_NAME && v->bytes.n > 0 && v->bytes.n <= NAME_MOST && !memchr(v->bytes.p, 0, v->bytes.n);
}

static bool is_operand(const struct state *s, unsigned i, char type)
{
	const struct pdf_value *first = &s->tokens[s->starts[i]];

	switch (type) {
	case 'n': return pdf_is_number(first);
	case 'N': return is_usable_name(first);
	case 'S': return first->kind == PDF_STRING;
	case 'A': return is_number_list(s, i, false);
	case 'T': return is_number_list(s, i, true);
	case 'p': return is_usable_name(first) || first->kind == PDF_OPEN_DICTIONARY;
	}
	return false;
}

/* Listed keys with plain values, in the order of this list. */
static void put_properties(struct state *s, unsigned i)
{
	static const struct {
		const char *key;
		enum pdf_kind kind;
	} keys[] = {
		{ "ActualText", PDF_STRING }, { "Alt", PDF_STRING }, { "E", PDF_STRING }, { "Lang", PDF_STRING },
		{ "MCID", PDF_INTEGER }, { "Subtype", PDF_NAME }, { "Type", PDF_NAME },
	};
	size_t end = operand_end(s, i);
	bool any = false;

	buf_str(s->out, "<<");
	for (size_t k = 0; k < COUNT(keys); k++) {
		const struct pdf_value *found = NULL;
		unsigned depth = 0;
		bool is_key = true;
		for (size_t at = s->starts[i] + 1; at + 1 < end; at++) {
			const struct pdf_value *t = &s->tokens[at];
			if (depth == 0 && is_key && pdf_is_name(t, keys[k].key) && s->tokens[at + 1].kind == keys[k].kind &&
			    (keys[k].kind != PDF_NAME || is_usable_name(t + 1)))
				found = t + 1;
			depth += t->kind == PDF_OPEN_ARRAY || t->kind == PDF_OPEN_DICTIONARY;
			depth -= depth > 0 && (t->kind == PDF_CLOSE_ARRAY || t->kind == PDF_CLOSE_DICTIONARY);
			if (depth == 0)
				is_key = !is_key;
		}
		if (!found)
			continue;
		buf_printf(s->out, "%s/%s ", any ? " " : "", keys[k].key);
		pdf_put(s->out, found);
		any = true;
	}
	buf_str(s->out, ">>");
}

static void put_operands(struct state *s, unsigned from)
{
	for (unsigned i = from; i < s->operands; i++) {
		size_t end = operand_end(s, i);
		if (s->tokens[s->starts[i]].kind == PDF_OPEN_DICTIONARY) {
			put_properties(s, i);
		} else {
			for (size_t k = s->starts[i]; k < end; k++) {
				pdf_put(s->out, &s->tokens[k]);
				if (k + 1 < end && s->tokens[k].kind != PDF_OPEN_ARRAY && s->tokens[k + 1].kind != PDF_CLOSE_ARRAY)
					buf_byte(s->out, ' ');
			}
		}
		buf_byte(s->out, ' ');
	}
}

static bool are_operands(const struct state *s, const char *types, unsigned *from)
{
	unsigned wanted = (unsigned)strlen(types);

	if (types[0] == 'c') { /* numbers, then possibly a name */
		for (unsigned i = 0; i < s->operands; i++)
			if (!is_operand(s, i, 'n') && !(i + 1 == s->operands && is_operand(s, i, 'N')))
				return false;
		*from = 0;
		return s->operands > 0;
	}
	if (s->operands < wanted)
		return false;
	*from = s->operands - wanted;
	for (unsigned i = 0; i < wanted; i++)
		if (!is_operand(s, *from + i, types[i]))
			return false;
	return true;
}

static bool is_balanced(struct state *s, const char *name)
{
	if (strcmp(name, "q") == 0)
		return s->saves < SAVES_MOST && ++s->saves;
	if (strcmp(name, "Q") == 0)
		return s->saves > 0 && s->saves--;
	if (strcmp(name, "BMC") == 0 || strcmp(name, "BDC") == 0)
		return s->marks < SAVES_MOST && ++s->marks;
	if (strcmp(name, "EMC") == 0)
		return s->marks > 0 && s->marks--;
	return true;
}

static void take_operator(struct state *s, struct bytes name)
{
	const struct operator *o = operator_by_name(name);
	unsigned from = 0;

	if (!o || !are_operands(s, o->operands, &from) || !is_balanced(s, o->name)) {
		/* Compatibility marks say nothing to a reader that knows every operator left. */
		s->content->dropped += !bytes_equal(name, BYTES("BX")) && !bytes_equal(name, BYTES("EX"));
		return;
	}
	static const char *const painting[] = { "Tj", "TJ", "'", "\"", "f", "F", "f*", "B", "B*", "b", "b*", "S", "s", "sh" };
	for (size_t i = 0; i < COUNT(painting) && !s->content->paints; i++)
		s->content->paints = strcmp(painting[i], o->name) == 0;
	put_operands(s, from);
	buf_str(s->out, strcmp(o->name, "F") == 0 ? "f" : o->name);
	buf_byte(s->out, '\n');
}

void pdf_content_rewrite(struct pdf_content *content, struct bytes in, struct buf *out)
{
	struct state s = { .content = content, .lexer = pdf_lexer_over(content->arena, in), .out = out };
	struct pdf_value t;
	bool is_literal;

	for (;;) {
		pdf_lex(&s.lexer, &t);
		if (t.kind == PDF_WORD)
			t = literal_of(&t, &is_literal);
		switch (t.kind) {
		case PDF_END:
			for (; s.marks > 0; s.marks--)
				buf_str(out, "EMC\n");
			for (; s.saves > 0; s.saves--)
				buf_str(out, "Q\n");
			return;
		case PDF_WORD:
			if (bytes_equal(t.bytes, BYTES("BI")))
				pdf_content_inline_image(content, &s.lexer, out);
			else
				take_operator(&s, t.bytes);
			forget(&s);
			break;
		case PDF_OPEN_ARRAY: case PDF_OPEN_DICTIONARY:
			take_container(&s, t);
			break;
		case PDF_CLOSE_ARRAY: case PDF_CLOSE_DICTIONARY: case PDF_OTHER:
			break;
		default:
			begin_operand(&s);
			push(&s, t);
		}
	}
}
