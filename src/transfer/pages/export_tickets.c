/* 受渡しの一覧の書き出し — contract in office.h: the lists of the office side as Excel or CSV, with more columns than fit on a screen. */
#include "base/code.h"
#include "transfer/pages/office.h"
#include "web/limits.h"
#include "web/request.h"

enum { ROWS_AT_ONCE = 500 };

static const struct export_column columns[] = {
	{ { "番号", "No." }, 8 },		    { { "状態", "State" }, 16 },
	{ { "渡した日時", "Handed in" }, 18 },	    { { "渡した人", "Sender" }, 16 },
	{ { "渡した人の職員番号", "Sender's number" }, 12 }, { { "課", "Unit" }, 16 },
	{ { "宛先", "Addressee" }, 16 },	    { { "目的", "Purpose" }, 40 },
	{ { "渡したファイル", "File handed in" }, 30 }, { { "大きさ（バイト）", "Bytes" }, 12 },
	{ { "受け取るファイル", "File to fetch" }, 30 }, { { "決めた人", "Decided by" }, 16 },
	{ { "決めた日時", "Decided at" }, 18 },	    { { "理由", "Reason" }, 40 },
	{ { "期限", "Until" }, 18 },		    { { "最初に受け取った日時", "First fetched" }, 18 },
	{ { "渡したファイルのSHA-256", "SHA-256 handed in" }, 66 }, { { "受け取るファイルのSHA-256", "SHA-256 to fetch" }, 66 },
};

static struct text hash_text(struct arena *arena, struct bytes hash)
{
	const char *hex = hex_of(arena, hash);

	return (struct text){ hex, strlen(hex) };
}

static int put(struct export *e, struct arena *arena, const struct store_ticket *t, struct err *err)
{
	const struct export_cell cells[COUNT(columns)] = {
		cell_number((int64_t)t->number), cell_phrase(state_phrase(t->state)), cell_moment(t->opened), cell_text(t->sender_name),
		cell_text(t->sender), cell_text(t->sender_unit_name), cell_text(t->addressee_name), cell_text(t->purpose), cell_text(t->name),
		cell_number((int64_t)t->bytes), cell_text(t->output_name), cell_text(t->decided_by_name), cell_moment(t->decided),
		cell_text(t->reason), cell_moment(t->expires), cell_moment(t->fetched), cell_text(hash_text(arena, t->input)),
		cell_text(hash_text(arena, t->output)),
	};

	return export_row(e, cells, err);
}

int export_tickets(struct request *r, enum export_kind kind, list_reader *list, void *of, struct err *err)
{
	struct store_reader *reader;
	struct store_tickets found = { .more = true };
	struct export *e;
	uint64_t before = 0;
	size_t left = WEB_EXPORT_ROWS;
	int status = export_open(r, kind, columns, COUNT(columns), &e, err);

	if (status != 0 || store_read_take(r->web->service.home, &reader, err) != 0)
		return -1;
	while (status == 0 && found.more && left > 0) {
		ARENA(arena) = arena_new(0);
		status = list(reader, arena, of, before, (unsigned)MIN(left, (size_t)ROWS_AT_ONCE), &found, err);
		for (size_t i = 0; i < found.count && status == 0; i++)
			status = put(e, arena, &found.rows[i], err);
		if (status == 0 && found.count > 0)
			before = found.rows[found.count - 1].number, left -= found.count;
	}
	store_read_give(reader);
	return status == 0 ? export_send(r, e, err) : -1;
}
