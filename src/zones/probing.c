/* 実地試験 — contract in probing.h: what becomes of each packet of a policy text, held against its model. */
#include "zones/probing.h"
#include "base/clock.h"
#include "zones/limits.h"
#include "zones/probing_rig.h"
#include "zones/probing_wire.h"
#include <linux/netfilter.h>

/* Flows that are known keep the port of the probes; those that begin have another, and are never answered: so they stay new however often they are sent. */
enum { FLOW_PORT = 40000, OPEN_PORT = 41000, STRAY_PORT = 42000, BURST_PORT = 43000 };
enum { BURST_MOST = 1000, BURST_BEYOND = 8 };

struct rated {
	const struct policy_allow *allow;
	unsigned sent, passed;
	bool shared; /* with another that has a rate: how many of which cannot be told */
	const struct probing_fate *inside;
};
struct probing {
	struct arena *arena;
	struct packet_space *space;
	struct zones_model model;
	struct packet_set rated_set;  /* let through only so often */
	struct packet_set twice_set;  /* allowed with a rate and without: always let through */
	struct text *names;
	size_t count;
	struct probing_wire wire;
	struct rated *rates;
	size_t rate_count;
	bool japanese;
	struct probing_told *told;
};

/* ---- hearing ---- */

static void heard(struct probing_wire *w, size_t i, const struct probe_log *log)
{
	struct probing_fate *f = &w->fates[i];
	const struct packet *sent = &f->probe.packet;

	if (memcmp(log->from, sent->from, sent->v6 ? 16 : 4) != 0 || memcmp(log->to, sent->to, sent->v6 ? 16 : 4) != 0)
		return; /* something of the router's own */
	if (log->prefix[0] == 'p') {
		f->passed = true;
		return;
	}
	f->seen = true;
	f->as_seen = *sent;
	f->as_seen.hook = log->hook == NF_INET_LOCAL_IN ? PACKET_INPUT : log->hook == NF_INET_FORWARD ? PACKET_FORWARD : PACKET_OUTPUT;
	f->as_seen.in = probing_wire_name(w, log->in), f->as_seen.out = probing_wire_name(w, log->out);
	probing_note_state(&f->as_seen, log->prefix);
}

/* ---- judging ---- */

static void tell(struct probing *p, const char *sentence)
{
	if (p->told->wrong++ < PROBING_SHOWN_MOST)
		p->told->shown[p->told->shown_count++] = sentence;
}

static const char *packet_told(struct probing *p, const struct packet *packet)
{
	struct buf said = buf_in(p->arena, 0);

	packet_print(&said, p->space, packet, p->japanese);
	return buf_string(&said);
}

/* A packet that is let through only so often counts for its allow. */
static void count_rated(struct probing *p, const struct probing_fate *f)
{
	struct rated *mine = NULL;

	for (size_t i = 0; i < p->model.ways.count; i++) {
		const struct zones_way *way = &p->model.ways.list[i];
		if (!packet_set_has(p->space, zones_way_opens(p->space, &p->model.ways, way), &f->as_seen))
			continue;
		for (size_t k = 0; k < p->rate_count; k++)
			if (p->rates[k].allow == way->allow) {
				if (mine && mine != &p->rates[k])
					mine->shared = p->rates[k].shared = true;
				mine = &p->rates[k];
			}
	}
	if (!mine)
		return;
	mine->sent++, mine->passed += f->passed;
	mine->inside = mine->inside ? mine->inside : f;
}

static void judge(struct probing *p, const struct probing_fate *f)
{
	bool allowed = packet_set_has(p->space, p->model.accepted, &f->as_seen);

	p->told->states[f->as_seen.state][f->as_seen.reply]++, p->told->hooks[f->as_seen.hook]++;
	*(f->passed ? &p->told->passed : &p->told->stopped) += 1;
	if (allowed && f->as_seen.state == PACKET_NEW && packet_set_has(p->space, p->rated_set, &f->as_seen))
		count_rated(p, f);
	else if (allowed != f->passed)
		tell(p, arena_printf(p->arena, "%s: %s",
				     f->passed ? (p->japanese ? "文が許していないのに通りました" : "passed, though the text does not allow it")
					       : (p->japanese ? "文が許しているのに止まりました" : "stopped, though the text allows it"),
				     packet_told(p, &f->as_seen)));
}

