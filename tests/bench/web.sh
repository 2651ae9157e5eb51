#!/bin/bash
# 画面の速さ — pages of a city with a busy year behind it (TICKETS, default 100000; ROWS of the journal, default 1000000; made by busy-year) as CPU of all its
# processes per page, over the CPU of a page with 50 rows written by hand and served by the same program in the same run (web_page.c); then 50 people at once
# (PEOPLE), none of whom may fail, with what webd kept resident; then an upload against copying the same bytes through secretstream. Usage: web.sh [BUILD]
# The year takes minutes: CITY=FOLDER takes a copy of one made before (sekisho setup, busy-year).
. "$(dirname "$0")/../support/city.sh"
city_build=$(realpath "${1:-build}")
tickets=${TICKETS:-100000} rows=${ROWS:-1000000} people=${PEOPLE:-50}
work=$(mktemp -d /tmp/bench-web.XXXXXX)
home=$work/city
mkdir "$home" "$work/programs"
chmod 755 "$work" "$home"
trap 'rm -rf "$work"' EXIT
find "$city_build" -maxdepth 1 -type f -perm -u+x -exec cp -t "$work/programs" {} +
cp "$work/programs/bench-webd" "$work/programs/webd"
city_build=$work/programs
sekisho="$city_build/sekisho --home $home"
if [ -n "${CITY:-}" ]; then
	rm -r "$home"
	cp -a "$CITY" "$home"
else
	$sekisho setup --policy "$city_source/policy" >/dev/null
	"$city_build/busy-year" "$home" "$tickets" "$rows"
fi
trap 'city_end || true; rm -rf "$work"' EXIT
city_start
$sekisho policy adopt "$home/policy/city.policy" >/dev/null
for number in $(seq 10001 $((10000 + people))) 10700; do # the first are chiefs; the last is the administrator
	key=$(od -An -N20 -tx1 /dev/urandom | tr -d ' \n' | tr '0-9a-f' 'A-P')
	$sekisho people password "$number" --initial "nami-to-kaze-no-asa" --keep >/dev/null
	$sekisho people factor "$number" --secret "$key" >/dev/null
	printf '%s\t%s\t%s\t%s\n' "$number" "nami-to-kaze-no-asa" "$key" "$number"
done >"$home/sample/sign-ins"
PYTHONPATH=$city_source/tests/web python3 "$city_source/tests/bench/web.py" "$city_office" "$city_internet" "$home/sample/sign-ins" "$home/run/pids" \
	"$city_build/bench-secretstream" "$work"
