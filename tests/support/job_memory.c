/* 記憶上の仕事 — contract in job_memory.h. */
#include "job_memory.h"
#include "base/hash.h"

struct job_item {
	struct text name;
	const char *expected;
	struct buf content;
	struct bytes rebuilt;
	struct job_member result;
};

struct job job_memory(struct arena *arena, struct bytes input, const char *name)
{
	return (struct job){ .arena = arena,
			     .input = input,
			     .name = { name, strlen(name) },
			     .limits = limits_usual(),
			     .output = buf_in(arena, 0) };
}

bool job_has_removed(const struct job *job, const char *threat)
{
	for (size_t i = 0; i < job->row_count; i++)
		if (strcmp(job->rows[i].threat, threat) == 0)
			return true;
	return false;
}

bool job_has_note(const struct job *job, const char *note)
{
	for (size_t i = 0; i < job->note_count; i++)
		if (strcmp(job->notes[i], note) == 0)
			return true;
	return false;
}

struct arena *job_arena(struct job *job)
{
	return job->arena;
}

uint64_t job_size(const struct job *job)
{
	return job->input.n;
}

int job_read(struct job *job, void *to, size_t n, uint64_t at, struct err *err)
{
	if (at > job->input.n || n > job->input.n - at)
		return fail(err, ERR_CUT_SHORT, at, "input ends before");
	if (n)
		memcpy(to, job->input.p + at, n);
	return 0;
}

int job_read_all(struct job *job, struct bytes *out, struct err *err)
{
	(void)err;
	*out = job->input;
	return 0;
}

int job_write(struct job *job, struct bytes b, struct err *err)
{
	buf_bytes(&job->output, b);
	return buf_ok(&job->output) ? 0 : fail(err, ERR_LIMIT, 0, "output too large");
}

int job_write_at(struct job *job, struct bytes b, uint64_t at, struct err *err)
{
	(void)err;
	must(at <= job->output.n && b.n <= job->output.n - at);
	memcpy(job->output.p + at, b.p, b.n);
	return 0;
}

uint64_t job_written(const struct job *job)
{
	return job->output.n;
}

uint64_t job_limit(const struct job *job, enum limit_name name)
{
	return job->limits.most[name];
}

struct text job_name(const struct job *job)
{
	return job->name;
}

struct bytes job_password(const struct job *job)
{
	return job->password;
}

int job_charset(const struct job *job)
{
	(void)job;
	return -1;
}

int job_method(const struct job *job)
{
	return job->method;
}

bool job_removes(const struct job *job, int feature)
{
	return job->removes >> feature & 1;
}

void job_removed(struct job *job, const char *threat, const char *where, unsigned count)
{
	for (size_t i = 0; i < job->row_count; i++)
		if (strcmp(job->rows[i].threat, threat) == 0 && strcmp(job->rows[i].where, where) == 0) {
			job->rows[i].count += count;
			return;
		}
	if (job->row_count < COUNT(job->rows))
		job->rows[job->row_count++] = (struct job_row){ arena_printf(job->arena, "%s", threat), arena_printf(job->arena, "%s", where),
								count };
}

void job_note(struct job *job, const char *note)
{
	if (!job_has_note(job, note) && job->note_count < COUNT(job->notes))
		job->notes[job->note_count++] = note;
}

void job_converted(struct job *job, const char *extension)
{
	job->converted = extension;
}

void job_unwrapped(struct job *job, const char *format)
{
	job->unwrapped = format;
}

void job_convert(struct job *job, const char *format)
{
	job->convert = format;
}

int job_member_begin(struct job *job, struct text name, const char *expected, struct err *err)
{
	(void)err;
	must(!job->waited);
	if (job->item_count == job->item_room) {
		size_t room = MAX(job->item_room * 2, (size_t)16);
		struct job_item *items = arena_new_array(job->arena, struct job_item, room);
		if (job->item_count)
			memcpy(items, job->items, job->item_count * sizeof *items);
		job->items = items, job->item_room = room;
	}
	job->items[job->item_count] = (struct job_item){ arena_text(job->arena, name), expected, buf_in(job->arena, 0), { NULL, 0 }, { 0 } };
	return 0;
}

int job_member_add(struct job *job, struct bytes content, struct err *err)
{
	if (content.n > job_unpack_left(job))
		return refuse(err, REFUSAL_BOMB, "unpacked it would be too large");
	job->unpacked += content.n;
	buf_bytes(&job->items[job->item_count].content, content);
	return 0;
}

int job_member_end(struct job *job, unsigned *number, struct err *err)
{
	(void)err;
	*number = (unsigned)job->item_count++;
	return 0;
}

