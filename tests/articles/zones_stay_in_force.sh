#!/bin/bash
# 通信規則の適用と改変の検知 — zonesd puts into the kernel what two persons signed and nothing else, proves it, takes it back unless somebody confirms, keeps it
# when its process dies, sees each kind of change by others and puts the rules back. In a network namespace of its own. Articles: s6.3.2a s3.2d. Usage: … BUILD
[ "${ZONES_OWN_NET-}" ] || exec unshare -n env ZONES_OWN_NET=1 "$0" "$@"
city_run=(--zones)
. "$(dirname "$0")/../support/city.sh"
. "$(dirname "$0")/../support/router.sh"
router_begin
city_begin "${1:?build folder}"
journal_has() { $sekisho journal list 2>/dev/null | grep -q "$1"; }
journal_count() { $sekisho journal list --most 1000 2>/dev/null | grep -c "$1" || true; }
status_json() { $sekisho zones status --json; }
rules() { nft -s -n list table inet sekisho | sed "s/ timeout [0-9a-z]*//g"; } # what is left until an end runs down
own_rights() {
	grep -q '^CapEff:[[:space:]]*0000000000001000$' "/proc/$(city_pid_of zonesd)/status" && [ "$(stat -c %u "/proc/$(city_pid_of zonesd)")" = 7308 ]
}
holds "zonesd runs under its own uid with CAP_NET_ADMIN alone" own_rights
fails "what only the operator adopted is not applied" $sekisho zones apply
fails "nothing is in the kernel" rules
fails "and the status says so" $sekisho zones status
holds "administrator and chief sign in" eval "passage_sign_in 0001 office && passage_sign_in 0002 office"
$sekisho policy print "$home/policy/city.policy" >"$home/first.policy"
sed 's/keep 7 days/keep 6 days/' "$home/first.policy" >"$home/second.policy"
holds "two persons sign a text" passage_adopt "$home/second.policy" "系の分割を適用するため"
nft add table inet sekisho_beside # as a process leaves it that dies amid a swap
holds "now it is applied, on trial, and proven" eval "$sekisho zones apply --trial 3 >'$home/told'"
holds "the kernel has the rules" rules
fails "and no others" nft list table inet sekisho_beside
holds "loading and being in force are in the journal" eval "journal_has zones.loading && journal_has zones.in_force"
gone() { ! rules 2>/dev/null; }
holds "nobody confirms: they are taken back" soon gone
holds "which the journal tells" soon journal_has zones.returned
holds "applied again" $sekisho zones apply --trial 60
fails "not twice at once" $sekisho zones apply
holds "and confirmed" $sekisho zones confirm
rules >"$home/rules"
holds "the status knows the text, proven" eval "status_json | grep -q '\"proven\":true' && status_json | grep -q '$(sha256sum "$home/second.policy" | cut -d' ' -f1)'"

