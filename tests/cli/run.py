#!/usr/bin/env python3
"""The command as its users meet it: exit statuses, messages, files, pipes, interruption, full disks.

usage: tests/cli/run.py TELLTALE
"""
import gzip
import json
import lzma
import os
import pathlib
import resource
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
import time
import zlib

sys.dont_write_bytecode = True
import runner  # noqa: E402

TELLTALE = pathlib.Path(sys.argv[1]).resolve()
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
EXAMPLE = ROOT / "examples" / "boxed-phone"
CAPTURE, SHEET, TIMELINE = (str(EXAMPLE / n) for n in ("capture.pcapng", "subject.yaml", "timeline.yaml"))
SECRETS = ["001014001234566", "12125550123", "7700900456", "7700900789", "001010123456789", "asha.example"]


def run(*arguments, **options):
    options.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.run([TELLTALE, *map(str, arguments)], capture_output=True, text=True, timeout=120, **options)


def test(*arguments, capture=CAPTURE, sheet=SHEET, **options):
    return run("test", capture, "--subject", sheet, *arguments, **options)


def refused(done, *words):
    """Status 2, one clear line, nothing on standard output."""
    assert done.returncode == 2, f"exit {done.returncode}: {done.stdout[:200]} {done.stderr[:200]}"
    assert done.stderr.startswith("telltale: "), done.stderr
    for word in words:
        assert word.lower() in done.stderr.lower(), f"no {word!r} in: {done.stderr}"


def sheet_of(folder, text):
    path = folder / "sheet.yaml"
    path.write_text(text)
    return path


# ---- the main job ----

def a_damaged_key_log_is_told_and_read_on(folder):
    keys = folder / "damaged.keys"
    keys.write_text("CLIENT_RANDOM 12ab\n")
    done = test("--keys", keys, "--json", "-", "--quiet")
    assert done.returncode == 1, done.stderr
    assert "keys.bad_line" in done.stdout.splitlines()[-1]
    keys.write_text("a letter\n")
    refused(test("--keys", keys), "neither a key log")


def a_violation_exits_with_1(_):
    done = test("--timeline", TIMELINE)
    assert done.returncode == 1, done.stderr
    assert "VIOLATION" in done.stdout.splitlines()[0].upper()
    assert "account.cloud.example" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


def values_are_masked_unless_revealed(folder):
    case = folder / "a.case"
    done = test("--timeline", TIMELINE, "-o", case, "--json", folder / "f.jsonl")
    everything = done.stdout + (folder / "f.jsonl").read_text() + case.read_bytes().decode("latin-1")
    for secret in SECRETS:
        assert secret not in everything, "a value of the sheet is in an output"
    shown = test("--timeline", TIMELINE, "--json", "-", "--quiet", "--reveal").stdout
    assert "001014001234566" in shown


def json_lines_are_the_contract(_):
    lines = test("--timeline", TIMELINE, "--json", "-", "--quiet").stdout.splitlines()
    rows = [json.loads(line) for line in lines]
    assert list(rows.pop(-2)) == ["events"]
    fields = ("identifier form transform path proof certainty chance reversal_cost protocol direction scope destination "
              "encryption cipher opened_with first_seen last_seen count capture flows frames frame_count phase consent "
              "verdict clauses severity").split()
    for row in rows[:-1]:
        assert list(row) == fields + ["domain", "organisation", "party", "purpose"], list(row)
        assert list(row["identifier"]) == ["kind", "owner", "label", "value"]
        assert row["frames"] == sorted(set(row["frames"])) and row["frame_count"] >= len(row["frames"])
    assert "coverage" in rows[-1] and len(rows) > 8
    assert [r["frames"][0] for r in rows[:-1]] == sorted(r["frames"][0] for r in rows[:-1])
    sent = {(r["identifier"]["kind"], r["phase"], r["consent"]) for r in rows[:-1] if r["scope"] == "internet"}
    for kind in ("imei", "phone_number", "carrier", "contact_number", "message_number"):
        assert (kind, "boxed", "not_given") in sent, (kind, sent)
    assert ("imsi", "cloud on", "given") in sent and ("installed_app", "cloud on", "given") in sent
    assert not any(kind == "message_text" for kind, _, _ in sent)


def encrypted_bytes_are_in_the_ledger(_):
    ledger = json.loads(test("--json", "-", "--quiet").stdout.splitlines()[-1])["coverage"]
    update = [d for d in ledger["destinations"] if d["host"] == "update.example"]
    assert sum(d["bytes"]["encrypted"] for d in update) > 1000, update


def two_runs_are_byte_identical(_):
    first, second = (test("--timeline", TIMELINE, "--json", "-", "--quiet").stdout for _ in range(2))
    assert first == second and first


def a_report_from_the_case_is_the_same(folder):
    case = folder / "a.case"
    direct = test("--timeline", TIMELINE, "-o", case)
    again = run("report", case)
    assert again.returncode == 0 and again.stdout == direct.stdout
    lines = run("report", case, "-f", "json").stdout
    assert lines == test("--timeline", TIMELINE, "--json", "-", "--quiet").stdout
    shown = run("report", case, "-f", "json", "--reveal", "--subject", SHEET).stdout
    assert "001014001234566" in shown
    refused(run("report", case, "--reveal"), "--subject")
    other = sheet_of(folder, "identifiers:\n  imei: ['001014001234566']\n")
    refused(run("report", case, "--reveal", "--subject", other), "not the sheet")


