/* ポリシー文からカーネルの規則へ — contract in compile_nft.h. What of nft 1.0.6 loads and what does not: every form here is loaded by tests/zones_batch.sh. */
#include "zones/compile_nft.h"
#include "base/calendar.h"
#include "base/code.h"
#include "policy/policy.h"
#include "zones/elements.h"
#include "zones/limits.h"
#include <arpa/inet.h>

enum { TIMEOUT_MOST = 2000000000 }; /* seconds; the kernel takes a little more */

/* What goes from one zone (NULL: the gate) to another. */
struct pair {
	const struct policy_zone *from, *to;
	const struct zones_way *ways;
	size_t count;
	const char *name;		      /* "lgwan_gate" */
	bool has_from[2], has_to[2];	      /* sets of addresses, for errors */
	struct buf opens, answers;	      /* look-ups, a line each */
};
struct writer {
	struct arena *arena;
	struct buf *out;
	const struct policy *policy;
	const struct zones_ways *ways;
	const struct zones_compile *how;
	struct pair *pairs; /* of every two places, in order: zones, then the gate */
	size_t places;
	size_t elements;
	struct err *err;
};

static const struct policy_zone *place(const struct writer *w, size_t i)
{
	return i < w->policy->zone_count ? &w->policy->zones[i] : NULL;
}

static struct pair *pair_of(const struct writer *w, size_t from, size_t to)
{
	return &w->pairs[from * w->places + to];
}

static const char *place_name(const struct policy_zone *zone)
{
	return zone ? zone->name.p : "gate";
}

static int counted(struct writer *w, size_t more)
{
	w->elements += more;
	if (w->elements > ZONES_ELEMENTS_MOST)
		return fail(w->err, ERR_LIMIT, w->elements, "the batch needs more than %d elements", ZONES_ELEMENTS_MOST);
	return 0;
}

/* ---- elements ---- */

static void put_number(struct buf *out, bool v6, packet_number n)
{
	uint8_t address[16];
	char text[INET6_ADDRSTRLEN];

	for (int i = (v6 ? 16 : 4) - 1; i >= 0; i--, n >>= 8)
		address[i] = (uint8_t)n;
	must(inet_ntop(v6 ? AF_INET6 : AF_INET, address, text, sizeof text));
	buf_str(out, text);
}

static void put_range(struct buf *out, bool v6, struct packet_range r)
{
	put_number(out, v6, r.low);
	if (r.low != r.high)
		buf_byte(out, '-'), put_number(out, v6, r.high);
}

static void put_timeout(const struct writer *w, int64_t until)
{
	unsigned long long left = (unsigned long long)MIN(until - w->how->now, (int64_t)TIMEOUT_MOST);

	/* nft takes no more than eight digits before a unit. */
	buf_str(w->out, " timeout ");
	if (left >= DAY_SECONDS)
		buf_printf(w->out, "%llud", left / DAY_SECONDS);
	if (left < DAY_SECONDS || left % DAY_SECONDS)
		buf_printf(w->out, "%llus", left % DAY_SECONDS);
}

static void put_element(const struct writer *w, const struct zones_element *e, const struct zones_choice *choice)
{
	put_range(w->out, choice->v6, e->from);
	buf_str(w->out, " . ");
	put_range(w->out, choice->v6, e->to);
	if (!choice->icmp) {
		buf_printf(w->out, " . %u . %u", e->protocol, (unsigned)e->ports.low);
		if (e->ports.low != e->ports.high)
			buf_printf(w->out, "-%u", (unsigned)e->ports.high);
	}
	buf_str(w->out, " counter");
	put_timeout(w, e->until);
	buf_printf(w->out, " comment \"%s\"", e->allow->id.p);
	if (choice->handling != ZONES_PLAIN)
		buf_printf(w->out, " : goto allow_%s", e->allow->id.p);
}

/* One set or map of a pair, and the lines that look into it. Each element counts what it lets through and bears the name of its allow (counters.h): a chain and a counter for
 * each allow take nft twice the time. */
