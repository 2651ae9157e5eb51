# 系の試験場 — a router and a machine in each of four zones, each in a network of its own (namespaces, one veth to the router), IPv4 and IPv6. A policy text is compiled
# by sekisho, loaded by nft into the router's kernel, and real packets are sent: TCP, UDP, ping. For tests/articles/; needs root or user namespaces.
import json, os, shutil, subprocess, sys, tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
AT = "2026-12-01T03:00:00Z"
ZONES = ("mynumber", "lgwan", "internet", "partner")  # eth1 10.1.0.0/16 2001:db8:1::/48 …
LABELS = ("マイナンバー利用事務系", "LGWAN接続系", "インターネット接続系", "専用線の先")
SAID = '{ owner "課長" reason "事務" expires 2027-03-31 }\n'
SPECIFIC = '{ specific communication party "県" basis "法第一条" owner "課長" reason "事務" expires 2027-03-31 }\n'


def address(zone, host, v6=False):
    """Of a zone's machine; host 1 is the gate."""
    n = ZONES.index(zone) + 1
    return f"2001:db8:{n}::{host:x}" if v6 else f"10.{n}.0.{host}"


def text(more, model="alpha"):
    """Zones, gate, a host 10 and a host 20 of each zone (juki-10 …), services web, names, ping; then what a test adds."""
    t = 'city "紺碧市" code "990019" site konpeki\ndefault deny\nmodel %s\n' % model
    for i, z in enumerate(ZONES, 1):
        t += f'zone {z} "{LABELS[i - 1]}" {{ net 10.{i}.0.0/16 net 2001:db8:{i}::/48 on eth{i} }}\n'
        for h in (10, 20):
            t += f'host {z}-{h} "{z} {h}" in {z} {{ address {address(z, h)} address {address(z, h, True)} }}\n'
    t += 'gate "関所" { ' + " ".join(f"address {address(z, 1, v6)}" for z in ZONES for v6 in (False, True)) + " }\n"
    t += 'service web "Web" { tcp 443 }\nservice names "名前解決" { udp 53 }\nservice ping "応答の確認" { icmp echo-request icmpv6 echo-request }\n'
    return t + more


