/* 庁内のきまり — GET /policy, GET and POST /policy/propose, GET /policy/#, POST /policy/#/decide, /withdraw: the text in force in sentences; an administrator
 * writes another and signs it; who decides for them signs the same object, and it is in force. webd only reads and shows: recordd judges who may.
 * article: s9 s3.2d */
#include "policy/pages/policy.h"
#include "base/clock.h"
#include "base/code.h"
#include "base/cursor.h"
#include "evidence/statement.h"
#include "people/auth_client.h"
#include "policy/policy.h"
#include "store/client.h"
#include "web/pages.h"
#include "web/request.h"
#include "zones/laws/law.h"

static const struct phrase overtaken = { "ほかの人が先に決めたか、別のきまりが先に効力を持ちました。何も決めていません。",
					 "Somebody else was quicker, or another text came into force first. Nothing was decided." };
static const struct phrase too_long = { "きまりの文が長すぎます。2 MB までにしてください。", "The text is too long: at most 2 MB." };
_Static_assert(STORE_POLICY_MOST == 2 << 20, "what the phrase says");
static const struct phrase no_reason = { "理由を書いてください。", "Give a reason." };

struct phrase proposal_state_phrase(enum proposal_state state)
{
	return (struct phrase){ proposal_state_japanese(state), proposal_state_english(state) };
}

const char *proposal_state_class(enum proposal_state state)
{
	return state == PROPOSAL_ADOPTED ? "good" : state == PROPOSAL_WAITING ? "care" : "wait";
}

const char *proposal_state_sign(enum proposal_state state)
{
	return state == PROPOSAL_ADOPTED ? "✓" : state == PROPOSAL_WAITING ? "!" : "―";
}

struct phrase meaning_label(void) { return (struct phrase){ "意味の違い", "Differences of meaning" }; }
struct phrase text_label(void) { return (struct phrase){ "文の違い", "Differences of the text" }; }

static struct bytes meaning_of(struct arena *arena, const struct policy *policy, enum html_language language)
{
	struct buf words = buf_in(arena, 0);

	policy_explain(&words, policy, language == HTML_JAPANESE);
	return buf_view(&words);
}

/* A text that recordd keeps. What an earlier version of the language allowed may not be read any more: then nothing is told of it. */
static struct bytes meaning_of_text(struct request *r, struct bytes content)
{
	const struct policy *policy;

	return policy_of_text(r->arena, "policy", content, &policy, NULL, NULL) == 0 ? meaning_of(r->arena, policy, r->language) : BYTES("");
}

/* "  ・" or "  - " before what belongs to the sentence above. */
static struct told told_of(struct arena *arena, struct bytes all)
{
	struct told told = { .count = 0 };
	struct bytes line;
	size_t most = 0;

	for (size_t i = 0; i < all.n; i++)
		most += all.p[i] == '\n';
	told.rows = arena_new_array(arena, struct told_line, most + 1);
	for (struct cursor rest = cursor_over(all); cursor_next_line(&rest, &line);) {
		bool inner = line.n > 2 && memcmp(line.p, "  ", 2) == 0;
		size_t skip = inner ? 2 : 0;
		told.rows[told.count++] = (struct told_line){ { (const char *)line.p + skip, line.n - skip }, inner };
	}
	return told;
}

static struct text as_text(struct bytes b) { return (struct text){ (const char *)b.p, b.n }; } /* recordd took it as UTF-8 */

/* ---- the text in force ---- */

static int fill_policy(struct store_reader *reader, struct request *r, struct policy_view *v, struct err *err)
{
	uint64_t before = 0;

	if (decimal_decode(bytes_of_text(fields_first(&r->query, "before")), INT64_MAX, &before, NULL) != 0)
		before = 0;
	if (store_read_policy_or_none(reader, r->arena, &v->now, err) != 0 || store_read_proposals(reader, r->arena, before, PROPOSALS_PAGE, &v->proposals, err) != 0)
		return -1;
	v->has_policy = v->now.hash.n == SHA256_BYTES;
	if (v->has_policy) {
		hex_put(v->hash, v->now.hash);
		v->content = as_text(v->now.content);
		v->told = told_of(r->arena, meaning_of_text(r, v->now.content));
	}
	return 0;
}

