#!/bin/bash
# 系の証明 — what the compiler writes is loaded into a kernel namespace of its own and proven equal to the text; every foreign change is found, with its rule.
# Usage: zones_prove.sh BUILD. Skipped where no network namespace can be made; with CI set that fails.
set -u
cd "$(dirname "$0")/.." || exit 1
unset LC_ALL LC_MESSAGES
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=en_US.UTF-8
build=$(realpath "$1") at=2026-12-01T03:00:00Z bad=0 count=0
if ! unshare -n true 2>/dev/null; then
	echo "zones_prove: no network namespace can be made here"
	[ -n "${CI:-}" ] && exit 1
	exit 77
fi
plan=$(mktemp) || exit 1
trap 'rm -f "$plan" "$plan.made"' EXIT

# ruleset NAME POLICY EXIT PATTERN [nft command] [sed script]: load the plan of the text, itself changed or with the command behind it; what the prover says must match.
ruleset() {
	local said code
	count=$((count + 1))
	"$build/sekisho" zones plan --nft --at $at "$2" > "$plan" || { echo "$1: no plan"; bad=1; return; }
	cp "$plan" "$plan.made"
	sed -i "${6:-}" "$plan"
	[ -z "${6:-}" ] || ! cmp -s "$plan" "$plan.made" || { echo "$1: $6 changes nothing"; bad=1; return; }
	said=$(unshare -n bash -c 'nft -f "$1" && { [ -z "$5" ] || nft "$5"; } && exec "$2" zones prove --rules-only --at "$3" "$4"' bash "$plan" "$build/sekisho" $at "$2" "${5:-}" 2>&1)
	code=$?
	if [ $code -ne "$3" ] || ! grep -qE -- "$4" <<< "$said"; then
		echo "$1: exit $code, wanted $3 and \"$4\", but:"
		head -40 <<< "$said"
		bad=1
	fi
}

for text in policy/city.policy policy/models/*.policy; do
	ruleset "$text" "$text" 0 '^proven: '
done
T='inet sekisho'
ruleset "a rule that lets everything through" policy/city.policy 3 'decided by: inet sekisho forward #' "insert rule $T forward accept"
ruleset "a hole of one port for one host" policy/city.policy 3 '10\.1\.0\.7:40000 .+ 10\.3\.0\.9:8443' "insert rule $T forward ip saddr 10.1.0.7 ip daddr 10.3.0.9 tcp dport 8443 accept"
ruleset "a hole in IPv6" policy/city.policy 3 'IPv6 UDP .*:53' "insert rule $T forward meta nfproto ipv6 udp dport 53 accept"
ruleset "the router answers" policy/city.policy 3 'input' "insert rule $T input icmp type echo-request accept"
ruleset "the router speaks" policy/city.policy 3 'output' "insert rule $T output tcp dport 25 accept"
ruleset "what is allowed is stopped" policy/city.policy 3 'is stopped although' "insert rule $T forward tcp dport 443 drop"
ruleset "a policy that no packet comes to" policy/city.policy 0 '^proven: ' "add chain $T forward { type filter hook forward priority 0 ; policy accept ; }"
ruleset "established passes unasked" policy/city.policy 3 'established' "insert rule $T forward ct state established accept"
ruleset "the table is gone" policy/city.policy 3 'no rule at all' "delete table $T"
ruleset "a foreign table that stops more" policy/city.policy 3 'is stopped although' "add table ip other; add chain ip other f { type filter hook forward priority 5 ; policy accept ; } ; add rule ip other f tcp dport 443 drop"
ruleset "a foreign table with NAT" policy/city.policy 3 'nat chain' "add table ip other; add chain ip other p { type nat hook postrouting priority 100 ; } ; add rule ip other p masquerade"
ruleset "a bridge table" policy/city.policy 3 'outside of the IP hooks' "add table bridge other; add chain bridge other f { type filter hook forward priority 0 ; policy accept ; } ; add rule bridge other f accept"
ruleset "a rule that is not known" policy/city.policy 3 'Nothing is proven' "insert rule $T forward meta pkttype broadcast accept"
ruleset "what has no end" policy/city.policy 3 'does not end when' "" 's/ timeout [0-9ds]*//'
ruleset "one permission has no end" policy/city.policy 3 'decided by: inet sekisho open_[a-z_]* #[0-9]* \[[a-z-]*\]$' "" '0,/ timeout [0-9ds]* comment/s/ timeout [0-9ds]* comment/ comment/'
ruleset "one permission ends a minute late" policy/city.policy 3 'does not end when' "" '0,/\([0-9]\)s comment/s/ timeout \([0-9]*\)d\([0-9]*\)s comment/ timeout \1d1m\2s comment/'
ruleset "one logged permission has no end" policy/city.policy 3 'decided by: inet sekisho allow_' "" '0,/ timeout [0-9ds]* \(comment "[a-z-]*"\) : goto/s// \1 : goto/'
ruleset "an element with a limit of its own" policy/city.policy 3 'Nothing is proven' "" '/^\tset hosts4/,/^\t}/{s/^\t\tcounter$/\t\tlimit rate 5\/second/;s/ counter / limit rate 5\/second /}'
ruleset "a rate of another number" policy/city.policy 3 'another rate than' "" 's/limit rate over \([0-9]*\)/limit rate over 1\1/'
ruleset "a rate of another time" policy/city.policy 3 'another rate than' "" 's,\(limit rate over [0-9]*\)/[a-z]*,\1/day,'

