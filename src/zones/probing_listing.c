/* 規則の写しの試験 — contract in probing_listing.h: what becomes of each packet, stage by stage. */
#include "zones/probing_listing.h"
#include "zones/probing_stages.h"
#include "zones/probing_rig.h"
#include "zones/probing_wire.h"
#include <linux/netfilter.h>

enum { BOXES_MOST = 1024 /* of one set of packets */, PROBES_MOST = 300000 /* of one listing */, ECHO = 40000, OWN_MOST = 16, AGAIN = 2 /* times that what is not as the model says is sent once more */ };

struct probing_listing {
	struct arena *arena;
	struct packet_space *space;
	const struct dump *dump;
	struct probing_stages stages;
	struct text *names;
	size_t count, unmade;
	struct packet_range own[2][OWN_MOST]; /* addresses of the router, IPv4 and IPv6 */
	size_t own_count[2];
	struct probe_list probes;
	struct probing_wire wire;
	bool *touched; /* rules */
	size_t *wrong; /* fates */
	size_t wrong_count;
	bool again, last_time; /* what was wrong is sent once more; what is wrong now is told */
	struct probing_listing_told told;
};

/* ---- which packets ---- */

static void boxes_of(struct probing_listing *l, struct packet_set set, const struct probe_ground *ground)
{
	struct packet_box *boxes;
	size_t count;
	bool whole;

	packet_set_boxes(l->space, set, l->arena, BOXES_MOST, &boxes, &count, &whole);
	probe_boxes(&l->probes, ground, boxes, count);
	l->probes.more |= !whole;
}

/* Whether an interface can have the address: no loopback, no group, not the first nor the last of all. */
static bool can_be_own(bool v6, packet_number a)
{
	return v6 ? a > 1 && a >> 120 != 0xff : a >> 24 != 0 && a >> 24 != 127 && a >> 28 < 14;
}

/* Rules that change destinations ask for addresses that the router has itself. */
static void add_own(struct probing_listing *l, struct packet_set asked)
{
	struct packet_box *boxes;
	size_t count;
	bool whole;

	packet_set_boxes(l->space, asked, l->arena, BOXES_MOST, &boxes, &count, &whole);
	for (size_t i = 0; i < count; i++)
		for (unsigned v6 = 0; v6 < 2; v6++) {
			enum packet_field to = v6 ? PACKET_TO6 : PACKET_TO4;
			struct packet_range r = boxes[i].counts[to] == 1 ? boxes[i].ranges[to][0] : (struct packet_range){ 0, 1 };
			bool known = r.low != r.high || !can_be_own(v6, r.low) || l->own_count[v6] == OWN_MOST;
			for (size_t k = 0; k < l->own_count[v6]; k++)
				known |= l->own[v6][k].low == r.low;
			if (!known)
				l->own[v6][l->own_count[v6]++] = r;
		}
}

static void make_own(struct probing_listing *l)
{
	static const packet_number four = (packet_number)192 << 24 | 2 << 8 | 1; /* 192.0.2.1 and 2001:db8::1: documentation */
	static const packet_number six = (packet_number)0x20010db8 << 96 | 1;

	l->own[0][0] = (struct packet_range){ four, four }, l->own[1][0] = (struct packet_range){ six, six };
	l->own_count[0] = l->own_count[1] = 1;
	for (size_t i = 0; i < l->stages.rule_count; i++)
		if (l->stages.asked[i].node != packet_set_none().node)
			add_own(l, l->stages.asked[i]);
}

static void make_probes(struct probing_listing *l)
{
	bool usable[256] = { false };
	struct probe_ground ground = { .usable = usable };

	for (size_t i = 0; i < l->count; i++) {
		usable[i + 1] = !text_is(l->names[i], "lo");
		ground.lo = usable[i + 1] ? ground.lo : (unsigned)i + 1;
	}
	probe_put_address(ground.own[0], false, l->own[0][0].low), probe_put_address(ground.own[1], true, l->own[1][0].low);
	probe_list_begin(&l->probes, l->arena, l->space, PROBES_MOST);
	boxes_of(l, packet_set_having(l->space, PACKET_HOOK), &ground);
	for (size_t i = 0; i < l->stages.met_count; i++)
		boxes_of(l, packet_set_and(l->space, l->stages.met[i].set, l->stages.comes[l->stages.met[i].stage]), &ground);
	ground.edges_only = true;
	for (unsigned s = 0; s < PROBING_STAGES; s++)
		boxes_of(l, l->stages.sets[s].may_pass, &ground);
	boxes_of(l, l->stages.whole.may_pass, &ground);
	ground.to_own = true, ground.edges_only = false;
	for (size_t i = 0; i < l->stages.rule_count; i++)
		if (l->stages.asked[i].node != packet_set_none().node)
			boxes_of(l, l->stages.asked[i], &ground);
}

