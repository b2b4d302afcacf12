"""One combination: a value, how it is written, what is done to it, what it is wrapped in, and where it is sent.

What telltale does not promise is not made. The rules, each with its reason at the function:

- may_wrap: what a container cannot hold, or what would hide in it because it has no start of its own;
- unescaped_format: a format in another one's string where nothing had to be escaped is searched as it stands;
- as_text: letters for bytes need a magic number (base32) or enough of them to be taken for a token;
- excluded: short values in rare alphabets, and what reads as a pair of a form;
- start: rare transforms of contacts, of their usual writings only;
- places.fits: where a payload can stand.
"""
import random
import re

import coders
import forms
import layers
import places
import values


class Combination:
    """What was sent and what must be said of it. `expected` is None for a decoy: nothing may be found."""

    def __init__(self, number, entry):
        self.number, self.entry = number, entry
        self.decoy = None
        self.hostile = False  # it may hold what is suspected, but nothing that is proven
        self.names, self.payload = set(), None
        self.what = ""  # form and transform, for the report
        self.weak = False
        self.few = False  # four bytes that are no text: found, but luck may bring them (docs/chance.md)
        self.alternative = False  # a token may begin at the value's base64 by chance: then it is a step

    def describe(self):
        return f"{self.entry.kind} · {self.what} · {' > '.join(self.payload.layers)}"


# ---- what is done to the bare value ---------------------------------------------------------------------

# Each: (rng, payload, form) -> payload, or None where it cannot be done.

def plain(rng, payload, form):
    return payload


def reversed_text(rng, payload, form):
    text = form.text[::-1]
    return None if text == form.text else payload.coded("reversed", text.encode(), text)


def rot13(rng, payload, form):
    text = coders.rot13(form.text)
    return None if text == form.text else payload.coded("rot13", text.encode(), text)


def percent(rng, payload, form):
    data = rng.choice((coders.percent, coders.percent_all))(form.data)
    return None if data == form.data else payload.coded("percent", data, data.decode())


def percent_twice(rng, payload, form):
    first = percent(rng, payload, form)
    return None if first is None else first.coded("percent", (second := coders.percent(first.data)), second.decode())


def html(rng, payload, form):
    text = coders.references(form.text, True)
    return payload.coded("char-ref", text.encode(), text)


def json_escapes(rng, payload, form):
    text = coders.json_escape(form.text, 2)
    return payload.coded("backslash", text.encode(), text)


def backslash(rng, payload, form):
    text = coders.backslash(form.text)
    return payload.coded("backslash", text.encode(), text)


def neighbours(rng, payload, form):
    """base64 with letters of base64 right before and behind it: only its own letters tell that it is there."""
    import base64
    # Letters or digits beside it would make it another value, and so would UTF-8's: of that, only continuations.
    before, behind = (bytes(rng.randrange(0x80, 0xc0) for _ in range(size)) for size in (3 * rng.randrange(1, 6), rng.randrange(3, 9)))
    encoded = base64.b64encode(before + form.data + behind)
    text = "".join(rng.choice("QRSTUVW") for _ in range(rng.randrange(1, 4))) + encoded.decode().rstrip("=")
    return payload.coded("base64", text.encode(), text, "base64 among letters")


TEXT_TRANSFORMS = {"reversed": reversed_text, "rot13": rot13, "percent": percent, "percent twice": percent_twice,
                   "HTML escapes": html, "JSON escapes": json_escapes, "backslash": backslash}
LETTERS = {**layers.TO_TEXT, "base58": layers.BASE58, **layers.BASE85}


# ---- digests --------------------------------------------------------------------------------------------

TWICE = ("md5", "sha1", "sha256", "sha512", "sha3-256", "ripemd160")


