/* 記録の閲覧 — the store, read-only: for webd-office, transferd, the sekisho command and tests. Named reads, no SQL from outside.
 * A reader belongs to one thread. Rows, texts and bytes live in the arena given. Absent texts are "", absent times 0, absent hashes n = 0.
 * Each call sees one state of the store; between store_read_begin and store_read_end all calls see the same one (at most one page's work:
 * a long one keeps the write-ahead log from being folded in). */
#ifndef STORE_READ_H
#define STORE_READ_H
#include "base/arena.h"
#include "base/err.h"
#include "store/proposal_states.h"
#include "store/ticket_states.h"

struct store_reader;

/* home: the data folder. ERR_NOT_FOUND: no store yet; ERR_BUSY: recordd has not opened it yet: try again shortly. */
int store_read_open(const char *home, struct store_reader **out, struct err *err) CHECK_RESULT;
void store_read_close(struct store_reader *reader); /* NULL is fine */
/* The same for many short uses by many threads: one that another has given back, its statements ready, or a new one. Until it is given back all calls
 * see one state of the store. A few are kept, and dropped when the store is another file by then. Eight are out at once, who comes then waits: take one,
 * never two, and not while another process is asked. */
int store_read_take(const char *home, struct store_reader **out, struct err *err) CHECK_RESULT;
void store_read_give(struct store_reader *reader); /* NULL is fine */
int store_read_begin(struct store_reader *reader, struct err *err) CHECK_RESULT;
void store_read_end(struct store_reader *reader);

/* --- organisation --- */
struct store_unit {
	struct text code, name, parent;
	int64_t from, to; /* to: closed, 0 = in use */
	uint64_t people;  /* in office */
};
struct store_units {
	struct store_unit *rows;
	size_t count;
};
int store_read_units(struct store_reader *reader, struct arena *arena, struct store_units *out, struct err *err) CHECK_RESULT;

struct store_person {
	struct text number, name, kana, unit, unit_name, mail;
	int64_t from, to;
	bool is_chief, is_administrator; /* chief: holds chief or deputy of some unit now */
};
struct store_people {
	struct store_person *rows;
	size_t count;
	bool more; /* there are more than `most` */
};
/* ERR_NOT_FOUND for an unknown number; who has left is found (to ≤ now). */
int store_read_person(struct store_reader *reader, struct arena *arena, struct text number, struct store_person *out, struct err *err)
	CHECK_RESULT;
/* Present people whose number, name, kana or unit name holds every word of the query (blanks part, full width too); sorted by unit and
 * kana. "" gives the first ones. Katakana and hiragana, letter case and widths of letters and digits are not told apart. */
int store_read_people(struct store_reader *reader, struct arena *arena, struct text query, unsigned most, struct store_people *out,
		      struct err *err) CHECK_RESULT;

/* The same, with number, name, kana and the unit's name only: to choose somebody. */
int store_read_names(struct store_reader *reader, struct arena *arena, struct text query, unsigned most, struct store_people *out,
		     struct err *err) CHECK_RESULT;

struct store_post {
	struct text number, person_name, unit, unit_name, post; /* chief deputy administrator */
	int64_t from, to;
};
struct store_posts {
	struct store_post *rows;
	size_t count;
};
/* number "": all posts of everybody. Past ones too. */
int store_read_posts(struct store_reader *reader, struct arena *arena, struct text number, struct store_posts *out, struct err *err)
	CHECK_RESULT;

/* --- tickets --- */
enum ticket_verdict { VERDICT_PENDING = 0, VERDICT_CLEAN = 1, VERDICT_CONVERTED = 2, VERDICT_REFUSED = 3 };

