#!/usr/bin/env python3
"""Checks every way by which whyfail goes to a build: `last`, record files, plugin, hook.

    history.py --work DIR --cache DIR --whyfail BIN

Called by history.sh, which starts the daemons.
"""
import argparse
import fcntl
import json
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import termios
import time

from scenarios import Tally

LIMIT = 120  # seconds a call may take
FAILING = """\
FROM busybox
RUN echo fine
RUN cd /tmp && curl -fsS http://files.example.org/tool.tgz
"""
GOOD = "FROM busybox\nRUN echo fine\n"
HOSTILE = r"""FROM busybox
RUN printf 'a {{ .Foo }} {{{ x {{template "y"}}\n\033[31m\033]0;title\007{{\r\n' && printf '/bin/sh: {{x}}: not found\n' && exit 127
"""


class Machine:
    """The programs and settings of one user, in a folder of their own."""

    def __init__(self, options):
        self.whyfail = options.whyfail
        self.cache = options.cache
        self.work = options.work
        self.home = self.work / "user"
        self.projects = self.work / "projects"
        shutil.rmtree(self.home, ignore_errors=True)
        (self.home / ".docker/cli-plugins").mkdir(parents=True)
        os.symlink(self.cache / "bin/buildx", self.home / ".docker/cli-plugins/docker-buildx")
        os.symlink(self.whyfail, self.home / ".docker/cli-plugins/docker-whyfail")
        self.builders = 0

    def environment(self, **more):
        return {"PATH": f"{self.cache}/docker-29:{pathlib.Path(self.whyfail).parent}:/usr/bin:/bin", "HOME": str(self.home),
                "DOCKER_HOST": f"unix://{self.work}/docker.sock", "BUILDX_BUILDER": "bench", "TERM": "xterm-256color",
                "BUILDX_CONFIG": str(self.work / "buildx"), "WHYFAIL_HOOK_TIMEOUT_MS": "20000", **more}

    def run(self, *command, folder=None, **more):
        return subprocess.run([str(word) for word in command], cwd=folder or self.work, env=self.environment(**more),
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT)

    def project(self, name, dockerfile, **files):
        folder = self.projects / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "Dockerfile").write_text(dockerfile)
        for file, text in files.items():
            (folder / file.replace("_", ".")).write_text(text)
        return folder

    def build(self, folder, *words):
        return self.run("docker", "build", *words, ".", folder=folder)

    def last(self, *words):
        """`whyfail last`, its results and what it said beside them."""
        done = self.run(self.whyfail, "last", "--format", "json", *words)
        results = json.loads(done.stdout)["results"] if done.stdout else []
        return done.returncode, results, done.stderr

    def on_terminal(self, command, folder, interrupt_after=None, **more):
        """Runs a command at a terminal; its status and all it printed."""
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        process = subprocess.Popen([str(word) for word in command], cwd=folder, env=self.environment(**more), stdin=slave,
                                   stdout=slave, stderr=slave, start_new_session=True)
        os.close(slave)
        text = b""
        start = time.monotonic()
        while time.monotonic() - start < LIMIT:
            if interrupt_after and time.monotonic() - start > interrupt_after:
                os.killpg(process.pid, signal.SIGINT)
                interrupt_after = None
            if not select.select([master], [], [], 0.2)[0]:
                continue
            try:
                piece = os.read(master, 65536)
            except OSError:  # the last writer is gone
                break
            if not piece:
                break
            text += piece
        os.close(master)
        return process.wait(), text.decode(errors="replace")


def expect(*claims):
    """The claims that do not hold, each a pair of a word and a truth."""
    return [f"not so: {words}" for words, holds in claims if not holds]


def cause(results):
    return results[0]["causes"][0] if results and results[0]["causes"] else {}


def without_history(m):
    code, results, said = m.last()
    return expect(("ends with 2", code == 2), ("no results", not results), (f"says it: {said!r}", "no build at all" in said))


def after_success(m):
    m.build(m.project("good", GOOD))
    code, results, said = m.last()
    return expect(("ends with 0", code == 0), ("no results", not results),
                  (f"says it: {said!r}", "no failed build in the history (1 build)" in said))


