#!/bin/bash
# 規則のひとそろい — every good text compiles to a batch that the real nft loads into a kernel of its own (a network namespace): onto nothing, again onto itself, and in
# place of another. The same text at the same moment gives the same bytes. What expires is gone from the kernel without anybody's doing. usage: zones_batch.sh BUILD
set -u
cd "$(dirname "$0")/.." || exit 1
sekisho=$1/sekisho
namespace=(unshare -n)
"${namespace[@]}" true 2>/dev/null || namespace=(unshare -rn)
nft=$(PATH=$PATH:/usr/sbin:/sbin command -v nft)
if [ -z "$nft" ] || ! "${namespace[@]}" "$nft" list ruleset >/dev/null 2>&1; then
	echo "skipped: no nft here, or no network namespace for it"
	[ -n "${CI:-}" ] && exit 1
	exit 77
fi
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
passed=0 failed=0
check() { # what, then a command
	local what=$1
	shift
	if "$@" >"$work/said" 2>&1; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED: $what"
		head -20 "$work/said"
	fi
}
at=2026-12-01T03:00:00Z # a Tuesday, noon in Japan
count=0
for text in policy/city.policy policy/models/*.policy tests/cases/zones/*/in.policy; do
	[ "${text#tests}" = "$text" ] || [ -f "${text%in.policy}kept" ] || continue
	name=$work/$((count += 1)).nft
	check "$text compiles" sh -c '"$1" zones plan --nft --at "$2" "$3" >"$4"' - "$sekisho" $at "$text" "$name"
	check "$text twice gives the same bytes" sh -c '"$1" zones plan --nft --at "$2" "$3" | cmp - "$4"' - "$sekisho" $at "$text" "$name"
	"$sekisho" policy print "$text" >"$work/canonical.policy"
	check "the canonical text of $text gives the same bytes" sh -c '"$1" zones plan --nft --at "$2" "$3" | cmp - "$4"' - "$sekisho" $at "$work/canonical.policy" "$name"
	check "$text loads, and loads again" "${namespace[@]}" sh -c '"$1" -f "$2" && "$1" -f "$2"' - "$nft" "$name"
	# What stands in the kernel after another text is the same as when it stood alone.
	check "$text replaces another" "${namespace[@]}" sh -c '
		"$1" -f "$2" && "$1" -s list ruleset | sed "s/ expires [0-9a-z]*//" >"$4" && "$1" -f "$3" && "$1" -f "$2" &&
		"$1" -s list ruleset | sed "s/ expires [0-9a-z]*//" | cmp - "$4"' - "$nft" "$name" "$work/1.nft" "$work/listed"
done
check "there were texts" test $count -gt 10

# Rate and hours, both families, singles and ranges that overlap, whole zones, the way through the gate: all in one text.
cat >"$work/all.policy" <<'TEXT'
city "紺碧市" code "990019" site konpeki
default deny
zone a "甲" { net 10.1.0.0/16 net 2001:db8:1::/48 on eth1 on eth6 }
zone b "乙" { net 10.2.0.0/16 net 2001:db8:2::/48 on eth2 }
zone c "丙" { net 10.3.0.0/16 on eth3 world }
gate "関所" { address 10.1.0.1 address 2001:db8:1::1 address 10.2.0.1 address 2001:db8:2::1 address 10.3.0.1 }
host a-1 "甲一" in a { address 10.1.0.10 address 2001:db8:1::10 }
host b-1 "乙一" in b { address 10.2.0.10 address 2001:db8:2::10 }
group a-some "甲の組" in a { host a-1 net 10.1.0.0/24 net 10.1.2.0/24 net 2001:db8:1:2::/64 }
service web "Web" { tcp 443 tcp 8000-8100 }
service any "すべて" { tcp 1-65535 udp 1-65535 icmp echo-request icmp timestamp-request icmpv6 echo-request }
allow one from a-1 to b-1 service web log { owner "甲" reason "乙" expires 2027-03-31 }
allow one-again from a-1 to b-1 service any { owner "甲" reason "乙" expires 2026-12-31 }
allow some from a-some to b service any between 08:30 and 17:15 on weekdays { owner "甲" reason "乙" expires 2027-03-31 }
allow whole from a to b service web rate 100 per hour log { owner "甲" reason "乙" expires 2028-03-31 }
allow back from b to a-some service web { owner "甲" reason "乙" expires 2999-12-31 }
allow within from a-1 to a service web { owner "甲" reason "乙" expires 2027-03-31 }
allow through from a to c service any via gate rate 5 per second { owner "甲" reason "乙" expires 2027-03-31 }
allow mine from gate to b service any { owner "甲" reason "乙" expires 2027-03-31 }
TEXT
check "a text with everything compiles" sh -c '"$1" zones plan --nft --at "$2" "$3" >"$4"' - "$sekisho" $at "$work/all.policy" "$work/all.nft"
check "a text with everything loads" "${namespace[@]}" sh -c '"$1" -f "$2" && "$1" -f "$2"' - "$nft" "$work/all.nft"
check "each allow with a rate or a log has its chain, and no other" test "$(grep '^	chain allow_' "$work/all.nft" | tr -d '\t\n')" = "chain allow_one {chain allow_through {chain allow_whole {"
check "each allow has elements" test "$(grep -o 'comment "[a-z-]*"' "$work/all.nft" | sort -u | wc -l)" = 8

# Two seconds before its end: the kernel lets it go by itself.
check "what ends soon compiles" sh -c '"$1" zones plan --nft --at 2027-03-31T14:59:58Z "$2" >"$3"' - "$sekisho" policy/city.policy "$work/soon.nft"
check "it is there, and then it is not" "${namespace[@]}" sh -c '
	"$1" -f "$2" && "$1" list ruleset | grep -q "goto allow_juki-cloud" && sleep 3 && ! "$1" list ruleset | grep -q "goto allow_\|comment \"[a-z-]*\""' - "$nft" "$work/soon.nft"
check "what has expired is not written" sh -c '! "$1" zones plan --nft --at 2027-03-31T15:00:00Z "$2" | grep -q "goto\|timeout"' - "$sekisho" policy/city.policy
check "outside its hours it is not written" sh -c '! "$1" zones plan --nft --at 2026-12-01T08:15:00Z "$2" | grep -q "kanri-shell"' - "$sekisho" policy/city.policy
check "within its hours it is" sh -c '"$1" zones plan --nft --at 2026-12-01T08:14:59Z "$2" | grep -q "timeout 1s comment .kanri-shell."' - "$sekisho" policy/city.policy
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
