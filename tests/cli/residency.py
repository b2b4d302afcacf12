#!/usr/bin/env python3
"""Where servers can stand, from a capture to the exit status: times, claims, refusals.

usage: tests/cli/residency.py TELLTALE
"""
import json
import pathlib
import socket
import struct
import subprocess
import sys
import tempfile

TELLTALE = pathlib.Path(sys.argv[1]).resolve()
DELHI = "28.61,77.21"
PHONE = "192.168.1.23"
SHEET = 'device:\n  addresses: [192.168.1.23]\n%sidentifiers:\n  imei: ["358240051111110"]\n'
POLICY = """policy: places
residency:
  - {service: cloud, hosts: ["*.cloud.example"], in: [SG, US-OR]}
clauses:
  - {id: all, text: what is sent is not judged, verdict: allowed}
"""
SYN, SYN_ACK, ACK, DATA = 2, 0x12, 0x10, 0x18


def run(*arguments):
    return subprocess.run([TELLTALE, *map(str, arguments)], capture_output=True, text=True, timeout=120,
                          stdin=subprocess.DEVNULL)


def packet(source, target, ports, numbers, flags, payload=b""):
    tcp = struct.pack(">HHIIBBHHH", *ports, *numbers, 0x50, flags, 65535, 0, 0) + payload
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp), 1, 0, 64, 6, 0, socket.inet_aton(source),
                     socket.inet_aton(target))
    return bytes.fromhex("020000000001020000000002" "0800") + ip + tcp


def capture(folder, servers, step=1):
    """A pcap file with a request to each (address, microseconds, host); times in steps of `step` microseconds."""
    out = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1)
    now = 1407402602123457
    for at, (address, time, host) in enumerate(servers):
        there, back = (40000 + at, 80), (80, 40000 + at)
        request = f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
        for when, frame in ((0, packet(PHONE, address, there, (100, 0), SYN)),
                            (time, packet(address, PHONE, back, (500, 101), SYN_ACK)),
                            (time + 150, packet(PHONE, address, there, (101, 501), ACK)),
                            (time + 250, packet(PHONE, address, there, (101, 501), DATA, request))):
            seconds, part = divmod((now + when) // step * step, 1000000)
            out += struct.pack("<IIII", seconds, part, len(frame), len(frame)) + frame
        now += 1000003
    path = folder / "capture.pcap"
    path.write_bytes(out)
    return path


def sheet(folder, vantage=""):
    path = folder / "subject.yaml"
    path.write_text(SHEET % vantage)
    return path


def places(folder, servers, *options, status, step=1, vantage=""):
    """The residency of a test by service, and the whole; it must end with `status`."""
    policy = folder / "policy.yaml"
    policy.write_text(POLICY)
    done = run("test", capture(folder, servers, step), "--subject", sheet(folder, vantage), "--policy", policy,
               *options, "--json", "-", "--quiet")
    assert done.returncode == status, (done.returncode, done.stderr)
    residency = json.loads(done.stdout.splitlines()[-1])["coverage"]["residency"]
    return {entry["service"]: entry["outcome"] for entry in residency["entries"]}, residency


def a_time_refutes_a_place(folder):
    servers = [("198.51.100.7", 12345, "api.cloud.example")]
    outcome, whole = places(folder, servers, "--vantage", DELHI, status=1)
    assert outcome == {"cloud": "violated"}
    assert whole["vantage"] == DELHI
    timing = whole["timings"][0]
    assert (timing["least_ms"], timing["error_ms"]) == (12.345, 0.001), timing
    assert (timing["vacuum_km"], timing["fibre_km"], timing["handshake"]) == (1851, 1235, "tcp"), timing
    assert {(claim["place"], claim["outcome"]) for claim in whole["claims"]} == {("SG", "refuted"), ("US-OR", "refuted")}


def a_long_time_proves_nothing(folder):
    outcome, _ = places(folder, [("198.51.100.7", 300000, "api.cloud.example")], "--vantage", DELHI, status=3)
    assert outcome == {"cloud": "undecided"}


def an_edge_is_no_violation(folder):
    outcome, whole = places(folder, [("198.51.100.7", 4000, "cdn.cloud.example")], "--vantage", DELHI, status=3)
    assert outcome == {"cloud": "undecided"}
    assert "delivery network" in whole["timings"][0]["signs"][0]


def a_coarse_clock_speaks_for_the_claim(folder):
    servers = [("198.51.100.7", 27300, "api.cloud.example")]
    _, whole = places(folder, servers, "--vantage", DELHI, status=1)
    assert whole["claims"][0]["outcome"] == "refuted", whole
    _, whole = places(folder, servers, "--vantage", DELHI, status=1, step=1000)
    assert whole["timings"][0]["error_ms"] == 1, whole
    assert whole["claims"][0]["outcome"] == "implausible", whole


def the_sheet_may_name_the_place(folder):
    servers = [("198.51.100.7", 12345, "api.cloud.example")]
    outcome, whole = places(folder, servers, status=1, vantage=f'  vantage: "{DELHI}"\n')
    assert outcome == {"cloud": "violated"}
    # The command line goes before it: from there Singapore is near.
    outcome, whole = places(folder, servers, "--vantage", "1.35,103.82", status=3, vantage=f'  vantage: "{DELHI}"\n')
    assert outcome == {"cloud": "undecided"} and whole["vantage"] == "1.35,103.82"


def without_a_place_nothing_is_said(folder):
    outcome, whole = places(folder, [("198.51.100.7", 12345, "api.cloud.example")], status=3)
    assert outcome == {"cloud": "undecided"} and whole["vantage"] is None
    assert "--vantage" in whole["entries"][0]["reasons"][0]


def what_nobody_asked_for_is_not_told(folder):
    path = capture(folder, [("198.51.100.7", 12345, "api.cloud.example")])
    done = run("test", path, "--subject", sheet(folder), "--json", "-", "--quiet")
    assert "residency" not in json.loads(done.stdout.splitlines()[-1])["coverage"]


def the_case_file_keeps_it(folder):
    policy = folder / "policy.yaml"
    policy.write_text(POLICY)
    case = folder / "a.case"
    path = capture(folder, [("198.51.100.7", 12345, "api.cloud.example")])
    done = run("test", path, "--subject", sheet(folder), "--policy", policy, "--vantage", DELHI, "-o", case)
    assert done.returncode == 1, done
    assert "WHERE THE DESTINATIONS STAND" in done.stdout
    assert run("report", case).stdout == done.stdout


def a_place_that_is_the_owners_is_hidden(folder):
    path = sheet(folder)
    path.write_text(path.read_text() + "  location: [{latitude: 28.613912, longitude: 77.209021}]\n")
    case = folder / "b.case"
    capture_path = capture(folder, [("198.51.100.7", 12345, "api.cloud.example")])
    run("test", capture_path, "--subject", path, "--vantage", "28.613912,77.209021", "-o", case)
    assert b"28.613912" not in case.read_bytes()


def udp(source, target, ports, payload):
    datagram = struct.pack(">HHHH", *ports, 8 + len(payload), 0) + payload
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(datagram), 1, 0, 64, 17, 0, socket.inet_aton(source),
                     socket.inet_aton(target))
    return bytes.fromhex("020000000001020000000002" "0800") + ip + datagram


