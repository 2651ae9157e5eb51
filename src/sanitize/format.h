/* 形式 — what a format file must offer, and the only things it can do: it runs inside a jail, serves one file, and dies.
 *
 * A format rebuilds: it reads the input, keeps what it knows to be harmless, and writes a new file. It never copies what it does not
 * understand. It knows one format only: what is nested is handed out as a member and comes back rebuilt. It has no files, no network,
 * no time beyond its budget, and its output is believed only after the verifier (other program, other sources) has read it.
 * article: s2.12a s2.12b s6.3.2b; threat ids (A1, B3, …): docs/threats.md. */
#ifndef SANITIZE_FORMAT_H
#define SANITIZE_FORMAT_H
#include "base/arena.h"
#include "base/err.h"
#include "base/text.h"

enum refusal {
	REFUSAL_NONE,
#define REFUSAL(code, ja, en) REFUSAL_##code,
#include "sanitize/refusals.def"
#undef REFUSAL
	REFUSAL_COUNT
};
const char *refusal_name(enum refusal r);
const char *refusal_japanese(enum refusal r);
const char *refusal_english(enum refusal r);
/* ERR_REFUSED with err->at = reason; the sentence is the detail for an expert. Returns -1: `return refuse(err, REFUSAL_DAMAGED, "…")`. */
int refuse(struct err *err, enum refusal reason, const char *format, ...) PRINTF_LIKE(3, 4);

enum limit_name {
#define LIMIT(name, usual, ceiling, unit, ja, en) LIMIT_##name,
#include "sanitize/limits.def"
#undef LIMIT
	LIMIT_COUNT
};
struct limits {
	uint64_t most[LIMIT_COUNT];
};
struct limits limits_usual(void);
struct limit_row {
	const char *name;
	uint64_t usual, ceiling;
	const char *unit, *ja, *en;
};
extern const struct limit_row limit_rows[LIMIT_COUNT];

struct job; /* one file in one jail; everything it allocates lies in job_arena and dies with the process */

/* One row of formats/formats.def: what broker, pages and reports know of a format. No code of a parser hangs on it. */
struct format {
	const char *name;	/* "docx": name in policy, reports and .def */
	const char *family;	/* which jail program serves it: text image ooxml pdf archive document */
	const char *grammar;	/* the verifier's grammar of its output; members too are verified before they are handed back */
	const char *extension;	/* of the output, without dot */
	const char *media_type;
	const char *label_ja, *label_en;
};
extern const struct format formats[]; /* probing order; the last row's name is NULL */
const struct format *format_by_name(const char *name); /* NULL: none */
/* What a rebuilt file is: its own format, or the one it became (a gif leaves as png, a tiff of several pages as pdf, a doc as docx), told by its extension. */
const struct format *format_of_output(const struct format *input, const char *extension);

/* Is there a picture of the first page of a file of this format (pictured.def)? */
bool format_is_pictured(struct text name);

/* formats/NAME_probe.c — `const struct format_probe probe_NAME`: how a jail knows it. Linked into every worker. */
struct format_probe {
	const char *const *extensions; /* accepted on input, lower case, NULL-terminated; the first is the usual one */
	/* Does the content begin like this format? Cheap and bounded; the jail asks all formats, exactly one may say yes.
	 * head: the first ≤ 4096 bytes (34816 if they begin with zeros: ISO images; of an OLE2 container its header and directory, parts/ole_kind.h); tail: the last ≤ 4096, or ≤ 64 KiB + 22 if a ZIP's end record stands there (parts/package_kind.h). */
	bool (*probe)(struct bytes head, struct bytes tail, uint64_t size);
	bool plain; /* no magic (txt, csv): counts only if no other format claims the bytes; among plain ones the extension decides */
};

/* formats/NAME.c — `int NAME_rebuild(struct job *, struct err *)`: rebuilds job's input into its output. Linked into the jail of its family only.
 * 0: output complete. -1: refused (refuse) or failed; nothing is delivered. */
