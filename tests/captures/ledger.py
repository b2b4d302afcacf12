#!/usr/bin/env python3
"""Does the coverage ledger add up? For every capture: ledger.py TELLTALE [FILE|FOLDER...]

Always looks at the captures of tests/golden, tests/peers (with their keys) and examples; besides at those named, or else at those below
$TELLTALE_CAPTURES or ../shared/captures where there is such a folder. Checks, to the byte:

- what was captured, as a few lines of Python count it in the file, is what the ledger says was captured;
- the buckets of each capture are that and what is known to be missing;
- the rows of the destinations, and what belongs to none, are the same;
- no note says "run.coverage".

Prints what differs, and the sum over all captures; -v prints a line for each."""
import concurrent.futures
import gzip
import json
import os
import pathlib
import struct
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SHEET = ROOT / "tests/golden/subject.yaml"
BUCKETS = ["overhead", "not_ip", "decoded", "raw_text", "opened", "opaque", "encrypted", "lost", "duplicate"]
SIZE_MAX = 1 << 30  # of a file that is looked at


# ---- the captures, read once more ----

class Damaged(Exception):
    """The file ends, or makes no sense, before its end; .bytes were counted until then."""

    def __init__(self, counted):
        super().__init__()
        self.counted = counted


def count_pcap(data):
    magic = data[:4]
    order = "<" if magic in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1", b"\x34\xcd\xb2\xa1") else ">"
    header = 24 if magic in (b"\x34\xcd\xb2\xa1", b"\xa1\xb2\xcd\x34") else 16
    at, captured = 24, 0
    while at < len(data):
        if at + header > len(data):
            raise Damaged(captured)
        length, = struct.unpack_from(order + "I", data, at + 8)
        if at + header + length > len(data):
            raise Damaged(captured)
        captured += length
        at += header + length
    return captured


def packet_len(order, kind, block, snaplens):
    """Captured bytes of a packet block; 0 for the other kinds."""
    if kind == 6 or kind == 2:  # enhanced packet; packet (obsolete): the same place by chance
        return struct.unpack_from(order + "I", block, 20)[0]
    if kind == 3:  # simple packet: of interface 0
        length, = struct.unpack_from(order + "I", block, 8)
        room = len(block) - 16
        snaplen = snaplens[0] if snaplens and snaplens[0] else length
        return min(length, snaplen, room)
    return 0


def count_pcapng(data):
    at, captured, order, snaplens = 0, 0, "<", []
    while at < len(data):
        if at + 16 > len(data):
            raise Damaged(captured)
        kind, = struct.unpack_from(order + "I", data, at)
        if kind == 0x0A0D0D0A:
            order = "<" if data[at + 8:at + 12] == b"\x4d\x3c\x2b\x1a" else ">"
            snaplens = []
            if struct.unpack_from(order + "H", data, at + 12)[0] != 1:
                raise Damaged(captured)  # of a version that nobody knows
        length, = struct.unpack_from(order + "I", data, at + 4)
        if length < 12 or length % 4 or at + length > len(data):
            raise Damaged(captured)
        block = data[at:at + length]
        if kind == 1 and length >= 20:
            snaplens.append(struct.unpack_from(order + "I", block, 12)[0])
        if kind in (2, 3, 6):
            if length < (32 if kind != 3 else 16):
                raise Damaged(captured)
            more = packet_len(order, kind, block, snaplens)
            if more > length:
                raise Damaged(captured)
            captured += more
        at += length
    return captured


PCAP_MAGICS = {bytes.fromhex(text) for text in
               ("d4c3b2a1", "a1b2c3d4", "4d3cb2a1", "a1b23c4d", "34cdb2a1", "a1b2cd34")}


def count(path):
    """(captured bytes, is the file damaged), or None for what is no pcap or pcapng (a folder)."""
    if path.is_dir():
        return None
    with open(path, "rb") as file:
        head = file.read(4)
    if head[:2] == b"\x1f\x8b":
        try:
            data = gzip.open(path).read(SIZE_MAX)
        except (OSError, EOFError):
            return None  # how far a broken gzip stream can be read is not for this test
    elif head in PCAP_MAGICS or head == b"\x0a\x0d\x0d\x0a":
        data = path.read_bytes()
    else:
        return None
    try:
        if data[:4] in PCAP_MAGICS:
            return count_pcap(data), False
        if data[:4] == b"\x0a\x0d\x0d\x0a":
            return count_pcapng(data), False
    except Damaged as damaged:
        return damaged.counted, True
    return None


# ---- the ledger ----

def ledger_of(telltale, path):
    """The coverage object, or None and a word when there is none."""
    keys = [key for key in (path.with_suffix(".keys"), path.with_suffix(".pem")) if path.is_file() and key.exists()]
    run = subprocess.run([telltale, "test", str(path), "--subject", str(SHEET), "--json", "-", "--quiet",
                          *(word for key in keys for word in ("--keys", str(key)))],
                         capture_output=True, check=False, timeout=600)
    # A crash may look like an exit status of the contract.
    if run.returncode not in (0, 1, 3) or not run.stdout:
        return None, f"exit {run.returncode}: {run.stderr.decode(errors='replace').strip()[:200]}"
    return json.loads(run.stdout.splitlines()[-1])["coverage"], ""


