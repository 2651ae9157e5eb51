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
	    { "in.jb2", jbig2_rebuild, NULL, true }, { "in.tnef", tnef_rebuild, &grammar_zip } };

/* TNEF is a chain of attributes with sums: with the right ones more than the sums is met. From the last stream to the first, which may hold it. */
static struct bytes with_right_sums(struct arena *arena, struct bytes b)
{
	enum { HEAD = 6, LENGTH = 5, VALUE = 9, SUM = 2 };
	uint8_t *p = arena_copy(arena, b.p, b.n);

	for (size_t i = b.n; i-- > 0;) {
		if (b.n - i < HEAD || memcmp(p + i, "\x78\x9f\x3e\x22", 4) != 0)
			continue;
		for (size_t at = i + HEAD; b.n - at >= VALUE + SUM;) {
			const uint8_t *l = p + at + LENGTH;
			size_t n = l[0] | (size_t)l[1] << 8 | (size_t)l[2] << 16 | (size_t)l[3] << 24;
			unsigned sum = 0;
			if (n > b.n - at - VALUE - SUM)
				break;
			for (size_t k = 0; k < n; k++)
				sum += p[at + VALUE + k];
			p[at + VALUE + n] = (uint8_t)sum, p[at + VALUE + n + 1] = (uint8_t)(sum >> 8);
			at += VALUE + n + SUM;
		}
	}
	return bytes_of(p, b.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	const struct kind *kind = &kinds[data[0] % COUNT(kinds)];
	ARENA(arena) = arena_new((size_t)1 << 30);
	struct job *job = arena_alloc(arena, sizeof *job);
	struct err err = { 0 };

	struct bytes in = bytes_of(data + 1, size - 1);
	*job = job_memory(arena, kind->rebuild == tnef_rebuild ? with_right_sums(arena, in) : in, kind->name);
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