static int write_map(struct writer *w, struct pair *pair, const struct zones_choice *choice)
{
	static const char *const kinds[] = { [ZONES_LOGGED] = "logged_", [ZONES_PLAIN] = "", [ZONES_RATED] = "limited_" };
	ARENA(scratch) = arena_new(0);
	const char *family = choice->v6 ? "ip6" : "ip", *address = choice->v6 ? "ipv6_addr" : "ipv4_addr";
	bool plain = choice->handling == ZONES_PLAIN;
	struct zones_elements elements;

	if (zones_elements_make(scratch, w->policy, pair->ways, pair->count, choice, &elements, w->err) != 0 || counted(w, elements.count) != 0)
		return -1;
	if (elements.count == 0)
		return 0;
	const char *kind = choice->icmp ? arena_printf(w->arena, "icmp%u_", choice->icmp->type) : "";
	const char *name = arena_printf(w->arena, "%s%s%s%d_%s", kinds[choice->handling], kind, choice->single ? "hosts" : "ranges", choice->v6 ? 6 : 4, pair->name);
	const char *found = arena_printf(w->arena, plain ? "@%s accept" : "vmap @%s", name);
	buf_printf(w->out, "\t%s %s {\n\t\ttype %s . %s%s%s\n\t\tflags %stimeout\n\t\tcounter\n\t\telements = {\n", plain ? "set" : "map", name, address, address,
		   choice->icmp ? "" : " . inet_proto . inet_service", plain ? "" : " : verdict", choice->single ? "" : "interval, ");
	for (size_t i = 0; i < elements.count; i++) {
		buf_str(w->out, "\t\t\t");
		put_element(w, &elements.list[i], choice);
		buf_str(w->out, i + 1 < elements.count ? ",\n" : "\n");
	}
	buf_str(w->out, "\t\t}\n\t}\n");
	if (choice->icmp) {
		const char *message = choice->v6 ? "icmpv6" : "icmp";
		buf_printf(&pair->opens, "\t\t%s type %u %s saddr . %s daddr %s\n", message, choice->icmp->type, family, family, found);
		buf_printf(&pair->answers, "\t\t%s type %u %s daddr . %s saddr %s\n", message, choice->icmp->reply, family, family, found);
	} else {
		buf_printf(&pair->opens, "\t\t%s saddr . %s daddr . meta l4proto . th dport %s\n", family, family, found);
		buf_printf(&pair->answers, "\t\t%s daddr . %s saddr . meta l4proto . th sport %s\n", family, family, found);
	}
	return 0;
}

/* Messages that any service of the pair asks, each once. */
static size_t messages_of(const struct writer *w, const struct pair *pair, const struct policy_icmp *out[8])
{
	size_t n = 0;

	for (size_t i = 0; i < pair->count; i++)
		for (size_t k = 0; k < pair->ways[i].allow->service_count; k++) {
			const struct policy_service *service = policy_service_named(w->policy, pair->ways[i].allow->services[k].name);
			for (size_t m = 0; m < service->icmp_count; m++) {
				size_t known = 0;
				while (known < n && (out[known]->v6 != service->icmps[m].v6 || out[known]->type != service->icmps[m].type))
					known++;
				if (known == n)
					must(n < 8), out[n++] = &service->icmps[m];
			}
		}
	/* In the order of family and type, whichever service came first. */
	for (size_t i = 1; i < n; i++)
		for (size_t k = i; k && (out[k]->v6 < out[k - 1]->v6 || (out[k]->v6 == out[k - 1]->v6 && out[k]->type < out[k - 1]->type)); k--) {
			const struct policy_icmp *swap = out[k];
			out[k] = out[k - 1], out[k - 1] = swap;
		}
	return n;
}

static int write_maps(struct writer *w, struct pair *pair)
{
	const struct policy_icmp *messages[8];
	size_t count = messages_of(w, pair, messages);

	for (enum zones_handling handling = 0; handling < ZONES_HANDLINGS; handling++)
		for (int single = 1; single >= 0; single--) {
			for (int v6 = 0; v6 < 2; v6++)
				if (write_map(w, pair, &(struct zones_choice){ .v6 = v6, .handling = handling, .single = single }) != 0)
					return -1;
			for (size_t i = 0; i < count; i++)
				if (write_map(w, pair, &(struct zones_choice){ .v6 = messages[i]->v6, .handling = handling, .single = single, .icmp = messages[i] }) != 0)
					return -1;
		}
	return 0;
}

