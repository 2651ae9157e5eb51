#!/bin/bash
# 点検 — sekisho doctor says what is wrong and what to do, with an exit code for monitoring. Article: s6.6a. Usage: … BUILD_FOLDER
. "$(dirname "$0")/../support/city.sh"
safe=$(mktemp -d /tmp/safe.XXXXXX)
city_setup=(--recovery-key "$safe/key")
export LANG=en_US.UTF-8 LC_ALL=
city_begin "${1:?build folder}"
doctor_end() {
	local code=$?
	rm -rf "$safe"
	(exit $code) || true
	[ $code -eq 0 ] || tail -15 "$home/log" >&2
	city_stop
	passage_end 2>/dev/null || true
	rm -rf "$home"
	exit $code
}
trap doctor_end EXIT
level() { # CHECK LEVEL: what doctor thinks of one thing, and that it says what to do
	$sekisho doctor --json >"$safe/json" || true
	python3 - "$safe/json" "$1" "$2" <<'PY'
import json, sys
report = json.load(open(sys.argv[1]))
row = next(c for c in report["checks"] if c["check"] == sys.argv[2])
print(row)
sys.exit(not (row["level"] == int(sys.argv[3]) and report["level"] >= row["level"] and ("todo_ja" in row) == (row["level"] > 0)))
PY
}
exits() { local code=0; "${@:2}" >/dev/null || code=$?; [ $code = "$1" ] || { echo "exit $code"; return 1; }; }

for check in folders records migrations seal disk policy certificate; do
	holds "$check is well" level $check 0
done
[ "$(id -u)" -ne 0 ] || holds "processes are well" level processes 0
holds "no backup yet is a warning" level backup 1
holds "… and so is the exit code" exits 1 $sekisho doctor
holds "what it tells to do can be typed as it stands" eval '{ $sekisho doctor || true; } | grep -qF "$sekisho backup"'
$sekisho backup "$safe/vault" >/dev/null
holds "a fresh backup is well" level backup 0
fails "a backup into no folder" $sekisho backup /proc/nowhere
holds "one that failed is told" level backup 1
$sekisho backup "$safe/vault" >/dev/null
holds "… until the next one is made" level backup 0
python3 - "$home/run/last-backup" <<'PY'
import json, sys
o = json.load(open(sys.argv[1])); o["at"] = "2026-01-01T00:00:00Z"
open(sys.argv[1], "w").write(json.dumps(o, separators=(",", ":"), sort_keys=True, ensure_ascii=False))
PY
holds "an old one is not" level backup 2
sed -i 's/keep 7 days/keep 6 days/' "$home/policy/"*.policy
holds "a draft that differs is told" level policy 1
echo 'no policy' >"$home/policy/city.policy"
holds "a draft with a fault is told" level policy 1
chmod 0644 "$home/auth/approval.key"
holds "a secret that others can read is wrong" level folders 2
holds "… and so is the exit code" exits 2 $sekisho doctor
chmod 0600 "$home/auth/approval.key"
kill -STOP "$(city_pid_of evidenced)"
$sekisho people unit --code late --name 封印待ち係 >/dev/null
sleep 7
holds "rows that wait for their seal are told" level seal 1
kill -CONT "$(city_pid_of evidenced)"
city_stop
holds "processes that do not run are wrong" level processes 2
# Another system's on the same machine: the same names under the same uids.
if [ "$(id -u)" -eq 0 ]; then
	mkdir "$home/others"
	chmod 755 "$home/others"
	others=()
	while IFS='|' read -r name uid _; do
		name=$(tr -d ' ' <<<"$name") uid=$(tr -d ' ' <<<"$uid")
		[ -e "$home/others/${name%%-*}" ] || cp /bin/sleep "$home/others/${name%%-*}"
		setpriv --reuid "$uid" --regid "$uid" --clear-groups "$home/others/${name%%-*}" 60 &
		others+=($!)
	done < <(command grep -v '^#' "$city_source/src/PROCESSES")
	sleep 0.3
	holds "processes of another system are not taken for one's own" level processes 2
	kill "${others[@]}"
fi
echo "$city_checks checks"
