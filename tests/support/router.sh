# 見本の文の関所 — sourced: makes the router that policy/zones.policy tells of in the network namespace one stands in: interfaces, the gate's addresses, the way to the
# world. What the rules rest on is part of the proof.
router_begin() { # [PID]: a process in whose network the far ends of the links are to be; without, they stay here, unused
	local far=${1-} n
	ip link set lo up
	sysctl -qw net.ipv4.ip_forward=1
	for n in 1 2 3 4; do
		ip link add "eth$n" address "02:00:00:00:00:0$n" type veth peer name "far$n"
		if [ "$far" ]; then
			ip link set "far$n" netns "$far"
			nsenter -t "$far" -n ip link set "far$n" up
		fi
		ip link set "eth$n" up
		ip address add "10.$n.0.1/$((n == 4 ? 24 : 16))" dev "eth$n"
	done
	ip route add default via 10.3.0.254
}
