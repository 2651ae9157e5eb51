/* 記録の閲覧 — contract in read.h. */
#include "store/reader.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/sort.h"
#include "store/approvers.h"
#include "store/client.h"
#include "store/events.h"
#include "store/fold.h"
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

/* Each keeps its statements and up to 2 MB of pages. More at once than processors would not read faster. */
enum { IDLE_MOST = 4, IN_USE_MOST = 8 };
enum { MOST = STORE_READ_MOST, WAITING_MOST = 1000 };

int store_read_open(const char *home, struct store_reader **out, struct err *err)
{
	ARENA(arena) = arena_new(0);
	const char *path = arena_printf(arena, "%s/records/records.db", home);
	struct sql_site_only_row row;
	struct err why = { 0 };
	bool found = false;

	struct stat about;

	if (access(path, R_OK) != 0 || stat(path, &about) != 0)
		return fail_errno(err, ERR_NOT_FOUND, "cannot read %s", path);
	struct store_reader *r = calloc(1, sizeof *r);
	must(r);
	r->device = about.st_dev, r->file = about.st_ino;
	r->arena = arena_new(0);
	/* While recordd is down, the write-ahead log is missing and a mere reader cannot make it. */
	if (sql_open(path, SQL_READ, &r->sql, &why) != 0 || sql_site_only(r->sql, r->arena, &row, &found, &why) != 0 || !found) {
		fail(err, ERR_BUSY, why.at, "the store cannot be read yet: %s", why.code ? why.say : "it has no site");
		store_read_close(r);
		return -1;
	}
	r->site = row.site;
	r->home = arena_printf(r->arena, "%s", home);
	*out = r;
	return 0;
}

void store_read_close(struct store_reader *r)
{
	if (!r)
		return;
	sql_close(r->sql);
	arena_free(r->arena);
	free(r);
}

static struct {
	pthread_mutex_t lock;
	pthread_cond_t given;
	struct store_reader *rows[IDLE_MOST]; /* idle ones */
	size_t count, in_use;
} shared = { .lock = PTHREAD_MUTEX_INITIALIZER, .given = PTHREAD_COND_INITIALIZER };

static bool is_still(const struct store_reader *r, const char *home)
{
	ARENA(arena) = arena_new(0);
	struct stat about;

	return strcmp(r->home, home) == 0 && stat(arena_printf(arena, "%s/records/records.db", home), &about) == 0 && about.st_dev == r->device &&
	       about.st_ino == r->file;
}

/* A reader in use, an idle one or none yet (*out NULL). */
static void wait_for_place(struct store_reader **out)
{
	pthread_mutex_lock(&shared.lock);
	while (shared.in_use == IN_USE_MOST)
		pthread_cond_wait(&shared.given, &shared.lock);
	shared.in_use++;
	*out = shared.count > 0 ? shared.rows[--shared.count] : NULL;
	pthread_mutex_unlock(&shared.lock);
}

static void leave_place(struct store_reader *r)
{
	pthread_mutex_lock(&shared.lock);
	shared.in_use--;
	if (r && shared.count < IDLE_MOST) {
		shared.rows[shared.count++] = r;
		r = NULL;
	}
	pthread_cond_signal(&shared.given);
	pthread_mutex_unlock(&shared.lock);
	store_read_close(r);
}

int store_read_take(const char *home, struct store_reader **out, struct err *err)
{
	struct store_reader *r;

	wait_for_place(&r);
	if (r && !is_still(r, home)) {
		store_read_close(r);
		r = NULL;
	}
	if ((!r && store_read_open(home, &r, err) != 0) || sql_begin_read(r->sql, err) != 0) {
		store_read_close(r);
		leave_place(NULL);
		return -1;
	}
	*out = r;
	return 0;
}

void store_read_give(struct store_reader *r)
{
	if (!r)
		return;
	sql_rollback(r->sql);
	leave_place(r);
}

int store_read_begin(struct store_reader *r, struct err *err) { return sql_begin_read(r->sql, err); }
void store_read_end(struct store_reader *r) { sql_rollback(r->sql); }

/* ---- organisation ---- */

