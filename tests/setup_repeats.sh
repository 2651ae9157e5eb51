#!/bin/bash
# 初期設定のやり直し — `sekisho setup` killed at a moment, with all it started, and run again on the same folder: it ends well, and the house it
# leaves is whole: the trust files are those of the keys that lie there. usage: setup_repeats.sh BUILD
set -u
build=$1 failed=0 cut=0
top=$(mktemp -d /tmp/sekisho-setup-XXXXXX)
trap 'rm -rf "$top"' EXIT
setup() { "$build/sekisho" --home "$1" setup --one-uid --site test --origin test.example/log; }
for tenth in 1 2 3 4 6 8 10 13 16 20 25 30 40; do
	home=$top/$tenth
	mkdir "$home"
	setsid "$build/sekisho" --home "$home" setup --one-uid --site test --origin test.example/log >/dev/null 2>&1 &
	pid=$!
	sleep "$((tenth / 10)).$((tenth % 10))"
	kill -9 -- "-$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	if [ -e "$home/trust/evidence.trust" ]; then # was quicker
		continue
	fi
	cut=$((cut + 1))
	setup "$home" >"$home.said" 2>&1 || { echo "FAILED: broken off after 0.$tenth s, setup does not go on: $(cat "$home.said")"; failed=$((failed + 1)); continue; }
	key=$("$build/authd" --home "$home" --one-uid --init)
	[ "$key" = "$(cat "$home/trust/approval.pub")" ] || { echo "FAILED: approval.pub is of another key"; failed=$((failed + 1)); }
	grep -qF "$(cat "$home/evidence/vkey")" "$home/trust/evidence.trust" || { echo "FAILED: evidence.trust is of another key"; failed=$((failed + 1)); }
	"$build/evidenced" --home "$home" --one-uid --init test.example/log | grep -qxF "$(cat "$home/evidence/vkey")" ||
		{ echo "FAILED: the log is not the one of its key"; failed=$((failed + 1)); }
	setup "$home" >"$home.said" 2>&1 && { echo "FAILED: a complete house was set up again"; failed=$((failed + 1)); }
done
# Whatever the machine's speed: each piece that may be there already.
for piece in trust/approval.pub spool/wrapping.key auth/auth.db evidence/log/checkpoint evidence/vkey evidence/private/last-signature records/records.db; do
	home=$top/piece-$(basename "$piece")
	mkdir "$home"
	setup "$home" >/dev/null 2>&1 || { echo "FAILED: setup"; failed=$((failed + 1)); }
	rm "$home/trust/evidence.trust"
	setup "$home" >"$home.said" 2>&1 || { echo "FAILED: all but the last file was there, setup does not go on: $(cat "$home.said")"; failed=$((failed + 1)); }
	rm "$home/trust/evidence.trust" "$home/evidence/log/checkpoint"
	rm -f "$home/$piece"
	[ "$piece" = records/records.db ] && rm -f "$home"/records/*
	setup "$home" >"$home.said" 2>&1 || { echo "FAILED: $piece and what came after it was missing, setup does not go on: $(cat "$home.said")"; failed=$((failed + 1)); }
	grep -qF "$(cat "$home/evidence/vkey")" "$home/trust/evidence.trust" || { echo "FAILED: evidence.trust is of another key"; failed=$((failed + 1)); }
done
echo "$cut broken off, $failed failed"
[ "$failed" -eq 0 ]
