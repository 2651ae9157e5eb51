/* 署名付き文書 — C2SP signed note: text, blank line, signature lines; and the one-line verifier key.
 * Nothing of the text may be used before note_verify said yes. Foreign bytes; pure. */
#ifndef EVIDENCE_NOTE_H
#define EVIDENCE_NOTE_H
#include "base/arena.h"
#include "base/err.h"
#include "base/hash.h"

enum {
	NOTE_BYTES_MOST = 128 * 1024, /* 16 lines of the largest post-quantum signatures still fit */
	NOTE_SIGNATURES_MOST = 64,
	NOTE_NAME_MOST = 255,
	NOTE_KEYS_MOST = 320,	      /* keys given to one verification: all of a trust file and those handed over to */
	NOTE_VKEY_MOST = 4096,
};
#define NOTE_TIME_MOST ((uint64_t)INT64_MAX)

enum signature_type {
#define SIGNATURE(name, type, key, bytes, timed, logs, witnesses) SIGNATURE_##name = type,
#include "evidence/signatures.def"
#undef SIGNATURE
};

struct note_key {
	struct text name;
	uint32_t id;
	uint8_t type;	       /* may be one we cannot verify (note_key_verifies then says no) */
	struct bytes public_key;
};
struct note_signature {
	struct text name;
	uint32_t id;
	struct bytes signature; /* without the id; a time stamp is part of it */
	size_t at;		/* offset of its line in the note */
};
struct note {
	struct text text; /* with its last newline: exactly what is signed */
	struct note_signature *signatures;
	size_t count;
};

/* Not empty, no Unicode space, no '+', no control, at most NOTE_NAME_MOST bytes. */
bool is_key_name(struct text name);
uint32_t note_key_id(struct text name, uint8_t type, struct bytes public_key);
/* "name+id+base64(type ‖ key)": the id must recompute; keys of the types we know must have their length. */
int note_key_read(struct arena *arena, struct bytes line, struct note_key *out, struct err *err) CHECK_RESULT;
char *note_key_line(struct arena *arena, const struct note_key *key);
bool note_key_signs_logs(const struct note_key *key);
bool note_key_cosigns(const struct note_key *key);

int note_read(struct arena *arena, struct bytes in, struct note *out, struct err *err) CHECK_RESULT;
/* One known key over the text; *time (may be NULL) is the stamp of a cosignature, else 0. */
bool note_signature_verifies(struct text text, const struct note_key *key, struct bytes signature, uint64_t *time);
/* good[i]: key i signed. A line of a known (name, id) that fails makes the whole note invalid: -1 ERR_SIGNATURE, and so does no good line
 * at all. Lines of unknown keys are ignored. count ≤ NOTE_KEYS_MOST. */
int note_verify(const struct note *note, const struct note_key *keys, size_t count, bool *good, struct err *err) CHECK_RESULT;

/* Text (must end in a newline) + blank line + the line of one Ed25519 key of type 01. */
struct bytes note_sign(struct arena *arena, struct text text, struct text name, const uint8_t secret_key[ED25519_SECRET]);
/* The same with the lines of two keys of one name. */
struct bytes note_sign_two(struct arena *arena, struct text text, struct text name, const uint8_t first[ED25519_SECRET],
			   const uint8_t second[ED25519_SECRET]);
/* One signature line "— name base64\n". */
char *note_signature_line(struct arena *arena, struct text name, uint32_t id, struct bytes signature);
/* The line of a witness: type 04 over header, time and text. */
char *note_cosign(struct arena *arena, struct text text, struct text name, uint64_t time, const uint8_t secret_key[ED25519_SECRET]);

#endif
