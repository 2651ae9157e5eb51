#!/usr/bin/env python3
# 禁止は禁止のまま — article s6.3.2a with real packets: what a never statement names stays closed, a text that opens it is refused and changes nothing in force. usage: never_is_never.py BUILD
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from zones_ground import *

g = ground()
never = 'never visitors from partner to lgwan { owner "最高責任者" reason "外から入れない" }\n'
good = text(never + "allow office from lgwan to partner service web " + SAID)
g.reach("without rules everything passes", "partner", both("partner", 10, "lgwan", 10), True)
g.load(good)
g.reach("the other way round is allowed", "lgwan", only("tcp", 443, both("lgwan", 10, "partner", 10)), True)
before = g.run("nft", "-s", "list", "ruleset")
for bad in ("allow a from partner to lgwan service web " + SAID, "allow a from partner-10 to lgwan-10 service ping " + SPECIFIC):
    code, batch, said = g.plan(text(never + bad))
    g.check(f"a text that opens it is refused: {said}", code == 3 and "never_is_never" in said and not batch)
    g.check("nothing in force has changed", [l for l in g.run("nft", "-s", "list", "ruleset").split("\n") if "expires" not in l] == [l for l in before.split("\n") if "expires" not in l])
g.clear()
g.reach("it stays closed", "partner", both("partner", 10, "lgwan", 10) + both("partner", 20, "lgwan", 20), False)
g.nothing_arrived("what never says")
g.end()
