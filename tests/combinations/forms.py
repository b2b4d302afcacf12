"""The written forms of each kind, as the issue's text lists them, and what is hashed of each.

A form's name is the one of the contract (`telltale subject` prints them). Two forms may come to the same bytes; then
either name is right, and `make` puts them together.
"""
import struct
import unicodedata

import coders


class Form:
    """One way in which a value is written. `number`: the integer it is, for fields that are numbers."""

    def __init__(self, entry, name, data, text=None, number=None, alone=False, weak=False):
        self.entry, self.data, self.text, self.number = entry, data, text, number
        self.names = {name}
        self.alone = alone  # what stands beside it must be no letter or digit: it is too short, or says too little
        self.transforms = []  # "upper", "lower"
        self.weak = weak  # proves nothing alone: searched as a whole token only, under no transform


class Writer:
    """Collects the forms of one value."""

    def __init__(self, entry):
        self.entry, self.forms = entry, []

    def text(self, name, text, alone=False, weak=False, transforms=()):
        if text:
            self.forms.append(Form(self.entry, name, text.encode(), text, alone=alone, weak=weak))
            self.forms[-1].transforms = list(transforms)

    def raw(self, name, data, number=None):
        if data:
            self.forms.append(Form(self.entry, name, data, number=number))

    def utf16(self, text):
        self.raw("utf-16le", text.encode("utf-16-le"))
        self.raw("utf-16be", text.encode("utf-16-be"))

    def integer(self, number):
        """Both ways round, 32 bits where they are enough, 64; halves the other way round; varints; a double."""
        if number < 1 << 32:
            self.raw("uint32be", struct.pack(">I", number))
            self.raw("uint32le", struct.pack("<I", number))
        self.raw("uint64be", struct.pack(">Q", number), ("uint64be", number))
        self.raw("uint64le", struct.pack("<Q", number), ("uint64le", number))
        self.raw("uint32be pair", struct.pack(">II", number & 0xffffffff, number >> 32))
        self.raw("uint32le pair", struct.pack("<II", number >> 32, number & 0xffffffff))
        self.raw("varint", coders.varint(number), ("varint", number))
        if number < 1 << 63:
            self.raw("varint, zigzag", coders.varint(coders.zigzag(number)), ("varint, zigzag", number))
        if number < 1 << 53:
            self.raw("double", struct.pack(">d", number))
            self.raw("double", struct.pack("<d", number))
        self.text("hexadecimal", f"{number:x}", alone=True)

    def half_bytes(self, digits):
        for filler in (15, 0):
            self.raw("tbcd", coders.bcd(digits, True, filler))
            self.raw("bcd", coders.bcd(digits, False, filler))
        if len(digits) % 2:
            self.raw("bcd", coders.bcd("0" + digits, False, 0))

    def grouped(self, name, digits, groups, sign):
        parts, at = [], 0
        for group in groups:
            parts.append(digits[at:at + group])
            at += group
        if at == len(digits):
            self.text(name, sign.join(parts))


# ---- numbers of devices and cards -----------------------------------------------------------------------

GROUPS = {14: ((2, 6, 6), (8, 6), (6, 2, 6)), 15: ((2, 6, 6, 1), (6, 2, 6, 1), (8, 6, 1)),
          16: ((2, 6, 6, 2), (6, 2, 6, 2), (8, 6, 2))}


def _groupings(writer, digits):
    for groups in GROUPS[len(digits)]:
        for name, sign in (("dashed", "-"), ("spaced", " "), ("slashed", "/")):
            writer.grouped(name, digits, groups, sign)


def _number(writer, digits):
    writer.text("digits", digits)
    writer.utf16(digits)
    writer.half_bytes(digits)
    if int(digits) < 1 << 64:
        writer.integer(int(digits))


