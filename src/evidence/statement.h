/* 承認の署名文 — what an approver says with the second factor, as signed by authd and verified by everyone who acts on it.
 * Also the object it is about: the canonical JSON of one ticket or of one proposed policy text, whose SHA-256 is what is shown, signed and checked.
 * Pure functions: no clock, no files. article: s6.3.2b s9 */
#ifndef EVIDENCE_STATEMENT_H
#define EVIDENCE_STATEMENT_H
#include "base/arena.h"
#include "base/err.h"
#include "base/hash.h"

enum {
	STATEMENT_OBJECTS_MOST = 200,
	STATEMENT_BYTES_MOST = 24 * 1024,
	STATEMENT_REASON_MOST = 600,  /* bytes */
	STATEMENT_WORD_MOST = 128,    /* bytes of site, person, post */
};
#define STATEMENT_APPROVE "ticket.approve"
#define STATEMENT_RETURN "ticket.return"
#define STATEMENT_RELEASE "quarantine.release" /* the original of a refused file goes out after all; by an administrator */
#define STATEMENT_PROPOSE "policy.propose" /* a text that shall be in force; by an administrator */
#define STATEMENT_ADOPT "policy.approve" /* a proposed text; by who decides for its author */
#define STATEMENT_REJECT "policy.return"

struct statement {
	struct text action;  /* one of the above */
	int64_t at;	     /* seconds UTC */
	struct text factor;  /* "totp" */
	struct text person;  /* staff number */
	struct text post;    /* acted for: "chief of UNIT" */
	struct text reason;  /* "" allowed when approving */
	struct text site;
	const uint8_t (*objects)[SHA256_BYTES]; /* after reading: sorted, none twice */
	size_t count;
	uint8_t batch[SHA256_BYTES]; /* SHA-256 of the sorted hex hashes joined by "\n"; computed when building */
};

/* Canonical JSON; objects may come in any order. ERR_INVALID if a field is out of its range or an object stands twice. */
int statement_build(struct arena *arena, const struct statement *what, struct bytes *out, struct err *err) CHECK_RESULT;
/* Strict: exactly what statement_build writes, batch recomputed. */
int statement_read(struct arena *arena, struct bytes in, struct statement *out, struct err *err) CHECK_RESULT;
/* Signature first (ERR_SIGNATURE), then statement_read. Who may decide is the caller's question. */
int statement_verify(struct arena *arena, struct bytes in, const uint8_t public_key[ED25519_PUBLIC],
		     struct bytes signature, struct statement *out, struct err *err) CHECK_RESULT;
bool statement_names(const struct statement *statement, const uint8_t object[SHA256_BYTES]);

/* The line of trust/approval.pub: 64 hex digits and a newline. */
int statement_public_key(struct bytes file, uint8_t out[ED25519_PUBLIC], struct err *err) CHECK_RESULT;

/* The object of an approval: everything the approver was shown. */
struct statement_ticket {
	uint64_t ticket;
	struct text site, sender, addressee, purpose;
	struct text name; /* of the output, as it will be handed out */
	uint8_t input[SHA256_BYTES], output[SHA256_BYTES]; /* of a release both are the original's */
	bool outward; /* LGWAN → Internet, without a leak check: said in the object */
};
struct bytes statement_object(struct arena *arena, const struct statement_ticket *ticket); /* canonical JSON */
void statement_object_hash(const struct statement_ticket *ticket, uint8_t out[SHA256_BYTES]);

/* The object of a policy proposal, signed by its author and by who approves it. replaces: the text that was in force when it was written, so that an
 * approval never undoes what its approver did not see; zeros where there was none. */
struct statement_policy {
	struct text site, author;
	uint8_t text[SHA256_BYTES], replaces[SHA256_BYTES];
};
void statement_policy_hash(const struct statement_policy *policy, uint8_t out[SHA256_BYTES]);

#endif