struct store_ticket {
	uint64_t number;
	enum ticket_state state;
	struct text sender, sender_name, sender_unit, sender_unit_name; /* unit: at the time it was handed in */
	struct text addressee, addressee_name, addressee_unit_name;
	struct text purpose, name;	/* name: as handed in */
	uint64_t bytes;
	struct bytes input;		/* SHA-256 of what was handed in */
	struct bytes provenance;	/* canonical JSON */
	int64_t opened, expires, erased; /* erased: 0 while the files are kept */
	enum ticket_verdict verdict;
	int64_t judged;
	struct text output_name;
	uint64_t output_bytes;
	struct bytes output, report, object; /* SHA-256, canonical JSON, SHA-256 of the object of approval */
	int64_t decided;
	struct text decided_by, decided_by_name, decided_post, reason;
	struct bytes statement, signature;
	bool sealed;			/* the decision is under a signed checkpoint: only then may the file go out */
	int64_t fetched;		/* first fetch */
	uint32_t fetches;
	int64_t original_until;		/* the original is kept encrypted until then; 0 = no longer */
	bool outward, leak_unchecked;	/* out of LGWAN; nobody has checked it for leaks */
	uint64_t journal_opened, journal_judged, journal_decided; /* numbers of the journal rows */
};
struct store_tickets {
	struct store_ticket *rows; /* lists come without report, provenance, statement, signature, fetches and numbers of the journal */
	size_t count;
	bool more;		   /* ask again with before = number of the last row */
};
int store_read_ticket(struct store_reader *reader, struct arena *arena, uint64_t number, struct store_ticket *out, struct err *err)
	CHECK_RESULT;
/* The ticket opened by this request (16 bytes). */
int store_read_request(struct store_reader *reader, struct arena *arena, struct bytes request, uint64_t *number, struct text *sender, struct err *err)
	CHECK_RESULT;
/* Does a ticket wait for its password, and how many were wrong? */
struct store_password {
	bool wanted;
	uint32_t wrong;
};
int store_read_password(struct store_reader *reader, struct arena *arena, uint64_t ticket, struct store_password *out, struct err *err) CHECK_RESULT;
/* The tickets of the same act, this one among them; ascending. */
struct store_numbers;
int store_read_hand_in(struct store_reader *reader, struct arena *arena, uint64_t ticket, struct store_numbers *out, struct err *err) CHECK_RESULT;
/* Links for people outside: those of an issuer, newest first, below `before` (0: from the newest); one by its number. */
struct store_guest_link {
	uint64_t number, bytes_most;
	struct text issuer, issuer_name, addressee, addressee_name, purpose;
	uint32_t files_most, used;
	int64_t created, expires, revoked;
};
struct store_guest_links {
	struct store_guest_link *rows;
	size_t count;
	bool more;
};
int store_read_guest_links(struct store_reader *reader, struct arena *arena, struct text issuer, uint64_t before, unsigned most,
			   struct store_guest_links *out, struct err *err) CHECK_RESULT;
/* Tickets that came by a link, newest first. */
int store_read_guest_tickets(struct store_reader *reader, struct arena *arena, uint64_t link, struct store_numbers *out, struct err *err) CHECK_RESULT;
/* Purposes this person wrote before, the latest first, each once. */
struct store_texts {
	struct text *rows;
	size_t count;
};
int store_read_purposes(struct store_reader *reader, struct arena *arena, struct text sender, unsigned most, struct store_texts *out, struct err *err)
	CHECK_RESULT;
/* Newest first, below `before` (0: from the newest). */
int store_read_sent(struct store_reader *reader, struct arena *arena, struct text sender, uint64_t before, unsigned most,
		    struct store_tickets *out, struct err *err) CHECK_RESULT;
/* A passage: what its sender sees of a ticket, all of it in one look: lists of the Internet side. removed: things taken out, all kinds; files: of the act it
 * belongs to. */
struct store_passage {
	uint64_t number, bytes;
	enum ticket_state state;
	enum ticket_verdict verdict;
	int64_t opened, expires, erased;
	struct text addressee, addressee_name, purpose, name, output_name, reason;
	uint32_t removed, files;
};
struct store_passages {
	struct store_passage *rows;
	size_t count;
	bool more;
};
int store_read_passage(struct store_reader *reader, struct arena *arena, uint64_t ticket, struct store_passage *out, struct err *err) CHECK_RESULT;
/* Of the same act, this one among them; ascending. */
int store_read_passages_of_hand_in(struct store_reader *reader, struct arena *arena, uint64_t ticket, struct store_passages *out, struct err *err) CHECK_RESULT;
/* What this person asked to take out of LGWAN, newest first, below `before`. */
int store_read_passages_outward(struct store_reader *reader, struct arena *arena, struct text sender, uint64_t before, unsigned most,
				struct store_passages *out, struct err *err) CHECK_RESULT;
/* What this person handed in, of a state, from a time and before one (0 = all), holding every word as store_read_search says; newest first. */
struct store_wanted {
	unsigned state;
	int64_t since, until;
	struct text words;
	bool full; /* with reason and what was removed, which cost a look each */
};
int store_read_sent_found(struct store_reader *reader, struct arena *arena, struct text sender, const struct store_wanted *wanted, uint64_t before,
			  unsigned most, struct store_passages *out, struct err *err) CHECK_RESULT;
