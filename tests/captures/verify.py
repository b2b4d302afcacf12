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
    """(capture, sheet), each once."""
    rows = [json.loads(line) for line in (folder / "truth.jsonl").read_text().splitlines() if line]
    found = {(row["file"], row["sheet"]) for row in rows if row.get("split", "public") == "public"}
    return sorted((folder / capture, folder / "sheets" / f"{sheet}.yaml") for capture, sheet in found)


def verify(telltale, capture, sheet, folder):
    """The findings as verify judged them."""
    case = pathlib.Path(folder) / "made.case"
    case.unlink(missing_ok=True)
    made = subprocess.run([telltale, "test", capture, "--subject", sheet, "-o", case, "--quiet"],
                          capture_output=True, text=True, timeout=300, check=False)
    if made.returncode not in (0, 1, 3):
        raise SystemExit(f"{capture.name}: {made.stderr.strip()}")
    done = subprocess.run([telltale, "verify", case, capture, "--subject", sheet, "--json", "-"],
                          capture_output=True, text=True, timeout=300, check=False)
    if done.returncode not in (0, 1):
        raise SystemExit(f"{capture.name}: {done.stderr.strip()}")
    return [row for row in map(json.loads, done.stdout.splitlines()) if "holds" in row]


def main():
    telltale = pathlib.Path(sys.argv[1]).resolve()
    named = sys.argv[2] if len(sys.argv) > 2 else os.environ.get("TELLTALE_CAPTURES")
    folder = pathlib.Path(named) if named else ROOT.parent / "shared/captures"
    if not (folder / "truth.jsonl").is_file():
        print("no captures here: nothing to verify")
        return 0
    total, held, captures = 0, 0, pairs(folder)
    with tempfile.TemporaryDirectory() as room:
        for capture, sheet in captures:
            for row in verify(telltale, capture, sheet, room):
                total += 1
                held += bool(row["holds"])
                if not row["holds"]:
                    print(f"{capture.name}: {json.dumps(row)[:400]}")
    print(f"{held} of {total} findings in {len(captures)} captures hold")
    return 0 if held == total and total > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
