#!/usr/bin/env python3
"""Makes the captures of this folder again. As root, with openssl, tcpdump and the Python package cryptography.

usage: tests/cli/sealed/make.py

The first ones are what openssl's client and server say to each other in a network namespace of their own. What openssl does
not speak any more (SSL 3, compression, drafts of TLS 1.3) is written here, record by record.
"""
import hashlib
import hmac
import os
import pathlib
import random
import struct
import subprocess
import sys
import time
import zlib

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "peers"))
import space  # noqa: E402

PSK = "5d0a4f1c9b7e62338a41d6c0f2975eab"
VALUE, OTHER = "a page for the peers, a page", "00123 of a longer page"


def request(path, value):
    return f"GET {path} HTTP/1.1\r\nHost: {space.HOST}\r\nX-Id: {value}\r\n\r\n".encode()


def answer(value):
    return f"HTTP/1.1 200 OK\r\nContent-Length: {len(value)}\r\n\r\n{value}".encode()


# ---- openssl ------------------------------------------------------------------------------------------

def talk(name, server, *clients, kind="rsa", log=False):
    """Each client: what is typed to it, and its options."""
    (HERE / f"{name}.keys").unlink(missing_ok=True)
    words = ["openssl", "s_server", "-accept", f"{space.CLOUD}:443", "-quiet", *server,
             "-cert", HERE / f"{kind}.pem", "-key", HERE / f"{kind}-key.pem"]
    env = dict(os.environ, OPENSSL_CONF="/dev/null")
    quiet = {"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with space.captured(HERE / f"{name}.pcap"), subprocess.Popen(words, env=env, **quiet) as cloud:
        time.sleep(0.6)
        for typed, *options in clients:
            keys = ["-keylogfile", HERE / f"{name}.keys"] if log else []
            command = ["openssl", "s_client", "-connect", f"{space.CLOUD}:443", "-servername", space.HOST, *keys, *options]
            with subprocess.Popen(command, env=env, **quiet) as device:
                for line in typed:
                    time.sleep(0.5)
                    device.stdin.write(line)
                    device.stdin.flush()
                time.sleep(0.6)
                device.kill()
        cloud.kill()


def make_real():
    first, second = [request("/page.txt", VALUE)], [request("/page.txt", OTHER)]
    said = [f"the device says: {VALUE}\n".encode()]
    tls, dtls, shared = "-tls1_2", "-dtls1_2", ["-psk", PSK]
    for kind in ("rsa", "ec"):
        space.certificate(HERE, kind)
    session = HERE / "session"
    for name, server, options in (
            ("res-ticket", [tls, "-cipher", "AES128-SHA256"], [tls]),
            ("res-id", [tls, "-cipher", "AES128-GCM-SHA256", "-no_ticket"], [tls]),
            ("psk-res", [tls, "-cipher", "PSK-AES128-GCM-SHA256", *shared], [tls, *shared])):
        talk(name, server, (first, *options, "-sess_out", session), (second, *options, "-sess_in", session))
        session.unlink()
    talk("rsa-psk", [tls, "-cipher", "RSA-PSK-AES128-GCM-SHA256", *shared], (first, tls, *shared))
    talk("rsa-renego", [tls, "-cipher", "AES128-SHA256", "-client_renegotiation"], ([b"R\n", *first], tls))
    own = ["-cert", HERE / "ec.pem", "-key", HERE / "ec-key.pem"]
    talk("client-cert13", ["-tls1_3", "-Verify", "1"], (first, "-tls1_3", *own), kind="ec", log=True)
    talk("dtls-rsa", [dtls, "-cipher", "AES128-SHA256"], (said, dtls, "-mtu", "300"))
    talk("dtls-psk", [dtls, "-cipher", "PSK-AES128-CCM8", *shared], (said, dtls, *shared, "-cipher", "PSK-AES128-CCM8"))
    talk("dtls-renego", [dtls, "-client_renegotiation"], ([*said, b"R\n", *said], dtls), log=True)
    (HERE / "rsa-key.pem").rename(HERE / "server.pem")
    for left in ("rsa.pem", "ec.pem", "ec-key.pem"):
        (HERE / left).unlink()


# ---- written by hand ----------------------------------------------------------------------------------

CHANCE = random.Random(5)


def noise(count):
    return CHANCE.randbytes(count)


def write(name, flow, secrets):
    """A capture of IPv4 in which device (0) and cloud (1) say the records of `flow` in turn."""
    out = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101)
    ends = [bytes(map(int, space.DEVICE.split("."))), bytes(map(int, space.CLOUD.split(".")))]
    ports, sequence, when = [40000, 443], [1000, 2000], 1700000000
    opening = [(0, 2, b""), (1, 18, b""), (0, 16, b"")]
    for who, flags, data in [*opening, *((who, 24, data) for who, data in flow), (0, 17, b""), (1, 17, b"")]:
        ack = sequence[1 - who] if flags != 2 else 0
        tcp = struct.pack(">HHIIBBHHH", ports[who], ports[1 - who], sequence[who], ack, 0x50, flags, 65535, 0, 0)
        frame = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 40 + len(data), 1, 0x4000, 64, 6, 0, ends[who], ends[1 - who]) + tcp + data
        out += struct.pack("<IIII", when, 0, len(frame), len(frame)) + frame
        sequence[who] += len(data) + (flags & 3 != 0)
        when += 1
    (HERE / f"{name}.pcap").write_bytes(out)
    (HERE / f"{name}.keys").write_text("".join(f"{label} {client.hex()} {secret.hex()}\n" for label, client, secret in secrets))


