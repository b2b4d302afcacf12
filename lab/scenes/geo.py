"""Writes a small database in the MaxMind DB format 2.0 (IPv4, records of 32 bits): which country the addresses of the
scenes are in, as the story has it. https://maxmind.github.io/MaxMind-DB/"""
import ipaddress
import struct

MAP, UINT16, UINT32, UINT64, ARRAY, STRING = 7, 5, 6, 9, 11, 2


def control(kind, size):
    assert size < 29 + 256
    more = bytes([size - 29]) if size >= 29 else b""
    size = min(size, 29)
    return (bytes([kind << 5 | size]) if kind < 8 else bytes([size, kind - 7])) + more


def number(kind, value):
    data = value.to_bytes(8, "big").lstrip(b"\0")
    return control(kind, len(data)) + data


def encoded(value):
    if isinstance(value, dict):
        return control(MAP, len(value)) + b"".join(encoded(k) + encoded(v) for k, v in value.items())
    if isinstance(value, list):
        return control(ARRAY, len(value)) + b"".join(map(encoded, value))
    if isinstance(value, tuple):
        return number(*value)
    return control(STRING, len(value)) + value.encode()


def tree_of(networks):
    """Nodes are pairs of: another node, an answer (negative), or nothing (None)."""
    nodes = [[None, None]]
    for at, network in enumerate(networks):
        net, node = ipaddress.ip_network(network), 0
        bits = f"{int(net.network_address):032b}"[:net.prefixlen]
        for bit in bits[:-1]:
            if nodes[node][int(bit)] is None:
                nodes.append([None, None])
                nodes[node][int(bit)] = len(nodes) - 1
            node = nodes[node][int(bit)]
        nodes[node][int(bits[-1])] = -1 - at
    return nodes


def database(networks):
    """`networks`: {"198.51.100.0/24": ("CN", 64500, "Example Cloud")}; none lies within another."""
    answers = [encoded({"country": {"iso_code": country}, "autonomous_system_number": (UINT32, number),
                        "autonomous_system_organization": name}) for country, number, name in networks.values()]
    starts = [sum(map(len, answers[:i])) for i in range(len(answers))]
    nodes = tree_of(networks)

    def record(value):
        if value is None:
            return len(nodes)
        return value if value >= 0 else len(nodes) + 16 + starts[-1 - value]
    tree = b"".join(struct.pack(">II", *map(record, node)) for node in nodes)
    about = {"binary_format_major_version": (UINT16, 2), "binary_format_minor_version": (UINT16, 0),
             "build_epoch": (UINT64, 1407369600), "database_type": "Scenes", "ip_version": (UINT16, 4),
             "languages": ["en"], "node_count": (UINT32, len(nodes)), "record_size": (UINT16, 32),
             "description": {"en": "documentation addresses, by the story"}}
    return tree + bytes(16) + b"".join(answers) + b"\xab\xcd\xefMaxMind.com" + encoded(about)
