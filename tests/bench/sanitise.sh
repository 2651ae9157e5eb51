#!/bin/bash
# 無害化の速さ — ratio = (CPU of the format's floor + jobs × 2 × CPU of an empty jail) / CPU of all processes of the product.
# Documents with pictures that a program of others draws (metafiles, JBIG2, JPEG 2000) are measured apart (docx+xlsx+drawn, pdf+drawn: with them): no floor has such a program.
# The product's results are written to memory, as sanitized hands them over: no disk is in the floors either, and what a file system does for a thousand new
# files, or for as many replaced ones, would be measured with it (a tenth of all, and more from round to round).
# Floors and product alternate three times in one run; the files are those that the product delivers, COPIES of each so that starting the programs does not weigh
# on few files. Arguments: only these kinds (docx+xlsx docx+xlsx+drawn pdf pdf+drawn jpeg png). Files that a floor refuses lower the ratio: the error is on the safe side.
set -euo pipefail
kinds=("$@")
shared=${SEKISHO_SHARED-../shared} copies=5 rounds=3
[ -d "$shared/yardsticks" ] || { echo "skipped: no yardsticks in $shared"; exit 0; }
work=$(mktemp -d)
memory=$(mktemp -d -p /dev/shm)
trap 'rm -rf "$work" "$memory"' EXIT
make -s -C "$shared/yardsticks" BUILD="$work/yard" "$work"/yard/{ooxml,pdf,jpeg,png,jail}_floor
corpus=$shared/corpora/sanitise

# CPU seconds of a command and all its waited-for descendants.
cpu() {
	local TIMEFORMAT='%U %S'
	{ time "$@" >"$work/out" 2>"$work/err" || true; } 2>"$work/time"
	awk '{ print $1 + $2 }' "$work/time"
}
floor() { # PROGRAM MODE FILES… → CPU seconds per pass
	"$work/yard/$1" "${@:2}" 2>/dev/null | awk '{ print $5 }'
}
measure() { # LABEL PROGRAM MODE FOLDERS…
	local label=$1 program=$2 mode=$3 folder
	shift 3
	[ ${#kinds[@]} -eq 0 ] || [[ " ${kinds[*]} " == *" $label "* ]] || return 0
	mkdir -p "$work/$label/once" "$work/$label/many"
	for folder; do cp "$corpus/$folder"/* "$work/$label/once/"; done
	build/sekisho sanitize --batch "$work/$label/once" -o "$memory/$label" --jobs 2 --json >"$work/first" 2>/dev/null || true
	python3 - "$work/first" "$work/$label/once" "$work/$label/many" $copies "$label" <<'END'
import json, os, sys
first, once, many, copies, label = sys.argv[1:4] + [int(sys.argv[4])] + sys.argv[5:]
for line in open(first):
    r = json.loads(line)
    drawn = any(m.get("format") in ("emf", "wmf", "svg", "jp2", "jbig2", "heif") for m in r["members"])
    if r["verdict"] == "refused" or (drawn and not label.endswith("+drawn")): continue
    name = r["input"]["name"]
    for i in range(copies): os.link(os.path.join(once, name), os.path.join(many, "%d-%s" % (i, name)))
END
	for _ in $(seq $rounds); do
		local jail base product jobs
		jail=$("$work/yard/jail_floor" empty 2>/dev/null | awk '{ print $5 / $3 }')
		base=$(floor "$program" "$mode" "$work/$label/many"/0-*)
		product=$(cpu build/sekisho sanitize --batch "$work/$label/many" -o "$memory/$label" --jobs 2 --json)
		jobs=$(python3 -c 'import json,sys; print(sum(json.loads(l)["jobs"] for l in open(sys.argv[1])))' "$work/out")
		awk -v l="$label" -v b="$base" -v c=$copies -v j="$jail" -v n="$jobs" -v p="$product" -v f="$(ls "$work/$label/many" | wc -l)" 'BEGIN {
			printf "%-10s ratio %.2f   (files %d, jobs %d; per file: floor %.3f ms, product %.3f ms; empty jail %.3f ms)\n",
				l, (b * c + n * 2 * j) / p, f, n, b * c / f * 1e3, p / f * 1e3, j * 1e3 }'
	done
}
wall() {
	local TIMEFORMAT=%R
	{ time "$@" >"$work/out" 2>"$work/err" || true; } 2>"$work/time"
	cat "$work/time"
}
# What a second core brings, and how long one file alone takes, told in empty jails (its half and its hundredth longest).
alone() { # LABEL
	local one two jail
	[ -d "$work/$1/many" ] || return 0
	one=$(wall build/sekisho sanitize --batch "$work/$1/many" -o "$memory/$1" --jobs 1 --json)
	cp "$work/out" "$work/single"
	two=$(wall build/sekisho sanitize --batch "$work/$1/many" -o "$memory/$1" --jobs 2 --json)
	jail=$("$work/yard/jail_floor" empty 2>/dev/null | awk '{ print $5 / $3 }')
	python3 - "$work/single" "$1" "$one" "$two" "$jail" <<'END'
import json, sys
path, label, one, two, jail = sys.argv[1:3] + [float(v) for v in sys.argv[3:]]
times = sorted(r["milliseconds"] for r in map(json.loads, open(path)) if r["input"]["bytes"] <= 10_000_000)
at = lambda share: times[min(len(times) - 1, int(len(times) * share))] / 1e3 / jail
print(f"{label:<10} two cores do {one / two:.2f} times what one does; one file alone: half of them within {at(.5):.0f} empty jails, all but a hundredth within {at(.99):.0f}")
END
}
measure docx+xlsx ooxml_floor zlib6 docx xlsx
measure docx+xlsx+drawn ooxml_floor zlib6 docx xlsx
measure pdf pdf_floor walk pdf
measure pdf+drawn pdf_floor walk pdf
measure jpeg jpeg_floor transcode jpeg
measure png png_floor recode png
for label in docx+xlsx pdf jpeg png; do alone $label; done
