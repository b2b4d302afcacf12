"""What a value may be wrapped in: codings, whose whole content is what they encode, and containers, which hold more.

A `Payload` knows how findings must describe it: the transforms (codings around nothing but the value, innermost
first) and the path (everything from the first thing on that holds more than the value, outermost first).
"""
import base64
import json
import struct
import zipfile
import zlib

import coders


class Payload:
    def __init__(self, data, text=None, held=False):
        self.data = data
        self.text = text  # where the bytes are text that may stand in a string
        self.transforms, self.path = [], []
        self.held = held  # something holds more than the value
        self.trailed = False  # the bytes hold signs around the last coding's run: the next one holds more than that run
        self.layers = []  # what was done, for the report
        self.forms = ()  # the names of the value's form, while nothing was done to it
        self.late = False  # the first escape stands so late that a value may have been read before it

    def copy(self, data, text=None):
        made = Payload(data, text, self.held)
        made.trailed, made.late = self.trailed, self.late
        made.transforms, made.path, made.layers = list(self.transforms), list(self.path), list(self.layers)
        return made

    def coded(self, step, data, text=None, layer=None):
        """Under a coding of which it is all."""
        made = self.copy(data, text)
        made.add_coding(step)
        made.layers.append(layer or step)
        made.trailed = layer in TRAILED and data[-1:] in (b"=", b">")
        return made

    def add_coding(self, step):
        self.held = self.held or self.trailed
        if self.held:
            self.path.insert(0, step)
        else:
            self.transforms.append(step)

    def inside(self, layer, data, steps, text=None, codings=()):
        """In a container: `codings` are undone at the place itself, the innermost first."""
        made = self.copy(data, text)
        for step in codings:
            made.add_coding(step)
        made.path = list(steps) + made.path
        made.held = True
        made.layers.append(layer)
        return made


    def loosely(self):
        """Where nothing separates it from what stands in front: an escaped run begins with that, and holds more."""
        if not self.held and self.layers and self.layers[-1] in ("char-ref", "backslash"):
            made = self.copy(self.data, self.text)
            made.path, made.held = [made.transforms.pop()], True
            return made
        return self


# Padding of base64, the marks and the filling of base85: no part of the run that is decoded.
TRAILED = ("base64", "base64url", "base64, wrapped", "base32", "ascii85, adobe")
TEXT_FORMATS = ("json", "json lines", "xml", "html form", "plist", "form", "vcard", "data url", "jwt", "plist data")


LATE = 1024  # TT_FORM_MAX: so many bytes of a value are kept until its first escape is seen


def filler(rng):
    return " ".join(rng.choice(("lorem", "quiet", "amber", "seven", "north", "paper")) for _ in range(rng.randrange(3, 30)))


def name_of(rng):
    return rng.choice(("id", "k", "data", "uid", "v", "device", "q", "payload"))


# ---- codings: bytes to bytes -------------------------------------------------------------------------------

def compression(step, encode):
    return lambda rng, payload: payload.coded(step, encode(payload.data))


COMPRESSIONS = {
    "gzip": compression("gzip", coders.gzipped),
    "zlib": compression("zlib", zlib.compress),
    "deflate": compression("deflate", coders.raw_deflate),
    "br": compression("br", coders.brotli),
    "zstd": compression("zstd", coders.zstd),
    "lz4": compression("lz4", coders.lz4),
}
# Neither has a magic number: undeclared they are told by the text that they give (content/inflate.h, brotli.h).
NO_MAGIC = ("deflate", "br")


def xor(rng, payload):
    key = rng.randrange(0x80, 0x100) if rng.random() < 0.7 else rng.randrange(1, 0x20)
    return payload.coded(f"xor:{key:02x}", coders.xored(payload.data, key), layer="xor")


# ---- codings: bytes to text --------------------------------------------------------------------------------

