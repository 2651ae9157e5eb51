#!/bin/bash
# 無害化通信 — a file crosses from the Internet side to the LGWAN side only rebuilt, verified and approved. Articles: s2.12a s2.12b s6.3 s6.3.2b.
# Three people play the passage over HTTP against the running processes, each under its own uid. Usage: … BUILD_FOLDER
. "$(dirname "$0")/../support/city.sh"
city_begin "${1:?build folder}"
document=$city_source/packaging/sample/夏まつりのご案内.docm
has_journal() { $sekisho journal list 2>/dev/null | grep -q "$1"; }

own_uids() {
	local name uid
	while IFS='|' read -r name uid _; do
		name=$(tr -d ' ' <<<"$name") uid=$(tr -d ' ' <<<"$uid")
		[ "$(stat -c %u "/proc/$(city_pid_of "$name")")" = "$uid" ] || { echo "$name does not run as $uid"; return 1; }
		grep -q '^CapEff:[[:space:]]*0000000000000000$' "/proc/$(city_pid_of "$name")/status" || { echo "$name has capabilities"; return 1; }
	done < <(grep -v '^#\|^zonesd ' "$city_source/src/PROCESSES") # zonesd is not part of every house: zones_stay_in_force.sh
}
[ "$(id -u)" -ne 0 ] || holds "every process runs under its own uid, without capabilities" own_uids
holds "the status says that all run" $sekisho status

fails "a stranger sees no page but the sign-in" status_is 200 nobody internet /hand-in
holds "the clerk signs in on the Internet side" passage_sign_in 2001 internet
foreign_session() { # the token of the Internet face, carried to the office face by hand
	local token
	token=$(awk '$6 == "sekisho-internet-session" { print $7 }' "$passage_jars/2001-internet")
	[ -n "$token" ] || { echo "no token in the jar: the check would prove nothing"; return 0; }
	[ "$(curl -sS -o /dev/null -w '%{http_code}' -H "Cookie: sekisho-office-session=$token" "$passage_office/inbox")" = 200 ]
}
fails "her session of one face is none on the other" foreign_session
ticket=$(passage_hand_in 2001 "$document" 2002 "案内を回覧するため")
passage_wait_judged 2001 "$ticket" >"$home/page"
holds "the clerk reads what was removed" grep -q 'マクロ' "$home/page"

holds "the addressee signs in on the office side" passage_sign_in 2002 office
fails "nothing is handed out before the approval" passage_fetch 2002 "$ticket" "$home/early"
fails "a clerk cannot approve" passage_decide 2002 approve "" "$ticket"
holds "the chief signs in" passage_sign_in 1001 office
wrong_code() {
	local page token value
	page=$(passage_ask 1001 office /approvals)
	token=$(grep -o 'name="csrf" value="[^"]*"' <<<"$page" | head -1 | sed 's/.*value="//; s/"$//')
	value=$(grep -o "value=\"$ticket:[0-9a-f]*\"" <<<"$page" | head -1 | sed 's/value="//; s/"$//')
	passage_ask 1001 office /approvals --data-urlencode "csrf=$token" --data-urlencode "ticket=$value" --data-urlencode code=000000 \
		--data-urlencode act=approve -o "$home/body"
	[ -n "$(passage_location)" ]
}
fails "a wrong code approves nothing" wrong_code
changed_object() { # the page showed one object, the form sends another
	local page token
	page=$(passage_ask 1001 office /approvals)
	token=$(grep -o 'name="csrf" value="[^"]*"' <<<"$page" | head -1 | sed 's/.*value="//; s/"$//')
	passage_ask 1001 office /approvals --data-urlencode "csrf=$token" --data-urlencode "ticket=$ticket:$(printf 0%.0s {1..64})" \
		--data-urlencode "code=$(passage_new_code 1001)" --data-urlencode act=approve -o "$home/body"
	[ -n "$(passage_location)" ] && grep -q '承認しました' <(passage_ask 1001 office "$(passage_location | sed 's,^http://[^/]*,,')")
}
fails "an approval of something else than what is there is not taken" changed_object
fails "a form without the right token changes nothing" status_is 303 1001 office /approvals --data-urlencode "csrf=$(printf 0%.0s {1..64})" \
	--data-urlencode act=approve
