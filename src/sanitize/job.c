/* 隔離処理の手足 — contract of job_… in format.h: everything a format can do, over five descriptors and plain reads and writes. */
#include "sanitize/job.h"
#include "base/descriptor.h"
#include <errno.h>
#include <unistd.h>

enum { OUTPUT_ROOM = 16 * 1024, SCRATCH_ROOM = 16 * 1024, DATAGRAM_ROOM = 2048, ROW_KINDS_MOST = 64, MEMBERS_READ_ROOM = 64 };

struct row {
	char threat[8];
	const char *where;
	unsigned count;
};
/* A descriptor written from one end to the other through a window. */
struct stream {
	int fd;
	uint8_t *room;
	size_t filled, most;
	uint64_t at; /* offset of the window */
};
struct job {
	struct arena *arena;
	struct job_request request;
	enum method method;
	const int *fds;
	struct stream output, scratch;
	struct row *rows, kinds[ROW_KINDS_MOST];
	size_t row_count, row_room, kind_count;
	const char *notes[32];
	size_t note_count;
	const char *extension;
	enum wire_status end; /* of a rebuild that succeeds */
	bool converted, in_member, waited;
	struct text member_name;
	const char *member_expected;
	uint64_t member_from;
	uint32_t members_sent;
	uint64_t unpacked;
	struct wire_member *table;
	struct job_member *results;
	uint32_t result_count;
};

struct job *job_new(struct arena *arena, const struct job_request *request, const int fds[])
{
	struct job *job = arena_alloc(arena, sizeof *job);

	job->arena = arena;
	job->request = *request;
	job->fds = fds;
	job->output = (struct stream){ .fd = fds[JOB_OUTPUT], .most = OUTPUT_ROOM };
	job->scratch = (struct stream){ .fd = fds[JOB_SCRATCH], .most = SCRATCH_ROOM };
	return job;
}

struct arena *job_arena(struct job *job) { return job->arena; }
uint64_t job_size(const struct job *job) { return job->request.size; }
uint64_t job_limit(const struct job *job, enum limit_name name) { return job->request.limits[name]; }
struct text job_name(const struct job *job) { return job->request.name; }
struct bytes job_password(const struct job *job) { return job->request.password; }
int job_charset(const struct job *job) { return job->request.charset; }
int job_method(const struct job *job) { return job->method; }
bool job_removes(const struct job *job, int feature) { return rules_remove(&job->request.rules, (enum feature)feature); }
void job_is(struct job *job, const struct format *format) { job->method = rules_method(&job->request.rules, format); }
uint64_t job_written(const struct job *job) { return job->output.at + job->output.filled; }
uint64_t job_unpack_left(const struct job *job) { return job->request.unpack_most - MIN(job->request.unpack_most, job->unpacked); }

static int write_exactly(int fd, const uint8_t *p, size_t n, uint64_t at, struct err *err)
{
	while (n > 0) {
		ssize_t put = pwrite(fd, p, n, (off_t)at);
		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return fail_errno(err, ERR_IO, "cannot write");
		p += put, n -= (size_t)put, at += (uint64_t)put;
	}
	return 0;
}

int job_read(struct job *job, void *to, size_t n, uint64_t at, struct err *err)
{
	if (at > job->request.size || n > job->request.size - at)
		return fail(err, ERR_CUT_SHORT, at, "%zu bytes at %llu lie beyond the end", n, (unsigned long long)at);
	return file_pread_all(job->fds[JOB_INPUT], to, n, job->request.at + at, err);
}

int job_read_all(struct job *job, struct bytes *out, struct err *err)
{
	size_t n = (size_t)job->request.size;

	if (job->request.size > job->request.limits[LIMIT_JOB_MEMORY] / 2)
		return refuse(err, REFUSAL_TOO_LARGE, "%zu bytes are too many to hold at once", n);
	uint8_t *p = arena_try(job->arena, n + 1);
	if (!p)
		return refuse(err, REFUSAL_MEMORY, "no memory for %zu bytes", n);
	if (job_read(job, p, n, 0, err) != 0)
		return -1;
	*out = bytes_of(p, n);
	return 0;
}

