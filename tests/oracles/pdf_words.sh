#!/bin/bash
# PDFの言葉と見た目 — what a reader sees must be what was sent: words (pdftotext) and page pictures (pdftoppm, 50 dpi) of each pair of files.
# usage: pdf_words.sh [--words] BEFORE-FOLDER AFTER-FOLDER      (same file names; files without a partner were refused and are passed over; --words: no pictures)
# One line per differing file; the last line counts. Exit 1 if words of more than 0.5 % or pictures of more than 1 % of the files differ.
set -u
export LC_ALL=C.UTF-8
draw=yes
[ "${1-}" != --words ] || { draw=no; shift; }
before=$1 after=$2 work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
files=0 words=0 pictures=0
for out in "$after"/*.pdf; do
	name=${out##*/} in=$before/${out##*/}
	[ -f "$in" ] || continue
	timeout 60 pdftotext "$in" "$work/a" 2>/dev/null || continue
	files=$((files + 1))
	timeout 60 pdftotext "$out" "$work/b" 2>/dev/null || : >"$work/b"
	if ! cmp -s "$work/a" "$work/b"; then
		a=$(wc -w <"$work/a") same=$(comm -12 <(tr -s '[:space:]' '\n' <"$work/a" | sort) <(tr -s '[:space:]' '\n' <"$work/b" | sort) | wc -l)
		if [ "$same" -lt "$a" ]; then
			echo "words: $name: $same of $a kept"
			words=$((words + 1))
		fi
	fi
	[ "$draw" = yes ] || continue
	rm -f "$work"/p-* "$work"/q-*
	timeout 60 pdftoppm -r 50 -l 5 "$in" "$work/p" 2>/dev/null || { echo "not drawn: $name"; continue; }
	timeout 60 pdftoppm -r 50 -l 5 "$out" "$work/q" 2>/dev/null
	for p in "$work"/p-*; do
		q=$work/q-${p##*/p-}
		if ! cmp -s "$p" "$q"; then
			echo "picture: $name page ${p##*/p-}: $(python3 "$(dirname "$0")/ppm_differs.py" "$p" "$q")"
			pictures=$((pictures + 1))
			break
		fi
	done
done
echo "$files files compared, words differ in $words, pictures in $pictures"
[ "$files" -gt 0 ] && [ $((words * 200)) -le "$files" ] && [ $((pictures * 100)) -le "$files" ]
