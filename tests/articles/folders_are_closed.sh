#!/bin/bash
# 必要最小限の権限 — what each process, and a stranger on the machine, can read and write in the data folder and reach over its sockets.
# Every file is tried under every uid of src/PROCESSES, for root passes everything. Articles: s6.3 s6.6b. Usage: … BUILD_FOLDER
. "$(dirname "$0")/../support/city.sh"
[ "$(id -u)" -eq 0 ] || { echo "skipped: uids can only be changed by root"; exit 77; }
city_begin "${1:?build folder}"
# Files of every kind must be there, or the test proves less than it says.
passage_sign_in 2001 internet
printf '一枚\n' >"$home/one.txt"
ticket=$(passage_hand_in 2001 "$home/one.txt" 2002 "確認のため")
passage_wait_judged 2001 "$ticket" >/dev/null
rm "$home/one.txt"
for file in auth/approval.key auth/auth.db records/records.db spool/wrapping.key "spool/in/$ticket" "spool/out/$ticket" evidence/log/checkpoint \
	trust/approval.pub trust/evidence.trust policy/city.policy sample/sign-ins; do
	holds "$file is there to be tried" test -s "$home/$file"
done

as() { # UID GROUPS COMMAND…
	setpriv --reuid "$1" --regid "$1" "$([ "$2" = - ] && echo --clear-groups || echo --groups="$2")" -- "${@:3}"
}
# Paths below the data folder that this uid can read or write, one a line. Sockets are for everyone: who calls is asked behind them.
reach() { # UID GROUPS readable|writable
	local uid=$1 groups=$2 how=$3
	(cd "$home" && as "$uid" "$groups" find . -mindepth 1 ! -type s "-$how" 2>/dev/null | sed 's,^\./,,' | grep -v '^libexec' | sort)
}
only() { # UID GROUPS HOW PATTERN: nothing else is reached
	local beyond
	beyond=$(reach "$1" "$2" "$3" | grep -Ev "$4" || true)
	[ -z "$beyond" ] || { echo "$beyond"; return 1; }
}
open='^(run|trust|policy)(/|$)|^log$|^said$'
records='^records(/|$)|^evidence$|^evidence/(vkey$|log(/|$))'
nothing='^$'
check() { # NAME UID GROUPS READS WRITES
	holds "$1 reads only what is its own" only "$2" "$3" readable "$open|$4"
	holds "$1 writes only what is its own" only "$2" "$3" writable "$5"
}
check recordd 7301 7300 "$records" '^records(/|$)'
check authd 7302 - '^auth(/|$)' '^auth(/|$)'
check transferd 7303 7300 "$records|^spool(/|\$)" '^spool(/|$)'
check sanitized 7304 - "$nothing" "$nothing"
check evidenced 7305 7300 "$records|^evidence(/|\$)" '^evidence(/|$)'
check webd-office 7306 7300 "$records" "$nothing"
check webd-internet 7307 - "$nothing" "$nothing"
check "a stranger" 65534 - "$nothing" "$nothing"
groups_of() { grep '^Groups:' "/proc/$(city_pid_of "$1")/status" | cut -f2 | xargs; }
for name in authd sanitized webd-internet; do
	holds "$name runs without the readers' group" test -z "$(groups_of "$name")"
done
fails "webd-internet cannot open the store" as 7307 - head -c 16 "$home/records/records.db"
holds "webd-office can, for reading" as 7306 7300 head -c 16 "$home/records/records.db"

# Strangers who connect and say nothing take no place from those who work here.
silent() { # UID: as many connections as a daemon has places, to each socket, held
	exec {none}>/dev/null
	setpriv --reuid "$1" --regid "$1" --clear-groups -- timeout 60 /usr/bin/python3 - "$home/run" <<'PY' >&$none 2>&1 &
import resource, socket, sys, time
resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
held = []
for name in ("recordd", "authd", "transferd", "sanitized"):
	for _ in range(300):
		s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
		s.settimeout(2)
		try:
			s.connect(sys.argv[1] + "/" + name + ".sock")
		except OSError:
			pass
		held.append(s)
time.sleep(60)
PY
	crowd=$!
}
serves() { # transferd and recordd answer quickly, and authd lets somebody in
	rm -f "$passage_jars/2002-office"
	status_is 200 2001 internet /tickets --max-time 10 && passage_sign_in 2002 office
}
for uid in 65534 7304; do
	silent $uid
	sleep 4
	holds "silent connections of uid $uid shut nobody out" serves
	kill $crowd || { echo "FAIL the crowd was not there"; exit 1; }
	wait $crowd 2>/dev/null || true
done

# One folder, one house.
is_refused() { # says so, and does not run on
	local said
	said=$(timeout 20 $sekisho run --office-port 0 --internet-port 0 2>&1) && return 1
	[ $? -eq 1 ] && grep -q 'being served already' <<<"$said"
}
holds "a second run of the same folder is refused" is_refused
holds "and the first goes on" serves

# Whatever ends the supervisor, nothing of it goes on alone.
pids=$(awk '{ print $2 }' "$home/run/pids")
kill -KILL "$city_pid"
wait "$city_pid" 2>/dev/null || true
all_gone() {
	local pid left
	for _ in $(seq 30); do
		left=
		for pid in $pids; do [ ! -e "/proc/$pid" ] || left="$left $(cat "/proc/$pid/comm")"; done
		[ -n "$left" ] || return 0
		sleep 0.1
	done
	echo "still there:$left"
	return 1
}
holds "the processes end with their supervisor, even if it is killed" all_gone
echo "$city_checks checks"
