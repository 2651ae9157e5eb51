#!/bin/bash
# 隔離 — the original of a refused file goes out only when a named administrator releases it, with a reason and a second factor; the chief is shown it, the
# journal holds it. Articles: s2.12b s6.3.2b. Usage: … BUILD_FOLDER
. "$(dirname "$0")/../support/city.sh"
city_begin "${1:?build folder}"
has_journal() { $sekisho journal list 2>/dev/null | grep -q "$1"; }

printf 'MZ\220\0\3\0\0\0program' >"$home/請求書.pdf"
holds "a person signs in on the Internet side" passage_sign_in 2001 internet
ticket=$(passage_hand_in 2001 "$home/請求書.pdf" 2002 "業者の請求書を確かめるため")
passage_wait_judged 2001 "$ticket" >"$home/page"
holds "the file is refused" grep -q 'お渡しできませんでした' "$home/page"
holds "as a program that nobody opens" grep -q '開かずに、そのままにして' "$home/page"
fails "nobody is told to open it or to have it sent again" grep -q '自分で開け\|保存し直' "$home/page"
holds "its kind is said in Japanese" grep -q '中身は「Windowsのプログラム」です' "$home/page"
holds "until when the original is kept" grep -q 'まで隔離しています' "$home/page"
fails "there is no term of fetching" grep -q 'お渡しできる期限' "$home/page"

holds "chief, addressee and administrator sign in" eval "passage_sign_in 1001 office && passage_sign_in 2002 office && passage_sign_in 0001 office"
fails "a chief sees no quarantine" status_is 200 1001 office /quarantine
fails "the addressee cannot fetch the original" passage_fetch 2002 "$ticket" "$home/stolen"
page=$(passage_ask 0001 office /quarantine)
holds "the quarantine says what it is" grep -q '中身は「Windowsのプログラム」です' <<<"$page"
object=$(grep -o 'name="object" value="[0-9a-f]*"' <<<"$page" | head -1 | sed 's/.*value="//; s/"$//')
holds "the administrator sees it, with what would be signed" test ${#object} = 64
release() { # PERSON CODE REASON [sure]
	local token
	token=$(passage_csrf "$1" office /)
	passage_ask "$1" office "/quarantine/$ticket/release" --data-urlencode "csrf=$token" --data-urlencode "object=$object" --data-urlencode "code=$2" \
		--data-urlencode "reason=$3" ${4:+--data-urlencode "sure=1"} -o "$home/body"
	passage_location | grep -q done=1
}
fails "not without a reason" release 0001 123456 "" sure
fails "not without saying that one is sure" release 0001 123456 "理由"
fails "not with a wrong code" release 0001 000000 "理由" sure
fails "not by a chief" release 1001 "$(passage_new_code 1001)" "急ぎのため" sure
fails "nothing of this has released it" has_journal quarantine.released
holds "a named administrator releases it" release 0001 "$(passage_new_code 0001)" "業者に確かめ、原本が要ると分かったため" sure
holds "the release stands in the journal" has_journal quarantine.released
fails "it is not released twice" release 0001 "$(passage_new_code 0001)" "もう一度" sure
fetch_soon() {
	for _ in $(seq 20); do
		passage_fetch 2002 "$ticket" "$home/original" 2>/dev/null && return 0
		sleep 0.5
	done
	return 1
}
holds "now the addressee fetches it" fetch_soon
holds "it is the original, as handed in" cmp "$home/請求書.pdf" "$home/original"
fails "nobody else does" passage_fetch 1001 "$ticket" "$home/stolen"
holds "the chief is shown the release and its reason" grep -q '原本が要ると分かったため' <(passage_ask 1001 office /)
$sekisho evidence export "$home/export" >/dev/null
holds "the log verifies" "$city_build/sekisho" evidence verify --trust "$home/trust/evidence.trust" "$home/export"
echo "$city_checks checks"
