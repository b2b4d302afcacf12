"""Chromium with a key log: HTTP/2, HTTP/3 and WebSockets over HTTP/1.1 and HTTP/2, from a page that says things of the owner."""
import base64
import hashlib
import json
import subprocess
import zlib

import space
from maker import ENV, HERE, caddy
from space import CLOUD, HOST

EMAIL, PHONE, IMEI = "asha.rao@mail.example", "+447700900123", "001014001234566"
ORDER, ORDERED = json.dumps({"owner": {"mail": EMAIL}}), b'{"result": "ok"}'
GREETING, ANSWER = json.dumps({"call": PHONE}), "who is there?"
HEAD = "<!DOCTYPE html><html><head><link rel='icon' href='data:,'/>"  # without an icon it asks for one
SHOP = f"""{HEAD}<script>
fetch('/order?device={IMEI}', {{method: 'POST', headers: {{'Content-Type': 'application/json'}}, body: '{ORDER}'}})
</script></head></html>""".encode()
CHAT = f"""{HEAD}<script>
const chat = new WebSocket('wss://{HOST}/chat')
chat.onopen = () => chat.send('{GREETING}')
chat.onmessage = () => chat.close(1000)
</script></head></html>""".encode()
QUIET = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--no-default-browser-check", "--disable-extensions",
         "--disable-background-networking", "--disable-component-update", "--disable-default-apps", "--disable-sync", "--no-pings",
         "--disable-domain-reliability", "--disable-client-side-phishing-detection", "--disable-field-trial-config",
         "--disable-features=OptimizationHints,MediaRouter,NetworkTimeServiceQuerying,Translate,HttpsFirstBalancedMode",
         "--disable-dev-shm-usage",
         f"--host-resolver-rules=MAP {HOST} {CLOUD},MAP * ~NOTFOUND"]


def look(maker, path, *options):
    """Looks at a page for some seconds: nothing tells from outside when its script is done."""
    der = subprocess.run(["openssl", "x509", "-in", maker.work / "ec.pem", "-pubkey", "-noout"], capture_output=True, check=True).stdout
    key = base64.b64decode(b"".join(der.splitlines()[1:-1]))
    known = base64.b64encode(hashlib.sha256(key).digest()).decode()
    maker.run("timeout", "6", "chromium", *QUIET, f"--ssl-key-log-file={maker.log}", f"--user-data-dir={maker.work / 'browser'}",
              f"--ignore-certificate-errors-spki-list={known}", *options, f"https://{HOST}{path}", keys=False)


def shop(*options, udp=False):
    def make(maker):
        pages = {"/shop": (200, SHOP, "text/html"), "/order": (200, ORDERED, "application/json")}
        with caddy(maker, pages=pages), space.captured(HERE / maker.capture):
            look(maker, "/shop", *options)
        maker.asked("GET", "/shop", received=len(SHOP))
        maker.asked("POST", f"/order?device={IMEI}", sent=len(ORDER), received=len(ORDERED))
        for label in ("imei[0]", "email[0]"):  # the page holds them already
            maker.left(label, "http", "http.response.body", "html:/html/head/script", direction="received")
        maker.left("imei[0]", "http", "http.request.uri", "query:device")
        maker.left("email[0]", "http", "http.request.body", "json:$.owner.mail")
        if udp:
            maker.tshark_cannot = "the header fields of HTTP/3"
    return make


def deflated(text):
    """The size of a message behind permessage-deflate (RFC 7692)."""
    coder = zlib.compressobj(wbits=-15)
    return len(coder.compress(text.encode()) + coder.flush(zlib.Z_SYNC_FLUSH)) - 4


def chat(version):
    """hypercorn, which takes WebSockets over HTTP/2 (RFC 8441), too."""
    def make(maker):
        config = maker.work / "hypercorn.toml"
        config.write_text(f'bind = ["{CLOUD}:443"]\ncertfile = "{maker.work / "ec.pem"}"\nkeyfile = "{maker.work / "ec-key.pem"}"\n'
                          f'alpn_protocols = ["{version}"]\n')
        env = dict(ENV, CHAT_PAGE=CHAT.decode(), CHAT_ANSWER=ANSWER)
        with maker.serving("hypercorn", "-c", config, HERE / "chat.py:app", env=env), space.captured(HERE / maker.capture):
            look(maker, "/talk", "--disable-quic")
        maker.asked("GET", "/talk", received=len(CHAT))
        sizes = deflated(GREETING), deflated(ANSWER)
        for size in sizes:
            maker.said("websocket", "text", url=f"https://{HOST}/chat", body_bytes=size)
        if version == "h2":  # messages with their headers, masked on the way to the server; a close with its code
            maker.asked("CONNECT", "/chat", sent=6 + sizes[0] + 6 + 2, received=2 + sizes[1])
        else:
            maker.asked("GET", "/chat", 101, received=0)
            maker.seen("websocket.payload", "websocket.opcode", 1, 1, 8, 8)
        maker.left("phone_number[0]", "http", "http.response.body", "html:/html/head/script", direction="received")
        maker.left("phone_number[0]", "websocket", "websocket.payload", "json:$.call")
    return make


FIXTURES = {
    "chromium-http2": ("Chromium against caddy, HTTP/2", "tls1.3", shop("--disable-quic")),
    "chromium-http3": ("Chromium against caddy, HTTP/3", "quic", shop(f"--origin-to-force-quic-on={HOST}:443", udp=True)),
    "chromium-websocket": ("a WebSocket of Chromium over HTTP/1.1", "tls1.3", chat("http/1.1")),
    "chromium-websocket-http2": ("a WebSocket of Chromium over HTTP/2, on the connection that brought the page", "tls1.3", chat("h2")),
}
