/* 手書きの画面 — the yardstick of ./bench web: webd with one page more, /yardstick, written by hand as lean as a page with 50 rows from the store can be: a
 * connection that stays open, one prepared statement over an index, cells escaped and put together without a template. Everything around it (HTTP, session,
 * frame) is the same program. Never installed. */
#include "store/sql.h"
#include "web/request.h"
#include <pthread.h>
#include <sqlite3.h>

const struct page_row *page_find_in_list(unsigned face, enum page_method method, struct text path, uint64_t *number, bool *path_exists);
#define page_find page_find_in_list
#include "web/pages_table.c"
#undef page_find

enum { ROWS = 50, CELLS = 6 };

static struct {
	pthread_mutex_t lock;
	sqlite3 *db;
	sqlite3_stmt *rows;
} store = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void put_cell(struct html *o, const char *s)
{
	html_raw(o, "<td>", 4);
	for (; *s; s++) {
		switch (*s) {
		case '&': html_raw(o, "&amp;", 5); break;
		case '<': html_raw(o, "&lt;", 4); break;
		case '>': html_raw(o, "&gt;", 4); break;
		default: buf_byte(&o->out, (uint8_t)*s);
		}
	}
	html_raw(o, "</td>", 5);
}

static int open_store(struct request *r, struct err *err)
{
	const char *path = arena_printf(r->arena, "%s/records/records.db", r->web->service.home);

	if (sqlite3_open_v2(path, &store.db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK ||
	    sqlite3_prepare_v3(store.db, "SELECT t.number, t.name, t.purpose, p.name, t.state, strftime('%Y-%m-%d %H:%M', t.created_at, 'unixepoch', '+9 hours') FROM ticket t "
					 "JOIN person p ON p.site = t.site AND p.number = t.addressee "
					 "WHERE t.site = (SELECT site FROM site) ORDER BY t.number DESC LIMIT 50",
			       -1, SQLITE_PREPARE_PERSISTENT, &store.rows, NULL) != SQLITE_OK)
		return fail(err, ERR_IO, 0, "the yardstick cannot read the store: %s", sqlite3_errmsg(store.db));
	return 0;
}

static int yardstick(struct request *r, struct html *o, struct err *err)
{
	static const char head[] = "<table><thead><tr><th>番号</th><th>ファイル</th><th>目的</th><th>宛先</th><th>状態</th><th>時刻</th></tr></thead><tbody>\n";
	int count = 0;

	pthread_mutex_lock(&store.lock);
	int status = store.rows ? 0 : open_store(r, err);
	if (status == 0) {
		html_raw(o, head, sizeof head - 1);
		for (; sqlite3_step(store.rows) == SQLITE_ROW; count++) {
			html_raw(o, "<tr>", 4);
			for (int i = 0; i < CELLS; i++)
				put_cell(o, (const char *)sqlite3_column_text(store.rows, i));
			html_raw(o, "</tr>\n", 6);
		}
		sqlite3_reset(store.rows);
		html_raw(o, "</tbody></table>", 16);
	}
	pthread_mutex_unlock(&store.lock);
	if (status == 0 && count != ROWS)
		return fail(err, ERR_NOT_FOUND, (uint64_t)count, "the yardstick found %d rows, not %d", count, ROWS);
	return status;
}

static const struct page_row more = { GET, "/yardstick", yardstick, NULL, NULL, NULL, FACE_MASK_OFFICE, SIGNED_IN, { "手書きの画面", "Yardstick" } };

const struct page_row *page_find(unsigned face, enum page_method method, struct text path, uint64_t *number, bool *path_exists)
{
	if (face == FACE_MASK_OFFICE && method == GET && text_is(path, more.path))
		return &more;
	return page_find_in_list(face, method, path, number, path_exists);
}