int store_read_units(struct store_reader *r, struct arena *arena, struct store_units *out, struct err *err)
{
	struct sql_unit_by_code_row *rows;
	size_t count;

	struct sql_units_people_row *people;
	size_t people_count;

	if (sql_units(r->sql, arena, r->site, &rows, &count, err) != 0 || sql_units_people(r->sql, arena, r->site, clock_now(), &people, &people_count, err) != 0)
		return -1;
	*out = (struct store_units){ arena_new_array(arena, struct store_unit, count), count };
	for (size_t i = 0, k = 0; i < count; i++) { /* both by code */
		out->rows[i] = (struct store_unit){ rows[i].code, rows[i].name, rows[i].parent, rows[i].valid_from, rows[i].valid_to, 0 };
		if (k < people_count && text_equal(people[k].unit, rows[i].code))
			out->rows[i].people = (uint64_t)people[k++].count;
	}
	return 0;
}

static struct store_person person_of(const struct sql_person_by_number_row *p)
{
	return (struct store_person){ .number = p->number, .name = p->name, .kana = p->kana, .unit = p->unit, .unit_name = p->unit_name,
				      .mail = p->mail, .from = p->valid_from, .to = p->valid_to, .is_chief = p->is_chief,
				      .is_administrator = p->is_administrator };
}

int store_read_person(struct store_reader *r, struct arena *arena, struct text number, struct store_person *out, struct err *err)
{
	struct sql_person_by_number_row row;
	bool found;

	if (sql_person_by_number(r->sql, arena, r->site, number, clock_now(), &row, &found, err) != 0)
		return -1;
	if (!found)
		return fail(err, ERR_NOT_FOUND, 0, "nobody has this staff number");
	*out = person_of(&row);
	return 0;
}

enum { PEOPLE_WORDS = 4 };

static void read_words(struct arena *arena, struct text query, struct text words[PEOPLE_WORDS])
{
	size_t at = 0;

	for (size_t i = 0; i < PEOPLE_WORDS; i++)
		words[i] = TEXT("%");
	for (size_t i = 0; i < PEOPLE_WORDS; i++) {
		struct text word = fold_word(query, &at);
		if (word.n == 0)
			break;
		words[i] = fold_pattern(arena, word);
	}
}

int store_read_people(struct store_reader *r, struct arena *arena, struct text query, unsigned most, struct store_people *out, struct err *err)
{
	struct text words[PEOPLE_WORDS];
	struct sql_person_by_number_row *rows;
	size_t count;

	read_words(arena, query, words);
	most = MIN(most, (unsigned)MOST);
	if (sql_people_found(r->sql, arena, r->site, clock_now(), words[0], words[1], words[2], words[3], most + 1, &rows, &count, err) != 0)
		return -1;
	*out = (struct store_people){ arena_new_array(arena, struct store_person, count), MIN(count, (size_t)most), count > most };
	for (size_t i = 0; i < out->count; i++)
		out->rows[i] = person_of(&rows[i]);
	return 0;
}

int store_read_names(struct store_reader *r, struct arena *arena, struct text query, unsigned most, struct store_people *out, struct err *err)
{
	struct text words[PEOPLE_WORDS], none = TEXT("");
	struct sql_people_named_row *rows;
	size_t count;

	read_words(arena, query, words);
	most = MIN(most, (unsigned)MOST);
	if (sql_people_named(r->sql, arena, r->site, clock_now(), words[0], words[1], words[2], words[3], most + 1, &rows, &count, err) != 0)
		return -1;
	*out = (struct store_people){ arena_new_array(arena, struct store_person, count), MIN(count, (size_t)most), count > most };
	for (size_t i = 0; i < out->count; i++)
		out->rows[i] = (struct store_person){ .number = rows[i].number, .name = rows[i].name, .kana = rows[i].kana, .unit = none,
						      .unit_name = rows[i].unit_name, .mail = none };
	return 0;
}

int store_read_posts(struct store_reader *r, struct arena *arena, struct text number, struct store_posts *out, struct err *err)
{
	struct sql_posts_of_row *rows;
	size_t count;

	if (sql_posts_of(r->sql, arena, r->site, number, &rows, &count, err) != 0)
		return -1;
	*out = (struct store_posts){ arena_new_array(arena, struct store_post, count), count };
	for (size_t i = 0; i < count; i++)
		out->rows[i] = (struct store_post){ rows[i].number, rows[i].person_name, rows[i].unit, rows[i].unit_name, rows[i].post,
						    rows[i].valid_from, rows[i].valid_to };
	return 0;
}

