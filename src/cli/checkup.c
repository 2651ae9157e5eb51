/* 点検 — contract in checkup.h. Here: processes, walls, records, their shape, the seal, the policy, the clock. */
#include "cli/checkup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/service.h"
#include "base/sandbox.h"
#include "cli/supervise.h"
#include "policy/policy.h"
#include "sanitize/clamd.h"
#include "sanitize/converter.h"
#include "store/migrate.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <unistd.h>

const struct checkup_row checkup_rows[] = {
#define CHECKUP(name, ja, en) { #name, ja, en, checkup_##name },
#include "cli/checkups.def"
#undef CHECKUP
	{ NULL },
};

void checkup_begin(struct checkup *c, struct arena *arena, const char *home)
{
	*c = (struct checkup){ .arena = arena, .home = home, .now = clock_now() };
	c->one_uid = access(arena_printf(arena, "%s/run/one-uid", home), F_OK) == 0;
	if (store_read_open(home, &c->reader, &c->unreadable) != 0)
		c->reader = NULL;
}

void checkup_end(struct checkup *c)
{
	store_read_close(c->reader);
	c->reader = NULL;
}

void checkup_say(struct checkup *c, enum checkup_level level, const char *ja, const char *en, const char *todo_ja, const char *todo_en)
{
	if (c->say_ja && level <= c->level)
		return;
	c->level = level;
	c->say_ja = ja, c->say_en = en;
	c->todo_ja = todo_ja, c->todo_en = todo_en;
}

/* ---- processes and walls ---- */

long checkup_pid(struct checkup *c, const struct process_row *row)
{
	struct bytes pids = BYTES("");
	struct stat st;

	if (file_read(c->arena, AT_FDCWD, arena_printf(c->arena, "%s/run/pids", c->home), 4096, &pids, NULL) != 0)
		pids = BYTES("");
	long pid = process_in_pids((const char *)pids.p, row->name, NULL);
	if (pid <= 0 && !c->one_uid)
		pid = supervise_find(c->home, row);
	return pid > 0 && stat(arena_printf(c->arena, "/proc/%ld", pid), &st) == 0 ? pid : 0;
}

void checkup_processes(struct checkup *c)
{
	const char *missing = "";
	unsigned count = 0;

	for (const struct process_row *row = process_rows; row->name; row++)
		if (checkup_pid(c, row) > 0)
			count++;
		else if (supervise_wants(c->home, row))
			missing = arena_printf(c->arena, "%s%s%s", missing, *missing ? " " : "", row->name);
	if (*missing)
		checkup_say(c, CHECKUP_WRONG, arena_printf(c->arena, "止まっているもの: %s", missing), arena_printf(c->arena, "not running: %s", missing),
			    "systemctl start sekisho.target か sekisho run で起動し、動作ログの最後の行を見てください。",
			    "Start it with systemctl start sekisho.target or sekisho run, and read the last lines of its log.");
	else if (c->one_uid)
		checkup_say(c, CHECKUP_WARNING, "すべてが同じ利用者で動いており、プロセスの間に権限の壁がありません。", "all run under one uid; no walls of rights stand between them",
			    "rootで起動してください。", "Start it as root.");
	else
		checkup_say(c, CHECKUP_FINE, arena_printf(c->arena, "%u 個がそれぞれの利用者で動いています。", count), arena_printf(c->arena, "all %u run, each under its own uid", count),
			    NULL, NULL);
}

/* No warning: a house may do without, and then refuses such documents. */
void checkup_converter(struct checkup *c)
{
	if (access(CONVERTER_PROGRAM, X_OK) == 0)
		checkup_say(c, CHECKUP_FINE, "LibreOfficeが入っています。doc・xls・pptなどを変換して受け取れます。", "LibreOffice is there: doc, xls, ppt and the like are converted", NULL, NULL);
	else
		checkup_say(c, CHECKUP_FINE, "LibreOfficeが入っていないため、doc・xls・pptなどは断ります。受け取るには libreoffice-writer-nogui、libreoffice-calc-nogui、libreoffice-impress-nogui を入れてください。",
			    "LibreOffice is not there: doc, xls, ppt and the like are refused; to take them install libreoffice-writer-nogui, libreoffice-calc-nogui and libreoffice-impress-nogui", NULL, NULL);
}

