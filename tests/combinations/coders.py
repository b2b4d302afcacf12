"""Reference encoders, written for the tests from the specifications or taken from Python's standard library and the
compressors' own libraries: nothing of telltale."""
import base64
import binascii
import ctypes
import gzip
import hashlib
import io
import struct
import tarfile
import urllib.parse
import zipfile
import zlib

# ---- compression ----------------------------------------------------------------------------------------


def _library(name):
    return ctypes.CDLL(name)


def brotli(data):
    """RFC 7932, by Google's library."""
    out = ctypes.create_string_buffer(len(data) * 2 + 1024)
    size = ctypes.c_size_t(len(out))
    if not _library("libbrotlienc.so.1").BrotliEncoderCompress(5, 22, 0, ctypes.c_size_t(len(data)), data,
                                                               ctypes.byref(size), out):
        raise ValueError("brotli")
    return out.raw[:size.value]


def zstd(data):
    """RFC 8878, by Facebook's library."""
    compress = _library("libzstd.so.1").ZSTD_compress
    compress.restype = ctypes.c_size_t
    out = ctypes.create_string_buffer(len(data) + 1024)
    size = compress(out, ctypes.c_size_t(len(out)), data, ctypes.c_size_t(len(data)), 3)
    return out.raw[:size]


def lz4(data):
    """LZ4 Frame Format 1.6, by its own library."""
    compress = _library("liblz4.so.1").LZ4F_compressFrame
    compress.restype = ctypes.c_size_t
    out = ctypes.create_string_buffer(len(data) * 2 + 1024)
    size = compress(out, ctypes.c_size_t(len(out)), data, ctypes.c_size_t(len(data)), None)
    return out.raw[:size]


def gzipped(data):
    return gzip.compress(data, mtime=0)


def raw_deflate(data):
    return zlib.compress(data)[2:-4]


# ---- archives -------------------------------------------------------------------------------------------

def zipped(members, method):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name, (2014, 8, 7, 9, 0, 0)), data, method)
    return out.getvalue()


def tarred(members):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


# ---- letters for bytes ----------------------------------------------------------------------------------

BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
Z85 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"


def base58(data):
    number, out = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        out = BASE58[digit] + out
    return ("1" * (len(data) - len(data.lstrip(b"\0"))) + out).encode()


