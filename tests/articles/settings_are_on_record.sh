#!/bin/bash
# 設定の記録 — every reading of a face's settings and certificate is in the journal with its hash: at the start, when asked, when the files change. What is
# unsound is not taken, is said, and the certificate before stays in force. Article: s6.6a. Usage: … BUILD_FOLDER
. "$(dirname "$0")/../support/city.sh"
etc=$(mktemp -d /tmp/etc.XXXXXX)
chmod 755 "$etc"
city_run=(--settings "$etc")
export LANG=en_US.UTF-8 LC_ALL=
new_certificate() { # the key is never there before its certificate
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days "$1" -subj /CN=office -addext subjectAltName=DNS:office.localhost \
		-keyout "$etc/office.key.new" -out "$etc/office.crt.new" 2>/dev/null
	chmod 640 "$etc/office.key.new"
	[ "$(id -u)" -ne 0 ] || chown root:7306 "$etc/office.key.new"
	mv "$etc/office.key.new" "$etc/office.key"
	mv "$etc/office.crt.new" "$etc/office.crt"
}
print_of() { openssl x509 -in "$etc/office.crt" -noout -fingerprint -sha256 | sed 's/.*=//; s/://g' | tr A-F a-f; }
new_certificate 90
printf 'host = office.localhost\ncertificate = %s/office.crt\nkey = %s/office.key\n' "$etc" "$etc" >"$etc/webd-office.conf"
printf 'host = internet.localhost\n' >"$etc/webd-internet.conf"
settings_end() { rm -rf "$etc"; }
city_after=settings_end
city_begin "${1:?build folder}"

rows() { $sekisho journal list --json --most 500 | grep '"face.configured"' | tr -d '\\'; }
row_says() { rows | grep -e "$1" | grep -e "$2" | grep -qe "$3"; }
in_force() { # FINGERPRINT: what a browser is shown
	[ "$(openssl s_client -connect "127.0.0.1:$city_office" -servername office.localhost </dev/null 2>/dev/null |
		openssl x509 -noout -fingerprint -sha256 | sed 's/.*=//; s/://g' | tr A-F a-f)" = "$1" ]
}
first=$(print_of)
holds "at the start the office face's certificate is on record" soon row_says '"face":"office"' '"why":"start"' "\"certificate\":\"$first\""
holds "… with the hash of its settings" row_says '"face":"office"' '"why":"start"' "\"settings\":\"$(sha256sum "$etc/webd-office.conf" | cut -c1-64)\""
holds "… and the other face's settings, though it knows no store" soon row_says '"face":"internet"' '"why":"start"' "\"settings\":\"$(sha256sum "$etc/webd-internet.conf" | cut -c1-64)\""
holds "browsers are shown it" in_force "$first"

new_certificate 60
second=$(print_of)
kill -HUP "$city_pid"
holds "a new certificate is taken when asked" soon in_force "$second"
holds "… and on record" soon row_says '"taken":true' '"why":"asked"' "\"certificate\":\"$second\""

cp "$etc/office.key" "$etc/kept.key"
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 >"$etc/office.key" 2>/dev/null
kill -HUP "$city_pid"
holds "one whose key does not belong to it is not taken, and that is on record" soon row_says '"taken":false' '"certificate":"'"$second" 'does not belong to the certificate'
holds "the one before stays in force" in_force "$second"
cat "$etc/kept.key" >"$etc/office.key"
holds "a sound pair is taken without being asked" soon row_says '"taken":true' '"why":"changed"' "\"certificate\":\"$second\""

echo 'host = ANOTHER' >>"$etc/webd-office.conf"
kill -HUP "$city_pid"
holds "a mistake in the settings is on record before a start fails by it" soon row_says '"taken":false' '"face":"office"' 'ANOTHER'
holds "the face goes on" in_force "$second"
printf 'host = internet.localhost\nhost = files.localhost\n' >"$etc/webd-internet.conf"
kill -HUP "$city_pid"
holds "settings that need a start say so" soon row_says '"taken":false' '"face":"internet"' 'a restart takes it'
echo "$city_checks checks"
