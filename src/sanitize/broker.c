/* 無害化の仲立ち — contract in broker.h. A file of a tree is a node; a node has at most one job at a time: rebuild (which identifies first), perhaps convert and rebuild
 * again, verify. */
#include "sanitize/broker.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/ipc.h"
#include "sanitize/name.h"
#include "sanitize/program.h"
#include "sanitize/tree.h"
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { HINT_BYTES = 8, SLOTS_MOST = 16, PASSWORD_MOST = 1024, FREE_OUTPUT = 8 << 20, FREE_UNPACK = 1 << 20, DETAIL_MOST = 300 };
enum { JAILED_MOST = 128 }; /* with so many at work or waiting no file is begun: a zygote has room for a few hundred */

enum program_id { TEXT, IMAGE, OOXML, PDF, ARCHIVE, DOCUMENT, CONVERTER, VERIFIER, PROGRAMS };
static const char *const program_names[PROGRAMS] = {
	"worker-text", "worker-image", "worker-ooxml", "worker-pdf", "worker-archive", "worker-document", "converter", "verifier",
};
static const char *const families[PROGRAMS] = { "text", "image", "ooxml", "pdf", "archive", "document", "", "" };

struct broker {
	struct loop *loop;
	struct arena *arena;
	struct limits limits;
	const char *clamd;
	unsigned slots, busy, jailed; /* jailed: jobs at work and those that wait */
	unsigned converters, converting; /* beside the slots: a conversion takes as long as a hundred other files */
	struct program *programs[PROGRAMS];
	struct queue resume;	   /* in this order: what was begun is ended first */
	struct deep_queue inner;
	struct queue fresh;
	struct queue conversions, pictures; /* pictures of first pages: only when nothing is waiting to be converted */
	struct node *running;		   /* nodes with a job in a jail, waiting ones included */
	uint32_t last_job;
	struct tree *trees; /* not done yet */
	struct loop_timer *soon;
	bool pumping;
};

static void pump(struct broker *b);
static void node_end(struct node *n, bool delivered);
static void heard(void *self, int fd, unsigned what);
static void job_over(struct node *n, const struct program_ended *e);

/* -- descriptors -- */
static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* The same memory file through a descriptor that cannot write. */
static int read_only(int fd, struct err *err)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	int got = open(path, O_RDONLY | O_CLOEXEC);
	return got >= 0 ? got : fail_errno(err, ERR_IO, "cannot open a memory file for reading");
}

static void drop_control(struct node *n)
{
	loop_remove(n->watch);
	n->watch = NULL;
	close_fd(&n->control);
}

static void free_rebuild(struct node *n)
{
	close_fd(&n->scratch);
	close_fd(&n->members);
	close_fd(&n->members_read);
	if (n->pending == 0)
		close_fd(&n->scratch_read);
}

static void release_input(struct node *n)
{
	if (n->owns_input)
		close_fd(&n->input);
	n->input = -1;
}

/* What a file is at work: what it was found to be, or what it has become. NULL: not known yet. */
static const struct format *format_at_work(const struct node *n) { return n->becomes ? n->becomes : n->report.format; }
/* Pages of a PDF, drawn by the converter: they have a limit of their own. */
static bool are_pixels(const struct format *f) { return strcmp(f->name, "ppm") == 0; }
static const char *extension_of(const struct node *n) { return n->extension.n ? n->extension.p : format_at_work(n)->extension; }

/* -- the tree's clock: it stands while a file of the tree waits for the converter or is in it, which has its own budget -- */
static void tree_late(void *self);

static void start_clock(struct tree *t)
{
	t->due = clock_milliseconds() + t->left;
	t->timer = loop_after(t->broker->loop, t->left, tree_late, t);
}

static void hold_clock(struct node *n)
{
	struct tree *t = n->tree;

	n->holds_clock = true;
	if (t->holding++ > 0 || !t->timer)
		return;
	loop_cancel(t->timer);
	t->timer = NULL;
	t->left = MAX(t->due - clock_milliseconds(), (int64_t)0);
}

static void release_clock(struct node *n)
{
	struct tree *t = n->tree;

	if (!n->holds_clock)
		return;
	n->holds_clock = false;
	if (--t->holding == 0 && !t->late)
		start_clock(t);
}

/* -- refusing -- */
static void refuse_node(struct node *n, enum refusal why, const char *detail)
{
	if (n->report.refusal != REFUSAL_NONE)
		return; /* the first reason is the true one */
	n->report.refusal = why;
	n->report.detail = (struct text){ arena_copy(n->tree->arena, detail, strlen(detail)), strlen(detail) };
}

static void abandon(struct node *n)
{
	n->abandoned = true;
	if (n->job)
		program_kill(n->program, n->job);
	for (struct node *c = n->children; c; c = c->next_child)
		if (!c->over)
			abandon(c);
}

/* Kinds of files that the passage does not take, wherever they are met: in an archive, in a document. */
static bool is_unwanted(const struct node *n)
{
	return (n->report.format && rules_method(&n->tree->rules, n->report.format) == METHOD_refuse) || (n->becomes && rules_method(&n->tree->rules, n->becomes) == METHOD_refuse);
}

/* The whole tree: a budget is passed, or the time is over. */
static void refuse_tree(struct tree *t, enum refusal why, const char *detail)
{
	refuse_node(t->root, why, detail);
	abandon(t->root);
}

static void tree_late(void *self)
{
	struct tree *t = self;

	t->timer = NULL;
	t->late = true;
	refuse_tree(t, REFUSAL_TIME, "the time for one file handed in is over");
	pump(t->broker);
}

