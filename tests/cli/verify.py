#!/usr/bin/env python3
"""`telltale verify`: what a test found holds when it is walked again; what was changed, or forged, is told.

usage: tests/cli/verify.py TELLTALE
"""
import collections
import hashlib
import json
import pathlib
import random
import re
import sqlite3
import subprocess
import sys
import tempfile

TELLTALE = pathlib.Path(sys.argv[1]).resolve()
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
GOLDEN = ROOT / "tests" / "golden"
PEERS = ROOT / "tests" / "peers"
SEALED = ROOT / "tests" / "cli" / "sealed"
EXAMPLE = ROOT / "examples" / "boxed-phone"
SHEET = GOLDEN / "subject.yaml"
FLIPS = 150  # of each file


def run(*arguments):
    return subprocess.run([TELLTALE, *map(str, arguments)], capture_output=True, text=True, timeout=120,
                          stdin=subprocess.DEVNULL)


def recipes_of(captures):
    """The options for the recipes that lie beside a capture."""
    files = [capture.parent / "recipes.yaml" for capture in captures]
    return [word for file in files if file.exists() for word in ("--recipes", file)]


def keys_of(captures):
    """The options for the keys that lie beside a capture."""
    files = [file for capture in captures for file in (capture.with_suffix(".keys"), capture.parent / "session.keys",
                                                    capture.parent / "keys.log")]
    return [word for file in files if file.exists() for word in ("--keys", file)]


def make_case(folder, *captures, sheet=SHEET):
    path = folder / "made.case"
    done = run("test", *captures, "--subject", sheet, *recipes_of(captures), *keys_of(captures), "-o", path, "--quiet")
    assert done.returncode in (0, 1, 3), done.stderr
    return path


def verify(case, *captures, sheet=SHEET):
    """(exit status, findings, totals)"""
    done = run("verify", case, *captures, "--subject", sheet, *recipes_of(captures), *keys_of(captures), "--json", "-")
    assert done.returncode in (0, 1), done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return done.returncode, rows[:-1], rows[-1]["verified"]


def refused(done, *words):
    assert done.returncode == 2, f"exit {done.returncode}: {done.stdout} {done.stderr}"
    for word in words:
        assert word in done.stderr, f"no {word!r} in: {done.stderr}"


def seal(path):
    """As docs/case-file.md tells it: who changes a case can seal it anew."""
    with sqlite3.connect(path) as case:
        old = case.execute("SELECT sha256 FROM seal").fetchone()[0]
    case.close()
    data = path.read_bytes()
    at = data.index(old.encode())
    assert data.count(old.encode()) == 1
    new = hashlib.sha256(data[:at] + b"0" * 64 + data[at + 64:]).hexdigest()
    path.write_bytes(data[:at] + new.encode() + data[at + 64:])


def forged(folder, case, *statements):
    path = folder / "forged.case"
    path.write_bytes(case.read_bytes())
    with sqlite3.connect(path) as database:
        for statement in statements:
            assert database.execute(statement).rowcount > 0, statement
    database.close()
    seal(path)
    return path


# ---- what holds ----

def all_hold(name, findings):
    """Counts what was walked, and fails where something was not."""
    _, rows, totals = findings
    assert totals["findings"] == totals["hold"] == len(rows), f"{name}: {[row for row in rows if not row['holds']]}"
    return collections.Counter(totals)


def told(what, totals):
    print(f"{what}: {totals['hold']} of {totals['findings']} findings hold, {totals['all_steps_walked']} in all steps; "
          f"{totals['not_walked']} not walked")


def every_golden_finding_holds(folder):
    totals = collections.Counter()
    for expected in sorted(GOLDEN.glob("*/expect.json")):
        for name in ("leak", "clean"):
            if (capture := expected.parent / f"{name}.pcap").exists():
                totals += all_hold(expected.parent.name, verify(make_case(folder, capture), capture))
    assert totals["hold"] >= 100, totals
    told("golden cases", totals)


