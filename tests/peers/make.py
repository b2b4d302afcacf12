#!/usr/bin/env python3
"""Makes the captures of tests/peers: real clients and servers that encrypt, in a network namespace of their own.
Needs root and the packages of `tools/install-deps fixtures`.

usage: tests/peers/make.py [FIXTURE...]

A fixture is NAME.pcap (or .pcapng), what opens it (NAME.keys, NAME.pem, or a pre-shared key), and its entry in fixtures.json:
what it is, how it was made, and the requests that were made, written here and not read from any capture.
"""
import contextlib
import json
import pathlib
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
import broker  # noqa: E402
import browser  # noqa: E402
import framing  # noqa: E402
import resolver  # noqa: E402
import space  # noqa: E402
import starttls  # noqa: E402
from maker import AWAY, ENV, FORM, HERE, LONG, MADE, PAGE, PSK, Maker, caddy  # noqa: E402
from space import CLOUD, DEVICE, HOST  # noqa: E402


def get(path):
    return f"GET {path} HTTP/1.0\r\nHost: {HOST}\r\n\r\n".encode()


def answer(page):
    """s_server -HTTP sends a file as it stands, head included."""
    return b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n" % len(page) + page


# ---- openssl s_client and s_server -------------------------------------------------------------------

def server_words(maker, options, kind="ec"):
    return ["openssl", "s_server", "-accept", f"{CLOUD}:443", "-cert", maker.work / f"{kind}.pem",
            "-key", maker.work / f"{kind}-key.pem", *options]


def client_words(maker, options, keys=True):
    log = ["-keylogfile", maker.log] if keys else []
    return ["openssl", "s_client", "-connect", f"{CLOUD}:443", "-bind", f"{DEVICE}:0", "-servername", HOST, *log, *options]


def talk(maker, client=(), server=(), kind="ec", keys=True, times=1, page="/page.txt", said=None):
    """One request for each connection; the options of the client may differ from one to the next."""
    with maker.serving(*server_words(maker, ["-HTTP", *server], kind)), space.captured(HERE / maker.capture):
        for number in range(times):
            options = client(number) if callable(client) else client
            maker.asked("GET", page, received=len(LONG if page == "/long.txt" else PAGE))
            if said is None:
                maker.run(*client_words(maker, ["-quiet", *options], keys), input=get(page), keys=False)
            else:
                slowly(maker, client_words(maker, options, keys), said)
    if not keys:
        maker.log.unlink(missing_ok=True)


def slowly(maker, words, pieces):
    """A client that is typed to: commands of s_client are lines of their own."""
    words = [str(word) for word in words]
    maker.did(words, " <- ", ", ".join(piece.decode().split("\r")[0].strip() for piece in pieces))
    with subprocess.Popen(words, env=ENV, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
        for piece in pieces:
            time.sleep(0.4)
            child.stdin.write(piece)
            child.stdin.flush()
        child.wait(timeout=10)


def suite(version, cipher, kind="ec", **more):
    """A version and a cipher of its own choice on both sides."""
    option = ["-ciphersuites" if version == "-tls1_3" else "-cipher", cipher + ("" if version == "-tls1_3" else ":@SECLEVEL=0")]
    return lambda maker: talk(maker, [version, *option], [version, *option], kind, **more)


VERSIONS = {"-tls1": "tls1.0", "-tls1_1": "tls1.1", "-tls1_2": "tls1.2", "-tls1_3": "tls1.3"}
SUITES = {  # what names the fixture, the version, the cipher of OpenSSL, the key of the server
    "-tls1_3": ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256",
                "TLS_AES_128_CCM_SHA256", "TLS_AES_128_CCM_8_SHA256"],
    "-tls1_2": ["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305",
                "ECDHE-ECDSA-AES128-CCM", "ECDHE-ECDSA-AES256-CCM", "ECDHE-ECDSA-AES128-CCM8", "ECDHE-ECDSA-AES256-CCM8",
                "ECDHE-ECDSA-ARIA128-GCM-SHA256", "ECDHE-ECDSA-ARIA256-GCM-SHA384", "ECDHE-ECDSA-CAMELLIA128-SHA256",
                "ECDHE-ECDSA-CAMELLIA256-SHA384", "ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES128-SHA256",
                "ECDHE-ECDSA-AES256-SHA384", "ECDHE-ECDSA-NULL-SHA", "DHE-RSA-AES128-SHA256", "DHE-RSA-CAMELLIA256-SHA",
                "DHE-RSA-AES256-CCM8", "AES128-GCM-SHA256", "AES256-SHA256", "CAMELLIA128-SHA", "NULL-SHA256", "NULL-MD5",
                "ADH-AES128-SHA256", "AECDH-AES256-SHA"],
    "-tls1_1": ["ECDHE-ECDSA-AES128-SHA", "AES256-SHA", "DHE-RSA-CAMELLIA128-SHA", "NULL-SHA"],
    "-tls1": ["ECDHE-ECDSA-AES256-SHA", "AES128-SHA", "CAMELLIA256-SHA", "AECDH-NULL-SHA"],
}
FIXTURES = {}
for flag, ciphers in SUITES.items():
    for cipher in ciphers:
        FIXTURES[f"{VERSIONS[flag]}-{cipher.lower().replace('_', '-').removeprefix('tls-')}"] = (
            f"{VERSIONS[flag]} with {cipher}", VERSIONS[flag],
            suite(flag, cipher, "ec" if "ECDSA" in cipher or "TLS_" in cipher else "rsa"))


