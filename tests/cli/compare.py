#!/usr/bin/env python3
"""telltale compare with real cases: captures of the golden tests and some made here, and damaged case files.

usage: tests/cli/compare.py TELLTALE
"""
import base64
import datetime
import hashlib
import json
import pathlib
import random
import socket
import sqlite3
import ssl
import struct
import subprocess
import sys

sys.dont_write_bytecode = True
import runner  # noqa: E402

TELLTALE = pathlib.Path(sys.argv[1]).resolve()
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
GOLDEN = ROOT / "tests" / "golden"
EXAMPLE = ROOT / "examples" / "boxed-phone"
SHEET = GOLDEN / "subject.yaml"
EVENT = "  - {at: %s, what: number entered, subject: 'phone_number[0]'}\n"


def run(*arguments):
    return subprocess.run([TELLTALE, *map(str, arguments)], capture_output=True, text=True, timeout=120,
                          stdin=subprocess.DEVNULL)


def refused(done, *words):
    """Status 2 and one clear line."""
    assert done.returncode == 2, f"exit {done.returncode}: {done.stdout[:200]} {done.stderr[:200]}"
    assert done.stderr.startswith("telltale: "), done.stderr
    for word in words:
        assert str(word).lower() in done.stderr.lower(), f"no {word!r} in: {done.stderr}"


def first_time(capture):
    done = run("test", capture, "--subject", SHEET, "--json", "-", "--quiet")
    return json.loads(done.stdout.splitlines()[-1])["coverage"]["inputs"][0]["first_time"]


def case_of(folder, name, capture, events=2, sheet=SHEET, timeline=True):
    """A case of a golden capture, with a timeline that tells `events` events at its begin."""
    path = folder / f"{name}.case"
    arguments = []
    if timeline:
        time = first_time(capture)
        day = datetime.datetime.fromisoformat(time[:10]).date().isoformat()
        text = f"phases:\n  - {{name: boxed, from: {day}}}\nevents:\n" + (EVENT % time) * events
        (folder / f"{name}.yaml").write_text(text if events else text.replace("events:\n", ""))
        arguments = ["--timeline", folder / f"{name}.yaml"]
    done = run("test", capture, "--subject", sheet, "-o", path, "--quiet", *arguments)
    assert done.returncode in (0, 1, 3), done.stderr
    return path


def compare(before, after, status):
    done = run("compare", before, after, "-f", "json")
    assert done.returncode == status, f"exit {done.returncode}, not {status}: {done.stdout[-1500:]} {done.stderr}"
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return rows[:-1], rows[-1]["comparison"]


def changes(rows):
    return sorted(tuple(row["changes"]) for row in rows)


# ---- captures of our own: a greeting, what a test is about, and a farewell half a minute later ----

PHONE, CLOUD, OTHER, CLOCK = "192.168.77.23", "198.51.100.7", "203.0.113.5", "192.0.2.9"
API, BEGIN = "api.cloud.example", 1407402000
IMEI, NUMBER = "001014001234566", "+12125550147"
COUNTRIES = GOLDEN / "scenes" / "countries.mmdb"  # 198.51.100.0/24 is in CN, 203.0.113.0/25 in SG
BOXED = "phases:\n  - {name: boxed, from: 2014-08-07}\n"
AGREED = BOXED + "purposes:\n  - {name: cloud}\nconsent:\n  - {at: 2014-08-07, purpose: cloud, state: %s}\n"


def packet(source, target, ports, numbers, flags, payload=b""):
    tcp = struct.pack(">HHIIBBHHH", *ports, *numbers, 0x50, flags, 65535, 0, 0) + payload
    ends = socket.inet_aton(source) + socket.inet_aton(target)
    return struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(tcp), 1, 0, 64, 6, 0) + ends + tcp


