#!/usr/bin/env python3
"""The vendor's cloud, small: HTTP on port 80 and HTTPS on port 443 of each address.

usage: cloud.py CERTIFICATE [--edge ADDRESS]... ADDRESS...

An edge says so in its answers, as the caches of content delivery networks do. Nothing is kept.
"""
import argparse
import http.server
import json
import socketserver
import ssl
import threading


class Cloud(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        body = json.dumps({"result": "ok", "next": 900}).encode()
        self.send_response_only(200)  # without a date: the clock of the capture is another one
        if self.server.is_edge:
            self.send_header("Via", "1.1 edge.cdn.example")
            self.send_header("X-Cache", "Miss from edge.cdn.example")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = answer

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.answer()

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    def __init__(self, address, is_edge):
        super().__init__(address, Cloud)
        self.is_edge = is_edge

    def server_bind(self):
        """Without HTTPServer's look-up of its own name: there is no DNS for the cloud here."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]


class SecureServer(Server):
    """The handshake is made by the thread of its connection: one that hangs holds up nobody."""

    def __init__(self, address, is_edge, context):
        self.context = context
        super().__init__(address, is_edge)

    def finish_request(self, request, client_address):
        try:
            with self.context.wrap_socket(request, server_side=True) as secure:
                super().finish_request(secure, client_address)
        except OSError:  # a client that went away
            pass


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("certificate")
    parser.add_argument("--edge", action="append", default=[])
    parser.add_argument("addresses", nargs="*")
    options = parser.parse_args()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(options.certificate)
    for address in options.addresses + options.edge:
        is_edge = address in options.edge
        for server in (Server((address, 80), is_edge), SecureServer((address, 443), is_edge, context)):
            threading.Thread(target=server.serve_forever).start()
    print("ready", flush=True)


main()