/* The addresses of one side of all ways of a pair, each as long as a way of it lasts. */
static int write_ends(struct writer *w, struct pair *pair, bool of_to, bool v6)
{
	struct zones_span *spans;
	size_t count = 0;

	for (size_t i = 0; i < pair->count; i++)
		count += (of_to ? pair->ways[i].to_ranges : pair->ways[i].from_ranges)[v6].count;
	spans = arena_new_array(w->arena, struct zones_span, count);
	count = 0;
	for (size_t i = 0; i < pair->count; i++) {
		const struct zones_ranges *ranges = &(of_to ? pair->ways[i].to_ranges : pair->ways[i].from_ranges)[v6];
		for (size_t k = 0; k < ranges->count; k++)
			spans[count++] = (struct zones_span){ ranges->list[k], pair->ways[i].until };
	}
	zones_spans_settle(w->arena, &spans, &count);
	(of_to ? pair->has_to : pair->has_from)[v6] = count != 0;
	if (count == 0)
		return 0;
	if (counted(w, count) != 0)
		return -1;
	buf_printf(w->out, "\tset %s%d_%s {\n\t\ttype %s\n\t\tflags interval, timeout\n\t\telements = {\n", of_to ? "to" : "from", v6 ? 6 : 4, pair->name, v6 ? "ipv6_addr" : "ipv4_addr");
	for (size_t i = 0; i < count; i++) {
		buf_str(w->out, "\t\t\t");
		put_range(w->out, v6, spans[i].range);
		put_timeout(w, spans[i].until);
		buf_str(w->out, i + 1 < count ? ",\n" : "\n");
	}
	buf_str(w->out, "\t\t}\n\t}\n");
	return 0;
}

static int write_own(struct writer *w, const char *kind, const struct policy_zone *zone, const struct zones_ranges *ranges, bool v6)
{
	if (ranges->count == 0)
		return 0;
	if (counted(w, ranges->count) != 0)
		return -1;
	buf_printf(w->out, "\tset %s%d_%s {\n\t\ttype %s\n\t\tflags interval\n\t\telements = {\n", kind, v6 ? 6 : 4, zone->name.p, v6 ? "ipv6_addr" : "ipv4_addr");
	for (size_t i = 0; i < ranges->count; i++) {
		buf_str(w->out, "\t\t\t");
		put_range(w->out, v6, ranges->list[i]);
		buf_str(w->out, i + 1 < ranges->count ? ",\n" : "\n");
	}
	buf_str(w->out, "\t\t}\n\t}\n");
	return 0;
}

/* ---- chains ---- */

static void write_log(const struct writer *w, const char *limit, const char *prefix)
{
	buf_printf(w->out, "\t\t%slog prefix \"%s\" group %d snaplen 128\n", limit, prefix, ZONES_LOG_GROUP);
}

static void write_allow(const struct writer *w, const struct policy_allow *allow)
{
	static const char *const pers[] = { [POLICY_PER_SECOND] = "second", [POLICY_PER_MINUTE] = "minute", [POLICY_PER_HOUR] = "hour" };
	unsigned long long rate = allow->rate;

	buf_printf(w->out, "\tchain allow_%s {\n", allow->id.p);
	if (rate)
		buf_printf(w->out, "\t\tct state new limit rate over %llu/%s burst %llu packets drop\n", rate, pers[allow->per], rate);
	if (allow->log)
		write_log(w, "ct state new ", arena_printf(w->arena, "%s:accept", allow->id.p));
	buf_str(w->out, "\t\taccept\n\t}\n");
}

static const char denied[] = "limit rate 20/second burst 40 packets ";

static void write_pair(const struct writer *w, struct pair *pair)
{
	buf_printf(w->out, "\tchain open_%s {\n%s\t\tcounter name deny_%s\n", pair->name, buf_string(&pair->opens), pair->name);
	write_log(w, denied, arena_printf(w->arena, "%s>%s:drop", place_name(pair->from), place_name(pair->to)));
	buf_str(w->out, "\t\tdrop\n\t}\n");
	if (pair->count)
		buf_printf(w->out, "\tchain answer_%s {\n%s\t}\n", pair->name, buf_string(&pair->answers));
}