def private_key(version, cipher):
    def make(maker):
        suite(version, cipher, "rsa", keys=False)(maker)
        key = HERE / f"{maker.name}.pem"
        shutil.copy(maker.work / "rsa-key.pem", key)
        maker.telltale, maker.tshark = ["--keys", key.name], ["-o", f"uat:rsa_keys:\"{key.name}\",\"\""]
    return make


def shared_key(version, *options, log=False):
    def make(maker):
        both = [version, "-psk", PSK, *options]
        talk(maker, both, [*both, "-nocert"], keys=log)
        if not log:
            maker.telltale, maker.tshark = ["--psk", PSK], ["-o", f"tls.psk:{PSK}"]
    return make


def resumed(version, *server):
    def make(maker):
        session = maker.work / "session"
        talk(maker, lambda number: [version, "-sess_in" if number else "-sess_out", session], [version, *server], times=2)
    return make


def with_options(client=(), server=(), **more):
    return lambda maker: talk(maker, list(client), list(server), **more)


def early_data(maker):
    """s_server speaks no HTTP where it takes early data: its answer is typed, for a request that came before the handshake was
    through."""
    session, request = maker.work / "session", maker.work / "request"
    request.write_bytes(get("/page.txt"))
    with maker.serving(*server_words(maker, ["-tls1_3", "-early_data", "-quiet"])) as server, \
            space.captured(HERE / maker.capture):
        for number, options in enumerate((["-sess_out", session], ["-sess_in", session, "-early_data", request])):
            words = [str(w) for w in client_words(maker, ["-tls1_3", "-ign_eof", *options])]
            maker.did(words)
            with subprocess.Popen(words, env=ENV, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL) as client:
                time.sleep(0.5)
                if number == 0:
                    client.stdin.write(get("/page.txt"))
                    client.stdin.flush()
                    time.sleep(0.3)
                maker.asked("GET", "/page.txt")
                server.stdin.write(answer(PAGE))
                server.stdin.flush()
                time.sleep(0.4)
                client.kill()


def secrets_in_capture(maker):
    """The key log goes into the capture, as its first block."""
    suite("-tls1_3", "TLS_AES_128_GCM_SHA256")(maker)
    plain = HERE / maker.capture
    maker.capture = f"{maker.name}.pcapng"
    subprocess.run(["editcap", "--inject-secrets", f"tls,{maker.log}", plain, HERE / maker.capture], check=True)
    maker.log.unlink()
    plain.unlink()
    maker.tshark = ["-o", "tls.keylog_file:"]


def wrong_key(maker):
    suite("-tls1_2", "AES128-GCM-SHA256", "rsa", keys=False)(maker)
    key, _ = space.certificate(maker.work / "other", "rsa")
    shutil.copy(key, HERE / f"{maker.name}.pem")
    maker.telltale, maker.tshark = ["--keys", f"{maker.name}.pem"], ["-o", f"uat:rsa_keys:\"{maker.name}.pem\",\"\""]
    maker.requests = []