def every_sealed_finding_holds(folder):
    """The twins under TLS and DTLS."""
    totals = collections.Counter()
    for capture in sorted(GOLDEN.glob("*/tls.pcap")):
        findings = verify(make_case(folder, capture), capture)
        assert findings[1], capture
        totals += all_hold(capture.parent.name, findings)
    assert totals["hold"] >= 90, totals
    told("twins", totals)


# What is said between the peers, in handshakes too.
SAID = """identifiers:
  custom:
    - {name: server, value: api.cloud.example}
    - {name: page, value: "a page for the peers, a page"}
    - {name: path, value: /page.txt}
    - {name: line, value: 00123 of a longer page}
    - {name: note, value: nothing+much+nothing}
    - {name: made, value: '{"result": "ok"}'}
    - {name: question, value: "is anybody there? asks the device"}
    - {name: answer, value: "nobody, says the cloud"}
"""


def every_finding_between_peers_holds(folder):
    """Each cipher, version and way to open them, and names in handshakes, clear and sealed."""
    sheet, totals = folder / "said.yaml", collections.Counter()
    sheet.write_text(SAID)
    for entry in json.loads((PEERS / "fixtures.json").read_text()):
        keys = [PEERS / word if (PEERS / word).exists() else word for word in entry["telltale"]]
        findings = verify_with(folder, PEERS / entry["capture"], sheet, keys)
        assert len(findings[1]) > 1, entry["name"]
        totals += all_hold(entry["name"], findings)
    assert totals["hold"] >= 390, totals
    told("peers", totals)


def verify_with(folder, capture, sheet, keys):
    """As `verify`, with these options for keys; what cannot be walked is no failure."""
    case = folder / "with.case"
    done = run("test", capture, "--subject", sheet, *keys, "-o", case, "--quiet")
    assert done.returncode in (0, 1, 3), done.stderr
    done = run("verify", case, capture, "--subject", sheet, *keys, "--json", "-")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert rows, f"{capture.name}: {done.stderr}"
    return done.returncode, rows[:-1], rows[-1]["verified"]


def every_rare_seal_is_opened(folder):
    """By keys that are no key log, and in versions that are hardly spoken any more."""
    sheet, totals = folder / "said.yaml", collections.Counter()
    sheet.write_text(SAID)
    rsa, psk = ["--keys", SEALED / "server.pem"], ["--psk", "5d0a4f1c9b7e62338a41d6c0f2975eab"]
    for name, keys, least in (("res-ticket", rsa, 6), ("res-id", rsa, 6), ("psk-res", psk, 5), ("rsa-psk", [*rsa, *psk], 5),
                              ("rsa-renego", rsa, 6), ("dtls-rsa", rsa, 3), ("dtls-psk", psk, 2), ("dtls-renego", None, 4),
                              ("client-cert13", None, 6), ("ssl3-aes", None, 5), ("ssl3-rc4-md5", None, 5),
                              ("tls12-deflate", None, 5), ("tls13-d18", None, 6), ("tls13-d23", None, 6)):
        capture = SEALED / f"{name}.pcap"
        found = all_hold(name, verify_with(folder, capture, sheet, keys or ["--keys", SEALED / f"{name}.keys"]))
        assert found["hold"] >= least, f"{name}: {found}"
        totals += found
    told("rare seals", totals)


def what_a_lost_packet_hides_is_not_refused(folder):
    """A finding that is true is never told as broken: where bytes are missing it is not walked at worst."""
    sheet, totals, chooser = folder / "said.yaml", collections.Counter(), random.Random(3)
    sheet.write_text(SAID)
    for name in ("curl-http1-tls1.3", "curl-http2-tls1.3", "tls1.2-ecdhe-ecdsa-aes128-sha", "tls-in-tls", "http3-upload", "dtls1.2-gcm"):
        data = (PEERS / f"{name}.pcap").read_bytes()
        ends = [24, *packet_ends(data)]
        for lost in chooser.sample(range(len(ends) - 1), 6):
            room = folder / "lost.pcap"
            room.write_bytes(data[:ends[lost]] + data[ends[lost + 1]:])
            _, rows, found = verify_with(folder, room, sheet, ["--keys", PEERS / f"{name}.keys"])
            assert found["do_not_hold"] == 0, f"{name} without packet {lost + 1}: {[r for r in rows if r['holds'] is False]}"
            totals += collections.Counter(found)
    assert totals["hold"] > 100, totals
    told("a lost packet", totals)


