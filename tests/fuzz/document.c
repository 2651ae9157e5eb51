/* メールとページと予定 — any bytes as a mail, a web archive, a page, a calendar or a card, as the first byte chooses: what comes out lies within its grammar. */
#include "support/job_memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
extern const struct grammar grammar_zip, grammar_text, grammar_card;

static const struct kind {
	const char *name;
	int (*rebuild)(struct job *job, struct err *err);
	const struct grammar *grammar;
} kinds[] = { { "in.eml", eml_rebuild, &grammar_zip }, { "in.mht", mht_rebuild, &grammar_zip }, { "in.html", html_rebuild, &grammar_text },
	    { "in.ics", ics_rebuild, &grammar_card }, { "in.vcf", vcf_rebuild, &grammar_card } };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	const struct kind *kind = &kinds[data[0] % COUNT(kinds)];
	ARENA(arena) = arena_new((size_t)1 << 30);
	struct job *job = arena_alloc(arena, sizeof *job);
	struct err err = { 0 };

	*job = job_memory(arena, bytes_of(data + 1, size - 1), kind->name);
	job->limits.most[LIMIT_TREE_BYTES] = 4 << 20;
	if (kind->rebuild(job, &err) < 0)
		return 0;
	struct check check = check_memory(job, kind->name + 3);
	if (kind->grammar->accept(&check, &err) < 0)
		die(__FILE__, __LINE__, err.say);
	return 0;
}
