#!/bin/bash
# きまりの変更 — the text in force changes by two signatures over one object: an administrator proposes, who decides for them approves, never the author; what
# two signed the operator alone does not change; the new text acts at once, and everything stands in the evidence. Articles: s9 s3.2d. Usage: … BUILD_FOLDER
. "$(dirname "$0")/../support/city.sh"
city_begin "${1:?build folder}"
has_journal() { $sekisho journal list 2>/dev/null | grep -q "$1"; }
said() { grep -q "$1" "$home/body"; }
# send PERSON PATH [--data-urlencode …]: the page comes to $home/body, where it leads to is printed
send() { passage_send "$@" && cp "$passage_jars/body" "$home/body"; }
hidden() { passage_page_value "$1" "$(cat "$home/body")"; }

holds "administrator, their chief, another chief and a clerk sign in" eval \
	"passage_sign_in 0001 office && passage_sign_in 0002 office && passage_sign_in 1001 office && passage_sign_in 2001 office"
holds "a clerk sees neither the text nor proposals" status_is 403 2001 office /policy
holds "a chief reads the text in force" eval "passage_ask 1001 office /policy >'$home/body' && said '導入のときに' && said 'ファイルを渡せる'"
fails "a chief proposes nothing" status_is 200 1001 office /policy/propose
passage_ask 0001 office /policy/propose >"$home/body"
replaces=$(hidden replaces)
holds "an administrator begins with the text in force" said 'keep 7 days'
$sekisho policy print "$home/policy/city.policy" >"$home/now.policy"
sed 's/keep 7 days/keep 5 days/; s/^city/ctiy/' "$home/now.policy" >"$home/wrong.policy"
sed 's/keep 7 days/keep 5 days/' "$home/now.policy" >"$home/new.policy"
fails "the new text is another" cmp -s "$home/now.policy" "$home/new.policy"
send 0001 /policy/propose --data-urlencode "text@$home/wrong.policy" --data-urlencode "replaces=$replaces" --data-urlencode act=check >/dev/null
holds "a wrong word is shown where it stands, with the one that was meant" eval "said 'ctiy' && said 'city' && said '誤りがあります'"
holds "what was typed is still there" said 'keep 5 days'
send 0001 /policy/propose --data-urlencode "text@$home/now.policy" --data-urlencode "replaces=$replaces" --data-urlencode act=check >/dev/null
holds "the same text is no proposal" said 'きまりと同じです'
send 0001 /policy/propose --data-urlencode "text@$home/new.policy" --data-urlencode "replaces=$replaces" --data-urlencode act=check >/dev/null
holds "the difference is shown" eval "said '<del>' && said '<ins>' && said 'keep 5 days'"
fails "checking changes nothing" has_journal policy.proposed
propose() { # PERSON CODE REASON
	send "$1" /policy/propose --data-urlencode "text@$home/new.policy" --data-urlencode "replaces=$replaces" --data-urlencode act=sign --data-urlencode "code=$2" \
		--data-urlencode "reason=$3" | grep -o '/policy/[0-9]*'
}
fails "not without a reason" propose 0001 123456 ""
fails "not with a wrong code" propose 0001 000000 "理由"
fails "not by a chief" propose 0002 "$(passage_new_code 0002)" "理由"
holds "an administrator signs the proposal" eval "propose 0001 '$(passage_new_code 0001)' '受け取りの期間を短くするため' >'$home/where'"
at=$(cat "$home/where")
holds "it stands in the journal" has_journal policy.proposed
holds "it is not in force" eval "passage_ask 0001 office /policy >'$home/body' && said '導入のときに' && said '承認を待っています'"
holds "the administrator's chief is told of it today" eval "passage_ask 0002 office / >'$home/body' && said '決めるきまりの提案'"
holds "another chief is not" eval "passage_ask 1001 office / >'$home/body' && ! said '決めるきまりの提案'"
passage_ask 0002 office "$at" >"$home/body"
object=$(hidden object)
holds "the chief sees reason, difference and what would be signed" eval "said '受け取りの期間を短くするため' && said '<ins>' && test ${#object} = 64"
decide() { # PERSON CODE approve|return REASON
	send "$1" "$at/decide" --data-urlencode "object=$object" --data-urlencode "code=$2" --data-urlencode "act=$3" --data-urlencode "reason=$4" | grep -q done=1
}
fails "the author does not approve it" decide 0001 "$(passage_new_code 0001)" approve "よい"
fails "another chief does not" decide 1001 "$(passage_new_code 1001)" approve "よい"
fails "no wrong code does" decide 0002 000000 approve "よい"
fails "it is not sent back without a reason" decide 0002 123456 return ""
fails "nothing of this has put it into force" grep -q '"proposal"' <($sekisho journal list --json | grep policy.adopted)
holds "the chief signs it" decide 0002 "$(passage_new_code 0002)" approve "期間の変更を確かめました"
holds "it is in force, with both names" eval "passage_ask 0001 office /policy >'$home/body' && said '潮見 岬子' && said '灯台 守' && said 'keep 5 days'"
fails "it is not decided twice" decide 0002 "$(passage_new_code 0002)" approve "もう一度"
fails "the operator alone does not put the old text back" eval "LANG=ja_JP.UTF-8 $sekisho policy adopt '$home/policy/city.policy' 2>'$home/told'"
holds "and is told what to do" grep -q '画面「きまり」で提案' "$home/told"
holds "the new text acts at once" eval "passage_sign_in 2001 internet && passage_ask 2001 internet / | grep -q '期間は 5 日'"
replaces=$(sha256sum "$home/new.policy" | cut -d' ' -f1)
cp "$home/now.policy" "$home/new.policy"
at=$(propose 0001 "$(passage_new_code 0001)" "元に戻すため")
holds "a second proposal is taken back by an administrator" eval "send 0001 $at/withdraw | grep -q withdrawn"
holds "that is in the journal" has_journal policy.withdrawn
# A city's whole list of connections is longer than what one field of a form, or one message, held once.
{
	cat "$home/now.policy"
	for i in $(seq 1200); do
		echo "host far-$i \"遠隔の端末 $i\" in lgwan { address 10.2.$((100 + i / 250)).$((1 + i % 250)) }"
		echo "allow long-$i from far-$i to gate service web { owner \"情報政策課長\" basis \"情報システム利用要綱 第${i}条\" reason \"中継画面を業務で使うため、端末ごとに認める（その ${i}）\" expires 2099-03-31 }"
	done
} >"$home/new.policy"
holds "a long text is longer than that" test "$(stat -c %s "$home/new.policy")" -gt 250000
send 1001 /policy/propose --data-urlencode "text@$home/new.policy" --data-urlencode act=check >/dev/null || true
holds "who may not propose cannot even send so much" said 'この操作をする権限がありません'
at=$(propose 0001 "$(passage_new_code 0001)" "端末を一台ずつ認めるため")
holds "an administrator signs a long text" test -n "$at"
passage_ask 0002 office "$at" >"$home/body"
object=$(hidden object)
holds "the chief sees its last line" said 'long-1200'
holds "the chief signs it too" decide 0002 "$(passage_new_code 0002)" approve "端末の台帳と突き合わせました"
holds "the long text is in force" eval "passage_ask 0001 office /policy >'$home/body' && said 'long-1200' && said '端末の台帳\|灯台 守'"
$sekisho evidence export "$home/export" >/dev/null
holds "the log verifies" "$city_build/sekisho" evidence verify --trust "$home/trust/evidence.trust" "$home/export"
echo "$city_checks checks"