def a_case_is_a_marked_database(folder):
    case = folder / "a.case"
    test("-o", case)
    with sqlite3.connect(case) as database:
        assert database.execute("PRAGMA application_id").fetchone()[0] == 0x54544341
        assert database.execute("PRAGMA user_version").fetchone()[0] == 5
        assert database.execute("SELECT count(*) FROM finding").fetchone()[0] > 5
        assert database.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def commented(text, name):
    """The example with a comment at its first packet, and the name of an address."""
    def option(code, value):
        return struct.pack("<HH", code, len(value)) + value + bytes(-len(value) % 4)

    def block(kind, body):
        return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)

    head, packets = blocks_of_capture()
    captured = struct.unpack_from("<I", packets[0], 20)[0]
    body = packets[0][8:28 + captured + -captured % 4] + option(1, text.encode()) + bytes(4)
    value = bytes((192, 0, 2, 99)) + name.encode() + b"\0"
    record = option(1, value) + bytes(4)
    return head + block(4, record) + block(6, body) + b"".join(packets[1:])


def comments_are_events_without_values(folder):
    imei = SECRETS[0]
    (folder / "a.pcapng").write_bytes(commented(f"here goes the IMEI {imei}, in the open", "named.example"))
    case = folder / "a.case"
    for options in ((), ("--reveal",)):
        done = test("-o", case, "--json", "-", "--quiet", *options, capture=folder / "a.pcapng")
        events = json.loads(done.stdout.splitlines()[-1])["coverage"]["events"]
        assert [(e["capture"], e["frame"], e["source"]) for e in events] == [("a.pcapng", 1, "comment")]
        assert events[0]["text"] == "here goes the IMEI \u2022\u2022\u2022, in the open", events
        assert events[0]["at"].startswith("20"), events
        assert imei.encode() not in case.read_bytes()
    assert "WHAT THE CAPTURE SAYS" in run("report", case).stdout
    # Nothing that somebody wrote into the capture was sent by the device.
    assert told(test("--json", "-", "--quiet", capture=folder / "a.pcapng").stdout) == \
        told(test("--json", "-", "--quiet").stdout)


def every_way_in_gives_the_same(folder):
    expected = test("--json", "-", "--quiet").stdout.splitlines()[:-1]
    data = pathlib.Path(CAPTURE).read_bytes()
    packed = folder / "capture.pcapng.gz"
    packed.write_bytes(gzip.compress(data))
    piped = subprocess.run([TELLTALE, "test", "-", "--subject", SHEET, "--json", "-", "--quiet"], input=data,
                           capture_output=True, timeout=60).stdout.decode()
    twice = folder / "capture.pcapng.xz.gz"
    twice.write_bytes(gzip.compress(lzma.compress(data, preset=0)))
    for name, text in (("gzip", test("--json", "-", "--quiet", capture=packed).stdout), ("pipe", piped),
                       ("xz in gzip", test("--json", "-", "--quiet", capture=twice).stdout)):
        lines = [dict(json.loads(l), capture=None) for l in text.splitlines()[:-1]]
        assert lines == [dict(json.loads(l), capture=None) for l in expected], name


def a_folder_holds_rotated_and_compressed_captures(folder):
    data = pathlib.Path(CAPTURE).read_bytes()
    for name in ("a.pcap0", "a.pcap11", "b.pcapng.xz", "c.snoop", "notes.txt", "pcap", "old.pcap.bak"):
        (folder / name).write_bytes(lzma.compress(data, preset=0) if name.endswith(".xz") else data)
    done = run("test", folder, "--subject", SHEET, "--json", "-", "--quiet")
    coverage = json.loads(done.stdout.splitlines()[-1])["coverage"]
    assert [(i["name"], i["wrapping"]) for i in coverage["inputs"]] == \
        [("a.pcap0", None), ("a.pcap11", None), ("b.pcapng.xz", "xz"), ("c.snoop", None)], coverage["inputs"]


def a_folder_brings_its_sheet_and_timeline(folder):
    shutil.copytree(EXAMPLE, folder / "example")
    done = run("test", folder / "example", "--json", "-", "--quiet")
    assert done.stdout == test("--timeline", TIMELINE, "--json", "-", "--quiet").stdout
    refused(run("test", folder), "no capture in the folder")


def told(rows):
    """What findings say, but for the place in the files."""
    rows = [json.loads(line) for line in rows.splitlines()][:-1]
    return sorted((row["identifier"]["label"], row["form"], tuple(row["path"]), row["destination"]["host"],
                   row["direction"], row["verdict"]) for row in rows)


def blocks_of_capture():
    """What stands before the packets, and the packets."""
    data = pathlib.Path(CAPTURE).read_bytes()
    blocks, at = [], 0
    while at < len(data):
        size = struct.unpack_from("<I", data, at + 4)[0]
        blocks.append(data[at:at + size])
        at += size
    packets = [block for block in blocks if block[:4] == b"\x06\0\0\0"]
    return b"".join(blocks[:blocks.index(packets[0])]), packets