/* -- the end of a tree -- */
static void tree_end(struct tree *t)
{
	struct broker *b = t->broker;
	struct node *root = t->root;
	bool delivered = root->report.refusal == REFUSAL_NONE && root->delivered;

	loop_cancel(t->timer);
	root->report.jobs = t->rebuilds;
	root->report.jails = t->jobs;
	root->report.cpu_microseconds = t->cpu_microseconds;
	root->report.milliseconds = clock_milliseconds() - t->began;
	if (!delivered)
		root->report.verdict = VERDICT_REFUSED;
	struct broker_result result = { &root->report, t->arena, delivered ? root->output : -1, t->unjudged };
	t->done(t->self, &result);
	if (!delivered || result.output >= 0)
		close_fd(&root->output);
	release_input(root);
	tree_free(&b->trees, t);
}

/* -- the end of a node -- */
static int hand_back(struct node *n, struct err *err)
{
	struct node *parent = n->parent;
	struct wire_member *row = &n->row;

	*row = (struct wire_member){ .refusal = (uint16_t)n->report.refusal };
	if (!n->delivered)
		return 0;
	if (parent->members < 0)
		return fail(err, ERR_BUG, 0, "nobody waits for the member");
	uint64_t left = n->report.output_bytes;
	off_t from = 0, to = (off_t)parent->members_end;
	while (left > 0) {
		ssize_t put = copy_file_range(n->output, &from, parent->members, &to, (size_t)left, 0);
		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return fail_errno(err, ERR_IO, "cannot hand a member back");
		left -= (uint64_t)put;
	}
	row->delivered = 1;
	row->at = parent->members_end;
	row->size = n->report.output_bytes;
	snprintf(row->extension, sizeof row->extension, "%s", extension_of(n));
	memcpy(row->sha256, n->report.output_sha256, sizeof row->sha256);
	parent->members_end += row->size;
	return 0;
}

static void node_end(struct node *n, bool delivered)
{
	struct tree *t = n->tree;
	struct node *parent = n->parent;
	struct err err;

	must(!n->over && n->pending == 0 && n->job == 0);
	n->over = true;
	n->delivered = delivered;
	if (!delivered && n->report.refusal == REFUSAL_NONE)
		refuse_node(n, REFUSAL_WORKER_DIED, "abandoned");
	n->report.verdict = !delivered ? VERDICT_REFUSED : n->converted ? VERDICT_CONVERTED : VERDICT_CLEAN;
	free_rebuild(n);
	if (!parent) {
		tree_end(t);
		return;
	}
	if (!parent->abandoned && hand_back(n, &err) != 0)
		refuse_tree(t, REFUSAL_WORKER_DIED, err.say);
	close_fd(&n->output);
	release_input(n);
	if (--parent->pending > 0)
		return;
	if (parent->job && parent->waiting && !parent->abandoned)
		queue_put(&t->broker->resume, parent);
	else if (!parent->job)
		node_end(parent, false); /* its own job ended before its members did */
}

/* Is it a file of an archive or a mail? */
static bool is_in_bundle(const struct node *n)
{
	return n->parent && format_at_work(n->parent) && strcmp(format_at_work(n->parent)->grammar, "zip") == 0;
}

static void node_refused(struct node *n, enum refusal why, const char *detail)
{
	release_clock(n);
	refuse_node(n, why, detail);
	if (n->report.refusal == REFUSAL_BOMB && is_in_bundle(n) && !n->abandoned) /* it refuses the whole (decision 0009): what lies beside it need not be tried */
		refuse_tree(n->tree, REFUSAL_BOMB, arena_printf(n->tree->arena, "%s: %s", n->report.path.p, detail));
	for (struct node *c = n->children; c; c = c->next_child)
		if (!c->over)
			abandon(c);
	if (n->pending == 0)
		node_end(n, false);
}

/* -- starting jobs -- */
static uint64_t unpack_left(const struct tree *t)
{
	uint64_t most = MIN(t->limits->most[LIMIT_TREE_BYTES], FREE_UNPACK + t->limits->most[LIMIT_RATIO] * t->root->size);

	return most - MIN(most, t->unpacked);
}

static const struct format *output_format(const struct node *n)
{
	return format_of_output(format_at_work(n), extension_of(n));
}

/* Bytes of a first page as pixels with their head, and of the PNG that they become. */
static uint64_t picture_most(const struct tree *t)
{
	return 3 * t->limits->most[LIMIT_PICTURE_SIDE] * t->limits->most[LIMIT_PICTURE_SIDE] + 65536;
}

static void fill_request(const struct node *n, struct job_request *r)
{
	const struct tree *t = n->tree;

	*r = (struct job_request){ .charset = t->charset, .name = n->name, .password = bytes_of(t->password, t->password_n), .at = n->at, .size = n->size };
	const struct format *format = n->stage == STAGE_CONVERT ? n->report.format : format_at_work(n);
	if (format) {
		const char *grammar = n->stage != STAGE_CONVERT ? output_format(n)->grammar : t->pictured ? FIRST_PICTURE : n->becomes->name;
		r->format = (struct text){ format->name, strlen(format->name) };
		r->grammar = (struct text){ grammar, strlen(grammar) };
	}
	r->output_most = MIN(t->limits->most[LIMIT_TREE_BYTES], FREE_OUTPUT + t->limits->most[LIMIT_OUTPUT_RATIO] * n->size);
	if (n->stage == STAGE_CONVERT && are_pixels(n->becomes))
		r->output_most = 3 * t->limits->most[LIMIT_FLATTEN_PIXELS];
	if (t->pictured)
		r->output_most = picture_most(t);
	r->unpack_most = unpack_left(t);
	r->members_most = (uint32_t)(t->limits->most[LIMIT_MEMBERS] - MIN(t->limits->most[LIMIT_MEMBERS], t->members));
	r->depth_left = (uint32_t)(t->limits->most[LIMIT_DEPTH] - MIN(t->limits->most[LIMIT_DEPTH], n->depth));
	memcpy(r->limits, t->limits->most, sizeof r->limits);
	if (t->pictured)
		r->limits[LIMIT_CONVERT_SECONDS] = t->limits->most[LIMIT_PICTURE_SECONDS];
	r->rules = t->rules;
}

static int by_hash(const void *a, const void *b) { return memcmp(a, b, WIRE_HASH); }