REQUEST = get("/page.txt")
FIXTURES |= {
    "rsa-key-gcm": ("RSA key exchange, opened with the server's private key", "tls1.2",
                    private_key("-tls1_2", "AES128-GCM-SHA256")),
    "rsa-key-tls1.0": ("the same in TLS 1.0 with CBC", "tls1.0", private_key("-tls1", "AES256-SHA")),
    "rsa-key-wrong": ("RSA key exchange, and the private key of another server: nothing opens", "tls1.2", wrong_key),
    "psk": ("a pre-shared key, without (EC)DHE", "tls1.2", shared_key("-tls1_2", "-cipher", "PSK-AES128-GCM-SHA256")),
    "psk-cbc": ("the same with CBC", "tls1.2", shared_key("-tls1_2", "-cipher", "PSK-AES256-CBC-SHA384")),
    "psk-tls1.3": ("a pre-shared key with DHE: opened with the key log", "tls1.3",
                   shared_key("-tls1_3", "-ciphersuites", "TLS_AES_128_GCM_SHA256", log=True)),
    "resumed-ticket": ("a session resumed by its ticket", "tls1.2", resumed("-tls1_2")),
    "resumed-id": ("a session resumed by its ID", "tls1.2", resumed("-tls1_2", "-no_ticket")),
    "resumed-tls1.3": ("a session resumed in TLS 1.3", "tls1.3", resumed("-tls1_3")),
    "early-data": ("a request as early data of TLS 1.3", "tls1.3", early_data),
    "hello-retry": ("a HelloRetryRequest: the server wants another group", "tls1.3",
                    with_options(["-tls1_3", "-groups", "X25519:P-384"], ["-tls1_3", "-groups", "P-384"])),
    "key-update": ("a key update of the client, then one of both sides, before the request", "tls1.3",
                   with_options(["-tls1_3"], ["-tls1_3"], said=[b"k\n", b"K\n", REQUEST])),
    "renegotiated": ("a renegotiation before the request", "tls1.2",
                     with_options(["-tls1_2"], ["-tls1_2", "-client_renegotiation"], said=[b"R\n", REQUEST])),
    "renegotiated-cbc": ("the same with CBC: the records of the second handshake are encrypted", "tls1.2",
                         with_options(["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256"], ["-tls1_2", "-client_renegotiation"],
                                      said=[b"R\n", REQUEST])),
    "small-records": ("records of 512 bytes, agreed upon", "tls1.2",
                      with_options(["-tls1_2", "-maxfraglen", "512"], ["-tls1_2"], page="/long.txt")),
    "padded-records": ("padded records of TLS 1.3", "tls1.3",
                       with_options(["-tls1_3", "-record_padding", "512"], ["-tls1_3", "-record_padding", "1024"])),
    "large-records": ("records that span segments", "tls1.3",
                      with_options(["-tls1_3"], ["-tls1_3"], page="/long.txt")),
    "client-certificate": ("a client that shows a certificate", "tls1.2", None),
    "mac-then-encrypt": ("CBC without encrypt-then-MAC", "tls1.2",
                         with_options(["-tls1_2", "-no_etm", "-cipher", "ECDHE-ECDSA-AES256-SHA384"],
                                      ["-tls1_2", "-no_etm"])),
    "secrets-in-capture": ("the key log inside the capture", "tls1.3", secrets_in_capture),
}


def client_certificate(maker):
    own = ["-cert", maker.work / "ec.pem", "-key", maker.work / "ec-key.pem"]
    talk(maker, ["-tls1_2", *own], ["-tls1_2", "-Verify", "1"])


FIXTURES["client-certificate"] = (*FIXTURES["client-certificate"][:2], client_certificate)


# ---- curl, nghttp: HTTP/1.1 and HTTP/2, proxies ------------------------------------------------------

def curl(maker, *options, **more):
    maker.run("curl", "-sk", "--interface", DEVICE, "--resolve", f"{HOST}:443:{CLOUD}", "--max-time", "10", *options, **more)


def exchange(maker):
    """What each client asks for: pages, a form, nothing, and what is not there."""
    base = f"https://{HOST}"
    for method, path, status, sent, received in (("GET", "/page.txt", 200, 0, len(PAGE)), ("POST", "/form", 201, len(FORM), 16),
                                                 ("DELETE", "/none", 204, 0, 0), ("GET", "/away", 404, 0, 8)):
        maker.asked(method, path, status, sent, received)
    form = maker.work / "form"
    form.write_bytes(FORM)
    return [f"{base}/page.txt", "--next", "-sk", "-d", f"@{form}", f"{base}/form", "--next", "-sk", "-X", "DELETE", f"{base}/none",
            "--next", "-sk", f"{base}/away"]


def curls(*options):
    def make(maker):
        urls = [word for word in exchange(maker)]
        for at in reversed([i for i, word in enumerate(urls) if word == "--next"]):
            urls[at + 1:at + 1] = ["--interface", DEVICE, *options]
        with caddy(maker), space.captured(HERE / maker.capture):
            curl(maker, *options, *urls)
    return make


