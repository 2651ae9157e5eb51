/* 運用の状態 — GET /house: which processes run, how far the journal is sealed, what waits, the policy in force and every named limit. It only looks; what
 * is wrong and what to do is told by `sekisho status` and `sekisho doctor`. article: s6.7a */
#include "web/pages/house.h"
#include "base/clock.h"
#include "base/code.h"
#include "base/file.h"
#include "policy/policy.h"
#include "web/export.h"
#include "web/pages.h"
#include "web/request.h"
#include "zones/client.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIDS_MOST = 4096, FIRST_UID = 7301, LAST_UID = 7350 };

static const struct house_limit limit_table[] = {
#define LIMIT_ROW(area, name, usual, ceiling, unit, ja, en) { area, name, unit, { ja, en }, usual },
#include "web/every_limit.h"
#undef LIMIT_ROW
};

static struct phrase what_does(const char *process)
{
	static const struct {
		const char *process;
		struct phrase does;
	} rows[] = {
		{ "recordd", { "記録を書く", "writes the records" } },
		{ "authd", { "サインインと承認の署名", "sign-in, signs approvals" } },
		{ "transferd", { "ファイルを預かり、渡す", "keeps and hands over files" } },
		{ "sanitized", { "ファイルを無害化する", "sanitises files" } },
		{ "evidenced", { "証跡を封印する", "seals the evidence" } },
		{ "webd-office", { "庁内側の画面", "pages of the office side" } },
		{ "zonesd", { "系の間の通信規則を保つ", "keeps the rules between the zones" } },
		{ "webd-internet", { "インターネット側の画面", "pages of the Internet side" } },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		if (strcmp(rows[i].process, process) == 0)
			return rows[i].does;
	return (struct phrase){ "", "" };
}

static void look_at_processes(struct request *r, struct house_view *v)
{
	struct bytes pids = BYTES("");
	struct stat st;

	v->knows_processes = file_read(r->arena, AT_FDCWD, arena_printf(r->arena, "%s/run/pids", r->web->service.home), PIDS_MOST, &pids, NULL) == 0;
	v->processes = arena_new_array(r->arena, struct house_process, LAST_UID - FIRST_UID + 1);
	v->all_run = v->knows_processes;
	for (uid_t uid = FIRST_UID; v->knows_processes && uid <= LAST_UID; uid++) {
		const char *name = process_of_uid(uid);
		if (!name || (strcmp(name, "zonesd") == 0 && process_in_pids((const char *)pids.p, name, NULL) == 0 &&
			      faccessat(r->web->service.home_fd, ZONES_IN_FORCE, F_OK, 0) != 0)) /* a house without zones in force */
			continue;
		struct house_process *p = &v->processes[v->process_count++];
		p->name = name;
		p->does = what_does(name);
		p->pid = process_in_pids((const char *)pids.p, p->name, NULL);
		p->runs = p->pid > 0 && stat(arena_printf(r->arena, "/proc/%ld", p->pid), &st) == 0;
		v->all_run = v->all_run && p->runs;
	}
}

static int look_at_policy(struct store_reader *reader, struct request *r, struct house_view *v, struct err *err)
{
	const struct policy *policy;

	if (store_read_policy_or_none(reader, r->arena, &v->policy, err) != 0)
		return -1;
	if (v->policy.hash.n == 0)
		return 0;
	if (policy_of_text(r->arena, "in force", v->policy.content, &policy, NULL, err) != 0)
		return -1;
	v->has_policy = true;
	v->policy_hash = hex_of(r->arena, v->policy.hash);
	v->carries = arena_new_array(r->arena, struct house_carry, policy->carry_count);
	for (size_t i = 0; i < policy->carry_count; i++) {
		const struct policy_carry *c = &policy->carries[i];
		v->carries[v->carry_count++] = (struct house_carry){ c->from, c->to, c->keep_days,
								     c->refused_days ? c->refused_days : POLICY_REFUSED_DAYS_USUAL, c->limit_bytes };
	}
	return 0;
}

static struct phrase area_label(const char *area)
{
	static const struct {
		const char *area;
		struct phrase label;
	} rows[] = {
		{ "sanitize", { "無害化", "Sanitising" } }, { "transfer", { "受渡し", "Passage of files" } }, { "store", { "記録", "Records" } },
		{ "evidence", { "証跡", "Evidence" } }, { "web", { "画面", "Pages" } }, { "policy", { "きまり", "Policy" } },
		{ "service", { "プロセスどうしのやりとり", "Between processes" } }, { "zones", { "通信経路の分割", "Division of the networks" } },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		if (strcmp(rows[i].area, area) == 0)
			return rows[i].label;
	return (struct phrase){ area, area };
}

static void put_in_words(struct house_limit *l)
{
	static const struct {
		const char *unit;
		uint64_t in_one; /* the unit goes in whole numbers of these */
		struct phrase counted;
	} rows[] = {
		{ "seconds", 86400, { "日", "days" } }, { "seconds", 3600, { "時間", "hours" } }, { "seconds", 60, { "分", "minutes" } },
		{ "seconds", 1, { "秒", "seconds" } }, { "milliseconds", 1000, { "秒", "seconds" } }, { "milliseconds", 1, { "ミリ秒", "milliseconds" } },
		{ "days", 1, { "日", "days" } }, { "levels", 1, { "段", "levels" } }, { "times", 1, { "倍", "times" } }, { "attempts", 1, { "回", "attempts" } },
		{ "tries", 1, { "回", "tries" } }, { "hand-overs", 1, { "回", "hand-overs" } }, { "pages", 1, { "ページ", "pages" } },
		{ "pixels", 1, { "画素", "pixels" } }, { "rows", 1, { "行", "rows" } }, { "connections", 1, { "本", "connections" } },
		{ "tickets", 1, { "件", "tickets" } }, { "sessions", 1, { "件", "sessions" } }, { "statements", 1, { "件", "statements" } },
	};

	l->is_bytes = strcmp(l->unit, "bytes") == 0;
	l->amount = l->value, l->counted = (struct phrase){ "個", l->unit };
	for (size_t i = 0; i < COUNT(rows); i++)
		if (strcmp(rows[i].unit, l->unit) == 0 && l->value >= rows[i].in_one && l->value % rows[i].in_one == 0) {
			l->amount = l->value / rows[i].in_one, l->counted = rows[i].counted;
			return;
		}
}

static void look_at_limits(struct house_view *v)
{
	for (size_t i = 0; i < v->limit_count; i++) {
		put_in_words(&v->limits[i]);
		if (i == 0 || strcmp(v->limits[i].area, v->limits[i - 1].area) != 0) {
			must(v->area_count < HOUSE_AREAS_MOST);
			v->areas[v->area_count++] = (struct house_area){ area_label(v->limits[i].area), i, i };
		}
		v->areas[v->area_count - 1].to = i + 1;
	}
}

static int export_limits(struct request *r, enum export_kind kind, struct err *err)
{
	static const struct export_column columns[] = { { { "分野", "Area" }, 12 }, { { "名前", "Name" }, 26 }, { { "値", "Value" }, 14 },
							{ { "単位", "Unit" }, 14 }, { { "説明", "Meaning" }, 50 } };
	struct export *e;

	if (export_open(r, kind, columns, COUNT(columns), &e, err) != 0)
		return -1;
	for (size_t i = 0; i < COUNT(limit_table); i++) {
		const struct house_limit *l = &limit_table[i];
		const struct export_cell cells[COUNT(columns)] = { cell_text((struct text){ l->area, strlen(l->area) }),
			cell_text((struct text){ l->name, strlen(l->name) }), cell_number((int64_t)l->value),
			cell_text((struct text){ l->unit, strlen(l->unit) }), cell_phrase(l->label) };
		if (export_row(e, cells, err) != 0)
			return -1;
	}
	return export_send(r, e, err);
}

int house(struct request *r, struct html *o, struct err *err)
{
	struct house_view v = { .now = clock_now(), .limits = arena_copy(r->arena, limit_table, sizeof limit_table), .limit_count = COUNT(limit_table) };
	struct store_reader *reader;
	enum export_kind kind;

	if (export_wanted(r, &kind))
		return export_limits(r, kind, err);
	look_at_processes(r, &v);
	look_at_limits(&v);
	if (store_read_take(r->web->service.home, &reader, err) != 0)
		return -1;
	int status = store_read_site(reader, r->arena, &v.site, err) != 0 || store_read_counts(reader, r->arena, v.counts, err) != 0 ||
		     look_at_policy(reader, r, &v, err) != 0 ? -1 : 0;
	store_read_give(reader);
	if (status != 0)
		return -1;
	v.unsealed = v.site.last - v.site.sealed;
	v.links = export_links_of(r, "before");
	page_house(o, &v);
	return 0;
}
