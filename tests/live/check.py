#!/usr/bin/env python3
"""Compares whyfail's JSON report with what a scenario.toml expects.

    check.py SCENARIO.toml REPORT.json EXIT-STATUS
"""
import json
import pathlib
import sys
import tomllib

# Outcome -> exit status.
EXIT_STATUS = {"failed": 1, "succeeded": 0, "no_failure": 0, "undetermined": 3}


def report(expected, text, status):
    """Returns the problems found, none if the report is as the scenario's fields expect."""
    outcomes = expected.get("outcome", "failed")
    outcomes = [outcomes] if isinstance(outcomes, str) else outcomes
    try:
        envelope = json.loads(text)
        results = envelope["results"]
        # A file of build records has one result for each build; `causes` are those of all of them.
        many = len(results) > 1 and "causes" in expected
        if envelope["schema_version"] != 1 or not results or (len(results) > 1 and not many):
            return [f"schema_version {envelope['schema_version']}, {len(results)} results"]
        result = results[0]
        if many:
            result = {**result, "causes": [cause for each in results for cause in each["causes"]]}
        return [
            *same("exit status", EXIT_STATUS[outcomes[0]], status),
            *([] if result["outcome"] in outcomes else same("outcome", outcomes, result["outcome"])),
            *causes(expected, result),
            *failed_part(expected, result),
            *step(expected, result),
        ]
    except (ValueError, KeyError, TypeError) as error:
        return [f"the report is not what the contract says: {error!r}; it begins {text[:200]!r}"]


def proof_in(expected, log):
    """Whether the build failed as it was meant to: its log must hold the proof."""
    words = expected.get("evidence") or expected.get("suspicious")
    return holds("log", words, log) if words else []


def causes(expected, result):
    found = result["causes"]
    ids = [cause["signature"] for cause in found]
    if "causes" in expected:
        return same("causes", sorted(expected["causes"]), sorted(ids))
    if "class" not in expected:
        problems = same("causes", [], ids)
        if "suspicious" in expected:
            lines = [each["evidence"]["text"] for each in result["suspicious"]]
            problems += holds("suspicious[0]", expected["suspicious"], lines[0] if lines else "")
        return problems
    if not found:
        return [f"no cause, {expected.get('signature', expected['class'])} was expected"]
    first = found[0]
    problems = same("class", expected["class"], first["class"])
    if "signature" in expected:
        problems += same("signature", expected["signature"], first["signature"])
    problems += same("rank", 1, first["rank"])
    problems += holds("evidence", expected["evidence"], "\n".join(e["text"] for e in first["evidence"]))
    return problems


def failed_part(expected, result):
    if "failed_part" not in expected:
        return []
    parts = [step["failed_part"] for step in result["steps"] if step["outcome"] == "failed"]
    return [] if expected["failed_part"] in parts else [f"failed_part: {expected['failed_part']!r} was expected, found {parts}"]


def step(expected, result):
    """Title and line of the step of the first cause (without one, of the failing step), and the exit code of the failing one,
    where the log tells them."""
    problems = []
    steps = {each["key"]: each for each in result["steps"]}
    first = steps.get(result["causes"][0]["step"] if result["causes"] else result["failing_step"])
    if "step" in expected and steps:
        problems += holds("step", expected["step"], first["name"] if first else "")
    if "file_line" in expected and first and first["file_line"] is not None:
        problems += same("file_line", expected["file_line"], first["file_line"])
    codes = [each["exit_code"] for each in result["steps"] if each["outcome"] == "failed" and each["exit_code"] is not None]
    if "exit_code" in expected and codes:
        problems += same("exit_code", [expected["exit_code"]], codes[:1])
    return problems


def same(what, expected, found):
    return [] if expected == found else [f"{what}: {expected!r} was expected, found {found!r}"]


def holds(what, words, text):
    """`words` is a text that must be in `text`, or a list of which any one must be."""
    words = [words] if isinstance(words, str) else words
    return [] if any(word in text for word in words) else [f"{what}: {words!r} was expected, found {text[-400:]!r}"]


def main():
    manifest, report_file, status = sys.argv[1:]
    expected = tomllib.loads(pathlib.Path(manifest).read_text())
    problems = report(expected, pathlib.Path(report_file).read_text(), int(status))
    print("\n".join(problems) or "as expected")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
