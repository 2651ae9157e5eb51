/* きまりの提案と決裁 — contract in proposal.h. Nothing is judged here: authd and recordd ask of these signatures what they ask of those from the office face. */
#include "cli/proposal.h"
#include "base/clock.h"
#include "base/code.h"
#include "base/file.h"
#include "cli/ask_secret.h"
#include "evidence/statement.h"
#include "people/auth_client.h"
#include "store/client.h"
#include "store/read.h"
#include "zones/reach.h"
#include <unistd.h>

enum { CODES = 3, SHOWN = 50, BOXES_SHOWN = 200 };
static const struct text SOURCE = { "operator", 8 };

/* Somebody signed in for one act, from sign_in to sign_out. */
struct signer {
	int authd;
	uint8_t token[AUTH_TOKEN];
	struct text number;
};

static int refuse(const char *sentence)
{
	fprintf(stderr, "sekisho: %s\n", sentence);
	return VERB_REFUSED;
}

static int refuse_status(enum auth_status status, uint32_t wait)
{
	if (status == AUTH_ENROL || status == AUTH_NEW_PASSWORD)
		return refuse(SAY("この人は、まだパスワードか確認コードを自分で決めていません。庁内側の画面で一度サインインするか、sekisho people password --keep と sekisho people factor で設定してください。",
				  "This person has not settled password or code yet: let them sign in once on the office face, or use sekisho people password --keep and sekisho people factor."));
	if (status == AUTH_WAIT)
		fprintf(stderr, SAY("%u 秒待ってからやり直してください。\n", "Try again after %u seconds.\n"), wait);
	return refuse(SAY(auth_status_japanese(status), auth_status_english(status)));
}

/* A code is good once: the sign-in uses one up, the signature wants the next. VERB_OK: signed in, until sign_out. */
static int sign_in(struct arena *arena, const char *by, struct signer *out)
{
	struct auth_outcome outcome;
	struct text password, code;
	struct err err = { 0 };
	FD(authd) = -1;

	if (text_from_utf8(arena, bytes_of(by, strlen(by)), &out->number, &err) != 0 || ask_secret(arena, SAY("パスワード", "password"), &password, &err) != 0 ||
	    ask_secret(arena, SAY("確認コード", "code"), &code, &err) != 0 || (authd = verb_connect("authd", &err)) < 0)
		return verb_complain(&err);
	if (auth_sign_in(authd, FACE_OFFICE, out->number, password, code, SOURCE, &outcome, &err) != 0)
		return verb_complain(&err);
	if (outcome.status != AUTH_IN)
		return refuse_status(outcome.status, outcome.wait);
	memcpy(out->token, outcome.token, AUTH_TOKEN);
	out->authd = authd;
	authd = -1;
	return VERB_OK;
}

static void sign_out(struct signer *who)
{
	struct err err = { 0 };

	if (auth_sign_out(who->authd, who->token, &err) != 0)
		(void)verb_complain(&err); /* it ends by itself */
	secret_wipe(who->token, sizeof who->token);
	close(who->authd);
}

static int sign(struct arena *arena, const struct signer *who, const char *action, const char *reason, const uint8_t object[SHA256_BYTES],
		struct auth_approval *out)
{
	struct text code, why, what;
	struct err err = { 0 };

	if (text_from_utf8(arena, bytes_of(reason, strlen(reason)), &why, &err) != 0 || text_from_utf8(arena, bytes_of(action, strlen(action)), &what, &err) != 0)
		return verb_complain(&err);
	for (int i = 0; i < CODES; i++) {
		if (ask_secret(arena, SAY("署名のための次の確認コード", "the next code, for the signature"), &code, &err) != 0 ||
		    auth_approve(who->authd, who->token, code, what, why, (const uint8_t(*)[SHA256_BYTES])object, 1, arena, out, &err) != 0)
			return verb_complain(&err);
		if (out->status == AUTH_IN)
			return VERB_OK;
		(void)refuse_status(out->status, out->wait);
		if (out->status != AUTH_CODE_USED)
			break;
	}
	return VERB_REFUSED;
}

/* ---- proposing ---- */

