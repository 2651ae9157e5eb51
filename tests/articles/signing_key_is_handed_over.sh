#!/bin/bash
# 署名の鍵の引継ぎ — the signing key of the evidence log changes while everything runs; the trust file an auditor was given on the first day is good over
# every change; a backup in the midst of an overlap brings both keys back; whoever dies at whatever moment leaves the old key or both; a hand-over that is
# missing or forged is found and located. Articles: s2.6 s6.6a. Usage: … BUILD_FOLDER
. "$(dirname "$0")/../support/city.sh"
safe=$(mktemp -d /tmp/safe.XXXXXX) # the auditor's laptop, the safe, another machine
city_said=$safe/said
city_setup=(--recovery-key "$safe/key")
export LANG=en_US.UTF-8 LC_ALL=
city_begin "${1:?build folder}"
first=$home
safe_end() {
	local code=$?
	[ $code -eq 0 ] || { echo "--- last lines of the processes:" >&2; tail -15 "$home/log" >&2; }
	city_stop
	passage_end 2>/dev/null || true
	rm -rf "$safe" "$first" "$home"
	exit $code
}
trap safe_end EXIT
offline=$city_build/sekisho
cp "$home/trust/evidence.trust" "$safe/trust"

sealed() { ! $sekisho journal list | grep -q 'not sealed'; }
act() { $sekisho people unit --code "key$1" --name "鍵の試験$1" && soon sealed; }
signed_by() { [ "$(grep -c '^— ' "$home/evidence/log/checkpoint")" = "$1" ]; }
export_to() { rm -rf "$safe/$1" && $sekisho evidence export "$safe/$1"; }
first_trust() { "$offline" evidence verify --trust "$safe/trust" "$@"; }

act 0
holds "the auditor takes an export home" export_to day1
holds "the key is handed over while everything runs" $sekisho keys rotate signing --overlap 0
holds "… and the journal tells it" eval '$sekisho journal list | grep -q evidence.key_handed_over'
act 1
holds "without an overlap the new key alone signs" soon signed_by 1
holds "the log is exported" export_to day2
holds "the first day's trust file is good for it, offline" first_trust --since "$safe/day1/checkpoint" "$safe/day2"
cp "$safe/said" "$safe/verdict"
holds "… and it says what it went by" grep -q "handed over 1 times" "$safe/verdict"
holds "the machine's trust file names the new key" "$offline" evidence verify --trust "$home/trust/evidence.trust" "$safe/day2"
no=$($sekisho journal list | awk -F'\t' '/unit:key1/ { print $1 }')
holds "a row is proven under the new key" $sekisho evidence prove "$no" -o "$safe/row.tlog-proof" --record "$safe/row.json"
fails "the first trust file alone does not know it" "$offline" evidence check-proof --trust "$safe/trust" --record "$safe/row.json" "$safe/row.tlog-proof"
holds "… with the hand-overs it does" "$offline" evidence check-proof --trust "$safe/trust" --record "$safe/row.json" --handovers "$safe/day2" "$safe/row.tlog-proof"

# A hand-over that is not as it was.
missing_is_located() {
	cp -r "$safe/day2" "$safe/lies" && rm "$safe/lies/handover/001"
	first_trust --json "$safe/lies" >"$safe/verdict" && return 1
	cat "$safe/verdict"
	rm -r "$safe/lies"
	grep -q '"finding":"HANDOVER_MISSING"' "$safe/verdict" && grep -q '"index":' "$safe/verdict"
}
holds "a hand-over taken out is found and located" missing_is_located
forged_is_located() { # one letter of the new key changed, whatever it was
	cp -r "$safe/day2" "$safe/lies"
	sed -i '3{s/A$/B/;t;s/.$/A/}' "$safe/lies/handover/001"
	first_trust --json "$safe/lies" >"$safe/verdict" && return 1
	cat "$safe/verdict"
	rm -r "$safe/lies"
	grep -q '"file":"handover/001","finding":"HANDOVER_FORGED"' "$safe/verdict"
}
holds "a forged hand-over is found and located" forged_is_located

# Death at any moment: of evidenced, of the command, or of both; the same command goes on, and the first day's trust file stays good.
die_in_the_midst() { # ROUND
	local rotation
	($sekisho keys rotate signing --overlap 0 >/dev/null 2>&1) &
	rotation=$!
	sleep "0.$(printf %03d $(($1 * 61 % 400)))"
	[ $(($1 % 3)) -eq 1 ] || kill -KILL "$(city_pid_of evidenced)" 2>/dev/null || true
	[ $(($1 % 3)) -eq 0 ] || kill -KILL $rotation 2>/dev/null || true
	wait $rotation 2>/dev/null || true
	soon test -e "$home/run/ready" && soon sealed || return 1
	export_to "died$1" && first_trust "$safe/died$1"
}
for round in 1 2 3 4 5 6 7 8 9; do
	holds "death $round leaves the old key or the new one" die_in_the_midst $round
done
holds "the command goes on" $sekisho keys rotate signing --overlap 0
holds "the log is exported" export_to day2b
holds "the first day's trust file is good over all of them" first_trust --since "$safe/day1/checkpoint" "$safe/day2b"
before=$(ls "$home/evidence/log/handover" | wc -l)

# An overlap, and a backup in the midst of it.
holds "the next key comes with an overlap" $sekisho keys rotate signing --overlap 7
act 2
holds "both keys sign" soon signed_by 2
fails "meanwhile there is no other" $sekisho keys rotate signing
grep -q "signs, until\|still signs" "$safe/said" || { echo "FAIL it does not say until when"; exit 1; }
holds "keys list says until when" eval '$sekisho keys list | grep "^signing" | grep -q "signs too until"'
doctor_says() { ($sekisho doctor || true) | grep -q "the signing key before signs too until"; }
holds "doctor says so too" doctor_says
holds "a backup is made" $sekisho backup "$safe/vault"
act 3
city_stop
home=$safe/new
mkdir -m 755 "$home"
sekisho="$city_build/sekisho --home $home"
city_office=0 city_internet=0
holds "another machine is restored from it" $sekisho restore --key "$safe/key" --reason "鍵の引継ぎの途中の控え" "$safe/vault"
city_start
passage_begin "$home"
act 4
holds "both keys sign there" soon signed_by 2
holds "its log is exported" export_to day3
holds "the first day's trust file is good for it" first_trust --since "$safe/day1/checkpoint" "$safe/day3"
cp "$safe/said" "$safe/verdict"
holds "… over every hand-over" grep -q "handed over $((before + 1)) times" "$safe/verdict"

echo "$city_checks checks"
