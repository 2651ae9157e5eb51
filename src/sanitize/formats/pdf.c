/* PDF — rebuilt object by object from lists of what may stand in one: parts/pdf_*.c. Read through qpdf, written by our own writer.
 * Where the policy wants pictures of its pages or its text only, the rebuilt document, not the one that came, goes to the converter.
 * The result opens, reads, searches and prints as before; nothing in it acts, sends, plays, or is loaded from elsewhere. Threats D1–D14. */
#include "sanitize/parts/pdf_rebuild.h"
#include "sanitize/parts/pdf_signature.h"
#include "sanitize/rules.h"

enum { FREE_CONTENT = 1 << 20, SCRATCH = 1 << 18 };

static bool is_blank(uint8_t c)
{
	return c == 0 || pdf_is_space(c);
}

/* Data behind the end, and revisions before the last one: neither is copied, both are told. */
static void report_frame(struct job *job, struct bytes file, struct pdf_rebuild *r)
{
	struct bytes mark = BYTES("%%EOF"), linear = BYTES("/Linearized");
	unsigned ends = 0;
	size_t last = 0;

	for (size_t at = 0; at + mark.n <= file.n; at++) {
		const uint8_t *p = memchr(file.p + at, '%', file.n - at - mark.n + 1);
		if (!p)
			break;
		at = (size_t)(p - file.p);
		if (memcmp(p, mark.p, mark.n) == 0)
			ends++, last = at + mark.n;
	}
	bool is_linear = memmem(file.p, MIN(file.n, (size_t)1024), linear.p, linear.n);
	if (ends > (is_linear ? 2u : 1u))
		pdf_report(r, "D13", ends - (is_linear ? 2 : 1));
	while (last > 0 && last < file.n && is_blank(file.p[last]))
		last++;
	if (last > 0 && last < file.n)
		job_removed(job, "A2", "ファイルの末尾", 1);
}

static void tell(struct pdf_rebuild *r)
{
	if (r->glyphs_lost)
		job_note(r->job, "GLYPHS_LOST");
	if (r->signature_lost)
		job_note(r->job, "SIGNATURE_LOST");
	r->page = 0;
	if (pdf_source_was_encrypted(r->source)) {
		job_note(r->job, "PASSWORD_REMOVED");
		pdf_report(r, "D8", 1);
	}
	if (r->hidden_layers)
		pdf_report(r, "D9", 1);
	pdf_report(r, "D", r->others);
}

static int rebuild(struct job *job, struct bytes file, struct pdf_source *source, struct err *err)
{
	struct pdf_output *catalog = NULL, *info = NULL;
	struct pdf_rebuild r = {
		.job = job,
		.arena = job_arena(job),
		.scratch = arena_new(0),
		.source = source,
		.content_most = FREE_CONTENT + job_limit(job, LIMIT_RATIO) * file.n,
		.err = err,
	};

	must(arena_scratch(r.scratch, SCRATCH)); /* its first block stays, stream after stream */
	pdf_scratch(&r);
	bool ok = pdf_drawn_begin(&r, file, err) == 0 && !r.refused && pdf_catalog_build(&r, pdf_source_trailer(source), &catalog, &info);
	arena_free(r.scratch);
	if (!ok)
		return -1;
	report_frame(job, file, &r);
	tell(&r);
	if (r.signature_lost)
		pdf_signatures_tell(job, file);
	if (pdf_write(job, job_arena(job), catalog, info, err) < 0)
		return -1;
	/* What was only just in proportion may be out of it once what did not belong is gone: a second pass would refuse it, so this one does. */
	if (r.content_kept > FREE_CONTENT + job_limit(job, LIMIT_RATIO) * job_written(job))
		return refuse(err, REFUSAL_BOMB, "the drawing instructions unpack out of all proportion");
	return 0;
}

int pdf_rebuild(struct job *job, struct err *err)
{
	struct pdf_source *source;
	struct bytes file;

	if (job_read_all(job, &file, err) < 0 || pdf_source_open(job_arena(job), file, job_password(job), &source, err) < 0)
		return -1;
	int result = rebuild(job, file, source, err);
	pdf_source_close(source);
	if (result == 0 && job_method(job) == METHOD_flatten) {
		job_note(job, "FLATTENED");
		job_convert(job, "ppm");
	} else if (result == 0 && job_method(job) == METHOD_text) {
		job_removed(job, "P5", "", 1);
		job_convert(job, "txt");
	}
	return result;
}