/* The contents of the members that came back, sorted: what the verifier believes of nested files. -1: none, or -2 on failure. */
static int hashes_of(struct node *n, uint32_t *count, struct err *err)
{
	size_t n_hashes = 0;

	for (struct node *c = n->children; c; c = c->next_child)
		n_hashes += c->delivered;
	*count = (uint32_t)n_hashes;
	if (n_hashes == 0)
		return -1;
	ARENA(arena) = arena_new(0);
	uint8_t *all = arena_array(arena, WIRE_HASH, n_hashes), *at = all;
	for (struct node *c = n->children; c; c = c->next_child)
		if (c->delivered)
			memcpy(at, c->report.output_sha256, WIRE_HASH), at += WIRE_HASH;
	qsort(all, n_hashes, WIRE_HASH, by_hash);
	int fd = memfd_of("hashes", bytes_of(all, n_hashes * WIRE_HASH), true, err);
	return fd < 0 ? -2 : fd;
}

/* -- which jail a file begins with: a guess, never a verdict -- */
static const struct hint {
	struct bytes magic;
	const char *extension, *family;
} hints[] = {
#define HINT(magic, extension, family) { { (const uint8_t *)(magic), sizeof(magic) - 1 }, extension, #family },
#include "sanitize/hints.def"
#undef HINT
};

static const char *family_hint(const struct node *n)
{
	uint8_t head[HINT_BYTES];
	ssize_t got = pread(n->input, head, (size_t)MIN(n->size, (uint64_t)sizeof head), (off_t)n->at);
	const char *dot = strrchr(n->name.p, '.');
	size_t i = 0;

	while (i < COUNT(hints) - 1 && !(bytes_start(bytes_of(head, (size_t)MAX(got, (ssize_t)0)), hints[i].magic) &&
					 (!*hints[i].extension || (dot && strcasecmp(dot + 1, hints[i].extension) == 0))))
		i++;
	return hints[i].family;
}

static bool has_members(const char *family)
{
	return strcmp(family, "text") != 0 && strcmp(family, "image") != 0;
}

static int open_rebuild(struct node *n, struct err *err)
{
	n->output = memfd_new("output", err);
	if (n->output < 0)
		return -1;
	if (!has_members(n->family))
		return 0;
	n->scratch = memfd_new("scratch", err);
	n->scratch_read = n->scratch < 0 ? -1 : read_only(n->scratch, err);
	n->members = n->scratch_read < 0 ? -1 : memfd_new("members", err);
	n->members_read = n->members < 0 ? -1 : read_only(n->members, err);
	return n->members_read < 0 ? -1 : 0;
}

static int program_of(const struct node *n)
{
	if (n->stage != STAGE_REBUILD)
		return n->stage == STAGE_VERIFY ? VERIFIER : CONVERTER;
	for (int i = 0; i < CONVERTER; i++)
		if (strcmp(families[i], n->family) == 0)
			return i;
	return -1;
}

/* What a job of this stage writes to, and what of the request is its own. *hashes: of the members, for the verifier; else untouched. */
static int open_stage(struct node *n, struct job_request *r, int *hashes, struct err *err)
{
	if (n->stage == STAGE_REBUILD)
		return open_rebuild(n, err);
	r->password.n = 0;
	if (n->stage == STAGE_CONVERT) {
		n->output = memfd_new("output", err);
		return n->output < 0 ? -1 : 0;
	}
	r->at = 0, r->size = n->report.output_bytes;
	*hashes = hashes_of(n, &r->hashes, err);
	return *hashes == -2 ? -1 : 0;
}

static struct sandbox_limits limits_of(const struct node *n, const struct job_request *r)
{
	const uint64_t *most = n->tree->limits->most;

	if (n->stage == STAGE_CONVERT) /* a budget apart from other formats' */
		return (struct sandbox_limits){ .cpu_seconds = (unsigned)r->limits[LIMIT_CONVERT_SECONDS], .file_size = most[LIMIT_CONVERT_DISK], .address_space = most[LIMIT_CONVERT_MEMORY] };
	return (struct sandbox_limits){
		.cpu_seconds = (unsigned)most[LIMIT_JOB_CPU_SECONDS],
		.file_size = MAX(r->output_most, r->unpack_most) + 1,
		.address_space = most[LIMIT_JOB_MEMORY],
	};
}

/* Sends the job to its zygote. *control = our end of its line. */
static int send_job(const struct node *n, struct program *program, const struct job_request *r, int hashes, int *control, struct err *err)
{
	struct broker *b = n->tree->broker;
	ARENA(arena) = arena_new(0);
	struct buf request = buf_in(arena, WIRE_DATAGRAM_MOST);
	struct sandbox_limits limits = limits_of(n, r);
	int pair[2], got = -1;

	wire_put_request(&request, r);
	if (ipc_pair(pair, err) == 0) {
		int fds[JOB_FDS] = { pair[1], n->input, -1, -1, -1 };
		if (n->stage == STAGE_VERIFY)
			fds[JOB_INPUT] = n->output, fds[JOB_MEMBERS] = hashes;
		else
			fds[JOB_OUTPUT] = n->output;
		if (n->stage == STAGE_REBUILD)
			fds[JOB_SCRATCH] = n->scratch, fds[JOB_MEMBERS] = n->members_read;
		got = program_start(program, ++b->last_job, &limits, buf_view(&request), fds, err);
		close(pair[1]);
		if (got != 0)
			close(pair[0]);
	}
	explicit_bzero(request.p, request.n);
	*control = got == 0 ? pair[0] : -1;
	return got;
}