def every_finding_of_a_scene_holds(folder):
    totals = collections.Counter()
    for sheet in sorted(GOLDEN.glob("scenes/*/subject.yaml")):
        for capture in sorted([*sheet.parent.glob("*.pcap"), *sheet.parent.glob("*.pcapng")]):
            totals += all_hold(capture, verify(make_case(folder, capture, sheet=sheet), capture, sheet=sheet))
    assert totals["hold"] > 0, totals
    told("scenes", totals)


def the_example_holds(folder):
    capture, sheet = EXAMPLE / "capture.pcapng", EXAMPLE / "subject.yaml"
    status, rows, totals = verify(make_case(folder, capture, sheet=sheet), capture, sheet=sheet)
    assert status == 0 and totals["hold"] == len(rows) > 0, [r for r in rows if not r["holds"]]


def several_captures_are_told_apart(folder):
    captures = [GOLDEN / name / "leak.pcap" for name in ("http-gzip", "http-json", "udp-raw")]
    case = make_case(folder, *captures)
    status, rows, _ = verify(case, *reversed(captures))
    assert status == 0 and len(rows) >= 3, rows
    refused(run("verify", case, *captures[:2], "--subject", SHEET), "not among the captures")


def nothing_found_is_verified(folder):
    capture = GOLDEN / "http-gzip" / "clean.pcap"
    status, rows, totals = verify(make_case(folder, capture), capture)
    assert status == 0 and rows == [] and totals["findings"] == 0


def the_text_names_each_step(folder):
    capture = GOLDEN / "http-bson" / "leak.pcap"
    done = run("verify", make_case(folder, capture), capture, "--subject", SHEET)
    assert done.returncode == 0, done.stderr
    assert "http.request.body: walked; bson: range only" in done.stdout
    assert "asha.rao" not in done.stdout
    done = run("verify", folder / "made.case", capture, "--subject", SHEET, "--quiet")
    assert done.returncode == 0 and done.stdout == "" and done.stderr == ""


# ---- what was changed ----

def flipped(path, room, seed):
    data = path.read_bytes()
    chooser = random.Random(seed)
    for at in chooser.sample(range(len(data)), min(FLIPS, len(data))):
        changed = bytearray(data)
        changed[at] ^= 1 << chooser.randrange(8)
        room.write_bytes(changed)
        yield at


def a_changed_byte_of_a_case_is_refused(folder):
    for name in ("http-gzip/leak", "http-json/tls"):
        capture = GOLDEN / f"{name}.pcap"
        case = make_case(folder, capture)
        room = folder / "flipped.case"
        for at in flipped(case, room, 1):
            done = run("verify", room, capture, "--subject", SHEET, *keys_of([capture]))
            assert done.returncode == 2 and done.stdout == "", f"byte {at}: {done.returncode} {done.stdout}"
    room.write_bytes(case.read_bytes() + b"\0")
    refused(run("verify", room, capture, "--subject", SHEET), "changed after the test")
    room.write_bytes(case.read_bytes()[:-1])
    refused(run("verify", room, capture, "--subject", SHEET), "damaged")


def a_changed_byte_of_a_capture_is_refused(folder):
    capture = GOLDEN / "http-gzip" / "leak.pcap"
    case = make_case(folder, capture)
    room = folder / "leak.pcap"
    for at in flipped(capture, room, 2):
        refused(run("verify", case, room, "--subject", SHEET), "not a capture of this case")


def packet_ends(data):
    """Where each packet of a pcap file ends."""
    at, ends = 24, []
    while at < len(data):
        at += 16 + int.from_bytes(data[at + 8:at + 12], "little")
        ends.append(at)
    return ends


