#!/usr/bin/env python3
# 関所は中継しない — article s2.11 with real packets: the gate is reached at its address in the asker's own zone only, what goes by way of it is never forwarded, and it serves nothing that the
# text does not name. usage: gate_is_no_router.py BUILD
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from zones_ground import *

g = ground()
elsewhere = [p for z in ("mynumber", "internet", "partner") for p in both("lgwan", 10, z, 1)]
g.reach("without rules the gate answers at any of its addresses", "lgwan", elsewhere, True)
g.clear()
g.load(text("allow face from lgwan to gate service web service names service ping " + SAID + "allow proxy from lgwan to internet service web via gate " + SAID
            + "allow office from lgwan to partner service web service names service ping " + SAID))
g.reach("its own side", "lgwan", both("lgwan", 10, "lgwan", 1), True)
g.reach("from the gate on", "gate", only("tcp", 443, both("internet", 1, "internet", 10)), True)
g.clear()
g.reach("its other sides", "lgwan", elsewhere, False)
g.reach("not forwarded", "lgwan", both("lgwan", 10, "internet", 10), False)
g.reach("what it does not serve", "lgwan", only("tcp", 22, both("lgwan", 10, "lgwan", 1)), False)
g.reach("nobody else", "partner", both("partner", 10, "partner", 1), False)
g.reach("the gate asks for nothing else", "gate", both("partner", 1, "partner", 10) + only("udp", 53, both("internet", 1, "internet", 10)) + only("tcp", 443, both("lgwan", 1, "internet", 10)), False)
g.nothing_arrived("beside what is named")
g.end()