static int start_job(struct node *n, struct err *err)
{
	struct tree *t = n->tree;
	struct broker *b = t->broker;
	struct job_request r;
	int hashes = -1, control;

	if (n->stage == STAGE_REBUILD)
		n->family = format_at_work(n) ? format_at_work(n)->family : family_hint(n);
	int program = program_of(n);
	if (program < 0)
		return fail(err, ERR_BUG, 0, "no program serves the family %s", n->family);
	fill_request(n, &r);
	if (open_stage(n, &r, &hashes, err) != 0)
		return -1;
	int got = send_job(n, b->programs[program], &r, hashes, &control, err);
	close_fd(&hashes);
	if (got != 0)
		return -1;
	n->control = control;
	n->job = b->last_job;
	n->program = b->programs[program];
	n->waiting = n->heard_result = n->broke_protocol = false;
	n->told_format = n->report.format != NULL;
	if (n->stage == STAGE_REBUILD && has_members(n->family)) /* the others want no answer: what they say is read at their end */
		n->watch = loop_add(b->loop, n->control, LOOP_READ, heard, n);
	n->next_running = b->running;
	b->running = n;
	b->jailed++;
	t->jobs++;
	t->rebuilds += n->stage == STAGE_REBUILD && n->told_format && !n->becomes;
	if (n->stage == STAGE_CONVERT)
		b->converting++;
	else
		b->busy++;
	return 0;
}

static void begin_tree(struct tree *t)
{
	t->began = clock_milliseconds();
	t->left = (int64_t)t->limits->most[LIMIT_TREE_SECONDS] * 1000;
	start_clock(t);
}

/* Takes a node from a queue and gives it a jail. */
static void run_node(struct node *n)
{
	struct tree *t = n->tree;
	struct err err;

	if (t->jobs == 0 && !n->parent && !n->abandoned)
		begin_tree(t);
	if (n->abandoned)
		node_refused(n, REFUSAL_WORKER_DIED, "abandoned");
	else if (!n->parent && n->size > t->limits->most[LIMIT_FILE_BYTES])
		node_refused(n, REFUSAL_TOO_LARGE, "the file is larger than the limit");
	else if (is_unwanted(n))
		node_refused(n, REFUSAL_NOT_ACCEPTED, n->report.format->name);
	else if (t->jobs >= t->limits->most[LIMIT_JOBS])
		refuse_tree(t, REFUSAL_TOO_MANY_PARTS, "too many jobs for one file handed in"), node_refused(n, REFUSAL_TOO_MANY_PARTS, "");
	else if (start_job(n, &err) != 0)
		node_refused(n, REFUSAL_WORKER_DIED, err.say);
}

static int write_table(struct node *n, struct err *err)
{
	uint64_t at = n->members_end;

	for (struct node *c = n->children; c; c = c->next_child) {
		if (pwrite(n->members, &c->row, sizeof c->row, (off_t)at) != (ssize_t)sizeof c->row)
			return fail_errno(err, ERR_IO, "cannot write the table of members");
		at += sizeof c->row;
	}
	return 0;
}

static void resume_node(struct node *n)
{
	ARENA(arena) = arena_new(0);
	struct buf m = buf_in(arena, 64);
	struct err err;

	if (!n->job)
		return; /* it died while it waited */
	buf_byte(&m, WIRE_MEMBERS);
	buf_u64be(&m, n->members_end);
	buf_u32be(&m, n->child_count);
	if (write_table(n, &err) != 0 || send(n->control, m.p, m.n, MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)m.n) {
		refuse_node(n, REFUSAL_WORKER_DIED, "the job could not be told of its members");
		program_kill(n->program, n->job);
	}
	n->waiting = false;
	n->tree->waiting--;
	n->tree->broker->busy++;
}

static void pump(struct broker *b)
{
	if (b->pumping)
		return;
	b->pumping = true;
	while (b->busy < b->slots) {
		struct node *n;
		if ((n = queue_take(&b->resume)))
			resume_node(n);
		else if ((n = deep_queue_take(&b->inner)) || (b->jailed < JAILED_MOST && (n = queue_take(&b->fresh))))
			run_node(n);
		else
			break;
	}
	for (struct node *n; b->converting < b->converters && ((n = queue_take(&b->conversions)) || (n = queue_take(&b->pictures)));)
		run_node(n);
	b->pumping = false;
}

/* -- what jobs say -- */
static void take_member(struct node *n, struct cursor *in)
{
	struct tree *t = n->tree;
	struct broker *b = t->broker;
	struct node *c = node_new(t, n);
	char *whole;

	c->at = cursor_u64be(in);
	c->size = cursor_u64be(in);
	struct text name = wire_take_text(t->arena, in), expected = wire_take_text(t->arena, in);
	if (in->failed || n->scratch_read < 0 || n->waiting) {
		refuse_tree(t, REFUSAL_WORKER_DIED, "the jail handed out a malformed member");
		return;
	}
	bool changed;
	c->name = name_safe(t->arena, bytes_of_text(name), &changed);
	whole = n->parent ? arena_printf(t->arena, "%s/%s", n->report.path.p, c->name.p) : arena_printf(t->arena, "%s", c->name.p);
	whole = (char *)(uintptr_t)text_printable(t->arena, bytes_of(whole, strlen(whole)), REPORT_PATH_MOST);
	c->report.path = (struct text){ whole, strlen(whole) };
	c->report.bytes = c->size;
	c->input = n->scratch_read;
	t->members++;
	t->unpacked += MIN(c->size, UINT64_MAX - t->unpacked);
	n->pending++;
	n->child_count++;
	struct stat st;
	if (fstat(c->input, &st) != 0 || c->at > (uint64_t)st.st_size || c->size > (uint64_t)st.st_size - c->at)
		refuse_tree(t, REFUSAL_WORKER_DIED, "the jail handed out a member that it did not write");
	else if (c->depth > t->limits->most[LIMIT_DEPTH])
		refuse_tree(t, REFUSAL_TOO_DEEP, "nested too deeply");
	else if (t->members > t->limits->most[LIMIT_MEMBERS])
		refuse_tree(t, REFUSAL_TOO_MANY_PARTS, "too many files inside");
	else if (t->unpacked > t->limits->most[LIMIT_TREE_BYTES] || t->unpacked > FREE_UNPACK + t->limits->most[LIMIT_RATIO] * t->root->size)
		refuse_tree(t, REFUSAL_BOMB, "it unpacks to too much");
	if (expected.n) {
		c->report.format = format_by_name(expected.p);
		if (!c->report.format)
			refuse_node(c, REFUSAL_UNSUPPORTED_FORMAT, "no such format"), c->abandoned = true;
	}
	deep_queue_put(&b->inner, c);
}