holds "the chief approves with the second factor" passage_decide 1001 approve "" "$ticket"
fails "the same ticket is not approved twice" passage_decide 1001 approve "" "$ticket"
fails "another person does not get the file" passage_fetch 1001 "$ticket" "$home/stolen"
holds "the addressee fetches it" passage_fetch 2002 "$ticket" "$home/received.docx"
clean() {
	unzip -tq "$home/received.docx" && ! unzip -l "$home/received.docx" | grep -qi 'vba' &&
		! unzip -p "$home/received.docx" | grep -aqi 'ddeauto\|evil.dotm\|beacon.example\|<script' &&
		unzip -p "$home/received.docx" word/document.xml | grep -q '夏まつり出店のご案内'
}
holds "what arrived has its words and none of its traps" clean
same_as_clean() {
	"$city_build/sekisho" sanitize "$home/received.docx" -o "$home/again.docx" && cmp "$home/received.docx" "$home/again.docx"
}
holds "sanitising it again changes nothing" same_as_clean

printf 'MZ\220\0\3\0\0\0program' >"$home/請求書.pdf"
refused=$(passage_hand_in 2001 "$home/請求書.pdf" 2002 "確認のため")
passage_wait_judged 2001 "$refused" >"$home/page"
holds "a program under another name is refused with a reason" grep -q 'お渡しできませんでした' "$home/page"
fails "a refused file cannot be approved" passage_decide 1001 approve "" "$refused"
fails "a refused file cannot be fetched" passage_fetch 2002 "$refused" "$home/refused"

holds "the chief signs in on the Internet side too" passage_sign_in 1001 internet
printf '課長の連絡\n' >"$home/連絡.txt"
own=$(passage_hand_in 1001 "$home/連絡.txt" 2002 "連絡のため")
passage_wait_judged 1001 "$own" >/dev/null
fails "nobody approves a request of their own" passage_decide 1001 approve "" "$own"
fails "another's ticket is not shown" status_is 200 1001 internet "/tickets/$ticket"
holds "the deputy signs in" passage_sign_in 1002 office
holds "the deputy sends it back with a reason" passage_decide 1002 return "宛先を確かめてください" "$own"

printf '一枚目\n' >"$home/one.txt"
printf '二枚目\n' >"$home/two.txt"
first=$(passage_hand_in 2001 "$home/one.txt" 2002 "まとめて")
second=$(passage_hand_in 2001 "$home/two.txt" 2002 "まとめて")
passage_wait_judged 2001 "$first" >/dev/null
passage_wait_judged 2001 "$second" >/dev/null
holds "several are approved as one signed list" passage_decide 1001 approve "" "$first" "$second"

files_of_spool() { find "$home/spool" -type f | sort | xargs -r -n1 basename; }
files_of_spool >"$home/before"
cut_upload() {
	local token
	token=$(passage_csrf 2001 internet /hand-in)
	head -c 8000000 /dev/urandom >"$home/big.bin"
	timeout 1 curl -sS --limit-rate 1M -b "$passage_jars/2001-internet" -F "csrf=$token" -F query= -F addressee=2002 -F purpose=cut -F password= -F charset= \
		-F "file=@$home/big.bin" "$passage_internet/hand-in"
}
fails "a cut upload is not accepted" cut_upload
sleep 1
files_of_spool >"$home/after"
holds "a cut upload leaves nothing" cmp "$home/before" "$home/after"

holds "the hand-in stands in the journal" has_journal ticket.opened
$sekisho evidence export "$home/export" >/dev/null
holds "the log verifies with the keys of the trust file" "$city_build/sekisho" evidence verify --trust "$home/trust/evidence.trust" "$home/export"
echo "$city_checks checks"