def letters(step, encode, layer):
    def wrap(rng, payload):
        data = encode(payload.data)
        return payload.coded(step, data, data.decode(), layer)
    return wrap


def base32_lower(data):
    return base64.b32encode(data).lower().rstrip(b"=")


TO_TEXT = {
    "base64": letters("base64", base64.b64encode, "base64"),
    "base64 without padding": letters("base64", lambda data: base64.b64encode(data).rstrip(b"="), "base64 without padding"),
    "base64url": letters("base64", base64.urlsafe_b64encode, "base64url"),
    "base64url without padding": letters("base64", lambda data: base64.urlsafe_b64encode(data).rstrip(b"="),
                                         "base64url without padding"),
    "hex": letters("hex", coders.hex_lower, "hex"),
    "HEX": letters("hex", coders.hex_upper, "HEX"),
    "base32": letters("base32", base64.b32encode, "base32"),
    "base32, lower": letters("base32", base32_lower, "base32, lower"),
}
WRAPPED = letters("base64", coders.base64_wrapped, "base64, wrapped")
WRAPPED_64 = letters("base64", lambda data: coders.base64_wrapped(data, 64, b"\n"), "base64, wrapped")
BASE58 = letters("base58", coders.base58, "base58")
BASE85 = {
    "base85": letters("base85", base64.b85encode, "base85"),
    "ascii85": letters("ascii85", base64.a85encode, "ascii85"),
    "ascii85, adobe": letters("ascii85", lambda data: base64.a85encode(data, adobe=True), "ascii85, adobe"),
    "z85": letters("z85", coders.z85, "z85"),
}


# ---- containers of text --------------------------------------------------------------------------------------

def json_object(rng, payload, text=None, layer="json"):
    """The value as a string somewhere in a JSON text."""
    key, style = name_of(rng), rng.choice((0, 0, 0, 1, 2))
    escaped = coders.json_escape(payload.text, style)
    value = f'"{escaped}"'
    shape = rng.randrange(4)
    note = json.dumps(filler(rng))
    if shape == 0:
        whole, place = f'{{"v": 3, "{key}": {value}, "note": {note}}}', f"json:$.{key}"
    elif shape == 1:
        whole, place = f'{{"note":{note},"d":{{"{key}":{value}}}}}', f"json:$.d.{key}"
    elif shape == 2:
        whole, place = f'{{"{key}":["none",{value},null],"n":{rng.randrange(99)}}}', f"json:$.{key}[*]"
    else:
        whole, place = f'[{{"n": 1}}, {{"{key}": {value}}}]', f"json:$[*].{key}"
    return payload.inside(layer, whole.encode(), [place], whole, ["json-string"] if escaped != payload.text else [])


def json_lines(rng, payload):
    """Values one behind the other, RFC 7464's poorer sister."""
    escaped = coders.json_escape(payload.text, 0)
    key = name_of(rng)
    whole = "".join(f'{{"n":{at},"note":{json.dumps(filler(rng))}}}\n' for at in range(rng.randrange(1, 4)))
    whole += f'{{"n":9,"{key}":"{escaped}"}}\n{{"n":10}}\n'
    return payload.inside("json lines", whole.encode(), [f"json:$.{key}"], whole,
                          ["json-string"] if escaped != payload.text else [])


def xml(rng, payload):
    tag, shape = name_of(rng), rng.randrange(4)
    every = rng.random() < 0.2
    escaped = coders.references(payload.text, every)
    coding = ["char-ref"] if escaped != payload.text else []
    start = '<?xml version="1.0" encoding="UTF-8"?>' if rng.random() < 0.5 else ""
    if shape == 0 and "]]>" not in payload.text:
        body, place, coding = f"<r><n>1</n><{tag}><![CDATA[{payload.text}]]></{tag}></r>", f"xml:/r/{tag}", ["cdata"]
    elif shape == 1:
        body, place = f'<r><n>1</n><{tag} x="1" y="{escaped}"/></r>', f"xml:/r/{tag}/@y"
    else:
        body, place = f"<r><n>1</n><item/><item><{tag}>{escaped}</{tag}></item></r>", f"xml:/r/item/{tag}"
    whole = start + body
    return payload.inside("xml", whole.encode(), [place], whole, coding)


