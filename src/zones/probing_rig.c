/* 実地試験 — contract in probing.h: the router of the probes, and the process that makes one for itself. */
#include "base/buf.h"
#include "base/file.h"
#include "base/program.h"
#include "base/sandbox.h"
#include "policy/policy.h"
#include "zones/answer.h"
#include "zones/compile_nft.h"
#include "zones/model.h"
#include "zones/nft.h"
#include "zones/probing.h"
#include "zones/probing_rig.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { TABLES_FROM = 1000, SECONDS = 60 };

/* ---- the router ---- */

static int set(const char *name, const char *value, bool needed, struct err *err)
{
	char path[160];

	snprintf(path, sizeof path, "/proc/sys/net/%s", name);
	FD(fd) = open(path, O_WRONLY | O_CLOEXEC);
	if (fd >= 0 && write(fd, value, strlen(value)) == (ssize_t)strlen(value))
		return 0;
	return needed ? fail_errno(err, ERR_IO, "cannot set net/%s", name) : 0;
}

/* Flows last as long as it takes; what the kernel would throw away before it comes to the rules does come to them. */
static int settings(const struct text *names, size_t count, struct err *err)
{
	static const char *const needed[][2] = { { "ipv4/ip_forward", "1" }, { "ipv6/conf/all/forwarding", "1" }, { "ipv4/conf/all/accept_local", "1" }, { "ipv4/conf/all/rp_filter", "0" } };
	static const char *const wished[][2] = { { "netfilter/nf_conntrack_tcp_be_liberal", "1" }, { "netfilter/nf_conntrack_udp_timeout", "86400" }, { "netfilter/nf_conntrack_udp_timeout_stream", "86400" },
		{ "netfilter/nf_conntrack_icmp_timeout", "86400" }, { "netfilter/nf_conntrack_icmpv6_timeout", "86400" }, { "netfilter/nf_conntrack_tcp_timeout_syn_sent", "86400" },
		{ "netfilter/nf_conntrack_generic_timeout", "86400" }, { "ipv4/conf/all/send_redirects", "0" } };
	char name[96];

	for (size_t i = 0; i < COUNT(needed); i++)
		if (set(needed[i][0], needed[i][1], true, err) != 0)
			return -1;
	for (size_t i = 0; i < COUNT(wished); i++)
		(void)!set(wished[i][0], wished[i][1], false, err);
	for (size_t i = 0; i < count; i++) {
		if (text_is(names[i], "lo"))
			continue;
		snprintf(name, sizeof name, "ipv4/conf/%s/rp_filter", names[i].p);
		if (set(name, "0", true, err) != 0)
			return -1;
		snprintf(name, sizeof name, "ipv4/conf/%s/send_redirects", names[i].p);
		(void)!set(name, "0", false, err);
	}
	return 0;
}

void probing_put_links(struct buf *out, const struct text *names, size_t count)
{
	buf_str(out, "link set lo up\n");
	for (size_t i = 0; i < count; i++) {
		const char *n = names[i].p;
		if (!text_is(names[i], "lo"))
			buf_printf(out, "link add %s type veth peer name " PROBING_PEER "\nlink set %s arp off up\nlink set " PROBING_PEER " arp off up\n", n, i, n, i);
	}
}

/* The mark of a packet chooses where it leaves. */
void probing_put_ways(struct buf *out, const struct text *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *n = names[i].p;
		if (!text_is(names[i], "lo"))
			buf_printf(out, "route add default dev %s table %zu\nrule add fwmark 0x%zx/0x%x lookup %zu pref 100\nroute add default dev %s metric %zu\n", n, TABLES_FROM + i, PROBING_MARK | (i + 1),
				   PROBING_MARK_MASK | PROBING_WAY_MASK, TABLES_FROM + i, n, 2000 + i);
	}
}

void probing_put_way_here(struct buf *out)
{
	buf_printf(out, "route add local default dev lo table %d\nrule add fwmark 0x%x/0x%x lookup %d pref 100\n", TABLES_FROM - 1, PROBING_MARK | PROBING_WAY_HERE,
		   PROBING_MARK_MASK | PROBING_WAY_MASK, TABLES_FROM - 1);
}