def many_streams(maker):
    """Streams that take turns: curl asks for all of it at once."""
    urls = []
    for number in range(4):
        maker.asked("GET", f"/page.txt?{number}")
        maker.asked("GET", f"/long.txt?{number}", received=len(LONG))
        urls += [f"https://{HOST}/page.txt?{number}", f"https://{HOST}/long.txt?{number}"]
    with caddy(maker), space.captured(HERE / maker.capture):
        curl(maker, "--http2", "--parallel", *urls)


class Proxy(threading.Thread):
    """CONNECT, and bytes to and fro; with TLS of its own where it has a context."""

    def __init__(self, context=None):
        super().__init__(daemon=True)
        self.ear, self.context = socket.create_server((CLOUD, 3128)), context

    def run(self):
        link, _ = self.ear.accept()
        if self.context:
            link = self.context.wrap_socket(link, server_side=True)
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += link.recv(1)
        cloud = socket.create_connection((CLOUD, 443))
        link.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        threading.Thread(target=self.pump, args=(cloud, link), daemon=True).start()
        self.pump(link, cloud)

    @staticmethod
    def pump(source, target):
        with contextlib.suppress(OSError):
            while data := source.recv(16384):
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.close()


def through_proxy(secure):
    def make(maker):
        context = None
        if secure:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(maker.work / "ec.pem", maker.work / "ec-key.pem")
        maker.requests.append({"method": "CONNECT", "url": f"{HOST}:443", "status": 200, "sent": 0, "received": 0})
        maker.asked("GET", "/page.txt")
        maker.outer = "tls1.3" if secure else "none"
        maker.tshark_cannot = "TLS inside TLS" if secure else None
        with caddy(maker), space.captured(HERE / maker.capture, f"host {CLOUD} and tcp port 3128"):
            Proxy(context).start()
            curl(maker, "--http1.1", "--proxy-insecure", "-x", f"http{'s' * secure}://{CLOUD}:3128", f"https://{HOST}/page.txt")
    return make


SIZES = {"/page.txt": (200, len(PAGE)), "/long.txt": (200, len(LONG)), "/away": (404, len(AWAY)), "/form": (201, len(MADE))}


def ask_http3(maker, *options, upload=False, paths=("/page.txt", "/long.txt", "/away")):
    """gtlsclient of ngtcp2 asks for all of it at once."""
    form = maker.work / "form"
    form.write_bytes(FORM)
    for path in paths:
        maker.asked("POST" if upload else "GET", path, SIZES[path][0], len(FORM) if upload else 0, SIZES[path][1])
    maker.run("gtlsclient", "-q", "--exit-on-all-streams-close", *options, *(["-m", "POST", "-d", form] if upload else []),
              HOST, "443", *[f"https://{HOST}{path}" for path in paths])
    maker.tshark_cannot = "the header fields of HTTP/3"


def http3(*options, **more):
    """Against caddy, whose QUIC is quic-go."""
    def make(maker):
        with caddy(maker), space.captured(HERE / maker.capture):
            ask_http3(maker, *options, **more)
    return make


def ngtcp2(*options, server=(), times=1):
    """Against gtlsserver, the server of ngtcp2."""
    def make(maker):
        words = ["gtlsserver", "-q", *server, "-d", maker.work / "pages", CLOUD, "443", maker.work / "ec-key.pem",
                 maker.work / "ec.pem"]
        (maker.work / "pages").mkdir()
        (maker.work / "pages" / "page.txt").write_bytes(PAGE)
        session = [f"--session-file={maker.work / 'session'}", f"--tp-file={maker.work / 'parameters'}"] if times > 1 else []
        with maker.serving(*words, udp=True), space.captured(HERE / maker.capture):
            for _ in range(times):
                ask_http3(maker, *options, *session, paths=("/page.txt",))
    return make


def datagrams(version, *options, psk=False):
    """s_client and s_server over DTLS: lines of no protocol, one from each side."""
    def make(maker):
        both = [version, *options, *(["-psk", PSK] if psk else [])]
        question, answer_line = b"is anybody there? asks the device\n", b"nobody, says the cloud\n"
        words = server_words(maker, ["-quiet", *both, *(["-nocert"] if psk else [])], "rsa")
        with maker.serving(*words, udp=True) as server, space.captured(HERE / maker.capture):
            words = [str(w) for w in client_words(maker, ["-quiet", *both], keys=not psk)]
            maker.did(words)
            with subprocess.Popen(words, env=ENV, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL) as client:
                for pipe, line in ((client.stdin, question), (server.stdin, answer_line)):
                    time.sleep(0.4)
                    pipe.write(line)
                    pipe.flush()
                time.sleep(0.3)
                client.kill()
        if psk:
            maker.telltale, maker.tshark = ["--psk", PSK], ["-o", f"dtls.psk:{PSK}"]
        maker.data = [line.decode() for line in (question, answer_line)]
    return make