def rotated_files_are_one_capture(folder):
    """Connections go on over the border of the files, whatever their order on the command line."""
    head, packets = blocks_of_capture()
    whole = told(test("--json", "-", "--quiet").stdout)
    for cut in range(1, len(packets), len(packets) // 7):
        (folder / "1.pcapng").write_bytes(head + b"".join(packets[:cut]))
        (folder / "2.pcapng").write_bytes(head + b"".join(packets[cut:]))
        done = run("test", folder / "2.pcapng", folder / "1.pcapng", "--subject", SHEET,
                   "--json", "-", "--quiet")
        assert set(told(done.stdout)) == set(whole), cut
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        assert [i["name"] for i in rows[-1]["coverage"]["inputs"]] == ["1.pcapng", "2.pcapng"]
        assert {row["capture"] for row in rows[:-1]} <= {"1.pcapng", "2.pcapng"}


def captures_of_one_time_are_merged(folder):
    head, packets = blocks_of_capture()
    for n in range(3):
        (folder / f"{n}.pcapng").write_bytes(head + b"".join(packets[n::3]))
    done = run("test", *(folder / f"{n}.pcapng" for n in range(3)), "--subject", SHEET, "--json", "-", "--quiet")
    assert set(told(done.stdout)) == set(told(test("--json", "-", "--quiet").stdout))


def a_clock_that_jumps_back_loses_nothing(folder):
    head, packets = blocks_of_capture()
    late = []
    for block in packets[len(packets) // 2:]:
        high, low = struct.unpack_from("<II", block, 12)
        time = (high << 32 | low) - 3600 * 1000000
        late.append(block[:12] + struct.pack("<II", time >> 32, time & 0xffffffff) + block[20:])
    (folder / "back.pcapng").write_bytes(head + b"".join(packets[:len(packets) // 2] + late))
    done = run("test", folder / "back.pcapng", "--subject", SHEET, "--json", "-", "--quiet")
    assert set(told(done.stdout)) == set(told(test("--json", "-", "--quiet").stdout))


def pcap_of(*packets, link=1):
    """A classic pcap with a packet every millisecond."""
    data = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, link)
    for n, packet in enumerate(packets):
        data += struct.pack("<IIII", 1700000000, n * 1000, len(packet), len(packet)) + packet
    return data


def ipv4(protocol, payload):
    return struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 7, 0, 64, protocol, 0,
                       bytes([192, 0, 2, 1]), bytes([198, 51, 100, 2])) + payload


def what_looks_like_ciphertext_is_searched(folder):
    """A port and a few bytes make WireGuard's packets: a value behind them must not hide."""
    sheet = sheet_of(folder, "identifiers:\n  imei: ['001014009999994']\n")
    said = bytes([4, 0, 0, 0]) + bytes(range(128, 152)) + b"\x0f001014009999994\x00\x01\x02\x03" + b"\x80" * 16
    said += b"\x80" * (-len(said) % 16)
    udp = struct.pack(">HHHH", 51820, 51820, 8 + len(said), 0) + said
    (folder / "wireguard.pcap").write_bytes(pcap_of(ipv4(17, udp), link=101))
    done = run("test", folder / "wireguard.pcap", "--subject", sheet, "--json", "-", "--quiet")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["frames"] for row in rows[:-1]] == [[1]], done.stdout
    assert rows[-1]["coverage"]["totals"]["encrypted"] == len(said), rows[-1]


def what_unfolds_without_end_is_stopped(folder):
    """A capture of zeros that unfolds a thousandfold is read up to a bound, with a note."""
    with gzip.open(folder / "bomb.pcap.gz", "wb", compresslevel=9) as file:
        file.write(pcap_of(ipv4(17, bytes(8)), link=101))
        record = struct.pack("<IIII", 1700000000, 0, 65535, 65535) + bytes(65535)
        for _ in range(6 * 1024):
            file.write(record)
    done = run("test", folder / "bomb.pcap.gz", "--subject", SHEET, "--json", "-", "--quiet")
    coverage = json.loads(done.stdout.splitlines()[-1])["coverage"]
    assert "capture.expansion" in [note["code"] for note in coverage["notes"]], coverage["notes"]
    assert coverage["inputs"][0]["captured_bytes"] < 300 * 1024 * 1024


def one_packet_seen_twice_is_one(_):
    done = run("test", CAPTURE, CAPTURE, "--subject", SHEET, "--json", "-", "--quiet")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(rows[-1]["coverage"]["inputs"]) == 2
    assert set(told(done.stdout)) == set(told(test("--json", "-", "--quiet").stdout))


def nothing_found_shows_the_ledger(folder):
    sheet = sheet_of(folder, "identifiers:\n  imei: ['001014009999994']\n")
    done = test(sheet=sheet)
    assert done.returncode == 0
    assert "nothing found" in done.stdout.lower() and "encrypted" in done.stdout.lower()


def messages_lists_requests(_):
    done = run("messages", CAPTURE, "--json", "-", "--reveal", "--quiet")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    requests = [(r["method"], r["url"]) for r in rows if r.get("kind") == "request"]
    assert ("POST", "http://account.cloud.example/register") in requests, requests
    assert ("GET", "http://connectivity.example/generate_204") in requests
    assert {r["status"] for r in rows if r.get("kind") == "request"} == {200, 204}
    assert any(r["protocol"] == "dns" and r.get("name") == "account.cloud.example" for r in rows)
    masked = run("messages", CAPTURE, "--json", "-", "--quiet").stdout
    for secret in SECRETS:
        assert secret not in masked
    assert run("messages", CAPTURE, "--quiet").returncode == 0


def lists_and_checks_answer(folder):
    for name in ("protocols", "codings", "kinds", "limits", "formats", "policies"):
        assert len(run("list", name).stdout.splitlines()) > 1, name
    assert "WEAK" in run("subject", sheet_of(folder, "identifiers: {username: bob}\n")).stdout
    assert SECRETS[0] not in run("subject", SHEET).stdout
    assert run("policy").returncode == 0
    assert run("--version").stdout.startswith("telltale ")
    refused(run("list", "nonsense"), "no list")


# ---- bad input ----

def what_is_not_a_capture_is_refused(folder):
    for name, content, word in (("empty", b"", "empty"), ("text", b"hello, this is a letter\n" * 9, "no capture"),
                                ("json", b'{"log": {"version": "1.2", "entries": []}}', ""),
                                ("packed", gzip.compress(b"just text" * 50), "no capture")):
        path = folder / name
        path.write_bytes(content)
        refused(test(capture=path), name, word)
    refused(test(capture=folder / "absent.pcap"), "absent.pcap", "no such file")


def what_may_not_be_read_is_refused(folder):
    path = folder / "closed.pcap"
    shutil.copy(CAPTURE, path)
    path.chmod(0)
    if os.geteuid() == 0:
        folder.chmod(0o755)
        command = shutil.copy(TELLTALE, folder)  # where nobody may run it
        shutil.copy(SHEET, folder)
        done = subprocess.run([command, "test", path, "--subject", folder / "subject.yaml"], capture_output=True,
                              text=True, user=65534, group=65534, extra_groups=[])
    else:
        done = test(capture=path)
    refused(done, "permission denied")


def a_cut_capture_keeps_what_came_before(folder):
    data = pathlib.Path(CAPTURE).read_bytes()
    path = folder / "cut.pcapng"
    path.write_bytes(data[:len(data) * 2 // 3 + 1])
    done = test("--json", "-", "--quiet", capture=path)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1 and len(rows) > 4
    assert any(n["layer"] == "capture" and n["offset"] > 0 for n in rows[-1]["coverage"]["notes"])
    assert rows[-1]["coverage"]["inputs"][0]["damaged"] is True


def bad_sheets_are_refused_with_a_place(folder):
    for text, words in (("identifiers:\n  imie: ['1']\n", ("imie", ":2:3", "imei", "^")),
                        ("identifiers: [1]\n", (":1:14",)),
                        ("identifiers:\n  location: {latitude: x, longitude: 2}\n", (":2:",)),
                        ("identifiers:\n  imei: ['1'\n", (":",)),
                        ("nonsense: 1\n", ("nonsense", ":1:1"))):
        refused(test(sheet=sheet_of(folder, text)), "sheet.yaml", *words)
    refused(test(sheet=folder / "absent.yaml"), "absent.yaml")


def odd_sheets_are_warned_about(folder):
    text = ("identifiers:\n  imei: ['001014001234560']\n  phone_number: ['2125550123']\n"
            "contacts:\n  - {name: A Person, phone_number: '+44 7700 900456'}\n"
            "  - {name: A Person, phone_number: '+44 7700 900456'}\n")
    done = run("subject", sheet_of(folder, text))
    assert done.returncode == 0
    for word in ("check digit", "country", "kept once"):
        assert word in done.stdout.lower() + done.stderr.lower(), word


def bad_timelines_and_policies_are_refused(folder):
    path = folder / "t.yaml"
    path.write_text("phases:\n  - {name: b, from: 2026-02-01T00:00:00Z}\n  - {name: a, from: 2026-01-01T00:00:00Z}\n")
    refused(test("--timeline", path), "t.yaml", ":3:")
    path.write_text("policy: mine\nclauses:\n  - {id: a, text: b, when: {kinds: imei}, verdict: violation}\n")
    refused(test("--policy", path), "t.yaml", "kinds")
    refused(run("policy", path), "t.yaml", "kinds")
    refused(test("--policy", folder / "absent"), "absent")


def wrong_calls_are_explained(_):
    refused(run("test", CAPTURE), "--subject")
    refused(run("test", "--subject", SHEET), "no capture")
    refused(run("test", CAPTURE, "--subject"), "needs a value")
    refused(run("test", CAPTURE, "--nonsense"), "--nonsense")
    refused(run("nonsense"), "no command")
    refused(run("report", SHEET), "not a telltale case")
    refused(run("report", CAPTURE, "-f", "text"), "not a telltale case")
    assert run("test", "--help").returncode == 0


def what_later_versions_have_is_named(_):
    for option in ("--jobs", "--memory"):
        for arguments in ((option, "1"), (option + "=1",)):
            done = test(*arguments)
            refused(done, f"test: {option}: this version ", " yet")
            assert "usage" not in done.stderr
    for command in ("bundle",):
        refused(run(command, "a.case"), command, "this version does not have this command yet")


def odd_arguments_are_explained(folder):
    refused(test("--json", ""), "--json is empty")
    refused(test(capture=""), "name of a capture is empty")
    refused(run("test", "-", "-", "--subject", SHEET), "only once")
    refused(test("--quiet=1"), "--quiet takes no value")
    refused(test("-f", "text"), "no option -f")
    refused(run("list", "-q"), "no option -q")
    refused(run("list", "kinds", "limits"), "one list")
    refused(run("no\033[31msuch"), "no?[31msuch")
    for arguments in (("--help",), ("--version",), ("test", "--help"), ("list",)):
        with open("/dev/full", "w") as full:
            done = subprocess.run([TELLTALE, *arguments], stdout=full, stderr=subprocess.PIPE, text=True)
        assert done.returncode == 2 and "No space left" in done.stderr, arguments


def what_is_read_is_not_overwritten(folder):
    shutil.copytree(EXAMPLE, folder / "e")
    (folder / "link").symlink_to(folder / "e" / "capture.pcapng")
    files = {p: p.read_bytes() for p in (folder / "e").iterdir()}
    for path in [*files, folder / "link"]:
        if path.name == "README.md":
            continue
        for output in ("-o", "--json"):
            done = run("test", folder / "e", "--subject", folder / "e" / "subject.yaml", "--timeline",
                       folder / "e" / "timeline.yaml", output, path)
            refused(done, "would be overwritten")
    refused(run("messages", folder / "e", "--json", folder / "link"), "would be overwritten")
    refused(test("-o", folder / "e" / "README.md"), "README.md", "no case")
    refused(test("-o", folder / "x", "--json", folder / "x"), "would be overwritten")
    case = folder / "a.case"
    assert test("-o", case).returncode in (1, 3)
    refused(run("report", case, "-o", case), "would be overwritten")
    assert run("report", case, "-o", folder / "report.txt").returncode == 0
    assert files == {p: p.read_bytes() for p in files}


def warnings_need_no_terminal(folder):
    sheet = sheet_of(folder, "identifiers:\n  imei: ['001014001234560']\n")
    assert "warning: " in test(sheet=sheet).stderr
    assert test("--quiet", sheet=sheet).stderr == ""
    path = folder / "cut.pcapng"
    path.write_bytes(pathlib.Path(CAPTURE).read_bytes()[:-5])
    assert "cut.pcapng is cut" in run("messages", path).stderr
    assert run("messages", path, "--quiet").stderr == run("messages", CAPTURE).stderr == ""


def texts_of_files_do_not_drive_the_terminal(folder):
    path = folder / "p.yaml"
    path.write_text('policy: "p\\e[31m"\nclauses:\n  - {id: "i\\e[31m", text: "t\\u202E\\e[31m", verdict: allowed}\n')
    done = run("policy", path)
    assert done.returncode == 0 and "\033" not in done.stdout and "\u202e" not in done.stdout
    path.write_text('policy: p\nclauses:\n  - {id: i, text: t, verdict: "v\\e[31m"}\n')
    done = run("policy", path)
    refused(done, "unknown verdict", "expected allowed, undecided or violation")
    assert "\033" not in done.stderr
    sheet = sheet_of(folder, 'identifiers: {custom: [{name: "n\\e[31m", value: "v\\e[31m12345678"}]}\n')
    done = run("subject", sheet, "--reveal")
    assert done.returncode == 0 and "12345678" in done.stdout and "\033" not in done.stdout


def descriptions_fit_the_terminal(_):
    for arguments in (("subject", SHEET), ("policy",), ("messages", CAPTURE)):
        assert max(map(len, run(*arguments).stdout.splitlines())) <= 80, arguments


def a_wrong_geo_file_is_refused(folder):
    path = folder / "x.mmdb"
    path.write_bytes(b"nothing" * 99)
    refused(test("--geo", path), "x.mmdb")


def recipe_files_are_read(folder):
    """A key that no built-in recipe has: found with the file, not without; twice the same name is refused."""
    value, key = b"001014001234566", b"k3y-of-acme"
    hidden = bytes(byte ^ key[i % len(key)] for i, byte in enumerate(value))
    capture = folder / "a.pcap"
    udp = b"id=" + hidden.hex().encode()
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 28 + len(udp), 0, 0, 64, 17, 0, bytes([192, 0, 2, 1]), bytes([198, 51, 100, 7]))
    frame = ip + struct.pack(">HHHH", 40000, 7778, 8 + len(udp), 0) + udp
    capture.write_bytes(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101) +
                        struct.pack("<IIII", 1, 0, len(frame), len(frame)) + frame)
    recipes = folder / "recipes.yaml"
    recipes.write_text("recipes:\n  - name: acme\n    source: this test\n    steps: [{xor: {text: k3y-of-acme}}]\n")

    def transforms(*arguments):
        done = test("--json", "-", "--quiet", *arguments, capture=capture)
        return [json.loads(line)["transform"] for line in done.stdout.splitlines()[:-1]]
    assert transforms() == []
    assert transforms("--recipes", recipes) == [["recipe:acme", "hex"]], transforms("--recipes", recipes)
    refused(test("--recipes", recipes, "--recipes", recipes, capture=capture), "already", "recipes.yaml:2:5")
    refused(test("--json", recipes, "--recipes", recipes, capture=capture), "recipes.yaml")


def checksums_prove_nothing(folder):
    """The CRC-32 of a value: shown as suspected, and never a violation."""
    capture = folder / "a.pcap"
    udp = f"id={zlib.crc32(b'001014001234566'):08x}".encode()
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 28 + len(udp), 0, 0, 64, 17, 0, bytes([192, 0, 2, 1]), bytes([198, 51, 100, 7]))
    frame = ip + struct.pack(">HHHH", 40000, 7778, 8 + len(udp), 0) + udp
    capture.write_bytes(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101) +
                        struct.pack("<IIII", 1, 0, len(frame), len(frame)) + frame)
    done = test("--json", "-", "--quiet", capture=capture)
    rows = [json.loads(line) for line in done.stdout.splitlines()[:-1]]
    assert [(row["transform"], row["certainty"]) for row in rows] == [(["crc32", "hex"], "suspected")], rows
    assert all(row["verdict"] != "violation" for row in rows) and done.returncode != 1


