"""What the makers of captures share: a network namespace of their own, an ear in it, and captures read again.

A maker calls `inside(__file__)` first: it comes back in a namespace in which DEVICE and CLOUD are addresses of the
loopback interface, whose frames are as long as Ethernet's. Needs root. Reading needs nothing.
"""
import collections
import contextlib
import os
import pathlib
import socket
import struct
import subprocess
import sys
import tempfile
import time

DEVICE, CLOUD, HOST = "192.168.77.23", "198.51.100.7", "api.cloud.example"

# A segment with data: the number of its frame (1-based), where it comes from and goes to, where it stands in its stream.
Segment = collections.namedtuple("Segment", "frame source target offset data")


def inside(script):
    """Runs the script again in a namespace of its own and ends; comes back only there."""
    if os.environ.get("TT_SPACE") == "1":
        for command in ("link set lo mtu 1500 up", f"addr add {DEVICE}/32 dev lo", f"addr add {CLOUD}/32 dev lo",
                        f"route replace table local local {CLOUD} dev lo src {DEVICE}"):
            subprocess.run(["ip", *command.split()], check=True)
        with tempfile.NamedTemporaryFile("w") as hosts:  # the namespace has mounts of its own, too
            hosts.write(f"{CLOUD} {HOST}\n")
            hosts.flush()
            subprocess.run(["mount", "--bind", hosts.name, "/etc/hosts"], check=True)
        return
    name = f"tt-peers-{os.getpid()}"
    subprocess.run(["ip", "netns", "add", name], check=True)
    try:
        done = subprocess.run(["ip", "netns", "exec", name, sys.executable, script, *sys.argv[1:]],
                              env=dict(os.environ, TT_SPACE="1"), check=False)
    finally:
        pids = subprocess.run(["ip", "netns", "pids", name], capture_output=True, text=True).stdout.split()
        if pids:
            subprocess.run(["kill", *pids], check=False)
        subprocess.run(["ip", "netns", "del", name], check=True)
    sys.exit(done.returncode)


@contextlib.contextmanager
def apart():
    """The cloud in a namespace of its own, for servers that go past the system's stack. Gives the words before a command there,
    and the interface on this side; on the other side it has the same name."""
    name, link = f"tt-cloud-{os.getpid()}", "tt-link"
    there = ["ip", "netns", "exec", name]
    commands = f"""ip netns add {name}
        ip addr del {CLOUD}/32 dev lo
        ip route del local {CLOUD}
        ip link add {link} type veth peer name {link} netns {name}
        ip link set {link} up
        ip route add {CLOUD}/32 dev {link} src {DEVICE}
        ip -n {name} link set {link} up
        ip -n {name} addr add {CLOUD}/32 dev {link}
        ip -n {name} route add {DEVICE}/32 dev {link}
        ethtool -K {link} tx off
        ip netns exec {name} ethtool -K {link} tx off""".splitlines()  # the last two: for checksums that are true
    try:
        for command in commands:
            subprocess.run(command.split(), check=True, stdout=subprocess.DEVNULL)
        yield there, link
    finally:
        subprocess.run(["ip", "netns", "del", name], check=True)  # and the link with it
        subprocess.run(["ip", "addr", "add", f"{CLOUD}/32", "dev", "lo"], check=True)
        subprocess.run(f"ip route replace table local local {CLOUD} dev lo src {DEVICE}".split(), check=True)


@contextlib.contextmanager
def captured(path, what="host " + CLOUD, interface="lo"):
    """What happens inside the block, as a pcap file."""
    with subprocess.Popen(["tcpdump", "-Z", "root", "-B", "16384", "-i", interface, "-q", "-U", "-w", path, "--immediate-mode", *what.split()],
                          stderr=subprocess.PIPE) as ear:
        ear.stderr.readline()
        time.sleep(0.2)
        try:
            yield
        finally:
            time.sleep(0.3)
            ear.terminate()
            ear.stderr.read()


def certificate(folder, kind="ec", name=HOST):
    """A key and a certificate of its own making: small, and valid for long."""
    key, out = pathlib.Path(folder) / f"{kind}-key.pem", pathlib.Path(folder) / f"{kind}.pem"
    how = {"ec": ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"], "rsa": ["-newkey", "rsa:2048"]}[kind]
    subprocess.run(["openssl", "req", "-x509", *how, "-nodes", "-days", "36500", "-subj", f"/CN={name}", "-addext",
                    f"subjectAltName=DNS:{name}", "-keyout", key, "-out", out], check=True, capture_output=True)
    return key, out


# ---- captures read again -----------------------------------------------------------------------------

def frames(path):
    data = pathlib.Path(path).read_bytes()
    at = 24
    while at + 16 <= len(data):
        length = struct.unpack_from("<I", data, at + 8)[0]
        yield data[at + 16:at + 16 + length]
        at += 16 + length


def segments(path):
    """The segments with data of a capture of Ethernet and IPv4 in which nothing is lost or comes twice."""
    begins = {}
    for number, frame in enumerate(frames(path), 1):
        if frame[12:14] != b"\x08\x00" or frame[23] != 6:
            continue
        ip = frame[14:14 + struct.unpack_from(">H", frame, 16)[0]]
        tcp = ip[(ip[0] & 15) * 4:]
        ports = struct.unpack_from(">HH", tcp)
        source, target = (socket.inet_ntoa(ip[12:16]), ports[0]), (socket.inet_ntoa(ip[16:20]), ports[1])
        sequence = struct.unpack_from(">I", tcp, 4)[0]
        if tcp[13] & 2:
            begins[source, target] = sequence + 1
        if data := tcp[(tcp[12] >> 4) * 4:]:
            yield Segment(number, source, target, (sequence - begins[source, target]) & 0xffffffff, data)


def datagrams(path):
    """The same for UDP; offsets are 0."""
    for number, frame in enumerate(frames(path), 1):
        if frame[12:14] == b"\x08\x00" and frame[23] == 17:
            ip = frame[14:14 + struct.unpack_from(">H", frame, 16)[0]]
            udp = ip[(ip[0] & 15) * 4:]
            ports = struct.unpack_from(">HH", udp)
            yield Segment(number, (socket.inet_ntoa(ip[12:16]), ports[0]), (socket.inet_ntoa(ip[16:20]), ports[1]), 0, udp[8:])


def said(path):
    """What both sides say: the segments, or where there are none the datagrams."""
    return list(segments(path)) or list(datagrams(path))


def directions(path):
    """(source, target) of both directions of each connection that says something, the device's first."""
    seen = {}
    for segment in said(path):
        ends = (segment.source, segment.target)
        seen.setdefault(ends if segment.source[0] == DEVICE else ends[::-1])
    return [way for ends in seen for way in (ends, ends[::-1])]


def records(path, source, target):
    """The TLS or DTLS records of one direction: (content type, length of what follows the header, numbers of its frames)."""
    for datagram in datagrams(path):
        if (datagram.source, datagram.target) == (source, target):
            yield datagram.data[0], struct.unpack_from(">H", datagram.data, 11)[0], [datagram.frame]  # the first one in it
    mine = [s for s in segments(path) if (s.source, s.target) == (source, target)]
    stream = b"".join(s.data for s in sorted(mine, key=lambda s: s.offset))
    at = 0
    while at + 5 <= len(stream):
        length = struct.unpack_from(">H", stream, at + 3)[0]
        end = at + 5 + length
        yield stream[at], length, sorted(s.frame for s in mine if s.offset < end and s.offset + len(s.data) > at)
        at = end
