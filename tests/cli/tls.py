#!/usr/bin/env python3
"""What TLS says of a destination, from a real handshake to the outputs: JA4, ALPN, version, suite, certificate.

usage: tests/cli/tls.py TELLTALE

openssl s_client talks to openssl s_server, which has a certificate made for this; what both say goes through a relay
here, which writes it down as packets. The certificate names a value of the sheet: in TLS 1.2 everybody can read it, in
TLS 1.3 it is sealed.
"""
import json
import pathlib
import shutil
import socket
import sqlite3
import struct
import subprocess
import sys
import tempfile
import threading
import time

TELLTALE = pathlib.Path(sys.argv[1]).resolve()
DEVICE, CLOUD = "192.0.2.23", "198.51.100.7"
HOST, SERIAL = "api.cloud.example", "tt7f3k-90412-qx"
SHEET = f"device: {{addresses: [{DEVICE}]}}\nidentifiers: {{serial: {SERIAL}}}\n"
SUBJECT = f"/C=SG/ST=Central Region/L=Singapore/O=Example Cloud Pte/CN={HOST}"
OFFERED = ["h2", "http/1.1"]


def tcp(source, target, ports, numbers, flags, payload=b""):
    segment = struct.pack("!HHIIBBHHH", *ports, *numbers, 5 << 4, flags, 65535, 0, 0) + payload
    ends = socket.inet_aton(source) + socket.inet_aton(target)
    return struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(segment), 0, 0, 64, 6, 0) + ends + segment


def capture_of(said):
    """`said`: (from the server?, bytes) in their order. A connection with its handshake, as a pcap file."""
    ends = ((DEVICE, CLOUD, (50000, 443)), (CLOUD, DEVICE, (443, 50000)))
    packets = [tcp(*ends[0], (100, 0), 2), tcp(*ends[1], (500, 101), 18), tcp(*ends[0], (101, 501), 16)]
    at = [101, 501]
    for server, data in said:
        for start in range(0, len(data), 1400):
            piece = data[start:start + 1400]
            packets.append(tcp(*ends[server], (at[server], at[not server]), 24, piece))
            at[server] += len(piece)
    packets += [tcp(*ends[0], (at[0], at[1]), 17), tcp(*ends[1], (at[1], at[0] + 1), 17)]
    data = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101)
    for n, packet in enumerate(packets):
        data += struct.pack("<IIII", 1700000000, n * 1000, len(packet), len(packet)) + packet
    return data


def copy(source, target, server, said):
    while data := source.recv(65536):
        said.append((server, data))
        target.sendall(data)
    target.shutdown(socket.SHUT_WR)


