#!/usr/bin/env python3
"""Are the requests of the fixtures listed as they were made, and as tshark lists them?

usage: tests/peers/run.py TELLTALE [FIXTURE...]

For each entry of fixtures.json `telltale messages` and `tshark`, with the same keys, must list the requests that the entry
tells: method, URL, status, sizes of both bodies; or what was said over DTLS; or the messages of other protocols ("messages",
and what tshark lists of them: "beside"). Where tshark cannot, the entry says why ("tshark_cannot"), and telltale must still
list what was asked for. Where an entry has "leaks", `telltale test` must find these values of the golden cases' owner, each
where it is told to be, and no others, and nothing may stay encrypted; without what opens it, only what was said in clear text,
and the ledger has the rest as encrypted, at the host.
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
SUBJECT, HOST = HERE.parent / "golden" / "subject.yaml", "api.cloud.example"
# Bodies as they are on the wire, and streams put together.
OPTIONS = ["-o", "http.decompress_body:FALSE", "-o", "tcp.reassemble_out_of_order:TRUE"]
JOBS = 2


def row(method, url, status, sent, received):
    return method, url, int(status or 0), sent, received


def output(command, fine=(0,)):
    done = subprocess.run([str(word) for word in command], cwd=HERE, capture_output=True, text=True, timeout=300)
    if done.returncode not in fine:
        raise SystemExit(f"{' '.join(map(str, command))}: exit {done.returncode}: {done.stderr}")
    return done.stdout


# ---- telltale ----------------------------------------------------------------------------------------

def telltale_messages(telltale, entry):
    lines = output([telltale, "messages", entry["capture"], *entry["telltale"], "--json", "-", "--reveal", "--quiet"])
    return [json.loads(line) for line in lines.splitlines()]


def telltale_requests(messages):
    """Each request with the response that follows it: both tell method and URL."""
    messages = [message for message in messages if message.get("method") and message["kind"] in ("request", "response")]
    messages.sort(key=lambda message: message["kind"] != "request")
    waiting, rows = collections.defaultdict(collections.deque), []
    for message in messages:
        key = message["flow"], message["method"], message["url"]
        if message["kind"] == "request":
            waiting[key].append(len(rows))
            rows.append([message["method"], message["url"], message.get("status"), message["body_bytes"], 0])
        elif waiting[key] and (message["status"] >= 200 or message["status"] == rows[waiting[key][0]][2]):
            rows[waiting[key].popleft()][4] = message["body_bytes"]
    return [row(*values) for values in rows], {message["encryption"] for message in messages}


def telltale_data(messages):
    """What no protocol claims, in hexadecimal digits: its first bytes."""
    return [(message["body_head"], message["encryption"]) for message in messages if message["kind"] == "data"]


def told_messages(messages, told):
    """The messages of the protocols and kinds that are told, each with the names that are told of its kind."""
    names = {(message["protocol"], message["kind"]): list(message) for message in told}
    rows = [[(name, message.get(name)) for name in names[message["protocol"], message["kind"]]]
            for message in messages if (message["protocol"], message["kind"]) in names]
    return [json.dumps(row) for row in rows]


NAMES = ["label", "protocol", "path", "transform", "encryption", "opened_with", "direction", "host"]


def telltale_test(telltale, entry, *keys):
    """The leaks, and for each direction at each host how many bytes stayed encrypted."""
    lines = output([telltale, "test", entry["capture"], "--subject", SUBJECT, *keys, "--json", "-", "--quiet"], (0, 1, 3))
    *findings, ledger = map(json.loads, lines.splitlines())
    for finding in findings:
        finding |= {"label": finding["identifier"]["label"], "host": finding["destination"]["host"]}
    sealed = {(row["host"], row["direction"]): row["bytes"]["encrypted"] for row in ledger["coverage"]["destinations"]}
    return [json.dumps([finding[name] for name in NAMES]) for finding in findings], sealed


def asked_leaks(entry):
    opened = "psk" if "--psk" in entry["telltale"] else "private_key" if entry["telltale"][1:2] == [f"{entry['name']}.pem"] else \
        "keylog" if "--keys" in entry["telltale"] else None
    usual = {"encryption": entry["encryption"][-1], "opened_with": opened, "direction": "sent", "host": HOST}
    for leak in entry["leaks"]:
        yield json.dumps([(usual | leak)[name] for name in NAMES]), (usual | leak)["encryption"] == "none"


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


def http1(layer, stream, source, exchanges):
    packet = Packet(layer)
    if "http.request.method" in packet:
        url = packet.text("http.request.full_uri") or packet.text("http.request.uri")
        exchanges[stream].append([packet.text("http.request.method"), url, 0, body_size(packet), 0, source, False])
    elif "http.response.code" in packet:
        waiting = next((e for e in exchanges[stream] if not e[-1]), None)
        if waiting:
            waiting[2], waiting[4], waiting[-1] = packet.text("http.response.code"), body_size(packet), True


def body_size(packet):
    return packet.size("http.file_data")


def http2(layer, stream, source, exchanges):
    for frame in layer.findall("field[@name='http2.stream']"):
        packet = Packet(frame)
        key = stream, packet.text("http2.streamid")
        if "http2.headers.method" in packet:
            url = (f"{packet.text('http2.headers.scheme')}://{packet.text('http2.headers.authority')}"
                   f"{packet.text('http2.headers.path')}")
            exchanges[key].append([packet.text("http2.headers.method"), url, 0, 0, 0, source, False])
        elif exchanges[key] and "http2.headers.status" in packet:
            exchanges[key][-1][2] = packet.text("http2.headers.status")
        elif exchanges[key] and packet.text("http2.type") == "0":
            exchanges[key][-1][3 if exchanges[key][-1][5] == source else 4] += int(packet.text("http2.length"))  # nobody pads


def tshark_requests(entry):
    exchanges = collections.defaultdict(list)
    text = output(["tshark", "-n", "-r", entry["capture"], "-T", "pdml", *OPTIONS, *entry["tshark"]])
    for packet in xml.etree.ElementTree.fromstring(text).iter("packet"):
        stream, source = (next((f.get("show") for f in packet.iter("field") if f.get("name") in names), None)
                          for names in (("tcp.stream", "udp.stream"), ("tcp.srcport", "udp.srcport")))
        for layer in packet.findall("proto"):
            if layer.get("name") == "http":
                http1(layer, stream, source, exchanges)
            elif layer.get("name") == "http2":
                http2(layer, stream, source, exchanges)
    return [row(*exchange[:5]) for stream in exchanges.values() for exchange in stream]


def tshark_data(entry):
    text = output(["tshark", "-n", "-r", entry["capture"], "-T", "fields", "-e", "data.data", *entry["tshark"]])
    return [line for line in text.splitlines() if line]


def tshark_lists(entry):
    for asked in entry.get("beside", ()):
        text = output(["tshark", "-n", "-r", entry["capture"], *OPTIONS, *entry["tshark"], "-Y", asked["filter"], "-T", "fields",
                       "-E", "aggregator=\t", "-e", asked["field"]])
        yield asked, [value for value in text.replace("\t", "\n").splitlines() if value]


# ---- both --------------------------------------------------------------------------------------------

def difference(who, rows, asked):
    missing, more = collections.Counter(asked) - collections.Counter(rows), collections.Counter(rows) - collections.Counter(asked)
    if missing or more:
        yield f"{who} lists {sorted(more.elements())} and not {sorted(missing.elements())}"


def check(telltale, entry):
    asked = [row(*(request[key] for key in ("method", "url", "status", "sent", "received"))) for request in entry["requests"]]
    messages = telltale_messages(telltale, entry)
    rows, encryptions = telltale_requests(messages)
    yield from difference("telltale", rows, asked)
    if asked and sorted(encryptions) != entry["encryption"]:
        yield f"telltale says that the encryption is {sorted(encryptions)}"
    if "data" in entry:
        said = [text.encode().hex() for text in entry["data"]]
        yield from difference("telltale", telltale_data(messages), [(text, *entry["encryption"]) for text in said])
        if "tshark_cannot" not in entry:
            yield from difference("tshark", tshark_data(entry), said)
    elif "tshark_cannot" not in entry and (asked or "messages" not in entry):
        yield from difference("tshark", tshark_requests(entry), asked)
    yield from check_messages(telltale, entry, messages)


def check_messages(telltale, entry, messages):
    told = entry.get("messages", ())
    yield from difference("telltale", told_messages(messages, told), [json.dumps(list(message.items())) for message in told])
    for message in told:
        if not any(m["protocol"] == message["protocol"] and m["encryption"] in entry["encryption"] for m in messages):
            yield f"telltale says another encryption of {message['protocol']}"
    for asked, values in tshark_lists(entry):
        yield from difference(f"tshark ({asked['filter']})", values, asked["values"])
    if "leaks" in entry:
        yield from check_leaks(telltale, entry)


def check_leaks(telltale, entry):
    asked = list(asked_leaks(entry))
    found, sealed = telltale_test(telltale, entry, *entry["telltale"])
    yield from difference("telltale", found, [leak for leak, _ in asked])
    if set(sealed.values()) != {0}:
        yield f"telltale leaves bytes encrypted: {sealed}"
    if not entry["telltale"]:
        return
    found, sealed = telltale_test(telltale, entry)
    yield from difference("without keys telltale", found, [leak for leak, clear in asked if clear])
    if set(sealed) != {(HOST, "sent"), (HOST, "received")} or 0 in sealed.values():
        yield f"without keys telltale has as encrypted: {sealed}"


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
    more, leaks = (sum(len(entry.get(name, ())) for entry in entries) for name in ("messages", "leaks"))
    beside = sum("tshark_cannot" not in entry for entry in entries)
    print(f"{len(entries) - failed} of {len(entries)} fixtures: their {told} requests and {more} other messages are listed as they "
          f"were made, {leaks} leaks found; {beside} held against tshark")
    sys.exit(failed > 0 or not entries)


main()