def imei(writer, value):
    bare = value[:14]
    _number(writer, value)
    _groupings(writer, value)
    _groupings(writer, bare)
    writer.raw("mobile identity", coders.mobile_identity(value, 2))
    writer.raw("mobile identity", coders.mobile_identity(bare + "0", 2))
    writer.text("digits without check digit", bare, alone=True)
    writer.text("check digit 0", bare + "0")
    writer.integer(int(bare))
    for version in ("01", "37", "99"):
        writer.text("imeisv", bare + version, alone=True)
        writer.raw("imeisv, tbcd", coders.bcd(bare + version, True, 15))


def imeisv(writer, value):
    _number(writer, value)
    _groupings(writer, value)
    writer.raw("mobile identity", coders.mobile_identity(value, 3))


def imsi(writer, value):
    _number(writer, value)
    writer.raw("mobile identity", coders.mobile_identity(value, 1))
    mcc = value[:3]
    for length in (2, 3):
        mnc, msin = value[3:3 + length], value[3 + length:]
        for sign in ("-", " ", ",", ".", "/", ":"):
            writer.text("apart", sign.join((mcc, mnc, msin)), alone=True)
        writer.text("apart", f"{mcc}{mnc}-{msin}", alone=True)
        writer.text("suci", f"suci-0-{mcc}-{mnc}-0-0-0-{msin}", alone=True)
        plmn = bytes([int(mcc[0]) | int(mcc[1]) << 4, int(mcc[2]) | (int(mnc[2]) if length == 3 else 15) << 4,
                      int(mnc[0]) | int(mnc[1]) << 4])
        writer.raw("suci", b"\1" + plmn + b"\xf0\xff\0\0" + coders.bcd(msin, True, 15))
    for prefix in "01268":  # EAP-AKA, SIM, AKA', and the permanent identities of RFC 4186, 4187 and 9048
        writer.text("digits", f"{prefix}{value}@wlan.mnc001.mcc001.3gppnetwork.example")
        writer.forms[-1].data_of_value = value.encode()


def iccid(writer, value):
    _number(writer, value)
    groups = (4, 4, 4, 4, 4) if len(value) == 20 else (4, 4, 4, 4, 3)
    writer.grouped("dashed", value, groups, "-")
    writer.grouped("spaced", value, groups, " ")
    if len(value) == 20:
        writer.text("digits without check digit", value[:-1], alone=True)


# ---- telephone numbers ----------------------------------------------------------------------------------

def split_phone(value):
    digits = "".join(c for c in value if c.isdigit())
    country = next(c for c in ("44", "49", "1") if digits.startswith(c))
    return country, digits[len(country):]


# Groups of national digits: as the sheet has them and, of the owner, as others may write them.
NATIONAL = {"44": ((4, 6), (4, 3, 3), (5, 5)), "1": ((3, 3, 4),), "49": ((2, 5, 3), (3, 3, 4))}


def _grouped_phone(writer, country, national, lengths):
    own = writer.entry.own
    starts = [sum(lengths[:at]) for at in range(len(lengths) + 1)]
    groups = [national[start:end] for start, end in zip(starts, starts[1:])]
    for sign in (" ", "-") + ((".", "/") if own else (".",) if country == "1" else ()):
        for before in ("", f"+{country}{sign}", f"{country}{sign}", "0"):
            writer.text("grouped", before + sign.join(groups), alone=True)
    if own or country == "1":
        writer.text("grouped", f"({groups[0]}) " + "-".join(groups[1:]), alone=True)
    if own:  # any mixture: one sign behind the first group, another one between the others
        writer.text("grouped", f"{groups[0]} " + "-".join(groups[1:]), alone=True)
        writer.text("grouped", f"{groups[0]}/" + " ".join(groups[1:]), alone=True)


def phone(writer, value):
    country, national = split_phone(value)
    digits, own = country + national, writer.entry.own
    trunk = "1" if country == "1" else "0"
    writer.text("e164", "+" + digits, alone=True)
    writer.text("00", "00" + digits, alone=True)
    writer.text("digits", digits, alone=True)
    writer.text("national", trunk + national, alone=True)
    writer.text("national, short", national, alone=True)
    writer.text("as written", value, alone=True)
    for text in ("+" + digits, "00" + digits, digits, trunk + national, national):
        writer.utf16(text)
    for lengths in NATIONAL[country][:None if own else 1]:
        _grouped_phone(writer, country, national, lengths)
    writer.raw("tbcd", coders.bcd(digits, True, 15))
    if own:
        writer.half_bytes(digits)
        writer.half_bytes(national)
        writer.integer(int(digits))
        writer.integer(int(national))
        if len(national) > 9:
            writer.text("last nine digits", national[-9:], alone=True, weak=True)


