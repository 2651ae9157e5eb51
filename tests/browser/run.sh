#!/bin/bash
# The browser test against a system of its own: set up in a scratch folder, run, torn down. usage: run.sh BUILD TEST [SHOTS-FOLDER]
# The test of the zones runs in a network of its own, with a link for each zone, and zonesd keeps the rules there.
set -euo pipefail
[ "$2" != zones ] || [ "${ZONES_OWN_NET-}" ] || exec unshare -n env ZONES_OWN_NET=1 "$0" "$@"
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
more=()
if [ "${ZONES_OWN_NET-}" ]; then
	more=(--zones)
	unshare -n sleep 900 & far=$! # where the far ends of the links are
	while [ "$(readlink "/proc/$far/ns/net")" = "$(readlink /proc/self/ns/net)" ]; do sleep 0.1; done
	. "$top/tests/support/router.sh"
	router_begin "$far"
	export ZONES_APPLY=$work/apply ZONES_KNOCK=$work/knock
fi
$sekisho run --office-port 0 --internet-port 0 ${more[@]+"${more[@]}"} 2>"$work/log" & pid=$!
trap 'kill -TERM $pid ${far-} 2>/dev/null || true; wait $pid 2>/dev/null || true; rm -rf "$work"' EXIT
for _ in $(seq 600); do [ -e "$work/var/run/ready" ] && break; kill -0 $pid || { cat "$work/log"; exit 1; }; sleep 0.1; done
[ -e "$work/var/run/ready" ] || { cat "$work/log"; exit 1; }
(cd "$work" && SEKISHO="$build/sekisho" "$top/packaging/sample/create" var)
cat >"$work/apply" <<END
#!/bin/bash
# Two persons sign the text, the operator applies it.
set -euo pipefail
. "$top/packaging/sample/passage.sh"
passage_begin "$work/var"
passage_code=$build/sample-code
as() { { awk -F'\t' -v n="\$1" '\$1 == n { print \$2 }' "$work/var/sample/sign-ins"; passage_new_code "\$1"; passage_new_code "\$1"; } >"$work/typed"; $sekisho policy "\${@:2}" --by "\$1" <"$work/typed" >/dev/null; }
$sekisho policy print "$work/var/policy/city.policy" | sed 's/keep 7 days/keep 6 days/' >"$work/new.policy"
as 0001 propose "$work/new.policy" --reason "系の分割を適用するため"
as 0002 approve "\$($sekisho policy proposals | head -1 | cut -f1)"
$sekisho zones apply --no-trial >/dev/null
END
printf '#!/bin/sh\nexec nsenter -t %s -n python3 "%s/knock.py"\n' "${far-0}" "$here" >"$work/knock"
chmod 755 "$work/apply" "$work/knock"
export NEW_NUMBER=2009 NEW_PASSWORD=hajimete-no-asa-no-minato
$sekisho people add --number $NEW_NUMBER --name "汐見 新" --kana "シオミ アラタ" --unit soumu >/dev/null
$sekisho people password $NEW_NUMBER --initial $NEW_PASSWORD >/dev/null
port() { sed -n "s/^$1 //p" "$work/var/run/ready"; }
printf '夏まつりのご案内\r\n日時：8月1日\r\n' >"$work/夏まつりのご案内.txt"
node "$here/$test.mjs" "http://office.localhost:$(port office)" "http://internet.localhost:$(port internet)" "$work/var/sample/sign-ins" "$work/夏まつりのご案内.txt" $shots ||
	{ tail -20 "$work/log"; exit 1; }
