#!/usr/bin/env python3
"""Makes the captures of the golden cases again: real clients and servers in a network namespace of their own.
Needs root and the packages of `tools/install-deps fixtures golden`.

usage: tests/golden/make.py [CASE...]

Each case is made twice, with the leak and without it. What must be found is written here, by hand; the frames
come from a search of the packets for the bytes that carry the value, done by this script and not by telltale.
Then `tests/golden/run.py --update` writes the expected lines, and `git diff` shows what to review.
"""
import asyncio
import base64
import concurrent.futures
import gzip
import hashlib
import hmac
import http.server
import io
import json
import os
import pathlib
import plistlib
import quopri
import shutil
import socket
import socketserver
import ssl
import struct
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
import urllib.parse
import zipfile
import zlib

HERE = pathlib.Path(__file__).resolve().parent
DEVICE, CLOUD, HOST = "192.168.77.23", "198.51.100.7", "api.cloud.example"
SPACE = f"tt-golden-{os.getpid()}"
IMEI, PHONE, EMAIL = "001014001234566", "+447700900123", "asha.rao@mail.example"
ANDROID, CONTACT, SENDER = "9f86d081884c7d65", "+12125550147", "+447700900789"
SERIAL, IMSI, POSITION = "GLD7Q2X9K4", "001010123456789", "28.613912, 77.209021"
PADDING = "".join(f"line {i} of harmless text. " for i in range(40))


# ---- what is sent -------------------------------------------------------------------------------------

def curl(*options):
    return lambda: subprocess.run(
        ["curl", "-sS", "-o", "/dev/null", "--max-time", "10", "--interface", DEVICE,
         "--resolve", f"{HOST}:80:{CLOUD}", "--resolve", f"{HOST}:443:{CLOUD}", "--resolve", f"{HOST}:8080:{CLOUD}", "-A", "golden/1.0", *options],
        check=True)


def post(body, kind, *options):
    """Posts bytes from a file, so that curl changes nothing."""
    def run():
        with tempfile.NamedTemporaryFile() as file:
            file.write(body)
            file.flush()
            curl("-H", f"Content-Type: {kind}", "--data-binary", f"@{file.name}", *options,
                 f"http://{HOST}/v1/data")()
    return run


def mosquitto(*options):
    """Publishes by MQTT 5."""
    return lambda: subprocess.run(
        ["mosquitto_pub", "-V", "mqttv5", "-A", DEVICE, "-h", CLOUD, "-i", "golden-77", "-u", "golden", "-P", "a golden word",
         *options], check=True)


def websocket(*messages, compression=None, port=8081, subprotocols=None):
    """Sends messages and takes an answer to each."""
    import websockets
    async def talk():
        async with websockets.connect(f"ws://{HOST}:{port}/v1/live", host=CLOUD, port=port, local_addr=(DEVICE, 0),
                                      compression=compression, subprotocols=subprotocols) as connection:
            for message in messages:
                await connection.send(message)
                if subprotocols is None or message[0] == 0x10:
                    await connection.recv()
    return lambda: asyncio.run(talk())


