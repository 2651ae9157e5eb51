#!/usr/bin/env python3
# 規則のまわりの証明 — a router as the text has it is proven; then one thing after another is changed that no rule shows (routes, routing rules, links, bridges, settings, programs
# beside the rules, tables of iptables), in IPv4 and IPv6: each must be told by its name until it is undone. In networks of its own. usage: zones_surroundings.py BUILD
import ctypes, socket, struct, sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "support"))
from zones_ground import *

libc = ctypes.CDLL(None, use_errno=True)
XDP, TC_CLASSIFIER, LINK_XDP, TCX_INGRESS = 6, 3, 37, 46


def bpf(command, content):
    room = ctypes.create_string_buffer(content, 128)
    return libc.syscall(321, command, room, 72)


def program(kind, verdict):
    """A program that lets everything pass."""
    code = ctypes.create_string_buffer(struct.pack("<BBhiBBhi", 0xb7, 0, 0, verdict, 0x95, 0, 0, 0))
    licence = ctypes.create_string_buffer(b"GPL")
    return bpf(5, struct.pack("<IIQQ", kind, 2, ctypes.addressof(code), ctypes.addressof(licence)))


class Program:
    """Beside the rules of an interface."""

    def __init__(self, kind, link):
        self.link, self.kind = socket.if_nametoindex(link), kind
        self.fd = program(kind, 2 if kind == XDP else 0)

    def put(self):
        if self.fd < 0:
            return False
        if self.kind == XDP:
            self.holder = bpf(28, struct.pack("<IIII", self.fd, self.link, LINK_XDP, 2))
            return self.holder >= 0
        return bpf(8, struct.pack("<IIIIII", self.link, self.fd, TCX_INGRESS, 0, 0, 0)) == 0

    def take(self):
        if self.kind == XDP:
            os.close(self.holder)
        else:
            bpf(9, struct.pack("<IIIIII", self.link, self.fd, TCX_INGRESS, 0, 0, 0))


g = ground()
policy = text("allow a from lgwan to partner service web service ping " + SAID)
g.load(policy)
(g.work / "now.policy").write_text(policy)


def said():
    r = subprocess.run([g.build + "/sekisho", "zones", "prove", "--json", "--at", AT, str(g.work / "now.policy")], capture_output=True, text=True,
                       env={**os.environ, "LANG": "ja_JP.UTF-8"})
    if r.returncode not in (0, 3):
        sys.exit(f"no proof: {r.stderr}")
    told = json.loads(r.stdout)
    assert told["proven"] == (r.returncode == 0) == (told["rules_proven"] and not told["surroundings"])
    return told


def as_it_should_be(when):
    told = said()
    g.check(f"{when}: {told['surroundings'] or told['differences'] or told['doubts']}", told["proven"])


def told(what, where):
    answer = said()
    g.check(f"{what} is not told: {answer['surroundings']}", not answer["proven"] and any(d["where"] == where for d in answer["surroundings"]))
    g.check(f"{what}: a sentence says what to do", all("ください" in d["what"] for d in answer["surroundings"]))
    g.check(f"{what}: the rules themselves are as they were", answer["rules_proven"])


def shell(commands):
    return all(subprocess.run(c.split(), env={**os.environ, "PATH": PATH}, capture_output=True).returncode == 0 for c in commands.split(" ; ") if c)


def changed(what, where, do, undo):
    if not shell(do):
        g.check(f"could not do: {do}", False)
        return
    told(what, where)
    g.check(f"could not undo: {undo}", shell(undo))


def setting(name, value, where=None, more=""):
    path = Path("/proc/sys") / name
    before = path.read_text().strip()
    changed(f"{name}={value}", where or name, f"{more}sysctl -q -w {name.replace('/', '.')}={value}", f"sysctl -q -w {name.replace('/', '.')}={before}")


