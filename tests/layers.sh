#!/bin/sh
# 層 — every #include "folder/…" in src/ against src/LAYERS: a folder uses only what its line names, and itself.
cd "$(dirname "$0")/.." || exit 1
find src -name '*.c' -o -name '*.h' -o -name '*.def' -o -name '*.html' | sort | xargs awk '
	BEGIN {
		while ((getline line < "src/LAYERS") > 0) {
			if (line ~ /^#/ || line == "") continue
			split(line, part, ":")
			known[part[1]] = 1
			may[part[1]] = " " part[1] " " part[2] " "
		}
	}
	FNR == 1 { files++; split(FILENAME, path, "/"); folder = path[2]
		if (path[3] == "pages" && ((folder "/pages") in known)) folder = folder "/pages" # linked into webd only
		if (!(folder in known)) { print FILENAME ": folder " folder " has no line in src/LAYERS"; bad = 1 } }
	/^[ \t]*#[ \t]*include[ \t]+"/ || /^\{\{include / {
		target = $0; sub(/^[^"]*"|^\{\{include +/, "", target)
		if (target !~ /\//) { print FILENAME ":" FNR ": an include names its folder: \"folder/file.h\""; bad = 1; next }
		sub(/\/.*/, "", target); count++
		if (target == "support" && FILENAME ~ /_test\.c$/) next # tests/support: helpers of tests only
		if (index(may[folder], " " target " ") == 0) { print FILENAME ":" FNR ": " folder " may not use " target; bad = 1 }
	}
	END { print files + 0 " files, " count + 0 " includes looked at"; exit bad || count == 0 }'