def html(rng, payload):
    escaped = coders.references(payload.text, False)
    whole = (f'<!DOCTYPE html><html><head><title>x</title></head><body><form action="/a"><input name="a" value="1">'
             f'<input name="b" value="{escaped}"></form></body></html>')
    return payload.inside("html form", whole.encode(), ["html:/html/body/form/input/@value"], whole,
                          ["char-ref"] if escaped != payload.text else [])


def plist(rng, payload):
    escaped = coders.references(payload.text, False)
    whole = ('<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" '
             '"http://www.apple.com/DTDs/PropertyList-1.0.dtd">\n<plist version="1.0">\n<dict>\n<key>n</key><integer>3'
             f'</integer>\n<key>device</key>\n<dict><key>id</key><string>{escaped}</string></dict>\n</dict>\n</plist>\n')
    return payload.inside("plist", whole.encode(), ["plist:$.device.id"], whole,
                          ["char-ref"] if escaped != payload.text else [])


def plist_data(rng, payload):
    made = WRAPPED_64(rng, payload)
    return plist(rng, made)


def form(rng, payload):
    key = name_of(rng)
    escaped = coders.percent(payload.data, rng.choice((b"%20", b"+"))).decode()
    whole = f"a=1&{key}={escaped}&lang=en"
    payload.late = payload.late or escaped.find("%") > LATE
    return payload.inside("form", whole.encode(), [f"form:{key}"], whole,
                          ["percent"] if escaped.encode() != payload.data else [])


def vcard(rng, payload):
    escaped = payload.text.replace("\r", "").replace("\\", "\\\\").replace(",", "\\,").replace(";", "\\;").replace("\n", "\\n")
    field = rng.choice(("NOTE", "X-ID", "TEL;TYPE=CELL", "item1.EMAIL"))
    if escaped == payload.text:
        payload = payload.loosely()
    place = "vcard:" + field.split(";")[0].split(".")[-1].lower()
    whole = f"BEGIN:VCARD\r\nVERSION:3.0\r\nN:;;;;\r\n{field}:{escaped}\r\nREV:20140807T090000Z\r\nEND:VCARD\r\n"
    return payload.inside("vcard", whole.encode(), [place], whole, ["vcard-text"] if escaped != payload.text else [])


def jwt(rng, payload):
    """RFC 7519: the claims are JSON in base64url."""
    def segment(data):
        return base64.urlsafe_b64encode(data).decode().rstrip("=")
    claims = json_object(rng, payload, layer="jwt")
    if not claims.text.startswith("{"):
        claims = payload.inside("jwt", b'{"sub":"%s"}' % coders.json_escape(payload.text, 0).encode(), ["json:$.sub"], None,
                                ["json-string"] if coders.json_escape(payload.text, 0) != payload.text else [])
    signature = bytes(rng.randrange(256) for _ in range(32))
    whole = f'{segment(b"{" + b"%salg%s:%sHS256%s" % ((b"%c" % 34,) * 4) + b"}")}.{segment(claims.data)}.{segment(signature)}'
    made = claims.copy(whole.encode(), whole)
    made.path.insert(0, "base64")
    return made


def data_url(rng, payload):
    kind = rng.choice(("text/plain", "application/octet-stream", "image/png"))
    made = payload.coded("base64", b"", layer="data url")
    made.text = f"data:{kind};base64,{base64.b64encode(payload.data).decode()}"
    made.data, made.held = made.text.encode(), True
    return made


