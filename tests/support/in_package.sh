#!/bin/bash
# パッケージの試験の中身 — run by tests/package.sh as the first process of a bare Debian 12: installs the package, then becomes systemd in a network of its own,
# which runs this script again (as packagetest.service) for the rest. The result is /opt/sekisho-test/result.
set -euo pipefail
here=/opt/sekisho-test home=/var/lib/sekisho
units=(recordd evidenced authd sanitized transferd webd-office webd-internet)
count=0
holds() {
	local sentence=$1
	shift
	count=$((count + 1))
	if "$@" >$here/said 2>&1; then
		echo "ok   $sentence"
	else
		echo "FAIL $sentence"
		tail -15 $here/said
		return 1
	fi
}
no() { ! "$@"; }
none_runs() { ! pgrep -x 'recordd|authd|transferd|sanitized|evidenced|webd' && [ ! -e $home/trust ]; }
uid_of_each() { while read -r user uid; do [ "$(id -u "$user")" = "$uid" ] && [ "$(id -g "$user")" = "$uid" ] || { id "$user"; return 1; }; done \
	< <(awk '$1 == "u" { print $2, $3 }' /usr/lib/sysusers.d/sekisho.conf); }

install_it() {
	export DEBIAN_FRONTEND=noninteractive
	apt-get purge -qy sekisho >/dev/null 2>&1 || true
	rm -rf $home $here/result $here/log /etc/sekisho /etc/systemd/system/sekisho-* # what a run that failed has left
	apt-get update -q >/dev/null
	apt-get install -qy --no-install-recommends $here/sekisho.deb >$here/apt.log 2>&1 || { tail -20 $here/apt.log; return 1; }
	holds "every process has its user with its fixed number" uid_of_each
	holds "installing starts nothing and makes no keys" none_runs
	holds "sekisho is in the path" sekisho version
	# what the package recommends for old documents and for a router between the zones; from here on there is no network but our own
	apt-get install -qy --no-install-recommends libreoffice-writer-nogui poppler-utils nftables iproute2 >>$here/apt.log 2>&1 || { tail -20 $here/apt.log; return 1; }
}
own_network() {
	. $here/router.sh
	router_begin
	mount -t sysfs -o ro sysfs /sys
}
become_systemd() {
	cat >/etc/systemd/system/packagetest.service <<'UNIT'
[Service]
Type=oneshot
ExecStart=/bin/bash /opt/sekisho-test/in_package.sh second
StandardOutput=file:/opt/sekisho-test/log
StandardError=inherit
Environment=PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8
SuccessAction=exit-force
FailureAction=exit-force
UNIT
	export container=other
	own_network
	exec /lib/systemd/systemd --unit=packagetest.service --log-target=null --show-status=no
}

