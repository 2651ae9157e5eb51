/* 規則の証明 — contract in prove.h. The walk is the kernel's: base chains of a hook by priority, in each the rules from the first on, jumps that come back and gotos
 * that do not, and at the end the policy; what one chain lets through the next one sees. A set of packets walks instead of a packet. */
#include "zones/prove.h"
#include "base/sort.h"
#include "base/text.h"
#include "zones/limits.h"
#include "zones/match.h"

struct walk {
	struct arena *arena;
	struct packet_space *space;
	const struct dump *dump;
	const struct dump_chain *base; /* where the walk began */
	struct match_place place;
	const struct nat *nat;		   /* NULL: chains of type nat are a doubt */
	struct packet_set start;	   /* only these packets walk */
	struct packet_set passed, stopped; /* by the base chain so far */
	struct doubts *doubts;
	struct prove_sets *out; /* its limits; NULL: nobody asks for them */
	const struct prove_watch *watch; /* NULL: nobody */
	struct prove_moments moments;	 /* none: only now is asked about */
	const char **decider; /* not NULL: the place of the last verdict is noted, for a set of one packet */
	unsigned depth;
};

static void doubt(struct walk *w, const struct dump_chain *chain, const struct dump_rule *rule, const char *ja, const char *en)
{
	doubt_add(w->arena, w->doubts, dump_place(w->arena, chain, rule), ja, en);
}

static bool is_none(struct packet_set set)
{
	return set.node == packet_set_none().node;
}

static const struct json *only(const struct json *o, const char *key)
{
	return o && o->kind == JSON_OBJECT && o->count == 1 ? json_get(o, key) : NULL;
}

/* ---- verdicts ---- */

/* Of one chain while the walk is in it. */
struct frame {
	const struct dump_chain *chain;
	const struct dump_rule *rule;
	struct packet_set left;	    /* goes on to the next rule */
	struct packet_set returned; /* left the chain early */
	struct packet_set gone;	    /* went by goto into a chain and came out at its end: as if this chain had ended */
};

static struct packet_set walk_chain(struct walk *w, const struct dump_chain *chain, struct packet_set at);

static struct matching matching_of(struct walk *w, const struct frame *f, struct packet_set reach);

/* The elements of sets that the rule found the packet by, " [comment]" of each. */
static const char *by_elements(struct walk *w, const struct frame *f, struct packet_set set)
{
	const char *told = "";
	struct packet packet;

	for (size_t i = 0; i < f->rule->does->count && packet_set_witness(w->space, set, &packet); i++) {
		struct matching m = matching_of(w, f, set);
		const struct json *match = only(&f->rule->does->items[i], "match");
		struct text comment = match ? match_comment(&m, match, &packet) : TEXT("");
		if (comment.n)
			told = arena_printf(w->arena, "%s [%s]", told, text_printable(w->arena, bytes_of_text(comment), 128));
	}
	return told;
}

static void note(struct walk *w, const struct frame *f, struct packet_set set)
{
	if (w->decider && !is_none(set))
		*w->decider = arena_printf(w->arena, "%s%s", dump_place(w->arena, f->chain, f->rule), by_elements(w, f, set));
}

static void jump(struct walk *w, struct frame *f, const struct json *target, struct packet_set set, bool comes_back)
{
	const struct dump_chain *chain = dump_chain_named(w->dump, f->chain->family, f->chain->table, json_text(target, "target"));

	if (!chain || chain->is_base || w->depth == ZONES_JUMPS_MOST) {
		doubt(w, f->chain, f->rule, "飛び先をたどれません。", "the chain that the rule jumps to cannot be followed");
		return;
	}
	struct packet_set back = walk_chain(w, chain, set);
	if (comes_back)
		f->left = packet_set_or(w->space, f->left, back);
	else
		f->gone = packet_set_or(w->space, f->gone, back);
}

static void met(struct walk *w, const struct frame *f, struct packet_set set)
{
	if (w->watch && !is_none(set))
		w->watch->met(w->watch->self, f->rule, set);
}

static bool is_verdict(const struct json *o)
{
	static const char *const verdicts[] = { "accept", "drop", "reject", "return", "continue", "jump", "goto" };

	for (size_t i = 0; i < COUNT(verdicts); i++)
		if (only(o, verdicts[i]))
			return true;
	return false;
}

