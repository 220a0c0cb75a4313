"""Applies a remedy to a broken project, as whyfail's report prints it."""
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess

import fault_server
import proof

TIME_LIMIT = 600  # seconds a remedy's commands may take
# `docker build` and its like among a remedy's commands: then these commands are the mended build.
BUILDS = re.compile(r"\b(?:docker|podman|buildah)\s+(?:(?:buildx|image|builder)\s+)?(?:build|bud|bake)\b")
FIELDS = {"title", "number", "signature", "with", "where", "image", "env", "hosts", "values", "by_hand", "outside",
          "home", "hosts_after", "options_after", "build_args_after", "not_stageable", "tool"}


class NotMended(Exception):
    """Says why a remedy could not be applied or did not help."""


def of(scenario):
    """The [remedy] or [[remedy]] entries of a scenario."""
    entries = scenario.fields.get("remedy", [])
    entries = [entries] if isinstance(entries, dict) else entries
    for entry in entries:
        unknown = set(entry) - FIELDS
        if unknown:
            raise SystemExit(f"{scenario.name}: unknown fields of [remedy]: {', '.join(sorted(unknown))}")
        if not {"title", "number"} & set(entry):
            raise SystemExit(f"{scenario.name}: [remedy] needs the remedy's title or number")
        changes = [name for name in entry if name.endswith("_after")]
        if changes and not entry.get("outside"):
            raise SystemExit(f"{scenario.name}: {changes[0]} needs 'outside': who mended what, in words")
    return entries


class Remedy:
    """One remedy of a cause, as the signature's file has it and as the report prints it."""

    def __init__(self, entry, causes, scenario, signatures):
        self.entry = entry
        self.signature = entry.get("signature") or scenario.fields.get("signature") or causes[0]["signature"]
        cause = next((cause for cause in causes if cause["signature"] == self.signature), None)
        if cause is None:
            raise NotMended(f"the report names {[cause['signature'] for cause in causes]}, not {self.signature}")
        templates = proof.remedies_of(signatures, self.signature)
        if "number" in entry:
            number = entry["number"] - 1
        else:
            found = [at for at, remedy in enumerate(templates) if remedy["title"].strip().startswith(entry["title"].strip())]
            if len(found) != 1:
                titles = "\n".join(f"  {remedy['title']}" for remedy in templates)
                raise NotMended(f"{len(found)} remedies of {self.signature} begin with '{entry['title']}':\n{titles}")
            number = found[0]
        if not 0 <= number < len(templates):
            raise NotMended(f"{self.signature} has {len(templates)} remedies")
        self.template = templates[number]
        self.printed = cause["remedies"][number]
        if len(cause["remedies"]) != len(templates):
            raise NotMended("the report holds another number of remedies than the signature's file")
        for what in ("commands", "edits"):
            written = len(self.template.get("edit" if what == "edits" else what, []))
            if len(self.printed[what]) != written:
                raise NotMended(f"the report prints {len(self.printed[what])} of the remedy's {written} {what}: a value is unsafe or unknown")
        self.commands = [self.fill(command) for command in self.printed["commands"]]
        self.edits = [{name: self.fill(value) for name, value in edit.items()} for edit in self.printed["edits"]]
        for text in entry.get("values", {}):
            if text not in json.dumps([self.printed["commands"], self.printed["edits"]], ensure_ascii=False).replace('\\"', '"'):
                raise NotMended(f"values: the remedy does not hold '{text}'")
        if not (self.commands or self.edits or entry.get("by_hand") or entry.get("outside")):
            raise NotMended("the remedy has neither commands nor edits: say in by_hand or outside what is done")

    def fill(self, text):
        """What only the reader knows is given by the scenario."""
        for example, value in self.entry.get("values", {}).items():
            text = text and text.replace(example, value)
        return text

    @property
    def title(self):
        return self.template["title"].strip()

    def kind(self):
        done = ["by hand"] if self.entry.get("by_hand") else []
        done += [name for name in ("edits", "commands") if getattr(self, name)]
        done += ["outside"] if self.entry.get("outside") else []
        return " and ".join(done)

    def builds(self):
        """Do the commands run the build themselves?"""
        return any(BUILDS.search(command) for command in self.commands)


def with_socket(text, work):
    """The text with the machine's {docker.sock} and the group of it, {docker.gid}."""
    socket = pathlib.Path(work) / "docker.sock"
    if "{docker.gid}" in text:
        text = text.replace("{docker.gid}", str(socket.stat().st_gid))
    return text.replace("{docker.sock}", str(socket))


def edit_file(edit, project):
    """Makes one edit of a report in the project."""
    name = edit["file"]
    path = (project / name).resolve()
    if not path.is_relative_to(project.resolve()):
        raise NotMended(f"{name} is outside the project")
    if not path.exists() and not (edit["kind"] == "insert" and edit["before"] is None):
        raise NotMended(f"the project has no {name}")
    lines = path.read_text().splitlines() if path.exists() else []
    new = (edit["after"] or "").strip("\n").splitlines()
    if edit["kind"] == "insert" and edit["before"] is None:
        if new and new[0].startswith("# syntax="):  # a parser directive means nothing elsewhere
            lines[:0] = new
        else:
            lines += new
    else:
        start, count = find(edit["before"].strip("\n").splitlines(), lines, name)
        if edit["kind"] == "insert":
            count = 0
        lines[start : start + count] = [] if edit["kind"] == "delete" else new
    path.write_text("".join(line + "\n" for line in lines))


