/* 無害化の報告 — what was received, what became of it, what was removed, why it was refused: one struct for CLI, passage and journal.
 * Canonical JSON, at most REPORT_BYTES_MOST whatever the tree holds: beyond that, rows of the same kind are added up. */
#ifndef SANITIZE_REPORT_H
#define SANITIZE_REPORT_H
#include "base/json.h"
#include "sanitize/format.h"
#include "sanitize/rules.h"

enum { REPORT_BYTES_MOST = 56 * 1024, REPORT_ROWS_MOST = 70, REPORT_MEMBERS_MOST = 30, REPORT_PATH_MOST = 250 };
enum verdict { VERDICT_CLEAN = 1, VERDICT_CONVERTED = 2, VERDICT_REFUSED = 3 };
const char *verdict_name(enum verdict v); /* "clean" … */

struct report_row {
	struct text threat, where; /* where: "inner.docx: word/vbaProject.bin" */
	uint64_t count;
	struct report_row *next;
};
struct report_note {
	struct text id;
	struct report_note *next;
};
/* Of one file: the one handed in, or one nested in it. */
struct report {
	struct text path;	   /* safe name; of a member: names from the outside in, joined by "/" */
	struct text name_received; /* printable, if A4 changed it; else "" */
	uint64_t bytes;
	uint8_t sha256[32];
	bool hashed;		   /* of the outermost only */
	const struct format *format; /* NULL unknown */
	const struct rules *rules;   /* that held for it; of the outermost only */
	const char *scan_original, *scan_output; /* what the second opinion said: clean found silent too_large; NULL not asked; of the outermost only */
	enum verdict verdict;
	enum refusal refusal;
	struct text detail;	   /* an expert's sentence about the refusal, printable */
	struct text output_name;
	uint64_t output_bytes;
	uint8_t output_sha256[32];
	struct report_row *rows, **rows_end;
	struct report_note *notes, **notes_end;
	struct report *members, **members_end, *next;
	unsigned jobs;  /* files that had a worker of their own: this one and its members */
	unsigned jails; /* rebuild and verify jobs together, and those that found a file to be another family's */
	int64_t milliseconds;
	uint64_t cpu_microseconds; /* of the jails */
};
void report_start(struct report *r);
void report_add_row(struct arena *arena, struct report *r, struct text threat, struct text where, uint64_t count);
void report_add_note(struct arena *arena, struct report *r, struct text id);
struct json *report_json(struct arena *arena, const struct report *r);

/* Sentences of removals.def and notes.def; NULL for an id they do not know. */
const char *removal_japanese(struct text threat);
const char *removal_english(struct text threat);
const char *note_japanese(struct text id);
const char *note_english(struct text id);

#endif