def record(kind, version, body):
    return bytes([kind]) + struct.pack(">HH", version, len(body)) + body


def message(kind, body):
    return bytes([kind]) + len(body).to_bytes(3, "big") + body


def client_hello(version, client, suite, extension=b"", packed=b"\0"):
    name = space.HOST.encode()
    extensions = struct.pack(">HHHBH", 0, len(name) + 5, len(name) + 3, 0, len(name)) + name + extension
    return message(1, struct.pack(">H", version) + client + b"\0" + struct.pack(">HH", 2, suite) + bytes([len(packed)]) + packed +
                   struct.pack(">H", len(extensions)) + extensions)


def server_hello(version, server, suite, extension=b"", packed=0, short=False):
    body = struct.pack(">H", version) + server + (b"" if short else b"\0") + struct.pack(">H", suite)
    return message(2, body + (b"" if short else bytes([packed])) + (struct.pack(">H", len(extension)) + extension if extension else b""))


def expand_ssl3(secret, seed, count):
    parts = (hashlib.md5(secret + hashlib.sha1(bytes([65 + i]) * (i + 1) + secret + seed).digest()).digest() for i in range(26))
    return b"".join(parts)[:count]


def expand(secret, seed, count):
    """P_SHA256."""
    out, last = b"", seed
    while len(out) < count:
        last = hmac.digest(secret, last, "sha256")
        out += hmac.digest(secret, last + seed, "sha256")
    return out[:count]


def rc4(key):
    state, i, j = list(range(256)), 0, 0
    for at in range(256):
        j = (j + state[at] + key[at % len(key)]) % 256
        state[at], state[j] = state[j], state[at]
    j = 0
    while True:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        yield state[(state[i] + state[j]) % 256]


class Sealer:
    """One direction of SSL 3 or TLS 1.2, with RC4 or AES in CBC."""

    def __init__(self, version, mac, key, vector, digest, packed):
        self.version, self.mac, self.key, self.vector, self.digest, self.number = version, mac, key, vector, digest, 0
        self.packer = zlib.compressobj() if packed else None
        self.stream = None if vector else rc4(key)

    def tag(self, kind, text):
        if self.version > 0x300:
            return hmac.digest(self.mac, struct.pack(">QBHH", self.number, kind, self.version, len(text)) + text, self.digest)
        pad = 48 if self.digest == "md5" else 40
        inner = hashlib.new(self.digest, self.mac + b"\x36" * pad + struct.pack(">QBH", self.number, kind, len(text)) + text)
        return hashlib.new(self.digest, self.mac + b"\x5c" * pad + inner.digest()).digest()

    def seal(self, kind, text):
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
        if self.packer:
            text = self.packer.compress(text) + self.packer.flush(zlib.Z_SYNC_FLUSH)
        text += self.tag(kind, text)
        self.number += 1
        if self.stream:
            return record(kind, self.version, bytes(byte ^ next(self.stream) for byte in text))
        padding = 15 - len(text) % 16
        text += (b"\0" if self.version == 0x300 else bytes([padding])) * padding + bytes([padding])
        vector = noise(16) if self.version > 0x301 else self.vector
        coder = Cipher(algorithms.AES(self.key), modes.CBC(vector)).encryptor()
        text = coder.update(text) + coder.finalize()
        self.vector = text[-16:]
        return record(kind, self.version, (vector if self.version > 0x301 else b"") + text)


