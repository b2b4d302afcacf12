#!/usr/bin/env python3
"""Holds each golden case over TCP or UDP against its twin under TLS or DTLS, which says the same bytes.

usage: tests/golden/twins.py TELLTALE [CASE...]

What must be found is computed from leak.jsonl of the clear case, by rule:

- with tls.keys: the same findings, with the same proofs, but for what tells of the encryption; in the frames that carry the records
  in which the segments of the clear case went; at the same host, or at that of the SNI where the clear case has none;
- without keys: nothing, and the ledger has the bytes as encrypted, at the host of the SNI.

What is said on the link layer, to everybody, or encrypted already has no twin.
"""
import json
import pathlib
import subprocess
import sys

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "peers"))
import space  # noqa: E402

PORTS = {21: 990, 25: 465, 53: 853, 80: 443, 110: 995, 143: 993, 389: 636, 587: 465, 1883: 8883, 5222: 5223, 8080: 443}
ADDED = (16, 17, 24)  # bytes of a record beyond its plaintext: ChaCha20 and GCM of (D)TLS 1.2, all of TLS 1.3
APPLICATION_DATA = 23
# Tells of the encryption, or is judged by it; of the time, or of how much was searched; or has a rule of its own below.
DIFFERENT = {"encryption", "cipher", "opened_with", "verdict", "clauses", "severity", "first_seen", "last_seen", "chance",
             "capture", "destination", "domain", "protocol", "frames", "frame_count"}


def secure_port(port, udp=False):
    return port if udp else PORTS.get(port, port)


def clear_findings(folder):
    return [json.loads(line) for line in (folder / "leak.jsonl").read_text().splitlines()][:-1]


def has_twin(folder):
    """Something is lost there in clear text, from the device to the cloud, in a pcap file."""
    capture = folder / "leak.pcap"
    if not (folder / "leak.jsonl").exists() or capture.read_bytes()[:4] != b"\xd4\xc3\xb2\xa1":
        return False
    findings = clear_findings(folder)
    return (bool(findings) and all(finding["encryption"] == "none" for finding in findings) and
            space.CLOUD in {end[0] for ends in space.directions(capture) for end in ends})


def cases():
    return [path.parent.name for path in sorted(HERE.glob("*/expect.json")) if has_twin(path.parent)]


def run(telltale, folder, *options):
    command = [telltale, "test", folder / "tls.pcap", "--subject", HERE / "subject.yaml", "--json", "-", "--quiet", *options]
    if (recipes := folder / "recipes.yaml").exists():
        command += ["--recipes", recipes]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode not in (0, 1, 3):
        raise SystemExit(f"{folder.name}: exit {done.returncode}: {done.stderr}")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return rows[:-1], rows[-1]["coverage"]


def in_tls(step):
    """What no protocol claims is named after what carries it."""
    return {"tcp.payload": "tls.payload", "udp.payload": "dtls.payload"}.get(step, step)


def essence(finding):
    """What both must agree in, the path of a clear one as it is under TLS."""
    kept = {key: value for key, value in finding.items() if key not in DIFFERENT}
    return dict(kept, path=[in_tls(step) for step in finding["path"]],
                proof=[dict(step, step=in_tls(step["step"])) for step in finding["proof"]])


class Carried:
    """Which frames of the twin carry what a frame of the clear case does: found by the lengths of the records."""

    def __init__(self, folder):
        clear, secure = folder / "leak.pcap", folder / "tls.pcap"
        self.udp = next(space.segments(clear), None) is None
        self.frames, self.bytes = {}, {"sent": 0, "received": 0}
        for there, here in zip(space.directions(clear), space.directions(secure)):
            records = [r for r in space.records(secure, *here) if r[0] == APPLICATION_DATA]
            said = [s for s in space.said(clear) if (s.source, s.target) == there]
            own = self.find(records, [len(s.data) for s in said])
            if own is None:
                raise ValueError("the twin does not hold what leak.pcap does: make_twins.py makes it again")
            self.bytes["sent" if here[0][0] == space.DEVICE else "received"] += sum(length for _, length, _ in own)
            self.frames.update((s.frame, record[2]) for s, record in zip(said, own))

    @staticmethod
    def find(records, lengths):
        for at in reversed(range(len(records) - len(lengths) + 1)):
            own = records[at:at + len(lengths)]
            added = {record[1] - length for record, length in zip(own, lengths)}
            if not added or (len(added) == 1 and added <= set(ADDED)):
                return own
        return None


def check_finding(clear, finding, carried):
    there, here = clear["destination"], finding["destination"]
    if here["address"] != there["address"] or here["port"] != secure_port(there["port"], carried.udp):
        yield f"it went to {here}"
    wanted = (there["host"], "http") if there["host_source"] == "http" else (space.HOST, "sni")  # which is above DNS
    if (here["host"], here["host_source"]) != wanted:
        yield f"the host is {here['host']} from {here['host_source']}, not {wanted}"
    if finding["domain"] != (clear["domain"] if there["host_source"] == "http" else "cloud.example"):
        yield f"the domain is {finding['domain']}"
    if {"name": space.HOST, "source": "sni"} not in here["names"]:
        yield "the name of the SNI is missing"
    frames = sorted({number for frame in clear["frames"] for number in carried.frames[frame]})
    if finding["frames"] != frames:
        yield f"frames {finding['frames']}, not {frames}"
    if finding["encryption"] not in ("tls1.2", "tls1.3", "dtls1.2") or not finding["cipher"] or finding["opened_with"] != "keylog":
        yield f"{finding['encryption']}, {finding['cipher']}, opened with {finding['opened_with']}"
    if "clear-text" in finding["clauses"]:
        yield "it is judged as if it were in clear text"


def check_opened(folder, findings, coverage, carried):
    """The same findings, whatever their order."""
    left = list(findings)
    for clear in clear_findings(folder):
        same = next((f for f in left if essence(f) == essence(clear)), None)
        if same is None:
            differ = [key for f in left for key, value in essence(f).items() if value != essence(clear)[key]]
            yield f"with keys: {clear['path']} is not found as in clear text ({', '.join(differ) or 'nothing is'})"
            continue
        left.remove(same)
        yield from check_finding(clear, same, carried)
    for finding in left:
        yield f"with keys: a false accusation: {finding['path']}, {finding['proof']}"
    if coverage["totals"]["encrypted"]:
        yield f"with keys: {coverage['totals']['encrypted']} bytes are still encrypted"


def check_closed(findings, coverage, carried):
    if findings:
        yield f"without keys: found {findings[0]['path']}"
    for direction, wanted in carried.bytes.items():
        said = sum(d["bytes"]["encrypted"] for d in coverage["destinations"]
                   if d["host"] == space.HOST and d["direction"] == direction)
        if said < wanted:
            yield f"without keys: {said} bytes {direction} are told as encrypted, {wanted} were"


def check(telltale, folder):
    if not (folder / "tls.pcap").exists():
        yield "there is no twin: make_twins.py makes it"
        return
    try:
        carried = Carried(folder)
    except ValueError as error:
        yield error
        return
    yield from check_opened(folder, *run(telltale, folder, "--keys", folder / "tls.keys"), carried)
    yield from check_closed(*run(telltale, folder), carried)


def main():
    telltale, failed = sys.argv[1], 0
    names = sys.argv[2:] or cases()
    for case in names:
        said = list(check(telltale, HERE / case))
        failed += bool(said)
        for text in said:
            print(f"{case}: {text}")
    print(f"{len(names) - failed} golden cases are found under encryption as in clear text, {failed} not")
    sys.exit(failed > 0 or not names)


if __name__ == "__main__":
    main()
