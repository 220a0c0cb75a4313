#!/usr/bin/env python3
"""Counts which runs of four bytes ordinary build logs are full of, for src/signature/common.rs.

    python3 tests/tools/common_grams.py LOG… > src/signature/common.rs

Give it logs of good builds with many tools. Every log counts alike, whatever its size. Letters are folded as the scan folds them
(OR 0x20) and digits are one digit. Recorded logs speak http to stand-ins of servers; each counts once more as if it were https.
"""
import collections
import re
import sys

LEVELS = 9  # each level is half as frequent as the one before
MOST = 6000


def grams_of(data):
    data = re.sub(rb"[0-9]", b"0", data)
    data = bytes(byte | 0x20 for byte in data if byte != 10)
    count = collections.Counter(data[at:at + 4] for at in range(len(data) - 3))
    return count, max(len(data), 1)


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    share = collections.Counter()
    for path in sys.argv[1:]:
        log = open(path, "rb").read(20_000_000)
        for data in (log, log.replace(b"http:", b"https:")):
            count, size = grams_of(data)
            for gram, number in count.items():
                if number > 1 and all(0x20 <= byte < 0x7F for byte in gram):
                    share[gram] += number / size
    best = share.most_common(MOST)
    top = best[40][1]
    levels = [[] for _ in range(LEVELS)]
    for gram, value in best:
        level = 0
        while level < LEVELS - 1 and value < top / 2 ** (level + 1):
            level += 1
        levels[level].append(gram.decode())
    levels = [level for level in levels if level]
    print("//! Runs of four bytes that logs of good builds are full of, the most frequent first; each list is half as frequent as the one")
    print("//! before. Made by tests/tools/common_grams.py. Letters are folded by OR-ing 0x20, all digits are `0`.")
    print()
    print("/// One list a level, its runs one after the other.")
    print(f"pub const COMMON_GRAMS: [&str; {len(levels)}] = [")
    for level in levels:
        text = "".join(sorted(level))
        print("    concat!(")
        for at in range(0, len(text), 96):
            piece = text[at:at + 96].replace("\\", "\\\\").replace('"', '\\"')
            print(f'        "{piece}",')
        print("    ),")
    print("];")


main()
