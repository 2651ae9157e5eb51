# 試験用の市 — sourced by tests that need a whole running city: its own folder, free ports, gone at the end.
# city_begin BUILD_FOLDER (city_setup=(…), city_run=(…): more words for setup and run; city_after: a function that clears up what else there is; a trap of the test's own would
# hide from city_end how the test ended); then $home, $sekisho, the functions of packaging/sample/passage.sh and those below.
set -euo pipefail
city_source=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
city_checks=0
. "$city_source/packaging/sample/passage.sh"

# Reads to the end, -q or not: a command whose reader leaves at the first hit dies of it, and pipefail takes that for a failure.
grep() {
	local quiet=no options=()
	while [[ ${1-} == -[A-Za-z]* ]]; do
		[[ $1 != *q* ]] || quiet=yes
		[ "${1//q/}" = - ] || options+=("${1//q/}")
		shift
	done
	if [ $quiet = yes ]; then command grep "${options[@]}" "$@" >/dev/null; else command grep "${options[@]}" "$@"; fi
}

city_begin() {
	city_build=$(realpath "$1")
	home=$(mktemp -d /tmp/city.XXXXXX)
	chmod 755 "$home"
	sekisho="$city_build/sekisho --home $home"
	trap city_end EXIT
	$sekisho setup --policy "$city_source/policy" ${city_setup[@]+"${city_setup[@]}"} >/dev/null
	city_start
	SEKISHO=$city_build/sekisho "$city_source/packaging/sample/create" "$home"
	passage_begin "$home"
	passage_code=$city_build/sample-code
}
city_start() {
	$sekisho run --office-port "${city_office-0}" --internet-port "${city_internet-0}" ${city_run[@]+"${city_run[@]}"} 2>>"$home/log" &
	city_pid=$!
	for _ in $(seq 300); do
		grep -qs "^pid $city_pid$" "$home/run/ready" && break
		kill -0 $city_pid 2>/dev/null || break
		sleep 0.1
	done
	[ -e "$home/run/ready" ] || { tail -20 "$home/log" >&2; echo "the city did not start" >&2; exit 1; }
	city_office=$(awk '/^office/ { print $2 }' "$home/run/ready") city_internet=$(awk '/^internet/ { print $2 }' "$home/run/ready")
}
city_stop() {
	local stops=no
	kill -TERM "$city_pid" 2>/dev/null && stops=yes # one that was killed before says nothing more
	wait "$city_pid" || true
	[ $stops = no ] || [ ! -e "$home/run/ready" ] || { echo "FAIL it has stopped and says that it is ready" >&2; return 1; }
}
city_end() {
	local code=$?
	city_stop
	[ -z "${city_after-}" ] || $city_after
	[ $code -eq 0 ] || { echo "--- last lines of the processes:" >&2; tail -15 "$home/log" >&2; }
	passage_end 2>/dev/null || true
	rm -rf "$home"
	exit $code
}
city_pid_of() { awk -v n="$1" '$1 == n { print $2 }' "$home/run/pids"; }

# holds SENTENCE COMMAND…: one check. fails SENTENCE COMMAND…: the command must not succeed.
holds() {
	local sentence=$1
	shift
	city_checks=$((city_checks + 1))
	if "$@" >"${city_said-$home/said}" 2>&1; then echo "ok   $sentence"; else echo "FAIL $sentence"; tail -${city_lines-5} "${city_said-$home/said}"; exit 1; fi
}
fails() {
	local sentence=$1
	shift
	city_checks=$((city_checks + 1))
	if "$@" >"${city_said-$home/said}" 2>&1; then echo "FAIL $sentence"; tail -5 "${city_said-$home/said}"; exit 1; else echo "ok   $sentence"; fi
}
# soon COMMAND…: it comes to hold within a while.
soon() {
	for _ in $(seq 150); do
		"$@" && return 0
		sleep 0.2
	done
	return 1
}
# status_is CODE PERSON FACE PATH [curl arguments]: what HTTP says.
status_is() {
	local got
	got=$(passage_ask "$2" "$3" "$4" "${@:5}" -o /dev/null -w '%{http_code}')
	[ "$got" = "$1" ] || { echo "HTTP $got, expected $1"; return 1; }
}