/* set: what the verdict is said of. */
static void verdict(struct walk *w, struct frame *f, const struct json *o, struct packet_set set)
{
	const struct json *target;

	if (only(o, "accept")) {
		note(w, f, set);
		w->passed = packet_set_or(w->space, w->passed, set);
	} else if (only(o, "drop") || only(o, "reject")) {
		note(w, f, set);
		w->stopped = packet_set_or(w->space, w->stopped, set);
	} else if (only(o, "return"))
		f->returned = packet_set_or(w->space, f->returned, set);
	else if (only(o, "continue"))
		f->left = packet_set_or(w->space, f->left, set);
	else if ((target = only(o, "jump")) && !is_none(set))
		jump(w, f, target, set, true);
	else if ((target = only(o, "goto")) && !is_none(set))
		jump(w, f, target, set, false);
	else if (!is_verdict(o))
		doubt(w, f->chain, f->rule, "意味を確かめられない行き先の規則です。", "the rule ends in a way that is not known here");
}

/* ---- one rule ---- */

static bool is_called(const struct json *o, const char *word)
{
	return o->kind == JSON_OBJECT && o->count == 1 && text_is(o->keys[0], word);
}

static bool is_mark_of(const struct json *o, const char *whose)
{
	return text_is(json_text(only(o, whose), "key"), "mark");
}

/* A number, or one reckoned from the packet's mark and numbers: to read anything else may break the rule off, as a map does that has no answer. */
static bool is_plain_value(const struct json *v, unsigned depth)
{
	static const char *const reckoned[] = { "|", "&", "^", "<<", ">>" };

	if (v->kind == JSON_NUMBER || is_mark_of(v, "meta"))
		return true;
	for (size_t i = 0; i < COUNT(reckoned); i++) {
		const struct json *two = is_called(v, reckoned[i]) ? &v->items[0] : NULL;
		if (two && two->kind == JSON_ARRAY && two->count == 2 && depth > 0)
			return is_plain_value(&two->items[0], depth - 1) && is_plain_value(&two->items[1], depth - 1);
	}
	return false;
}

static bool writes_mark(const struct json *o)
{
	const struct json *mangle = only(o, "mangle"), *key = mangle && mangle->kind == JSON_OBJECT ? json_get(mangle, "key") : NULL;

	return key && (is_mark_of(key, "ct") || is_mark_of(key, "meta"));
}

static bool is_plain_counter(const struct json *o)
{
	const struct json *inside = is_called(o, "counter") ? &o->items[0] : NULL;

	return inside && (inside->kind == JSON_NULL || inside->kind == JSON_STRING || (inside->kind == JSON_OBJECT && inside->count == 2 && json_get(inside, "packets") && json_get(inside, "bytes")));
}

/* Expressions that change nothing about where this packet goes, and after which the rule always goes on. What a rule writes into a mark is harmless: no rule that reads one is ever
 * known. */
static bool is_idle(const struct json *o)
{
	enum { RECKONED_DEPTH = 8 };

	if (writes_mark(o))
		return is_plain_value(json_get(only(o, "mangle"), "value"), RECKONED_DEPTH);
	return is_plain_counter(o) || is_called(o, "log") || is_called(o, "last");
}

/* A chain that only counts, logs or looks, and then accepts: what goes there passes, and to walk it for each of ten thousand elements would say no more. */
static bool only_accepts(const struct dump_chain *chain)
{
	for (size_t i = 0; i < chain->count; i++) {
		const struct json *does = chain->rules[i].does;
		bool for_all = true;
		for (size_t k = 0; k < does->count; k++) {
			const struct json *o = &does->items[k];
			if (only(o, "accept"))
				return for_all && k + 1 == does->count;
			for_all = for_all && !only(o, "match");
			if (!is_idle(o) && !only(o, "match"))
				return false;
		}
	}
	return false;
}

