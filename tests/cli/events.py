#!/usr/bin/env python3
"""What events trigger, from captures to reports: contacts that are added to a phone, and what it sends then.

usage: tests/cli/events.py TELLTALE

The captures are written here, packet by packet: five contacts are added, each is followed by a request with its number
after 0.8 s; a beacon reports the IMEI every 45 s, whatever happens. Once the same goes over TLS that nobody can open.
"""
import hashlib
import json
import pathlib
import socket
import struct
import subprocess
import sys
import tempfile

TELLTALE = pathlib.Path(sys.argv[1]).resolve()
PHONE, CLOUD, STATS = "192.168.1.23", "198.51.100.7", "203.0.113.9"
START = 1407402000.0  # 2014-08-07T09:00:00Z
NUMBERS = [f"+35840555{i}{i}{i}{i}" for i in range(1, 6)]
IMEI = "001014001234566"
ADDED = [300, 388, 530, 601, 777]  # seconds
LENGTH = 1200
SHEET = "device: {addresses: [%s]}\nidentifiers: {imei: \"%s\"}\ncontacts:\n" % (PHONE, IMEI) + "".join(
    f"  - {{name: Contact {i}, phone_number: \"{n}\"}}\n" for i, n in enumerate(NUMBERS))


# ---- captures ----

def option(code, value):
    return struct.pack("<HH", code, len(value)) + value + bytes(-len(value) % 4)


def block(kind, body):
    return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)


def packet_block(at, packet, comment):
    ticks = int((START + at) * 1000000)
    body = struct.pack("<IIIII", 0, ticks >> 32, ticks & 0xffffffff, len(packet), len(packet))
    body += packet + bytes(-len(packet) % 4)
    if comment:
        body += option(1, comment.encode()) + bytes(4)
    return block(6, body)


def tcp(source, target, ports, numbers, flags, payload=b""):
    segment = struct.pack("!HHIIBBHHH", *ports, *numbers, 5 << 4, flags, 65535, 0, 0) + payload
    ends = socket.inet_aton(source) + socket.inet_aton(target)
    return struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(segment), 0, 0, 64, 6, 0) + ends + segment


def connection(at, port, server, server_port, payload):
    """A connection in which the phone says `payload`: (time, packet) pairs."""
    out, back = (port, server_port), (server_port, port)
    return [(at, tcp(PHONE, server, out, (100, 0), 2)), (at + 0.03, tcp(server, PHONE, back, (500, 101), 18)),
            (at + 0.06, tcp(PHONE, server, out, (101, 501), 16)),
            (at + 0.07, tcp(PHONE, server, out, (101, 501), 24, payload)),
            (at + 0.1, tcp(server, PHONE, back, (501, 101 + len(payload)), 17)),
            (at + 0.11, tcp(PHONE, server, out, (101 + len(payload), 502), 17))]


def request(host, body):
    return f"POST /v1/x HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


def hello(host):
    """A ClientHello, and a record of what came later."""
    name = host.encode()
    sni = struct.pack("!HHHBH", 0, len(name) + 5, len(name) + 3, 0, len(name)) + name
    body = b"\3\3" + bytes(range(32)) + b"\0" + b"\0\2\x13\1" + b"\1\0" + struct.pack("!H", len(sni)) + sni
    message = b"\1" + len(body).to_bytes(3, "big") + body
    secret = bytes((i * 73 + 11) % 251 for i in range(400))
    return b"\x16\3\1" + struct.pack("!H", len(message)) + message + b"\x17\3\3" + struct.pack("!H", 400) + secret


