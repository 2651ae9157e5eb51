/* 旧形式と一太郎とOutlook、ほかで描く画像 — any bytes as a document of an old format, an encrypted one, a mail of Outlook, an Ichitaro document or a picture that the converter
 * draws, as the first byte chooses: what comes out lies within its grammar; what is to be converted or was decrypted wrote nothing, or nothing but that. */
#include "support/job_memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
extern const struct grammar grammar_zip, grammar_text;

static const struct kind {
	const char *name;
	int (*rebuild)(struct job *job, struct err *err);
	const struct grammar *grammar; /* NULL: never an output of its own */
	bool framed;		       /* what is converted is a frame that was made for it */
} kinds[] = { { "in.doc", doc_rebuild, NULL }, { "in.xls", xls_rebuild, NULL }, { "in.ppt", ppt_rebuild, NULL }, { "in.xlsb", xlsb_rebuild, NULL }, { "in.odt", odt_rebuild, NULL },
	    { "in.docx", locked_rebuild, NULL }, { "in.msg", msg_rebuild, &grammar_zip }, { "in.jtd", jtd_rebuild, &grammar_text },
	    { "in.svg", svg_rebuild, NULL }, { "in.emf", emf_rebuild, NULL, true }, { "in.wmf", wmf_rebuild, NULL, true }, { "in.heic", heif_rebuild, NULL }, { "in.jp2", jp2_rebuild, NULL, true },
	    { "in.jb2", jbig2_rebuild, NULL, true } };

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
	job->limits.most[LIMIT_SPIN] = 1000; /* time is for the many inputs */
	if (kind->rebuild(job, &err) < 0)
		return 0;
	if (!kind->grammar) {
		must((job->convert && !job->unwrapped && (job->output.n > 0) == kind->framed) || (job->unwrapped && !job->convert));
		return 0;
	}
	must(!job->convert && !job->unwrapped);
	struct check check = check_memory(job, kind->name + 3);
	if (kind->grammar->accept(&check, &err) < 0)
		die(__FILE__, __LINE__, err.say);
	return 0;
}