static void take_result(struct node *n, struct cursor *in)
{
	struct arena *arena = n->tree->arena;

	n->result.status = (enum wire_status)cursor_u8(in);
	n->result.refusal = (enum refusal)cursor_u16be(in);
	n->result.code = cursor_u16be(in);
	n->result.at = cursor_u64be(in);
	struct text say = wire_take_text(arena, in);
	n->result.extension = wire_take_text(arena, in);
	n->result.converted = cursor_u8(in) != 0;
	n->result.written = cursor_u64be(in);
	n->heard_result = !in->failed && in->left == 0 && n->result.extension.n < sizeof n->row.extension;
	n->result.say = text_printable(arena, bytes_of_text(say), DETAIL_MOST);
}

static bool is_plain_word(struct text t)
{
	for (size_t i = 0; i < t.n; i++)
		if (!((t.p[i] >= 'a' && t.p[i] <= 'z') || (t.p[i] >= 'A' && t.p[i] <= 'Z') || (t.p[i] >= '0' && t.p[i] <= '9') || t.p[i] == '_'))
			return false;
	return t.n > 0;
}

static void take_row(struct node *n, struct cursor *in)
{
	struct arena *arena = n->tree->arena;
	struct text threat = wire_take_text(arena, in), where = wire_take_text(arena, in);
	uint32_t count = cursor_u32be(in);
	const char *place = text_printable(arena, bytes_of_text(where), WIRE_WHERE_MOST);

	if (n->becomes && strcmp(n->becomes->family, families[IMAGE]) == 0) /* what the converter put beside the pixels is not the sender's */
		return;
	if (!in->failed && threat.n < 8 && is_plain_word(threat) && n->rows_heard++ < WIRE_ROWS_MOST)
		report_add_row(arena, &n->report, threat, (struct text){ place, strlen(place) }, count);
}

/* A job that speaks outside the protocol is not believed again, even if it ends well before the kill reaches it. */
static void break_off(struct node *n)
{
	n->broke_protocol = true;
	program_kill(n->program, n->job);
}

/* Does the jail at work rebuild its own kind of file, so that what it says of it counts? */
static bool is_own_kind(const struct node *n)
{
	return format_at_work(n) && strcmp(format_at_work(n)->family, n->family) == 0;
}

/* What a jail that was told no format found its file to be. The file's own jail goes on and rebuilds it. */
static void take_format(struct node *n, struct cursor *in)
{
	struct text name = wire_take_text(n->tree->arena, in);
	bool astray = cursor_u8(in) != 0;
	const struct format *format = in->failed ? NULL : format_by_name(name.p);

	if (!format || n->told_format) {
		break_off(n);
		return;
	}
	n->told_format = true;
	n->report.format = format;
	n->astray = astray;
	n->tree->rebuilds += is_own_kind(n);
	if (is_unwanted(n)) {
		refuse_node(n, REFUSAL_NOT_ACCEPTED, format->name);
		abandon(n);
	}
}

static void take_message(struct node *n, struct cursor *in)
{
	struct tree *t = n->tree;
	uint8_t type = cursor_u8(in);

	if (type == WIRE_RESULT) {
		take_result(n, in);
	} else if (n->stage != STAGE_REBUILD) {
		break_off(n);
	} else if (type == WIRE_FORMAT) {
		take_format(n, in);
	} else if (!is_own_kind(n)) {
		break_off(n);
	} else if (type == WIRE_MEMBER) {
		take_member(n, in);
	} else if (type == WIRE_ROW) {
		take_row(n, in);
	} else if (type == WIRE_NOTE) {
		struct text id = wire_take_text(t->arena, in);
		if (!in->failed && note_japanese(id))
			report_add_note(t->arena, &n->report, id);
	} else if (type == WIRE_WAIT && !n->waiting && n->watch && in->left == 0) {
		n->waiting = true;
		t->broker->busy--; /* the slot is free while it waits */
		if (++t->waiting > t->limits->most[LIMIT_WAITING])
			refuse_tree(t, REFUSAL_TOO_MANY_PARTS, "too much inside waits for what is inside of it");
		else if (n->pending == 0)
			queue_put(&t->broker->resume, n);
	} else {
		break_off(n);
	}
}

/* One datagram of a job. Nothing in it is believed beyond its form. */
static void take_datagram(struct node *n, struct bytes b)
{
	struct cursor in = cursor_over(b);

	do {
		if (n->abandoned || n->heard_result || n->broke_protocol)
			return;
		take_message(n, &in);
	} while (in.left > 0 && !in.failed);
	if (in.failed)
		break_off(n);
}

static void drain(struct node *n)
{
	static uint8_t datagram[WIRE_DATAGRAM_MOST + 1]; /* one thread */

	while (n->control >= 0) {
		ssize_t got = recv(n->control, datagram, sizeof datagram, MSG_DONTWAIT);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		take_datagram(n, bytes_of(datagram, (size_t)got));
	}
}

static void heard(void *self, int fd, unsigned what)
{
	struct node *n = self;

	(void)fd;
	drain(n);
	if (what & LOOP_GONE) {
		loop_remove(n->watch); /* its end comes from the zygote */
		n->watch = NULL;
	}
	pump(n->tree->broker);
}

/* -- how jobs end -- */
static enum refusal refusal_of_death(const struct node *n, const struct program_ended *e)
{
	uint64_t most = n->tree->limits->most[LIMIT_JOB_CPU_SECONDS] * 1000000;

