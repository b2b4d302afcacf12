#!/usr/bin/env python3
"""Are the requests of the fixtures listed as they were made, and as tshark lists them?

usage: tests/peers/run.py TELLTALE [FIXTURE...]

For each entry of fixtures.json `telltale messages` and `tshark`, with the same keys, must list the requests that the entry
tells: method, URL, status, sizes of both bodies; or what was said over DTLS. Where tshark cannot, the entry says why
("tshark_cannot"), and telltale must still list what was asked for.
"""
import collections
import concurrent.futures
import json
import pathlib
import shutil
import subprocess
import sys
import xml.etree.ElementTree

HERE = pathlib.Path(__file__).resolve().parent
# Bodies as they are on the wire, and streams put together.
OPTIONS = ["-o", "http.decompress_body:FALSE", "-o", "tcp.reassemble_out_of_order:TRUE"]
JOBS = 2


def row(method, url, status, sent, received):
    return method, url, int(status or 0), sent, received


def output(command):
    done = subprocess.run([str(word) for word in command], cwd=HERE, capture_output=True, text=True, timeout=300)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))}: exit {done.returncode}: {done.stderr}")
    return done.stdout


# ---- telltale ----------------------------------------------------------------------------------------

def telltale_requests(telltale, entry):
    """Each request with the response that follows it: both tell method and URL."""
    lines = output([telltale, "messages", entry["capture"], *entry["telltale"], "--json", "-", "--reveal", "--quiet"])
    messages = [message for line in lines.splitlines() if (message := json.loads(line)).get("method")]
    messages.sort(key=lambda message: message["kind"] != "request")
    waiting, rows = collections.defaultdict(collections.deque), []
    for message in messages:
        key = message["flow"], message["method"], message["url"]
        if message["kind"] == "request":
            waiting[key].append(len(rows))
            rows.append([message["method"], message["url"], message.get("status"), message["body_bytes"], 0])
        elif message["kind"] == "response" and waiting[key]:
            rows[waiting[key].popleft()][4] = message["body_bytes"]
    return [row(*values) for values in rows], {message["encryption"] for message in messages}


def telltale_data(telltale, entry):
    """What no protocol claims, in hexadecimal digits: its first bytes."""
    lines = output([telltale, "messages", entry["capture"], *entry["telltale"], "--json", "-", "--reveal", "--quiet"])
    return [(m["body_head"], m["encryption"]) for line in lines.splitlines() if (m := json.loads(line))["kind"] == "data"]


# ---- tshark ------------------------------------------------------------------------------------------

class Packet:
    """The fields of one protocol layer of a packet: first values, and sizes."""

    def __init__(self, layer):
        self.fields = collections.defaultdict(list)
        for field in layer.iter("field"):
            self.fields[field.get("name")].append(field)

    def __contains__(self, name):
        return name in self.fields

    def text(self, name):
        return self.fields[name][0].get("show") if name in self.fields else None

    def size(self, name):
        return sum(int(field.get("size")) for field in self.fields.get(name, ()))


def http1(layer, stream, exchanges):
    packet = Packet(layer)
    if "http.request.method" in packet:
        url = packet.text("http.request.full_uri") or packet.text("http.request.uri")
        exchanges[stream].append([packet.text("http.request.method"), url, 0, body_size(packet), 0, False])
    elif "http.response.code" in packet:
        waiting = next((e for e in exchanges[stream] if not e[5]), None)
        if waiting:
            waiting[2], waiting[4], waiting[5] = packet.text("http.response.code"), body_size(packet), True


def body_size(packet):
    return packet.size("http.file_data")


def http2(layer, stream, exchanges):
    for frame in layer.findall("field[@name='http2.stream']"):
        packet = Packet(frame)
        key = stream, packet.text("http2.streamid")
        if "http2.headers.method" in packet:
            url = (f"{packet.text('http2.headers.scheme')}://{packet.text('http2.headers.authority')}"
                   f"{packet.text('http2.headers.path')}")
            exchanges[key].append([packet.text("http2.headers.method"), url, 0, 0, 0, False])
        elif exchanges[key] and "http2.headers.status" in packet:
            exchanges[key][-1][2] = packet.text("http2.headers.status")
        elif exchanges[key] and packet.text("http2.type") == "0":
            exchanges[key][-1][4 if exchanges[key][-1][2] else 3] += int(packet.text("http2.length"))  # nobody pads


def tshark_requests(entry):
    exchanges = collections.defaultdict(list)
    text = output(["tshark", "-n", "-r", entry["capture"], "-T", "pdml", *OPTIONS, *entry["tshark"]])
    for packet in xml.etree.ElementTree.fromstring(text).iter("packet"):
        stream = next((f.get("show") for f in packet.iter("field") if f.get("name") in ("tcp.stream", "udp.stream")), None)
        for layer in packet.findall("proto"):
            if layer.get("name") == "http":
                http1(layer, stream, exchanges)
            elif layer.get("name") == "http2":
                http2(layer, stream, exchanges)
    return [row(*exchange[:5]) for stream in exchanges.values() for exchange in stream]


def tshark_data(entry):
    text = output(["tshark", "-n", "-r", entry["capture"], "-T", "fields", "-e", "data.data", *entry["tshark"]])
    return [line for line in text.splitlines() if line]


# ---- both --------------------------------------------------------------------------------------------

def difference(who, rows, asked):
    missing, more = collections.Counter(asked) - collections.Counter(rows), collections.Counter(rows) - collections.Counter(asked)
    if missing or more:
        yield f"{who} lists {sorted(more.elements())} and not {sorted(missing.elements())}"


def check(telltale, entry):
    asked = [row(*(request[key] for key in ("method", "url", "status", "sent", "received"))) for request in entry["requests"]]
    rows, encryptions = telltale_requests(telltale, entry)
    yield from difference("telltale", rows, asked)
    if asked and sorted(encryptions) != entry["encryption"]:
        yield f"telltale says that the encryption is {sorted(encryptions)}"
    if "data" in entry:
        said = [text.encode().hex() for text in entry["data"]]
        yield from difference("telltale", telltale_data(telltale, entry), [(text, *entry["encryption"]) for text in said])
        if "tshark_cannot" not in entry:
            yield from difference("tshark", tshark_data(entry), said)
    elif "tshark_cannot" not in entry:
        yield from difference("tshark", tshark_requests(entry), asked)


def main():
    telltale, names = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2:]
    if not shutil.which("tshark"):
        raise SystemExit("tshark is missing: tools/install-deps check")
    entries = [e for e in json.loads((HERE / "fixtures.json").read_text()) if not names or e["name"] in names]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        for entry, said in zip(entries, pool.map(lambda e: list(check(telltale, e)), entries)):
            failed += bool(said)
            for text in said:
                print(f"{entry['name']}: {text}")
    told = sum(len(entry["requests"]) for entry in entries)
    beside = sum("tshark_cannot" not in entry for entry in entries)
    print(f"{len(entries) - failed} of {len(entries)} fixtures: their {told} requests are listed as they were made; "
          f"{beside} held against tshark")
    sys.exit(failed > 0 or not entries)


main()
