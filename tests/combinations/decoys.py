"""What a judge would send who wants to see somebody accused: values of others that look like the owner's.

Each maker takes (rng, entry) and gives text or bytes that do not hold the value of the entry, or None where it has
nothing for that kind. Whatever they are wrapped in, nothing may be proven.
"""
import hashlib
import hmac
import random

import coders
import combine
import forms
import layers
import values

NUMBERS = ("imei", "imeisv", "imsi", "iccid", "phone_number", "contact_number", "message_number")
ADDRESSES = ("mac_address", "bluetooth_address", "bssid")
HEX = ("android_id", "advertising_id")
WORDS = ("username", "hostname", "account_id", "serial")

# A sheet of values that say nothing: what many people have, and what stands in any text.
COMMON = {
    "carrier": "Orange", "ssid": "home", "hostname": "android", "username": "admin", "password": "password",
    "device_model": "Nexus 5", "account_id": "12345", "serial": "unknown", "email": "info@mail.example",
}
COMMON_NAMES = ("May Day", "Will", "Mark", "Rose Garden", "Grace", "Bill", "Summer", "Art", "Rob Banks", "Max Power", "Mia", "Al")
PROSE = (
    "In May, day by day, the roses grow. Will Mark pay the bill? Grace and art; a rose garden in summer.",
    "Power at max: rob banks, they said. Orange juice at home. The android admin forgot the password.",
    "status unknown; model Nexus 5X; build 12345; version 5.1.1; max power 12345 mW; al dente; mia san mia",
    "Will you be home on May day? The bill is 12,345 for 2 banks; mark it orange. info@mail.example.org",
)


def digits_of(entry):
    return "".join(c for c in entry.value if c.isdigit()) if entry.kind in NUMBERS else None


def other(rng, entry):
    """The value of somebody else: a digit more, a digit less, two swapped, one changed."""
    what, value = values.near(rng, entry)
    return values.Entry(entry.kind, entry.label, value)


LONG = 14  # TT_NUMBER_LONG: so many digits are found within a longer number, too; they do not stand there by luck


def in_longer_number(rng, entry):
    digits = digits_of(entry)
    return digits and len(digits) < LONG and f"n={''.join(rng.choice('56789') for _ in range(3))}{digits}{values.digits(rng, rng.randrange(1, 9))} "


def digits_swapped(rng, entry):
    digits = digits_of(entry)
    at = next((at for at in range(6, len(digits or "") - 1) if digits[at] != digits[at + 1]), None)
    return at and f"{digits[:at]}{digits[at + 1]}{digits[at]}{digits[at + 2:]}"


def digit_missing(rng, entry):
    digits = digits_of(entry)
    if not digits or entry.kind in ("iccid", "imei", "imeisv"):
        return None  # without its last digit it is one without its check digit or version
    at = rng.randrange(4, len(digits))
    text = digits[:at] + digits[at + 1:]
    return None if text in digits else text


def across_bytes(rng, entry):
    """Digits in a longer string of hexadecimal digits, half a byte beside where bytes begin."""
    digits = digits_of(entry)
    if not digits or len(digits) >= LONG or digits.startswith("1"):
        return None  # behind a country code of one digit, the national number stands where bytes begin
    sides = [rng.choice("123456789") for _ in range(2)]
    before = "".join(rng.choice("123456789abcde") for _ in range(2 * rng.randrange(2, 6))) + sides[0]
    behind = sides[1] + "".join(rng.choice("123456789abcde") for _ in range(2 * rng.randrange(2, 6)))
    text = before + digits + behind
    return text + rng.choice("123456789abcde") * (len(text) % 2)


def bytes_across_bytes(rng, entry):
    text = across_bytes(rng, entry)
    return text and bytes.fromhex(text)


def reversed_other(rng, entry):
    near = other(rng, entry)
    digits = digits_of(near)
    if not digits or near.value[:14] == entry.value[:14]:
        return None
    return digits[::-1]


