#!/usr/bin/env python3
"""telltale compare with real cases: captures of the golden tests, and damaged case files.

usage: tests/cli/compare.py TELLTALE
"""
import datetime
import json
import pathlib
import random
import sqlite3
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
