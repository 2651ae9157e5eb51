#!/bin/sh
# プロセス — src/PROCESSES against the table compiled into src/base/service.c, the programs that are built, and the units in packaging/.
# processes.sh BUILD-FOLDER
cd "$(dirname "$0")/.." || exit 1
build=$1
bad=0
rows=$(awk -F'|' '!/^#/ && NF { gsub(/ /, "", $1); gsub(/ /, "", $2); print $1, $2 }' src/PROCESSES | sort)
table=$(sed -n '/^} processes\[\]/,/^};/p' src/base/service.c | grep -o '{ "[a-z0-9-]*", [0-9]* }' | tr -d '{}",' | awk '$1 != "operator" { print $1, $2 }' | sort)
if [ "$rows" != "$table" ] || [ -z "$rows" ]; then
	echo "src/PROCESSES and the table in src/base/service.c differ:"
	printf '%s\n' "$rows" "$table" | sort | uniq -u
	bad=1
fi
twice=$(printf '%s\n' "$rows" | awk '{ print $2 }' | sort | uniq -d)
[ -z "$twice" ] || { echo "uid given twice: $twice"; bad=1; }
wanting=$(awk -F'|' '!/^#/ && NF && NF != 5 { print $1 }' src/PROCESSES)
[ -z "$wanting" ] || { echo "a row has five columns: $wanting"; bad=1; }
count=0
for name in $(printf '%s\n' "$rows" | awk '{ print $1 }'); do
	count=$((count + 1))
	# A face of a daemon is the same program under another name: webd-office is webd.
	[ -x "$build/$name" ] || [ -x "$build/${name%%-*}" ] || { echo "$name: no program of this name is built"; bad=1; }
	if [ -d packaging/systemd ]; then
		[ -f "packaging/systemd/sekisho-$name.service" ] || { echo "$name: no unit packaging/systemd/sekisho-$name.service"; bad=1; }
	fi
done
# What the package would hold is built, all of it.
for name in $(packaging/deb --programs); do
	[ -x "$build/$name" ] || { echo "$name: packaging/deb packs it, and no program of this name is built"; bad=1; }
done
[ -d packaging/systemd ] || echo "packaging/systemd is not there: units were not compared"
echo "$count processes looked at"
exit $bad
