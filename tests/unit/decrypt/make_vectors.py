#!/usr/bin/env python3
"""Makes vectors/*.txt: conversations of real TLS and DTLS implementations, with the keys that open them.

usage: make_vectors.py [NAME...]     (needs openssl, gnutls-serv and gnutls-cli)

Each is recorded between a server and a client on this machine by a relay. A file holds one fact a line:

    k KEY LOG LINE      p PSK      r NAME (a private key in vectors/)
    c HEX, s HEX        bytes of client and server as they passed (DTLS: one datagram a line)
    C HEX, S HEX        the application data that they sent, all together
    v VERSION, n SUITE  what was agreed upon
"""
import os
import pathlib
import select
import socket
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent / "vectors"
ASKED = "GET /v1/register?imei=358240051111110 HTTP/1.1\n"
TLS = {"ssl3": "-ssl3", "tls1.0": "-tls1", "tls1.1": "-tls1_1", "tls1.2": "-tls1_2", "tls1.3": "-tls1_3",
       "dtls1.0": "-dtls1", "dtls1.2": "-dtls1_2"}

# name: (version, openssl's cipher, more for the server, more for the client, kind of key)
OPENSSL = {
    "tls10-aes128-sha": ("tls1.0", "AES128-SHA", [], [], "rsa"),
    "tls10-aes128-sha-mte": ("tls1.0", "AES128-SHA", ["-no_etm"], ["-no_etm"], "rsa"),
    "tls10-camellia256-sha-mte": ("tls1.0", "CAMELLIA256-SHA", ["-no_etm"], ["-no_etm"], "rsa"),
    "tls11-aes256-sha": ("tls1.1", "AES256-SHA", [], [], "rsa"),
    "tls11-ecdhe-aes256-sha-mte": ("tls1.1", "ECDHE-ECDSA-AES256-SHA", ["-no_etm"], ["-no_etm"], "ec"),
    "tls12-aes128-sha256": ("tls1.2", "AES128-SHA256", [], [], "rsa"),
    "tls12-aes128-sha256-mte": ("tls1.2", "AES128-SHA256", ["-no_etm"], ["-no_etm"], "rsa"),
    "tls12-ecdhe-aes256-sha384-mte": ("tls1.2", "ECDHE-ECDSA-AES256-SHA384", ["-no_etm"], ["-no_etm"], "ec"),
    "tls12-ecdhe-camellia128-sha256": ("tls1.2", "ECDHE-ECDSA-CAMELLIA128-SHA256", [], [], "ec"),
    "tls12-ecdhe-aria128-gcm": ("tls1.2", "ECDHE-ECDSA-ARIA128-GCM-SHA256", [], [], "ec"),
    "tls12-ecdhe-aes128-gcm": ("tls1.2", "ECDHE-ECDSA-AES128-GCM-SHA256", [], [], "ec"),
    "tls12-aes256-gcm": ("tls1.2", "AES256-GCM-SHA384", [], [], "rsa"),
    "tls12-ecdhe-chacha20": ("tls1.2", "ECDHE-ECDSA-CHACHA20-POLY1305", [], [], "ec"),
    "tls12-aes128-ccm": ("tls1.2", "AES128-CCM", [], [], "rsa"),
    "tls12-aes256-ccm8": ("tls1.2", "AES256-CCM8", [], [], "rsa"),
    "tls12-null-sha256": ("tls1.2", "NULL-SHA256", [], [], "rsa"),
    "tls10-null-sha": ("tls1.0", "NULL-SHA", [], [], "rsa"),
    "tls12-psk-aes128-gcm": ("tls1.2", "PSK-AES128-GCM-SHA256", ["-nocert"], [], "psk"),
    "tls12-psk-aes256-sha": ("tls1.2", "PSK-AES256-CBC-SHA", ["-nocert"], [], "psk"),
    "tls12-rsa-psk-aes128-gcm": ("tls1.2", "RSA-PSK-AES128-GCM-SHA256", [], [], "rsapsk"),
    "tls13-aes128-gcm": ("tls1.3", "TLS_AES_128_GCM_SHA256", [], [], "ec"),
    "tls13-aes256-gcm": ("tls1.3", "TLS_AES_256_GCM_SHA384", [], [], "ec"),
    "tls13-chacha20": ("tls1.3", "TLS_CHACHA20_POLY1305_SHA256", [], [], "ec"),
    "tls13-aes128-ccm": ("tls1.3", "TLS_AES_128_CCM_SHA256", [], [], "ec"),
    "tls13-aes128-ccm8": ("tls1.3", "TLS_AES_128_CCM_8_SHA256", [], [], "ec"),
    "tls13-retry": ("tls1.3", "TLS_AES_128_GCM_SHA256", ["-groups", "P-256"], ["-groups", "X25519:P-256"], "ec"),
    "tls13-padded": ("tls1.3", "TLS_AES_256_GCM_SHA384", [], ["-record_padding", "256"], "ec"),
    "tls13-key-update": ("tls1.3", "TLS_AES_128_GCM_SHA256", [], ["KEYUPDATE"], "ec"),
    "tls12-renegotiation": ("tls1.2", "AES128-SHA256", ["-client_renegotiation"], ["RENEGOTIATE"], "rsa"),
    "tls12-renegotiation-gcm": ("tls1.2", "ECDHE-ECDSA-AES128-GCM-SHA256", ["-client_renegotiation"], ["RENEGOTIATE"], "ec"),
    "tls12-fragments": ("tls1.2", "ECDHE-ECDSA-AES128-GCM-SHA256", ["-max_send_frag", "512"],
                        ["-max_send_frag", "512", "-split_send_frag", "512"], "ec"),
    "dtls10-aes128-sha": ("dtls1.0", "AES128-SHA", [], [], "rsa"),
    "dtls12-ecdhe-aes128-gcm": ("dtls1.2", "ECDHE-ECDSA-AES128-GCM-SHA256", [], [], "ec"),
    "dtls12-aes128-sha256": ("dtls1.2", "AES128-SHA256", ["-listen"], [], "rsa"),
    "dtls12-chacha20-fragments": ("dtls1.2", "ECDHE-ECDSA-CHACHA20-POLY1305", ["-mtu", "256"], ["-mtu", "256"], "ec"),
    "dtls12-psk-aes128-ccm8": ("dtls1.2", "PSK-AES128-CCM8", ["-nocert"], [], "psk"),
}
# name: more for the server
RESUMED = {"resumed-id": ["-no_ticket"], "resumed-ticket": []}
# name: (version, GnuTLS's cipher, MAC, key exchange, key, more of the priority)
GNUTLS = {
    "tls10-rc4-sha": ("tls1.0", "ARCFOUR-128", "SHA1", "RSA", "rsa", ""),
    "tls12-rc4-md5": ("tls1.2", "ARCFOUR-128", "MD5", "RSA", "rsa", ""),
    "tls10-3des-sha": ("tls1.0", "3DES-CBC", "SHA1", "RSA", "rsa", ":%NO_ETM"),
    "tls12-3des-sha": ("tls1.2", "3DES-CBC", "SHA1", "ECDHE-ECDSA", "ec", ""),
    "tls12-camellia256-sha256": ("tls1.2", "CAMELLIA-256-CBC", "SHA256", "RSA", "rsa", ""),
    "tls11-aes128-sha-no-ems": ("tls1.1", "AES-128-CBC", "SHA1", "RSA", "rsa", ":%NO_SESSION_HASH"),
    "tls12-aes128-gcm-no-ems": ("tls1.2", "AES-128-GCM", "AEAD", "RSA", "rsa", ":%NO_SESSION_HASH"),
    "tls13-gnutls-aes256-gcm": ("tls1.3", "AES-256-GCM", "AEAD", "", "ec", ""),
}
PSK = "00112233445566778899aabbccddeeff"


