#!/usr/bin/env python3
"""Runs the golden cases: telltale's JSON lines for each capture, against what is expected.

usage: tests/golden/run.py TELLTALE [--update] [CASE...]

A case is a folder: leak.pcap and clean.pcap, expect.json (what must be found, written by hand in make.py; null:
nothing), leak.jsonl and clean.jsonl (every line, the ledger included). --update writes the latter two. Where there is a
recipes.yaml, it is given with --recipes; session.keys with --keys.
"""
import json
import pathlib
import subprocess
import sys

sys.dont_write_bytecode = True
import proof  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent


def lines(telltale, capture, *options):
    command = [telltale, "test", capture, "--subject", HERE / "subject.yaml", "--json", "-", "--quiet", *options]
    if (recipes := capture.parent / "recipes.yaml").exists():
        command += ["--recipes", recipes]
    if (keys := capture.parent / "session.keys").exists():
        command += ["--keys", keys]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode not in (0, 1, 3):
        raise SystemExit(f"{capture}: exit {done.returncode}: {done.stderr}")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    rows[-1]["coverage"].pop("geo", None)  # what is installed on this machine
    return rows, done.returncode


def differences(expected, finding):
    wanted = {key: value for key, value in expected.items() if key != "findings"}
    got = dict(finding, label=finding["identifier"]["label"])
    return [f"{key} is {got.get(key)!r}, not {value!r}" for key, value in wanted.items() if got.get(key) != value]


def check_leak(expected, rows, status):
    if expected is None:
        if len(rows) > 1:
            yield "something was found where nothing can be"
        encrypted = sum(d["bytes"]["encrypted"] for d in rows[-1]["coverage"]["destinations"])
        if encrypted == 0:
            yield "the ledger does not say that bytes were encrypted"
        return
    tried = [differences(expected, row) for row in rows[:-1]]
    if not tried:
        yield "nothing was found"
    elif all(tried):
        yield "; ".join(min(tried, key=len))
    if len(rows) - 1 != expected.get("findings", 1):
        yield f"{len(rows) - 1} findings: {[r['path'] for r in rows[:-1]]}"
    if status != {"allowed": 0, "undecided": 3}.get(expected.get("verdict"), 1):
        yield f"exit status {status}"


def check_proofs(telltale, capture):
    """The offsets of every proof lead to the value. Nothing here opens what is sealed."""
    for finding in lines(telltale, capture, "--reveal")[0][:-1]:
        if finding["encryption"] == "none" and (problem := proof.problem(finding, capture)):
            yield problem


def check_clean(rows, status):
    if len(rows) != 1 or status != 0:
        yield f"a false accusation (exit {status}): {rows[:-1]}"


def compare(name, rows, update):
    path = HERE / name
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    if update:
        path.write_text(text)
    elif not path.exists() or path.read_text() != text:
        yield f"{name} differs; look at it, then run.py --update"


def main():
    telltale = sys.argv[1]
    update = "--update" in sys.argv
    names = [a for a in sys.argv[2:] if a != "--update"]
    cases = sorted(p.parent.name for p in HERE.glob("*/expect.json"))
    failed = 0
    for case in names or cases:
        folder = HERE / case
        rows, status = lines(telltale, folder / "leak.pcap")
        clean, clean_status = lines(telltale, folder / "clean.pcap")
        said = [*check_leak(json.loads((folder / "expect.json").read_text()), rows, status),
                *check_proofs(telltale, folder / "leak.pcap"),
                *check_clean(clean, clean_status),
                *compare(f"{case}/leak.jsonl", rows, update), *compare(f"{case}/clean.jsonl", clean, update)]
        failed += bool(said)
        for text in said:
            print(f"{case}: {text}")
    print(f"{len(names or cases) - failed} golden cases as expected, {failed} not")
    sys.exit(failed > 0 or not cases)


main()