def post(body, host=API):
    head = f"POST /r HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    return [(0, f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()),
            (1, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")]


def sealed(said, keys):
    """The same in TLS, between Python and Python without certificates, with its secrets in the file `keys`."""
    ends = [ssl.SSLContext(kind) for kind in (ssl.PROTOCOL_TLS_CLIENT, ssl.PROTOCOL_TLS_SERVER)]
    ends[0].check_hostname, ends[0].verify_mode, ends[0].keylog_filename = False, ssl.CERT_NONE, str(keys)
    for end in ends:
        end.maximum_version = ssl.TLSVersion.TLSv1_2
        end.set_ciphers("AECDH-AES128-SHA:@SECLEVEL=0")
    ways = [ssl.MemoryBIO(), ssl.MemoryBIO()]  # what each of them reads
    talk = [ends[0].wrap_bio(ways[0], ways[1], server_hostname=API),
            ends[1].wrap_bio(ways[1], ways[0], server_side=True)]
    wire = []

    def pass_on(side):
        data = ways[1 - side].read()
        ways[1 - side].write(data)
        if data:
            wire.append((side, data))

    for turn in range(6):
        try:
            talk[turn % 2].do_handshake()
        except ssl.SSLWantReadError:
            pass
        pass_on(turn % 2)
    for side, data in said:
        talk[side].write(data)
        pass_on(side)
        assert talk[1 - side].read(65536) == data
    return wire


def capture(path, *connections):
    """`connections`: (address, port, [(from the server?, bytes)]). Frames every 10 ms, connections every second."""
    whole = [(CLOCK, 80, post("hello", "time.example")), *connections, (CLOCK, 80, post("bye", "time.example"))]
    out = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101)
    for at, (address, port, said) in enumerate(whole):
        ends = ((PHONE, address, (40000 + at, port)), (address, PHONE, (port, 40000 + at)))
        frames = [packet(*ends[0], (100, 0), 2), packet(*ends[1], (500, 101), 18), packet(*ends[0], (101, 501), 16)]
        next_at = [101, 501]
        for side, data in said:
            for piece in (data[start:start + 1400] for start in range(0, len(data), 1400)):
                frames.append(packet(*ends[side], (next_at[side], next_at[1 - side]), 24, piece))
                next_at[side] += len(piece)
        second = BEGIN + (30 if at == len(whole) - 1 else at)
        for n, frame in enumerate(frames):
            out += struct.pack("<IIII", second, n * 10000, len(frame), len(frame)) + frame
    path.write_bytes(out)
    return path


def made(folder, name, *connections, timeline=BOXED, sheet=SHEET, options=()):
    """The case of such a capture."""
    (folder / f"{name}.yaml").write_text(timeline)
    case = folder / f"{name}.case"
    done = run("test", capture(folder / f"{name}.pcap", *connections), "--subject", sheet, "-o", case,
               "--timeline", folder / f"{name}.yaml", "--quiet", *options)
    assert done.returncode in (0, 1, 3), done.stderr
    return case


def plain(body=f"imei={IMEI}", host=API, address=CLOUD):
    return (address, 80, post(body, host))


def said_of(before, after, status):
    """The words of the only row."""
    rows, total = compare(before, after, status)
    assert len(rows) == 1, rows
    return set(rows[0]["changes"]), rows[0], total


# ---- what is said ----

def a_case_and_itself_are_unchanged(folder):
    case = folder / "a.case"
    assert run("test", EXAMPLE, "-o", case, "--quiet").returncode == 1
    rows, total = compare(case, case, 1)
    assert len(rows) > 5 and all(row["changes"] == ["unchanged"] for row in rows), changes(rows)
    assert all(row["before"] == row["after"] for row in rows)
    assert total["comparable"] and total["comparable_for_new"] and total["outcome"] == "violation"
    text = run("compare", case, case)
    assert text.returncode == 1 and "unchanged" in text.stdout and "gone" not in text.stdout.split("\n")[1]
    assert max(map(len, text.stdout.splitlines())) <= 80


def what_is_not_sent_any_more_is_gone(folder):
    before = case_of(folder, "before", GOLDEN / "http-json" / "leak.pcap")
    after = case_of(folder, "after", GOLDEN / "http-json" / "clean.pcap")
    rows, total = compare(before, after, 0)
    assert changes(rows) == [("gone",)], changes(rows)
    assert total["outcome"] == "allowed" and total["totals"]["gone"] == 1
    rows, _ = compare(after, before, 1)
    assert changes(rows) == [("new",)], changes(rows)


