#!/bin/bash
# 系の分割の速さ — a text of RULES allow statements (10000; zones_text.py): CPU of reading, judging, compiling and proving it, as zonesd does it when it puts a text into force in
# place of another, over the CPU of nft for the same (swap, listings), with memory; then packets of one flow through a router with these rules over those through the same router with one rule. Ratios of one
# run, in network namespaces of its own. usage: zones.sh [BUILD]
set -euo pipefail
cd "$(dirname "$0")/../.."
build=$(realpath "${1:-build}") rules=${RULES:-10000} rounds=${ROUNDS:-3}
[ "${ZONES_OWN_NET-}" ] || exec unshare -n env ZONES_OWN_NET=1 "$0" "$@"
work=$(mktemp -d)
trap 'rm -rf "$work"; ip netns del "zb-from-$$" 2>/dev/null || true; ip netns del "zb-to-$$" 2>/dev/null || true' EXIT
export PATH=$PATH:/usr/sbin:/sbin
python3 tests/bench/zones_text.py "$rules" >"$work/text.policy"
"$build/sekisho" zones plan --nft "$work/text.policy" >"$work/batch"
"$build/bench-zones" "$work/text.policy" >"$work/steps"
awk -v rules="$rules" '
	{ v[$1] = $2 }
	END {
		judge = v["read"] + v["model"] + v["laws"]
		nft = v["swap"] + v["plain"] + v["listing"]
		ours = judge + v["compile"] + v["prove"]
		printf "rules %d: %d elements, %d nodes of the graph, %d MB; proven: %s\n", rules, v["elements"], v["nodes"], v["megabytes"], v["proven"] == 1 ? "yes" : "NO"
		printf "ratio %.2f   read and judged by every law, over one load of the batch by nft (%.2f s over %.2f s of CPU)\n", judge / v["first-swap"], judge, v["first-swap"]
		printf "ratio %.2f   compiled, over the same (%.2f s)\n", v["compile"] / v["first-swap"], v["compile"]
		printf "ratio %.2f   proven from the listing, in the jail, over the listing by nft (%.2f s over %.2f s)\n", v["prove"] / v["listing"], v["prove"], v["listing"]
		printf "ratio %.2f   all of ours from edited text to proven and enforced, over all of nft for it: swap, what was loaded, listing (%.2f s over %.2f s)\n", ours / nft, ours, nft
	}' "$work/steps"

# A machine of the LGWAN zone, one of the partner's, the router between them is here.
nft flush ruleset
read -r port from to < <(python3 - "$work/text.policy" <<'END'
import re, sys
text = open(sys.argv[1], encoding="utf-8").read()
udp = {m[1]: m[2] for m in re.finditer(r"service (s\d+) \"[^\"]*\" \{[^}]* udp (\d+)", text)}
at = {m[1]: m[2] for m in re.finditer(r"host (\w+) \"[^\"]*\" in \w+ \{ address ([\d.]+)", text)}
for m in re.finditer(r"allow \S+ from (c\d+) to (v\d+) service (s\d+)", text):
    if m[3] in udp:
        print(udp[m[3]], at[m[1]], at[m[2]])
        break
END
)
sysctl -qw net.ipv4.ip_forward=1
ip link set lo up
for side in from to; do
	ip netns add "zb-$side-$$"
	ip link add "$([ $side = from ] && echo eth2 || echo eth4)" type veth peer name far netns "zb-$side-$$"
	ip -n "zb-$side-$$" link set far up
done
ip link set eth2 up && ip link set eth4 up
ip address add 10.2.0.1/16 dev eth2 && ip address add 10.4.0.1/16 dev eth4
ip -n "zb-from-$$" address add "$from/16" dev far && ip -n "zb-from-$$" route add default via 10.2.0.1
ip -n "zb-to-$$" address add "$to/16" dev far && ip -n "zb-to-$$" route add default via 10.4.0.1
arrived() { ip netns exec "zb-to-$$" cat /proc/net/dev | awk -F'[: ]+' '$2 == "far" { print $4 }'; }
flood() { # RULESET → packets that arrived
	nft flush ruleset
	nft -f "$1"
	local before after
	ip netns exec "zb-from-$$" ping -c 1 -W 1 "$to" >/dev/null 2>&1 || true
	before=$(arrived)
	ip netns exec "zb-from-$$" "$build/bench-zones-flood" "$from" "$to" "$port" 2 >/dev/null
	after=$(arrived)
	echo $((after - before))
}
one() { # one rule that lets the flow through, tracked as ours are, or not
	printf 'table inet one {\n chain forward {\n type filter hook forward priority 0; policy drop;\n %sip saddr %s ip daddr %s udp dport %s accept\n }\n}\n' "$1" "$from" "$to" "$port"
}
one 'ct state invalid drop; ' >"$work/one"
one '' >"$work/plain"
for _ in $(seq "$rounds"); do
	echo "$(flood "$work/one") $(flood "$work/batch") $(flood "$work/plain")"
done | awk -v rules="$rules" '{ if ($1 > a) a = $1; if ($2 > b) b = $2; if ($3 > c) c = $3 }
	END { printf "ratio %.2f   packets forwarded with %d rules, over one rule that looks at the flow too (%.2f over one rule that does not); best of each\n", b / a, rules, b / c; exit b == 0 }'
