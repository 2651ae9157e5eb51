/* 送った人の画面のための照会 — the internet face reads through transferd: who is signed in, whom one may send to, one's own tickets. Nobody
 * else's. article: s6.3.2b */
#include "base/file.h"
#include "transfer/terms.h"
#include "transfer/transferd.h"
#include <unistd.h>

enum { ANSWER_MOST = 52 * 1024 };

static int open_reader(struct exchange *x, struct store_reader **out, struct err *err)
{
	return transferd_reader(x->transferd, out, err);
}

static void failed(struct exchange *x, const struct err *err)
{
	transferd_reader_failed(x->transferd, err);
	exchange_failed(x, err);
}

void who(struct exchange *x)
{
	struct store_session_check_reply person;
	struct err err = { 0 };

	if (exchange_person(x, &person, &err) != 0) {
		exchange_failed(x, &err);
		return;
	}
	struct ipc_message m = exchange_answer(x);
	ipc_put_text(&m, person.number), ipc_put_text(&m, person.name), ipc_put_text(&m, person.unit), ipc_put_text(&m, person.unit_name);
	ipc_put_u8(&m, person.is_chief), ipc_put_u8(&m, person.is_administrator);
	ipc_put_u64(&m, (uint64_t)person.expires);
	exchange_reply(x, &m);
}

void terms(struct exchange *x)
{
	struct store_session_check_reply person;
	struct store_reader *reader;
	struct transfer_terms t;
	struct err err = { 0 };

	if (exchange_person(x, &person, &err) != 0 || open_reader(x, &reader, &err) != 0 || terms_in_force(reader, exchange_direction(x), &t, &err) != 0) {
		failed(x, &err);
		return;
	}
	struct ipc_message m = exchange_answer(x);
	ipc_put_u64(&m, t.bytes_most), ipc_put_u32(&m, t.keep_days);
	exchange_reply(x, &m);
}

static void put_people(struct ipc_message *m, const struct store_people *found)
{
	ipc_put_u16(m, (uint16_t)found->count), ipc_put_u8(m, found->more);
	for (size_t i = 0; i < found->count; i++) {
		const struct store_person *p = &found->rows[i];
		ipc_put_text(m, p->number), ipc_put_text(m, p->name), ipc_put_text(m, p->kana), ipc_put_text(m, p->unit_name);
	}
}

void addressees(struct exchange *x)
{
	struct store_session_check_reply person;
	struct store_reader *reader;
	struct store_people found;
	struct err err = { 0 };

	if (exchange_person(x, &person, &err) != 0 || open_reader(x, &reader, &err) != 0 ||
	    store_read_names(reader, x->arena, x->asked.query, TRANSFER_ROWS_MOST, &found, &err) != 0) {
		failed(x, &err);
		return;
	}
	struct ipc_message m = exchange_answer(x);
	put_people(&m, &found);
	exchange_reply(x, &m);
}

/* All that the form needs at once. */
void hand_in_form(struct exchange *x)
{
	struct store_session_check_reply person;
	struct store_reader *reader;
	struct transfer_terms t;
	struct store_people found;
	struct store_texts before;
	struct err err = { 0 };

	if (exchange_person(x, &person, &err) != 0 || open_reader(x, &reader, &err) != 0 || terms_in_force(reader, exchange_direction(x), &t, &err) != 0 ||
	    store_read_names(reader, x->arena, x->asked.query, TRANSFER_ROWS_MOST, &found, &err) != 0 ||
	    store_read_purposes(reader, x->arena, person.number, TRANSFER_PURPOSES_MOST, &before, &err) != 0) {
		failed(x, &err);
		return;
	}
	struct ipc_message m = exchange_answer(x);
	ipc_put_u64(&m, t.bytes_most), ipc_put_u32(&m, t.keep_days);
	put_people(&m, &found);
	ipc_put_u16(&m, (uint16_t)before.count);
	for (size_t i = 0; i < before.count; i++)
		ipc_put_text(&m, before.rows[i]);
	exchange_reply(x, &m);
}

static void put_ticket(struct ipc_message *m, const struct store_passage *t)
{
	ipc_put_u64(m, t->number);
	ipc_put_u64(m, (uint64_t)t->opened);
	ipc_put_u64(m, t->erased ? 0 : (uint64_t)t->expires);
	ipc_put_u64(m, t->bytes);
	ipc_put_u8(m, (uint8_t)t->state);
	ipc_put_u8(m, (uint8_t)t->verdict);
	ipc_put_u32(m, t->removed);
	ipc_put_u32(m, t->files);
	ipc_put_text(m, t->addressee), ipc_put_text(m, t->addressee_name), ipc_put_text(m, t->purpose), ipc_put_text(m, t->name);
	ipc_put_text(m, t->output_name), ipc_put_text(m, t->reason);
}

