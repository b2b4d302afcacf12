#!/usr/bin/env python3
"""Prints unicode_table.h: canonical compositions and case pairs of the Unicode Character Database as Python has it.

usage: src/identify/unicode_table.py > src/identify/unicode_table.h && clang-format -i src/identify/unicode_table.h
"""
import unicodedata

END = 0x3100  # behind the kana: Latin, Greek, Cyrillic, Indic scripts, Japanese


def pairs():
    """(composed, first, second) of what NFC composes again."""
    for code in range(0xc0, END):
        parts = unicodedata.decomposition(chr(code)).split()
        canonical = len(parts) == 2 and not parts[0].startswith("<")
        if canonical and unicodedata.normalize("NFC", chr(code)) == chr(code):
            yield code, int(parts[0], 16), int(parts[1], 16)


def cases():
    """(lower, upper) of letters with one of each."""
    for code in range(0xc0, END):
        upper = chr(code).upper()
        if len(upper) == 1 and upper != chr(code) and upper.lower() == chr(code) and ord(upper) < END:
            yield code, ord(upper)


print(f"""/* Made by unicode_table.py from Unicode {unicodedata.unidata_version}: do not edit. */
#ifndef TT_IDENTIFY_UNICODE_TABLE_H
#define TT_IDENTIFY_UNICODE_TABLE_H

#include <stdint.h>

/* A character and the two that it is made of, by the character. */
static const struct {{
    uint16_t code;
    uint16_t first;
    uint16_t second;
}} compositions[] = {{""")
print("".join("{0x%04x, 0x%04x, 0x%04x}," % row for row in pairs()))
print("""};

/* Those that stand second there, ascending. */
static const uint16_t seconds[] = {""")
print("".join("0x%04x," % code for code in sorted({second for _, _, second in pairs()})))
print("""};

/* A small letter and its capital, by the small letter. */
static const struct {
    uint16_t lower;
    uint16_t upper;
} cases[] = {""")
print("".join("{0x%04x, 0x%04x}," % row for row in cases()))
print("};\n\n#endif")