/* ---- tickets ---- */

struct store_ticket store_ticket_of_line(const struct sql_ticket_listed_row *t)
{
	return (struct store_ticket){
		.number = (uint64_t)t->number, .state = (enum ticket_state)t->state, .sender = t->sender, .sender_name = t->sender_name,
		.sender_unit = t->sender_unit, .sender_unit_name = t->sender_unit_name, .addressee = t->addressee,
		.addressee_name = t->addressee_name, .addressee_unit_name = t->addressee_unit_name, .purpose = t->purpose, .name = t->name,
		.bytes = (uint64_t)t->bytes, .input = t->input, .opened = t->opened, .expires = t->expires, .erased = t->erased,
		.verdict = (enum ticket_verdict)t->verdict, .judged = t->judged, .output_name = t->output_name,
		.output_bytes = (uint64_t)t->output_bytes, .output = t->output, .object = t->object, .decided = t->decided,
		.decided_by = t->decided_by, .decided_by_name = t->decided_by_name, .decided_post = t->decided_post, .reason = t->reason,
		.sealed = t->sealed, .fetched = t->fetched, .original_until = t->original_until, .outward = t->direction == DIRECTION_OUT,
		.leak_unchecked = t->leak == 1,
	};
}

static void put_details(struct store_ticket *t, const struct sql_ticket_details_row *d)
{
	t->provenance = d->provenance, t->report = d->report;
	t->statement = d->statement, t->signature = d->signature;
}

int store_read_ticket(struct store_reader *r, struct arena *arena, uint64_t number, struct store_ticket *out, struct err *err)
{
	struct sql_ticket_listed_row row;
	struct sql_ticket_details_row details;
	struct sql_ticket_traces_row traces;
	bool found = false;

	if (number <= INT64_MAX && (sql_ticket_listed(r->sql, arena, r->site, (int64_t)number, &row, &found, err) != 0 ||
				    sql_ticket_details(r->sql, arena, r->site, (int64_t)number, &details, &found, err) != 0 ||
				    sql_ticket_traces(r->sql, arena, r->site, (int64_t)number, &traces, &found, err) != 0))
		return -1;
	if (!found)
		return fail(err, ERR_NOT_FOUND, number, "there is no ticket %llu", (unsigned long long)number);
	*out = store_ticket_of_line(&row);
	put_details(out, &details);
	out->fetches = (uint32_t)traces.fetches;
	out->journal_opened = (uint64_t)traces.journal_opened, out->journal_judged = (uint64_t)traces.journal_judged;
	out->journal_decided = (uint64_t)traces.journal_decided;
	return 0;
}

int store_read_line(struct store_reader *r, struct arena *arena, uint64_t number, struct store_ticket *out, struct err *err)
{
	struct sql_ticket_listed_row row;
	bool found;

	if (sql_ticket_listed(r->sql, arena, r->site, (int64_t)MIN(number, (uint64_t)INT64_MAX), &row, &found, err) != 0)
		return -1;
	if (!found)
		return fail(err, ERR_NOT_FOUND, number, "there is no ticket %llu", (unsigned long long)number);
	*out = store_ticket_of_line(&row);
	return 0;
}

int store_read_details(struct store_reader *r, struct arena *arena, struct store_ticket *ticket, struct err *err)
{
	struct sql_ticket_details_row details;
	bool found;

	if (sql_ticket_details(r->sql, arena, r->site, (int64_t)ticket->number, &details, &found, err) != 0)
		return -1;
	must(found); /* tickets are never taken away */
	put_details(ticket, &details);
	return 0;
}

/* Bounds of a list: one row more than wanted is asked for, so that `more` is known. */
static int64_t before_of(uint64_t before) { return before == 0 || before > INT64_MAX ? INT64_MAX : (int64_t)before; }
static unsigned most_of(unsigned most) { return MIN(most, (unsigned)MOST); }

int store_read_request(struct store_reader *r, struct arena *arena, struct bytes request, uint64_t *number, struct text *sender, struct err *err)
{
	struct sql_ticket_by_number_row row;
	bool found;

	if (sql_ticket_by_request(r->sql, arena, r->site, request, &row, &found, err) != 0)
		return -1;
	if (!found)
		return fail(err, ERR_NOT_FOUND, 0, "no ticket was opened by this request");
	*number = (uint64_t)row.number, *sender = row.sender;
	return 0;
}