FIXTURES |= {
    "dtls1.2-gcm": ("DTLS 1.2", "dtls1.2", datagrams("-dtls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256")),
    "dtls1.2-chacha20": ("DTLS 1.2", "dtls1.2", datagrams("-dtls1_2", "-cipher", "ECDHE-RSA-CHACHA20-POLY1305")),
    "dtls1.2-cbc": ("DTLS 1.2", "dtls1.2", datagrams("-dtls1_2", "-cipher", "ECDHE-RSA-AES256-SHA384")),
    "dtls1.2-psk-ccm8": ("DTLS 1.2 with a pre-shared key, as small devices use it", "dtls1.2",
                         datagrams("-dtls1_2", "-cipher", "PSK-AES128-CCM8:@SECLEVEL=0", psk=True)),
    "dtls1.0-cbc": ("DTLS 1.0", "dtls1.0", datagrams("-dtls1", "-cipher", "ECDHE-RSA-AES128-SHA:@SECLEVEL=0")),
    "http3": ("ngtcp2's client and quic-go's server, HTTP/3 with several streams", "quic", http3()),
    "http3-upload": ("the same, with a body", "quic", http3(upload=True, paths=("/form",))),
    "http3-chacha20": ("the same with ChaCha20-Poly1305", "quic",
                       http3("--ciphers=NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+CHACHA20-POLY1305", paths=("/page.txt",))),
    "http3-aes256": ("the same with AES-256-GCM", "quic",
                     http3("--ciphers=NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+AES-256-GCM", paths=("/page.txt",))),
    "http3-key-update": ("the same, with a key update of QUIC", "quic", http3("--key-update=1ms", "--delay-stream=20ms")),
    "http3-moved": ("the same from another port later on", "quic", http3("--change-local-addr=10ms", "--delay-stream=30ms")),
    "http3-retry": ("ngtcp2's client and server, with a Retry packet", "quic", ngtcp2(server=["--validate-addr"])),
    "http3-early": ("the same, and a second connection whose request is 0-RTT data", "quic", ngtcp2(times=2)),
}
FIXTURES |= {
    "curl-http1-tls1.3": ("curl, HTTP/1.1", "tls1.3", curls("--http1.1", "--tlsv1.3")),
    "curl-http1-tls1.2": ("curl, HTTP/1.1", "tls1.2", curls("--http1.1", "--tls-max", "1.2")),
    "curl-http2-tls1.3": ("curl, HTTP/2", "tls1.3", curls("--http2", "--tlsv1.3")),
    "curl-http2-tls1.2": ("curl, HTTP/2", "tls1.2", curls("--http2", "--tls-max", "1.2")),
    "curl-http2-streams": ("curl, HTTP/2 with streams that take turns", "tls1.3", many_streams),
    "connect": ("a CONNECT request to a proxy in clear text, then TLS", "tls1.3", through_proxy(False)),
    "tls-in-tls": ("the same with a proxy that is spoken to over TLS", "tls1.3", through_proxy(True)),
}


FIXTURES |= broker.FIXTURES | starttls.FIXTURES | resolver.FIXTURES | browser.FIXTURES | framing.FIXTURES


# ---- all of them -------------------------------------------------------------------------------------

def make(name, work):
    what, encryption, maker_of = FIXTURES[name]
    for path in HERE.glob(f"{name}.*"):
        path.unlink()
    folder = work / name
    shutil.copytree(work / "common", folder)
    (folder / "other").mkdir()
    maker = Maker(name, folder)
    maker_of(maker)
    return maker.entry(what, encryption)


def main():
    for name in set(sys.argv[1:]) - set(FIXTURES):
        raise SystemExit(f"there is no fixture {name}")
    space.inside(__file__)
    index = HERE / "fixtures.json"
    entries = {entry["name"]: entry for entry in json.loads(index.read_text())} if index.exists() else {}
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        (work / "common").mkdir()
        for kind in ("ec", "rsa"):
            space.certificate(work / "common", kind)
        for path, page in (("page.txt", PAGE), ("long.txt", LONG)):
            (work / "common" / path).write_bytes(answer(page))
        for name in sys.argv[1:] or FIXTURES:
            entries[name] = make(name, work)
            index.write_text(json.dumps([entries[n] for n in FIXTURES if n in entries], indent=1) + "\n")
            print("made", name, flush=True)


if __name__ == "__main__":
    main()