/* The text in force and the object that a proposal of this one against it is. */
static int object_of(struct arena *arena, struct text author, const uint8_t digest[SHA256_BYTES], struct bytes *replaces, uint8_t object[SHA256_BYTES],
		     struct err *err)
{
	struct statement_policy what = { .author = author };
	struct store_reader *reader;
	struct store_policy now;
	struct store_site site;

	if (store_read_open(verb_home(), &reader, err) != 0)
		return -1;
	int result = store_read_site(reader, arena, &site, err);
	if (result == 0)
		result = store_read_policy_or_none(reader, arena, &now, err);
	store_read_close(reader);
	if (result != 0)
		return -1;
	what.site = site.site;
	memcpy(what.text, digest, SHA256_BYTES);
	if (now.hash.n)
		memcpy(what.replaces, now.hash.p, SHA256_BYTES);
	*replaces = now.hash;
	statement_policy_hash(&what, object);
	return 0;
}

static int send_proposal(struct arena *arena, const struct store_policy_propose *what)
{
	struct store_policy_propose_reply got = { 0 };
	struct err err = { 0 };
	FD(recordd) = verb_connect("recordd", &err);
	int result = -1;

	if (recordd >= 0)
		STORE_SEALED(result, recordd, arena, policy_propose, what, &got, &err);
	if (result != 0)
		return verb_complain(&err);
	printf(SAY("提案 %llu として記録しました。SHA-256 %s\n", "recorded as proposal %llu, SHA-256 %s\n"), (unsigned long long)got.proposal, hex_of(arena, what->hash));
	printf("%s\n", verb_hint(arena, arena_printf(arena, SAY("承認する人は sekisho policy approve %llu --by 職員番号", "to approve it: sekisho policy approve %llu --by NUMBER"),
						     (unsigned long long)got.proposal)));
	return VERB_OK;
}

int proposal_make(struct arena *arena, const struct policy *policy, const char *by, const char *reason)
{
	struct text canonical = policy_text_of(arena, policy);
	uint8_t digest[SHA256_BYTES], object[SHA256_BYTES];
	struct auth_approval approval;
	struct signer who;
	struct bytes replaces;
	struct err err = { 0 };

	sha256_of(bytes_of_text(canonical), digest);
	int result = sign_in(arena, by, &who);
	if (result != VERB_OK)
		return result;
	if (object_of(arena, who.number, digest, &replaces, object, &err) != 0)
		result = verb_complain(&err);
	if (result == VERB_OK)
		result = sign(arena, &who, STATEMENT_PROPOSE, reason, object, &approval);
	if (result == VERB_OK)
		result = send_proposal(arena, &(struct store_policy_propose){ .token = bytes_of(who.token, AUTH_TOKEN), .content = bytes_of_text(canonical),
			.hash = bytes_of(digest, sizeof digest), .replaces = replaces, .statement = approval.statement,
			.signature = bytes_of(approval.signature, sizeof approval.signature) });
	sign_out(&who);
	return result;
}

/* ---- what waits ---- */

static const char *state_words(enum proposal_state state) { return SAY(proposal_state_japanese(state), proposal_state_english(state)); }

int proposal_list(struct arena *arena)
{
	struct store_proposals got;
	struct store_reader *reader;
	struct err err = { 0 };
	char at[64];

	if (store_read_open(verb_home(), &reader, &err) != 0)
		return verb_complain(&err);
	int result = store_read_proposals(reader, arena, 0, SHOWN, &got, &err);
	store_read_close(reader);
	if (result != 0)
		return verb_complain(&err);
	for (size_t i = 0; i < got.count; i++)
		printf("%llu\t%s\t%s\t%s %s\t%s\n", (unsigned long long)got.rows[i].number, clock_jst(got.rows[i].proposed, at), state_words(got.rows[i].state),
		       got.rows[i].author.p, got.rows[i].author_name.p, hex_of(arena, got.rows[i].hash));
	if (got.count == 0)
		printf("%s\n", SAY("提案はありません。", "no proposals"));
	return VERB_OK;
}

/* ---- deciding ---- */

