/* 記録の書出し — contract in journal_file.h. */
#include "evidence/journal_file.h"
#include "base/clock.h"
#include "base/code.h"
#include "base/json.h"

#define FILE_HEAD "{\"rows\":["

char *journal_path(char out[TILE_PATH], uint64_t index)
{
	char path[TILE_PATH];

	/* the groups of a tile's name behind another folder */
	tile_path(path, 0, index, TILE_WIDTH);
	must((size_t)snprintf(out, TILE_PATH, "journal/%s.json", path + strlen("tile/0/")) < TILE_PATH);
	return out;
}

static struct json *row_json(struct arena *arena, const struct export_row *row)
{
	struct json *o = json_object(arena);
	char at[CLOCK_TEXT];

	json_set_str(arena, o, "at", clock_utc(row->at, at));
	json_set_str(arena, o, "epoch", hex_of(arena, bytes_of(row->epoch, sizeof row->epoch)));
	json_set_text(arena, o, "event", row->event);
	json_set_number(arena, o, "no", (int64_t)row->no);
	if (row->erased) {
		json_set_true(arena, o, "erased", true);
	} else {
		json_set_text(arena, o, "record", row->record);
		json_set_str(arena, o, "salt", hex_of(arena, bytes_of(row->salt, sizeof row->salt)));
	}
	return o;
}

struct bytes journal_file_text(struct arena *arena, const struct export_row *rows, size_t count)
{
	struct json *o = json_object(arena), *list = json_array(arena);

	must(count <= TILE_WIDTH);
	for (size_t i = 0; i < count; i++)
		json_add(arena, list, row_json(arena, &rows[i]));
	json_set(arena, o, "rows", list);
	return json_bytes(arena, o);
}

static bool is_kind(const struct json *o, const char *key, enum json_kind kind)
{
	const struct json *v = json_get(o, key);
	return v && v->kind == kind;
}

/* The file is known to be canonical: with these keys, these kinds and no others, each value has one spelling. */
static int read_row(const struct json *o, struct export_row *out, struct err *err)
{
	struct export_row row = { .event = json_text(o, "event"), .record = json_text(o, "record"), .erased = is_kind(o, "erased", JSON_TRUE) };
	int64_t no = json_number(o, "no", 0);

	if (o->kind != JSON_OBJECT || o->count != (row.erased ? 5u : 6u) || !is_kind(o, "at", JSON_STRING) || !is_kind(o, "epoch", JSON_STRING) ||
	    !is_kind(o, "event", JSON_STRING) || !is_kind(o, "no", JSON_NUMBER) || no <= 0 ||
	    (!row.erased && (!is_kind(o, "record", JSON_STRING) || !is_kind(o, "salt", JSON_STRING))))
		return fail(err, ERR_MALFORMED, 0, "this is no journal row");
	row.no = (uint64_t)no;
	if (clock_from_utc(json_text(o, "at").p, &row.at) != 0)
		return fail(err, ERR_MALFORMED, row.no, "the time of row %llu is malformed", (unsigned long long)row.no);
	if (hex_decode(bytes_of_text(json_text(o, "epoch")), row.epoch, sizeof row.epoch, err) != 0)
		return -1;
	if (!row.erased && hex_decode(bytes_of_text(json_text(o, "salt")), row.salt, sizeof row.salt, err) != 0)
		return -1;
	*out = row;
	return 0;
}

int journal_file_read(struct arena *arena, struct bytes in, struct export_row rows[TILE_WIDTH], size_t *count, struct err *err)
{
	ARENA(work) = arena_new(0);
	struct json o;
	size_t at = strlen(FILE_HEAD);

	if (in.n > JOURNAL_FILE_MOST)
		return fail(err, ERR_LIMIT, in.n, "a journal file of %zu bytes", in.n);
	if (json_read(arena, in, &o, err) != 0)
		return -1;
	const struct json *list = json_get(&o, "rows");
	if (o.kind != JSON_OBJECT || o.count != 1 || !list || list->kind != JSON_ARRAY || list->count > TILE_WIDTH)
		return fail(err, ERR_MALFORMED, 0, "this is no file of journal rows");
	for (size_t i = 0; i < list->count; i++) {
		if (read_row(&list->items[i], &rows[i], err) != 0) {
			if (err)
				err->at = at;
			return -1;
		}
		rows[i].offset = at;
		at += json_bytes(work, &list->items[i]).n + 1;
		arena_clear(work);
	}
	*count = list->count;
	return 0;
}