int policy_now(struct request *r, struct html *o, struct err *err)
{
	struct policy_view v = { .may_propose = r->user.is_administrator, .done = fields_has(&r->query, "withdrawn") };
	struct store_reader *reader;

	if (store_read_take(r->web->service.home, &reader, err) != 0)
		return -1;
	int status = fill_policy(reader, r, &v, err);
	store_read_give(reader);
	if (status == 0)
		page_policy(o, &v);
	return status;
}

/* ---- a proposal is written ---- */

static int now_in_force(struct request *r, struct store_policy *now, struct err *err)
{
	struct store_reader *reader;

	if (store_read_take(r->web->service.home, &reader, err) != 0)
		return -1;
	int status = store_read_policy_or_none(reader, r->arena, now, err);
	store_read_give(reader);
	return status;
}

/* Browsers send the ends of lines of a form as CR LF. */
static struct text plain_lines(struct arena *arena, struct text t)
{
	char *p = arena_alloc(arena, t.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < t.n; i++)
		if (t.p[i] != '\r')
			p[n++] = t.p[i];
	p[n] = 0;
	return (struct text){ p, n };
}

static struct text hex_or_none(struct arena *arena, struct bytes hash)
{
	return hash.n ? (struct text){ hex_of(arena, hash), 2 * hash.n } : TEXT("");
}

/* NULL if the text keeps the laws of the zones; else how it breaks one. */
static const char *broken_law(struct request *r, const struct policy *policy)
{
	bool japanese = r->language == HTML_JAPANESE, good;
	const char *told;
	struct err err = { 0 };

	if (laws_judge_text(r->arena, policy, clock_now(), japanese, &good, &told, &err) != 0)
		return japanese ? err_japanese(err.code) : err_english(err.code);
	return good ? NULL : told;
}

/* Reads v->text; fills what is to be shown of it. */
static void look_at_text(struct request *r, const struct store_policy *now, struct propose_view *v)
{
	const struct policy *policy;
	struct policy_fault fault;

	v->moved = v->replaces.n > 0 && !text_equal(v->replaces, hex_or_none(r->arena, now->hash));
	v->replaces = hex_or_none(r->arena, now->hash);
	if (policy_of_text(r->arena, r->language == HTML_JAPANESE ? "きまりの文" : "the text", bytes_of_text(v->text), &policy, &fault, NULL) != 0) {
		v->fault = policy_fault_text(r->arena, &fault, r->language == HTML_JAPANESE);
		return;
	}
	if ((v->fault = broken_law(r, policy)))
		return;
	v->canonical = policy_text_of(r->arena, policy);
	if (v->canonical.n > STORE_POLICY_MOST) {
		v->fault = r->language == HTML_JAPANESE ? too_long.ja : too_long.en;
		return;
	}
	sha256_of(bytes_of_text(v->canonical), v->digest);
	hex_put(v->hash, bytes_of(v->digest, sizeof v->digest));
	v->same = bytes_equal(bytes_of(v->digest, sizeof v->digest), now->hash);
	v->checked = true;
	struct bytes meaning = meaning_of(r->arena, policy, r->language);
	v->told = told_of(r->arena, meaning);
	v->meaning = line_changes_of(r->arena, meaning_of_text(r, now->content), meaning, MEANING_AROUND);
	v->changes = line_changes_of(r->arena, now->content, bytes_of_text(v->canonical), CHANGES_AROUND);
}

int policy_propose(struct request *r, struct html *o, struct err *err)
{
	struct propose_view v = { .reason = TEXT("") };
	struct store_policy now;

	if (now_in_force(r, &now, err) != 0)
		return -1;
	v.text = as_text(now.content);
	v.replaces = hex_or_none(r->arena, now.hash);
	page_propose(o, &v);
	return 0;
}

static int show_propose(struct request *r, struct html *o, struct propose_view *v, struct phrase say, unsigned status, uint32_t wait)
{
	v->say = say, v->wait = wait;
	r->status = status;
	page_propose(o, v);
	return 0;
}