/* Who proposes what and why, and what it would change: what a signature is set under is read before. */
static int show(struct arena *arena, const struct store_proposal *p, struct bytes before)
{
	const struct policy *older, *newer;
	struct buf told = buf_in(arena, 0);
	struct err err = { 0 };
	char at[64];
	bool same;

	printf(SAY("提案 %llu（%s、%s）\n", "proposal %llu (%s, %s)\n"), (unsigned long long)p->number, clock_jst(p->proposed, at), state_words(p->state));
	printf("%s: %s %s\n%s: %s\nSHA-256: %s\n", SAY("提案した人", "by"), p->author.p, p->author_name.p, SAY("理由", "reason"), p->reason.p, hex_of(arena, p->hash));
	if (policy_of_text(arena, SAY("提案", "proposal"), p->content, &newer, NULL, &err) != 0)
		return verb_complain(&err);
	if (before.n && policy_of_text(arena, SAY("いまのきまり", "the text in force"), before, &older, NULL, &err) == 0 &&
	    zones_compare(arena, older, newer, clock_now(), BOXES_SHOWN, verb_japanese(), &told, &same, &err) == 0)
		printf("%s\n", SAY("いま効力のあるきまりとの違い:", "compared with the text in force:"));
	policy_explain(&told, newer, verb_japanese());
	fwrite(buf_view(&told).p, 1, buf_view(&told).n, stdout);
	return fflush(stdout) == 0 ? VERB_OK : VERB_FAULT;
}

static int read_proposal(struct arena *arena, const char *number, struct text person, struct store_proposal *p, struct bytes *before, struct err *err)
{
	struct store_reader *reader;
	uint64_t n;

	*before = BYTES("");
	if (decimal_decode(bytes_of(number, strlen(number)), INT64_MAX, &n, err) != 0 || store_read_open(verb_home(), &reader, err) != 0)
		return -1;
	int result = store_read_proposal(reader, arena, n, person, p, err);
	if (result == 0 && p->replaces.n)
		result = store_read_policy_text(reader, arena, p->replaces, before, err);
	store_read_close(reader);
	return result;
}

static int send_decision(struct arena *arena, const struct store_policy_decide *what, bool back)
{
	struct err err = { 0 };
	FD(recordd) = verb_connect("recordd", &err);
	int result = -1;

	if (recordd >= 0)
		STORE_SEALED(result, recordd, arena, policy_decide, what, NULL, &err);
	if (result != 0)
		return verb_complain(&err);
	printf("%s\n", back ? SAY("差し戻しました。", "sent back") : SAY("承認しました。この文が効力を持ちました。", "approved: the text is in force"));
	return VERB_OK;
}

int proposal_decide(struct arena *arena, const char *number, const char *by, bool back, const char *reason)
{
	struct auth_approval approval;
	struct signer who;
	struct store_proposal p;
	struct bytes before;
	struct text person;
	struct err err = { 0 };

	if (text_from_utf8(arena, bytes_of(by, strlen(by)), &person, &err) != 0 || read_proposal(arena, number, person, &p, &before, &err) != 0)
		return verb_complain(&err);
	int result = show(arena, &p, before);
	if (result != VERB_OK)
		return result;
	if (p.state != PROPOSAL_WAITING || !p.may_decide)
		return refuse(p.state != PROPOSAL_WAITING ? SAY("この提案は、もう承認を待っていません。", "This proposal does not wait any more.")
							  : SAY("この人は、この提案を決める人ではありません（提案した本人は決められません）。",
								"This person does not decide this proposal (its author never does)."));
	result = sign_in(arena, by, &who);
	if (result != VERB_OK)
		return result;
	result = sign(arena, &who, back ? STATEMENT_REJECT : STATEMENT_ADOPT, reason, p.object.p, &approval);
	if (result == VERB_OK)
		result = send_decision(arena, &(struct store_policy_decide){ .token = bytes_of(who.token, AUTH_TOKEN), .proposal = p.number,
			.statement = approval.statement, .signature = bytes_of(approval.signature, sizeof approval.signature) }, back);
	sign_out(&who);
	return result;
}