static bool is_acceptance(const struct matching *m, const struct json *verdict)
{
	const struct walk *w = m->asker;
	const struct json *target = only(verdict, "goto");
	const struct dump_chain *chain;

	if (only(verdict, "accept"))
		return true;
	if (!target && !(target = only(verdict, "jump")))
		return false;
	chain = dump_chain_named(w->dump, m->chain->family, m->chain->table, json_text(target, "target"));
	return chain && !chain->is_base && w->depth < ZONES_JUMPS_MOST && only_accepts(chain);
}

static struct matching matching_of(struct walk *w, const struct frame *f, struct packet_set reach)
{
	return (struct matching){ .arena = w->arena, .space = w->space, .dump = w->dump, .chain = f->chain, .place = w->place, .reach = reach,
				   .accepts = w->decider ? NULL : is_acceptance, .asker = w, .moments = w->moments.after, .moment_count = w->moments.count };
}

/* Expressions that let the rule go on only now and then: so many in so long a time; a set that is full, or whose element has a limit; a map without an answer. */
static bool is_sometimes(const struct json *o)
{
	static const char *const sometimes[] = { "limit", "quota", "ct count", "set", "map", "counter" };

	for (size_t i = 0; i < COUNT(sometimes); i++)
		if (is_called(o, sometimes[i]))
			return true;
	return writes_mark(o);
}

/* ---- limits ---- */

static uint32_t seconds_of(struct text per)
{
	static const struct {
		const char *word;
		uint32_t seconds;
	} words[] = { { "second", 1 }, { "minute", 60 }, { "hour", 3600 }, { "day", 86400 }, { "week", 604800 } };

	for (size_t i = 0; i < COUNT(words); i++)
		if (text_is(per, words[i].word))
			return words[i].seconds;
	return 0;
}

/* "limit rate over N/minute burst M packets", before a drop; anything else is of no rate. */
static struct prove_limit limit_of(const struct json *o, bool drops)
{
	const struct json *limit = only(o, "limit");
	struct prove_limit none = { 0 };

	if (!limit || !drops || limit->kind != JSON_OBJECT || !json_is_true(limit, "inv") || json_get(limit, "rate_unit") || json_get(limit, "burst_unit"))
		return none;
	int64_t rate = json_number(limit, "rate", 0), burst = json_number(limit, "burst", 5 /* the kernel's, left out in a listing */);
	uint32_t seconds = seconds_of(json_text(limit, "per"));
	return rate > 0 && burst >= 0 && seconds ? (struct prove_limit){ .rate = (uint64_t)rate, .burst = (uint64_t)burst, .seconds = seconds } : none;
}

static void limited(struct walk *w, struct prove_limit limit, struct packet_set set)
{
	struct prove_sets *out = w->out;
	size_t i = 0;

	if (!out || is_none(set))
		return;
	while (i < out->limit_count && (out->limits[i].rate != limit.rate || out->limits[i].burst != limit.burst || out->limits[i].seconds != limit.seconds))
		i++;
	if (i == out->limit_count) {
		if ((i & (i - 1)) == 0) { /* twice the room at each power of two */
			struct prove_limit *more = arena_new_array(w->arena, struct prove_limit, i ? 2 * i : 1);
			if (i)
				memcpy(more, out->limits, i * sizeof *more);
			out->limits = more;
		}
		limit.set = packet_set_none();
		out->limits[out->limit_count++] = limit;
	}
	out->limits[i].set = packet_set_or(w->space, out->limits[i].set, set);
}

struct told {
	const char *key, *ja, *en;
};
static const struct told named[] = {
	{ "xt", "iptablesの拡張を使う規則です。nftの規則に直してください。", "the rule is an iptables extension" },
	{ "dnat", "アドレスを書き換える規則（DNAT）です。", "the rule rewrites addresses (DNAT)" },
	{ "snat", "アドレスを書き換える規則（SNAT）です。", "the rule rewrites addresses (SNAT)" },
	{ "masquerade", "アドレスを書き換える規則（マスカレード）です。", "the rule rewrites addresses (masquerade)" },
	{ "redirect", "アドレスを書き換える規則（転送先の変更）です。", "the rule rewrites addresses (redirect)" },
	{ "tproxy", "通信を別のプログラムに渡す規則（tproxy）です。", "the rule hands packets to a program (tproxy)" },
	{ "queue", "通信を別のプログラムに渡す規則（queue）です。", "the rule hands packets to a program (queue)" },
	{ "notrack", "通信の追跡を外す規則（notrack）です。", "the rule takes packets out of tracking (notrack)" },
	{ "flow", "規則を通らない近道（flowtable）を作る規則です。", "the rule opens a way past the rules (flowtable)" },
	{ "fwd", "通信を別の口に送る規則（fwd）です。", "the rule sends packets out of another interface (fwd)" },
	{ "dup", "通信の写しを送る規則（dup）です。", "the rule sends copies of packets (dup)" },
	{ "synproxy", "接続を代わりに受ける規則（synproxy）です。", "the rule answers connections itself (synproxy)" },
	{ "mangle", "通信の中身を書き換える規則です。", "the rule rewrites packets" },
	{ "ct helper", "通信の追跡に補助を付ける規則です。", "the rule attaches a conntrack helper" },
};