AGENT = r'''
import json, os, select, socket, struct, sys, threading
arrivals, lock, kept = [], threading.Lock(), {}
def note(what, source, here):
    with lock: arrivals.append([what, source, here])
def family(a): return socket.AF_INET6 if ":" in a else socket.AF_INET
def serve_tcp(s, here):
    while True:
        c, peer = s.accept()
        note("tcp", peer[0], here)
        threading.Thread(target=echo, args=(c,), daemon=True).start()
def echo(c):
    try:
        while b := c.recv(100): c.sendall(b)
    except OSError: pass
def serve_udp(s, here):
    while True:
        b, peer = s.recvfrom(100)
        note("udp", peer[0], here)
        s.sendto(b, peer)
def serve(a):
    for kind, port, run in ((socket.SOCK_STREAM, 443, serve_tcp), (socket.SOCK_STREAM, 22, serve_tcp), (socket.SOCK_DGRAM, 53, serve_udp)):
        s = socket.socket(family(a), kind)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind((a, port))
        if kind == socket.SOCK_STREAM: s.listen()
        threading.Thread(target=run, args=(s, a), daemon=True).start()
def pings(a):
    v6 = ":" in a
    s = socket.socket(family(a), socket.SOCK_RAW, socket.IPPROTO_ICMPV6 if v6 else socket.IPPROTO_ICMP)
    s.bind((a, 0))
    def run():
        while True:
            b, peer = s.recvfrom(200)
            if not v6: b = b[(b[0] & 15) * 4:]
            if b[0] == (128 if v6 else 8): note("ping", peer[0], a)
    threading.Thread(target=run, daemon=True).start()
def checksum(b):
    n = sum(struct.unpack("!%dH" % (len(b) // 2), b))
    while n >> 16: n = (n & 65535) + (n >> 16)
    return 65535 - n
def ping(source, to, wait):
    v6 = ":" in to
    s = socket.socket(family(to), socket.SOCK_RAW, socket.IPPROTO_ICMPV6 if v6 else socket.IPPROTO_ICMP)
    s.bind((source, 0))
    s.settimeout(wait)
    me = os.urandom(2)
    b = struct.pack("!BBH", 128 if v6 else 8, 0, 0) + me + b"\0\1"
    if not v6: b = b[:2] + struct.pack("!H", checksum(b)) + b[4:]
    s.sendto(b, (to, 0))
    while True:
        got, peer = s.recvfrom(200)
        if not v6: got = got[(got[0] & 15) * 4:]
        if got[0] == (129 if v6 else 0) and got[4:6] == me and peer[0] == to: return True
def try_one(what, source, to, port, wait):
    try:
        if what == "ping": return ping(source, to, wait)
        s = socket.socket(family(to), socket.SOCK_STREAM if what == "tcp" else socket.SOCK_DGRAM)
        s.settimeout(wait)
        s.bind((source, 0))
        s.connect((to, port))
        s.sendall(b"x")
        return s.recv(9) == b"x"
    except OSError: return False
def open_one(name, source, to, port, wait):
    s = socket.socket(family(to))
    s.settimeout(wait)
    s.bind((source, 0))
    try: s.connect((to, port))
    except OSError: return False
    kept[name] = s
    return True
def say_one(name, wait):
    s = kept[name]
    s.settimeout(wait)
    try:
        s.sendall(b"y")
        return s.recv(9) == b"y"
    except OSError: return False
print("ready", flush=True)
for line in sys.stdin:
    what, *args = json.loads(line)
    if what == "serve":
        for a in args[0]: serve(a); pings(a)
        r = True
    elif what == "tries":
        r = [None] * len(args[0])
        def run(i, t): r[i] = try_one(*t)
        all = [threading.Thread(target=run, args=(i, t)) for i, t in enumerate(args[0])]
        for t in all: t.start()
        for t in all: t.join()
    elif what == "open": r = open_one(*args)
    elif what == "say": r = say_one(*args)
    elif what == "arrivals":
        with lock: r, arrivals[:] = list(arrivals), []
    print(json.dumps(r), flush=True)
'''