static void done(struct probing_wire *w, size_t i)
{
	struct probing *p = w->self;

	p->told->sent++;
	if (!w->fates[i].seen)
		p->told->unseen++;
	else
		judge(p, &w->fates[i]);
}

/* ---- rates ---- */

/* More at once than a rate lets through: the first must pass and the rest must not. */
static int burst(struct probing *p, struct rated *r, int64_t begun, struct err *err)
{
	static const int64_t seconds[] = { [POLICY_PER_SECOND] = 1, [POLICY_PER_MINUTE] = 60, [POLICY_PER_HOUR] = 3600 };
	uint64_t rate = r->allow->rate;

	if (!r->inside || rate > BURST_MOST)
		return 0;
	size_t from = p->wire.fate_count;
	for (uint64_t i = 0; i < rate + BURST_BEYOND; i++) {
		struct probing_fate *f = &p->wire.fates[p->wire.fate_count++];
		*f = *r->inside;
		f->seen = f->passed = false;
		if (f->probe.packet.from_port)
			f->probe.packet.from_port = (uint16_t)(BURST_PORT + i);
		f->echo = (uint16_t)(BURST_PORT + i);
	}
	if (probing_wire_run(&p->wire, from, err) != 0)
		return -1;
	uint64_t more = rate * (uint64_t)(clock_milliseconds() - begun + 1000) / ((uint64_t)seconds[r->allow->per] * 1000) + 1;
	bool good = r->passed < r->sent && r->passed > 0;
	if (!r->shared)
		good = (r->passed == r->sent ? r->sent <= rate + more : true) && r->passed <= rate + more && r->passed >= MIN(rate, r->sent);
	if (!good)
		tell(p, p->japanese ? arena_printf(p->arena, "%s の回数の上限が文のとおりに働きません: %u 件のうち %u 件が通りました", r->allow->id.p, r->sent, r->passed)
				    : arena_printf(p->arena, "the rate of %s is not the text's: of %u packets %u passed", r->allow->id.p, r->sent, r->passed));
	return 0;
}

/* Rates are used up now: what is allowed without one passes all the same. */
static int again(struct probing *p, struct err *err)
{
	size_t from = p->wire.fate_count;

	for (size_t i = 0; i < from; i++)
		for (unsigned k = 0; k < 2 && p->wire.fates[i].probe.kind == PROBE_OPENS && p->wire.fates[i].seen && packet_set_has(p->space, p->twice_set, &p->wire.fates[i].as_seen); k++) {
			struct probing_fate *f = &p->wire.fates[p->wire.fate_count++];
			*f = p->wire.fates[i];
			f->seen = f->passed = false;
		}
	return probing_wire_run(&p->wire, from, err);
}

/* ---- the whole ---- */

static int order_of(enum probe_kind kind)
{
	return kind == PROBE_OPENS || kind == PROBE_STRAY ? 0 : 1;
}

static void add_fate(struct probing_wire *w, const struct probe *probe, uint8_t flags)
{
	struct probing_fate *f = probing_wire_add(w, probe, flags);
	uint16_t port = probe->kind == PROBE_OPENS ? OPEN_PORT : probe->kind == PROBE_STRAY ? STRAY_PORT : FLOW_PORT;

	f->echo = port;
	if (f->probe.packet.from_port == FLOW_PORT)
		f->probe.packet.from_port = port;
}

