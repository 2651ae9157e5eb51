#!/bin/bash
# 証跡 — every act is sealed within a second, the export verifies offline and with tools not ours, nothing changed goes unnoticed, and evidenced may
# die at any moment. Articles: s2.6 s6.5 s6.7a. Usage: … BUILD_FOLDER
. "$(dirname "$0")/../support/city.sh"
city_begin "${1:?build folder}"
sekisho_offline=$city_build/sekisho
trust=$home/trust/evidence.trust
export LANG=en_US.UTF-8 LC_ALL=

all_sealed() {
	for _ in $(seq 50); do
		$sekisho journal list >"$home/list"
		grep -q . "$home/list" && ! grep -q 'not sealed' "$home/list" && return 0
		sleep 0.1
	done
	grep 'not sealed' "$home/list"
	return 1
}
$sekisho people unit --code akiya --name 空き家対策室
sleep 1
holds "an act is sealed one second later" eval '$sekisho journal list | grep unit:akiya | grep -qv "not sealed"'
holds "all rows are sealed" all_sealed
holds "the export is written" $sekisho evidence export "$home/export"
cp "$home/export/checkpoint" "$home/older"
holds "the export verifies with the keys of the trust file" "$sekisho_offline" evidence verify --trust "$trust" "$home/export"
exits() {
	local want=$1 got=0
	shift
	"$@" || got=$?
	[ $got = "$want" ] || { echo "exit $got, expected $want"; return 1; }
}
holds "without a trust file it says self-consistent only" exits 4 "$sekisho_offline" evidence verify "$home/export"
no=$($sekisho journal list | awk -F'\t' '/unit:akiya/ { print $1 }')
holds "show says where the row is sealed" eval '$sekisho evidence show '"$no"' | grep -q "^sealed   entry"'
holds "prove writes proof and record" $sekisho evidence prove "$no" -o "$home/row.tlog-proof" --record "$home/row.json"
holds "the proof convinces" "$sekisho_offline" evidence check-proof --trust "$trust" --record "$home/row.json" "$home/row.tlog-proof"
sed 's/akiya/akiyb/' "$home/row.json" >"$home/lie.json"
fails "another record does not" "$sekisho_offline" evidence check-proof --trust "$trust" --record "$home/lie.json" "$home/row.tlog-proof"

without_sekisho() { # the commands of the document, as they stand there
	mkdir -p "$home/by-hand"
	sed -n '/^```sh$/,/^```$/p' "$city_source/docs/evidence-check-without-sekisho.md" | grep -v '^```' >"$home/by-hand.sh"
	(cd "$home/by-hand" && TRUST=$1 EXPORT=$home/export PROOF=$home/row.tlog-proof RECORD=$2 bash -euo pipefail ../by-hand.sh)
}
holds "the same check by hand, with coreutils and openssl" without_sekisho "$trust" "$home/row.json"
fails "by hand a changed record is found too" without_sekisho "$trust" "$home/lie.json"

# One changed byte, wherever it is: found, and laid at the right file.
flip_is_located() {
	local file=$1 at=$2 byte
	byte=$(od -An -tu1 -j "$at" -N 1 "$home/export/$file" | tr -d ' ')
	printf "\\x$(printf %02x $((byte ^ 1)))" | dd of="$home/export/$file" bs=1 seek="$at" conv=notrunc status=none
	"$sekisho_offline" evidence verify --trust "$trust" "$home/export" >"$home/verdict" && return 1
	printf "\\x$(printf %02x "$byte")" | dd of="$home/export/$file" bs=1 seek="$at" conv=notrunc status=none
	grep -q "file    $file\$" "$home/verdict"
}
while read -r file; do
	size=$(stat -c %s "$home/export/$file")
	holds "a changed byte is found in $file" flip_is_located "$file" $((size / 2))
done < <(cd "$home/export" && find . -type f ! -name vkey | sed 's,^\./,,' | sort)
sed 's/quorum none/quorum nono/' "$trust" >"$home/bad.trust"
fails "a changed trust file is refused" "$sekisho_offline" evidence verify --trust "$home/bad.trust" "$home/export"
holds "the export is whole again" "$sekisho_offline" evidence verify --trust "$trust" "$home/export"

if [ "$(id -u)" -eq 0 ]; then
	fails "another process cannot read the signing key" setpriv --reuid 7306 --regid 7306 --clear-groups cat "$home/evidence/private/key"
	fails "evidenced cannot write the store" setpriv --reuid 7305 --regid 7305 --groups 7300 test -w "$home/records/records.db"
	fails "recordd cannot write the log" setpriv --reuid 7301 --regid 7301 --groups 7300 test -w "$home/evidence/log/checkpoint"
fi

# evidenced dies at random moments while acts go on; what was answered is sealed in the end.
killed_often() {
	local i pid
	for i in $(seq 20); do
		$sekisho people unit --code "k$i" --name "試験係$i" || return 1
		sleep "0.0$((RANDOM % 10))"
		pid=$(city_pid_of evidenced)
		[ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null || true
		sleep 0.4
	done
}
holds "acts are answered while evidenced is killed" killed_often
sealed_after_a_while() {
	for _ in $(seq 60); do
		all_sealed && return 0
		sleep 1
	done
	return 1
}
holds "afterwards all rows are sealed" sealed_after_a_while
holds "none is missing" eval '[ "$($sekisho journal list | grep -c "unit:k[0-9]")" = 20 ]'
rm -rf "$home/export"
$sekisho evidence export "$home/export" >/dev/null
holds "the log still verifies and contains the older checkpoint" "$sekisho_offline" evidence verify --trust "$trust" --since "$home/older" "$home/export"
holds "the two checkpoints are consistent" $sekisho evidence compare --trust "$trust" "$home/older" "$home/export/checkpoint"

# The store is put back in time by hand: same numbers, other content. evidenced alarms and seals nothing more.
city_stop
python3 - "$home/records/records.db" <<'END'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
for (name,) in db.execute("select name from sqlite_master where type = 'trigger'").fetchall():
    db.execute('drop trigger "%s"' % name)
no, entry = db.execute("select no, entry from journal order by no desc limit 1").fetchone()
at = entry.index(b'"commit":"') + 10
entry = entry[:at] + (b"0" if entry[at:at + 1] != b"0" else b"1") + entry[at + 1:]
db.execute("update journal set entry = ? where no = ?", (entry, no))
db.commit()
END
size_before=$(sed -n 2p "$home/evidence/log/checkpoint")
city_start
alarmed() {
	for _ in $(seq 50); do
		grep -q 'evidenced-001 ALARM' "$home/log" && return 0
		sleep 0.1
	done
	return 1
}
holds "a store that is not what was sealed raises the alarm" alarmed
holds "nothing is sealed over it" eval '[ "$(sed -n 2p "$home/evidence/log/checkpoint")" = '"$size_before"' ]'
echo "$city_checks checks"
