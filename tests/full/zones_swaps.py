#!/usr/bin/env python3
# 入替えの間も — a plan of 10,000 elements is swapped for another one again and again while UDP floods through the router, in IPv4, IPv6 and to the router itself: nothing that the text
# forbids may pass, nothing that it allows may be lost; now and then a permission is withdrawn, which ends its TCP connection within the same second while others go on.
# Usage: zones_swaps.py BUILD [SWAPS] (1,000 by hand, fewer in ./check). In networks of its own (tests/support/zones_ground.py). article: s6.3.1a s6.3.2a
import sys, threading, time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from zones_ground import *

SWAPS = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
HOSTS, RATE, PORT, WITHDRAWN_EVERY = 1660, 500, 9000, max(3, SWAPS // 20)

# Sends numbered packets from each address to its target until standard input ends; says how many. Receives and counts by sender.
SENDER = r'''
import json, select, socket, sys, time
pairs, rate, port = json.loads(sys.argv[1])
out = []
for a, b in pairs:
    s = socket.socket(socket.AF_INET6 if ":" in a else socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((a, 0)); s.connect((b, port)); out.append(s)
count, refused, begun = [0] * len(out), 0, time.monotonic()
while not select.select([sys.stdin], [], [], 0)[0]:
    for _ in range(20):
        for i, s in enumerate(out):
            try:
                s.send(b"%012d" % count[i]); count[i] += 1
            except OSError: refused += 1
    ahead = 20 / rate - (time.monotonic() - begun)
    if ahead > 0: time.sleep(ahead)
    begun = time.monotonic()
print(json.dumps(count), flush=True)
'''
RECEIVER = r'''
import json, select, socket, sys, time
last, gaps = {}, []
here, port = json.loads(sys.argv[1])
all, got = [], {}
for a in here:
    s = socket.socket(socket.AF_INET6 if ":" in a else socket.AF_INET, socket.SOCK_DGRAM)
    try: s.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)
    except OSError: s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    s.setblocking(False); s.bind((a, port)); all.append(s)
print("ready", flush=True)
end = False
while True:
    ready = select.select([*all, sys.stdin] if not end else all, [], [], 0.5)[0]
    if end and not ready: break
    end = end or sys.stdin in ready
    for s in ready:
        if s is sys.stdin: continue
        try:
            while True:
                b, peer = s.recvfrom(100)
                key = peer[0] + ">" + s.getsockname()[0]
                n = int(b)
                if n != last.get(key, -1) + 1: gaps.append([key, last.get(key, -1) + 1, n, time.monotonic()])
                last[key] = n
                got[key] = got.get(key, 0) + 1
        except BlockingIOError: pass
print(json.dumps([got, gaps[:10]]), flush=True)
'''


def plan(hosts_from, withdrawn):
    """1,660 machines with an address of each family, each with TCP and UDP, and each in the sets of who may hear of errors: 10,000 elements and a few."""
    t = 'service flood "試験" { udp %d }\nservice office "事務" { tcp 443 udp 53 }\n' % PORT
    names = []
    for i in range(HOSTS):
        n = 2 * (hosts_from + i)  # none beside another: those would be one range
        names.append(f"h{i}")
        t += f'host h{i} "機器 {i}" in lgwan {{ address 10.2.{40 + n // 250}.{n % 250} address 2001:db8:2:1::{n + 1:x} }}\n'
    t += 'group staff "職員の機器" in lgwan { ' + "\n".join(f"host {n}" for n in names) + "\n}\n"
    t += "allow office from staff to partner-20 service office " + SAID
    t += "allow flood from lgwan-10 to partner-10 service flood service web " + SAID
    t += "allow own from lgwan-10 to gate service flood " + SAID
    return text(t + ("" if withdrawn else "allow lent from lgwan-20 to partner-20 service web " + SAID))


class Flood:
    def __init__(self, g):
        self.g, self.senders, self.receivers, self.gaps = g, {}, {}, []
        here = lambda *who: [address(z, h, v6) for z, h in who for v6 in (False, True)]
        for zone, addresses in (("partner", here(("partner", 10))), ("lgwan", here(("lgwan", 10))), ("gate", here(("lgwan", 1), ("internet", 1)))):
            self.receivers[zone] = self.start(zone, RECEIVER, [addresses, PORT])
            assert self.receivers[zone].stdout.readline() == "ready\n"
        pairs = lambda a, b: list(zip(here(a), here(b)))
        self.allowed = pairs(("lgwan", 10), ("partner", 10)) + pairs(("lgwan", 10), ("lgwan", 1))
        self.forbidden = {"partner": pairs(("partner", 10), ("lgwan", 10)), "internet": pairs(("internet", 10), ("internet", 1)) + pairs(("internet", 10), ("lgwan", 10)),
                          "lgwan-20": pairs(("lgwan", 20), ("partner", 10))}
        self.senders["lgwan"] = self.start("lgwan", SENDER, [self.allowed, RATE, PORT])
        for zone, what in self.forbidden.items():
            self.senders[zone] = self.start(zone.split("-")[0], SENDER, [what, RATE, PORT])

    def start(self, zone, program, words):
        inside = ["nsenter", "-t", str(self.g.agents[zone].pid), "-n"] if zone != "gate" else []
        return subprocess.Popen([*inside, sys.executable, "-c", program, json.dumps(words)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def end(self):
        """How many were sent and how many came, by pair."""
        sent, came = {}, {}
        for p in self.senders.values():
            p.stdin.close()
        for zone, p in self.senders.items():
            for (a, b), n in zip(self.allowed if zone == "lgwan" else self.forbidden[zone], json.loads(p.stdout.readline())):
                sent[f"{a}>{b}"] = n
            p.wait()
        time.sleep(1)
        for p in self.receivers.values():
            p.stdin.close()
            got, gaps = json.loads(p.stdout.readline())
            came.update(got)
            self.gaps += gaps
            p.wait()
        return sent, came


def batch_file(g, name, policy):
    code, batch, said = g.plan(policy)
    if code:
        sys.exit(f"{name} does not compile: {said}")
    (g.work / name).write_text(batch)
    return str(g.work / name)


g = ground()
first, second, without = batch_file(g, "first", plan(0, False)), batch_file(g, "second", plan(HOSTS, False)), batch_file(g, "without", plan(0, True))
elements = subprocess.run([g.build + "/sekisho", "zones", "plan", "--at", AT, str(g.work / "in.policy")], capture_output=True, text=True, env={**os.environ, "LANG": "en_US.UTF-8"}).stdout.split("\n")[0]
g.run("nft", "-f", first)
kept = both("lgwan", 10, "partner", 10)
lent = both("lgwan", 20, "partner", 20)
for i, (a, b) in enumerate(kept):
    g.check(f"the connection {a} {b} opens", g.ask("lgwan", "open", f"kept{i}", a, b, 443, 5))
flood = Flood(g)
begun, swaps, longest, withdrawn, times = time.monotonic(), 0, 0, 0, []


def swap(path):
    global swaps, longest
    at = time.monotonic()
    g.run(g.build + "/tests/zones_swap", input=Path(path).read_text())
    longest = max(longest, time.monotonic() - at)
    swaps += 1
    times.append((at, time.monotonic()))


while swaps < SWAPS:
    swap((second, first)[swaps % 2])
    if swaps % WITHDRAWN_EVERY == WITHDRAWN_EVERY - 1 and swaps < SWAPS:
        names = [f"lent{withdrawn}-{i}" for i in range(len(lent))]
        for name, (a, b) in zip(names, lent):
            g.check(f"the lent connection {a} {b} opens", g.ask("lgwan", "open", name, a, b, 443, 5) and g.ask("lgwan", "say", name, 5))
        swap(without)
        withdrawn += 1
        still = [g.ask("lgwan", "say", name, 0.9 / len(names)) for name in names]
        g.check(f"a withdrawn permission ends its connection within the second: {still}", still == [False] * len(names))
        g.check("others go on", all(g.ask("lgwan", "say", f"kept{i}", 5) for i in range(len(kept))))
        swap(first)
    if SWAPS >= 100 and swaps % 50 < 3:
        print(f"{swaps} of {SWAPS} swaps after {time.monotonic() - begun:.0f} s", flush=True)
seconds = time.monotonic() - begun
sent, came = flood.end()
allowed = {f"{a}>{b}" for a, b in flood.allowed}
passed, wanted = sum(came.get(p, 0) for p in allowed), sum(sent[p] for p in allowed)
leaked = {p: n for p, n in came.items() if p not in allowed}
thrown = sum(n for p, n in sent.items() if p not in allowed)
g.check(f"allowed packets were lost: {wanted - passed} of {wanted}: {[(p, sent[p], came.get(p, 0)) for p in allowed]}", passed == wanted)
g.check(f"forbidden packets passed: {leaked}", not leaked)
g.check("there was a flood", wanted > 100 * swaps // 10 and thrown > 100 * swaps // 10)
for pair, first_lost, next_came, at in flood.gaps[:8]:
    print(f"lost on {pair}: {first_lost} to {next_came - 1}, during swap {[i for i, t in enumerate(times) if t[0] <= at <= t[1] + 0.1]}")
print(f"{elements}\n{swaps} swaps in {seconds:.0f} s (the longest took {longest * 1000:.0f} ms): {passed} of {wanted} allowed packets arrived, {sum(leaked.values())} of {thrown} forbidden ones; "
      f"{withdrawn} times a permission was withdrawn")
g.end()
