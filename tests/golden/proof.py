"""Walks the proofs of findings as a stranger would: the capture's own bytes, each step's decoding, each step's range,
and at the end the value. Knows nothing of telltale but the contract in docs/json.md. TCP and UDP over IPv4; what else Ethernet
carries; management frames of 802.11.
"""
import base64
import hashlib
import hmac
import html
import json
import quopri
import re
import shutil
import struct
import subprocess
import urllib.parse
import zlib

try:
    import hpack
except ImportError:
    hpack = None

PCAPNG, INTERFACE, PACKET, CUSTOM = 0x0a0d0d0a, 1, 6, 0xbad


def blocks(data):
    """(type, body) of a little-endian pcapng file."""
    at = 0
    while at < len(data):
        kind, length = struct.unpack_from("<II", data, at)
        yield kind, data[at + 8:at + length - 4]
        at += length


def is_pcapng(data):
    return struct.unpack_from("<I", data)[0] == PCAPNG


def packets(path):
    data = path.read_bytes()
    if is_pcapng(data):
        for kind, body in blocks(data):
            if kind == PACKET:
                yield body[20:20 + struct.unpack_from("<I", body, 12)[0]]
            elif kind == CUSTOM:
                yield b""  # has a number, but holds no packet
        return
    at = 24
    while at + 16 <= len(data):
        length = struct.unpack_from("<I", data, at + 8)[0]
        yield data[at + 16:at + 16 + length]
        at += 16 + length


RADIOTAP = 127


def link_type(path):
    data = path.read_bytes()
    if is_pcapng(data):
        return next(struct.unpack_from("<H", body)[0] for kind, body in blocks(data) if kind == INTERFACE)
    return struct.unpack_from("<I", data, 20)[0]


def management(frame):
    """What is between the headers (radiotap, 802.11) and the check sequence."""
    return frame[struct.unpack_from("<H", frame, 2)[0] + 24:-4]


def payload(frame):
    """(ends, sequence number or None, bytes) of an Ethernet frame."""
    if frame[12:14] != b"\x08\x00":
        return frame[:14], None, frame[14:]
    ip = frame[14:14 + struct.unpack_from(">H", frame, 16)[0]]
    header = (ip[0] & 15) * 4
    ends = ip[9], ip[12:20], ip[header:header + 4]
    if ip[9] == 17:
        return ends, None, ip[header + 8:]
    sequence, offset = struct.unpack_from(">I", ip, header + 4)[0], ip[header + 12] >> 4
    syn = ip[header + 13] >> 1 & 1
    return ends, sequence + syn, ip[header + offset * 4:]


def stream(path, number):
    """The bytes of the direction that frame `number` belongs to; a datagram stands for itself."""
    if link_type(path) == RADIOTAP:
        return management(list(packets(path))[number - 1])
    frames = [payload(frame) for frame in packets(path)]
    ends, sequence, data = frames[number - 1]
    if sequence is None:
        return data
    parts = [(s, d) for e, s, d in frames if e == ends]
    start = min(s for s, _ in parts)
    whole = bytearray(max(s - start + len(d) for s, d in parts))
    for s, d in parts:
        whole[s - start:s - start + len(d)] = d
    return bytes(whole)


def unchunk(data):
    out = b""
    while data:
        size, _, rest = data.partition(b"\r\n")
        length = int(size.split(b";")[0], 16)
        out, data = out + rest[:length], rest[length + 2:]
    return out


def undot(data):
    """The lines in front of the one with nothing but a dot, without the dots that were put in front of others."""
    out = b""
    for line in data.split(b"\n"):
        if line.rstrip(b"\r") == b".":
            break
        out += line.removeprefix(b".") + b"\n"
    return out


def unlabel(data):
    labels = []
    while data and data[0]:
        labels.append(data[1:1 + data[0]])
        data = data[1 + data[0]:]
    return b".".join(labels)


