#!/bin/bash
# 控えと復元 — a backup is taken while files are handed in and approved; an empty machine becomes the one of the backup, in a new epoch that the log
# tells; an older backup raises the alarm with numbers; what is damaged, foreign or too large leaves nothing behind. Articles: s6.6a s2.7. Usage: … BUILD_FOLDER
. "$(dirname "$0")/../support/city.sh"
safe=$(mktemp -d /tmp/safe.XXXXXX) # what is not on the machine: the key in the safe, the backups, other machines
city_said=$safe/said
city_setup=(--recovery-key "$safe/key")
export LANG=en_US.UTF-8 LC_ALL=
city_begin "${1:?build folder}"
first=$home
safe_end() {
	local code=$?
	kill ${load-} 2>/dev/null || true
	umount "$safe/small" 2>/dev/null || true
	[ $code -eq 0 ] || { echo "--- last lines of the processes:" >&2; tail -15 "$home/log" >&2; }
	city_stop
	passage_end 2>/dev/null || true
	rm -rf "$safe" "$first" "$home"
	exit $code
}
trap safe_end EXIT
offline=$city_build/sekisho

passage_sign_in 2001 internet
passage_sign_in 1001 office
printf '一枚目\n' >"$safe/one.txt"
ticket=$(passage_hand_in 2001 "$safe/one.txt" 2002 "控えの試験")
passage_wait_judged 2001 "$ticket" >/dev/null
passage_decide 1001 approve "確認しました" "$ticket"

# A backup under load: files come in, people are added, all the while.
loading() {
	for i in $(seq 200); do
		printf '%s 番\n' "$i" >"$safe/load.txt"
		passage_hand_in 2001 "$safe/load.txt" 2002 "控えの間の受渡し $i" >>"$safe/accepted" 2>>"$safe/load.err" || true
		$sekisho people unit --code "load$i" --name "試験係$i" >>"$safe/load.err" 2>&1 || true
	done
}
: >"$safe/accepted"
loading &
load=$!
while [ "$(wc -l <"$safe/accepted")" -lt 2 ]; do sleep 0.05; done
accepted_before=$(cat "$safe/accepted")
under_load() { # as many backups as it takes until the load has gone on for a while
	for _ in $(seq 100); do
		$sekisho backup "$safe/vault" || return 1
		[ "$(wc -l <"$safe/accepted")" -le 3 ] || return 0
	done
}
holds "backups are made while files come in" under_load
accepted_after=$(wc -l <"$safe/accepted")
kill $load 2>/dev/null || true
wait $load 2>/dev/null || true
holds "the load went on meanwhile" test "$accepted_after" -gt 3
holds "it is in the journal" eval 'grep -q "backup.made" <<<"$($sekisho journal list)"'
holds "its pieces are as they were written" $sekisho backup --check "$safe/vault"
plain() { ! grep -rqa -e '一枚目' -e "$(awk -F'\t' '$1 == 2001 { print $3 }' "$home/sample/sign-ins")" -e 'SQLite format' "$safe/vault"; }
holds "nothing in it can be read without the key" plain
holds "a second backup is made" $sekisho backup --json "$safe/vault"
cp "$safe/said" "$safe/second.json"
second=$(python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))["id"])' "$safe/second.json")
holds "it writes only what is new" python3 -c 'import json,sys; s=json.load(open(sys.argv[1])); sys.exit(not s["new_pieces"] * 2 < s["pieces"])' "$safe/second.json"
people_only() { ! setpriv --reuid 7306 --regid 7306 --clear-groups $sekisho backup "$safe/theirs"; }
[ "$(id -u)" -ne 0 ] || holds "only the operator can make one" people_only

# A process killed in the middle leaves the last backup whole.
broken_off() {
	local pid
	$sekisho people unit --code "broken" --name "途中係" || return 1
	$sekisho backup "$safe/vault" >/dev/null 2>&1 &
	pid=$!
	sleep 0.02
	kill -KILL $pid 2>/dev/null
	wait $pid 2>/dev/null
	$sekisho backup --check "$safe/vault"
}
holds "a backup that is broken off leaves the others whole" broken_off

