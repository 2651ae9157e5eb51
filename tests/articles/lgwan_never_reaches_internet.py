#!/usr/bin/env python3
# LGWAN接続系はインターネットに直接出ない — article s6.3.2a with real packets: under alpha nothing goes from the LGWAN zone to the Internet zone; under alpha-dash only to the machine that the
# text names, for the service it names. usage: lgwan_never_reaches_internet.py BUILD
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from zones_ground import *

g = ground()
out = both("lgwan", 10, "internet", 10) + both("lgwan", 10, "internet", 20)
g.reach("without rules everything passes", "lgwan", out, True)
g.clear()
g.load(text("allow office from lgwan to gate service web " + SAID))
g.reach("under alpha", "lgwan", out, False)
g.reach("the gate itself", "lgwan", only("tcp", 443, both("lgwan", 10, "lgwan", 1)), True)
g.nothing_arrived("under alpha", "internet")

g.load(text("allow cloud from lgwan to internet-10 service web " + SPECIFIC, model="alpha-dash"))
g.reach("the named cloud", "lgwan", only("tcp", 443, both("lgwan", 10, "internet", 10)), True)
g.clear()
g.reach("another machine", "lgwan", both("lgwan", 10, "internet", 20), False)
g.reach("another service", "lgwan", only("udp", 53, both("lgwan", 10, "internet", 10)) + only("ping", 0, both("lgwan", 10, "internet", 10)), False)
g.reach("the cloud opens nothing", "internet", both("internet", 10, "lgwan", 10), False)
g.nothing_arrived("beside the named cloud")
for model, more, why in (("alpha", "allow a from lgwan to internet-10 service web " + SPECIFIC, "alpha"), ("beta", "allow a from lgwan to internet service web " + SPECIFIC, "whole zone"),
                         ("alpha-dash", "allow a from lgwan to internet-10 service web " + SAID, "not specific"),
                         ("alpha", "allow a from lgwan to partner-10 service web " + SAID + "allow b from partner to internet service web " + SAID, "through a partner")):
    code, batch, said = g.plan(text(more, model=model))
    g.check(f"a text is refused ({why}): {said}", code == 3 and "lgwan_never_reaches_internet" in said and not batch)
g.end()