	if (e->died || !WIFSIGNALED(e->status))
		return REFUSAL_WORKER_DIED;
	if (WTERMSIG(e->status) == SIGXCPU || (WTERMSIG(e->status) == SIGKILL && e->cpu_microseconds + 500000 >= most))
		return REFUSAL_TIME;
	return WTERMSIG(e->status) == SIGXFSZ ? REFUSAL_TOO_LARGE : REFUSAL_WORKER_DIED;
}

static enum refusal refusal_of_result(const struct node *n)
{
	if (n->stage == STAGE_VERIFY)
		return REFUSAL_NOT_VERIFIED;
	if (n->result.status == WIRE_REFUSED && n->result.refusal > REFUSAL_NONE && n->result.refusal < REFUSAL_COUNT)
		return n->result.refusal;
	switch (n->result.code) {
	case ERR_LIMIT: return REFUSAL_TOO_LARGE;
	case ERR_ENCRYPTED: return REFUSAL_ENCRYPTED;
	case ERR_CUT_SHORT: case ERR_MALFORMED: return REFUSAL_DAMAGED;
	case ERR_NOT_TEXT: return REFUSAL_NOT_TEXT;
	case ERR_UNSUPPORTED: return REFUSAL_FEATURE;
	default: return REFUSAL_WORKER_DIED;
	}
}

/* The jail found a file of another family: the right one takes it. */
static void sent_elsewhere(struct node *n)
{
	if (!n->report.format || is_own_kind(n)) {
		node_refused(n, REFUSAL_WORKER_DIED, "the jail sent its own kind of file elsewhere");
		return;
	}
	close_fd(&n->output);
	free_rebuild(n);
	deep_queue_put(&n->tree->broker->inner, n);
}

/* Text where the policy wants text, pictures where it wants pictures: the verifier then reads it as such. */
static bool is_as_wanted(const struct node *n)
{
	enum method method = rules_method(&n->tree->rules, n->report.format), at_work = rules_method(&n->tree->rules, format_at_work(n));

	if (method == METHOD_flatten)
		return n->becomes && are_pixels(n->becomes) && strcmp(output_format(n)->grammar, "pdf") == 0;
	return (method != METHOD_text && at_work != METHOD_text) || strcmp(output_format(n)->grammar, "text") == 0;
}

/* The output as the job left it, never to change again. */
static int take_output(struct node *n)
{
	struct stat st;
	struct err err;

	if (fstat(n->output, &st) != 0 || (uint64_t)st.st_size != n->result.written) {
		node_refused(n, REFUSAL_WORKER_DIED, "the output is not what the jail says");
		return -1;
	}
	if (memfd_seal(n->output, &err) != 0) {
		node_refused(n, REFUSAL_WORKER_DIED, err.say);
		return -1;
	}
	return 0;
}

/* What the job made takes the place of the file it was made of. */
static int output_becomes_input(struct node *n)
{
	if (take_output(n) != 0)
		return -1;
	release_input(n);
	n->input = n->output, n->owns_input = true;
	n->output = -1;
	n->at = 0, n->size = n->result.written;
	return 0;
}

/* What was inside the file, or what the converter made of it, is rebuilt: as hostile as what came. */
static void rebuild_inner(struct node *n)
{
	struct tree *t = n->tree;

	if (output_becomes_input(n) != 0)
		return;
	free_rebuild(n);
	if (!are_pixels(n->becomes)) /* they are no content that unpacks */
		t->unpacked += n->size;
	n->stage = STAGE_REBUILD;
	deep_queue_put(&t->broker->inner, n);
}

/* An office document comes about from formats that leave as such; a picture from kinds that are drawn elsewhere; pictures of pages and text from a PDF where the policy
 * wants them. */
static bool may_become(const struct node *n, const struct format *format)
{
	const struct format *was = n->report.format;

	enum method method = rules_method(&n->tree->rules, was);

	if (strcmp(was->family, families[DOCUMENT]) == 0 && strcmp(format->family, families[IMAGE]) == 0) /* a picture that only the converter draws */
		return n->result.status == WIRE_CONVERT && strcmp(was->grammar, format->grammar) == 0;
	if (strcmp(was->name, "pdf") == 0)
		return n->result.status == WIRE_CONVERT && ((method == METHOD_flatten && are_pixels(format)) || (method == METHOD_text && strcmp(format->name, "txt") == 0));
	return strcmp(format->family, families[OOXML]) == 0 && strcmp(was->family, families[OOXML]) != 0 && strcmp(was->grammar, format->grammar) == 0;
}

/* The jail says that its file holds another, or must be converted to another: may_become says what may, and only once. */
static void becomes(struct node *n)
{
	const struct format *format = format_by_name(n->result.extension.p);

	if (!is_own_kind(n) || n->becomes || n->child_count > 0 || !format || !may_become(n, format)) {
		node_refused(n, REFUSAL_WORKER_DIED, "the jail says that its file becomes something it cannot");
		return;
	}
	n->becomes = format;
	n->astray |= n->result.converted;
	if (n->result.status == WIRE_UNWRAPPED) {
		rebuild_inner(n);
		return;
	}
	if (n->result.written > 0 && output_becomes_input(n) != 0) /* not the file that came, but what the jail made of it */
		return;
	close_fd(&n->output);
	free_rebuild(n);
	if (n->tree->conversions++ >= n->tree->limits->most[LIMIT_CONVERSIONS]) { /* before it waits: who waits for it would wait too */
		node_refused(n, REFUSAL_TOO_MANY_PARTS, "too many documents to convert in one file handed in");
		return;
	}
	n->stage = STAGE_CONVERT;
	hold_clock(n);
	queue_put(&n->tree->broker->conversions, n);
}

static void rebuilt(struct node *n)
{
	if (n->pending > 0) {
		node_refused(n, REFUSAL_WORKER_DIED, "the jail did not wait for its members");
		return;
	}
	if (!is_own_kind(n)) {
		node_refused(n, REFUSAL_WORKER_DIED, "the jail rebuilt a file that is not its own kind's");
		return;
	}
	if (take_output(n) != 0)
		return;
	n->report.output_bytes = n->result.written;
	n->converted |= n->result.converted;
	n->extension = is_plain_word(n->result.extension) ? n->result.extension : TEXT("");
	if (!is_as_wanted(n)) {
		node_refused(n, REFUSAL_WORKER_DIED, "the jail made something else of it than the policy wants");
		return;
	}
	free_rebuild(n);
	n->stage = STAGE_VERIFY;
	deep_queue_put(&n->tree->broker->inner, n);
}