static void rates_of(struct probing *p)
{
	struct packet_set with = packet_set_none(), without = packet_set_none();

	p->rates = arena_new_array(p->arena, struct rated, p->model.ways.count);
	for (size_t i = 0; i < p->model.ways.count; i++) {
		const struct zones_way *way = &p->model.ways.list[i];
		struct packet_set opens = zones_way_opens(p->space, &p->model.ways, way);
		size_t k = 0;
		if (!way->allow->rate) {
			without = packet_set_or(p->space, without, opens);
			continue;
		}
		with = packet_set_or(p->space, with, opens);
		while (k < p->rate_count && p->rates[k].allow != way->allow)
			k++;
		p->rates[k].allow = way->allow;
		p->rate_count = MAX(p->rate_count, k + 1);
	}
	p->rated_set = packet_set_minus(p->space, with, without);
	p->twice_set = packet_set_and(p->space, with, without);
}

static int begin(struct probing *p, const struct policy *policy, int64_t now, struct probe_list *probes, struct err *err)
{
	bool usable[256] = { true };

	zones_interfaces(p->arena, policy, &p->names, &p->count);
	if (p->count > PROBING_LINKS_MOST)
		return fail(err, ERR_LIMIT, p->count, "probes are sent through at most %d interfaces", PROBING_LINKS_MOST);
	if (packet_space_new(p->arena, p->names, p->count, 0, &p->space, err) != 0 || zones_model_make(p->arena, p->space, policy, now, false, &p->model, err) != 0 ||
	    probing_wire_open(&p->wire, p->arena, p->names, p->count, err) != 0)
		return -1;
	p->wire.heard = heard, p->wire.self = p;
	for (size_t i = 0; i < p->count; i++)
		usable[i + 1] = p->wire.peers[i] != 0;
	*probes = (struct probe_list){ .arena = p->arena };
	probe_all(probes, &p->model, usable, ZONES_PROBES_MOST);
	p->told->more = probes->more;
	rates_of(p);
	p->wire.fates = arena_new_array(p->arena, struct probing_fate, probes->count * 5 + p->rate_count * (BURST_MOST + BURST_BEYOND));
	return 0;
}

int probing_open(struct arena *arena, const struct policy *policy, int64_t now, struct err *err)
{
	struct probing_told told = { 0 };
	struct probing p = { .arena = arena, .wire = { .log = -1, .raw = -1, .out4 = -1, .out6 = -1 }, .told = &told };
	struct probe_list probes;
	int result = begin(&p, policy, now, &probes, err) != 0 || probing_wire_open_flows(&p.wire, &probes, add_fate, err) != 0 ? -1 : 0;

	probing_wire_close(&p.wire);
	return result;
}

static int send_all(struct probing *p, const struct probe_list *probes, struct err *err)
{
	int64_t begun = clock_milliseconds();

	p->wire.done = done;
	for (int order = 0; order < 2; order++)
		for (size_t i = 0; i < probes->count; i++)
			if (order_of(probes->list[i].kind) == order)
				add_fate(&p->wire, &probes->list[i], probes->list[i].kind == PROBE_OPENS ? PROBING_SYN : probes->list[i].kind == PROBE_STRAY ? 0 : PROBING_ACK);
	if (probing_wire_run(&p->wire, 0, err) != 0)
		return -1;
	for (size_t i = 0; i < p->rate_count; i++)
		if (burst(p, &p->rates[i], begun, err) != 0)
			return -1;
	return again(p, err) != 0 ? -1 : packet_space_check(p->space, err);
}

int probing_run(struct arena *arena, const struct policy *policy, int64_t now, bool japanese, struct probing_told *out, struct err *err)
{
	struct probing_told told = { 0 };
	struct probing p = { .arena = arena, .wire = { .log = -1, .raw = -1, .out4 = -1, .out6 = -1 }, .told = &told, .japanese = japanese };
	struct probe_list probes;
	int result = begin(&p, policy, now, &probes, err) != 0 || send_all(&p, &probes, err) != 0 ? -1 : 0;

	probing_wire_close(&p.wire);
	told.lost = p.wire.lost;
	if (result == 0)
		*out = told;
	return result;
}
