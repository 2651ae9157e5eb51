#!/usr/bin/env python3
# 二つの系にまたがる機器はない — article s6.3.2a with real packets: whoever uses an address of another zone, or of the gate, gets nowhere, and a text that gives one address to two zones is
# refused. usage: no_host_in_two_zones.py BUILD
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from zones_ground import *

g = ground()
more = "allow face from lgwan to gate service web service names service ping " + SAID + "allow office from lgwan to partner service web service names service ping " + SAID
pid = str(g.agents["internet"].pid)
for a in (address("lgwan", 99), address("lgwan", 99, True), address("partner", 1), address("partner", 1, True)):
    g.run("nsenter", "-t", pid, "-n", "ip", "address", "add", a + ("/128" if ":" in a else "/32"), "dev", "lo", *(["nodad"] if ":" in a else []))
forged = both("lgwan", 99, "partner", 10) + both("lgwan", 99, "internet", 1) + both("partner", 1, "partner", 10)
seen = set()
for again in range(10):  # neighbours must be found first
    g.tries("internet", only("udp", 53, forged) + only("ping", 0, forged), 0.5)
    seen |= {tuple(a) for name in ("partner", "gate") for a in g.ask(name, "arrivals")}
    if len(seen) >= 8:
        break
g.check(f"without rules forged packets arrive: {seen}", all(("udp", address("lgwan", 99, v6), address("partner", 10, v6)) in seen for v6 in (False, True)))
g.load(text(more))
g.reach("the zone's own machines", "lgwan", both("lgwan", 10, "partner", 10) + both("lgwan", 10, "lgwan", 1), True)
g.clear()
g.tries("internet", only("udp", 53, forged) + only("ping", 0, forged) + only("tcp", 443, forged), 1)
g.nothing_arrived("forged")
for bad in ('host two "二つの系" in partner { address 10.2.0.33 }\n', 'host twice "二重" in lgwan { address 10.2.0.10 }\n', 'zone five "五" { net 10.2.128.0/17 on eth5 }\n', 'zone five "五" { net 10.5.0.0/16 on eth2 }\n'):
    code, batch, said = g.plan(text(bad))
    g.check(f"refused: {bad}{said}", code == 3 and not batch)
g.end()