# ---- addresses of hardware ------------------------------------------------------------------------------

def mac(writer, value):
    raw = bytes.fromhex(value.replace(":", ""))
    pairs = value.split(":")
    for name, text in (("colons", value), ("dashes", "-".join(pairs)), ("no separators", "".join(pairs)),
                       ("dots", ".".join("".join(pairs)[at:at + 4] for at in (0, 4, 8))), ("dots", ".".join(pairs)),
                       ("spaces", " ".join(pairs)), ("underscores", "_".join(pairs)), ("bars", "|".join(pairs))):
        writer.text(name, text)
        writer.text(name, text.upper())
        if name == "colons":
            writer.utf16(text)
    writer.raw("raw", raw)
    writer.raw("raw, backwards", raw[::-1])
    number = int.from_bytes(raw, "big")
    writer.text("decimal", str(number), alone=True)
    writer.raw("varint", coders.varint(number), ("varint", number))
    plain = raw[:3] + b"\xff\xfe" + raw[3:]
    flipped = bytes([raw[0] ^ 2]) + plain[1:]
    writer.raw("eui-64", plain)
    writer.raw("eui-64", flipped)
    groups = [flipped[at:at + 2] for at in range(0, 8, 2)]
    writer.text("ipv6", "fe80::" + ":".join(f"{int.from_bytes(group, 'big'):x}" for group in groups), alone=True)
    writer.forms[-1].data_of_value = writer.forms[-1].data[6:]
    writer.text("eui-64, text", flipped.hex())
    writer.text("eui-64, text", plain.hex())


# ---- strings --------------------------------------------------------------------------------------------

def ascii_lower(text):
    return "".join(c.lower() if c.isascii() else c for c in text)


# Kinds of which "a" and "A" are not the same: the other case is a transform.
EXACT = ("serial", "password", "account_id", "custom", "installed_app")


def _cases(writer, value):
    writer.text("text", value)
    for transform, converted in (("upper", value.upper()), ("lower", value.lower())):
        matters = writer.entry.kind in EXACT or ascii_lower(converted) != ascii_lower(value)
        writer.text("text", converted, transforms=[transform] if matters else [])


def _charsets(writer, value):
    pairs = [("latin-1", "latin-1"), ("gbk", "gbk"), ("shift-jis", "cp932")]
    if writer.entry.own:
        pairs += [("windows-1251", "cp1251"), ("koi8-r", "koi8-r"), ("euc-jp", "euc-jp"), ("big5", "big5")]
    wide = any(ord(c) >= 0x3000 for c in value)
    for name, charset in pairs:
        multibyte = name in ("gbk", "shift-jis", "euc-jp", "big5")
        if value.isascii() or multibyte != wide:
            continue
        if name == "big5" and "々" in value:
            continue  # it is in none of the standard's levels, and extensions differ about it
        try:
            writer.raw(name, value.encode(charset))
        except UnicodeEncodeError:
            pass


def text(writer, value):
    _cases(writer, value)
    writer.utf16(value)
    _charsets(writer, value)
    if value.isdigit() and writer.entry.own:
        writer.integer(int(value))


def hex_string(writer, value):
    """UUIDs and other strings of hexadecimal digits."""
    plain = value.replace("-", "")
    raw = bytes.fromhex(plain)
    _cases(writer, value)
    writer.utf16(value)
    writer.raw("raw", raw)
    writer.raw("raw, backwards", raw[::-1])
    if len(raw) == 16:
        writer.text("text", "{" + value.upper() + "}")
        writer.forms[-1].data_of_value = value.upper().encode()
        writer.text("without dashes", plain)
        writer.text("without dashes", plain.upper())
        writer.raw("guid", struct.pack("<IHH", *struct.unpack(">IHH", raw[:8])) + raw[8:])
        writer.raw("uint64le pair", raw[7::-1] + raw[:7:-1])