def run(*args):
    subprocess.run(args, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def keys(folder):
    """A private key and a certificate of each kind; the RSA key stays with the vectors that need it."""
    rsa = HERE / "rsa.pem"
    if not rsa.exists():
        run("openssl", "genrsa", "-traditional", "-out", str(rsa), "1024")
    run("openssl", "ecparam", "-genkey", "-name", "prime256v1", "-noout", "-out", f"{folder}/ec.pem")
    for kind, key in (("rsa", str(rsa)), ("ec", f"{folder}/ec.pem")):
        run("openssl", "req", "-x509", "-new", "-key", key, "-out", f"{folder}/{kind}.crt", "-days", "3650", "-subj",
            f"/CN={kind}.example", "-addext", f"subjectAltName=DNS:{kind}.example,DNS:*.{kind}.example")
    return {"rsa": (str(rsa), f"{folder}/rsa.crt"), "ec": (f"{folder}/ec.pem", f"{folder}/ec.crt")}


def free_port(kind):
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class Relay:
    """Passes bytes between one client and the server, and writes them down."""

    def __init__(self, dtls, server_port):
        self.dtls = dtls
        self.kind = socket.SOCK_DGRAM if dtls else socket.SOCK_STREAM
        self.server_port = server_port
        self.listen = socket.socket(socket.AF_INET, self.kind)
        self.listen.bind(("127.0.0.1", 0))
        self.port = self.listen.getsockname()[1]
        if not dtls:
            self.listen.listen(4)
        self.log = []
        self.to_server = None
        self.to_client = self.listen if dtls else None
        self.client = None

    def step(self, wait):
        """One round; False when both ends are gone."""
        if self.to_server is None:
            ready, _, _ = select.select([self.listen], [], [], wait)
            if ready:
                if not self.dtls:
                    self.to_client, _ = self.listen.accept()
                self.to_server = socket.socket(socket.AF_INET, self.kind)
                self.to_server.connect(("127.0.0.1", self.server_port))
            return True
        ready, _, _ = select.select([self.to_client, self.to_server], [], [], wait)
        for sock in ready:
            try:
                if self.dtls and sock is self.to_client:
                    data, self.client = sock.recvfrom(65536)
                else:
                    data = sock.recv(65536)
            except OSError:
                return False
            if not data and not self.dtls:
                return False
            self.log.append(("c" if sock is self.to_client else "s", data))
            if sock is self.to_client:
                self.to_server.send(data)
            elif self.dtls:
                self.to_client.sendto(data, self.client)
            else:
                self.to_client.sendall(data)
        return True

    def close(self):
        for sock in (self.listen, self.to_client, self.to_server):
            if sock is not None:
                sock.close()


def drive(relay, client, lines, server=None, wait=0.35):
    """Gives the client its lines, one after the other, and relays until it ends. A `server` gets them reversed."""
    start = time.time()
    due = time.time() + 1.0
    lines = list(lines)
    closing = None
    while time.time() - start < 12:
        if not relay.step(0.05):
            break
        if time.time() > due and lines:
            line = lines.pop(0)
            client.stdin.write(line.encode())
            client.stdin.flush()
            if server is not None:
                server.stdin.write(line.rstrip("\n")[::-1].encode() + b"\n")
                server.stdin.flush()
            due = time.time() + wait
            if not lines:
                closing = time.time() + wait
        if closing and time.time() > closing:
            client.stdin.close()
            closing = None
            start = min(start, time.time() - 11)  # s_client -quiet goes on for ever
        if client.poll() is not None:
            for _ in range(8):
                relay.step(0.02)
            break


def write(name, version, suite, log, keylog, sent, received, facts):
    lines = [*facts, *(f"k {line}" for line in keylog if line and not line.startswith("#")),
             f"v {version}", f"n {suite}"]
    merged = []
    for side, data in log:
        if merged and merged[-1][0] == side and not version.startswith("dtls"):
            merged[-1] = (side, merged[-1][1] + data)
        else:
            merged.append((side, data))
    lines += [f"{side} {data.hex()}" for side, data in merged]
    lines += [f"C {sent.encode().hex()}", f"S {received.hex()}"]
    (HERE / f"{name}.txt").write_text("\n".join(lines) + "\n")


def make_openssl(name, folder, made):
    version, cipher, server_more, client_more, kind = OPENSSL[name]
    dtls = version.startswith("dtls")
    port = free_port(socket.SOCK_DGRAM if dtls else socket.SOCK_STREAM)
    keylog = f"{folder}/{name}.keys"
    reneg = "RENEGOTIATE" in client_more
    update = "KEYUPDATE" in client_more
    client_more = [x for x in client_more if x not in ("RENEGOTIATE", "KEYUPDATE")]
    suites = ["-ciphersuites", cipher] if version == "tls1.3" else ["-cipher", cipher + ":@SECLEVEL=0"]
    psk = ["-psk", PSK] if "psk" in kind else []
    key, cert = made["ec" if kind == "ec" else "rsa"]
    identity = [] if "-nocert" in server_more else ["-key", key, "-cert", cert]
    server = subprocess.Popen(["openssl", "s_server", TLS[version], *suites, "-accept", f"127.0.0.1:{port}", *identity, *psk,
                               *([] if dtls else ["-rev"]), *server_more],
                              stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(0.4)
    relay = Relay(dtls, port)
    talkative = reneg or update
    client = subprocess.Popen(["openssl", "s_client", TLS[version], *suites, "-connect", f"127.0.0.1:{relay.port}", *psk,
                               "-servername", "api.example", "-keylogfile", keylog,
                               *([] if talkative else ["-quiet"]), *client_more],
                              stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    lines = [ASKED]
    if reneg:
        lines = [ASKED, "R\n", ASKED]
    if update:
        lines = [ASKED, "K\n", ASKED, "k\n", ASKED]
    drive(relay, client, lines, server if dtls else None)
    client.kill()
    server.kill()
    client.wait()
    server.wait()
    relay.close()
    asked = [line for line in lines if len(line) > 2]
    # s_server -rev stops to answer once it has renegotiated, and after the second update.
    answer = b"".join(line.rstrip("\n")[::-1].encode() + b"\n" for line in (asked[:1] if reneg else asked[:2]))
    log = pathlib.Path(keylog).read_text().splitlines() if os.path.exists(keylog) else []
    facts = []
    if kind in ("rsa", "rsapsk"):
        facts.append("r rsa.pem")
    if psk:
        facts.append(f"p {PSK}")
    write(name, version, iana(cipher), relay.log, log, "".join(asked), answer, facts)


def make_resumed(name, folder, made, server_more):
    """Two connections of one session, NAME-1 and NAME-2: only the first has the key exchange."""
    port = free_port(socket.SOCK_STREAM)
    key, cert = made["rsa"]
    server = subprocess.Popen(["openssl", "s_server", "-tls1_2", "-cipher", "AES128-GCM-SHA256:@SECLEVEL=0", "-accept",
                               f"127.0.0.1:{port}", "-key", key, "-cert", cert, "-rev", *server_more],
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(0.4)
    for number, session in ((1, ["-sess_out", f"{folder}/session"]), (2, ["-sess_in", f"{folder}/session"])):
        keylog = f"{folder}/{name}-{number}.keys"
        relay = Relay(False, port)
        client = subprocess.Popen(["openssl", "s_client", "-tls1_2", "-cipher", "AES128-GCM-SHA256:@SECLEVEL=0", "-connect",
                                   f"127.0.0.1:{relay.port}", "-keylogfile", keylog, *session],
                                  stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        drive(relay, client, [ASKED])
        client.kill()
        client.wait()
        relay.close()
        answer = ASKED.rstrip("\n")[::-1].encode() + b"\n"
        write(f"{name}-{number}", "tls1.2", iana("AES128-GCM-SHA256"), relay.log, pathlib.Path(keylog).read_text().splitlines(),
              ASKED, answer, ["r rsa.pem"])
    server.kill()
    server.wait()


def iana(cipher):
    out = subprocess.run(["openssl", "ciphers", "-stdname", "ALL:COMPLEMENTOFALL:@SECLEVEL=0"], capture_output=True, text=True,
                         check=True).stdout
    for line in out.splitlines():
        words = line.split()
        if words[2] == cipher:
            return words[0]
    return cipher


GNUTLS_NAMES = {"ARCFOUR-128": "RC4_128", "3DES-CBC": "3DES_EDE_CBC", "CAMELLIA-256-CBC": "CAMELLIA_256_CBC",
                "AES-128-CBC": "AES_128_CBC", "AES-128-GCM": "AES_128_GCM"}


def make_gnutls(name, folder, made):
    version, cipher, mac, exchange, kind, more = GNUTLS[name]
    port = free_port(socket.SOCK_STREAM)
    keylog = f"{folder}/{name}.keys"
    key, cert = made[kind]
    if exchange:
        exchanges = f":+{exchange}:+SIGN-ALL:+COMP-NULL:+CURVE-ALL"
    else:
        exchanges = ":+SIGN-ALL:+COMP-NULL:+GROUP-ALL"
    priority = f"NONE:+VERS-{version.upper()}:+{cipher}:+{mac}{exchanges}{more}:%VERIFY_ALLOW_BROKEN"
    server = subprocess.Popen(["gnutls-serv", "--echo", "-p", str(port), "--x509keyfile", key, "--x509certfile", cert,
                               "--priority", priority, "--disable-client-cert", "--noticket"],
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(0.5)
    relay = Relay(False, port)
    client = subprocess.Popen(["gnutls-cli", "--insecure", "-p", str(relay.port), "--priority", priority, "--keymatexport", "x",
                               "--logfile", "/dev/null", "127.0.0.1"],
                              stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              env={**os.environ, "SSLKEYLOGFILE": keylog})
    drive(relay, client, [ASKED])
    client.kill()
    server.kill()
    client.wait()
    server.wait()
    relay.close()
    log = pathlib.Path(keylog).read_text().splitlines() if os.path.exists(keylog) else []
    suite = "TLS_AES_256_GCM_SHA384" if not exchange else "TLS_%s_WITH_%s_%s" % (
        exchange.replace("-", "_"), GNUTLS_NAMES[cipher], "SHA256" if mac == "AEAD" else mac.replace("SHA1", "SHA"))
    write(name, version, suite, relay.log, log, ASKED, ASKED.encode(), ["r rsa.pem"] if kind == "rsa" else [])


def main():
    names = sys.argv[1:] or [*OPENSSL, *GNUTLS, *RESUMED]
    HERE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        made = keys(folder)
        for name in names:
            if name in RESUMED:
                make_resumed(name, folder, made, RESUMED[name])
            else:
                (make_openssl if name in OPENSSL else make_gnutls)(name, folder, made)
            print(name, flush=True)


if __name__ == "__main__":
    main()
