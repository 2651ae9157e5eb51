/* 鍵の引継ぎの検証 — tests: whoever holds the first trust file can check the log over every hand-over; a hand-over that is forged, missing, not sealed
 * or hidden is found and located; a restore explains what it lost. The log is made by the real sealer. */
#include "base/check.h"
#include "base/json.h"
#include "evidence/export.h"
#include "evidence/proof_file.h"
#include "evidence/sample_test.h"
#include "evidence/sealer.h"
#include "evidence/verify.h"

enum { NOW = 1795425164, DAY = 86400, ROWS_MOST = 700 };
static const uint8_t epoch[ENTRY_EPOCH] = { 5, 5 }, later[ENTRY_EPOCH] = { 6 };

/* A city: its data folder, its sealer, the rows its store would have. */
struct city {
	struct arena *arena;
	char *path, *export_path;
	int home, export;
	struct sealer *sealer;
	struct text records[ROWS_MOST + 1]; /* by number; empty: the sample record */
	bool gone[ROWS_MOST + 1];
	uint64_t no;
	struct trust first; /* the trust file of the first day */
};

static struct bytes record_of(struct city *c, struct arena *a, uint64_t no)
{
	return c->records[no].n ? bytes_of_text(c->records[no]) : sample_record(a, no);
}

static int store_row(void *self, struct arena *a, const struct entry *e, struct export_row *out, bool *found, struct err *err)
{
	struct city *c = self;
	struct bytes record = record_of(c, a, e->no);

	(void)err;
	/* rows of the later epoch begin at 1 again; only one has a record of its own */
	if (memcmp(e->epoch, later, ENTRY_EPOCH) == 0)
		record = BYTES("{\"what\":{\"before\":\"05050000000000000000000000000000\",\"last\":0}}");
	*found = memcmp(e->epoch, later, ENTRY_EPOCH) == 0 || !c->gone[e->no];
	*out = (struct export_row){ .no = e->no, .at = e->at, .event = e->event, .record = { (const char *)record.p, record.n } };
	memcpy(out->epoch, e->epoch, ENTRY_EPOCH);
	sample_salt(e->no, out->salt);
	return 0;
}

static struct journal_row row_with(struct arena *a, const uint8_t of[ENTRY_EPOCH], uint64_t no, const char *event, struct bytes record)
{
	struct journal_row row = sample_row(a, of, no, event);
	struct entry e;
	uint8_t salt[ENTRY_SALT];

	must(entry_read(a, row.entry, &e, NULL) == 0);
	sample_salt(no, salt);
	entry_commit(salt, record, e.commit);
	must(entry_make(a, &e, &row.entry, NULL) == 0);
	return row;
}

static void seal(struct city *c, size_t count)
{
	CHECK_OK(sealer_seal(c->sealer, epoch, sample_rows(c->arena, epoch, c->no + 1, count), count, &err_));
	c->no += count;
}

/* The row that tells of this statement, as `sekisho keys rotate signing` has it written. */
static void seal_handover(struct city *c, struct bytes statement)
{
	struct json *what = json_object(c->arena), *o = json_object(c->arena);

	json_set_text(c->arena, what, "statement", (struct text){ (const char *)statement.p, statement.n });
	json_set(c->arena, o, "what", what);
	struct bytes record = json_bytes(c->arena, o);
	c->no++;
	c->records[c->no] = (struct text){ (const char *)record.p, record.n };
	struct journal_row row = row_with(c->arena, epoch, c->no, ENTRY_HANDOVER_EVENT, record);
	CHECK_OK(sealer_seal(c->sealer, epoch, &row, 1, &err_));
}

static struct bytes prepare(struct city *c, int64_t until)
{
	struct bytes note;
	FD(private) = openat(c->home, "evidence/private", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	CHECK_OK(signer_prepare(c->arena, private, NOW, until, &note, &err_));
	return note;
}

static void rotate(struct city *c)
{
	seal_handover(c, prepare(c, NOW + 30 * DAY));
}

static void end_overlap(struct city *c)
{
	bool done;

	CHECK_OK(sealer_retire(c->sealer, NOW + 29 * DAY, &done, &err_));
	assert_false(done);
	CHECK_OK(sealer_retire(c->sealer, NOW + 30 * DAY, &done, &err_));
	assert_true(done);
}

static struct trust trust_now(struct city *c)
{
	struct trust t;
	char *vkey = note_key_line(c->arena, sealer_key(c->sealer));

