#!/bin/bash
# The browser test against a system of its own: set up in a scratch folder, run, torn down. usage: run.sh BUILD TEST [SHOTS-FOLDER]
set -euo pipefail
build=$(realpath "$1") test=$2 shots=${3:-}
here=$(cd "$(dirname "$0")" && pwd); top=$(cd "$here/../.." && pwd)
for needed in node npm chromium; do
	command -v $needed >/dev/null || { echo "$needed is not installed: packaging/install check"; [ "${CI:-}" = true ] && exit 1; exit 77; }
done
[ -d "$here/node_modules/playwright-core" ] || (cd "$here" && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund >/dev/null)
work=$(mktemp -d); chmod 755 "$work"
sekisho="$build/sekisho --home $work/var"
mkdir "$work/var"
$sekisho setup --policy "$top/policy" >/dev/null
$sekisho run --office-port 0 --internet-port 0 2>"$work/log" & pid=$!
trap 'kill -TERM $pid 2>/dev/null || true; wait $pid 2>/dev/null || true; rm -rf "$work"' EXIT
for _ in $(seq 600); do [ -e "$work/var/run/ready" ] && break; kill -0 $pid || { cat "$work/log"; exit 1; }; sleep 0.1; done
[ -e "$work/var/run/ready" ] || { cat "$work/log"; exit 1; }
(cd "$work" && SEKISHO="$build/sekisho" "$top/packaging/sample/create" var)
export NEW_NUMBER=2009 NEW_PASSWORD=hajimete-no-asa-no-minato
$sekisho people add --number $NEW_NUMBER --name "汐見 新" --kana "シオミ アラタ" --unit soumu >/dev/null
$sekisho people password $NEW_NUMBER --initial $NEW_PASSWORD >/dev/null
port() { sed -n "s/^$1 //p" "$work/var/run/ready"; }
printf '夏まつりのご案内\r\n日時：8月1日\r\n' >"$work/夏まつりのご案内.txt"
node "$here/$test.mjs" "http://office.localhost:$(port office)" "http://internet.localhost:$(port internet)" "$work/var/sample/sign-ins" "$work/夏まつりのご案内.txt" $shots ||
	{ tail -20 "$work/log"; exit 1; }
