/* XMLの濾過 — any bytes as a part of a document or a sheet: what comes out is canonical by the verifier's reader, and a fixed point. */
#include "sanitize/grammars/canonical_xml.h"
#include "sanitize/parts/ooxml_hooks.h"
#include "support/job_memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool keeps(void *self, const char *id)
{
	(void)self;
	return id[0] == 'r';
}

static int run(struct arena *arena, struct job *job, struct bytes in, bool sheet, struct bytes *out)
{
	struct xml_filter *f = xml_filter_new(job);
	struct err err;

	ooxml_state_new(f)->is_sheet = keeps;
	f->keeps_relation = keeps;
	return xml_filter_run(f, "part", bytes_of(arena_copy(arena, in.p, in.n), in.n), sheet ? NS_X : NS_W, sheet ? "worksheet" : "document", out, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA(arena) = arena_new((size_t)1 << 30);
	struct job *job = arena_alloc(arena, sizeof *job);
	struct bytes out, again;
	struct err err;

	*job = job_memory(arena, (struct bytes){ NULL, 0 }, "x");
	for (int sheet = 0; sheet < 2; sheet++) {
		if (run(arena, job, bytes_of(data, size), sheet, &out) < 0)
			continue;
		struct canonical_xml *x = arena_alloc(arena, sizeof *x);
		struct bytes copy = bytes_of(arena_copy(arena, out.p, out.n), out.n);
		must(canonical_start(x, copy, &err) == 0);
		enum canonical_token t;
		while ((t = canonical_next(x)) != CANONICAL_END)
			must(t != CANONICAL_BAD);
		must(run(arena, job, copy, sheet, &again) == 0);
		must(bytes_equal(copy, again));
	}
	return 0;
}
