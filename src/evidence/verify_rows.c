/* 記録の検証 — contract in verify_rows.h. */
#include "evidence/verify_rows.h"
#include "base/code.h"
#include "base/file.h"
#include "base/json.h"

struct row_name {
	uint8_t epoch[ENTRY_EPOCH];
	uint64_t no;
};
struct erased_row {
	struct row_name row;
	uint64_t index, offset;
};
struct missing_row {
	struct row_name row;
	uint64_t index, offset;
};
struct restore { /* a store.restored row: the epoch before it reached `last` in the backup */
	struct row_name before;
	uint64_t index;
};
struct list { /* grows in the arena */
	void *p;
	size_t count, room;
};
struct verify_rows {
	struct arena *arena;
	int dir;
	struct verify_report *report;
	bool any;
	struct row_name last; /* entry before */
	struct list erased;   /* struct erased_row, in order of their index */
	struct list named;    /* struct row_name: what erasures name */
	struct list missing, restores;
	const struct handovers *handovers;
	size_t in_force, handed_over; /* so many of them were told of */
	struct missing_row last_told;
	struct list untold;   /* struct missing_row: rows that tell of a hand-over that is not there */
};

struct verify_rows *verify_rows_new(struct arena *arena, int dir, struct verify_report *report, const struct handovers *handovers, size_t in_force)
{
	struct verify_rows *v = arena_alloc(arena, sizeof *v);

	v->arena = arena, v->dir = dir, v->report = report, v->handovers = handovers, v->in_force = in_force;
	return v;
}

static void *list_add(struct arena *arena, struct list *l, size_t size)
{
	if (l->count == l->room) {
		size_t room = l->room ? l->room * 2 : 64;
		void *p = arena_array(arena, size, room);
		if (l->count)
			memcpy(p, l->p, l->count * size);
		l->p = p, l->room = room;
	}
	return (uint8_t *)l->p + l->count++ * size;
}

static int name_order(const void *a, const void *b)
{
	const struct row_name *x = a, *y = b;
	int d = memcmp(x->epoch, y->epoch, sizeof x->epoch);

	return d ? d : (x->no > y->no) - (x->no < y->no);
}

/* In the part of the record that belongs to the event ("what"), or at its top: {"rows":[numbers], "epoch": hex if another than its own} */
static int note_erasure(struct verify_rows *v, struct arena *work, const struct entry *e, const struct export_row *row)
{
	struct json o;
	uint8_t epoch[ENTRY_EPOCH];

	if (json_read(work, bytes_of_text(row->record), &o, NULL) != 0)
		return -1;
	const struct json *what = json_get(&o, "what") ? json_get(&o, "what") : &o, *rows = json_get(what, "rows");
	memcpy(epoch, e->epoch, sizeof epoch);
	if (json_get(what, "epoch") && hex_decode(bytes_of_text(json_text(what, "epoch")), epoch, sizeof epoch, NULL) != 0)
		return -1;
	for (size_t i = 0; rows && rows->kind == JSON_ARRAY && i < rows->count; i++) {
		if (rows->items[i].kind != JSON_NUMBER || rows->items[i].number <= 0)
			return -1;
		struct row_name *n = list_add(v->arena, &v->named, sizeof *n);
		memcpy(n->epoch, epoch, sizeof n->epoch);
		n->no = (uint64_t)rows->items[i].number;
	}
	return 0;
}

/* {"what":{"before":hex,"last":number}}: rows of the epoch before beyond `last` were not in the backup. */
static int note_restore(struct verify_rows *v, struct arena *work, const struct export_row *row, uint64_t index)
{
	struct json o;
	struct restore r = { .index = index };

	if (json_read(work, bytes_of_text(row->record), &o, NULL) != 0)
		return -1;
	const struct json *what = json_get(&o, "what") ? json_get(&o, "what") : &o;
	int64_t last = json_number(what, "last", -1);
	v->report->restores++;
	if (last < 0 || hex_decode(bytes_of_text(json_text(what, "before")), r.before.epoch, ENTRY_EPOCH, NULL) != 0)
		return 0; /* it tells nothing of the kind, and so explains nothing */
	r.before.no = (uint64_t)last;
	*(struct restore *)list_add(v->arena, &v->restores, sizeof r) = r;
	return 0;
}

/* statement NULL: the row is gone (erased, or lost with a restore); its entry still says that there was one. */
static void note_handover(struct verify_rows *v, const struct entry *e, const struct text *statement, uint64_t index, uint64_t offset)
{
	const struct handovers *all = v->handovers;
	struct missing_row here = { .row.no = e->no, .index = index, .offset = offset };

	memcpy(here.row.epoch, e->epoch, ENTRY_EPOCH);
	if (v->handed_over < all->count && (!statement || bytes_equal(bytes_of_text(*statement), all->steps[v->handed_over].raw))) {
		v->handed_over++;
		v->last_told = here;
		return;
	}
	for (size_t i = 0; statement && i < v->handed_over; i++) /* told twice: a command that was broken off and given again */
		if (bytes_equal(bytes_of_text(*statement), all->steps[i].raw))
			return;
	*(struct missing_row *)list_add(v->arena, &v->untold, sizeof here) = here;
}

