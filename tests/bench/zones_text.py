#!/usr/bin/env python3
# 大きなきまりの文 — a policy text with as many allow statements as wanted, always the same: a city whose LGWAN zone talks with a partner zone, machine by machine, by
# networks and by groups, overlapping here and there, with many services and ends. usage: zones_text.py RULES [EDITED]   (EDITED: one statement more)
import random, sys

rules, edited = int(sys.argv[1]), len(sys.argv) > 2
r = random.Random(20261127)
clients, servers, services = max(50, rules // 3), max(20, rules // 20), 40
out = ["""city "紺碧市" code "990019" site konpeki fiscal from april
default deny
model alpha
zone mynumber "マイナンバー利用事務系" { net 10.1.0.0/16 net 2001:db8:1::/48 on eth1 }
zone lgwan "LGWAN接続系" { net 10.2.0.0/16 net 2001:db8:2::/48 on eth2 }
zone internet "インターネット接続系" { net 10.3.0.0/16 net 2001:db8:3::/48 on eth3 world }
zone partner "連携先" { net 10.4.0.0/16 net 2001:db8:4::/48 on eth4 }
gate "関所" { address 10.1.0.1 address 10.2.0.1 address 10.3.0.1 address 10.4.0.1 }
service web "Web（HTTPS）" { tcp 443 }"""]
for i in range(services):
    low = 1024 + r.randrange(40000)
    out.append(f'service s{i} "業務{i}" {{ tcp {low if i % 4 else f"{low}-{low + r.randrange(1, 40)}"}{f" udp {low}" if i % 7 == 0 else ""} }}')
for i in range(clients):
    out.append(f'host c{i} "端末{i}" in lgwan {{ address 10.2.{16 + i // 250}.{1 + i % 250}{f" address 2001:db8:2::{i + 16:x}" if i % 3 == 0 else ""} }}')
for i in range(servers):
    out.append(f'host v{i} "サーバー{i}" in partner {{ address 10.4.{1 + i // 250}.{1 + i % 250}{f" address 2001:db8:4::{i + 16:x}" if i % 3 == 0 else ""} }}')
for i in range(64):
    out.append(f'group g{i} "課{i}" in lgwan {{ net 10.2.{16 + i}.0/24{f" net 2001:db8:2:{i + 1:x}::/64" if i % 2 else ""} }}')
for i in range(max(1, servers // 4)):
    out.append(f'group m{i} "組{i}" in partner {{ ' + " ".join(f"host v{(4 * i + k) % servers}" for k in range(4)) + " }")
for i in range(rules):
    kind = r.random()
    source = f"c{r.randrange(clients)}" if kind < 0.8 else f"g{r.randrange(64)}"
    target = f"v{r.randrange(servers)}" if kind < 0.65 or kind > 0.9 else f"m{r.randrange(max(1, servers // 4))}"
    # Machines that have IPv4 meet everywhere: no pair is without a kind of address in common.
    out.append(f'allow r{i:06d} from {source} to {target} service s{r.randrange(services)} {{ owner "課長{i % 50}" reason "業務{i % 300}のため" expires {2027 + r.randrange(8)}-03-31 }}')
if edited:
    out.append('allow one-more from lgwan to gate service web { owner "情報政策課長" reason "画面を使うため" expires 2030-03-31 }')
print("\n".join(out))
