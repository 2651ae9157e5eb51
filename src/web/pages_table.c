/* 画面の一覧 — the rows of pages.def as a table, and the way from a path to its row. */
#include "web/request.h"

const struct page_row page_rows[] = {
#define PAGE(method, path, function, faces, permission, ja, en) { method, path, function, NULL, NULL, NULL, faces, permission, { ja, en } },
#define UPLOAD(path, function, faces, permission, ja, en) \
	{ UPLOAD, path, function, function##_begin, function##_data, function##_end, faces, permission, { ja, en } },
#include "web/pages.def"
#undef PAGE
#undef UPLOAD
};
const size_t page_rows_count = COUNT(page_rows);

/* Does the path fit the row's? "#" takes decimal digits without a leading zero. */
static bool fits(const char *row, struct text path, uint64_t *number)
{
	size_t at = 0;

	for (; *row; row++) {
		if (*row != '#') {
			if (at == path.n || path.p[at++] != *row)
				return false;
			continue;
		}
		uint64_t v = 0;
		size_t from = at;
		while (at < path.n && path.p[at] >= '0' && path.p[at] <= '9' && at - from < 18)
			v = v * 10 + (uint64_t)(path.p[at++] - '0');
		if (at == from || path.p[from] == '0')
			return false;
		*number = v;
	}
	return at == path.n;
}

const struct page_row *page_find(unsigned face, enum page_method method, struct text path, uint64_t *number, bool *path_exists)
{
	*path_exists = false;
	for (size_t i = 0; i < page_rows_count; i++) {
		const struct page_row *row = &page_rows[i];
		if (!(row->faces & face) || !fits(row->path, path, number))
			continue;
		*path_exists = true;
		if (row->method == method || ((row->method == UPLOAD || row->method == LONG) && method == POST) || (row->method == QUIET && method == GET))
			return row;
	}
	return NULL;
}