def find(before, lines, name):
    """Where the lines of an edit are: as they stand, or as an instruction that goes over several lines, or, for one line,
    the only line that begins so."""
    wanted = [squeezed(line) for line in before]
    have = [squeezed(line) for line in lines]
    exact = [at for at in range(len(have)) if have[at : at + len(wanted)] == wanted]
    if exact:
        return exact[0], len(wanted)
    if len(wanted) == 1:
        for start, count in instructions(lines):
            if squeezed(" ".join(line.rstrip().removesuffix("\\") for line in lines[start : start + count])) == wanted[0]:
                return start, count
    begins = [at for at, line in enumerate(have) if len(wanted) == 1 and re.match(re.escape(wanted[0]) + r"(?!\w)", line)]
    if len(begins) != 1:
        raise NotMended(f"{name} has {len(begins)} lines like '{wanted[0]}'")
    return begins[0], 1


def squeezed(line):
    return " ".join(line.split())


def instructions(lines):
    """Start and length of each instruction of a Dockerfile: a line that ends in a backslash goes on."""
    start = 0
    for at, line in enumerate(lines):
        if not line.rstrip().endswith("\\"):
            yield start, at + 1 - start
            start = at + 1


class Reader:
    """The place where the reader runs a remedy's commands: a container with the project, or the machine
    with its builders ("host")."""

    def __init__(self, scenario, entry, slot, work, builder):
        self.scenario, self.entry, self.slot, self.work, self.builder = scenario, entry, slot, work, builder
        self.project = slot / "project"
        self.home = slot / "home"
        for name, text in entry.get("home", {}).items():
            (self.home / name).parent.mkdir(parents=True, exist_ok=True)
            (self.home / name).write_text(text)

    def options(self):
        hosts = {**self.scenario.fields.get("hosts", {}), **self.entry.get("hosts", {})}
        found = ["--network=host"]
        found += [f"--add-host={host}:{fault_server.MODES[mode]}" for host, mode in hosts.items()]
        settings = {**self.scenario.fields.get("build_args", {}), **self.entry.get("env", {})}
        found += [f"--volume={self.home}/{name}:/root/{name}" for name in self.entry.get("home", {})]
        return found + [f"--env={name}={value}" for name, value in settings.items()]

    def run(self, commands):
        """Runs them as one shell script; raises NotMended if one fails."""
        script = with_socket("\n".join(commands) + "\n", self.work)
        if any(command.lstrip("( ").startswith("git ") for command in commands):
            self.make_repository()
        if self.entry.get("where") == "host":
            command, env = ["sh", "-euc", script], self.host_environment()
        else:
            command = ["/usr/bin/docker", "-H", f"unix://{self.work}/docker.sock", "run", "--rm", *self.options(),
                       f"--volume={self.project}:/src", "--workdir=/src", self.image(), "sh", "-euc", script]
            env = {"PATH": "/usr/bin:/bin", "HOME": str(self.slot)}
        done = subprocess.run(["timeout", str(TIME_LIMIT), *command], cwd=self.scenario.place(self.project), env=env, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode != 0:
            raise NotMended(f"the commands ended with {done.returncode}:\n{script}\n{done.stdout.decode(errors='replace')[-1500:]}")

    def image(self):
        if "image" in self.entry:
            return self.entry["image"]
        images = self.scenario.images()
        if not images:
            raise NotMended("in which image do the commands run? Give image, or where = \"host\"")
        return images[0]

    def make_repository(self):
        if not (self.project / ".git").exists():
            for command in ("init -q -b main", "config user.name reader", "config user.email reader@example.org", "add -A", "commit -q -m start"):
                subprocess.run(["git", *command.split(" ")], cwd=self.project, check=True, env={"PATH": os.environ["PATH"], "HOME": str(self.slot)})

    def host_environment(self):
        """PATH with builders that use this machine's daemons and the scenario's hosts."""
        self.home.mkdir(exist_ok=True)
        folder = self.slot / "bin"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        shim = pathlib.Path(__file__).with_name("shim.py")
        for name in ("docker", "podman", "buildah"):
            (folder / name).write_text(f"#!/bin/sh\nexec python3 -B {shlex.quote(str(shim))} {name} \"$@\"\n")
        (folder / "sudo").write_text('#!/bin/sh\nexec "$@"\n')
        for each in folder.iterdir():
            each.chmod(0o755)
        return {"PATH": f"{folder}:{os.environ['PATH']}", "HOME": str(self.home), "WHYFAIL_REC_WORK": str(self.work),
                "WHYFAIL_REC_SLOT": str(self.slot), "WHYFAIL_REC_BUILDER": self.builder,
                "WHYFAIL_REC_OPTIONS": json.dumps(self.scenario.build_options()), **self.entry.get("env", {})}