/* -- the second opinion: on the original before a jail sees it, on the output before it is delivered -- */
static void opinion_absent(struct tree *t)
{
	if (t->rules.scan == SCAN_REQUIRED) {
		t->unjudged = true;
		refuse_node(t->root, REFUSAL_NOT_SCANNED, "clamd does not answer");
	} else {
		report_add_note(t->arena, &t->root->report, TEXT("SCANNER_ABSENT"));
	}
}

static void take_opinion(struct tree *t, const struct clamd_answer *answer, const char *of, const char **told)
{
	static const char *const words[] = { [CLAMD_CLEAN] = "clean", [CLAMD_FOUND] = "found", [CLAMD_TOO_LARGE] = "too_large", [CLAMD_SILENT] = "silent" };

	t->scan = NULL;
	*told = words[answer->says];
	if (answer->says == CLAMD_FOUND)
		refuse_node(t->root, REFUSAL_INFECTED, arena_printf(t->arena, "%s (%s)", answer->name, of));
	else if (answer->says == CLAMD_TOO_LARGE && t->rules.scan == SCAN_REQUIRED)
		refuse_node(t->root, REFUSAL_NOT_SCANNED, "it is larger than clamd takes (StreamMaxLength)");
	else if (answer->says != CLAMD_CLEAN)
		opinion_absent(t);
}

static struct clamd_scan *ask_opinion(struct tree *t, int fd, uint64_t size, clamd_heard *then)
{
	return clamd_ask(t->broker->loop, t->broker->clamd, fd, size, (int64_t)t->limits->most[LIMIT_SCAN_SECONDS] * 1000, then, t);
}

static void original_looked_at(void *self, const struct clamd_answer *answer)
{
	struct tree *t = self;
	struct broker *b = t->broker;

	take_opinion(t, answer, "original", &t->root->report.scan_original);
	if (t->root->report.refusal != REFUSAL_NONE)
		node_refused(t->root, REFUSAL_WORKER_DIED, "");
	else
		queue_put(&b->fresh, t->root);
	pump(b);
}

static void output_looked_at(void *self, const struct clamd_answer *answer)
{
	struct tree *t = self;
	struct broker *b = t->broker;
	struct node *root = t->root;

	take_opinion(t, answer, "output", &root->report.scan_output);
	bool fine = root->report.refusal == REFUSAL_NONE;
	if (fine && strcmp(root->report.scan_original, "clean") == 0 && answer->says == CLAMD_CLEAN)
		report_add_note(t->arena, &root->report, TEXT("SCANNED"));
	node_end(root, fine);
	pump(b);
}

static void verified(struct node *n)
{
	struct err err;

	if (sha256_of_fd(n->output, n->report.output_sha256, NULL, &err) != 0) {
		node_refused(n, REFUSAL_WORKER_DIED, err.say);
		return;
	}
	n->report.output_name = name_with_extension(n->tree->arena, n->name, extension_of(n), n->converted || n->astray);
	if (n->astray)
		report_add_note(n->tree->arena, &n->report, TEXT("EXTENSION_SET"));
	if (n->parent || !n->tree->rules.scan) {
		node_end(n, true);
		return;
	}
	loop_cancel(n->tree->timer); /* the house's own work is done in time */
	n->tree->timer = NULL;
	n->tree->scan = ask_opinion(n->tree, n->output, n->report.output_bytes, output_looked_at);
}

/* The job of a node has ended, one way or another. */
static void job_over(struct node *n, const struct program_ended *e)
{
	struct tree *t = n->tree;
	char say[DETAIL_MOST + 100];

	drain(n);
	drop_control(n);
	node_remove(&t->broker->running, n);
	queue_remove(&t->broker->resume, n);
	if (n->stage == STAGE_CONVERT)
		t->broker->converting--, release_clock(n);
	else if (!n->waiting)
		t->broker->busy--;
	else
		t->waiting--;
	t->broker->jailed--;
	n->job = 0;
	t->cpu_microseconds += e->cpu_microseconds;
	bool well = !e->died && WIFEXITED(e->status) && WEXITSTATUS(e->status) == 0 && n->heard_result && !n->broke_protocol && !n->waiting;
	if (n->abandoned) {
		node_refused(n, REFUSAL_WORKER_DIED, "abandoned");
	} else if (!well) {
		snprintf(say, sizeof say, "%s %s %d", program_name(n->program), e->died ? "went away" : WIFSIGNALED(e->status) ? "was ended by signal" : "ended with",
			 e->died ? 0 : WIFSIGNALED(e->status) ? WTERMSIG(e->status) : WEXITSTATUS(e->status));
		node_refused(n, n->stage == STAGE_VERIFY ? REFUSAL_NOT_VERIFIED : refusal_of_death(n, e), say);
	} else if (n->result.status == WIRE_ELSEWHERE && n->stage == STAGE_REBUILD) {
		sent_elsewhere(n);
	} else if ((n->result.status == WIRE_UNWRAPPED || n->result.status == WIRE_CONVERT) && n->stage == STAGE_REBUILD) {
		becomes(n);
	} else if (n->result.status != WIRE_DONE) {
		snprintf(say, sizeof say, "%s (%s at %llu)", n->result.say, err_name((enum err_code)n->result.code), (unsigned long long)n->result.at);
		node_refused(n, refusal_of_result(n), n->result.status == WIRE_REFUSED ? n->result.say : say);
	} else if (n->stage == STAGE_REBUILD) {
		rebuilt(n);
	} else if (n->stage == STAGE_CONVERT) {
		n->converted = true;
		rebuild_inner(n);
	} else {
		verified(n);
	}
}