def a_changed_byte_of_a_record_is_refused(folder):
    """Though the case names the changed capture: no record that is not authentic proves anything."""
    for name in ("http-json/tls", "http-gzip/tls", "http2/tls", "udp-raw/tls", "quic/leak"):
        capture = GOLDEN / f"{name}.pcap"
        case, room = make_case(folder, capture), folder / capture.name
        for keys in (capture.with_suffix(".keys"), capture.parent / "session.keys"):
            if keys.exists():
                (folder / keys.name).write_bytes(keys.read_bytes())
        frame = verify(case, capture)[1][0]["frame"]
        data = bytearray(capture.read_bytes())
        data[packet_ends(data)[frame - 1] - 1] ^= 1
        room.write_bytes(data)
        digests = [hashlib.sha256(file.read_bytes()).hexdigest() for file in (room, capture)]
        path = forged(folder, case, f"UPDATE input SET sha256 = '{digests[0]}' WHERE sha256 = '{digests[1]}'")
        status, rows, totals = verify(path, room)
        assert status == 1 and totals["do_not_hold"] >= 1, f"{name}: {rows}"
        for keys in folder.glob("*.keys"):
            keys.unlink()


def told_of(row):
    """Which value is written how. The way to it may differ where a byte beside it changed: a Content-Length, a quote."""
    return json.dumps([row["identifier"], row["form"], row["transform"]])


def frame_bytes(data, frame):
    """Where the bytes of a frame stand behind its headers of Ethernet and IPv4, those of TCP or UDP among them."""
    begin = packet_ends(data)[frame - 1]
    before = ([24] + packet_ends(data))[frame - 1] + 16
    return range(before + 14 + 20, begin)


def flipped_and_resealed(folder, capture, case, flips, seed):
    """For some bytes of the frames that findings name: the byte's place, how verify ends, and the capture with that byte changed,
    which the case names in place of the right one."""
    data, room = capture.read_bytes(), folder / capture.name
    digest = hashlib.sha256(data).hexdigest()
    places = sorted({at for row in verify(case, capture)[1] for at in frame_bytes(data, row["frame"])})
    chooser = random.Random(seed)
    for at in chooser.sample(places, min(flips, len(places))):
        changed = bytearray(data)
        changed[at] ^= 1 << chooser.randrange(8)
        room.write_bytes(changed)
        path = forged(folder, case, f"UPDATE input SET sha256 = '{hashlib.sha256(changed).hexdigest()}' WHERE sha256 = '{digest}'")
        yield at, run("verify", path, room, "--subject", SHEET, *recipes_of([capture]), *keys_of([capture]), "--json", "-"), room


def a_changed_byte_that_matters_is_refused(folder):
    """Though the case names the changed capture. Where verify is content, the byte does not matter: what the test found in the right
    capture it finds in the changed one."""
    refusals, accepted = 0, 0
    for number, name in enumerate(("http-json/tls", "http-gzip/tls", "http2/tls", "udp-raw/tls", "quic/leak", "http-json/leak",
                                   "http-md5/leak", "dns-udp/leak", "tcp-raw/leak", "http-chunked/leak", "websocket-deflate/leak",
                                   "http-xor-field/leak", "mqtt/leak")):
        capture = GOLDEN / f"{name}.pcap"
        case = make_case(folder, capture)
        options = ["--subject", SHEET, *recipes_of([capture]), *keys_of([capture])]
        right = run("test", capture, *options, "--json", "-", "--quiet").stdout.splitlines()[:-1]
        right = {told_of(json.loads(line)) for line in right}
        for at, done, changed in flipped_and_resealed(folder, capture, case, 12, number):
            if done.returncode != 0:
                refusals += 1
                continue
            accepted += 1
            again = run("test", changed, *options, "--json", "-", "--quiet").stdout.splitlines()[:-1]
            missing = right - {told_of(json.loads(line)) for line in again}
            assert not missing, f"{name}: byte {at} is accepted, but then {missing} is not found"
    assert refusals > 50, (refusals, accepted)
    print(f"{refusals} changed bytes refused, {accepted} that do not matter")


