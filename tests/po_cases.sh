#!/bin/bash
# What the catalogue check refuses, each in a small PO beside a small POT.
# usage: po_cases.sh POC
set -u
poc=$1; work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; failed=0
printf 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "開く"\nmsgstr ""\n\nmsgid "{0}から{1}へ"\nmsgstr ""\n' >"$work/a.pot"
expect() { # status, words, content of the PO
	printf "$3" >"$work/a.po"; "$poc" --check "$work/a.pot" "$work/a.po" >"$work/out" 2>&1; local status=$?
	[ $status -eq "$1" ] && grep -qF -- "$2" "$work/out" || { echo "FAILED: wanted $1 '$2', got $status '$(cat "$work/out")'"; failed=1; }
}
expect 0 '2 messages, all translated' 'msgid "開く"\nmsgstr "Open"\n\nmsgid "{0}から{1}へ"\nmsgstr "To {1} "\n"from {0}"\n'
expect 1 'missing: 開く' 'msgid "{0}から{1}へ"\nmsgstr "To {1} from {0}"\n'
expect 1 'untranslated: 開く' 'msgid "開く"\nmsgstr ""\n\nmsgid "{0}から{1}へ"\nmsgstr "To {1} from {0}"\n'
expect 1 'other places than the Japanese' 'msgid "開く"\nmsgstr "Open"\n\nmsgid "{0}から{1}へ"\nmsgstr "To {1}"\n'
expect 1 'other places than the Japanese' 'msgid "開く"\nmsgstr "Open {0}"\n\nmsgid "{0}から{1}へ"\nmsgstr "To {1} from {0}"\n'
expect 1 'left over: 閉じる' 'msgid "開く"\nmsgstr "Open"\n\nmsgid "閉じる"\nmsgstr "Close"\n\nmsgid "{0}から{1}へ"\nmsgstr "To {1} from {0}"\n'
expect 1 'fuzzy: 開く' '#, fuzzy\nmsgid "開く"\nmsgstr "Open"\n\nmsgid "{0}から{1}へ"\nmsgstr "To {1} from {0}"\n'
expect 1 'stands twice' 'msgid "開く"\nmsgstr "Open"\n\nmsgid "開く"\nmsgstr "Open"\n'
expect 1 'neither msgid nor msgstr' 'msgctxt "x"\nmsgid "開く"\nmsgstr "Open"\n'
[ $failed -eq 0 ] && echo "po: 9 passed, 0 failed"
exit $failed
