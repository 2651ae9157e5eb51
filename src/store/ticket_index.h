/* 受渡の索引 — keeps what tickets are found and counted by (migration 0004): with each change of a ticket, in its transaction. Writing side only. */
#ifndef STORE_TICKET_INDEX_H
#define STORE_TICKET_INDEX_H
#include "store/sql.h"

int ticket_index(struct sql *sql, struct text site, int64_t ticket, struct err *err) CHECK_RESULT;
/* Tickets from before there was an index; in a transaction of the caller. *done may be NULL. */
int ticket_index_fill(struct sql *sql, struct text site, uint64_t *done, struct err *err) CHECK_RESULT;

#endif