static void error_line(const struct writer *w, const struct pair *to_whom, bool v6, const char *senders, const char *set, const struct pair *of, bool has, bool *begun)
{
	if (!has)
		return;
	if (!*begun)
		buf_printf(w->out, "\tchain error_%s {\n", to_whom->name);
	*begun = true;
	buf_printf(w->out, "\t\t%s %s saddr @%s %s daddr @%s%d_%s accept\n", v6 ? "icmpv6 type { 1, 2, 3, 4 }" : "icmp type { 3, 11, 12 }", v6 ? "ip6" : "ip", senders,
		   v6 ? "ip6" : "ip", set, v6 ? 6 : 4, of->name);
}

/* Errors that go from one place to another: about what the receiver opened there, about what was opened to it from there; and what the gate says itself about
 * what it forwards. false: there can be none. */
static bool write_errors(const struct writer *w, size_t from, size_t to)
{
	const struct pair *there = pair_of(w, from, to), *back = pair_of(w, to, from);
	bool begun = false;

	for (int v6 = 0; v6 < 2; v6++) {
		const struct policy_zone *sender = there->from ? there->from : there->to;
		const struct zones_ranges *own = &(there->from ? w->ways->zones : w->ways->gate)[v6][zones_zone_index(w->policy, sender)];
		const char *senders = arena_printf(w->arena, "%s%d_%s", there->from ? "zone" : "gate", v6 ? 6 : 4, sender->name.p);
		if (own->count == 0)
			continue;
		error_line(w, there, v6, senders, "from", back, back->has_from[v6], &begun);
		error_line(w, there, v6, senders, "to", there, there->has_to[v6], &begun);
		for (size_t other = 0; !there->from && other < w->policy->zone_count; other++) {
			error_line(w, there, v6, senders, "from", pair_of(w, to, other), pair_of(w, to, other)->has_from[v6], &begun);
			error_line(w, there, v6, senders, "to", pair_of(w, other, to), pair_of(w, other, to)->has_to[v6], &begun);
		}
	}
	buf_str(w->out, begun ? "\t}\n" : "");
	return begun;
}

/* ---- which chain for which interfaces ---- */

enum direction { OPENS, ANSWERS, ERRORS };
static const char *const direction_names[] = { "opens", "answers", "errors" };
static const char *const direction_chains[] = { "open", "answer", "error" };
static const char *const hook_names[] = { [PACKET_INPUT] = "input", [PACKET_OUTPUT] = "output", [PACKET_FORWARD] = "forward" };

static enum packet_hook hook_of(const struct pair *pair)
{
	return !pair->to ? PACKET_INPUT : !pair->from ? PACKET_OUTPUT : PACKET_FORWARD;
}

static void put_interfaces(struct buf *out, const struct pair *pair, const char *verdict, size_t *count)
{
	size_t ins = pair->from ? pair->from->interface_count : 1, outs = pair->to ? pair->to->interface_count : 1;

	for (size_t i = 0; i < ins; i++)
		for (size_t k = 0; k < outs; k++) {
			buf_str(out, (*count)++ ? ",\n\t\t\t" : "\t\t\t");
			if (pair->from)
				buf_printf(out, "\"%s\"%s", pair->from->interfaces[i].name.p, pair->to ? " . " : "");
			if (pair->to)
				buf_printf(out, "\"%s\"", pair->to->interfaces[k].name.p);
			buf_printf(out, " : jump %s", verdict);
		}
}

/* The map of a hook for one direction. has: which pairs have a chain in it. *any: whether there is a map at all. */
static int write_interfaces(struct writer *w, enum packet_hook hook, enum direction direction, const bool *has, bool *any)
{
	struct buf elements = buf_in(w->arena, 0);
	size_t count = 0;

	for (size_t i = 0; i < w->places * w->places; i++) {
		size_t from = i / w->places, to = i % w->places;
		const struct pair *packets = pair_of(w, from, to); /* where the packets go; answers are to what was opened the other way */
		const struct pair *chain = direction == ANSWERS ? pair_of(w, to, from) : packets;
		if ((!packets->from && !packets->to) || hook_of(packets) != hook || !has[chain - w->pairs])
			continue;
		put_interfaces(&elements, packets, arena_printf(w->arena, "%s_%s", direction_chains[direction], chain->name), &count);
		if (count > ZONES_ELEMENTS_MOST)
			return counted(w, count);
	}
	*any = count != 0;
	if (count == 0)
		return 0;
	buf_printf(w->out, "\tmap %s_%s {\n\t\ttype ifname%s : verdict\n\t\telements = {\n%s\n\t\t}\n\t}\n", hook_names[hook], direction_names[direction],
		   hook == PACKET_FORWARD ? " . ifname" : "", buf_string(&elements));
	return counted(w, count);
}

