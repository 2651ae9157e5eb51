#!/bin/bash
# 最初のページの見た目 — a ticket's page shows the first page before and after as checked pixels, to whoever may see what is in the file and to nobody else; the pictures lie
# encrypted beside the ticket, each look is on record, and where there is no picture a sentence says so. Article: s6.3.2b. Usage: … BUILD_FOLDER
. "$(dirname "$0")/../support/city.sh"
[ -x /usr/lib/libreoffice/program/soffice.bin ] && [ -x /usr/bin/pdftoppm ] || { echo "no LibreOffice or no pdftoppm: nothing is drawn"; [ -z "${CI-}" ] && exit 77; exit 1; }
city_begin "${1:?build folder}"
document=$city_source/packaging/sample/夏まつりのご案内.docm
for who in "2001 internet" "2001 office" "2002 office" "1001 office" "0001 office"; do passage_sign_in $who; done
ticket=$(passage_hand_in 2001 "$document" 2002 "案内を回覧するため")
passage_wait_judged 2001 "$ticket" >"$home/page"

look() { # PERSON FACE TICKET WHICH → status; the picture in $home/picture
	passage_ask "$1" "$2" "/tickets/$3/$4.png" -o "$home/picture" -w '%{http_code}'
}
sees() { [ "$(look "$@")" = 200 ] && is_picture; }
is_picture() { # a PNG of at most 1000 by 1000 pixels
	python3 - "$home/picture" <<'END'
import struct, sys
d = open(sys.argv[1], "rb").read()
w, h = struct.unpack(">II", d[16:24])
sys.exit(0 if d[:8] == b"\x89PNG\r\n\x1a\n" and max(w, h) <= 1000 and min(w, h) > 100 else f"no picture: {d[:40]} {w} {h}")
END
}
journal_counts() { [ "$($sekisho journal list | grep -c ticket.pictured)" = "$1" ]; }

holds "the page shows both, with words for who cannot see" grep -q 'before.png" alt="無害化する前' "$home/page"
grep -q 'after.png" alt="無害化したあと' "$home/page"
holds "the sender sees the first page as it came" sees 2001 internet "$ticket" before
cp "$home/picture" "$home/before"
holds "… and as it was rebuilt" sees 2001 internet "$ticket" after
holds "the second look shows the same" sees 2001 internet "$ticket" before
holds "… byte for byte" cmp "$home/before" "$home/picture"
holds "each look is in the journal" soon journal_counts 3
holds "the addressee sees nothing before the approval" test "$(look 2002 office "$ticket" before)" = 404
holds "… nor the sender on the other side" test "$(look 2001 office "$ticket" after)" = 404
holds "the chief who decides sees both" sees 1001 office "$ticket" before
sees 1001 office "$ticket" after
holds "an administrator does not" test "$(look 0001 office "$ticket" before)" = 404
holds "their page offers none" test -z "$(passage_ask 0001 office "/tickets/$ticket" | grep before.png)"
holds "a stranger is sent to the sign-in" status_is 303 nobody internet "/tickets/$ticket/before.png"
passage_decide 1001 approve "" "$ticket"
holds "after the approval the addressee sees it" soon sees 2002 office "$ticket" after
holds "two pictures lie in the spool" test "$(ls "$home/spool/pictures" | sort | tr '\n' ' ')" = "$ticket.after $ticket.before "
fails "… not in the clear" grep -qa IHDR "$home/spool/pictures/$ticket.after" "$home/spool/pictures/$ticket.before"

printf '連絡です\n' >"$home/連絡.txt"
text=$(passage_hand_in 2001 "$home/連絡.txt" 2002 "連絡のため")
passage_wait_judged 2001 "$text" >"$home/page"
holds "of a text the page says that there is none" grep -q 'この種類のファイルは絵にできないため' "$home/page"
holds "… and so does the address" test "$(look 2001 internet "$text" before)" = 404
printf 'MZ\220\0\3\0\0\0program' >"$home/請求書.pdf"
refused=$(passage_hand_in 2001 "$home/請求書.pdf" 2002 "確認のため")
passage_wait_judged 2001 "$refused" >"$home/page"
fails "of a refused file nothing is shown" grep -q '最初のページ' "$home/page"
holds "… whatever is asked" test "$(look 2001 internet "$refused" before)" = 404

sleep 1.5
$sekisho evidence export "$home/export" >/dev/null
holds "the log verifies with the keys of the trust file" "$city_build/sekisho" evidence verify --trust "$home/trust/evidence.trust" "$home/export"
echo "$city_checks checks"