# The city goes on after the last backup: one more file, and an auditor takes an export home.
holds "the last backup is made" $sekisho backup "$safe/vault"
later=$(passage_hand_in 2001 "$safe/one.txt" 2002 "控えのあと")
passage_wait_judged 2001 "$later" >/dev/null
sleep 1.5
$sekisho evidence export "$safe/auditor" >/dev/null
old_epoch=$(python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))["rows"][0]["epoch"])' "$safe/auditor/journal/000.json")
cookie=$passage_jars/2001-internet
city_stop

# An empty machine.
move_to() { # FOLDER: the city is this folder from now on
	home=$1
	mkdir -p "$home"
	chmod 755 "$home"
	sekisho="$city_build/sekisho --home $home"
	city_office=0 city_internet=0
}
nothing_there() { [ -z "$(ls -A "$safe/empty")" ] || { ls -lA "$safe/empty"; return 1; }; }
refused() { # SENTENCE WORD COMMAND…: fails, says the word, leaves nothing
	local sentence=$1 word=$2
	shift 2
	rm -rf "$safe/empty"
	mkdir "$safe/empty"
	fails "$sentence" "$@"
	grep -qi -- "$word" "$safe/said" || { echo "FAIL it does not say “$word”"; cat "$safe/said"; exit 1; }
	holds "… and leaves nothing behind" nothing_there
}
restore_empty="$city_build/sekisho --home $safe/empty restore"
"$offline" --home "$safe/other" setup --site other --recovery-key "$safe/other-key" >/dev/null
refused "the key of another city is refused" "recovery key" $restore_empty --key "$safe/other-key" --reason test "$safe/vault"
sed 's/^secret ./secret x/' "$safe/key" >"$safe/typed"
refused "a key with a wrong letter is refused" "line" $restore_empty --key "$safe/typed" --reason test "$safe/vault"
refused "a folder that holds no backups is refused" "holds no backups" $restore_empty --key "$safe/key" --reason test "$safe"
refused "a restore without a reason is refused" "reason" $restore_empty --key "$safe/key" "$safe/vault"
cp -r "$safe/vault" "$safe/damaged"
for piece in $(find "$safe/damaged/pieces" -type f -size +1k); do printf 'X' | dd of="$piece" bs=1 seek=60 conv=notrunc status=none; done
refused "a damaged piece is found before anything is put in place" "damaged" $restore_empty --key "$safe/key" --reason test "$safe/damaged"
fails "the check finds it too, without a key" "$offline" backup --check "$safe/damaged"
touch "$safe/empty/letter"
fails "a folder that is not empty is refused" $restore_empty --key "$safe/key" --reason test "$safe/vault"
holds "… and keeps what it holds" test -e "$safe/empty/letter"
if [ "$(id -u)" -eq 0 ] && mkdir "$safe/small" && mount -t tmpfs -o size=128k,mode=755 tmpfs "$safe/small" 2>/dev/null; then
	fails "a disk that is too small is refused" "$offline" --home "$safe/small" restore --key "$safe/key" --reason test "$safe/vault"
	grep -q FULL "$safe/said"
	holds "… and is left empty" test -z "$(ls -A "$safe/small")"
fi

