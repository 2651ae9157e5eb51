#!/bin/bash
# 第二の意見 — where the policy wants ClamAV's word besides, files wait unjudged as long as clamd does not answer; what it finds is refused under its name. Tried
# against the real clamd with a signature of our own. Articles: s6.3.2b s6.6e. Usage: … BUILD_FOLDER
. "$(dirname "$0")/../support/city.sh"
clamd=$(command -v clamd || echo /usr/sbin/clamd)
if [ ! -x "$clamd" ] || [ "$(id -u)" -ne 0 ] || [ -S /run/clamav/clamd.ctl ]; then
	[ -z "${CI-}" ] || { echo "clamd (packaging/install check) and root are needed, and no clamd may run here" >&2; exit 1; }
	echo "skipped: clamd and root are needed, and no other clamd"
	exit 77
fi
city_begin "${1:?build folder}"
scanner=$(mktemp -d /tmp/clamd.XXXXXX)
chmod 755 "$scanner"
mkdir -p "$scanner/signatures" /run/clamav
# "SEKISHO-TEST-SIGNATURE", anywhere in any file
echo "Sekisho.Test:0:*:53454b4953484f2d544553542d5349474e4154555245" >"$scanner/signatures/own.ndb"
cat >"$scanner/clamd.conf" <<CONF
LocalSocket /run/clamav/clamd.ctl
LocalSocketMode 666
DatabaseDirectory $scanner/signatures
Foreground yes
StreamMaxLength 1M
LogFile $scanner/log
OfficialDatabaseOnly no
CONF
scanner_pid=
scanner_starts() {
	"$clamd" -c "$scanner/clamd.conf" >/dev/null 2>"$scanner/errors" &
	scanner_pid=$!
	for _ in $(seq 300); do
		[ -S /run/clamav/clamd.ctl ] && return 0
		kill -0 $scanner_pid 2>/dev/null || break
		sleep 0.1
	done
	cat "$scanner/errors" >&2
	return 1
}
scanner_ends() {
	[ -z "$scanner_pid" ] || { kill "$scanner_pid" 2>/dev/null; wait "$scanner_pid" 2>/dev/null || true; }
	rm -rf "$scanner" /run/clamav/clamd.ctl
}
city_after=scanner_ends
printf '申請の本文\n' >"$home/申請.txt"
printf '申請の本文 SEKISHO-TEST-SIGNATURE\n' >"$home/危険.txt"
alone() { "$city_build/sekisho" sanitize "$1" -o "$home/out" --rules "scan with clamd ${2-}" --json >"$home/report"; }

fails "required and absent: the command delivers nothing" alone "$home/申請.txt" required
fails "and leaves nothing" test -e "$home/out"
holds "asked and absent: the file is sanitised as always" alone "$home/申請.txt"
holds "and the report says that nobody answered" grep -q '"id":"SCANNER_ABSENT"' "$home/report"

sed -i '/from internet to lgwan/ s/{$/{ scan with clamd required/' "$home/policy/passage.policy"
holds "a policy that requires it is adopted" $sekisho policy adopt "$home/policy/city.policy"
doctor() { $sekisho doctor || true; }
holds "the doctor says that files wait" grep -q '判定されずに待っています' <(doctor)
holds "people sign in" eval "passage_sign_in 2001 internet && passage_sign_in 1001 office && passage_sign_in 2002 office"
good=$(passage_hand_in 2001 "$home/申請.txt" 2002 "確認のため")
bad=$(passage_hand_in 2001 "$home/危険.txt" 2002 "確認のため")
sleep 3
fails "meanwhile a file is not judged" grep -q '承認待' <($sekisho ticket show "$good")
fails "and cannot be approved" passage_decide 1001 approve "" "$good"

holds "clamd starts" scanner_starts
holds "the doctor says that it answers" grep -q '答えています: ClamAV' <(doctor)
passage_wait_judged 2001 "$good" >"$home/page"
holds "then the waiting file is judged, and the clerk reads that it was scanned" grep -q 'ウイルス対策ソフト（ClamAV）でも' "$home/page"
holds "the chief approves" passage_decide 1001 approve "" "$good"
holds "the addressee fetches it" passage_fetch 2002 "$good" "$home/received.txt"
passage_wait_judged 2001 "$bad" >"$home/page"
holds "what clamd finds is refused, and the page says so" grep -q '危険なものを見つけました' "$home/page"
holds "under the name that clamd gives it" grep -q 'Sekisho.Test' "$home/page"
fails "it cannot be approved" passage_decide 1001 approve "" "$bad"
holds "the command hears it too" alone "$home/申請.txt" required
fails "and refuses what was found" alone "$home/危険.txt"
head -c 1500000 /dev/zero | tr '\0' 'a' >"$home/大きい.txt"
fails "what clamd cannot look at whole is refused where its word is required" alone "$home/大きい.txt" required
holds "with the reason" grep -q '"code":"NOT_SCANNED"' "$home/report"
echo "$city_checks checks"
