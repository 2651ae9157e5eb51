#!/bin/bash
# 大きな受け渡し — a hand-in of 200 MB through the running system: most resident memory of webd and transferd against their goal of 32 MB.
. "$(dirname "$0")/../support/city.sh"
city_begin build
head -c 200000000 /dev/zero | tr '\0' 'a' >"$home/big.txt"
passage_sign_in 2001 internet
passage_hand_in 2001 "$home/big.txt" 2002 "大きなファイル" >/dev/null
for name in webd-internet transferd; do
	awk -v n="$name" '/^VmHWM/ { printf "%-14s %.1f MB resident at most (goal 32): ratio %.2f\n", n, $2 / 1024, $2 / 1024 / 32 }' "/proc/$(city_pid_of $name)/status"
done
