#!/usr/bin/env python3
# 門をたたく — 25 packets from the Internet zone to a port of the gate that nothing allows, written onto the far end of the link to it.
import socket, struct


def checksum(b):
    s = sum(struct.unpack(f"!{len(b) // 2}H", b))
    s = (s >> 16) + (s & 0xFFFF)
    return ~(s + (s >> 16)) & 0xFFFF


mac = bytes.fromhex("020000000003")  # of eth3: run.sh
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
wire.bind(("far3", 0))
here, there = socket.inet_aton("10.3.0.99"), socket.inet_aton("10.3.0.1")
for i in range(25):
    udp = struct.pack("!HHHH", 40000 + i, 9999, 8, 0)
    udp = udp[:6] + struct.pack("!H", checksum(here + there + struct.pack("!BBH", 0, 17, 8) + udp))
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 28, i, 0, 64, 17, 0, here, there)
    wire.send(mac + wire.getsockname()[4] + b"\x08\x00" + ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:] + udp)