def capture(path, said, comments):
    """`said` makes what the phone says about contact number i."""
    packets, port = [], 40000
    for at in range(10, LENGTH, 45):
        packets += connection(at, port := port + 1, STATS, 80, request("stats.example", f'{{"imei":"{IMEI}"}}'))
    for i, at in enumerate(ADDED):
        packets += connection(at + 0.8, port := port + 1, CLOUD, 80 if comments else 443, said(i))
    marks = dict(zip(ADDED, range(5))) if comments else {}
    data = block(0x0a0d0d0a, struct.pack("<IHHq", 0x1a2b3c4d, 1, 0, -1)) + block(1, struct.pack("<HHI", 228, 0, 65535))
    for at in marks:  # what a person wrote stands at a packet of that moment
        packets.append((at, tcp("192.168.1.1", "192.168.1.99", (53, 9), (1, 1), 16)))
    for at, packet in sorted(packets, key=lambda pair: pair[0]):
        comment = f"event: contact added contacts[{marks[at]}]" if at in marks else ""
        if at == 10:
            comment = "phase: boxed"
        data += packet_block(at, packet, comment)
    path.write_bytes(data)


def udp(source, target, ports, payload):
    datagram = struct.pack("!HHHH", *ports, 8 + len(payload), 0) + payload
    ends = socket.inet_aton(source) + socket.inet_aton(target)
    return struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(datagram), 0, 0, 64, 17, 0) + ends + datagram


