#!/usr/bin/env python3
"""Policies, from files and names to outcomes: the boxed phone of the examples, and a capture that nobody can open.

usage: tests/cli/policy.py TELLTALE
"""
import hashlib
import json
import pathlib
import struct
import subprocess
import sys

sys.dont_write_bytecode = True
import runner  # noqa: E402

TELLTALE = pathlib.Path(sys.argv[1]).resolve()
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
EXAMPLE = ROOT / "examples" / "boxed-phone"
CAPTURE, SHEET, TIMELINE = (EXAMPLE / n for n in ("capture.pcapng", "subject.yaml", "timeline.yaml"))
ENCRYPTED, OTHER_SHEET = ROOT / "tests/golden/tls/leak.pcap", ROOT / "tests/golden/subject.yaml"
NAMES = ["default", "boxed-device", "no-clear-text", "residency", "owasp-mastg", "etsi-en-303-645", "gdpr", "dpdp"]


def run(*arguments):
    return subprocess.run([TELLTALE, *map(str, arguments)], capture_output=True, text=True, timeout=120,
                          stdin=subprocess.DEVNULL)


def outcomes(*arguments, status):
    """The clauses of a test by id; it must end with `status`."""
    done = run("test", *arguments, "--json", "-", "--quiet")
    assert done.returncode == status, (done.returncode, done.stderr)
    clauses = json.loads(done.stdout.splitlines()[-1])["coverage"]["clauses"]
    return {clause["id"]: clause for clause in clauses}


def boxed(policy, status, *more):
    return outcomes(CAPTURE, "--subject", SHEET, "--timeline", TIMELINE, "--policy", policy, *more, status=status)


def opaque(policy, status):
    return outcomes(ENCRYPTED, "--subject", OTHER_SHEET, "--policy", policy, status=status)


def policy_of(folder, text):
    path = folder / "policy.yaml"
    path.write_text(text)
    return path


def built_in_policies_are_listed_and_explained(_):
    listed = [line.split()[0] for line in run("list", "policies").stdout.splitlines()]
    assert listed == NAMES, listed
    for name in NAMES:
        done = run("policy", name)
        assert done.returncode == 0 and f"policy {name}: " in done.stdout and "When: " in done.stdout, done.stdout
        assert max(map(len, done.stdout.splitlines())) <= 80
        # The file that is installed says the same.
        assert run("policy", ROOT / "policies" / f"{name}.yaml").stdout == done.stdout
    assert run("policy").stdout == run("policy", "default").stdout
    assert 'did you mean "boxed-device"' in run("policy", "boxed-devise").stderr


def the_boxed_phone_is_refused(_):
    clauses = boxed("boxed-device", 1)
    assert clauses["nothing-before-consent"]["outcome"] == "violated"
    assert clauses["nothing-before-consent"]["findings"] > 0
    assert clauses["nobody-elses-data"]["outcome"] == "violated"
    assert clauses["never-readable"]["outcome"] == "violated"
    assert clauses["consent-unknown"]["outcome"] == "holds"
    assert clauses["agreed"]["outcome"] == "permits"
    clauses = boxed("no-clear-text", 1)
    assert clauses["clear-text"]["outcome"] == "violated"


def every_mapping_says_something(_):
    for name in ("owasp-mastg", "etsi-en-303-645", "gdpr", "dpdp"):
        clauses = boxed(name, 1)
        assert all(clause["citation"] for clause in clauses.values()), name
        assert any(clause["outcome"] == "violated" for clause in clauses.values()), name


def what_could_not_be_read_never_holds(_):
    clauses = opaque("boxed-device", 3)
    clause = clauses["nothing-before-consent"]
    assert clause["outcome"] == "undecided", clause
    assert any("could not be read" in reason for reason in clause["missing"]), clause
    assert any("required: 80%" in reason for reason in clause["missing"]), clause
    # It is not readable on its way either, and that holds.
    assert opaque("no-clear-text", 0)["clear-text"]["outcome"] == "holds"
    # The default says so of its clauses, and leaves the test alone.
    assert opaque("default", 0)["no-consent"]["outcome"] == "undecided"


def link_capture(folder, link_type, frames):
    path = folder / "link.pcap"
    path.write_bytes(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, link_type) +
                     b"".join(struct.pack("<IIII", 1400000000 + i, 0, len(f), len(f)) + f for i, f in enumerate(frames)))
    return path


