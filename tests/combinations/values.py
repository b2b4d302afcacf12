"""The people and devices of the combinations: seeded values of every kind, and values that are nearly the same.

Identities are invented, hosts end in .example, telephone numbers are those set aside for fiction, IMEI and IMSI are of
the test ranges. Values are long enough to prove something: what is too weak by design is not put on the sheet, with
the one exception of what `forms.py` marks as weak.
"""
import unicodedata
import uuid

LETTERS = "abcdefghijklmnopqrstuvwxyz"
FIRST = ("Wiktoria", "Jürgen", "Zdeněk", "Marjolein", "Oluwaseun", "Håkon", "Tamsin", "Ignacio", "Rosalind", "Bartosz")
LAST = ("Großmann", "Łaskowska", "Quillfeather", "Vandersteen", "Břenková", "Oyelaran", "Þorvaldsdóttir", "Ferreiró",
        "Umbleby", "Kwiatkowski")
CHINESE, CHINESE_NAMES = "欧阳建国平明华伟芳敏静丽强磊军洋勇艳杰娟", "王李张刘陈杨赵黄周吴"
JAPANESE, JAPANESE_NAMES = "健太郎美咲翔結衣大輔直樹陽菜拓海", "佐々木渡辺山本中村小林加藤"
CYRILLIC = ("Светлана Колокольцева", "Дмитрий Воробьянинов", "Екатерина Чернышевская")
WORDS = ("ferry", "lantern", "orchard", "Tuesday", "invoice", "harbour", "violin", "platform", "marmalade", "chimney",
         "passport", "umbrella", "saffron", "kitchen", "clarinet", "monastery", "bicycle", "thimble", "Zanzibar", "quarry")
STREETS = ("Harbour Rise", "Tallow Lane", "Quarry Steps", "Lantern Street", "Orchard Mews")
TOWNS = ("Westmere", "Northwick", "Umberdale", "Castle Fenn")


class Entry:
    """One value of the sheet: its kind and label as findings name them, and the value as the sheet has it."""

    def __init__(self, kind, label, value):
        self.kind, self.label, self.value = kind, label, value

    @property
    def own(self):
        return not self.label.startswith(("contacts", "messages"))


def digits(rng, count):
    return "".join(rng.choice("0123456789") for _ in range(count))


def luhn(body):
    """The check digit of ISO/IEC 7812-1."""
    total = 0
    for at, digit in enumerate(reversed(body)):
        number = int(digit) * (2 if at % 2 == 0 else 1)
        total += number - 9 if number > 9 else number
    return str(-total % 10)


def imei(rng):
    body = "00101" + digits(rng, 9)
    return body + luhn(body)


def iccid(rng, length):
    body = "89999" + digits(rng, length - 6)
    return body + luhn(body)


def mac(rng):
    return ":".join(f"{byte:02x}" for byte in (2, *(rng.randrange(256) for _ in range(5))))


def phone(rng, style):
    """Numbers set aside for fiction: Ofcom's, the 555 of North America, the Bundesnetzagentur's of Berlin. All have ten
    national digits: nine are a bit too few to prove anything."""
    if style == 0:
        return f"+44 7700 900{digits(rng, 3)}"
    if style == 1:
        return f"+1 {rng.choice('23456789')}{digits(rng, 2)}-555-01{digits(rng, 2)}"
    return f"+49 30 23125 {digits(rng, 3)}"


def word(rng, length):
    return "".join(rng.choice(LETTERS) for _ in range(length))


def email(rng):
    return f"{word(rng, 7)}.{word(rng, 8)}{rng.choice(('', '+' + word(rng, 4)))}@{rng.choice(('mail', 'post'))}.example"


def person(rng, style):
    if style == 0:
        return f"{rng.choice(FIRST)} {rng.choice(LAST)}"
    if style == 1:
        return rng.choice(CHINESE_NAMES) + "".join(rng.sample(CHINESE, 4))
    if style == 2:
        return rng.choice(JAPANESE_NAMES) + "".join(rng.sample(JAPANESE, 4))
    return rng.choice(CYRILLIC)