def android_id(writer, value):
    number = int(value, 16)
    hex_string(writer, value)
    writer.integer(number)
    writer.text("decimal", str(number), alone=True)
    if number >= 1 << 63:
        writer.text("decimal, signed", str(number - (1 << 64)), alone=True)


def email(writer, value):
    text(writer, value)
    local = value[:value.index("@")]
    writer.text("local part", local, alone=True)


def custom(writer, value):
    parts = value.split(".")
    if len(parts) != 4:
        text(writer, value)
        return
    raw = bytes(map(int, parts))
    writer.text("text", value, alone=True)
    writer.text("dashed", "-".join(parts), alone=True)
    writer.text("decimal", str(int.from_bytes(raw, "big")), alone=True)
    writer.text("decimal", str(int.from_bytes(raw, "little")), alone=True)
    writer.raw("raw", raw)
    writer.raw("raw, backwards", raw[::-1])


# ---- names, texts, places -------------------------------------------------------------------------------

SPECIAL = {"ß": "ss", "Ł": "L", "ł": "l", "Þ": "Th", "ð": "d", "ø": "o", "Ø": "O"}


def _unaccented(value):
    value = "".join(SPECIAL.get(c, c) for c in value)
    return "".join(c for c in unicodedata.normalize("NFD", value) if not unicodedata.combining(c))


def name(writer, value):
    text(writer, value)
    writer.text("nfd", unicodedata.normalize("NFD", value))
    if any(c in value for c in "äöüřěňéóåŁłßÞð") and "Þ" not in value:
        writer.text("unaccented", _unaccented(value))
    first, _, last = value.rpartition(" ")
    if first:
        for sign in (" ", ", ") + ((",", ".", "_") if writer.entry.own else ()):
            writer.text("last name first", f"{last}{sign}{first}")
        if writer.entry.own:
            for sign in (".", "_", "-"):
                writer.text("joined", f"{first}{sign}{last}")
    if writer.entry.own:
        _packed(writer, value)


def _packed(writer, value):
    for before in (0, 1, 3, 6):
        packed = coders.gsm7(value, before)
        if packed:
            writer.raw("gsm-7", packed)
            # What is searched for ends and begins with whole bytes.
            if before % 8 or 7 * (len(value) + before) % 8:
                writer.forms[-1].data_of_value = packed


def message(writer, value):
    text(writer, value)
    words = value.split(" ")
    if len(words) >= 12:
        for count in (7, 8):  # what is searched for are the first words that prove something
            writer.text("fragment", " ".join(words[:count]), alone=True)
            writer.forms[-1].data_of_value = b""
    _packed(writer, value)
    # A short message that is submitted, 3GPP TS 23.040: no number, 7 bits.
    packed = coders.gsm7(value, 0)
    if packed:
        writer.raw("gsm-7", b"\x01\x00\x0b\x91\x44\x77\x00\x09\x00\xf0\x00\x00" + bytes([len(value)]) + packed)
        writer.forms[-1].data_of_value = packed


