#!/bin/sh
# 見つかること — each keyword of findable.txt leads to its file by name or by first line, and to at most five others.
cd "$(dirname "$0")/.." || exit 1
bad=0 count=0
while IFS='	' read -r keyword path; do
	case $keyword in '#'* | '') continue ;; esac
	count=$((count + 1))
	[ -e "$path" ] || { echo "$keyword: $path is not there"; bad=1; continue; }
	hits=$( (find src tools tests policy man docs -type f -path "*$keyword*" ! -path '*/node_modules/*' ! -path 'tests/cases/*' ! -path 'tests/fuzz/*' 2>/dev/null
		find src tools policy -type f \( -name '*.[ch]' -o -name '*.def' -o -name '*.policy' -o -name '*.html' \) -exec awk -v k="$keyword" 'FNR == 1 && index($0, k) { print FILENAME }' {} + 2>/dev/null
		) | grep -v '_test\.c$' | sort -u)
	printf '%s\n' "$hits" | grep -qxF "$path" || { echo "$keyword: does not lead to $path, but to: $(echo $hits)"; bad=1; }
	n=$(printf '%s\n' "$hits" | grep -c .)
	[ "$n" -le 6 ] || { echo "$keyword: $n hits, too many to choose from: $(echo $hits)"; bad=1; }
done < tests/findable.txt
echo "$count keywords looked up"
[ "$count" -gt 0 ] && exit $bad
