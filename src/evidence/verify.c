/* 証跡の検証 — contract in verify.h. Here: checkpoint, entries, tiles, root. The rows are in verify_rows.c. */
#include "evidence/verify.h"
#include "base/code.h"
#include "base/file.h"
#include "evidence/proof_file.h"
#include "evidence/tlog_read.h"
#include "evidence/verify_rows.h"
#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

static const struct {
	const char *name, *ja, *en;
} findings[] = {
#define FINDING(name, ja, en) { #name, ja, en },
#include "evidence/findings.def"
#undef FINDING
};
const char *finding_name(enum finding f) { return findings[f].name; }
const char *finding_japanese(enum finding f) { return findings[f].ja; }
const char *finding_english(enum finding f) { return findings[f].en; }

int verify_found(struct verify_report *r, enum finding what, const char *file, uint64_t offset, const char *detail, struct err *err)
{
	r->finding = what;
	r->offset = offset;
	snprintf(r->file, sizeof r->file, "%s", file);
	snprintf(r->detail, sizeof r->detail, "%s", detail);
	return fail(err, ERR_MISMATCH, offset, "%s, offset %llu: %s", file, (unsigned long long)offset, finding_english(what));
}

int verify_found_at(struct verify_report *r, enum finding what, const char *file, uint64_t offset, uint64_t index, const char *detail, struct err *err)
{
	r->has_index = true;
	r->index = index;
	return verify_found(r, what, file, offset, detail, err);
}

struct tree {
	int dir;
	uint64_t size;
	struct verify_report *report;
	struct err *err;
	struct merkle_frontier frontier;			/* over the entries as they lie there */
	struct merkle_hash level[TILE_LEVELS][TILE_WIDTH];	/* hashes of the open tile of each level, from the entries */
	const struct checkpoint *target, *since;
	struct handovers handovers; /* that lie there */
	bool since_differs; /* judged at the end, when it is known whether a restore explains it */
	struct verify_rows *rows;
};

/* ---- hand-overs ---- */

int verify_handovers(struct arena *arena, int dir, struct handovers *out, struct verify_report *r, struct err *err)
{
	struct err why = { 0 };
	char path[HANDOVER_PATH];
	size_t bad;

	if (handovers_read(arena, dir, out, &bad, &why) != 0)
		return verify_found(r, FINDING_HANDOVER_FORGED, handover_path(path, bad), why.at, why.say, err);
	return 0;
}

static bool bears_key(const struct note *note, const struct note_key *key)
{
	bool good;
	return note_verify(note, key, 1, &good, NULL) == 0;
}

/* The last one counts only if its new key signed: until then it was published, and no checkpoint is under it. */
static struct handovers in_force(const struct handovers *all, const struct note *note)
{
	struct handovers some = *all;

	if (some.count && !bears_key(note, &some.steps[some.count - 1].new_key))
		some.count--;
	return some;
}

/* Where a checkpoint bears no trusted key: perhaps because a hand-over is not there that an entry tells of. Diagnosis only: nothing of it is
 * verified. */
static void look_for_missing_handover(int dir, uint64_t size, const struct handovers *all, struct verify_report *r, struct err *err)
{
	char path[HANDOVER_PATH];
	size_t seen = 0;

	for (uint64_t bundle = 0; bundle * TILE_WIDTH < size; bundle++) {
		ARENA(arena) = arena_new(0);
		struct bytes entries[TILE_WIDTH];
		struct entry_frame e;
		unsigned width;
		if (tlog_read_bundle(arena, dir, size, bundle, entries, &width, NULL) != 0)
			return;
		for (unsigned i = 0; i < width; i++)
			if (entry_scan(entries[i], &e) == 0 && bytes_equal(e.event, BYTES(ENTRY_HANDOVER_EVENT)) && ++seen > all->count) {
				r->no = e.no;
				verify_found_at(r, FINDING_HANDOVER_MISSING, handover_path(path, seen), 0, bundle * TILE_WIDTH + i,
						"and no key of the trust file signed the checkpoint", err);
				return;
			}
	}
}

/* ---- checkpoint ---- */

_Static_assert(TRUST_LOGS_MOST + TRUST_WITNESSES_MOST + EVIDENCE_HANDOVERS_MOST <= NOTE_KEYS_MOST, "all keys fit one verification");
struct keys { /* what a checkpoint of this origin may be signed by */
	struct note_key key[NOTE_KEYS_MOST];
	size_t from[NOTE_KEYS_MOST]; /* index in the trust file of the first `trusted` */
	size_t trusted, count;
};

