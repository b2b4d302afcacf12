#!/usr/bin/env python3
"""HAR files in a real browser: the network panel of Chromium opens ours, and we read what it saves.

usage: tests/cli/browser.py TELLTALE [--keep FILE]

Headless Chromium shows its own DevTools in a page (as http://127.0.0.1:PORT/devtools/), and is told over the DevTools
protocol what to do there: to import a HAR file into the network log, to list what the log holds, and to export it.
--keep writes what Chromium saved of its own traffic (tests/cli/chromium.har). Skipped where there is no Chromium.
"""
import base64
import http.server
import json
import os
import pathlib
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "golden"
TELLTALE = pathlib.Path(sys.argv[1]).resolve()
CASES = ("http-json", "http-gzip", "http-brotli", "http-multipart", "http-cookie", "http-query", "http-received",
         "http-protobuf", "http2", "http2-body", "http-event-stream", "websocket", "websocket-deflate")
IMEI, EMAIL = "001014001234566", "asha.rao@mail.example"
SHEET = f"identifiers: {{imei: \"{IMEI}\", email: {EMAIL}}}\n"
PAGE = f"""<!DOCTYPE html><html><head><link rel='icon' href='data:,'/><script>
fetch('/order?device={IMEI}', {{method: 'POST', headers: {{'Content-Type': 'application/json'}},
body: JSON.stringify({{owner: {{mail: '{EMAIL}'}}}})}})
</script></head></html>""".encode()

# What the network log shows of each request.
LIST = """(async () => {
  const logs = await import('./models/logs/logs.js');
  const shown = [];
  for (const request of logs.NetworkLog.NetworkLog.instance().requests()) {
    const body = await request.requestContentData();
    shown.push({url: request.url(), method: request.requestMethod, status: request.statusCode,
                size: request.resourceSize, type: request.resourceType().name(), sent: await request.requestFormData(),
                body: body.error || (body.isTextContent ? body.text : body.base64),
                headers: request.responseHeaders.map(field => field.name),
                messages: request.frames().map(frame => [frame.type, frame.opCode, frame.text])});
  }
  return shown;
})()"""
IMPORT = """(async text => {
  const har = await import('./models/har/har.js');
  const logs = await import('./models/logs/logs.js');
  const log = logs.NetworkLog.NetworkLog.instance();
  log.reset(true);
  log.importRequests(har.Importer.Importer.requestsFromHARLog(new har.HARFormat.HARRoot(JSON.parse(text)).log));
})"""
EXPORT = """(async () => {
  const har = await import('./models/har/har.js');
  const logs = await import('./models/logs/logs.js');
  const requests = logs.NetworkLog.NetworkLog.instance().requests();
  const progress = {createSubProgress: () => ({worked: 0, canceled: false})};
  return har.Writer.Writer.harStringForRequests(requests, {sanitize: false}, progress);
})()"""