static void put_addresses(struct arena *arena, struct buf *out, const struct policy *policy, bool v6)
{
	for (size_t i = 0; i < policy->gate.address_count; i++) {
		const struct policy_net *a = &policy->gate.addresses[i];
		const struct policy_zone *zone = policy_zone_around(policy, a);
		if (a->v6 == v6 && zone && zone->interface_count)
			buf_printf(out, "addr add %s/%d dev %s%s\n", policy_address_text(arena, a), v6 ? 128 : 32, zone->interfaces[0].name.p, v6 ? " nodad" : "");
	}
}

/* The kernel is asked before and behind every other chain. */
static void put_chains(struct buf *out)
{
	static const char *const hooks[] = { "input", "forward", "output" };

	buf_str(out, "table inet probe {\n");
	for (size_t i = 0; i < COUNT(hooks); i++)
		buf_printf(out,
			   "\tchain seen_%s {\n\t\ttype filter hook %s priority -150; policy accept;\n\t\tct state new log prefix \"sn\" group %d\n\t\tct state established ct direction original log prefix \"seo\" group %d\n"
			   "\t\tct state established ct direction reply log prefix \"ser\" group %d\n\t\tct state related ct direction original log prefix \"sro\" group %d\n"
			   "\t\tct state related ct direction reply log prefix \"srr\" group %d\n\t\tct state invalid log prefix \"si\" group %d\n\t\tct state untracked log prefix \"su\" group %d\n\t}\n"
			   "\tchain passed_%s {\n\t\ttype filter hook %s priority 1000; policy accept;\n\t\tlog prefix \"p\" group %d\n\t}\n",
			   hooks[i], hooks[i], PROBING_LOG_GROUP, PROBING_LOG_GROUP, PROBING_LOG_GROUP, PROBING_LOG_GROUP, PROBING_LOG_GROUP, PROBING_LOG_GROUP, PROBING_LOG_GROUP, hooks[i], hooks[i],
			   PROBING_LOG_GROUP);
	buf_str(out, "}\n");
}

static int run_ip(struct arena *arena, const char *family, const struct buf *commands, struct err *err)
{
	const char *const ip[] = { "ip", family, "-batch", "-", NULL };
	const struct program program = { .argv = ip, .input = buf_view(commands), .most = 1 << 16, .seconds = SECONDS };
	struct bytes said;

	return program_run(arena, &program, &said, err);
}

int probing_quiet(bool on, struct err *err)
{
	char batch[512], chain[256];

	snprintf(chain, sizeof chain, "table inet quiet {\n\tchain output {\n\t\ttype filter hook output priority -400; policy accept;\n\t\tmeta mark & %d != %d drop\n\t}\n}\n", PROBING_MARK_MASK, PROBING_MARK);
	snprintf(batch, sizeof batch, "add table inet quiet\ndelete table inet quiet\n%s", on ? chain : "");
	return nft_load(bytes_of(batch, strlen(batch)), err);
}

int probing_set_up(struct arena *arena, const struct text *names, size_t count, const struct buf *four, const struct buf *six, const struct buf *chains, struct err *err)
{
	if (set("ipv6/conf/default/accept_dad", "0", false, err) != 0 || run_ip(arena, "-4", four, err) != 0 || run_ip(arena, "-6", six, err) != 0)
		return -1;
	return settings(names, count, err) != 0 || nft_load(buf_view(chains), err) != 0 ? -1 : 0;
}

int probing_rig(struct arena *arena, const struct policy *policy, struct err *err)
{
	struct buf four = buf_in(arena, 0), six = buf_in(arena, 0), chains = buf_in(arena, 0);
	struct text *names;
	size_t count;

	zones_interfaces(arena, policy, &names, &count);
	if (count > PROBING_LINKS_MOST)
		return fail(err, ERR_LIMIT, count, "probes are sent through at most %d interfaces", PROBING_LINKS_MOST);
	probing_put_links(&four, names, count);
	for (int v6 = 0; v6 < 2; v6++) {
		probing_put_ways(v6 ? &six : &four, names, count);
		put_addresses(arena, v6 ? &six : &four, policy, v6);
	}
	put_chains(&chains);
	return probing_set_up(arena, names, count, &four, &six, &chains, err);
}

