#!/usr/bin/env python3
"""Thousands of combinations of value, written form, transform, nesting and place, and decoys that are nearly the same.

usage: tests/combinations/run.py TELLTALE [--count N] [--seed N] [--keep FOLDER] [--show N] [--only TEXT] [--verify]

Each combination is a flow of its own. All that are no decoy must be found there, with the right identifier, form,
transforms and path; at the decoys' flows nothing may be found. Behind them come as many flows again as a fifth of them,
with what a hostile judge would send (decoys.py): nothing may be proven there. With --verify, `telltale verify` walks every
finding again. README.md tells what is combined.
"""
import argparse
import collections
import ipaddress
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
import combine  # noqa: E402
import decoys  # noqa: E402
import places  # noqa: E402

PER_CAPTURE = 5000


def findings(telltale, capture, sheet, verify):
    command = [telltale, "test", capture, "--subject", sheet, "--json", "-", "--reveal", "--quiet"]
    case = capture.with_suffix(".case")
    if verify:
        command += ["-o", case]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode not in (0, 1, 3):
        raise SystemExit(f"telltale: exit {done.returncode}: {done.stderr}")
    if verify:
        walked = subprocess.run([telltale, "verify", case, capture, "--subject", sheet], capture_output=True, text=True)
        print(walked.stdout.strip().splitlines()[-1] if walked.stdout.strip() else walked.stderr.strip())
        if walked.returncode != 0:
            lines = walked.stdout.splitlines()
            bad = [part for i, line in enumerate(lines) if "DOES NOT HOLD" in line for part in lines[i:i + 2]]
            raise SystemExit("\n".join([f"telltale verify: exit {walked.returncode}", *bad, walked.stderr]))
    found = collections.defaultdict(list)
    for line in done.stdout.splitlines():
        row = json.loads(line)
        if "coverage" not in row:
            number = int(ipaddress.IPv6Address(row["destination"]["address"])) & 0xffffffff
            found[number].append(row)
    return found


def normal(path):
    """Without positions."""
    return [re.sub(r"\[[0-9*]+\]", "" if step.startswith(("xml:", "html:")) else "[*]", step) for step in path]


# A run of such escapes begins behind the last quote or control character: whether it holds a character more than the value
# (it is a step then, else a transform) is a matter of the byte in front of it, such as a length.
LOOSE = ("char-ref", "backslash")


def is_right(combination, row):
    payload = combination.payload
    if row["identifier"]["label"] != combination.entry.label or row["form"] not in combination.names:
        return False
    expected, found = (payload.path, payload.transforms), (row["path"], row["transform"])
    if "unaccented" in combination.names and row["form"] == "text" and "upper" not in payload.transforms:
        # The capitals of "Groß" are those of "Gross", too.
        found = row["path"], [transform for transform in row["transform"] if transform != "upper"]
    # In the path of a URL the slash may be a letter of the token, which holds more than the value then.
    if combination.alternative or combination.place == "URL path" or any(layer in LOOSE for layer in payload.transforms):
        expected, found = ((path + transforms[::-1],) for path, transforms in (expected, found))
    found, expected = [normal(steps) for steps in found], [normal(steps) for steps in expected]
    if payload.late:  # what stands before the first escape of a long value was read without undoing it: a format that
        return True   # begins there is cut
    return len(found) == len(expected) and all(map(same_steps, found, expected))


def same_steps(found, expected):
    """A field of a message without its schema may be read as a message by itself, if its bytes happen to be one."""
    return len(found) == len(expected) and all(
        a == b or (b.startswith("protobuf:") and a.startswith(b + ".")) for a, b in zip(found, expected))


def judge(combination, rows):
    """None when all is as it must be, else (class, what is wrong)."""
    label = combination.entry.label
    if combination.hostile:
        proven = [row for row in rows if row["certainty"] == "proven"]
        return ("proven decoy", proven) if proven else None
    if combination.decoy:
        return ("false hit", rows) if rows else None
    if any(row["identifier"]["label"] != label for row in rows):
        return "false hit", [row for row in rows if row["identifier"]["label"] != label]
    if not rows:
        return "miss", []
    if not any(is_right(combination, row) for row in rows):
        return "other", rows
    if not combination.weak and not combination.few and not any(
            is_right(combination, row) and row["certainty"] == "proven" for row in rows):
        return "suspected", rows
    if combination.place not in ("DNS label",) and rows[0]["destination"]["host"] not in (None, places.host_of(combination.number)):
        return "host", rows
    return None