def after_failure(m):
    m.build(m.project("first", FAILING))
    code, results, said = m.last()
    first = cause(results)
    steps = {step["key"]: step for step in results[0]["steps"]} if results else {}
    step = steps.get(first.get("step"), {})
    return expect(("ends with 1", code == 1), (f"class {first.get('class')}", first.get("class") == "cmd-not-found"),
                  (f"proof {first.get('evidence')}", "curl: not found" in first["evidence"][0]["text"]),
                  ("confidence", first.get("confidence") == "high"),
                  (f"the line of the Dockerfile: {step}", step.get("file_line") == 3),
                  ("the part that failed", "curl" in (step.get("failed_part") or "")),
                  ("the exit code", step.get("exit_code") == 127),
                  (f"names the build: {said!r}", "build of first (bench/bench0/" in said and "failed" in said))


def line_numbers_are_those_of_buildx(m):
    _, results, _ = m.last()
    proof = cause(results)["evidence"][0]
    reference = results[0]["source"]["name"].split("/")[-1]
    shown = m.run("docker", "buildx", "history", "logs", reference).stderr.split("\n")
    return expect((f"line {proof['line']} is {shown[proof['line'] - 1]!r}", shown[proof["line"] - 1].endswith(proof["text"])))


def after_two_failures(m):
    other = m.project("second", "FROM busybox\nCOPY missing.conf /etc/\n")
    m.build(other)
    code, results, _ = m.last()
    before, before_results, _ = m.last("^1")
    reference = before_results[0]["source"]["name"]
    by_start = m.last(reference.split("/")[-1][:8])
    by_link = m.last(f"docker-desktop://dashboard/build/{reference}")
    return expect(("the second one", code == 1 and cause(results).get("class") == "ctx-missing-file"),
                  ("the one before", before == 1 and cause(before_results).get("class") == "cmd-not-found"),
                  ("by the start of its id", by_start[1] == before_results), ("by its link", by_link[1] == before_results),
                  ("no such build", m.last("zzzzzz")[0] == 2), ("no such builder", m.last("--builder", "nobody")[0] == 2),
                  ("one builder only", m.last("--builder", "bench")[1] == results))


def newer_good_build(m):
    m.build(m.project("good", GOOD), "--no-cache")
    code, results, said = m.last()
    named, good, _ = m.last("^0")
    return expect(("still the failure", code == 1 and cause(results).get("class") == "ctx-missing-file"),
                  (f"says so: {said!r}", "a newer one did not fail: build of good" in said),
                  ("the good one by name", named == 0 and good[0]["outcome"] == "succeeded"))


def all_formats(m):
    problems = []
    for format, word in [("text", "── whyfail"), ("brief", "whyfail: "), ("json", '"schema_version"')]:
        done = m.run(m.whyfail, "last", "--format", format)
        problems += expect((f"{format}: {done.stdout[:80]!r}", done.returncode == 1 and word in done.stdout))
    file = m.work / "out.json"
    m.run(m.whyfail, "last", "-o", file)
    return problems + expect(("-o FILE", cause(json.loads(file.read_text())["results"]).get("class") == "ctx-missing-file"))


def clipped_log(m):
    m.build(m.project("clipped", 'FROM busybox\nRUN seq 1 600000 && echo "/bin/sh: 1: curl: not found" && exit 127\n'))
    code, results, _ = m.last()
    first = cause(results)
    return expect(("clipped", results[0]["source"]["truncated"] == "clipped"), ("ends with 1", code == 1),
                  (f"proof behind the gap: {first.get('confidence')}", first.get("confidence") == "high"))


def record_file(m):
    m.build(m.project("first", FAILING), "--no-cache")
    _, results, _ = m.last()
    name = results[0]["source"]["name"].split("/")[-1]
    file = m.work / "build.dockerbuild"
    m.run("docker", "buildx", "history", "export", "-o", file, name)
    done = m.run(m.whyfail, "--format", "json", file)
    found = json.loads(done.stdout)["results"] if done.stdout else []
    same = ["signature", "class", "title", "fingerprint", "confidence"]
    return expect((f"ends with 1, not {done.returncode}: {done.stderr}", done.returncode == 1),
                  ("the same cause", [cause(found).get(key) for key in same] == [cause(results).get(key) for key in same]))


