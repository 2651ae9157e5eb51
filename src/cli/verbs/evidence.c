/* 証跡 — `sekisho evidence …`: export, verify, show, prove, check-proof, compare, key. verify and check-proof need no Sekisho system, no store and no
 * network, and run behind walls that leave them nothing but reading. article: s6.5.1 */
#include "base/clock.h"
#include "base/code.h"
#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/evidence_walls.h"
#include "cli/verb.h"
#include "evidence/export.h"
#include "evidence/proof_file.h"
#include "evidence/verify.h"
#include "store/read.h"
#include <fcntl.h>
#include <qrencode.h>
#include <unistd.h>

extern const struct verb verb_evidence;

enum { RECORD_FILE_MOST = RECORD_BYTES_MOST + 1 };

struct settings {
	const char *trust, *since, *out, *record, *epoch, *log, *handovers;
	bool json, as_trust_file;
};

/* ---- what every command needs ---- */

static int open_log(const struct settings *s, int *out, struct err *err)
{
	ARENA(arena) = arena_new(0);
	const char *path = s->log ? s->log : arena_printf(arena, "%s/evidence/log", verb_home());

	*out = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *out >= 0 ? 0 : fail_errno(err, ERR_NOT_FOUND, "cannot open the log %s", path);
}

static int read_trust(struct arena *arena, const char *path, struct trust *out, struct err *err)
{
	struct bytes b;
	struct err why = { 0 };

	if (file_read(arena, AT_FDCWD, path, TRUST_BYTES_MOST, &b, err) != 0)
		return -1;
	if (trust_read(arena, b, out, &why) != 0)
		return fail(err, why.code, why.at, "%s: %.200s", path, why.say);
	return 0;
}

static int wanted_row(struct arena *arena, const struct settings *s, const char *word, struct store_reader *reader, struct store_event *out,
		      uint8_t epoch[ENTRY_EPOCH], struct err *err)
{
	uint64_t no;
	struct store_site site;

	if (decimal_decode(bytes_of(word, strlen(word)), ENTRY_NUMBER_MOST, &no, err) != 0)
		return -1;
	if (s->epoch) {
		if (hex_decode(bytes_of(s->epoch, strlen(s->epoch)), epoch, ENTRY_EPOCH, err) != 0)
			return -1;
	} else {
		if (store_read_site(reader, arena, &site, err) != 0)
			return -1;
		if (site.epoch.n != ENTRY_EPOCH)
			return fail(err, ERR_MALFORMED, site.epoch.n, "the store's epoch is malformed");
		memcpy(epoch, site.epoch.p, ENTRY_EPOCH);
	}
	return store_read_event(reader, arena, bytes_of(epoch, ENTRY_EPOCH), no, out, err);
}

/* Where a row is wrong, in one or more lines. */
static int say_finding(const struct verify_report *r, const struct err *err)
{
	if (r->finding == FINDING_FINE)
		return verb_complain(err);
	printf("%s: %s\n", SAY("不一致", "MISMATCH"), SAY(finding_japanese(r->finding), finding_english(r->finding)));
	printf(SAY("  ファイル  %s\n  位置      %llu バイト目\n", "  file    %s\n  offset  %llu\n"), r->file, (unsigned long long)r->offset);
	if (r->has_index)
		printf(SAY("  項目      %llu\n", "  entry   %llu\n"), (unsigned long long)r->index);
	if (r->no)
		printf(SAY("  行        第%llu号\n", "  row     %llu\n"), (unsigned long long)r->no);
	if (r->lost)
		printf(r->lost_are_entries ? SAY("  失われた分 項目 %llu から %llu まで、%llu 件（前のチェックポイントだけが知っています）\n",
						 "  lost    entries %llu to %llu: %llu (only the older checkpoint knows of them)\n")
					   : SAY("  失われた分 第%llu号から第%llu号まで、%llu 件\n", "  lost    rows %llu to %llu: %llu\n"),
		       (unsigned long long)r->lost_first, (unsigned long long)r->lost_last, (unsigned long long)r->lost);
	if (r->detail[0])
		printf("  %s  %s\n", SAY("詳しく  ", "detail"), r->detail);
	printf(SAY("  ここまでに確かめた項目は %llu 件、記録の行は %llu 件です。\n", "  checked before it: %llu entries, %llu journal rows\n"),
	       (unsigned long long)r->entries, (unsigned long long)r->rows);
	return VERB_FAULT;
}