def frames(data):
    """(whole, compressed, control, payload) of the frames of a WebSocket."""
    at = 0
    while at + 2 <= len(data):
        first, second = data[at], data[at + 1]
        wide = {126: 2, 127: 8}.get(second & 127, 0)
        size = int.from_bytes(data[at + 2:at + 2 + wide], "big") if wide else second & 127
        at += 2 + wide
        mask, at = (data[at:at + 4], at + 4) if second & 128 else (bytes(4), at)
        yield first >> 7, first >> 6 & 1, first >> 3 & 1, bytes(c ^ mask[i % 4] for i, c in enumerate(data[at:at + size]))
        at += size


def unframe(data):
    """The message that the first frame begins, or that frame where it is a control frame."""
    out = b""
    for i, (fin, _, control, payload) in enumerate(frames(data)):
        out += payload if i == 0 or not control else b""
        if fin and (i == 0 or not control):
            break
    return out


def behind_handshake(data):
    return data[data.index(b"\r\n\r\n") + 4:]


def unpacked(whole, length):
    """The compressed message that ends the first `length` bytes behind the handshake, with those that it refers to."""
    inflate, packed = zlib.decompressobj(-15), b""
    message = b""
    for fin, compressed, control, payload in frames(behind_handshake(whole)[:length]):
        packed += b"" if control else payload
        if fin and not control:
            message = inflate.decompress(packed + b"\0\0\xff\xff")
            packed = b""
    return message


def unstream(data):
    """The data lines of an event."""
    return re.sub(rb"(\r\n|\r|\n)data: ?", b"\n", data)


def undata(data):
    """The body in the DATA frames of the stream that the first frame belongs to."""
    out, at, first = b"", 0, None
    while at + 9 <= len(data):
        size, kind, flags, number = int.from_bytes(data[at:at + 3], "big"), data[at + 3], data[at + 4], data[at + 5:at + 9]
        payload = data[at + 9:at + 9 + size]
        first = first or number
        if kind == 0 and number == first:
            out += payload[1:len(payload) - payload[0]] if flags & 8 else payload
        at += 9 + size
    return out


def unpack_head(data):
    """A header block of HTTP/2 as the head of HTTP/1. It must not refer to earlier ones."""
    fields = [(bytes(name), bytes(value)) for name, value in hpack.Decoder().decode(data, raw=True)]
    told = dict(fields)
    line = (b"HTTP/2 " + told[b":status"] if b":status" in told else
            told[b":method"] + b" " + told[b":path"] + b" HTTP/2\r\nhost: " + told[b":authority"])
    return line + b"\r\n" + b"".join(n + b": " + v + b"\r\n" for n, v in fields if n[:1] != b":") + b"\r\n"


def unbase64(data):
    data = re.sub(rb"[^A-Za-z0-9+/]", b"", data.translate(bytes.maketrans(b"-_", b"+/")))
    return base64.b64decode(data + b"=" * (-len(data) % 4))


def unbase32(data):
    data = data.upper()
    return base64.b32decode(data + b"=" * (-len(data) % 8))


def unbase58(data):
    number = 0
    for byte in data:
        number = number * 58 + b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz".index(byte)
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def position(data):
    """Latitude and longitude of a block of Exif, in degrees."""
    order = "<" if data[:2] == b"II" else ">"

    def directory(at):
        count = struct.unpack_from(order + "H", data, at)[0]
        return {tag: at + 2 + 12 * i + 8 for i in range(count) for tag in struct.unpack_from(order + "H", data, at + 2 + 12 * i)}

    def number(at):
        return struct.unpack_from(order + "I", data, at)[0]

    def degrees(at):
        parts = struct.unpack_from(order + "6I", data, number(at))
        return parts[0] / parts[1] + parts[2] / parts[3] / 60 + parts[4] / parts[5] / 3600
    gps = directory(number(directory(number(4))[0x8825]))
    return ",".join(f"{degrees(gps[tag + 1]) * (-1 if data[gps[tag]:gps[tag] + 1] in b'SW' else 1):.6f}"
                     for tag in (1, 3)).encode()


