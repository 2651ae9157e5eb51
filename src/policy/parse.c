/* 構文 — contract in parse.h and policy.h. Recursive descent over a table of statements; the first fault ends it. */
#include "policy/parse.h"
#include "base/code.h"
#include "base/file.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define STATEMENT(name, ja, en) extern const struct statement statement_##name;
#include "policy/statements.def"
#undef STATEMENT
const struct statement *const statements[] = {
#define STATEMENT(name, ja, en) &statement_##name,
#include "policy/statements.def"
#undef STATEMENT
	NULL
};
const char *const statement_words[] = {
#define STATEMENT(name, ja, en) #name,
#include "policy/statements.def"
#undef STATEMENT
	"include", NULL
};
static const char statement_list[] =
#define STATEMENT(name, ja, en) #name ", "
#include "policy/statements.def"
#undef STATEMENT
	"include";

void *policy_grow(struct arena *arena, void *items, size_t count, size_t size)
{
	if (count & (count - 1))
		return items;
	void *more = arena_array(arena, size, count ? count * 2 : 1);
	if (count)
		memcpy(more, items, count * size);
	return more;
}

static bool is_statement(struct text word)
{
	for (const char *const *w = statement_words; *w; w++)
		if (text_is(word, *w))
			return true;
	return false;
}

/* ---- what statements take ---- */

int parse_take(struct parser *p, struct token *out)
{
	*out = p->next;
	return lexer_next(&p->lex, &p->next);
}

int parse_wanted(struct parser *p, const char *ja, const char *en)
{
	return tell_two(&p->tell, p->next.at, arena_printf(p->tell.arena, "%sを書くところに、%sがあります。", ja, token_shown(&p->tell, &p->next, true)),
			arena_printf(p->tell.arena, "%s stands where %s is wanted", token_shown(&p->tell, &p->next, false), en));
}

int parse_string(struct parser *p, struct token *out, const char *ja, const char *en)
{
	if (p->next.kind != TOKEN_STRING) {
		parse_wanted(p, ja, en);
		return tell_expected(&p->tell, "「\"」で囲んだ文字列", "a string between double quotes");
	}
	if (p->next.text.n == 0)
		return tell_two(&p->tell, p->next.at, arena_printf(p->tell.arena, "空の文字列は書けません。%sを書いてください。", ja),
				arena_printf(p->tell.arena, "the string is empty; write %s", en));
	return parse_take(p, out);
}

int parse_word(struct parser *p, struct token *out, const char *ja, const char *en)
{
	return p->next.kind == TOKEN_WORD ? parse_take(p, out) : parse_wanted(p, ja, en);
}

int parse_one_of(struct parser *p, const char *const *words, unsigned *which, const char *ja, const char *en)
{
	struct buf list = buf_in(p->tell.arena, 0);
	struct token taken;

	for (unsigned i = 0; words[i]; i++) {
		if (p->next.kind == TOKEN_WORD && text_is(p->next.text, words[i])) {
			*which = i;
			return parse_take(p, &taken);
		}
		buf_printf(&list, "%s%s", i ? ", " : "", words[i]);
	}
	parse_wanted(p, ja, en);
	tell_expected(&p->tell, buf_string(&list), buf_string(&list));
	return p->next.kind == TOKEN_WORD ? tell_nearest(&p->tell, p->next.text, words) : -1;
}

int parse_the(struct parser *p, const char *word)
{
	const char *shown = arena_printf(p->tell.arena, "「%s」", word), *english = arena_printf(p->tell.arena, "\"%s\"", word);
	unsigned which;

	return parse_one_of(p, (const char *const[]){ word, NULL }, &which, shown, english);
}

int parse_number(struct parser *p, uint64_t least, uint64_t most, uint64_t *out, struct policy_place *at, const char *ja, const char *en)
{
	struct token taken;
	uint64_t v;

	if (p->next.kind != TOKEN_NUMBER) {
		parse_wanted(p, ja, en);
		return tell_expected(&p->tell, "数字", "a number");
	}
	if (decimal_decode(bytes_of_text(p->next.text), UINT64_MAX, &v, NULL) != 0)
		return tell(&p->tell, p->next.at, "数の書き方が正しくありません。頭の0は付けません。", "no number is written like this; no leading zero");
	if (v < least || v > most)
		return tell(&p->tell, p->next.at, "%llu から %llu までの数を書いてください。", "the number must be from %llu to %llu", (unsigned long long)least,
			    (unsigned long long)most);
	*out = v;
	*at = p->next.at;
	return parse_take(p, &taken);
}

