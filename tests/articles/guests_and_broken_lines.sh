#!/bin/bash
# 外部の人からの受渡しと切れた通信 — somebody without a staff number hands files in by a link and only by it; an upload in parts is taken up after the line, webd
# and transferd have died. Articles: s6.3.2b s6.6c s6.6d. Usage: … BUILD_FOLDER
. "$(dirname "$0")/../support/city.sh"
city_begin "${1:?build folder}"
has_journal() { $sekisho journal list 2>/dev/null | grep -q "$1"; }

passage_sign_in 2001 internet
# The person outside has no session: a jar of their own that never signs in.
make_link() { # FILES → the address
	local token
	token=$(passage_csrf 2001 internet /links)
	passage_ask 2001 internet /links --data-urlencode "csrf=$token" --data-urlencode "purpose=見積書の提出" --data-urlencode "addressee=2002" -d days=3 -d "files=$1" -d megabytes=5 |
		grep -o 'value="http[^"]*/guest?key=[0-9a-f]\{64\}"' | sed 's/^value="//; s/"$//'
}
link=$(make_link 2)
key=${link##*key=}
holds "an employee makes a link" [ ${#key} -eq 64 ]
fails "the link's token is stored nowhere" grep -rq "$key" "$home/records" "$home/log" "$home/spool"
holds "the issue stands in the journal" has_journal guest.link_issued
guest_page() { passage_ask guest internet "/guest?key=$1"; }
holds "whoever has the link sees who asks for what" grep -q '見積書の提出' <(guest_page "$key")
fails "and nothing else without signing in" status_is 200 guest internet /hand-in
guest_send() { # KEY FILE… → status
	local token fields=()
	token=$(guest_page "$1" | grep -o 'name="csrf" value="[^"]*"' | head -1 | sed 's/.*value="//; s/"$//')
	for file in "${@:2}"; do fields+=(-F "file=@$file"); done
	passage_ask guest internet /guest -F "csrf=$token" -F "key=$1" -F "name=山川 太郎" -F "organisation=株式会社みなと" "${fields[@]}" -o "$home/body"
	[ -n "$(passage_location)" ]
}
printf '見積 一\r\n' >"$home/見積一.txt"
printf '見積 二\r\n' >"$home/見積二.txt"
printf '見積 三\r\n' >"$home/見積三.txt"
head -c 6000000 /dev/zero | tr '\0' 'a' >"$home/大きい.txt"
fails "a file beyond the link's size is not taken" guest_send "$key" "$home/大きい.txt"
fails "three files by a link for two are not taken" guest_send "$key" "$home/見積一.txt" "$home/見積二.txt" "$home/見積三.txt"
holds "a guest hands two files in" guest_send "$key" "$home/見積一.txt" "$home/見積二.txt"
fails "the link is good for no more" guest_send "$key" "$home/見積三.txt"
ticket=$(passage_ask 2001 internet /tickets | grep -o '/tickets/[0-9]*"' | head -1 | tr -dc 0-9)
passage_wait_judged 2001 "$ticket" >"$home/page"
holds "it is the issuer's ticket, with the name that was typed" grep -q '外部の人（株式会社みなと・山川 太郎）から：見積書の提出' "$home/page"
waits() { guest_page "$key" | grep -q '職員の承認を待っています'; }
holds "the guest sees what becomes of it" waits
fails "and no number or name of anybody else" grep -q '岬\|第[0-9]*号\|2002' <(guest_page "$key")
passage_sign_in 2001 office
fails "the issuer cannot approve it" passage_decide 2001 approve "" "$ticket"
passage_sign_in 1001 office
holds "the issuer's chief approves it" passage_decide 1001 approve "" "$ticket"
passage_sign_in 2002 office
holds "the addressee named by the link fetches it" passage_fetch 2002 "$ticket" "$home/received.txt"
holds "as it was sent" cmp "$home/received.txt" "$home/見積二.txt"

second=$(make_link 5)
second=${second##*key=}
revoke() {
	local token number
	number=$(passage_ask 2001 internet /links | grep -o '/links/[0-9]*/revoke' | head -1 | tr -dc 0-9)
	token=$(passage_csrf 2001 internet /links)
	passage_ask 2001 internet "/links/$number/revoke" --data-urlencode "csrf=$token" -o "$home/body"
	[ -n "$(passage_location)" ]
}
holds "the issuer withdraws a link" revoke
holds "a withdrawn link is gone" status_is 410 guest internet "/guest?key=$second"
holds "an unknown one looks the same" status_is 410 guest internet "/guest?key=$(printf 0%.0s {1..64})"
holds "the withdrawal stands in the journal" has_journal guest.link_revoked
many() { for _ in $(seq 25); do passage_ask guest internet "/guest?key=$(head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n')" -o /dev/null; done; }
many
holds "whoever tries many links is made to wait" status_is 429 guest internet "/guest?key=$(printf 1%.0s {1..64})"

# An upload in parts.
awk 'BEGIN { for (i = 0; i < 220000; i++) printf "一行一行の長い議事録です。\r\n" }' >"$home/議事録.txt"
size=$(stat -c %s "$home/議事録.txt")
ask_parts() { passage_ask 2001 internet "$@"; }
token=$(passage_csrf 2001 internet /hand-in)
id=$(ask_parts /hand-in/begin --data-urlencode "csrf=$token" --data-urlencode "name=議事録.txt" -d type=text/plain -d "bytes=$size" -d addressee=2002 --data-urlencode "purpose=長い議事録" -d charset= -d password=)
holds "an upload in parts begins" [ ${#id} -eq 32 ]
part() { # FROM BYTES [curl arguments] → so far
	tail -c +$(($1 + 1)) "$home/議事録.txt" | head -c "$2" >"$home/part"
	ask_parts /hand-in/part -F "csrf=$token" -F "upload=$id" -F "at=$1" -F "part=@$home/part;filename=part" "${@:3}"
}
so_far() { ask_parts "/hand-in/part?upload=$id"; }
holds "a part is acknowledged" [ "$(part 0 4194304)" = 4194304 ]
tail -c +4194305 "$home/議事録.txt" >"$home/rest"
( timeout 1 curl -sS --limit-rate 500K -b "$passage_jars/2001-internet" -F "csrf=$token" -F "upload=$id" -F at=4194304 -F "part=@$home/rest;filename=part" "$passage_internet/hand-in/part" || true ) >/dev/null 2>&1
holds "after a cut line at least what was acknowledged is there" [ "$(so_far)" -ge 4194304 ]
again() { # kill PROCESS; the supervisor starts it again
	kill -9 "$(city_pid_of "$1")"
	for _ in $(seq 100); do [ "$(so_far 2>/dev/null || true)" -ge 4194304 ] 2>/dev/null && return 0; sleep 0.2; done
	return 1
}
holds "after the death of transferd too" again transferd
holds "after the death of webd too" again webd-internet
passage_sign_in 2002 internet
fails "another person knows nothing of it" status_is 200 2002 internet "/hand-in/part?upload=$id"
at=$(so_far)
while [ "$at" -lt "$size" ]; do at=$(part "$at" 4194304); done
holds "it is completed from there" [ "$at" = "$size" ]
hand_in_upload() {
	ask_parts /hand-in -F "csrf=$token" -F query= -F addressee=2002 -F "purpose=長い議事録" -F past= -F charset= -F password= -F "upload=$id" -o "$home/body"
	passage_location | sed -n 's,.*/tickets/\([0-9]*\).*,\1,p'
}
long=$(hand_in_upload)
holds "and handed in" [ -n "$long" ]
holds "the same act again gives the same ticket" [ "$(hand_in_upload)" = "$long" ]
passage_wait_judged 2001 "$long" >/dev/null
holds "the chief approves" passage_decide 1001 approve "" "$long"
holds "the addressee fetches it" passage_fetch 2002 "$long" "$home/long.txt"
holds "every byte of it" cmp "$home/long.txt" "$home/議事録.txt"
holds "nothing of it is left on its way" [ -z "$(ls "$home/spool/uploads")" ]
$sekisho evidence export "$home/export" >/dev/null
holds "the log verifies with the keys of the trust file" "$city_build/sekisho" evidence verify --trust "$home/trust/evidence.trust" "$home/export"
echo "$city_checks checks"