back() { rules 2>/dev/null | cmp -s - "$home/rules"; }
# changed SENTENCE COMMAND…: somebody else changes the rules; they are back, and the journal says who
changed() {
	local sentence=$1 before
	shift
	before=$(journal_count zones.restored)
	"$@" || { echo "FAIL could not do: $*"; exit 1; }
	restored() { [ "$(journal_count zones.restored)" -gt "$before" ] && back; }
	holds "$sentence is seen and put back" soon restored
}
changed "a rule that lets everything through" nft insert rule inet sekisho forward accept
changed "a policy of accept" nft add chain inet sekisho forward '{ policy accept; }'
changed "the whole ruleset flushed" nft flush ruleset
changed "the table deleted" nft delete table inet sekisho
changed "a table of another's" nft add table inet evil
fails "the other's table is gone" nft list table inet evil
holds "who did it is named" eval "status_json | grep -q '\"last_drift_by\":\"nft'"
alive() { status_json 2>/dev/null | grep -q '"proven":true'; }
doubted() { status_json 2>/dev/null | grep -q '"proven":false.*"rules_proven":true'; }
# told SENTENCE UNDO COMMAND…: what the rules rest on is not what the text has, until it is undone; the journal tells both, the rules stay
told() {
	local sentence=$1 undo=$2 before
	shift 2
	before=$(journal_count zones.surroundings)
	"$@" || { echo "FAIL could not do: $*"; exit 1; }
	grown() { [ "$(journal_count zones.surroundings)" -gt "$before" ]; }
	holds "$sentence is seen" soon grown
	holds "$sentence: nothing counts as proven" soon doubted
	$undo || { echo "FAIL could not undo: $undo"; exit 1; }
	holds "$sentence undone: proven again" soon alive
}
told "a route of a zone out of another's interface" "ip route del 10.2.9.0/24" ip route add 10.2.9.0/24 dev eth1
told "a routing rule" "ip rule del pref 100" ip rule add from 198.51.100.7 table 77 pref 100
told "a new interface" "ip link del wormhole" ip link add name wormhole up type veth peer name wormend
told "a bridge" "ip link del lan0" ip link add name lan0 up type bridge
told "a new address" "ip address del 192.0.2.9/32 dev lo" ip address add 192.0.2.9/32 dev lo
tc qdisc add dev eth1 clsact
told "a filter of traffic control" "tc filter del dev eth1 ingress" tc filter add dev eth1 ingress protocol all prio 1 u32 match u32 0 0
told "a setting" "sysctl -qw net.ipv4.conf.eth1.proxy_arp=0" sysctl -qw net.ipv4.conf.eth1.proxy_arp=1
told "an interface that is gone" "eval ip link add eth4 type veth peer name far4 && ip link set eth4 up && ip address add 10.4.0.1/24 dev eth4" ip link del eth4
before=$(journal_count zones.surroundings)
ip route add 10.77.0.0/16 dev eth1
grown() { [ "$(journal_count zones.surroundings)" -gt "$before" ]; }
holds "a route to nobody of the text is told" soon grown
holds "and changes nothing of the proof" alive
fails "the status says it while it lasts" eval "sysctl -qw net.ipv4.ip_forward=0; for i in \$(seq 40); do doubted && break; sleep 0.2; done; $sekisho zones status >'$home/told'"
holds "with what to do" grep -q 'sysctl -w net/ipv4/ip_forward=1' "$home/told"
sysctl -qw net.ipv4.ip_forward=1
holds "and no more afterwards" soon alive

fails "no night has passed yet: no probe" eval "status_json | grep -q '\"probe\"'"
holds "real packets go as the text says" eval "$sekisho zones probe >'$home/told'"
holds "which the journal tells" journal_has zones.probed
holds "and the status" eval "status_json | grep -q '\"probe\":{.*\"wrong\":0'"
holds "the rules in force were not touched" back
holds "its process dies" kill -9 "$(city_pid_of zonesd)"
holds "the rules stay" back
holds "it comes back and takes them up" soon alive
sed 's/keep 7 days/keep 4 days/' "$home/first.policy" >"$home/third.policy"
holds "another text is signed" passage_adopt "$home/third.policy" "系の分割を適用するため"
holds "and applied for good" $sekisho zones apply --no-trial
holds "the operator goes back to the text before" $sekisho zones rollback
holds "which it is" eval "status_json | grep -q '$(sha256sum "$home/second.policy" | cut -d' ' -f1)'"
kill -STOP "$(city_pid_of recordd)"
fails "while nothing can be written down nothing is loaded" timeout 30 $sekisho zones apply --no-trial
kill -CONT "$(city_pid_of recordd)"
holds "the rules are those from before" eval "status_json | grep -q '$(sha256sum "$home/second.policy" | cut -d' ' -f1)'"
$sekisho evidence export "$home/export" >/dev/null
holds "the log verifies" "$city_build/sekisho" evidence verify --trust "$home/trust/evidence.trust" "$home/export"
echo "$city_checks checks"
