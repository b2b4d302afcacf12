#!/usr/bin/env python3
"""Stands for the distance between a router and the cloud: two TUN devices, and between them a queue in which
each packet waits as long as its way through the world would take.

usage: relay.py ROUTER_SPACE CLOUD_SPACE DELAYS

Makes the devices `wan` (in the namespace ROUTER_SPACE) and `net` (in CLOUD_SPACE), writes "ready" and moves packets
until it is ended. DELAYS is a file of lines "198.51.100.0/24 42.5": milliseconds one way to and from these addresses of
the cloud. A relay of packets, not of connections: what a handshake takes grows, whatever its protocol is.
"""
import fcntl
import heapq
import ipaddress
import os
import select
import struct
import subprocess
import sys
import time

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
PACKET_MAX = 2048


def device(name, space):
    link = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(link, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
    subprocess.run(["ip", "link", "set", name, "netns", space], check=True)
    return link


class Delays:
    """Seconds one way, by address; the longest prefix decides."""

    def __init__(self, path):
        with open(path, encoding="ascii") as file:
            rows = [line.split() for line in file if line.strip()]
        self.nets = sorted(((ipaddress.ip_network(net), float(ms) / 1000) for net, ms in rows),
                           key=lambda row: -row[0].prefixlen)

    def of(self, packet, at):
        address = ipaddress.ip_address(packet[at:at + 4])
        return next((seconds for net, seconds in self.nets if address in net), 0)


def relay(wan, net, delays):
    waiting, order = [], 0  # (when it leaves, order, device, packet)
    sides = {wan: (net, 16), net: (wan, 12)}  # where it goes, and where the cloud's address stands in it
    while True:
        timeout = max(0, waiting[0][0] - time.monotonic()) if waiting else None
        for side in select.select([wan, net], [], [], timeout)[0]:
            packet = os.read(side, PACKET_MAX)
            if packet[0] >> 4 != 4:
                continue
            out, at = sides[side]
            order += 1
            heapq.heappush(waiting, (time.monotonic() + delays.of(packet, at), order, out, packet))
        while waiting and waiting[0][0] <= time.monotonic():
            _, _, out, packet = heapq.heappop(waiting)
            os.write(out, packet)


def main():
    _, router, cloud, path = sys.argv
    wan, net = device("wan", router), device("net", cloud)
    print("ready", flush=True)
    relay(wan, net, Delays(path))


if __name__ == "__main__":
    main()