def z85(data):
    """ZeroMQ RFC 32; of four bytes each."""
    out = ""
    for at in range(0, len(data), 4):
        number = int.from_bytes(data[at:at + 4], "big")
        out += "".join(Z85[number // 85 ** power % 85] for power in (4, 3, 2, 1, 0))
    return out.encode()


def base64_wrapped(data, width=76, end=b"\r\n"):
    text = base64.b64encode(data)
    return end.join(text[at:at + width] for at in range(0, len(text), width))


def hex_lower(data):
    return data.hex().encode()


def hex_upper(data):
    return data.hex().upper().encode()


# ---- escapes --------------------------------------------------------------------------------------------

def percent(data, space=b"%20"):
    return urllib.parse.quote_from_bytes(data, safe="").encode().replace(b"%20", space)


def percent_all(data):
    return b"".join(b"%%%02X" % byte for byte in data)


def json_escape(text, style):
    """RFC 8259, section 7. style 0: what must be; 1: all that is not ASCII, and the slash; 2: every character."""
    out = ""
    for character in text:
        code = ord(character)
        if style == 2 or (style == 1 and code > 126):
            units = struct.unpack(f">{len(character.encode('utf-16-be')) // 2}H", character.encode("utf-16-be"))
            out += "".join(f"\\u{unit:04x}" for unit in units)
        elif character in '"\\' or (style == 1 and character == "/"):
            out += "\\" + character
        elif code < 32:
            out += f"\\u{code:04x}"
        else:
            out += character
    return out


def references(text, every):
    """XML 1.0, section 4.1: what must be, or every character."""
    if every:
        return "".join(f"&#{ord(character)};" if at % 2 else f"&#x{ord(character):x};" for at, character in enumerate(text))
    return "".join({"<": "&lt;", ">": "&gt;", "&": "&amp;", '"': "&quot;", "'": "&#39;"}.get(c, c) for c in text)


def backslash(text):
    return "".join(f"\\u{ord(c):04x}" if ord(c) > 127 else f"\\x{ord(c):02x}" for c in text)


def quoted_printable(data):
    """RFC 2045, section 6.7, with soft line breaks."""
    out, line = b"", b""
    for byte in data:
        piece = bytes([byte]) if 33 <= byte <= 126 and byte != 61 and byte != 64 else b"=%02X" % byte
        if len(line) + len(piece) > 75:
            out, line = out + line + b"=\r\n", b""
        line += piece
    return out + line


def rot13(text):
    return "".join(chr((ord(c) - base + 13) % 26 + base) if (base := 97 if "a" <= c <= "z" else 65 if "A" <= c <= "Z" else 0)
                   else c for c in text)


def xored(data, key):
    return bytes(byte ^ key for byte in data)


# ---- digests --------------------------------------------------------------------------------------------

def murmur3_32(data, seed=0):
    """MurmurHash3_x86_32 of Austin Appleby's public description."""
    mask, hash_ = 0xffffffff, seed
    blocks = len(data) // 4 * 4

    def mix(block):
        block = block * 0xcc9e2d51 & mask
        block = (block << 15 | block >> 17) & mask
        return block * 0x1b873593 & mask
    for at in range(0, blocks, 4):
        hash_ ^= mix(int.from_bytes(data[at:at + 4], "little"))
        hash_ = (hash_ << 13 | hash_ >> 19) & mask
        hash_ = (hash_ * 5 + 0xe6546b64) & mask
    if len(data) > blocks:
        hash_ ^= mix(int.from_bytes(data[blocks:], "little"))
    hash_ ^= len(data)
    for shift, factor in ((16, 0x85ebca6b), (13, 0xc2b2ae35), (16, 1)):
        hash_ = (hash_ ^ hash_ >> shift) * factor & mask
    return hash_


def murmur3_128(data):
    """MurmurHash3_x64_128: two words."""
    mask = 0xffffffffffffffff
    c1, c2 = 0x87c37b91114253d5, 0x4cf5ad432745937f

    def turn(number, bits):
        return (number << bits | number >> (64 - bits)) & mask

    def mix1(block):
        return turn(block * c1 & mask, 31) * c2 & mask

    def mix2(block):
        return turn(block * c2 & mask, 33) * c1 & mask

    def final(number):
        number = (number ^ number >> 33) * 0xff51afd7ed558ccd & mask
        number = (number ^ number >> 33) * 0xc4ceb9fe1a85ec53 & mask
        return number ^ number >> 33
    first, second = 0, 0
    blocks = len(data) // 16 * 16
    for at in range(0, blocks, 16):
        low, high = struct.unpack_from("<QQ", data, at)
        first = (turn(first ^ mix1(low), 27) + second & mask) * 5 + 0x52dce729 & mask
        second = (turn(second ^ mix2(high), 31) + first & mask) * 5 + 0x38495ab5 & mask
    tail = data[blocks:]
    second ^= mix2(int.from_bytes(tail[8:], "little"))
    first ^= mix1(int.from_bytes(tail[:8], "little"))
    first, second = first ^ len(data), second ^ len(data)
    first = first + second & mask
    second = second + first & mask
    first, second = final(first), final(second)
    first = first + second & mask
    return first, second + first & mask


def murmur3_big(data):
    return struct.pack(">QQ", *murmur3_128(data))


def murmur3_little(data):
    return struct.pack("<QQ", *murmur3_128(data))


DIGESTS = {name: (lambda data, name=name.replace("-", "_"): hashlib.new(name, data).digest())
           for name in ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3-224", "sha3-256", "sha3-384",
                        "sha3-512", "ripemd160")}
DIGESTS["murmur3-128"] = murmur3_big
DIGESTS["murmur3-128-le"] = murmur3_little


def crc32(data):
    return binascii.crc32(data)


# ---- half bytes, numbers, places --------------------------------------------------------------------------

def bcd(digits, swapped, filler):
    """Two digits a byte; 3GPP TS 29.002, TBCD-STRING, when swapped."""
    digits = [int(digit) for digit in digits] + [filler] * (len(digits) % 2)
    return bytes(low | high << 4 if swapped else low << 4 | high for low, high in zip(digits[::2], digits[1::2]))


def mobile_identity(digits, kind):
    """3GPP TS 24.008, section 10.5.1.4."""
    odd = len(digits) % 2
    first = int(digits[0]) << 4 | odd << 3 | kind
    return bytes([first]) + bcd(digits[1:], True, 15)


def varint(number):
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def zigzag(number):
    return number << 1 if number >= 0 else (-number << 1) - 1


def gsm7(text, before):
    """3GPP TS 23.038: septets packed, `before` of them in front. The bytes that hold nothing else, or None."""
    table = ("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
             "abcdefghijklmnopqrstuvwxyzäöñüà")
    if any(character not in table for character in text):
        return None
    number = 0
    for at, character in enumerate(text):
        number |= table.index(character) << 7 * (at + before)
    return number.to_bytes((7 * (len(text) + before) + 7) // 8, "little")


def geohash(latitude, longitude, length):
    """Niemeyer's geohash."""
    ranges = [[-180.0, 180.0], [-90.0, 90.0]]
    out, number = "", 0
    for bit in range(length * 5):
        pair, value = ranges[bit % 2], (longitude, latitude)[bit % 2]
        middle = (pair[0] + pair[1]) / 2
        number = number << 1 | (value >= middle)
        pair[0 if value >= middle else 1] = middle
        if bit % 5 == 4:
            out, number = out + "0123456789bcdefghjkmnpqrstuvwxyz"[number], 0
    return out


def dms(degrees, first="°", second="'"):
    """Whole degrees, minutes and seconds, cut."""
    degrees = abs(degrees)
    seconds = int(degrees * 3600 + 1e-9)
    return f"{seconds // 3600}{first}{seconds // 60 % 60:02d}{second}{seconds % 60:02d}"


def nmea(degrees, decimals, wide):
    """ddmm.mmmm of NMEA 0183."""
    negative, degrees = degrees < 0, abs(degrees)
    whole = int(degrees)
    minutes = (degrees - whole) * 60
    text = f"{minutes:0{decimals + 3}.{decimals}f}"
    side = ("EW" if wide else "NS")[negative]
    return None if text.startswith("60") else f"{whole:0{3 if wide else 2}d}{text},{side}"