/* To be fetched by this addressee, ending within so many seconds: the nearest first. */
int store_read_expiring(struct store_reader *reader, struct arena *arena, struct text addressee, int64_t seconds, unsigned most, struct store_tickets *out,
			struct err *err) CHECK_RESULT;
/* Fills what lists come without: report, provenance, statement, signature. */
int store_read_details(struct store_reader *reader, struct arena *arena, struct store_ticket *ticket, struct err *err) CHECK_RESULT;
/* What this person asked to take out of LGWAN. */
int store_read_outward(struct store_reader *reader, struct arena *arena, struct text sender, uint64_t before, unsigned most,
		       struct store_tickets *out, struct err *err) CHECK_RESULT;
/* Quarantine: originals of refused files that are still kept, released ones too. */
int store_read_quarantined(struct store_reader *reader, struct arena *arena, uint64_t before, unsigned most, struct store_tickets *out,
			   struct err *err) CHECK_RESULT;
/* Released from quarantine within the last 30 days, handed in from this unit. */
int store_read_released(struct store_reader *reader, struct arena *arena, struct text unit, unsigned most, struct store_tickets *out,
			struct err *err) CHECK_RESULT;
/* What an addressee can fetch or has fetched: approved (sealed or not), fetched, and expired after approval. */
int store_read_inbox(struct store_reader *reader, struct arena *arena, struct text addressee, uint64_t before, unsigned most,
		     struct store_tickets *out, struct err *err) CHECK_RESULT;
/* What this person may decide now (their own never): oldest first, at most `most`; more = there are others. */
int store_read_waiting(struct store_reader *reader, struct arena *arena, struct text person, unsigned most, struct store_tickets *out,
		       struct err *err) CHECK_RESULT;
/* What this person has decided, newest first. */
int store_read_decided(struct store_reader *reader, struct arena *arena, struct text person, uint64_t before, unsigned most,
		       struct store_tickets *out, struct err *err) CHECK_RESULT;
/* All tickets, or those of one state (0 = all), newest first: for the operator. */
int store_read_tickets(struct store_reader *reader, struct arena *arena, unsigned state, uint64_t before, unsigned most,
		       struct store_tickets *out, struct err *err) CHECK_RESULT;
/* The rest of a line, where a list (of store_read_search) brought less. */
int store_read_line(struct store_reader *reader, struct arena *arena, uint64_t number, struct store_ticket *out, struct err *err) CHECK_RESULT;
/* Tickets whose number ("第12号"), names, purpose, people (kana too), unit or hash (16 digits or more of its beginning) hold every one of up to four
 * words, folded as store/fold.h says; newest first. person: only what they may see; "" = all (administrators, the operator). No word: none. Rows hold number, state, sender with names and unit, addressee's name, purpose,
 * name, when opened, and nothing else. */
int store_read_search(struct store_reader *reader, struct arena *arena, struct text person, struct text words, uint64_t before, unsigned most,
		      struct store_tickets *out, struct err *err) CHECK_RESULT;
/* Work for transferd, numbers only, ascending: received and without verdict; files that must be erased at `now`. */
struct store_numbers {
	uint64_t *rows;
	size_t count;
};
int store_read_unjudged(struct store_reader *reader, struct arena *arena, unsigned most, struct store_numbers *out, struct err *err)
	CHECK_RESULT;
int store_read_overdue(struct store_reader *reader, struct arena *arena, int64_t now, unsigned most, struct store_numbers *out,
		       struct err *err) CHECK_RESULT;
/* Whether this person may decide this ticket now, as recordd will judge it. */
int store_read_may_decide(struct store_reader *reader, struct arena *arena, struct text person, uint64_t number, bool *may, struct err *err)
	CHECK_RESULT;

struct store_fetch {
	uint64_t ticket;
	struct text person, person_name;
	int64_t at;
};
struct store_fetches {
	struct store_fetch *rows;
	size_t count;
};
int store_read_fetches(struct store_reader *reader, struct arena *arena, uint64_t ticket, struct store_fetches *out, struct err *err)
	CHECK_RESULT;