def a_stimulus_less_and_gone_is_not_said(folder):
    before = case_of(folder, "before", GOLDEN / "http-json" / "leak.pcap")
    for events in (1, 0):
        after = case_of(folder, f"after{events}", GOLDEN / "http-json" / "clean.pcap", events)
        rows, total = compare(before, after, 3)
        assert changes(rows) == [("not_comparable",)], changes(rows)
        assert "events" in rows[0]["reason"] and total["totals"]["gone"] == 0
        assert [c["name"] for c in total["checks"] if not c["suffices"]] == ["events"], total["checks"]
    after = case_of(folder, "after", GOLDEN / "http-json" / "clean.pcap", timeline=False)
    rows, total = compare(before, after, 3)
    assert changes(rows) == [("not_comparable",)] and not total["comparable"]


def what_cannot_be_read_is_opaque(folder):
    before = case_of(folder, "before", GOLDEN / "http-json" / "leak.pcap")
    after = case_of(folder, "after", GOLDEN / "tls" / "leak.pcap")
    rows, total = compare(before, after, 3)
    assert changes(rows) == [("now_opaque",)] and total["totals"]["gone"] == 0
    text = run("compare", before, after).stdout
    assert "now opaque, not verified" in text and " gone" not in text.split("WHAT BECAME")[1]


def another_firmware_line_changes_the_sheet_only(folder):
    sheet = folder / "later.yaml"
    sheet.write_text(SHEET.read_text() + "\n# after the update\n")
    before = case_of(folder, "before", GOLDEN / "http-json" / "leak.pcap")
    after = case_of(folder, "after", GOLDEN / "http-json" / "clean.pcap", sheet=sheet)
    rows, total = compare(before, after, 0)
    assert changes(rows) == [("gone",)], changes(rows)
    assert any(c["name"] == "sheet" and c["why"] for c in total["checks"])


def no_value_is_shown(folder):
    case = folder / "a.case"
    run("test", EXAMPLE, "-o", case, "--quiet")
    everything = run("compare", case, case).stdout + run("compare", case, case, "-f", "json").stdout
    for secret in ("001014001234566", "12125550123", "7700900456", "001010123456789", "asha.example"):
        assert secret not in everything, secret


def cases_of_older_versions_are_compared(folder):
    new = case_of(folder, "new", GOLDEN / "http-json" / "leak.pcap")
    for script in sorted((ROOT / "tests" / "unit" / "store").glob("version-*.sql")):
        old = folder / (script.stem + ".case")
        with sqlite3.connect(old) as db:
            db.executescript(script.read_text())
        rows, _ = compare(old, old, run("compare", old, old).returncode)
        assert rows and all(row["changes"] == ["unchanged"] for row in rows), (script.name, changes(rows))
        rows, total = compare(old, new, 1)
        assert not total["comparable"] and total["totals"]["gone"] == 0


def the_advisory_is_one_page(folder):
    case = folder / "a.case"
    run("test", EXAMPLE, "-o", case, "--quiet")
    done = run("report", case, "-f", "advisory")
    lines = done.stdout.splitlines()
    assert done.returncode == 0 and len(lines) <= 60 and max(map(len, lines)) <= 72, len(lines)
    for word in ("ExamplePhone 1S", "account.cloud.example", "had not agreed", "WHAT TO DO", "not encrypted",
                 "Not re-tested"):
        assert word.lower() in done.stdout.lower(), word
    shown = run("report", case, "-f", "advisory", "--reveal", "--subject", EXAMPLE / "subject.yaml").stdout
    for secret in ("001014001234566", "12125550123", "7700900456"):
        assert secret not in done.stdout + shown
    before = case_of(folder, "before", GOLDEN / "http-json" / "leak.pcap")
    after = case_of(folder, "after", GOLDEN / "http-json" / "clean.pcap")
    done = run("report", after, "-f", "advisory", "--compare", before)
    assert "earlier test of firmware" in done.stdout and "1 gone" in done.stdout, done.stdout
    opaque = case_of(folder, "opaque", GOLDEN / "tls" / "leak.pcap")
    done = run("report", opaque, "-f", "advisory", "--compare", before)
    assert "now opaque, not verified" in " ".join(done.stdout.split()) and " gone;" not in done.stdout
    refused(run("report", after, "--compare", before), "advisory")
    refused(run("report", after, "-f", "advisory", "--compare", folder / "absent"), "absent", "no such file")
    refused(run("report", after, "-f", "advisory", "--compare", before, "-o", before), "would be overwritten")