def sentence(rng, words=9):
    return f"Bring the {' '.join(rng.sample(WORDS, words))} before {rng.randrange(1, 12)}?"


def coordinate(rng, most):
    # Not half a hundred-thousandth: languages round that both ways.
    return f"{rng.choice(('', '-'))}{rng.randrange(10, most)}.{digits(rng, 5)}{rng.choice('12346789')}"


def ipv4(rng):
    return f"203.0.113.{rng.randrange(1, 255)}" if rng.random() < 0.5 else f"198.18.{rng.randrange(256)}.{rng.randrange(1, 255)}"


# kind: how a value of it is made. What is on the sheet more than once has more makers.
OWN = {
    "imei": (imei, imei),
    "imeisv": (lambda rng: "00101" + digits(rng, 11),),
    "imsi": (lambda rng: "00101" + digits(rng, 10),) * 2,
    "iccid": (lambda rng: iccid(rng, 19), lambda rng: iccid(rng, 20)),
    "phone_number": tuple(lambda rng, style=style: phone(rng, style) for style in range(3)),
    "carrier": (lambda rng: f"{rng.choice(TOWNS)} Cellular {word(rng, 4).capitalize()}",),
    "serial": (lambda rng: "".join(rng.choice("ABCDEFGHJKLMNPQRSTUVWXYZ23456789") for _ in range(12)),),
    "android_id": (lambda rng: f"{rng.getrandbits(64):016x}",) * 2,
    "advertising_id": (lambda rng: str(uuid.UUID(int=rng.getrandbits(128), version=4)),) * 2,
    "mac_address": (mac,),
    "bluetooth_address": (mac,),
    "ssid": (lambda rng: f"{rng.choice(TOWNS)} {word(rng, 5)} {digits(rng, 2)}",),
    "bssid": (mac,),
    "hostname": (lambda rng: f"{word(rng, 6)}-{word(rng, 3)}{digits(rng, 3)}",),
    "email": (email, email),
    "username": (lambda rng: f"{word(rng, 7)}_{digits(rng, 4)}",),
    "password": (lambda rng: f"{word(rng, 4).capitalize()}!{digits(rng, 3)}?{word(rng, 5)}",),
    "account_id": (lambda rng: rng.choice("123456789") + digits(rng, 12), lambda rng: f"ac-{word(rng, 6)}-{digits(rng, 5)}"),
    "device_model": (lambda rng: f"{word(rng, 6).capitalize()} {word(rng, 5).capitalize()} {digits(rng, 3)}",),
    "name": tuple(lambda rng, style=style: person(rng, style) for style in range(4)),
    "address": (lambda rng: f"{rng.randrange(11, 99)} {rng.choice(STREETS)}, {rng.choice(TOWNS)} {digits(rng, 4)}",),
    "location": (lambda rng: (coordinate(rng, 80), coordinate(rng, 99)),),
    "custom": (lambda rng: f"A-{digits(rng, 5)}-{word(rng, 4).upper()}", ipv4),
    "installed_app": (lambda rng: f"example.{word(rng, 6)}.{word(rng, 7)}",) * 2,
}
CONTACTS, MESSAGES = 6, 3
CUSTOM_NAMES = ("employee number", "public address")


def unlike(rng, entries, maker):
    """A value that no other entry has: else either label is right."""
    taken = [entry.value for entry in entries]
    while (value := maker(rng)) in taken:
        pass
    return value