int probing_listing_make(struct arena *arena, const struct dump *dump, struct probing_listing **out, struct err *err)
{
	struct probing_listing *l = arena_new_array(arena, struct probing_listing, 1);

	*l = (struct probing_listing){ .arena = arena, .dump = dump };
	probing_stages_interfaces(arena, &dump, 1, &l->names, &l->count, &l->unmade);
	if (l->count > PROBING_LINKS_MOST)
		return fail(err, ERR_LIMIT, l->count, "probes are sent through at most %d interfaces", PROBING_LINKS_MOST);
	if (packet_space_new(arena, l->names, l->count, 0, &l->space, err) != 0 || probing_stages_make(arena, l->space, dump, &l->stages, err) != 0)
		return -1;
	make_own(l);
	make_probes(l);
	if (packet_space_check(l->space, err) != 0)
		return -1;
	*out = l;
	return 0;
}

int probing_listing_same(struct arena *arena, const struct dump *a, const struct dump *b, bool *same, struct err *err)
{
	const struct dump *const both[] = { a, b };
	struct probing_stages one, other;
	struct packet_space *space;
	struct text *names;
	size_t count, unmade;

	probing_stages_interfaces(arena, both, COUNT(both), &names, &count, &unmade);
	if (packet_space_new(arena, names, count, 0, &space, err) != 0 || probing_stages_make(arena, space, a, &one, err) != 0 || probing_stages_make(arena, space, b, &other, err) != 0)
		return -1;
	*same = true;
	for (unsigned s = 0; s < PROBING_STAGES; s++) {
		struct packet_set comes = packet_set_and(space, one.comes[s], other.comes[s]);
		*same &= packet_sets_equal(space, packet_set_and(space, comes, one.sets[s].may_pass), packet_set_and(space, comes, other.sets[s].may_pass));
		*same &= packet_sets_equal(space, packet_set_and(space, comes, one.sets[s].may_stop), packet_set_and(space, comes, other.sets[s].may_stop));
	}
	return packet_space_check(space, err);
}

/* ---- the router ---- */

static void put_chain(struct buf *out, const char *name, const char *hook, int priority, const char *letter)
{
	static const char *const states[][2] = { { "n", "ct state new" }, { "eo", "ct state established ct direction original" }, { "er", "ct state established ct direction reply" },
		{ "ro", "ct state related ct direction original" }, { "rr", "ct state related ct direction reply" }, { "i", "ct state invalid" }, { "u", "ct state untracked" } };

	buf_printf(out, "\tchain %s_%s {\n\t\ttype filter hook %s priority %d; policy accept;\n", name, hook, hook, priority);
	if (priority == STAGE_FIRST_AT && (strcmp(hook, "prerouting") == 0 || strcmp(hook, "output") == 0)) {
		buf_printf(out, "\t\tmeta mark & %d != %d accept\n", PROBING_MARK_MASK, PROBING_MARK);
		for (int zone = 1; zone <= 3; zone++)
			buf_printf(out, "\t\tmeta mark & %d == %d ct zone set %d\n", PROBING_ZONE_MASK, zone << PROBING_ZONE_SHIFT, zone);
		buf_printf(out, "\t\tlog prefix \"%s\" group %d\n", letter, PROBING_LOG_GROUP);
	} else if (letter[0] == 'p') {
		buf_printf(out, "\t\tlog prefix \"p\" group %d\n", PROBING_LOG_GROUP);
	} else {
		for (size_t i = 0; i < COUNT(states); i++)
			buf_printf(out, "\t\t%s log prefix \"%s%s\" group %d\n", states[i][1], letter, states[i][0], PROBING_LOG_GROUP);
	}
	buf_str(out, "\t}\n");
}

