#!/bin/bash
# パッケージの試験 — builds the Debian package twice (same bytes), looks into it, installs it in a bare Debian 12 in a folder, and there: nothing starts before
# set-up; set-up; systemd itself starts every unit with its walls; a file is handed in, approved and fetched; remove keeps the records, purge too unless told.
# By hand, as root, not in CI: needs Debian's packages. Usage: tests/package.sh [FOLDER] [pack|install|all] (the folder is kept)
set -euo pipefail
source=$(cd "$(dirname "$0")/.." && pwd)
folder=${1:-$(mktemp -d /var/tmp/package.XXXXXX)} what=${2:-all}
[ "$(id -u)" -eq 0 ] || { echo "run this as root" >&2; exit 2; }
"$source/packaging/install" hand
mkdir -p "$folder/one" "$folder/two"
count=0
holds() {
	local sentence=$1
	shift
	count=$((count + 1))
	if "$@" >"$folder/said" 2>&1; then echo "ok   $sentence"; else echo "FAIL $sentence"; tail -15 "$folder/said"; exit 1; fi
}
build=${SEKISHO_BUILD_DEB:-$source/build-deb}
[ -f "$build/build.ninja" ] || meson setup "$build" "$source" --buildtype=release >/dev/null
package=$("$source/packaging/deb" "$folder/one" "$build")
same_bytes() { # another moment, another umask, another temporary folder
	sleep 1
	mkdir -p "$folder/temporary"
	(umask 077 && TMPDIR=$folder/temporary TZ=Asia/Tokyo "$source/packaging/deb" "$folder/two" "$build") && cmp "$package" "$folder/two/${package##*/}"
}
holds "the same source gives the same bytes" same_bytes
dpkg-deb --fsys-tarfile "$package" | tar tvf - >"$folder/list"
holds "everything belongs to root" awk '$2 != "root/root" { print; bad = 1 } END { exit bad }' "$folder/list"
holds "nothing is set-uid or writable for others" awk 'substr($1, 1, 1) != "l" && ($1 ~ /s/ || substr($1, 9, 1) == "w") { print; bad = 1 } END { exit bad }' "$folder/list"
for path in usr/bin/sekisho usr/lib/sekisho/{sekisho,recordd,authd,transferd,sanitized,evidenced,webd,verifier} usr/lib/systemd/system/sekisho.target \
	usr/lib/systemd/system/sekisho-.service.d/10-hardening.conf usr/lib/sysusers.d/sekisho.conf usr/lib/tmpfiles.d/sekisho.conf \
	usr/share/bash-completion/completions/sekisho usr/share/man/man1/sekisho-run.1.gz usr/share/man/man5/sekisho-limits.5.gz \
	usr/share/man/man8/webd.8.gz usr/share/doc/sekisho/policy/city.policy etc/sekisho/webd-office.conf; do
	holds "it holds $path" grep -Eq " \./$path( ->.*)?\$" "$folder/list"
done
if command -v lintian >/dev/null; then holds "lintian has no errors" lintian --fail-on error "$package"; else echo "lintian is not installed: not asked"; fi
[ "$what" = pack ] && { echo "$count checks"; exit 0; }

root=$folder/root
if [ ! -e "$root/etc/debian_version" ]; then
	mkdir -p "$root"
	debootstrap --variant=minbase --include=ca-certificates,curl,procps,systemd,openssl bookworm "$root" http://deb.debian.org/debian >"$folder/debootstrap.log" 2>&1 ||
		{ tail -5 "$folder/debootstrap.log" >&2; exit 1; }
fi
cat /etc/resolv.conf >"$root/etc/resolv.conf"
mkdir -p "$root/opt/sekisho-test"
cp "$package" "$root/opt/sekisho-test/sekisho.deb"
cp -r "$source/packaging/sample" "$source/tests/support/in_package.sh" "$source/tests/support/router.sh" "$root/opt/sekisho-test/"
ninja -C "$build" --quiet sample-code >/dev/null
cp "$build/sample-code" "$root/opt/sekisho-test/"
cp "$source/tests/cases/sanitise/doc/an_old_document_becomes_a_docx/in.doc" "$root/opt/sekisho-test/old.doc"
export root
result=$root/opt/sekisho-test/result
rm -f "$result"
unshare --mount --pid --fork --kill-child --cgroup --uts bash -euc '
	mount --make-rprivate /
	mount --bind "$root" "$root"
	cd "$root"
	mount -t proc proc proc
	mount --rbind /dev dev
	mkdir -p old sys
	mount -t sysfs -o ro sysfs sys || mount --rbind /sys sys
	mount -t tmpfs -o mode=755 tmpfs run
	pivot_root . old
	umount -l /old
	export HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 SEKISHO_TEST=/opt/sekisho-test
	unset CI
	exec bash /opt/sekisho-test/in_package.sh
' &
first=$!
# systemd as the first process of a folder does not always end by itself: what the test wrote says that it is over.
until [ -e "$result" ] || ! kill -0 $first 2>/dev/null; do sleep 1; done
kill -KILL $first 2>/dev/null || true
wait $first 2>/dev/null || true
cat "$root/opt/sekisho-test/log"
grep -qx passed "$result"
