#!/usr/bin/env python3
# マイナンバー利用事務系はどことも通信しない — article s6.3.1a with real packets: nothing goes from or to the My-Number zone by TCP, UDP or ping, IPv4 or IPv6, to any zone or to
# the gate, but the one specific communication that the text names, until it ends. usage: my_number_zone_talks_to_nobody.py BUILD
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from zones_ground import *

g = ground()
others = [z for z in ZONES if z != "mynumber"]
out = [p for z in others for p in both("mynumber", 10, z, 10)] + both("mynumber", 10, "mynumber", 1)
g.reach("without rules everything passes", "mynumber", out, True)
g.clear()

named = text("allow juki from mynumber-10 to partner-10 service web " + SPECIFIC)
g.load(named)
g.reach("the named communication", "mynumber", only("tcp", 443, both("mynumber", 10, "partner", 10)), True)
g.clear()
g.reach("out of the zone", "mynumber", [p for z in others for p in both("mynumber", 20, z, 20)] + both("mynumber", 10, "mynumber", 1), False)
g.reach("the named party, another service", "mynumber", only("udp", 53, both("mynumber", 10, "partner", 10)) + only("tcp", 22, both("mynumber", 10, "partner", 10))
        + only("ping", 0, both("mynumber", 10, "partner", 10)), False)
g.reach("the named party, another machine", "mynumber", only("tcp", 443, both("mynumber", 20, "partner", 10) + both("mynumber", 10, "partner", 20)), False)
for z in others:
    g.reach("into the zone", z, both(z, 10, "mynumber", 10), False)
g.reach("from the gate into the zone", "gate", both("mynumber", 1, "mynumber", 10), False)
g.nothing_arrived("nothing of all that")

g.load(named, at="2027-03-31T15:00:00Z")
g.reach("after its last day", "mynumber", only("tcp", 443, both("mynumber", 10, "partner", 10)), False)
for more, why in (("allow a from mynumber-10 to internet-10 service web " + SPECIFIC, "with the Internet"), ("allow a from mynumber-10 to partner-10 service web " + SAID, "not specific"),
                  ("allow a from mynumber to gate service web " + SAID, "with the gate"), ("allow a from mynumber to partner-10 service web " + SPECIFIC, "of the whole zone")):
    code, batch, said = g.plan(text(more))
    g.check(f"a text {why} is refused: {said}", code == 3 and "s6.3.1a" in said and not batch)
g.end()
