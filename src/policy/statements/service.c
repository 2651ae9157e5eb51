/* 通信の種類の文 — service web "Web" { tcp 443 tcp 8000-8010 udp 443 icmp echo-request icmpv6 echo-request }: ports and messages that allow can name.
 * article: s6.3.1a s6.3.2a */
#include "policy/parse.h"
#include "base/code.h"

/* Messages that ask something; all others come back only to whoever asked, or not at all. */
static const struct policy_icmp asking[] = {
	{ .v6 = false, .type = 8, .reply = 0, .word = "echo-request" },
	{ .v6 = false, .type = 13, .reply = 14, .word = "timestamp-request" },
	{ .v6 = true, .type = 128, .reply = 129, .word = "echo-request" },
};

/* 443 or 8000-8010 */
static int ports_of(struct text t, struct policy_ports *out)
{
	const char *dash = t.n ? memchr(t.p, '-', t.n) : NULL;
	size_t n = dash ? (size_t)(dash - t.p) : t.n;
	uint64_t low, high;

	if (decimal_decode(bytes_of(t.p, n), 65535, &low, NULL) != 0)
		return -1;
	high = low;
	if (dash && decimal_decode(bytes_of(dash + 1, t.n - n - 1), 65535, &high, NULL) != 0)
		return -1;
	if (low == 0 || low > high || (dash && low == high))
		return -1;
	out->low = (uint16_t)low, out->high = (uint16_t)high;
	return 0;
}

static int ports(struct parser *p, struct policy_service *service, enum policy_transport transport)
{
	struct policy_ports ports = { .transport = transport, .at = p->next.at };
	struct token t;

	if ((p->next.kind != TOKEN_NUMBER && p->next.kind != TOKEN_BARE) || ports_of(p->next.text, &ports) != 0) {
		parse_wanted(p, "ポート番号", "a port");
		return tell_expected(&p->tell, "1から65535までの番号（443）か、小さいほうから書いた範囲（8000-8010）", "a number from 1 to 65535, or a range from low to high: 8000-8010");
	}
	if (service->ports_count == POLICY_PORTS_MOST)
		return tell(&p->tell, p->next.at, "ポート番号の範囲が多すぎます（上限 %d）。", "more than %d ranges of ports", POLICY_PORTS_MOST);
	service->ports = policy_grow(p->tell.arena, service->ports, service->ports_count, sizeof *service->ports);
	service->ports[service->ports_count++] = ports;
	return parse_take(p, &t);
}

static int tcp(struct parser *p, void *self, const struct token *word)
{
	(void)word;
	return ports(p, self, POLICY_TCP);
}

static int udp(struct parser *p, void *self, const struct token *word)
{
	(void)word;
	return ports(p, self, POLICY_UDP);
}

static int message(struct parser *p, struct policy_service *service, bool v6)
{
	const char *words[COUNT(asking) + 1] = { NULL };
	struct policy_place at = p->next.at;
	size_t n = 0, rows[COUNT(asking)];
	unsigned which;

	for (size_t i = 0; i < COUNT(asking); i++)
		if (asking[i].v6 == v6)
			rows[n] = i, words[n++] = asking[i].word;
	if (parse_one_of(p, words, &which, "問い合わせのICMPの種類", "a kind of ICMP message that asks") != 0)
		return -1;
	for (size_t i = 0; i < service->icmp_count; i++)
		if (service->icmps[i].v6 == v6 && service->icmps[i].type == asking[rows[which]].type)
			return tell(&p->tell, at, "「%s」が二度書かれています。", "\"%s\" stands twice", words[which]);
	service->icmps = policy_grow(p->tell.arena, service->icmps, service->icmp_count, sizeof *service->icmps);
	service->icmps[service->icmp_count] = asking[rows[which]];
	service->icmps[service->icmp_count++].at = at;
	return 0;
}

static int icmp(struct parser *p, void *self, const struct token *word)
{
	(void)word;
	return message(p, self, false);
}

static int icmpv6(struct parser *p, void *self, const struct token *word)
{
	(void)word;
	return message(p, self, true);
}

static int read(struct parser *p, const struct token *head)
{
	static const struct clause clauses[] = {
		{ "tcp", tcp, false, true, "TCPのポート番号。例: tcp 443", "a port of TCP: tcp 443" },
		{ "udp", udp, false, true, "UDPのポート番号。例: udp 53", "a port of UDP: udp 53" },
		{ "icmp", icmp, false, true, "IPv4の問い合わせ。例: icmp echo-request", "a message of IPv4 that asks: icmp echo-request" },
		{ "icmpv6", icmpv6, false, true, "IPv6の問い合わせ。例: icmpv6 echo-request", "a message of IPv6 that asks: icmpv6 echo-request" },
	};
	struct policy *policy = p->policy;
	struct policy_service service = { 0 };
	struct token name;

	if (policy->service_count == POLICY_SERVICES_MOST)
		return tell(&p->tell, head->at, "通信の種類が多すぎます（上限 %d）。", "more than %d services", POLICY_SERVICES_MOST);
	if (parse_name(p, &name, "通信の種類の名前", "a service's name") != 0 || parse_said(p, &service.label, "通信の種類の日本語名", "the service's Japanese name") != 0)
		return -1;
	service.name = name.text, service.at = name.at;
	if (parse_clauses(p, head, clauses, COUNT(clauses), &service) != 0)
		return -1;
	if (service.ports_count + service.icmp_count == 0)
		return tell(&p->tell, name.at, "通信の種類「%s」に、ポート番号もICMPの種類もありません。", "the service %s has neither ports nor messages", name.text.p);
	policy->services = policy_grow(p->tell.arena, policy->services, policy->service_count, sizeof *policy->services);
	policy->services[policy->service_count++] = service;
	return 0;
}

static int check(const struct teller *t, const struct policy *policy)
{
	const struct policy_kind kind = { "通信の種類", "service" };

	if (policy_check_names(t, policy->services, policy->service_count, sizeof *policy->services, offsetof(struct policy_service, at), &kind) != 0)
		return -1;
	for (size_t i = 0; i < policy->service_count; i++)
		for (size_t k = 1; k < policy->services[i].ports_count; k++) {
			const struct policy_ports *a = &policy->services[i].ports[k - 1], *b = a + 1;
			if (a->transport == b->transport && a->high >= b->low)
				return tell(t, policy_place_later(&a->at, &b->at) ? a->at : b->at, "ポート番号の範囲が重なっています。", "ranges of ports overlap");
		}
	return 0;
}

static void write(struct buf *out, const struct policy *policy)
{
	for (size_t i = 0; i < policy->service_count; i++) {
		const struct policy_service *service = &policy->services[i];
		buf_printf(out, "\nservice %s ", service->name.p);
		policy_write_string(out, service->label);
		buf_str(out, " {\n");
		for (size_t k = 0; k < service->ports_count; k++) {
			const struct policy_ports *ports = &service->ports[k];
			buf_printf(out, "    %s %u", ports->transport == POLICY_TCP ? "tcp" : "udp", ports->low);
			if (ports->low != ports->high)
				buf_printf(out, "-%u", ports->high);
			buf_str(out, "\n");
		}
		for (size_t k = 0; k < service->icmp_count; k++)
			buf_printf(out, "    %s %s\n", service->icmps[k].v6 ? "icmpv6" : "icmp", service->icmps[k].word);
		buf_str(out, "}\n");
	}
}

const struct statement statement_service = { .word = "service", .read = read, .check = check, .write = write };