static void program_ended(void *self, const struct program_ended *e)
{
	struct broker *b = self;

	if (e->died) { /* every job of every zygote that is no longer there; the others are untouched */
		for (struct node *n = b->running, *next; n; n = next) {
			next = n->next_running;
			if (!program_is_running(n->program)) {
				job_over(n, e);
				next = b->running; /* the list has changed */
			}
		}
	} else {
		for (struct node *n = b->running; n; n = n->next_running)
			if (n->job == e->job) {
				job_over(n, e);
				break;
			}
	}
	pump(b);
}

/* -- the house -- */
static void close_all(struct node *n)
{
	for (struct node *c = n->children; c; c = c->next_child) {
		close_all(c);
	}
	n->pending = 0;
	free_rebuild(n);
	close_fd(&n->output);
	release_input(n);
}

static void drop_tree(struct tree *t)
{
	loop_cancel(t->timer);
	clamd_drop(t->scan);
	close_all(t->root);
	tree_free(&t->broker->trees, t);
}

static void pump_soon(void *self)
{
	struct broker *b = self;

	b->soon = NULL;
	pump(b);
}

struct broker *broker_new(struct loop *loop, const struct broker_options *o)
{
	struct arena *arena = arena_new(0);
	struct broker *b = arena_alloc(arena, sizeof *b);
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	struct rlimit files;

	*b = (struct broker){ .loop = loop, .arena = arena, .limits = o->limits, .clamd = o->clamd ? o->clamd : CLAMD_SOCKET };
	b->slots = o->slots ? o->slots : (unsigned)MAX(processors, 1L);
	b->slots = MIN(b->slots, (unsigned)SLOTS_MOST);
	b->converters = MAX(b->slots / 2, 1u);
	const char *folder = o->folder ? arena_printf(arena, "%s", o->folder) : program_folder(arena);
	for (int i = 0; i < PROGRAMS; i++)
		b->programs[i] = program_new(loop, folder, program_names[i], program_ended, b);
	mallopt(M_TRIM_THRESHOLD, 64 << 20); /* trees come and go: their pages stay */
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) { /* waiting parents hold their descriptors */
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	return b;
}

void broker_free(struct broker *b)
{
	if (!b)
		return;
	for (struct node *n = b->running; n; n = n->next_running)
		drop_control(n);
	loop_cancel(b->soon);
	for (int i = 0; i < PROGRAMS; i++)
		program_free(b->programs[i]);
	while (b->trees)
		drop_tree(b->trees);
	arena_free(b->arena);
}

size_t broker_waiting(const struct broker *b)
{
	size_t n = 0;

	for (const struct tree *t = b->trees; t; t = t->next)
		n++;
	return n;
}

unsigned broker_walls(const struct broker *b, int *abi)
{
	unsigned walls = WALL_ALL;
	bool any = false;

	for (int i = 0; i < PROGRAMS; i++) {
		unsigned w = i == CONVERTER ? 0 : program_walls(b->programs[i], abi); /* that one builds walls for each job, or refuses it */
		if (w)
			walls &= w, any = true;
	}
	return any ? walls : 0;
}

/* The converter draws the first page, the image jail makes a PNG of the pixels, the verifier reads it: as for a file that becomes pixels. */
static void begin_picture(struct node *root, const struct format *format)
{
	struct tree *t = root->tree;

	t->pictured = true;
	root->report.format = format;
	root->becomes = format_by_name("ppm");
	root->name = TEXT("picture.png");
	root->stage = STAGE_CONVERT;
	queue_put(&t->broker->pictures, root);
}

int broker_submit(struct broker *b, const struct broker_request *r, broker_done *done, void *self, struct err *err)
{
	struct stat st;

	if (r->password.n > PASSWORD_MOST)
		return fail(err, ERR_LIMIT, r->password.n, "the password is longer than %d bytes", PASSWORD_MOST);
	if (fstat(r->input, &st) != 0 || !S_ISREG(st.st_mode))
		return fail(err, ERR_INVALID, 0, "the input is no regular file");
	int input = fcntl(r->input, F_DUPFD_CLOEXEC, 3);
	if (input < 0)
		return fail_errno(err, ERR_IO, "cannot keep the input");
	struct tree *t = tree_new(b, &b->trees, &b->limits, done, self);
	struct node *root = t->root;
	root->input = input;
	root->size = (uint64_t)st.st_size;
	root->report.bytes = root->size;
	if (!r->pictured && root->size <= b->limits.most[LIMIT_FILE_BYTES]) {
		if (sha256_of_fd(input, root->report.sha256, NULL, err) != 0) {
			drop_tree(t);
			return -1;
		}
		root->report.hashed = true;
	}
	bool changed;
	root->name = name_safe(t->arena, r->name, &changed);
	root->report.path = root->name;
	if (changed) {
		const char *received = text_printable(t->arena, r->name, REPORT_PATH_MOST);
		root->report.name_received = (struct text){ received, strlen(received) };
		report_add_row(t->arena, &root->report, TEXT("A4"), TEXT(""), 1);
	}
	t->charset = r->charset;
	t->rules = r->rules;
	root->report.rules = &t->rules;
	t->password = arena_copy(t->arena, r->password.p, r->password.n);
	t->password_n = r->password.n;
	t->began = clock_milliseconds();
	if (t->rules.scan && root->report.hashed) { /* larger ones are refused anyway */
		t->scan = ask_opinion(t, root->input, root->size, original_looked_at);
		return 0;
	}
	if (r->pictured)
		begin_picture(root, r->pictured);
	else
		queue_put(&b->fresh, root);
	if (!b->soon)
		b->soon = loop_after(b->loop, 0, pump_soon, b);
	return 0;
}

void broker_warm(struct broker *b)
{
	struct err err;

	for (int i = 0; i < PROGRAMS; i++)
		if (program_spawn(b->programs[i], &err) != 0)
			continue; /* its jobs will say so */
}
