/* 受渡しを探す — GET /search: by number, names, people, purpose, hash. A person finds what they may open, an administrator everything. */
#include "base/code.h"
#include "base/clock.h"
#include "transfer/pages/office.h"
#include "web/pages.h"
#include "web/request.h"

struct search {
	struct text person, words;
};

static int of_search(struct store_reader *reader, struct arena *arena, const void *self, uint64_t before, unsigned most, struct store_tickets *out,
		     struct err *err)
{
	const struct search *s = self;

	return store_read_search(reader, arena, s->person, s->words, before, most, out, err);
}

/* A file has more columns than the screen. */
static int of_search_in_full(struct store_reader *reader, struct arena *arena, const void *self, uint64_t before, unsigned most, struct store_tickets *out,
			     struct err *err)
{
	if (of_search(reader, arena, self, before, most, out, err) != 0)
		return -1;
	for (size_t i = 0; i < out->count; i++)
		if (store_read_line(reader, arena, out->rows[i].number, &out->rows[i], err) != 0)
			return -1;
	return 0;
}

int search_tickets(struct request *r, struct html *o, struct err *err)
{
	struct search s = { r->user.is_administrator ? TEXT("") : r->user.number, fields_first(&r->query, "words") };
	struct search_view v = { .words = s.words, .of_all = r->user.is_administrator, .links = export_links_of(r, "before") };
	struct store_tickets found = { 0 };
	struct store_reader *reader;
	enum export_kind kind;
	uint64_t before = 0;

	if (export_wanted(r, &kind))
		return export_tickets(r, kind, of_search_in_full, &s, err);
	if (decimal_decode(bytes_of_text(fields_first(&r->query, "before")), INT64_MAX, &before, NULL) != 0)
		before = 0;
	if (s.words.n > 0) {
		if (store_read_take(r->web->service.home, &reader, err) != 0)
			return -1;
		int status = of_search(reader, r->arena, &s, before, LIST_PAGE, &found, err);
		store_read_give(reader);
		if (status != 0)
			return -1;
	}
	v.rows = found.rows, v.count = found.count, v.next = found.more && found.count ? found.rows[found.count - 1].number : 0;
	page_search(o, &v);
	return 0;
}
