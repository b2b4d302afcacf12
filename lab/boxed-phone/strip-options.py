#!/usr/bin/env python3
"""Copies a pcapng without the options that describe the capturing machine (hardware, system, application,
interface name and description, filter), and keeps those that the packets need (time resolution)."""
import struct
import sys

SECTION, INTERFACE, STATISTICS = 0x0A0D0D0A, 1, 5
KEEP = {INTERFACE: {9, 14}}  # if_tsresol, if_tsoffset


def options(data):
    at = 0
    while at + 4 <= len(data):
        code, length = struct.unpack_from("<HH", data, at)
        yield code, data[at:at + 4 + (length + 3) // 4 * 4]
        if code == 0:
            return
        at += 4 + (length + 3) // 4 * 4


def strip(kind, body):
    fixed = {SECTION: 16, INTERFACE: 8}.get(kind)
    if fixed is None:
        return body
    kept = b"".join(raw for code, raw in options(body[fixed:]) if code in KEEP.get(kind, ()))
    return body[:fixed] + (kept + b"\0\0\0\0" if kept else b"")


data = open(sys.argv[1], "rb").read()
with open(sys.argv[2], "wb") as out:
    at = 0
    while at < len(data):
        kind, length = struct.unpack_from("<II", data, at)
        body = strip(kind, data[at + 8:at + length - 4])
        if kind != STATISTICS:
            out.write(struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12))
        at += length