def wrong_recipe_files_are_refused(folder):
    path = folder / "recipes.yaml"
    for text, words in ((None, ("recipes.yaml",)), ("", ("recipes.yaml",)), ("recipes: [{name: a}]\n", (":1:11", "source")),
                        ("recipes:\n  - name: a\n    source: s\n    steps:\n      - rc5: {text: k}\n",
                         ("recipes.yaml:5:9", "did you mean \"rc4\"")),
                        ("recipes:\n  - name: a\n    source: s\n    steps:\n      - aes-ecb: {key: {text: short}}\n",
                         ("recipes.yaml:5:24", "5 bytes"))):
        if text is not None:
            path.write_text(text)
        refused(test("--recipes", path), *words)


# ---- disks and interruptions ----

def limit_files():
    resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))


def a_full_disk_keeps_the_good_case(folder):
    case = folder / "good.case"
    test("-o", case)
    before = case.read_bytes()
    refused(test("-o", case, preexec_fn=limit_files), "good.case")
    assert case.read_bytes() == before
    assert [p.name for p in folder.iterdir()] == ["good.case"], "a half-written file was left"
    refused(test("--json", "/dev/full", "--quiet"), "/dev/full")
    refused(test("-o", folder / "absent" / "x.case"), "absent")
    refused(test("-o", folder), str(folder.name))