/* No warning either: without one, the pictures that it draws are refused. */
void checkup_drawers(struct checkup *c)
{
	static const struct {
		const char *program, *package, *kinds;
	} drawers[] = { { RENDERER_PROGRAM, "poppler-utils", "JPEG 2000・JBIG2" }, { DRAWER_PROGRAM, "librsvg2-bin", "SVG" }, { PHOTO_PROGRAM, "libheif-examples", "HEIF・AVIF" } };
	const char *kinds = "", *packages = "";

	for (size_t i = 0; i < COUNT(drawers); i++)
		if (access(drawers[i].program, X_OK) != 0) {
			kinds = arena_printf(c->arena, "%s%s%s", kinds, *kinds ? "・" : "", drawers[i].kinds);
			packages = arena_printf(c->arena, "%s%s%s", packages, *packages ? " " : "", drawers[i].package);
		}
	if (*kinds == 0)
		checkup_say(c, CHECKUP_FINE, "すべて入っています。JPEG 2000・JBIG2・SVG・HEIFなどを受け取れます。", "all are there: JPEG 2000, JBIG2, SVG, HEIF and the like are taken", NULL, NULL);
	else
		checkup_say(c, CHECKUP_FINE, arena_printf(c->arena, "%sの画像は断ります。受け取るには %s を入れてください。", kinds, packages),
			    arena_printf(c->arena, "pictures of some kinds are refused; to take them install %s", packages), NULL, NULL);
}

void checkup_walls(struct checkup *c)
{
	unsigned walls = sandbox_walls(NULL);
	const char *missing = "";

	for (unsigned wall = 1; wall < WALL_ALL; wall <<= 1)
		if (!(walls & wall))
			missing = arena_printf(c->arena, "%s%s%s", missing, *missing ? " " : "", sandbox_wall_name(wall));
	if (!(walls & WALL_SECCOMP) || !(walls & WALL_NAMESPACES))
		checkup_say(c, CHECKUP_WRONG, arena_printf(c->arena, "欠けている壁: %s", missing), arena_printf(c->arena, "absent: %s", missing),
			    "このカーネルでは無害化を行わないでください。Debian 12 の標準のカーネルを使ってください。", "Do not sanitise on this kernel; use Debian 12's own.");
	else if (*missing)
		checkup_say(c, CHECKUP_WARNING, arena_printf(c->arena, "このカーネルにない壁: %s（ほかの壁で守られます）", missing),
			    arena_printf(c->arena, "this kernel lacks %s; the other walls stand", missing), "新しいカーネルに上げると増えます。", "A newer kernel has more.");
	else
		checkup_say(c, CHECKUP_FINE, "すべて立っています。", "all stand", NULL, NULL);
}

/* ---- records ---- */

void checkup_records(struct checkup *c)
{
	struct store_site site;
	int64_t whole_at = 0;
	struct err err;
	char jst[64];

	if (!c->reader)
		checkup_say(c, CHECKUP_WRONG, "記録を読めません。", arena_printf(c->arena, "cannot be read: %s", c->unreadable.say),
			    "recordd が動いているか確かめ、動いていなければ起動してください。壊れているときは sekisho restore です。",
			    "See whether recordd runs and start it; if the store is damaged, sekisho restore.");
	else if (store_read_site(c->reader, c->arena, &site, &err) != 0 || store_read_whole_at(c->reader, c->arena, &whole_at, &err) != 0)
		checkup_say(c, CHECKUP_WRONG, "日誌を読めません。", arena_printf(c->arena, "the journal cannot be read: %s", err.say),
			    "recordd の動作ログを見てください。壊れているときは sekisho restore です。", "Read recordd's log; if the store is damaged, sekisho restore.");
	else if ((whole_at = MAX(whole_at, checkup_last_backup(c))) < c->now - CHECKUP_WHOLE_DAYS * 86400)
		checkup_say(c, CHECKUP_WARNING, arena_printf(c->arena, "全体を最後に読んで確かめたのは %s です。", clock_jst(whole_at, jst)),
			    arena_printf(c->arena, "last read whole at %s", clock_jst(whole_at, jst)), "sekisho backup フォルダー を実行してください。控えを取るたびに全体を確かめます。",
			    "Run sekisho backup FOLDER: each backup reads them whole.");
	else
		checkup_say(c, CHECKUP_FINE, arena_printf(c->arena, "日誌は第%llu号まであります。全体を確かめたのは %s です。", (unsigned long long)site.last, clock_jst(whole_at, jst)),
			    arena_printf(c->arena, "the journal has %llu rows in this epoch; last read whole at %s", (unsigned long long)site.last, clock_jst(whole_at, jst)), NULL, NULL);
}

