/* RTF文書 — any bytes as RTF: what is written lies within its grammar, and writing it again changes nothing. */
#include "rebuilds.h"
#include "rules_hold.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
extern const struct grammar grammar_rtf;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA(arena) = arena_new(0);
	struct job job = job_memory(arena, bytes_of(data, size), "in.rtf");
	struct err err = { 0 };

	must_hold(data, size, "in.rtf", rtf_rebuild, &grammar_rtf);
	text_must_hold(arena, &job, job.input, "in.rtf", rtf_rebuild);
	if (rtf_rebuild(&job, &err) == 0)
		rules_must_hold(arena, &job, job.input, "in.rtf", "rtf", rtf_rebuild, &grammar_rtf);
	return 0;
}
