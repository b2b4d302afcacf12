#!/usr/bin/env python3
"""Makes vectors/quic-*.txt: QUIC connections of a real implementation with the keys that open them, and the
packets of RFC 9001 and RFC 9369, appendix A.

usage: make_quic_vectors.py [NAME...]     (needs openssl, gtlsclient and gtlsserver of ngtcp2, chromium, caddy,
                                           python3-cryptography)

Each connection is recorded between a client and a server on this machine by a relay. A file holds one fact a line:

    k KEY LOG LINE
    c FLOW HEX, s FLOW HEX   a datagram of the client or the server, and the number of its flow
    S HEX                    what the server says somewhere in its streams, in one piece
    v VERSION, n SUITE       what was agreed upon
    e EVENTS                 codes of notes that must be made
"""
import base64
import hashlib
import hmac
import os
import pathlib
import select
import socket
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent / "vectors"
TEXT = ("".join(f"line {i} of the answer: imei=358240051111110\n" for i in range(40))).encode()
NORMAL = "NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+{}:-GROUP-ALL:+GROUP-X25519:%DISABLE_TLS13_COMPAT_MODE"
AES128 = "TLS_AES_128_GCM_SHA256"
V2_DRAFT = 0x709a50c4  # what ngtcp2 0.12 speaks of version 2

# name: (version, suite, ciphers, more for the client, more for the server, notes)
CASES = {
    "quic-aes128-gcm": (1, AES128, "AES-128-GCM", [], [], ""),
    "quic-aes256-gcm": (1, "TLS_AES_256_GCM_SHA384", "AES-256-GCM", [], [], ""),
    "quic-chacha20": (1, "TLS_CHACHA20_POLY1305_SHA256", "CHACHA20-POLY1305", [], [], ""),
    "quic-aes128-ccm": (1, "TLS_AES_128_CCM_SHA256", "AES-128-CCM", [], [], ""),
    "quic-draft29": (0xff00001d, AES128, "AES-128-GCM", ["-v", "0xff00001d"], ["--other-versions", "0xff00001d"], ""),
    "quic-v2-draft": (V2_DRAFT, AES128, "AES-128-GCM", ["-v", hex(V2_DRAFT)], [], ""),
    "quic-v2-draft-retry": (V2_DRAFT, AES128, "AES-128-GCM", ["-v", hex(V2_DRAFT)], ["-V"], "quic.retry"),
    "quic-v2-upgrade": (V2_DRAFT, AES128, "AES-128-GCM", ["-v", "0x1", "--preferred-versions", f"{V2_DRAFT:#x},0x1",
                                                          "--other-versions", f"{V2_DRAFT:#x},0x1"],
                        ["--preferred-versions", hex(V2_DRAFT)], ""),
    "quic-retry": (1, AES128, "AES-128-GCM", [], ["-V"], "quic.retry"),
    "quic-negotiation": (1, AES128, "AES-128-GCM", ["-v", "0x1a2a3a4a", "--other-versions", "0x1",
                                                    "--preferred-versions", "0x1"], [], "quic.version_negotiation"),
    "quic-key-update": (1, AES128, "AES-128-GCM", ["--key-update=60ms", "--delay-stream=200ms"], [], ""),
    "quic-migration": (1, AES128, "AES-128-GCM", ["--change-local-addr=60ms", "--delay-stream=200ms"], [],
                       "quic.migration"),
    "quic-rebinding": (1, AES128, "AES-128-GCM", ["--change-local-addr=60ms", "--nat-rebinding", "--delay-stream=200ms"],
                       [], "quic.migration"),
    "quic-early": (1, AES128, "AES-128-GCM", ["EARLY"], [], ""),
}


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Relay:
    """Between clients and the server: each address of a client is a flow."""

    def __init__(self, server):
        self.front = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.front.bind(("127.0.0.1", 0))
        self.port = self.front.getsockname()[1]
        self.server = server
        self.flows = {}  # client address -> (number, socket)
        self.lines = []

    def step(self, seconds):
        backs = {back: (number, client) for client, (number, back) in self.flows.items()}
        for ready in select.select([self.front, *backs], [], [], seconds)[0]:
            data, sender = ready.recvfrom(65536)
            if ready is self.front:
                if sender not in self.flows:
                    back = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                    back.connect(("127.0.0.1", self.server))
                    self.flows[sender] = (len(self.flows), back)
                number, back = self.flows[sender]
                self.lines.append(f"c {number} {data.hex()}")
                back.send(data)
            else:
                number, client = backs[ready]
                self.lines.append(f"s {number} {data.hex()}")
                self.front.sendto(data, client)


