"""HTTP/2 of nghttp, whose keys caddy tells, and gRPC between programs of its own library."""
import contextlib
import gzip
from concurrent import futures

import space
from maker import FORM, HERE, LONG, MADE, PAGE, caddy
from space import CLOUD, HOST

EMAIL, PHONE, IMEI = "asha.rao@mail.example", "+447700900123", "001014001234566"


# ---- nghttp --------------------------------------------------------------------------------------------

def ask(maker, *options):
    """For two pages at once."""
    maker.run("nghttp", "-n", *options, "-H", f"x-device: {IMEI}", f"http://{HOST}/page.txt", f"http://{HOST}/long.txt", check=True)
    maker.left("imei[0]", "http", "http.request.header:x-device")


def known(*options):
    """nghttpd speaks HTTP/2 and nothing else."""
    def make(maker):
        pages = maker.work / "pages"
        pages.mkdir()
        (pages / "page.txt").write_bytes(PAGE)
        (pages / "long.txt").write_bytes(LONG)
        with maker.serving("nghttpd", "--no-tls", "-a", CLOUD, "-d", pages, "80", port=80), space.captured(HERE / maker.capture):
            ask(maker, *options)
        maker.asked("GET", "/page.txt", scheme="http", **({"status": 0, "received": 0} if options else {}))
        if not options:
            maker.asked("GET", "/long.txt", received=len(LONG), scheme="http")
    return make


def upgraded(maker):
    maker.tshark_cannot = "the response to a request that was an upgrade"
    with caddy(maker, scheme="http"), space.captured(HERE / maker.capture):
        ask(maker, "-u")
    maker.asked("GET", "/page.txt", scheme="http")
    maker.asked("GET", "/long.txt", received=len(LONG), scheme="http")


def nghttp_over_tls(maker):
    form = maker.work / "form"
    form.write_bytes(FORM)
    with caddy(maker, log=maker.log), space.captured(HERE / maker.capture):
        maker.run("nghttp", "-n", "-H", f"x-device: {IMEI}", "-d", form, f"https://{HOST}/form", check=True)
        maker.run("nghttp", "-n", "-H", f"x-device: {IMEI}", f"https://{HOST}/page.txt", f"https://{HOST}/long.txt", check=True)
    maker.asked("POST", "/form", 201, len(FORM), 16)
    maker.asked("GET", "/page.txt")
    maker.asked("GET", "/long.txt", received=len(LONG))
    maker.left("imei[0]", "http", "http.request.header:x-device")


# ---- gRPC ----------------------------------------------------------------------------------------------

def text_field(number, text):
    """Protocol Buffers: a field of type string."""
    return bytes([number << 3 | 2, len(text)]) + text.encode()


OK = text_field(1, MADE.decode())


@contextlib.contextmanager
def grpc_server(address):
    import grpc
    served = {"Tell": grpc.unary_unary_rpc_method_handler(lambda request, context: OK),
              "Follow": grpc.stream_stream_rpc_method_handler(lambda requests, context: (OK for _ in requests))}
    server = grpc.server(futures.ThreadPoolExecutor(2))
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("home.Lamps", served)])
    server.add_insecure_port(address)
    server.start()
    try:
        yield
    finally:
        server.stop(1).wait()


def told(maker, channel, base):
    """One call with a message, compressed; one with two."""
    import grpc
    long = text_field(2, "a lamp, " * 12) + text_field(3, EMAIL)
    short = [text_field(2, "on"), text_field(3, PHONE)]
    with channel:
        channel.unary_unary("/home.Lamps/Tell")(long, metadata=[("x-device", IMEI)], compression=grpc.Compression.Gzip, timeout=10)
        list(channel.stream_stream("/home.Lamps/Follow")(iter(short), timeout=10))
    maker.made.append("grpcio: /home.Lamps/Tell, /home.Lamps/Follow")
    framed = [5 + len(message) for message in (*short, OK)]
    for path, sent, received in (("Tell", 5 + len(gzip.compress(long)), framed[2]), ("Follow", sum(framed[:2]), 2 * framed[2])):
        maker.requests.append({"method": "POST", "url": f"{base}/home.Lamps/{path}", "status": 200, "sent": sent,
                               "received": received})
    maker.left("imei[0]", "http", "http.request.header:x-device")
    maker.left("email[0]", "http", "http.request.body", "grpc:[*]", "gzip", "protobuf:3")
    maker.left("phone_number[0]", "http", "http.request.body", "grpc:[*]", "protobuf:3")


def grpc_in_clear(maker):
    import grpc
    with grpc_server(f"{CLOUD}:50051"), space.captured(HERE / maker.capture):
        told(maker, grpc.insecure_channel(f"{HOST}:50051"), f"http://{HOST}:50051")
    maker.tshark = ["-d", "tcp.port==50051,http2"]


def grpc_over_tls(maker):
    import grpc
    trusted = grpc.ssl_channel_credentials((maker.work / "ec.pem").read_bytes())
    with grpc_server("127.0.0.1:50051"), caddy(maker, log=maker.log, behind="h2c://127.0.0.1:50051"), \
            space.captured(HERE / maker.capture):
        told(maker, grpc.secure_channel(f"{HOST}:443", trusted), f"https://{HOST}:443")


FIXTURES = {
    "nghttp-known": ("nghttp and nghttpd, in clear text", "none", known()),
    "nghttp-refused": ("nghttp asks for an upgrade, and nghttpd, which speaks first and in HTTP/2, hangs up", "none", known("-u")),
    "nghttp-upgrade": ("an upgrade from HTTP/1.1, which caddy allows", "none", upgraded),
    "nghttp-tls": ("nghttp against caddy, which wrote the key log", "tls1.3", nghttp_over_tls),
    "grpc": ("gRPC's own library, in clear text: a compressed message, and two on one stream", "none", grpc_in_clear),
    "grpc-tls": ("the same through caddy, which wrote the key log", "tls1.3", grpc_over_tls),
}