move_to "$safe/new"
holds "an empty machine is restored" $sekisho restore --key "$safe/key" --reason "ディスクの故障" "$safe/vault"
grep -q "a new epoch" "$safe/said" || { echo "FAIL the restore does not tell its epoch"; exit 1; }
city_start
passage_begin "$home"
passage_code=$city_build/sample-code
cp "$cookie" "$passage_jars/2001-internet" 2>/dev/null || true
holds "sign-ins of before have ended" status_is 303 2001 internet /tickets
rm -f "$passage_jars"/*-internet "$passage_jars"/*-office
passage_sign_in 2002 office
holds "what was approved before the backup can be fetched" passage_fetch 2002 "$ticket" "$safe/fetched.txt"
holds "… and is the same" cmp "$safe/one.txt" "$safe/fetched.txt"
passage_sign_in 2001 internet
every_accepted() { # accepted before the backup was begun: there, with its file judged
	local t page
	for t in $accepted_before; do
		page=$(passage_wait_judged 2001 "$t") || return 1
		grep -q "控えの間の受渡し" <<<"$page" || { echo "ticket $t is not there"; return 1; }
	done
}
holds "everything accepted before the backup is there" every_accepted
holds "the journal says why" eval '$sekisho journal list | head -1 | grep -q "store.restored"'
sleep 1.5
$sekisho evidence export "$safe/export" >/dev/null
holds "the log verifies across the epochs with the old trust file" "$offline" evidence verify --trust "$first/trust/evidence.trust" "$safe/export"
holds "the epoch has changed" eval '! cat "$safe"/export/journal/*.json | tail -c 400 | grep -q "$old_epoch"'
fails "the auditor's newer checkpoint raises the alarm" "$offline" evidence verify --trust "$first/trust/evidence.trust" --since "$safe/auditor/checkpoint" "$safe/export"
grep -q "lost    entries" "$safe/said" || { echo "FAIL … without numbers"; exit 1; }
holds "the city works on: a file is handed in" passage_hand_in 2001 "$safe/one.txt" 2002 "復元のあと"
holds "the restored machine makes backups to the same folder" $sekisho backup "$safe/vault"
holds "the spool takes a new key while everything runs" $sekisho keys rotate spool
holds "… what the old one wraps can still be fetched" passage_fetch 2002 "$ticket" "$safe/fetched.txt"
holds "… and is the same" cmp "$safe/one.txt" "$safe/fetched.txt"
holds "… and what comes now too" passage_hand_in 2001 "$safe/one.txt" 2002 "新しい鍵"
holds "a new recovery key is made" $sekisho keys rotate backup --out "$safe/key2"
fails "… never over a file that is there" $sekisho keys rotate backup --out "$safe/key2"
holds "… and is listed" eval '$sekisho keys list | grep "^backup" | grep -q "$(grep -o "name of the key: .*" "$safe/key2" | cut -c18-)"'
holds "rotations are in the journal" test "$($sekisho journal list | grep -c key.rotated)" -ge 2
holds "a backup is made for the new key" $sekisho backup "$safe/vault"
city_stop
third="$city_build/sekisho --home $safe/third restore --reason test"
fails "the old key does not open the new backup" $third --key "$safe/key" "$safe/vault"
holds "… but the older one, if it is named" $third --key "$safe/key" --backup "$second" "$safe/vault"
rm -rf "$safe/third"
holds "the new key opens the new backup" $third --key "$safe/key2" "$safe/vault"

# The log outlived the records: the restore of an old backup says which sealed rows are lost.
move_to "$first"
find "$home" -mindepth 1 -maxdepth 1 ! -name evidence -exec rm -rf {} +
holds "records are restored beside the log that stayed" $sekisho restore --key "$safe/key" --reason "記録の破損" --backup "$second" "$safe/vault"
lost=$(sed -nE 's/.*ALARM: rows [0-9]+ to [0-9]+ \(([0-9]+)\).*/\1/p' "$safe/said")
holds "the restore raises the alarm with numbers" test -n "$lost"
city_start
sleep 1.5
$sekisho evidence export "$safe/export2" >/dev/null || true
fails "verify raises the alarm" "$offline" evidence verify --trust "$home/trust/evidence.trust" --json "$safe/export2"
cp "$safe/said" "$safe/verdict.json"
holds "… with the same number" eval 'python3 -c "
import json, sys
r = json.load(open(sys.argv[1]))
sys.exit(not (r[\"finding\"] == \"ROWS_LOST\" and r[\"lost\"] == int(sys.argv[2])))" "$safe/verdict.json" "$lost"'
echo "$city_checks checks"
