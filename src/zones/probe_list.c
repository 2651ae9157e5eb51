/* 実物の通信で確かめる — contract in probe.h: the list of probes, each once, and what belongs to one flow. */
#include "zones/probe.h"

enum { TCP = 6, UDP = 17, ICMP = 1, ICMPV6 = 58 };

void probe_list_begin(struct probe_list *l, struct arena *arena, struct packet_space *space, size_t most)
{
	*l = (struct probe_list){ .arena = arena, .space = space, .list = arena_new_array(arena, struct probe, most), .most = most, .seen = arena_new_array(arena, uint32_t, most * 2 + 1) };
}

void probe_put_address(uint8_t out[16], bool v6, packet_number n)
{
	memset(out, 0, 16);
	for (size_t i = v6 ? 16 : 4; i-- > 0; n >>= 8)
		out[i] = (uint8_t)n;
}

static uint32_t hash_of(const struct probe *p)
{
	const uint8_t *b = (const uint8_t *)p;
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < sizeof *p; i++)
		h = (h ^ b[i]) * 16777619u;
	return h;
}

/* Probes are made from zeroed memory, so equal ones are equal bytes. */
void probe_put(struct probe_list *l, enum probe_kind kind, const struct packet *packet, const struct packet *about)
{
	struct probe p;
	size_t slots = l->most * 2 + 1;

	memset(&p, 0, sizeof p);
	p.kind = kind;
	memcpy(&p.packet, packet, sizeof *packet);
	if (about)
		memcpy(&p.about, about, sizeof *about);
	for (size_t at = hash_of(&p) % slots;; at = (at + 1) % slots) {
		if (l->seen[at] == 0) {
			l->more |= l->count == l->most;
			if (l->count < l->most)
				l->list[l->count++] = p, l->seen[at] = (uint32_t)l->count;
			return;
		}
		if (memcmp(&l->list[l->seen[at] - 1], &p, sizeof p) == 0)
			return;
	}
}

/* ---- errors ---- */

/* An error from an address on one side to who is on the other; about is what it tells of. */
void probe_put_error(struct probe_list *l, enum probe_kind kind, const struct packet *about, const uint8_t *from, unsigned type, unsigned code)
{
	struct packet p;
	bool here = about->hook == PACKET_INPUT; /* what it tells of came to the router, who says so itself */

	memset(&p, 0, sizeof p);
	p.hook = about->hook == PACKET_FORWARD ? PACKET_FORWARD : here ? PACKET_OUTPUT : PACKET_INPUT;
	p.v6 = about->v6, p.protocol = about->v6 ? ICMPV6 : ICMP, p.icmp_type = (uint8_t)type, p.icmp_code = (uint8_t)code;
	p.in = about->out, p.out = about->in;
	memcpy(p.from, from, 16), memcpy(p.to, about->from, 16);
	probe_put(l, kind, &p, about);
	if (about->hook != PACKET_FORWARD)
		return;
	/* The same from the router itself. */
	p.hook = PACKET_OUTPUT, p.in = 0;
	probe_put(l, kind, &p, about);
}

void probe_put_errors(struct probe_list *l, const struct packet *opens)
{
	struct packet answers = probe_answer(opens);
	unsigned type = opens->v6 ? 1 : 3;

	probe_put_error(l, PROBE_ERROR_BACK, opens, opens->to, type, 1);
	probe_put_error(l, PROBE_ERROR_ON, &answers, opens->from, type, 1);
}

/* ---- flows ---- */

bool probe_can_answer(const struct packet *p)
{
	return p->protocol == TCP || p->protocol == UDP || (p->protocol == ICMP && p->icmp_type == 8) || (p->protocol == ICMPV6 && p->icmp_type == 128);
}

void probe_put_flow(struct probe_list *l, const struct packet *p)
{
	struct packet answer = probe_answer(p);

	probe_put(l, PROBE_OPENS, p, NULL);
	if (!probe_can_answer(p))
		return;
	probe_put(l, PROBE_GOES_ON, p, NULL);
	probe_put(l, PROBE_ANSWERS, &answer, NULL);
	probe_put_errors(l, p);
}