int store_read_password(struct store_reader *r, struct arena *arena, uint64_t ticket, struct store_password *out, struct err *err)
{
	struct sql_ticket_password_row row;
	bool found;

	if (sql_ticket_password(r->sql, arena, r->site, (int64_t)MIN(ticket, (uint64_t)INT64_MAX), &row, &found, err) != 0)
		return -1;
	if (!found)
		return fail(err, ERR_NOT_FOUND, ticket, "there is no ticket %llu", (unsigned long long)ticket);
	*out = (struct store_password){ row.state == TICKET_LOCKED, (uint32_t)row.tries };
	return 0;
}

int store_read_hand_in(struct store_reader *r, struct arena *arena, uint64_t ticket, struct store_numbers *out, struct err *err)
{
	struct sql_tickets_of_hand_in_row *rows;
	size_t count;

	if (sql_tickets_of_hand_in(r->sql, arena, r->site, (int64_t)MIN(ticket, (uint64_t)INT64_MAX), &rows, &count, err) != 0)
		return -1;
	*out = (struct store_numbers){ arena_new_array(arena, uint64_t, count), count };
	for (size_t i = 0; i < count; i++)
		out->rows[i] = (uint64_t)rows[i].number;
	return 0;
}

int store_read_guest_links(struct store_reader *r, struct arena *arena, struct text issuer, uint64_t before, unsigned most,
			   struct store_guest_links *out, struct err *err)
{
	struct sql_guest_link_by_number_row *rows;
	size_t count;

	most = most_of(most);
	if (sql_guest_links_of(r->sql, arena, r->site, issuer, before_of(before), most + 1, &rows, &count, err) != 0)
		return -1;
	*out = (struct store_guest_links){ arena_new_array(arena, struct store_guest_link, count), MIN(count, (size_t)most), count > most };
	for (size_t i = 0; i < out->count; i++)
		out->rows[i] = (struct store_guest_link){ (uint64_t)rows[i].number, (uint64_t)rows[i].bytes_most, rows[i].issuer, rows[i].issuer_name,
			rows[i].addressee, rows[i].addressee_name, rows[i].purpose, (uint32_t)rows[i].files_most, (uint32_t)rows[i].used, rows[i].created,
			rows[i].expires, rows[i].revoked };
	return 0;
}

int store_read_guest_tickets(struct store_reader *r, struct arena *arena, uint64_t link, struct store_numbers *out, struct err *err)
{
	struct sql_tickets_of_guest_link_row *rows;
	size_t count;

	if (sql_tickets_of_guest_link(r->sql, arena, r->site, (int64_t)MIN(link, (uint64_t)INT64_MAX), &rows, &count, err) != 0)
		return -1;
	*out = (struct store_numbers){ arena_new_array(arena, uint64_t, count), count };
	for (size_t i = 0; i < count; i++)
		out->rows[i] = (uint64_t)rows[i].number;
	return 0;
}

int store_read_purposes(struct store_reader *r, struct arena *arena, struct text sender, unsigned most, struct store_texts *out, struct err *err)
{
	struct sql_purposes_of_row *rows;
	size_t count;

	if (sql_purposes_of(r->sql, arena, r->site, sender, most, &rows, &count, err) != 0)
		return -1;
	*out = (struct store_texts){ arena_new_array(arena, struct text, count), count };
	for (size_t i = 0; i < count; i++)
		out->rows[i] = rows[i].purpose;
	return 0;
}

void store_tickets_of_lines(struct arena *arena, const struct sql_ticket_listed_row *rows, size_t count, unsigned most, struct store_tickets *out)
{
	*out = (struct store_tickets){ arena_new_array(arena, struct store_ticket, count), MIN(count, (size_t)most), count > most };
	for (size_t i = 0; i < out->count; i++)
		out->rows[i] = store_ticket_of_line(&rows[i]);
}

int store_read_sent(struct store_reader *r, struct arena *arena, struct text sender, uint64_t before, unsigned most, struct store_tickets *out,
		    struct err *err)
{
	struct sql_ticket_listed_row *rows;
	size_t count;

