#!/usr/bin/env python3
"""The scenarios of corpus/. Nothing is built here.

    scenarios.py recorded --whyfail BIN [SCENARIO…]   asks whyfail about the recorded logs
    scenarios.py table [SCENARIO…]                    counts scenarios, logs and proved remedies

A scenario is a folder corpus/<tool>/<name>/ with a scenario.toml; README.md lists its fields.
"""
import argparse
import copy
import os
import pathlib
import re
import subprocess
import sys
import tomllib

import check
import fault_server

CORPUS = pathlib.Path(__file__).resolve().parents[2] / "corpus"
TIME_LIMIT = int(os.environ.get("WHYFAIL_TIME_LIMIT", "300"))  # seconds a build may take


class Scenario:
    def __init__(self, manifest):
        self.folder = manifest.parent
        self.name = self.folder.relative_to(CORPUS).as_posix()
        self.fields = tomllib.loads(manifest.read_text())
        self.project = CORPUS / self.fields["project"] if "project" in self.fields else self.folder / "project"

    def place(self, project):
        """The folder of a copy of the project in which the build runs."""
        return project / self.fields.get("folder", ".")

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
        if self.fields.get("builders") == [] and "options_after" in remedy:
            mended.fields["alone"] = {**self.fields["alone"], "options": remedy["options_after"]}
        else:
            mended.fields["options"] = remedy.get("options_after", self.fields.get("options", []))
        return mended

    def expected(self, log):
        """What must come of one log: the fields of [log.<name>] win over the scenario's."""
        return {**self.fields, **self.fields.get("log", {}).get(log, {})}

    def succeeds(self):
        return "succeeded" in self.fields.get("outcome", "failed")

    def class_name(self):
        """The expected class, for counting."""
        return self.fields.get("class") or ("several" if "causes" in self.fields else "(good builds)" if self.succeeds() else "(no signature)")

    def logs(self):
        return sorted([*self.folder.glob("*.log"), *self.folder.glob("*.dockerbuild")])


def load(names=()):
    """All scenarios, or those whose name starts with one of `names`; a name that ends in a slash is the whole name or its first part."""
    found = [Scenario(manifest) for manifest in sorted(CORPUS.glob("*/*/scenario.toml"))]
    return [s for s in found if not names or f"{s.name}/".startswith(tuple(names))]


def docker_build(scenario, builder, work, options=None):
    """Command and environment of a build with the daemon that machine.sh has started."""
    command = ["/usr/bin/docker", "-H", f"unix://{work}/docker.sock", "build", *(options or scenario.build_options())]
    buildkit = builder == "buildkit"
    if buildkit:
        command.append("--progress=plain")
    env = {"PATH": "/usr/bin:/bin", "HOME": str(work), "DOCKER_BUILDKIT": "1" if buildkit else "0"}
    return command + ["."], env


def run_recorded(scenario, log, whyfail):
    diagnosis = subprocess.run([whyfail, "--format", "json", log], capture_output=True)
    return check.report(scenario.expected(log.name.removesuffix(".log")), diagnosis.stdout, diagnosis.returncode)


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


def table(chosen):
    """Prints how many scenarios there are of each class, with which builders, and what is proved."""
    import proof
    import remedy

    builders = []
    rows = {}
    kinds = {}
    proved, stale, not_stageable = set(), [], []
    for scenario in chosen:
        row = rows.setdefault(scenario.class_name(), {"scenarios": 0, "logs": 0, "remedies": 0})
        row["scenarios"] += 1
        for log in scenario.logs():
            builder = "alone" if log.stem in scenario.fields.get("alone", {}).get("images", {}) else log.stem
            row["logs"] += 1
            row[builder] = row.get(builder, 0) + 1
            builders += [] if builder in builders else [builder]
        entries = {}
        for entry in proof.read(scenario.folder):
            problem = proof.stale(scenario.folder, entry, CORPUS.parent / "signatures")
            if problem:
                stale.append(f"{scenario.name}: {problem}")
            else:
                entries[entry["signature"], entry["title"]] = entry["kind"]
        row["remedies"] += len(entries)
        for kind in entries.values():
            kinds[kind] = kinds.get(kind, 0) + 1
        proved |= set(entries)
        not_stageable += [f"{scenario.name}: {entry.get('title', entry.get('number'))}: {entry['not_stageable']}"
                          for entry in remedy.of(scenario) if "not_stageable" in entry]
    columns = ["scenarios", "logs", *sorted(builders), "remedies"]
    width = max(map(len, [*rows, "class"]))
    print(f"{'class':{width}}  " + "  ".join(columns))
    for name, row in sorted(rows.items()):
        print(f"{name:{width}}  " + "  ".join(f"{row.get(column, 0) or '':>{len(column)}}" for column in columns))
    total = {column: sum(row.get(column, 0) for row in rows.values()) for column in columns}
    print(f"{'all':{width}}  " + "  ".join(f"{total[column]:>{len(column)}}" for column in columns))
    print(f"\nverified: {total['remedies']} times ({', '.join(f'{count} {kind}' for kind, count in sorted(kinds.items()))}); "
          f"{len(proved)} remedies of {len({signature for signature, _ in proved})} signatures")
    for title, lines in (("stated not stageable", not_stageable), ("void, to be proved anew", stale)):
        print(f"{title}: {len(lines)}")
        for line in lines:
            print("  " + line)
    return 1 if stale else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["recorded", "table"])
    parser.add_argument("names", nargs="*", help="only scenarios whose name starts so")
    parser.add_argument("--whyfail", help="the program under test")
    options = parser.parse_args()
    if options.what == "table":
        return table(load(options.names))
    if not options.whyfail:
        parser.error("recorded needs --whyfail")
    tally = Tally()
    for scenario in load(options.names):
        for log in scenario.logs():
            tally.add(f"{scenario.name} {log.name}", run_recorded(scenario, log, options.whyfail))
    return tally.end()


if __name__ == "__main__":
    sys.exit(main())
