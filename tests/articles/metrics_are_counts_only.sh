#!/bin/bash
# 指標 — sekisho metrics: well-formed, true to what was done, on a local socket, and without a name in it. Article: s6.6a. Usage: … BUILD_FOLDER
. "$(dirname "$0")/../support/city.sh"
city_begin "${1:?build folder}"
value() { $sekisho metrics | awk -v n="$1" '$1 == n { print $2 }'; }
printf '一枚\n' >"$home/one.txt"
passage_sign_in 2001 internet
ticket=$(passage_hand_in 2001 "$home/one.txt" 2002 "指標の試験")
passage_wait_judged 2001 "$ticket" >/dev/null
holds "the verdict is counted" test "$(value 'sekisho_verdicts{verdict="clean"}')" = 1
holds "nothing waits" test "$(value sekisho_sanitise_queue)" = 0
holds "every process has its memory" eval '[ "$($sekisho metrics | grep -c "^sekisho_process_resident_bytes{.*} [1-9]")" = "$(grep -c "^[a-z]" <(command grep -v "^zonesd " "$city_source/src/PROCESSES"))" ]'
holds "each line is of the form" eval '! $sekisho metrics | grep -Ev "^(# (HELP|TYPE) sekisho_[a-z_]+ .+|sekisho_[a-z_]+(\{[a-z]+=\"[a-zA-Z_-]+\"\})? [0-9]+)\$"'
holds "nobody is named" eval '! $sekisho metrics | grep -E "2001|海野|指標の試験"'
$sekisho metrics --listen "$home/metrics.sock" &
serving=$!
for _ in $(seq 50); do [ -S "$home/metrics.sock" ] && break; sleep 0.1; done
holds "the socket answers" eval 'curl -sS --max-time 10 --unix-socket "$home/metrics.sock" http://localhost/metrics | grep -q "^sekisho_journal_rows [1-9]"'
holds "it is not for everyone" test "$(stat -c %a "$home/metrics.sock")" = 660
silent() { python3 -c 'import socket,sys,time; s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); time.sleep(5)' "$home/metrics.sock" & }
silent
holds "who asks nothing holds nobody up for long" eval 'curl -sS --max-time 20 --unix-socket "$home/metrics.sock" http://localhost/metrics | grep -q "^sekisho_records_readable 1"'
kill -TERM $serving
wait $serving || true
holds "it ends with its socket" test ! -e "$home/metrics.sock"
echo "$city_checks checks"