def in_text(rng, payload):
    """base64 of a longer text: the value stands at any offset in it."""
    whole = f"{filler(rng)} {payload.text} {filler(rng)}"
    made = payload.inside("longer text", whole.encode(), [], whole)
    return rng.choice(list(TO_TEXT.values())[:4])(rng, made)


# ---- containers of bytes -------------------------------------------------------------------------------------

def multipart(rng, payload):
    boundary = "----" + "".join(rng.choice("abcdefghij0123456789") for _ in range(16))
    coding, data, codings = rng.choice(("", "", "base64", "quoted-printable")), payload.data, []
    header = ""
    if coding == "base64":
        data = coders.base64_wrapped(data)
    elif coding == "quoted-printable" and payload.text is not None:
        data = coders.quoted_printable(data)
    else:
        coding = ""
    if coding:
        header, codings = f"Content-Transfer-Encoding: {coding}\r\n", [coding]
    key = name_of(rng)
    whole = (f'--{boundary}\r\nContent-Disposition: form-data; name="note"\r\n\r\nnothing\r\n--{boundary}\r\n'
             f'Content-Disposition: form-data; name="{key}"\r\n{header}\r\n').encode() + data + f"\r\n--{boundary}--\r\n".encode()
    made = payload.inside("multipart", whole, [f"multipart:{key}"], None, codings)
    made.media = f"multipart/form-data; boundary={boundary}"
    return made


def zip_member(rng, payload):
    name = rng.choice(("report.json", "d/log.txt", "data.bin"))
    method = rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
    whole = coders.zipped([("read.me", b"nothing here"), (name, payload.data)], method)
    return payload.inside("zip", whole, [f"zip:{name}"], None, ["deflate"] if method == zipfile.ZIP_DEFLATED else [])


def tar_file(rng, payload):
    name = rng.choice(("report.json", "d/log.txt", "data.bin"))
    return payload.inside("tar", coders.tarred([("read.me", b"nothing here"), (name, payload.data)]), [f"tar:{name}"])


def sized(data, width=1):
    return (coders.varint(len(data)) if width == 1 else len(data).to_bytes(width, "big")) + data


def protobuf_message(rng, payload):
    """{1: {1: 7, 3: {2: value}}, 2: text, 4: 150}, or of bytes {1: text, 2: value, 4: 150}: that there is a message in a
    message is told by what it holds."""
    if payload.path[:1] and payload.path[0].startswith("protobuf:"):
        # A message in a message: its fields go on with the path.
        made = protobuf_whole(rng, payload)
        made.path[:2] = [f"{made.path[0]}.{made.path[1].removeprefix('protobuf:')}"]
        return made
    if payload.text is None:
        whole = b"\x0a" + sized(filler(rng).encode()) + b"\x12" + sized(payload.data) + b"\x20\x96\x01"
        return payload.inside("protobuf", whole, ["protobuf:2"])
    return protobuf_whole(rng, payload)


def protobuf_whole(rng, payload):
    value = b"\x12" + sized(payload.data)
    inner = b"\x08\x07\x1a" + sized(value)
    whole = b"\x0a" + sized(inner) + b"\x12" + sized(filler(rng).encode()) + b"\x20\x96\x01"
    return payload.inside("protobuf", whole, ["protobuf:1.3.2"])


def grpc(rng, payload):
    message = protobuf_message(rng, payload)
    packed = rng.random() < 0.5 and len(message.data) < 400  # told by a frame that ends within the first bytes
    data = coders.gzipped(message.data) if packed else message.data
    made = message.copy(struct.pack(">BI", packed, len(data)) + data)
    made.path[:0] = ["grpc:[*]"] + (["gzip"] if packed else [])
    made.layers[-1] = "grpc"
    made.media = "application/grpc+proto"
    return made


def cbor_head(major, count):
    if count < 24:
        return bytes([major << 5 | count])
    at = next(at for at in range(4) if count < 1 << (8 << at))
    return bytes([major << 5 | 24 + at]) + count.to_bytes(1 << at, "big")