def dns_name(name):
    return b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0"


def answer(question, alias, address):
    """What DNS says: the name is an alias of another one, and that has an address."""
    records = dns_name(question) + struct.pack(">HHIH", 5, 1, 60, len(dns_name(alias))) + dns_name(alias)
    records += dns_name(alias) + struct.pack(">HHIH", 1, 1, 60, 4) + socket.inet_aton(address)
    return struct.pack(">HHHHHH", 7, 0x8180, 1, 2, 0, 0) + dns_name(question) + struct.pack(">HH", 1, 1) + records


def evidence(folder, alias, fields, edges, status):
    """The residency of one exchange of 4 ms with api.cloud.example, behind an alias, whose response has such fields."""
    out = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1)
    there, back, server = (40000, 80), (80, 40000), "198.51.100.7"
    request = b"GET / HTTP/1.1\r\nHost: api.cloud.example\r\n\r\n"
    response = f"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n{fields}\r\n\r\n".encode()
    after = (101 + len(request), 501)
    for when, frame in ((0, udp("192.168.1.1", PHONE, (53, 30000), answer("api.cloud.example", alias, server))),
                        (1000, packet(PHONE, server, there, (100, 0), SYN)),
                        (5000, packet(server, PHONE, back, (500, 101), SYN_ACK)),
                        (5150, packet(PHONE, server, there, (101, 501), ACK)),
                        (5250, packet(PHONE, server, there, (101, 501), DATA, request)),
                        (9250, packet(server, PHONE, back, (501, after[0]), DATA, response))):
        out += struct.pack("<IIII", 1407402602, when, len(frame), len(frame)) + frame
    (folder / "edge.pcap").write_bytes(out)
    policy = folder / "policy.yaml"
    policy.write_text(POLICY.replace("in: [SG, US-OR]", f"in: SG, edges: {edges}"))
    done = run("test", folder / "edge.pcap", "--subject", sheet(folder), "--policy", policy, "--vantage", DELHI,
               "--json", "-", "--quiet")
    assert done.returncode == status, (done.returncode, done.stderr)
    residency = json.loads(done.stdout.splitlines()[-1])["coverage"]["residency"]
    claims = {(claim["source"], claim["place"], claim["outcome"]) for claim in residency["claims"]}
    return "\n".join(residency["timings"][0]["signs"]), claims