#define FORMAT(name, family, grammar, extension, media_type, ja, en) \
	extern const struct format_probe probe_##name;                \
	int name##_rebuild(struct job *job, struct err *err);
#include "sanitize/formats/formats.def"
#undef FORMAT

struct arena *job_arena(struct job *job);
uint64_t job_size(const struct job *job);				/* of the input */
int job_read(struct job *job, void *to, size_t n, uint64_t at, struct err *err) CHECK_RESULT; /* pread, exactly n bytes */
int job_read_all(struct job *job, struct bytes *out, struct err *err) CHECK_RESULT;	      /* whole input into the arena (≤ JOB_MEMORY / 2) */
int job_write(struct job *job, struct bytes b, struct err *err) CHECK_RESULT;		      /* appends to the output, buffered */
int job_write_at(struct job *job, struct bytes b, uint64_t at, struct err *err) CHECK_RESULT; /* patches what was written */
uint64_t job_written(const struct job *job);
uint64_t job_limit(const struct job *job, enum limit_name name);
/* Bytes that may still be handed out as members before the tree is full (TREE_BYTES, RATIO): what is unpacked is checked against it early. */
uint64_t job_unpack_left(const struct job *job);
struct text job_name(const struct job *job);	 /* file name as handed in, already safe (A4), for the extension and for messages */
struct bytes job_password(const struct job *job); /* n = 0: none supplied */
/* Charset asked for by the person (CLI --charset, passage form); -1: none. */
int job_charset(const struct job *job);
/* What the policy chose (sanitize/rules.h): enum method for this job's format, whether an enum feature must not stay. */
int job_method(const struct job *job);
bool job_removes(const struct job *job, int feature);

/* One row of the removal report: threat id of the checklist ("B3"), where (part, page, cell; shown to a person), how many.
 * Rows with the same id and place are added up; beyond 500 rows only counts per id are kept. */
void job_removed(struct job *job, const char *threat, const char *where, unsigned count);
/* Something the person must know though nothing was removed, by id of notes.def ("GLYPHS_LOST", "CHARSET_CP932"). */
void job_note(struct job *job, const char *note);
/* The file became another kind ("docm" → "docx"): verdict `converted`; extension of the output if it differs from format->extension. */
void job_converted(struct job *job, const char *extension);

/* Instead of an output, as the last act of a rebuild. A file becomes another once, so nothing goes in circles; members may not have been handed out before.
 * unwrapped: what was written is the content as it was inside, a file of `format` (a decrypted package): it is rebuilt by that format's jail.
 * convert: the input goes to the jailed converter (converter.c), and what that makes of it, as hostile as before, is rebuilt as `format`. */
void job_unwrapped(struct job *job, const char *format);
void job_convert(struct job *job, const char *format);

/* Members. Content is handed out (copied to the job's scratch descriptor), rebuilt and verified by other jails, and comes back.
 * expected: name of the one format it must be ("png"), or NULL to have it identified. Order of results = order of calls. */
struct job_member {
	bool delivered;
	enum refusal refusal;
	const char *extension; /* of the rebuilt member */
	uint64_t size;
	uint8_t sha256[32];    /* of the rebuilt content: the verifier of the parent accepts exactly these contents */
};
int job_member_begin(struct job *job, struct text name, const char *expected, struct err *err) CHECK_RESULT;
int job_member_add(struct job *job, struct bytes content, struct err *err) CHECK_RESULT; /* as often as wanted: stream it */
int job_member_end(struct job *job, unsigned *number, struct err *err) CHECK_RESULT;
/* Waits until all members handed out so far are done; the jail's slot is free meanwhile. Once per job. A member that was not judged, because its jail died or
 * could not be had, or whose verifier did not accept it, refuses the whole: what is wrong with a file is told from it, not from a machine that lacks memory. */
int job_members_wait(struct job *job, struct err *err) CHECK_RESULT;
const struct job_member *job_member_result(struct job *job, unsigned number);
int job_member_read(struct job *job, unsigned number, void *to, size_t n, uint64_t at, struct err *err) CHECK_RESULT;

#endif
