#!/usr/bin/env python3
"""Guards the speed by counts of instructions, which unlike times are the same on a busy machine.

    instructions.py [--whyfail BIN] [--make-logs BIN]    compares with instructions.toml; ends with 1 if a case got slower
    instructions.py --accept                             writes the counts of now into instructions.toml

Valgrind's callgrind counts whole runs of a release build on logs that make_logs makes:

    cargo build --release
    cargo build --release --example make_logs

What may differ without anybody's fault has a place in the comparison. Each further signature costs something at start-up: as
many instructions are granted for it as one of the baseline's signatures costs in the shortest run. Another rustc, or a
processor without AVX2 (whose use the libraries decide at run time), gives other code: then the tolerance is wider, and the
answer says so. Other architectures can't be compared.
"""
import argparse
import json
import os
import pathlib
import platform
import re
import subprocess
import sys
import tempfile
import tomllib

HERE = pathlib.Path(__file__).resolve().parent
BASELINE = HERE / "instructions.toml"
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", HERE.parent / "target")) / "release"

# Name in the baseline: kind of log, its size.
CASES = {
    "short": ("short", "1K"),
    "plain-4M": ("plain", "4M"),
    "buildkit-4M": ("buildkit", "4M"),
    "failing-2M": ("failing", "2M"),
    "hostile-1M": ("hostile", "1M"),
    "utf16-2M": ("utf16", "2M"),
}
# How much more a case may cost, and how much with another compiler or processor.
TOLERANCE = 0.08
WIDE_TOLERANCE = 0.25


def run(command, **options):
    """What a command prints; its exit status must be 0 or, for a log that failed, 1."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, **options)
    except OSError as error:
        sys.exit(f"instructions.py: {command[0]} can't be run: {error.strerror}")
    if done.returncode not in (0, 1):
        sys.exit(f"instructions.py: {' '.join(map(str, command))} ended with {done.returncode}:\n{done.stderr}")
    return done


def surroundings(whyfail):
    """What the counts depend on, besides whyfail's own code."""
    try:
        flags = pathlib.Path("/proc/cpuinfo").read_text()
    except OSError:
        flags = ""
    return {
        "architecture": platform.machine(),
        "avx2": " avx2 " in flags,
        "rustc": run(["rustc", "--version"]).stdout.split()[1],
        "signatures": len(json.loads(run([whyfail, "list", "--format", "json"]).stdout)),
    }


def on_one_core():
    """With two, it depends on chance which thread does what, and so does the count, a little."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def count(whyfail, make_logs, folder, kind, size):
    """How many instructions one run on such a log takes."""
    log = folder / f"{kind}.log"
    with log.open("wb") as file:
        subprocess.run([make_logs, kind, size], stdout=file, check=True)
    # A home and a folder with nothing in them: signatures of the user's own would be counted too.
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", whyfail, "--color", "never", log.name]
    done = run(command, cwd=folder, env=environment, preexec_fn=on_one_core)
    found = re.search(r"Collected : (\d+)", done.stderr)
    if not found:
        sys.exit(f"instructions.py: valgrind names no count for {kind}:\n{done.stderr}")
    return int(found[1])


def accept(here, counts):
    """Writes the baseline."""
    lines = [
        "# Instructions of whole runs, written by benches/instructions.py --accept; what they are compared with, and how, stands there.",
        f'architecture = "{here["architecture"]}"',
        f"avx2 = {str(here['avx2']).lower()}",
        f'rustc = "{here["rustc"]}"',
        f"signatures = {here['signatures']}",
        "",
        "[instructions]",
        *(f"{name} = {number}" for name, number in counts.items()),
    ]
    BASELINE.write_text("\n".join(lines) + "\n")
    print(f"{BASELINE.name} holds the counts of now")


def compare(baseline, here, counts):
    """Prints one line for each case; the names of those that cost too much."""
    differences = [
        f"{what} {there}, in the baseline {then}"
        for what, there, then in (
            ("rustc", here["rustc"], baseline["rustc"]),
            ("AVX2", here["avx2"], baseline["avx2"]),
        )
        if there != then
    ]
    tolerance = WIDE_TOLERANCE if differences else TOLERANCE
    if differences:
        print(f"{'; '.join(differences)}: {tolerance:.0%} more are allowed instead of {TOLERANCE:.0%}")
    known = baseline["instructions"]
    added = here["signatures"] - baseline["signatures"]
    grown = max(0, added) * known["short"] // baseline["signatures"]
    if grown:
        print(f"{added} more signatures: {grown:,} instructions more are allowed")
    slower = []
    for name, number in counts.items():
        if name not in known:
            print(f"{name:12} {number:14,}  not in the baseline")
            slower.append(name)
            continue
        allowed = int(known[name] * (1 + tolerance)) + grown
        change = number / known[name] - 1
        verdict = "too many" if number > allowed else "fewer: worth --accept" if change < -TOLERANCE else "ok"
        print(f"{name:12} {number:14,}  was {known[name]:14,}  {change:+7.1%}  at most {allowed:14,}  {verdict}")
        if number > allowed:
            slower.append(name)
    return slower


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--whyfail", type=pathlib.Path, default=TARGET / "whyfail")
    parser.add_argument("--make-logs", type=pathlib.Path, default=TARGET / "examples" / "make_logs")
    parser.add_argument("--accept", action="store_true", help="make the counts of now the baseline")
    options = parser.parse_args()
    whyfail, make_logs = options.whyfail.resolve(), options.make_logs.resolve()
    here = surroundings(whyfail)
    baseline = None
    if not options.accept:
        baseline = tomllib.loads(BASELINE.read_text())
        if here["architecture"] != baseline["architecture"]:
            print(f"not compared: the baseline is for {baseline['architecture']}, this is {here['architecture']}")
            return
    with tempfile.TemporaryDirectory() as folder:
        counts = {
            name: count(whyfail, make_logs, pathlib.Path(folder), kind, size) for name, (kind, size) in CASES.items()
        }
    if options.accept:
        accept(here, counts)
        return
    slower = compare(baseline, here, counts)
    if slower:
        sys.exit(
            f"instructions.py: {', '.join(slower)} cost more instructions than benches/instructions.toml (rustc"
            f" {baseline['rustc']}) allows.\nIf that is the price of something wanted, say so in the commit and run:"
            " benches/instructions.py --accept"
        )


if __name__ == "__main__":
    main()
