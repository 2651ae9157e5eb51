/* SVG画像 — a drawing in XML: drawn by librsvg's rsvg-convert in the converter's jail, where there is no network and no other file, and delivered as PNG: scripts, links,
 * pictures from outside and texts that act have nothing to be in. Entities are refused before that. article: s6.3.2b; threats B13, G; decision 0010. */
#include "sanitize/format.h"

enum { BYTES_MOST = 16 << 20 };

int svg_rebuild(struct job *job, struct err *err)
{
	struct bytes whole, entity = BYTES("<!ENTITY"), mark = BYTES("<svg"), prefixed = BYTES(":svg");

	if (job_size(job) > BYTES_MOST)
		return refuse(err, REFUSAL_TOO_LARGE, "%llu bytes of drawing", (unsigned long long)job_size(job));
	if (job_read_all(job, &whole, err) < 0)
		return -1;
	if (memmem(whole.p, whole.n, entity.p, entity.n))
		return refuse(err, REFUSAL_FEATURE, "it declares entities (B13)");
	if (!memmem(whole.p, whole.n, mark.p, mark.n) && !memmem(whole.p, whole.n, prefixed.p, prefixed.n))
		return refuse(err, REFUSAL_DAMAGED, "there is no drawing in it");
	job_convert(job, "png");
	return 0;
}