def ctrl_c_keeps_what_was_found(folder):
    """A capture that never ends, fed through a pipe: what was found until Ctrl-C is reported."""
    case = folder / "stopped.case"
    process = subprocess.Popen([TELLTALE, "test", "-", "--subject", SHEET, "-o", case, "--json", "-", "--quiet"],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    data = pathlib.Path(CAPTURE).read_bytes()
    packet = (b"\x06\0\0\0\x5c\0\0\0" + b"\0" * 12 + b"\x3c\0\0\0" * 2 + b"\xff" * 60 + b"\x5c\0\0\0")
    process.stdin.write(data)
    process.stdin.flush()
    deadline = time.time() + 60
    signalled = False
    try:
        while process.poll() is None and time.time() < deadline:
            process.stdin.write(packet * 4096)
            if not signalled:
                process.send_signal(signal.SIGINT)
                signalled = True
    except BrokenPipeError:
        pass
    process.stdin = None
    out, err = process.communicate(timeout=60)
    rows = [json.loads(line) for line in out.decode().splitlines()]
    assert process.returncode == 1, (process.returncode, err)
    assert len(rows) > 5 and rows[-1]["coverage"]["interrupted"] is True
    assert run("report", case).returncode == 0


# ---- keys that come late ----

def late_keys(folder):
    """A pcapng whose secrets stand behind the packets that they open, the finding in it, and its sheet."""
    golden = ROOT / "tests" / "golden"
    data = (golden / "mqtt" / "tls.pcap").read_bytes()

    def block(kind, body):
        body += b"\0" * (-len(body) % 4)
        return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)
    out = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
    out += block(1, struct.pack("<HHI", struct.unpack_from("<I", data, 20)[0], 0, 262144))
    at = 24
    while at < len(data):
        seconds, rest, length, original = struct.unpack_from("<IIII", data, at)
        time_us = seconds * 1000000 + rest
        out += block(6, struct.pack("<IIIII", 0, time_us >> 32, time_us & 0xffffffff, length, original) +
                     data[at + 16:at + 16 + length])
        at += 16 + length
    packets = len(out)
    keys = (golden / "mqtt" / "tls.keys").read_bytes()
    out += block(10, struct.pack("<II", 0x544c534b, len(keys)) + keys)
    path = folder / "late.pcapng"
    path.write_bytes(out)
    return path, packets, golden / "subject.yaml"


