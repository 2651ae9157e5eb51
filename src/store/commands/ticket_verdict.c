/* 無害化の結果 — ticket_verdict: what the sanitiser and the verifier found. Clean or converted: the ticket waits for approval, and the object
 * that an approver will sign is fixed here. The same verdict again gives the same answer. article: s6.3.2b s6.6c */
#include "base/hash.h"
#include "evidence/statement.h"
#include "store/command.h"
#include "store/read.h"
#include "store/ticket_index.h"
#include "store/transitions.h"

static int check_shape(const struct store_ticket_verdict *in, struct err *err)
{
	if (in->verdict < VERDICT_CLEAN || in->verdict > VERDICT_REFUSED)
		return fail(err, ERR_INVALID, in->verdict, "there is no verdict %u", in->verdict);
	bool refused = in->verdict == VERDICT_REFUSED;
	if (refused ? in->output.n != 0 || in->output_name.n != 0 || in->output_bytes != 0 : in->output.n != SHA256_BYTES || in->output_name.n == 0)
		return fail(err, ERR_INVALID, 0, refused ? "a refused file has no output" : "an output has a name and a hash");
	if (in->output_bytes > STORE_FILE_BYTES_MOST)
		return fail(err, ERR_LIMIT, in->output_bytes, "the output has more than %d bytes", STORE_FILE_BYTES_MOST);
	return 0;
}

/* The answer given before, if it was the same. */
static int repeat(struct act *act, const struct store_ticket_verdict *in, const struct sql_ticket_by_number_row *t, struct bytes report,
		  struct store_ticket_verdict_reply *out, struct err *err)
{
	struct sql_ticket_details_row d;
	bool found;

	if (sql_ticket_details(act->sql, act->arena, act->site, t->number, &d, &found, err) != 0)
		return -1;
	if (t->verdict != in->verdict || !bytes_equal(t->output, in->output) || !text_equal(t->output_name, in->output_name) ||
	    t->output_bytes != (int64_t)in->output_bytes || !bytes_equal(d.report, report))
		return fail(err, ERR_CONFLICT, (uint64_t)t->state, "ticket %lld has a verdict already", (long long)t->number);
	act->repeated = true;
	out->object = t->object;
	out->state = (uint8_t)t->state;
	return 0;
}

/* Of what an approver decides on; of a refused file, what an administrator would release: the original. */
static struct bytes object_of(struct act *act, const struct store_ticket_verdict *in, const struct sql_ticket_by_number_row *t)
{
	struct statement_ticket o = { .ticket = (uint64_t)t->number, .site = act->site, .sender = t->sender, .addressee = t->addressee,
				      .purpose = t->purpose, .outward = t->direction == DIRECTION_OUT };
	uint8_t *hash = arena_alloc(act->arena, SHA256_BYTES);
	bool refused = in->verdict == VERDICT_REFUSED;

	o.name = refused ? t->name : in->output_name;
	memcpy(o.input, t->input.p, SHA256_BYTES);
	memcpy(o.output, refused ? t->input.p : in->output.p, SHA256_BYTES);
	statement_object_hash(&o, hash);
	return bytes_of(hash, SHA256_BYTES);
}

int command_ticket_verdict(struct act *act, const struct store_ticket_verdict *in, struct store_ticket_verdict_reply *out, struct err *err)
{
	struct sql_ticket_by_number_row t;
	struct bytes report, object = { NULL, 0 };
	enum ticket_state next;
	uint8_t report_hash[SHA256_BYTES];
	int64_t position;
	bool found;

	act->permitted = PERMIT_PROCESS;
	if (check_shape(in, err) != 0 || act_json(act, in->report, "report", &report, err) != 0 ||
	    sql_ticket_by_number(act->sql, act->arena, act->site, (int64_t)in->ticket, &t, &found, err) != 0)
		return -1;
	if (!found)
		return fail(err, ERR_NOT_FOUND, in->ticket, "there is no ticket %llu", (unsigned long long)in->ticket);
	if (t.verdict != VERDICT_PENDING)
		return repeat(act, in, &t, report, out, err);
	if (!ticket_may(t.state, in->verdict == VERDICT_REFUSED ? ACT_FOUND_REFUSED : ACT_FOUND_CLEAN, &next))
		return fail(err, ERR_CONFLICT, (uint64_t)t.state, "ticket %lld is not being sanitised", (long long)t.number);
	object = object_of(act, in, &t);
	sha256_of(report, report_hash);
	struct json *what = json_object(act->arena);
	act_set_hex(act, what, "input", t.input);
	act_set_hex(act, what, "object", object);
	act_set_hex(act, what, "output", in->output);
	json_set_number(act->arena, what, "output_bytes", (int64_t)in->output_bytes);
	json_set_text(act->arena, what, "output_name", in->output_name);
	act_set_hex(act, what, "report", bytes_of(report_hash, sizeof report_hash));
	json_set_number(act->arena, what, "state", next);
	json_set_number(act->arena, what, "verdict", in->verdict);
	if (act_journal(act, "ticket.verdict", TEXT(""), TEXT(""), arena_printf(act->arena, "ticket:%lld", (long long)t.number), what, &position,
			err) != 0 ||
	    sql_ticket_judge(act->sql, act->site, t.number, t.state, next, in->verdict, in->output_name, (int64_t)in->output_bytes, in->output,
			     report, object, act->now, position, err) != 0 ||
	    act_changed_one(act, err) != 0 || ticket_index(act->sql, act->site, t.number, err) != 0)
		return -1;
	out->object = object;
	out->state = (uint8_t)next;
	return 0;
}