int parse_name(struct parser *p, struct token *out, const char *ja, const char *en)
{
	struct text name = p->next.text;
	bool good = p->next.kind == TOKEN_WORD && name.n <= POLICY_NAME_BYTES_MOST;

	if (p->next.kind != TOKEN_WORD)
		return parse_wanted(p, ja, en);
	for (size_t i = 0; i < name.n; i++)
		good &= (name.p[i] >= 'a' && name.p[i] <= 'z') || (i && ((name.p[i] >= '0' && name.p[i] <= '9') || name.p[i] == '-'));
	if (!good)
		return tell_two(&p->tell, p->next.at, arena_printf(p->tell.arena, "%sは、英小文字で始まる英小文字・数字・「-」の %d 字までです。", ja, POLICY_NAME_BYTES_MOST),
				arena_printf(p->tell.arena, "%s is of a-z, 0-9 and -, begins with a letter, and has at most %d characters", en, POLICY_NAME_BYTES_MOST));
	if (is_statement(name))
		return tell(&p->tell, p->next.at, "「%.*s」は文を始めることばなので、名前には使えません。", "%.*s begins a statement and cannot be a name", (int)name.n, name.p);
	return parse_take(p, out);
}

int parse_zone_name(struct parser *p, struct token *out)
{
	return parse_name(p, out, "系の名前", "a zone's name");
}

int parse_said(struct parser *p, struct text *out, const char *ja, const char *en)
{
	struct token t;

	if (parse_string(p, &t, ja, en) != 0)
		return -1;
	*out = t.text;
	return 0;
}

/* ---- clauses ---- */

/* The next token is no clause and nothing that ends the statement. */
static int no_clause(struct parser *p, const struct token *head, const struct clause *clauses, size_t count, const bool *seen, bool open)
{
	const char **words = arena_new_array(p->tell.arena, const char *, count + COUNT(statement_words));
	struct buf list = buf_in(p->tell.arena, 0);
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		words[n++] = clauses[i].word;
		if (!seen[i] || clauses[i].many)
			buf_printf(&list, "%s%s", list.n ? ", " : "", clauses[i].word);
	}
	for (const char *const *w = statement_words; *w; w++)
		words[n++] = *w;
	bool either = !open && p->next.first; /* a new line: the author may have meant a statement */
	if (either)
		buf_printf(&list, "%s%s", list.n ? ", " : "", statement_list);
	parse_wanted(p, arena_printf(p->tell.arena, either ? "%sの文の項目か次の文" : "%sの文の項目", head->text.p),
		     arena_printf(p->tell.arena, either ? "a clause of %s or the next statement" : "a clause of %s", head->text.p));
	if (list.n)
		tell_expected(&p->tell, buf_string(&list), buf_string(&list));
	return p->next.kind == TOKEN_WORD ? tell_nearest(&p->tell, p->next.text, words) : -1;
}

static int one_clause(struct parser *p, const struct clause *clauses, size_t count, bool *seen, void *self, bool *found)
{
	struct token word;

	*found = false;
	for (size_t i = 0; p->next.kind == TOKEN_WORD && i < count; i++) {
		if (!text_is(p->next.text, clauses[i].word))
			continue;
		if (seen[i] && !clauses[i].many)
			return tell(&p->tell, p->next.at, "「%s」が二度書かれています。", "\"%s\" stands twice", clauses[i].word);
		seen[i] = *found = true;
		if (parse_take(p, &word) != 0)
			return -1;
		return clauses[i].read(p, self, &word);
	}
	return 0;
}