def differences(ledger, counted):
    """What does not add up, a line each."""
    wire = 0
    for entry in ledger["inputs"]:
        told = sum(entry["buckets"].values())
        known = entry["captured_bytes"] + entry["missing_bytes"]
        wire += known
        if sorted(entry["buckets"]) != sorted(BUCKETS):
            yield f"buckets {sorted(entry['buckets'])}"
        if told != known and len(ledger["inputs"]) == 1:
            yield f"buckets {told}, captured and missing {known}: {told - known:+}"
        if entry["wire_bytes"] < entry["captured_bytes"]:
            yield f"more captured ({entry['captured_bytes']}) than on the wire ({entry['wire_bytes']})"
    rows = sum(sum(row["bytes"].values()) for row in ledger["destinations"])
    rest = sum(ledger["unattributed"].values())
    if rows != sum(ledger["totals"].values()):
        yield f"rows {rows}, totals {sum(ledger['totals'].values())}"
    if rows + rest != wire:
        yield f"rows {rows}, unattributed {rest}, captured and missing {wire}: {rows + rest - wire:+}"
    captured = sum(entry["captured_bytes"] for entry in ledger["inputs"])
    if counted is not None and captured != counted:
        yield f"captured {captured}, in the file {counted}: {captured - counted:+}"
    yield from (f"note {note['code']} ({note['bytes']} bytes)"
                for note in ledger["notes"] if note["code"] == "run.coverage")


def look_at(telltale, path):
    """(path, buckets and more or None, lines that tell what is wrong)."""
    try:
        counted = count(path)
        ledger, why = ledger_of(telltale, path)
    except subprocess.TimeoutExpired:
        return path, None, ["takes longer than ten minutes"]
    if ledger is None:
        # A file without a packet is refused; one with packets must not be.
        empty = why.startswith("exit 2:") and (counted is None or counted[0] == 0)
        return path, None, [] if empty else [why]
    damaged = counted is not None and counted[1]
    # Behind damage, another reader may go on or not: only what the file is sure to hold counts.
    wrong = list(differences(ledger, None if counted is None or damaged else counted[0]))
    sums = {name: sum(entry["buckets"][name] for entry in ledger["inputs"]) for name in BUCKETS}
    sums["captured"] = sum(entry["captured_bytes"] for entry in ledger["inputs"])
    sums["missing"] = sum(entry["missing_bytes"] for entry in ledger["inputs"])
    sums["counted"] = counted is not None and not damaged
    return path, sums, wrong


# Of files that are not counted here; telltale's own sums are looked at all the same.
OTHER_MAGICS = (b"snoop\0\0\0", b"btsnoop\0", b"\x28\xb5\x2f\xfd", b"\xfd7zXZ\0", b"\x04\x22\x4d\x18")
LOCKED = ".bin"


def is_capture(path):
    with open(path, "rb") as file:
        head = file.read(8)
    if head[:2] == b"\x1f\x8b":
        try:
            head = gzip.open(path).read(8)
        except (OSError, EOFError):
            return False
    return head[:4] in PCAP_MAGICS or head[:4] == b"\x0a\x0d\x0d\x0a" or head.startswith(OTHER_MAGICS)


def captures_below(place):
    if place.is_file():
        yield place
        return
    for path in sorted(place.rglob("*")):
        if path.suffix != LOCKED and path.is_file() and 24 <= path.stat().st_size <= SIZE_MAX and is_capture(path):
            yield path


def places(named):
    always = [ROOT / "tests/golden", ROOT / "tests/peers", ROOT / "examples"]
    if named:
        return always + [pathlib.Path(name) for name in named]
    public = os.environ.get("TELLTALE_CAPTURES")
    public = pathlib.Path(public) if public else ROOT.parent / "shared/captures"
    if public.is_dir():
        return always + [public]
    print(f"no public captures at {public}: only our own are looked at")
    return always


def main():
    arguments = sys.argv[1:]
    verbose = "-v" in arguments
    arguments = [word for word in arguments if word != "-v"]
    telltale = os.path.abspath(arguments[0])
    files = [path for place in places(arguments[1:]) for path in captures_below(place)]
    # Several captures in one run.
    files += sorted(path.parent for path in ROOT.glob("tests/golden/*/expect.json"))
    bad = 0
    total = dict.fromkeys(BUCKETS + ["captured", "missing", "counted"], 0)
    read = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, sums, wrong in pool.map(lambda path: look_at(telltale, path), files):
            if wrong:
                bad += 1
                print(f"{path}: " + "; ".join(wrong))
            if sums is None:
                continue
            read += 1
            for name in total:
                total[name] += sums[name]
            if verbose:
                print(path, " ".join(f"{name}={sums[name]}" for name in BUCKETS + ["captured", "missing"]))
    captured = max(total["captured"], 1)
    print(f"{read} captures ({total['counted']} counted twice), {total['captured']} bytes captured: " +
          ", ".join(f"{name} {total[name]} ({100 * total[name] / captured:.1f} %)" for name in BUCKETS) +
          f"; missing {total['missing']}")
    print(f"{read - bad if read > bad else 0} add up, {bad} do not" if bad else f"all {read} add up")
    sys.exit(bad > 0)


if __name__ == "__main__":
    main()
