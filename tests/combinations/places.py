"""Where a payload stands in a capture: one flow of its own for each, to an address and a name of its own."""
import struct

import coders
import layers

DEVICE = bytes.fromhex("20010db800d000000000000000000001")
DEVICE_TEXT = "2001:db8:d0::1"
SEGMENT_MAX = 1300
LINK_RAW = 101


class Flow:
    """A conversation with one server. The last 32 bits of the server's address are the combination's number."""

    def __init__(self, capture, number, server_port):
        self.capture, self.number = capture, number
        self.server = bytes.fromhex("20010db800c0") + bytes(6) + struct.pack(">I", number)
        self.port, self.own_port = server_port, 20000 + number % 40000

    def ip(self, protocol, payload):
        self.capture.packet(struct.pack(">IHBB", 0x60000000, len(payload), protocol, 64) + DEVICE + self.server + payload)

    def tcp(self, data, rng):
        sequence = rng.getrandbits(32)

        def segment(flags, payload=b""):
            nonlocal sequence
            self.ip(6, struct.pack(">HHIIBBHHH", self.own_port, self.port, sequence, 0, 5 << 4, flags, 65535, 0, 0) + payload)
            sequence = (sequence + len(payload) + (flags & 2 > 0)) & 0xffffffff
        segment(2)
        while data:
            size = rng.choice((SEGMENT_MAX, SEGMENT_MAX, SEGMENT_MAX, rng.randrange(1, SEGMENT_MAX)))
            segment(0x18, data[:size])
            data = data[size:]
        segment(0x11)

    def udp(self, data):
        self.ip(17, struct.pack(">HHHH", self.own_port, self.port, len(data) + 8, 0) + data)


