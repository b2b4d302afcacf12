#!/usr/bin/env python3
"""Does `telltale verify` confirm every finding in real captures? verify.py TELLTALE [FOLDER]

Looks at the captures that truth.jsonl of FOLDER ($TELLTALE_CAPTURES, ../shared/captures) names, each with its subject
sheet; without such a folder there is nothing to do. Prints the findings that do not hold, and the sum."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def pairs(folder):
    """(capture, sheet, files of keys), each once."""
    rows = [json.loads(line) for line in (folder / "truth.jsonl").read_text().splitlines() if line]
    keys = {}
    for row in rows:
        if row.get("split", "public") == "public":
            files = keys.setdefault((row["file"], row["sheet"]), set())
            if row.get("keys") not in (None, "DSB"):  # DSB: in the capture itself
                files.add(folder / row["keys"])
    return [(folder / capture, folder / "sheets" / f"{sheet}.yaml", sorted(files))
            for (capture, sheet), files in sorted(keys.items())]


def verify(telltale, capture, sheet, keys, folder):
    """The findings as verify judged them."""
    options = ["--subject", sheet, *[word for file in keys for word in ("--keys", file)]]
    case = pathlib.Path(folder) / "made.case"
    case.unlink(missing_ok=True)
    made = subprocess.run([telltale, "test", capture, *options, "-o", case, "--quiet"],
                          capture_output=True, text=True, timeout=300, check=False)
    if made.returncode not in (0, 1, 3):
        raise SystemExit(f"{capture.name}: {made.stderr.strip()}")
    done = subprocess.run([telltale, "verify", case, capture, *options, "--json", "-"],
                          capture_output=True, text=True, timeout=300, check=False)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    if not rows or "verified" not in rows[-1]:
        raise SystemExit(f"{capture.name}: {done.stderr.strip()}")
    return rows[:-1]


def main():
    telltale = pathlib.Path(sys.argv[1]).resolve()
    named = sys.argv[2] if len(sys.argv) > 2 else os.environ.get("TELLTALE_CAPTURES")
    folder = pathlib.Path(named) if named else ROOT.parent / "shared/captures"
    if not (folder / "truth.jsonl").is_file():
        print("no captures here: nothing to verify")
        return 0
    total, held, closed, captures = 0, 0, 0, pairs(folder)
    with tempfile.TemporaryDirectory() as room:
        for capture, sheet, keys in captures:
            for row in verify(telltale, capture, sheet, keys, room):
                total += 1
                held += bool(row["holds"])
                closed += row["holds"] is None
                if not row["holds"]:
                    print(f"{capture.name}: {json.dumps(row)[:400]}")
    print(f"{held} of {total} findings in {len(captures)} captures hold, {closed} were not walked")
    return 0 if held == total and total > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
