/* 書かれていない通信の扱い — default deny: what no statement allows does not happen. There is no other default. */
#include "policy/parse.h"

static int read(struct parser *p, const struct token *head)
{
	unsigned which;

	if (p->policy->default_deny)
		return tell(&p->tell, head->at, "default の文は一つだけです。", "there is one default only");
	if (p->next.kind == TOKEN_WORD && text_is(p->next.text, "allow"))
		return tell(&p->tell, p->next.at, "書かれていない通信は拒否（deny）しかできません。", "what is not written can only be denied");
	if (parse_one_of(p, (const char *const[]){ "deny", NULL }, &which, "「deny」", "\"deny\"") != 0)
		return -1;
	p->policy->default_deny = true;
	return 0;
}

static int check(const struct teller *t, const struct policy *policy)
{
	if (policy->default_deny)
		return 0;
	tell(t, (struct policy_place){ policy->files[0], 0, 0 }, "「default deny」の文がありません。書かれていない通信は拒否すると、明記してください。",
	     "the text does not say \"default deny\"");
	return tell_expected(t, "default deny", "default deny");
}

static void write(struct buf *out, const struct policy *policy)
{
	(void)policy; /* there is no other */
	buf_str(out, "\ndefault deny\n");
}

const struct statement statement_default = { .word = "default", .read = read, .check = check, .write = write };
