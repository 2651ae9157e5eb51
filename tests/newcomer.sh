#!/bin/bash
# 初めての人の試験 — a bare Debian 12 in a folder, a fresh clone in it, and nothing but ./run --once and ./check.
# By hand, as root, not in CI: needs Debian's packages. Usage: tests/newcomer.sh [FOLDER] [run|check|both]
# The folder is kept for a second try; remove it by hand. The machine's resolver and certificates are lent to it.
set -euo pipefail
source=$(cd "$(dirname "$0")/.." && pwd)
folder=${1:-$(mktemp -d /var/tmp/newcomer.XXXXXX)} what=${2:-both}
[ "$(id -u)" -eq 0 ] || { echo "run this as root" >&2; exit 2; }
"$source/packaging/install" hand
if [ ! -e "$folder/root/etc/debian_version" ]; then
	mkdir -p "$folder/root"
	debootstrap --variant=minbase --include=ca-certificates bookworm "$folder/root" http://deb.debian.org/debian >"$folder/debootstrap.log" 2>&1 ||
		{ tail -5 "$folder/debootstrap.log" >&2; exit 1; }
	for component in bookworm-updates; do echo "deb http://deb.debian.org/debian $component main"; done >>"$folder/root/etc/apt/sources.list"
	echo "deb http://deb.debian.org/debian-security bookworm-security main" >>"$folder/root/etc/apt/sources.list"
fi
cat /etc/resolv.conf >"$folder/root/etc/resolv.conf"
cat /etc/hosts >"$folder/root/etc/hosts"
[ -d /usr/local/share/ca-certificates ] && cp -r /usr/local/share/ca-certificates/. "$folder/root/usr/local/share/ca-certificates/"
cp /etc/ssl/certs/ca-certificates.crt "$folder/root/etc/ssl/certs/ca-certificates.crt"
rm -rf "$folder/root/home/sekisho"
git clone -q --no-hardlinks "$source" "$folder/root/home/sekisho"
export folder what
exec unshare --mount --pid --fork --kill-child bash -euc '
	mount --make-rprivate /
	mount --bind "$folder/root" "$folder/root"
	cd "$folder/root"
	mount -t proc proc proc
	mount --rbind /dev dev
	mount --rbind /sys sys
	mkdir -p old
	pivot_root . old
	umount -l /old
	export HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8
	unset CI
	cd /home/sekisho
	case $what in run | both) ./run --once ;; esac
	case $what in check | both) ./check ;; esac
'