static int stream_flush(struct stream *s, struct err *err)
{
	if (s->filled && write_exactly(s->fd, s->room, s->filled, s->at, err) != 0)
		return -1;
	s->at += s->filled;
	s->filled = 0;
	return 0;
}

static int stream_add(struct job *job, struct stream *s, struct bytes b, struct err *err)
{
	if (b.n >= s->most - s->filled && stream_flush(s, err) != 0)
		return -1;
	if (b.n >= s->most) {
		if (write_exactly(s->fd, b.p, b.n, s->at, err) != 0)
			return -1;
		s->at += b.n;
		return 0;
	}
	if (!s->room)
		s->room = arena_alloc(job->arena, s->most);
	if (b.n)
		memcpy(s->room + s->filled, b.p, b.n);
	s->filled += b.n;
	return 0;
}

int job_write(struct job *job, struct bytes b, struct err *err)
{
	if (b.n > job->request.output_most || job_written(job) > job->request.output_most - b.n)
		return refuse(err, REFUSAL_TOO_LARGE, "the rebuilt file would be larger than %llu bytes", (unsigned long long)job->request.output_most);
	return stream_add(job, &job->output, b, err);
}

int job_write_at(struct job *job, struct bytes b, uint64_t at, struct err *err)
{
	struct stream *s = &job->output;

	if (at > job_written(job) || b.n > job_written(job) - at)
		return fail(err, ERR_BUG, at, "patched beyond what was written");
	if (at >= s->at) {
		if (b.n)
			memcpy(s->room + (at - s->at), b.p, b.n);
		return 0;
	}
	return stream_flush(s, err) != 0 ? -1 : write_exactly(s->fd, b.p, b.n, at, err);
}

/* -- what was removed -- */
static struct row *find_row(struct row *rows, size_t count, const char *threat, const char *where)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(rows[i].threat, threat) == 0 && strcmp(rows[i].where, where) == 0)
			return &rows[i];
	return NULL;
}

/* The row for a threat and a place, made if need be; beyond ROWS only counts per threat are kept. */
static struct row *row_of(struct job *job, const char *threat, const char *where)
{
	struct row *row = find_row(job->rows, job->row_count, threat, where);

	if (row)
		return row;
	where = text_printable(job->arena, bytes_of(where, strlen(where)), WIRE_WHERE_MOST);
	row = find_row(job->rows, job->row_count, threat, where);
	if (row)
		return row;
	bool room = job->row_count < WIRE_ROWS_MOST - ROW_KINDS_MOST;
	if (!room) {
		where = "";
		row = find_row(job->kinds, job->kind_count, threat, where);
		if (row)
			return row;
		must(job->kind_count < ROW_KINDS_MOST);
	}
	if (room && job->row_count == job->row_room) {
		struct row *more = arena_new_array(job->arena, struct row, job->row_room = job->row_room ? job->row_room * 2 : 8);
		if (job->row_count)
			memcpy(more, job->rows, job->row_count * sizeof *more);
		job->rows = more;
	}
	row = room ? &job->rows[job->row_count++] : &job->kinds[job->kind_count++];
	memcpy(row->threat, threat, strlen(threat) + 1);
	row->where = where;
	return row;
}

void job_removed(struct job *job, const char *threat, const char *where, unsigned count)
{
	must(strlen(threat) < sizeof((struct row *)0)->threat);
	row_of(job, threat, where)->count += count;
}

void job_note(struct job *job, const char *note)
{
	for (size_t i = 0; i < job->note_count; i++)
		if (strcmp(job->notes[i], note) == 0)
			return;
	must(job->note_count < COUNT(job->notes));
	job->notes[job->note_count++] = note;
}