/* --- today: numbers of tickets and since when, 0 for none --- */
struct store_today {
	uint32_t waiting; /* for this person to decide */
	uint64_t waiting_oldest;
	int64_t waiting_since;
	uint32_t inbox; /* approved for this person, not yet fetched */
	uint64_t inbox_oldest;
	int64_t inbox_since;
	uint32_t expiring; /* of these, ending within two days */
	uint32_t returned; /* this person's own, sent back or refused within the last 7 days */
	uint64_t returned_newest;
	uint32_t under_way; /* this person's own, received or waiting */
	uint64_t under_way_oldest;
};
int store_read_today(struct store_reader *reader, struct arena *arena, struct text person, struct store_today *out, struct err *err)
	CHECK_RESULT;
/* What store_today counts as returned, newest first. */
int store_read_back(struct store_reader *reader, struct arena *arena, struct text sender, unsigned most, struct store_tickets *out,
		    struct err *err) CHECK_RESULT;

/* --- absences: of chiefs, with who acts --- */
struct store_absence {
	uint64_t id;
	struct text number, name, unit, unit_name, acting, acting_name, reason, created_by_name;
	int64_t from, to; /* to: the second at which it is over */
};
struct store_absences {
	struct store_absence *rows;
	size_t count;
};
/* Present and coming ones, not withdrawn; of one person, of whom one acts for, or ("") of everybody. */
int store_read_absences(struct store_reader *reader, struct arena *arena, struct text number, struct text acting, struct store_absences *out,
			struct err *err) CHECK_RESULT;
/* Of the chiefs of a unit, now. */
int store_read_absences_of_unit(struct store_reader *reader, struct arena *arena, struct text unit, struct store_absences *out, struct err *err)
	CHECK_RESULT;
/* Who may be named to act for the chief of a unit: present people of it and of the unit above, one left out; number, name, kana, unit. */
int store_read_may_act(struct store_reader *reader, struct arena *arena, struct text unit, struct text but, struct store_people *out,
		       struct err *err) CHECK_RESULT;
/* Who may decide a ticket now, of which unit: chief, deputy, "acting chief". */
struct store_decider {
	struct text number, name, post;
};
struct store_deciders {
	struct store_decider *rows;
	size_t count;
	struct text unit;
};
int store_read_deciders(struct store_reader *reader, struct arena *arena, const struct store_ticket *ticket, struct store_deciders *out,
			struct err *err) CHECK_RESULT;
/* --- statistics: tickets handed in from `since` until `until` --- */
struct store_count {
	struct text value; /* name of the unit, of a format, threat id, code of a refusal */
	uint64_t tickets, count; /* in how many; how much of it (units: refused) */
};
struct store_counted {
	struct store_count *rows;
	size_t count;
};
struct store_day {
	int64_t at; /* the day's beginning in Japan */
	uint64_t count, refused, returned, fetched;
};
struct store_times { /* seconds, nearest rank */
	uint64_t count;
	int64_t p50, p95;
};
struct store_statistics {
	struct store_day *days; /* those with any */
	size_t day_count;
	struct store_counted units, formats, removed, refusals; /* most first, at most 40 */
	struct store_times wait;  /* from verdict to decision */
	struct store_times whole; /* from hand-in to the first fetch */
};
int store_read_statistics(struct store_reader *reader, struct arena *arena, int64_t since, int64_t until, struct store_statistics *out,
			  struct err *err) CHECK_RESULT;
/* Number of tickets by state; index = enum ticket_state. */
enum { STORE_STATES = 16 };
int store_read_counts(struct store_reader *reader, struct arena *arena, uint64_t out[STORE_STATES], struct err *err) CHECK_RESULT;
/* Tickets by verdict (0 none yet) into out[0 … size-1]. */
int store_read_verdicts(struct store_reader *reader, struct arena *arena, uint64_t *out, size_t size, struct err *err) CHECK_RESULT;
/* Journal rows of refused strangers since then, among the newest 10,000 rows. */
int store_read_strangers(struct store_reader *reader, struct arena *arena, int64_t since, uint64_t *out, struct err *err) CHECK_RESULT;

/* --- policy, site, journal --- */
struct store_policy {
	struct bytes hash, content;
	int64_t adopted;
	struct text adopted_by, adopted_by_name; /* who approved it; "process:operator" and "" at the installation */
	uint64_t proposal;			 /* the proposal it comes from; 0: none */
};
int store_read_policy(struct store_reader *reader, struct arena *arena, struct store_policy *out, struct err *err) CHECK_RESULT; /* NOT_FOUND */
/* For those who go on without one: an empty hash (and content) if none is in force. */
int store_read_policy_or_none(struct store_reader *reader, struct arena *arena, struct store_policy *out, struct err *err) CHECK_RESULT;

