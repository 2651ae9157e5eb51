/* 団体の文 — city "紺碧市" code "990019" site konpeki fiscal from april: whose policy this is, and the id its records carry. */
#include "policy/parse.h"

static const char *const months[] = { "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december", NULL };

/* 全国地方公共団体コード: the sixth digit checks the five before it, weights 6 to 2, modulo 11. */
static bool is_code(struct text t)
{
	unsigned sum = 0;

	if (t.n != 6)
		return false;
	for (unsigned i = 0; i < 6; i++) {
		if (t.p[i] < '0' || t.p[i] > '9')
			return false;
		if (i < 5)
			sum += (unsigned)(t.p[i] - '0') * (6 - i);
	}
	unsigned digit = sum < 11 ? (11 - sum) % 10 : (11 - sum % 11) % 10;
	return (unsigned)(t.p[5] - '0') == digit;
}

static int code(struct parser *p, void *self, const struct token *word)
{
	struct policy_city *city = self;
	struct token t;

	(void)word;
	if (parse_string(p, &t, "団体コード", "the code of the local government") != 0)
		return -1;
	if (!is_code(t.text))
		return tell(&p->tell, t.at, "全国地方公共団体コードは検査数字まで含めた数字6桁です。検査数字が合いません。",
			    "the code has six digits, the last of which checks the others; this one does not");
	city->code = t.text;
	return 0;
}

static int site(struct parser *p, void *self, const struct token *word)
{
	struct policy_city *city = self;
	struct token t;

	(void)word;
	if (parse_word(p, &t, "識別名", "the site id") != 0)
		return -1;
	bool good = t.text.n <= POLICY_SITE_BYTES_MOST;
	for (size_t i = 0; i < t.text.n; i++)
		good &= (t.text.p[i] >= 'a' && t.text.p[i] <= 'z') || (t.text.p[i] >= '0' && t.text.p[i] <= '9') || t.text.p[i] == '-';
	if (!good)
		return tell(&p->tell, t.at, "識別名は、英小文字で始まる英小文字・数字・「-」の %d 字までです。", "a site id is of a-z, 0-9 and -, at most %d characters",
			    POLICY_SITE_BYTES_MOST);
	city->site = t.text;
	return 0;
}

static int fiscal(struct parser *p, void *self, const struct token *word)
{
	struct policy_city *city = self;
	unsigned which;

	(void)word;
	if (parse_the(p, "from") != 0 || parse_one_of(p, months, &which, "会計年度の始まる月", "the month in which the fiscal year begins") != 0)
		return -1;
	city->fiscal_month = which + 1;
	return 0;
}

static int read(struct parser *p, const struct token *head)
{
	static const struct clause clauses[] = {
		{ "code", code, true, false, "全国地方公共団体コード", "code of the local government" },
		{ "site", site, true, false, "記録に使う識別名", "id that the records carry" },
		{ "fiscal", fiscal, false, false, "会計年度の始まり", "begin of the fiscal year" },
	};
	struct policy_city city = { .fiscal_month = 4, .at = head->at };
	struct token name;

	if (p->policy->has_city)
		return tell(&p->tell, head->at, "団体（city）の文は一つだけです。", "there is one city only");
	if (parse_string(p, &name, "団体の名前", "the city's name") != 0)
		return -1;
	city.name = name.text;
	if (parse_clauses(p, head, clauses, COUNT(clauses), &city) != 0)
		return -1;
	p->policy->city = city;
	p->policy->has_city = true;
	return 0;
}

static int check(const struct teller *t, const struct policy *policy)
{
	if (!policy->has_city) {
		tell(t, (struct policy_place){ policy->files[0], 0, 0 }, "団体（city）の文がありません。", "the text names no city");
		return tell_expected(t, "city \"団体名\" code \"団体コード\" site 識別名", "city \"NAME\" code \"CODE\" site ID");
	}
	return 0;
}

static void write(struct buf *out, const struct policy *policy)
{
	const struct policy_city *city = &policy->city;

	buf_str(out, "city ");
	policy_write_string(out, city->name);
	buf_printf(out, " code \"%s\" site %.*s fiscal from %s\n", city->code.p, (int)city->site.n, city->site.p, months[city->fiscal_month - 1]);
}

const struct statement statement_city = { .word = "city", .read = read, .check = check, .write = write };
