#!/usr/bin/env python3
"""How far things go, and what could be read of them: proxies, resolvers, frames that are not IP, encrypted fields.

usage: tests/cli/reach.py TELLTALE

Writes small captures of its own and holds them against a policy of two clauses.
"""
import base64
import json
import pathlib
import random
import socket
import struct
import subprocess
import sys

sys.dont_write_bytecode = True
import runner  # noqa: E402

TELLTALE = pathlib.Path(sys.argv[1]).resolve()
PHONE, GATEWAY, PROXY, SERVER = "192.168.1.23", "192.168.1.1", "192.168.1.5", "198.51.100.7"
MACS = bytes.fromhex("02005e000001"), bytes.fromhex("02005e000017")  # of the gateway, of the phone
IMEI = "358240051111110"
SHEET = f"device: {{addresses: [{PHONE}, '02:00:5e:00:00:17']}}\nidentifiers: {{imei: {IMEI}}}\n"
POLICY = """policy: reach
clauses:
  - {id: clear, text: t, verdict: violation, when: {direction: sent, scope: internet, encryption: none}}
  - {id: any, text: t, verdict: violation, when: {direction: sent, scope: internet}}
"""


# ---- captures ----

def ipv4(source, target, protocol, payload):
    return struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 0, 0x4000, 64, protocol, 0,
                       socket.inet_aton(source), socket.inet_aton(target)) + payload


def ethernet(payload, kind=0x0800, out=True, target=None):
    ends = MACS if out else MACS[::-1]
    return (target or ends[0]) + ends[1] + struct.pack("!H", kind) + payload


def udp(target, port, payload):
    return ethernet(ipv4(PHONE, target, 17, struct.pack("!HHHH", 40000, port, 8 + len(payload), 0) + payload))


def conversation(target, port, turns):
    """A TCP connection of the phone: turns are its bytes and, in turn, the answers."""
    seq = [1000, 5000]
    frames = []

    def segment(side, flags, payload=b""):
        ends = (PHONE, target) if side == 0 else (target, PHONE)
        ports = (40000, port) if side == 0 else (port, 40000)
        tcp = struct.pack("!HHIIBBHHH", *ports, seq[side], seq[1 - side] if flags != 2 else 0, 0x50, flags, 65535, 0, 0)
        frames.append(ethernet(ipv4(*ends, 6, tcp + payload), out=side == 0))
        seq[side] += len(payload) + (flags & 3 != 0)

    segment(0, 2)
    segment(1, 18)
    segment(0, 16)
    for at, payload in enumerate(turns):
        for start in range(0, len(payload), 1400):
            segment(at % 2, 24, payload[start:start + 1400])
    segment(0, 17)
    segment(1, 17)
    return frames


def request(target, host, body):
    return (f"POST {target} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}").encode()


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
LEAK = '{"id":"' + IMEI + '"}'


def question(name, flags=0x0100):
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack("!6H", 7, flags, 1, 0, 0, 0) + labels + b"\0\0\1\0\1"


def test(folder, frames, link=1):
    capture = folder / "a.pcap"
    text = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, link)
    for at, frame in enumerate(frames):
        text += struct.pack("<IIII", 1416000000 + at, 0, len(frame), len(frame)) + frame
    capture.write_bytes(text)
    (folder / "subject.yaml").write_text(SHEET)
    (folder / "policy.yaml").write_text(POLICY)
    done = subprocess.run([TELLTALE, "test", capture, "--subject", folder / "subject.yaml", "--policy",
                           folder / "policy.yaml", "--json", "-", "--quiet", "-o", folder / "a.case"],
                          capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL)
    assert done.returncode in (0, 1, 3), done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    outcomes = [clause["outcome"] for clause in rows[-1]["coverage"]["clauses"]]
    return rows[:-1], outcomes, rows[-1]["coverage"]


def page(case_folder):
    done = subprocess.run([TELLTALE, "report", case_folder / "a.case", "-f", "advisory"], capture_output=True, text=True)
    return " ".join(done.stdout.split())


# ---- what is passed on ----

def a_proxy_of_the_network_passes_it_on(folder):
    findings, outcomes, coverage = test(folder, conversation(PROXY, 3128, [
        request("http://t.tracker.example/r", "t.tracker.example", LEAK), OK]))
    assert outcomes == ["violated", "violated"], outcomes
    assert findings[0]["scope"] == "internet" and findings[0]["destination"]["host"] == "t.tracker.example", findings
    sent = [row for row in coverage["destinations"] if row["direction"] == "sent"]
    assert [row["scope"] for row in sent] == ["internet"], sent


def so_does_a_tunnel(folder):
    findings, outcomes, _ = test(folder, conversation(PROXY, 3128, [
        b"CONNECT t.tracker.example:80 HTTP/1.1\r\nHost: t.tracker.example:80\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n", request("/r", "t.tracker.example", LEAK), OK]))
    assert outcomes == ["violated", "violated"], outcomes
    assert {finding["scope"] for finding in findings} == {"internet"}, findings


