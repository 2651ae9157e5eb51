#!/bin/bash
# What the template compiler does and refuses: one folder per sentence below tests/cases/htmlc.
#   in.html + refused       the compiler must fail with exactly this message (file name and line first)
#   in.html + not_compiled  it writes C, and the C compiler refuses it with words like these
#   in.html + main.c + out  the page, called by main.c, writes exactly this
#   in.html + pot           these lines stand in the POT
# usage: htmlc_cases.sh HTMLC LIBRARIES… (static libraries to link main.c with)
set -u
htmlc=$1; shift
here=$(cd "$(dirname "$0")" && pwd); top=$(cd "$here/.." && pwd)
# The libraries may carry sanitizers: then main.c must too.
link_flags='-fsanitize=undefined -fsanitize-undefined-trap-on-error'; for l in "$@"; do nm "$l" 2>/dev/null | grep -q __asan_ && link_flags=-fsanitize=address,undefined; done
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
passed=0 failed=0
bad() { echo "FAILED $1: $2"; failed=$((failed + 1)); }
for case in "$here"/cases/htmlc/*/; do
	name=$(basename "$case"); ok=$((failed)); rm -rf "$work"/*; mkdir -p "$work/web"
	"$htmlc" --root "$case" --c "$work/pages.c" --h "$work/web/pages.h" --pot "$work/pages.pot" "${case}in.html" 2>"$work/err"; status=$?
	if [ -f "$case/refused" ]; then
		[ $status -eq 1 ] || bad "$name" "was not refused"
		cmp -s "$work/err" "$case/refused" || bad "$name" "says '$(cat "$work/err")' instead of '$(cat "$case/refused")'"
	elif [ $status -ne 0 ]; then
		bad "$name" "$(cat "$work/err")"
	else
		[ -f "$case/pot" ] && while IFS= read -r line; do
			grep -qxF -- "$line" "$work/pages.pot" || bad "$name" "no such line in the POT: $line"
		done <"$case/pot"
		flags="-std=gnu17 -D_GNU_SOURCE -Wall -Wextra -Werror -I$work -I$top/src -I$case"
		if [ -f "$case/not_compiled" ]; then
			if cc $flags -fsyntax-only "$work/pages.c" 2>"$work/err"; then bad "$name" "was compiled"; fi
			while IFS= read -r line; do grep -qF -- "$line" "$work/err" || bad "$name" "the C compiler does not say: $line"; done <"$case/not_compiled"
		elif [ -f "$case/main.c" ]; then
			if cc $flags $link_flags -o "$work/run" "$case/main.c" "$work/pages.c" "$@" -lsodium -lcrypto 2>"$work/err"; then
				"$work/run" >"$work/out" || bad "$name" "main.c failed"
				cmp -s "$work/out" "$case/out" || bad "$name" "$(diff "$case/out" "$work/out" | head -20)"
			else
				bad "$name" "$(head -5 "$work/err")"
			fi
		elif [ ! -f "$case/pot" ]; then
			bad "$name" "the folder demands nothing"
		fi
	fi
	[ $failed -eq $ok ] && passed=$((passed + 1))
done
echo "htmlc: $passed passed, $failed failed"
[ $failed -eq 0 ] && [ $passed -ge 35 ]
