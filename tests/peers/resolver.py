"""DNS over TLS, HTTPS and QUIC: unbound and Knot DNS, asked by kdig, whose GnuTLS writes a key log."""
import base64
import struct

import space
from maker import HERE
from space import CLOUD, HOST

IMEI = "001014001234566"
UNBOUND = """server:
    interface: {address}@853
    interface: {address}@443
    tls-port: 853
    https-port: 443
    tls-service-key: {work}/ec-key.pem
    tls-service-pem: {work}/ec.pem
    access-control: 0.0.0.0/0 allow
    do-daemonize: no
    username: ""
    chroot: ""
    pidfile: ""
    use-syslog: no
    module-config: "iterator"
    local-zone: "cloud.example." redirect
    local-data: "cloud.example. A {address}"
    local-data: 'cloud.example. TXT "of nobody"'
"""
KNOT = """server:
    rundir: {work}
    user: root
    listen: {address}@53
    cert-file: {work}/ec.pem
    key-file: {work}/ec-key.pem
xdp:
    listen: {link}@853
    udp: off
    quic: on
    quic-port: 853
log:
  - target: stdout
    any: info
database:
    storage: {work}/timers
zone:
  - domain: cloud.example
    file: {work}/zone
"""
ZONE = f"""$ORIGIN cloud.example.
$TTL 60
@ SOA ns.cloud.example. nobody.cloud.example. 1 60 60 60 60
@ NS ns.cloud.example.
ns A {CLOUD}
*.t A {CLOUD}
lamp TXT "of nobody"
"""
NAMES = (f"{IMEI}.t.cloud.example", 1, 4), ("lamp.cloud.example", 16, len("of nobody") + 1)  # with the sizes of what is answered
PADDED = 128


def wire(name):
    return b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0"


def question(name, kind):
    """As kdig writes it: padded (RFC 8467), and over HTTPS with 0 as its number."""
    start = struct.pack(">6H", 0, 0x0120, 1, 0, 0, 1) + wire(name) + struct.pack(">HH", kind, 1)
    padding = PADDED - len(start) - 15
    return start + b"\0" + struct.pack(">HHIHHH", 41, 4096, 0, padding + 4, 12, padding) + bytes(padding)


def kdig(maker, port, *options):
    """Two questions: one holds the IMEI, the other one nothing."""
    words = [word for name, kind, _ in NAMES for word in (name, "-t", f"TYPE{kind}")]
    maker.run("kdig", f"@{CLOUD}", "-p", str(port), f"+tls-sni={HOST}", *options, "+keepopen", *words, check=True)
    seen = 1 if "+https-get" in options else 2  # tshark looks into no path
    maker.seen("dns", "dns.qry.name", *[name for name, _, _ in NAMES] * seen)


def ask(maker, port, *options):
    config = maker.work / "unbound.conf"
    config.write_text(UNBOUND.format(work=maker.work, address=CLOUD))
    with maker.serving("unbound", "-d", "-c", config, port=port), space.captured(HERE / maker.capture):
        kdig(maker, port, *options)


def over_quic(maker):
    """Knot DNS takes QUIC from the interface itself, past the system's stack (XDP)."""
    config = maker.work / "knot.conf"
    (maker.work / "zone").write_text(ZONE)
    with space.apart() as (there, link):
        config.write_text(KNOT.format(work=maker.work, address=CLOUD, link=link))
        with maker.serving(*there, "knotd", "-c", config, port=None) as server:
            while b"server started" not in server.stdout.readline():
                if server.poll() is not None:
                    raise SystemExit("knotd does not start")
            with space.captured(HERE / maker.capture, f"host {CLOUD} and udp port 853", link):
                kdig(maker, 853, "+quic")
    maker.tshark = ["-d", "udp.port==853,quic", "-o", f"tls.keylog_file:{maker.log.name}"]
    told(maker)


def over_tls(maker):
    ask(maker, 853, "+tls")
    told(maker)


def told(maker):
    for name, _, _ in NAMES:
        maker.said("dns", "query", name=name, body_bytes=PADDED)
        maker.said("dns", "response", name=name)
    maker.left("imei[0]", "dns", "dns.question.name")
    maker.left("imei[0]", "dns", "dns.question.name", direction="received")


def over_https(maker):
    ask(maker, 443, "+https=/dns-query")
    answered(maker, "POST", lambda *_: "/dns-query", PADDED)
    maker.left("imei[0]", "http", "http.request.body", "dns-name")


def over_https_by_get(maker):
    ask(maker, 443, "+https=/dns-query", "+https-get")
    answered(maker, "GET", lambda *asked: "/dns-query?dns=" + base64.urlsafe_b64encode(question(*asked)).decode().rstrip("="), 0)
    maker.left("imei[0]", "http", "http.request.uri", "query:dns", "base64", "dns-name")


def answered(maker, method, path, sent):
    for name, kind, data in NAMES:
        maker.asked(method, path(name, kind), sent=sent, received=12 + len(wire(name)) + 4 + 12 + data + 11)
    maker.left("imei[0]", "http", "http.response.body", "dns-name", direction="received")


FIXTURES = {
    "dns-over-tls": ("kdig asks unbound twice over TLS", "tls1.3", over_tls),
    "dns-over-quic": ("kdig asks Knot DNS twice over QUIC", "quic", over_quic),
    "dns-over-https": ("kdig asks unbound twice over HTTP/2 by POST", "tls1.3", over_https),
    "dns-over-https-get": ("the same by GET: the question is in the path", "tls1.3", over_https_by_get),
}
