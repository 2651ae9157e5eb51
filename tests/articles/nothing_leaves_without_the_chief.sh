#!/bin/bash
# 持ち出し — a file leaves LGWAN only where the policy in force lets it, sanitised, approved by the chief, and only to who asked for it, on the Internet
# side. Articles: s6.3.1d s6.3.2b. Usage: … BUILD_FOLDER
. "$(dirname "$0")/../support/city.sh"
city_begin "${1:?build folder}"
has_journal() { $sekisho journal list 2>/dev/null | grep -q "$1"; }
ask_out() { # PERSON FILE PURPOSE
	local token
	token=$(passage_csrf "$1" office /outward)
	passage_ask "$1" office /outward -F "csrf=$token" -F "addressee=${4:-$1}" -F "purpose=$3" -F "file=@$2" -o "$home/body"
	passage_location | grep -q done=1
}
number_of() { passage_ask 2001 office /outward | grep -o 'href="/tickets/[0-9]*"' | head -1 | tr -dc 0-9; }
waits_for() { # CHIEF TICKET
	for _ in $(seq 60); do
		passage_ask "$1" office /approvals | grep -q "id=\"c-$2\"" && return 0
		sleep 0.5
	done
	return 1
}
fetch_out() { # PERSON TICKET OUT
	local token
	token=$(passage_csrf "$1" internet /)
	passage_ask "$1" internet "/outward/$2/fetch" --data-urlencode "csrf=$token" -o "$3"
	tr -d '\r' <"$passage_jars/headers" | grep -qi '^content-disposition: attachment'
}
printf '県への回答\r\n' >"$home/回答.txt"
holds "people sign in on both sides" eval "passage_sign_in 2001 office && passage_sign_in 2001 internet && passage_sign_in 1001 office && passage_sign_in 2002 internet"
fails "nobody asks for another" ask_out 2001 "$home/回答.txt" "人の分" 2002
holds "a clerk asks to take a file out" ask_out 2001 "$home/回答.txt" "県の調査に答えるため"
ticket=$(number_of)
holds "it waits for the chief" waits_for 1001 "$ticket"
holds "the chief is told that nobody has checked it for leaks" grep -q '持ち出し検査はまだ備わっていません' <(passage_ask 1001 office /approvals)
fails "before that it does not go out" fetch_out 2001 "$ticket" "$home/early"
fails "who asked does not approve it" passage_decide 2001 approve "" "$ticket"
holds "the chief approves" passage_decide 1001 approve "" "$ticket"
fails "it is not fetched on the office side" passage_fetch 2001 "$ticket" "$home/wrong-side"
fails "nobody else fetches it" fetch_out 2002 "$ticket" "$home/stolen"
soon() {
	for _ in $(seq 20); do
		fetch_out 2001 "$ticket" "$home/fetched" && return 0
		sleep 0.5
	done
	return 1
}
holds "who asked fetches it on the Internet side" soon
holds "it is what was sanitised" cmp "$home/回答.txt" "$home/fetched"
holds "the direction stands in the journal" grep -q outward <($sekisho evidence show 1 2>/dev/null; $sekisho journal list --json 2>/dev/null; $sekisho ticket show "$ticket" 2>/dev/null)
grep -v 'from lgwan' "$city_source/policy/passage.policy" | awk '/^# 持ち出し/ { exit } { print }' >"$home/policy/passage.policy"
holds "a policy without the sentence is adopted" $sekisho policy adopt "$home/policy/city.policy"
fails "then nothing goes out" ask_out 2001 "$home/回答.txt" "もう一度"
holds "and the page says so" grep -q '持ち出しを許していない' <(passage_ask 2001 office /outward)
$sekisho evidence export "$home/export" >/dev/null
holds "the log verifies" "$city_build/sekisho" evidence verify --trust "$home/trust/evidence.trust" "$home/export"
echo "$city_checks checks"