def program(*command):
    return lambda data: subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True).stdout


def rc4(data):
    """With the key of recipes/tencent.yaml."""
    key, state, j, out = b"03a976511e2cbe3a7f26808fb7af3c05", list(range(256)), 0, bytearray()
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


def reordered(data):
    """With the alphabet of http-recipe-alphabet/recipes.yaml."""
    plain = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    order = b"LwV6fEpOzY9iHsR2bAlKvU5eDoNyX8hGrQ1a/kJuT4dCnMxW7gFqP0Z+jItS3cBm"
    return unbase64(data.translate(bytes.maketrans(order, plain)))


def front_xored(data):
    key, data = data[:4], data[4:]
    return bytes(byte ^ key[i % len(key)] for i, byte in enumerate(data))


DECODERS = {
    "recipe:tencent-mta": rc4,
    "recipe:golden-order": reordered,
    "recipe:umeng-aes": program("openssl", "enc", "-d", "-aes-128-cbc", "-K", b"uLi4/f4+Pb39.T19".hex(),
                                "-iv", b"nmeug.f9/Om+L823".hex()),
    "gzip": lambda data: zlib.decompress(data, 31),
    "zlib": zlib.decompress,
    "deflate": lambda data: zlib.decompress(data, -15),
    "br": program("brotli", "-dc"),
    "zstd": program("zstd", "-dqc"),
    "lz4": program("lz4", "-dqc"),
    "base32": unbase32,
    "base58": unbase58,
    "base85": base64.b85decode,
    "ascii85": base64.a85decode,
    "xor-front:4": front_xored,
    "xor:5a": lambda data: bytes(byte ^ 0x5a for byte in data),
    "exif:GPSPosition": position,
    "base64": unbase64,
    "hex": lambda data: bytes.fromhex(data.decode()),
    "percent": urllib.parse.unquote_to_bytes,
    "json-string": lambda data: json.loads(b'"' + data + b'"').encode(),
    "quoted-printable": quopri.decodestring,
    "char-ref": lambda data: html.unescape(data.decode()).encode(),
    "backslash": lambda data: re.sub(rb"\\x(..)", lambda m: bytes.fromhex(m[1].decode()), data),
    "vcard-text": lambda data: re.sub(rb"\r?\n[ \t]", b"", data),
    "netbios": lambda data: bytes((high - 65) << 4 | low - 65 for high, low in zip(data[::2], data[1::2]))[:15].rstrip(),
    "utf-16le": lambda data: data.decode("utf-16-le").encode(),
    "utf-16be": lambda data: data.decode("utf-16-be").encode(),
    "chunked": unchunk,
    "dns-name": unlabel,
    "dot-stuffing": undot,
    "websocket": unframe,
    "event-stream": unstream,
    "http2": undata,
    "hpack": unpack_head,
}
NEEDS = {"recipe:umeng-aes": "openssl", "br": "brotli", "zstd": "zstd", "lz4": "lz4"}
HASHES = {name: name for name in ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "ripemd160")}
HASHES |= {f"sha3-{bits}": f"sha3_{bits}" for bits in (224, 256, 384, 512)}
# what is done to a value on the way to a digest
FORWARD = {name: lambda data, hash=hash: hashlib.new(hash, data).digest() for name, hash in HASHES.items()}
FORWARD |= {"hex": lambda data: data.hex().encode(), "hex-upper": lambda data: data.hex().upper().encode(),
            "middle": lambda data: data[4:12], "truncated": bytes,
            "uuid": lambda d: d[:6] + bytes([d[6] & 15 | 48, d[7], d[8] & 63 | 128]) + d[9:]}
SEPARATORS = {"colon": b":", "bar": b"|", "dash": b"-", "underscore": b"_", "ampersand": b"&", "space": b" "}
FIELD = re.compile(rb"[\w.@+-]{4,64}")