	most = most_of(most);
	if (sql_tickets_sent(r->sql, arena, r->site, sender, DIRECTION_IN, before_of(before), most + 1, &rows, &count, err) != 0)
		return -1;
	store_tickets_of_lines(arena, rows, count, most, out);
	return 0;
}

int store_read_inbox(struct store_reader *r, struct arena *arena, struct text addressee, uint64_t before, unsigned most, struct store_tickets *out,
		     struct err *err)
{
	struct sql_ticket_listed_row *rows;
	size_t count;

	most = most_of(most);
	if (sql_tickets_inbox(r->sql, arena, r->site, addressee, before_of(before), most + 1, &rows, &count, err) != 0)
		return -1;
	store_tickets_of_lines(arena, rows, count, most, out);
	return 0;
}

int store_read_decided(struct store_reader *r, struct arena *arena, struct text person, uint64_t before, unsigned most, struct store_tickets *out,
		       struct err *err)
{
	struct sql_ticket_listed_row *rows;
	size_t count;

	most = most_of(most);
	if (sql_tickets_decided(r->sql, arena, r->site, person, before_of(before), most + 1, &rows, &count, err) != 0)
		return -1;
	store_tickets_of_lines(arena, rows, count, most, out);
	return 0;
}

int store_read_tickets(struct store_reader *r, struct arena *arena, unsigned state, uint64_t before, unsigned most, struct store_tickets *out,
		       struct err *err)
{
	struct sql_ticket_listed_row *rows;
	size_t count;

	most = most_of(most);
	if (sql_tickets_by_state(r->sql, arena, r->site, state, before_of(before), most + 1, &rows, &count, err) != 0)
		return -1;
	store_tickets_of_lines(arena, rows, count, most, out);
	return 0;
}

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Of what waits from one unit, what the person may decide. Senders of one unit mostly share the answer, so it is asked once per sender. */
static int waiting_of_unit(struct store_reader *r, struct arena *arena, struct text person, struct text unit, int64_t now, struct buf *numbers, struct err *err)
{
	struct sql_tickets_waiting_row *rows;
	size_t count, known_count = 0;

	if (sql_tickets_waiting(r->sql, arena, r->site, unit, now, &rows, &count, err) != 0)
		return -1;
	struct {
		struct text sender;
		bool may;
	} *known = arena_alloc(arena, (count + 1) * sizeof *known);
	for (size_t i = 0; i < count; i++) {
		struct approver_posts posts;
		uint64_t number = (uint64_t)rows[i].number;
		size_t k = 0;
		while (k < known_count && !text_equal(known[k].sender, rows[i].sender))
			k++;
		if (k == known_count) {
			if (approver_posts(r->sql, arena, r->site, unit, rows[i].sender, person, now, &posts, err) != 0)
				return -1;
			known[k].sender = rows[i].sender, known[k].may = posts.count > 0;
			known_count++;
		}
		if (known[k].may)
			buf_put(numbers, &number, sizeof number);
	}
	return 0;
}

