#!/bin/sh
# 見つかること — each keyword of findable.txt leads to its file by name or by first line, and to at most five others.
cd "$(dirname "$0")/.." || exit 1
index=$(mktemp) || exit 1
trap 'rm -f "$index"' EXIT
# path, tab, first line (sources only). Tests, samples and generated pages are not what a newcomer looks for.
{
	find src tools policy man docs -type f ! -name '*_test.c' 2>/dev/null | sed 's/$/	/'
	find src tools policy -type f \( -name '*.[ch]' -o -name '*.def' -o -name '*.policy' -o -name '*.html' -o -name '*.sql' \) ! -name '*_test.c' \
		-exec awk 'FNR == 1 { print FILENAME "\t" $0; nextfile }' {} +
} > "$index"
awk -F'\t' '
	NR == FNR { path[++n] = $1; first[n] = $2; there[$1] = 1; next }
	/^#/ || NF < 2 { next }
	{
		count++
		hits = 0; found = 0; list = ""; delete seen
		for (i = 1; i <= n; i++)
			if ((index(path[i], $1) || index(first[i], $1)) && !(path[i] in seen)) {
				seen[path[i]] = 1; hits++; list = list " " path[i]
				if (path[i] == $2) found = 1
			}
		if (!($2 in there)) { print $1 ": " $2 " is not there"; bad = 1 }
		else if (!found) { print $1 ": does not lead to " $2 ", but to:" list; bad = 1 }
		else if (hits > 6) { print $1 ": " hits " hits, too many to choose from:" list; bad = 1 }
	}
	END { print count + 0 " keywords looked up"; exit bad || count == 0 }' "$index" tests/findable.txt