def plugin_codes(m):
    failing, good = m.project("first", FAILING), m.project("good", GOOD)
    failed = m.run("docker", "whyfail", "build", ".", folder=failing)
    passed = m.run("docker", "whyfail", "build", ".", folder=good)
    brief = m.run("docker", "--log-level", "error", "whyfail", "--format", "brief", "build", "-f", "Dockerfile", ".",
                  folder=failing)
    buildx = m.run("docker", "whyfail", "buildx", "build", ".", folder=failing)
    last = m.run("docker", "whyfail", "last", "--format", "brief")
    metadata = m.run(m.home / ".docker/cli-plugins/docker-whyfail", "docker-cli-plugin-metadata")
    listed = m.run("docker", "whyfail", "list", "--classes")
    return expect(("docker's status", failed.returncode == 1), ("the report", "✗ curl is not installed" in failed.stderr),
                  ("BuildKit's own words stay", "ERROR: failed to build" in failed.stderr),
                  ("good is good", passed.returncode == 0 and "whyfail" not in passed.stderr),
                  (f"options of both: {brief.stderr[-300:]}", brief.returncode == 1 and "\nwhyfail: curl" in brief.stderr),
                  ("buildx build", buildx.returncode == 1 and "✗ curl" in buildx.stderr),
                  ("last", last.returncode == 1 and last.stdout.startswith("whyfail: curl")),
                  ("metadata", json.loads(metadata.stdout)["SchemaVersion"] == "0.1.0"),
                  ("other commands", "net-forbidden" in listed.stdout))


def plugin_on_a_terminal(m):
    code, text = m.on_terminal(["docker", "whyfail", "build", "--no-cache", "."], m.projects / "first")
    return expect(("status", code == 1), ("BuildKit draws", "\033[?25l" in text or "[+] Building" in text),
                  ("the report", "curl is not installed" in text))


def bake_with_two_failures(m):
    folder = m.project("bake", FAILING, **{"other_Dockerfile": "FROM busybox\nRUN sleep 1 && nosuchtool --version\n"})
    (folder / "docker-bake.hcl").write_text('group "default" { targets = ["a", "b"] }\ntarget "a" {}\n'
                                            'target "b" { dockerfile = "other.Dockerfile" }\n')
    done = m.run("docker", "whyfail", "bake", folder=folder)
    return expect((f"status {done.returncode}", done.returncode == 1), ("the first failure", "curl is not installed" in done.stderr))


def failed_without_record(m):
    m.build(m.project("first", FAILING))
    done = m.run("docker", "whyfail", "build", "no-such-folder", folder=m.projects)
    code, results, said = m.last()
    m.build(m.projects / "first")
    after = m.last()
    return expect(("docker's status", done.returncode == 1),
                  (f"said at once: {done.stderr!r}", "left no record" in done.stderr),
                  ("no older build in its place", code == 2 and not results),
                  (f"but named: {said!r}", "left no record" in said and "An older one: whyfail last bench/" in said),
                  ("the next build counts again", after[0] == 1))


def missing_credential_helper(m):
    config = m.work / "helper"
    shutil.copytree(m.home / ".docker", config, symlinks=True, dirs_exist_ok=True)
    (config / "config.json").write_text('{"credsStore": "nowhere"}')
    done = m.run(m.whyfail, "last", "zzzzzz", DOCKER_CONFIG=str(config))
    return expect((f"named: {done.stderr!r}", "docker-credential-nowhere, which is not on PATH" in done.stderr))


def daemon_is_down(m):
    done = m.run(m.whyfail, "last", "--builder", "default", DOCKER_HOST=f"unix://{m.work}/nothing.sock")
    return expect(("ends with 2", done.returncode == 2), (f"says it: {done.stderr!r}", "can't be reached" in done.stderr))


def buildkit_without_history(m):
    done = m.run(m.whyfail, "last", "--builder", "default")
    return expect(("ends with 2", done.returncode == 2), (f"says it: {done.stderr!r}", "keeps no history" in done.stderr))


def buildx_is_missing(m):
    done = m.run(m.whyfail, "last", DOCKER_CONFIG=str(m.work / "empty"), PATH="/usr/bin:/bin")
    return expect(("ends with 2", done.returncode == 2), (f"says it: {done.stderr!r}", "buildx is missing" in done.stderr))