class Link:
    """The DevTools protocol over a WebSocket."""

    def __init__(self, url):
        address, path = url.split("//")[1].split("/", 1)
        host, port = address.split(":")
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket = socket.create_connection((host, int(port)), timeout=60)
        self.socket.sendall((f"GET /{path} HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\n"
                             f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n").encode())
        self.stream = self.socket.makefile("rb")
        while self.stream.readline() not in (b"\r\n", b""):
            pass
        self.number = 0

    def receive(self):
        text, last = b"", False
        while not last:
            first, length = struct.unpack("!BB", self.stream.read(2))
            if length >= 126:
                size = "!H" if length == 126 else "!Q"
                (length,) = struct.unpack(size, self.stream.read(struct.calcsize(size)))
            text += self.stream.read(length)
            last = first & 0x80 != 0
        return json.loads(text)

    def call(self, method, **parameters):
        self.number += 1
        text = json.dumps({"id": self.number, "method": method, "params": parameters}).encode()
        self.socket.sendall(struct.pack("!BBQI", 0x81, 0xff, len(text), 0) + text)  # masked with zeros
        while (answer := self.receive()).get("id") != self.number:
            pass
        assert "error" not in answer, answer
        return answer["result"]

    def evaluate(self, script):
        answer = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")


class Browser:
    """Chromium, with its DevTools open on an empty page."""

    def __init__(self, folder):
        self.process = subprocess.Popen(
            ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             "--disable-background-networking", "--remote-debugging-port=0", "--remote-allow-origins=*",
             f"--user-data-dir={folder / 'profile'}", "about:blank"],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        url = next(line.split()[-1] for line in self.process.stderr if "DevTools listening on" in line)
        threading.Thread(target=self.process.stderr.read, daemon=True).start()
        place = url.split("//")[1].split("/")[0]
        browser = Link(url)
        page, tools = (browser.call("Target.createTarget", url="about:blank")["targetId"] for _ in range(2))
        self.page, self.tools = (Link(f"ws://{place}/devtools/page/{target}") for target in (page, tools))
        self.tools.call("Page.navigate",
                        url=f"http://{place}/devtools/devtools_app.html?ws={place}/devtools/page/{page}&panel=network")
        self.wait(lambda: self.tools.evaluate(
            "import('./core/sdk/sdk.js').then(sdk => sdk.TargetManager.TargetManager.instance().targets().length > 0,"
            " () => false)"))

    def wait(self, done):
        for _ in range(300):
            if done():
                return
            time.sleep(0.2)
        raise AssertionError("Chromium does not come that far")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def run(*arguments):
    done = subprocess.run([TELLTALE, *arguments], capture_output=True, text=True)
    assert done.returncode in (0, 1, 3), done.stderr
    return done.stdout


def findings_of(capture, sheet):
    rows = [json.loads(line) for line in run("test", capture, "--subject", sheet, "--json", "-", "--quiet").splitlines()]
    return {(row["identifier"]["label"], row["form"], tuple(row["transform"]), row["direction"],
             row["destination"]["host"], row["path"][-1]) for row in rows[:-1]}


def check_entry(entry, shown):
    request, response, content = entry["request"], entry["response"], entry["response"]["content"]
    assert (shown["url"], shown["method"], shown["status"]) == (request["url"], request["method"], response["status"])
    assert shown["headers"] == [field["name"] for field in response["headers"]], shown
    assert (shown["sent"] or "") == request.get("postData", {}).get("text", ""), shown
    messages = [[m["type"], m["opcode"], m["data"]] for m in entry.get("_webSocketMessages", [])]
    assert shown["messages"] == messages, (shown["messages"], messages)
    assert (shown["type"] == "websocket") == (messages != []), shown
    if response["status"] != 101:
        assert (shown["size"], shown["body"]) == (content["size"], content.get("text", "")), (shown, content)


def the_network_panel_opens_our_har(browser, folder):
    entries, messages = 0, 0
    for case in CASES:
        har = folder / f"{case}.har"
        run("messages", GOLDEN / case / "leak.pcap", "--har", har, "--reveal", "--quiet")
        told = json.loads(har.read_text())["log"]["entries"]
        browser.tools.evaluate(f"{IMPORT}({json.dumps(har.read_text())})")
        shown = browser.tools.evaluate(LIST)
        assert len(shown) == len(told) > 0, (case, shown)
        for entry, row in zip(told, shown):
            check_entry(entry, row)
        entries += len(told)
        messages += sum(len(row["messages"]) for row in shown)
    print(f"      {entries} requests and {messages} messages of WebSockets, shown as they were written")


def what_it_saves_of_them_says_the_same(browser, folder):
    for case in CASES:
        har, saved = folder / f"{case}.har", folder / f"{case}.saved.har"
        browser.tools.evaluate(f"{IMPORT}({json.dumps(har.read_text())})")
        saved.write_text(browser.tools.evaluate(EXPORT))
        told = [findings_of(capture, GOLDEN / "subject.yaml") for capture in (har, saved)]
        assert told[0] == told[1] != set(), (case, told)


class Shop(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer(PAGE, "text/html")

    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        self.answer(b'{"result": "ok"}', "application/json")

    def answer(self, body, kind):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def what_it_saves_of_its_own_traffic_is_read(browser, folder):
    logs = "import('./models/logs/logs.js').then(logs => logs.NetworkLog.NetworkLog.instance()"
    browser.tools.evaluate(f"{logs}.reset(true))")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Shop) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser.page.call("Page.navigate", url=f"http://127.0.0.1:{server.server_port}/shop")
        browser.wait(lambda: browser.tools.evaluate(
            f"{logs}.requests().filter(request => request.finished && request.url().startsWith('http')).length)") >= 2)
        saved = folder / "own.har"
        saved.write_text(browser.tools.evaluate(EXPORT))
        server.shutdown()
    (folder / "sheet.yaml").write_text(SHEET)
    sent = {row[:5] + (row[5].split(":")[0],) for row in findings_of(saved, folder / "sheet.yaml") if row[3] == "sent"}
    host = "127.0.0.1"
    assert sent == {("imei[0]", "digits", (), "sent", host, "query"), ("email[0]", "text", (), "sent", host, "json")}, sent
    if "--keep" in sys.argv:
        shutil.copy(saved, sys.argv[sys.argv.index("--keep") + 1])


def main():
    if shutil.which("chromium") is None:
        print("skip  chromium is not here: no browser opens a HAR file")
        return
    failed = 0
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name, Browser(pathlib.Path(name)) as browser:
        for check in (the_network_panel_opens_our_har, what_it_saves_of_them_says_the_same,
                      what_it_saves_of_its_own_traffic_is_read):
            try:
                check(browser, pathlib.Path(name))
                print(f"ok    {check.__name__}")
            except AssertionError as error:
                failed += 1
                print(f"FAIL  {check.__name__}: {error}")
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
