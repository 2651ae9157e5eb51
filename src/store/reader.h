/* 記録の閲覧の内側 — what read.c and its sisters share. */
#ifndef STORE_READER_H
#define STORE_READER_H
#include "store/read.h"
#include "store/sql.gen.h"
#include <sys/types.h>

enum { STORE_READ_MOST = 1000 };

struct store_reader {
	struct sql *sql;
	struct arena *arena; /* of the site's name and the home */
	struct text site;
	const char *home;
	dev_t device; /* of the file that is open */
	ino_t file;
	bool words_are_common; /* tests: as if every word stood in very many tickets */
};
/* Bounds of a list: rows before this number (0: from the newest on), at most so many; one row more than wanted is asked for, so that `more` is known. */
static inline int64_t read_before(uint64_t before) { return before == 0 || before > INT64_MAX ? INT64_MAX : (int64_t)before; }
static inline unsigned read_most(unsigned most) { return MIN(most, (unsigned)STORE_READ_MOST); }
struct store_ticket store_ticket_of_line(const struct sql_ticket_listed_row *row);
void store_tickets_of_lines(struct arena *arena, const struct sql_ticket_listed_row *rows, size_t count, unsigned most, struct store_tickets *out);
void store_passages_of_rows(struct arena *arena, const struct sql_passage_row *rows, size_t count, unsigned most, struct store_passages *out);
/* Numbers of the waiting tickets that the person may decide, ascending. */
int store_waiting_for(struct store_reader *reader, struct arena *arena, struct text person, struct store_numbers *out, struct err *err) CHECK_RESULT;

#endif