def debians_client(m):
    """Docker 20.10 has plugins, but no hooks and, without buildx, no history."""
    more = {"PATH": "/usr/bin:/bin", "DOCKER_BUILDKIT": "0"}
    failed = m.run("/usr/bin/docker", "whyfail", "build", "--network=host", ".", folder=m.projects / "first", **more)
    passed = m.run("/usr/bin/docker", "whyfail", "build", "--network=host", ".", folder=m.projects / "good", **more)
    return expect((f"docker's status, not {failed.returncode}", failed.returncode == 127),
                  ("says what to do", "docker build . 2>&1 | whyfail" in failed.stderr), ("good is good", passed.returncode == 0))


def canceled_build(m):
    folder = m.project("slow", "FROM busybox\nRUN echo started && sleep 60\n")
    m.on_terminal(["docker", "build", "."], folder, interrupt_after=3)
    time.sleep(1)
    code, results, _ = m.last()
    return expect((f"it was stopped: {cause(results)}", code == 1 and cause(results)["signature"] == "buildkit/build-canceled"))


def hook_protocol(m):
    """The hook as docker calls it."""
    plugin = m.home / ".docker/cli-plugins/docker-whyfail"

    def ask(error, **more):
        request = json.dumps({"RootCmd": "buildx build", "Flags": {"progress=plain": ""}, "CommandError": error})
        done = m.run(plugin, "whyfail", "docker-cli-plugin-hooks", request, **more)
        return done.returncode, json.loads(done.stdout)

    m.build(m.project("hostile", HOSTILE))
    code, answer = ask("exited with code 1")
    text = answer["Template"]
    unescaped = re.sub(r'\{\{"\{\{"\}\}', "", text)
    return expect(("ends with 0", code == 0), ("type", answer["Type"] == 0),
                  (f"the proof: {text!r}", '{{"{{"}}x}}: not found' in text),
                  ("at most 10 lines", text.count("\n") < 10), ("no template of the log's", "{{" not in unescaped),
                  ("no escapes", "\033" not in text and "\r" not in text and "\007" not in text),
                  ("nothing after a success", ask("")[1]["Template"] == ""),
                  ("silent inside the plugin", ask("x", WHYFAIL_NO_HOOK="1")[1]["Template"] == ""))


def hook_on_a_terminal(m):
    """A current client calls the hook after failures, and only then."""
    done = m.run(m.whyfail, "setup", "docker")
    problems = expect((f"setup: {done.stderr}", done.returncode == 0))
    code, text = m.on_terminal(["docker", "build", "."], m.projects / "hostile")
    shown = text[text.rfind("What's next"):]
    problems += expect(("status", code == 1), (f"shown: {shown!r}", "What's next" in text and "exit code 127" in shown),
                       (f"with the braces of the log: {shown!r}", "{{x}}" in shown), ("and the way on", "docker whyfail last" in shown))
    code, text = m.on_terminal(["docker", "buildx", "build", "."], m.projects / "first")
    problems += expect(("docker buildx build", code == 1 and "curl is not installed" in text))
    code, text = m.on_terminal(["docker", "build", "."], m.projects / "good")
    problems += expect(("silent after a success", code == 0 and "What's next" not in text))
    code, text = m.on_terminal(["docker", "build", "no-such-folder"], m.projects)
    problems += expect((f"without a record: {text!r}", code == 1 and "left no record" in text))
    m.build(m.projects / "first")
    code, text = m.on_terminal(["docker", "whyfail", "build", "."], m.projects / "first")
    problems += expect(("once, not twice", text.count("is not installed") == 1))
    m.run(m.whyfail, "setup", "docker", "--remove")
    return problems


def hook_latency(m):
    """Not a test of speed: prints what it takes."""
    config = m.home / ".docker/config.json"
    m.run(m.whyfail, "setup", "docker")
    m.build(m.projects / "first")
    took = []
    for _ in range(15):
        start = time.monotonic()
        request = '{"RootCmd":"build","Flags":{},"CommandError":"exited with code 1"}'
        done = m.run(m.home / ".docker/cli-plugins/docker-whyfail", "whyfail", "docker-cli-plugin-hooks", request,
                     WHYFAIL_HOOK_TIMEOUT_MS="")
        took.append(time.monotonic() - start)
    print(f"     hook: median {statistics.median(took) * 1000:.0f} ms, slowest {max(took) * 1000:.0f} ms of {len(took)}")
    m.run(m.whyfail, "setup", "docker", "--remove")
    return expect(("answers", '"Type":0' in done.stdout), ("the configuration is as before", not config.exists() or
                                                          "whyfail" not in config.read_text()))


