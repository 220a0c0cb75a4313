#!/usr/bin/env python3
"""Records the logs of corpus/, and proves the remedies: every scenario with every builder that suits it.

    record.py --work DIR [--builders NAME,NAME] [--no-verify | --verify-only] [SCENARIO…]

A builder's name is the name of the log it writes: corpus/<tool>/<name>/<builder>.log; one that ends with
.dockerbuild writes the build's record instead, as `buildx history export` gives it. A scenario's
[remedy] is applied to a fresh copy of the project, as whyfail's report on the recorded log prints
it; then the same build must pass, and verified.toml is written.
Called by record.sh, which starts the daemons.
"""
import argparse
import base64
import concurrent.futures
import contextlib
import copy
import datetime
import fcntl
import functools
import gzip
import json
import os
import pathlib
import pty
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
import time

import check
import proof
import remedy
import scenarios
from scrub import Scrubber

ROOT = scenarios.CORPUS.parent
sys.path.append(str(ROOT / "tests/tools"))
import powershell_capture  # noqa: E402

MENDED_LIMIT = 600  # seconds a mended build may take: unlike the broken one, it goes to its end
DEFAULT_BUILDERS = ["classic", "buildkit-0.8", "buildkit-0.29", "buildkit-0.29-rawjson", "buildkit-0.29-tty-80",
                    "buildkit-0.29-tty-120", "buildah-1.28", "podman-4.3"]
# Only where a scenario asks for them: buildctl-0.29, buildkit-0.29-quiet, and the names in its alone.images.
RECORD_BUILDER = "buildkit-0.29.dockerbuild"  # where a scenario has `record`


class Machine:
    """The daemons that record.sh has started, and one slot of them: a folder that this job has for itself."""

    def __init__(self, work, slot):
        self.work, self.slot = work, slot
        self.project = slot / "project"

    @property
    def home(self):
        """The reader's home, where a remedy's commands have logged in; before that the slot itself."""
        home = self.slot / "home"
        return str(home if home.exists() else self.slot)

    def env(self, **more):
        return {"PATH": os.environ["PATH"], "HOME": self.home, "REGISTRY_AUTH_FILE": f"{self.slot}/auth.json", **more}

    def options(self, scenario):
        """The scenario's options, with the slot's own control group."""
        group = f"/whyfail-small-{self.work.name}-{self.slot.name}"
        return [re.sub(r"^(--cgroup-parent=)/whyfail-small$", r"\g<1>" + group, option) for option in scenario.build_options()]


@contextlib.contextmanager
def slot_of(work):
    """A free slot; waits for one. Those who share the machine take turns."""
    shared = open(work / "tidy.lock", "w")
    fcntl.flock(shared, fcntl.LOCK_SH)
    slots = sorted((work / "slots").iterdir())
    while True:
        for slot in slots:
            lock = open(work / f"slot-{slot.name}.lock", "w")
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.close()
                continue
            try:
                for left in slot.iterdir():
                    shutil.rmtree(left, ignore_errors=True) if left.is_dir() and not left.is_symlink() else left.unlink()
                yield Machine(work, slot)
                return
            finally:
                lock.close()
                shared.close()
                tidy(work)
                time.sleep(0.3)  # so that those who wait come first
        time.sleep(0.05)


