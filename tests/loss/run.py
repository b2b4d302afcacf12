#!/usr/bin/env python3
"""Takes 5 % of the packets out of captures at random, and looks at what is still read.

usage: tests/loss/run.py TELLTALE [-v]

Of the requests whose own packets all remain, at least 85 % must be listed as in the whole capture; none may be listed
that is not in it, and no response may be listed under another request than there; of the exchanges
whose packets all remain most must have their status. make.py made the captures: 96 requests each over HTTP/1 on TLS, HTTP/2 and HTTP/3.
"""
import collections
import json
import pathlib
import random
import struct
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SEEDS = 20
LOST = 0.05
LEAST = 0.85
STATUS = {"http1": 0.78, "http2": 0.85, "http3": 0.98}  # of the exchanges that remain whole
GLOBAL, RECORD = 24, 16


def read_packets(path):
    data = path.read_bytes()
    at, packets = GLOBAL, []
    while at + RECORD <= len(data):
        end = at + RECORD + struct.unpack_from("<I", data, at + 8)[0]
        packets.append(data[at:end])
        at = end
    return data[:GLOBAL], packets


def messages(telltale, capture, keys):
    done = subprocess.run([telltale, "messages", capture, "--keys", keys, "--json", "-", "--reveal", "--quiet"],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{capture}: exit {done.returncode}: {done.stderr}")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return [[row for row in rows if row.get("kind") == kind] for kind in ("request", "response")]


def named(row):
    """What a message is: wrong if any of it is. The status may be unknown."""
    return row.get("method"), row.get("url")


def mispaired(whole, got, kept):
    """The responses that are listed under another request than in the whole capture, where packets are those kept."""
    before = [number for number, stays in enumerate(kept, 1) if stays]
    owners = {}
    for row in whole:
        for frame in range(row["frames"][0], row["frames"][-1] + 1):
            owners.setdefault(frame, set()).add(named(row))
    return [row for row in got if row.get("url") and
            named(row) not in owners.get(before[row["frames"][0] - 1], ())]


def lose(telltale, kind, seed, verbose):
    """How many requests remain whole, how many of them are listed, how many are wrong; how many exchanges remain whole,
    and how many of them have their status."""
    header, packets = read_packets(HERE / f"{kind}.pcap")
    keys = HERE / f"{kind}.keys"
    whole, answers = messages(telltale, HERE / f"{kind}.pcap", keys)
    chance = random.Random(f"{kind} {seed}")
    kept = [chance.random() >= LOST for _ in packets]
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "lossy.pcap"
        path.write_bytes(header + b"".join(packet for packet, stays in zip(packets, kept) if stays))
        got, got_answers = messages(telltale, path, keys)
    remain = [row for row in whole if all(kept[row["frames"][0] - 1:row["frames"][-1]])]
    status = {named(row): row.get("status") for row in whole}
    listed = collections.Counter(named(row) for row in got)
    wrong = [row for row in got if row.get("url") and
             (named(row) not in status or row.get("status") not in (None, 0, status[named(row)]))]
    wrong += mispaired(answers, got_answers, kept)
    missed = [row for row in remain if not listed[named(row)]]
    if verbose:
        for row in missed:
            print(f"  {kind} {seed}: missed {named(row)} in flow {row['flow']}, frame {row['frames'][0]}")
        for row in wrong:
            print(f"  {kind} {seed}: wrong {row}")
    def stays(row):
        return all(kept[row["frames"][0] - 1:row["frames"][-1]])
    answered = {named(row) for row in answers if stays(row)}
    exchanges = [row for row in remain if named(row) in answered]
    told = {named(row): row.get("status") for row in got}
    known = [row for row in exchanges if told.get(named(row)) == row.get("status")]
    return len(remain), len(remain) - len(missed), len(wrong), len(exchanges), len(known)


def main():
    verbose = "-v" in sys.argv
    good = True
    for kind in ("http1", "http2", "http3"):
        sums = [sum(column) for column in zip(*(lose(sys.argv[1], kind, seed, verbose) for seed in range(SEEDS)))]
        remain, listed, wrong, exchanges, known = sums
        good = good and listed >= LEAST * remain and known >= STATUS[kind] * exchanges and wrong == 0
        print(f"{kind}: {listed} of {remain} requests that remain whole are listed ({100 * listed / remain:.1f} %), "
              f"{wrong} messages wrong; {known} of {exchanges} whole exchanges have their status "
              f"({100 * known / exchanges:.1f} %)")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