as_it_should_be("a router as the text has it")
changed("a route", "10.2.9.0/24", "ip route add 10.2.9.0/24 dev eth1", "ip route del 10.2.9.0/24 dev eth1")
changed("a route of IPv6", "2001:db8:2:9::/64", "ip -6 route add 2001:db8:2:9::/64 dev eth1", "ip -6 route del 2001:db8:2:9::/64 dev eth1")
changed("a route of several hops", "10.2.9.0/24", "ip route add 10.2.9.0/24 nexthop dev eth2 nexthop dev eth3", "ip route del 10.2.9.0/24")
changed("a stopped network", "10.2.9.0/24", "ip route add blackhole 10.2.9.0/24", "ip route del blackhole 10.2.9.0/24")
changed("a routing rule", "ip -4 rule 100", "ip rule add from 10.1.0.10 table 77 pref 100", "ip rule del pref 100")
changed("a routing rule of IPv6", "ip -6 rule 100", "ip -6 rule add from 2001:db8:1::10 table 77 pref 100", "ip -6 rule del pref 100")
changed("the usual routing rule gone", "ip -6 rule 32766", "ip -6 rule del pref 32766", "ip -6 rule add pref 32766 lookup main")
changed("a new interface", "wormhole", "ip link add wormhole type veth peer name wormend ; ip link set wormhole up", "ip link del wormhole")
changed("a second interface on a zone's device", "shadow", "ip link add shadow link eth1 type macvlan ; ip link set shadow up", "ip link del shadow")
changed("a bridge between two zones", "lan0", "ip link add lan0 type bridge ; ip link set eth1 master lan0 ; ip link set eth2 master lan0", "ip link del lan0")
changed("an interface under another name", "eth4", "ip link set eth4 down ; ip link set eth4 name eth9",
        f"ip link set eth9 name eth4 ; ip link set eth4 up ; ip address add {address('partner', 1, True)}/48 dev eth4 nodad")
changed("a stopped interface", "eth3", "ip link set eth3 down", f"ip link set eth3 up ; ip address add {address('internet', 1, True)}/48 dev eth3 nodad")
changed("an address of nobody", "192.0.2.9", "ip address add 192.0.2.9/32 dev lo", "ip address del 192.0.2.9/32 dev lo")
changed("an address of nobody, IPv6", "2001:db8:2::77", "ip address add 2001:db8:2::77/128 dev eth2 nodad", "ip address del 2001:db8:2::77/128 dev eth2")
changed("the gate without its address", address("lgwan", 1), f"ip address del {address('lgwan', 1)}/16 dev eth2", f"ip address add {address('lgwan', 1)}/16 dev eth2")
as_it_should_be("everything undone")
setting("net/ipv6/conf/all/forwarding", 0)
setting("net/ipv4/conf/eth2/forwarding", 0)
setting("net/ipv4/ip_forward", 0)
setting("net/ipv4/conf/all/accept_redirects", 1, more="sysctl -q -w net.ipv4.conf.eth1.accept_redirects=1 ; ")
setting("net/ipv4/conf/all/accept_source_route", 1)
setting("net/ipv4/conf/eth1/proxy_arp", 1)
setting("net/ipv4/conf/all/route_localnet", 1)
setting("net/ipv6/conf/eth1/accept_ra", 2)
setting("net/ipv6/conf/eth1/proxy_ndp", 1)
as_it_should_be("every setting undone")
changed("a filter of traffic control", "eth1", "tc qdisc add dev eth1 clsact ; tc filter add dev eth1 ingress protocol all prio 1 u32 match u32 0 0", "tc qdisc del dev eth1 clsact")
changed("a filter on the way out", "eth1", "tc qdisc add dev eth1 clsact ; tc filter add dev eth1 egress protocol all prio 1 u32 match u32 0 0", "tc qdisc del dev eth1 clsact")
for kind, what in ((XDP, "a program before the rules (XDP)"), (TC_CLASSIFIER, "a program of traffic control")):
    p = Program(kind, "eth1")
    if not p.put():
        print(f"not tried, this kernel or user may not load it: {what}")
        g.check(f"{what} must be tried in CI", not os.environ.get("CI"))
        continue
    told(what, "eth1")
    p.take()
as_it_should_be("every program gone")
for name in ("ip_tables", "ip6_tables"): # they stay as long as the network does
    if shell(f"{name.replace('_', '')}-legacy -A FORWARD -j ACCEPT"):
        told(f"a table of {name}", name)
    else:
        print(f"not tried, this kernel has none: {name}")
g.end()
