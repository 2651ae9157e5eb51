#!/bin/bash
# 無害化の選び方 — what the policy in force chose for a passage holds for every file that takes it, from the moment it is adopted: kinds that are not taken, kinds
# that leave as text, comments that do not stay. Articles: s2.12a s6.3.2b. Usage: … BUILD_FOLDER
. "$(dirname "$0")/../support/city.sh"
city_begin "${1:?build folder}"
cases=$city_source/tests/cases/sanitise
commented=$cases/docx/comments_go_if_the_policy_says_so/in.docx
judged() { # FILE → the page with its verdict
	local ticket
	ticket=$(passage_hand_in 2001 "$1" 2002 "確認のため")
	passage_wait_judged 2001 "$ticket" >"$home/page"
	echo "$ticket"
}
holds "people sign in" eval "passage_sign_in 2001 internet && passage_sign_in 1001 office && passage_sign_in 2002 office"
ticket=$(judged "$commented")
fails "before the policy says so nothing of a commented document is removed" grep -q 'コメントや注釈を取り除きました' "$home/page"

sed -i '/from internet to lgwan/ s/{$/{ comments remove format rtf text format csv refuse/' "$home/policy/passage.policy"
holds "the draft is good" $sekisho policy check "$home/policy/city.policy"
holds "it can be read in sentences" grep -q 'CSV表（csv）は、受け取らない。' <($sekisho policy explain "$home/policy/city.policy")
holds "it is adopted" $sekisho policy adopt "$home/policy/city.policy"

ticket=$(judged "$commented")
holds "the clerk reads that the policy removed the comments" grep -q '庁内のきまりにより、コメントや注釈を取り除きました' "$home/page"
holds "and which choice of the policy held" grep -q '庁内のきまり：' "$home/page"
holds "the chief approves" passage_decide 1001 approve "" "$ticket"
holds "the addressee fetches it" passage_fetch 2002 "$ticket" "$home/received.docx"
without_comments() { unzip -p "$home/received.docx" word/document.xml | grep -q 本文 && ! unzip -p "$home/received.docx" | grep -aq '内々の話\|commentReference'; }
holds "what arrives has its words and no comment" without_comments

ticket=$(judged "$cases/rtf/only_its_text_if_the_policy_says_so/in.rtf")
holds "the chief approves the other" passage_decide 1001 approve "" "$ticket"
holds "the addressee fetches that" passage_fetch 2002 "$ticket" "$home/received.txt"
holds "it is the text, in UTF-8" cmp "$home/received.txt" "$cases/rtf/only_its_text_if_the_policy_says_so/out.txt"

printf '1,2\r\n' >"$home/表.csv"
ticket=$(judged "$home/表.csv")
holds "a kind that the policy does not take is refused, and the page says why" grep -q '庁内のきまりで、この種類のファイルは受け取らない' "$home/page"
fails "it cannot be approved" passage_decide 1001 approve "" "$ticket"
echo "$city_checks checks"