static void put_chains(struct buf *out)
{
	static const char *const early[] = { "prerouting", "output" };

	buf_str(out, "table inet probe {\n");
	for (size_t i = 0; i < COUNT(early); i++) {
		put_chain(out, "first", early[i], STAGE_FIRST_AT, "b");
		put_chain(out, "tracked", early[i], STAGE_TRACKED_AT, "m");
		put_chain(out, "behind", early[i], STAGE_BEHIND_AT, "t");
		put_chain(out, "last", early[i], STAGE_LAST_AT, "r");
	}
	put_chain(out, "first", "input", STAGE_FIRST_AT, "s");
	put_chain(out, "first", "forward", STAGE_FIRST_AT, "s");
	put_chain(out, "first", "postrouting", STAGE_FIRST_AT, "o");
	put_chain(out, "last", "input", STAGE_LAST_AT, "p");
	put_chain(out, "last", "postrouting", STAGE_LAST_AT, "p");
	buf_str(out, "}\n");
}

static const char *usable_link(const struct probing_listing *l)
{
	for (size_t i = 0; i < l->count; i++)
		if (!text_is(l->names[i], "lo"))
			return l->names[i].p;
	return "lo";
}

int probing_listing_rig(struct probing_listing *l, struct err *err)
{
	struct buf four = buf_in(l->arena, 0), six = buf_in(l->arena, 0), chains = buf_in(l->arena, 0);

	probing_put_links(&four, l->names, l->count);
	for (unsigned v6 = 0; v6 < 2; v6++) {
		struct buf *out = v6 ? &six : &four;
		probing_put_ways(out, l->names, l->count);
		probing_put_way_here(out);
		for (size_t i = 0; i < l->own_count[v6]; i++) {
			buf_str(out, "addr add ");
			packet_range_print(out, v6 ? PACKET_TO6 : PACKET_TO4, l->own[v6][i]);
			buf_printf(out, "/%d dev %s%s\n", v6 ? 128 : 32, usable_link(l), v6 ? " nodad" : "");
		}
	}
	put_chains(&chains);
	return probing_set_up(l->arena, l->names, l->count, &four, &six, &chains, err);
}

/* ---- hearing ---- */

static void heard(struct probing_wire *w, size_t i, const struct probe_log *log)
{
	static const char letters[] = "bmtrso";
	struct probing_fate *f = &w->fates[i];
	const struct packet *sent = &f->probe.packet;
	const char *letter = strchr(letters, log->prefix[0]);
	struct probing_trace *trace = &w->traces[i - w->base];

	f->seen = true;
	if (log->prefix[0] == 'p') {
		f->passed = true;
		return;
	}
	if (!letter || !*letter)
		return;
	struct packet *p = &trace->at[letter - letters];
	trace->met[letter - letters] = true;
	probe_log_packet(log, p);
	p->in = probing_wire_name(w, log->in), p->out = probing_wire_name(w, log->out);
	p->hook = log->hook == NF_INET_LOCAL_IN ? PACKET_INPUT : log->hook == NF_INET_FORWARD ? PACKET_FORWARD : log->hook == NF_INET_LOCAL_OUT ? PACKET_OUTPUT : sent->hook;
	if (log->hook == NF_INET_PRE_ROUTING)
		p->out = sent->hook == PACKET_FORWARD ? sent->out : 0;
	if (log->hook == NF_INET_POST_ROUTING)
		p->hook = sent->in == 0 ? PACKET_OUTPUT : PACKET_FORWARD, p->in = sent->in;
	if (log->prefix[0] != 'b')
		probing_note_state(p, log->prefix);
}

/* ---- judging ---- */

enum verdict { AS_SAID, NOT_AS_SAID, EITHER };

/* Before conntrack the state is not known, and no rule there can ask for it: the next stage's, or what was meant. */
static void guess_state(const struct probing_fate *f, struct probing_trace *t)
{
	struct packet *p = &t->at[STAGE_EARLY];
	bool untracked = p->v6 && p->protocol == 58 && ((p->icmp_type >= 130 && p->icmp_type <= 136) || p->icmp_type == 143);

	if (t->met[STAGE_TRACKED])
		p->state = t->at[STAGE_TRACKED].state, p->reply = t->at[STAGE_TRACKED].reply;
	else
		p->state = untracked ? PACKET_UNTRACKED : p->protocol == (p->v6 ? 1 : 58) ? PACKET_INVALID : f->probe.kind == PROBE_GOES_ON || f->probe.kind == PROBE_ANSWERS ? PACKET_ESTABLISHED : PACKET_NEW;
}

static enum verdict verdict_of(struct probing_listing *l, const struct prove_sets *sets, const struct packet *p, bool through)
{
	bool may_pass = packet_set_has(l->space, sets->may_pass, p), may_stop = packet_set_has(l->space, sets->may_stop, p);

