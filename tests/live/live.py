#!/usr/bin/env python3
"""Builds the scenarios marked live and pipes them into whyfail: docker build . 2>&1 | whyfail

    live.py --work DIR --whyfail BIN [SCENARIO…]

with Docker's classic builder and its BuildKit. Where a scenario's remedy is to be proved with the
classic builder, it is applied as the report prints it, and the build must pass. Called by run.sh.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import time

import check
import record
import remedy
import scenarios

BUILDERS = ("classic", "buildkit-0.8")


def run_live(scenario, builder, machine, whyfail):
    """docker build … 2>&1 | whyfail; returns the causes and what is wrong with the answer."""
    command, env = record.docker(scenario, builder, machine)
    log = machine.work / "logs" / f"{scenario.name.replace('/', '.')}.{builder}.log"
    log.parent.mkdir(exist_ok=True)
    build = subprocess.Popen(["timeout", str(scenarios.TIME_LIMIT), *command], cwd=scenario.place(scenario.project), env=env,
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    tee = subprocess.Popen(["tee", log], stdin=build.stdout, stdout=subprocess.PIPE)
    diagnosis = subprocess.run([whyfail, "--no-echo", "--format", "json"], stdin=tee.stdout, capture_output=True)
    build.wait()
    tee.wait()
    expected = scenario.expected(builder)
    problems = check.report(expected, diagnosis.stdout, diagnosis.returncode)
    text = log.read_text(errors="replace")
    if (build.returncode == 0) != scenario.succeeds():
        problems.insert(0, f"the build itself ended with {build.returncode}")
    problems[:0] = check.proof_in(expected, text)
    if problems:
        return [], problems + ["log:\n" + text[-1500:]]
    return json.loads(diagnosis.stdout)["results"][0]["causes"], []


def live_remedies(scenario, builder):
    """Those that are to be proved with this builder; the live machine has no newer one."""
    return [entry for entry in remedy.of(scenario) if builder in entry.get("with", []) and "not_stageable" not in entry]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="only scenarios whose name starts so")
    parser.add_argument("--work", type=pathlib.Path, required=True, help="folder with the daemon's socket")
    parser.add_argument("--whyfail", type=pathlib.Path, required=True, help="the program under test")
    options = parser.parse_args()
    (options.work / "slots/1").mkdir(parents=True, exist_ok=True)
    tally = scenarios.Tally()
    for scenario in scenarios.load(options.names):
        for builder in BUILDERS if scenario.fields.get("live") else ():
            with record.slot_of(options.work) as machine:
                start = time.monotonic()
                causes, problems = run_live(scenario, builder, machine, options.whyfail)
                tally.add(f"{scenario.name} {builder}", problems, time.monotonic() - start)
                for entry in live_remedies(scenario, builder) if not problems else ():
                    start = time.monotonic()
                    try:
                        mend = remedy.Remedy(entry, causes, scenario, record.ROOT / "signatures")
                        record.mended_build(scenario, builder, entry, mend, machine)
                    except remedy.NotMended as problem:
                        problems = [str(problem)]
                    name = f"{scenario.name} {builder}, mended by: {entry.get('title', entry.get('number'))}"
                    tally.add(name, problems, time.monotonic() - start)
    return tally.end()


if __name__ == "__main__":
    sys.exit(main())