# ---- each word, by captures made here ----

def gone_new_and_unchanged(folder):
    before, after = made(folder, "before", plain()), made(folder, "after", plain("imei=none"))
    assert said_of(before, after, 0)[0] == {"gone"}
    assert said_of(after, before, 1)[0] == {"new"}
    assert said_of(before, made(folder, "again", plain()), 1)[0] == {"unchanged"}


def only_encrypted_opaque_and_readable_again(folder):
    keys = folder / "keys.log"
    secret = (CLOUD, 443, sealed(post(f"imei={IMEI}"), keys))
    before = made(folder, "before", plain())
    after = made(folder, "after", secret, options=("--keys", keys))
    words, row, total = said_of(before, after, 3)  # nothing is known of consent
    assert words == {"only_encrypted"}, row
    assert (row["before"]["readable"], row["after"]["readable"]) == (1, 0), row
    assert said_of(after, before, 1)[0] == {"now_readable"}
    closed = made(folder, "closed", secret)
    words, row, total = said_of(before, closed, 3)
    assert words == {"now_opaque"} and "could not be read" in row["reason"], row
    # What keys opened cannot be called gone by a test that has none, even where nothing is left to open.
    silent = made(folder, "silent", plain("imei=none"))
    words, row, total = said_of(after, silent, 3)
    assert words == {"not_comparable"} and row["reason"].startswith("keys:"), row
    silent = made(folder, "unused", plain("imei=none"), options=("--keys", keys))
    assert said_of(after, silent, 0)[0] == {"gone"}


def coded_hashed_and_rewritten(folder):
    ways = {"plain": IMEI, "base64": base64.b64encode(IMEI.encode()).decode(), "hex": IMEI.encode().hex(),
            "md5": hashlib.md5(IMEI.encode()).hexdigest()}
    cases = {way: made(folder, way, plain(f"imei={text}")) for way, text in ways.items()}
    for before, after, word in (("plain", "base64", "now_coded"), ("plain", "md5", "now_coded"),
                                ("hex", "md5", "now_coded"), ("base64", "plain", "now_plain"),
                                ("md5", "hex", "now_plain"), ("base64", "hex", "rewritten"),
                                ("hex", "base64", "rewritten")):
        words, row, _ = said_of(cases[before], cases[after], 1)
        assert words == {word}, (before, after, row)


def another_host(folder):
    before = made(folder, "before", plain(), plain("a=b", "cdn.cloud.example", OTHER))
    after = made(folder, "after", plain("imei=none"), plain(host="cdn.cloud.example", address=OTHER))
    words, row, _ = said_of(before, after, 1)
    assert words == {"moved_host"}, row
    assert (row["before"]["host"], row["after"]["host"]) == (API, "cdn.cloud.example"), row


def another_country_and_one_more(folder):
    options = ("--geo", COUNTRIES)
    before = made(folder, "before", plain(), options=options)
    moved = made(folder, "moved", plain(address=OTHER), options=options)
    more = made(folder, "more", plain(), plain(address=OTHER), options=options)
    assert said_of(before, moved, 1)[0] == {"moved_country"}
    assert said_of(before, more, 1)[0] == {"more_countries"}
    assert said_of(more, before, 1)[0] == {"unchanged"}
    unknown = made(folder, "unknown", plain(address="198.18.0.7"), options=options)
    assert said_of(before, unknown, 1)[0] == {"unchanged"}


