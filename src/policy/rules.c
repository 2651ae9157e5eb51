/* 無害化の選び方の項目 — the clauses of carry that choose: format pdf refuse · links remove · comments remove · tracked changes remove · metadata remove ·
 * scan with clamd required.
 * What is not said happens as it always did; what says the same as saying nothing is not written. article: s2.11 s6.3.2b */
#include "policy/parse.h"

static const char *const format_names[] = {
#define FORMAT(name, family, grammar, extension, media_type, ja, en) #name,
#include "sanitize/formats/formats.def"
#undef FORMAT
	NULL
};
static const char *const method_names[] = {
#define METHOD(name, ja, en) #name,
#include "sanitize/rules.def"
#undef METHOD
	NULL
};
static const char *const fates[] = { "keep", "remove", NULL };

static int expect_offers(struct parser *p, unsigned format)
{
	struct buf list = buf_in(p->tell.arena, 0);

	for (int m = 0; m < METHOD_COUNT; m++)
		if (rules_offers(format, (enum method)m))
			buf_printf(&list, "%s%s", list.n ? ", " : "", method_names[m]);
	return tell_expected(&p->tell, buf_string(&list), buf_string(&list));
}

static int not_offered(struct parser *p, struct policy_place at, unsigned format, unsigned method)
{
	tell(&p->tell, at, "「%s」のファイルに「%s」は選べません。", "%s cannot be treated as %s", format_names[format], method_names[method]);
	return expect_offers(p, format);
}

static int format(struct parser *p, void *self, const struct token *word)
{
	struct policy_carry *c = self;
	struct policy_place at = p->next.at, method_at;
	unsigned which, method;

	(void)word;
	if (parse_one_of(p, format_names, &which, "ファイルの種類", "a kind of file") != 0)
		return -1;
	if (c->formats_said >> which & 1)
		return tell(&p->tell, at, "「format %s」が二度書かれています。", "\"format %s\" stands twice", format_names[which]);
	c->formats_said |= (uint64_t)1 << which;
	method_at = p->next.at;
	if (parse_one_of(p, method_names, &method, "扱い方", "what becomes of it") != 0)
		return expect_offers(p, which);
	if (!rules_offers(which, (enum method)method))
		return not_offered(p, method_at, which, method);
	c->rules.methods[which] = (uint8_t)method;
	return 0;
}
_Static_assert(FORMAT_COUNT <= 64, "one bit for each format");

static int fate(struct parser *p, struct policy_carry *c, enum feature feature)
{
	unsigned which;

	if (parse_one_of(p, fates, &which, "残すか取り除くか", "whether it stays") != 0)
		return -1;
	c->rules.removes |= (uint8_t)(which << feature);
	return 0;
}

static int links(struct parser *p, void *self, const struct token *word)
{
	(void)word;
	return fate(p, self, FEATURE_links);
}

static int comments(struct parser *p, void *self, const struct token *word)
{
	(void)word;
	return fate(p, self, FEATURE_comments);
}

static int tracked(struct parser *p, void *self, const struct token *word)
{
	(void)word;
	return parse_the(p, "changes") != 0 ? -1 : fate(p, self, FEATURE_changes);
}

static int metadata(struct parser *p, void *self, const struct token *word)
{
	(void)word;
	return fate(p, self, FEATURE_metadata);
}

/* scan with clamd · scan with clamd required */
static int scan(struct parser *p, void *self, const struct token *word)
{
	struct policy_carry *c = self;
	struct token taken;

	(void)word;
	if (parse_the(p, "with") != 0 || parse_the(p, "clamd") != 0)
		return -1;
	c->rules.scan = SCAN_ASKED;
	if (p->next.kind != TOKEN_WORD || !text_is(p->next.text, "required"))
		return 0;
	c->rules.scan = SCAN_REQUIRED;
	return parse_take(p, &taken);
}

const struct clause rule_clauses[RULE_CLAUSES] = {
	{ "format", format, false, true, "ある種類のファイルの扱い方。例: format html refuse", "what becomes of one kind of file: format html refuse" },
	{ "links", links, false, false, "外部へのリンク。例: links remove", "links to the outside: links remove" },
	{ "comments", comments, false, false, "コメント・注釈。例: comments remove", "comments: comments remove" },
	{ "tracked", tracked, false, false, "変更履歴。例: tracked changes remove", "tracked changes: tracked changes remove" },
	{ "metadata", metadata, false, false, "文書の情報。例: metadata remove", "metadata: metadata remove" },
	{ "scan", scan, false, false, "ウイルス対策ソフトにも調べさせる。例: scan with clamd required", "a second opinion: scan with clamd required" },
};

bool policy_has_rules(const struct rules *rules)
{
	return !rules_equal(rules, &(struct rules){ 0 });
}

void policy_write_rules(struct buf *out, const struct rules *rules)
{
	for (size_t i = 0; i < FORMAT_COUNT; i++)
		if (rules->methods[i])
			buf_printf(out, "    format %s %s\n", format_names[i], method_names[rules->methods[i]]);
	for (int i = 0; i < FEATURE_COUNT; i++)
		if (rules_remove(rules, (enum feature)i))
			buf_printf(out, "    %s remove\n", feature_words[i].words);
	if (rules->scan)
		buf_printf(out, "    scan with clamd%s\n", rules->scan == SCAN_REQUIRED ? " required" : "");
}

int policy_rules_of_text(struct arena *arena, const char *name, struct bytes content, struct rules *out, struct policy_fault *fault, struct err *err)
{
	struct policy_fault unheard;
	struct parser p = { .tell = { arena, fault ? fault : &unheard, err }, .policy = arena_alloc(arena, sizeof *p.policy), .folder = -1 };
	struct policy_file *file = arena_alloc(arena, sizeof *file);
	struct token head = { .kind = TOKEN_WORD, .text = TEXT("carry"), .at = { file, 0, 0 } };
	struct policy_carry c = { .owner = TEXT(""), .reason = TEXT("") };

	file->name = (struct text){ arena_copy(arena, name, strlen(name)), strlen(name) };
	file->content = arena_bytes(arena, content);
	if (lexer_begin(&p.lex, &p.tell, file) != 0 || lexer_next(&p.lex, &p.next) != 0 || parse_clauses(&p, &head, rule_clauses, RULE_CLAUSES, &c) != 0)
		return -1;
	if (p.next.kind != TOKEN_END)
		return parse_wanted(&p, "carryの文の項目", "a clause of carry");
	*out = c.rules;
	return 0;
}