def mqtt_packet(first, rest):
    return bytes([first, len(rest) % 128 | 128, len(rest) // 128]) + rest if len(rest) > 127 else bytes([first, len(rest)]) + rest


def mqtt_over_websocket(value):
    """MQTT 3.1.1, one packet cut over two messages."""
    publish = mqtt_packet(0x30, struct.pack(">H", 4) + b"home" + document(value))
    return websocket(mqtt_packet(0x10, b"\0\4MQTT\4\2\0\x3c\0\x09golden-77"), publish[:70], publish[70:], b"\xe0\0", port=8083,
                     subprotocols=["mqtt"])


def coded(body, coding, declared=True):
    coders = {
        "gzip": lambda b: gzip.compress(b, mtime=0),
        "deflate": zlib.compress,
        "raw-deflate": lambda b: zlib.compress(b)[2:-4],
        "br": lambda b: subprocess.run(["brotli", "-c"], input=b, stdout=subprocess.PIPE, check=True).stdout,
        "zstd": lambda b: subprocess.run(["zstd", "-qc"], input=b, stdout=subprocess.PIPE, check=True).stdout,
    }
    header = ["-H", f"Content-Encoding: {coding.removeprefix('raw-')}"] if declared else []
    return post(coders[coding](body), "application/json", *header)


def stream(data, port=7777):
    def run():
        with socket.create_connection((CLOUD, port), source_address=(DEVICE, 0)) as link:
            for at in range(0, len(data), 24):  # small writes: values straddle segments
                link.sendall(data[at:at + 24])
                time.sleep(0.01)
    return run


def datagram(data, port=7778):
    def run():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
            link.bind((DEVICE, 0))
            link.sendto(data, (CLOUD, port))
    return run


def sealed_datagram(case, text):
    def run():
        subprocess.run(["openssl", "s_client", "-dtls1_2", "-connect", f"{CLOUD}:7779", "-bind", DEVICE, "-servername", HOST,
                        "-keylogfile", HERE / case / "session.keys"], input=text.encode(), check=True, capture_output=True)
    return run


def post_over_quic(case, text):
    def run():
        with tempfile.NamedTemporaryFile() as file, tempfile.NamedTemporaryFile() as hosts:
            file.write(text.encode())
            file.flush()
            hosts.write(f"{CLOUD} {HOST}\n".encode())
            hosts.flush()
            client = ["gtlsclient", "-q", "--exit-on-all-streams-close", "-d", file.name, HOST, "7780",
                      f"https://{HOST}:7780/v1/form"]
            subprocess.run(["unshare", "-m", "sh", "-c", 'mount --bind "$0" /etc/hosts && exec "$@"', hosts.name, *client],
                           check=True, capture_output=True, env=dict(os.environ, SSLKEYLOGFILE=str(HERE / case / "session.keys")))
    return run


def question(name):
    """A DNS message that asks for an address: RFC 8484 wants its identifier to be 0."""
    labels = b"".join(bytes([len(l)]) + l.encode() for l in name.split(".")) + b"\0"
    return struct.pack(">HHHHHH", 0, 0x0100, 1, 0, 0, 0) + labels + struct.pack(">HH", 1, 1)


def unpadded(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def query(name, over_tcp=False):
    """A DNS question as any resolver library asks it; dnsmasq answers."""
    labels = b"".join(bytes([len(l)]) + l.encode() for l in name.split(".")) + b"\0"
    message = struct.pack(">HHHHHH", 0x1234, 0x0100, 1, 0, 0, 0) + labels + struct.pack(">HH", 1, 1)

    def run():
        if over_tcp:
            with socket.create_connection((CLOUD, 53), source_address=(DEVICE, 0)) as link:
                link.sendall(struct.pack(">H", len(message)) + message)
                link.recv(512)
            return
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
            link.bind((DEVICE, 0))
            link.sendto(message, (CLOUD, 53))
            link.settimeout(5)
            link.recv(512)
    return run


def quoted(value):
    return json.dumps(value)


def multipart(value):
    b = "----golden7MA4YWxk"
    return post((f"--{b}\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nnothing\r\n--{b}\r\n"
                 f"Content-Disposition: form-data; name=\"sender\"\r\n\r\n{value}\r\n--{b}--\r\n").encode(),
                f"multipart/form-data; boundary={b}")


def part(content, encoding):
    b = "----golden7MA4YWxk"
    return post(f"--{b}\r\nContent-Disposition: form-data; name=\"letter\"\r\nContent-Type: text/plain; "
                f"charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n".encode() + content +
                f"\r\n--{b}--\r\n".encode(), f"multipart/form-data; boundary={b}")


def document(value):
    return json.dumps({"v": 3, "padding": PADDING, "d": {"k": [value, "x"]}}).encode()


def document_of(name, value):
    return json.dumps({name: value}).encode()


def token(value):
    def part(data):
        return base64.urlsafe_b64encode(data).decode().rstrip("=")
    signed = part(b'{"alg":"HS256","typ":"JWT"}') + "." + part(json.dumps({"iss": "golden", "mail": value}).encode())
    return signed + "." + part(hashlib.sha256(signed.encode()).digest())


def slashed(value):
    return base64.b64encode(hashlib.sha1(value.encode()).digest()).decode().rstrip("=")


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


def sha1(text):
    return hashlib.sha1(text.encode()).hexdigest()


def field_xored(value):
    key = b"Zq81-k3y"
    return base64.b64encode(bytes(c ^ key[i % len(key)] for i, c in enumerate(value.encode()))).decode()


def front_xored(data):
    key = bytes.fromhex("9c41e7b2")
    return key + bytes(c ^ key[i % len(key)] for i, c in enumerate(data))


def rc4(key, data):
    state, j, out = list(range(256)), 0, bytearray()
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    i = j = 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)


def reported(data):
    """As Tencent's analytics send it: a length, gzip, RC4 with the key that is in recipes/tencent.yaml."""
    packed = struct.pack(">I", len(data)) + gzip.compress(data, mtime=0)
    return rc4(b"03a976511e2cbe3a7f26808fb7af3c05", packed)


def enciphered(value):
    """As Umeng's AesHelper writes it: recipes/umeng.yaml."""
    options = ["-K", b"uLi4/f4+Pb39.T19".hex(), "-iv", b"nmeug.f9/Om+L823".hex()]
    out = subprocess.run(["openssl", "enc", "-aes-128-cbc", *options], input=value.encode(), stdout=subprocess.PIPE, check=True)
    return base64.b64encode(out.stdout).decode()


def reordered(data):
    """base64 in the order of http-recipe-alphabet/recipes.yaml."""
    plain = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    order = b"LwV6fEpOzY9iHsR2bAlKvU5eDoNyX8hGrQ1a/kJuT4dCnMxW7gFqP0Z+jItS3cBm"
    return base64.b64encode(data).translate(bytes.maketrans(plain, order)).decode()


def keyed(value, key):
    return hmac.new(key.encode(), value.encode(), hashlib.sha256).hexdigest()


def sized(data):
    return bytes([len(data)]) + data


def protobuf(value):
    """{1: {1: 7, 3: {2: value}}, 2: "golden", 4: 150}"""
    inner = b"\x08\x07\x1a" + sized(b"\x12" + sized(value.encode()))
    return b"\x0a" + sized(inner) + b"\x12" + sized(b"golden") + b"\x20\x96\x01"


def zipped(value):
    """As a program that cannot seek writes it: the lengths stand behind the members."""
    class Pipe(io.RawIOBase):
        data = b""

        def writable(self):
            return True

        def write(self, data):
            self.data += bytes(data)
            return len(data)
    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in (("read.me", b"nothing"), ("d/report.json", document(value))):
            archive.writestr(zipfile.ZipInfo(name, (2014, 8, 7, 9, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return pipe.data


def tarred(value):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, data in (("read.me", b"nothing"), ("long/" * 30 + "report.json", document(value))):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def exif(serial, latitude, longitude):
    """A block as CIPA DC-008 has it: three directories, then their values."""
    def entry(tag, kind, count, value):
        return struct.pack(">HHI", tag, kind, count) + (value if isinstance(value, bytes) else struct.pack(">I", value))

    def degrees(value):
        millionths = round(value * 3600 * 10000)
        return struct.pack(">6I", millionths // 36000000, 1, millionths // 600000 % 60, 1, millionths % 600000, 10000)
    maker, serial = b"Example\0", serial.encode() + b"\0"
    values = 128
    return (b"MM" + struct.pack(">HIH", 42, 8, 3) + entry(0x10f, 2, len(maker), values) +
            entry(0x8769, 4, 1, 50) + entry(0x8825, 4, 1, 68) + bytes(4) +
            struct.pack(">H", 1) + entry(0xa431, 2, len(serial), values + len(maker)) + bytes(4) +
            struct.pack(">H", 4) + entry(1, 2, 2, b"N\0\0\0") + entry(2, 5, 3, values + len(maker) + len(serial)) +
            entry(3, 2, 2, b"E\0\0\0") + entry(4, 5, 3, values + len(maker) + len(serial) + 24) + bytes(4) +
            b"......" + maker + serial + degrees(latitude) + degrees(longitude))


def jpeg(block):
    def segment(mark, data):
        return struct.pack(">BBH", 0xff, mark, len(data) + 2) + data
    return (b"\xff\xd8" + segment(0xe0, b"JFIF\0\1\1\0\0\1\0\1\0\0") + segment(0xe1, b"Exif\0\0" + block) +
            segment(0xda, b"\1\1\0\0?\0") + bytes(range(200)) + b"\xff\xd9")


def heif(block):
    def box(kind, data):
        return struct.pack(">I", len(data) + 8) + kind + data

    def meta(at):
        item = box(b"infe", b"\2\0\0\0\0\7\0\0Exif\0")
        return box(b"meta", bytes(4) + box(b"iinf", bytes(4) + b"\0\1" + item) + box(
            b"iloc", b"\0\0\0\0\x44\0\0\1\0\7\0\0\0\1" + struct.pack(">II", at, len(block) + 4)))
    start = box(b"ftyp", b"heic" + bytes(4) + b"mif1heic")
    return start + meta(len(start) + len(meta(0)) + 14) + box(b"mdat", b"pixels" + bytes(4) + block + b"more pixels")


def lz4(data):
    return subprocess.run(["lz4", "-qc"], input=data, stdout=subprocess.PIPE, check=True).stdout


def ntlm_authenticate(user):
    """The last message of NTLM in the token that SMB or LDAP would carry; domain and computer stand beside."""
    out, at = b"NTLMSSP\0" + struct.pack("<I", 3), 64
    values = [b"", b"\x5a" * 24, *(text.encode("utf-16-le") for text in ("HOME", user, "OLDPHONE")), b""]
    for value in values:
        out += struct.pack("<HHI", len(value), len(value), at)
        at += len(value)
    out += struct.pack("<I", 0x00000201) + b"".join(values)
    octets = b"\x04\x82" + struct.pack(">H", len(out)) + out
    token = b"\xa2\x82" + struct.pack(">H", len(octets)) + octets
    sequence = b"\x30\x82" + struct.pack(">H", len(token)) + token
    return b"\xfeSMB@\0\0\0" + b"\xa1\x82" + struct.pack(">H", len(sequence)) + sequence


def xored(data, key):
    return bytes(byte ^ key for byte in data)


def base58(data):
    number, out = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        out = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"[digit] + out
    return out


def grpc(message, compress=False):
    if compress:
        message = gzip.compress(message, mtime=0)
    return struct.pack(">BI", compress, len(message)) + message


def grpc_call(value):
    """Two messages on one stream, by gRPC's own library."""
    def run():
        import grpc
        with grpc.insecure_channel(f"{CLOUD}:50051", [("grpc.default_authority", f"{HOST}:50051")]) as channel:
            list(channel.stream_stream("/home.Lamps/Follow")(iter([protobuf("nobody"), protobuf(value)]), timeout=10))
    return run


def cbor(value):
    """{"v": 3, "d": {"ids": ["none", value]}}"""
    def text(data):
        return bytes([0x60 + len(data)]) + data if len(data) < 24 else b"\x78" + sized(data)
    return b"\xa2" + text(b"v") + b"\x03" + text(b"d") + b"\xa1" + text(b"ids") + b"\x82" + text(b"none") + text(value.encode())


def msgpack(value):
    """The same."""
    def text(data):
        return bytes([0xa0 + len(data)]) + data
    return b"\x82" + text(b"v") + b"\x03" + text(b"d") + b"\x81" + text(b"ids") + b"\x92" + text(b"none") + text(value.encode())


def bson(value):
    """The same."""
    def element(kind, name, data):
        return bytes([kind]) + name + b"\0" + data

    def text(data):
        return struct.pack("<I", len(data) + 1) + data + b"\0"

    def document(*elements):
        data = b"".join(elements)
        return struct.pack("<I", len(data) + 5) + data + b"\0"
    ids = document(element(2, b"0", text(b"none")), element(2, b"1", text(value.encode())))
    return document(element(16, b"v", struct.pack("<i", 3)), element(3, b"d", document(element(4, b"ids", ids))))


def thrift(value):
    """A call of "register" with {1: {1: 7, 2: list of 2 strings}}."""
    return (b"\x82\x21\x01" + sized(b"register") + b"\x1c\x15\x0e\x19\x28" + sized(b"none") + sized(value.encode()) +
            b"\0\0")


def bond(value, version):
    """{1: {2: value}, 2: list of 2 strings}, marshalled."""
    inner = b"\x49" + sized(value.encode()) + b"\0"
    strings = sized(b"none") + sized(b"golden")
    if version == 1:
        return b"CB\1\0\x2a" + inner + b"\x4b\x09\x02" + strings + b"\0"
    return b"CB\2\0" + sized(b"\x2a" + sized(inner) + b"\x4b\x69" + strings + b"\0")


def letter(value, transfer="base64"):
    """A mail with one part; a line of it begins with a dot."""
    text = f"Hello,\n.call me: {value}\nor write.\n"
    if transfer == "base64":
        text = base64.encodebytes(text.encode()).decode()
    return (f"From: <owner@mail.example>\r\nTo: <kin@post.example>\r\nSubject: golden\r\nMIME-Version: 1.0\r\n"
            f"Content-Type: multipart/mixed; boundary=golden7MA4\r\n\r\n--golden7MA4\r\n"
            f"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: {transfer}\r\n\r\n"
            + text.replace("\n", "\r\n") + "--golden7MA4--\r\n").encode()


def upload(data, *options):
    """curl sends a file, and asks for nothing."""
    def run():
        with tempfile.NamedTemporaryFile() as file:
            file.write(data)
            file.flush()
            curl("-T", file.name, *options)()
    return run


def mailed(value, *options):
    return upload(value, "--mail-from", "owner@mail.example", "--mail-rcpt", "kin@post.example", *options,
                  f"smtp://{CLOUD}/phone.lan")


def delivered(value):
    """A mail that waits for its reader at the server."""
    def run():
        inbox = pathlib.Path(os.environ["TT_GOLDEN_WORK"]) / "mail/owner/new"
        shutil.rmtree(inbox.parent, ignore_errors=True)
        inbox.mkdir(parents=True)
        (inbox / "1.golden").write_bytes(letter(value, "8bit"))
        subprocess.run(["chown", "-R", "nobody:nogroup", inbox.parent], check=True)
        curl("-u", "owner:golden", f"pop3://{CLOUD}/1")()
    return run


def ber(tag, *parts):
    data = b"".join(parts)
    return bytes([tag, len(data)]) + data


def ldap_bind(name):
    """A simple bind: RFC 4511, section 4.2."""
    return ber(0x30, ber(2, b"\1"), ber(0x60, ber(2, b"\3"), ber(4, f"mail={name},o=home".encode()),
                                        ber(0x80, b"golden")))


def socks_login(name):
    """A log-in to a SOCKS proxy, and what it is asked for: RFC 1928, RFC 1929."""
    return (b"\5\1\2" + bytes([1, len(name)]) + name.encode() + b"\6golden"
            + b"\5\1\0\3" + bytes([len(HOST)]) + HOST.encode() + b"\0\x50")


def xmpp(value):
    return (f"<?xml version='1.0'?><stream:stream to='cloud.example' xmlns='jabber:client' "
            f"xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"
            f"<message to='kin@cloud.example'><body>call {value} now</body></message></stream:stream>").encode()


OTHER = {IMEI: "001014009876541", PHONE: "+447700900456", EMAIL: "someone@else.example", ANDROID: "0123456789abcdef",
         CONTACT: "+12125550199", SENDER: "+447700900555", SERIAL: "GLD0A1B2C3",
         POSITION: "27.175015, 78.042155"}

# name: (what it proves, value, how it is sent, what must be found, the bytes that carry it [None: whole body])
CASES = {
    "http-query": ("a value in a query string", IMEI,
                   lambda v: curl(f"http://{HOST}/v1/register?app=7&imei={v}&lang=en"),
                   {"label": "imei[0]", "path": ["http.request.uri", "query:imei"], "transform": []}, str),
    "http-header": ("a value in a header field", ANDROID,
                    lambda v: curl("-H", f"X-Device: {v}", f"http://{HOST}/v1/ping"),
                    {"label": "android_id[0]", "path": ["http.request.header:x-device"], "transform": []}, str),
    "http-cookie": ("a value in a cookie", EMAIL,
                    lambda v: curl("-b", f"lang=en; user={v}; t=1", f"http://{HOST}/"),
                    {"label": "email[0]", "path": ["http.request.header:cookie", "cookie:user"],
                     "transform": []}, str),
    "http-basic": ("credentials of Basic authentication", EMAIL,
                   lambda v: curl("-u", f"{v}:secret-of-the-owner", f"http://{HOST}/private"),
                   {"label": "email[0]", "path": ["http.request.header:authorization", "base64"],
                    "transform": []},
                   lambda v: base64.b64encode(f"{v}:secret-of-the-owner".encode()).decode()),
    "http-form": ("a percent-escaped form field", PHONE,
                  lambda v: curl("--data-urlencode", f"phone={v}", "-d", "kind=owner", f"http://{HOST}/v1/form"),
                  {"label": "phone_number[0]", "path": ["http.request.body", "form:phone"],
                   "transform": ["percent"]}, lambda v: v.replace("+", "%2B")),
    "http-json": ("a JSON member", PHONE, lambda v: post(document(v), "application/json"),
                  {"label": "phone_number[0]", "path": ["http.request.body", "json:$.d.k[*]"],
                   "transform": []}, str),
    "http-json-escaped": ("a JSON string with escapes", EMAIL,
                          lambda v: post(('{"d":{"mail":"' + v.replace("@", "\\u0040") + '"}}').encode(),
                                         "application/json"),
                          {"label": "email[0]", "path": ["http.request.body", "json:$.d.mail"],
                           "transform": ["json-string"]}, lambda v: v.replace("@", "\\u0040")),
    "http-multipart": ("a part of a multipart body", SENDER, multipart,
                       {"label": "messages[0].phone_number", "path": ["http.request.body", "multipart:sender"],
                        "transform": []}, str),
    "http-chunked": ("a chunked body", IMEI,
                     lambda v: post(document(v), "application/json", "-H", "Transfer-Encoding: chunked"),
                     {"label": "imei[0]", "path": ["http.request.body", "chunked", "json:$.d.k[*]"],
                      "transform": []}, str),
    "http-base64": ("base64 of the value alone", EMAIL,
                    lambda v: curl(f"http://{HOST}/v1/hit?u=" + base64.b64encode(v.encode()).decode()),
                    {"label": "email[0]", "path": ["http.request.uri", "query:u"], "transform": ["base64"]},
                    lambda v: base64.b64encode(v.encode()).decode()),
    "http-hex": ("hexadecimal of the value alone", PHONE,
                 lambda v: curl(f"http://{HOST}/v1/hit?u={v.encode().hex()}"),
                 {"label": "phone_number[0]", "path": ["http.request.uri", "query:u"], "transform": ["hex"]},
                 lambda v: v.encode().hex()),
    "http-dns": ("a name asked for by DNS over HTTPS", SERIAL,
                 lambda v: post(question(f"{v}.track.cloud.example"), "application/dns-message"),
                 {"label": "serial[0]", "path": ["http.request.body", "dns-name"], "transform": []}, str),
    "http-dns-query": ("the same in a URL", SERIAL,
                       lambda v: curl(f"http://{HOST}/dns-query?dns=" + unpadded(question(f"{v}.track.cloud.example"))),
                       {"label": "serial[0]", "path": ["http.request.uri", "query:dns", "base64", "dns-name"],
                        "transform": []}, lambda v: unpadded(question(f"{v}.track.cloud.example"))),
    "smtp-data": ("a part of a mail that is sent", PHONE, lambda v: mailed(letter(v)),
                  {"label": "phone_number[0]", "path": ["smtp.data", "mail.body", "multipart:[*]", "base64"],
                   "transform": []}, lambda v: base64.b64encode(f"Hello,\n.call me: {v}\nor write.\n".encode()).decode()),
    "smtp-dots": ("a mail with a line that begins with a dot", PHONE, lambda v: mailed(letter(v, "8bit")),
                  {"label": "phone_number[0]", "path": ["smtp.data", "mail.body", "multipart:[*]"],
                   "transform": []}, str),
    "smtp-auth": ("credentials of SMTP", EMAIL,
                  lambda v: mailed(letter("nobody"), "-u", f"{v}:golden", "--login-options", "AUTH=PLAIN"),
                  {"label": "email[0]", "path": ["smtp.auth", "base64"], "transform": []},
                  lambda v: base64.b64encode(f"\0{v}\0golden".encode()).decode()),
    "imap-append": ("a mail that is kept on a server", PHONE,
                    lambda v: upload(letter(v, "8bit"), "-u", "owner:golden", f"imap://{CLOUD}/INBOX"),
                    {"label": "phone_number[0]", "path": ["imap.append", "mail.body", "multipart:[*]"],
                     "transform": []}, str),
    "pop3-message": ("a mail that is fetched", SENDER, delivered,
                     {"label": "messages[0].phone_number", "direction": "received", "verdict": "allowed",
                      "path": ["pop3.message", "mail.body", "multipart:[*]"], "transform": []}, str),
    "ftp-user": ("a user of FTP", EMAIL, lambda v: curl("-u", f"{v}:golden", f"ftp://{CLOUD}/"),
                 {"label": "email[0]", "path": ["ftp.user"], "transform": []}, str),
    "xmpp-message": ("a message of XMPP", PHONE, lambda v: stream(xmpp(v), 5222),
                     {"label": "phone_number[0]", "path": ["xmpp.stanza", "xml:/message/body"], "transform": []}, None),
    "ldap-bind": ("the name of an LDAP bind", EMAIL, lambda v: stream(ldap_bind(v), 389),
                  {"label": "email[0]", "path": ["ldap.bind.name"], "transform": []}, None),
    "socks-login": ("the name in a log-in to a SOCKS proxy", EMAIL, lambda v: stream(socks_login(v)),
                    {"label": "email[0]", "path": ["socks.user"], "transform": []}, None),
    "http-md5": ("the MD5 of the value", ANDROID,
                 lambda v: post(document(hashlib.md5(v.encode()).hexdigest()), "application/json"),
                 {"label": "android_id[0]", "path": ["http.request.body", "json:$.d.k[*]"],
                  "transform": ["md5", "hex"]}, lambda v: hashlib.md5(v.encode()).hexdigest()),
    "http-sha1": ("the SHA-1 of the value", IMEI,
                  lambda v: curl(f"http://{HOST}/v1/hit?d={hashlib.sha1(v.encode()).hexdigest()}"),
                  {"label": "imei[0]", "path": ["http.request.uri", "query:d"], "transform": ["sha1", "hex"]},
                  lambda v: hashlib.sha1(v.encode()).hexdigest()),
    "http-sha256": ("the SHA-256 of the value", EMAIL,
                    lambda v: curl(f"http://{HOST}/v1/hit?d={hashlib.sha256(v.encode()).hexdigest()}"),
                    {"label": "email[0]", "path": ["http.request.uri", "query:d"],
                     "transform": ["sha256", "hex"]}, lambda v: hashlib.sha256(v.encode()).hexdigest()),
    "http-md5-twice": ("the MD5 of the hexadecimal MD5 of the value", IMEI,
                       lambda v: curl(f"http://{HOST}/v1/hit?d={md5(md5(v))}"),
                       {"label": "imei[0]", "path": ["http.request.uri", "query:d"],
                        "transform": ["md5", "hex", "md5", "hex"]}, lambda v: md5(md5(v))),
    "http-digest-cut": ("the first half of the SHA-256 of the value", IMEI,
                        lambda v: curl(f"http://{HOST}/v1/hit?d={hashlib.sha256(v.encode()).hexdigest()[:32]}"),
                        {"label": "imei[0]", "path": ["http.request.uri", "query:d"],
                         "transform": ["sha256", "truncated", "hex"]},
                        lambda v: hashlib.sha256(v.encode()).hexdigest()[:32]),
    "http-digest-salted": ("the MD5 of the value and the time stamp beside it", IMEI,
                           lambda v: curl(f"http://{HOST}/v1/hit?ts=1795170000&d={md5(v + '1795170000')}"),
                           {"label": "imei[0]", "path": ["http.request.uri", "query:d"],
                            "transform": ["append-field", "md5", "hex"]}, lambda v: md5(v + "1795170000")),
    "http-xor-field": ("the value XORed with a key that stands beside it", EMAIL,
                       lambda v: post(json.dumps({"k": "Zq81-k3y", "v": field_xored(v)}).encode(), "application/json"),
                       {"label": "email[0]", "path": ["http.request.body", "json:$.v"],
                        "transform": ["xor-field", "base64"]}, field_xored),
    "http-xor-front": ("JSON XORed with the four bytes in front of it", SERIAL,
                       lambda v: post(front_xored(json.dumps({"k": "a", "v": v}).encode()), "application/octet-stream"),
                       {"label": "serial[0]", "path": ["http.request.body", "xor-front:4", "json:$.v"],
                        "transform": []}, None),
    "http-digest-separated": ("the SHA-1 of a nonce, a colon and the value", SERIAL,
                              lambda v: post(json.dumps({"nonce": "q7Xd-20c1", "d": sha1("q7Xd-20c1:" + v)}).encode(),
                                             "application/json"),
                              {"label": "serial[0]", "path": ["http.request.body", "json:$.d"],
                               "transform": ["prepend-field:colon", "sha1", "hex"]}, lambda v: sha1("q7Xd-20c1:" + v)),
    "http-digest-hmac": ("the HMAC-SHA-256 of the value with a time stamp as its key", EMAIL,
                         lambda v: curl(f"http://{HOST}/v1/hit?ts=1795170000123&d={keyed(v, '1795170000123')}"),
                         {"label": "email[0]", "path": ["http.request.uri", "query:d"],
                          "transform": ["hmac-field", "sha256", "hex"]}, lambda v: keyed(v, "1795170000123")),
    "http-digest-package": ("the MD5 of the value and the name of the app, which stands in the header before", IMEI,
                            lambda v: post(json.dumps({"d": md5(v + "com.example.notes")}).encode(), "application/json",
                                           "-H", "X-Requested-With: com.example.notes"),
                            {"label": "imei[0]", "path": ["http.request.body", "json:$.d"],
                             "transform": ["append-field", "md5", "hex"]}, lambda v: md5(v + "com.example.notes")),
    "http-recipe-rc4": ("a gzip body behind its length, under RC4 with a published key", PHONE,
                        lambda v: post(reported(document(v)), "application/octet-stream",
                                       "-H", "Content-Encoding: rc4,gzip"),
                        {"label": "phone_number[0]", "path": ["http.request.body", "recipe:tencent-mta", "offset:4", "gzip",
                                                              "json:$.d.k[*]"], "transform": []}, None),
    "http-recipe-aes": ("the value under AES with a published key, as base64", IMEI,
                        lambda v: post(json.dumps({"id": enciphered(v)}).encode(), "application/json"),
                        {"label": "imei[0]", "path": ["http.request.body", "json:$.id"],
                         "transform": ["recipe:umeng-aes", "base64"]}, enciphered),
    "http-recipe-alphabet": ("JSON in base64 with its letters in another order, which a recipe of the user tells", ANDROID,
                             lambda v: curl(f"http://{HOST}/ad?dvi=" + reordered(document_of("android_id", v))),
                             {"label": "android_id[0]", "path": ["http.request.uri", "query:dvi", "recipe:golden-order",
                                                                 "json:$.android_id"], "transform": []}, None),
    "http-gzip": ("a gzip body", PHONE, lambda v: coded(document(v), "gzip"),
                  {"label": "phone_number[0]", "path": ["http.request.body", "gzip", "json:$.d.k[*]"],
                   "transform": []}, None),
    "http-gzip-undeclared": ("a gzip body that no header declares", PHONE,
                             lambda v: coded(document(v), "gzip", declared=False),
                             {"label": "phone_number[0]", "path": ["http.request.body", "gzip", "json:$.d.k[*]"],
                              "transform": []}, None),
    "http-deflate": ("a zlib body", PHONE, lambda v: coded(document(v), "deflate"),
                     {"label": "phone_number[0]", "path": ["http.request.body", "zlib", "json:$.d.k[*]"],
                      "transform": []}, None),
    "http-raw-deflate": ("a raw deflate body, as some devices send it", PHONE,
                         lambda v: coded(document(v), "raw-deflate"),
                         {"label": "phone_number[0]", "path": ["http.request.body", "deflate", "json:$.d.k[*]"],
                          "transform": []}, None),
    "http-brotli": ("a brotli body", PHONE, lambda v: coded(document(v), "br"),
                    {"label": "phone_number[0]", "path": ["http.request.body", "br", "json:$.d.k[*]"],
                     "transform": []}, None),
    "http-zstd": ("a zstd body", PHONE, lambda v: coded(document(v), "zstd"),
                  {"label": "phone_number[0]", "path": ["http.request.body", "zstd", "json:$.d.k[*]"],
                   "transform": []}, None),
    "http-nested": ("JSON in gzip in base64 in a form field", CONTACT,
                    lambda v: curl("--data-urlencode", "data_list=" + base64.b64encode(
                        gzip.compress(document(v), mtime=0)).decode(), f"http://{HOST}/collect"),
                    {"label": "contacts[0].phone_number",
                     "path": ["http.request.body", "form:data_list", "percent", "base64", "gzip",
                              "json:$.d.k[*]"], "transform": []}, None),
    "http-zip": ("a member of a ZIP archive whose length stands behind it", PHONE,
                 lambda v: post(zipped(v), "application/zip"),
                 {"label": "phone_number[0]",
                  "path": ["http.request.body", "zip:d/report.json", "deflate", "json:$.d.k[*]"], "transform": []}, None),
    "http-tar": ("a file with a long name in a tar archive, compressed", PHONE,
                 lambda v: post(gzip.compress(tarred(v), mtime=0), "application/octet-stream"),
                 {"label": "phone_number[0]",
                  "path": ["http.request.body", "gzip", "tar:" + "long/" * 30 + "report.json", "json:$.d.k[*]"],
                  "transform": []}, None),
    "http-lz4": ("an LZ4 frame", PHONE, lambda v: post(lz4(document(v)), "application/octet-stream"),
                 {"label": "phone_number[0]", "path": ["http.request.body", "lz4", "json:$.d.k[*]"],
                  "transform": []}, None),
    "http-raw-deflate-undeclared": ("bare deflate that no header declares", PHONE,
                                    lambda v: coded(document(v), "raw-deflate", declared=False),
                                    {"label": "phone_number[0]",
                                     "path": ["http.request.body", "deflate", "json:$.d.k[*]"], "transform": []}, None),
    "http-brotli-undeclared": ("brotli that no header declares", PHONE,
                               lambda v: coded(document(v), "br", declared=False),
                               {"label": "phone_number[0]", "path": ["http.request.body", "br", "json:$.d.k[*]"],
                                "transform": []}, None),
    "tcp-prefixed": ("compressed data behind a private header, in a stream that no protocol claims", CONTACT,
                     lambda v: stream(b"\x01\xa7" + struct.pack(">I", 4711) + b"UP" + zlib.compress(document(v))),
                     {"label": "contacts[0].phone_number",
                      "path": ["tcp.payload", "offset:8", "zlib", "json:$.d.k[*]"], "transform": []}, None),
    "tcp-ntlmssp": ("a user name in an NTLM message, with SPNEGO around it, in a stream that no protocol claims",
                    EMAIL, lambda v: stream(ntlm_authenticate(v)),
                    {"label": "email[0]", "path": ["tcp.payload", "ntlmssp:auth.username"],
                     "transform": ["utf-16le"]}, None),
    "http-xor": ("JSON of which every byte was XORed with 0x5a", PHONE,
                 lambda v: post(xored(document(v), 0x5a), "application/octet-stream"),
                 {"label": "phone_number[0]", "path": ["http.request.body", "xor:5a", "json:$.d.k[*]"],
                  "transform": []}, None),
    "http-base85": ("a body in base85", EMAIL, lambda v: post(base64.b85encode(document(v)), "text/plain"),
                    {"label": "email[0]", "path": ["http.request.body", "base85", "json:$.d.k[*]"],
                     "transform": []}, None),
    "http-base32": ("base32 of the value alone", EMAIL,
                    lambda v: curl(f"http://{HOST}/v1/hit?u=" + base64.b32encode(v.encode()).decode().rstrip("=")),
                    {"label": "email[0]", "path": ["http.request.uri", "query:u"], "transform": ["base32"]},
                    lambda v: base64.b32encode(v.encode()).decode().rstrip("=")),
    "http-base58": ("base58 of the value alone", EMAIL,
                    lambda v: curl(f"http://{HOST}/v1/hit?u=" + base58(v.encode())),
                    {"label": "email[0]", "path": ["http.request.uri", "query:u"], "transform": ["base58"]},
                    lambda v: base58(v.encode())),
    "http-jpeg": ("the serial number of a camera in a JPEG picture", SERIAL,
                  lambda v: post(jpeg(exif(v, 1.5, 2.5)), "image/jpeg"),
                  {"label": "serial[0]", "path": ["http.request.body", "exif:BodySerialNumber"],
                   "transform": []}, str),
    "http-heif": ("the serial number of a camera in a HEIF picture", SERIAL,
                  lambda v: post(heif(exif(v, 1.5, 2.5)), "image/heic"),
                  {"label": "serial[0]", "path": ["http.request.body", "exif:BodySerialNumber"],
                   "transform": []}, str),
    "http-jpeg-position": ("the position at which a JPEG picture was taken", POSITION,
                           lambda v: post(jpeg(exif("none", *map(float, v.split(",")))), "image/jpeg"),
                           {"label": "location[0]", "path": ["http.request.body"],
                            "transform": ["exif:GPSPosition"]}, None),
    "mime-base64": ("a part in the transfer encoding base64", CONTACT,
                    lambda v: part(base64.encodebytes(f"Dear all,\n{PADDING}\ncall {v} please\n".encode())
                                   .replace(b"\n", b"\r\n"), "base64"),
                    {"label": "contacts[0].phone_number",
                     "path": ["http.request.body", "multipart:letter", "base64"], "transform": []}, None),
    "mime-quoted-printable": ("a part in the transfer encoding quoted-printable", EMAIL,
                              lambda v: part(quopri.encodestring(f"Grüße an {v.replace('@', '=40')}\r\n".encode()
                                                                 .replace(b"=40", b"@")).replace(b"@", b"=40"),
                                             "quoted-printable"),
                              {"label": "email[0]",
                               "path": ["http.request.body", "multipart:letter", "quoted-printable"],
                               "transform": []}, lambda v: v.replace("@", "=40")),
    "http-percent-twice": ("JSON, percent-escaped twice, in a query", EMAIL,
                           lambda v: curl(f"http://{HOST}/v1/hit?q=" + urllib.parse.quote(urllib.parse.quote(
                               '{"app":7,"mail":"' + v + '"}', safe=""), safe="")),
                           {"label": "email[0]",
                            "path": ["http.request.uri", "query:q", "percent", "percent", "json:$.mail"],
                            "transform": []}, lambda v: v.replace("@", "%2540")),
    "http-xml": ("a text of an XML element, written with character references", EMAIL,
                 lambda v: post(f"<?xml version=\"1.0\"?>\n<report><item id=\"1\">none</item><item id=\"2\"><mail>"
                                f"{v.replace('@', '&#x40;')}</mail></item></report>\n".encode(), "application/xml"),
                 {"label": "email[0]", "path": ["http.request.body", "xml:/report/item[*]/mail"],
                  "transform": ["char-ref"]}, lambda v: v.replace("@", "&#x40;")),
    "http-cdata": ("JSON in a CDATA section of XML", PHONE,
                   lambda v: post(b"<call><arg><![CDATA[" + document(v) + b"]]></arg></call>", "text/xml"),
                   {"label": "phone_number[0]",
                    "path": ["http.request.body", "xml:/call/arg", "cdata", "json:$.d.k[*]"], "transform": []}, str),
    "http-bplist": ("a binary property list", ANDROID,
                    lambda v: post(plistlib.dumps({"device": {"ids": ["none", v]}, "owner": "Zo\u00eb"},
                                                  fmt=plistlib.FMT_BINARY), "application/x-plist"),
                    {"label": "android_id[0]", "path": ["http.request.body", "plist:$.device.ids[*]"],
                     "transform": []}, str),
    "http-vcard": ("a vCard with a quoted-printable value", EMAIL,
                   lambda v: post(f"BEGIN:VCARD\r\nVERSION:2.1\r\nN:Someone\r\nEMAIL;INTERNET;ENCODING=QUOTED-PRINTABLE:"
                                  f"{v.replace('@', '=40')}\r\nEND:VCARD\r\n".encode(), "text/x-vcard"),
                   {"label": "email[0]", "path": ["http.request.body", "vcard:email"],
                    "transform": ["quoted-printable"]}, lambda v: v.replace("@", "=40")),
    "http-jwt": ("a claim of a JSON Web Token", EMAIL,
                 lambda v: curl("-H", "Authorization: Bearer " + token(v), f"http://{HOST}/private"),
                 {"label": "email[0]",
                  "path": ["http.request.header:authorization", "base64", "json:$.mail"], "transform": []}, token),
    "http-json-percent": ("percent-encoding inside a JSON string", EMAIL,
                          lambda v: post(json.dumps({"u": urllib.parse.quote(v)}).encode(), "application/json"),
                          {"label": "email[0]", "path": ["http.request.body", "json:$.u"],
                           "transform": ["percent"]}, urllib.parse.quote),
    "http-json-in-json": ("JSON inside a string of JSON", CONTACT,
                          lambda v: post(json.dumps({"event": json.dumps({"to": [v]})}).encode(), "application/json"),
                          {"label": "contacts[0].phone_number",
                           "path": ["http.request.body", "json:$.event", "json-string", "json:$.to[*]"],
                           "transform": []}, str),
    "http-backslash": ("a string of a script, written with backslashes", EMAIL,
                       lambda v: post(f"var x = '{v.replace('@', chr(92) + 'x40')}';\n".encode(), "text/plain"),
                       {"label": "email[0]", "path": ["http.request.body"], "transform": ["backslash"]},
                       lambda v: v.replace("@", "\\x40")),
    "http-base64-path": ("a digest as a segment of a path, in base64 that has slashes of its own", IMEI,
                         lambda v: curl(f"http://{HOST}/v1/seen/{slashed(v)}/7"),
                         {"label": "imei[0]", "path": ["http.request.uri"], "transform": ["sha1", "base64"]},
                         slashed),
    "http-protobuf": ("a string in a message inside a message of Protocol Buffers", EMAIL,
                      lambda v: post(protobuf(v), "application/x-protobuf"),
                      {"label": "email[0]", "path": ["http.request.body", "protobuf:1.3.2"], "transform": []}, str),
    "http-protobuf-undeclared": ("base64 of gzip of a message of Protocol Buffers, in JSON", EMAIL,
                                 lambda v: post(json.dumps({"v": 1, "d": base64.b64encode(gzip.compress(
                                     protobuf(v), mtime=0)).decode()}).encode(), "application/json"),
                                 {"label": "email[0]", "path": ["http.request.body", "json:$.d", "base64", "gzip",
                                                                "protobuf:1.3.2"], "transform": []}, None),
    "http-protobuf-digest": ("a digest as raw bytes in a message of Protocol Buffers", EMAIL,
                             lambda v: post(protobuf("golden@mail.example") + b"\x2a" +
                                            sized(hashlib.sha256(v.encode()).digest()), "application/x-protobuf"),
                             {"label": "email[0]", "path": ["http.request.body", "protobuf:5"],
                              "transform": ["sha256"]}, None),
    "http-grpc": ("a message framed by gRPC", EMAIL,
                  lambda v: post(grpc(protobuf("nobody")) + grpc(protobuf(v)), "application/grpc"),
                  {"label": "email[0]", "path": ["http.request.body", "grpc:[*]", "protobuf:1.3.2"],
                   "transform": []}, str),
    "http-grpc-gzip": ("a compressed message framed by gRPC", EMAIL,
                       lambda v: post(grpc(protobuf("nobody")) + grpc(protobuf(v), True), "application/grpc+proto"),
                       {"label": "email[0]",
                        "path": ["http.request.body", "grpc:[*]", "gzip", "protobuf:1.3.2"], "transform": []}, None),
    "http-cbor": ("a string in CBOR", EMAIL, lambda v: post(cbor(v), "application/octet-stream"),
                  {"label": "email[0]", "path": ["http.request.body", "cbor:$.d.ids[*]"], "transform": []}, str),
    "http-msgpack": ("a string in MessagePack", EMAIL, lambda v: post(msgpack(v), "application/octet-stream"),
                     {"label": "email[0]", "path": ["http.request.body", "msgpack:$.d.ids[*]"],
                      "transform": []}, str),
    "http-msgpack-json": ("JSON in a string of MessagePack", EMAIL,
                          lambda v: post(b"\x82\xa1v\x03\xa7payload\xd9" +
                                         sized(json.dumps({"to": [v]}).encode()), "application/x-msgpack"),
                          {"label": "email[0]", "path": ["http.request.body", "msgpack:$.payload", "json:$.to[*]"],
                           "transform": []}, str),
    "http-bson": ("a string in BSON", EMAIL, lambda v: post(bson(v), "application/octet-stream"),
                  {"label": "email[0]", "path": ["http.request.body", "bson:$.d.ids[*]"], "transform": []}, str),
    "http-thrift": ("a string in a call in Thrift's compact protocol", EMAIL,
                    lambda v: post(thrift(v), "application/octet-stream"),
                    {"label": "email[0]", "path": ["http.request.body", "thrift:1.2[*]"], "transform": []}, str),
    "http-bond": ("a string in Bond Compact Binary, version 1", EMAIL,
                  lambda v: post(bond(v, 1), "application/bond-compact-binary"),
                  {"label": "email[0]", "path": ["http.request.body", "bond:1.2"], "transform": []}, str),
    "http-bond-2": ("a string in Bond Compact Binary, version 2", EMAIL,
                    lambda v: post(bond(v, 2), "application/octet-stream"),
                    {"label": "email[0]", "path": ["http.request.body", "bond:1.2"], "transform": []}, str),
    "tcp-blocks": ("JSON behind its length in a stream that no protocol claims", EMAIL,
                   lambda v: stream(b"".join(struct.pack(">I", len(d)) + d for d in (
                       b'{"hello":1}', json.dumps({"to": [v]}).encode(), b'{"bye":2}'))),
                   {"label": "email[0]", "path": ["tcp.payload", "blocks:[*]", "json:$.to[*]"],
                    "transform": []}, None),
    "http-received": ("the server tells the device its own number", PHONE,
                      lambda v: curl(f"http://{HOST}/echo/" + v.encode().hex()[::-1]),
                      {"label": "phone_number[0]", "path": ["http.response.body", "json:$.echo"],
                       "transform": [], "direction": "received", "verdict": "allowed"}, str),
    "http-event-stream": ("a server-sent event whose data stands in several lines", PHONE,
                          lambda v: curl(f"http://{HOST}/events/" + v.encode().hex()[::-1]),
                          {"label": "phone_number[0]", "path": ["http.response.body", "event-stream", "json:$.to[*]"],
                           "transform": [], "direction": "received", "verdict": "allowed"}, str),
    "grpc": ("a message of gRPC over HTTP/2", EMAIL, grpc_call,
             {"label": "email[0]", "path": ["http.request.body", "grpc:[*]", "protobuf:1.3.2"], "transform": []}, str),
    "http2": ("a value in a header field of HTTP/2: the same path as over HTTP/1", ANDROID,
              lambda v: curl("--http2-prior-knowledge", "-H", f"X-Device: {v}", f"http://{HOST}:8080/v1/ping"),
              {"label": "android_id[0]", "path": ["http.request.header:x-device"], "transform": []}, None),
    "http2-body": ("a JSON member in a body over HTTP/2", PHONE,
                   lambda v: post(document(v), "application/json", "--http2-prior-knowledge", "--connect-to",
                                  f"{HOST}:80:{HOST}:8080"),
                   {"label": "phone_number[0]", "path": ["http.request.body", "json:$.d.k[*]"], "transform": []}, str),
    "mqtt": ("JSON in a message of MQTT", PHONE,
             lambda v: mosquitto("-t", "home/77/state", "-m", document(v).decode()),
             {"label": "phone_number[0]", "path": ["mqtt.payload", "json:$.d.k[*]"], "transform": []}, str),
    "websocket": ("JSON in a message of a WebSocket", PHONE, lambda v: websocket('{"hello": 1}', document(v).decode()),
                  {"label": "phone_number[0]", "path": ["websocket.payload", "json:$.d.k[*]"], "transform": []}, None),
    "websocket-deflate": ("a compressed message of a WebSocket that refers to the one before it", PHONE,
                          lambda v: websocket(document("nothing").decode(), document(v).decode(), compression="deflate"),
                          {"label": "phone_number[0]", "path": ["websocket.payload", "json:$.d.k[*]"], "transform": []}, None),
    "websocket-mqtt": ("MQTT inside a WebSocket", PHONE, mqtt_over_websocket,
                       {"label": "phone_number[0]", "path": ["mqtt.payload", "json:$.d.k[*]"], "transform": []}, None),
    "dns-udp": ("a value as a label of a name that is looked up", IMEI,
                lambda v: query(f"{v}.t.cloud.example"),
                {"label": "imei[0]", "path": ["dns.question.name"], "transform": [], "direction": "sent",
                 "findings": 2}, str),  # the answer repeats the question
    "dns-tcp": ("the same over TCP", IMEI, lambda v: query(f"{v}.t.cloud.example", over_tcp=True),
                {"label": "imei[0]", "path": ["dns.question.name"], "transform": [], "direction": "sent",
                 "findings": 2}, str),
    "tcp-raw": ("a value in a stream that no protocol claims, over the border of segments", CONTACT,
                lambda v: stream(b"\x01\x00\x20HELO device 77 " + PADDING.encode()[:30] + v.encode() + b"\x00\xff end"),
                {"label": "contacts[0].phone_number", "path": ["tcp.payload"], "transform": []}, None),
    "udp-raw": ("a value in a datagram that no protocol claims", PHONE,
                lambda v: datagram(b"\x02\x00" + v.encode() + b"\x00\x99"),
                {"label": "phone_number[0]", "path": ["udp.payload"], "transform": []}, str),
    "tls": ("bytes under TLS without keys: nothing is found, the ledger says encrypted", PHONE,
            lambda v: curl("-k", "-d", f"phone={v}", f"https://{HOST}/v1/form"), None, None),
    "dtls": ("a value in a datagram of DTLS, opened with session.keys", PHONE,
             lambda v: sealed_datagram("dtls", json.dumps({"phone": v})),
             {"label": "phone_number[0]", "path": ["dtls.payload", "json:$.phone"], "transform": [],
              "encryption": "dtls1.2", "opened_with": "keylog", "verdict": "undecided"}, None),
    "quic": ("a value in a body over HTTP/3, opened with session.keys", PHONE,
             lambda v: post_over_quic("quic", json.dumps({"phone": v})),
             {"label": "phone_number[0]", "path": ["http.request.body", "json:$.phone"], "transform": [],
              "encryption": "quic", "opened_with": "keylog", "verdict": "undecided"}, None),
}


# ---- what no machine here can send: written byte by byte -------------------------------------------------

PHONE_MAC, EVERYBODY, NOBODY = bytes.fromhex("02005e100017"), b"\xff" * 6, bytes.fromhex("0180c2000003")


def element(number, data):
    return bytes([number, len(data)]) + data


def probe_request(serial):
    """What a phone calls out when it looks for a network, behind a radiotap header and with its check sequence."""
    attributes = b"".join(struct.pack(">HH", number, len(data)) + data for number, data in (
        (0x104a, b"\x10"), (0x1011, b"Golden phone"), (0x1042, serial.encode()), (0x1054, b"\0\x0a\0\x50\xf2\4\0\5")))
    frame = (b"\x40\0\0\0" + EVERYBODY + PHONE_MAC + EVERYBODY + b"\x10\0" + element(0, b"Harbour Cafe") +
             element(1, b"\x82\x84\x8b\x96") + element(221, b"\0\x50\xf2\4" + attributes))
    return b"\0\0\x09\0\2\0\0\0\x10" + frame + struct.pack("<I", zlib.crc32(frame))


def identity_response(imsi):
    identity = f"1{imsi}@wlan.operator.example".encode()
    packet = struct.pack(">BBHB", 2, 1, 5 + len(identity), 1) + identity
    return NOBODY + PHONE_MAC + b"\x88\x8e" + struct.pack(">BBH", 1, 0, len(packet)) + packet


def name_query(name):
    """A computer asks its network for a name, its own: nobody may have it already. UDP over IPv4."""
    plain = name.encode().ljust(15) + b"\0"
    encoded = bytes(ord("A") + half for byte in plain for half in (byte >> 4, byte & 15))
    question = b"\x20" + encoded + b"\0" + struct.pack(">HH", 0x20, 1)
    message = struct.pack(">HHHHHH", 4711, 0x0110, 1, 0, 0, 0) + question
    udp = struct.pack(">HHHH", 137, 137, 8 + len(message), 0) + message
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0) + socket.inet_aton(DEVICE) + b"\xff" * 4
    words = sum(struct.unpack(">10H", ip))
    checksum = ~((words & 0xffff) + (words >> 16)) & 0xffff
    return EVERYBODY + PHONE_MAC + b"\x08\x00" + ip[:10] + struct.pack(">H", checksum) + ip[12:] + udp


# name: (what it proves, value, another one, link type, the frame that carries it, what must be found)
WRITTEN = {
    "netbios-query": ("a name in first-level encoding that a computer asks its network for", SERIAL, "GLD0A1B2C3", 1,
                      name_query, {"label": "serial[0]", "path": ["netbios.name"], "transform": ["netbios"],
                                   "direction": "sent", "scope": "link", "verdict": "allowed", "frames": [1]}),
    "wlan-wps": ("a serial number that a phone calls out while it looks for a network", SERIAL, "GLD0A1B2C3", 127,
                 probe_request, {"label": "serial[0]", "path": ["802.11.wps.serial_number"], "transform": [],
                                 "direction": "sent", "scope": "link", "verdict": "allowed", "frames": [1]}),
    "eap-identity": ("an IMSI told to get into a network", IMSI, "001014001239999", 1,
                     identity_response, {"label": "imsi[0]", "path": ["eap.identity"], "transform": [],
                                         "direction": "sent", "scope": "link", "verdict": "allowed", "frames": [1]}),
}


def write(name):
    proves, value, other, link, frame, expected = WRITTEN[name]
    folder = HERE / name
    folder.mkdir(exist_ok=True)
    for file, told in (("leak.pcap", value), ("clean.pcap", other)):
        data = frame(told)
        (folder / file).write_bytes(struct.pack("<IHHiIIIIIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, link, 1407402000, 0,
                                                len(data), len(data)) + data)
    (folder / "expect.json").write_text(json.dumps(expected, indent=2) + "\n")
    (folder / "README.md").write_text(
        f"# {name}\n\nProves: {proves}.\n\nOrigin: `tests/golden/make.py {name}`, which writes the one frame byte by byte. "
        "`leak.pcap` holds the value, `clean.pcap`\nanother one in its place.\n")


# ---- captures of other cases, written in another way -----------------------------------------------------

def option(code, data):
    return struct.pack("<HH", code, len(data)) + data + bytes(-len(data) % 4)


def block(kind, body):
    body += bytes(-len(body) % 4)
    return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)


def as_told_by_a_phone(data, value):
    """A pcap file as PCAPdroid would write it to pcapng, with all that can stand beside the packets."""
    end, at, out = bytes(4), 24, b""
    name = bytes(map(int, CLOUD.split("."))) + b"Push.Cloud.example.\0"
    out += block(0x0a0d0d0a, struct.pack("<IHHq", 0x1a2b3c4d, 1, 0, -1) + option(1, b"made on a test bench") +
                 option(4, b"PCAPdroid 1.0") + end)
    out += block(1, struct.pack("<HHI", struct.unpack_from("<I", data, 20)[0], 0, 0) + option(9, b"\6") + end)
    out += block(4, option(1, name) + end)
    out += block(0xbad, struct.pack("<IHBBIBB", 62652, 1, 1, 0, 10123, 16, 12) + b"com.example.gameExample Game")
    while at < len(data):
        seconds, micro, captured, original = struct.unpack_from("<IIII", data, at)
        time = seconds * 1000000 + micro
        first = option(1, f"the number {value} is typed in".encode()) if at == 24 else b""
        out += block(6, struct.pack("<IIIII", 0, time >> 32, time & 0xffffffff, captured, original) +
                     data[at + 16:at + 16 + captured] + bytes(-captured % 4) + first + option(1, b"u-10123") + end)
        at += 16 + captured
    out += block(10, struct.pack("<II", 0x544c534b, 19) + b"CLIENT_RANDOM 00 11")
    for drops in (3, 5):  # the second one counts for both
        out += block(5, struct.pack("<III", 0, time >> 32, time & 0xffffffff) + option(5, struct.pack("<Q", drops)) + end)
    return out


def as_a_browser_saves_it(_, value):
    """The request of "http-json" as a HAR file."""
    head = [{"name": "Host", "value": HOST}, {"name": "Content-Type", "value": "application/json"}]
    body = document(value).decode()
    request = {"method": "POST", "url": f"http://{HOST}/v1/data", "httpVersion": "HTTP/1.1", "cookies": [], "headers": head,
               "queryString": [], "headersSize": -1, "bodySize": len(body),
               "postData": {"mimeType": "application/json", "text": body}}
    response = {"status": 200, "statusText": "OK", "httpVersion": "HTTP/1.1", "cookies": [], "headers": head[1:],
                "content": {"size": 16, "mimeType": "application/json", "text": '{"result": "ok"}'}, "redirectURL": "",
                "headersSize": -1, "bodySize": 16}
    entry = {"startedDateTime": "2026-03-01T09:00:00.250Z", "time": 12.5, "request": request, "response": response,
             "cache": {}, "timings": {"send": 0.5, "wait": 10, "receive": 2}, "serverIPAddress": CLOUD}
    cached = dict(entry, _fromCache="disk", request=dict(request, url=f"http://{HOST}/v1/{value}"))
    log = {"version": "1.2", "creator": {"name": "golden", "version": "1"}, "pages": [], "entries": [cached, entry]}
    return json.dumps({"log": log}, indent=1).encode()


# name: (what it proves, the case whose captures are taken, its value, how they are written, what must be found)
REWRITTEN = {
    "har": ("a body in a HAR file; what the browser took from its cache did not leave", "http-json", PHONE,
            as_a_browser_saves_it,
            {"label": "phone_number[0]", "path": ["har.entry[*]", "http.request.body", "json:$.d.k[*]"], "transform": []}),
    "pcapng-told": ("what a pcapng file tells beside its packets: the name of an address, the app, drops, a comment "
                    "that holds\nthe value and yet shows it to nobody", "tcp-raw", CONTACT, as_told_by_a_phone,
                    {"label": "contacts[0].phone_number", "path": ["tcp.payload"], "transform": [],
                     "destination": {"host": "push.cloud.example", "host_source": "capture",
                                     "names": [{"name": "push.cloud.example", "source": "capture"}],
                                     "address": CLOUD, "port": 7777, "country": None, "network": None,
                                     "app": "Example Game"}}),
}


def rewrite(name):
    proves, source, value, convert, expected = REWRITTEN[name]
    folder = HERE / name
    folder.mkdir(exist_ok=True)
    for file, told in (("leak.pcap", value), ("clean.pcap", OTHER[value])):
        (folder / file).write_bytes(convert((HERE / source / file).read_bytes(), told))
    (folder / "expect.json").write_text(json.dumps(expected, indent=2) + "\n")
    (folder / "README.md").write_text(
        f"# {name}\n\nProves: {proves}.\n\nOrigin: `tests/golden/make.py {name}`, which writes the captures of the case "
        f"`{source}` in another way.\n")


# ---- the servers ---------------------------------------------------------------------------------------

class Cloud(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "cloud", ""

    def answer_events(self):
        """Server-sent events; one of them is written in several lines."""
        value = bytes.fromhex(self.path[8:][::-1]).decode()
        lines = json.dumps({"to": [value]}, indent=1).splitlines()
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        for text in (": hello\n\n", "event: state\nid: 7\ndata: {\"open\": true}\n\n",
                     "".join(f"data: {line}\n" for line in lines) + "\n"):
            self.wfile.write(text.encode())
        self.close_connection = True

    def answer(self):
        if self.path.startswith("/events/"):
            return self.answer_events()
        body = {"result": "ok"}
        if self.path.startswith("/echo/"):  # backwards, so that only the answer holds the value
            body["echo"] = bytes.fromhex(self.path[6:][::-1]).decode()
        data = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = answer

    def do_POST(self):
        if self.headers.get("Transfer-Encoding") == "chunked":
            while (size := int(self.rfile.readline().split(b";")[0], 16)) > 0:
                self.rfile.read(size + 2)
            self.rfile.readline()
        else:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.answer()

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    def server_bind(self):
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]


class Sink(socketserver.BaseRequestHandler):
    def handle(self):
        while self.request.recv(4096):
            pass


async def serve_websockets():
    import websockets
    async def answer(connection):
        async for _ in connection:
            await connection.send('{"result": "ok"}')
    async with websockets.serve(answer, CLOUD, 8081):
        await asyncio.Future()


DOVECOT = """base_dir = {work}/run
state_dir = {work}/run
log_path = {work}/dovecot.log
protocols = imap pop3
listen = {address}
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain
mail_location = maildir:{work}/mail/%u
first_valid_uid = 1
passdb {{
  driver = static
  args = nopassword=y
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={work}/mail/%u
}}
"""


def serve_mail(work, go):
    """SMTP by aiosmtpd, IMAP and POP3 by Dovecot, FTP by pyftpdlib."""
    from aiosmtpd.controller import Controller
    from aiosmtpd.handlers import Sink as Letters
    from aiosmtpd.smtp import AuthResult
    from pyftpdlib.authorizers import DummyAuthorizer
    from pyftpdlib.handlers import FTPHandler
    from pyftpdlib.servers import ThreadedFTPServer
    Controller(Letters(), hostname=CLOUD, port=25, server_hostname="mx.cloud.example", auth_require_tls=False,
               authenticator=lambda *_: AuthResult(success=True)).start()
    authorizer = DummyAuthorizer()
    for user in (EMAIL, OTHER[EMAIL]):
        authorizer.add_user(user, "golden", str(work))
    handler = type("Files", (FTPHandler,), {"authorizer": authorizer})
    go(ThreadedFTPServer((CLOUD, 21), handler))
    work.chmod(0o755)
    (work / "run").mkdir()
    (work / "mail").mkdir()
    subprocess.run(["chown", "nobody:nogroup", work / "mail"], check=True)
    (work / "dovecot.conf").write_text(DOVECOT.format(work=work, address=CLOUD))
    subprocess.Popen(["dovecot", "-F", "-c", work / "dovecot.conf"])


def speak_as_device():
    """For clients that cannot be told which address is theirs."""
    subprocess.run(["ip", "route", "change", "local", CLOUD, "dev", "lo", "table", "local", "src", DEVICE], check=True)


def serve_grpc():
    import grpc
    speak_as_device()
    follow = grpc.stream_stream_rpc_method_handler(lambda requests, _: (b"" for _ in requests))
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(2))
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("home.Lamps", {"Follow": follow})])
    server.add_insecure_port(f"{CLOUD}:50051")
    server.start()
    return server


def serve_sealed(work, key, certificate):
    """DTLS by OpenSSL, HTTP/3 by Caddy."""
    speak_as_device()
    subprocess.Popen(["openssl", "s_server", "-quiet", "-dtls1_2", "-accept", f"{CLOUD}:7779", "-key", key, "-cert", certificate],
                     stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    (work / "site").write_text(f"{{\nauto_https disable_redirects\nadmin off\n}}\nhttps://{HOST}:7780 {{\n"
                               f"bind {CLOUD}\ntls {certificate} {key}\nrespond ok\n}}\n")
    subprocess.Popen(["caddy", "run", "--config", work / "site", "--adapter", "caddyfile"],
                     env=dict(os.environ, XDG_DATA_HOME=str(work), HOME=str(work)),
                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(3)


def serve(work):
    def go(server):
        threading.Thread(target=server.serve_forever, daemon=True).start()
    go(Server((CLOUD, 80), Cloud))
    key, certificate = work / "key.pem", work / "certificate.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650", "-subj",
                    f"/CN={HOST}", "-keyout", key, "-out", certificate], check=True, capture_output=True)
    secure = Server((CLOUD, 443), Cloud)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    secure.socket = context.wrap_socket(secure.socket, server_side=True)
    go(secure)
    if any(name in ("dtls", "quic") for name in sys.argv[1:] or CASES):
        serve_sealed(work, key, certificate)
    socketserver.ThreadingTCPServer.allow_reuse_address = True
    for port in (7777, 389, 5222):
        go(socketserver.ThreadingTCPServer((CLOUD, port), Sink))
    if any(name.startswith(("smtp", "imap", "pop3", "ftp")) for name in sys.argv[1:] or CASES):
        serve_mail(work, go)
    subprocess.Popen(["nghttpd", "--no-tls", "--address", CLOUD, "--htdocs", work, "8080"],
                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    subprocess.Popen(["dnsmasq", "--no-daemon", "--no-resolv", "--no-hosts", f"--listen-address={CLOUD}",
                      "--bind-interfaces", f"--address=/cloud.example/{CLOUD}", "--local=/example/"],
                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    (work / "mosquitto.conf").write_text(f"listener 1883 {CLOUD}\nallow_anonymous true\n"
                                         f"listener 8083 {CLOUD}\nprotocol websockets\n")
    subprocess.Popen(["mosquitto", "-c", work / "mosquitto.conf"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    threading.Thread(target=lambda: asyncio.run(serve_websockets()), daemon=True).start()
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind((CLOUD, 7778))
    return udp, serve_grpc() if "grpc" in (sys.argv[1:] or CASES) else None


# ---- the captures --------------------------------------------------------------------------------------

def packets(path):
    data = path.read_bytes()
    at = 24
    while at + 16 <= len(data):
        length = struct.unpack_from("<I", data, at + 8)[0]
        yield data[at + 16:at + 16 + length]
        at += 16 + length


def capture(path, action):
    with subprocess.Popen(["tcpdump", "-i", "lo", "-q", "-U", "-w", path, "--immediate-mode",
                           "host", CLOUD], stderr=subprocess.PIPE) as ear:
        ear.stderr.readline()
        time.sleep(0.3)
        action()
        time.sleep(0.4)
        ear.terminate()
        ear.stderr.read()


# where they are others than usual
DEVICES = {"grpc": "Python's grpcio", "mqtt": "mosquitto_pub", "websocket": "Python's websockets",
           "websocket-deflate": "Python's websockets", "websocket-mqtt": "Python's websockets"}
CLOUDS = {"grpc": "Python's grpcio", "mqtt": "mosquitto", "websocket": "Python's websockets",
          "websocket-deflate": "Python's websockets", "websocket-mqtt": "mosquitto"}


def make(name):
    proves, value, send, expected, carried = CASES[name]
    folder = HERE / name
    folder.mkdir(exist_ok=True)
    (folder / "session.keys").unlink(missing_ok=True)
    capture(folder / "leak.pcap", send(value))
    capture(folder / "clean.pcap", send(OTHER[value]))
    if expected is not None:
        expected = dict(expected)
        if carried is not None:
            needle = carried(value).encode()
            sender = socket.inet_aton(CLOUD if expected.get("direction") == "received" else DEVICE)
            expected["frames"] = [i for i, p in enumerate(packets(folder / "leak.pcap"), 1)
                                  if needle in p and p[26:30] == sender]
            assert expected["frames"], f"{name}: the capture does not hold the value"
    (folder / "expect.json").write_text(json.dumps(expected, indent=2) + "\n")
    (folder / "README.md").write_text(
        f"# {name}\n\nProves: {proves}.\n\nOrigin: `tests/golden/make.py {name}`; {DEVICES.get(name, 'curl or a plain socket')} as the device, "
        f"{CLOUDS.get(name, 'small servers and dnsmasq')} as the cloud,\ntcpdump as the ear. `leak.pcap` holds the value, `clean.pcap` "
        "another one in its place.\n")


def main():
    for name in sys.argv[1:] or WRITTEN:
        if name in WRITTEN:
            write(name)
            print("made", name, flush=True)
    for name in [name for name in sys.argv[1:] if name in REWRITTEN]:
        rewrite(name)
        print("made", name, flush=True)
    if sys.argv[1:] and not any(name in CASES for name in sys.argv[1:]):
        return
    if os.environ.get("TT_GOLDEN_SPACE") != "1":
        subprocess.run(["ip", "netns", "add", SPACE], check=True)
        try:
            subprocess.run(["ip", "netns", "exec", SPACE, sys.executable, __file__, *sys.argv[1:]],
                           env=dict(os.environ, TT_GOLDEN_SPACE="1"), check=True)
        finally:
            pids = subprocess.run(["ip", "netns", "pids", SPACE], capture_output=True, text=True).stdout.split()
            subprocess.run(["kill", *pids], check=False) if pids else None
            subprocess.run(["ip", "netns", "del", SPACE], check=True)
        return
    for command in (["ip", "link", "set", "lo", "mtu", "1500", "up"], ["ip", "addr", "add", f"{DEVICE}/32", "dev", "lo"],
                    ["ip", "addr", "add", f"{CLOUD}/32", "dev", "lo"]):
        subprocess.run(command, check=True)
    work = pathlib.Path(tempfile.mkdtemp())
    os.environ["TT_GOLDEN_WORK"] = str(work)
    keep = serve(work)
    time.sleep(1)
    for name in sys.argv[1:] or CASES:
        if name in CASES:
            make(name)
            print("made", name, flush=True)
    keep[0].close()
    shutil.rmtree(work)
    os._exit(0)  # the servers' threads


main()