/* ---- in a network of its own ---- */

static int apart(struct err *err)
{
	static const struct sandbox_folder folders[] = { { "/usr", SANDBOX_READ | SANDBOX_EXECUTE }, { "/lib", SANDBOX_READ | SANDBOX_EXECUTE }, { "/lib64", SANDBOX_READ | SANDBOX_EXECUTE },
		{ "/bin", SANDBOX_READ | SANDBOX_EXECUTE }, { "/sbin", SANDBOX_READ | SANDBOX_EXECUTE }, { "/etc", SANDBOX_READ }, { "/dev/null", SANDBOX_READ | SANDBOX_WRITE },
		{ "/proc", SANDBOX_READ }, { "/proc/sys/net", SANDBOX_READ | SANDBOX_WRITE }, { NULL, 0 } };
	struct err why = { 0 };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (program_apart() != 0)
		return fail_errno(err, ERR_JAIL, "cannot make a network of its own");
	return sandbox_landlock_allow(folders, &why) == 0 || why.code == ERR_UNSUPPORTED ? 0 : (*err = why, -1);
}

static int probed(struct arena *arena, struct bytes canonical, int64_t now, bool japanese, struct probing_told *told, struct err *err)
{
	const struct zones_compile how = { .now = now };
	struct buf batch = buf_in(arena, 0);
	const struct policy *policy;
	struct zones_batch made;

	if (policy_of_text(arena, "policy", canonical, &policy, NULL, err) != 0 || zones_compile_nft(arena, policy, &how, &batch, &made, err) != 0 || apart(err) != 0)
		return -1;
	return probing_rig(arena, policy, err) != 0 || probing_open(arena, policy, now, err) != 0 || nft_load(buf_view(&batch), err) != 0 ||
			       probing_run(arena, policy, now, japanese, told, err) != 0
		       ? -1
		       : 0;
}

static struct json *told_of(struct arena *arena, const struct probing_told *told, int64_t now)
{
	struct json *o = json_object(arena), *shown = json_array(arena);

	for (size_t i = 0; i < told->shown_count; i++)
		json_add(arena, shown, json_of_text(arena, (struct text){ told->shown[i], strlen(told->shown[i]) }));
	json_set_number(arena, o, "at", now);
	json_set_number(arena, o, "lost", told->lost);
	json_set_true(arena, o, "more", told->more);
	json_set_number(arena, o, "passed", told->passed);
	json_set_number(arena, o, "sent", told->sent);
	json_set(arena, o, "shown", shown);
	json_set_number(arena, o, "stopped", told->stopped);
	json_set_number(arena, o, "unseen", told->unseen);
	json_set_number(arena, o, "wrong", told->wrong);
	return o;
}

static _Noreturn void inside(struct bytes canonical, int64_t now, bool japanese, int to)
{
	ARENA(arena) = arena_new(0);
	struct probing_told told = { 0 };
	struct err err = { 0 };
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	bool done = probed(arena, canonical, now, japanese, &told, &err) == 0;
	answer_give(arena, to, done ? told_of(arena, &told, now) : NULL, &err);
}

int probing_begin(struct bytes canonical, int64_t now, bool japanese, int *fd, int64_t *process, struct err *err)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) != 0)
		return fail_errno(err, ERR_IO, "cannot make a pipe");
	fflush(NULL);
	pid_t child = fork();
	if (child == 0)
		inside(canonical, now, japanese, ends[1]);
	close(ends[1]);
	if (child < 0) {
		close(ends[0]);
		return fail_errno(err, ERR_IO, "cannot start the probes");
	}
	*fd = ends[0], *process = child;
	return 0;
}