class Capture:
    """A pcap file of bare IPv6 packets."""

    def __init__(self, path):
        self.file = open(path, "wb")
        self.file.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, LINK_RAW))
        self.time = 1407402000 * 1000000

    def packet(self, data):
        self.time += 5000
        self.file.write(struct.pack("<IIII", self.time // 1000000, self.time % 1000000, len(data), len(data)) + data)

    def close(self):
        self.file.close()


def host_of(number):
    return f"c{number:06d}.example"


def _http(flow, rng, start, fields=(), body=b""):
    lines = [start, f"Host: {host_of(flow.number)}", "User-Agent: combinations/1.0", *fields]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    flow.tcp("\r\n".join(lines).encode() + b"\r\n\r\n" + body, rng)


# Each place: takes (flow, rng, payload); gives the payload with the place's path.

def query(flow, rng, payload):
    escaped = coders.percent(payload.data).decode()
    payload.late = payload.late or escaped.find("%") > layers.LATE
    made = payload.inside("query", b"", ["http.request.uri", "query:u"], None,
                          ["percent"] if escaped.encode() != payload.data else [])
    _http(flow, rng, f"GET /v1/hit?a=1&u={escaped}&lang=en HTTP/1.1")
    return made


def path(flow, rng, payload):
    escaped = coders.percent(payload.data).decode()
    # The path is escaped as a whole: that is a step, not a transform.
    steps = ["http.request.uri"] + (["percent"] if escaped.encode() != payload.data else [])
    if not payload.held and payload.layers[-1:] == ["percent"]:
        payload = payload.copy(payload.data, payload.text)
        while payload.transforms[-1:] == ["percent"]:
            payload.path.append(payload.transforms.pop())
        payload.held = True
    made = payload.loosely().inside("URL path", b"", steps)
    _http(flow, rng, f"GET /v1/{escaped}/list HTTP/1.1")
    return made


def header(flow, rng, payload):
    made = payload.loosely().inside("header", b"", ["http.request.header:x-device"])
    _http(flow, rng, "GET /v1/ping HTTP/1.1", [f"X-Device: {payload.text}"])
    return made


def cookie(flow, rng, payload):
    plain = all(c.isalnum() or c in "-_.!~*'()/+=@" for c in payload.text) and payload.text.isascii()
    text = payload.text if plain else coders.percent(payload.data).decode()
    payload.late = payload.late or (not plain and text.find("%") > layers.LATE)
    made = payload.inside("cookie", b"", ["http.request.header:cookie", "cookie:uid"], None, [] if plain else ["percent"])
    _http(flow, rng, "GET / HTTP/1.1", [f"Cookie: lang=en; uid={text}; t=1"])
    return made


DECLARED = {"json": "application/json", "xml": "text/xml", "form": "application/x-www-form-urlencoded", "jwt": "text/plain",
            "vcard": "text/vcard", "html form": "text/html", "cbor": "application/cbor", "msgpack": "application/msgpack",
            "protobuf": "application/x-protobuf", "zip": "application/zip", "bson": "application/bson",
            "thrift": "application/x-thrift", "bond": "application/bond-compact-binary"}
CONTENT_ENCODINGS = {"gzip": "gzip", "zlib": "deflate", "deflate": "deflate", "br": "br", "zstd": "zstd"}


def body(flow, rng, payload):
    """Declared as what it is, or as nothing in particular: what it is must be told by the content then."""
    outer = payload.layers[-1] if payload.layers else ""
    fields, steps = [], ["http.request.body"]
    media = getattr(payload, "media", DECLARED.get(outer))
    if payload.must_declare or (media and rng.random() < 0.5):
        kind = media or ("text/plain" if payload.text is not None else "application/octet-stream")
    else:
        kind = rng.choice(("application/octet-stream", "text/plain") if payload.text is not None else
                          ("application/octet-stream",))
    if outer in CONTENT_ENCODINGS and (payload.must_declare or rng.random() < 0.5):
        fields.append(f"Content-Encoding: {CONTENT_ENCODINGS[outer]}")
    fields.append(f"Content-Type: {kind}")
    if rng.random() < 0.2:
        data = payload.data
        chunks = b""
        while data:
            size = rng.randrange(1, 2000)
            part, data = data[:size], data[size:]
            chunks += b"%x\r\n%s\r\n" % (len(part), part)
        made = payload.inside("body", b"", [*steps, "chunked"])
        lines = ["POST /v1/data HTTP/1.1", f"Host: {host_of(flow.number)}", "Transfer-Encoding: chunked", *fields]
        flow.tcp("\r\n".join(lines).encode() + b"\r\n\r\n" + chunks + b"0\r\n\r\n", rng)
        return made
    made = payload.inside("body", b"", steps)
    _http(flow, rng, "POST /v1/data HTTP/1.1", fields, payload.data)
    return made


def dns(flow, rng, payload):
    name = [payload.data, b"t", *host_of(flow.number).encode().split(b".")]
    labels = b"".join(bytes([len(label)]) + label for label in name) + b"\0"
    flow.udp(struct.pack(">HHHHHH", rng.getrandbits(16), 0x0100, 1, 0, 0, 0) + labels + struct.pack(">HH", 1, 1))
    return payload.inside("DNS label", b"", ["dns.question.name"])


def _around(rng, payload):
    """Nothing around what tells itself at its start; bytes that are no letters around a plain value."""
    if payload.layers and not payload.may_be_embedded:
        return b"", b""
    if rng.random() < 0.3:
        return b"", b""
    return bytes([rng.choice((1, 2, 3, 0x11)) for _ in range(rng.randrange(3, 12))]), bytes([rng.choice((1, 2, 3, 0x11)) for _ in range(rng.randrange(1, 6))])


def tcp(flow, rng, payload):
    before, behind = _around(rng, payload)
    flow.tcp(before + payload.data + behind, rng)
    return payload.inside("raw TCP", b"", ["tcp.payload"])


def udp(flow, rng, payload):
    before, behind = _around(rng, payload)
    flow.udp(before + payload.data + behind)
    return payload.inside("raw UDP", b"", ["udp.payload"])


PLACES = {"query": (query, 80), "URL path": (path, 80), "header": (header, 8080), "cookie": (cookie, 80), "body": (body, 80),
          "DNS label": (dns, 53), "raw TCP": (tcp, 7777), "raw UDP": (udp, 7778)}


# A header field and a segment of a URL's path are text: no format is looked for in them, and base85 only where a body
# begins with it.
BODIES_ONLY = {"json", "json lines", "xml", "html form", "plist", "form", "vcard", "base85", "ascii85", "ascii85, adobe", "z85",
               "plist data", "bplist"}


def fits(place, payload):
    """May this payload stand there?"""
    text, size = payload.text, len(payload.data)
    if place in ("header", "URL path") and payload.layers and payload.layers[-1] in BODIES_ONLY:
        return False
    if place in ("body", "raw TCP"):
        return True
    if place in ("query", "cookie") and payload.layers and payload.layers[-1].startswith(("base85", "ascii85", "z85")):
        return place == "query" and coders.percent(payload.data) != payload.data  # a body only where it is escaped
    if place == "raw UDP":
        return size < 1200
    if text is None or size > 3000:
        return False
    if place == "DNS label" and payload.layers and payload.layers[-1] in layers.BASE85:
        return False  # other labels stand behind it: not all of the text is base85
    if place == "DNS label":
        return size <= 63 and text.isascii() and all(c.isalnum() or c in "-_" for c in text)
    if place == "header":
        return "\n" not in text and "\r" not in text and text == text.strip()
    if place == "URL path":  # its segments end at a slash
        if payload.held and payload.layers[-1:] and payload.layers[-1].startswith("base64"):
            return False  # the slash in front may be one of its letters: where the token begins is luck
        return size < 250 and "/" not in text
    return True