def near_place(rng, entry):
    if entry.kind != "location":
        return None
    latitude, longitude = entry.value
    shape = rng.randrange(4)

    def moved(text, decimal):
        at = text.index(".") + decimal
        return text[:at] + values.other_character(rng, text[at]) + text[at + 1:]

    def turned(text):
        return text[1:] if text.startswith("-") else "-" + text
    if shape in (1, 2):  # either alone proves something with six decimals
        latitude, longitude = latitude[:-1], longitude[:-1]
    if shape == 0:
        pair = moved(latitude, rng.randrange(1, 3)), moved(longitude, rng.randrange(1, 3))
    elif shape == 1:
        pair = turned(latitude), longitude
    elif shape == 2:
        pair = latitude, turned(longitude)
    else:
        pair = rng.choice("123") + latitude.lstrip("-"), rng.choice("123") + longitude.lstrip("-")
    return rng.choice(("{},{}", '{{"lat":{},"lon":{}}}', "lat={}&lon={}", "{} {}", "geo:{},{}")).format(*pair)


def same_latitude(rng, entry):
    """A street runs from east to west."""
    if entry.kind != "location":
        return None
    return f"{entry.value[0][:-1]},{values.coordinate(rng, 99)}"


def near_address(rng, entry):
    """The next device of the same maker; the address in a longer string."""
    if entry.kind not in ADDRESSES:
        return None
    raw = bytes.fromhex(entry.value.replace(":", ""))
    step = rng.choice((1, -1, 2, 256))
    near = ((int.from_bytes(raw, "big") + step) % (1 << 48)).to_bytes(6, "big")
    return rng.choice((near.hex(":"), near.hex(), near.hex("-").upper(), near.hex() + "0000", str(int.from_bytes(near, "big"))))


def longer_hardware_address(rng, entry):
    """A pair of digits more, in front or behind, with or without colons: no address, or another one."""
    if entry.kind not in ADDRESSES:
        return None
    plain = entry.value.replace(":", "").lower()
    with_colons = rng.choice(("{}:99:00", "11:{}", "{}:7a")).format(entry.value)
    without = rng.choice(("{}0", "c{}")).format(plain)  # not a whole byte: "01" and an address is a client's identifier
    return f"m={rng.choice((with_colons, without))};"


def longer_hexadecimal(rng, entry):
    """One more digit of base 16: another number."""
    if entry.kind not in HEX:
        return None
    more = rng.choice("0123456789abcdef")
    return f"id={rng.choice((entry.value + more, more + entry.value))};"


def fraction(rng, entry):
    digits = digits_of(entry)
    return f"v=0.{digits}" if digits and len(digits) < LONG else None


def longer_name(rng, entry):
    """Somebody whose family name begins alike: "Anna Bergenholm"."""
    if entry.kind not in ("name", "contact_name") or not entry.value[-1].isascii() or not entry.value[-1].isalpha():
        return None
    return f'{{"user":"{entry.value}{rng.choice(("holm", "stein", "sen", "ova"))}","x":1}}'


def longer_address(rng, entry):
    """An address with a part more is no address of IPv4: a version, or a longer number in front."""
    if entry.kind != "custom" or entry.value.count(".") != 3:
        return None
    return rng.choice(("v{}.1", "1{}", "7.{}", "{}.2.1", "{}0", "{}5.8")).format(entry.value)


def longer_word(rng, entry):
    """Somebody whose name goes on with a digit or a letter more."""
    if entry.kind not in WORDS or entry.value.isdigit():
        return None  # letters beside a number are its unit, or the name of the next field
    if entry.value[-1].isdigit() and rng.random() < 0.5:
        return f"user={entry.value}{values.digits(rng, rng.randrange(1, 4))};"
    if not entry.value[-1].isascii() or not entry.value[0].isascii():
        return None
    more = values.word(rng, 2)
    more = more.upper() if entry.value[-1].isupper() else more.lower()
    return f"user={entry.value}{more};" if entry.value[-1].isalnum() else None


def longer_email(rng, entry):
    if "email" not in entry.kind:
        return None
    local, domain = entry.value.split("@")
    return rng.choice((f"{values.word(rng, 2)}{local}@{domain}", f"{local}{rng.randrange(10, 99)}@{domain}"))


