#!/usr/bin/env python3
"""Checks what Cargo.lock brings in against deny.toml: licences, kinds, sources.

It holds to the part of cargo-deny's rules that deny.toml uses, over `cargo metadata`, and needs nothing but Python. Where
cargo-deny is installed, .ci/run asks that instead.
"""

import json
import re
import subprocess
import sys
import tomllib
from collections import defaultdict

# The index that cargo itself uses.
REGISTRY = "registry+https://github.com/rust-lang/"


def allows(expression, allowed):
    """Can the SPDX expression be met with the allowed licences alone?"""
    words = re.findall(r"[()]|[^\s()]+", expression.replace("/", " OR "))
    at = 0

    def peek():
        return words[at] if at < len(words) else None

    def take():
        nonlocal at
        at += 1
        return words[at - 1]

    def one():
        word = take() if peek() else sys.exit(f"licence expression breaks off: {expression}")
        if word == "(":
            met = either()
            if peek() != ")":
                sys.exit(f"licence expression without ')': {expression}")
            take()
            return met
        if peek() == "WITH":
            take()
            word += f" WITH {take()}"
        return word in allowed

    def both():
        met = one()
        while peek() == "AND":
            take()
            met &= one()
        return met

    def either():
        met = both()
        while peek() == "OR":
            take()
            met |= both()
        return met

    met = either()
    if peek() is not None:
        sys.exit(f"licence expression can't be read: {expression}")
    return met


def problems(rules, packages):
    """What is against the rules, a sentence each."""
    licences, bans = rules["licenses"], rules["bans"]
    own = {entry["crate"]: set(entry["allow"]) for entry in licences["exceptions"]}
    banned = {entry["crate"]: entry["reason"] for entry in bans["deny"]}
    skipped = {entry["crate"] for entry in bans["skip"]}
    versions = defaultdict(set)
    used = set()
    for package in packages:
        name = f"{package['name']} {package['version']}"
        versions[package["name"]].add(package["version"])
        if package["source"] is not None and not package["source"].startswith(REGISTRY):
            yield f"{name} comes from {package['source']}"
        if package["name"] in banned:
            yield f"{name} is banned: {banned[package['name']]}"
        extra = own.get(package["name"], set())
        if package["license"] is None:
            yield f"{name} names no licence"
        elif not allows(package["license"], set(licences["allow"]) | extra):
            yield f"{name} is under {package['license']}, which deny.toml does not allow"
        elif not allows(package["license"], set(licences["allow"])):
            used.add(package["name"])
        if package["source"] is None:
            for dependency in package["dependencies"]:
                if dependency["req"] == "*" and dependency["path"] is None:
                    yield f"{name} takes any version of {dependency['name']}"
    for name, found in sorted(versions.items()):
        left = {version for version in found if f"{name}@{version}" not in skipped}
        if len(left) > 1:
            yield f"{name} is there in several versions: {', '.join(sorted(found))}"
    there = {f"{name}@{version}" for name, found in versions.items() if len(found) > 1 for version in found}
    for crate in sorted(skipped - there):
        yield f"deny.toml skips {crate}, which is no second version any more"
    for crate in sorted(set(own) - used):
        yield f"deny.toml makes an exception for {crate}, which needs none"


def proves_itself():
    """The reader of expressions, on those that it must tell apart."""
    allowed = {"MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception"}
    cases = {
        "MIT": True, "GPL-3.0": False, "MIT/GPL-3.0": True, "MIT AND GPL-3.0": False, "GPL-3.0 OR (MIT AND Apache-2.0)": True,
        "(GPL-3.0 OR MIT) AND GPL-2.0": False, "Apache-2.0 WITH LLVM-exception": True, "MIT WITH x": False,
        "GPL-3.0 AND MIT OR Apache-2.0": True,
    }  # fmt: skip
    wrong = [case for case, expected in cases.items() if allows(case, allowed) != expected]
    if wrong:
        sys.exit(f"licence expressions are read wrongly: {wrong}")


def main():
    proves_itself()
    with open("deny.toml", "rb") as file:
        rules = tomllib.load(file)
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--all-features"]
    packages = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)["packages"]
    found = list(problems(rules, packages))
    for problem in found:
        print(f"dependencies: {problem}", file=sys.stderr)
    print(f"{len(packages)} packages, {len(found)} against the rules")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