def walk(proof, data):
    for step in proof:
        name, offset, length = step["step"], step["offset"], step["length"]
        data = DECODERS.get(name, bytes)(data)
        if offset + length > len(data):
            raise ValueError(f"{name} has {len(data)} bytes, not {offset}+{length}")
        data = data[offset:offset + length]
    return data


def hashed(writing, transform, beside):
    """What the steps may make of a writing: one result, or one for each field that stands beside."""
    results = [writing]
    for name in transform:
        between = SEPARATORS.get(name.partition(":")[2], b"")
        if name.startswith("append-field"):
            results = [writing + between + field for field in beside]
        elif name.startswith("prepend-field"):
            results = [field + between + writing for field in beside]
        elif name == "hmac-field":
            return [hmac.digest(field, writing, transform[-1]) for field in beside]
        else:
            results = [FORWARD[name](result) for result in results]
    return results


def said(value, data, transform, beside):
    """Do the bytes say the value? `beside`: the fields of the same message."""
    for at in range(len(transform), 0, -1):
        name = transform[at - 1]
        if name in HASHES or name in ("truncated", "middle", "uuid"):
            writings = {value, re.sub(r"[^0-9]", "", value), value.lower(), value.upper()}
            results = [r for w in writings for r in hashed(w.encode(), transform[:at], beside)]
            return any(r == data or (name == "truncated" and len(data) >= 8 and r.startswith(data)) for r in results)
        if name == "xor-field":
            opened = (bytes(c ^ key[i % len(key)] for i, c in enumerate(data)) for key in beside)
            return any(said(value, clear, transform[:at - 1], beside) for clear in opened)
        data = DECODERS[name](data)
    text = data.decode(errors="replace").lower()
    digits = re.sub(r"[^0-9]", "", value)
    numeric = len(digits) > 9 and re.fullmatch(r"[+]?[0-9 ().-]+", text) is not None
    return text == value.lower() or (numeric and re.sub(r"[^0-9]", "", text) == digits)


def har_entry(path, number):
    """The text of an entry of a HAR file."""
    text = path.read_text()
    at = text.index("[", text.index('"entries"'))
    for _ in range(number + 1):
        start = text.index("{", at)
        at = json.JSONDecoder().raw_decode(text, start)[1]
    return text[start:at].encode()


def problem(finding, path):
    """What is wrong with the proof of a revealed finding, or None."""
    proof, value = finding["proof"], finding["identifier"]["value"]
    steps = [step["step"] for step in proof] + finding["transform"]
    if proof[0]["step"].startswith("dns.") or any(shutil.which(NEEDS[s]) is None for s in steps if s in NEEDS) or (
            hpack is None and "hpack" in steps):
        return None  # a name is told where its bytes are spread; a program is missing
    try:
        har = re.fullmatch(r"har\.entry\[(\d+)\]", proof[0]["step"])
        whole = har_entry(path, int(har[1])) if har else stream(path, finding["frames"][0])
        if proof[0]["step"].startswith("mqtt.") and whole.startswith((b"GET ", b"HTTP/1.1 ")):
            whole = b"".join(payload for _, _, control, payload in frames(behind_handshake(whole)) if not control)
        if len(proof) > 1 and proof[1]["step"] == "permessage-deflate":
            end = proof[0]["offset"] + proof[0]["length"] - len(whole) + len(behind_handshake(whole))
            whole = unpacked(whole, end)
            proof = [dict(proof[1], step="websocket.payload"), *proof[2:]]
        data = walk(proof, whole)
        if said(value, data, finding["transform"], set(FIELD.findall(whole))):
            return None
        return f"the proof of {finding['identifier']['label']} leads to {data!r}"
    except (ValueError, zlib.error) as error:
        return f"the proof of {finding['identifier']['label']} cannot be walked: {error}"