def tidy(work):
    """Every twenty jobs, when nothing runs: throws away what failed builds left behind."""
    with open(work / "jobs", "a+") as jobs:
        fcntl.flock(jobs, fcntl.LOCK_EX)
        jobs.write("x")
        jobs.flush()
        if os.fstat(jobs.fileno()).st_size < 20:
            return
        with open(work / "tidy.lock", "w") as alone:
            try:
                fcntl.flock(alone, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            docker = ["/usr/bin/docker", "-H", f"unix://{work}/docker.sock"]
            for command in (["container", "prune", "-f"], ["image", "prune", "-f"], ["builder", "prune", "-f", "--keep-storage=2GB"]):
                subprocess.run(docker + command, capture_output=True)
            for tool, commands in (("buildah", (["rm", "--all"], ["rmi", "--prune"])), ("podman", (["image", "prune", "-f"],))):
                for command in commands:
                    subprocess.run([tool, f"--root={work}/{tool}", f"--runroot={work}/{tool}-run", "--storage-driver=overlay", *command],
                                   capture_output=True)
            jobs.truncate(0)


def import_images(scenario, builder):
    """Hands the images that a scenario names to the daemons, if they are not there yet."""
    here = pathlib.Path(__file__).parent
    names = scenario.images()
    if builder in scenario.fields.get("alone", {}).get("images", {}):
        names = [scenario.fields["alone"]["images"][builder], *names]
    for entry in remedy.of(scenario):
        names += [entry["image"]] if "image" in entry else []
    script = f'source "{here}/machine.sh"; source "{here}/record_machine.sh"; for name; do import_image "$name"; done'
    subprocess.run(["bash", "-euc", script, "--", *names], check=True)


def docker(scenario, builder, machine):
    name = "classic" if builder == "classic" else "buildkit"
    command, env = scenarios.docker_build(scenario, name, machine.work, machine.options(scenario))
    return command, {**env, "HOME": machine.home}


def buildx(scenario, builder, machine):
    mode = next((mode for mode in ("rawjson", "tty", "quiet") if mode in builder), "plain")
    config = machine.slot if builder == RECORD_BUILDER else machine.work
    env = machine.env(BUILDX_CONFIG=f"{config}/buildx", TERM="xterm-256color")
    command = ["buildx", "--builder=bench"]
    if "bake" in scenario.fields:
        return [*command, "bake", "--allow=network.host", f"--progress={mode}", *scenario.fields["bake"]], env
    options = ["--allow=network.host", "--output=type=image", *machine.options(scenario)]
    if not any(option.startswith("--tag") for option in options):
        options.append("--tag=hello")
    return [*command, "build", f"--progress={mode}", *options, "."], env


def buildctl(scenario, _, machine):
    command = ["buildctl", f"--addr=unix://{machine.work}/buildkit/bk.sock", "build", "--progress=plain",
               "--frontend=dockerfile.v0", "--local=context=.", "--local=dockerfile=.",
               "--allow=network.host", "--opt=force-network-mode=host"]
    hosts = [option.removeprefix("--add-host=").replace(":", "=", 1)
             for option in scenario.build_options() if option.startswith("--add-host=")]
    if hosts:
        command.append("--opt=add-hosts=" + ",".join(hosts))
    command += [f"--opt=build-arg:{name}={value}" for name, value in scenario.fields.get("build_args", {}).items()]
    return command, machine.env()


def containers(scenario, builder, machine):
    """buildah or podman."""
    tool = builder.split("-")[0]
    work = machine.work
    env = machine.env(CONTAINERS_REGISTRIES_CONF=f"{work}/registries.conf")
    verb = "bud" if tool == "buildah" else "build"
    isolation = ["--isolation=chroot"] if tool == "buildah" else []  # podman: its default, runc
    return [tool, f"--root={work}/{tool}", f"--runroot={work}/{tool}-run", "--storage-driver=overlay", verb, *isolation,
            *machine.options(scenario), "."], env


def alone(scenario, builder, machine, commands=()):
    """The tool by itself: its output, without a builder's words around it. A remedy's commands run in the
    same shell before it, so that what they set holds for it."""
    fields = scenario.fields["alone"]
    settings = [f"--env={name}={value}" for name, value in scenario.fields.get("build_args", {}).items()]
    hosts = [option for option in scenario.build_options() if option.startswith(("--network", "--add-host"))]
    script = f"{{ {fields['setup']}\n}} >/dev/null 2>&1 || exit 99\n" if "setup" in fields else ""
    if commands:
        script += "\n".join(["set -eu", *commands, "set +eu", ""])
    options = [remedy.with_socket(option, machine.work) for option in fields.get("options", [])]
    command = ["/usr/bin/docker", "-H", f"unix://{machine.work}/docker.sock", "run", "--rm", *hosts, *settings, *options, f"--volume={machine.project}:/src", "--workdir=/src", fields["images"][builder],
               "sh", "-c", script + "exec 2>&1; " + fields["command"]]
    return command, {"PATH": "/usr/bin:/bin", "HOME": str(machine.slot)}


def way_of(builder):
    tool = builder.split("-")[0]
    if builder in ("classic", "buildkit-0.8"):
        return docker
    return {"buildkit": buildx, "buildctl": buildctl, "buildah": containers, "podman": containers}.get(tool, alone)


def capture(command, env, folder, columns=None, limit=scenarios.TIME_LIMIT, cut_off=None):
    """Runs a build; returns its status and all it printed, on a terminal if `columns` is given. After `cut_off`
    seconds it is killed, as CI systems do it."""
    command = ["timeout", *(["--signal=KILL", str(cut_off)] if cut_off else [str(limit)]), *command]
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
    if scenario.fields.get("record"):
        mine.append(RECORD_BUILDER)
    return [name for name in mine if not wanted or name in wanted]


def plain_text(log):
    """The log with the lines inside rawjson decoded, without colours: the classic builder paints every
    piece that a program writes to stderr, and ld writes its lines in pieces."""
    data = re.findall(rb'"data":"([A-Za-z0-9+/=]+)"', log)
    log = re.sub(rb"\x1b\[[0-9;]*m", b"", log + b"".join(map(base64.b64decode, data)))
    return log.decode(errors="replace")


def fresh_project(scenario, machine):
    """A copy of the project: no path of the repository gets into a log. What a mended build left behind is forgotten:
    the certificates that it made Docker trust, and the images that it could pull then."""
    for left in scenario.fields.get("trusted", []):
        shutil.rmtree(f"/etc/docker/certs.d/{left}", ignore_errors=True)
    pulled = [name for name in scenario.images() if "/" in name and "." in name.split("/")[0]]
    if pulled:
        subprocess.run(["/usr/bin/docker", "-H", f"unix://{machine.work}/docker.sock", "rmi", "-f", *pulled], capture_output=True)
    shutil.rmtree(machine.project, ignore_errors=True)
    shutil.copytree(scenario.project, machine.project, symlinks=True)


def build(scenario, builder, machine, commands=(), cached=False, limit=scenarios.TIME_LIMIT):
    """Builds the slot's project; returns the status and what was printed."""
    way = way_of(builder)
    columns = int(builder.rsplit("-", 1)[1]) if "-tty-" in builder else None
    if way is alone:
        command, env = alone(scenario, builder, machine, commands)
        return capture(command, env, machine.project, columns, limit)
    folder = scenario.place(machine.project)
    command, env = way(scenario, builder, machine)
    place = next(command.index(word) for word in ("build", "bake", "bud") if word in command)
    if cached:
        if way is containers:
            command.insert(place + 1, "--layers")
        capture(command, env, folder)  # fills the cache; the second run is kept
    else:
        command.insert(place + 1, "--no-cache")
    return capture(command, env, folder, columns, limit, scenario.fields.get("cut_off"))


def broken(scenario, builder, machine):
    """Runs the broken build; returns its log, and what is wrong with it as a proof."""
    fresh_project(scenario, machine)
    status, log = build(scenario, builder, machine, cached=scenario.fields.get("cached"))
    problems = check.proof_in(scenario.expected(builder), plain_text(log))
    if (status == 0) != scenario.succeeds():
        problems.append(f"ended with {status}")
    if problems:
        problems = ["nothing recorded: " + "; ".join(problems) + "\n" + plain_text(log)[-1500:]]
    return log, problems


def record_of_build(scenario, machine, scrub):
    """Writes the record of a broken build as `buildx history export` gives it; returns what is wrong with it.

    A record can't be scrubbed, since its parts are named by their digests. So the daemon, its socket and the project
    stand in a folder that tells nothing (record_machine.sh), and a record that holds anything private is refused."""
    machine.project = pathlib.Path("/srv") / machine.slot.name / "project"
    machine.project.parent.mkdir(exist_ok=True)
    env = machine.env(BUILDX_CONFIG=f"{machine.slot}/buildx")
    subprocess.run(["buildx", "create", "--name=bench", "--driver=remote", "unix:///srv/bk.sock"], env=env, check=True,
                   capture_output=True)
    # One target of a bake after the other: the first failure cancels the rest.
    for target in scenario.fields.get("bake", [None]):
        one = copy.copy(scenario)
        one.fields = scenario.fields if target is None else {**scenario.fields, "bake": [target]}
        _, problems = broken(one, RECORD_BUILDER, machine)
        if problems:
            return problems
    # buildx notes the builds that it has started.
    refs = sorted(file.name for file in (machine.slot / "buildx/refs/bench").glob("*/*"))
    exported = machine.slot / "exported"
    done = subprocess.run(["buildx", "--builder=bench", "history", "export", "--finalize", f"--output={exported}", *refs],
                          cwd=machine.project, env=env, capture_output=True, text=True)
    if done.returncode != 0 or not refs:
        return [f"no record: {done.stderr}"]
    left = scrub.private_in(gzip.decompress(exported.read_bytes()), machine.slot)
    if left:
        return [f"private texts are in the record: {left}"]
    shutil.copyfile(exported, scenario.folder / RECORD_BUILDER)
    return []


def record(scenario, builder, work, scrub):
    import_images(scenario, builder)
    if builder == RECORD_BUILDER:
        with slot_of(work) as machine:
            return record_of_build(scenario, machine, scrub)
    with slot_of(work) as machine:
        log, problems = broken(scenario, builder, machine)
        if not problems:
            (scenario.folder / f"{builder}.log").write_bytes(scrub(log, machine.slot))
    return problems


def mended_build(scenario, builder, entry, mend, machine):
    """Applies a remedy to a fresh copy of the project and builds it; raises NotMended unless the build passes."""
    fresh_project(scenario, machine)
    mended = scenario.after(entry)
    reader = remedy.Reader(mended, entry, machine.slot, machine.work, builder)
    commands = entry.get("by_hand", []) + mend.commands
    for edit in mend.edits:
        remedy.edit_file(edit, mended.place(machine.project))
    if commands and (way_of(builder) is not alone or "where" in entry):
        reader.run(commands)
        commands = []
    if mend.builds():
        if not (machine.slot / "built").exists():
            raise remedy.NotMended('the remedy\'s commands build: say where = "host"')
        return
    status, text = build(mended, builder, machine, commands, limit=MENDED_LIMIT)
    if status != 0:
        raise remedy.NotMended(f"the mended build ended with {status}:\n{plain_text(text)[-2500:]}")


class Verifier:
    """Proves the remedies of scenarios."""

    def __init__(self, work, scrub, whyfail, signatures):
        self.work, self.scrub, self.whyfail, self.signatures = work, scrub, whyfail, signatures

    def report(self, scenario, builder, log):
        """The causes that whyfail names for a log, which must be as the scenario expects."""
        done = subprocess.run([self.whyfail, "--signatures", self.signatures, "--format", "json", log], capture_output=True)
        problems = check.report(scenario.expected(builder), done.stdout, done.returncode)
        if problems:
            raise remedy.NotMended("whyfail's report: " + "; ".join(problems) + done.stderr.decode(errors="replace")[-300:])
        return json.loads(done.stdout)["results"][0]["causes"]

    def verify(self, scenario, builder, entry, rerun):
        """Proves one remedy with one builder; returns the entry for verified.toml, or raises NotMended."""
        log = scenario.folder / f"{builder}.log"
        if not log.exists():
            raise remedy.NotMended(f"there is no {log.name}: record it first")
        import_images(scenario, builder)
        mend = remedy.Remedy(entry, self.report(scenario, builder, log), scenario, self.signatures)
        with slot_of(self.work) as machine:
            if rerun:
                mend = self.again(scenario, builder, entry, machine, mend)
            mended_build(scenario, builder, entry, mend, machine)
        made = {"signature": mend.signature, "title": mend.title, "kind": mend.kind(), "with": versions(scenario, builder, entry, mend.signature, self.work),
                "date": datetime.date.today().isoformat(), "log": log.name, "log_hash": proof.log_hash(log.read_bytes()),
                "remedy_hash": proof.remedy_hash(mend.template)}
        return made | ({"outside": entry["outside"]} if "outside" in entry else {})

    def again(self, scenario, builder, entry, machine, kept):
        """The broken build once more: it must still fail as its log says, and be given the same remedy."""
        log, problems = broken(scenario, builder, machine)
        if problems:
            raise remedy.NotMended(problems[0])
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / f"{builder}.log"
            file.write_bytes(self.scrub(log, machine.slot))
            now = remedy.Remedy(entry, self.report(scenario, builder, file), scenario, self.signatures)
        if now.title != kept.title:
            raise remedy.NotMended("the build as it fails now gets another remedy than its recorded log")
        return now


def verified_builders(scenario, entry):
    """Those with which a remedy is proved: as the entry says, else the current BuildKit or the first that is recorded."""
    mine = builders_of(scenario, [])
    return entry.get("with") or (["buildkit-0.29"] if "buildkit-0.29" in mine else mine[:1])


# How a tool says its version; the first number is taken.
VERSION_COMMANDS = {"apt": "apt-get --version", "pip": "python3 -m pip --version", "go": "go version", "mvn": "mvn --version",
                    "maven": "mvn --version", "java": "java --version", "gcc": "gcc -dumpfullversion", "python": "python3 --version",
                    "ld": "ld --version", "dpkg": "dpkg --version", "sh": "", "docker": "", "kernel": "", "os": ""}


@functools.cache
def tool_version(work, image, tool):
    command = VERSION_COMMANDS.get(tool, f"{tool} --version")
    if tool == "docker" and image.startswith("docker:"):
        command = "docker --version"
    if not command:
        return None
    done = subprocess.run(["/usr/bin/docker", "-H", f"unix://{work}/docker.sock", "run", "--rm", "--network=none", image, "sh", "-c", command],
                          capture_output=True, text=True)
    found = re.search(r"\d+\.\d+", done.stdout)
    return f"{tool} {found[0]}" if found else None


@functools.cache
def builder_version(work, builder):
    tool = builder.split("-")[0]
    if builder in ("classic", "buildkit-0.8"):
        done = subprocess.run(["/usr/bin/docker", "-H", f"unix://{work}/docker.sock", "version", "--format={{.Server.Version}}"], capture_output=True, text=True)
        name = "docker" if builder == "classic" else "docker with buildkit"
    elif tool in ("buildah", "podman"):
        done, name = subprocess.run([tool, "--version"], capture_output=True, text=True), tool
    elif tool in ("buildkit", "buildctl"):
        done = subprocess.run(["go", "version", "-m", shutil.which("buildkitd")], capture_output=True, text=True, env={**os.environ, "GOTOOLCHAIN": "local"})
        done.stdout = "".join(re.findall(r"\sgithub\.com/moby/buildkit\s+v\S+", done.stdout))
        name = "buildkit"
    else:
        return None  # the tool alone
    found = re.search(r"\d+\.\d+", done.stdout)
    return f"{name} {found[0]}" if found else None


def versions(scenario, builder, entry, signature, work):
    """The builder and the tool with which a remedy was proved."""
    tool = entry.get("tool", signature.split("/")[0])
    image = scenario.fields.get("alone", {}).get("images", {}).get(builder) or (scenario.images() or [None])[0]
    found = [builder_version(work, builder), tool_version(work, image, tool) if image else None]
    if not any(found):
        raise remedy.NotMended(f"no version to note: {tool} is not in {image}; give tool")
    return [version for version in found if version]


def derive_powershell(scenario):
    """Makes the PowerShell captures of a scenario out of its other logs."""
    for name, how in scenario.fields.get("powershell", {}).items():
        source = scenario.folder / f"{how['from']}.log"
        if source.exists():
            made = powershell_capture.capture(source.read_text(), how["width"], hard=how.get("hard", False))
            (scenario.folder / f"{name}.log").write_bytes(made)


def derive_cut(scenario):
    """Makes logs of which only the first or the last lines are left."""
    for name, how in scenario.fields.get("cut", {}).items():
        source = scenario.folder / f"{how['from']}.log"
        if source.exists():
            lines = source.read_bytes().splitlines(keepends=True)
            kept = lines[: how["lines"]] if how["keep"] == "head" else lines[-how["lines"] :]
            (scenario.folder / f"{name}.log").write_bytes(b"".join(kept))


def find_whyfail():
    folder = pathlib.Path(os.environ.get("whyfail_default", ROOT / "target"))
    for profile in ("release", "debug"):
        if (folder / profile / "whyfail").exists():
            return folder / profile / "whyfail"
    return None


def work_on(scenario, options, verifier, scrub, tally, pool):
    """Records one scenario and proves its remedies."""
    recorded = set(builders_of(scenario, options.builders))
    if not options.verify_only:
        jobs = {pool.submit(record, scenario, builder, options.work, scrub): builder for builder in sorted(recorded)}
        for job in concurrent.futures.as_completed(jobs):
            tally.add(f"{scenario.name} {jobs[job]}", job.result())
            if job.result():
                recorded.discard(jobs[job])
        derive_powershell(scenario)
        derive_cut(scenario)
    if options.no_verify:
        return
    kept = {(e["signature"], e["title"], e["log"]): e for e in proof.read(scenario.folder)
            if not proof.stale(scenario.folder, e, options.signatures)}
    if not options.builders:
        kept = {}
    jobs = {}
    for entry in remedy.of(scenario):
        if "not_stageable" not in entry:
            for builder in set(verified_builders(scenario, entry)) & recorded:
                jobs[pool.submit(verifier.verify, scenario, builder, entry, options.verify_only)] = (entry, builder)
    for job in concurrent.futures.as_completed(jobs):
        entry, builder = jobs[job]
        name = f"{scenario.name} {builder}, mended by: {entry.get('title', entry.get('number'))}"
        try:
            made = job.result()
            kept[made["signature"], made["title"], made["log"]] = made
            tally.add(name, [])
        except remedy.NotMended as problem:
            tally.add(name, [str(problem)])
    order = {entry.get("title"): at for at, entry in enumerate(remedy.of(scenario))}
    entries = sorted(kept.values(), key=lambda e: (order.get(e["title"], 99), e["title"], e["log"]))
    proof.write(scenario.folder, entries)
    for made in entries:
        # The build of whyfail watches the signatures; so it looks for new proofs, too.
        os.utime(proof.signature_file(options.signatures, made["signature"]))


def main():
    parser = argparse.ArgumentParser(prog="record.sh", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--builders", type=lambda text: text.split(","), default=[], help="only these")
    parser.add_argument("--verify-only", action="store_true", help="prove the remedies of the logs that are there")
    parser.add_argument("--no-verify", action="store_true", help="only record")
    parser.add_argument("--whyfail", type=pathlib.Path, default=find_whyfail(), help="default: target/release/whyfail, else target/debug/whyfail")
    parser.add_argument("--signatures", type=pathlib.Path, default=ROOT / "signatures", help="used instead of those in the program")
    parser.add_argument("names", nargs="*", metavar="SCENARIO")
    options = parser.parse_args()
    chosen = scenarios.load(options.names)
    if not options.no_verify and any(remedy.of(scenario) for scenario in chosen) and not (options.whyfail and options.whyfail.exists()):
        parser.error("no whyfail to ask for remedies: give --whyfail PATH, or --no-verify")
    scrub = Scrubber(options.work)
    verifier = Verifier(options.work, scrub, options.whyfail, options.signatures)
    tally = scenarios.Tally()
    with concurrent.futures.ThreadPoolExecutor(len(list((options.work / "slots").iterdir()))) as pool:
        for scenario in chosen:
            work_on(scenario, options, verifier, scrub, tally, pool)
    return tally.end()


if __name__ == "__main__":
    sys.exit(main())
