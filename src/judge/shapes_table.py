#!/usr/bin/env python3
"""Prints shapes_table.h: the shapes of the countries and of the states of the USA.

Natural Earth 1:10m (public domain) by way of the npm package world-atlas, cartographic boundaries of the US Census
Bureau (public domain) by way of us-atlas; codes of Debian's package iso-codes.

usage: src/judge/shapes_table.py WORLD_ATLAS US_ATLAS ISO_CODES > src/judge/shapes_table.h && clang-format -i src/judge/shapes_table.h

WORLD_ATLAS is world-atlas's countries-10m.json, US_ATLAS us-atlas's states-10m.json, ISO_CODES
/usr/share/iso-codes/json/iso_3166-1.json.
"""
import json
import math
import sys

GRID = 100  # points in a degree
TOLERANCE_KM = 5.0
TOLERANCE_SHARE = 0.1  # of what an arc spans: a small island keeps its shape

# Shapes without an ISO number: to whom they are counted, of several claimants to each.
NAMED = {"Somaliland": ["SO"], "Kosovo": ["XK"], "N. Cyprus": ["CY"], "Cyprus U.N. Buffer Zone": ["CY"],
         "Dhekelia": ["CY", "GB"], "Akrotiri": ["CY", "GB"], "USNB Guantanamo Bay": ["CU", "US"],
         "Siachen Glacier": ["IN", "PK", "CN"], "Baikonur": ["KZ"], "Indian Ocean Ter.": ["CX", "CC", "AU"],
         "Coral Sea Is.": ["AU"], "Clipperton I.": ["FR"]}

STATES = {"01": "AL", "02": "AK", "04": "AZ", "05": "AR", "06": "CA", "08": "CO", "09": "CT", "10": "DE", "11": "DC",
          "12": "FL", "13": "GA", "15": "HI", "16": "ID", "17": "IL", "18": "IN", "19": "IA", "20": "KS", "21": "KY",
          "22": "LA", "23": "ME", "24": "MD", "25": "MA", "26": "MI", "27": "MN", "28": "MS", "29": "MO", "30": "MT",
          "31": "NE", "32": "NV", "33": "NH", "34": "NJ", "35": "NM", "36": "NY", "37": "NC", "38": "ND", "39": "OH",
          "40": "OK", "41": "OR", "42": "PA", "44": "RI", "45": "SC", "46": "SD", "47": "TN", "48": "TX", "49": "UT",
          "50": "VT", "51": "VA", "53": "WA", "54": "WV", "55": "WI", "56": "WY"}


def plane(point, latitude):
    """Kilometres east and north, near that latitude."""
    return point[0] * 111.32 * math.cos(math.radians(latitude)), point[1] * 110.57


def off(point, first, last):
    """How far a point is from the line between two others, in km."""
    latitude = (first[1] + last[1]) / 2
    (x, y), (ax, ay), (bx, by) = plane(point, latitude), plane(first, latitude), plane(last, latitude)
    square = (bx - ax) ** 2 + (by - ay) ** 2
    share = 0 if square == 0 else max(0, min(1, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / square))
    return math.hypot(x - ax - share * (bx - ax), y - ay - share * (by - ay))


def simplify(arc):
    """Douglas and Peucker's: leaves out what is nearer to the line than the tolerance."""
    latitude = arc[0][1]
    spots = [plane(point, latitude) for point in arc]
    span = math.hypot(max(s[0] for s in spots) - min(s[0] for s in spots),
                      max(s[1] for s in spots) - min(s[1] for s in spots))
    tolerance = min(TOLERANCE_KM, span * TOLERANCE_SHARE)
    kept = {0, len(arc) - 1}
    todo = [(0, len(arc) - 1)]
    while todo:
        first, last = todo.pop()
        if last - first < 2:
            continue
        far = max(range(first + 1, last), key=lambda at: off(arc[at], arc[first], arc[last]))
        if off(arc[far], arc[first], arc[last]) > tolerance:
            kept.add(far)
            todo += [(first, far), (far, last)]
    return [arc[at] for at in sorted(kept)]