	return may_pass && may_stop ? EITHER : (through ? may_pass : may_stop) ? AS_SAID : NOT_AS_SAID;
}

/* The audit's answer: exact, but for what a changed destination might have made. */
static enum verdict verdict_of_whole(struct probing_listing *l, const struct packet *p, bool through)
{
	const struct prove_sets *w = &l->stages.whole;
	struct packet_set made = p->hook == PACKET_OUTPUT ? l->stages.nat.of_own : l->stages.nat.before_routing;

	if (through)
		return packet_set_has(l->space, w->may_pass, p) ? AS_SAID : NOT_AS_SAID;
	if (!packet_set_has(l->space, w->may_pass, p))
		return AS_SAID;
	return packet_set_has(l->space, w->may_stop, p) || packet_set_has(l->space, made, p) ? EITHER : NOT_AS_SAID;
}

static void touch(struct probing_listing *l, enum probing_stage stage, const struct packet *p)
{
	for (size_t i = 0; i < l->stages.met_count; i++) {
		const struct stage_met *m = &l->stages.met[i];
		if (m->stage == stage && !l->touched[m->rule] && packet_set_has(l->space, m->set, p))
			l->touched[m->rule] = true;
	}
}

static void tell(struct probing_listing *l, const struct packet *p, bool through, const char *where)
{
	struct buf said = buf_in(l->arena, 0);

	if (l->told.wrong++ >= PROBING_LISTING_SHOWN_MOST)
		return;
	packet_print(&said, l->space, p, false);
	l->told.shown[l->told.shown_count++] = arena_printf(l->arena, "%s %s, not as the model says: %s", through ? "passed" : "stopped", where, buf_string(&said));
}

static void wrong(struct probing_listing *l, size_t fate, const struct packet *p, bool through, const char *where)
{
	if (l->last_time)
		tell(l, p, through, where);
	else
		l->wrong[l->wrong_count++] = fate;
}

static const char *const stage_names[] = { "before conntrack", "before the destination may change", "before routing", "", "in input or forward", "in postrouting" };

/* true: as the model says. */
static bool judge_stages(struct probing_listing *l, size_t i, const struct probing_trace *t, unsigned last, bool passed, bool *either)
{
	for (unsigned s = 0; s <= last; s++) {
		bool through = s < last || passed;
		if (!t->met[s] || s == STAGE_ROUTED)
			continue;
		enum verdict v = verdict_of(l, &l->stages.sets[s], &t->at[s], through);
		if (v == NOT_AS_SAID)
			return wrong(l, i, &t->at[s], through, stage_names[s]), false;
		*either |= v == EITHER;
		if (v == AS_SAID)
			touch(l, (enum probing_stage)s, &t->at[s]);
	}
	return true;
}

/* As the later chains see it: what the audit speaks of. */
static const struct packet *as_judged(const struct probing_trace *t, bool own)
{
	static const enum probing_stage order[2][4] = { { STAGE_HERE, STAGE_BEHIND, STAGE_TRACKED, STAGE_EARLY }, { STAGE_LEAVES, STAGE_BEHIND, STAGE_TRACKED, STAGE_EARLY } };
	size_t i = 0;

	while (i < 3 && !t->met[order[own][i]])
		i++;
	return &t->at[order[own][i]];
}

static bool has_changed(const struct probing_trace *t)
{
	const struct packet *a = &t->at[STAGE_TRACKED], *b = &t->at[STAGE_BEHIND];

	return t->met[STAGE_TRACKED] && t->met[STAGE_BEHIND] && (a->to_port != b->to_port || memcmp(a->to, b->to, sizeof a->to) != 0);
}

static void done(struct probing_wire *w, size_t i)
{
	struct probing_listing *l = w->self;
	struct probing_trace *t = &w->traces[i - w->base];
	const struct probing_fate *f = &w->fates[i];
	unsigned last = PROBING_STAGES;
	bool either = false;

	while (last > 0 && !t->met[last - 1])
		last--;
	l->told.sent += !l->again;
	if (last == 0) {
		l->told.unseen++;
		return;
	}
	guess_state(f, t);
	if (!judge_stages(l, i, t, --last, f->passed, &either))
		return;
	if (last == STAGE_ROUTED && !f->passed) {
		l->told.unrouted++;
		return;
	}
	const struct packet *p = as_judged(t, f->probe.packet.in == 0);
	enum verdict v = verdict_of_whole(l, p, f->passed);
	if (v == NOT_AS_SAID) {
		wrong(l, i, p, f->passed, "in all, by the audit");
		return;
	}
	*(either ? &l->told.either : f->passed ? &l->told.passed : &l->told.stopped) += 1;
	l->told.translated += has_changed(t);
	l->told.hooks[p->hook]++, l->told.states[p->state][p->reply]++;
}