def piped(path, sheet, *arguments, **options):
    with open(path, "rb") as stream:
        cat = subprocess.Popen(["cat"], stdin=stream, stdout=subprocess.PIPE)
        done = test("--json", "-", "--quiet", *arguments, capture="-", sheet=sheet, stdin=cat.stdout, **options)
    cat.stdout.close()
    cat.wait()
    assert done.stdout != "", done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    notes = [n for n in rows[-1]["coverage"]["notes"] if n["code"] == "capture.spool"]
    return [dict(row, capture=None) for row in rows[:-1]], notes


def keys_behind_the_packets_of_a_pipe_open_them(folder):
    path, packets, sheet = late_keys(folder)
    spool = folder / "spool"
    spool.mkdir()
    there = dict(os.environ, TMPDIR=str(spool))
    expected = [dict(f, capture=None) for f in findings_of(test("--json", "-", "--quiet", capture=path, sheet=sheet))]
    assert [f["opened_with"] for f in expected] == ["capture"]
    assert piped(path, sheet, env=there) == (expected, [])
    assert piped(path, sheet, "--spool", "1M", env=there) == (expected, [])
    assert list(spool.iterdir()) == []
    packed = folder / "late.pcapng.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert piped(packed, sheet, env=there) == (expected, [])
    with open(path, "rb") as stream:
        listed = run("messages", "-", "--json", "-", "--quiet", stdin=stream).stdout
    assert '"protocol":"mqtt"' in listed, listed
    # Two pipes: the keys come through the second one.
    first, second = folder / "first", folder / "second"
    data = path.read_bytes()
    for fifo, part in ((first, data[:packets]), (second, data[:28] + data[packets:])):
        os.mkfifo(fifo)
        subprocess.Popen(["sh", "-c", 'cat "$1" > "$2"', "sh", folder / (fifo.name + ".part"), fifo])
        (folder / (fifo.name + ".part")).write_bytes(part)
    done = run("test", first, second, "--subject", sheet, "--json", "-", "--quiet", env=there)
    assert [dict(f, capture=None) for f in findings_of(done)] == expected


