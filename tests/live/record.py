#!/usr/bin/env python3
"""Records the logs of corpus/: every scenario with every builder that suits it.

    record.py --work DIR [--builders NAME,NAME] [SCENARIO…]

A builder's name is the name of the log it writes: corpus/<tool>/<name>/<builder>.log.
Called by record.sh, which starts the daemons.
"""
import argparse
import base64
import fcntl
import os
import pathlib
import pty
import re
import shutil
import struct
import subprocess
import sys
import termios

import check
import scenarios
from scrub import Scrubber

sys.path.append(str(scenarios.CORPUS.parent / "tests/tools"))
import powershell_capture  # noqa: E402

DEFAULT_BUILDERS = ["classic", "buildkit-0.8", "buildkit-0.29", "buildkit-0.29-rawjson", "buildkit-0.29-tty-80",
                    "buildkit-0.29-tty-120", "buildah-1.28", "podman-4.3"]
# Only where a scenario asks for them: buildctl-0.29, and the names in its alone.images.


def docker(scenario, builder, work):
    name = "classic" if builder == "classic" else "buildkit"
    return scenarios.docker_build(scenario, name, work)


def buildx(scenario, builder, work):
    mode = "rawjson" if "rawjson" in builder else "tty" if "tty" in builder else "plain"
    env = {"PATH": os.environ["PATH"], "HOME": str(work), "BUILDX_CONFIG": f"{work}/buildx", "TERM": "xterm-256color"}
    command = ["buildx", "--builder=bench"]
    if "bake" in scenario.fields:
        return [*command, "bake", "--allow=network.host", f"--progress={mode}", *scenario.fields["bake"]], env
    options = ["--allow=network.host", "--output=type=image", *scenario.build_options()]
    if not any(option.startswith("--tag") for option in options):
        options.append("--tag=hello")
    return [*command, "build", f"--progress={mode}", *options, "."], env


def buildctl(scenario, _, work):
    command = ["buildctl", f"--addr=unix://{work}/buildkit/bk.sock", "build", "--progress=plain",
               "--frontend=dockerfile.v0", "--local=context=.", "--local=dockerfile=.",
               "--allow=network.host", "--opt=force-network-mode=host"]
    hosts = [option.removeprefix("--add-host=").replace(":", "=", 1)
             for option in scenario.build_options() if option.startswith("--add-host=")]
    if hosts:
        command.append("--opt=add-hosts=" + ",".join(hosts))
    command += [f"--opt=build-arg:{name}={value}" for name, value in scenario.fields.get("build_args", {}).items()]
    return command, {"PATH": os.environ["PATH"], "HOME": str(work)}


def containers(scenario, builder, work):
    """buildah or podman."""
    tool = builder.split("-")[0]
    env = {"PATH": os.environ["PATH"], "HOME": str(work), "CONTAINERS_REGISTRIES_CONF": f"{work}/registries.conf"}
    verb = "bud" if tool == "buildah" else "build"
    isolation = ["--isolation=chroot"] if tool == "buildah" else []  # podman: its default, runc
    return [tool, f"--root={work}/{tool}", f"--runroot={work}/{tool}-run", "--storage-driver=overlay", verb, *isolation,
            *scenario.build_options(), "."], env


def alone(scenario, builder, work):
    """The tool by itself: its output, without a builder's words around it."""
    fields = scenario.fields["alone"]
    settings = [f"--env={name}={value}" for name, value in scenario.fields.get("build_args", {}).items()]
    hosts = [option for option in scenario.build_options() if option.startswith(("--network", "--add-host"))]
    command = ["/usr/bin/docker", "-H", f"unix://{work}/docker.sock", "run", "--rm", *hosts, *settings,
               f"--volume={work}/project:/src", "--workdir=/src", fields["images"][builder],
               "sh", "-c", "exec 2>&1; " + fields["command"]]
    return command, {"PATH": "/usr/bin:/bin", "HOME": str(work)}


def way_of(builder):
    tool = builder.split("-")[0]
    if builder in ("classic", "buildkit-0.8"):
        return docker
    return {"buildkit": buildx, "buildctl": buildctl, "buildah": containers, "podman": containers}.get(tool, alone)


def capture(command, env, folder, columns=None):
    """Runs a build; returns its status and all it printed, on a terminal if `columns` is given."""
    command = ["timeout", str(scenarios.TIME_LIMIT), *command]
    if columns is None:
        done = subprocess.run(command, cwd=folder, env=env, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.returncode, done.stdout
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    build = subprocess.Popen(["timeout", "--foreground", *command[1:]], cwd=folder, env=env, stdin=slave, stdout=slave,
                             stderr=slave, start_new_session=True)
    os.close(slave)
    log = b""
    while True:
        try:
            piece = os.read(master, 65536)
        except OSError:  # the last writer is gone
            break
        if not piece:
            break
        log += piece
    os.close(master)
    return build.wait(), log


def builders_of(scenario, wanted):
    """The scenario's builders (all but those that it leaves out), cut down to the wanted ones."""
    mine = scenario.fields.get("builders", DEFAULT_BUILDERS) + list(scenario.fields.get("alone", {}).get("images", {}))
    return [name for name in mine if not wanted or name in wanted]


def plain_text(log):
    """The log with the lines inside rawjson decoded."""
    data = re.findall(rb'"data":"([A-Za-z0-9+/=]+)"', log)
    return (log + b"".join(map(base64.b64decode, data))).decode(errors="replace")


def record(scenario, builder, work, scrub):
    project = work / "project"  # a copy: no path of the repository gets into a log
    shutil.rmtree(project, ignore_errors=True)
    shutil.copytree(scenario.project, project)
    command, env = way_of(builder)(scenario, builder, work)
    columns = int(builder.rsplit("-", 1)[1]) if "-tty-" in builder else None
    if way_of(builder) is not alone:
        place = command.index("build") if "build" in command else command.index("bake" if "bake" in command else "bud")
        fresh = [*command[: place + 1], "--no-cache", *command[place + 1:]]
        if scenario.fields.get("cached"):
            if way_of(builder) is containers:
                command.insert(place + 1, "--layers")
            capture(command, env, project)  # fills the cache; the second run is kept
        else:
            command = fresh
    status, log = capture(command, env, project, columns)
    problems = check.proof_in(scenario.expected(builder), plain_text(log))
    if (status == 0) != scenario.succeeds():
        problems.append(f"ended with {status}")
    if problems:
        return "nothing recorded: " + "; ".join(problems) + "\n" + plain_text(log)[-1500:]
    (scenario.folder / f"{builder}.log").write_bytes(scrub(log))
    return None


def derive_powershell(scenario):
    """Makes the PowerShell captures of a scenario out of its other logs."""
    for name, how in scenario.fields.get("powershell", {}).items():
        source = scenario.folder / f"{how['from']}.log"
        if source.exists():
            made = powershell_capture.capture(source.read_text(), how["width"], hard=how.get("hard", False))
            (scenario.folder / f"{name}.log").write_bytes(made)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--builders", type=lambda text: text.split(","), default=[])
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    scrub = Scrubber(options.work)
    tally = scenarios.Tally()
    for scenario in scenarios.load(options.names):
        for builder in builders_of(scenario, options.builders):
            problem = record(scenario, builder, options.work, scrub)
            tally.add(f"{scenario.name} {builder}", [problem] if problem else [])
        derive_powershell(scenario)
    return tally.end()


if __name__ == "__main__":
    sys.exit(main())