def before_13(name, version, suite, digest="sha1", chained=True, packed=False):
    client, server, master = noise(32), noise(32), noise(48)
    mac, vector = hashlib.new(digest).digest_size, 16 if chained else 0
    size = 2 * (mac + 16 + vector)
    block = (expand_ssl3(master, server + client, size) if version == 0x300 else
             expand(master, b"key expansion" + server + client, size))
    sealers = [Sealer(version, block[i * mac:][:mac], block[2 * mac + i * 16:][:16], block[2 * mac + 32 + i * vector:][:vector],
                      digest, packed) for i in range(2)]
    finished = message(20, noise(36 if version == 0x300 else 12))
    change = record(20, version, b"\1")
    write(name, [
        (0, record(22, version, client_hello(version, client, suite, packed=b"\1\0" if packed else b"\0"))),
        (1, record(22, version, server_hello(version, server, suite, packed=int(packed))) + record(22, version, message(14, b""))),
        (0, record(22, version, message(16, b"\0\x80" + noise(128))) + change + sealers[0].seal(22, finished)),
        (1, change + sealers[1].seal(22, finished)),
        (0, sealers[0].seal(23, request("/page.txt", VALUE))), (1, sealers[1].seal(23, answer(OTHER))),
        (0, sealers[0].seal(23, request("/away", VALUE)))], [("CLIENT_RANDOM", client, master)])


class Sealer13:
    def __init__(self, secret, draft):
        self.secret, self.draft = secret, draft
        self.change()

    def expand(self, label, count):
        label = (b"TLS 1.3, " if self.draft <= 19 else b"tls13 ") + label
        info = struct.pack(">HB", count, len(label)) + label + b"\0\1"
        return hmac.digest(self.secret, info, "sha256")[:count]

    def change(self):
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
        self.key, self.vector, self.number = AESGCM(self.expand(b"key", 16)), self.expand(b"iv", 12), 0

    def update(self):
        self.secret = self.expand(b"application traffic secret" if self.draft <= 19 else b"traffic upd", 32)
        self.change()

    def seal(self, kind, text):
        header = bytes([23]) + struct.pack(">HH", 0x301 if self.draft < 22 else 0x303, len(text) + 17)
        nonce = bytes(a ^ b for a, b in zip(self.vector, bytes(4) + struct.pack(">Q", self.number)))
        self.number += 1
        return header + self.key.encrypt(nonce, text + bytes([kind]), b"" if self.draft < 25 else header)


def draft_of_13(name, draft):
    client, server = noise(32), noise(32)
    labels = [f"{who}_{what}" for what in ("HANDSHAKE_TRAFFIC_SECRET", "TRAFFIC_SECRET_0") for who in ("CLIENT", "SERVER")]
    secrets = [noise(32) for _ in labels]
    hands, data = [Sealer13(secret, draft) for secret in secrets[:2]], [Sealer13(secret, draft) for secret in secrets[2:]]
    version = 0x7f00 | draft
    hello = (server_hello(version, server, 0x1301, struct.pack(">HHH", 40, 2, 0x1d), short=True) if draft < 22 else
             server_hello(0x303, server, 0x1301, struct.pack(">HHH", 43, 2, version)))
    certificate = message(11, b"\0\0\0\x30\0\0\x2b" + (space.HOST + " certificate " + space.HOST).encode()[:43] + b"\0\0")
    flow = [(0, record(22, 0x301, client_hello(0x303, client, 0x1301, struct.pack(">HHBH", 43, 3, 2, version)))),
            (1, record(22, 0x303, hello) + hands[1].seal(22, message(8, b"\0\0") + certificate) + hands[1].seal(22, message(20, noise(32)))),
            (0, hands[0].seal(22, message(20, noise(32)))),
            (0, data[0].seal(23, request("/page.txt", VALUE))), (1, data[1].seal(23, answer(OTHER))),
            (0, data[0].seal(22, message(24, b"\0")))]
    data[0].update()
    flow.append((0, data[0].seal(23, request("/away", VALUE))))
    write(name, flow, [(label, client, secret) for label, secret in zip(labels, secrets)])


def main():
    space.inside(__file__)
    before_13("ssl3-aes", 0x300, 0x002f)
    before_13("ssl3-rc4-md5", 0x300, 0x0004, "md5", chained=False)
    before_13("tls12-deflate", 0x303, 0x002f, packed=True)
    draft_of_13("tls13-d18", 18)
    draft_of_13("tls13-d23", 23)
    make_real()


main()
