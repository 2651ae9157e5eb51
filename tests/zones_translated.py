#!/usr/bin/env python3
# アドレス変換の監査 — a firewall that translates addresses, in a real kernel: what passes behind the translation the audit says passes, and what does not it does not.
# Usage: zones_translated.py BUILD. In a network namespace of its own; skipped where none can be made, with CI set that fails.
import json, os, subprocess, sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "support"))
from zones_ground import AT, PATH, address, ground, text  # noqa: E402

# Published as firewalls of container hosts publish: nobody may go there directly, whoever comes to the gate's own address is sent there.
RULES = """
table ip t {
  chain early {
    type filter hook prerouting priority -300; policy accept
    iifname "eth3" ip daddr 10.2.0.0/16 drop
  }
  chain published {
    ip daddr 10.3.0.1 tcp dport 443 dnat to 10.2.0.10:443
    ip daddr 10.3.0.1 udp dport 53 dnat to 10.2.0.20
  }
  chain to {
    type nat hook prerouting priority -100; policy accept
    fib daddr type local jump published
  }
  chain forward {
    type filter hook forward priority 0; policy drop
    ct state established accept
    oifname "eth2" ip daddr 10.2.0.0/16 tcp dport 443 accept
    oifname "eth2" ip daddr 10.2.0.0/16 udp dport 53 accept
  }
  chain from {
    type nat hook postrouting priority 100; policy accept
    oifname "eth2" masquerade
  }
}
table ip6 t {
  chain forward {
    type filter hook forward priority 0; policy drop
  }
}
"""
g = ground()
g.run("nft", "-f", "-", input=RULES)
gate, direct, other = address("internet", 1), address("lgwan", 10), address("lgwan", 20)
me = address("internet", 10)
g.clear()
g.reach("published", "internet", [("tcp", me, gate, 443), ("udp", me, gate, 53)], True)
arrived = {(what, here) for what, _, here in g.ask("lgwan", "arrivals")}
g.check(f"they came to where they were sent: {arrived}", arrived == {("tcp", direct), ("udp", other)})
g.reach("directly", "internet", [("tcp", me, direct, 443), ("tcp", me, other, 443), ("udp", me, other, 53)], False)
g.reach("what is not published", "internet", [("tcp", me, direct, 22), ("ping", me, direct, 0)], False)

(g.work / "dump.json").write_text(g.run("nft", "-j", "-n", "list", "ruleset"))


def passing():
    """What the audit says passes by eth3 → eth2, all of which the text forbids."""
    (g.work / "audit.policy").write_text(text(""))
    told = subprocess.run([g.build + "/sekisho", "zones", "audit", "--ruleset", g.work / "dump.json", "--policy", g.work / "audit.policy", "--at", AT, "--json"],
                          capture_output=True, text=True, env={**os.environ, "PATH": PATH, "LC_ALL": "ja_JP.UTF-8"})
    answer = json.loads(told.stdout)
    g.check(f"nothing is in doubt: {answer['doubts']}", not answer["doubts"])
    g.check("both chains are told", answer["translations"] == 2)
    return [d["like"] for d in answer["differences"] if d["kind"] == "passes" and d["like"].startswith("転送 eth3 → eth2 ")]


likes = passing()
g.check(f"the published web server: {likes}", any("10.2.0.10" in l and "443" in l for l in likes))
g.check(f"and the name server: {likes}", any("10.2.0.20" in l and "53" in l for l in likes))
g.check(f"and nobody else: {likes}", all(("10.2.0.10" in l) != ("10.2.0.20" in l) for l in likes))
g.end()