def keyed(rng, entry):
    """With a key or a salt that nobody sent: no proof of anything."""
    if entry.kind == "location":
        return None
    _, data = rng.choice(forms.normal_forms(entry))
    name = rng.choice(("md5", "sha1", "sha256"))
    salt = rng.randbytes(8)
    return rng.choice((hmac.new(salt, data, name).hexdigest(), hashlib.new(name, salt + data).hexdigest(),
                       hashlib.new(name, data + salt).hexdigest()))


def half_right(rng, entry):
    """A digest with one digit changed, or six bytes of one."""
    if entry.kind == "location":
        return None
    _, data = rng.choice(forms.normal_forms(entry))
    text = hashlib.new(rng.choice(("md5", "sha1", "sha256")), data).hexdigest()
    # With another thirteenth digit, it may be the UUID that Java makes of an MD5.
    return values.changed(rng, text[:12]) + text[12:] if rng.random() < 0.7 else text[:12]


def hash_of_other(rng, entry):
    near = other(rng, entry)
    if entry.kind == "location":
        return None
    mine = {data for _, data in forms.normal_forms(entry)}
    _, data = rng.choice(forms.normal_forms(near))
    return None if data in mine else coders.DIGESTS[rng.choice(list(coders.DIGESTS))](data).hex()


def clock(rng, entry):
    """Times, versions and sizes in the shapes of telephone numbers and identifiers."""
    seconds = rng.randrange(1300000000, 1800000000)
    return rng.choice((f"{seconds}", f"{seconds}{values.digits(rng, 3)}", f"{seconds}{values.digits(rng, 6)}",
                       f"4.4.{seconds % 1000}.{seconds % 7919}", f"{seconds // 3600}:{seconds // 60 % 60}:{seconds % 60}",
                       f"seq={seconds:x}&ts={seconds}.{values.digits(rng, 6)}"))


def prose(rng, entry):
    return rng.choice(PROSE)


MAKERS = (in_longer_number, digits_swapped, digit_missing, across_bytes, bytes_across_bytes, reversed_other, near_place,
          same_latitude, near_address, longer_hardware_address, longer_hexadecimal, longer_address, fraction, longer_name,
          longer_word, longer_email, keyed, half_right, hash_of_other, clock, prose)


class Maker:
    """Makes the decoys of one sheet, which has values that say nothing, too."""

    def __init__(self, seed):
        self.inner = combine.Maker(seed)
        self.seed = seed
        self.whole = {form.data.lower() for form in self.inner.forms if not form.weak}
        self.whole |= {data[::-1] for data in self.whole}

    def sheet(self):
        text = self.inner.sheet()
        for kind, value in COMMON.items():
            text = text.replace(f"  {kind}: [", f"  {kind}: [{values.quote(value)}, ", 1)
        names = "".join(f"  - {{name: {values.quote(name)}}}\n" for name in COMMON_NAMES)
        return text.replace("messages:\n", names + "messages:\n", 1)

    def make(self, capture, number):
        rng = random.Random(f"decoy {self.seed} {number}")
        for _ in range(1000):
            make = MAKERS[number % len(MAKERS)]
            entry = rng.choice(self.inner.entries)
            made = make(rng, entry)
            if made and (made if isinstance(made, bytes) else made.lower().encode()) not in self.whole:
                break
        else:
            raise ValueError(f"no decoy: {make.__name__}")
        combination = combine.Combination(number, entry)
        combination.decoy = combination.what = make.__name__
        combination.hostile = True
        payload = layers.Payload(made) if isinstance(made, bytes) else layers.Payload(made.encode(), made)
        wrapped = combine.wrap(rng, payload, rng.choice((0, 0, 1, 2, 3)), False)
        while payload.text is None and any("base64" in layer or layer == "data url" for layer in wrapped.layers):
            wrapped = combine.wrap(rng, payload, rng.choice((0, 1, 2, 3)), False)  # it moves half bytes: see the README
        self.inner.send(rng, capture, combination, wrapped)
        return combination