all_active() {
	local unit
	for unit in "${units[@]}"; do
		for _ in $(seq 300); do systemctl is-active -q "sekisho-$unit.service" && break; sleep 0.1; done
		systemctl is-active -q "sekisho-$unit.service" || { systemctl status --no-pager "sekisho-$unit.service"; journalctl --no-pager -n 10 -u "sekisho-$unit.service"; return 1; }
	done
}
all_inactive() {
	local unit
	for unit in "${units[@]}"; do ! systemctl is-active -q "sekisho-$unit.service" "sekisho-$unit.socket" || { echo "$unit is active"; return 1; }; done
}
walled() { # what the units promise, seen from outside
	local unit pid
	for unit in "${units[@]}"; do
		pid=$(systemctl show -P MainPID "sekisho-$unit.service")
		[ "$(stat -c %U "/proc/$pid")" = "sekisho-$unit" ] || { echo "$unit runs as $(stat -c %U "/proc/$pid")"; return 1; }
		awk -v u="$unit" '/^NoNewPrivs:/ { n = $2 } /^Seccomp:/ { s = $2 } /^CapBnd:/ { c = $2 } /^CapEff:/ { e = $2 }
			END { if (n != 1 || s != 2 || c !~ /^0+$/ || e !~ /^0+$/) { print u, n, s, c, e; exit 1 } }' "/proc/$pid/status" || return 1
		[ "$(readlink "/proc/$pid/ns/net")" != "$(readlink /proc/self/ns/net)" ] || { echo "$unit is in our network"; return 1; }
	done
}
starts_again() {
	local before
	before=$(systemctl show -P MainPID sekisho-recordd.service)
	kill -KILL "$before"
	for _ in $(seq 100); do [ "$(systemctl show -P MainPID sekisho-recordd.service)" -gt 0 ] && systemctl is-active -q sekisho-recordd && break; sleep 0.1; done
	[ "$(systemctl show -P MainPID sekisho-recordd.service)" != "$before" ] && systemctl is-active sekisho-recordd
}
cross() {
	. $here/sample/passage.sh
	mkdir -p $here/city/run
	ln -sfn $home/sample $here/city/sample
	printf 'office 8481\ninternet 8480\n' >$here/city/run/ready
	passage_begin $here/city
	passage_code=$here/sample-code
	printf '会議の記録\n' >$here/one.txt
	passage_sign_in 2001 internet && passage_sign_in 1001 office && passage_sign_in 2002 office || return 1
	ticket=$(passage_hand_in 2001 $here/one.txt 2002 "会議の記録を渡すため") || return 1
	passage_wait_judged 2001 "$ticket" >/dev/null && passage_decide 1001 approve "" "$ticket" && passage_fetch 2002 "$ticket" $here/two.txt || return 1
	cmp $here/one.txt $here/two.txt
}
cross_old() { # LibreOffice in a jail that sanitized makes under the walls of its unit
	ticket=$(passage_hand_in 2001 $here/old.doc 2002 "古い形式の文書を渡すため") || return 1
	passage_wait_judged 2001 "$ticket" >/dev/null && passage_decide 1001 approve "" "$ticket" && passage_fetch 2002 "$ticket" $here/old.docx || return 1
	[ "$(head -c 2 $here/old.docx)" = PK ]
}
keeper_walled() {
	local pid
	pid=$(systemctl show -P MainPID sekisho-zonesd.service)
	[ "$(stat -c %U "/proc/$pid")" = sekisho-zonesd ] && awk '/^NoNewPrivs:/ { n = $2 } /^Seccomp:/ { s = $2 } /^CapBnd:/ { c = $2 } /^CapEff:/ { e = $2 }
		END { if (n != 1 || s != 2 || c !~ /^0+1000$/ || e !~ /^0+1000$/) { print n, s, c, e; exit 1 } }' "/proc/$pid/status"
}
keeps_rules() {
	sekisho policy print $home/policy/city.policy | sed 's/keep 7 days/keep 6 days/' >$here/new.policy
	passage_sign_in 0001 office && passage_sign_in 0002 office && passage_adopt $here/new.policy "区分の規則を適用するため" || return 1
	sekisho zones apply --no-trial && nft list table inet sekisho >/dev/null || return 1
	nft delete table inet sekisho || return 1
	for _ in $(seq 50); do nft list table inet sekisho >/dev/null 2>&1 && break; sleep 0.1; done
	nft list table inet sekisho >/dev/null && sekisho zones status
}
over_tls() {
	mkdir -p /etc/sekisho/tls /etc/systemd/system/sekisho-webd-office.socket.d
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=office -addext subjectAltName=DNS:office.localhost \
		-keyout /etc/sekisho/tls/office.key -out /etc/sekisho/tls/office.crt 2>/dev/null
	printf 'host = office.localhost:8443\n' >/etc/sekisho/webd-office.conf
	printf '[Socket]\nListenStream=\nListenStream=0.0.0.0:8443\n' >/etc/systemd/system/sekisho-webd-office.socket.d/where.conf
	systemctl daemon-reload
	systemctl stop sekisho-webd-office.service sekisho-webd-office.socket
	timeout 20 systemctl start sekisho-webd-office.service && { echo "it listens beyond loopback without a certificate"; return 1; }
	printf 'host = office.localhost:8443\ncertificate = /etc/sekisho/tls/office.crt\nkey = /etc/sekisho/tls/office.key\n' >/etc/sekisho/webd-office.conf
	chown root:sekisho-webd-office /etc/sekisho/tls/office.key
	chmod 0640 /etc/sekisho/tls/office.key
	systemctl reset-failed sekisho-webd-office.service
	systemctl restart sekisho-webd-office.socket sekisho-webd-office.service
	[ "$(curl -s --cacert /etc/sekisho/tls/office.crt -o /dev/null -w '%{http_code}' https://office.localhost:8443/sign-in)" = 200 ] || return 1
	systemctl reload sekisho-webd-office.service
	for _ in $(seq 100); do sekisho journal list | grep -q face.configured && break; sleep 0.1; done
	sekisho journal list | grep face.configured || return 1
	[ "$(curl -s --cacert /etc/sekisho/tls/office.crt -o /dev/null -w '%{http_code}' https://office.localhost:8443/sign-in)" = 200 ]
}
nightly() {
	systemctl enable --now sekisho-backup.timer && systemctl list-timers --no-pager sekisho-backup.timer | grep sekisho-backup.service
}
counts() {
	systemctl enable --now sekisho-metrics.service || return 1
	for _ in $(seq 100); do [ -S /run/sekisho-metrics/metrics.sock ] && break; sleep 0.1; done
	curl -sS --unix-socket /run/sekisho-metrics/metrics.sock http://localhost/metrics >$here/metrics || { journalctl --no-pager -n 10 -u sekisho-metrics.service; return 1; }
	cat $here/metrics
	grep -q '^sekisho_records_readable 1' $here/metrics && grep -q '^sekisho_backup_age_seconds ' $here/metrics &&
		! grep '^sekisho_process_resident_bytes' $here/metrics | grep ' 0$'
}
doctor_says() { # the clock of a bare folder is nobody's fault
	sekisho doctor >$here/doctor || true
	cat $here/doctor
	! grep '^異常' $here/doctor
}
status_says() { sekisho status | tee $here/status; grep -q '受付中' $here/status; }
second() {
	trap '[ -e $here/result ] || echo failed >$here/result' EXIT
	holds "before set-up the target starts nothing" systemctl start sekisho.target || true
	holds "no process runs before set-up" all_inactive
	holds "set-up" sekisho setup --policy /usr/share/doc/sekisho/policy
	holds "the target starts" systemctl enable --now sekisho.target
	holds "every unit is ready" all_active
	holds "each under its own user, without rights, behind its walls" walled
	holds "sekisho status finds them" status_says
	holds "a second supervisor is refused" no timeout 20 sekisho run
	holds "the sample city" env SEKISHO=/usr/bin/sekisho $here/sample/create $home
	holds "a file is handed in, approved and fetched" cross
	holds "an old document leaves as a new one" cross_old
	holds "the keeper of the rules starts" systemctl enable --now sekisho-zonesd.service
	holds "under its own user, with one right, behind its walls" keeper_walled
	holds "it applies what two persons signed, and puts it back when somebody takes it away" keeps_rules
	holds "what is killed starts again" starts_again
	holds "a backup by its unit" systemctl start sekisho-backup.service
	holds "… is whole" sekisho backup --check /var/backups/sekisho
	holds "… and comes every night" nightly
	holds "counts on the local socket" counts
	holds "the signing key is handed over" sekisho keys rotate signing --overlap 1
	holds "doctor finds no fault of ours" doctor_says
	holds "TLS beyond loopback, and only then" over_tls
	export DEBIAN_FRONTEND=noninteractive
	holds "the same package again: what runs goes on" apt-get install -qy --reinstall $here/sekisho.deb
	holds "every unit is ready again" all_active
	holds "removing it" apt-get remove -qy sekisho
	holds "stops everything" no pgrep -x 'recordd|authd|transferd|sanitized|evidenced|webd'
	holds "and keeps the records" test -s $home/records/records.db
	holds "purging asks nothing" apt-get purge -qy sekisho
	holds "and keeps the records unless it is told" test -s $home/records/records.db
	rm -r /etc/systemd/system/sekisho-webd-office.socket.d # ours: the settings that went with it were purged
	holds "once more" apt-get install -qy --no-install-recommends $here/sekisho.deb
	holds "what was kept is taken up again" systemctl start sekisho.target
	holds "every unit is ready once more" all_active
	holds "purging all" env SEKISHO_PURGE_DATA=yes apt-get purge -qy sekisho
	holds "removes the records when told" no test -e $home
	echo "$count checks"
	echo passed >$here/result
}
case ${1-} in
second) second ;;
network) become_systemd ;;
*) install_it && exec unshare --net /bin/bash "$0" network ;;
esac