def digest(rng, entry, source):
    """(payload, names) of a digest of a normal form: once or twice, whole or cut, raw, in hexadecimal or base64."""
    names, data = source
    owner = entry.own
    kinds = list(coders.DIGESTS)
    first = rng.choice(kinds)
    chain, value = [first], coders.DIGESTS[first](data)
    if rng.random() < 0.25 and first in (TWICE if owner else ("md5", "sha1", "sha256")):
        between = rng.choice((("hex", "hex-upper") if first in ("md5", "sha1", "sha256") else ("hex",)) if owner else ("hex",))
        text = value.hex() if between == "hex" else value.hex().upper()
        chain, value = [first, between, first], coders.DIGESTS[first](text.encode())
    payload = layers.Payload(value)
    payload.transforms = list(chain)
    payload.layers = [">".join(chain)]
    if rng.random() < 0.2 and len(value) > 16:
        payload.data = value[:rng.randrange(8, len(value))]
        payload.transforms.append("truncated")
        payload.layers.append("truncated")
    written = rng.choice(("raw", "hex", "hex", "HEX", "base64", "base64url", "base64 without padding"))
    if written != "raw":
        made = layers.TO_TEXT[written](rng, payload)
        payload = made if len(made.data.rstrip(b"=")) >= TOKEN_MIN else payload
    return payload, names


# Checksums prove nothing: only of the writings that most programs hash.
CHECKSUMS_OF = {"text", "lower", "digits", "e164", "national", "national, short", "lower, colons", "upper, colons",
                "lower, plain", "upper, plain"}


def checksum(rng, entry, source):
    """CRC-32 and the short Murmur: numbers, which prove nothing."""
    names, data = source
    name, number = rng.choice((("crc32", coders.crc32(data)), ("murmur3-32", coders.murmur3_32(data))))
    style, text = rng.choice((("hex", f"{number:08x}"), ("decimal", str(number))))
    payload = layers.Payload(text.encode(), text)
    payload.transforms, payload.layers = [name, style], [f"{name}>{style}"]
    return payload, names


# ---- nesting ----------------------------------------------------------------------------------------------

LITTLE = 64  # bytes of text that bare deflate and brotli need to be told by: neither has a magic number


def read_varint(data, at):
    number, shift = 0, 0
    while at < len(data):
        number |= (data[at] & 127) << shift
        if data[at] < 128:
            return number, at + 1
        at, shift = at + 1, shift + 7
    return None, at


def reads_as_message(data):
    """Are these bytes fields of protobuf, from the first to the last?"""
    at = 0
    while at < len(data):
        tag, at = read_varint(data, at)
        if tag is None or tag < 8 or tag & 7 not in (0, 1, 2, 5):
            return False
        if tag & 7 == 0:
            size, at = read_varint(data, at)
            size = None if size is None else 0
        elif tag & 7 == 2:
            size, at = read_varint(data, at)
        else:
            size = 8 if tag & 7 == 1 else 4
        if size is None:
            return False
        at += size
    return at == len(data)


def may_wrap(name, payload):
    """May the container or coding be put around this? Each line has its reason."""
    outer, text = payload.layers[-1] if payload.layers else "", payload.text
    if outer in ("char-ref", "backslash", "percent") and not payload.held and name in UNQUOTED:
        return False  # a run of escapes begins behind a quote, a space or a control character, not behind a length or a name
    if name in layers.TEXT_CONTAINERS and text is None:
        return False
    if name in ("data url", "plist data") and len(payload.data) < 12:
        return False  # too short to be taken for a token
    if name in layers.NO_MAGIC:
        return text is not None and len(payload.data) >= LITTLE and outer not in layers.TO_TEXT
    if name in ("protobuf", "grpc") and text is None and reads_as_message(payload.data):
        return False  # a field has no type: bytes that happen to read as a message are one
    if name in ("bson", "bond", "thrift") and any(label.endswith("utf-16be") for label in payload.forms):
        return False  # a zero in front and one behind: it reads as UTF-16 both ways round
    if name in UNQUOTED and len(payload.data) % 256 == 0x25 and re.match(b"[0-9A-Fa-f]{2}", payload.data):
        return False  # its length in front is a "%", and both are an escape
    if name == "bson" and any(label.startswith("uint32") for label in payload.forms):
        return False  # name, length and type in front, nearly all zeros: it reads as a number, or a pair, of eight bytes
    if outer == "tar" and name not in ("multipart", "zip", "tar", "prefixed", *layers.COMPRESSIONS):
        return False  # its magic stands at byte 257: within another format it is not seen before it is there
    if name == "blocks":  # the least sure of all formats: what they hold must be something by itself
        # Its first blocks must end within the first bytes, or a length is as good as a gRPC frame's.
        return len(payload.data) < 300 and (
            text is not None or (outer in layers.COMPRESSIONS and outer not in layers.NO_MAGIC))
    if name == "longer text":  # between words nothing but a token is looked for
        return outer not in layers.TEXT_FORMATS and outer not in layers.BASE85
    if outer in layers.BASE85:  # told where a body begins with it, not within a text
        return name not in layers.TEXT_CONTAINERS and name not in ("cbor", "msgpack", "bson", "thrift", "bond", "protobuf",
                                                                   "grpc", "blocks")
    return True


