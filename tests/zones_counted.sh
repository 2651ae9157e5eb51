#!/bin/bash
# 許可の数え — packets that the router sends by permissions of every kind (plain, logged, with a rate; machines and networks, both families, ICMP) are counted each for its permission,
# whichever element let them through; what nobody used and what is refused is not. In a network namespace of its own. usage: zones_counted.sh BUILD
set -u
cd "$(dirname "$0")/.." || exit 1
[ "${ZONES_OWN_NET-}" ] || { unshare -n true 2>/dev/null && exec unshare -n env ZONES_OWN_NET=1 "$0" "$@"; echo "zones_counted: no network namespace can be made here"; [ -n "${CI:-}" ] && exit 1; exit 77; }
export PATH=$PATH:/usr/sbin:/sbin
build=$(realpath "$1") work=$(mktemp -d) bad=0
trap 'rm -rf "$work"' EXIT
cat >"$work/text.policy" <<'TEXT'
city "紺碧市" code "990019" site konpeki
default deny
zone a "甲" { net 10.1.0.0/16 net 2001:db8:1::/48 on eth1 }
zone b "乙" { net 10.2.0.0/16 net 2001:db8:2::/48 on eth2 }
gate "関所" { address 10.1.0.1 address 10.2.0.1 address 2001:db8:1::1 address 2001:db8:2::1 }
host one "一" in b { address 10.2.0.10 address 2001:db8:2::10 }
host two "二" in b { address 10.2.0.20 }
service s1 "1" { udp 1001 }
service s2 "2" { udp 1002 }
service many "多" { udp 2000-2999 }
service echo "echo" { icmp echo-request }
allow plain from gate to one service s1 { owner "甲" reason "乙" expires 2999-03-31 }
allow wide from gate to b service many { owner "甲" reason "乙" expires 2999-03-31 }
allow kept from gate to one service s2 log { owner "甲" reason "乙" expires 2999-03-31 }
allow slow from gate to two service s1 rate 100 per second { owner "甲" reason "乙" expires 2999-03-31 }
allow ping from gate to b service echo { owner "甲" reason "乙" expires 2999-03-31 }
allow unused from gate to two service s2 { owner "甲" reason "乙" expires 2999-03-31 }
TEXT
ip link set lo up
ip link add eth2 type veth peer name far
ip link set eth2 up && ip link set far up
ip address add 10.2.0.1/16 dev eth2 && ip address add 2001:db8:2::1/48 dev eth2 nodad
mac=$(ip -o link show far | sed 's/.*link.ether \([0-9a-f:]*\).*/\1/')
for at in 10.2.0.10 10.2.0.20 10.2.0.30 2001:db8:2::10 2001:db8:2::30; do ip neighbour replace "$at" lladdr "$mac" dev eth2; done
"$build/sekisho" zones plan --nft "$work/text.policy" >"$work/batch" && nft -f "$work/batch" || exit 1
python3 - <<'END'
import socket
def send(to, port, times=1):
    s = socket.socket(socket.AF_INET6 if ":" in to else socket.AF_INET, socket.SOCK_DGRAM)
    for _ in range(times):
        try: s.sendto(b"x", (to, port))
        except PermissionError: pass
send("10.2.0.10", 1001, 3); send("2001:db8:2::10", 1001, 2)   # plain
send("10.2.0.30", 2000); send("10.2.0.10", 2999, 2); send("2001:db8:2::30", 2500) # wide
send("10.2.0.10", 1002, 4)                                    # kept
send("10.2.0.20", 1001, 5)                                    # slow
send("10.2.0.30", 1001); send("10.2.0.30", 3000)              # nobody's
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
for n in (1, 2):                                              # ping
    raw.sendto(bytes((8, 0, 0xf7, 0xff - n, 0, 0, 0, n)), ("10.2.0.30", 0))
END
told=$("$build/tests/zones_counted" | tr '\n' ';')
[ "$told" = "kept 4;ping 2;plain 5;slow 5;wide 4;" ] || { echo "counted: $told"; bad=1; }
nft -j -n list ruleset >"$work/listing"
grep -q '"deny_gate_b", "table": "sekisho", "handle": [0-9]*, "packets": 2,' "$work/listing" || { echo "refused: $(grep -o '"deny_gate_b".\{0,90\}' "$work/listing")"; bad=1; }
nft delete table inet sekisho
[ -z "$("$build/tests/zones_counted")" ] || { echo "without a table something is counted"; bad=1; }

# The number of the rules stays while nobody changes them, packets and listings or not, and is another one after every change.
number() { "$build/tests/zones_counted" generation || { echo "no number of the rules"; bad=1; }; }
nft -f "$work/batch"
first=$(number)
nft list ruleset >"$work/listing"
[ "$first" = "$(number)" ] || { echo "the number of the rules changed by itself"; bad=1; }
for change in "add table inet other" "insert rule inet sekisho forward accept" "add element inet sekisho hosts4_gate_b { 10.2.0.1 . 10.2.0.30 . 17 . 9 }" "delete table inet other"; do
	nft "$change"
	second=$(number)
	[ "$first" != "$second" ] || { echo "the number of the rules is the same after: $change"; bad=1; }
	first=$second
done
exit $bad