void job_converted(struct job *job, const char *extension)
{
	job->converted = true;
	job->extension = extension;
}

void job_unwrapped(struct job *job, const char *format)
{
	job->end = WIRE_UNWRAPPED;
	job->extension = format;
}

void job_convert(struct job *job, const char *format)
{
	job->end = WIRE_CONVERT;
	job->extension = format;
}

/* -- members -- */
int job_member_begin(struct job *job, struct text name, const char *expected, struct err *err)
{
	must(!job->in_member && !job->waited);
	if (job->request.depth_left == 0)
		return refuse(err, REFUSAL_TOO_DEEP, "nested more than %llu deep", (unsigned long long)job->request.limits[LIMIT_DEPTH]);
	if (job->members_sent >= job->request.members_most)
		return refuse(err, REFUSAL_TOO_MANY_PARTS, "more than %u files inside", job->request.members_most);
	job->in_member = true;
	job->member_name = arena_text(job->arena, name);
	job->member_expected = expected ? expected : "";
	job->member_from = job->scratch.at + job->scratch.filled;
	return 0;
}

int job_member_add(struct job *job, struct bytes content, struct err *err)
{
	must(job->in_member);
	if (content.n > job_unpack_left(job))
		return refuse(err, REFUSAL_BOMB, "unpacked it would be larger than %llu bytes", (unsigned long long)job->request.unpack_most);
	job->unpacked += content.n;
	return stream_add(job, &job->scratch, content, err);
}

int job_member_end(struct job *job, unsigned *number, struct err *err)
{
	struct buf m = buf_in(job->arena, WIRE_DATAGRAM_MOST);

	must(job->in_member);
	job->in_member = false;
	if (stream_flush(&job->scratch, err) != 0)
		return -1;
	buf_byte(&m, WIRE_MEMBER);
	buf_u64be(&m, job->member_from);
	buf_u64be(&m, job->scratch.at - job->member_from);
	wire_put_text(&m, job->member_name);
	wire_put_text(&m, (struct text){ job->member_expected, strlen(job->member_expected) });
	if (wire_send(job->fds[JOB_CONTROL], &m, err) != 0)
		return -1;
	*number = job->members_sent++;
	return 0;
}

static int take_results(struct job *job, struct err *err)
{
	job->results = arena_new_array(job->arena, struct job_member, job->result_count);
	for (uint32_t i = 0; i < job->result_count; i++) {
		const struct wire_member *m = &job->table[i];
		struct job_member *r = &job->results[i];
		if (m->extension[sizeof m->extension - 1])
			return fail(err, ERR_MALFORMED, i, "the broker's table is malformed");
		if (m->refusal == REFUSAL_WORKER_DIED || m->refusal == REFUSAL_NOT_VERIFIED)
			return refuse(err, (enum refusal)m->refusal, "file %u inside could not be worked on", i + 1);
		*r = (struct job_member){ m->delivered == 1, (enum refusal)m->refusal, m->extension, m->size, { 0 } };
		memcpy(r->sha256, m->sha256, sizeof r->sha256);
	}
	return 0;
}

int job_members_wait(struct job *job, struct err *err)
{
	struct buf m = buf_in(job->arena, 64);
	uint8_t answer[64];
	ssize_t got;

	must(!job->in_member && !job->waited);
	job->waited = true;
	if (job->members_sent == 0)
		return 0;
	buf_byte(&m, WIRE_WAIT);
	if (wire_send(job->fds[JOB_CONTROL], &m, err) != 0)
		return -1;
	do
		got = read(job->fds[JOB_CONTROL], answer, sizeof answer);
	while (got < 0 && errno == EINTR);
	if (got <= 0)
		return fail(err, ERR_PEER, 0, "the broker has gone");
	struct cursor in = cursor_over(bytes_of(answer, (size_t)got));
	uint8_t type = cursor_u8(&in);
	uint64_t at = cursor_u64be(&in);
	job->result_count = cursor_u32be(&in);
	if (in.failed || in.left || type != WIRE_MEMBERS || job->result_count != job->members_sent)
		return fail(err, ERR_MALFORMED, in.at, "the broker's answer is malformed");
	job->table = arena_new_array(job->arena, struct wire_member, job->result_count);
	if (file_pread_all(job->fds[JOB_MEMBERS], job->table, sizeof *job->table * job->result_count, at, err) != 0)
		return -1;
	return take_results(job, err);
}