/* A text that is or was in force; empty if none had this hash. */
int store_read_policy_text(struct store_reader *reader, struct arena *arena, struct bytes hash, struct bytes *out, struct err *err) CHECK_RESULT;

/* 提案 */
struct store_proposal {
	uint64_t number;
	struct bytes hash, replaces, object, content; /* lists come with hash only */
	struct text author, author_name, author_unit_name, reason;
	int64_t proposed;
	enum proposal_state state;
	struct text decided_by_name, decided_reason;
	int64_t decided; /* 0 not yet */
	bool may_decide; /* the person who asks */
};
struct store_proposals {
	struct store_proposal *rows;
	size_t count;
	bool more;
};
int store_read_proposals(struct store_reader *reader, struct arena *arena, uint64_t before, unsigned most, struct store_proposals *out, struct err *err)
	CHECK_RESULT;
int store_read_proposal(struct store_reader *reader, struct arena *arena, uint64_t number, struct text person, struct store_proposal *out, struct err *err)
	CHECK_RESULT; /* NOT_FOUND */
/* How many wait for this person's decision. */
int store_read_proposals_waiting(struct store_reader *reader, struct arena *arena, struct text person, uint32_t *out, struct err *err) CHECK_RESULT;

/* --- what the rules of the zones refused --- */
struct store_blocked_pair {
	struct text from, to; /* names of zones, "gate"; from "" and to "invalid", "unnamed": packets that are of no pair */
	uint64_t packets;
	int64_t latest; /* the last hour in which there were any */
};
struct store_blocked_pairs {
	struct store_blocked_pair *rows;
	size_t count;
};
/* Hours that begin in since … until; who was refused most comes first. */
int store_read_blocked_pairs(struct store_reader *reader, struct arena *arena, int64_t since, int64_t until, struct store_blocked_pairs *out, struct err *err)
	CHECK_RESULT;
struct store_blocked_hour {
	int64_t hour;
	uint64_t packets, no; /* no: of a row of the journal that holds them */
};
struct store_blocked_hours {
	struct store_blocked_hour *rows;
	size_t count;
};
enum { STORE_BLOCKED_HOURS = 24 * 400 };
/* Hours with any, the latest first; "*" for from or to: whichever. */
int store_read_blocked_hours(struct store_reader *reader, struct arena *arena, int64_t since, int64_t until, struct text from, struct text to,
			     struct store_blocked_hours *out, struct err *err) CHECK_RESULT;

struct store_site {
	struct text site;
	struct bytes epoch;
	uint64_t last, sealed; /* numbers in this epoch: last row written, last row under a signed checkpoint */
	int64_t sealed_at;
};
int store_read_site(struct store_reader *reader, struct arena *arena, struct store_site *out, struct err *err) CHECK_RESULT;
/* When recordd last read the store whole before it opened it (setup.h); 0 never. */
int store_read_whole_at(struct store_reader *reader, struct arena *arena, int64_t *out, struct err *err) CHECK_RESULT;

struct store_event {
	struct bytes epoch;
	uint64_t no;
	int64_t at;
	struct text event, label_ja, label_en, actor, actor_name, post, object;
	struct bytes record, salt, entry; /* empty where lawfully erased */
	bool sealed;
};
struct store_events {
	struct store_event *rows;
	size_t count;
	bool more;
};
/* Rows of the present epoch with no > after, ascending. */
int store_read_journal(struct store_reader *reader, struct arena *arena, uint64_t after, unsigned most, struct store_events *out,
		       struct err *err) CHECK_RESULT;
/* Rows of the present epoch with no < before (0: from the newest), newest first; object "": all, else e.g. "ticket:12"; person "": all. */
int store_read_history(struct store_reader *reader, struct arena *arena, struct text object, struct text person, uint64_t before,
		       unsigned most, struct store_events *out, struct err *err) CHECK_RESULT;
/* One row of any epoch (hash given in full). */
int store_read_event(struct store_reader *reader, struct arena *arena, struct bytes epoch, uint64_t no, struct store_event *out,
		     struct err *err) CHECK_RESULT;

#endif
