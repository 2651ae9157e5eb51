/* 封印する者 — contract in sealer.h. */
#include "evidence/sealer.h"
#include "base/code.h"
#include "base/file.h"
#include "base/json.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#define LOG_FOLDER "evidence/log"
#define PRIVATE_FOLDER "evidence/private"
#define VKEY_FILE "evidence/vkey" /* public: for people's eyes; verification takes keys from trust files only */
#define VKEY_FROM_LOG "../vkey"
#define MARK_FILE "mark"
enum { MARK_BYTES_MOST = 512, VKEY_MOST = 1024, PARTIALS_SECONDS = 24 * 3600 };

struct sealer {
	struct arena *arena;
	int log_dir, private_dir, lock;
	struct tlog_writer *log;
	struct signer signer;
	struct seal_mark mark;	     /* of the last entry appended */
	struct seal_mark written;    /* as the file says */
	struct arena *tail_arena;
	struct bytes *tail;	     /* what a greeting must compare: the last published entry and all behind it */
	size_t tail_count;
	bool handover_due; /* a hand-over of the key is appended, and no checkpoint covers it */
	bool without_sync;
};

static int open_folder(int home, const char *path, struct err *err)
{
	int fd = openat(home, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd >= 0 ? fd : fail_errno(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "cannot open %s", path);
}

/* Making folders is the installer's; under one uid or in tests they may be missing. */
static int make_folders(int home, struct err *err)
{
	if (folder_make(home, LOG_FOLDER, 0750, err) != 0)
		return -1;
	return folder_make(home, PRIVATE_FOLDER, 0700, err);
}

static int write_mark(int dir, const struct seal_mark *m, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct json *o = json_object(arena);

	if (m->any) {
		json_set_str(arena, o, "commit", hex_of(arena, bytes_of(m->commit, sizeof m->commit)));
		json_set_str(arena, o, "epoch", hex_of(arena, bytes_of(m->epoch, sizeof m->epoch)));
	}
	json_set_number(arena, o, "no", m->any ? (int64_t)m->no : 0);
	return file_replace(dir, MARK_FILE, json_bytes(arena, o), 0600, err);
}

static int read_mark(struct arena *arena, int dir, struct seal_mark *out, struct err *err)
{
	struct bytes b;
	struct json o;
	struct seal_mark m = { 0 };

	if (file_read(arena, dir, MARK_FILE, MARK_BYTES_MOST, &b, err) != 0 || json_read(arena, b, &o, err) != 0)
		return -1;
	int64_t no = json_number(&o, "no", -1);
	if (no < 0)
		return fail(err, ERR_MALFORMED, 0, "the high-water mark is damaged");
	if (no > 0) {
		if (hex_decode(bytes_of_text(json_text(&o, "commit")), m.commit, sizeof m.commit, err) != 0 ||
		    hex_decode(bytes_of_text(json_text(&o, "epoch")), m.epoch, sizeof m.epoch, err) != 0)
			return -1;
		m.any = true, m.no = (uint64_t)no;
	}
	*out = m;
	return 0;
}

/* The log that is there, if it is empty and of this origin: its verifier key. */
static int given_before(struct arena *arena, int home, int log, struct text origin, char **vkey, struct err *err)
{
	struct checkpoint now;
	struct note note;
	struct bytes line;

	if (tlog_read_checkpoint(arena, log, NULL, &note, &now, err) != 0 || file_read(arena, home, VKEY_FILE, VKEY_MOST, &line, err) != 0)
		return -1;
	if (now.size > 0 || !text_equal(now.origin, origin) || line.n < 2)
		return fail(err, ERR_CONFLICT, now.size, "there is a log already, of %s", now.origin.p);
	*vkey = arena_copy(arena, line.p, line.n - 1);
	return 0;
}

int sealer_create(struct arena *arena, int home, struct text origin, char **vkey, struct err *err)
{
	struct signer signer;
	struct bytes first;
	struct seal_mark none = { 0 };

	if (make_folders(home, err) != 0)
		return -1;
	FD(log) = open_folder(home, LOG_FOLDER, err);
	FD(private) = open_folder(home, PRIVATE_FOLDER, err);
	if (log < 0 || private < 0)
		return -1;
	if (faccessat(log, "checkpoint", F_OK, 0) == 0)
		return given_before(arena, home, log, origin, vkey, err);
	signer_discard(private); /* never signed anything that anybody saw */
	if (signer_create(arena, private, origin, &signer, &first, err) != 0)
		return -1;
	char *line = note_key_line(arena, &signer.key), *with_newline = arena_printf(arena, "%s\n", line);
	signer_close(&signer);
	if (write_mark(private, &none, err) != 0 ||
	    file_replace(home, VKEY_FILE, bytes_of(with_newline, strlen(with_newline)), 0640, err) != 0 || tlog_create(log, first, err) != 0)
		return -1;
	*vkey = line;
	return 0;
}

static struct seal_mark mark_of(const struct entry_frame *e)
{
	struct seal_mark m = { .any = true, .no = e->no };

	memcpy(m.epoch, e->epoch, sizeof m.epoch);
	memcpy(m.commit, e->commit, sizeof m.commit);
	return m;
}

static bool is_same_mark(const struct seal_mark *a, const struct seal_mark *b)
{
	return a->any == b->any && (!a->any || (a->no == b->no && memcmp(a->epoch, b->epoch, sizeof a->epoch) == 0 &&
						memcmp(a->commit, b->commit, sizeof a->commit) == 0));
}

/* May this entry follow the mark? */
static int check_successor(const struct seal_mark *mark, const struct entry_frame *e, struct err *err)
{
	bool same_epoch = mark->any && memcmp(mark->epoch, e->epoch, sizeof mark->epoch) == 0;

	if (!mark->any && e->no != 1)
		return fail(err, ERR_MISMATCH, e->no, "the first row of a log is row 1, not %llu", (unsigned long long)e->no);
	if (same_epoch && e->no != mark->no + 1)
		return fail(err, ERR_MISMATCH, e->no, "row %llu does not follow row %llu", (unsigned long long)e->no, (unsigned long long)mark->no);
	if (mark->any && !same_epoch && !bytes_equal(e->event, BYTES(ENTRY_NEW_EPOCH_EVENT)))
		return fail(err, ERR_MISMATCH, e->no, "a new epoch begins with %s, not with %.*s", ENTRY_NEW_EPOCH_EVENT, (int)e->event.n,
			    (const char *)e->event.p);
	return 0;
}

static bool is_handover(const struct entry_frame *e)
{
	return bytes_equal(e->event, BYTES(ENTRY_HANDOVER_EVENT));
}

/* Entries behind the checkpoint that read as ours and follow each other; the first that does not is the torn end. */
static size_t whole_tail(const struct seal_mark *from, const struct bytes *entries, size_t count, struct seal_mark *last, bool *handover)
{
	*last = *from;
	*handover = false;
	for (size_t i = 0; i < count; i++) {
		struct entry_frame e;
		if (entry_scan(entries[i], &e) != 0 || check_successor(last, &e, NULL) != 0)
			return i;
		*last = mark_of(&e);
		*handover = *handover || is_handover(&e);
	}
	return count;
}

/* The mark is written behind the checkpoint: it names the published end or an older row, never one that the log lacks or tells otherwise. */
static int find_written(const struct sealer *s, uint64_t size, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct err why = { 0 };
	struct bytes found;
	struct entry_frame e;
	uint64_t index;

	if (!s->written.any)
		return 0;
	if (tlog_find_row(arena, s->log_dir, size, s->written.epoch, s->written.no, &index, &found, &why) != 0)
		return fail(err, why.code == ERR_NOT_FOUND ? ERR_MISMATCH : why.code, s->written.no, "row %llu was sealed and is not in the log",
			    (unsigned long long)s->written.no);
	if (entry_scan(found, &e) != 0 || memcmp(e.commit, s->written.commit, sizeof e.commit) != 0)
		return fail(err, ERR_MISMATCH, s->written.no, "row %llu was sealed with another commitment", (unsigned long long)s->written.no);
	return 0;
}

/* The tail from its entry `from` on, and these behind it. */
static void tail_move(struct sealer *s, size_t from, const struct bytes *entries, size_t count)
{
	struct arena *arena = arena_new(0);
	size_t kept = s->tail_count - from;
	struct bytes *tail = arena_new_array(arena, struct bytes, kept + count);

	for (size_t i = 0; i < kept + count; i++) {
		struct bytes b = i < kept ? s->tail[from + i] : entries[i - kept];
		tail[i] = bytes_of(arena_copy(arena, b.p, b.n), b.n);
	}
	arena_free(s->tail_arena);
	s->tail_arena = arena, s->tail = tail, s->tail_count = kept + count;
}
static void tail_add(struct sealer *s, const struct bytes *entries, size_t count) { tail_move(s, 0, entries, count); }
static void tail_published(struct sealer *s) { tail_move(s, s->tail_count > 0 ? s->tail_count - 1 : 0, NULL, 0); }

/* The log's last published entry, then what lies unsigned behind it. */
static int take_in_tail(struct sealer *s, struct err *err)
{
	struct bytes last = { NULL, 0 }, *found;
	struct entry_frame e;
	uint64_t size = tlog_published(s->log);
	size_t count;

	if (size > 0) {
		if (tlog_read_entry(s->arena, s->log_dir, size, size - 1, &last, err) != 0)
			return -1;
		if (entry_scan(last, &e) != 0)
			return fail(err, ERR_MISMATCH, size - 1, "the last entry of the log is not in the form we write");
		s->mark = mark_of(&e);
	}
	struct seal_mark published = s->mark, end;
	if (tlog_tail(s->arena, s->log, &found, &count, err) != 0)
		return -1;
	count = whole_tail(&published, found, count, &end, &s->handover_due);
	if (s->signer.last.size < size || s->signer.last.size > size + count)
		return fail(err, ERR_MISMATCH, s->signer.last.size, "size %llu was signed last, the log holds %llu and %zu unsigned entries",
			    (unsigned long long)s->signer.last.size, (unsigned long long)size, count);
	if (s->signer.last.size == size) {
		struct merkle_hash root;
		tlog_root(s->log, &root);
		if (!merkle_equal(&root, &s->signer.last.root))
			return fail(err, ERR_MISMATCH, size, "size %llu was signed with another root", (unsigned long long)size);
	}
	if (find_written(s, size, err) != 0)
		return -1;
	if (size > 0)
		tail_add(s, &last, 1);
	tail_add(s, found, count);
	s->mark = end;
	return tlog_append(s->log, found, count, err);
}

/* What people look at names the key in use, also after a switch that was broken off. */
static int write_vkey(const struct sealer *s, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct bytes there;
	const char *line = arena_printf(arena, "%s\n", note_key_line(arena, &s->signer.key));

	if (file_read(arena, s->log_dir, VKEY_FROM_LOG, VKEY_MOST, &there, NULL) == 0 && bytes_equal(there, bytes_of(line, strlen(line))))
		return 0;
	return file_replace(s->log_dir, VKEY_FROM_LOG, bytes_of(line, strlen(line)), 0640, err);
}

int sealer_open(struct arena *arena, int home, struct sealer **out, struct err *err)
{
	struct sealer *s = arena_alloc(arena, sizeof *s);

	*s = (struct sealer){ .arena = arena, .private_dir = -1, .lock = -1 };
	s->log_dir = open_folder(home, LOG_FOLDER, err);
	if (s->log_dir < 0 || (s->private_dir = open_folder(home, PRIVATE_FOLDER, err)) < 0)
		goto undo;
	s->lock = openat(s->private_dir, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (s->lock < 0 || flock(s->lock, LOCK_EX | LOCK_NB) != 0) {
		fail_errno(err, errno == EWOULDBLOCK ? ERR_BUSY : ERR_IO, "cannot lock the log: does another evidenced run?");
		goto undo;
	}
	if (signer_open(arena, s->private_dir, &s->signer, err) != 0 || read_mark(arena, s->private_dir, &s->written, err) != 0)
		goto undo;
	struct note_key keys[2];
	size_t count = signer_keys(&s->signer, keys);
	if (tlog_open(arena, s->log_dir, keys, count, &s->log, err) != 0 || take_in_tail(s, err) != 0 || write_vkey(s, err) != 0)
		goto undo;
	*out = s;
	return 0;
undo:
	sealer_close(s);
	return -1;
}

void sealer_close(struct sealer *s)
{
	if (!s)
		return;
	signer_close(&s->signer);
	arena_free(s->tail_arena);
	fd_close_at(&s->lock);
	fd_close_at(&s->private_dir);
	fd_close_at(&s->log_dir);
}

const struct note_key *sealer_key(const struct sealer *s) { return &s->signer.key; }
const struct seal_mark *sealer_mark(const struct sealer *s) { return &s->mark; }
uint64_t sealer_size(const struct sealer *s) { return tlog_size(s->log); }

void sealer_without_sync(struct sealer *s)
{
	s->without_sync = s->signer.without_sync = true;
	tlog_without_sync(s->log);
}

/* The entries of the mark's epoch at the end of the tail. */
static size_t comparable(const struct sealer *s)
{
	size_t n = 0;
	struct entry_frame e;

	while (n < s->tail_count && entry_scan(s->tail[s->tail_count - 1 - n], &e) == 0 &&
	       memcmp(e.epoch, s->mark.epoch, ENTRY_EPOCH) == 0)
		n++;
	return n;
}

uint64_t sealer_compare_from(const struct sealer *s)
{
	return s->mark.any ? s->mark.no - comparable(s) : 0;
}

int sealer_compare(const struct sealer *s, const struct journal_row *rows, size_t count, struct err *err)
{
	size_t n = comparable(s);

	for (size_t i = 0; i < count && rows[i].no <= s->mark.no; i++) {
		uint64_t back = s->mark.no - rows[i].no;
		if (back >= n)
			return fail(err, ERR_BUG, rows[i].no, "row %llu was not asked for", (unsigned long long)rows[i].no);
		if (!bytes_equal(s->tail[s->tail_count - 1 - back], rows[i].entry))
			return fail(err, ERR_MISMATCH, rows[i].no, "row %llu of the store is not the row that was sealed",
				    (unsigned long long)rows[i].no);
	}
	return 0;
}

/* The number under which this hand-over stands in the log, or will. */
static int number_of(const struct sealer *s, struct arena *arena, const struct handover *h, size_t *number, struct err *err)
{
	struct handovers all;
	size_t bad;

	if (handovers_read(arena, s->log_dir, &all, &bad, err) != 0)
		return -1;
	const struct handover *last = all.count ? &all.steps[all.count - 1] : NULL;
	if (last && bytes_equal(last->raw, h->raw)) {
		*number = all.count;
		return 0;
	}
	/* One that was published and never came into use makes room: no checkpoint bears its key. */
	*number = last && bytes_equal(last->old_key.public_key, h->old_key.public_key) ? all.count : all.count + 1;
	return *number <= EVIDENCE_HANDOVERS_MOST ? 0 : fail(err, ERR_LIMIT, all.count, "the key of this log was handed over %zu times already", all.count);
}

/* Before the checkpoint that covers its row: publish, switch; where it was broken off the next life begins again and comes to the same. */
static int hand_over(struct sealer *s, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct handover h;
	struct err why = { 0 };
	char path[HANDOVER_PATH];
	size_t number;

	if (signer_prepared(arena, &s->signer, &h, &why) != 0) {
		if (why.code == ERR_IO)
			return fail(err, why.code, why.at, "%s", why.say);
		s->handover_due = false; /* it is in use already, or a row tells of what is not: sealing goes on, verification says so */
		return write_vkey(s, err);
	}
	if (number_of(s, arena, &h, &number, err) != 0 || folder_make(s->log_dir, HANDOVER_FOLDER, 0750, err) != 0 ||
	    file_replace(s->log_dir, handover_path(path, number), h.raw, 0640, err) != 0 || signer_switch(s->arena, &s->signer, err) != 0 ||
	    write_vkey(s, err) != 0)
		return -1;
	s->handover_due = false;
	return 0;
}

static int publish(struct sealer *s, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct merkle_source source = tlog_source(s->log);
	struct merkle_hash root;
	struct bytes note;

	tlog_root(s->log, &root);
	if (signer_sign(arena, &s->signer, tlog_size(s->log), &root, &source, &note, err) != 0)
		return -1;
	if (tlog_publish(s->log, note, err) != 0)
		return -1;
	tail_published(s);
	return 0;
}

int sealer_retire(struct sealer *s, int64_t now, bool *done, struct err *err)
{
	*done = false;
	if (!s->signer.retiring || now < s->signer.until || s->handover_due || tlog_published(s->log) != tlog_size(s->log))
		return 0;
	signer_new_only(&s->signer);
	if (publish(s, err) != 0 || signer_retire(s->arena, &s->signer, err) != 0)
		return -1;
	*done = true;
	return 0;
}

int sealer_finish(struct sealer *s, struct err *err)
{
	if (s->handover_due && hand_over(s, err) != 0)
		return -1;
	if (tlog_published(s->log) != tlog_size(s->log) && publish(s, err) != 0)
		return -1;
	if (!is_same_mark(&s->written, &s->mark)) {
		if (!s->without_sync && write_mark(s->private_dir, &s->mark, err) != 0)
			return -1;
		s->written = s->mark;
	}
	return 0;
}

int sealer_seal(struct sealer *s, const uint8_t epoch[ENTRY_EPOCH], const struct journal_row *rows, size_t count, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct bytes *entries = arena_new_array(arena, struct bytes, count);
	struct seal_mark end = s->mark;
	bool handover = false;

	must(count <= TLOG_BATCH_MOST);
	for (size_t i = 0; i < count; i++) {
		struct entry_frame e;
		if (entry_scan(rows[i].entry, &e) != 0)
			return fail(err, ERR_MALFORMED, rows[i].no, "the entry of row %llu is not in the form we write", (unsigned long long)rows[i].no);
		if (e.no != rows[i].no || e.at != rows[i].at || !bytes_equal(e.event, bytes_of_text(rows[i].event)) || memcmp(e.epoch, epoch, ENTRY_EPOCH) != 0)
			return fail(err, ERR_MISMATCH, rows[i].no, "row %llu and its entry tell different things", (unsigned long long)rows[i].no);
		if (check_successor(&end, &e, err) != 0)
			return -1;
		end = mark_of(&e);
		handover = handover || is_handover(&e);
		entries[i] = rows[i].entry;
	}
	if (tlog_append(s->log, entries, count, err) != 0)
		return -1;
	s->mark = end;
	tail_add(s, entries, count);
	s->handover_due = s->handover_due || handover;
	return sealer_finish(s, err);
}

int sealer_prune(struct sealer *s, size_t *removed, struct err *err)
{
	return tlog_prune(s->log, PARTIALS_SECONDS, removed, err);
}
