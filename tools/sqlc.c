/* 名前つきSQLの変換 — build-time generator: named statements in .sql files → a table and typed C functions.
 *   sqlc statements OUT.h OUT.c IN.sql…      sqlc migrations OUT.c IN.sql…
 * A statement:
 *   -- name(param type, …)                        acts; nothing comes back
 *   -- name(param type, …) -> one column type, …  at most one row       -> many column type, …  a list
 *   --   … may go on in lines that begin with "--" and blanks;  -> many like OTHER  has OTHER's row
 *   SELECT … :param …;
 * A piece, for what several statements have in common; behind it {name} stands for its text, in later pieces too:
 *   -- {name}
 *   …;
 * Types: text int bytes. Parameters are bound by name: each one declared must occur, none else may. For PostgreSQL :name becomes $n.
 * Lines beginning with "---" are remarks. Ends with 1 and file:line on anything it does not understand. */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STATEMENTS_MOST = 400, PIECES_MOST = 40, FIELDS_MOST = 64, WORD = 64, TEXT_ROOM = 8192 };

struct field {
	char name[WORD], type[WORD];
};
struct statement {
	char name[WORD], like[WORD];
	enum { ACTS, ONE, MANY } kind;
	struct field parameters[FIELDS_MOST], columns[FIELDS_MOST];
	size_t parameter_count, column_count;
	size_t places[FIELDS_MOST], place_count; /* SQLite numbers parameters by their first occurrence: index into parameters */
	char text[TEXT_ROOM], postgres[TEXT_ROOM];
};
struct piece {
	char name[WORD], text[TEXT_ROOM];
};
static struct statement *statements;
static size_t statement_count;
static struct piece *pieces;
static size_t piece_count;
static const char *file_now;
static int line_now;