def so_does_socks(folder):
    name, address = b"t.tracker.example", socket.inet_aton(SERVER)
    port = struct.pack("!H", 80)
    asked = (b"\5\1\0", b"\5\0", b"\5\1\0\3" + bytes([len(name)]) + name + port, b"\5\0\0\1" + address + port)
    asked_4 = (b"\4\1" + port + address + b"me\0", b"\0\x5a" + port + address)
    asked_4a = (b"\4\1" + port + b"\0\0\0\7me\0" + name + b"\0", b"\0\x5a" + port + address)
    for opening in (asked, asked_4, asked_4a):
        findings, outcomes, _ = test(folder, conversation(PROXY, 1080, [*opening, request("/r", "t.tracker.example", LEAK), OK]))
        assert outcomes == ["violated", "violated"], (opening, outcomes)
        assert {finding["scope"] for finding in findings} == {"internet"}, findings
    inside = b"\4\1" + port + socket.inet_aton("192.168.1.9") + b"me\0", b"\0\x5a" + port + address
    findings, _, _ = test(folder, conversation(PROXY, 1080, [*inside, request("/r", "nas.local", LEAK), OK]))
    assert {finding["scope"] for finding in findings} == {"private"}, findings


def what_a_proxy_has_itself_stays(folder):
    for target, host in (("/r", "t.tracker.example"), ("http://nas.local/r", "nas.local"),
                         ("http://192.168.1.5:3128/r", "192.168.1.5:3128")):
        findings, outcomes, _ = test(folder, conversation(PROXY, 3128, [request(target, host, LEAK), OK]))
        assert outcomes == ["holds", "holds"] and findings[0]["scope"] == "private", (target, outcomes, findings)
    assert "on the local network only" in page(folder), page(folder)


def resolvers_pass_on_names(folder):
    for name, flags, scope in ((f"i{IMEI}.t.tracker.example", 0x0100, "internet"),
                               (f"i{IMEI}.lan", 0x0100, "private"), (f"i{IMEI}.x.home.arpa", 0x0100, "private"),
                               (f"i{IMEI}.t.example", 0x2800, "private")):  # an update of a zone
        findings, outcomes, _ = test(folder, [udp(GATEWAY, 53, question(name, flags))])
        assert [finding["scope"] for finding in findings] == [scope], (name, findings)
        assert outcomes == (["violated"] * 2 if scope == "internet" else ["holds"] * 2), (name, outcomes)
    findings, _, _ = test(folder, [udp("224.0.0.251", 5353, question(f"i{IMEI}.t.example"))])
    assert [finding["scope"] for finding in findings] == ["link"], findings


# ---- what was not reached ----

def noise(count):
    return random.Random(count).randbytes(count)


def what_may_lead_anywhere_stays_open(folder):
    wlan = b"\x08\x41\0\0" + MACS[0] + MACS[1] + MACS[0] + b"\x10\0" + b"\x01\0\0\x20\0\0\0\0"
    for frames, link in (([noise(200)] * 3, 147), ([ethernet(noise(200), 0x88b5)] * 3, 1), ([wlan + noise(200)] * 3, 105)):
        findings, outcomes, _ = test(folder, frames, link)
        assert findings == [] and outcomes == ["undecided", "undecided"], (link, outcomes)
        assert "Nothing could be read" in page(folder) and "clearance" in page(folder), page(folder)


def a_value_in_it_is_no_accusation(folder):
    findings, outcomes, _ = test(folder, [ethernet(LEAK.encode() * 3, 0x88b5)])
    assert len(findings) == 1 and outcomes == ["undecided", "undecided"], (findings, outcomes)


def what_stays_on_its_link_is_no_gap(folder):
    clean = conversation(SERVER, 80, [request("/r", "api.cloud.example", "{}"), OK])
    bridges, wide = bytes.fromhex("0180c2000000"), b"\xff" * 6
    arp = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1) + MACS[1] + socket.inet_aton(PHONE) + bytes(6) + socket.inet_aton(GATEWAY)
    spanning = b"\x42\x42\x03" + bytes(35)
    frames = [ethernet(arp, 0x0806, target=wide), ethernet(b"\x02\x07\x04" + MACS[1] + b"\0\0", 0x88cc, target=bridges[:5] + b"\x0e"),
              ethernet(b"\1\0\0\4test", 0x888e), ethernet(noise(60), 0x88b5, target=wide), bridges + MACS[1] + struct.pack("!H", len(spanning)) + spanning]
    _, outcomes, coverage = test(folder, frames + clean)
    assert coverage["totals"]["not_ip"] > 0 and outcomes == ["holds", "holds"], (coverage["totals"], outcomes)


# ---- what nobody understands ----

def an_encrypted_field_is_not_read(folder):
    field = base64.b64encode(noise(600)).decode()
    for body in ('{"v":1,"payload":"' + field + '"}', '{"d":"' + noise(600).hex() + '"}'):
        _, outcomes, coverage = test(folder, conversation(SERVER, 80, [request("/r", "api.cloud.example", body), OK]))
        assert outcomes == ["undecided", "undecided"], outcomes
        assert coverage["totals"]["opaque"] == (800 if field in body else 1200), coverage["totals"]
    body = '{"token":"' + base64.b64encode(noise(32)).decode() + '","text":"' + base64.b64encode(b"plain words " * 50).decode() + '"}'
    _, outcomes, coverage = test(folder, conversation(SERVER, 80, [request("/r", "api.cloud.example", body), OK]))
    assert outcomes == ["holds", "holds"] and coverage["totals"]["opaque"] == 0, (outcomes, coverage["totals"])


runner.run(runner.tests_of(globals()), "tests of reach passed", "failed")
