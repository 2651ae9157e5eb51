/* 対訳 — compiles po/en.po to a sorted C table at build time, or holds it against the POT: complete, same places, nothing left over.
 *
 *   poc --c OUT.c FILE.po              writes html_translations[] (src/web/html.h)
 *   poc --check FILE.pot FILE.po       1 and one line per fault: missing, untranslated, left over, other places, fuzzy
 *
 * Reads the part of the PO format that we write: msgid, msgstr, strings over several lines, comments. Plurals, contexts and
 * obsolete entries are refused. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ENTRIES_MOST = 8192, STRING_MOST = 16384, LINE_MOST = 16384, PLACES_MOST = 64 };

struct entry {
	char *id, *text;
	int line;
	bool fuzzy;
};
struct catalogue {
	const char *path;
	struct entry entries[ENTRIES_MOST];
	size_t count;
};
static struct catalogue first, second; /* static: strings stay reachable for a leak checker */

static _Noreturn void refused(const char *path, int line, const char *say)
{
	fprintf(stderr, "%s:%d: %s\n", path, line, say);
	exit(1);
}

static void add_quoted(const char *path, int line, const char *s, char *to)
{
	size_t n = strlen(to);

	while (*s == ' ')
		s++;
	if (*s++ != '"')
		refused(path, line, "a string in double quotes must follow");
	for (; *s && *s != '"'; s++) {
		if (n + 2 > STRING_MOST)
			refused(path, line, "the string is too long");
		if (*s != '\\')
			to[n++] = *s;
		else if (*++s == 'n')
			to[n++] = '\n';
		else if (*s == '"' || *s == '\\')
			to[n++] = *s;
		else
			refused(path, line, "an escape other than \\n \\\" \\\\");
	}
	if (*s != '"' || (s[1] != '\n' && s[1] != 0))
		refused(path, line, "the string is not closed");
	to[n] = 0;
}

static void keep_entry(struct catalogue *c, char *id, char *text, int line, bool fuzzy)
{
	if (line && *id) {
		if (c->count == ENTRIES_MOST)
			refused(c->path, line, "too many messages");
		for (size_t i = 0; i < c->count; i++)
			if (strcmp(c->entries[i].id, id) == 0)
				refused(c->path, line, "the message stands twice");
		c->entries[c->count++] = (struct entry){ strdup(id), strdup(text), line, fuzzy };
	}
	*id = *text = 0;
}

static void read_catalogue(struct catalogue *c, const char *path)
{
	static char line[LINE_MOST], id[STRING_MOST], text[STRING_MOST];
	char *to = NULL;
	int number = 0, at = 0;
	bool fuzzy = false, next_fuzzy = false;
	FILE *f = fopen(path, "r");

	c->path = path;
	*id = *text = 0;
	if (!f) {
		fprintf(stderr, "poc: cannot read %s\n", path);
		exit(1);
	}
	while (fgets(line, sizeof line, f)) {
		number++;
		if (strncmp(line, "#,", 2) == 0)
			next_fuzzy |= strstr(line, "fuzzy") != NULL;
		else if (strncmp(line, "#~", 2) == 0)
			refused(path, number, "an obsolete message: delete it");
		else if (line[0] == '#' || line[0] == '\n')
			continue;
		else if (strncmp(line, "msgid ", 6) == 0) {
			keep_entry(c, id, text, at, fuzzy);
			to = id, at = number, fuzzy = next_fuzzy, next_fuzzy = false;
			add_quoted(path, number, line + 6, to);
		} else if (strncmp(line, "msgstr ", 7) == 0 && to == id)
			to = text, add_quoted(path, number, line + 7, to);
		else if (line[0] == '"' && to)
			add_quoted(path, number, line, to);
		else
			refused(path, number, "neither msgid nor msgstr nor a string");
	}
	keep_entry(c, id, text, at, fuzzy);
	fclose(f);
}

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->id, ((const struct entry *)b)->id);
}

/* How often each {N} stands; false if a brace is anything else. */
static bool places_of(const char *s, unsigned count[PLACES_MOST])
{
	memset(count, 0, sizeof(unsigned) * PLACES_MOST);
	for (; *s; s++) {
		if (*s == '}')
			return false;
		if (*s != '{')
			continue;
		unsigned n = 0, digits = 0;
		for (s++; *s >= '0' && *s <= '9' && digits < 3; s++, digits++)
			n = n * 10 + (unsigned)(*s - '0');
		if (*s != '}' || digits == 0 || n >= PLACES_MOST)
			return false;
		count[n]++;
	}
	return true;
}

static bool same_places(const char *a, const char *b)
{
	unsigned in_a[PLACES_MOST], in_b[PLACES_MOST];

	return places_of(a, in_a) && places_of(b, in_b) && memcmp(in_a, in_b, sizeof in_a) == 0;
}

static struct entry *find(struct catalogue *c, const char *id)
{
	for (size_t i = 0; i < c->count; i++)
		if (strcmp(c->entries[i].id, id) == 0)
			return &c->entries[i];
	return NULL;
}

static int check(struct catalogue *pot, struct catalogue *po)
{
	int faults = 0;

	for (size_t i = 0; i < pot->count; i++)
		if (!find(po, pot->entries[i].id))
			fprintf(stderr, "%s: missing: %s\n", po->path, pot->entries[i].id), faults++;
	for (size_t i = 0; i < po->count; i++) {
		const struct entry *e = &po->entries[i];
		const char *what = !find(pot, e->id) ? "left over" : !*e->text ? "untranslated" : e->fuzzy ? "fuzzy" :
				   !same_places(e->id, e->text) ? "other places than the Japanese" : NULL;
		if (what)
			fprintf(stderr, "%s:%d: %s: %s\n", po->path, e->line, what, e->id), faults++;
	}
	if (faults == 0)
		printf("%zu messages, all translated\n", po->count);
	return faults ? 1 : 0;
}

static void put_c_string(FILE *f, const char *s)
{
	fputc('"', f);
	for (; *s; s++)
		if (*s == '"' || *s == '\\')
			fprintf(f, "\\%c", *s);
		else if (*s == '\n')
			fputs("\\n", f);
		else if (*s == '?')
			fputs("\\?", f);
		else
			fputc(*s, f);
	fputc('"', f);
}

static int write_table(struct catalogue *po, const char *path)
{
	FILE *f = fopen(path, "w");

	if (!f)
		return fprintf(stderr, "poc: cannot write %s\n", path), 1;
	fputs("/* Made by tools/poc.c. */\n#include \"web/html.h\"\n\nconst struct html_translation html_translations[] = {\n", f);
	qsort(po->entries, po->count, sizeof *po->entries, by_id);
	for (size_t i = 0; i < po->count; i++) {
		if (!same_places(po->entries[i].id, po->entries[i].text))
			refused(po->path, po->entries[i].line, "other places than the Japanese");
		fputs("\t{ ", f), put_c_string(f, po->entries[i].id), fputs(", ", f), put_c_string(f, po->entries[i].text), fputs(" },\n", f);
	}
	fprintf(f, "\t{ \"\", \"\" }\n};\nconst size_t html_translations_count = %zu;\n", po->count);
	return fclose(f) == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "--c") == 0) {
		read_catalogue(&first, argv[3]);
		return write_table(&first, argv[2]);
	}
	if (argc == 4 && strcmp(argv[1], "--check") == 0) {
		read_catalogue(&first, argv[2]);
		read_catalogue(&second, argv[3]);
		return check(&first, &second);
	}
	fprintf(stderr, "usage: poc --c OUT.c FILE.po | poc --check FILE.pot FILE.po\n");
	return 2;
}
