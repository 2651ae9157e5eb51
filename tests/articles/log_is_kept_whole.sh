#!/bin/bash
# 動作ログ — the log of every process in one file of bounded size: nothing is lost when a new one begins, the closed one's hash is in the journal, a moved
# file is made again at SIGHUP. Articles: s6.6d s6.7a. Usage: … BUILD_FOLDER
. "$(dirname "$0")/../support/city.sh"
logs=$(mktemp -d /tmp/logs.XXXXXX)
city_run=(--log "$logs/log" --log-bytes 4096)
export LANG=en_US.UTF-8 LC_ALL=
logs_end() { rm -rf "$logs"; }
city_after=logs_end
city_begin "${1:?build folder}"

holds "every process writes there" eval 'for p in recordd evidenced authd sanitized transferd webd-office webd-internet; do grep -q " $p\[" "$logs/log" || exit 1; done'
holds "… and the supervisor" grep -q "sekisho\[.*run-005 all 7 processes are ready" "$logs/log"
holds "nothing goes elsewhere" test ! -s "$home/log"

# Deaths make lines: each is told, and each new life tells that it is ready.
deaths=0
lives() { [ -n "$(city_pid_of evidenced)" ]; }
die() {
	local pid
	soon lives || return 1
	pid=$(city_pid_of evidenced)
	kill -KILL "$pid"
	deaths=$((deaths + 1))
	soon eval "cat \"\$logs\"/log* | grep -q 'evidenced ended (signal 9)' && [ -e \"\$home/run/ready\" ] && lives && [ \"\$(city_pid_of evidenced)\" != $pid ]"
}
until [ -e "$logs/log.1" ]; do die || { echo "FAIL evidenced did not come back"; exit 1; }; done
told() { [ "$(cat "$logs"/log* | grep -c 'evidenced ended (signal 9)')" = $deaths ] && [ "$(cat "$logs"/log* | grep -c 'evidenced\[.*service-000 ready')" = $((deaths + 1)) ]; }
holds "over $(ls "$logs" | wc -l) files no line is lost" soon told
bounded() { for f in "$logs"/log*; do [ "$(stat -c %s "$f")" -le 4096 ] || return 1; done; }
holds "each file keeps to its size" bounded
whole() { ! cat "$logs"/log* | grep -vE '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z [a-z-]+\[[0-9]+\] (DEBUG|INFO|WARNING|ERROR) [a-z]+-[0-9]{3} '; }
holds "each line is whole" whole
on_record() { # the hash of every closed file
	local f no
	for f in "$logs"/log.?; do
		no=$(sha256sum "$f" | cut -c1-64)
		$sekisho journal list --json | grep log.rotated | grep -q "$no" || return 1
	done
}
holds "the journal holds the hash of each closed file" soon on_record
mv "$logs/log" "$logs/moved"
kill -HUP "$city_pid"
holds "a moved file is made again" soon test -e "$logs/log"
die
holds "… and written to" soon grep -q "evidenced ended" "$logs/log"
city_stop
holds "the last line is there" eval 'tail -1 "$logs/log" | grep -q "run-008 all processes have stopped"'
echo "$city_checks checks"