static void unknown_expression(struct walk *w, const struct frame *f, const struct json *o)
{
	for (size_t i = 0; i < COUNT(named); i++)
		if (o->kind == JSON_OBJECT && o->count == 1 && text_is(o->keys[0], named[i].key)) {
			doubt(w, f->chain, f->rule, named[i].ja, named[i].en);
			return;
		}
	doubt(w, f->chain, f->rule, "意味を確かめられない規則です。", "the rule does something that is not known here");
}

static void unknown_match(struct walk *w, const struct frame *f, const struct matching *m)
{
	doubt(w, f->chain, f->rule, m->why_ja, m->why_en);
}

/* What matches may still go on to the next rule where the rule applies only now and then, where it is not known to match, or where it ends without a verdict. */
static void walk_rule(struct walk *w, struct frame *f, struct packet_set at)
{
	struct packet_set matched = at, unsure = packet_set_none();
	const struct json *sometimes = NULL;
	bool several = false, decided = false, told = false;

	f->left = packet_set_none();
	for (size_t i = 0; i < f->rule->does->count; i++) {
		const struct json *o = &f->rule->does->items[i], *inside;
		struct matching m = matching_of(w, f, matched);
		struct packet_set condition;
		if (decided)
			doubt(w, f->chain, f->rule, "行き先の後ろに、まだ続きがある規則です。", "the rule goes on behind its verdict");
		else if ((inside = only(o, "match"))) {
			if (match_condition(&m, inside, &condition) != 0) {
				unknown_match(w, f, &m);
				decided = true, matched = packet_set_none();
				break;
			}
			matched = packet_set_and(w->space, matched, condition), unsure = packet_set_or(w->space, unsure, m.unsure);
		} else if ((inside = only(o, "vmap"))) {
			struct match_branch *branches;
			struct packet_set all = packet_set_none();
			size_t count = 0;
			if (match_branches(&m, inside, &branches, &count) != 0)
				unknown_match(w, f, &m);
			for (size_t k = 0; k < count; k++) {
				struct packet_set set = packet_set_and(w->space, matched, branches[k].set);
				all = packet_set_or(w->space, all, set);
				met(w, f, set);
				verdict(w, f, branches[k].verdict, set);
			}
			matched = all, decided = told = true, unsure = packet_set_or(w->space, unsure, m.unsure);
			if (sometimes)
				limited(w, (struct prove_limit){ 0 }, all);
		} else if (is_verdict(o)) {
			verdict(w, f, o, matched);
			decided = true;
			if (sometimes)
				limited(w, several ? (struct prove_limit){ 0 } : limit_of(sometimes, only(o, "drop")), matched);
		} else if (is_idle(o))
			continue;
		else if (is_sometimes(o))
			several |= sometimes != NULL, sometimes = o;
		else
			unknown_expression(w, f, o);
	}
	if (!told)
		met(w, f, matched);
	f->left = packet_set_or(w->space, f->left, sometimes || !decided ? at : packet_set_minus(w->space, at, packet_set_minus(w->space, matched, unsure)));
}

/* The packets that come out at its end. */
static struct packet_set walk_chain(struct walk *w, const struct dump_chain *chain, struct packet_set at)
{
	struct frame f = { .chain = chain, .returned = packet_set_none(), .gone = packet_set_none() };