def relay(ear, port, said):
    device = ear.accept()[0]
    for _ in range(100):
        try:
            cloud = socket.create_connection(("127.0.0.1", port))
            break
        except ConnectionRefusedError:
            time.sleep(0.05)
    threads = [threading.Thread(target=copy, args=ends)
               for ends in ((device, cloud, False, said), (cloud, device, True, said))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as ear:
        return ear.getsockname()[1]


def handshake(folder, version):
    """A capture and its key log."""
    port, said, keys = free_port(), [], folder / f"{version}.keys"
    server = subprocess.Popen(
        ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-naccept", "1", f"-{version}", "-quiet", "-alpn",
         "h2", "-cert", folder / "cloud.pem", "-key", folder / "cloud.key", "-keylogfile", keys, "-num_tickets", "0"],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with socket.create_server(("127.0.0.1", 0)) as ear:
        thread = threading.Thread(target=relay, args=(ear, port, said))
        thread.start()
        client = subprocess.run(
            ["openssl", "s_client", "-connect", f"127.0.0.1:{ear.getsockname()[1]}", f"-{version}", "-servername",
             HOST, "-alpn", ",".join(OFFERED)], input=b"Q\n", capture_output=True, timeout=30)
        thread.join()
    server.communicate(timeout=30)
    assert client.returncode == 0, client.stderr
    capture = folder / f"{version}.pcap"
    capture.write_bytes(capture_of(said))
    return capture, keys


def run(*arguments):
    done = subprocess.run([TELLTALE, *arguments], capture_output=True, text=True)
    assert done.returncode in (0, 1, 3), done.stderr
    return done.stdout


def ledger(folder, capture, *options):
    out = run("test", capture, "--subject", folder / "sheet.yaml", "--json", "-", "--quiet", *options)
    rows = [json.loads(line) for line in out.splitlines()]
    return rows[:-1], rows[-1]["coverage"]["tls"]


def check_row(row, version, cipher, alpn):
    assert (row["host"], row["server_name"], row["address"], row["port"]) == (HOST, HOST, CLOUD, 443), row
    assert (row["protocol"], row["scope"], row["direction"], row["connections"]) == \
        ("tls", "internet", "sent", 1), row
    assert (row["version"], row["alpn"], row["alpn_offered"]) == (version, alpn, OFFERED), row
    assert cipher in row["cipher"] and row["encrypted_client_hello"] is False, row
    # Version, name, number of suites and extensions, and the first protocol offered.
    assert row["ja4"].startswith(f"t{version[3:].replace('.', '')}d") and row["ja4"].split("_")[0].endswith("h2"), row


def check_certificate(certificate):
    assert certificate["organisation"] == "Example Cloud Pte", certificate
    assert (certificate["country"], certificate["state"], certificate["locality"]) == \
        ("SG", "Central Region", "Singapore"), certificate
    assert certificate["names"][0] == HOST, certificate
    assert certificate["subject"].startswith(f"CN={HOST},O=Example Cloud Pte"), certificate
    assert certificate["issuer"] == certificate["subject"], certificate
    lasts = int(certificate["not_after"][:4]) - int(certificate["not_before"][:4])
    assert lasts in (9, 10), certificate


def a_clear_certificate_is_evidence(folder):
    capture, _ = handshake(folder, "tls1_2")
    findings, (row,) = ledger(folder, capture)
    check_row(row, "tls1.2", "GCM_SHA384", "h2")
    check_certificate(row["certificate"])
    assert SERIAL not in json.dumps(row), row
    # The name in the certificate went in the clear, to the device.
    assert [(f["identifier"]["label"], f["path"][0], f["encryption"], f["opened_with"], f["direction"])
            for f in findings] == [("serial[0]", "tls.handshake", "none", None, "received")], findings
    text = " ".join(run("test", capture, "--subject", folder / "sheet.yaml").split())
    assert f"WHOM THE CERTIFICATES NAME {HOST}: O=Example Cloud Pte, L=Singapore, ST=Central Region, C=SG, valid" in text, text
    listed = [json.loads(line) for line in run("messages", capture, "--json", "-", "--quiet").splitlines()]
    told = {row["kind"]: row for row in listed if "tls" in row}
    assert list(told) == ["client_hello", "server_hello", "certificate"], told
    assert told["client_hello"]["name"] == HOST and told["client_hello"]["tls"]["ja4"] == row["ja4"]
    assert told["server_hello"]["tls"]["alpn"] == "h2" and told["certificate"]["encryption"] == "none"
    check_certificate(told["certificate"]["tls"]["certificate"])


def a_sealed_certificate_needs_its_key(folder):
    capture, keys = handshake(folder, "tls1_3")
    findings, (row,) = ledger(folder, capture)
    check_row(row, "tls1.3", "TLS_", None)
    assert row["certificate"] is None and findings == [], findings
    case = folder / "a.case"
    findings, (row,) = ledger(folder, capture, "--keys", keys, "-o", case)
    check_row(row, "tls1.3", "TLS_", "h2")
    check_certificate(row["certificate"])
    # The name in it was sealed with the keys of the handshake.
    assert [(f["identifier"]["label"], f["path"][0], f["encryption"], f["opened_with"], f["cipher"] == row["cipher"])
            for f in findings] == [("serial[0]", "tls.handshake", "tls1.3", "keylog", True)], findings
    listed = [json.loads(line)
              for line in run("messages", capture, "--keys", keys, "--json", "-", "--quiet").splitlines()]
    told = {row["kind"]: (row["encryption"], row["opened_with"]) for row in listed if "tls" in row}
    assert told == {"client_hello": ("none", None), "server_hello": ("none", None),
                    "encrypted_extensions": ("tls1.3", "keylog"), "certificate": ("tls1.3", "keylog")}, told
    with sqlite3.connect(case) as database:
        assert database.execute("SELECT organisation, country, state, locality FROM tls").fetchall() == \
            [("Example Cloud Pte", "SG", "Central Region", "Singapore")]
        assert SERIAL not in "\n".join(database.iterdump())


def main():
    if shutil.which("openssl") is None:
        print("skip  openssl is not here: no handshake can be made")
        return
    failed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "sheet.yaml").write_text(SHEET)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650", "-subj", SUBJECT,
                        "-addext", f"subjectAltName=DNS:{HOST},DNS:{SERIAL}.cdn.example", "-keyout",
                        folder / "cloud.key", "-out", folder / "cloud.pem"], check=True, capture_output=True)
        for check in (a_clear_certificate_is_evidence, a_sealed_certificate_needs_its_key):
            try:
                check(folder)
                print(f"ok    {check.__name__}")
            except AssertionError as error:
                failed += 1
                print(f"FAIL  {check.__name__}: {error}")
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