def consent_given_and_taken(folder):
    keys = folder / "keys.log"
    secret, options = (CLOUD, 443, sealed(post(f"imei={IMEI}"), keys)), ("--keys", keys)
    before = made(folder, "before", secret, timeline=AGREED % "not_given", options=options)
    after = made(folder, "after", secret, timeline=AGREED % "given", options=options)
    assert said_of(before, after, 0)[0] == {"after_consent"}
    assert said_of(after, before, 1)[0] == {"without_consent"}


def recipes_must_be_the_same(folder):
    key = b"acme-secret-key!"
    text = f'{{"imei":"{IMEI}","model":"1234567890123"}}'.encode()
    hidden = base64.b64encode(bytes(b ^ key[i % len(key)] for i, b in enumerate(text))).decode()
    hidden = hidden.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")
    recipe = folder / "acme.yaml"
    recipe.write_text("recipes:\n  - name: acme-xor\n    source: https://research.example/a\n"
                      '    hosts: ["*.cloud.example"]\n    steps:\n      - xor: {text: "acme-secret-key!"}\n'
                      "    gives: text\n")
    given = ("--recipes", recipe)
    before = made(folder, "before", plain(f"d={hidden}"), options=given)
    nothing = plain("d=none")
    assert said_of(before, made(folder, "with", nothing, options=given), 0)[0] == {"gone"}
    words, row, total = said_of(before, made(folder, "without", nothing), 3)
    assert words == {"not_comparable"} and row["reason"].startswith("recipes:"), row
    assert [c["name"] for c in total["checks"] if not c["suffices"]] == ["recipes"], total["checks"]
    recipe.write_text(recipe.read_text() + "# another file\n")
    words, row, _ = said_of(before, made(folder, "other", nothing, options=given), 3)
    assert words == {"not_comparable"} and row["reason"].startswith("recipes:"), row


# ---- labels are no values ----

def the_order_of_contacts_does_not_matter(folder):
    lines = ['  - {name: Benoit Lefevre-Okafor, phone_number: "+1 212 555 0147"}\n',
             '  - {name: Carla Ostrander, phone_number: "+1 212 555 0148"}\n']
    sheets = []
    for name, order in (("first", lines), ("second", lines[::-1])):
        sheets.append(folder / f"{name}-sheet.yaml")
        sheets[-1].write_text(f"device: {{name: Golden phone, addresses: [{PHONE}]}}\ncontacts:\n" + "".join(order))
    leak = plain("n=%2B12125550147")
    before, after = made(folder, "a", leak, sheet=sheets[0]), made(folder, "b", leak, sheet=sheets[1])
    words, row, total = said_of(before, after, 1)
    assert words == {"unchanged"} and row["identifier"]["label"] == "contacts[0].phone_number", row
    assert total["comparable"], total["checks"]
    silent = made(folder, "c", plain("n=none"), sheet=sheets[1])
    assert said_of(before, silent, 0)[0] == {"gone"}
    # Now the other contact is under the label of the first one.
    other = made(folder, "d", plain("n=%2B12125550148"), sheet=sheets[1])
    rows, _ = compare(before, other, 1)
    assert {row["identifier"]["label"]: row["changes"] for row in rows} == {
        "contacts[0].phone_number": ["gone"], "contacts[1].phone_number": ["new"]}, rows


def a_mistyped_value_is_not_gone(folder):
    before = made(folder, "before", plain())
    for wrong in ("001014001234574", "490154203237518"):
        sheet = folder / "mistyped.yaml"
        sheet.write_text(SHEET.read_text().replace(IMEI, wrong))
        words, row, total = said_of(before, made(folder, "after", plain(), sheet=sheet), 3)
        assert words == {"not_comparable"} and row["reason"].startswith("sheet:"), row
        assert not total["comparable"] and total["totals"]["gone"] == 0
        rows, total = compare(made(folder, "same", plain(), sheet=sheet), before, 1)
        assert changes(rows) == [("new", "not_comparable")], changes(rows)