static void note_handover_row(struct verify_rows *v, struct arena *work, const struct entry *e, const struct export_row *row, uint64_t index)
{
	struct text statement = TEXT("");
	struct json o;

	if (json_read(work, bytes_of_text(row->record), &o, NULL) == 0)
		statement = json_text(json_get(&o, "what") ? json_get(&o, "what") : &o, "statement");
	note_handover(v, e, &statement, index, row->offset);
}

static int check_order(struct verify_rows *v, const struct entry *e, uint64_t index, const char *bundle, uint64_t offset, struct err *err)
{
	bool same = v->any && memcmp(v->last.epoch, e->epoch, ENTRY_EPOCH) == 0;

	v->report->no = e->no;
	if ((!v->any && e->no != 1) || (same && e->no != v->last.no + 1) || (v->any && !same && !text_is(e->event, ENTRY_NEW_EPOCH_EVENT)))
		return verify_found_at(v->report, FINDING_ENTRY_ORDER, bundle, offset, index, "", err);
	v->any = true;
	memcpy(v->last.epoch, e->epoch, ENTRY_EPOCH);
	v->last.no = e->no;
	return 0;
}

static int check_row(struct verify_rows *v, struct arena *work, const struct entry *e, const struct export_row *row, uint64_t index, const char *path,
		     struct err *err)
{
	uint8_t commit[SHA256_BYTES];

	if (row->at != e->at || !text_equal(row->event, e->event))
		return verify_found_at(v->report, FINDING_ROW_DIFFERS, path, row->offset, index, "", err);
	v->report->rows++;
	if (row->erased) {
		struct erased_row *x = list_add(v->arena, &v->erased, sizeof *x);
		memcpy(x->row.epoch, e->epoch, ENTRY_EPOCH);
		x->row.no = e->no, x->index = index, x->offset = row->offset;
		v->report->erased++;
		if (text_is(e->event, ENTRY_HANDOVER_EVENT))
			note_handover(v, e, NULL, index, row->offset);
		return 0;
	}
	entry_commit(row->salt, bytes_of_text(row->record), commit);
	if (memcmp(commit, e->commit, sizeof commit) != 0)
		return verify_found_at(v->report, FINDING_RECORD_CHANGED, path, row->offset, index, "", err);
	if (text_is(e->event, ENTRY_ERASED_EVENT) && note_erasure(v, work, e, row) != 0)
		return verify_found_at(v->report, FINDING_ENTRY_FORM, path, row->offset, index, "an erasure that names no rows", err);
	if (text_is(e->event, ENTRY_HANDOVER_EVENT))
		note_handover_row(v, work, e, row, index);
	if (text_is(e->event, ENTRY_NEW_EPOCH_EVENT) && note_restore(v, work, row, index) != 0)
		return verify_found_at(v->report, FINDING_ENTRY_FORM, path, row->offset, index, "a restore that cannot be read", err);
	return 0;
}

static bool is_row(const struct export_row *row, const struct entry *e)
{
	return row->no == e->no && memcmp(row->epoch, e->epoch, ENTRY_EPOCH) == 0;
}

/* Not there at all, or only in another place of the file? */
static bool is_elsewhere(const struct export_row *rows, size_t count, const struct entry *e)
{
	for (size_t i = 0; i < count; i++)
		if (is_row(&rows[i], e))
			return true;
	return false;
}

int verify_rows_bundle(struct verify_rows *v, struct arena *work, uint64_t bundle, const struct bytes *entries, unsigned width, struct err *err)
{
	char path[TILE_PATH], entries_path[TILE_PATH];
	struct export_row *rows = arena_new_array(work, struct export_row, TILE_WIDTH);
	struct err why = { 0 };
	struct bytes file;
	size_t count = 0, at = 0, offset = 0;

	journal_path(path, bundle);
	tile_path(entries_path, TILE_ENTRIES, bundle, width);
	if (file_read(work, v->dir, path, JOURNAL_FILE_MOST, &file, &why) != 0)
		return verify_found_at(v->report, FINDING_FILE_MISSING, path, 0, bundle * TILE_WIDTH, why.say, err);
	if (journal_file_read(work, file, rows, &count, &why) != 0)
		return verify_found(v->report, FINDING_JOURNAL_MALFORMED, path, why.at, why.say, err);
	for (unsigned i = 0; i < width; i++) {
		uint64_t index = bundle * TILE_WIDTH + i;
		struct entry e;
		offset += 2;
		if (entry_read(work, entries[i], &e, &why) != 0)
			return verify_found_at(v->report, FINDING_ENTRY_FORM, entries_path, offset, index, why.say, err);
		if (check_order(v, &e, index, entries_path, offset, err) != 0)
			return -1;
		offset += entries[i].n;
		if (at == count || !is_row(&rows[at], &e)) {
			size_t here = at < count ? rows[at].offset : file.n;
			if (is_elsewhere(rows, count, &e))
				return verify_found_at(v->report, FINDING_ROW_MISSING, path, here, index, "", err);
			/* Whether a restore explains it is known at the end. */
			struct missing_row *m = list_add(v->arena, &v->missing, sizeof *m);
			*m = (struct missing_row){ .index = index, .offset = here };
			memcpy(m->row.epoch, e.epoch, ENTRY_EPOCH);
			m->row.no = e.no;
			if (text_is(e.event, ENTRY_HANDOVER_EVENT))
				note_handover(v, &e, NULL, index, here);
			continue;
		}
		if (check_row(v, work, &e, &rows[at++], index, path, err) != 0)
			return -1;
	}
	if (at != count)
		return verify_found(v->report, FINDING_ROW_EXTRA, path, rows[at].offset, "", err);
	v->report->no = 0;
	return 0;
}

