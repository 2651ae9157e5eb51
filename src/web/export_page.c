/* 一覧の書き出し（画面から） — contract in export.h: what a page does when its list is wanted as a file. */
#include "base/clock.h"
#include "base/file.h"
#include "web/export.h"
#include "web/request.h"

static const struct {
	enum export_kind kind;
	const char *word, *type, *ending;
} kinds[] = {
	{ EXPORT_XLSX, "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx" },
	{ EXPORT_CSV, "csv", "text/csv; charset=utf-8", "csv" },
	{ EXPORT_CSV_CP932, "csv-cp932", "text/csv; charset=Shift_JIS", "csv" },
};

bool export_wanted(const struct request *r, enum export_kind *kind)
{
	struct text as = fields_first(&r->query, "as");

	for (size_t i = 0; i < COUNT(kinds); i++)
		if (text_is(as, kinds[i].word)) {
			*kind = kinds[i].kind;
			return true;
		}
	return false;
}

int export_open(struct request *r, enum export_kind kind, const struct export_column *columns, size_t count, struct export **out, struct err *err)
{
	struct export_list *list = arena_alloc(r->arena, sizeof *list);

	*list = (struct export_list){ kind, r->language, r->page->title, columns, count, &r->say };
	must(r->answer_fd < 0);
	r->answer_fd = memfd_new("export", err); /* the request's from now on: a failure drops it with the answer */
	return r->answer_fd < 0 ? -1 : export_begin(r->arena, r->answer_fd, list, out, err);
}

int export_send(struct request *r, struct export *e, struct err *err)
{
	char utc[CLOCK_TEXT];
	enum export_kind kind;
	uint64_t bytes;

	if (export_end(e, &bytes, err) != 0)
		return -1;
	must(export_wanted(r, &kind));
	clock_utc(clock_now() + 9 * 3600, utc);
	const char *title = r->language == HTML_JAPANESE ? r->page->title.ja : r->page->title.en;
	const char *name = arena_printf(r->arena, "%s_%.4s%.2s%.2s-%.2s%.2s.%s", title, utc, utc + 5, utc + 8, utc + 11, utc + 14, kinds[kind].ending);
	return answer_attachment(r, (struct text){ name, strlen(name) }, kinds[kind].type, r->answer_fd, bytes);
}

static struct text link(const struct request *r, const char *page, const char *word)
{
	struct html to = html_begin(r->arena, r->language, "");

	buf_text(&to.out, r->path);
	buf_printf(&to.out, "?as=%s", word);
	for (size_t i = 0; i < r->query.count; i++) {
		const struct field *f = &r->query.rows[i];
		if (text_is(f->name, "as") || text_is(f->name, page) || f->value.n == 0)
			continue;
		buf_byte(&to.out, '&');
		html_part_text(&to, f->name);
		buf_byte(&to.out, '=');
		html_part_text(&to, f->value);
	}
	must(buf_ok(&to.out));
	const char *s = buf_string(&to.out);
	return (struct text){ s, strlen(s) };
}

struct export_links_view export_links_of(const struct request *r, const char *page)
{
	return (struct export_links_view){ link(r, page, kinds[EXPORT_XLSX].word), link(r, page, kinds[EXPORT_CSV].word),
					   link(r, page, kinds[EXPORT_CSV_CP932].word) };
}