/* ---- the whole ---- */

static void add(struct probing_wire *w, const struct probe *probe, uint8_t flags)
{
	probing_wire_add(w, probe, flags)->echo = ECHO;
}

static int begin(struct probing_listing *l, struct err *err)
{
	if (probing_wire_open(&l->wire, l->arena, l->names, l->count, err) != 0)
		return -1;
	probing_wire_join(&l->wire, &l->probes);
	l->wire.heard = heard, l->wire.self = l, l->wire.apart = true;
	l->wire.fates = arena_new_array(l->arena, struct probing_fate, l->probes.count * (3 + AGAIN));
	l->wire.traces = arena_new_array(l->arena, struct probing_trace, PROBING_AT_ONCE);
	l->touched = arena_new_array(l->arena, bool, l->stages.rule_count + 1);
	memset(l->touched, 0, l->stages.rule_count + 1);
	l->wrong = arena_new_array(l->arena, size_t, l->probes.count + 1);
	return 0;
}

int probing_listing_open(struct probing_listing *l, struct err *err)
{
	int result = begin(l, err) != 0 || probing_wire_open_flows(&l->wire, &l->probes, add, err) != 0 ? -1 : 0;

	probing_wire_close(&l->wire);
	return result;
}

/* What is not as the model says is sent again: a packet that was late is not a fault. */
static int send_all(struct probing_listing *l, struct err *err)
{
	l->wire.done = done;
	for (size_t i = 0; i < l->probes.count; i++) {
		enum probe_kind kind = l->probes.list[i].kind;
		add(&l->wire, &l->probes.list[i], kind == PROBE_OPENS ? PROBING_SYN : kind == PROBE_STRAY ? 0 : PROBING_ACK);
	}
	if (probing_wire_run(&l->wire, 0, err) != 0)
		return -1;
	for (unsigned again = 0; again < AGAIN && l->wrong_count; again++) {
		size_t from = l->wire.fate_count, count = l->wrong_count;
		l->wrong_count = 0, l->again = true, l->last_time = again + 1 == AGAIN;
		for (size_t i = 0; i < count; i++) {
			struct probing_fate f = l->wire.fates[l->wrong[i]];
			l->wire.fates[l->wire.fate_count++] = f;
		}
		if (probing_wire_run(&l->wire, from, err) != 0)
			return -1;
	}
	return packet_space_check(l->space, err);
}

static void tell_rules(struct probing_listing *l)
{
	struct probing_listing_told *t = &l->told;
	bool *reached = arena_new_array(l->arena, bool, l->stages.rule_count + 1);

	memset(reached, 0, l->stages.rule_count + 1);
	for (size_t i = 0; i < l->stages.met_count; i++)
		reached[l->stages.met[i].rule] |= !packet_set_is_empty(l->space, packet_set_and(l->space, l->stages.met[i].set, l->stages.comes[l->stages.met[i].stage]));
	t->rules = l->stages.rule_count;
	for (size_t i = 0, rule = 0; i < l->dump->chain_count; i++)
		for (size_t k = 0; k < l->dump->chains[i].count; k++, rule++) {
			*(l->touched[rule] ? &t->touched : reached[rule] ? &t->untouched : l->stages.translating[rule] ? &t->translating : &t->unreached) += 1;
			if (!l->touched[rule] && reached[rule] && t->missed_count < PROBING_LISTING_SHOWN_MOST)
				t->missed[t->missed_count++] = dump_place(l->arena, &l->dump->chains[i], &l->dump->chains[i].rules[k]);
		}
}

int probing_listing_run(struct probing_listing *l, struct probing_listing_told *out, struct err *err)
{
	l->told = (struct probing_listing_told){ .more = l->probes.more, .interfaces = l->count, .unmade = l->unmade };
	int result = begin(l, err) != 0 || send_all(l, err) != 0 ? -1 : 0;

	probing_wire_close(&l->wire);
	l->told.lost = l->wire.lost;
	if (result == 0) {
		tell_rules(l);
		*out = l->told;
	}
	return result;
}