def run_client(relay, arguments, env, seconds=8):
    client = subprocess.Popen(arguments, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    os.set_blocking(client.stdout.fileno(), False)
    end = time.time() + seconds
    told = b""
    while client.poll() is None and time.time() < end:
        relay.step(0.02)
        told += client.stdout.read() or b""
    if client.poll() is None:
        client.kill()
    for _ in range(10):
        relay.step(0.02)
    client.wait()
    return told


def make_site(folder):
    key, cert = folder / "key.pem", folder / "cert.pem"
    if not key.exists():
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-keyout", key, "-out", cert, "-days", "13", "-subj", "/CN=localhost",
                        "-addext", "subjectAltName=DNS:localhost"], check=True, capture_output=True)
        (folder / "htdocs").mkdir()
        (folder / "htdocs/answer.txt").write_bytes(TEXT)
    return key, cert


def write(name, version, suite, log, relay, events):
    lines = [f"k {line}" for line in log.read_text().splitlines() if line and not line.startswith("#")]
    lines += [f"v {version:08x}", f"n {suite}", *relay.lines, f"S {TEXT.hex()}"]
    lines += [f"e {code}" for code in events.split()]
    (HERE / f"{name}.txt").write_text("\n".join(lines) + "\n")
    print(f"{name}: {len(relay.lines)} datagrams, {len(relay.flows)} flows")


def record(name, folder):
    version, suite, cipher, more, server_more, events = CASES[name]
    key, cert = make_site(folder)
    log = folder / f"{name}.log"
    port = free_port()
    ciphers = NORMAL.format(cipher)
    server = subprocess.Popen(["gtlsserver", "-q", "-d", folder / "htdocs", "--ciphers", ciphers, *server_more,
                               "127.0.0.1", str(port), key, cert], stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
    try:
        time.sleep(0.4)
        relay = Relay(port)
        env = {**os.environ, "SSLKEYLOGFILE": str(log)}
        arguments = ["-q", "--ciphers", ciphers, "--sni", "device.example", "--exit-on-all-streams-close", "--no-pmtud",
                     "127.0.0.1", str(relay.port), "https://device.example/answer.txt"]
        if more == ["EARLY"]:
            more = ["--session-file", str(folder / "session"), "--tp-file", str(folder / "parameters")]
            run_client(relay, ["gtlsclient", *more, "--delay-stream=200ms", *arguments],
                       {**env, "SSLKEYLOGFILE": "/dev/null"})
            relay = Relay(port)
            arguments[-2] = str(relay.port)
        told = run_client(relay, ["gtlsclient", *more, *arguments], env)
    finally:
        server.terminate()
        server.wait()
    if not log.exists():
        raise SystemExit(f"{name}: no key log: {told.decode(errors='replace')[-400:]}")
    write(name, version, suite, log, relay, events)


def record_browser(name, folder):
    """Chromium and Caddy: a hello that spans packets in pieces, no connection IDs of the client."""
    key, cert = make_site(folder)
    log = folder / f"{name}.log"
    port = free_port()
    public = subprocess.run(["openssl", "x509", "-in", cert, "-pubkey", "-noout"], check=True, capture_output=True).stdout
    der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "der"], input=public, check=True,
                         capture_output=True).stdout
    pin = base64.b64encode(hashlib.sha256(der).digest()).decode()
    (folder / "Caddyfile").write_text(f"{{\n auto_https disable_redirects\n admin off\n}}\nhttps://localhost:{port} {{\n"
                                      f" tls {cert} {key}\n root * {folder}/htdocs\n file_server\n}}\n")
    server = subprocess.Popen(["caddy", "run", "--config", folder / "Caddyfile", "--adapter", "caddyfile"],
                              env={**os.environ, "XDG_DATA_HOME": str(folder)}, stdout=subprocess.DEVNULL,
                              stderr=subprocess.STDOUT)
    try:
        time.sleep(3)
        relay = Relay(port)
        site = f"localhost:{relay.port}"
        run_client(relay, ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--enable-quic",
                           "--host-resolver-rules=MAP localhost 127.0.0.1",
                           f"--ignore-certificate-errors-spki-list={pin}", f"--origin-to-force-quic-on={site}",
                           f"--user-data-dir={folder}/profile", "--virtual-time-budget=3000", "--dump-dom",
                           f"https://{site}/answer.txt"], {**os.environ, "SSLKEYLOGFILE": str(log)}, 25)
    finally:
        server.terminate()
        server.wait()
    write(name, 1, AES128, log, relay, "")