def what_lies_beneath_the_network_is_not_cleared(folder):
    """Nobody could see where these frames lead: a clause about the internet does not hold."""
    device, router, group = (bytes.fromhex(mac) for mac in ("02005e000017", "02005e000001", "01005e000001"))
    noise = b"".join(hashlib.sha256(bytes([i])).digest() for i in range(6))
    wpa = b"\x08\x41\0\0" + router + device + router + b"\x10\0" + b"\1\0\0\x20\0\0\0\0" + noise
    ethernet = {kind: router + device + bytes.fromhex(kind) + noise for kind in ("88b5", "0806", "88cc")}
    policy = policy_of(folder, "policy: p\nclauses:\n  - {id: a, text: t, verdict: violation, when: {direction: sent, "
                               "scope: internet, encryption: none}}\n  - {id: b, text: t, verdict: violation}\n"
                               "  - {id: c, text: t, verdict: undecided, when: {kind: imei}, requires: {readable: 50%}}\n")
    for link_type, frame, word in ((105, wpa, "encrypted"), (147, noise, "not in IP packets"),
                                   (1, ethernet["88b5"], "not in IP packets")):
        clauses = outcomes(link_capture(folder, link_type, [frame] * 9), "--subject", OTHER_SHEET, "--policy", policy,
                           status=3)
        for clause in ("a", "b"):
            assert clauses[clause]["outcome"] == "undecided", (link_type, clauses[clause])
            assert any(word in line for line in clauses[clause]["missing"]), (link_type, clauses[clause])
        assert any("required: 50%" in line for line in clauses["c"]["missing"]), clauses["c"]
    # What stays on the link is known to stay there.
    for frame in (ethernet["0806"], ethernet["88cc"], group + device + bytes.fromhex("88b5") + noise):
        clauses = outcomes(link_capture(folder, 1, [frame] * 9), "--subject", OTHER_SHEET, "--policy", policy, status=3)
        assert clauses["a"]["outcome"] == "holds", clauses["a"]


def exceptions_are_told(folder):
    path = policy_of(folder, """policy: mine
clauses:
  - id: a
    text: t
    verdict: violation
    when: {kind: carrier, direction: sent, scope: internet}
    exceptions: [{reason: "by contract 7", when: {host: "*.cloud.example"}}]
""")
    clauses = boxed(path, 3)
    assert clauses["a"]["exceptions"] and "by contract 7" in clauses["a"]["exceptions"][0], clauses
    done = run("test", CAPTURE, "--subject", SHEET, "--policy", path)
    assert "excepted: " in done.stdout and "by contract 7" in done.stdout, done.stdout


def a_bad_test_admits_nothing(folder):
    for requires, reason in (("readable: 100%", "required: 100%"), ("duration: 24h", "required: a test of 86400 s"),
                             ("phases: [reset]", 'phase "reset"'), ("events: {reboot: 3}", 'event "reboot" 3 times')):
        path = policy_of(folder, "policy: mine\nunread: reported\nclauses:\n  - {id: a, text: t, verdict: violation, "
                                 f"when: {{kind: message_text}}, requires: {{{requires}}}}}\n")
        clause = boxed(path, 3)["a"]
        assert clause["outcome"] == "undecided" and any(reason in line for line in clause["missing"]), clause


def the_case_keeps_it(folder):
    case = folder / "a.case"
    first = run("test", CAPTURE, "--subject", SHEET, "--timeline", TIMELINE, "--policy", "gdpr", "-o", case)
    assert first.returncode == 1, first.stderr
    assert "violated  art-6-1" in first.stdout and "[GDPR Article 6(1)]" in first.stdout, first.stdout
    assert run("report", case).stdout == first.stdout
    rows = [json.loads(line) for line in run("report", case, "-f", "json").stdout.splitlines()]
    sent = [row for row in rows[:-1] if "identifier" in row and row["destination"]["host"]]
    assert {row["domain"] for row in sent} == {"cloud.example"}, {row["domain"] for row in sent}
    assert any(row["purpose"] for row in sent) or all(row["consent"] != "given" for row in sent)


def reasons_hold_no_values(folder):
    sheet = folder / "subject.yaml"
    sheet.write_text("identifiers: {hostname: api.cloud.example}\n")
    done = run("test", ENCRYPTED, "--subject", sheet, "--policy", "boxed-device", "-o", folder / "a.case")
    assert done.returncode in (1, 3) and "could not be read that may hold it" in " ".join(done.stdout.split()), done.stdout
    assert b"api.cloud.example" not in (folder / "a.case").read_bytes()
    assert "api.cloud.example" not in done.stdout, done.stdout


def mistakes_have_a_place(folder):
    for text, place, word in (
            ("policy: p\nclauses:\n  - {id: a, text: t, verdict: violation, exceptions: [{when: {kind: imei}}]}\n",
             ":3:", "reason"),
            ("policy: p\nclauses:\n  - {id: a, text: t, verdict: violation, when: {party: first}}\n", ":3:", "parties"),
            ("policy: p\nrequires: {redable: 80%}\n", ":2:", "readable")):
        path = policy_of(folder, text)
        for done in (run("policy", path), run("test", CAPTURE, "--subject", SHEET, "--policy", path)):
            assert done.returncode == 2 and place in done.stderr and word in done.stderr, done.stderr


runner.run(runner.tests_of(globals()), "policy tests passed", "failed")
