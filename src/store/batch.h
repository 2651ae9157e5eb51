/* まとめて確定 — group commit: requests that are ready share one transaction, each behind its own savepoint, and are answered after it. */
#ifndef STORE_BATCH_H
#define STORE_BATCH_H
#include "base/ipc.h"
#include "store/sql.h"

enum { BATCH_MOST = 256 };

struct batch_item {
	const char *caller;	    /* process name */
	struct arena *arena;	    /* of this request */
	struct ipc_message request;
	/* filled */
	struct ipc_message reply;
	bool failed;
	struct err err;		    /* ERR_MALFORMED: end the connection */
	uint64_t awaits;	    /* send the reply when everything up to this number is sealed; 0 = now */
};

/* Whatever happens, each item is either done and durable, or failed and without effect. Commands and SEAL_REPORT; JOURNAL_READ is not for
 * here: it must see committed rows only. */
void batch_run(struct sql *sql, const char *home, struct text site, struct batch_item **items, size_t count);

#endif