/* Interfaces of zones that speak IPv6: there the gate takes part in neighbour discovery. */
static const char *neighbours(const struct writer *w)
{
	struct buf out = buf_in(w->arena, 0);

	for (size_t i = 0; i < w->policy->zone_count; i++) {
		const struct policy_zone *zone = &w->policy->zones[i];
		bool v6 = false;
		for (size_t k = 0; k < zone->net_count; k++)
			v6 |= zone->nets[k].v6;
		for (size_t k = 0; v6 && k < zone->interface_count; k++)
			buf_printf(&out, "%s\"%s\"", out.n ? ", " : "", zone->interfaces[k].name.p);
	}
	return out.n ? buf_string(&out) : NULL;
}

static void write_base(const struct writer *w, enum packet_hook hook, const bool any[3])
{
	static const char *const keys[] = { [PACKET_INPUT] = "iifname", [PACKET_OUTPUT] = "oifname", [PACKET_FORWARD] = "iifname . oifname" };
	const char *name = hook_names[hook], *key = keys[hook], *near = hook == PACKET_FORWARD ? NULL : neighbours(w);

	buf_printf(w->out, "\tchain %s {\n\t\ttype filter hook %s priority 0; policy drop;\n", name, name);
	if (hook != PACKET_FORWARD)
		buf_printf(w->out, "\t\t%s \"lo\" accept\n", key);
	if (near)
		buf_printf(w->out, "\t\tct state untracked icmpv6 type { %s } %s { %s } accept\n", hook == PACKET_INPUT ? "130, 135, 136" : "135, 136, 143", key, near);
	buf_str(w->out, "\t\tct state invalid counter name invalid drop\n");
	if (any[ERRORS])
		buf_printf(w->out, "\t\tct state related %s vmap @%s_errors\n", key, name);
	if (any[ANSWERS])
		buf_printf(w->out, "\t\tct state established ct direction reply %s vmap @%s_answers\n", key, name);
	if (any[OPENS])
		buf_printf(w->out, "\t\tct state { established, new } ct direction original %s vmap @%s_opens\n", key, name);
	buf_str(w->out, "\t\tcounter name unnamed\n");
	write_log(w, denied, arena_printf(w->arena, "%s:drop", name));
	buf_str(w->out, "\t\tdrop\n\t}\n");
}

static int write_hooks(struct writer *w, const bool *has_errors)
{
	bool *has = arena_new_array(w->arena, bool, w->places * w->places);

	for (enum packet_hook hook = PACKET_INPUT; hook <= PACKET_FORWARD; hook++) {
		bool any[3] = { false };
		for (size_t i = 0; i < w->places * w->places; i++)
			has[i] = w->pairs[i].name != NULL;
		if (write_interfaces(w, hook, OPENS, has, &any[OPENS]) != 0)
			return -1;
		for (size_t i = 0; i < w->places * w->places; i++)
			has[i] = w->pairs[i].count != 0;
		if (write_interfaces(w, hook, ANSWERS, has, &any[ANSWERS]) != 0 || write_interfaces(w, hook, ERRORS, has_errors, &any[ERRORS]) != 0)
			return -1;
		write_base(w, hook, any);
	}
	return 0;
}

/* ---- the whole ---- */

