#!/bin/bash
# パスワード待ち — a protected file is neither passed nor thrown away: it waits, encrypted, until its sender gives the password; a few wrong ones end it. The
# password is written nowhere. Articles: s6.3.2b s6.6c. Usage: … BUILD_FOLDER
. "$(dirname "$0")/../support/city.sh"
city_begin "${1:?build folder}"
secret=himitsu-no-kotoba-7
printf '一枚目の内容\r\n' >"$home/内容.txt"
(cd "$home" && zip -q -P "$secret" protected.zip 内容.txt && rm 内容.txt)
passage_sign_in 2001 internet
passage_sign_in 2002 office
passage_sign_in 1001 office

page_of() { passage_ask 2001 internet "/tickets/$1"; }
says() { grep -q -- "$2" <<<"$(page_of "$1")"; }
give() { # PERSON FACE TICKET PASSWORD → status
	local token
	token=$(passage_csrf "$1" "$2" /account)
	passage_ask "$1" "$2" "/tickets/$3/password" --data-urlencode "csrf=$token" --data-urlencode "password=$4" -o "$home/body" -w '%{http_code}'
}
gives() { [ "$(give "${@:2}")" = "$1" ] || { cat "$home/body"; return 1; }; }
journal_has() { grep -q "$1" <<<"$($sekisho journal list)"; }

ticket=$(passage_hand_in 2001 "$home/protected.zip" 2002 "保護された見積り")
passage_wait_judged 2001 "$ticket" >/dev/null
holds "the page asks for the password" says "$ticket" "パスワードを入力してください"
holds "the state says so in lists" grep -q "パスワード待ち" <<<"$(passage_ask 2001 internet /tickets)"
holds "it is in the journal" journal_has ticket.password_wanted
fails "the chief is not asked yet" passage_decide 1001 approve "まだ" "$ticket"
holds "nobody else gives it" gives 404 2002 office "$ticket" "$secret"
holds "an empty one is told beside the field" gives 400 2001 internet "$ticket" ""
grep -q 'パスワードを入れてください' "$home/body"
holds "one that is too long too" gives 400 2001 internet "$ticket" "$(head -c 300 /dev/zero | tr '\0' a)"
holds "a wrong one is taken" gives 303 2001 internet "$ticket" "chigau"
passage_wait_judged 2001 "$ticket" >/dev/null
holds "… and said to be wrong" says "$ticket" "あと 4 回"

# It waits through the night.
city_stop
city_start
passage_internet=http://internet.localhost:$city_internet passage_office=http://office.localhost:$city_office
sleep 1
holds "it waits on after a restart" says "$ticket" "あと 4 回"
holds "the right one is taken" gives 303 2001 internet "$ticket" "$secret"
holds "it is not asked for twice" gives 409 2001 internet "$ticket" "$secret"
passage_wait_judged 2001 "$ticket" >/dev/null
holds "the file is sanitised" says "$ticket" "課長の承認を待っています"
passage_decide 1001 approve "確かめました" "$ticket"
holds "the addressee fetches it" passage_fetch 2002 "$ticket" "$home/fetched.zip"
holds "… open, and whole" test "$(unzip -p "$home/fetched.zip" | tr -d '\r')" = "一枚目の内容"

# Too many wrong ones: refused, as before.
second=$(passage_hand_in 2001 "$home/protected.zip" 2002 "保護された見積り 二")
for i in 1 2 3 4 5; do
	passage_wait_judged 2001 "$second" >/dev/null
	gives 303 2001 internet "$second" "chigau$i" || { echo "FAIL try $i is not taken"; exit 1; }
done
passage_wait_judged 2001 "$second" >/dev/null
holds "after five wrong ones it is refused" says "$second" "お渡しできませんでした"
holds "… and asks no more" gives 409 2001 internet "$second" "$secret"
rm -f "$home/protected.zip" "$home/fetched.zip" "$home/body" "$home/said"
fails "the password is written nowhere" grep -rqa -e "$secret" -e "$(printf %s "$secret" | od -An -v -tx1 | tr -d ' \n')" -e chigau "$home"
sleep 1.5
$sekisho evidence export "$home/export" >/dev/null
holds "the log verifies with the keys of the trust file" "$city_build/sekisho" evidence verify --trust "$home/trust/evidence.trust" "$home/export"
echo "$city_checks checks"