class Ground:
    def __init__(self):
        self.build, self.passed, self.failed, self.agents = sys.argv[1], 0, 0, {}
        self.work = Path(tempfile.mkdtemp())
        self.run("ip", "link", "set", "lo", "up")
        for key, value in (("net/ipv4/ip_forward", 1), ("net/ipv6/conf/all/forwarding", 1), ("net/ipv4/conf/all/rp_filter", 0), ("net/ipv4/conf/default/rp_filter", 0),
                           ("net/ipv6/conf/default/accept_dad", 0)):
            (Path("/proc/sys") / key).write_text(str(value))
        for n, zone in enumerate(ZONES, 1):
            agent = self.start(zone, ["unshare", "-n"])
            self.run("nsenter", "-t", str(agent.pid), "-n", "sh", "-c", "echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad")  # else IPv6 is silent for its first seconds
            self.run("ip", "link", "add", f"eth{n}", "type", "veth", "peer", "name", "up0", "netns", str(agent.pid))
            self.addresses([], f"eth{n}", zone, (1,))
            inside = ["nsenter", "-t", str(agent.pid), "-n"]
            self.run(*inside, "ip", "link", "set", "lo", "up")
            self.addresses(inside, "up0", zone, (10, 20))
            for v, via in (("-4", address(zone, 1)), ("-6", address(zone, 1, True))):
                self.run(*inside, "ip", v, "route", "add", "default", "via", via)
        self.start("gate", [])
        for zone in ZONES:
            self.ask(zone, "serve", [address(zone, h, v6) for h in (10, 20) for v6 in (False, True)])
        self.ask("gate", "serve", [address(z, 1, v6) for z in ZONES for v6 in (False, True)])

    def run(self, *command, **more):
        r = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PATH": PATH}, **more)
        if r.returncode:
            sys.exit(f"{' '.join(command)}: {r.stderr}")
        return r.stdout

    def addresses(self, inside, link, zone, hosts):
        n = ZONES.index(zone) + 1
        for h in hosts:
            self.run(*inside, "ip", "address", "add", f"10.{n}.0.{h}/16", "dev", link)
            self.run(*inside, "ip", "address", "add", f"2001:db8:{n}::{h:x}/48", "dev", link, "nodad")
        self.run(*inside, "ip", "link", "set", link, "up")

    def start(self, name, before):
        p = subprocess.Popen([*before, sys.executable, "-c", AGENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert p.stdout.readline() == "ready\n"
        self.agents[name] = p
        return p

    def ask(self, name, *what):
        p = self.agents[name]
        p.stdin.write(json.dumps(what) + "\n")
        p.stdin.flush()
        return json.loads(p.stdout.readline())

    def check(self, what, ok):
        self.passed, self.failed = self.passed + bool(ok), self.failed + (not ok)
        if not ok:
            print("FAILED:", what)

    def plan(self, policy, *more, at=AT):
        """What sekisho says of the text: exit code, output, complaint."""
        (self.work / "in.policy").write_text(policy)
        r = subprocess.run([self.build + "/sekisho", "zones", "plan", "--nft", "--at", at, *more, str(self.work / "in.policy")], capture_output=True, text=True, env={**os.environ, "LANG": "ja_JP.UTF-8"})
        return r.returncode, r.stdout, r.stderr

    def load(self, policy, at=AT):
        code, batch, said = self.plan(policy, at=at)
        if code:
            sys.exit(f"the text does not compile:\n{said}")
        self.run("nft", "-f", "-", input=batch)

    def unload(self):
        self.run("nft", "flush", "ruleset")

    def tries(self, zone, tries, wait):
        return self.ask(zone, "tries", [[*t, wait] for t in tries])

    def reach(self, what, zone, pairs, passes):
        """Each (source, destination) by TCP 443, UDP 53 and ping, or what is named with it: ("tcp", source, destination, port)."""
        tries = [p if len(p) == 4 else (k, p[0], p[1], port) for p in pairs for k, port in (("tcp", 443), ("udp", 53), ("ping", 0))] if pairs and len(pairs[0]) != 4 else pairs
        for t, r in zip(tries, self.tries(zone, tries, 5 if passes else 0.7)):
            self.check(f"{what}: {' '.join(map(str, t))} {'does not pass' if passes else 'passes'}", r is passes)

    def clear(self):
        for name in self.agents:
            self.ask(name, "arrivals")

    def nothing_arrived(self, what, *names):
        for name in names or self.agents:
            got = self.ask(name, "arrivals")
            self.check(f"{what}: {name} received {got[:3]}", not got)

    def end(self):
        for p in self.agents.values():
            p.stdin.close()
            p.wait()
        shutil.rmtree(self.work)
        print(f"{self.passed} passed, {self.failed} failed")
        sys.exit(1 if self.failed or not self.passed else 0)


def both(from_zone, from_host, to_zone, to_host):
    """The pair in IPv4 and in IPv6."""
    return [(address(from_zone, from_host, v6), address(to_zone, to_host, v6)) for v6 in (False, True)]


def only(kind, port, pairs):
    return [(kind, a, b, port) for a, b in pairs]


def ground():
    """In a network namespace of its own: the script begins again inside."""
    if os.environ.get("ZONES_GROUND") != "1":
        for how in (["unshare", "-n"], ["unshare", "-rn"]):
            if shutil.which("nft", path=PATH) and subprocess.run([*how, "nft", "list", "ruleset"], env={**os.environ, "PATH": PATH}, capture_output=True).returncode == 0:
                os.execvpe(how[0], [*how, sys.executable, *sys.argv], {**os.environ, "PATH": PATH, "ZONES_GROUND": "1"})
        print("skipped: no nft here, or no network namespaces")
        sys.exit(1 if os.environ.get("CI") else 77)
    return Ground()