def cbor_item(data, text=True):
    return cbor_head(3 if text else 2, len(data)) + data


def cbor(rng, payload):
    value = cbor_item(payload.data, payload.text is not None)
    whole = (b"\xa3" + cbor_item(b"v") + b"\x03" + cbor_item(b"note") + cbor_item(filler(rng).encode()) + cbor_item(b"d") +
             b"\xa1" + cbor_item(b"ids") + b"\x82" + cbor_item(b"none") + value)
    return payload.inside("cbor", whole, ["cbor:$.d.ids[*]"])


def msgpack_item(data, text=True):
    count = len(data)
    if text and count < 32:
        return bytes([0xa0 | count]) + data
    codes = (0xd9, 0xda, 0xdb) if text else (0xc4, 0xc5, 0xc6)
    width = 1 if count < 256 else 2 if count < 65536 else 4
    return bytes([codes[width // 2]]) + count.to_bytes(width, "big") + data


def msgpack(rng, payload):
    value = msgpack_item(payload.data, payload.text is not None)
    whole = (b"\x83" + msgpack_item(b"v") + b"\x03" + msgpack_item(b"note") + msgpack_item(filler(rng).encode()) +
             msgpack_item(b"d") + b"\x81" + msgpack_item(b"ids") + b"\x92" + msgpack_item(b"none") + value)
    return payload.inside("msgpack", whole, ["msgpack:$.d.ids[*]"])


def bson_element(kind, name, data):
    return bytes([kind]) + name + b"\0" + data


def bson_document(*elements):
    data = b"".join(elements)
    return struct.pack("<I", len(data) + 5) + data + b"\0"


def bson_text(name, data):
    return bson_element(2, name, struct.pack("<I", len(data) + 1) + data + b"\0")


def bson(rng, payload):
    value = bson_text(b"1", payload.data) if payload.text is not None else bson_element(
        5, b"1", struct.pack("<I", len(payload.data)) + b"\0" + payload.data)
    ids = bson_document(bson_text(b"0", b"none"), value)
    whole = bson_document(bson_element(16, b"v", struct.pack("<i", 3)), bson_text(b"note", filler(rng).encode()),
                          bson_element(3, b"d", bson_document(bson_element(4, b"ids", ids))))
    return payload.inside("bson", whole, ["bson:$.d.ids[*]"])


def thrift(rng, payload):
    """{1: text, 2: {1: 7, 2: list of two binaries}}, in a call or bare."""
    body = (b"\x18" + sized(filler(rng).encode()) + b"\x1c\x15\x0e\x19\x28" + sized(b"none") + sized(payload.data) + b"\0\0")
    if rng.random() < 0.5:
        body = b"\x82\x21\x01" + sized(b"register") + body
    return payload.inside("thrift", body, ["thrift:2.2[*]"])


def bond(rng, payload):
    """{1: text, 2: {2: value}, 4: list of two strings}, marshalled. The value is a string, or a list of bytes (a blob)."""
    strings, note, place = sized(b"none") + sized(b"golden"), b"\x29" + sized(filler(rng).encode()), "bond:2.2"
    value = b"\x49" + sized(payload.data) if payload.text is not None else b"\x4b\x0e" + sized(payload.data)
    version = rng.choice((1, 2))
    if version == 1:
        whole = note + b"\x4a" + value + b"\0" + b"\x8b\x09\x02" + strings + b"\0"
    else:
        if payload.text is None:
            count = len(payload.data) + 1
            value = b"\x4b" + (bytes([14 | count << 5]) if count < 8 else b"\x0e" + coders.varint(len(payload.data))) + payload.data
        inner = value + b"\0"
        record = note + b"\x4a" + sized(inner) + b"\x8b\x69" + strings + b"\0"
        whole = sized(record)
    header = struct.pack("<HH", 0x4243, version)
    return payload.inside("bond", header + whole, [place])


def bplist(rng, payload):
    """{"n": 3, "device": {"id": value}}; Core Foundation's CFBinaryPList.c tells the format."""
    def head(kind, count):
        if count < 15:
            return bytes([kind << 4 | count])
        size = 1 if count < 256 else 2 if count < 65536 else 4
        return bytes([kind << 4 | 15, 0x10 | size.bit_length() - 1]) + count.to_bytes(size, "big")
    codings = []
    if payload.text is None:
        value = head(4, len(payload.data)) + payload.data
    elif payload.text.isascii():
        value = head(5, len(payload.data)) + payload.data
    else:
        units = payload.text.encode("utf-16-be")
        value, codings = head(6, len(units) // 2) + units, ["utf-16be"]
    objects = [head(13, 2) + bytes([1, 2, 3, 4]), head(5, 1) + b"n", head(5, 6) + b"device", b"\x10\x03",
               head(13, 1) + bytes([5, 6]), head(5, 2) + b"id", value]
    whole, offsets = b"bplist00", []
    for item in objects:
        offsets.append(len(whole))
        whole += item
    width = 1 if len(whole) < 256 else 2 if len(whole) < 65536 else 4
    table = len(whole)
    whole += b"".join(offset.to_bytes(width, "big") for offset in offsets)
    whole += bytes(6) + bytes([width, 1]) + struct.pack(">QQQ", len(objects), 0, table)
    return payload.inside("bplist", whole, ["plist:$.device.id"], None, codings)


def blocks(rng, payload):
    """Blocks behind their lengths: the first one is text, as the least sure of all formats must be told somehow."""
    order, width = rng.choice(("big", "little")), rng.choice((2, 4))
    if 0x20 <= len(payload.data) & 0xff < 0x7f:
        order = "big"  # a length that begins like text may be text
    parts = [b'{"hello":1,"note":"%s"}' % filler(rng).encode(), payload.data, b'{"bye":2}']
    whole = b"".join(len(part).to_bytes(width, order) + part for part in parts)
    return payload.inside("blocks", whole, ["blocks:[*]"])


def prefixed(rng, payload):
    """A compressed stream behind a private header."""
    made = COMPRESSIONS[rng.choice(("gzip", "zlib", "zstd", "lz4"))](rng, payload)
    size = rng.randrange(2, 15)
    head = struct.pack(">H", 1) + bytes(rng.randrange(0x80, 0xf0) for _ in range(size - 2))
    return made.inside("prefixed", head + made.data, [f"offset:{size}"])


# ---- pictures ------------------------------------------------------------------------------------------------

def exif_block(fields, position=None):
    """CIPA DC-008: a directory, one of Exif, one of GPS. `fields`: [(tag, text)] of the Exif directory."""
    def entry(tag, kind, count, value):
        return struct.pack(">HHI", tag, kind, count) + (value if isinstance(value, bytes) else struct.pack(">I", value))

    def degrees(text):
        millionths = abs(int(text.replace(".", "")))  # six decimals
        units = millionths * 3600
        seconds = units // 1000000
        return struct.pack(">6I", seconds // 3600, 1, seconds // 60 % 60, 1, units - seconds // 60 * 60 * 1000000, 1000000)
    maker = b"Example\0"
    directories = 3 if position else 2
    first = 8 + 2 + 12 * directories + 4
    second = first + 2 + 12 * len(fields) + 4
    values = second + (2 + 12 * 4 + 4 if position else 0)
    out = b"MM" + struct.pack(">HIH", 42, 8, directories) + entry(0x10f, 2, len(maker), values) + entry(0x8769, 4, 1, first)
    out += (entry(0x8825, 4, 1, second) if position else b"") + bytes(4)
    tail = maker
    out += struct.pack(">H", len(fields))
    for tag, text in fields:
        data = text + b"\0"
        out += entry(tag, 2, len(data), values + len(tail))
        tail += data
    out += bytes(4)
    if position:
        latitude, longitude = position
        out += struct.pack(">H", 4) + entry(1, 2, 2, b"S\0\0\0" if latitude[0] == "-" else b"N\0\0\0")
        out += entry(2, 5, 3, values + len(tail))
        tail += degrees(latitude)
        out += entry(3, 2, 2, b"W\0\0\0" if longitude[0] == "-" else b"E\0\0\0") + entry(4, 5, 3, values + len(tail))
        tail += degrees(longitude)
        out += bytes(4)
    return out + tail


def jpeg_file(block=None, xmp=None):
    def segment(mark, data):
        return struct.pack(">BBH", 0xff, mark, len(data) + 2) + data
    out = b"\xff\xd8" + segment(0xe0, b"JFIF\0\1\1\0\0\1\0\1\0\0")
    if block:
        out += segment(0xe1, b"Exif\0\0" + block)
    if xmp:
        out += segment(0xe1, b"http://ns.adobe.com/xap/1.0/\0" + xmp)
    return out + segment(0xda, b"\1\1\0\0?\0") + bytes(range(200)) + b"\xff\xd9"


def heif_file(block):
    def box(kind, data):
        return struct.pack(">I", len(data) + 8) + kind + data

    def meta(at):
        item = box(b"infe", b"\2\0\0\0\0\7\0\0Exif\0")
        return box(b"meta", bytes(4) + box(b"iinf", bytes(4) + b"\0\1" + item) + box(
            b"iloc", b"\0\0\0\0\x44\0\0\1\0\7\0\0\0\1" + struct.pack(">II", at, len(block) + 4)))
    start = box(b"ftyp", b"heic" + bytes(4) + b"mif1heic")
    return start + meta(len(start) + len(meta(0)) + 14) + box(b"mdat", b"pixels" + bytes(4) + block + b"more pixels")


def picture(rng, payload):
    tag, place = rng.choice(((0xa431, "exif:BodySerialNumber"), (0xa430, "exif:CameraOwnerName"), (None, None)))
    if place is None and len(payload.data) > 2000:
        tag, place = 0xa430, "exif:CameraOwnerName"
    if place is None:
        xmp = coders.references(payload.text, False)
        text = (f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><r:RDF><r:Description><Owner>{xmp}</Owner></r:Description></r:RDF>'
                '</x:xmpmeta>').encode()
        return payload.inside("jpeg xmp", jpeg_file(None, text),
                              ["jpeg:xmp", "xml:/x:xmpmeta/r:RDF/r:Description/Owner"], None,
                              ["char-ref"] if xmp != payload.text else [])
    block = exif_block([(tag, payload.data)])
    if rng.random() < 0.5:
        return payload.inside("jpeg", jpeg_file(block), [place])
    return payload.inside("heif", heif_file(block), [place])


def picture_of_place(rng, position):
    """The position of the camera, in fractions: the one container that writes a value in its own way."""
    block = exif_block([(0xa431, b"0000")], position)
    made = Payload(b"").inside("jpeg", jpeg_file(block), []) if rng.random() < 0.5 else \
        Payload(b"").inside("heif", heif_file(block), [])
    return made


TEXT_CONTAINERS = {"json": json_object, "json lines": json_lines, "xml": xml, "html form": html, "plist": plist,
                   "form": form, "vcard": vcard, "jwt": jwt, "longer text": in_text, "picture": picture}
BYTE_CONTAINERS = {"multipart": multipart, "zip": zip_member, "tar": tar_file, "protobuf": protobuf_message, "grpc": grpc,
                   "cbor": cbor, "msgpack": msgpack, "bson": bson, "thrift": thrift, "bond": bond, "bplist": bplist,
                   "blocks": blocks, "prefixed": prefixed, "data url": data_url, "plist data": plist_data}
