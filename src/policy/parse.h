/* 構文 — what a statement needs to read, check and write itself. For src/policy only. A statement is a word, what must follow it, and clauses in
 * any order; clauses may stand on the line, or between braces. */
#ifndef POLICY_PARSE_H
#define POLICY_PARSE_H
#include "policy/lex.h"

struct parser {
	struct teller tell;
	struct policy *policy;
	struct lexer lex;
	struct token next; /* not yet taken */
	int folder;	   /* -1: nothing can be included */
	unsigned depth;
	int64_t ends[POLICY_EXPIRIES_MOST]; /* of allow statements so far, each once */
	size_t end_count;
};

struct statement {
	const char *word;
	/* The word was taken: *head. */
	int (*read)(struct parser *p, const struct token *head);
	/* What can only be said of the whole text. NULL: nothing. */
	int (*check)(const struct teller *t, const struct policy *policy);
	/* All statements of this kind in canonical form. */
	void (*write)(struct buf *out, const struct policy *policy);
};
extern const struct statement *const statements[]; /* statements.def, NULL-terminated */
extern const char *const statement_words[];	   /* and "include"; NULL-terminated */

/* A clause: its word was taken, read takes what follows. */
struct clause {
	const char *word;
	int (*read)(struct parser *p, void *self, const struct token *word);
	bool needed, many;
	const char *ja, *en; /* what it says, for "… is wanting" */
};
/* What carry says of how files are made safe (rules.c). */
enum { RULE_CLAUSES = 6 };
extern const struct clause rule_clauses[RULE_CLAUSES]; /* self: struct policy_carry */
bool policy_has_rules(const struct rules *rules);      /* more than saying nothing */
void policy_write_rules(struct buf *out, const struct rules *rules);

/* Takes clauses until the next statement. */
int parse_clauses(struct parser *p, const struct token *head, const struct clause *clauses, size_t count, void *self) CHECK_RESULT;

int parse_take(struct parser *p, struct token *out) CHECK_RESULT;
/* Taken if it is one, else told. ja and en say what is wanted: "系の名前", "a zone's name". */
int parse_string(struct parser *p, struct token *out, const char *ja, const char *en) CHECK_RESULT;
int parse_word(struct parser *p, struct token *out, const char *ja, const char *en) CHECK_RESULT;
/* Exactly this word. */
int parse_the(struct parser *p, const char *word) CHECK_RESULT;
/* One of the words (NULL-terminated); *which is its index. */
int parse_one_of(struct parser *p, const char *const *words, unsigned *which, const char *ja, const char *en) CHECK_RESULT;
int parse_number(struct parser *p, uint64_t least, uint64_t most, uint64_t *out, struct policy_place *at, const char *ja, const char *en) CHECK_RESULT;
/* [a-z][a-z0-9-]*, no word that begins a statement. ja and en say whose: "系の名前", "a zone's name". */
int parse_name(struct parser *p, struct token *out, const char *ja, const char *en) CHECK_RESULT;
int parse_zone_name(struct parser *p, struct token *out) CHECK_RESULT;
/* The name of a zone, a host or a group, or the word gate. */
int parse_side(struct parser *p, struct policy_name *out) CHECK_RESULT;
/* A string into *out. */
int parse_said(struct parser *p, struct text *out, const char *ja, const char *en) CHECK_RESULT;
/* A network; of_host: one address. */
int parse_net(struct parser *p, bool of_host, struct policy_net *out) CHECK_RESULT;
/* "X stands where … is wanted" about the next token. */
int parse_wanted(struct parser *p, const char *ja, const char *en);

/* Room for one more behind `count` items of `size` bytes; grows by powers of two. */
void *policy_grow(struct arena *arena, void *items, size_t count, size_t size) CHECK_RESULT;
/* Quoted, \" and \\ escaped. */
void policy_write_string(struct buf *out, struct text t);
void policy_write_said(struct buf *out, const char *word, struct text t); /* a clause with a string on a line of its own; nothing for "" */
int policy_text_order(struct text a, struct text b);
int policy_net_order(const void *a, const void *b);  /* struct policy_net */
int policy_name_order(const void *a, const void *b); /* struct policy_name */
int policy_interface_order(const void *a, const void *b);
int policy_ports_order(const void *a, const void *b);
int policy_icmp_order(const void *a, const void *b);
int policy_carry_order(const void *a, const void *b);
/* Of two places that contradict each other the one that a reader meets last. */
bool policy_place_later(const struct policy_place *a, const struct policy_place *b);
void policy_net_mask(struct policy_net *net);

/* Checks that statements share. what: "機器「%s」" and "the host %s" are made of it. */
struct policy_kind {
	const char *ja, *en;
};
/* "there is no X called NAME": words are what there is. */
int tell_unknown(const struct teller *t, const struct policy_name *name, const struct policy_kind *kind, const char *const *words);
int policy_check_zone_name(const struct teller *t, const struct policy *policy, const struct policy_name *zone) CHECK_RESULT;
/* The service clause of allow and never: another name behind *services. */
int parse_service_name(struct parser *p, struct policy_name **services, size_t *count) CHECK_RESULT;
int policy_check_services(const struct teller *t, const struct policy *policy, const struct policy_name *services, size_t count) CHECK_RESULT;
/* Both sides are known, and there is a way between them: interfaces, addresses, a kind of address that both have. */
int policy_check_sides(const struct teller *t, const struct policy *policy, const struct policy_name *from, const struct policy_name *to) CHECK_RESULT;
/* Sorted items whose names stand in their first field: no two alike. */
int policy_check_names(const struct teller *t, const void *items, size_t count, size_t size, size_t place_at, const struct policy_kind *kind) CHECK_RESULT;

/* Everything that can only be said of the whole text. */
int policy_check(const struct teller *t, const struct policy *policy) CHECK_RESULT;
/* Canonical order of everything whose order means nothing. */
void policy_settle(struct policy *policy);

#endif
