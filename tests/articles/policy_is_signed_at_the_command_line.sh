#!/bin/bash
# 導入時のきまりの承認 — before any face can be reached two persons sign a policy text at the command line, each with password and code: the same signatures, asked
# for in the same way as on the office face. Articles: s9 s6.6b. Usage: … BUILD_FOLDER
. "$(dirname "$0")/../support/city.sh"
city_begin "${1:?build folder}"
password_of() { awk -F'\t' -v n="$1" '$1 == n { print $2 }' "$home/sample/sign-ins"; }
# as NUMBER WORDS…: types password, code, and the next code for the signature
as() {
	local number=$1
	shift
	{ password_of "$number"; passage_new_code "$number"; passage_new_code "$number"; } >"$home/typed"
	$sekisho policy "$@" --by "$number" <"$home/typed"
}
# without NUMBER WORDS…: what is refused before anything is typed
without() {
	local number=$1
	shift
	$sekisho policy "$@" --by "$number" </dev/null
}
says() { local wanted=$1; shift; "$@" >"$home/told" 2>&1; grep -q "$wanted" "$home/told"; }
number() { $sekisho policy proposals | head -1 | cut -f1; }
journal_has() { $sekisho journal list 2>/dev/null | grep -q "$1"; }

holds "nothing is proposed yet" says "提案はありません" $sekisho policy proposals
$sekisho policy print "$home/policy/city.policy" | sed 's/keep 7 days/keep 6 days/' >"$home/new.policy"
sed 's/^city/ctiy/' "$home/new.policy" >"$home/wrong.policy"
holds "a text with a wrong word is told before anybody signs in" eval "! without 0001 propose '$home/wrong.policy' --reason 導入のため 2>'$home/told' && grep -q ctiy '$home/told'"
fails "a reason is wanted" without 0001 propose "$home/new.policy"
printf 'chigau-yo-kore-wa\n000000\n000000\n' >"$home/typed"
fails "a wrong password signs nothing" eval "$sekisho policy propose '$home/new.policy' --by 0001 --reason 導入のため <'$home/typed'"
holds "still nothing is proposed" says "提案はありません" $sekisho policy proposals
holds "the administrator proposes" as 0001 propose "$home/new.policy" --reason 導入のため
holds "it waits" says "承認を待っています" $sekisho policy proposals
holds "and stands in the journal" journal_has policy.proposed
holds "its author does not approve it" eval "! without 0001 approve $(number) 2>'$home/told' && grep -q '本人は決められません' '$home/told'"
fails "nobody else's chief does" without 1001 approve "$(number)"
fails "it is not sent back without a reason" without 0002 return "$(number)"
fails "there is no proposal 99" without 0002 approve 99
holds "the chief sends it back" as 0002 return "$(number)" --reason "日数を確かめてください"
fails "what was sent back is not approved" without 0002 approve "$(number)"
holds "it is proposed again" as 0001 propose "$home/new.policy" --reason "日数を確かめました"
holds "the chief reads what it means, and approves" says "6 日" as 0002 approve "$(number)"
holds "two persons' text is in force: the operator alone changes it no more" eval "! $sekisho policy adopt '$home/policy/city.policy' 2>'$home/told' && grep -q '署名' '$home/told'"
holds "nobody stays signed in" eval "[ \"\$($sekisho journal list --most 1000 | grep -c session.opened)\" = \"\$($sekisho journal list --most 1000 | grep -c session.closed)\" ]"
$sekisho evidence export "$home/export" >/dev/null
holds "the log verifies" $sekisho evidence verify --trust "$home/trust/evidence.trust" "$home/export"
echo "$city_checks checks"
