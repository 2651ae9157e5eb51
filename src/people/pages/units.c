/* 組織 — GET and POST /units, GET /units/one, POST /units/change, /close: the administrator registers, renames, moves and closes units. recordd judges; what is
 * wrong is said beside the field. article: s6.1 */
#include "people/pages/units.h"
#include "store/client.h"
#include "store/field.h"
#include "store/limits.h"
#include "web/pages.h"
#include "web/request.h"

static const struct phrase no_code = { "英数字とハイフンだけで、16文字までにしてください。", "Only letters, digits and hyphens, at most 16." };
static const struct phrase no_name = { "名称を60文字までで書いてください。改行や制御文字は使えません。", "Write a name of at most 60 characters, in one line." };
static const struct phrase code_taken = { "このコードは、ほかの組織ですでに使われています。廃止した組織のコードも使えません。", "This code is another unit's, or was one's that is closed." };
static const struct phrase no_parent = { "上の組織が見つからないか、廃止されています。選び直してください。", "The unit above is not there or is closed. Choose again." };
static const struct phrase loop = { "自分自身や、自分の下にある組織は選べません。", "A unit cannot stand under itself or under one below it." };
static const struct phrase still_used = { "まだ廃止できません。職員と職をほかの課へ移し、下の組織を廃止し、待っている受渡しが決まってから、もう一度行ってください。",
					  "It cannot be closed yet: move its people and posts, close the units below, and wait until what was handed in is decided." };

static struct unit_row *rows_of(struct request *r, const struct store_units *units)
{
	struct unit_row *rows = arena_new_array(r->arena, struct unit_row, units->count);

	for (size_t i = 0; i < units->count; i++) {
		struct unit_row *row = &rows[i];
		*row = (struct unit_row){ .unit = units->rows[i], .parent_name = "", .closed = units->rows[i].to != 0 };
		for (size_t k = 0; k < units->count; k++)
			if (text_equal(units->rows[k].code, row->unit.parent))
				row->parent_name = units->rows[k].name.p;
	}
	return rows;
}

static int read_rows(struct request *r, struct unit_row **rows, size_t *count, struct err *err)
{
	struct store_reader *reader;
	struct store_units units;

	if (store_read_take(r->web->service.home, &reader, err) != 0)
		return -1;
	int status = store_read_units(reader, r->arena, &units, err);
	store_read_give(reader);
	if (status == 0)
		*rows = rows_of(r, &units), *count = units.count;
	return status;
}

static int export_units(struct request *r, enum export_kind kind, const struct units_view *v, struct err *err)
{
	static const struct export_column columns[] = { { { "コード", "Code" }, 16 }, { { "名称", "Name" }, 30 }, { { "上の組織", "Under" }, 30 },
							{ { "職員", "People" }, 8 }, { { "登録", "Since" }, 20 }, { { "廃止", "Closed" }, 20 } };
	struct export *e;

	if (export_open(r, kind, columns, COUNT(columns), &e, err) != 0)
		return -1;
	for (size_t i = 0; i < v->count; i++) {
		const struct unit_row *row = &v->rows[i];
		const struct export_cell cells[COUNT(columns)] = { cell_text(row->unit.code), cell_text(row->unit.name),
			cell_text((struct text){ row->parent_name, strlen(row->parent_name) }), cell_number((int64_t)row->unit.people), cell_moment(row->unit.from),
			cell_moment(row->unit.to) };
		if (export_row(e, cells, err) != 0)
			return -1;
	}
	return export_send(r, e, err);
}

static int show_list(struct request *r, struct html *o, struct units_view *v, struct err *err)
{
	if (read_rows(r, &v->rows, &v->count, err) != 0)
		return -1;
	v->links = export_links_of(r, "before");
	page_units(o, v);
	return 0;
}

int units(struct request *r, struct html *o, struct err *err)
{
	struct units_view v = { .done = fields_has(&r->query, "done") };
	enum export_kind kind;

	if (!export_wanted(r, &kind))
		return show_list(r, o, &v, err);
	return read_rows(r, &v.rows, &v.count, err) != 0 ? -1 : export_units(r, kind, &v, err);
}

/* Is what was typed sound? What is not gets its sentence. */
static bool is_sound(struct unit_form *f)
{
	if (field_check(FIELD_ID, f->code, STORE_ID_MOST, "code", NULL) != 0)
		f->code_fault = no_code;
	if (field_check(FIELD_LINE, f->name, STORE_UNIT_NAME_MOST, "name", NULL) != 0)
		f->name_fault = no_name;
	return !f->code_fault.ja && !f->name_fault.ja;
}