def noise(seed, length):
    """Bytes that say nothing."""
    return b"".join(hashlib.sha256(b"%d %d" % (seed, i)).digest() for i in range(length // 32 + 1))[:length]


def open_connection(path, protocol):
    """One connection that lasts: a heartbeat every four minutes, and 1.3 s after each contact is added 300 bytes more."""
    said, packets, sent = [], [], 101
    first = hello("push.example")[:-405] if protocol == "tls" else b""
    for i, at in enumerate(sorted([*range(140, LENGTH, 240), *(at + 1.3 for at in ADDED)])):
        length = 60 if at % 1 == 0 else 300
        head = b"\x17\3\3" + struct.pack("!H", length) if protocol == "tls" else b""
        said.append((at, head + noise(i, length)))
    if protocol == "udp":
        packets = [(at, udp(PHONE, CLOUD, (40000, 9999), data)) for at, data in said]
    else:
        packets = connection(5, 40000, CLOUD, 443, first)[:-2]
        sent += len(first)
        for at, data in said:
            packets.append((at, tcp(PHONE, CLOUD, (40000, 443), (sent, 501), 24, data)))
            sent += len(data)
    packets += connection(LENGTH - 1, 40001, STATS, 80, request("stats.example", "{}"))
    data = block(0x0a0d0d0a, struct.pack("<IHHq", 0x1a2b3c4d, 1, 0, -1)) + block(1, struct.pack("<HHI", 228, 0, 65535))
    path.write_bytes(data + b"".join(packet_block(at, packet, "") for at, packet in sorted(packets)))


def stamp(at):
    return f"2014-08-07T09:{at // 60:02d}:{at % 60:02d}Z"


# ---- checks ----

def run(folder, *arguments):
    done = subprocess.run([TELLTALE, *map(str, arguments)], capture_output=True, text=True, timeout=120, cwd=folder)
    assert done.returncode in (0, 1, 3), (done.returncode, done.stderr)
    return done.stdout


def test(folder, *arguments):
    return run(folder, "test", "c.pcapng", "--subject", "sheet.yaml", *arguments)


def rows_of(text):
    lines = [json.loads(line) for line in text.splitlines()]
    assert "coverage" in lines[-1] and list(lines[-2]) == ["events"]
    return lines[:-2], lines[-2]["events"]


def comments_tell_what_was_done(folder):
    capture(folder / "c.pcapng", lambda i: request("api.cloud.example", f"n={NUMBERS[i]}".replace("+", "%2B")), True)
    findings, rows = rows_of(test(folder, "-o", "a.case", "--json", "-", "--quiet"))
    assert {f["phase"] for f in findings} == {"boxed"}, findings
    own = [r for r in rows if r["identifier"] and r["identifier"]["own"]]
    assert len(own) == 1 and own[0]["identifier"]["label"] == "contacts[*].phone_number", rows
    for key, value in {"what": "contact added", "outcome": "triggered", "repetitions": 5, "followed": 5,
                       "controls_followed": 0, "window_ms": 5000, "uncertainty_ms": 0}.items():
        assert own[0][key] == value, (key, own[0])
    assert 800 <= own[0]["delay_ms"] <= 900 and own[0]["chance"] < 0.01 and own[0]["controls"] > 50
    assert own[0]["destination"] == {"host": "api.cloud.example", "address": CLOUD}
    assert {r["destination"]["host"] for r in rows if r["outcome"] == "triggered"} == {"api.cloud.example"}, rows
    imei = [r for r in rows if r["identifier"] and r["identifier"]["kind"] == "imei"]
    assert all(r["outcome"] == "unclear" for r in imei), imei

    text = " ".join(run(folder, "report", "a.case").split())
    assert "that contact's number to api.cloud.example 0.87 s later, 5 of 5, controls 0 of" in text, text
    assert "WHAT EVENTS TRIGGERED" in text
    again = rows_of(run(folder, "report", "a.case", "-f", "json"))
    assert again == (findings, rows)
    content = (folder / "a.case").read_bytes() + text.encode()
    assert not any(n[-7:].encode() in content for n in NUMBERS)


def encrypted_traffic_tells_when(folder):
    capture(folder / "c.pcapng", lambda i: hello("api.cloud.example"), False)
    events = "".join(f"  - {{at: {stamp(at)}, what: contact added}}\n" for at in ADDED)
    (folder / "t.yaml").write_text("window: 4s\nevents:\n" + events)
    findings, rows = rows_of(test(folder, "--timeline", "t.yaml", "--json", "-", "--quiet"))
    assert not [f for f in findings if f["destination"]["host"] == "api.cloud.example"]
    sure = [r for r in rows if r["outcome"] == "triggered"]
    assert len(sure) == 1 and sure[0]["identifier"] is None, rows
    assert sure[0]["destination"]["host"] == "api.cloud.example" and sure[0]["followed"] == 5
    assert sure[0]["unread_bytes"] >= 2000 and sure[0]["window_ms"] == 4000
    assert "not read, to api.cloud.example" in " ".join(test(folder, "--timeline", "t.yaml").split())


def one_connection_is_enough(folder):
    (folder / "t.yaml").write_text("events:\n" + "".join(f"  - {{at: {stamp(at)}, what: contact added}}\n" for at in ADDED))
    for protocol in ("tls", "tcp", "udp"):
        open_connection(folder / "c.pcapng", protocol)
        rows = rows_of(test(folder, "--timeline", "t.yaml", "--json", "-", "--quiet"))[1]
        sure = [r for r in rows if r["outcome"] == "triggered"]
        assert len(sure) == 1 and sure[0]["followed"] == 5, (protocol, rows)
        assert sure[0]["destination"]["address"] == CLOUD and 1299 <= sure[0]["delay_ms"] <= 1301, (protocol, rows)
        assert sure[0]["bytes"] == 1500 + (25 if protocol == "tls" else 0), (protocol, rows)
        assert sure[0]["unread_bytes"] >= 1400, (protocol, rows)


def an_uncertain_clock_is_admitted(folder):
    capture(folder / "c.pcapng", lambda i: hello("api.cloud.example"), False)
    (folder / "t.yaml").write_text("clock: {uncertainty: 5s}\nevents:\n"
                                   f"  - {{at: {stamp(ADDED[0])}, what: contact added}}\n")
    rows = rows_of(test(folder, "--timeline", "t.yaml", "--json", "-", "--quiet"))[1]
    assert [r["outcome"] for r in rows] == ["clock_uncertain"] and rows[0]["chance"] == 1, rows
    assert "clock too uncertain for this window" in test(folder, "--timeline", "t.yaml")


def main():
    for check in (comments_tell_what_was_done, encrypted_traffic_tells_when, one_connection_is_enough,
                  an_uncertain_clock_is_admitted):
        with tempfile.TemporaryDirectory(prefix="telltale-events-") as folder:
            (pathlib.Path(folder) / "sheet.yaml").write_text(SHEET)
            check(pathlib.Path(folder))
            print(f"ok    {check.__name__}")


main()