def post_failure_step(m):
    """The GitHub step without a log: nothing was wrapped or saved, so it reads the builder's history."""
    folder = m.project("first", FAILING)
    m.build(folder, "--no-cache")
    summary, outputs = m.work / "summary.md", m.work / "outputs"
    script = pathlib.Path(__file__).resolve().parents[2] / "integrations/github/post-failure.sh"
    done = m.run("bash", script, folder=folder, CI="true", GITHUB_ACTIONS="true", GITHUB_WORKSPACE=str(folder),
                 GITHUB_STEP_SUMMARY=str(summary), GITHUB_OUTPUT=str(outputs), RUNNER_TEMP=str(m.work),
                 WHYFAIL_BUILDER="bench", WHYFAIL_PROGRAM=str(m.whyfail))
    text = summary.read_text() if summary.exists() else ""
    return expect((f"ends with 0, not {done.returncode}: {done.stderr}", done.returncode == 0),
                  (f"an annotation: {done.stdout!r}", "::error file=Dockerfile,line=3" in done.stdout),
                  (f"a summary: {text!r}", "curl is not installed" in text),
                  ("outputs", "class=cmd-not-found" in (outputs.read_text() if outputs.exists() else "")))


def setup_keeps_the_rest(m):
    folder = m.work / "config"
    folder.mkdir(exist_ok=True)
    original = '{\n\t"auths": {\n\t\t"registry.example.org": {}\n\t},\n\t"features": {\n\t\t"buildkit": "true"\n\t},\n\t"zzz": 1\n}\n'
    file = folder / "config.json"
    file.write_text(original)
    file.chmod(0o600)
    dry = m.run(m.whyfail, "setup", "docker", "--dry-run", DOCKER_CONFIG=str(folder))
    untouched = file.read_text() == original and not (folder / "cli-plugins").exists()
    m.run(m.whyfail, "setup", "docker", DOCKER_CONFIG=str(folder))
    changed = json.loads(file.read_text())
    again = m.run(m.whyfail, "setup", "docker", DOCKER_CONFIG=str(folder))
    works = m.run("docker", "whyfail", "--version", DOCKER_CONFIG=str(folder))
    m.run(m.whyfail, "setup", "docker", "--remove", DOCKER_CONFIG=str(folder))
    broken = folder / "broken"
    broken.mkdir(exist_ok=True)
    (broken / "config.json").write_text('{"auths": {},\n oops}')
    bad = m.run(m.whyfail, "setup", "docker", DOCKER_CONFIG=str(broken))
    return expect(("a dry run changes nothing", untouched and "would" in dry.stdout),
                  ("registered", changed["plugins"]["whyfail"]["error-hooks"].startswith("build,buildx build")),
                  ("the rest stays", changed["auths"] == {"registry.example.org": {}} and changed["zzz"] == 1),
                  ("the rights stay", file.stat().st_mode & 0o777 == 0o600), ("twice is once", "Nothing to do" in again.stdout),
                  (f"the link works: {works.stderr}", "whyfail" in works.stdout), ("removed", file.read_text() == original),
                  (f"a broken file is named with its line: {bad.stderr!r}", bad.returncode == 2 and "config.json:2:" in bad.stderr),
                  ("and left alone", "oops" in (broken / "config.json").read_text()))


CHECKS = [without_history, after_success, after_failure, line_numbers_are_those_of_buildx, after_two_failures, newer_good_build,
          all_formats, clipped_log, record_file, plugin_codes, plugin_on_a_terminal, bake_with_two_failures,
          failed_without_record, missing_credential_helper, daemon_is_down, buildkit_without_history, buildx_is_missing,
          debians_client, canceled_build, hook_protocol, hook_on_a_terminal, hook_latency, post_failure_step,
          setup_keeps_the_rest]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--cache", type=pathlib.Path, required=True)
    parser.add_argument("--whyfail", required=True)
    machine = Machine(parser.parse_args())
    tally = Tally()
    for check in CHECKS:
        start = time.monotonic()
        try:
            problems = check(machine)
        except (subprocess.TimeoutExpired, ValueError, KeyError, IndexError) as error:
            problems = [f"{type(error).__name__}: {error}"]
        tally.add(check.__name__.replace("_", " "), problems, time.monotonic() - start)
    return tally.end()


if __name__ == "__main__":
    sys.exit(main())