/* Rows as long as the answer has room; `next` of the answer is where to go on. */
static void answer_passages(struct exchange *x, const struct store_passages *found)
{
	struct ipc_message rows = ipc_start(x->arena, 0, 0), m = exchange_answer(x);
	size_t head = rows.out.n, count = 0;

	for (; count < found->count && rows.out.n < ANSWER_MOST; count++)
		put_ticket(&rows, &found->rows[count]);
	bool more = found->more || count < found->count;
	ipc_put_u16(&m, (uint16_t)count), ipc_put_u8(&m, more), ipc_put_u64(&m, more && count ? found->rows[count - 1].number : 0);
	buf_put(&m.out, rows.out.p + head, rows.out.n - head);
	exchange_reply(x, &m);
}

void my_tickets(struct exchange *x)
{
	struct store_session_check_reply person;
	struct store_reader *reader;
	const struct transfer_asked *a = &x->asked;
	struct store_passages found;
	struct err err = { 0 };

	if (a->query.n > TRANSFER_WORDS_MOST)
		fail(&err, ERR_LIMIT, a->query.n, "a search of more than %d bytes", TRANSFER_WORDS_MOST);
	if (err.code || exchange_person(x, &person, &err) != 0 || open_reader(x, &reader, &err) != 0 ||
	    store_read_sent_found(reader, x->arena, person.number, &(struct store_wanted){ a->state, a->since, a->until, a->query, a->full }, a->number,
				  MIN(MAX(a->most, 1u), (unsigned)TRANSFER_ROWS_MOST), &found, &err) != 0) {
		failed(x, &err);
		return;
	}
	answer_passages(x, &found);
}

void my_hand_in(struct exchange *x)
{
	struct store_session_check_reply person;
	struct store_reader *reader;
	struct store_ticket one;
	struct store_passages act;
	struct err err = { 0 };

	if (exchange_person(x, &person, &err) != 0 || open_reader(x, &reader, &err) != 0 ||
	    store_read_ticket(reader, x->arena, x->asked.number, &one, &err) != 0 ||
	    (!text_equal(one.sender, person.number) && fail(&err, ERR_NOT_FOUND, x->asked.number, "no such ticket of this person") != 0) ||
	    store_read_passages_of_hand_in(reader, x->arena, one.number, &act, &err) != 0) {
		failed(x, &err);
		return;
	}
	answer_passages(x, &act);
}

/* What goes out is shown where it is fetched. */
void outward(struct exchange *x)
{
	struct store_session_check_reply person;
	struct store_reader *reader;
	struct store_passages found;
	struct err err = { 0 };

	if (exchange_person(x, &person, &err) != 0 || open_reader(x, &reader, &err) != 0 ||
	    store_read_passages_outward(reader, x->arena, person.number, x->asked.number, TRANSFER_ROWS_MOST, &found, &err) != 0) {
		failed(x, &err);
		return;
	}
	answer_passages(x, &found);
}

void my_ticket(struct exchange *x)
{
	struct store_session_check_reply person;
	struct store_reader *reader;
	struct store_ticket t;
	struct err err = { 0 };

	if (exchange_person(x, &person, &err) != 0 || open_reader(x, &reader, &err) != 0 ||
	    store_read_ticket(reader, x->arena, x->asked.number, &t, &err) != 0) {
		failed(x, &err);
		return;
	}
	if (!text_equal(t.sender, person.number) || t.outward) { /* what goes out has a page of its own; another's is not told apart from none */
		fail(&err, ERR_NOT_FOUND, x->asked.number, "no such ticket of this person");
		exchange_failed(x, &err);
		return;
	}
	FD(report) = t.report.n ? memfd_of("report", t.report, true, &err) : -1;
	if (t.report.n && report < 0) {
		exchange_failed(x, &err);
		return;
	}
	struct ipc_message m = exchange_answer(x);
	struct store_passage passage;
	struct store_password password = { 0 };
	if (store_read_passage(reader, x->arena, t.number, &passage, &err) != 0 ||
	    (t.state == TICKET_LOCKED && store_read_password(reader, x->arena, t.number, &password, &err) != 0)) {
		failed(x, &err);
		return;
	}
	struct store_deciders may = { 0 };
	if (t.state == TICKET_WAITING && store_read_deciders(reader, x->arena, &t, &may, &err) != 0) {
		failed(x, &err);
		return;
	}
	put_ticket(&m, &passage);
	ipc_put_u32(&m, password.wrong);
	may.count = MIN(may.count, (size_t)TRANSFER_DECIDERS_MOST);
	ipc_put_u16(&m, (uint16_t)may.count);
	for (size_t i = 0; i < may.count; i++)
		ipc_put_text(&m, may.rows[i].name), ipc_put_text(&m, may.rows[i].post);
	if (report >= 0)
		ipc_put_fd(&m, report);
	exchange_reply(x, &m);
}
