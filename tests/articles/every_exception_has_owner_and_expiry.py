#!/usr/bin/env python3
# 例外には責任者と期限がある — article s6.3.2a with real packets: without owner, reason and expiry there is no allow; when its time is over the kernel ends it by itself, connections that stand
# included, and others go on; what is withdrawn stops likewise. usage: every_exception_has_owner_and_expiry.py BUILD
import time
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from zones_ground import *

g = ground()
for without in ("owner", "reason", "expires"):
    said = SAID.replace('owner "課長"', "" if without == "owner" else 'owner "課長"').replace('reason "事務"', "" if without == "reason" else 'reason "事務"')
    said = said.replace("expires 2027-03-31", "" if without == "expires" else "expires 2027-03-31")
    code, batch, told = g.plan(text("allow a from lgwan to gate service web " + said))
    g.check(f"an allow without {without} is refused: {told}", code == 3 and without in told and not batch)

ends, lasts = SAID, SAID.replace("2027-03-31", "2028-03-31")
both_texts = text("allow ends from lgwan to partner-10 service web " + ends + "allow lasts from lgwan to partner-20 service web " + lasts)
g.load(both_texts, at="2027-03-31T14:59:50Z")  # ten seconds are left to one of them
for v6 in (False, True):
    g.check("before its end it opens", g.ask("lgwan", "open", f"ends{v6}", address("lgwan", 10, v6), address("partner", 10, v6), 443, 3))
    g.check("the other opens", g.ask("lgwan", "open", f"lasts{v6}", address("lgwan", 10, v6), address("partner", 20, v6), 443, 3))
    g.check("before its end it talks", g.ask("lgwan", "say", f"ends{v6}", 3))
time.sleep(11)
for v6 in (False, True):
    g.check("after its end a standing connection is still heard", not g.ask("lgwan", "say", f"ends{v6}", 0.7))
    g.check("the other goes on", g.ask("lgwan", "say", f"lasts{v6}", 3))
g.clear()
g.reach("after its end it opens no more", "lgwan", only("tcp", 443, both("lgwan", 10, "partner", 10)), False)
g.nothing_arrived("after its end")

# Withdrawn: the next packet is judged by the new text.
g.load(text("allow other from lgwan to partner-10 service web " + lasts))
for v6 in (False, True):
    g.check("withdrawn: a standing connection is still heard", not g.ask("lgwan", "say", f"lasts{v6}", 0.7))
g.end()
