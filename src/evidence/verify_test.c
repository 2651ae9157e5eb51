/* 証跡の検証 — tests: an honest export passes, every changed byte of log, journal and trust file is found and located, and whatever was taken out,
 * put in, erased in silence or rewritten as a whole as well. */
#include "base/check.h"
#include "base/code.h"
#include "base/json.h"
#include "evidence/export.h"
#include "evidence/proof_file.h"
#include "evidence/sample_test.h"
#include "evidence/sealer.h"
#include "evidence/verify.h"

#ifdef SEKISHO_ASAN
enum { SHARE = 5 }; /* the same code, only slower: samples do */
#else
enum { SHARE = 1 };
#endif
enum { ROWS = 600, ERASED_NO = 77, ERASURE_NO = 590, FLIPS_LEAST = 2000 / SHARE };
static const uint8_t epoch[ENTRY_EPOCH] = { 5, 5 };

/* One export for all tests, made by the real sealer. */
static struct arena *arena;
static char *home_path, *export_path;
static int home, export;
static struct trust trust;
static struct bytes trust_bytes, old_checkpoint;

struct lies { /* what a test wants the store to say */
	uint64_t missing_no;
	bool erase_in_silence;
};

static struct bytes record_of(struct arena *a, uint64_t no)
{
	if (no == ERASURE_NO)
		return BYTES("{\"what\":{\"rows\":[77]}}");
	return sample_record(a, no);
}

static int store_row(void *self, struct arena *a, const struct entry *e, struct export_row *out, bool *found, struct err *err)
{
	const struct lies *lies = self;
	struct bytes record = record_of(a, e->no);

	(void)err;
	*found = !(lies && lies->missing_no == e->no);
	*out = (struct export_row){ .no = e->no, .at = e->at, .event = e->event };
	memcpy(out->epoch, e->epoch, ENTRY_EPOCH);
	out->erased = e->no == ERASED_NO || (lies && lies->erase_in_silence && e->no == 78);
	if (!out->erased) {
		out->record = (struct text){ (const char *)record.p, record.n };
		sample_salt(e->no, out->salt);
	}
	return 0;
}

static struct journal_row row_of(struct arena *a, uint64_t no)
{
	struct journal_row row = sample_row(a, epoch, no, no == ERASURE_NO ? ENTRY_ERASED_EVENT : "ticket.opened");

	if (no == ERASURE_NO) {
		struct entry e;
		uint8_t salt[ENTRY_SALT];
		must(entry_read(a, row.entry, &e, NULL) == 0);
		sample_salt(no, salt);
		entry_commit(salt, record_of(a, no), e.commit);
		must(entry_make(a, &e, &row.entry, NULL) == 0);
	}
	return row;
}