# A rule that packets write into sets by, that breaks off, or that ends: by itself it may look as if it let nothing through.
E='add @hosts4_a_gate { ip saddr . ip daddr . meta l4proto . tcp dport timeout 1s }'
small=$(mktemp) rates=$(mktemp) || exit 1
trap 'rm -f "$plan" "$plan.made" "$small" "$rates"' EXIT
cat >"$small" <<'END'
city "試験市" code "990019" site test fiscal from april
default deny
zone a "甲" { net 10.1.0.0/16 on eth1 }
zone b "乙" { net 10.2.0.0/16 on eth2 }
gate "関所" { address 10.1.0.1 address 10.2.0.1 }
host pc "端末" { address 10.1.0.5 in a }
host one "一号" { address 10.2.0.10 in b }
service web "Web" { tcp 443 }
allow plain from pc to gate service web { owner "課長" reason "試験" expires 2027-03-31 }
allow other from pc to one service web { owner "課長" reason "試験" expires 2027-03-31 }
END
hole='ip saddr 10.1.0.99 ip daddr 10.2.0.10 tcp dport 22'
ruleset "the small text" "$small" 0 '^proven: '
ruleset "packets write into a permission" "$small" 3 'Nothing is proven' "insert rule $T input ct state new $E"
ruleset "packets keep a permission alive" "$small" 3 'Nothing is proven' "insert rule $T input ct state established update @hosts4_a_gate { ip saddr . ip daddr . meta l4proto . tcp dport timeout 30d }"
ruleset "packets open a door by knocking" "$small" 3 'Nothing is proven' "add set $T k { type ipv4_addr; flags dynamic,timeout; }; insert rule $T forward ip saddr @k tcp dport 22 accept; insert rule $T forward udp dport 7777 add @k { ip saddr timeout 1m }"
ruleset "packets take themselves off a list" "$small" 3 'Nothing is proven' "add set $T q { type ipv4_addr; flags timeout; }; insert rule $T forward ip saddr @q drop; insert rule $T forward tcp dport 7777 delete @q { ip saddr }"
ruleset "a drop behind a set with a limit" "$small" 3 'passes although' "add set $T d { type ipv4_addr; flags dynamic,timeout; timeout 1m; }; insert rule $T forward $hole accept; insert rule $T forward $hole add @d { ip saddr limit rate over 10/second } drop"
ruleset "a drop behind a full set" "$small" 3 'passes although' "add set $T d { type ipv4_addr; size 1; flags dynamic; }; insert rule $T forward $hole accept; insert rule $T forward $hole add @d { ip saddr } drop"
ruleset "a drop behind a map without an answer" "$small" 3 'passes although' "insert rule $T forward $hole accept; insert rule $T forward $hole meta mark set tcp dport map { 80 : 1 } drop"
ruleset "a drop behind a counter by a map" "$small" 3 'passes although' "add counter $T cc; insert rule $T forward $hole accept; insert rule $T forward $hole counter name tcp dport map { 80 : \"cc\" } drop"
ruleset "a drop behind a mark that may not be there" "$small" 3 'passes although' "insert rule $T forward $hole accept; insert rule $T forward $hole meta mark set ct mark drop"
ruleset "a drop behind a mark that is a number" "$small" 0 '^proven: ' "insert rule $T forward $hole accept; insert rule $T forward $hole meta mark set 0x10 drop"
ruleset "a stop that ends before the permission" "$small" 3 'decided by' "add set $T q { type ipv4_addr; flags timeout; elements = { 10.1.0.99 timeout 100s } }; add set $T h { type ipv4_addr; flags timeout; elements = { 10.1.0.99 timeout 30d } }; insert rule $T forward ip saddr @h accept; insert rule $T forward ip saddr @q drop"
ruleset "a stop that ends within one rule" "$small" 3 'decided by' "add set $T q { type ipv4_addr; flags timeout; elements = { 10.1.0.99 timeout 100s } }; add set $T h { type ipv4_addr; flags timeout; elements = { 10.1.0.99 timeout 30d } }; insert rule $T forward ip saddr @h ip saddr != @q accept"
ruleset "a stop that ends after the text" "$small" 3 'decided by' "add set $T q { type ipv4_addr; flags timeout; elements = { 10.1.0.99 timeout 3000d } }; insert rule $T forward ip saddr 10.1.0.99 accept; insert rule $T forward ip saddr @q drop"
sed '/^allow other/d' "$small" >"$rates"
cat >>"$rates" <<'END'
allow free from pc to one service web { owner "課長" reason "試験" expires 2026-12-31 }
allow slow from pc to one service web { owner "課長" reason "試験" rate 10 per second expires 2027-10-31 }
END
ruleset "a rate that begins when another permission ends" "$rates" 0 '^proven: '
ruleset "a rate that never begins" "$rates" 3 'decided by' "" '/comment "free"/s/timeout [0-9ds]*/timeout 334d12h/'

# Real packets, through more interfaces than the type of service could tell apart.
many=$(mktemp) || exit 1
trap 'rm -f "$plan" "$plan.made" "$small" "$rates" "$many"' EXIT
{
	printf 'city "試験市" code "990019" site test fiscal from april\ndefault deny\n'
	for i in {1..9}; do echo "zone z$i \"z$i\" { net 10.$i.0.0/16 net 2001:db8:$i::/48 on eth$i }"; done
	echo "gate \"関所\" { address 10.1.0.1 address 10.9.0.1 address 2001:db8:9::1 }"
	echo 'service web "Web" { tcp 443 }'
	echo 'allow a from z1 to z9 service web { owner "課長" reason "試験" expires 2027-03-31 }'
	echo 'allow b from z9 to gate service web { owner "課長" reason "試験" expires 2027-03-31 }'
} >"$many"
if ! said=$("$build/sekisho" zones probe --at $at "$many" 2>&1) || ! grep -qE '[1-9][0-9]{3,} real packets .* [1-9][0-9]* passed' <<<"$said"; then
	echo "nine zones are probed: $said"
	bad=1
fi
echo "$count rulesets proven or refused, nine zones probed"
exit $bad