def what_no_second_reading_reaches_is_told(folder):
    path, packets, sheet = late_keys(folder)
    size = path.stat().st_size
    for cap in ("0", "1K", str(size - 1)):
        found, notes = piped(path, sheet, "--spool", cap)
        assert found == [] and len(notes) == 1 and notes[0]["bytes"] > 0, (cap, notes)
        assert notes[0]["bytes"] <= size
    assert piped(path, sheet, "--spool", "0")[1][0]["bytes"] == size
    # No folder, and a disk that takes no more: read once, and nothing of it is lost.
    data = path.read_bytes()
    (folder / "big").write_bytes(data[:packets] * 40 + data[packets:])
    found, notes = piped(folder / "big", sheet, env=dict(os.environ, TMPDIR=str(folder / "absent")))
    assert found == [] and len(notes) == 1
    found, notes = piped(folder / "big", sheet)
    assert found != [] and notes == []

    def full():
        resource.setrlimit(resource.RLIMIT_FSIZE, (100000, 100000))
    found, notes = piped(folder / "big", sheet, preexec_fn=full, restore_signals=False)
    assert found == [] and len(notes) == 1 and notes[0]["bytes"] > 0, notes
    frames = json.loads(test("--json", "-", "--quiet", capture=folder / "big", sheet=sheet).stdout.splitlines()[-1])
    with open(folder / "big", "rb") as stream:
        again = test("--json", "-", "--quiet", capture="-", sheet=sheet, stdin=stream, preexec_fn=full,
                     restore_signals=False).stdout.splitlines()[-1]
    assert json.loads(again)["coverage"]["inputs"][0]["frames"] == frames["coverage"]["inputs"][0]["frames"]
    for wrong in ("x", "1X", "-1", "1.5M", "99999999999999T", "M"):
        refused(test("--spool", wrong), "no size")


def nothing_of_a_pipe_is_left_on_the_disk(folder):
    """While it is kept, the file has no name, nobody else may read it, and it holds nothing in clear."""
    data = pathlib.Path(CAPTURE).read_bytes()
    process = subprocess.Popen([TELLTALE, "test", "-", "--subject", SHEET, "--quiet"], stdin=subprocess.PIPE,
                               env=dict(os.environ, TMPDIR=str(folder)))
    process.stdin.write(data)
    process.stdin.flush()
    files = pathlib.Path(f"/proc/{process.pid}/fd")
    deadline = time.time() + 60
    kept = b""
    while len(kept) < len(data) and time.time() < deadline:
        for fd in files.iterdir():
            if fd.is_symlink() and os.readlink(fd).startswith(str(folder)):
                assert os.readlink(fd).endswith("(deleted)") or list(folder.iterdir()) != []
                assert os.stat(fd).st_mode & 0o777 == 0o600
                kept = fd.read_bytes()
        time.sleep(0.05)
    assert len(kept) == len(data) and kept[:4] != data[:4], (len(kept), len(data))
    assert any(secret.encode() in data for secret in SECRETS)
    assert not any(secret.encode() in kept for secret in SECRETS)
    assert list(folder.iterdir()) == []
    process.stdin.close()
    assert process.wait(60) == 1


# ---- HAR ----

IMEI = "358240051111110"


def har_of(folder, name="a.har", **changed):
    """A HAR file of one request, with its value in the body."""
    entry = {"startedDateTime": "2014-08-07T09:10:02.5Z", "time": 1,
             "request": {"method": "POST", "url": "https://api.leak.example/v1?m=1", "httpVersion": "h2", "headers": [],
                         "cookies": [], "queryString": [], "headersSize": -1, "bodySize": -1,
                         "postData": {"mimeType": "application/json", "text": json.dumps({"d": {"k": IMEI}})}},
             "response": {"status": 200, "statusText": "", "httpVersion": "h2", "headers": [], "cookies": [],
                          "content": {"size": 2, "mimeType": "text/plain", "text": "ok"}, "redirectURL": "",
                          "headersSize": -1, "bodySize": 2},
             "cache": {}, "timings": {"send": 0, "wait": 1, "receive": 0}, "serverIPAddress": "198.51.100.7", **changed}
    path = folder / name
    path.write_text(json.dumps({"log": {"version": "1.2", "creator": {"name": "t", "version": "1"}, "entries": [entry]}}))
    return path


def findings_of(done):
    return [row for row in map(json.loads, done.stdout.splitlines()) if "identifier" in row]