	CHECK_OK(trust_read(c->arena, trust_text(c->arena, (struct text){ vkey, strlen(vkey) }), &t, &err_));
	return t;
}

static struct city *found(void)
{
	struct arena *arena = arena_new(0);
	struct city *c = arena_alloc(arena, sizeof *c);
	char *vkey;

	c->arena = arena;
	c->export = -1;
	c->path = temporary_folder(arena);
	c->home = open(c->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK_OK(sealer_create(arena, c->home, TEXT(SAMPLE_ORIGIN), &vkey, &err_));
	CHECK_OK(sealer_open(arena, c->home, &c->sealer, &err_));
	c->first = trust_now(c);
	return c;
}

static void leave(struct city *c)
{
	sealer_close(c->sealer);
	close(c->home);
	remove_tree(AT_FDCWD, c->path);
	if (c->export >= 0) {
		close(c->export);
		remove_tree(AT_FDCWD, c->export_path);
	}
	arena_free(c->arena);
}

static void export_now(struct city *c)
{
	struct export_source source = { store_row, c };
	struct export_report report;
	FD(log) = openat(c->home, "evidence/log", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	c->export_path = temporary_folder(c->arena);
	c->export = open(c->export_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK_OK(export_folder(log, c->export, &source, &report, &err_));
}

static struct verify_report check(struct city *c, const struct trust *trust, const struct bytes *since)
{
	struct verify_report r;
	struct err err = { 0 };

	if (verify_folder(c->arena, c->export, trust, since, &r, &err) != 0)
		assert_int_equal(err.code, ERR_MISMATCH);
	else
		assert_int_equal(r.finding, FINDING_FINE);
	return r;
}

static struct bytes read_export(struct city *c, const char *path)
{
	struct bytes b;
	CHECK_OK(file_read(c->arena, c->export, path, 1 << 20, &b, &err_));
	return b;
}

static struct bytes checkpoint_now(struct city *c)
{
	struct bytes b;
	CHECK_OK(file_read(c->arena, c->home, "evidence/log/checkpoint", 4096, &b, &err_));
	return b;
}

static size_t signatures_of(struct city *c, struct bytes raw)
{
	struct note note;
	CHECK_OK(note_read(c->arena, raw, &note, &err_));
	return note.count;
}

TEST(the_first_trust_file_is_good_over_every_hand_over)
{
	struct city *c = found();
	seal(c, 280);
	struct bytes old = checkpoint_now(c);
	assert_int_equal(signatures_of(c, old), 1);
	rotate(c);
	assert_int_equal(signatures_of(c, checkpoint_now(c)), 2);
	seal(c, 20);
	struct trust second = trust_now(c);
	struct bytes between = checkpoint_now(c);
	assert_int_equal(signatures_of(c, between), 2);
	end_overlap(c);
	assert_int_equal(signatures_of(c, checkpoint_now(c)), 1);
	seal(c, 5);
	rotate(c);
	end_overlap(c);
	seal(c, 300);
	export_now(c);

	struct trust third = trust_now(c), *all[] = { &c->first, &second, &third };
	for (size_t i = 0; i < COUNT(all); i++) {
		struct verify_report r = check(c, all[i], &between);
		/* keys are trusted forward only: the third does not vouch for what the ones before it signed */
		assert_int_equal(r.finding, i < 2 ? FINDING_FINE : FINDING_CHECKPOINT_SIGNATURE);
		r = check(c, all[i], NULL);
		assert_int_equal(r.finding, FINDING_FINE);
		assert_true(r.trusted);
		assert_int_equal(r.handovers, 2);
	}
	assert_int_equal(check(c, &c->first, &old).finding, FINDING_FINE);
	assert_int_equal(check(c, &second, &old).finding, FINDING_CHECKPOINT_SIGNATURE);
	assert_int_equal(check(c, NULL, NULL).finding, FINDING_FINE);
	leave(c);
}

TEST(in_the_overlap_software_that_knows_no_hand_over_goes_on)
{
	struct city *c = found();
	struct checkpoint p;
	struct verify_report r;

	seal(c, 3);
	rotate(c);
	seal(c, 3);
	struct trust now = trust_now(c);
	CHECK_OK(verify_checkpoint(c->arena, checkpoint_now(c), "checkpoint", &c->first, NULL, &p, &r, &err_));
	CHECK_OK(verify_checkpoint(c->arena, checkpoint_now(c), "checkpoint", &now, NULL, &p, &r, &err_));
	leave(c);
}

TEST(every_changed_byte_of_a_hand_over_is_found)
{
	struct city *c = found();
	seal(c, 10);
	rotate(c);
	end_overlap(c);
	seal(c, 10);
	export_now(c);
	struct bytes note = read_export(c, "handover/001");
	for (size_t i = 0; i < note.n; i += 3) {
		uint8_t *bad = arena_copy(c->arena, note.p, note.n);
		bad[i] ^= (uint8_t)(1 << i % 8);
		CHECK_OK(file_replace(c->export, "handover/001", bytes_of(bad, note.n), 0644, &err_));
		struct verify_report r = check(c, i % 2 ? &c->first : NULL, NULL);
		assert_int_equal(r.finding, FINDING_HANDOVER_FORGED);
		assert_string_equal(r.file, "handover/001");
	}
	leave(c);
}

TEST(a_missing_hand_over_is_located)
{
	struct city *c = found();
	seal(c, 300);
	rotate(c);
	end_overlap(c);
	seal(c, 10);
	rotate(c);
	end_overlap(c);
	export_now(c);
	assert_int_equal(unlinkat(c->export, "handover/002", 0), 0);
	struct verify_report r = check(c, &c->first, NULL);
	assert_int_equal(r.finding, FINDING_HANDOVER_MISSING);
	assert_int_equal(r.index, 311);
	assert_int_equal(r.no, 312);
	assert_string_equal(r.file, "handover/002");
	r = check(c, NULL, NULL);
	assert_int_equal(r.finding, FINDING_HANDOVER_MISSING);
	assert_int_equal(r.index, 311);
	assert_int_equal(unlinkat(c->export, "handover/001", 0), 0);
	r = check(c, &c->first, NULL);
	assert_int_equal(r.finding, FINDING_HANDOVER_MISSING);
	assert_int_equal(r.index, 300);
	leave(c);
}

TEST(a_signature_line_taken_away_does_not_hide_a_hand_over)
{
	struct city *c = found();
	struct note note;

	seal(c, 30);
	rotate(c);
	export_now(c);
	struct bytes both = read_export(c, "checkpoint");
	CHECK_OK(note_read(c->arena, both, &note, &err_));
	/* the new key's line is the first: only the old one is left */
	struct buf b = buf_in(c->arena, 0);
	buf_put(&b, both.p, note.signatures[0].at);
	buf_put(&b, both.p + note.signatures[1].at, both.n - note.signatures[1].at);
	CHECK_OK(file_replace(c->export, "checkpoint", buf_view(&b), 0644, &err_));
	struct verify_report r = check(c, &c->first, NULL);
	assert_int_equal(r.finding, FINDING_HANDOVER_MISSING);
	assert_int_equal(r.index, 30);
	leave(c);
}

/* The first key, stolen after it was given up, under a hand-over that is published and not in force yet. */
TEST(a_key_given_up_signs_nothing_any_more)
{
	struct city *c = found();
	struct signer signer;

	seal(c, 3);
	FD(private) = openat(c->home, "evidence/private", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK_OK(signer_open(c->arena, private, &signer, &err_));
	rotate(c);
	end_overlap(c);
	seal(c, 3);
	struct bytes next = prepare(c, NOW + 60 * DAY);
	export_now(c);
	CHECK_OK(file_create(c->export, "handover/002", next, 0644, &err_));
	assert_int_equal(check(c, &c->first, NULL).finding, FINDING_FINE);
	struct note note;
	CHECK_OK(note_read(c->arena, read_export(c, "checkpoint"), &note, &err_));
	CHECK_OK(file_replace(c->export, "checkpoint", note_sign(c->arena, note.text, signer.key.name, signer.secret), 0644, &err_));
	assert_int_equal(check(c, &c->first, NULL).finding, FINDING_CHECKPOINT_SIGNATURE);
	assert_int_equal(unlinkat(c->export, "handover/002", 0), 0);
	assert_int_equal(check(c, &c->first, NULL).finding, FINDING_HANDOVER_MISSING);
	signer_close(&signer);
	leave(c);
}

/* Somebody who may write journal rows, and holds a key of their own but not the log's. */
TEST(a_row_alone_hands_nothing_over)
{
	struct city *c = found(), *thief = found();
	struct bytes theirs = prepare(thief, NOW + DAY);

	seal(c, 5);
	seal_handover(c, theirs);
	seal(c, 5);
	export_now(c);
	assert_int_equal(signatures_of(c, checkpoint_now(c)), 1);
	struct verify_report r = check(c, &c->first, NULL);
	assert_int_equal(r.finding, FINDING_HANDOVER_MISSING);
	assert_int_equal(r.index, 5);
	assert_int_equal(r.no, 6);
	/* with the file beside it, and their signature under the checkpoint, it is still nobody whom the first key named */
	CHECK_OK(folder_make(c->export, HANDOVER_FOLDER, 0755, &err_));
	CHECK_OK(file_create(c->export, "handover/001", theirs, 0644, &err_));
	assert_int_equal(check(c, &c->first, NULL).finding, FINDING_HANDOVER_MISSING);
	leave(thief);
	leave(c);
}

/* Somebody who stole the log's key and hands it over to one of their own, aside from the journal. */
TEST(a_hand_over_that_the_journal_does_not_tell_of_is_found)
{
	struct city *c = found();
	uint8_t public_key[ED25519_PUBLIC], secret[ED25519_SECRET];
	struct signer signer;

	seal(c, 12);
	export_now(c);
	ed25519_pair(public_key, secret);
	FD(private) = openat(c->home, "evidence/private", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK_OK(signer_open(c->arena, private, &signer, &err_));
	struct bytes note = handover_make(c->arena, TEXT(SAMPLE_ORIGIN), signer.secret, secret, NOW, NOW);
	CHECK_OK(folder_make(c->export, HANDOVER_FOLDER, 0755, &err_));
	CHECK_OK(file_create(c->export, "handover/001", note, 0644, &err_));
	/* not in force: no checkpoint is under the new key */
	assert_int_equal(check(c, &c->first, NULL).finding, FINDING_FINE);
	struct text text = checkpoint_text(c->arena, &signer.last);
	CHECK_OK(file_replace(c->export, "checkpoint", note_sign(c->arena, text, signer.key.name, secret), 0644, &err_));
	struct verify_report r = check(c, &c->first, NULL);
	assert_int_equal(r.finding, FINDING_HANDOVER_UNSEALED);
	assert_string_equal(r.file, "handover/001");
	signer_close(&signer);
	leave(c);
}

TEST(the_row_may_be_told_twice)
{
	struct city *c = found();
	seal(c, 2);
	struct bytes note = prepare(c, NOW + 30 * DAY);
	seal_handover(c, note);
	seal_handover(c, note);
	export_now(c);
	assert_int_equal(check(c, &c->first, NULL).finding, FINDING_FINE);
	leave(c);
}

/* The log of the backup is from before the hand-over, the store from after it: the old key goes on. */
TEST(a_restore_explains_a_hand_over_that_is_lost)
{
	struct city *c = found(), *lost = found();
	struct bytes note = prepare(lost, NOW + 30 * DAY);
	struct bytes why = BYTES("{\"what\":{\"before\":\"05050000000000000000000000000000\",\"last\":0}}");

	seal(c, 2);
	seal_handover(c, note);
	struct journal_row row = row_with(c->arena, later, 1, ENTRY_NEW_EPOCH_EVENT, why);
	CHECK_OK(sealer_seal(c->sealer, later, &row, 1, &err_));
	export_now(c);
	struct verify_report r = check(c, &c->first, NULL);
	assert_int_equal(r.finding, FINDING_FINE);
	assert_int_equal(r.handovers, 0);
	assert_int_equal(r.restores, 1);
	leave(lost);
	leave(c);
}

TEST(an_erased_or_lost_row_still_counts_by_its_entry)
{
	struct city *c = found();
	seal(c, 2);
	rotate(c);
	c->gone[3] = true;
	export_now(c);
	struct verify_report r = check(c, &c->first, NULL);
	assert_int_equal(r.finding, FINDING_ROW_MISSING); /* not a word of the hand-over */
	assert_int_equal(r.no, 3);
	leave(c);
}

TEST(a_proof_under_the_new_key_convinces_with_the_hand_overs)
{
	struct city *c = found();
	struct proof_file *p = arena_alloc(c->arena, sizeof *p);
	struct handovers handovers;
	struct proof_check out;
	struct verify_report r;
	struct bytes entry;
	uint8_t salt[ENTRY_SALT];

	seal(c, 8);
	rotate(c);
	end_overlap(c);
	export_now(c);
	struct merkle_source source = tlog_reader_source(tlog_reader_new(c->arena, c->export, c->no));
	p->index = 3;
	CHECK_OK(merkle_prove_inclusion(&source, 3, c->no, p->hashes, &p->count, &err_));
	CHECK_OK(tlog_read_entry(c->arena, c->export, c->no, 3, &entry, &err_));
	p->checkpoint = read_export(c, "checkpoint");
	sample_salt(4, salt);
	p->extra = proof_extra(c->arena, entry, salt);
	struct bytes file = proof_file_text(c->arena, p), record = sample_record(c->arena, 4);
	assert_int_equal(verify_proof(c->arena, file, record, &c->first, NULL, &out, &r, NULL), -1);
	CHECK_OK(verify_handovers(c->arena, c->export, &handovers, &r, &err_));
	CHECK_OK(verify_proof(c->arena, file, record, &c->first, &handovers, &out, &r, &err_));
	leave(c);
}

TEST(the_next_life_signs_with_the_same_keys)
{
	struct city *c = found();
	seal(c, 4);
	rotate(c);
	sealer_close(c->sealer);
	CHECK_OK(sealer_open(c->arena, c->home, &c->sealer, &err_));
	seal(c, 4);
	assert_int_equal(signatures_of(c, checkpoint_now(c)), 2);
	end_overlap(c);
	sealer_close(c->sealer);
	CHECK_OK(sealer_open(c->arena, c->home, &c->sealer, &err_));
	seal(c, 4);
	assert_int_equal(signatures_of(c, checkpoint_now(c)), 1);
	export_now(c);
	assert_int_equal(check(c, &c->first, NULL).finding, FINDING_FINE);
	leave(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_trust_file_is_good_over_every_hand_over),
		cmocka_unit_test(in_the_overlap_software_that_knows_no_hand_over_goes_on),
		cmocka_unit_test(every_changed_byte_of_a_hand_over_is_found),
		cmocka_unit_test(a_missing_hand_over_is_located),
		cmocka_unit_test(a_signature_line_taken_away_does_not_hide_a_hand_over),
		cmocka_unit_test(a_key_given_up_signs_nothing_any_more),
		cmocka_unit_test(a_row_alone_hands_nothing_over),
		cmocka_unit_test(a_hand_over_that_the_journal_does_not_tell_of_is_found),
		cmocka_unit_test(the_row_may_be_told_twice),
		cmocka_unit_test(a_restore_explains_a_hand_over_that_is_lost),
		cmocka_unit_test(an_erased_or_lost_row_still_counts_by_its_entry),
		cmocka_unit_test(a_proof_under_the_new_key_convinces_with_the_hand_overs),
		cmocka_unit_test(the_next_life_signs_with_the_same_keys),
	};
	return RUN_TESTS(tests);
}