int store_waiting_for(struct store_reader *r, struct arena *arena, struct text person, struct store_numbers *out, struct err *err)
{
	struct sql_approver_reach_row *units;
	struct buf numbers = buf_in(arena, 0);
	int64_t now = clock_now();
	size_t count;

	*out = (struct store_numbers){ NULL, 0 };
	if (sql_approver_reach(r->sql, arena, r->site, person, now, &units, &count, err) != 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (waiting_of_unit(r, arena, person, units[i].unit, now, &numbers, err) != 0)
			return -1;
	out->rows = arena_copy(arena, numbers.p, numbers.n), out->count = numbers.n / sizeof *out->rows;
	sort_items(out->rows, out->count, sizeof *out->rows, by_number);
	return 0;
}

int store_read_waiting(struct store_reader *r, struct arena *arena, struct text person, unsigned most, struct store_tickets *out, struct err *err)
{
	struct store_numbers numbers;
	struct sql_ticket_listed_row row;
	bool found;

	most = MIN(most, (unsigned)WAITING_MOST);
	if (store_waiting_for(r, arena, person, &numbers, err) != 0)
		return -1;
	*out = (struct store_tickets){ arena_new_array(arena, struct store_ticket, numbers.count), 0, numbers.count > most };
	for (size_t i = 0; i < numbers.count && out->count < most; i++) {
		if (sql_ticket_listed(r->sql, arena, r->site, (int64_t)numbers.rows[i], &row, &found, err) != 0)
			return -1;
		if (found && row.state == TICKET_WAITING)
			out->rows[out->count++] = store_ticket_of_line(&row);
	}
	return 0;
}

int store_read_may_decide(struct store_reader *r, struct arena *arena, struct text person, uint64_t number, bool *may, struct err *err)
{
	struct sql_ticket_by_number_row t;
	struct approver_posts posts;
	int64_t now = clock_now();
	bool found;

	if (sql_ticket_by_number(r->sql, arena, r->site, (int64_t)MIN(number, (uint64_t)INT64_MAX), &t, &found, err) != 0)
		return -1;
	if (!found)
		return fail(err, ERR_NOT_FOUND, number, "there is no ticket %llu", (unsigned long long)number);
	if (approver_posts(r->sql, arena, r->site, t.sender_unit, t.sender, person, now, &posts, err) != 0)
		return -1;
	*may = posts.count > 0 && t.state == TICKET_WAITING && t.expires > now;
	return 0;
}

int store_read_unjudged(struct store_reader *r, struct arena *arena, unsigned most, struct store_numbers *out, struct err *err)
{
	struct sql_tickets_unjudged_row *rows;
	size_t count;

	if (sql_tickets_unjudged(r->sql, arena, r->site, most_of(most), &rows, &count, err) != 0)
		return -1;
	*out = (struct store_numbers){ arena_new_array(arena, uint64_t, count), count };
	for (size_t i = 0; i < count; i++)
		out->rows[i] = (uint64_t)rows[i].number;
	return 0;
}

int store_read_overdue(struct store_reader *r, struct arena *arena, int64_t now, unsigned most, struct store_numbers *out, struct err *err)
{
	struct sql_tickets_overdue_row *rows;
	size_t count;

	if (sql_tickets_overdue(r->sql, arena, r->site, now, most_of(most), &rows, &count, err) != 0)
		return -1;
	*out = (struct store_numbers){ arena_new_array(arena, uint64_t, count), count };
	for (size_t i = 0; i < count; i++)
		out->rows[i] = (uint64_t)rows[i].number;
	return 0;
}

int store_read_fetches(struct store_reader *r, struct arena *arena, uint64_t ticket, struct store_fetches *out, struct err *err)
{
	struct sql_fetches_of_row *rows;
	size_t count;

	if (sql_fetches_of(r->sql, arena, r->site, (int64_t)MIN(ticket, (uint64_t)INT64_MAX), &rows, &count, err) != 0)
		return -1;
	*out = (struct store_fetches){ arena_new_array(arena, struct store_fetch, count), count };
	for (size_t i = 0; i < count; i++)
		out->rows[i] = (struct store_fetch){ (uint64_t)rows[i].ticket, rows[i].number, rows[i].person_name, rows[i].at };
	return 0;
}

/* ---- counts ---- */

int store_read_counts(struct store_reader *r, struct arena *arena, uint64_t out[STORE_STATES], struct err *err)
{
	struct sql_tickets_counted_row *rows;
	size_t count;

	if (sql_tickets_counted(r->sql, arena, r->site, &rows, &count, err) != 0)
		return -1;
	memset(out, 0, STORE_STATES * sizeof *out);
	for (size_t i = 0; i < count; i++)
		if (rows[i].state >= 0 && rows[i].state < STORE_STATES)
			out[rows[i].state] = (uint64_t)rows[i].count;
	return 0;
}

/* ---- site, journal ---- */

int store_read_site(struct store_reader *r, struct arena *arena, struct store_site *out, struct err *err)
{
	struct sql_counter_now_row row;
	bool found;

	if (sql_counter_now(r->sql, arena, r->site, &row, &found, err) != 0)
		return -1;
	if (!found)
		return fail(err, ERR_BUSY, 0, "recordd has not opened its first epoch yet");
	*out = (struct store_site){ arena_text(arena, r->site), row.epoch, (uint64_t)row.last, (uint64_t)row.sealed, row.sealed_at };
	return 0;
}

int store_read_whole_at(struct store_reader *r, struct arena *arena, int64_t *out, struct err *err)
{
	struct sql_upkeep_now_row now;
	bool found;

	if (sql_upkeep_now(r->sql, arena, r->site, &now, &found, err) != 0)
		return -1;
	*out = found ? now.whole_at : 0;
	return 0;
}

static struct store_event event_of(const struct sql_event_by_number_row *e)
{
	const struct event_kind *kind = event_kind_of(e->event);
	const char *ja = kind ? kind->ja : e->event.p, *en = kind ? kind->en : e->event.p;

	return (struct store_event){ .epoch = e->epoch, .no = (uint64_t)e->no, .at = e->at, .event = e->event, .label_ja = { ja, strlen(ja) },
				     .label_en = { en, strlen(en) }, .actor = e->actor, .actor_name = e->actor_name, .post = e->post,
				     .object = e->object, .record = e->record, .salt = e->salt, .entry = e->entry, .sealed = e->sealed };
}

static void events_of(struct arena *arena, const struct sql_event_by_number_row *rows, size_t count, unsigned most, struct store_events *out)
{
	*out = (struct store_events){ arena_new_array(arena, struct store_event, count), MIN(count, (size_t)most), count > most };
	for (size_t i = 0; i < out->count; i++)
		out->rows[i] = event_of(&rows[i]);
}

int store_read_journal(struct store_reader *r, struct arena *arena, uint64_t after, unsigned most, struct store_events *out, struct err *err)
{
	struct sql_event_by_number_row *rows;
	struct store_site site;
	size_t count;

	most = most_of(most);
	if (store_read_site(r, arena, &site, err) != 0 ||
	    sql_events_after(r->sql, arena, r->site, site.epoch, (int64_t)MIN(after, (uint64_t)INT64_MAX), most + 1, &rows, &count, err) != 0)
		return -1;
	events_of(arena, rows, count, most, out);
	return 0;
}

int store_read_history(struct store_reader *r, struct arena *arena, struct text object, struct text person, uint64_t before, unsigned most,
		       struct store_events *out, struct err *err)
{
	struct sql_event_by_number_row *rows;
	struct store_site site;
	int64_t top = before_of(before);
	size_t count;
	int got;

	most = most_of(most);
	if (store_read_site(r, arena, &site, err) != 0)
		return -1;
	if (object.n && person.n)
		got = sql_events_of_both(r->sql, arena, r->site, site.epoch, object, person, top, most + 1, &rows, &count, err);
	else if (object.n)
		got = sql_events_of_object(r->sql, arena, r->site, site.epoch, object, top, most + 1, &rows, &count, err);
	else if (person.n)
		got = sql_events_of_person(r->sql, arena, r->site, site.epoch, person, top, most + 1, &rows, &count, err);
	else
		got = sql_events_before(r->sql, arena, r->site, site.epoch, top, most + 1, &rows, &count, err);
	if (got != 0)
		return -1;
	events_of(arena, rows, count, most, out);
	return 0;
}

int store_read_event(struct store_reader *r, struct arena *arena, struct bytes epoch, uint64_t no, struct store_event *out, struct err *err)
{
	struct sql_event_by_number_row row;
	bool found;

	if (sql_event_by_number(r->sql, arena, r->site, epoch, (int64_t)MIN(no, (uint64_t)INT64_MAX), &row, &found, err) != 0)
		return -1;
	if (!found)
		return fail(err, ERR_NOT_FOUND, no, "the journal has no row %llu", (unsigned long long)no);
	*out = event_of(&row);
	return 0;
}

enum { STRANGER_ROWS = 10000 };

int store_read_verdicts(struct store_reader *r, struct arena *arena, uint64_t *out, size_t size, struct err *err)
{
	struct sql_ticket_verdicts_row *rows;
	size_t count;

	if (sql_ticket_verdicts(r->sql, arena, r->site, &rows, &count, err) != 0)
		return -1;
	memset(out, 0, size * sizeof *out);
	for (size_t i = 0; i < count; i++)
		if (rows[i].verdict >= 0 && (size_t)rows[i].verdict < size)
			out[rows[i].verdict] = (uint64_t)rows[i].count;
	return 0;
}

int store_read_strangers(struct store_reader *r, struct arena *arena, int64_t since, uint64_t *out, struct err *err)
{
	struct sql_strangers_since_row row;
	bool found;

	if (sql_strangers_since(r->sql, arena, r->site, STRANGER_ROWS, since, &row, &found, err) != 0)
		return -1;
	*out = (uint64_t)row.count;
	return 0;
}