def a_har_file_is_tested_and_verified(folder):
    sheet = sheet_of(folder, f"device: {{addresses: [192.0.2.9]}}\nidentifiers: {{imei: ['{IMEI}']}}\n")
    har, case = har_of(folder), folder / "a.case"
    done = test("--json", "-", "--quiet", "-o", case, capture=har, sheet=sheet)
    found, ledger = findings_of(done), json.loads(done.stdout.splitlines()[-1])["coverage"]
    assert [f["path"] for f in found] == [["har.entry[*]", "http.request.body", "json:$.d.k"]], found
    assert found[0]["direction"] == "sent" and found[0]["encryption"] == "tls", found
    assert found[0]["destination"]["host"] == "api.leak.example" and found[0]["scope"] == "internet"
    assert found[0]["proof"][0]["step"] == "har.entry[0]"
    assert ledger["inputs"][0]["format"] == "har" and not ledger["notes"], ledger["notes"]
    verified = run("verify", case, har, "--subject", sheet)
    assert verified.returncode == 0, verified.stdout + verified.stderr
    har.write_text(har.read_text().replace("/v1?m=1", "/v1?m=2"))
    refused(run("verify", case, har, "--subject", sheet), "not a capture of this case")
    with open(har_of(folder), "rb") as stream:
        assert findings_of(test("--json", "-", "--quiet", capture="-", sheet=sheet, stdin=stream)) != []


def what_a_har_file_does_not_show_is_told(folder):
    sheet = sheet_of(folder, f"identifiers: {{imei: ['{IMEI}']}}\n")
    cached = har_of(folder, _fromCache="memory")
    done = test("--json", "-", "--quiet", capture=cached, sheet=sheet)
    assert findings_of(done) == [] and "har.from_cache" in done.stdout, done.stdout
    lacking = har_of(folder, request={"method": "PUT", "url": "http://a.example/", "bodySize": 99})
    ledger = json.loads(test("--json", "-", "--quiet", capture=lacking, sheet=sheet).stdout.splitlines()[-1])["coverage"]
    assert ledger["totals"]["lost"] == 99 and ledger["notes"][0]["code"] == "har.body_missing", ledger
    cut = folder / "cut.har"
    text = har_of(folder).read_text()
    cut.write_text(text[:text.index('"response"')])
    done = test("--json", "-", "--quiet", capture=cut, sheet=sheet)
    assert len(findings_of(done)) == 1 and "har.cut" in done.stdout, done.stdout


def a_har_file_of_chromium_is_read(folder):
    """tests/cli/chromium.har is what its network panel saved (tests/cli/browser.py --keep)."""
    sheet = sheet_of(folder, "identifiers:\n  imei: '001014001234566'\n  email: asha.rao@mail.example\n")
    done = test("--json", "-", "--quiet", capture=ROOT / "tests" / "cli" / "chromium.har", sheet=sheet)
    found = [(f["identifier"]["label"], f["path"][1:], f["encryption"]) for f in findings_of(done) if f["direction"] == "sent"]
    assert found == [("imei[0]", ["http.request.uri", "query:device"], "none"),
                     ("email[0]", ["http.request.body", "json:$.owner.mail"], "none")], found
    listed = [json.loads(line) for line in run("messages", ROOT / "tests" / "cli" / "chromium.har", "--json", "-",
                                               "--quiet").stdout.splitlines()]
    assert [(m["method"], m["status"], m["body_bytes"]) for m in listed] == \
        [("GET", 200, 0), ("GET", 200, 259), ("POST", 200, 42), ("POST", 200, 16)], listed


def captures_become_har_files(folder):
    """Capture -> HAR -> test finds what the capture gives."""
    golden = ROOT / "tests" / "golden"
    for case in ("http-json", "http-gzip", "http-brotli", "http-multipart", "http-cookie", "http-query", "http-grpc",
                 "http-protobuf", "http-received", "http-chunked", "http2", "http2-body", "http-event-stream", "websocket",
                 "websocket-deflate"):
        capture, har = golden / case / "leak.pcap", folder / "out.har"
        done = run("messages", capture, "--har", har, "--reveal", "--quiet")
        assert done.returncode == 0 and done.stdout != "", done.stderr
        entries = json.loads(har.read_text())["log"]["entries"]
        for entry in entries:
            assert {"startedDateTime", "time", "request", "response", "cache", "timings"} <= entry.keys()
            assert {"method", "url", "httpVersion", "cookies", "headers", "queryString", "headersSize",
                    "bodySize"} <= entry["request"].keys()
            assert {"status", "statusText", "httpVersion", "cookies", "headers", "content", "redirectURL", "headersSize",
                    "bodySize"} <= entry["response"].keys()
            assert {"size", "mimeType"} <= entry["response"]["content"].keys()
        told = [{(f["identifier"]["label"], f["form"], tuple(f["transform"]), f["direction"], f["destination"]["host"])
                 for f in findings_of(test("--json", "-", "--quiet", capture=c, sheet=golden / "subject.yaml"))}
                for c in (capture, har)]
        assert told[0] == told[1] != set(), (case, told)


def a_har_file_without_reveal_holds_no_value(folder):
    har = folder / "out.har"
    for case, option in (("http-json", "--har"), ("http-cookie", "--har"), ("http-query", "--har")):
        capture = ROOT / "tests" / "golden" / case / "leak.pcap"
        assert run("messages", capture, option, har, "--quiet").returncode == 0
        hidden = har.read_text()
        assert run("messages", capture, option, har, "--quiet", "--reveal").returncode == 0
        assert "358240" not in hidden and len(har.read_text()) > len(hidden)
    done = run("messages", capture, "--har", "-", "--quiet")
    assert json.loads(done.stdout)["log"]["version"] == "1.2"
    refused(run("messages", capture, "--har", "-", "--json", "-"), "same place")
    refused(run("messages", capture, "--har", capture), "overwritten")
    refused(run("messages", capture, "--har", "/dev/full", "--quiet"), "/dev/full")


runner.run(runner.tests_of(globals()), "command tests passed", "failed")
