#!/usr/bin/env python3
"""Gives every golden case over TCP or UDP its encrypted twin. Needs root and the packages of `tools/install-deps fixtures`.

usage: tests/golden/make_twins.py [CASE...]

The bytes that both sides say in leak.pcap of a case are said again through real TLS (libssl's, by Python), in the same
pieces and in the same order: a record for each segment. Datagrams go through DTLS (s_client and s_server). tls.pcap is what the ear hears, tls.keys the key log.
`tests/golden/twins.py` computes from the clear case what must be found.
"""
import pathlib
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "peers"))
import space  # noqa: E402
import twins  # noqa: E402

# A twin takes these in turn: what protects it is no matter of what it carries (tests/peers has all ciphers).
WAYS = [(ssl.TLSVersion.TLSv1_3, None), (ssl.TLSVersion.TLSv1_2, "ECDHE-ECDSA-AES128-GCM-SHA256"),
        (ssl.TLSVersion.TLSv1_2, "ECDHE-ECDSA-CHACHA20-POLY1305")]


def contexts(way, key, certificate, log):
    version, cipher = way
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    server.load_cert_chain(certificate, key)
    server.num_tickets = 0
    server.options |= ssl.OP_NO_TICKET
    client.load_verify_locations(certificate)
    client.keylog_filename = log
    for context in (server, client):
        context.minimum_version = context.maximum_version = version
        if cipher:
            context.set_ciphers(cipher)
    return server, client


def both(first, second):
    """Two steps of a handshake, at the same time. Returns both results."""
    out = []
    thread = threading.Thread(target=lambda: out.append(first()))
    thread.start()
    result = second()
    thread.join()
    return out[0], result


def read(link, length):
    while length > 0:
        data = link.recv(length)
        if not data:
            raise SystemExit("the connection ended too early")
        length -= len(data)


def connect(port, server, client):
    """Both ends of a new connection, the device's and the cloud's."""
    with socket.create_server((space.CLOUD, port)) as ear:
        plain = socket.create_connection((space.CLOUD, port), source_address=(space.DEVICE, 0))
        other, _ = ear.accept()
    for link in (plain, other):
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    cloud, device = both(lambda: server.wrap_socket(other, server_side=True),
                         lambda: client.wrap_socket(plain, server_hostname=space.HOST))
    return device, cloud


def say(segments, links):
    for segment in segments:
        mine = segment.source[0] == space.DEVICE
        device, cloud = links[(segment.source, segment.target) if mine else (segment.target, segment.source)]
        (device if mine else cloud).sendall(segment.data)
        read(cloud if mine else device, len(segment.data))
        time.sleep(0.002)  # or the ear misses some


def make(case, way, key, certificate):
    folder = HERE / case
    clear = list(space.segments(folder / "leak.pcap"))
    datagrams = [] if clear else list(space.datagrams(folder / "leak.pcap"))
    log = folder / "tls.keys"
    log.unlink(missing_ok=True)
    server, client = contexts(way, key, certificate, log)
    if any(segment.data.startswith(b"PRI * HTTP/2.0") for segment in clear[:2]):
        server.set_alpn_protocols(["h2"])
        client.set_alpn_protocols(["h2"])
    with space.captured(folder / "tls.pcap"):
        if datagrams:
            say_datagrams(folder, datagrams, key, certificate)
            return
        ends = space.directions(folder / "leak.pcap")[::2]
        links = {pair: connect(twins.secure_port(pair[1][1]), server, client) for pair in ends}
        say(clear, links)
        for device, cloud in links.values():
            both(cloud.unwrap, device.unwrap)
            device.close()
            cloud.close()


def say_datagrams(folder, clear, key, certificate):
    source, target = space.directions(folder / "leak.pcap")[0]
    port = twins.secure_port(target[1], udp=True)
    server = ["openssl", "s_server", "-dtls1_2", "-quiet", "-accept", f"{space.CLOUD}:{port}", "-key", key, "-cert", certificate]
    client = ["openssl", "s_client", "-dtls1_2", "-quiet", "-connect", f"{space.CLOUD}:{port}", "-bind", f"{space.DEVICE}:0",
              "-servername", space.HOST, "-keylogfile", folder / "tls.keys"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(server, **pipes) as cloud:
        time.sleep(0.5)
        with subprocess.Popen(client, **pipes) as device:
            for datagram in clear:
                time.sleep(0.5)
                pipe = (device if datagram.source == source else cloud).stdin
                pipe.write(datagram.data)
                pipe.flush()
            time.sleep(0.3)
            device.kill()
        cloud.kill()


def main():
    cases = twins.cases()
    for name in set(sys.argv[1:]) - set(cases):
        raise SystemExit(f"{name} has no twin")
    space.inside(__file__)
    with tempfile.TemporaryDirectory() as work:
        key, certificate = space.certificate(work)
        for number, case in enumerate(cases):
            if not sys.argv[1:] or case in sys.argv[1:]:
                make(case, WAYS[number % len(WAYS)], key, certificate)
                twins.Carried(HERE / case)
                print("made the twin of", case, flush=True)


main()