int parse_clauses(struct parser *p, const struct token *head, const struct clause *clauses, size_t count, void *self)
{
	bool seen[16] = { false }, open = false, found;
	struct token brace, taken;

	must(count <= COUNT(seen));
	for (;;) {
		/* A word that begins a statement too, as "service" of allow: first on its line it begins one, unless a brace is open. */
		if (!open && p->next.first && p->next.kind == TOKEN_WORD && is_statement(p->next.text))
			break;
		if (one_clause(p, clauses, count, seen, self, &found) != 0)
			return -1;
		if (found)
			continue;
		bool statement = p->next.kind == TOKEN_WORD && is_statement(p->next.text);
		if (p->next.kind == TOKEN_OPEN && !open) {
			open = true;
			if (parse_take(p, &brace) != 0)
				return -1;
		} else if (p->next.kind == TOKEN_CLOSE && open) {
			if (parse_take(p, &taken) != 0)
				return -1;
			break;
		} else if (open && (p->next.kind == TOKEN_END || (statement && p->next.first))) {
			return tell(&p->tell, brace.at, "「{」に対応する「}」がありません。", "this brace is never closed");
		} else if (!open && (p->next.kind == TOKEN_END || statement)) {
			break;
		} else {
			return no_clause(p, head, clauses, count, seen, open);
		}
	}
	for (size_t i = 0; i < count; i++)
		if (clauses[i].needed && !seen[i]) {
			tell(&p->tell, head->at, "%.*sの文に「%s」がありません。", "the statement %.*s lacks \"%s\"", (int)head->text.n, head->text.p, clauses[i].word);
			return tell_expected(&p->tell, arena_printf(p->tell.arena, "%s（%s）", clauses[i].word, clauses[i].ja),
					     arena_printf(p->tell.arena, "%s (%s)", clauses[i].word, clauses[i].en));
		}
	return 0;
}

/* ---- files ---- */

static int parse_file(struct parser *p, const struct policy_file *file);

/* No way out of the folder: plain names only, each step opened without following links. */
static int open_inside(const struct teller *t, struct policy_place at, int folder, struct text path, int *out)
{
	FD(here) = fcntl(folder, F_DUPFD_CLOEXEC, 3);
	size_t from = 0;

	if (here < 0)
		return tell(t, at, "フォルダーを開けません。", "the folder cannot be opened");
	for (;;) {
		size_t to = from;
		while (to < path.n && path.p[to] != '/')
			to++;
		bool last = to == path.n;
		const char *step = arena_copy(t->arena, path.p + from, to - from);
		if (to == from || strcmp(step, ".") == 0 || strcmp(step, "..") == 0)
			return tell(t, at, "このフォルダーの中のファイルだけを書けます（先頭の「/」や「..」は使えません）。",
				    "only files inside the folder of the text can be named: no leading / and no ..");
		int next = openat(here, step, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK | (last ? 0 : O_DIRECTORY));
		if (next < 0 && (errno == ELOOP || (errno == ENOTDIR && !last)))
			return tell(t, at, "リンクは使えません: %s", "links are not followed: %s", step);
		if (next < 0) {
			bool missing = errno == ENOENT;
			tell(t, at, missing ? "ファイルがありません: %s" : "ファイルを開けません: %s", missing ? "there is no file %s" : "the file %s cannot be opened", path.p);
			if (t->err)
				t->err->code = missing ? ERR_NOT_FOUND : ERR_IO;
			return -1;
		}
		close(here);
		here = next;
		if (last)
			break;
		from = to + 1;
	}
	*out = here;
	here = -1;
	return 0;
}

static int read_inside(const struct teller *t, struct policy_place at, int folder, struct text path, const struct policy_file **out)
{
	struct policy_file *file = arena_alloc(t->arena, sizeof *file);
	FD(fd) = -1;
	struct stat st;
	struct err err;

	if (open_inside(t, at, folder, path, &fd) != 0)
		return -1;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return tell(t, at, "普通のファイルではありません: %s", "%s is no regular file", path.p);
	if (file_read_fd(t->arena, fd, POLICY_FILE_BYTES_MOST, &file->content, &err) != 0) {
		if (err.code == ERR_LIMIT)
			return tell(t, at, "ファイルが大きすぎます（上限 %d バイト）: %s", "more than %d bytes: %s", POLICY_FILE_BYTES_MOST, path.p);
		tell(t, at, "ファイルを読めません: %s", "the file %s cannot be read", path.p);
		if (t->err)
			t->err->code = err.code;
		return -1;
	}
	file->name = path;
	*out = file;
	return 0;
}