/* A log's key counts for its own origin only; a key that was handed over to counts from the trusted one on, never backwards. */
static void gather_keys(struct keys *k, const struct trust *trust, const struct handovers *all, struct text origin)
{
	bool follows = false;

	k->trusted = 0;
	for (size_t i = 0; i < trust->key_count; i++)
		if (i >= trust->logs || text_equal(trust->keys[i].name, origin))
			k->from[k->trusted] = i, k->key[k->trusted++] = trust->keys[i];
	k->count = k->trusted;
	for (size_t i = 0; all && i < all->count; i++) {
		const struct note_key *old_key = &all->steps[i].old_key, *new_key = &all->steps[i].new_key;
		bool known = false;
		if (!text_equal(new_key->name, origin))
			return;
		for (size_t t = 0; t < k->trusted; t++) {
			follows = follows || bytes_equal(k->key[t].public_key, old_key->public_key);
			known = known || bytes_equal(k->key[t].public_key, new_key->public_key);
		}
		if (follows && !known)
			k->key[k->count++] = *new_key;
	}
}

static int check_signatures(struct arena *arena, const struct note *note, const struct checkpoint *p, const struct trust *trust,
			    const struct handovers *handovers, const char *file, struct verify_report *r, struct err *err)
{
	struct keys *k = arena_alloc(arena, sizeof *k);
	bool good[NOTE_KEYS_MOST], all[NOTE_KEYS_MOST] = { 0 }, logged = false;
	struct err why = { 0 };

	gather_keys(k, trust, handovers, p->origin);
	if (note_verify(note, k->key, k->count, good, &why) != 0)
		return verify_found(r, FINDING_CHECKPOINT_SIGNATURE, file, why.at, why.say, err);
	r->cosignatures = 0;
	for (size_t i = 0; i < k->count; i++) {
		if (i < k->trusted)
			all[k->from[i]] = good[i];
		if (i >= k->trusted || k->from[i] < trust->logs)
			logged = logged || good[i];
		else
			r->cosignatures += good[i];
	}
	if (!logged)
		return verify_found(r, FINDING_CHECKPOINT_SIGNATURE, file, note->text.n, "only witnesses signed", err);
	if (!trust_is_quorum(trust, all))
		return verify_found(r, FINDING_QUORUM, file, note->text.n, "", err);
	return 0;
}

int verify_checkpoint(struct arena *arena, struct bytes raw, const char *file, const struct trust *trust, const struct handovers *handovers,
		      struct checkpoint *out, struct verify_report *r, struct err *err)
{
	struct err why = { 0 };
	struct note note;
	struct checkpoint p;

	if (note_read(arena, raw, &note, &why) != 0 || checkpoint_read(arena, note.text, &p, &why) != 0)
		return verify_found(r, FINDING_CHECKPOINT_MALFORMED, file, why.at, why.say, err);
	if (trust && check_signatures(arena, &note, &p, trust, handovers, file, r, err) != 0)
		return -1;
	*out = p;
	return 0;
}

/* The checkpoint of the folder. all: the hand-overs that lie there; those in force are the first report->handovers. */
static int check_own(struct arena *arena, int dir, struct bytes raw, const struct trust *trust, struct handovers *all, struct checkpoint *out,
		     struct verify_report *r, struct err *err)
{
	struct note note;

	if (verify_checkpoint(arena, raw, "checkpoint", NULL, NULL, out, r, err) != 0)
		return -1;
	must(note_read(arena, raw, &note, NULL) == 0);
	if (verify_handovers(arena, dir, all, r, err) != 0)
		return -1;
	struct handovers some = in_force(all, &note);
	r->handovers = some.count;
	if (some.count && !bears_key(&note, &some.steps[some.count - 1].new_key))
		verify_found(r, FINDING_CHECKPOINT_SIGNATURE, "checkpoint", note.text.n, "the key that the last hand-over names did not sign", err);
	else if (verify_checkpoint(arena, raw, "checkpoint", trust, &some, out, r, err) == 0)
		return 0;
	if (r->finding == FINDING_CHECKPOINT_SIGNATURE)
		look_for_missing_handover(dir, out->size, all, r, err);
	return -1;
}

