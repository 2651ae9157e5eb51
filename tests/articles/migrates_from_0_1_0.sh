#!/bin/bash
# 移行 — a data folder that Sekisho 0.1.0 left is opened by this version: migrated, nothing lost, the log goes on under the same trust file.
# Articles: s2.6 s6.6a. Usage: … BUILD_FOLDER
. "$(dirname "$0")/../support/city.sh"
old=$city_source/tests/cases/store/from_0_1_0
export LANG=en_US.UTF-8 LC_ALL=
home=$(mktemp -d /tmp/city.XXXXXX)
chmod 755 "$home"
city_build=$(realpath "${1:?build folder}")
sekisho="$city_build/sekisho --home $home"
passage_jars=$home
city_pid=
migrate_end() {
	local code=$?
	[ $code -eq 0 ] || tail -15 "$home/log" >&2
	[ -z "$city_pid" ] || city_stop
	rm -rf "$home"
	exit $code
}
trap migrate_end EXIT
$sekisho setup --policy "$city_source/policy" >/dev/null
owner=$(stat -c %u:%g "$home/records/records.db")
rm -rf "$home"/records/records.db* "$home"/evidence/log/* "$home"/evidence/private/*
python3 - "$old/records.sql" "$home/records/records.db" <<'PY'
import sqlite3, sys
db = sqlite3.connect(sys.argv[2])
db.executescript(open(sys.argv[1]).read())
db.execute("pragma journal_mode=wal")
db.close()
PY
chown "$owner" "$home/records/records.db"
chmod 640 "$home/records/records.db"
cp -r "$old/evidence/." "$home/evidence/"
cp "$old/trust/"* "$home/trust/"
chown -R --reference="$home/evidence/log" "$home/evidence/log"/* "$home/evidence/vkey"
chown -R --reference="$home/evidence/private" "$home/evidence/private"/*
find "$home/evidence/log" -mindepth 1 -type d -exec chmod 2750 {} + -o -type f -exec chmod 640 {} +
chmod 600 "$home/evidence/private"/*
cp "$old/evidence/log/checkpoint" "$home/before"

city_start
holds "a store of 0.1.0 is opened" test -e "$home/run/ready"
shape() { $sekisho doctor --json >"$home/json"; python3 -c 'import json,sys; sys.exit(not [c for c in json.load(open(sys.argv[1]))["checks"] if c["check"] == "migrations" and c["level"] == 0])' "$home/json"; }
holds "it has the shape of this version" eval 'shape || shape'
holds "its tickets are there" eval '$sekisho ticket show 1 | grep -q "前の版で渡した資料" && $sekisho ticket show 2 | grep -q "前の版で差し戻した資料"'
counted() { python3 - "$home/records/records.db" <<'PY'
import sqlite3, sys
db = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
kept, there = (db.execute(q).fetchall() for q in ("SELECT state, verdict, tickets FROM ticket_tally WHERE tickets > 0 ORDER BY 1, 2",
                                                  "SELECT state, verdict, count(*) FROM ticket GROUP BY 1, 2 ORDER BY 1, 2"))
sys.exit(kept != there or not kept)
PY
}
holds "they are counted" counted
holds "its people are there" eval '$sekisho people list | grep -q "海野 波子"'
holds "its policy is in force" eval '$sekisho journal list | grep -q policy.adopted'
$sekisho people unit --code new --name 新しい版の係 >/dev/null
sealed() { for _ in $(seq 50); do $sekisho journal list >"$home/list"; grep -q 'not sealed' "$home/list" || return 0; sleep 0.2; done; return 1; }
holds "what is new is sealed behind what was" sealed
holds "rows go on counting" eval '[ "$($sekisho journal list | wc -l)" -gt 44 ]'
$sekisho evidence export "$home/export" >/dev/null
holds "the log verifies with the trust file of 0.1.0, and contains its last checkpoint" "$city_build/sekisho" evidence verify --trust "$old/trust/evidence.trust" \
	--since "$home/before" "$home/export"
echo "$city_checks checks"