PREFIXED_MIN = 20  # bytes: TT_PREFIX_MAX and a magic number
UNQUOTED = ("cbor", "msgpack", "bson", "thrift", "bond", "protobuf", "grpc", "blocks", "vcard")


def unescaped_format(before, after):
    """A format in a string of another one, where nothing had to be escaped: the string is searched as it stands, and has no
    places of its own."""
    return (before.layers[-1:] and before.layers[-1] in layers.TEXT_FORMATS and 
            (after.layers[-1] in layers.TEXT_CONTAINERS or after.layers[-1] == "jpeg xmp") and
            not any(step in ESCAPED for step in after.path[1:len(after.path) - len(before.path)]))


ESCAPED = ("json-string", "char-ref", "cdata", "percent", "vcard-text", "base64")


# A long token is decided by its first letters. With a separator in them, and nothing known at its start, it may be a path
# with a token behind; what stands in front of the separator is not part of the way to the value then.
HELD = 256


def ambiguous_start(payload, made):
    """The letters of a private header end with a separator: what follows may as well be a token behind a path."""
    header = int(next(step for step in payload.path if step.startswith("offset:"))[len("offset:"):])
    return header % 3 == 0 and made.data[header // 3 * 4 - 1:header // 3 * 4] in (b"/", b"-", b"_")


def as_text(rng, payload, own):
    """Bytes in letters; None where that is too short to be taken for a token."""
    names = sorted(layers.TO_TEXT)
    if not payload.layers:  # of a raw form: start() has those; hexadecimal digits may be another form
        names = [name for name in names if name.startswith("base64")]
    elif payload.layers[-1] not in layers.COMPRESSIONS:  # base32 is told by what it says: text, or a magic number
        names = [name for name in names if not name.startswith("base32")]
    elif payload.layers[-1] in layers.NO_MAGIC:
        names = [name for name in names if not name.startswith("base32")]
    made = (layers.TO_TEXT | {"base64, wrapped": layers.WRAPPED})[rng.choice(names)](rng, payload)
    if len(made.data) > HELD and payload.layers[-1:] not in ([name] for name in layers.COMPRESSIONS) and any(
            sign in made.data[:HELD] for sign in b"/-_"):
        return None
    if payload.layers[-1:] == ["prefixed"] and ambiguous_start(payload, made):
        return None
    least = LETTERS_MIN if own and not payload.layers and not payload.held else TOKEN_MIN
    return made if len(made.data.rstrip(b"=")) >= least else None


def wrap(rng, payload, depth, own):
    """`depth` layers of random mixtures. What wants text gets letters for bytes, which is a layer, too."""
    for _ in range(depth):
        draw = rng.random()
        if draw < 0.35 and payload.text is None:
            payload = as_text(rng, payload, own) or payload
            continue
        group = layers.TEXT_CONTAINERS if draw < 0.55 else layers.BYTE_CONTAINERS if draw < 0.85 else layers.COMPRESSIONS
        names = [name for name in sorted(group) if may_wrap(name, payload)]
        if not names:
            continue
        made = group[rng.choice(names)](rng, payload)
        if not unescaped_format(payload, made) and (made.layers[-1] != "prefixed" or len(made.data) >= PREFIXED_MIN):
            payload = made
    return payload


def value_of(form):
    payload = layers.Payload(form.data, form.text, held=hasattr(form, "data_of_value"))
    payload.transforms = list(form.transforms)
    payload.forms = form.names
    return payload


# What telltale does not look for by design; each line gives its reason. Nothing here names a single value.
TOKEN_MIN = 16  # letters; TT_TOKEN_MIN: shorter runs are words and numbers
BASE85_MIN = 18  # letters; base85.c: shorter ones prove nothing
# base64 of which neither end is known is searched for as letters: of the usual writings of the owner's values only, as each
# costs six patterns (`telltale subject` prints them: "digits>base64").
USUAL = {"digits", "e164", "colons", "no separators"}


def excluded(name, payload, form):
    """Is this beyond what is promised?"""
    length = len(payload.data.rstrip(b"="))
    says_something = form.text is not None and form.text.isascii()
    if name == "z85" and (len(form.data) % 4 or b"=" in payload.data):
        return True  # ZeroMQ RFC 32: groups of four bytes; and with a "=" it is a pair of a form
    if name in layers.BASE85 and not says_something and (b"=" in payload.data or b"&" in payload.data):
        return True  # it reads as a pair of a form, which is a step of the path then
    if name in RARE_LETTERS and payload.transforms[:-1] and not says_something:
        return True  # two rare things at once: of texts, which content/ reads
    if name in RARE_LETTERS and not form.data.isascii() and form.text is not None and not form.entry.own:
        return True
    if name in layers.BASE85 and len(re.findall(b"%[0-9A-Fa-f]{2}", payload.data)) > 1:
        return True  # it reads as percent escapes
    if name == "base58" and length > 128:
        return True  # TT_BASE58_MAX
    if not says_something and name != "ascii85, adobe" and form.entry.own and not payload.held:
        # Bytes say nothing, so that their letters are searched for: of the owner's own, up to 48 bytes.
        return length < LETTERS_MIN or (len(form.data) > 48 and name in RARE_LETTERS)
    if name in RARE_LETTERS and not says_something:
        return True
    return length - 4 * (name == "ascii85, adobe") < (BASE85_MIN if name in layers.BASE85 else TOKEN_MIN)


RARE_LETTERS = ("base32", "base32, lower", "base58", *layers.BASE85)
LETTERS_MIN = 8  # forms_rare.c: fewer are too often a word or a number


def start(rng, combination, form, siblings):
    """The value under at most one transform of its own. `siblings`: all forms of it."""
    payload = value_of(form)
    names = set(form.names)
    for other in siblings:  # the same letters in another case, where that does not matter
        if combination.entry.kind not in forms.EXACT and other.text and form.text and other.data.lower() == form.data.lower():
            names |= other.names
            payload.transforms = payload.transforms if other.transforms else []
    combination.names, combination.what, combination.weak = names, "/".join(sorted(form.names)), form.weak
    combination.few = form.text is None and len(form.data) <= 4
    choice = rng.random()
    if form.weak or choice < 0.35:
        return payload
    if form.text is not None and choice < 0.65 and not payload.held:
        name = rng.choice(sorted(TEXT_TRANSFORMS))
        made = TEXT_TRANSFORMS[name](rng, payload, form)
        if made is None or (name in ("reversed", "rot13") and not form.entry.own and (
                name == "rot13" or form.names != {"digits"} and form.names != {"text"})):
            return payload  # rare transforms of contacts: of their usual writings
        if name in ("reversed", "rot13"):  # letters match in both cases
            made.transforms = [transform for transform in made.transforms if transform not in ("upper", "lower")]
            if payload.transforms and not form.text.isascii():
                return payload
            if not form.entry.own and form.text.lower() != str(form.entry.value).lower():
                return payload  # capitals of "ß" are two letters, which are no case of it
        return made
    if choice < 0.75 and form.text is not None and not payload.held and combination.entry.own and not payload.transforms and (
            form.names & USUAL or (form.names & {"text"} and form.data == str(form.entry.value).encode())):
        if form.names & {"colons", "no separators"}:
            combination.names |= {f"{case}, {signs}" for case in ("lower", "upper") for signs in ("colons", "plain")}
        combination.alternative = True
        return neighbours(rng, payload, form)
    name = rng.choice(sorted(LETTERS))
    made = LETTERS[name](rng, payload)
    if excluded(name, made, form):
        return payload
    return as_another(combination, payload, made, siblings)


def as_another(combination, payload, made, siblings):
    """Hexadecimal digits of the raw form are another form by themselves: then they are that one. Where they only hold
    it (BCD is its own digits and a filler), the bytes stay raw."""
    data = made.data.lower()
    for form in siblings:
        if form.text is not None and form.data.lower() in data:
            if form.data.lower() != data:
                return payload
            combination.names = form.names
            same = value_of(form)
            same.data, same.text, same.layers = made.data, made.text, made.layers
            return same
    return made


def is_imeisv(entry, form):
    """With a 0 as its filler, an IMEI with another check digit is an IMEISV of the same device; an ICCID with a 0 as its
    check digit is one without it."""
    if entry.kind == "iccid":
        return entry.value[:-1] + "0" in (form.data.hex(), swapped(form.data.hex()))
    return entry.kind == "imei" and entry.value[:14] in (form.data.hex(), swapped(form.data.hex())[:14], form.data.hex()[:14])


def swapped(digits):
    return "".join(digits[at:at + 2][::-1] for at in range(0, len(digits), 2))


class Maker:
    """Makes the combinations of one sheet."""

    def __init__(self, seed):
        self.rng = random.Random(f"sheet {seed}")
        self.seed = seed
        self.entries = values.make(self.rng)
        self.forms = [form for entry in self.entries for form in forms.make(entry)]
        self.sources = [(entry, source) for entry in self.entries for source in forms.normal_forms(entry)]
        self.rng.shuffle(self.forms)
        self.rng.shuffle(self.sources)

    def sheet(self):
        return values.sheet(self.entries, places.DEVICE_TEXT)

    def make(self, capture, number):
        rng = random.Random(f"combination {self.seed} {number}")
        decoy = number % 5 == 4
        if number % 4 == 3:
            combination, payload = self.hashed(rng, number, decoy)
        else:
            combination, payload = self.written(rng, number, decoy)
        self.send(rng, capture, combination, payload)
        return combination

    def written(self, rng, number, decoy):
        form = self.forms[number // 2 % len(self.forms)]
        combination = Combination(number, form.entry)
        siblings = [other for other in self.forms if other.entry is form.entry]
        if decoy:
            form = self.near(rng, combination, form)
        payload = start(rng, combination, form, siblings)
        if form.weak:
            return combination, payload
        return combination, wrap(rng, payload, rng.choice((0, 0, 1, 1, 2, 2, 3, 4)), form.entry.own)

    def near(self, rng, combination, form):
        """The same form of a value that is nearly the same; none of its forms may be one of the sheet."""
        own = {f.data.lower() for f in self.forms if f.entry is form.entry}
        others_own = {f.data.lower() for f in self.forms if f.entry is not form.entry}
        at = [f.data for f in forms.make(form.entry)].index(form.data)
        for _ in range(50):
            what, value = values.near(rng, form.entry)
            if self.is_of_other(form.entry, value):
                continue
            others = forms.make(values.Entry(form.entry.kind, form.entry.label, value))
            other = others[at] if at < len(others) else rng.choice(others)
            data = other.data.lower()
            if data not in others_own and not any(mine in data for mine in own) and not is_imeisv(form.entry, other):
                combination.decoy = what
                return other
        raise ValueError(f"no decoy for {form.names}")

    def is_of_other(self, entry, value):
        """Is it another value of the sheet, such as the neighbour's number?"""
        def plain(of):
            return "".join(c for c in str(of).lower() if c.isalnum())
        return any(plain(e.value) == plain(value) for e in self.entries if e is not entry)

    def hashed(self, rng, number, decoy):
        entry, source = self.sources[number // 4 % len(self.sources)]
        combination = Combination(number, entry)
        if decoy:
            mine = {data for _, (_, data) in self.sources}
            for _ in range(50):
                combination.decoy, value = values.near(rng, entry)
                source = rng.choice(forms.normal_forms(values.Entry(entry.kind, entry.label, value)))
                if source[1] not in mine:
                    break
        if entry.own and source[0] & CHECKSUMS_OF and rng.random() < 0.1:
            payload, names = checksum(rng, entry, source)
            combination.weak = True
            depth = 0
        else:
            payload, names = digest(rng, entry, source)
            depth = rng.choice((0, 0, 1, 1, 2, 3, 4))
        combination.names, combination.what = names, "/".join(sorted(names))
        return combination, wrap(rng, payload, depth, entry.own)

    def send(self, rng, capture, combination, payload):
        outer = payload.layers[-1] if payload.layers else ""
        payload.must_declare = False
        payload.may_be_embedded = not payload.held and (payload.text is not None or not payload.layers) and (
            outer not in layers.BASE85)
        where = rng.choice([place for place in places.PLACES if places.fits(place, payload)])
        send, port = places.PLACES[where]
        flow = places.Flow(capture, combination.number, port)
        made = send(flow, rng, payload)
        combination.payload, combination.place = made, where