static int new_export(struct arena *a, const struct lies *lies, char **path)
{
	struct export_source source = { store_row, (void *)(uintptr_t)lies };
	struct export_report report;
	FD(log) = openat(home, "evidence/log", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	*path = temporary_folder(a);
	int to = open(*path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	must(export_folder(log, to, &source, &report, NULL) == 0);
	assert_int_equal(report.size, ROWS);
	return to;
}

static void prepare(void)
{
	struct sealer *s;
	char *vkey;

	arena = arena_new(0);
	home_path = temporary_folder(arena);
	home = open(home_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	must(sealer_create(arena, home, TEXT(SAMPLE_ORIGIN), &vkey, NULL) == 0);
	must(sealer_open(arena, home, &s, NULL) == 0);
	struct journal_row *rows = arena_new_array(arena, struct journal_row, ROWS);
	for (uint64_t no = 1; no <= ROWS; no++)
		rows[no - 1] = row_of(arena, no);
	must(sealer_seal(s, epoch, rows, 300, NULL) == 0);
	must(file_read(arena, home, "evidence/log/checkpoint", 4096, &old_checkpoint, NULL) == 0);
	must(sealer_seal(s, epoch, rows + 300, ROWS - 300, NULL) == 0);
	sealer_close(s);
	trust_bytes = trust_text(arena, (struct text){ vkey, strlen(vkey) });
	must(trust_read(arena, trust_bytes, &trust, NULL) == 0);
	export = new_export(arena, NULL, &export_path);
}

static int check(int dir, struct verify_report *r)
{
	ARENA(a) = arena_new(0);
	return verify_folder(a, dir, &trust, NULL, r, NULL);
}

TEST(an_honest_export_passes)
{
	ARENA(a) = arena_new(0);
	struct verify_report r;

	CHECK_OK(verify_folder(a, export, &trust, &old_checkpoint, &r, &err_));
	assert_true(r.trusted && r.has_since && r.since == 300);
	assert_int_equal(r.size, ROWS);
	assert_int_equal(r.rows, ROWS);
	assert_int_equal(r.erased, 1);
	CHECK_OK(verify_folder(a, export, NULL, NULL, &r, &err_));
	assert_false(r.trusted);
}

static unsigned flips;

/* Changes one byte; the finding must name this file and, in files whose places are fixed, this place. */
static void flip_one(const char *path, struct bytes content, size_t at, uint8_t mask)
{
	struct verify_report r;
	uint8_t changed = content.p[at] ^ mask;
	FD(fd) = openat(export, path, O_RDWR | O_CLOEXEC);

	assert_int_equal(pwrite(fd, &changed, 1, (off_t)at), 1);
	int got = check(export, &r);
	assert_int_equal(pwrite(fd, content.p + at, 1, (off_t)at), 1);
	flips++;
	if (got == 0)
		fail_msg("%s: byte %zu with mask %02x went unnoticed", path, at, mask);
	if (strcmp(r.file, path) != 0)
		fail_msg("%s: byte %zu: %s is blamed (%s)", path, at, r.file, finding_name(r.finding));
	bool is_hashes = strncmp(path, "tile/", 5) == 0 && strncmp(path, "tile/entries", 12) != 0;
	if (is_hashes && r.offset != at)
		fail_msg("%s: byte %zu: offset %llu is blamed", path, at, (unsigned long long)r.offset);
	/* bundles and rows are named by where the entry or row begins: at most one record away */
	if (strcmp(path, "checkpoint") != 0 && (r.offset > at + 8 || at - MIN((size_t)r.offset, at) > 600))
		fail_msg("%s: byte %zu: offset %llu is blamed", path, at, (unsigned long long)r.offset);
	if (is_hashes || strncmp(path, "tile/entries", 12) == 0)
		assert_true(r.has_index);
}

static void flip_file(const char *path, size_t times, uint32_t *seed)
{
	ARENA(a) = arena_new(0);
	struct bytes content;

	CHECK_OK(file_read(a, export, path, 1 << 24, &content, &err_));
	for (size_t i = 0; i < times; i++) {
		*seed = *seed * 1664525 + 1013904223;
		size_t at = times >= content.n ? i % content.n : *seed % content.n;
		uint8_t mask = (uint8_t)(*seed >> 24 ? *seed >> 24 : 1);
		flip_one(path, content, at, mask);
	}
}

TEST(every_changed_byte_is_found_and_located)
{
	static const struct {
		const char *path;
		size_t times;
	} files[] = { { "checkpoint", 330 },	    { "tile/0/000", 250 },	       { "tile/0/001", 150 },	 { "tile/0/002.p/88", 250 },
		      { "tile/1/000.p/2", 64 }, { "tile/entries/000", 250 }, { "tile/entries/001", 150 }, { "tile/entries/002.p/88", 250 },
		      { "journal/000.json", 250 },  { "journal/001.json", 150 },     { "journal/002.json", 250 } };
	uint32_t seed = 20261126;

	for (size_t i = 0; i < COUNT(files); i++)
		flip_file(files[i].path, files[i].times / SHARE, &seed);
	assert_true(flips >= FLIPS_LEAST);
	struct verify_report r;
	assert_int_equal(check(export, &r), 0);
}

TEST(a_changed_trust_file_is_found)
{
	for (size_t i = 0; i < trust_bytes.n; i++) {
		ARENA(a) = arena_new(0);
		struct trust t;
		uint8_t *bad = arena_copy(a, trust_bytes.p, trust_bytes.n);
		bad[i] ^= (uint8_t)(1 << i % 8);
		assert_int_equal(trust_read(a, bytes_of(bad, trust_bytes.n), &t, NULL), -1);
	}
}

TEST(another_citys_key_does_not_do)
{
	ARENA(a) = arena_new(0);
	uint8_t public_key[32], secret[64];
	struct verify_report r;
	struct trust other;

	ed25519_pair(public_key, secret);
	struct note_key key = { .name = TEXT(SAMPLE_ORIGIN), .type = SIGNATURE_ed25519, .public_key = bytes_of(public_key, 32) };
	key.id = note_key_id(key.name, key.type, key.public_key);
	char *vkey = note_key_line(a, &key);
	CHECK_OK(trust_read(a, trust_text(a, (struct text){ vkey, strlen(vkey) }), &other, &err_));
	assert_int_equal(verify_folder(a, export, &other, NULL, &r, NULL), -1);
	assert_int_equal(r.finding, FINDING_CHECKPOINT_SIGNATURE);
}

TEST(a_quorum_that_is_not_there_is_missed)
{
	ARENA(a) = arena_new(0);
	uint8_t public_key[32], witness[64];
	struct verify_report r;
	struct trust t;
	struct bytes raw;
	struct note note;

	ed25519_pair(public_key, witness);
	struct note_key key = { .name = TEXT("neighbour.example/w"), .type = SIGNATURE_cosignature_ed25519, .public_key = bytes_of(public_key, 32) };
	key.id = note_key_id(key.name, key.type, key.public_key);
	char *file = arena_printf(a, "log %s\nwitness n %s\nquorum n\n", note_key_line(a, &trust.keys[0]), note_key_line(a, &key));
	CHECK_OK(trust_read(a, bytes_of(file, strlen(file)), &t, &err_));
	assert_int_equal(verify_folder(a, export, &t, NULL, &r, NULL), -1);
	assert_int_equal(r.finding, FINDING_QUORUM);
	CHECK_OK(file_read(a, export, "checkpoint", 4096, &raw, &err_));
	CHECK_OK(note_read(a, raw, &note, &err_));
	char *both = arena_printf(a, "%s%s", raw.p, note_cosign(a, note.text, key.name, 1795425164, witness));
	CHECK_OK(file_replace(export, "checkpoint", bytes_of(both, strlen(both)), 0644, &err_));
	CHECK_OK(verify_folder(a, export, &t, NULL, &r, &err_));
	assert_int_equal(r.cosignatures, 1);
	CHECK_OK(file_replace(export, "checkpoint", raw, 0644, &err_));
}

TEST(rows_taken_out_put_in_or_erased_in_silence_are_found)
{
	ARENA(a) = arena_new(0);
	struct verify_report r;
	char *path;

	FD(gap) = new_export(a, &(struct lies){ .missing_no = 401 }, &path);
	assert_int_equal(check(gap, &r), -1);
	assert_int_equal(r.finding, FINDING_ROW_MISSING);
	assert_int_equal(r.index, 400);
	assert_int_equal(r.no, 401);
	remove_tree(AT_FDCWD, path);

	FD(silent) = new_export(a, &(struct lies){ .erase_in_silence = true }, &path);
	assert_int_equal(check(silent, &r), -1);
	assert_int_equal(r.finding, FINDING_ERASED_SILENTLY);
	assert_int_equal(r.no, 78);

	/* one row more than was sealed */
	struct export_row rows[TILE_WIDTH];
	struct bytes file;
	size_t count;
	CHECK_OK(file_read(a, export, "journal/002.json", 1 << 20, &file, &err_));
	CHECK_OK(journal_file_read(a, file, rows, &count, &err_));
	rows[count] = rows[count - 1];
	rows[count].no++;
	CHECK_OK(file_replace(silent, "journal/002.json", journal_file_text(a, rows, count + 1), 0644, &err_));
	assert_int_equal(check(silent, &r), -1);
	assert_int_equal(r.finding, FINDING_ROW_EXTRA);
	unlinkat(silent, "journal/001.json", 0);
	assert_int_equal(check(silent, &r), -1);
	assert_int_equal(r.finding, FINDING_FILE_MISSING);
	assert_int_equal(r.index, 256);
	remove_tree(AT_FDCWD, path);
}

TEST(a_history_rewritten_as_a_whole_does_not_contain_the_older_one)
{
	ARENA(a) = arena_new(0);
	struct sealer *s;
	char *vkey, *path = temporary_folder(a);
	struct verify_report r;
	FD(other) = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	/* the same key (an administrator's dream), one row told otherwise */
	CHECK_OK(sealer_create(a, other, TEXT(SAMPLE_ORIGIN), &vkey, &err_));
	struct bytes key;
	CHECK_OK(file_read(a, home, "evidence/private/key", 4096, &key, &err_));
	CHECK_OK(file_replace(other, "evidence/private/key", key, 0600, &err_));
	FD(private) = openat(other, "evidence/private", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct signer signer;
	CHECK_OK(signer_open(a, private, &signer, &err_));
	CHECK_OK(file_replace(other, "evidence/log/checkpoint", note_sign(a, checkpoint_text(a, &signer.last), signer.key.name, signer.secret), 0640, &err_));
	signer_close(&signer);
	CHECK_OK(sealer_open(a, other, &s, &err_));
	struct journal_row *rows = arena_new_array(a, struct journal_row, ROWS);
	for (uint64_t no = 1; no <= ROWS; no++)
		rows[no - 1] = no == 10 ? sample_row(a, epoch, no, "ticket.closed") : row_of(a, no);
	CHECK_OK(sealer_seal(s, epoch, rows, ROWS, &err_));
	sealer_close(s);
	char *to_path = temporary_folder(a);
	FD(to) = open(to_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	FD(log) = openat(other, "evidence/log", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct export_report report;
	CHECK_OK(export_folder(log, to, &(struct export_source){ store_row, NULL }, &report, &err_));
	/* alone it looks well; beside the older checkpoint it does not */
	CHECK_OK(verify_folder(a, to, &trust, NULL, &r, &err_));
	assert_int_equal(verify_folder(a, to, &trust, &old_checkpoint, &r, NULL), -1);
	assert_int_equal(r.finding, FINDING_INCONSISTENT);
	remove_tree(AT_FDCWD, path);
	remove_tree(AT_FDCWD, to_path);
}

TEST(a_proof_file_convinces_and_every_changed_byte_of_it_does_not)
{
	ARENA(a) = arena_new(0);
	struct tlog_reader *reader = tlog_reader_new(a, export, ROWS);
	struct merkle_source source = tlog_reader_source(reader);
	struct proof_file p = { .index = 299 };
	struct proof_check out;
	struct verify_report r;
	struct bytes entry;
	uint8_t salt[ENTRY_SALT];

	CHECK_OK(merkle_prove_inclusion(&source, 299, ROWS, p.hashes, &p.count, &err_));
	CHECK_OK(tlog_read_entry(a, export, ROWS, 299, &entry, &err_));
	CHECK_OK(file_read(a, export, "checkpoint", 4096, &p.checkpoint, &err_));
	sample_salt(300, salt);
	p.extra = proof_extra(a, entry, salt);
	struct bytes file = proof_file_text(a, &p), record = sample_record(a, 300);
	CHECK_OK(verify_proof(a, file, record, &trust, NULL, &out, &r, &err_));
	assert_int_equal(out.entry.no, 300);
	assert_int_equal(out.checkpoint.size, ROWS);
	for (size_t i = 0; i < file.n; i++)
		for (unsigned bit = 0; bit < 8; bit += 3) {
			ARENA(b) = arena_new(0);
			uint8_t *bad = arena_copy(b, file.p, file.n);
			bad[i] ^= (uint8_t)(1 << bit);
			if (verify_proof(b, bytes_of(bad, file.n), record, &trust, NULL, &out, &r, NULL) == 0)
				fail_msg("byte %zu bit %u of the proof went unnoticed", i, bit);
		}
	for (size_t i = 0; i < record.n; i++) {
		uint8_t *bad = arena_copy(a, record.p, record.n);
		bad[i] ^= 1;
		assert_int_equal(verify_proof(a, file, bytes_of(bad, record.n), &trust, NULL, &out, &r, NULL), -1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_honest_export_passes),
		cmocka_unit_test(every_changed_byte_is_found_and_located),
		cmocka_unit_test(a_changed_trust_file_is_found),
		cmocka_unit_test(another_citys_key_does_not_do),
		cmocka_unit_test(a_quorum_that_is_not_there_is_missed),
		cmocka_unit_test(rows_taken_out_put_in_or_erased_in_silence_are_found),
		cmocka_unit_test(a_history_rewritten_as_a_whole_does_not_contain_the_older_one),
		cmocka_unit_test(a_proof_file_convinces_and_every_changed_byte_of_it_does_not),
	};
	prepare();
	int failed = RUN_TESTS(tests);
	remove_tree(AT_FDCWD, home_path);
	remove_tree(AT_FDCWD, export_path);
	arena_free(arena);
	return failed;
}
