"""The test bed of the scenes: a phone, a router that captures, and the cloud, each in a network namespace of its own,
with a relay between router and cloud that stands for the distance. Needs root. Nothing leaves the machine.

The packets' times are real, but nobody waits for the night to pass: `Lab.wait` moves the clock of the capture instead.
What comes after it is written that much later, and the moments that a timeline is made of move alike."""
import os
import pathlib
import struct
import subprocess
import tempfile
import time
from datetime import datetime, timezone

HERE = pathlib.Path(__file__).resolve().parent
PHONE, ROUTER, PHONE_MAC = "192.168.77.23", "192.168.77.1", "02:00:5e:10:00:17"
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
SETTLE = 0.7  # s: more than any way through the relay and back takes


def text_of(ns):
    seconds, rest = divmod(ns, 10**9)
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S") + f".{rest:09d}Z"


def moved(data, clock):
    """A pcap file with times in nanoseconds, each moved as the clock was by then."""
    out, at = [data[:24]], 24
    while at + 16 <= len(data):
        seconds, ns, captured, length = struct.unpack_from("<IIII", data, at)
        when = clock(seconds * 10**9 + ns)
        out.append(struct.pack("<IIII", *divmod(when, 10**9), captured, length) + data[at + 16:at + 16 + captured])
        at += 16 + captured
    return b"".join(out)


def with_keys(path):
    """The environment in which curl and ngtcp2 write the keys of their sessions; None: ours."""
    return dict(os.environ, SSLKEYLOGFILE=str(path)) if path is not None else None


