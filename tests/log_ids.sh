#!/bin/sh
# 動作ログの番号 — every id of a log line is NAME-NNN and stands in one place only, so that it can be looked up.
cd "$(dirname "$0")/.." || exit 1
bad=0
calls=$(grep -rnE '\blog_(line|err)\(' src --include='*.c' | grep -vE '^src/base/log.c:|:static ')
ids=$(printf '%s\n' "$calls" | sed -nE 's/.*log_(line|err)\([^"]*"([^"]*)".*/\2/p')
[ "$(printf '%s\n' "$calls" | grep -c .)" = "$(printf '%s\n' "$ids" | grep -c .)" ] || {
	echo "a log call whose id does not stand on its first line as a literal:"
	printf '%s\n' "$calls" | grep -vE 'log_(line|err)\([^"]*"[^"]*"'
	bad=1
}
wrong=$(printf '%s\n' "$ids" | grep -vE '^[a-z][a-z0-9-]*-[0-9]{3}$')
[ -z "$wrong" ] || { echo "no id of the form name-000: $wrong"; bad=1; }
twice=$(printf '%s\n' "$ids" | sort | uniq -d)
for id in $twice; do
	echo "id $id stands in more than one place:"
	grep -rn "\"$id\"" src
	bad=1
done
echo "$(printf '%s\n' "$ids" | grep -c .) ids looked at"
exit $bad
