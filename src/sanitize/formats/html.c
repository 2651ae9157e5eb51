/* HTMLのページ — what a reader sees of it, as plain text in UTF-8: no scripts, no styles, nothing that is fetched. threat F1. */
#include "sanitize/parts/foreign_text.h"
#include "sanitize/parts/html_text.h"

int html_rebuild(struct job *job, struct err *err)
{
	struct arena *arena = job_arena(job);
	struct text page;
	struct bytes whole;
	unsigned removed;

	if (job_size(job) > job_limit(job, LIMIT_TEXT_BYTES))
		return refuse(err, REFUSAL_TOO_LARGE, "%llu bytes of HTML", (unsigned long long)job_size(job));
	if (job_read_all(job, &whole, err) < 0 || foreign_text(arena, html_charset(arena, whole), whole, &page, err) < 0)
		return -1;
	struct text text = html_text(arena, page, &removed);
	if (removed)
		job_removed(job, "F1", "", removed);
	job_note(job, "TEXT_ONLY");
	return text_deliver(job, text, err);
}
