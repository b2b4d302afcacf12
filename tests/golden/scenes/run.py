#!/usr/bin/env python3
"""The scenes: what happened with a phone of 2014 and its cloud, and the verdicts that telltale has to reach about it.

usage: tests/golden/scenes/run.py TELLTALE [--update] [NAME...]

Captures, sheets, timelines and keys are made by lab/scenes/make with real programs; README.md tells the story. What
is demanded here was written from the story and not from telltale's answers. NAME: a part of the names of the checks to
run. --update writes the pages of advisory/.
"""
import json
import pathlib
import re
import struct
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "cli"))
import runner  # noqa: E402

TELLTALE = pathlib.Path(sys.argv[1]).resolve()
UPDATE = "--update" in sys.argv
HERE = pathlib.Path(__file__).resolve().parent
PHONE = bytes([192, 168, 77, 23])
ACCOUNT = "account.cloud.example"
SECRETS = ["001014001234566", "001010123456789", "12125550123", "7700900113", "7700900712", "asha.example"]
TEXTS = ["Lunch at noon", "The train is late", "blue umbrella", "Happy birthday", "flower pot"]


def records(data):
    """A pcap file in nanoseconds: its head (at time 0), then each packet with its own."""
    yield 0, data[:24]
    at = 24
    while at + 16 <= len(data):
        seconds, ns, captured, _ = struct.unpack_from("<IIII", data, at)
        yield seconds * 10**9 + ns, data[at:at + 16 + captured]
        at += 16 + captured


def text_of(ns):
    seconds, rest = divmod(ns, 10**9)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{rest:09d}Z"