void checkup_migrations(struct checkup *c)
{
	const char *path = arena_printf(c->arena, "%s/records/records.db", c->home);
	struct sql *sql;
	struct err err;
	unsigned shape = 0;

	if (sql_open(path, SQL_READ, &sql, &err) != 0) {
		checkup_say(c, CHECKUP_WARNING, "分かりません（記録を読めません）。", "not known: the records cannot be read", "recordd を起動してください。", "Start recordd.");
		return;
	}
	int got = sql_shape(sql, &shape, &err);
	sql_close(sql);
	if (got != 0)
		checkup_say(c, CHECKUP_WARNING, "分かりません（記録を読めません）。", "not known: the records cannot be read", "recordd を起動してください。", "Start recordd.");
	else if (shape < migration_count)
		checkup_say(c, CHECKUP_WARNING, arena_printf(c->arena, "形 %u は古く、この版は %zu です。", shape, migration_count),
			    arena_printf(c->arena, "shape %u is older than this version's %zu", shape, migration_count),
			    "控えを取ってから、この版で起動し直してください。移行は起動のときに行われます。", "Make a backup, then restart with this version: it migrates at its start.");
	else if (shape > migration_count)
		checkup_say(c, CHECKUP_WRONG, arena_printf(c->arena, "形 %u はこの版（%zu）より新しいものです。", shape, migration_count),
			    arena_printf(c->arena, "shape %u is newer than this version (%zu)", shape, migration_count), "新しい版を入れてください。", "Install the newer version.");
	else
		checkup_say(c, CHECKUP_FINE, arena_printf(c->arena, "最新です（%u）。", shape), arena_printf(c->arena, "up to date (%u)", shape), NULL, NULL);
}

void checkup_seal(struct checkup *c)
{
	struct store_site site;
	struct store_events waiting;
	struct err err;
	const char *todo_ja = "evidenced の動作ログを見てください。evidenced-001 ALARM があれば、封印と記録が食い違っています。",
		   *todo_en = "Read evidenced's log; evidenced-001 ALARM says that what was sealed is not what lies there.";

	if (!c->reader || store_read_site(c->reader, c->arena, &site, &err) != 0) {
		checkup_say(c, CHECKUP_WRONG, "分かりません（記録を読めません）。", "not known: the records cannot be read", "recordd を起動してください。", "Start recordd.");
		return;
	}
	int64_t age = 0;
	if (site.last > site.sealed && store_read_journal(c->reader, c->arena, site.sealed, 1, &waiting, &err) == 0 && waiting.count)
		age = c->now - waiting.rows[0].at;
	enum checkup_level level = age > CHECKUP_SEAL_STOPPED ? CHECKUP_WRONG : age > CHECKUP_SEAL_LATE ? CHECKUP_WARNING : CHECKUP_FINE;
	unsigned long long rows = site.last - site.sealed;
	if (level == CHECKUP_FINE)
		checkup_say(c, level, arena_printf(c->arena, "第%llu号まで封印されています。", (unsigned long long)site.sealed),
			    arena_printf(c->arena, "sealed up to row %llu", (unsigned long long)site.sealed), NULL, NULL);
	else
		checkup_say(c, level, arena_printf(c->arena, "%llu 行が、%lld 秒前から封印されていません。承認などはその間お答えできません。", rows, (long long)age),
			    arena_printf(c->arena, "%llu rows have waited for %lld s; approvals are not answered meanwhile", rows, (long long)age), todo_ja, todo_en);
}

void checkup_clock(struct checkup *c)
{
	struct store_site site;
	struct store_events newest;
	struct timex t = { 0 };
	struct err err;
	int64_t ahead = 0;

	if (c->reader && store_read_site(c->reader, c->arena, &site, &err) == 0 && site.last > 0 &&
	    store_read_journal(c->reader, c->arena, site.last - 1, 1, &newest, &err) == 0 && newest.count)
		ahead = newest.rows[0].at - c->now;
	if (ahead > CHECKUP_CLOCK_BACK)
		checkup_say(c, CHECKUP_WRONG, arena_printf(c->arena, "日誌の最後の行より %lld 秒遅れています。", (long long)ahead),
			    arena_printf(c->arena, "%lld s behind the newest row of the journal", (long long)ahead),
			    "時計が戻っています。時刻合わせ（chrony など）を直してください。", "The clock went back: mend the time service (chrony).");
	else if (adjtimex(&t) == TIME_ERROR || (t.status & STA_UNSYNC))
		checkup_say(c, CHECKUP_WARNING, "時刻合わせをしていません。", "not synchronised", "時刻合わせ（chrony など）を動かしてください。", "Run a time service (chrony).");
	else
		checkup_say(c, CHECKUP_FINE, "合っています。", "synchronised", NULL, NULL);
}

/* ---- policy ---- */