/* Entering a file twice would say its statements twice: refused, and cycles with it. */
static int register_file(struct parser *p, struct policy_place at, const struct policy_file *file)
{
	struct policy *policy = p->policy;

	for (size_t i = 0; i < policy->file_count; i++)
		if (text_equal(policy->files[i]->name, file->name))
			return tell(&p->tell, at, "%s はすでに読み込まれています。", "%s was read already", file->name.p);
	if (policy->file_count == POLICY_FILES_MOST)
		return tell(&p->tell, at, "読み込むファイルが多すぎます（上限 %d）。", "more than %d files", POLICY_FILES_MOST);
	policy->files = policy_grow(p->tell.arena, policy->files, policy->file_count, sizeof *policy->files);
	policy->files[policy->file_count++] = file;
	return 0;
}

/* include "file": its text stands here. */
static int include(struct parser *p)
{
	struct lexer outer;
	struct token name, next;
	const struct policy_file *file;

	if (parse_string(p, &name, "読み込むファイルの名前", "the name of the file to include") != 0)
		return -1;
	if (p->folder < 0)
		return tell(&p->tell, name.at, "採択された文は、ほかのファイルを読み込めません。", "a text without a folder cannot include files");
	if (p->depth == POLICY_DEPTH_MOST)
		return tell(&p->tell, name.at, "includeの入れ子が深すぎます（上限 %d 段）。", "more than %d levels of include", POLICY_DEPTH_MOST);
	if (read_inside(&p->tell, name.at, p->folder, name.text, &file) != 0 || register_file(p, name.at, file) != 0)
		return -1;
	outer = p->lex, next = p->next;
	p->depth++;
	if (parse_file(p, file) != 0)
		return -1;
	p->depth--;
	p->lex = outer, p->next = next;
	return 0;
}

static int statement(struct parser *p)
{
	struct token head;

	if (p->next.kind == TOKEN_WORD && is_statement(p->next.text)) {
		if (!p->next.first)
			return tell(&p->tell, p->next.at, "文は行の始めから書いてください。", "a statement begins on a line of its own");
		if (parse_take(p, &head) != 0)
			return -1;
		if (text_is(head.text, "include"))
			return include(p);
		for (const struct statement *const *s = statements; *s; s++)
			if (text_is(head.text, (*s)->word))
				return (*s)->read(p, &head);
	}
	parse_wanted(p, "文", "a statement");
	tell_expected(&p->tell, statement_list, statement_list);
	return p->next.kind == TOKEN_WORD ? tell_nearest(&p->tell, p->next.text, statement_words) : -1;
}

static int parse_file(struct parser *p, const struct policy_file *file)
{
	if (lexer_begin(&p->lex, &p->tell, file) != 0 || lexer_next(&p->lex, &p->next) != 0)
		return -1;
	while (p->next.kind != TOKEN_END)
		if (statement(p) != 0)
			return -1;
	return 0;
}

static int whole(struct parser *p, const struct policy_file *file, const struct policy **out)
{
	if (register_file(p, (struct policy_place){ NULL }, file) != 0 || parse_file(p, file) != 0)
		return -1;
	policy_settle(p->policy);
	if (policy_check(&p->tell, p->policy) != 0)
		return -1;
	*out = p->policy;
	return 0;
}

int policy_load(struct arena *arena, int folder, const char *path, const struct policy **out, struct policy_fault *fault, struct err *err)
{
	struct policy_fault unheard;
	struct parser p = { .tell = { arena, fault ? fault : &unheard, err }, .policy = arena_alloc(arena, sizeof *p.policy), .folder = folder };
	struct text name = { arena_copy(arena, path, strlen(path)), strlen(path) };
	const struct policy_file *file;

	if (read_inside(&p.tell, (struct policy_place){ NULL }, folder, name, &file) != 0)
		return -1;
	return whole(&p, file, out);
}

int policy_of_text(struct arena *arena, const char *name, struct bytes content, const struct policy **out, struct policy_fault *fault, struct err *err)
{
	struct policy_fault unheard;
	struct parser p = { .tell = { arena, fault ? fault : &unheard, err }, .policy = arena_alloc(arena, sizeof *p.policy), .folder = -1 };
	struct policy_file *file = arena_alloc(arena, sizeof *file);

	file->name = (struct text){ arena_copy(arena, name, strlen(name)), strlen(name) };
	file->content = arena_bytes(arena, content);
	return whole(&p, file, out);
}