const struct job_member *job_member_result(struct job *job, unsigned number)
{
	must(number < job->result_count);
	return &job->results[number];
}

int job_member_read(struct job *job, unsigned number, void *to, size_t n, uint64_t at, struct err *err)
{
	must(number < job->result_count);
	const struct wire_member *m = &job->table[number];

	if (!m->delivered || at > m->size || n > m->size - at)
		return fail(err, ERR_CUT_SHORT, at, "member %u has no %zu bytes there", number, n);
	return file_pread_all(job->fds[JOB_MEMBERS], to, n, m->at + at, err);
}

/* -- the end -- */
int job_say_format(struct job *job, const char *format, bool astray, struct err *err)
{
	struct buf m = buf_in(job->arena, DATAGRAM_ROOM);

	buf_byte(&m, WIRE_FORMAT);
	wire_put_text(&m, (struct text){ format, strlen(format) });
	buf_byte(&m, astray);
	return wire_send(job->fds[JOB_CONTROL], &m, err);
}

/* Room for one more message in the datagram: a full one is sent. */
static int make_room(struct job *job, struct buf *m, struct err *err)
{
	if (m->n <= WIRE_DATAGRAM_MOST - DATAGRAM_ROOM)
		return 0;
	int got = wire_send(job->fds[JOB_CONTROL], m, err);
	m->n = 0;
	return got;
}

static int put_rows(struct job *job, struct buf *m, const struct row *rows, size_t count, struct err *err)
{
	for (size_t i = 0; i < count; i++) {
		if (make_room(job, m, err) != 0)
			return -1;
		buf_byte(m, WIRE_ROW);
		wire_put_text(m, (struct text){ rows[i].threat, strlen(rows[i].threat) });
		wire_put_text(m, (struct text){ rows[i].where, strlen(rows[i].where) });
		buf_u32be(m, rows[i].count);
	}
	return 0;
}

static int put_report(struct job *job, struct buf *m, struct err *err)
{
	if (put_rows(job, m, job->rows, job->row_count, err) != 0 || put_rows(job, m, job->kinds, job->kind_count, err) != 0)
		return -1;
	for (size_t i = 0; i < job->note_count; i++) {
		if (make_room(job, m, err) != 0)
			return -1;
		buf_byte(m, WIRE_NOTE);
		wire_put_text(m, (struct text){ job->notes[i], strlen(job->notes[i]) });
	}
	return make_room(job, m, err);
}

int job_finish(struct job *job, int got, struct err *why)
{
	struct buf m = buf_in(job->arena, WIRE_DATAGRAM_MOST);

	if (got == 0)
		got = stream_flush(&job->output, why);
	if (got == 0)
		got = put_report(job, &m, why);
	if (got != 0)
		m.n = 0; /* of a file that is refused nothing was removed */
	wire_put_result(&m, got == 0 ? job->end : why->code == ERR_REFUSED ? WIRE_REFUSED : WIRE_FAILED, why, job->extension ? job->extension : "",
		       job->converted, job_written(job));
	return wire_send(job->fds[JOB_CONTROL], &m, why);
}

int job_finish_elsewhere(struct job *job)
{
	struct buf m = buf_in(job->arena, DATAGRAM_ROOM);

	wire_put_result(&m, WIRE_ELSEWHERE, NULL, "", false, 0);
	return wire_send(job->fds[JOB_CONTROL], &m, NULL);
}