def make(rng):
    """The entries of one sheet."""
    entries = []
    for kind, makers in OWN.items():
        for at, maker in enumerate(makers):
            value = unlike(rng, entries, maker)
            label = f"{'installed_apps' if kind == 'installed_app' else kind}[{at}]"
            entries.append(Entry(kind, CUSTOM_NAMES[at] if kind == "custom" else label, value))
    for at in range(CONTACTS):
        entries.append(Entry("contact_name", f"contacts[{at}].name", unlike(rng, entries, lambda rng, style=at % 3 if at < 3 else 0: person(rng, style))))
        entries.append(Entry("contact_number", f"contacts[{at}].phone_number", unlike(rng, entries, lambda rng, style=at % 3: phone(rng, style))))
        entries.append(Entry("contact_email", f"contacts[{at}].email", email(rng)))
    for at in range(MESSAGES):
        entries.append(Entry("message_number", f"messages[{at}].phone_number", unlike(rng, entries, lambda rng, style=at % 3: phone(rng, style))))
        entries.append(Entry("message_text", f"messages[{at}].text", sentence(rng)))
    return entries


def quote(value):
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def sheet(entries, device):
    """The subject sheet, in YAML."""
    lines = ["device:", "  name: combinations", f"  addresses: [{quote(device)}]", "identifiers:"]
    for kind in OWN:
        own = [entry.value for entry in entries if entry.kind == kind]
        if kind == "custom":
            texts = [f"{{name: {name}, value: {quote(value)}}}" for name, value in zip(CUSTOM_NAMES, own)]
        elif kind == "location":
            texts = [f"{{latitude: {latitude}, longitude: {longitude}}}" for latitude, longitude in own]
        else:
            texts = [quote(value) for value in own]
        if kind != "installed_app":
            lines.append(f"  {kind}: [{', '.join(texts)}]")
    by_label = {entry.label: entry.value for entry in entries}
    for group, count, fields in (("contacts", CONTACTS, ("name", "phone_number", "email")),
                                 ("messages", MESSAGES, ("phone_number", "text"))):
        lines.append(f"{group}:")
        for at in range(count):
            texts = [f"{field}: {quote(by_label[f'{group}[{at}].{field}'])}" for field in fields]
            lines.append(f"  - {{{', '.join(texts)}}}")
    apps = [quote(entry.value) for entry in entries if entry.kind == "installed_app"]
    lines.append(f"installed_apps: [{', '.join(apps)}]")
    return "\n".join(lines) + "\n"


# ---- values that are nearly the same ---------------------------------------------------------------------

def other_character(rng, character):
    if character.isdigit():
        return rng.choice([digit for digit in "0123456789" if digit != character])
    if character.lower() in "abcdef":
        return rng.choice([letter for letter in "abcdef" if letter != character.lower()])
    if character.isascii():
        return rng.choice([letter for letter in LETTERS if letter != character.lower()])
    base = unicodedata.normalize("NFD", character)[0].lower()
    return rng.choice([letter for letter in LETTERS if letter != base])


def changed(rng, text, first=0):
    """One letter or digit is another one."""
    places = [at for at, character in enumerate(text) if at >= first and character.isalnum()]
    at = rng.choice(places)
    return text[:at] + other_character(rng, text[at]) + text[at + 1:]


def near(rng, entry):
    """(what is different, a value that is nearly that of the entry)."""
    value = entry.value
    if entry.kind in ("imei", "iccid") and rng.random() < 0.4:
        return "check digit", value[:-1] + other_character(rng, value[-1])
    if entry.kind == "message_text":
        return "other words", sentence(rng)
    if entry.kind == "location":
        point = [text.index(".") for text in value]
        return "another place", tuple(text[:at + 1] + other_character(rng, text[at + 1]) + text[at + 2:]
                                      for text, at in zip(value, point))
    if entry.kind in ("email", "contact_email"):
        return "one character", changed(rng, value[:value.index("@")]) + value[value.index("@"):]
    if "name" in entry.kind and " " in value and entry.kind not in ("username", "hostname"):
        return "one character", " ".join(changed(rng, part) for part in value.split(" "))
    if entry.kind == "custom" and value.count(".") == 3:
        return "another address", ipv4(rng)
    if "number" in entry.kind or entry.kind == "phone_number":
        return "one digit", changed(rng, value, 4)
    return "one character", changed(rng, value)