static int record_proposal(struct request *r, const struct propose_view *v, const struct auth_approval *signed_by, struct bytes replaces, uint64_t *number,
			   struct err *err)
{
	const struct store_policy_propose what = { .token = bytes_of(r->token, TOKEN_BYTES), .content = bytes_of_text(v->canonical),
		.hash = bytes_of(v->digest, sizeof v->digest), .replaces = replaces, .statement = signed_by->statement,
		.signature = bytes_of(signed_by->signature, sizeof signed_by->signature) };
	struct store_policy_propose_reply got = { 0 };
	int result;

	REQUEST_SEALED(result, r, policy_propose, &what, &got, err);
	*number = got.proposal;
	return result;
}

static int sign_proposal(struct request *r, struct html *o, struct propose_view *v, const struct store_policy *now, struct err *err)
{
	struct statement_policy what = { .author = r->user.number };
	uint8_t object[1][SHA256_BYTES];
	struct auth_approval approval;
	struct store_reader *reader;
	struct store_site site;
	uint64_t number;

	if (store_read_take(r->web->service.home, &reader, err) != 0)
		return -1;
	int status = store_read_site(reader, r->arena, &site, err);
	store_read_give(reader);
	if (status != 0)
		return -1;
	what.site = site.site;
	memcpy(what.text, v->digest, SHA256_BYTES);
	if (now->hash.n)
		memcpy(what.replaces, now->hash.p, SHA256_BYTES);
	statement_policy_hash(&what, object[0]);
	if (request_authd(r, err) < 0 || auth_approve(r->authd, r->token, form_value(r, "code"), TEXT(STATEMENT_PROPOSE), v->reason,
						      (const uint8_t(*)[SHA256_BYTES])object, 1, r->arena, &approval, err) != 0)
		return -1;
	if (approval.status != AUTH_IN)
		return show_propose(r, o, v, (struct phrase){ auth_status_japanese(approval.status), auth_status_english(approval.status) },
				    approval.status == AUTH_WAIT ? 429 : 403, approval.wait);
	if (record_proposal(r, v, &approval, now->hash, &number, err) != 0)
		return err->code == ERR_CONFLICT ? show_propose(r, o, v, overtaken, 409, 0) : -1;
	return see_other(r, arena_printf(r->arena, "/policy/%llu?done=1", (unsigned long long)number));
}

int policy_propose_post(struct request *r, struct html *o, struct err *err)
{
	struct propose_view v = { .text = plain_lines(r->arena, form_value(r, "text")), .reason = form_value(r, "reason"), .replaces = form_value(r, "replaces") };
	bool signs = text_is(form_value(r, "act"), "sign");
	struct store_policy now;

	if (now_in_force(r, &now, err) != 0)
		return -1;
	look_at_text(r, &now, &v);
	if (v.fault)
		return show_propose(r, o, &v, (struct phrase){ 0 }, 400, 0);
	if (!signs || v.same)
		return show_propose(r, o, &v, (struct phrase){ 0 }, 200, 0);
	if (v.moved)
		return show_propose(r, o, &v, (struct phrase){ 0 }, 409, 0);
	if (v.reason.n == 0)
		return show_propose(r, o, &v, no_reason, 400, 0);
	return sign_proposal(r, o, &v, &now, err);
}

/* ---- a proposal is decided ---- */

static int fill_proposal(struct store_reader *reader, struct request *r, struct proposal_view *v, struct err *err)
{
	struct bytes before = BYTES("");

	if (store_read_proposal(reader, r->arena, r->number, r->user.number, &v->p, err) != 0 ||
	    (v->p.replaces.n && store_read_policy_text(reader, r->arena, v->p.replaces, &before, err) != 0))
		return -1;
	hex_put(v->hash, v->p.hash);
	hex_put(v->object, v->p.object);
	v->own = text_equal(v->p.author, r->user.number);
	v->may_withdraw = r->user.is_administrator && v->p.state == PROPOSAL_WAITING;
	v->content = as_text(v->p.content);
	struct bytes meaning = meaning_of_text(r, v->p.content);
	v->told = told_of(r->arena, meaning);
	v->meaning = line_changes_of(r->arena, meaning_of_text(r, before), meaning, MEANING_AROUND);
	v->changes = line_changes_of(r->arena, before, v->p.content, CHANGES_AROUND);
	return 0;
}