static _Noreturn void refuse(const char *format, ...)
{
	va_list args;

	fprintf(stderr, "%s:%d: ", file_now, line_now);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

static void put(char *to, size_t room, const char *from, size_t n)
{
	size_t used = strlen(to);

	if (used + n + 1 > room)
		refuse("too long");
	memcpy(to + used, from, n);
	to[used + n] = 0;
}

static const char *blanks(const char *p)
{
	while (*p == ' ' || *p == '\t' || *p == '\n')
		p++;
	return p;
}

static const char *word(const char *p, char out[WORD], const char *what)
{
	size_t n = 0;

	p = blanks(p);
	while (islower((unsigned char)p[n]) || isdigit((unsigned char)p[n]) || p[n] == '_')
		n++;
	if (n == 0 || n >= WORD || isdigit((unsigned char)*p))
		refuse("expected %s at \"%.20s\"", what, p);
	memcpy(out, p, n);
	out[n] = 0;
	return p + n;
}

static const char *fields(const char *p, struct field *to, size_t *count, char end)
{
	p = blanks(p);
	if (*p == end)
		return p;
	for (;;) {
		if (*count == FIELDS_MOST)
			refuse("too many fields");
		p = word(p, to[*count].name, "a name");
		p = word(p, to[*count].type, "a type");
		if (strcmp(to[*count].type, "text") != 0 && strcmp(to[*count].type, "int") != 0 && strcmp(to[*count].type, "bytes") != 0)
			refuse("%s is no type: text, int or bytes", to[*count].type);
		for (size_t i = 0; i < *count; i++)
			if (strcmp(to[i].name, to[*count].name) == 0)
				refuse("%s stands twice", to[i].name);
		++*count;
		p = blanks(p);
		if (*p == end)
			return p;
		if (*p++ != ',')
			refuse("expected , or %c", end ? end : '\n');
	}
}

static const struct statement *statement_named(const char *name)
{
	for (size_t i = 0; i < statement_count; i++)
		if (strcmp(statements[i].name, name) == 0)
			return &statements[i];
	return NULL;
}

static void read_head(struct statement *s, const char *head)
{
	const char *p = word(head, s->name, "the statement's name");
	char how[WORD];

	if (statement_named(s->name) && statement_named(s->name) != s)
		refuse("%s stands twice", s->name);
	if (*p++ != '(')
		refuse("expected ( behind %s", s->name);
	p = fields(p, s->parameters, &s->parameter_count, ')') + 1;
	p = blanks(p);
	if (*p == 0)
		return;
	if (strncmp(p, "->", 2) != 0)
		refuse("expected -> at \"%.20s\"", p);
	p = word(p + 2, how, "one or many");
	s->kind = strcmp(how, "one") == 0 ? ONE : strcmp(how, "many") == 0 ? MANY : ACTS;
	if (s->kind == ACTS)
		refuse("expected one or many, not %s", how);
	if (strncmp(blanks(p), "like ", 5) == 0) {
		p = blanks(word(blanks(p) + 5, s->like, "a statement's name"));
		const struct statement *other = statement_named(s->like);
		if (!other || other->kind == ACTS || other->like[0] || *p)
			refuse("%s is no earlier statement with a row of its own", s->like);
		memcpy(s->columns, other->columns, sizeof s->columns);
		s->column_count = other->column_count;
		return;
	}
	fields(p, s->columns, &s->column_count, 0);
	if (s->column_count == 0)
		refuse("%s has no columns", s->name);
}

static size_t place_of(struct statement *s, const char *name)
{
	for (size_t i = 0; i < s->place_count; i++)
		if (strcmp(s->parameters[s->places[i]].name, name) == 0)
			return i + 1;
	for (size_t i = 0; i < s->parameter_count; i++)
		if (strcmp(s->parameters[i].name, name) == 0) {
			s->places[s->place_count++] = i;
			return s->place_count;
		}
	refuse("%s uses :%s, which it does not declare", s->name, name);
}

/* :name → $n, outside of '…'. */
static void finish(struct statement *s)
{
	bool quoted = false;
	char name[WORD], number[24];

	if (!s->text[0])
		refuse("%s has no text", s->name);
	for (const char *p = s->text; *p;) {
		if (*p == '\'')
			quoted = !quoted;
		if (quoted || *p != ':' || p[1] == ':') {
			put(s->postgres, sizeof s->postgres, p, *p == ':' && p[1] == ':' ? 2 : 1);
			p += *p == ':' && p[1] == ':' ? 2 : 1;
			continue;
		}
		p = word(p + 1, name, "a parameter");
		int n = snprintf(number, sizeof number, "$%zu", place_of(s, name));
		put(s->postgres, sizeof s->postgres, number, (size_t)n);
	}
	if (s->place_count != s->parameter_count)
		refuse("%s declares a parameter that it does not use", s->name);
}

static const struct piece *piece_named(const char *name)
{
	for (size_t i = 0; i < piece_count; i++)
		if (strcmp(pieces[i].name, name) == 0)
			return &pieces[i];
	return NULL;
}

/* A line of text, with what its pieces stand for. */
static void put_text(char *to, const char *from, size_t n)
{
	const char *end = from + n, *brace;
	char name[WORD];

	while ((brace = memchr(from, '{', (size_t)(end - from))) != NULL) {
		put(to, TEXT_ROOM, from, (size_t)(brace - from));
		from = word(brace + 1, name, "the name of a piece");
		const struct piece *p = piece_named(name);
		if (!p || p->text == to || *from != '}')
			refuse("{%s} is no earlier piece", name);
		put(to, TEXT_ROOM, p->text, strlen(p->text));
		from++;
	}
	put(to, TEXT_ROOM, from, (size_t)(end - from));
}

static struct piece *piece_begin(const char *head)
{
	struct piece *p = &pieces[piece_count];
	char name[WORD];

	if (piece_count == PIECES_MOST)
		refuse("too many pieces");
	const char *rest = word(head + 1, name, "the name of a piece");
	if (strcmp(rest, "}") != 0 || piece_named(name))
		refuse("{%s} stands twice or has more than a name", name);
	memcpy(p->name, name, sizeof name);
	piece_count++;
	return p;
}

static void read_file(const char *path)
{
	FILE *in = fopen(path, "r");
	char line[4096], head[4096] = "", *text = NULL;
	struct statement *s = NULL;
	bool in_head = false;

	file_now = path, line_now = 0;
	if (!in)
		refuse("%s", strerror(errno));
	while (fgets(line, sizeof line, in)) {
		line_now++;
		line[strcspn(line, "\n")] = 0;
		if (strncmp(line, "---", 3) == 0 || (!in_head && !text && !*blanks(line)))
			continue;
		if (strncmp(line, "--", 2) == 0) {
			bool more = in_head && (line[2] == '\t' || strncmp(line, "--  ", 4) == 0);
			if (text && !more)
				refuse("%s does not end with ;", s ? s->name : pieces[piece_count - 1].name);
			put(head, sizeof head, more ? " " : "", more ? 1 : 0);
			put(head, sizeof head, line + 2, strlen(line + 2));
			in_head = true;
			continue;
		}
		if (in_head && *blanks(head) == '{') {
			text = piece_begin(blanks(head))->text;
		} else if (in_head) {
			if (statement_count == STATEMENTS_MOST)
				refuse("too many statements");
			s = &statements[statement_count++];
			read_head(s, head);
			text = s->text;
		}
		if (in_head)
			head[0] = 0, in_head = false;
		if (!text)
			refuse("text without a head");
		size_t n = strlen(line);
		while (n && (line[n - 1] == ' ' || line[n - 1] == '\t'))
			n--;
		bool ends = n && line[n - 1] == ';';
		if (text[0])
			put(text, TEXT_ROOM, " ", 1);
		const char *start = blanks(line);
		put_text(text, start, (size_t)(line + n - (ends ? 1 : 0) - start));
		if (ends && s)
			finish(s), s = NULL;
		if (ends)
			text = NULL;
	}
	if (text || in_head)
		refuse("the last statement does not end");
	fclose(in);
}

static const char *c_type(const char *type)
{
	return strcmp(type, "int") == 0 ? "int64_t" : strcmp(type, "text") == 0 ? "struct text" : "struct bytes";
}

/* A C string; cut so that no literal passes 4,000 bytes. */
static void put_literal(FILE *out, const char *text)
{
	size_t n = 0;

	fputc('"', out);
	for (const char *p = text; *p; p++) {
		if (++n % 2000 == 0)
			fputs("\" \"", out);
		if (*p == '"' || *p == '\\')
			fputc('\\', out);
		if (*p == '\n')
			fputs("\\n", out);
		else if (*p == '\t')
			fputc(' ', out);
		else
			fputc(*p, out);
	}
	fputc('"', out);
}

static void put_prototype(FILE *out, const struct statement *s)
{
	const char *row = s->like[0] ? s->like : s->name;

	fprintf(out, "int sql_%s(struct sql *sql", s->name);
	if (s->kind != ACTS)
		fputs(", struct arena *arena", out);
	for (size_t i = 0; i < s->parameter_count; i++)
		fprintf(out, ", %s %s", c_type(s->parameters[i].type), s->parameters[i].name);
	if (s->kind == ONE)
		fprintf(out, ", struct sql_%s_row *row, bool *found", row);
	if (s->kind == MANY)
		fprintf(out, ", struct sql_%s_row **rows, size_t *count", row);
	fputs(", struct err *err)", out);
}

static void write_header(FILE *out)
{
	fputs("/* 名前つきSQL — generated by tools/sqlc.c from src/store/sql: one function per statement. Rows live in the arena. */\n"
	      "#ifndef STORE_SQL_GEN_H\n#define STORE_SQL_GEN_H\n#include \"store/sql.h\"\n\nenum {\n", out);
	for (size_t i = 0; i < statement_count; i++)
		fprintf(out, "\tSQL_%s,\n", statements[i].name);
	fputs("\tSQL_COUNT\n};\n\n", out);
	for (size_t i = 0; i < statement_count; i++) {
		const struct statement *s = &statements[i];
		if (s->kind != ACTS && !s->like[0]) {
			fprintf(out, "struct sql_%s_row {\n", s->name);
			for (size_t c = 0; c < s->column_count; c++)
				fprintf(out, "\t%s %s;\n", c_type(s->columns[c].type), s->columns[c].name);
			fputs("};\n", out);
		}
		put_prototype(out, s);
		fputs(" CHECK_RESULT;\n", out);
	}
	fputs("\n#endif\n", out);
}

static void write_names(FILE *out, const char *what, const struct statement *s, const struct field *fields_of, size_t count, bool placed)
{
	fprintf(out, "static const char *const %s_%s[] = { ", what, s->name);
	for (size_t i = 0; i < count; i++)
		fprintf(out, "\"%s\", ", fields_of[placed ? s->places[i] : i].name);
	fputs("NULL };\n", out);
}

static void write_function(FILE *out, const struct statement *s)
{
	const char *row = s->like[0] ? s->like : s->name;

	put_prototype(out, s);
	fprintf(out, "\n{\n\tstruct sql_run run;\n\n\tif (sql_start(sql, SQL_%s, &run, err) != 0)\n\t\treturn -1;\n", s->name);
	for (size_t i = 0; i < s->place_count; i++) {
		const struct field *f = &s->parameters[s->places[i]];
		fprintf(out, "\tsql_bind_%s(&run, %zu, %s);\n", f->type, i + 1, f->name);
	}
	if (s->kind == ACTS) {
		fputs("\treturn sql_act(&run, err);\n}\n\n", out);
		return;
	}
	fprintf(out, "\treturn sql_%s(&run, arena, read_%s, sizeof(struct sql_%s_row), %s, err);\n}\n\n", s->kind == ONE ? "one" : "many", row,
		row, s->kind == ONE ? "row, found" : "(void **)rows, count");
}

static void write_source(FILE *out)
{
	fputs("/* 名前つきSQL — generated by tools/sqlc.c from src/store/sql. */\n#include \"store/sql.gen.h\"\n\n", out);
	for (size_t i = 0; i < statement_count; i++) {
		const struct statement *s = &statements[i];
		write_names(out, "parameters", s, s->parameters, s->parameter_count, true);
		write_names(out, "columns", s, s->columns, s->column_count, false);
	}
	fputs("\nconst struct sql_statement sql_statements[] = {\n", out);
	for (size_t i = 0; i < statement_count; i++) {
		const struct statement *s = &statements[i];
		fprintf(out, "\t{ \"%s\", ", s->name);
		put_literal(out, s->text);
		fputs(", ", out);
		put_literal(out, s->postgres);
		fprintf(out, ", parameters_%s, %zu, columns_%s, %zu },\n", s->name, s->parameter_count, s->name, s->column_count);
	}
	fputs("};\nconst size_t sql_statement_count = SQL_COUNT;\n\n", out);
	for (size_t i = 0; i < statement_count; i++) {
		const struct statement *s = &statements[i];
		if (s->kind != ACTS && !s->like[0]) {
			fprintf(out, "static int read_%s(struct sql_run *run, struct arena *arena, void *to, struct err *err)\n{\n"
				     "\tstruct sql_%s_row *row = to;\n\n", s->name, s->name);
			for (size_t c = 0; c < s->column_count; c++) {
				bool number = strcmp(s->columns[c].type, "int") == 0;
				if (number)
					fprintf(out, "\trow->%s = sql_column_int(run, %zu);\n", s->columns[c].name, c);
				else
					fprintf(out, "\tif (sql_column_%s(run, %zu, arena, &row->%s, err) != 0)\n\t\treturn -1;\n", s->columns[c].type,
						c, s->columns[c].name);
			}
			fputs("\t(void)run, (void)arena, (void)err;\n\treturn 0;\n}\n\n", out);
		}
	}
	for (size_t i = 0; i < statement_count; i++)
		write_function(out, &statements[i]);
}

static FILE *create(const char *path)
{
	FILE *out = fopen(path, "w");

	if (!out) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		exit(1);
	}
	return out;
}