static bool is_explained(const struct verify_rows *v, const struct missing_row *m)
{
	const struct restore *r = v->restores.p;

	for (size_t i = 0; i < v->restores.count; i++)
		if (m->index < r[i].index && m->row.no > r[i].before.no && memcmp(m->row.epoch, r[i].before.epoch, ENTRY_EPOCH) == 0)
			return true;
	return false;
}

/* The export lacks rows that the log has sealed. */
static int judge_missing(struct verify_rows *v, struct err *err)
{
	const struct missing_row *m = v->missing.p;
	char path[TILE_PATH];

	for (size_t i = 0; i < v->missing.count; i++) {
		if (is_explained(v, &m[i]))
			continue;
		v->report->no = m[i].row.no;
		return verify_found_at(v->report, FINDING_ROW_MISSING, journal_path(path, m[i].index / TILE_WIDTH), m[i].offset, m[i].index, "", err);
	}
	if (v->missing.count == 0)
		return 0;
	v->report->lost = v->missing.count;
	v->report->lost_first = m[0].row.no;
	v->report->lost_last = m[v->missing.count - 1].row.no;
	v->report->no = m[0].row.no;
	return verify_found_at(v->report, FINDING_ROWS_LOST, journal_path(path, m[0].index / TILE_WIDTH), m[0].offset, m[0].index, "", err);
}

static bool is_restored_later(const struct verify_rows *v, uint64_t index)
{
	const struct restore *r = v->restores.p;

	for (size_t i = 0; i < v->restores.count; i++)
		if (r[i].index > index)
			return true;
	return false;
}

static int missing_handover(struct verify_rows *v, const struct missing_row *m, const char *detail, struct err *err)
{
	char path[TILE_PATH];

	v->report->no = m->row.no;
	return verify_found_at(v->report, FINDING_HANDOVER_MISSING, journal_path(path, m->index / TILE_WIDTH), m->offset, m->index, detail, err);
}

/* A hand-over that a row tells of and that is not there, or is and the new key did not sign: only a later restore from a backup that was older
 * explains it. */
static int judge_handovers(struct verify_rows *v, struct err *err)
{
	const struct missing_row *m = v->untold.p;
	char file[HANDOVER_PATH];

	for (size_t i = 0; i < v->untold.count; i++)
		if (!is_restored_later(v, m[i].index))
			return missing_handover(v, &m[i], "", err);
	if (v->handed_over < v->in_force)
		return verify_found(v->report, FINDING_HANDOVER_UNSEALED, handover_path(file, v->handed_over + 1), 0, "", err);
	if (v->handed_over > v->in_force && !is_restored_later(v, v->last_told.index))
		return missing_handover(v, &v->last_told, "its new key did not sign the checkpoint", err);
	return 0;
}

/* The log itself was put back: an older checkpoint knows entries that it no longer has. What stands before the first row of the new epoch is common. */
static int judge_since(struct verify_rows *v, uint64_t since, struct err *err)
{
	const struct restore *r = v->restores.p;

	for (size_t i = v->restores.count; i-- > 0;) { /* the latest that can be the reason */
		if (r[i].index >= since)
			continue;
		v->report->lost = since - r[i].index;
		v->report->lost_are_entries = true;
		v->report->lost_first = r[i].index;
		v->report->lost_last = since - 1;
		return verify_found_at(v->report, FINDING_ROWS_LOST, "--since", 0, r[i].index, "", err);
	}
	return verify_found(v->report, FINDING_INCONSISTENT, "checkpoint", 0, "", err);
}

int verify_rows_end(struct verify_rows *v, uint64_t since, struct err *err)
{
	const struct erased_row *erased = v->erased.p;

	if (v->named.count)
		qsort(v->named.p, v->named.count, sizeof(struct row_name), name_order);
	for (size_t i = 0; i < v->erased.count; i++) {
		char path[TILE_PATH];
		if (v->named.count && bsearch(&erased[i].row, v->named.p, v->named.count, sizeof(struct row_name), name_order))
			continue;
		v->report->no = erased[i].row.no;
		return verify_found_at(v->report, FINDING_ERASED_SILENTLY, journal_path(path, erased[i].index / TILE_WIDTH), erased[i].offset,
				       erased[i].index, "", err);
	}
	if (judge_handovers(v, err) != 0 || judge_missing(v, err) != 0)
		return -1;
	return since ? judge_since(v, since, err) : 0;
}