static int show_proposal(struct request *r, struct html *o, struct proposal_view *v, struct err *err)
{
	struct store_reader *reader;

	if (store_read_take(r->web->service.home, &reader, err) != 0)
		return -1;
	int status = fill_proposal(reader, r, v, err);
	store_read_give(reader);
	if (status == 0)
		page_proposal(o, v);
	return status;
}

int policy_proposal(struct request *r, struct html *o, struct err *err)
{
	struct proposal_view v = { .reason = TEXT(""), .done = fields_has(&r->query, "done") };

	return show_proposal(r, o, &v, err);
}

static int decide_again(struct request *r, struct html *o, struct phrase say, unsigned status, uint32_t wait, struct err *err)
{
	struct proposal_view v = { .say = say, .wait = wait, .reason = form_value(r, "reason") };

	r->status = status;
	return show_proposal(r, o, &v, err);
}

static int record_decision(struct request *r, const struct auth_approval *approval, struct err *err)
{
	const struct store_policy_decide what = { .token = bytes_of(r->token, TOKEN_BYTES), .proposal = r->number, .statement = approval->statement,
						  .signature = bytes_of(approval->signature, sizeof approval->signature) };
	int result;

	REQUEST_SEALED(result, r, policy_decide, &what, NULL, err);
	return result;
}

int policy_decide_post(struct request *r, struct html *o, struct err *err)
{
	struct text act = form_value(r, "act"), reason = form_value(r, "reason");
	bool back = text_is(act, "return");
	uint8_t object[1][SHA256_BYTES];
	struct auth_approval approval;

	if (!back && !text_is(act, "approve"))
		return fail(err, ERR_INVALID, 0, "neither approve nor return");
	if (hex_decode(bytes_of_text(form_value(r, "object")), object[0], SHA256_BYTES, err) != 0)
		return fail(err, ERR_INVALID, 0, "the form holds no object");
	if (back && reason.n == 0)
		return decide_again(r, o, (struct phrase){ "差し戻すときは、理由を書いてください。", "Give a reason when sending back." }, 400, 0, err);
	if (request_authd(r, err) < 0)
		return -1;
	if (auth_approve(r->authd, r->token, form_value(r, "code"), back ? TEXT(STATEMENT_REJECT) : TEXT(STATEMENT_ADOPT), reason,
			 (const uint8_t(*)[SHA256_BYTES])object, 1, r->arena, &approval, err) != 0)
		return err->code == ERR_CONFLICT ? decide_again(r, o, overtaken, 409, 0, err) : -1;
	if (approval.status != AUTH_IN)
		return decide_again(r, o, (struct phrase){ auth_status_japanese(approval.status), auth_status_english(approval.status) },
				    approval.status == AUTH_WAIT ? 429 : 403, approval.wait, err);
	if (record_decision(r, &approval, err) != 0)
		return err->code == ERR_CONFLICT || err->code == ERR_MISMATCH ? decide_again(r, o, overtaken, 409, 0, err) : -1;
	return see_other(r, arena_printf(r->arena, "/policy/%llu?done=1", (unsigned long long)r->number));
}

int policy_withdraw_post(struct request *r, struct html *o, struct err *err)
{
	struct err why = { 0 };

	if (request_recordd(r, err) < 0)
		return -1;
	if (store_call_policy_withdraw(r->recordd, r->arena, &(struct store_policy_withdraw){ bytes_of(r->token, TOKEN_BYTES), r->number }, NULL, &why) != 0) {
		if (why.code == ERR_CONFLICT)
			return decide_again(r, o, overtaken, 409, 0, err);
		*err = why;
		return -1;
	}
	return see_other(r, "/policy?withdrawn=1");
}