def without_keys_nothing_is_refused(folder):
    """Findings of sealed traffic neither hold nor break without the keys, and the exit status says so."""
    for name in ("http-json/tls", "udp-raw/tls", "quic/leak"):
        capture = GOLDEN / f"{name}.pcap"
        case = make_case(folder, capture)
        done = run("verify", case, capture, "--subject", SHEET, "--json", "-")
        refused(done, "could not be verified", "--keys")
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        assert rows[0]["holds"] is None and "--keys" in rows[0]["why"], rows
        assert rows[-1]["verified"]["not_walked"] == len(rows) - 1, rows
        done = run("verify", case, capture, "--subject", SHEET)
        assert "not walked" in done.stdout and "DOES NOT HOLD" not in done.stdout, done.stdout


def a_key_log_that_contradicts_does_no_harm(folder):
    """Before or behind the right one: what opens is found, and found again."""
    for name in ("http-json/tls", "http2/tls", "udp-raw/tls", "quic/leak"):
        capture = GOLDEN / f"{name}.pcap"
        right = [word for word in keys_of([capture]) if word != "--keys"]
        want = len(verify(make_case(folder, capture), capture)[1])
        wrong = folder / "wrong.keys"
        lines = [line.split() for file in right for line in pathlib.Path(file).read_text().splitlines()]
        wrong.write_text("".join(f"{w[0]} {w[1]} {w[2][::-1]}\n" for w in lines if len(w) == 3))
        for files in ([*right, wrong], [wrong, *right]):
            keys = [word for file in files for word in ("--keys", file)]
            case = folder / "contradicted.case"
            done = run("test", capture, "--subject", SHEET, *keys, "-o", case, "--quiet")
            assert done.returncode in (0, 1, 3), done.stderr
            done = run("verify", case, capture, "--subject", SHEET, *keys, "--json", "-")
            rows = [json.loads(line) for line in done.stdout.splitlines()]
            assert done.returncode == 0 and len(rows) - 1 == want, (name, files, rows, done.stderr)


def names_in_handshakes_are_walked(folder):
    """Where they stand in the clear, and where they were sealed."""
    sheet = folder / "names.yaml"
    sheet.write_text("identifiers:\n  custom: [{name: server, value: api.cloud.example}]\n")
    for name in ("http-json", "http-gzip"):
        capture = GOLDEN / name / "tls.pcap"
        case = make_case(folder, capture, sheet=sheet)
        done = run("verify", case, capture, "--subject", sheet, *keys_of([capture]), "--json", "-")
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        totals = rows[-1]["verified"]
        assert (totals["hold"], totals["not_walked"]) == (3, 0), rows
        assert {"tls.handshake", "tls.record"} <= {step["step"] for row in rows[:-1] for step in row["steps"]}, rows
        assert done.returncode == 0, done.stderr


def another_sheet_is_refused(folder):
    capture = GOLDEN / "http-gzip" / "leak.pcap"
    case = make_case(folder, capture)
    other = folder / "other.yaml"
    other.write_bytes(SHEET.read_bytes() + b"# changed\n")
    refused(run("verify", case, capture, "--subject", other), "not the sheet of this test")


def an_unsealed_case_is_refused(folder):
    capture = GOLDEN / "http-gzip" / "leak.pcap"
    case = make_case(folder, capture)
    with sqlite3.connect(case) as database:
        database.execute("DELETE FROM seal")
    database.close()
    refused(run("verify", case, capture, "--subject", SHEET), "has no seal")


# ---- what was forged ----

def broken(folder, case, capture, where, *statements):
    status, rows, totals = verify(forged(folder, case, *statements), capture)
    assert status == 1 and totals["do_not_hold"] == 1, f"{statements}: {rows}"
    assert rows[0]["broken_at"] == where, f"{statements}: {rows}"
    assert rows[0]["why"]


