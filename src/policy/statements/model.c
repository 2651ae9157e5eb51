/* 強靱性のモデルの文 — model alpha | alpha-dash | beta | beta-dash: what of the LGWAN zone may reach the Internet at all (src/zones/laws). Not said: alpha, the
 * strictest. article: s6.3.2a */
#include "policy/parse.h"

static const char *const kinds[] = { [POLICY_ALPHA] = "alpha", [POLICY_ALPHA_DASH] = "alpha-dash", [POLICY_BETA] = "beta", [POLICY_BETA_DASH] = "beta-dash", NULL };

static int read(struct parser *p, const struct token *head)
{
	struct policy *policy = p->policy;
	unsigned which;

	if (policy->has_model)
		return tell(&p->tell, head->at, "モデル（model）の文は一つだけです。", "there is one model only");
	if (parse_one_of(p, kinds, &which, "モデルの名前", "the name of a model") != 0)
		return -1;
	policy->has_model = true, policy->model = (enum policy_model_kind)which, policy->model_at = head->at;
	return 0;
}

static void write(struct buf *out, const struct policy *policy)
{
	if (policy->has_model)
		buf_printf(out, "\nmodel %s\n", kinds[policy->model]);
}

const struct statement statement_model = { .word = "model", .read = read, .write = write };