def keys(combination):
    """What a combination is made of, for the table of what goes wrong."""
    layers = combination.payload.layers
    yield f"kind {combination.entry.kind}"
    yield f"form {combination.what}"
    yield f"depth {len(layers) - 1}"
    for layer in layers:
        yield f"layer {layer}"
    for inner, outer in zip(layers, layers[1:]):
        yield f"{inner} in {outer}"


def show(made, problems, most):
    """What is wrong, by kind, form, transform, nesting and place: where most of a group is wrong comes first."""
    every = collections.Counter(key for combination in made for key in set(keys(combination)))
    groups = collections.Counter((problem, key) for combination, (problem, _) in problems for key in set(keys(combination)))
    ranked = sorted(groups.items(), key=lambda item: (-item[1] ** 2 / every[item[0][1]], item[0]))
    for (problem, key), count in ranked[:most]:
        print(f"  {count:5} of {every[key]:5} {problem}: {key}")
    for combination, (problem, rows) in problems[:most]:
        payload = combination.payload
        decoy = f"(decoy: {combination.decoy}) " if combination.decoy else ""
        print(f"{problem}: c{combination.number:06d} {decoy}{combination.entry.label} {sorted(combination.names)} "
              f"{' > '.join(payload.layers)}\n    expected {payload.transforms} {payload.path}")
        for row in rows[:3]:
            print(f"    found    {row['identifier']['label']} {row['form']!r} {row['transform']} {row['path']} {row['certainty']}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("telltale")
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=pathlib.Path)
    parser.add_argument("--show", type=int, default=20)
    parser.add_argument("--only", default="")
    parser.add_argument("--depth", type=int, default=9)
    parser.add_argument("--verify", action="store_true")
    options = parser.parse_args()
    temporary = tempfile.TemporaryDirectory()
    folder = options.keep or pathlib.Path(temporary.name)
    folder.mkdir(exist_ok=True)
    problems, everything, done, decoy_count = [], [], 0, 0
    took = {"making": 0.0, "telltale": 0.0}
    parts = [(combine.Maker(options.seed * 1000 + at // PER_CAPTURE), at, min(at + PER_CAPTURE, options.count))
             for at in range(0, options.count, PER_CAPTURE)]
    parts.append((decoys.Maker(options.seed * 1000), options.count, options.count + options.count // 5))
    for part, (maker, first, end) in enumerate(parts):
        began = time.monotonic()
        sheet, path = folder / f"sheet-{part}.yaml", folder / f"part-{part}.pcap"
        sheet.write_text(maker.sheet(), encoding="utf-8")
        capture = places.Capture(path)
        made = [maker.make(capture, number) for number in range(first, end)]
        capture.close()
        everything += made
        took["making"] += time.monotonic() - began
        began = time.monotonic()
        found = findings(options.telltale, path, sheet, options.verify)
        took["telltale"] += time.monotonic() - began
        for combination in made:
            done += 1
            decoy_count += bool(combination.decoy)
            wrong = judge(combination, found.get(combination.number, []))
            if wrong:
                problems.append((combination, wrong))
    problems = [p for p in problems if len(p[0].payload.layers) <= options.depth]
    if options.only:
        problems = [p for p in problems if options.only in f"{p[1][0]}: {p[0].describe()}"]
    show(everything, problems, options.show)
    counts = collections.Counter(problem for _, (problem, _) in problems)
    print(f"{done - decoy_count} combinations and {decoy_count} decoys: {done - len(problems)} as they must be, {len(problems)} not "
          f"({', '.join(f'{count} {name}' for name, count in counts.items()) or 'none'}); "
          f"made in {took['making']:.0f} s, searched in {took['telltale']:.0f} s")
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