	w->depth++;
	for (size_t i = 0; i < chain->count && !is_none(at); i++) {
		f.rule = &chain->rules[i];
		walk_rule(w, &f, at);
		at = f.left;
	}
	w->depth--;
	return packet_set_or(w->space, at, packet_set_or(w->space, f.returned, f.gone));
}

/* ---- base chains ---- */

static struct packet_set family_set(struct packet_space *s, enum dump_family family)
{
	return family == DUMP_INET ? packet_set_having(s, PACKET_HOOK) : packet_set_is(s, PACKET_FAMILY, family == DUMP_IP6);
}

/* One base chain; *pass and *stop: what may come out of it, of what comes to it. */
static void walk_base(struct walk *w, const struct dump_chain *chain, struct packet_set at, struct packet_set *pass, struct packet_set *stop)
{
	bool before = text_is(chain->hook, "prerouting"), mine = text_is(chain->hook, "output");
	struct packet_set seen = packet_set_and(w->space, at, family_set(w->space, chain->family));

	w->base = chain, w->depth = 0;
	w->place = (struct match_place){ .in_known = true, .out_known = !before, .tracked = (!before && !mine) || chain->priority > -200, .whole = (!before && !mine) || chain->priority > -400 };
	w->passed = w->stopped = packet_set_none();
	struct packet_set end = walk_chain(w, chain, seen);
	if (w->decider && !is_none(end))
		*w->decider = arena_printf(w->arena, "%s, policy %s", dump_place(w->arena, chain, NULL), chain->drops ? "drop" : "accept");
	if (chain->drops)
		w->stopped = packet_set_or(w->space, w->stopped, end);
	else
		w->passed = packet_set_or(w->space, w->passed, end);
	*pass = packet_set_or(w->space, w->passed, packet_set_minus(w->space, at, seen));
	*stop = w->stopped;
}

struct base_list {
	const struct dump_chain **list;
	size_t count;
};

static int base_order(const void *a, const void *b)
{
	const struct dump_chain *x = *(const struct dump_chain *const *)a, *y = *(const struct dump_chain *const *)b;

	return (x->priority > y->priority) - (x->priority < y->priority);
}

/* The base chains that packets of the hook meet, in order; doubts about those that cannot be judged. Where several stand at one priority the kernel's order is
 * not in the listing, and does not matter: each sees what the others let through, and none of them changes a packet. */
static void bases_of(const struct walk *w, const char *hook, struct base_list *out)
{
	size_t from = out->count;

	for (size_t i = 0; i < w->dump->chain_count; i++) {
		const struct dump_chain *c = &w->dump->chains[i];
		if (c->is_base && c->family <= DUMP_INET && text_is(c->hook, hook) && !(text_is(c->type, "nat") && (w->nat || c->count == 0)))
			out->list[out->count++] = c;
	}
	sort_items(out->list + from, out->count - from, sizeof *out->list, base_order);
}

static void doubtful_bases(struct walk *w)
{
	static const char *const hooks[] = { "prerouting", "input", "forward", "output", "postrouting" };

	for (size_t i = 0; i < w->dump->chain_count; i++) {
		const struct dump_chain *c = &w->dump->chains[i];
		bool known = false;
		if (!c->is_base)
			continue;
		for (size_t k = 0; k < COUNT(hooks); k++)
			known |= text_is(c->hook, hooks[k]);
		if (c->family > DUMP_INET ? c->count > 0 || c->drops : !known)
			doubt(w, c, NULL, "IPの転送より前か外で働く規則（橋、回線、ARP）です。", "a chain outside of the IP hooks (bridge, device, ARP)");
		else if (text_is(c->type, "nat") && c->count > 0 && !w->nat)
			doubt(w, c, NULL, "アドレスを書き換える鎖（nat）です。書き換えた後の通信は確かめられません。", "a nat chain: packets are not what they were behind it");
		else if (!text_is(c->type, "filter") && !text_is(c->type, "nat") && !text_is(c->type, "route"))
			doubt(w, c, NULL, "種類の分からない鎖です。", "a chain of unknown type");
	}
}

/* Chains that see a packet before its destination may be written anew. */
static bool is_before_nat(const struct dump_chain *c, enum packet_hook hook)
{
	return text_is(c->hook, hook == PACKET_OUTPUT ? "output" : "prerouting") && c->priority < NAT_PRIORITY_TO;
}

