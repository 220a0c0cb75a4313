#!/usr/bin/env python3
"""Finds the pieces of text that stand in many lines of good builds' logs, for src/signature/common_texts.rs.

    python3 tests/tools/common_texts.py corpus/good/*/*.log > src/signature/common_texts.rs && cargo fmt

Logs in one folder are of one build and count together as one. A piece is common when it stands in more than one of 400 lines, on the
average over the builds, and in more than one of four builds: tempting words that a single log is full of do not count. Letters are
lower case and all digits are `0`.
"""
import collections
import os
import re
import sys

SHARE = 1 / 400
BUILDS = 1 / 4


def lines_of(path):
    data = open(path, "rb").read()
    if data.startswith(b"\xff\xfe") or b"\x1b[" in data[:5000]:
        return []
    return re.sub(rb"[0-9]", b"0", data).lower().split(b"\n")


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    builds = collections.defaultdict(list)
    for path in sys.argv[1:]:
        builds[os.path.dirname(path)].append(path)
    shares = {5: collections.Counter(), 8: collections.Counter()}
    seen = {5: collections.Counter(), 8: collections.Counter()}
    for logs in builds.values():
        for size in shares:
            here = set()
            for log in logs:
                lines = lines_of(log)
                for line in lines:
                    pieces = {line[at:at + size] for at in range(len(line) - size + 1)}
                    pieces = {piece for piece in pieces if all(0x20 <= byte < 0x7F for byte in piece)}
                    here |= pieces
                    for piece in pieces:
                        shares[size][piece] += 1 / len(lines) / len(logs)
            seen[size].update(here)
    print("//! Pieces of text that stand in many lines of good builds' logs. Made by tests/tools/common_texts.py, which says how. Letters")
    print("//! are in lower case, all digits are `0`.")
    for size, name in ((5, "COMMON_FIVES"), (8, "COMMON_EIGHTS")):
        best = sorted(
            piece
            for piece, share in shares[size].items()
            if share / len(builds) > SHARE and seen[size][piece] / len(builds) > BUILDS
        )
        text = b"".join(best).decode()
        print()
        print(f"/// Pieces of {size} bytes, in alphabetical order, one after the other.")
        print(f"pub const {name}: &str = concat!(")
        for at in range(0, len(text), 96):
            piece = text[at:at + 96].replace("\\", "\\\\").replace('"', '\\"')
            print(f'    "{piece}",')
        print(");")


main()