def a_forged_finding_does_not_hold(folder):
    capture = GOLDEN / "http-gzip" / "leak.pcap"
    case = make_case(folder, capture)
    first = "WHERE finding = 1 AND position ="
    assert verify(forged(folder, case, "UPDATE finding SET severity = 'low'"), capture)[0] == 0
    for where, statement in (
            ("http.request.body", "UPDATE finding_frame SET frame = frame + 1"),
            ("http.request.body", "UPDATE finding SET address = '192.0.2.99'"),
            ("http.request.body", f"UPDATE finding_proof SET offset = 100000 {first} 0"),
            ("http.response.body", f"UPDATE finding_proof SET step = 'http.response.body' {first} 0"),
            ("gzip", f"UPDATE finding_proof SET offset = offset + 1 {first} 0"),
            ("zstd", f"UPDATE finding_proof SET step = 'zstd' {first} 1"),
            ("gzip", f"UPDATE finding_proof SET length = length + 1 {first} 1"),
            ("json", f"UPDATE finding_proof SET step = 'json:$.d.x' {first} 2"),
            ("json", f"UPDATE finding_proof SET length = 4096 {first} 2"),
            ("the value", f"UPDATE finding_proof SET length = length - 1 {first} 2"),
            ("the value", f"UPDATE finding_proof SET offset = offset + 1 {first} 2"),
            ("the value", "UPDATE finding SET form = 'national'"),
            ("the value", "UPDATE finding SET form = 'no such form'"),
            ("the value", "INSERT INTO finding_transform VALUES (1, 0, 'hex')"),
            ("http.request.body", "UPDATE finding SET identifier = 0"),
            ("http.request.body", "UPDATE finding SET label = 'imei[0]'")):
        broken(folder, case, capture, where, statement)


def a_forged_digest_does_not_hold(folder):
    capture = GOLDEN / "http-md5" / "leak.pcap"
    case = make_case(folder, capture)
    broken(folder, case, capture, "the value", "UPDATE finding_transform SET transform = 'sha1' WHERE position = 0")
    broken(folder, case, capture, "the value", "UPDATE finding_transform SET transform = 'base64' WHERE position = 1")
    broken(folder, case, capture, "the value", "DELETE FROM finding_transform")


def a_finding_about_somebody_else_does_not_hold(folder):
    """The same place, and another entry of the sheet of the same kind."""
    capture, sheet = GOLDEN / "tcp-raw" / "leak.pcap", folder / "two.yaml"
    text = SHEET.read_text()
    number = re.search(r'phone_number: "(\+1 212 555 0147)"', text)
    sheet.write_text(text.replace(number[0], f'{number[0]}}}\n  - {{name: Carol Doe, phone_number: "+1 212 555 0148"'))
    case = make_case(folder, capture, sheet=sheet)
    assert verify(case, capture, sheet=sheet)[0] == 0
    with sqlite3.connect(case) as database:
        identifier, label = database.execute("SELECT identifier, label FROM finding").fetchone()
    database.close()
    index = int(re.search(r"\d+", label)[0])
    path = forged(folder, case, f"UPDATE finding SET label = 'contacts[{index + 1}].phone_number', "
                                f"identifier = {identifier + 2}")
    status, rows, _ = verify(path, capture, sheet=sheet)
    assert status == 1 and rows[0]["broken_at"] == "the value", rows


def a_missing_recipe_is_told(folder):
    for book in sorted(GOLDEN.glob("*/recipes.yaml")):
        capture = book.parent / "leak.pcap"
        case = make_case(folder, capture)
        assert verify(case, capture)[0] == 0
        refused(run("verify", case, capture, "--subject", SHEET), "--recipes FILE")


def arguments_are_explained(folder):
    capture = GOLDEN / "http-gzip" / "leak.pcap"
    case = make_case(folder, capture)
    refused(run("verify", case), "captures of its test")
    refused(run("verify", case, capture), "--subject SHEET is missing")
    refused(run("verify", SHEET, capture, "--subject", SHEET), "not a telltale case")
    refused(run("verify", case, capture, "--subject", SHEET, "--json", case), "would be overwritten")


def main():
    tests = [value for name, value in globals().items()
             if callable(value) and getattr(value, "__module__", "") == __name__
             and value.__code__.co_varnames[:1] == ("folder",) and value.__code__.co_argcount == 1
             and value is not make_case]
    failed = 0
    for test in tests:
        with tempfile.TemporaryDirectory() as folder:
            try:
                test(pathlib.Path(folder))
            except Exception as error:  # a test that fails in any way is a failure
                failed += 1
                print(f"FAIL {test.__name__}: {type(error).__name__}: {error}")
    print(f"{len(tests) - failed} passed, {failed} failed")
    sys.exit(failed > 0)


main()