def location(writer, value):
    latitude, longitude = value
    numbers = float(latitude), float(longitude)
    for sign in (",", ", ", ";", " ", "|", "/"):
        writer.text("pair", f"{latitude}{sign}{longitude}", alone=True)
        writer.text("pair", f"{longitude}{sign}{latitude}", alone=True)
    for kept in (3, 4, 5):
        pair = [text[:text.index(".") + 1 + kept] for text in value]
        # Three are just too few to prove a place (docs/chance.md).
        writer.text("pair", ",".join(pair), alone=True, weak=kept == 3)
        if kept == 5:  # found by the first four decimals of the second number
            writer.forms[-1].data_of_value = b""
    for label, number, text in zip(("latitude", "longitude"), numbers, value):
        writer.text(label, text, alone=True)
        writer.text(label, text + "17", alone=True)
        writer.forms[-1].data_of_value = text.encode()
        # Alone, with fewer than six decimals, it could be any number.
        writer.text(label, text[:text.index(".") + 6], alone=True, weak=True)
        writer.raw(f"{label}, double", struct.pack(">d", number))
        writer.raw(f"{label}, double", struct.pack("<d", number))
        writer.text(f"{label}, dms", coders.dms(number), alone=True, weak=True)
        writer.text(f"{label}, nmea", coders.nmea(number, 4, label == "longitude"), alone=True, weak=True)
        writer.text(f"{label}, nmea", coders.nmea(number, 5, label == "longitude"), alone=True)
    for power in (5, 6, 7):
        # Rounded, or cut as a conversion of the binary fraction cuts it.
        for scaled in ([round(number * 10 ** power) for number in numbers], [int(number * 10 ** power) for number in numbers]):
            writer.text("pair, scaled", ",".join(map(str, scaled)), alone=True)
            for order in "<>":
                writer.raw("pair, int32be" if order == ">" else "pair, int32le", struct.pack(f"{order}ii", *scaled))
    for order in "<>":
        writer.raw("pair, float", struct.pack(f"{order}ff", *numbers))
    writer.text("geohash", coders.geohash(*numbers, 8), alone=True)
    writer.text("geohash", coders.geohash(*numbers, 10), alone=True)
    writer.forms[-1].data_of_value = writer.forms[-1].data[:8]


MAKERS = {
    "imei": imei, "imeisv": imeisv, "imsi": imsi, "iccid": iccid, "phone_number": phone, "contact_number": phone,
    "message_number": phone, "mac_address": mac, "bluetooth_address": mac, "bssid": mac, "android_id": android_id,
    "advertising_id": hex_string, "email": email, "contact_email": email, "name": name, "contact_name": name,
    "message_text": message, "location": location, "custom": custom,
}


def make(entry):
    """The forms of an entry; those of the same bytes are one with several names."""
    writer = Writer(entry)
    MAKERS.get(entry.kind, text)(writer, entry.value)
    by_data = {}
    for form in writer.forms:
        same = by_data.setdefault(form.data, form)
        same.names |= form.names
        same.alone = same.alone and form.alone
        same.number = same.number or form.number
    return list(by_data.values())


# ---- what is hashed --------------------------------------------------------------------------------------

def normal_forms(entry):
    """(name, bytes) of the usual normal forms of the kind: trimmed, lower case, with and without separators."""
    value = entry.value
    if entry.kind == "location":
        return []
    if entry.kind in ("imei", "imeisv", "imsi", "iccid"):
        forms = [("digits", value)]
        if entry.kind == "imei":
            forms.append(("digits without check digit", value[:14]))
    elif "number" in entry.kind:
        country, national = split_phone(value)
        forms = [("e164", f"+{country}{national}"), ("digits", country + national), ("00", f"00{country}{national}"),
                 ("national", ("1" if country == "1" else "0") + national), ("national, short", national)]
    elif entry.kind in ("mac_address", "bluetooth_address", "bssid"):
        forms = []
        for case, convert in (("lower", str.lower), ("upper", str.upper)):
            for name, sign in (("colons", ":"), ("plain", ""), ("dashes", "-")):
                forms.append((f"{case}, {name}", convert(value.replace(":", sign))))
    elif entry.kind == "custom" and value.count(".") == 3:
        forms = [("text", value)]
    else:
        forms = [("text", value), ("lower", value.lower() if value.isascii() else value),
                 ("upper", value.upper() if value.isascii() else value)]
        if entry.kind == "advertising_id":
            forms += [("text", value.replace("-", "")), ("upper", value.replace("-", "").upper())]
        if "email" in entry.kind and "+" in value:
            forms.append(("without tag", value[:value.index("+")] + value[value.index("@"):]))
        if entry.kind in ("name", "contact_name") and value.isascii():
            forms.append(("joined", value.replace(" ", "").lower()))
    by_data = {}
    for label, text in forms:
        by_data.setdefault(text.encode(), set()).add(label)
    return [(names, data) for data, names in by_data.items()]
