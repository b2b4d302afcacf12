#!/usr/bin/env python3
"""The vendor's cloud, small: one account host over clear HTTP, one update host over HTTPS.

It answers as such services do (JSON, gzip when the client takes it) and keeps nothing."""
import argparse
import gzip
import http.server
import json
import socketserver
import ssl
import threading


class Cloud(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "cloud"
    sys_version = ""

    def answer(self, status, body=b"", kind="application/json"):
        self.send_response(status)
        if body and "gzip" in self.headers.get("Accept-Encoding", ""):
            body = gzip.compress(body, mtime=0)
            self.send_header("Content-Encoding", "gzip")
        if body:
            self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.path == "/generate_204":
            self.answer(204)
        elif self.path.startswith("/firmware"):
            self.answer(200, bytes(range(256)) * 64, "application/octet-stream")
        else:
            self.answer(200, json.dumps({"result": "ok", "next": 3600}).encode())

    def do_POST(self):
        length = int(self.headers.get("Content-Length", 0))
        self.rfile.read(length)
        self.answer(200, json.dumps({"result": "ok", "received": length}).encode())

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    def server_bind(self):
        """Without HTTPServer's look-up of its own name: there is no DNS for the cloud here."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]


def serve(address, port, context=None):
    server = Server((address, port), Cloud)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever).start()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clear", action="append", default=[], metavar="ADDRESS")
    parser.add_argument("--tls", action="append", default=[], metavar="ADDRESS")
    parser.add_argument("--certificate")
    options = parser.parse_args()
    for address in options.clear:
        serve(address, 80)
    if options.tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.certificate)
        for address in options.tls:
            serve(address, 443, context)


main()