def run(*arguments, statuses=(0, 1, 3)):
    done = subprocess.run([TELLTALE, *arguments], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode in statuses, f"exit {done.returncode}: {done.stderr}"
    return done


def lines_of(done):
    return [json.loads(line) for line in done.stdout.splitlines()]


class Test:
    """A run over captures of a scene: its findings, ledger, events, clauses by id, and case file."""

    def __init__(self, folder, scene, *captures, policy="default", keys=False, timeline=None):
        place = HERE / scene
        self.case = folder / f"{scene}-{len(list(folder.iterdir()))}.case"
        options = ["--subject", place / "subject.yaml", "--geo", HERE / "countries.mmdb", "--policy", policy,
                   "--timeline", timeline or place / "timeline.yaml"]
        if keys:
            options += ["--keys", place / "keys.log"]
        files = [place / f"{name}.pcap" for name in captures or ["capture"]]
        done = run("test", *files, *options, "-o", self.case, "--json", "-", "--quiet")
        self.status, rows = done.returncode, lines_of(done)
        self.ledger = rows[-1]["coverage"]
        self.events = next((row["events"] for row in rows if "events" in row), [])
        self.findings = [row for row in rows if "identifier" in row]
        self.clauses = {clause["id"]: clause for clause in self.ledger["clauses"]}

    def sent(self, **wanted):
        """The findings of what was sent that agree with `wanted`: kind, label, host, country, fields of a finding."""
        def fits(row):
            known = dict(row, kind=row["identifier"]["kind"], label=row["identifier"]["label"],
                         host=row["destination"]["host"], country=row["destination"]["country"])
            return row["direction"] == "sent" and all(known[key] == value for key, value in wanted.items())
        return [row for row in self.findings if fits(row)]

    def kinds(self, **wanted):
        return {row["identifier"]["kind"] for row in self.sent(**wanted)}

    def outcome(self, clause):
        return self.clauses[clause]["outcome"]

    def after(self, what, host=ACCOUNT):
        """What an event triggered towards a host: by kind of identifier (None: the contacts as such)."""
        rows = [row for row in self.events if row["what"] == what and row["outcome"] == "triggered"]
        return {row["identifier"] and row["identifier"]["kind"]: row for row in rows
                if row["destination"]["host"] == host}

    def residency(self, source=None):
        """Outcomes of claims by place; the least favourable of a place's ports."""
        order = ["confirmed", "possible", "untested", "implausible", "refuted"]
        said = {}
        for claim in self.ledger["residency"]["claims"]:
            if source in (None, claim["source"]):
                said[claim["place"]] = max(said.get(claim["place"], "confirmed"), claim["outcome"], key=order.index)
        return said


def compared(before, after):
    """The comparison's rows by label, its totals and checks, and the exit status."""
    done = run("compare", before.case, after.case, "-f", "json")
    rows = lines_of(done)
    summary = next(row["comparison"] for row in rows if "comparison" in row)
    changes = {row["identifier"]["label"]: set(row["changes"]) for row in rows if "identifier" in row}
    return changes, summary, done.returncode


def advisory(test, *options):
    return run("report", test.case, "-f", "advisory", *options, statuses=[0]).stdout


def flat(text):
    return " ".join(text.split())


def same(got, wanted):
    assert got == wanted, f"{got} instead of {wanted}"


# ---- boxed-phone: nobody agreed to anything, and everything goes in clear ----

def boxed_phone_violates_both_policies(folder):
    test = Test(folder, "boxed-phone", policy="boxed-device")
    same(test.status, 1)
    for clause in ("nothing-before-consent", "nobody-elses-data", "never-readable"):
        same(test.outcome(clause), "violated")
    test = Test(folder, "boxed-phone", policy="no-clear-text")
    same(test.status, 1)
    same(test.outcome("clear-text"), "violated")
    same(test.outcome("clear-text-received"), "holds")


def boxed_phone_tells_what_left_at_which_step(folder):
    test = Test(folder, "boxed-phone")
    boxed = {"imei", "phone_number", "carrier", "contact_number", "message_number"}
    same(test.kinds(phase="boxed"), boxed)
    same(test.kinds(phase="cloud on"), boxed | {"imsi", "installed_app", "account_id"})
    same({row["consent"] for row in test.sent(phase="boxed")}, {"not_given"})
    same({row["consent"] for row in test.sent(phase="cloud on")}, {"given"})
    same({(row["destination"]["host"], row["encryption"]) for row in test.sent()}, {(ACCOUNT, "none")})
    same(len({row["identifier"]["label"] for row in test.sent(kind="installed_app")}), 2)


def boxed_phone_sends_numbers_and_not_texts(folder):
    """Much of the press got this wrong."""
    test = Test(folder, "boxed-phone")
    same({row["identifier"]["label"] for row in test.sent(kind="message_number")},
         {f"messages[{i}].phone_number" for i in range(5)})
    same(test.sent(kind="message_text"), [])
    same(test.sent(kind="contact_name"), [])


def boxed_phone_answers_to_events(folder):
    test = Test(folder, "boxed-phone")
    for what, kind in (("contact added", "contact_number"), ("SMS received", "message_number")):
        own = test.after(what)[kind]
        assert own["identifier"]["own"], f"{what}: not the number of that event"
        same((own["repetitions"], own["followed"], own["controls_followed"]), (10, 10, 0))
        assert own["chance"] < 0.01 and own["delay_ms"] < 1000, own
    same({row["outcome"] for row in test.events if row["what"] == "call made"}, {"nothing"})


def boxed_phone_can_be_verified(folder):
    scene = HERE / "boxed-phone"
    case = Test(folder, "boxed-phone", policy="boxed-device").case
    run("verify", case, scene / "capture.pcap", "--subject", scene / "subject.yaml", "--quiet", statuses=[0])


def boxed_phone_is_nobody_elses(folder):
    """Held against the sheet of somebody else, it has nothing to tell."""
    scene = HERE / "boxed-phone"
    sheet = (scene / "subject.yaml").read_text().replace("Example Mobile", "Other Telecom").replace(
        "com.example.", "net.example.").replace("asha.example", "bela.example")
    others = {"001014001234566": "001015004321761", "001010123456789": "001010987654321", "12125550123": "12125550168",
              "4477009001": "4477009008", "4477009002": "4477009008", "4477009003": "4477009008",
              "4477009004": "4477009008", "4477009006": "4477009008", "4477009007": "4477009009"}
    for old, new in others.items():
        sheet = sheet.replace(old, new)
    (folder / "other.yaml").write_text(sheet)
    done = run("test", scene / "capture.pcap", "--subject", folder / "other.yaml", "--timeline",
               scene / "timeline.yaml", "--json", "-", "--quiet")
    same([row for row in lines_of(done) if "identifier" in row], [])


# ---- patched-phone: an update, a factory reset, and an opt-in ----

def patched_phone_sends_nothing_before_the_opt_in(folder):
    test = Test(folder, "patched-phone", policy="boxed-device", keys=True)
    same(test.status, 0)
    same(test.sent(phase="boxed"), [])
    same({clause["outcome"] for clause in test.clauses.values()}, {"holds", "permits"})


def patched_phone_with_keys_still_sends_after_opt_in_encrypted(folder):
    after = Test(folder, "patched-phone", policy="boxed-device", keys=True)
    same(after.kinds(phase="cloud on"), {"imei", "imsi", "phone_number", "carrier", "contact_number", "message_number",
                                         "installed_app", "account_id"})
    for row in after.sent():
        same((row["encryption"], row["opened_with"], row["consent"], row["path"][:2]),
             ("tls1.3", "keylog", "given", ["http.request.body", "base64"]))
    changes, summary, status = compared(Test(folder, "boxed-phone", policy="boxed-device"), after)
    assert summary["comparable"], [check for check in summary["checks"] if not check["suffices"]]
    same(len(changes), 17)
    for label, said in changes.items():
        assert "only_encrypted" in said and "gone" not in said, f"{label}: {said}"
    for label in ("contacts[0].phone_number", "messages[0].phone_number", "imei[0]"):
        assert "after_consent" in changes[label], f"{label}: {changes[label]}"
    same(status, 0)


def patched_phone_without_keys_is_opaque_and_never_gone(folder):
    after = Test(folder, "patched-phone", policy="boxed-device")
    same(after.status, 3)
    same(after.sent(), [])
    same({after.outcome(clause) for clause in ("nothing-before-consent", "nobody-elses-data")}, {"undecided"})
    changes, _, status = compared(Test(folder, "boxed-phone", policy="boxed-device"), after)
    same(len(changes), 17)
    for label, said in changes.items():
        assert said == {"now_opaque"}, f"{label}: {said}"
    same(status, 3)


def patched_phone_without_keys_still_shows_when_it_talks(folder):
    test = Test(folder, "patched-phone")
    for what in ("contact added", "SMS received"):
        talk = test.after(what)[None]
        same((talk["repetitions"], talk["followed"]), (10, 5))
        assert talk["unread_bytes"] > 0 and talk["chance"] < 0.01, talk


def first_phase(folder, scene, without=None):
    """The part of a test before the cloud was switched on, as a test of its own; `without` events of one kind."""
    lines = (HERE / scene / "timeline.yaml").read_text().splitlines(True)
    until = re.search(r"name: cloud on, from: ([^}]+)}", "".join(lines)).group(1)

    def is_kept(line):
        when = re.search(r"(?:at|from): ([-0-9T:.]+Z)", line)
        return (when is None or when.group(1) < until) and (without is None or without not in line)
    place = folder / f"{scene}{'-less' if without else ''}"
    place.mkdir()
    (place / "timeline.yaml").write_text("".join(filter(is_kept, lines)))
    (place / "capture.pcap").write_bytes(b"".join(
        raw for when, raw in records((HERE / scene / "capture.pcap").read_bytes()) if text_of(when) < until))
    return Test(folder, scene, place / "capture", policy="boxed-device", timeline=place / "timeline.yaml")


def patched_phone_says_gone_where_the_same_was_done(folder):
    """Out of the box before, after a reset now: the same stimuli, all of it readable, and nothing leaves."""
    before, after = first_phase(folder, "boxed-phone"), first_phase(folder, "patched-phone")
    same((before.status, after.status), (1, 0))
    changes, summary, status = compared(before, after)
    assert summary["comparable"], [check for check in summary["checks"] if not check["suffices"]]
    same(len(changes), 13)
    assert all(said == {"gone"} for said in changes.values()), changes
    same(status, 0)


def patched_phone_without_a_stimulus_is_not_comparable(folder):
    """Gone is said only where the test that does not see it did the same."""
    changes, summary, status = compared(first_phase(folder, "boxed-phone"),
                                        first_phase(folder, "patched-phone", without="contact added"))
    assert not summary["comparable"], summary
    assert all(said == {"not_comparable"} for said in changes.values()), changes
    same(status, 3)


def patched_phone_is_unchanged_against_itself(folder):
    test = Test(folder, "patched-phone", policy="boxed-device", keys=True)
    changes, summary, _ = compared(test, test)
    assert summary["comparable"] and len(changes) == 17, summary
    assert all(said == {"unchanged"} for said in changes.values()), changes


# ---- patched-phone-incomplete: what the regulator saw ----

def incomplete_patch_sends_both_numbers_to_two_countries(folder):
    test = Test(folder, "patched-phone-incomplete", policy="residency", keys=True)
    same(test.status, 1)
    same(test.outcome("allowed-countries"), "violated")
    for kind in ("phone_number", "message_number"):
        reached = {(row["destination"]["host"], row["destination"]["country"]) for row in test.sent(kind=kind)}
        same(reached, {(ACCOUNT, "CN"), ("router.push.example", "SG")})
    for host in (ACCOUNT, "router.push.example"):
        triggered = test.after("SMS received", host)
        assert triggered["message_number"]["identifier"]["own"], host
        same({kind: triggered[kind]["followed"] for kind in ("message_number", "phone_number")},
             {"message_number": 5, "phone_number": 5})


def incomplete_patch_sends_identifiers_without_a_sim(folder):
    test = Test(folder, "patched-phone-incomplete", policy="boxed-device", keys=True)
    same(test.status, 1)
    reached = {(row["destination"]["host"], row["destination"]["country"])
               for row in test.sent(phase="no SIM", kind="imei")}
    same(reached, {(ACCOUNT, "CN"), ("stat.push.example", "SG")})
    same(test.kinds(phase="no SIM"), {"imei"})
    same({row["consent"] for row in test.sent()}, {"not_given"})
    # Once is not enough to say that the power-on did it.
    assert not [row for row in test.events if row["what"] == "power on" and row["outcome"] == "triggered"]


# ---- moved-service: distances ----

def sync(folder, name, policy="policy.yaml"):
    return Test(folder, "moved-service", name, policy=HERE / "moved-service" / policy, keys=True)


def entry(test):
    rows = test.ledger["residency"]["entries"]
    same(len(rows), 1)
    return rows[0]


def moved_service_fits_each_place(folder):
    for name, country, ms in (("beijing", "CN", 84), ("singapore", "SG", 66), ("oregon", "US", 232)):
        test = sync(folder, name)
        least = min(timing["least_ms"] for timing in test.ledger["residency"]["timings"])
        assert ms <= least < ms + 25, f"{name}: {least} ms"
        same(test.residency("database"), {country: "possible"})
    same(sync(folder, "beijing", "policy-july.yaml").residency("policy"), {"Beijing": "possible"})


def moved_service_is_not_decided_by_times_that_fit(folder):
    """Singapore answers too fast for Oregon; Beijing would, but for the speed of light in fibre; Oregon for neither."""
    for name, places in (("beijing", {"SG": "possible", "US-OR": "implausible"}),
                         ("singapore", {"SG": "possible", "US-OR": "refuted"}),
                         ("oregon", {"SG": "possible", "US-OR": "possible"})):
        test = sync(folder, name)
        same(test.residency("policy"), places)
        same(entry(test)["outcome"], "undecided")
        same(test.status, 3)


def moved_service_cannot_be_where_the_database_says(folder):
    test = sync(folder, "mislabelled")
    same(test.residency("database"), {"SG": "refuted"})
    same(test.residency("policy"), {"SG": "refuted", "US-OR": "refuted"})
    same(entry(test)["outcome"], "violated")
    same(test.status, 1)


def moved_service_may_be_behind_an_edge(folder):
    test = sync(folder, "edge")
    same(test.residency("database"), {"US": "refuted"})
    for timing in test.ledger["residency"]["timings"]:
        assert any("delivery network" in sign for sign in timing["signs"]), timing
    assert any("names lead to this address" in sign for timing in test.ledger["residency"]["timings"]
               for sign in timing["signs"])
    same(entry(test)["outcome"], "undecided")
    assert any("edge" in reason for reason in entry(test)["reasons"]), entry(test)


def moved_service_moved(folder):
    cases = {name: sync(folder, name) for name in ("beijing", "singapore", "oregon")}
    for before, after in (("beijing", "singapore"), ("singapore", "oregon")):
        changes, _, _ = compared(cases[before], cases[after])
        same(set(changes), {"account_id[0]"})
        assert "moved_country" in changes["account_id[0]"], f"{before} to {after}: {changes}"


def first_answers(path):
    """ms from the first packet of each connection of the phone to its first answer: [(protocol, ms)]."""
    asked, took = {}, {}
    for when, raw in records(path.read_bytes()):
        frame = raw[16:]
        if when == 0 or frame[12:14] != b"\x08\0" or frame[23] not in (6, 17):
            continue
        ends = [frame[26:30] + frame[34:36], frame[30:34] + frame[36:38]]
        if frame[26:30] == PHONE:
            asked.setdefault((frame[23], *ends), when)
        elif (start := asked.get((frame[23], *ends[::-1]))) is not None:
            took.setdefault((frame[23], *ends[::-1]), (when - start) / 1e6)
    return [("quic" if key[0] == 17 else "tcp", ms) for key, ms in took.items() if key[2][4:] != b"\0\x35"]


def moved_service_has_handshakes_as_long_as_its_ways(folder):
    """The relay delays packets, so no handshake is shorter than the way: neither TCP's nor QUIC's."""
    del folder
    for name, ms in (("beijing", 84), ("singapore", 66), ("oregon", 232), ("mislabelled", 9), ("edge", 4)):
        answers = first_answers(HERE / "moved-service" / f"{name}.pcap")
        for protocol in ("tcp", "quic"):
            least = min(took for spoken, took in answers if spoken == protocol)
            assert ms <= least < ms + 25, f"{name}: {protocol} {least} ms"


# ---- silent-connection: it talks all night ----

NIGHTS = (("mobile-data", 4, 90), ("wifi", 2, 24000), ("reflashed", 2, 24000))
BLOCK = {"s1.sync.example", "s2.sync.example", "s3.sync.example"}


def sync_rows(test):
    return [row for row in test.ledger["destinations"] if row["direction"] == "sent" and row["host"] in BLOCK]


def silent_connection_is_told_with_hosts_and_bytes(folder):
    """Small on mobile data, bulk on Wi-Fi, and the same after the phone was flashed with another system."""
    for name, connections, size in NIGHTS:
        test = Test(folder, "silent-connection", name, policy="boxed-device")
        rows = sync_rows(test)
        same({(row["host"], row["country"]) for row in rows}, {(host, "CN") for host in BLOCK})
        for row in rows:
            same((row["protocol"], row["flows"]), ("tls", connections))
            low = connections * size
            assert low <= row["bytes"]["encrypted"] < low + 1000 * connections, f"{name}: {row['bytes']}"


def silent_connection_is_told_with_times(folder):
    del folder
    for name, connections, _ in NIGHTS:
        done = run("messages", HERE / "silent-connection" / f"{name}.pcap", "--json", "-", "--quiet", statuses=[0])
        times = [row["time"] for row in lines_of(done) if row["kind"] == "client_hello" and row["name"] in BLOCK]
        same(len(times), 3 * connections)
        minutes = [int(time[11:13]) * 60 + int(time[14:16]) for time in times]
        assert all(14 <= after - before <= 16 for before, after in zip(minutes, minutes[1:])), f"{name}: {times}"


def silent_connection_is_not_called_clean(folder):
    test = Test(folder, "silent-connection", *(name for name, _, _ in NIGHTS), policy="boxed-device")
    same(test.status, 3)
    same(test.findings, [])
    same(test.outcome("nothing-before-consent"), "undecided")
    missing = " ".join(test.clauses["nothing-before-consent"]["missing"])
    assert "80%" in missing and all(host in missing for host in BLOCK), missing


def silent_connection_does_not_come_from_the_screen(folder):
    test = Test(folder, "silent-connection", *(name for name, _, _ in NIGHTS))
    assert not [row for row in test.events if row["outcome"] == "triggered" and row["destination"]["host"] in BLOCK]


# ---- advisory: a page for staff and families ----

def page_is_plain(text):
    lines = text.splitlines()
    assert len(lines) <= 60 and max(map(len, lines)) <= 72, f"{len(lines)} lines, {max(map(len, lines))} wide"
    for secret in SECRETS + TEXTS:
        assert secret not in text, "a value of the sheet is on the page"
    for word in ("TLS", "HTTP", "JSON", "base64", "frame", "clause", "SHA"):
        assert not re.search(rf"\b{word}\b", text, re.I), f"jargon: {word}"


def advisory_says_what_the_one_of_2014_did_not(folder):
    """Device, firmware and the days of the test; what left, to where; what to do; that nobody has tested the update."""
    text = advisory(Test(folder, "boxed-phone", policy="boxed-device"))
    page_is_plain(text)
    for word in ("ExamplePhone 1S", "4.4.2 KHC16", "2014-08-07", ACCOUNT, "China", "IMEI", "contacts", "Not re-tested",
                 "Not encrypted", "WHAT TO DO"):
        assert word.lower() in text.lower(), f"no {word!r} on the page"
    assert "text of" not in text.lower() and "message texts" not in text.lower(), "it did not send texts"


def advisory_of_the_patched_phone_names_its_own_firmware_and_days(folder):
    text = advisory(Test(folder, "patched-phone", policy="boxed-device", keys=True))
    page_is_plain(text)
    for word in ("4.4.2 KHC17", "2014-08-14", "encrypted", "agreed"):
        assert word.lower() in text.lower(), f"no {word!r} on the page"
    assert "not encrypted" not in text.lower() and "KHC16" not in text


def advisory_says_what_nobody_could_read(folder):
    text = advisory(Test(folder, "patched-phone", policy="boxed-device"))
    page_is_plain(text)
    assert "could not be" in text.lower() and ACCOUNT in text, text


def advisory_tells_what_became_of_an_earlier_test(folder):
    before = Test(folder, "boxed-phone", policy="boxed-device")
    opened = advisory(Test(folder, "patched-phone", policy="boxed-device", keys=True), "--compare", before.case)
    page_is_plain(opened)
    assert "4.4.2 KHC16" in opened and "still sent, only encrypted" in flat(opened), opened
    opaque = advisory(Test(folder, "patched-phone", policy="boxed-device"), "--compare", before.case)
    page_is_plain(opaque)
    assert "now opaque, not verified" in flat(opaque), opaque
    fixed = advisory(first_phase(folder, "patched-phone"), "--compare", first_phase(folder, "boxed-phone").case)
    page_is_plain(fixed)
    assert "gone" in fixed and "not alike" not in flat(fixed), fixed


def advisory_is_the_page_that_somebody_read(folder):
    pages = {"boxed-phone": Test(folder, "boxed-phone", policy="boxed-device"),
             "patched-phone": Test(folder, "patched-phone", policy="boxed-device", keys=True)}
    for name, test in pages.items():
        path, text = HERE / "advisory" / f"{name}.txt", advisory(test)
        if UPDATE:
            path.write_text(text)
        assert path.read_text() == text, f"{name}: another page; look at it, then run.py TELLTALE --update"


# What the story demands and telltale does not do yet: not part of `make check`.
LATER = []


def main():
    wanted = [word for word in sys.argv[2:] if word != "--update"]
    checks = [value for value in globals().values()
              if getattr(value, "__module__", "") == "__main__" and hasattr(value, "__code__") and
              value.__code__.co_varnames[:1] == ("folder",) and value.__code__.co_argcount == 1]
    checks = [one for one in checks if (any(name in one.__name__ for name in wanted) if wanted else one not in LATER)]
    runner.run(checks, "scenes as they happened", "not")


main()