def no_value_can_be_tried_alone(folder):
    """The texts that entries are matched by change with any value of the sheet: none is of one value alone."""
    seen = []
    for name, text in (("a", SHEET.read_text()), ("b", SHEET.read_text().replace("GLD7Q2X9K4", "GLD7Q2X9K5"))):
        sheet = folder / f"{name}-sheet.yaml"
        sheet.write_text(text)
        with sqlite3.connect(made(folder, name, plain(), sheet=sheet)) as db:
            seen.append([row[0] for row in db.execute("SELECT likeness FROM identifier ORDER BY id")])
    assert len(seen[0]) == 13 and all(len(text) == 32 for text in seen[0]), seen
    assert len(set(seen[0] + seen[1])) == 26, seen


# ---- calls ----

def wrong_calls_are_explained(folder):
    case = case_of(folder, "a", GOLDEN / "http-json" / "leak.pcap")
    refused(run("compare", case), "two case files")
    refused(run("compare", case, case, case), "two case files")
    refused(run("compare", case, case, "-f", "html"), "html", "this version", "yet")
    refused(run("compare", case, case, "-f", "xml"), "no format \"xml\"")
    refused(run("compare", case, case, "-o", case), "would be overwritten")
    refused(run("compare", case, case, "-o", folder / "absent" / "x"), "absent")
    assert run("compare", "--help").returncode == 0
    assert run("compare", case, case, "--quiet").stdout == ""
    assert run("compare", case, case, "-o", folder / "out").returncode == 1
    assert "unchanged" in (folder / "out").read_text()


def damaged_cases_are_refused_by_name(folder):
    good = case_of(folder, "good", GOLDEN / "http-json" / "leak.pcap")
    data = good.read_bytes()
    bad = folder / "bad.case"
    for content, words in ((b"", "bad.case"), (data[:50], "bad.case"), (data[:len(data) // 2], "damaged"),
                           (b"hello, this is a letter\n" * 99, "not a telltale case"),
                           (data[:60] + (99).to_bytes(4, "big") + data[64:], "newer telltale")):
        bad.write_bytes(content)
        refused(run("compare", good, bad), "bad.case", words)
        refused(run("compare", bad, good), "bad.case", words)
    refused(run("compare", good, folder / "absent.case"), "absent.case", "no such file")
    refused(run("compare", folder, good), folder.name, "folder")
    with sqlite3.connect(good) as db:
        db.execute("DELETE FROM info")
    refused(run("compare", good, good), "good.case", "says nothing about its test")


def no_damage_kills(folder):
    good = case_of(folder, "good", GOLDEN / "http-json" / "leak.pcap")
    data = good.read_bytes()
    dice = random.Random(6)
    for _ in range(150):
        bad = bytearray(data)
        for _ in range(dice.choice((1, 4, 64))):
            bad[dice.randrange(100, len(bad))] = dice.randrange(256)
        (folder / "bad.case").write_bytes(bad)
        done = run("compare", good, folder / "bad.case", "-f", dice.choice(("text", "json")))
        assert done.returncode in (0, 1, 2, 3), done.returncode
        assert done.returncode != 2 or done.stderr.startswith("telltale: "), done.stderr


def hostile_rows_do_not_drive_the_terminal(folder):
    case = case_of(folder, "a", GOLDEN / "http-json" / "leak.pcap")
    with sqlite3.connect(case) as db:
        db.execute("UPDATE finding SET host = ?, label = ?, masked = ?, kind = ?, country = ?",
                   ("h\x1b[31m\n", "l\u202e\x1b]0;x\x07", "m\x1b[2J", "k\x1b[1m", "\x1b[7m"))
        db.execute("UPDATE info SET device_name = ?, timeline = ?",
                   ("d\x1b[31m", '{"events":[{"at":"2026-01-01","what":"w\\u001b[31m"}],'
                                 '"phases":[{"name":"p\\u001b[31m","from":"2020-01-01"}]}'))
    for form in ("text", "json"):
        done = run("compare", case, case, "-f", form)
        assert done.returncode in (0, 1, 3), done.stderr
        assert "\x1b" not in done.stdout and "\u202e" not in done.stdout


runner.run(runner.tests_of(globals()), "comparison tests passed", "failed")