static void make_pairs(struct writer *w)
{
	w->places = w->policy->zone_count + 1;
	w->pairs = arena_new_array(w->arena, struct pair, w->places * w->places);
	for (size_t i = 0; i < w->places * w->places; i++) {
		struct pair *pair = &w->pairs[i];
		*pair = (struct pair){ .from = place(w, i / w->places), .to = place(w, i % w->places), .opens = buf_in(w->arena, 0), .answers = buf_in(w->arena, 0) };
		if (pair->from || pair->to)
			pair->name = arena_printf(w->arena, "%s_%s", place_name(pair->from), place_name(pair->to));
	}
	for (size_t i = 0; i < w->ways->count; i++) {
		const struct zones_way *way = &w->ways->list[i];
		struct pair *pair = pair_of(w, zones_zone_index(w->policy, way->from), zones_zone_index(w->policy, way->to));
		if (pair->count++ == 0)
			pair->ways = way;
	}
}

/* Allows in force that do more than let through have a chain each, in the order of their names. What answers: allows in force. */
static size_t write_allows(const struct writer *w)
{
	bool *open = arena_new_array(w->arena, bool, w->policy->allow_count + 1);
	size_t n = 0;

	for (size_t i = 0; i < w->ways->count; i++)
		open[w->ways->list[i].allow - w->policy->allows] = true;
	for (size_t i = 0; i < w->policy->allow_count; i++) {
		n += open[i];
		if (open[i] && zones_handling_of(&w->policy->allows[i]) != ZONES_PLAIN)
			write_allow(w, &w->policy->allows[i]);
	}
	return n;
}

static int write_sets(struct writer *w)
{
	for (size_t i = 0; i < w->policy->zone_count; i++)
		for (int v6 = 0; v6 < 2; v6++)
			if (write_own(w, "zone", &w->policy->zones[i], &w->ways->zones[v6][i], v6) != 0 || write_own(w, "gate", &w->policy->zones[i], &w->ways->gate[v6][i], v6) != 0)
				return -1;
	for (size_t i = 0; i < w->places * w->places; i++) {
		struct pair *pair = &w->pairs[i];
		if (pair->count == 0)
			continue;
		for (int v6 = 0; v6 < 2; v6++)
			if (write_ends(w, pair, false, v6) != 0 || write_ends(w, pair, true, v6) != 0)
				return -1;
		if (write_maps(w, pair) != 0)
			return -1;
	}
	return 0;
}

static int write_table(struct writer *w, struct zones_batch *batch)
{
	bool *has_errors = arena_new_array(w->arena, bool, w->places * w->places);

	buf_printf(w->out, "add table inet sekisho\ndelete table inet sekisho\ntable inet sekisho {\n\tcomment \"policy %s\"\n", batch->policy_hash);
	buf_str(w->out, "\tcounter invalid { }\n\tcounter unnamed { }\n");
	for (size_t i = 0; i < w->places * w->places; i++)
		if (w->pairs[i].name)
			buf_printf(w->out, "\tcounter deny_%s { }\n", w->pairs[i].name);
	/* Maps point to chains, chains look into maps: nft takes them in any order within one table. */
	if (write_sets(w) != 0)
		return -1;
	batch->allows = write_allows(w);
	for (size_t i = 0; i < w->places * w->places; i++) {
		if (!w->pairs[i].name)
			continue;
		write_pair(w, &w->pairs[i]);
		has_errors[i] = write_errors(w, i / w->places, i % w->places);
	}
	if (write_hooks(w, has_errors) != 0)
		return -1;
	buf_str(w->out, "}\n");
	return 0;
}

int zones_compile_nft(struct arena *arena, const struct policy *policy, const struct zones_compile *how, struct buf *out, struct zones_batch *batch, struct err *err)
{
	struct zones_batch made = { 0 };
	struct zones_ways ways;
	struct writer w = { .arena = arena, .out = out, .policy = policy, .ways = &ways, .how = how, .err = err };
	uint8_t hash[SHA256_BYTES];

	zones_ways_make(arena, policy, how->now, false, &ways);
	sha256_of(bytes_of_text(policy_text_of(arena, policy)), hash);
	hex_put(made.policy_hash, bytes_of(hash, sizeof hash));
	make_pairs(&w);
	if (write_table(&w, &made) != 0)
		return -1;
	if (!buf_ok(out))
		return fail(err, ERR_LIMIT, out->most, "the batch is larger than %zu bytes", out->most);
	made.next_change = ways.next_change, made.elements = w.elements;
	*batch = made;
	return 0;
}