def read(path, name):
    """The geometries of a TopoJSON file (its specification: sections 2.1.2 and 2.1.4), and its arcs, simplified."""
    with open(path, encoding="utf-8") as file:
        topology = json.load(file)
    scale, translate = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for deltas in topology["arcs"]:
        x = y = 0
        arc = []
        for dx, dy in deltas:
            x, y = x + dx, y + dy
            arc.append((x * scale[0] + translate[0], y * scale[1] + translate[1]))
        arcs.append(simplify(arc))
    return topology["objects"][name]["geometries"], arcs


def unwrapped(points):
    """No step of more than half a turn; a ring around a pole goes by way of the pole."""
    ring = [points[0]]
    turn = 0
    for before, point in zip(points, points[1:]):
        if point[0] - before[0] > 180:
            turn -= 360
        elif point[0] - before[0] < -180:
            turn += 360
        ring.append((point[0] + turn, point[1]))
    if turn != 0:
        pole = math.copysign(90, ring[0][1])
        middle = (ring[-1][0] + ring[0][0]) / 2  # a step fits in 16 bits
        ring += [(ring[-1][0], pole), (middle, pole), (ring[0][0], pole), ring[0]]
    return ring


def rings_of(geometry, arcs):
    if geometry.get("type") is None:
        return
    polygons = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
    for polygon in polygons:
        for refs in polygon:
            points = []
            for ref in refs:
                arc = arcs[ref] if ref >= 0 else arcs[~ref][::-1]
                points += arc if not points else arc[1:]
            ring = []
            for point in unwrapped(points):
                spot = (round(point[0] * GRID), round(point[1] * GRID))
                if not ring or spot != ring[-1]:
                    ring.append(spot)
            if ring[0] != ring[-1]:
                ring.append(ring[0])
            yield ring


def shapes(world, states, iso_codes):
    with open(iso_codes, encoding="utf-8") as file:
        codes = {entry["numeric"]: entry["alpha_2"] for entry in json.load(file)["3166-1"]}
    found = {}
    for geometry in world[0]:
        number = geometry.get("id")
        names = [codes[number]] if number in codes else NAMED.get(geometry["properties"]["name"], [])
        for name in names:
            found.setdefault(name, []).extend(rings_of(geometry, world[1]))
    for geometry in states[0]:
        if geometry["id"] in STATES:
            found.setdefault("US-" + STATES[geometry["id"]], []).extend(rings_of(geometry, states[1]))
    return found


def main(world_path, states_path, iso_codes):
    found = shapes(read(world_path, "countries"), read(states_path, "states"), iso_codes)
    steps, rings, table = [], [], []
    for code in sorted(found):
        table.append((code, len(rings), len(found[code])))
        for ring in found[code]:
            rings.append((*ring[0], len(steps), len(ring) - 1))
            for before, spot in zip(ring, ring[1:]):
                steps.append((spot[0] - before[0], spot[1] - before[1]))
    print(f"""/* Made by shapes_table.py from world-atlas 2.0.2 and us-atlas 3.0.1: do not edit. */
#ifndef TT_JUDGE_SHAPES_TABLE_H
#define TT_JUDGE_SHAPES_TABLE_H

#include <stdint.h>

/* From each point of a ring to the next one, east and north, in hundredths of a degree. */
static const int16_t shape_steps[] = {{""")
    print(", ".join(f"{east}, {north}" for east, north in steps))
    print("""};

/* Rings of outer and inner borders: where each begins, and its steps. It ends where it began. */
static const struct {
    int32_t east;
    int32_t north;
    uint32_t first;
    uint32_t count;
} shape_rings[] = {""")
    print(", ".join("{%d, %d, %d, %d}" % ring for ring in rings))
    print("""};

/* By code: ISO 3166-1 (XK: Kosovo), or ISO 3166-2 of the states of the USA. */
static const struct {
    const char *code;
    uint32_t first;
    uint32_t count;
} shape_table[] = {""")
    print(", ".join('{"%s", %d, %d}' % row for row in table))
    print("""};

#endif""")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