# ---- the RFCs' packets: sealed here from the plaintext that they give, and held against what they print ----

def expand(secret, label, length):
    info = length.to_bytes(2, "big") + bytes([len(label) + 6]) + b"tls13 " + label.encode() + b"\0"
    return hmac.new(secret, info + b"\1", hashlib.sha256).digest()[:length]


def seal(version, server, header, number, text):
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    salt, prefix = {1: ("38762cf7f55934b34d179ae6a4c80cadccbb7f0a", "quic "),
                    2: ("0dede3def700a6db819381be6e269dcbf9bd2ed9", "quicv2 ")}[version]
    first = hmac.new(bytes.fromhex(salt), bytes.fromhex("8394c8f03e515708"), hashlib.sha256).digest()
    secret = expand(first, "server in" if server else "client in", 32)
    nonce = bytes(a ^ b for a, b in zip(expand(secret, prefix + "iv", 12), number.to_bytes(12, "big")))
    number_len = (header[0] & 3) + 1
    packet = bytearray(header + AESGCM(expand(secret, prefix + "key", 16)).encrypt(nonce, text, header))
    at = len(header) - number_len
    ecb = Cipher(algorithms.AES(expand(secret, prefix + "hp", 16)), modes.ECB()).encryptor()
    mask = ecb.update(bytes(packet[at + 4:at + 20]))
    packet[0] ^= mask[0] & 0x0f
    for i in range(number_len):
        packet[at + i] ^= mask[1 + i]
    return packet.hex()


CLIENT = bytes.fromhex(
    "060040f1010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e86804fe3a47f06a2b69484c00000413011302010000c000000010"
    "000e00000b6578616d706c652e636f6dff01000100000a00080006001d0017001800100007000504616c706e00050005010000000000330026"
    "0024001d00209370b2c9caa47fbabaf4559fedba753de171fa71f50f1ce15d43e994ec74d748002b0003020304000d0010000e040305030603"
    "0203080408050806002d00020101001c00024001003900320408ffffffffffffffff05048000ffff07048000ffff0801100104800075300901"
    "100f088394c8f03e51570806048000ffff")
SERVER = bytes.fromhex(
    "02000000000600405a020000560303eefce7f7b37ba1d1632e96677825ddf73988cfc79825df566dc5430b9a045a1200130100002e00330024"
    "001d00209d3c940d89690b84d08a60993c144eca684d1081287c834d5311bcf32bb9da1a002b00020304")
RFCS = {
    "quic-rfc9001": (1, "c300000001088394c8f03e5157080000449e00000002", "c000000001088394c8f03e5157080000449e7b9aec34"
                     "d1b1c98dd7689fb8ec11", "e221af44860018ab0856972e194cd934", "c1000000010008f067a5502a4262b50040750001",
                     "cf000000010008f067a5502a4262b5004075c0d95a482cd0991cd25b0aac406a", "2158407dd074ee"),
    "quic-rfc9369": (2, "d36b3343cf088394c8f03e5157080000449e00000002", "d76b3343cf088394c8f03e5157080000449ea0c95e82"
                     "ffe67b6abcdb4298b485", "a18b2faa745b6fe189cf772a9f84cbfc", "d16b3343cf0008f067a5502a4262b50040750001",
                     "dc6b3343cf0008f067a5502a4262b5004075d92faaf16f05d8a4398c47089698", "4bed8521e2e140"),
}


def make_rfc(name):
    version, client, client_begin, client_end, server, server_begin, server_end = RFCS[name]
    client = seal(version, False, bytes.fromhex(client), 2, CLIENT.ljust(1162, b"\0"))
    server = seal(version, True, bytes.fromhex(server), 1, SERVER)
    if not (client.startswith(client_begin) and client.endswith(client_end) and server.startswith(server_begin)
            and server.endswith(server_end)):
        raise SystemExit(f"{name}: not what the RFC prints")
    (HERE / f"{name}.txt").write_text(f"v {1 if version == 1 else 0x6b3343cf:08x}\nc 0 {client}\ns 0 {server}\n")


def main():
    wanted = sys.argv[1:] or [*RFCS, *CASES, "quic-chromium"]
    with tempfile.TemporaryDirectory() as folder:
        for name in wanted:
            if name in RFCS:
                make_rfc(name)
            else:
                (record if name in CASES else record_browser)(name, pathlib.Path(folder))


main()
