/* PDFの関数 — sampled, exponential, stitched; and the calculator (type 4), read by a strict grammar and written anew. Threat D11 (CVE-2018-5158). */
#include "sanitize/parts/pdf_rebuild.h"

enum { CALCULATOR_DEPTH = 32, CALCULATOR_TOKENS = 20000, FUNCTIONS_MOST = 4096 };

static const char calculator_words[] =
	" abs add atan ceiling cos cvi cvr div exp floor idiv ln log mod mul neg round sin sqrt sub truncate "
	"and bitshift eq false ge gt le lt ne not or true xor copy dup exch index pop roll ";

struct calculator {
	struct pdf_lexer lexer;
	struct buf *out;
	unsigned tokens;
};

static bool is_brace(const struct pdf_value *t, char brace)
{
	return t->kind == PDF_OTHER && t->bytes.p[0] == (uint8_t)brace;
}

static bool is_word(const struct pdf_value *t, const char *word)
{
	return t->kind == PDF_WORD && t->bytes.n == strlen(word) && memcmp(t->bytes.p, word, t->bytes.n) == 0;
}

static bool is_calculator_word(const struct pdf_value *t)
{
	char padded[20];

	if (t->kind != PDF_WORD || t->bytes.n > 10)
		return false;
	(void)snprintf(padded, sizeof padded, " %.*s ", (int)t->bytes.n, (const char *)t->bytes.p);
	return strstr(calculator_words, padded);
}

/* What follows an opening brace, up to its closing one. */
static bool rewrite_block(struct calculator *c, unsigned depth)
{
	struct pdf_value t;

	if (depth > CALCULATOR_DEPTH)
		return false;
	buf_byte(c->out, '{');
	for (;;) {
		pdf_lex(&c->lexer, &t);
		if (++c->tokens > CALCULATOR_TOKENS)
			return false;
		if (is_brace(&t, '}'))
			break;
		buf_byte(c->out, ' ');
		if (is_brace(&t, '{')) {
			if (!rewrite_block(c, depth + 1))
				return false;
			pdf_lex(&c->lexer, &t);
			if (is_brace(&t, '{')) {
				buf_byte(c->out, ' ');
				if (!rewrite_block(c, depth + 1))
					return false;
				pdf_lex(&c->lexer, &t);
				if (!is_word(&t, "ifelse"))
					return false;
				buf_str(c->out, " ifelse");
			} else if (is_word(&t, "if")) {
				buf_str(c->out, " if");
			} else {
				return false;
			}
		} else if (pdf_is_number(&t) || is_calculator_word(&t)) {
			pdf_put(c->out, &t);
		} else {
			return false;
		}
	}
	buf_str(c->out, " }");
	return true;
}

static bool rewrite_calculator(struct pdf_rebuild *r, struct bytes in, struct bytes *out)
{
	struct buf b = buf_in(r->scratch, 1 << 20);
	struct calculator c = { .lexer = pdf_lexer_over(r->scratch, in), .out = &b };
	struct pdf_value t;

	pdf_lex(&c.lexer, &t);
	if (!is_brace(&t, '{') || !rewrite_block(&c, 0))
		return false;
	buf_byte(&b, '\n');
	*out = buf_view(&b);
	return buf_ok(&b);
}

bool pdf_keep_functions(struct pdf_rebuild *r, const struct pdf_value *in, const char *names, struct pdf_value *out)
{
	const struct pdf_value *v = &pdf_find(r, in)->value;

	if (v->kind != PDF_ARRAY)
		return pdf_keep_function(r, in, names, out);
	if (v->n == 0 || v->n > FUNCTIONS_MOST)
		return false;
	*out = (struct pdf_value){ .kind = PDF_ARRAY, .n = v->n, .items = arena_new_array(r->arena, struct pdf_value, v->n) };
	for (uint32_t i = 0; i < v->n; i++)
		if (!pdf_keep_function(r, &v->items[i], NULL, &out->items[i]))
			return false;
	return true;
}

static bool build_function(struct pdf_rebuild *r, const struct pdf_object *in, struct pdf_output *out)
{
	static const struct pdf_rule rules[] = {
		{ "BitsPerSample", pdf_keep_integer, NULL }, { "Bounds", pdf_keep_numbers, NULL }, { "C0", pdf_keep_numbers, NULL },
		{ "C1", pdf_keep_numbers, NULL }, { "Decode", pdf_keep_numbers, NULL }, { "Domain", pdf_keep_numbers, NULL },
		{ "Encode", pdf_keep_numbers, NULL }, { "FunctionType", pdf_keep_integer, NULL },
		{ "Functions", pdf_keep_functions, NULL }, { "N", pdf_keep_number, NULL }, { "Order", pdf_keep_integer, NULL },
		{ "Range", pdf_keep_numbers, NULL }, { "Size", pdf_keep_numbers, NULL },
	};
	struct bytes data;
	struct pdf_filter last;

	PDF_KEEP_KEYS(r, &in->value, rules, &out->value);
	const struct pdf_value *type = pdf_get(&out->value, "FunctionType");
	if (!type || !pdf_get(&out->value, "Domain"))
		return false;
	if (type->integer == 2)
		return !in->is_stream;
	if (type->integer == 3)
		return !in->is_stream && pdf_get(&out->value, "Functions") && pdf_get(&out->value, "Functions")->kind == PDF_ARRAY &&
		       pdf_get(&out->value, "Bounds") && pdf_get(&out->value, "Encode");
	if (!in->is_stream || !pdf_get(&out->value, "Range") || (type->integer != 0 && type->integer != 4))
		return false;
	if (!pdf_decode(r, in, &data, &last) || last.kind != PDF_FILTER_NONE)
		return false;
	if (type->integer == 4 && !rewrite_calculator(r, data, &data)) {
		pdf_report(r, "D11", 1);
		return false;
	}
	pdf_finish_stream(r, data, out);
	return true;
}

bool pdf_keep_function(struct pdf_rebuild *r, const struct pdf_value *in, const char *names __attribute__((unused)), struct pdf_value *out)
{
	static const struct pdf_builder builder = { "function", .dictionary = true, .stream = true, .build = build_function };

	return pdf_build(r, in, &builder, out);
}
