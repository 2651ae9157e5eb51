/* 記憶上の仕事 — a job and a check without broker and jail, for unit tests and fuzz targets of formats and grammars: input, output and
 * members lie in memory. Members of the formats in `nested` are rebuilt by them; others come back as they went (text, images), or are refused
 * when their content begins with "REFUSE". */
#ifndef TESTS_SUPPORT_JOB_MEMORY_H
#define TESTS_SUPPORT_JOB_MEMORY_H
#include "base/buf.h"
#include "sanitize/format.h"
#include "sanitize/grammar.h"
#include "sanitize/rules.h"

/* A format as the memory job needs it; the engine's table of formats lives with the jails. */
struct job_format {
	const char *name, *extension;
	bool (*probe)(struct bytes head, struct bytes tail, uint64_t size);
	int (*rebuild)(struct job *job, struct err *err);
};
struct job_row {
	const char *threat, *where;
	unsigned count;
};
struct job {
	struct arena *arena;
	struct bytes input;
	struct text name;
	struct limits limits;
	enum method method; /* of this job and its members */
	uint8_t removes;    /* one bit for each enum feature */
	struct buf output;
	struct job_row rows[512];
	size_t row_count;
	const char *notes[16];
	size_t note_count;
	const char *converted;
	const char *unwrapped, *convert; /* the format that was asked for */
	struct bytes password;
	const struct job_format *nested; /* ends with name NULL; may be NULL */
	unsigned depth;
	struct job_item *items;
	size_t item_count, item_room;
	bool waited;
	uint64_t unpacked;
};
struct job job_memory(struct arena *arena, struct bytes input, const char *name);
bool job_has_removed(const struct job *job, const char *threat);
bool job_has_note(const struct job *job, const char *note);

struct check {
	struct arena *arena;
	struct bytes content;
	const char *format;
	const struct job *job; /* whose members count as verified; NULL: every content does */
};
struct check check_memory(const struct job *job, const char *format);

#endif
