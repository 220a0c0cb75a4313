#!/usr/bin/env python3
"""Writes fuzz/seeds/ anew: small inputs for each target, taken from corpus/, tests/ and signatures/.

    python3 fuzz/make_seeds.py

What the fuzzer found is kept as `found-*` and stays. The first bytes of each seed are read by the module of the same name in
tests/properties/.
"""

import gzip
import io
import json
import tarfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SEEDS = ROOT / "fuzz" / "seeds"
FRAMES = 31
LARGEST = 3000


def write(target, name, content):
    folder = SEEDS / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content[: 4 * LARGEST // 2])


def small_logs(pattern, count):
    """Logs of different tools, the smallest of each."""
    by_tool = {}
    for path in sorted(ROOT.glob(pattern)):
        if path.is_file() and "project" not in path.parts and 150 < path.stat().st_size <= LARGEST:
            by_tool.setdefault(path.relative_to(ROOT).parts[1], []).append(path)
    picked = []
    while by_tool and len(picked) < count:
        for tool in sorted(by_tool):
            picked.append(by_tool[tool].pop(len(by_tool[tool]) // 2))
            if not by_tool[tool]:
                del by_tool[tool]
    return picked[:count]


def cases(count):
    """Logs of tests/cases, evenly out of all of them."""
    paths = [p for p in sorted(ROOT.glob("tests/cases/*/log.*")) if p.stat().st_size <= LARGEST]
    return [paths[at * len(paths) // count] for at in range(count)]


def name_of(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return "-".join(part for part in parts[1:] if part != "log")[:60]


def pipeline():
    for at, path in enumerate(small_logs("corpus/*/*/*.log", 26)):
        ways = [0, 8, 16, 64, 4, 1][at % 6]
        write("pipeline", name_of(path), bytes([0, ways, at, 7 * at]) + path.read_bytes())
    for at, path in enumerate(cases(16)):
        write("pipeline", name_of(path), bytes([0, 8 * (at % 2), at, 3]) + path.read_bytes())
    lines = b"go: downloading example.com/m v1.0.0\n/bin/sh: 1: make: not found\nmain.go:3:4: undefined: x\nnpm error code E403\nmake: *** [all] Error 2\n"
    for frame in range(FRAMES):
        ways = 128 | [0, 8, 1, 4, 3, 16, 32][frame % 7]
        write("pipeline", f"frame-{frame:02}", bytes([frame, ways, frame, 2]) + lines)


def reports():
    for at, path in enumerate(small_logs("corpus/*/*/*.log", 24)):
        style = [4, 4 | 16, 2 | 8, 4 | 32, 4 | 64, 4 | 128 | 16][at % 6]
        write("reports", name_of(path), bytes([style, at]) + path.read_bytes())
    for at, path in enumerate(cases(8)):
        write("reports", name_of(path), bytes([20, at]) + path.read_bytes())
    hostile = [
        "::set-output name=x::y error failed",
        "error ##[error]failed ##vso[task.setvariable variable=a]failed",
        "error: </details></pre></code><img src=x onerror=alert(1)> failed",
        "error: [x](javascript:alert(1)) ![y](http://evil.example.org/y.png) `````` failed",
        "error: \x1b]8;;http://evil.example.org\x07link\x1b]8;;\x07 \u202egnp.exe\u2066 failed",
        "/bin/sh: 1: $(rm -rf ~): not found",
        "src/../../x.c:3:5: error: unknown type name '{module}'",
        "https://u:secret123@example.org/ 403 Forbidden error section_start:1700000000:evil\rfailed",
    ]
    for at, line in enumerate(hostile):
        log = f"Step 1/1 : RUN ./x {line}\n ---> Running in c0ffee123456\n{line}\nThe command '/bin/sh -c ./x' returned a non-zero code: 1\n"
        write("reports", f"hostile-{at}", bytes([16 | 4 | 128 * (at % 2), at]) + log.encode())


def archives():
    failed = b'#5 [2/2] RUN frobnicate\n#5 0.123 /bin/sh: frobnicate: not found\n#5 ERROR: process "/bin/sh -c frobnicate" did not complete successfully: exit code: 127\n'
    for packing in range(1, 12):
        write("archive", f"packed-{packing:02}", bytes([packing, 0, 0]) + failed)
        write("archive", f"damaged-{packing:02}", bytes([packing, 40 + 15 * packing, 1 << packing % 8]) + failed)
    write("archive", "cut", bytes([6, 128, 255]) + failed)

    def plain(name, content):
        write("archive", name, bytes([0, 200, 0]) + content)

    plain("log", failed)
    packed = gzip.compress(failed, mtime=0)
    plain("gz", packed)
    plain("gz-trailing", packed + b"garbage")
    plain("gz-zeros", packed + bytes(600))
    plain("bzip2", b"BZh91AY&SY" + bytes(20))
    plain("xz", b"\xfd7zXZ\0\0\x04" + bytes(20))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ["0_build.txt", "build/1_Set up job.txt", "build/2_Run.txt", "link", "folder/"]:
            info = zipfile.ZipInfo(name)
            if name == "link":
                info.external_attr = 0o120777 << 16
            archive.writestr(info, failed, zipfile.ZIP_DEFLATED)
    plain("zip", out.getvalue())
    plain("zip-cut", out.getvalue()[:-60])
    encrypted = bytearray(out.getvalue())
    encrypted[6] |= 1
    plain("zip-encrypted", bytes(encrypted))
    for kind in [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]:
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w", format=kind) as archive:
            for name in ["build/2_Run.txt", "build/1_Set up job.txt", "a" * 150 + ".log"]:
                info = tarfile.TarInfo(name)
                info.size = len(failed)
                archive.addfile(info, io.BytesIO(failed))
            link = tarfile.TarInfo("link")
            link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
            archive.addfile(link)
        plain(f"tar-{kind}", out.getvalue()[:5000])


def signatures():
    paths = sorted(ROOT.glob("signatures/*/*.toml"), key=lambda path: (path.stat().st_size, path))
    paths = [path for path in paths if path.stat().st_size <= 2400]
    for at in range(20):
        path = paths[at * len(paths) // 20]
        write("signatures", name_of(path), b"\0" + path.read_bytes())
    parts = ["frobnicator: (?P<part>\\w+) is out of tune", "The {part} is out of tune", "It hears {part|a wrong note}.",
             "frobnicate --tune {part}", "frobnicator: violin is out of tune", "frobnicator: $(x) is out of tune"]
    write("signatures", "parts", b"\2" + "\0".join(parts).encode())
    for at, pattern in enumerate(["(?i)no such (?:host|guest)\\b.{1,40}", "(?:frobnicator|tuning fork): (\\d+|[a-f]{3})+$",
                                  "^(?P<part>(?:a|b)*)frobnicator{2,9} \\S+", "(?u:[é-ü])frobnicator\\x00(?-u:\\xff)"]):
        parts[0] = pattern
        write("signatures", f"pattern-{at}", b"\2" + "\0".join(parts).encode())
    for at, text in enumerate(["go get {x}\0example.com/m", "sh -c 'rm {x}' \"{x|a b}\"\0$(rm -rf ~)", "{{x}} {x|y}\0-a",
                               "echo \"'\" '{x}'\0a b", "a } b {\0x"]):
        write("signatures", f"template-{at}", b"\3" + text.encode())
    write("signatures", "syntax", b"\0title = [\n")
    write("signatures", "words", b"\0" + b"title = 'x'\nclass = 'confg'\nowner = 'me'\nretry = 1\n")


if __name__ == "__main__":
    for old in SEEDS.glob("*/*"):
        if not old.name.startswith("found-"):
            old.unlink()
    for make in (pipeline, reports, archives, signatures):
        make()
    print(json.dumps({folder.name: len(list(folder.iterdir())) for folder in sorted(SEEDS.iterdir())}))
