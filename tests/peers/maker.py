"""What fixtures are made with: the maker of one, the pages that are asked for, and caddy, which serves them."""
import contextlib
import http.server
import os
import pathlib
import signal
import subprocess
import threading
import time

from space import CLOUD, HOST

HERE = pathlib.Path(__file__).resolve().parent
PSK = "5d0a4f1c9b7e62338a41d6c0f2975eab"
PAGE = b"a page for the peers, " * 9
LONG = b"".join(b"%05d of a longer page\n" % line for line in range(300))
ENV = dict(os.environ, OPENSSL_CONF="/dev/null")  # Debian's sets a least version and level


class Maker:
    """What one fixture is made with: a folder of its own, with pages, keys and certificates."""

    def __init__(self, name, work):
        self.name, self.work = name, work
        self.log = HERE / f"{name}.keys"
        self.requests, self.telltale, self.tshark, self.made = [], [], [], []
        self.capture = f"{name}.pcap"
        self.data = []
        self.messages, self.beside, self.leaks = [], [], []
        self.outer = None  # of requests to a proxy
        self.tshark_cannot = "ARIA" if "aria" in name else "ChaCha20 in DTLS" if name == "dtls1.2-chacha20" else None
        self.log.unlink(missing_ok=True)

    # ---- what was asked for ----

    def asked(self, method, path, status=200, sent=0, received=len(PAGE), scheme="https"):
        self.requests.append({"method": method, "url": f"{scheme}://{HOST}{path}", "status": status, "sent": sent,
                              "received": received})

    def said(self, protocol, kind, **named):
        """A message of another protocol than HTTP; of this protocol and kind there are no others than are told."""
        self.messages.append({"protocol": protocol, "kind": kind, **named})

    def seen(self, what, field, *values):
        """What tshark must list: the values of a field in what its filter lets pass."""
        self.beside.append({"filter": what, "field": field, "values": sorted(map(str, values))})

    def left(self, label, protocol, *path, transform=(), **named):
        """A value of tests/golden/subject.yaml that the device sends; there are no others than are told."""
        self.leaks.append({"label": label, "protocol": protocol, "path": list(path), "transform": list(transform), **named})

    def did(self, words, *more):
        told = " ".join(pathlib.Path(w).name if w.startswith("/") else w for w in map(str, words))
        self.made.append(told.replace(f"{self.work}/", "").replace(f"{HERE}/", "") + "".join(more))

    def run(self, *command, keys=True, **options):
        """Runs a client; what it was is told in fixtures.json."""
        words = [str(word) for word in command]
        self.did(words)
        env = dict(ENV, SSLKEYLOGFILE=str(self.log)) if keys else ENV
        return subprocess.run(words, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=30, **options)

    @contextlib.contextmanager
    def serving(self, *command, port=443, udp=False, env=ENV, **options):
        words = [str(word) for word in command]
        self.did(words)
        with subprocess.Popen(words, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              cwd=self.work, **options) as server:
            if port is not None:
                listening(port, udp)
            try:
                yield server
            finally:
                server.send_signal(signal.SIGTERM)
                server.stdin.close()
                server.stdout.close()

    def entry(self, what, encryption):
        keys = ["--keys", self.log.name] if self.log.exists() else []
        told = {name: value for name in ("data", "messages", "beside", "leaks") if (value := getattr(self, name))}
        told |= {"tshark_cannot": self.tshark_cannot} if self.tshark_cannot else {}
        return {"name": self.name, "what": what, "capture": self.capture, "encryption": sorted({encryption, self.outer or encryption}),
                "telltale": self.telltale or keys,
                "tshark": self.tshark or (["-o", f"tls.keylog_file:{self.log.name}"] if keys else []),
                "requests": self.requests, "made": self.made, **told}


def listening(port, udp=False):
    """Waits until somebody listens; looked up, so that no connection is made."""
    table = ["/proc/net/udp", "/proc/net/udp6"] if udp else ["/proc/net/tcp", "/proc/net/tcp6"]
    for _ in range(200):
        rows = [row.split() for path in table for row in pathlib.Path(path).read_text().splitlines()[1:]]
        if any(int(row[1].split(":")[1], 16) == port and (udp or row[3] == "0A") for row in rows):
            return
        time.sleep(0.05)
    raise SystemExit(f"nobody listens on port {port}")


# ---- caddy, and what is behind it ---------------------------------------------------------------------

CADDY = """{{
    admin off
    auto_https off
    default_bind {cloud}
    servers {{
        protocols h1 h2 h2c h3
    }}
}}
{scheme}://{host} {{
    {tls}
    reverse_proxy {behind}
}}
"""
FORM = b"name=Asha&note=" + b"nothing+much+" * 30
MADE, AWAY, TEXT = b'{"result": "ok"}', b"not here", "text/plain"
PAGES = {"/page.txt": (200, PAGE, TEXT), "/long.txt": (200, LONG, TEXT), "/form": (201, MADE, TEXT), "/none": (204, b"", TEXT)}


class Pages(http.server.BaseHTTPRequestHandler):
    """Behind caddy, where the ear does not hear it."""
    protocol_version = "HTTP/1.1"

    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, body, kind = self.server.pages.get(self.path.split("?")[0], (404, AWAY, TEXT))
        self.send_response(status)
        if body:
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_DELETE = answer

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def caddy(maker, udp=False, pages=None, log=None, behind="127.0.0.1:8000", scheme="https"):
    """`log`: a key log that the server writes; `behind`: who answers."""
    config = maker.work / "Caddyfile"
    told = f"{{\ninsecure_secrets_log {log}\n}}" if log else ""
    tls = f"tls {maker.work / 'ec.pem'} {maker.work / 'ec-key.pem'} {told}" if scheme == "https" else ""
    config.write_text(CADDY.format(cloud=CLOUD, scheme=scheme, host=HOST, tls=tls, behind=behind))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 8000), Pages)
    server.pages = pages or PAGES
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with maker.serving("caddy", "run", "--config", config, port=443 if scheme == "https" else 80, udp=udp):
        yield
    server.shutdown()
    server.server_close()