/* ---- export ---- */

static int store_row(void *self, struct arena *arena, const struct entry *e, struct export_row *out, bool *found, struct err *err)
{
	struct store_event row;
	struct err why = { 0 };

	*found = false;
	if (store_read_event(self, arena, bytes_of(e->epoch, ENTRY_EPOCH), e->no, &row, &why) != 0) {
		if (why.code == ERR_NOT_FOUND)
			return 0;
		*err = why;
		return -1;
	}
	*out = (struct export_row){ .no = row.no, .at = row.at, .event = row.event, .erased = row.record.n == 0 };
	memcpy(out->epoch, e->epoch, ENTRY_EPOCH);
	if (!out->erased) {
		if (row.salt.n != ENTRY_SALT)
			return fail(err, ERR_MALFORMED, e->no, "the salt of row %llu has %zu bytes", (unsigned long long)e->no, row.salt.n);
		if (text_from_utf8(arena, row.record, &out->record, err) != 0)
			return -1;
		memcpy(out->salt, row.salt.p, ENTRY_SALT);
	}
	*found = true;
	return 0;
}

static int act_export(const struct settings *s, int argc, char **argv, struct err *err)
{
	struct store_reader *reader = NULL;
	struct export_report report;

	(void)argc;
	FD(log) = -1;
	if (open_log(s, &log, err) != 0)
		return verb_complain(err);
	if (folder_make(AT_FDCWD, argv[0], 0755, err) != 0)
		return verb_complain(err);
	FD(to) = open(argv[0], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (to < 0) {
		fail_errno(err, ERR_IO, "cannot open %s", argv[0]);
		return verb_complain(err);
	}
	if (store_read_open(verb_home(), &reader, err) != 0)
		return verb_complain(err);
	struct export_source source = { store_row, reader };
	int got = export_folder(log, to, &source, &report, err);
	store_read_close(reader);
	if (got != 0)
		return verb_complain(err);
	printf(SAY("%s に書き出しました: 項目 %llu 件、記録の行 %llu 件（うち消去済み %llu 件）。\n",
		   "written to %s: %llu entries, %llu journal rows (%llu erased).\n"),
	       argv[0], (unsigned long long)report.size, (unsigned long long)report.rows, (unsigned long long)report.erased);
	printf("%s\n", SAY("塩と個人情報を含みます。トラストファイルは別の道で監査人に渡してください。",
			   "It holds salts and personal data. The trust file goes to the auditor by another way."));
	if (report.missing == 0)
		return VERB_OK;
	printf(SAY("警告: 封印された行のうち %llu 件が記録にありません。sekisho evidence verify で確かめてください。\n",
		   "WARNING: %llu sealed rows are missing from the store. See sekisho evidence verify.\n"),
	       (unsigned long long)report.missing);
	return VERB_FAULT;
}

/* ---- verify ---- */

static void say_json(const struct verify_report *r)
{
	ARENA(arena) = arena_new(0);
	struct json *o = json_object(arena);

	json_set_str(arena, o, "finding", finding_name(r->finding));
	json_set_true(arena, o, "trusted", r->trusted);
	json_set_number(arena, o, "size", (int64_t)r->size);
	json_set_number(arena, o, "entries", (int64_t)r->entries);
	json_set_number(arena, o, "rows", (int64_t)r->rows);
	json_set_number(arena, o, "erased", (int64_t)r->erased);
	json_set_number(arena, o, "cosignatures", (int64_t)r->cosignatures);
	if (r->origin.n)
		json_set_text(arena, o, "origin", r->origin);
	json_set_number(arena, o, "handovers", (int64_t)r->handovers);
	json_set_number(arena, o, "restores", r->restores);
	if (r->lost) {
		json_set_number(arena, o, "lost", (int64_t)r->lost);
		json_set_number(arena, o, "lost_first", (int64_t)r->lost_first);
		json_set_number(arena, o, "lost_last", (int64_t)r->lost_last);
	}
	if (r->finding != FINDING_FINE) {
		json_set_str(arena, o, "file", r->file);
		json_set_number(arena, o, "offset", (int64_t)r->offset);
		if (r->has_index)
			json_set_number(arena, o, "index", (int64_t)r->index);
		if (r->no)
			json_set_number(arena, o, "no", (int64_t)r->no);
	}
	verb_print_json(arena, o);
}

static void say_fine(const struct verify_report *r)
{
	printf("%s\n", r->trusted ? SAY("確認しました: すべて一致しています。", "verified: everything agrees.")
				  : SAY("内部の一致だけを確認しました: 署名は確かめていません（--trust がありません）。",
					"self-consistent only: no signature was checked (no --trust)."));
	printf(SAY("  ログ      %s\n  大きさ    項目 %llu 件、記録の行 %llu 件（うち消去済み %llu 件。消去の記録があります）\n",
		   "  log      %s\n  size     %llu entries, %llu journal rows (%llu erased, each named by an erasure)\n"),
	       r->origin.p, (unsigned long long)r->size, (unsigned long long)r->rows, (unsigned long long)r->erased);
	if (r->trusted)
		printf(SAY("  署名      トラストファイルの鍵によるもの。連署 %u 件（定めを満たします）\n",
			   "  signed   by a key of the trust file; %u cosignatures (the quorum holds)\n"),
		       r->cosignatures);
	if (r->handovers)
		printf(SAY("  鍵の引継ぎ %zu 回。どれも前の鍵と新しい鍵が署名し、封印されています\n", "  keys     handed over %zu times, each signed by the old and the new key and sealed\n"), r->handovers);
	if (r->restores)
		printf(SAY("  復元      控えからの復元 %u 回。その前の行はすべてあります\n", "  restored %u times from a backup; every row before is there\n"), r->restores);
	if (r->has_since)
		printf(SAY("  以前      大きさ %llu のチェックポイントをそのまま含みます\n", "  since    contains the checkpoint of size %llu unchanged\n"),
		       (unsigned long long)r->since);
}

static int act_verify(const struct settings *s, int argc, char **argv, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct trust trust;
	struct bytes since;
	struct verify_report report;

	(void)argc;
	FD(dir) = open(argv[0], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0) {
		fail_errno(err, ERR_NOT_FOUND, "cannot open %s", argv[0]);
		return verb_complain(err);
	}
	if (evidence_walls(err) != 0)
		return verb_complain(err);
	if (s->trust && read_trust(arena, s->trust, &trust, err) != 0)
		return verb_complain(err);
	if (s->since && file_read(arena, AT_FDCWD, s->since, NOTE_BYTES_MOST, &since, err) != 0)
		return verb_complain(err);
	int got = verify_folder(arena, dir, s->trust ? &trust : NULL, s->since ? &since : NULL, &report, err);
	if (s->json)
		say_json(&report);
	if (got != 0)
		return s->json && report.finding != FINDING_FINE ? VERB_FAULT : say_finding(&report, err);
	if (!s->json)
		say_fine(&report);
	return report.trusted ? VERB_OK : VERB_SELF_CONSISTENT;
}

/* ---- show and prove ---- */

static void say_row(const struct store_event *row)
{
	char at[CLOCK_TEXT];

	printf(SAY("行        第%llu号\n時刻      %s\n出来事    %s %s\n", "row      %llu\ntime     %s\nevent    %s %s\n"), (unsigned long long)row->no,
	       clock_utc(row->at, at), row->event.p, SAY(row->label_ja.p, row->label_en.p));
	if (row->record.n)
		printf("%s%.*s\n", SAY("内容      ", "record   "), (int)row->record.n, (const char *)row->record.p);
	else
		printf("%s\n", SAY("内容      消去されています", "record   erased"));
}

static int act_show(const struct settings *s, int argc, char **argv, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct store_reader *reader = NULL;
	struct store_event row;
	struct checkpoint p;
	struct note note;
	struct bytes entry;
	uint8_t epoch[ENTRY_EPOCH];
	uint64_t index;
	char path[TILE_PATH];

	(void)argc;
	FD(log) = -1;
	if (open_log(s, &log, err) != 0 || store_read_open(verb_home(), &reader, err) != 0)
		return verb_complain(err);
	int got = wanted_row(arena, s, argv[0], reader, &row, epoch, err);
	store_read_close(reader);
	if (got != 0 || tlog_read_checkpoint(arena, log, NULL, &note, &p, err) != 0)
		return verb_complain(err);
	say_row(&row);
	if (tlog_find_row(arena, log, p.size, epoch, row.no, &index, &entry, err) != 0) {
		if (err->code != ERR_NOT_FOUND)
			return verb_complain(err);
		printf("%s\n", SAY("封印      まだです", "sealed   not yet"));
		return VERB_OK;
	}
	tile_path(path, TILE_ENTRIES, index / TILE_WIDTH, tile_width(p.size, TILE_ENTRIES, index / TILE_WIDTH));
	printf(SAY("封印      項目 %llu（%s）、大きさ %llu のチェックポイントの下\n", "sealed   entry %llu (%s), under the checkpoint of size %llu\n"),
	       (unsigned long long)index, path, (unsigned long long)p.size);
	if (row.entry.n && !bytes_equal(row.entry, entry)) {
		fail(err, ERR_MISMATCH, row.no, "row %llu of the store is not the row that was sealed", (unsigned long long)row.no);
		return verb_complain(err);
	}
	return VERB_OK;
}

static int make_proof(struct arena *arena, int log, const struct store_event *row, const uint8_t epoch[ENTRY_EPOCH], struct bytes *out, struct err *err)
{
	struct proof_file *f = arena_alloc(arena, sizeof *f);
	struct checkpoint p;
	struct note note;
	struct bytes entry;

	if (row->salt.n != ENTRY_SALT)
		return fail(err, ERR_NOT_FOUND, row->no, "row %llu was erased: nothing of it is left to prove but its existence", (unsigned long long)row->no);
	if (tlog_read_checkpoint(arena, log, &f->checkpoint, &note, &p, err) != 0 ||
	    tlog_find_row(arena, log, p.size, epoch, row->no, &f->index, &entry, err) != 0)
		return -1;
	struct merkle_source source = tlog_reader_source(tlog_reader_new(arena, log, p.size));
	if (merkle_prove_inclusion(&source, f->index, p.size, f->hashes, &f->count, err) != 0)
		return -1;
	f->extra = proof_extra(arena, entry, row->salt.p);
	*out = proof_file_text(arena, f);
	return 0;
}

static int act_prove(const struct settings *s, int argc, char **argv, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct store_reader *reader = NULL;
	struct store_event row;
	uint8_t epoch[ENTRY_EPOCH];
	struct bytes proof;

	(void)argc;
	FD(log) = -1;
	if (open_log(s, &log, err) != 0 || store_read_open(verb_home(), &reader, err) != 0)
		return verb_complain(err);
	int got = wanted_row(arena, s, argv[0], reader, &row, epoch, err);
	store_read_close(reader);
	if (got != 0 || make_proof(arena, log, &row, epoch, &proof, err) != 0)
		return verb_complain(err);
	if (!s->out)
		return file_write_all(1, proof, err) == 0 ? VERB_OK : verb_complain(err);
	if (file_replace(AT_FDCWD, s->out, proof, 0644, err) != 0)
		return verb_complain(err);
	if (s->record && file_replace(AT_FDCWD, s->record, row.record, 0600, err) != 0)
		return verb_complain(err);
	printf(SAY("%s に証明を書きました。\n", "the proof is in %s.\n"), s->out);
	return VERB_OK;
}

/* ---- check-proof and compare ---- */

/* Of the folder named by --handovers, or none. */
static int read_handovers(struct arena *arena, const char *folder, struct handovers *out, struct verify_report *report, struct err *err)
{
	*out = (struct handovers){ NULL, 0 };
	if (!folder)
		return 0;
	FD(dir) = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return fail_errno(err, ERR_NOT_FOUND, "cannot open %s", folder);
	return verify_handovers(arena, dir, out, report, err);
}

static int act_check_proof(const struct settings *s, int argc, char **argv, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct bytes proof, record;
	struct trust trust;
	struct verify_report report = { 0 };
	struct handovers handovers;
	struct proof_check check;
	char at[CLOCK_TEXT];

	(void)argc;
	if (!s->trust || !s->record)
		return verb_usage(&verb_evidence, s->trust ? "--record" : "--trust");
	if (evidence_walls(err) != 0)
		return verb_complain(err);
	if (file_read(arena, AT_FDCWD, argv[0], PROOF_FILE_MOST, &proof, err) != 0 ||
	    file_read(arena, AT_FDCWD, s->record, RECORD_FILE_MOST, &record, err) != 0 || read_trust(arena, s->trust, &trust, err) != 0)
		return verb_complain(err);
	if (read_handovers(arena, s->handovers, &handovers, &report, err) != 0 ||
	    verify_proof(arena, proof, record, &trust, &handovers, &check, &report, err) != 0)
		return say_finding(&report, err);
	printf("%s\n", SAY("確認しました: この記録はログに封印されています。", "verified: this record is sealed in the log."));
	printf(SAY("  ログ      %s\n  項目      %llu（大きさ %llu）\n  行        第%llu号 %s\n  出来事    %s\n  連署      %u 件（定めを満たします）\n",
		   "  log      %s\n  entry    %llu (of %llu)\n  row      %llu %s\n  event    %s\n  cosigned by %u (the quorum holds)\n"),
	       report.origin.p, (unsigned long long)check.index, (unsigned long long)check.checkpoint.size, (unsigned long long)check.entry.no,
	       clock_utc(check.entry.at, at), check.entry.event.p, report.cosignatures);
	return VERB_OK;
}

/* Root of the first `size` entries as the tiles of a larger log give it. */
static int root_at(struct arena *arena, int log, uint64_t log_size, uint64_t size, struct merkle_hash *out, struct err *err)
{
	struct merkle_source source = tlog_reader_source(tlog_reader_new(arena, log, log_size));
	return merkle_root_of(&source, size, out, err);
}

static int say_conflict(const char *what, const struct bytes *exhibits)
{
	printf("%s: %s\n", SAY("矛盾", "CONFLICT"), what);
	for (int i = 0; i < 2; i++)
		printf("---- %d ----\n%.*s", i + 1, (int)exhibits[i].n, (const char *)exhibits[i].p);
	return VERB_FAULT;
}

static int act_compare(const struct settings *s, int argc, char **argv, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct checkpoint p[2], last;
	struct bytes raw[2];
	struct note note;
	struct trust trust;
	struct verify_report report = { 0 };
	struct handovers handovers;
	struct merkle_hash root;

	(void)argc;
	if (s->trust && read_trust(arena, s->trust, &trust, err) != 0)
		return verb_complain(err);
	if (read_handovers(arena, s->handovers, &handovers, &report, err) != 0)
		return say_finding(&report, err);
	for (int i = 0; i < 2; i++) {
		if (file_read(arena, AT_FDCWD, argv[i], NOTE_BYTES_MOST, &raw[i], err) != 0)
			return verb_complain(err);
		if (verify_checkpoint(arena, raw[i], argv[i], s->trust ? &trust : NULL, &handovers, &p[i], &report, err) != 0)
			return say_finding(&report, err);
	}
	if (!text_equal(p[0].origin, p[1].origin)) {
		fail(err, ERR_INVALID, 0, "the two checkpoints are of different logs");
		return verb_complain(err);
	}
	if (p[0].size == p[1].size && !merkle_equal(&p[0].root, &p[1].root))
		return say_conflict(SAY("同じ大きさで根が違います。", "the same size with different roots."), raw);
	if (p[0].size != p[1].size) {
		FD(log) = -1;
		if (open_log(s, &log, err) != 0 || tlog_read_checkpoint(arena, log, NULL, &note, &last, err) != 0)
			return verb_complain(err);
		for (int i = 0; i < 2; i++) {
			if (p[i].size > last.size || !text_equal(p[i].origin, last.origin)) {
				fail(err, ERR_NOT_FOUND, p[i].size, "the log at hand does not reach size %llu of %s", (unsigned long long)p[i].size, p[i].origin.p);
				return verb_complain(err);
			}
			if (root_at(arena, log, last.size, p[i].size, &root, err) != 0)
				return verb_complain(err);
			if (!merkle_equal(&root, &p[i].root))
				return say_conflict(SAY("手元のログから計算した根と違います。", "the tiles at hand give another root."), raw);
		}
	}
	printf(SAY("矛盾はありません: 大きさ %llu の記録は、大きさ %llu の記録にそのまま含まれます。\n", "consistent: size %llu is contained unchanged in size %llu.\n"),
	       (unsigned long long)MIN(p[0].size, p[1].size), (unsigned long long)MAX(p[0].size, p[1].size));
	return s->trust ? VERB_OK : VERB_SELF_CONSISTENT;
}

/* ---- key ---- */

/* Two rows of modules in one line of characters. */
static void say_qr(const char *line)
{
	QRcode *qr = QRcode_encodeString8bit(line, 0, QR_ECLEVEL_M);
	enum { QUIET = 2 };

	if (!qr)
		return;
	for (int y = -QUIET; y < qr->width + QUIET; y += 2) {
		for (int x = -QUIET; x < qr->width + QUIET; x++) {
			bool dark[2];
			for (int k = 0; k < 2; k++)
				dark[k] = x >= 0 && x < qr->width && y + k >= 0 && y + k < qr->width && (qr->data[(y + k) * qr->width + x] & 1);
			fputs(dark[0] ? (dark[1] ? " " : "▄") : (dark[1] ? "▀" : "█"), stdout);
		}
		putchar('\n');
	}
	QRcode_free(qr);
}

static int act_key(const struct settings *s, int argc, char **argv, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct bytes line;
	struct note_key key;

	(void)argc, (void)argv;
	if (file_read(arena, AT_FDCWD, arena_printf(arena, "%s/evidence/vkey", verb_home()), NOTE_VKEY_MOST, &line, err) != 0)
		return verb_complain(err);
	line.n -= line.n && line.p[line.n - 1] == '\n';
	if (note_key_read(arena, line, &key, err) != 0)
		return verb_complain(err);
	char *vkey = note_key_line(arena, &key);
	if (s->as_trust_file) {
		struct bytes file = trust_text(arena, (struct text){ vkey, strlen(vkey) });
		printf("%.*s", (int)file.n, (const char *)file.p);
		return VERB_OK;
	}
	printf("%s\n", vkey);
	if (isatty(1))
		say_qr(vkey);
	return VERB_OK;
}

/* ---- dispatch ---- */

static const struct {
	const char *name;
	int arguments;
	int (*act)(const struct settings *s, int argc, char **argv, struct err *err);
} commands[] = {
	{ "export", 1, act_export }, { "verify", 1, act_verify },	   { "show", 1, act_show },    { "prove", 1, act_prove },
	{ "check-proof", 1, act_check_proof }, { "compare", 2, act_compare }, { "key", 0, act_key },
};

static int act(int argc, char **argv)
{
	struct settings s = { 0 };
	struct err err = { 0 };
	const struct verb_option options[] = { { "--trust", &s.trust, NULL },	  { "--since", &s.since, NULL }, { "-o", &s.out, NULL },
					       { "--record", &s.record, NULL },	  { "--epoch", &s.epoch, NULL }, { "--log", &s.log, NULL },
					       { "--json", NULL, &s.json }, { "--as-trust-file", NULL, &s.as_trust_file },
					       { "--handovers", &s.handovers, NULL } };

	if (verb_options(&verb_evidence, options, COUNT(options), &argc, argv) != 0)
		return VERB_USAGE;
	for (size_t i = 0; argc > 1 && i < COUNT(commands); i++)
		if (strcmp(argv[1], commands[i].name) == 0 && argc == 2 + commands[i].arguments)
			return commands[i].act(&s, argc - 2, argv + 2, &err);
	return verb_usage(&verb_evidence, argc > 1 ? argv[1] : NULL);
}

const struct verb verb_evidence = {
	.name = "evidence",
	.summary_ja = "証跡を書き出し、検証し、証明します",
	.summary_en = "exports, verifies and proves the evidence",
	.usage = "evidence export FOLDER\n"
		 "evidence verify [--trust FILE] [--since CHECKPOINT] [--json] FOLDER\n"
		 "evidence show N [--epoch HEX]\n"
		 "evidence prove N [--epoch HEX] [-o FILE [--record FILE]]\n"
		 "evidence check-proof --trust FILE --record RECORD.json [--handovers FOLDER] PROOF\n"
		 "evidence compare OLD NEW [--trust FILE [--handovers FOLDER]] [--log FOLDER]\n"
		 "evidence key [--as-trust-file]\n",
	.act = act,
};