void checkup_policy(struct checkup *c)
{
	struct store_policy in_force;
	const struct policy *draft;
	struct err err;

	if (!c->reader || store_read_policy_or_none(c->reader, c->arena, &in_force, &err) != 0) {
		checkup_say(c, CHECKUP_WRONG, "分かりません（記録を読めません）。", "not known: the records cannot be read", "recordd を起動してください。", "Start recordd.");
		return;
	}
	if (in_force.hash.n == 0) {
		checkup_say(c, CHECKUP_WRONG, "効力のあるポリシー文がありません。受渡しはできません。", "no policy is in force: nothing is carried",
			    "sekisho policy adopt で効力を持たせてください。", "Put one into force: sekisho policy adopt.");
		return;
	}
	FD(folder) = open(arena_printf(c->arena, "%s/policy", c->home), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0 || faccessat(folder, "city.policy", F_OK, 0) != 0) {
		checkup_say(c, CHECKUP_FINE, "効力のある文があります。下書きはありません。", "one is in force; there is no draft", NULL, NULL);
	} else if (policy_load(c->arena, folder, "city.policy", &draft, NULL, &err) != 0) {
		checkup_say(c, CHECKUP_WARNING, "下書きに誤りがあります。", arena_printf(c->arena, "the draft has a fault: %s", err.say),
			    "sekisho policy check で直してください。効力のある文は変わりません。", "Mend it with sekisho policy check; the one in force is not touched.");
	} else if (!bytes_equal(bytes_of_text(policy_text_of(c->arena, draft)), in_force.content)) {
		checkup_say(c, CHECKUP_WARNING, "下書きが、効力のある文と違います。", "the draft differs from the one in force",
			    "よければ sekisho policy adopt、そうでなければ下書きを戻してください。", "Adopt it (sekisho policy adopt), or put the draft back.");
	} else {
		checkup_say(c, CHECKUP_FINE, "下書きと効力のある文は同じです。", "draft and the one in force agree", NULL, NULL);
	}
}

static const struct policy *policy_in_force(const struct checkup *c)
{
	const struct policy *policy;
	struct store_policy in_force;
	struct err err;

	if (!c->reader || store_read_policy(c->reader, c->arena, &in_force, &err) != 0 || policy_of_text(c->arena, "in force", in_force.content, &policy, NULL, &err) != 0)
		return NULL;
	return policy;
}

unsigned checkup_scan_wanted(const struct checkup *c)
{
	const struct policy *policy = policy_in_force(c);
	unsigned scan = SCAN_NONE;

	for (size_t i = 0; policy && i < policy->carry_count; i++)
		scan = MAX(scan, (unsigned)policy->carries[i].rules.scan);
	return scan;
}

/* Does the policy in force want pictures or words of PDFs, and are poppler's programs there? */
void checkup_renderer(struct checkup *c)
{
	const struct policy *policy = policy_in_force(c);
	bool wanted = false;

	for (size_t i = 0; policy && i < policy->carry_count; i++) {
		unsigned method = policy->carries[i].rules.methods[FORMAT_pdf];
		wanted |= method == METHOD_flatten || method == METHOD_text;
	}
	if (!wanted)
		checkup_say(c, CHECKUP_FINE, "ポリシー文は、PDFを画像や文字だけにすることにしていません。", "the policy wants neither pictures nor text of PDF", NULL, NULL);
	else if (access(RENDERER_PROGRAM, X_OK) == 0 && access(READER_PROGRAM, X_OK) == 0)
		checkup_say(c, CHECKUP_FINE, "popplerが入っています。", "poppler is there", NULL, NULL);
	else
		checkup_say(c, CHECKUP_WRONG, "popplerが入っていません。PDFはすべて断られます。", "poppler is not there: every PDF is refused", "apt install poppler-utils で入れてください。",
			    "Install poppler-utils.");
}

/* Does the policy in force ask for a second opinion, and is it to be had? */
void checkup_scanner(struct checkup *c)
{
	char version[CLAMD_VERSION_MOST + 1];
	unsigned scan = checkup_scan_wanted(c);
	struct err err;

	if (scan == SCAN_NONE)
		checkup_say(c, CHECKUP_FINE, "ポリシー文は、ウイルス対策ソフトを使うことにしていません。", "the policy asks for none", NULL, NULL);
	else if (clamd_version(CLAMD_SOCKET, version, &err) == 0)
		checkup_say(c, CHECKUP_FINE, arena_printf(c->arena, "答えています: %s", version), arena_printf(c->arena, "it answers: %s", version), NULL, NULL);
	else
		checkup_say(c, scan == SCAN_REQUIRED ? CHECKUP_WRONG : CHECKUP_WARNING,
			    scan == SCAN_REQUIRED ? "clamd が答えません。ファイルは判定されずに待っています。" : "clamd が答えません。無害化だけを行っています。",
			    scan == SCAN_REQUIRED ? "clamd does not answer: files wait unjudged" : "clamd does not answer: files are sanitised only",
			    "apt install clamav-daemon で入れ、systemctl start clamav-daemon で動かしてください（待ち受け: " CLAMD_SOCKET "）。",
			    "Install clamav-daemon and start it (systemctl start clamav-daemon); it must listen at " CLAMD_SOCKET ".");
}