static void close_written(FILE *out, const char *path)
{
	if (ferror(out) || fclose(out) != 0) {
		fprintf(stderr, "%s: cannot write\n", path);
		exit(1);
	}
}

static void write_migrations(const char *path, int count, char **files)
{
	FILE *out = create(path);

	fputs("/* 記録の移行 — generated by tools/sqlc.c from src/store/migrations. */\n#include \"store/migrate.h\"\n\n"
	      "const struct migration migrations[] = {\n", out);
	for (int i = 0; i < count; i++) {
		const char *name = strrchr(files[i], '/') ? strrchr(files[i], '/') + 1 : files[i];
		FILE *in = fopen(files[i], "r");
		char line[4096];
		file_now = files[i], line_now = 0;
		if (!in)
			refuse("%s", strerror(errno));
		if (strtol(name, NULL, 10) != i + 1)
			refuse("migrations are numbered from 0001 without gaps");
		fprintf(out, "\t{ %d, \"%s\",\n", i + 1, name);
		while (fgets(line, sizeof line, in)) {
			fputs("\t  ", out);
			put_literal(out, line);
			fputc('\n', out);
		}
		fputs("\t},\n", out);
		fclose(in);
	}
	fprintf(out, "};\nconst size_t migration_count = %d;\n", count);
	close_written(out, path);
}

int main(int argc, char **argv)
{
	if (argc >= 4 && strcmp(argv[1], "migrations") == 0) {
		write_migrations(argv[2], argc - 3, argv + 3);
		return 0;
	}
	if (argc < 5 || strcmp(argv[1], "statements") != 0) {
		fputs("usage: sqlc statements OUT.h OUT.c IN.sql… | sqlc migrations OUT.c IN.sql…\n", stderr);
		return 2;
	}
	statements = calloc(STATEMENTS_MOST, sizeof *statements);
	pieces = calloc(PIECES_MOST, sizeof *pieces);
	if (!statements || !pieces)
		return 1;
	for (int i = 4; i < argc; i++)
		read_file(argv[i]);
	FILE *header = create(argv[2]), *source = create(argv[3]);
	write_header(header);
	write_source(source);
	close_written(header, argv[2]);
	close_written(source, argv[3]);
	free(statements);
	free(pieces);
	return 0;
}
