#!/bin/bash
# ディスクの空き — acceptance stops before the disk is full, people are told in a sentence, the journal has it once, and it goes on by itself. The city
# lies on a memory disk whose size is changed. Article: s6.6a. Usage: … BUILD_FOLDER
. "$(dirname "$0")/../support/city.sh"
[ "$(id -u)" -eq 0 ] || { echo "skipped: only root can mount a small disk"; exit 77; }
disk=$(mktemp -d /tmp/disk.XXXXXX)
mount -t tmpfs -o size=4g,mode=755 tmpfs "$disk" 2>/dev/null || { rmdir "$disk"; echo "skipped: no memory disk can be mounted here"; exit 77; }
disk_end() {
	local code=$?
	city_stop
	passage_end 2>/dev/null || true
	umount -l "$disk"
	rmdir "$disk"
	exit $code
}
mktemp() { if [ "${1-}" = -d ] && [ "${2-}" = /tmp/city.XXXXXX ]; then command mktemp -d "$disk/city.XXXXXX"; else command mktemp "$@"; fi; }
export LANG=en_US.UTF-8 LC_ALL=
city_begin "${1:?build folder}"
trap disk_end EXIT
size() { mount -o "remount,size=$1" "$disk"; }
rows() { $sekisho journal list | grep "process:transferd" | grep -c "$1" || true; }
printf '一枚\n' >"$disk/one.txt"
hand_in() { passage_hand_in 2001 "$disk/one.txt" 2002 "空きの試験"; }

passage_sign_in 2001 internet
holds "with room a file is handed in" hand_in
holds "no warning is in the journal" test "$(rows disk.)" = 0
size 900m
holds "with little room a file is still handed in" hand_in
holds "… and the journal has a warning" test "$(rows disk.scarce)" = 1
hand_in >/dev/null
holds "… once" test "$(rows disk.scarce)" = 1
size 200m
fails "near the end nothing is accepted" hand_in
holds "the person is told in a sentence" grep -q "保存する場所が足りません" "$passage_jars/body"
holds "it is in the journal" test "$(rows disk.full)" = 1
fails "again nothing is accepted" hand_in
holds "it is in the journal once" test "$(rows disk.full)" = 1
holds "what is there can be looked at" status_is 200 2001 internet /tickets
holds "people can still sign in" passage_sign_in 2002 office
holds "doctor says it with its exit code" eval 'code=0; $sekisho doctor >"$home/doctor" || code=$?; [ $code = 2 ] && grep -q "disk" "$home/doctor"'
size 4g
holds "with room again it goes on by itself" hand_in
holds "… and the journal says so" test "$(rows disk.enough)" = 1
echo "$city_checks checks"
