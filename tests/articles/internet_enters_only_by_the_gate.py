#!/usr/bin/env python3
# インターネットからは関所にしか入れない — article s6.3.2b with real packets: what comes from the Internet zone reaches the gate's face and no other zone; answers to what the inside opened come
# back. usage: internet_enters_only_by_the_gate.py BUILD
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from zones_ground import *

g = ground()
inward = [p for z in ZONES if z != "internet" for p in both("internet", 10, z, 10)]
g.reach("without rules everything passes", "internet", inward, True)
g.clear()
g.load(text("allow face from internet to gate service web " + SAID + "allow out from partner-10 to internet-10 service web " + SAID))
g.reach("the gate's face", "internet", only("tcp", 443, both("internet", 10, "internet", 1)), True)
g.reach("answers to the inside", "partner", only("tcp", 443, both("partner", 10, "internet", 10)), True)
g.clear()
g.reach("into other zones", "internet", inward + both("internet", 10, "partner", 20), False)
g.reach("out of the port that serves", "internet", only("tcp", 443, both("internet", 10, "partner", 10)), False)
g.reach("other services of the gate", "internet", only("udp", 53, both("internet", 10, "internet", 1)) + only("tcp", 22, both("internet", 10, "internet", 1)), False)
g.nothing_arrived("beside the gate's face")
for to in ("lgwan-10", "partner", "mynumber-10"):
    code, batch, said = g.plan(text(f"allow a from internet-10 to {to} service web " + SPECIFIC))
    g.check(f"a text that opens {to} is refused: {said}", code == 3 and not batch)
g.end()