class Lab:
    """`hosts`: addresses by name. `delays`: milliseconds there and back by network. `aliases`: names of which DNS says
    that they are another one. `edges`: addresses that are caches."""

    def __init__(self, hosts, delays, aliases=(), edges=()):
        self.tag = f"tt{os.getpid()}"
        self.work = pathlib.Path(tempfile.mkdtemp())
        self.children, self.steps, self.begin = [], [], None
        self.hosts, self.delays, self.aliases, self.edges = hosts, delays, dict(aliases), edges

    def inside(self, space, *command):
        return ["ip", "netns", "exec", f"{self.tag}-{space}", *map(str, command)]

    def do(self, space, *command, **options):
        subprocess.run(self.inside(space, *command), check=True, **options)

    def start(self, space, *command, wait_for_ready=False, **options):
        if wait_for_ready:
            options["stdout"] = subprocess.PIPE
        child = subprocess.Popen(self.inside(space, *command), **options)
        self.children.append(child)
        if wait_for_ready:
            assert child.stdout.readline().strip() == b"ready", command

    # ---- building and clearing away ----

    def __enter__(self):
        try:
            self.build()
        except BaseException:
            self.clear()
            raise
        return self

    def __exit__(self, *_):
        self.clear()

    def build(self):
        for space in ("phone", "router", "cloud", "relay"):
            subprocess.run(["ip", "netns", "add", f"{self.tag}-{space}"], check=True)
            for key in ("all", "default"):
                self.do(space, "sysctl", "-qw", f"net.ipv6.conf.{key}.disable_ipv6=1")
            self.do(space, "ip", "link", "set", "lo", "up")
        (self.work / "delays").write_text("".join(f"{net} {ms / 2}\n" for net, ms in self.delays.items()))
        self.start("relay", HERE / "relay.py", f"{self.tag}-router", f"{self.tag}-cloud", self.work / "delays",
                   wait_for_ready=True)
        subprocess.run(["ip", "link", "add", f"{self.tag}a", "netns", f"{self.tag}-phone", "type", "veth", "peer",
                        "name", f"{self.tag}b", "netns", f"{self.tag}-router"], check=True)
        self.do("phone", "ip", "link", "set", f"{self.tag}a", "address", PHONE_MAC, "name", "wlan0")
        self.do("router", "ip", "link", "set", f"{self.tag}b", "address", "02:00:5e:10:00:01", "name", "lan")
        for space, link, address in (("phone", "wlan0", f"{PHONE}/24"), ("router", "lan", f"{ROUTER}/24")):
            self.do(space, "ip", "addr", "add", address, "dev", link)
        # One packet is one packet: no offloading that glues segments together.
        for space, link in (("phone", "wlan0"), ("router", "lan")):
            off = [word for what in ("tso", "gso", "gro", "tx") for word in (what, "off")]
            subprocess.run(self.inside(space, "ethtool", "-K", link, *off), check=False, **QUIET)
        for space, link in (("phone", "wlan0"), ("router", "lan"), ("router", "wan"), ("cloud", "net")):
            self.do(space, "ip", "link", "set", link, "up")
        self.do("phone", "ip", "route", "add", "default", "via", ROUTER)
        self.do("router", "sysctl", "-qw", "net.ipv4.ip_forward=1")
        self.do("router", "ip", "route", "add", "default", "dev", "wan")
        self.do("cloud", "ip", "route", "add", "192.168.77.0/24", "dev", "net")
        self.serve()

    def serve(self):
        addresses = sorted(set(self.hosts.values()))
        for address in addresses:
            self.do("cloud", "ip", "addr", "add", f"{address}/32", "dev", "lo")
        resolver = pathlib.Path(f"/etc/netns/{self.tag}-phone")
        resolver.mkdir(parents=True)
        (resolver / "resolv.conf").write_text(f"nameserver {ROUTER}\n")
        self.start("router", "dnsmasq", "--no-daemon", "--no-resolv", "--no-hosts", f"--listen-address={ROUTER}",
                   "--bind-interfaces", "--local=/example/",
                   *(f"--host-record={name},{address}" for name, address in self.hosts.items()
                     if name not in self.aliases),
                   *(f"--cname={name},{other}" for name, other in self.aliases.items()), **QUIET)
        both, key = self.work / "both.pem", self.work / "key.pem"
        names = ",".join(f"DNS:{name}" for name in self.hosts)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-days", "3650", "-subj", "/O=Example Cloud/CN=cloud.example", "-addext",
                        f"subjectAltName={names}", "-keyout", key, "-out", self.work / "certificate.pem"], check=True,
                       **QUIET)
        both.write_bytes(key.read_bytes() + (self.work / "certificate.pem").read_bytes())
        edges = [option for address in self.edges for option in ("--edge", address)]
        self.start("cloud", HERE / "cloud.py", both, *edges, *(a for a in addresses if a not in self.edges),
                   wait_for_ready=True)
        for address in addresses:  # QUIC
            self.start("cloud", "gtlsserver", "--quiet", "--htdocs", self.work, address, "443", key,
                       self.work / "certificate.pem", **QUIET)
        time.sleep(1)

    def clear(self):
        for child in self.children:
            child.terminate()  # by its own id: ip executes each command in its own place
            child.wait()
        for space in ("phone", "router", "cloud", "relay"):
            subprocess.run(["ip", "netns", "del", f"{self.tag}-{space}"], check=False)
        subprocess.run(["rm", "-rf", self.work, f"/etc/netns/{self.tag}-phone"], check=True)
        try:
            os.rmdir("/etc/netns")
        except OSError:
            pass

    # ---- the clock ----

    def clock(self, now):
        return now - self.begin[0] + self.begin[1] + sum(step for since, step in self.steps if since <= now)

    def now(self):
        return text_of(self.clock(time.time_ns()))

    def wait(self, seconds):
        """So long nothing happens: the clock is moved on instead of waiting."""
        time.sleep(SETTLE)
        self.steps.append((time.time_ns(), int(seconds * 10**9)))

    # ---- what is done while it captures ----

    def record(self, path, begin, play):
        """Captures what `play` does; the capture's clock says `begin` (RFC 3339) when it starts."""
        start = int(datetime.fromisoformat(begin.replace("Z", "+00:00")).timestamp())
        raw = self.work / "raw.pcap"
        command = self.inside("router", "tcpdump", "-i", "lan", "-q", "-U", "-w", raw, "--immediate-mode",
                              "--time-stamp-precision=nano", "-Z", "root", "ip")
        with subprocess.Popen(command, stderr=subprocess.PIPE) as ear:
            ear.stderr.readline()
            time.sleep(0.5)
            self.steps, self.begin = [], (time.time_ns(), start * 10**9)
            try:
                play(self)
                time.sleep(SETTLE)
            finally:
                ear.terminate()
                ear.stderr.read()
        path.write_bytes(moved(raw.read_bytes(), self.clock))

    def curl(self, url, *options, keys=None, agent="CloudMessaging/1.2 (ExamplePhone 1S; 4.4.2)"):
        self.do("phone", "curl", "-sS", "-k", "-o", "/dev/null", "--max-time", 20, "-A", agent, *options, url,
                env=with_keys(keys))

    def quic(self, host, keys=None):
        self.do("phone", "gtlsclient", "--quiet", "--exit-on-all-streams-close", host, "443", f"https://{host}/",
                env=with_keys(keys), timeout=20, **QUIET)
