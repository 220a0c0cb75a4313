#!/usr/bin/env python3
"""Runs the broken builds of corpus/ and has whyfail explain them.

    scenarios.py live --work DIR --whyfail BIN      builds marked live, with both builders
    scenarios.py recorded --whyfail BIN             the recorded logs, nothing is built

A scenario is a folder corpus/<tool>/<name>/ with a scenario.toml; README.md lists its fields.
"""
import argparse
import copy
import pathlib
import re
import subprocess
import sys
import time
import tomllib

import check
import fault_server

CORPUS = pathlib.Path(__file__).resolve().parents[2] / "corpus"
LIVE_BUILDERS = ("classic", "buildkit")
TIME_LIMIT = 300  # seconds a build may take


class Scenario:
    def __init__(self, manifest):
        self.folder = manifest.parent
        self.name = self.folder.relative_to(CORPUS).as_posix()
        self.fields = tomllib.loads(manifest.read_text())
        self.project = CORPUS / self.fields["project"] if "project" in self.fields else self.folder / "project"

    def build_options(self):
        """The options that docker, buildx, buildah and podman share."""
        options = ["--network=host"]
        for host, mode in self.fields.get("hosts", {}).items():
            options.append(f"--add-host={host}:{fault_server.MODES[mode]}")
        for name, value in self.fields.get("build_args", {}).items():
            options.append(f"--build-arg={name}={value}")
        return options + self.fields.get("options", [])

    def images(self):
        """The images that the project starts from, in the order in which they are named."""
        text = "\n".join(file.read_text() for file in sorted(self.project.rglob("*Dockerfile*")) if file.is_file())
        names = re.findall(r"(?im)^\s*FROM\s+(?:--\S+\s+)*(\S+)", text) + re.findall(r"--from=([\w./-]+:[\w.-]+)", text)
        names += self.fields.get("images", []) + list(self.fields.get("alone", {}).get("images", {}).values())
        return list(dict.fromkeys(name if ":" in name else name + ":latest" for name in names))

    def after(self, remedy):
        """The scenario once the outside is mended, as a remedy's hosts_after and its like say."""
        mended = copy.copy(self)
        mended.fields = dict(self.fields)
        for name in ("hosts", "build_args"):
            mended.fields[name] = {**self.fields.get(name, {}), **remedy.get(f"{name}_after", {})}
        mended.fields["options"] = remedy.get("options_after", self.fields.get("options", []))
        return mended

    def expected(self, log):
        """What must come of one log: the fields of [log.<name>] win over the scenario's."""
        return {**self.fields, **self.fields.get("log", {}).get(log, {})}

    def succeeds(self):
        return "succeeded" in self.fields.get("outcome", "failed")

    def logs(self):
        return sorted(self.folder.glob("*.log"))


def load(names=()):
    """All scenarios, or those whose name starts with one of `names`."""
    found = [Scenario(manifest) for manifest in sorted(CORPUS.glob("*/*/scenario.toml"))]
    return [s for s in found if not names or s.name.startswith(tuple(names))]


def docker_build(scenario, builder, work, options=None):
    """Command and environment of a build with the daemon that machine.sh has started."""
    command = ["/usr/bin/docker", "-H", f"unix://{work}/docker.sock", "build", *(options or scenario.build_options())]
    buildkit = builder == "buildkit"
    if buildkit:
        command.append("--progress=plain")
    env = {"PATH": "/usr/bin:/bin", "HOME": str(work), "DOCKER_BUILDKIT": "1" if buildkit else "0"}
    return command + ["."], env


def run_live(scenario, builder, work, whyfail):
    """docker build … 2>&1 | whyfail; returns what is wrong with the answer."""
    command, env = docker_build(scenario, builder, work)
    log = work / "logs" / f"{scenario.name.replace('/', '.')}.{builder}.log"
    log.parent.mkdir(exist_ok=True)
    build = subprocess.Popen(["timeout", str(TIME_LIMIT), *command], cwd=scenario.project, env=env,
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    tee = subprocess.Popen(["tee", log], stdin=build.stdout, stdout=subprocess.PIPE)
    diagnosis = subprocess.run([whyfail, "--no-echo", "--format", "json"], stdin=tee.stdout, capture_output=True)
    build.wait()
    tee.wait()
    problems = check.report(scenario.expected(builder), diagnosis.stdout, diagnosis.returncode)
    text = log.read_text(errors="replace")
    if (build.returncode == 0) != scenario.succeeds():
        problems.insert(0, f"the build itself ended with {build.returncode}")
    problems[:0] = check.proof_in(scenario.expected(builder), text)
    if problems:
        problems.append("log:\n" + text[-1500:])
    return problems


def run_recorded(scenario, log, whyfail):
    diagnosis = subprocess.run([whyfail, "--format", "json", log], capture_output=True)
    return check.report(scenario.expected(log.stem), diagnosis.stdout, diagnosis.returncode)


class Tally:
    """Prints a line for every check, and the sum of them."""

    def __init__(self):
        self.passed = self.failed = 0

    def add(self, name, problems, seconds=None):
        if problems:
            self.failed += 1
        else:
            self.passed += 1
        duration = f" ({seconds:.1f} s)" if seconds is not None else ""
        print(("FAIL" if problems else "ok  "), name + duration, flush=True)
        for problem in problems:
            print("     " + problem.replace("\n", "\n     "))

    def end(self):
        print(f"{self.passed} passed, {self.failed} failed")
        return 1 if self.failed or not self.passed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["live", "recorded"])
    parser.add_argument("names", nargs="*", help="only scenarios whose name starts so")
    parser.add_argument("--work", type=pathlib.Path, help="folder with the daemon's socket")
    parser.add_argument("--whyfail", required=True, help="the program under test")
    options = parser.parse_args()
    tally = Tally()
    for scenario in load(options.names):
        if options.what == "recorded":
            for log in scenario.logs():
                tally.add(f"{scenario.name} {log.name}", run_recorded(scenario, log, options.whyfail))
        elif scenario.fields.get("live"):
            for builder in LIVE_BUILDERS:
                start = time.monotonic()
                problems = run_live(scenario, builder, options.work, options.whyfail)
                tally.add(f"{scenario.name} {builder}", problems, time.monotonic() - start)
    return tally.end()


if __name__ == "__main__":
    sys.exit(main())