/* Puts the refusal beside the field it is about; false: it is about none, the route says it. */
static bool blame(struct unit_form *f, const struct err *why)
{
	switch (why->code) {
	case ERR_CONFLICT: f->code_fault = code_taken; return true;
	case ERR_NOT_FOUND:
	case ERR_EXPIRED: f->parent_fault = no_parent; return true;
	case ERR_MISMATCH: f->parent_fault = loop; return true;
	case ERR_INVALID:
	case ERR_LIMIT: f->name_fault = no_name; return true;
	default: return false;
	}
}

static struct unit_form form_of(struct request *r)
{
	return (struct unit_form){ .code = form_value(r, "code"), .name = form_value(r, "name"), .parent = form_value(r, "parent") };
}

/* What was typed goes to recordd. 1: it is done and the list opens; 0: a field is at fault, the page says which; −1: the route says it. */
static int send_form(struct request *r, struct unit_form *f, int (*call)(struct request *r, const struct unit_form *f, struct err *err), struct err *err)
{
	struct err why = { 0 };

	if (!is_sound(f))
		return 0;
	if (request_recordd(r, err) < 0)
		return -1;
	if (call(r, f, &why) == 0)
		return see_other(r, "/units?done=1") == 0 ? 1 : -1;
	if (blame(f, &why))
		return 0;
	*err = why;
	return -1;
}

static int call_add(struct request *r, const struct unit_form *f, struct err *err)
{
	return store_call_unit_add(r->recordd, r->arena, &(struct store_unit_add){ f->code, f->name, f->parent, bytes_of(r->token, TOKEN_BYTES) }, NULL, err);
}

static int call_change(struct request *r, const struct unit_form *f, struct err *err)
{
	return store_call_unit_change(r->recordd, r->arena, &(struct store_unit_change){ f->code, f->name, f->parent, bytes_of(r->token, TOKEN_BYTES) }, NULL,
				      err);
}

int units_post(struct request *r, struct html *o, struct err *err)
{
	struct units_view v = { .form = form_of(r) };
	int sent = send_form(r, &v.form, call_add, err);

	if (sent != 0)
		return sent < 0 ? -1 : 0;
	r->status = 400;
	return show_list(r, o, &v, err);
}

/* ---- one unit ---- */

static int show_one(struct request *r, struct html *o, struct unit_view *v, struct text code, struct err *err)
{
	if (read_rows(r, &v->rows, &v->count, err) != 0)
		return -1;
	for (size_t i = 0; i < v->count; i++)
		if (text_equal(v->rows[i].unit.code, code))
			v->unit = v->rows[i];
	if (v->unit.unit.code.n == 0)
		return fail(err, ERR_NOT_FOUND, 0, "there is no such unit");
	if (!r->is_post || v->say.ja)
		v->form = (struct unit_form){ .name = v->unit.unit.name, .parent = v->unit.unit.parent };
	page_unit(o, v);
	return 0;
}

int unit(struct request *r, struct html *o, struct err *err)
{
	struct unit_view v = { .count = 0 };
	struct text code = fields_first(&r->query, "code");

	return code.n == 0 ? see_other(r, "/units") : show_one(r, o, &v, code, err);
}

int unit_change_post(struct request *r, struct html *o, struct err *err)
{
	struct unit_view v = { .form = form_of(r) };
	int sent = send_form(r, &v.form, call_change, err);

	if (sent != 0)
		return sent < 0 ? -1 : 0;
	r->status = 400;
	return show_one(r, o, &v, v.form.code, err);
}

int unit_close_post(struct request *r, struct html *o, struct err *err)
{
	struct unit_view v = { .say = still_used };
	struct store_unit_close in = { form_value(r, "code"), bytes_of(r->token, TOKEN_BYTES) };
	struct err why = { 0 };

	if (request_recordd(r, err) < 0)
		return -1;
	if (store_call_unit_close(r->recordd, r->arena, &in, NULL, &why) == 0)
		return see_other(r, "/units?done=1");
	if (why.code != ERR_CONFLICT) {
		*err = why;
		return -1;
	}
	r->status = 409;
	return show_one(r, o, &v, in.code, err);
}
