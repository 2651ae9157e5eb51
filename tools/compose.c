/* 合成文字表の生成 — base/compose.def as sorted arrays for binary search: compose OUT.h. Run at build time. */
#include "base/base.h"

enum { PAIRS_MOST = 2000, MARKS_MOST = 300 };

struct pair {
	unsigned base, mark, whole;
};
struct mark {
	unsigned c, class;
};
static struct pair pairs[PAIRS_MOST];
static struct mark marks[MARKS_MOST];
static unsigned pair_count, mark_count;

/* The list is ours and valid: up to three bytes. */
static unsigned next(const char **s)
{
	const unsigned char *p = (const unsigned char *)*s;
	unsigned n = p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : 3;

	*s += n;
	return n == 1 ? p[0] : n == 2 ? (p[0] & 0x1fu) << 6 | (p[1] & 0x3f) : (p[0] & 0xfu) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3f);
}

static void add_mark(unsigned c, unsigned class)
{
	must(mark_count < MARKS_MOST);
	marks[mark_count++] = (struct mark){ c, class };
}

static void add_marks(unsigned class, const char *s)
{
	while (*s)
		add_mark(next(&s), class);
}

static void add_pairs(unsigned mark, unsigned class, const char *s)
{
	add_mark(mark, class);
	while (*s) {
		unsigned base = next(&s);
		must(*s && pair_count < PAIRS_MOST);
		pairs[pair_count++] = (struct pair){ base, mark, next(&s) };
	}
}

static int by_parts(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	return x->mark != y->mark ? (x->mark > y->mark) - (x->mark < y->mark) : (x->base > y->base) - (x->base < y->base);
}

static int by_whole(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	return (x->whole > y->whole) - (x->whole < y->whole);
}

static int by_mark(const void *a, const void *b)
{
	const struct mark *x = a, *y = b;

	return (x->c > y->c) - (x->c < y->c);
}

static void put_pairs(FILE *out, const char *name)
{
	fprintf(out, "static const struct compose_pair %s[%u] = {\n", name, pair_count);
	for (unsigned i = 0; i < pair_count; i++)
		fprintf(out, "{%u,%u,%u},%s", pairs[i].base, pairs[i].mark, pairs[i].whole, i % 8 == 7 ? "\n" : "");
	fputs("};\n", out);
}

int main(int argc, char **argv)
{
	FILE *out = argc == 2 ? fopen(argv[1], "w") : NULL;

	must(out);
#define COMPOSE(mark, class, list) add_pairs(mark, class, list);
#define MARKS(class, list) add_marks(class, list);
#include "base/compose.def"
	qsort(pairs, pair_count, sizeof *pairs, by_parts);
	for (unsigned i = 1; i < pair_count; i++)
		must(by_parts(&pairs[i - 1], &pairs[i]) < 0);
	fputs("/* 合成文字表 — made by tools/compose.c. */\nstruct compose_pair {\n\tuint16_t base, mark, whole;\n};\nstruct compose_mark {\n\tuint16_t c, class;\n};\n", out);
	put_pairs(out, "compose_by_parts");
	qsort(pairs, pair_count, sizeof *pairs, by_whole);
	for (unsigned i = 1; i < pair_count; i++)
		must(by_whole(&pairs[i - 1], &pairs[i]) < 0);
	put_pairs(out, "compose_by_whole");
	qsort(marks, mark_count, sizeof *marks, by_mark);
	fprintf(out, "static const struct compose_mark compose_marks[%u] = {\n", mark_count);
	for (unsigned i = 0; i < mark_count; i++) {
		must(i == 0 || marks[i].c > marks[i - 1].c);
		fprintf(out, "{%u,%u},%s", marks[i].c, marks[i].class, i % 8 == 7 ? "\n" : "");
	}
	fputs("};\n", out);
	return fclose(out) == 0 ? 0 : 1;
}

_Noreturn void die(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: must(%s)\n", file, line, what);
	exit(1);
}
