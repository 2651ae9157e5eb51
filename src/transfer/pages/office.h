/* 承認箱・受信箱 — what the pages of the office side show. */
#ifndef TRANSFER_PAGES_OFFICE_H
#define TRANSFER_PAGES_OFFICE_H
#include "base/hash.h"
#include "store/read.h"
#include "transfer/pages/password.h"
#include "transfer/pages/pictures_view.h"
#include "transfer/pages/report_view.h"
#include "web/export.h"

enum { APPROVALS_MOST = 50, LIST_PAGE = 20, SOON_DAYS = 2 };

struct approval_row {
	struct store_ticket ticket;
	struct report_view report;
	struct provenance_view provenance;
	char object[SHA256_HEX]; /* hex of what is signed */
	bool chosen;
};
struct approvals_view {
	struct export_links_view links;
	struct approval_row *rows;
	size_t count;
	bool more;
	struct text reason;
	struct phrase say;
	uint32_t wait;
	size_t done; /* decided just now */
	bool done_returned;
	struct store_ticket one; /* if it was one: number 0, or which */
	struct store_absences acts_for, own; /* absences that concern this person, present ones */
	int64_t now;
};
struct search_view {
	struct text words;
	bool of_all;
	struct store_ticket *rows;
	size_t count;
	uint64_t next;
	struct export_links_view links;
};
struct quarantine_row {
	struct store_ticket ticket;
	struct report_view report;
	char input[SHA256_HEX], object[SHA256_HEX];
	struct text reason; /* as typed, of the form that was sent */
	bool may, own; /* may release it; sent it or would get it */
};
struct quarantine_view {
	struct quarantine_row *rows;
	size_t count;
	uint64_t next, chosen; /* chosen: the form that was sent */
	struct export_links_view links;
	struct text reason; /* as typed */
	struct phrase say;
	uint32_t wait;
	bool done;
};
struct inbox_row {
	struct store_ticket ticket;
	struct report_view report;
	char input[SHA256_HEX], output[SHA256_HEX];
	int64_t days_left;
	bool may_fetch, is_gone;
};
struct inbox_view {
	struct inbox_row *rows;
	size_t count;
	uint64_t next;
	struct export_links_view links;
	size_t soon; /* to be fetched within SOON_DAYS */
};
struct list_view {
	struct store_ticket *rows;
	size_t count;
	uint64_t next; /* 0: no more */
	int64_t now;
	struct export_links_view links;
};
/* A list by pages, newest first; of: what it is about (struct text * of a person, a search …). */
typedef int list_reader(struct store_reader *reader, struct arena *arena, const void *of, uint64_t before, unsigned most, struct store_tickets *out,
			struct err *err);
/* The whole list as a file; the answer is made. */
int export_tickets(struct request *r, enum export_kind kind, list_reader *list, void *of, struct err *err) CHECK_RESULT;
struct ticket_view {
	struct store_ticket ticket;
	struct report_view report;
	struct store_fetches fetches;
	struct provenance_view provenance;
	struct password_view password; /* while it is locked */
	bool may_unlock;
	struct store_deciders deciders; /* while it waits: who may decide it */
	struct store_absences away;	/* chiefs of that unit */
	char object[SHA256_HEX], input[SHA256_HEX], output[SHA256_HEX];
	int64_t days_left;
	bool may_decide, may_fetch, is_sender;
	struct pictures_view pictures;
};

struct request;
struct auth_approval;
/* Of approvals.c: the signed statement is committed and sealed, or an error. It may be sent again: it is not done twice. */
int decision_record(struct request *r, const struct auth_approval *approval, struct err *err) CHECK_RESULT;

#endif