/* ---- entries and tiles ---- */

static int read_file(struct tree *t, struct arena *arena, const char *path, size_t most, struct bytes *out, uint64_t index)
{
	struct err why = { 0 };

	if (file_read(arena, t->dir, path, most, out, &why) == 0)
		return 0;
	return verify_found_at(t->report, why.code == ERR_LIMIT ? FINDING_TILE_LENGTH : FINDING_FILE_MISSING, path, 0, index, why.say, t->err);
}

/* Other widths of the same tile that still lie there are the start of it. */
static int check_partials(struct tree *t, struct arena *arena, unsigned level, uint64_t index, unsigned width, struct bytes content, const size_t *ends)
{
	char path[TILE_PATH], folder[TILE_PATH];

	tile_path(path, level, index, 1);
	memcpy(folder, path, sizeof folder);
	*strrchr(folder, '/') = 0;
	int fd = openat(t->dir, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	int result = 0;
	if (!d) {
		fd_close_at(&fd);
		return 0;
	}
	uint64_t first = index * TILE_WIDTH << (level == TILE_ENTRIES ? 0 : TILE_HEIGHT * level);
	for (struct dirent *e; result == 0 && (e = readdir(d));) {
		struct bytes b;
		uint64_t w;
		if (decimal_decode(bytes_of(e->d_name, strlen(e->d_name)), TILE_WIDTH - 1, &w, NULL) != 0 || w == 0 || w >= width)
			continue;
		tile_path(path, level, index, (unsigned)w);
		if ((result = read_file(t, arena, path, BUNDLE_BYTES_MOST, &b, first)) != 0)
			break;
		size_t want = ends ? ends[w - 1] : w * (size_t)SHA256_BYTES, same = 0;
		while (same < MIN(b.n, want) && b.p[same] == content.p[same])
			same++;
		if (b.n != want || same != want)
			result = verify_found_at(t->report, level == TILE_ENTRIES ? FINDING_ENTRY_CHANGED : FINDING_TILE_CHANGED, path, same, first,
						 "an older, narrower file of the same tile", t->err);
	}
	closedir(d);
	return result;
}

/* A tile of level ≥ 1 (or a level-0 one that is known to agree): all its bytes against the hashes computed from the entries. */
static int check_tile(struct tree *t, struct arena *arena, unsigned level, uint64_t index, unsigned width)
{
	char path[TILE_PATH];
	struct bytes b, want = bytes_of(t->level[level], width * sizeof(struct merkle_hash));
	size_t same = 0;
	uint64_t first = index * TILE_WIDTH << (TILE_HEIGHT * level);

	tile_path(path, level, index, width);
	if (read_file(t, arena, path, TILE_BYTES + 1, &b, first) != 0)
		return -1;
	while (same < MIN(b.n, want.n) && b.p[same] == want.p[same])
		same++;
	if (b.n != want.n)
		return verify_found_at(t->report, FINDING_TILE_LENGTH, path, MIN(b.n, want.n), first, "", t->err);
	if (same < want.n)
		return verify_found_at(t->report, FINDING_TILE_CHANGED, path, same, first + ((uint64_t)(same / SHA256_BYTES) << (TILE_HEIGHT * level)), "",
				       t->err);
	return check_partials(t, arena, level, index, width, want, NULL);
}

/* Which of bundle and level-0 tile tells the truth about this tile? Its root stands above, or, in the last tile, in the checkpoint. */
static bool entries_are_right(struct tree *t, struct arena *arena, uint64_t index, unsigned width, const struct merkle_hash *leaves)
{
	struct merkle_hash root;

	if (width == TILE_WIDTH) {
		char path[TILE_PATH];
		struct bytes b;
		unsigned above = tile_width(t->size, 1, index / TILE_WIDTH);
		tile_fold(leaves, TILE_HEIGHT, &root);
		return file_read(arena, t->dir, tile_path(path, 1, index / TILE_WIDTH, above), TILE_BYTES, &b, NULL) == 0 &&
		       b.n == above * sizeof root && memcmp(b.p + index % TILE_WIDTH * sizeof root, root.of, sizeof root.of) == 0;
	}
	struct merkle_frontier f = t->frontier;
	for (unsigned i = 0; i < width; i++)
		merkle_append(&f, &leaves[i], NULL);
	merkle_root(&f, &root);
	return merkle_equal(&root, &t->target->root);
}

/* The bundle's entries against the level-0 tile; the leaves that the entries give. */
static int check_leaves(struct tree *t, struct arena *arena, uint64_t index, unsigned width, struct bytes entries[TILE_WIDTH],
			struct merkle_hash leaves[TILE_WIDTH])
{
	char bundle_path[TILE_PATH], path[TILE_PATH];
	struct bytes bundle, tile;
	size_t used, ends[TILE_WIDTH];
	uint64_t first = index * TILE_WIDTH;

	tile_path(bundle_path, TILE_ENTRIES, index, width);
	tile_path(path, 0, index, width);
	if (read_file(t, arena, bundle_path, BUNDLE_BYTES_MOST, &bundle, first) != 0 || read_file(t, arena, path, TILE_BYTES + 1, &tile, first) != 0)
		return -1;
	if (tile.n != width * (size_t)SHA256_BYTES)
		return verify_found_at(t->report, FINDING_TILE_LENGTH, path, MIN(tile.n, width * (size_t)SHA256_BYTES), first, "", t->err);
	size_t n = bundle_whole(bundle, entries, &used), good = 0;
	for (size_t i = 0; i < n; i++)
		ends[i] = (size_t)(entries[i].p - bundle.p) + entries[i].n;
	for (; good < MIN(n, (size_t)width); good++) {
		merkle_leaf(entries[good], &leaves[good]);
		if (memcmp(leaves[good].of, tile.p + good * SHA256_BYTES, SHA256_BYTES) != 0)
			break;
	}
	if (n != width || used != bundle.n)
		return verify_found_at(t->report, FINDING_BUNDLE_MALFORMED, bundle_path, good ? ends[good - 1] : 0, first + good, "", t->err);
	if (good == width)
		return check_partials(t, arena, TILE_ENTRIES, index, width, bundle, ends);
	for (size_t i = good; i < width; i++)
		merkle_leaf(entries[i], &leaves[i]);
	if (!entries_are_right(t, arena, index, width, leaves))
		return verify_found_at(t->report, FINDING_ENTRY_CHANGED, bundle_path, (size_t)(entries[good].p - bundle.p), first + good, "", t->err);
	size_t at = good * SHA256_BYTES;
	while (tile.p[at] == leaves[good].of[at % SHA256_BYTES])
		at++;
	return verify_found_at(t->report, FINDING_TILE_CHANGED, path, at, first + good, "", t->err);
}

static int check_since(struct tree *t)
{
	struct merkle_hash root;

	if (!t->since || t->frontier.size != t->since->size)
		return 0;
	merkle_root(&t->frontier, &root);
	t->since_differs = !merkle_equal(&root, &t->since->root);
	return 0;
}

static int check_bundle(struct tree *t, uint64_t index)
{
	ARENA(arena) = arena_new(0);
	struct bytes entries[TILE_WIDTH];
	struct merkle_hash leaves[TILE_WIDTH], made[MERKLE_LEVELS];
	unsigned width = tile_width(t->size, TILE_ENTRIES, index);

	if (check_leaves(t, arena, index, width, entries, leaves) != 0)
		return -1;
	for (unsigned i = 0; i < width; i++) {
		uint64_t at = index * TILE_WIDTH + i;
		unsigned high = merkle_append(&t->frontier, &leaves[i], made);
		if (check_since(t) != 0)
			return -1;
		for (unsigned l = 0; l * TILE_HEIGHT <= high; l++) {
			uint64_t hashes = tile_hashes(at + 1, l);
			t->level[l][(hashes - 1) % TILE_WIDTH] = made[l * TILE_HEIGHT];
			if (hashes % TILE_WIDTH == 0 && check_tile(t, arena, l, (hashes - 1) / TILE_WIDTH, TILE_WIDTH) != 0)
				return -1;
		}
	}
	t->report->entries = t->frontier.size;
	return verify_rows_bundle(t->rows, arena, index, entries, width, t->err);
}

/* The tiles at the right edge, then the root. */
static int check_edge(struct tree *t)
{
	ARENA(arena) = arena_new(0);
	struct merkle_hash root;

	for (unsigned l = 0; l < TILE_LEVELS; l++) {
		unsigned width = (unsigned)(tile_hashes(t->size, l) % TILE_WIDTH);
		if (width && check_tile(t, arena, l, tile_hashes(t->size, l) / TILE_WIDTH, width) != 0)
			return -1;
	}
	merkle_root(&t->frontier, &root);
	if (!merkle_equal(&root, &t->target->root))
		return verify_found(t->report, FINDING_ROOT, "checkpoint", t->target->origin.n + 1, "", t->err);
	return 0;
}

static int check_older(struct arena *arena, struct tree *t, const struct trust *trust, struct bytes raw, struct checkpoint *older)
{
	struct handovers some = { t->handovers.steps, t->report->handovers };

	if (verify_checkpoint(arena, raw, "--since", trust, &some, older, t->report, t->err) != 0)
		return -1;
	t->report->has_since = true;
	t->report->since = older->size;
	if (!text_equal(older->origin, t->target->origin))
		return verify_found(t->report, FINDING_INCONSISTENT, "--since", 0, "it is of another log", t->err);
	t->since_differs = older->size > t->target->size; /* the log is shorter than it was */
	t->since = older;
	return check_since(t);
}

int verify_folder(struct arena *arena, int dir, const struct trust *trust, const struct bytes *since, struct verify_report *r, struct err *err)
{
	struct tree *t = arena_alloc(arena, sizeof *t);
	struct checkpoint p, older = { 0 };
	struct bytes raw;
	struct err why = { 0 };

	*r = (struct verify_report){ .finding = FINDING_FINE };
	if (file_read(arena, dir, "checkpoint", NOTE_BYTES_MOST, &raw, &why) != 0)
		return verify_found(r, FINDING_FILE_MISSING, "checkpoint", 0, why.say, err);
	if (check_own(arena, dir, raw, trust, &t->handovers, &p, r, err) != 0)
		return -1;
	r->origin = p.origin, r->size = p.size, r->root = p.root;
	t->dir = dir, t->size = p.size, t->report = r, t->err = err, t->target = &p;
	t->rows = verify_rows_new(arena, dir, r, &t->handovers, r->handovers);
	if (since && check_older(arena, t, trust, *since, &older) != 0)
		return -1;
	for (uint64_t i = 0; i * TILE_WIDTH < p.size; i++)
		if (check_bundle(t, i) != 0)
			return -1;
	if (check_edge(t) != 0 || verify_rows_end(t->rows, t->since_differs ? older.size : 0, err) != 0)
		return -1;
	r->trusted = trust != NULL;
	return 0;
}

/* ---- proof files ---- */

int verify_proof(struct arena *arena, struct bytes proof, struct bytes record, const struct trust *trust, const struct handovers *handovers,
		 struct proof_check *out, struct verify_report *r, struct err *err)
{
	struct proof_file p;
	struct proof_check c = { 0 };
	struct merkle_hash leaf;
	struct bytes entry;
	uint8_t salt[ENTRY_SALT], commit[SHA256_BYTES];

	*r = (struct verify_report){ .finding = FINDING_FINE };
	if (proof_file_read(arena, proof, &p, err) != 0)
		return -1;
	if (p.extra.n == 0)
		return fail(err, ERR_UNSUPPORTED, 2, "the proof brings no salt and entry: it is not one of ours");
	if (proof_extra_read(arena, p.extra, &entry, salt, err) != 0 || entry_read(arena, entry, &c.entry, err) != 0 ||
	    verify_checkpoint(arena, p.checkpoint, "proof", trust, handovers, &c.checkpoint, r, err) != 0)
		return -1;
	if (record.n && record.p[record.n - 1] == '\n')
		record.n--;
	c.index = p.index;
	entry_commit(salt, record, commit);
	if (memcmp(commit, c.entry.commit, sizeof commit) != 0)
		return verify_found_at(r, FINDING_RECORD_CHANGED, "record", 0, p.index, "", err);
	merkle_leaf(entry, &leaf);
	if (!merkle_is_included(p.index, c.checkpoint.size, &leaf, p.hashes, p.count, &c.checkpoint.root))
		return verify_found_at(r, FINDING_ENTRY_CHANGED, "proof", 0, p.index, "", err);
	r->origin = c.checkpoint.origin, r->size = c.checkpoint.size, r->root = c.checkpoint.root, r->trusted = trust != NULL;
	*out = c;
	return 0;
}
