/* 家を写す — everything of the data folder that a backup needs, into a vault: each process copies out its own files under its own uid (`NAME --copy`),
 * the operator's folders are read here. Order: the log before the store, the store before the spool, so that what one of them names the next one has. */
#ifndef CLI_COPYING_H
#define CLI_COPYING_H
#include "backup/vault.h"
#include "cli/house.h"

struct copying {
	struct vault_writer *to;
	uint64_t entries;    /* filled: size of the log's checkpoint */
	uint64_t bytes;	     /* filled: read so far */
	void (*told)(void *self, const char *name, uint64_t bytes); /* progress; may be NULL */
	void *self;
};
int copying(struct copying *c, const struct house *house, struct err *err) CHECK_RESULT;

#endif