/* What a translation makes of packets comes to the later chains, whatever the earlier ones said of its form. */
static struct packet_set translated(const struct walk *w, enum packet_hook hook, struct packet_set at, struct packet_set all)
{
	return w->nat ? packet_set_or(w->space, at, packet_set_and(w->space, all, hook == PACKET_OUTPUT ? w->nat->of_own : w->nat->before_routing)) : at;
}

static void walk_hook(struct walk *w, enum packet_hook hook, struct prove_sets *out)
{
	const struct dump_chain **room = arena_new_array(w->arena, const struct dump_chain *, w->dump->chain_count * 3 + 1);
	struct base_list bases = { .list = room };
	struct packet_set all = packet_set_and(w->space, w->start, packet_set_is(w->space, PACKET_HOOK, hook)), at = all, pass, stop;
	size_t early = 0;

	if (hook != PACKET_OUTPUT)
		bases_of(w, "prerouting", &bases);
	bases_of(w, hook == PACKET_INPUT ? "input" : hook == PACKET_OUTPUT ? "output" : "forward", &bases);
	if (hook != PACKET_INPUT)
		bases_of(w, "postrouting", &bases);
	while (early < bases.count && is_before_nat(bases.list[early], hook))
		early++;
	for (size_t i = 0; i <= bases.count; i++) {
		if (i == early)
			at = translated(w, hook, at, all);
		if (i == bases.count)
			break;
		walk_base(w, bases.list[i], at, &pass, &stop);
		out->may_stop = packet_set_or(w->space, out->may_stop, stop);
		at = pass;
	}
	out->may_pass = packet_set_or(w->space, out->may_pass, at);
}

static void walk_all(struct walk *w, struct prove_sets *out)
{
	out->may_pass = out->may_stop = packet_set_none();
	walk_hook(w, PACKET_INPUT, out);
	walk_hook(w, PACKET_FORWARD, out);
	walk_hook(w, PACKET_OUTPUT, out);
}

/* w: what is asked, how. */
static int walk_dump(struct walk w, struct prove_sets *out, struct err *err)
{
	struct prove_sets got = { .doubts = { 0 } };

	w.doubts = &got.doubts, w.out = &got;
	for (size_t i = 0; i < w.dump->doubts.count; i++)
		doubt_add(w.arena, &got.doubts, w.dump->doubts.list[i].where, w.dump->doubts.list[i].ja, w.dump->doubts.list[i].en);
	doubtful_bases(&w);
	walk_all(&w, &got);
	if (packet_space_check(w.space, err) != 0)
		return -1;
	*out = got;
	return 0;
}

int prove_rules(struct arena *arena, struct packet_space *space, const struct dump *dump, const struct nat *nat, struct packet_set start, struct prove_sets *out, struct err *err)
{
	return walk_dump((struct walk){ .arena = arena, .space = space, .dump = dump, .nat = nat, .start = start }, out, err);
}

int prove_rules_lasting(struct arena *arena, struct packet_space *space, const struct dump *dump, struct prove_moments moments, struct packet_set start, struct prove_sets *out, struct err *err)
{
	must(moments.count < PACKET_MOMENTS);
	return walk_dump((struct walk){ .arena = arena, .space = space, .dump = dump, .start = start, .moments = moments }, out, err);
}

int prove_rules_watched(struct arena *arena, struct packet_space *space, const struct dump *dump, const struct nat *nat, struct packet_set start, const struct prove_watch *watch,
			struct prove_sets *out, struct err *err)
{
	return walk_dump((struct walk){ .arena = arena, .space = space, .dump = dump, .nat = nat, .start = start, .watch = watch }, out, err);
}

const char *prove_decider(struct arena *arena, struct packet_space *space, const struct dump *dump, const struct nat *nat, const struct packet *packet)
{
	const char *decider = NULL;
	struct prove_sets sets = { .doubts = { 0 } };
	struct walk w = { .arena = arena, .space = space, .dump = dump, .nat = nat, .start = packet_set_of(space, packet), .doubts = &sets.doubts, .decider = &decider };

	walk_all(&w, &sets);
	return decider ? decider : "-";
}