static const struct job_format *format_for(struct job *job, const struct job_item *item)
{
	struct bytes b = buf_view(&item->content);

	for (const struct job_format *f = job->nested; f && f->name; f++) {
		size_t tail = MIN(b.n, (size_t)65536 + 22);
		if (item->expected ? strcmp(f->name, item->expected) == 0
				   : f->probe(bytes_of(b.p, MIN(b.n, (size_t)4096)), bytes_of(b.n ? b.p + b.n - tail : b.p, tail), b.n))
			return f;
	}
	return NULL;
}

static const char *extension_of(struct job *job, const struct job_item *item)
{
	const char *dot = strrchr(item->name.p, '.');

	return item->expected ? item->expected : dot && dot[1] ? arena_printf(job->arena, "%s", dot + 1) : "bin";
}

static void rebuild(struct job *job, struct job_item *item)
{
	const struct job_format *format = format_for(job, item);
	struct job_member *r = &item->result;

	item->rebuilt = buf_view(&item->content);
	r->delivered = !bytes_start(item->rebuilt, BYTES("REFUSE"));
	r->refusal = r->delivered ? REFUSAL_NONE : REFUSAL_FEATURE;
	r->extension = extension_of(job, item);
	if (format && job->depth >= job_limit(job, LIMIT_DEPTH)) {
		r->delivered = false, r->refusal = REFUSAL_TOO_DEEP;
	} else if (format) {
		struct job *nested = arena_alloc(job->arena, sizeof *nested);
		struct err err = { 0 };
		*nested = job_memory(job->arena, item->rebuilt, item->name.p);
		nested->nested = job->nested, nested->depth = job->depth + 1, nested->removes = job->removes;
		r->delivered = format->rebuild(nested, &err) == 0;
		r->refusal = r->delivered ? REFUSAL_NONE : err.code == ERR_REFUSED ? (enum refusal)err.at : REFUSAL_DAMAGED;
		if (nested->convert) /* here is no converter */
			r->delivered = false, r->refusal = REFUSAL_NO_CONVERTER;
		item->rebuilt = buf_view(&nested->output);
		r->extension = nested->converted ? nested->converted : format->extension;
	}
	r->size = item->rebuilt.n;
	sha256_of(item->rebuilt, r->sha256);
}

int job_members_wait(struct job *job, struct err *err)
{
	(void)err;
	must(!job->waited);
	job->waited = true;
	for (size_t i = 0; i < job->item_count; i++)
		rebuild(job, &job->items[i]);
	return 0;
}

const struct job_member *job_member_result(struct job *job, unsigned number)
{
	must(job->waited && number < job->item_count);
	return &job->items[number].result;
}

int job_member_read(struct job *job, unsigned number, void *to, size_t n, uint64_t at, struct err *err)
{
	struct bytes b = job->items[number].rebuilt;

	if (at > b.n || n > b.n - at)
		return fail(err, ERR_CUT_SHORT, at, "member ends before");
	if (n)
		memcpy(to, b.p + at, n);
	return 0;
}

/* --- the verifier's side ----------------------------------------------------------------------------------------- */

struct check check_memory(const struct job *job, const char *format)
{
	return (struct check){ job->arena, buf_view(&job->output), format, job };
}

struct arena *check_arena(struct check *check)
{
	return check->arena;
}

uint64_t check_size(const struct check *check)
{
	return check->content.n;
}

int check_read(struct check *check, void *to, size_t n, uint64_t at, struct err *err)
{
	if (at > check->content.n || n > check->content.n - at)
		return fail(err, ERR_CUT_SHORT, at, "content ends before");
	if (n)
		memcpy(to, check->content.p + at, n);
	return 0;
}

int check_read_all(struct check *check, struct bytes *out, struct err *err)
{
	(void)err;
	*out = check->content;
	return 0;
}

const char *check_format(const struct check *check)
{
	return check->format;
}

bool check_is_verified_member(const struct check *check, const uint8_t sha256[32])
{
	if (!check->job)
		return true;
	for (size_t i = 0; i < check->job->item_count; i++)
		if (check->job->items[i].result.delivered && memcmp(check->job->items[i].result.sha256, sha256, 32) == 0)
			return true;
	return false;
}

int check_method(const struct check *check)
{
	return check->job ? (int)check->job->method : METHOD_rebuild;
}

bool check_removes(const struct check *check, int feature)
{
	return check->job && check->job->removes >> feature & 1;
}

uint64_t check_limit(const struct check *check, int limit_name)
{
	(void)check;
	return limits_usual().most[limit_name];
}

uint64_t job_unpack_left(const struct job *job)
{
	return job->limits.most[LIMIT_TREE_BYTES] - MIN(job->limits.most[LIMIT_TREE_BYTES], job->unpacked);
}
