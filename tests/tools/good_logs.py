#!/usr/bin/env python3
"""Measures false alarms: logs of builds that went well, about which whyfail must find nothing.

    python3 tests/tools/good_logs.py measure FOLDER... [--whyfail PATH] [--signatures DIR]
    python3 tests/tools/good_logs.py keep LOG...

`measure` asks about every `*.log` in the folders (logs of builds that ended with exit status 0; folders `run` and `project` are left out) and prints each cause, or outcome
"failed", as a false alarm, then the count per tool (the part of the file's name before its first `-`) and per 1000 logs. It ends with
1 where there is one.

`keep` copies small logs (up to 6 KB, and only where nothing else is left of the machine) to tests/good/, without the machine's paths
and the hosts of its package registries. tests/good_logs.rs reads them. Read each before you commit it.
"""
import argparse
import collections
import json
import os
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
LARGEST = 6 << 10
sys.path.insert(0, str(REPOSITORY / "tests" / "live"))


def measure(arguments):
    logs = sorted(log for folder in arguments.folders for log in pathlib.Path(folder).rglob("*.log")
                  if not {"run", "project"} & set(log.parts))
    if not logs:
        sys.exit("no *.log in these folders")
    whole, wrong = collections.Counter(), collections.Counter()
    for log in logs:
        tool = log.name.split("-")[0]
        whole[tool] += 1
        command = [arguments.whyfail, "--format", "json", str(log)]
        if arguments.signatures:
            command[1:1] = ["--signatures", arguments.signatures]
        answer = subprocess.run(command, capture_output=True)
        if not answer.stdout:
            sys.exit(f"{log}: {answer.stderr.decode(errors='replace')}")
        for result in json.loads(answer.stdout)["results"]:
            causes = [(cause["signature"], cause["confidence"], cause["evidence"][0]) for cause in result["causes"]]
            if not causes and result["outcome"] != "failed":
                continue
            wrong[tool] += 1
            print(f"{log}: {result['outcome']}")
            for signature, confidence, evidence in causes:
                print(f"    {signature} ({confidence}), line {evidence['line']}: {evidence['text'][:160]}")
            for symptom in [] if causes else result["symptoms"]:
                print(f"    {symptom['signature']}, line {symptom['evidence'][0]['line']}")
    for tool, count in sorted(whole.items()):
        print(f"{tool:12} {count:5} logs {wrong[tool]:4} false alarms")
    total, alarms = sum(whole.values()), sum(wrong.values())
    print(f"{'all':12} {total:5} logs {alarms:4} false alarms, {1000 * alarms / total:.0f} of 1000")
    return 1 if alarms else 0


def keep(arguments):
    import scrub

    hosts = scrub.registry_hosts()
    domains = {".".join(host.split(".")[-2:]) for host in hosts}
    node = re.compile(rb"(?<![\w:./-])" + re.escape(os.uname().nodename.encode()) + rb"(?![\w:./(-])")
    folder = REPOSITORY / "tests" / "good"
    folder.mkdir(exist_ok=True)
    for path in map(pathlib.Path, arguments.logs):
        log = path.read_bytes()
        for host, name in hosts.items():
            log = re.sub(rb"(?<![\w.-])" + re.escape(host.encode()) + rb"(?![\w-])", name.encode(), log)
        if arguments.work:
            log = re.sub(re.escape(arguments.work.encode()) + rb"(?:/[\w.+-]+){2}", b"/tmp/build", log)
        log = re.sub(rb"(?<=changed by )[^<\n]*<[^>\n]*>", b"Builder <builder@example.org>", log)
        log = log.replace(os.path.expanduser("~").encode() + b"/", b"/home/builder/")
        log = re.sub(rb"(?<=Updating )\S+(?= index)", b"crates.example.org", log)
        # A setting of the machine, which npm complains about.
        log = re.sub(rb"npm warn Unknown user config [^\n]*\n", b"", log)
        left = [domain for domain in domains if domain.encode() in log]
        left += node.findall(log)
        left += re.findall(rb"https?://[^/\s]*@\S+", log)
        if len(log) > LARGEST or not log.strip() or left:
            print(f"{path}: not kept ({len(log)} bytes, left in it: {left})")
            continue
        (folder / path.name).write_bytes(log)
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    measuring = commands.add_parser("measure")
    measuring.add_argument("folders", nargs="+", metavar="FOLDER")
    measuring.add_argument("--whyfail", default=str(REPOSITORY / "target" / "release" / "whyfail"))
    measuring.add_argument("--signatures", help="a folder that overrides the built-in signatures")
    measuring.set_defaults(run=measure)
    keeping = commands.add_parser("keep")
    keeping.add_argument("logs", nargs="+", metavar="LOG")
    keeping.add_argument("--work", default="", help="the folder in which the builds ran, one folder two levels below it for each")
    keeping.set_defaults(run=keep)
    arguments = parser.parse_args()
    sys.exit(arguments.run(arguments))


if __name__ == "__main__":
    main()