def responses_and_aliases_are_evidence(folder):
    ray = "CF-Ray: 230b030023ae2822-DEL"
    signs, claims = evidence(folder, "front.cloud.example", ray, "undecided", 3)
    assert "the field CF-Ray" in signs, signs
    assert claims == {("policy", "SG", "refuted"), ("response", "IN", "possible")}, claims
    evidence(folder, "front.cloud.example", ray, "violated", 1)
    signs, claims = evidence(folder, "e1.sin2.akamaiedge.net", "Server: web", "undecided", 3)
    assert "the name e1.sin2.akamaiedge.net" in signs, signs
    assert ("name", "SG", "refuted") in claims, claims
    signs, _ = evidence(folder, "front.cloud.example", "Via: 1.1 gate", "undecided", 1)
    assert "the field Via" in signs, signs
    signs, _ = evidence(folder, "front.cloud.example", "Server: web", "undecided", 1)
    assert signs == "", signs


def what_an_app_wrote_is_refused_by_name(folder):
    """PCAPdroid's plain file: no link layer, and the address of its VPN."""
    path, server, phone = folder / "phone.pcap", "198.51.100.7", "10.215.173.1"
    out = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101)
    for when, frame in ((0, packet(phone, server, (40000, 80), (100, 0), SYN)),
                        (1000, packet(server, phone, (80, 40000), (500, 101), SYN_ACK)),
                        (1100, packet(phone, server, (40000, 80), (101, 501), ACK)),
                        (1200, packet(phone, server, (40000, 80), (101, 501), DATA,
                                      b"GET / HTTP/1.1\r\nHost: api.cloud.example\r\n\r\n"))):
        out += struct.pack("<IIII", 1407402602, when, len(frame) - 14, len(frame) - 14) + frame[14:]
    path.write_bytes(out)
    (folder / "subject.yaml").write_text('identifiers: {imei: "358240051111110"}\n')
    (folder / "policy.yaml").write_text(POLICY)
    done = run("test", path, "--subject", folder / "subject.yaml", "--policy", folder / "policy.yaml", "--vantage", DELHI,
               "--json", "-", "--quiet")
    assert done.returncode == 3, (done.returncode, done.stderr)
    residency = json.loads(done.stdout.splitlines()[-1])["coverage"]["residency"]
    assert "an app wrote the packets of phone.pcap" in residency["entries"][0]["reasons"][0], residency


def captures_of_two_places_are_not_timed(folder):
    """Made at the same time, with one vantage point: neither counts, alone each does."""
    policy = folder / "policy.yaml"
    policy.write_text(POLICY)
    paths = []
    for at, host in enumerate(("a.cloud.example", "b.cloud.example")):
        servers = [(f"198.51.100.{7 + at}", 12345, host), (f"203.0.113.{7 + at}", 12345, "www.other.example")]
        paths.append(capture(folder, servers).rename(folder / f"{at}.pcap"))
    for chosen, status in ((paths, 3), (paths[:1], 1), (paths[1:], 1)):
        done = run("test", *chosen, "--subject", sheet(folder), "--policy", policy, "--vantage", DELHI, "--json", "-",
                   "--quiet")
        assert done.returncode == status, (done.returncode, done.stderr)
        coverage = json.loads(done.stdout.splitlines()[-1])["coverage"]
        reasons = "\n".join(coverage["residency"]["entries"][0]["reasons"])
        overlaps = [note for note in coverage["notes"] if note["code"] == "judge.vantage"]
        assert len(overlaps) == (status == 3) and reasons.count("overlaps another") == 2 * (status == 3), reasons


def what_is_no_place_is_refused(folder):
    path = capture(folder, [("198.51.100.7", 12345, "api.cloud.example")])
    for bad in ("91,2", "Delhi", "28.61", "28.61,77.21,3"):
        done = run("test", path, "--subject", sheet(folder), "--vantage", bad)
        assert done.returncode == 2 and bad in done.stderr and len(done.stderr.splitlines()) == 1, done.stderr
    done = run("test", path, "--subject", sheet(folder, "  vantage: Delhi\n"))
    assert done.returncode == 2 and "subject.yaml:3:12: expected latitude" in done.stderr, done.stderr


def main():
    tests = [a_time_refutes_a_place, a_long_time_proves_nothing, an_edge_is_no_violation,
             a_coarse_clock_speaks_for_the_claim, the_sheet_may_name_the_place, without_a_place_nothing_is_said,
             what_nobody_asked_for_is_not_told, the_case_file_keeps_it, a_place_that_is_the_owners_is_hidden,
             responses_and_aliases_are_evidence, what_an_app_wrote_is_refused_by_name,
             captures_of_two_places_are_not_timed, what_is_no_place_is_refused]
    for test in tests:
        with tempfile.TemporaryDirectory() as folder:
            test(pathlib.Path(folder))
        print(f"ok {test.__name__}")


if __name__ == "__main__":
    main()
