#!/usr/bin/env python3
"""Makes the captures of tests/loss: many short requests of real clients to a real server over HTTP/1 on TLS, HTTP/2 and
HTTP/3, in a network namespace of their own. Needs root, caddy, curl, nghttp2-client, ngtcp2-client and tcpdump.

usage: tests/loss/make.py [http1|http2|http3...]
"""
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
SPACE = "tt-loss"
HOST = "api.cloud.example"
CONNECTIONS, REQUESTS = 8, 12
SITE = """{
  auto_https disable_redirects
  admin off
}
https://%s:443 {
  tls %s/cert.pem %s/key.pem
  respond "answer to {uri}, and some more text" 200
}
"""


def inside(*command, **options):
    return subprocess.run(["ip", "netns", "exec", SPACE, *map(str, command)], stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, timeout=60, check=False, **options)


def start(*command, **options):
    return subprocess.Popen(["ip", "netns", "exec", SPACE, *map(str, command)], stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL, **options)


def paths(connection):
    return [f"https://{HOST}/v1/{connection}/{n}?s={connection * 7919 + n * 104729:x}" for n in range(REQUESTS)]


def talk(kind, connection, env):
    urls = paths(connection)
    if kind == "http3":
        inside("gtlsclient", "-q", "--exit-on-all-streams-close", HOST, "443", *urls, env=env)
    elif kind == "http2":
        inside("curl", "-sk", "--http2", "--tlsv1.3", "-H", f"X-Batch: {connection}", *urls, env=env)
    else:
        inside("curl", "-sk", "--http1.1", "--tlsv1.2" if connection % 2 else "--tlsv1.3", *urls, env=env)


def make(kind, work):
    keys, capture = HERE / f"{kind}.keys", HERE / f"{kind}.pcap"
    keys.unlink(missing_ok=True)
    env = dict(os.environ, SSLKEYLOGFILE=str(keys), XDG_DATA_HOME=str(work))
    ear = start("tcpdump", "-i", "lo", "-U", "-w", work / "c.pcap", "port", "443")
    time.sleep(1)
    for connection in range(CONNECTIONS):
        talk(kind, connection, env)
    time.sleep(1)
    ear.send_signal(signal.SIGINT)
    ear.wait(10)
    shutil.copyfile(work / "c.pcap", capture)
    print(kind, capture.stat().st_size, "bytes")


def main():
    work = pathlib.Path(tempfile.mkdtemp())
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                    work / "key.pem", "-out", work / "cert.pem", "-days", "3650", "-subj", f"/CN={HOST}", "-addext",
                    f"subjectAltName=DNS:{HOST}"], check=True, stderr=subprocess.DEVNULL)
    (work / "site").write_text(SITE % (HOST, work, work), encoding="utf-8")
    etc = pathlib.Path("/etc/netns") / SPACE
    subprocess.run(["ip", "netns", "add", SPACE], check=True)
    try:
        etc.mkdir(parents=True, exist_ok=True)
        (etc / "hosts").write_text(f"127.0.0.1 {HOST}\n", encoding="utf-8")
        inside("ip", "link", "set", "lo", "mtu", "1500", "up")
        server = start("caddy", "run", "--config", work / "site", "--adapter", "caddyfile",
                       env=dict(os.environ, XDG_DATA_HOME=str(work), HOME=str(work)))
        time.sleep(3)
        try:
            for kind in sys.argv[1:] or ("http1", "http2", "http3"):
                make(kind, work)
        finally:
            server.terminate()
            server.wait(10)
    finally:
        subprocess.run(["ip", "netns", "del", SPACE], check=True)
        shutil.rmtree(etc)
        shutil.rmtree(work)


if __name__ == "__main__":
    main()
