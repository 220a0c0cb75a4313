#!/usr/bin/env python3
"""`docker`, `podman` and `buildah` as a remedy's commands call them, on the recorder's machine.

    shim.py NAME ARG…

Sends the command to the machine's own daemons, and gives the scenario's options (hosts, build
arguments) to a build. Called through the small scripts that remedy.py puts on PATH.
"""
import json
import os
import sys


def main():
    tool, *arguments = sys.argv[1:]
    work, slot, builder = (os.environ[f"WHYFAIL_REC_{name}"] for name in ("WORK", "SLOT", "BUILDER"))
    options = json.loads(os.environ["WHYFAIL_REC_OPTIONS"])
    verbs = [argument for argument in arguments if not argument.startswith("-")][:2]
    build = next((word for word in verbs if word in ("build", "bud", "bake")), None)
    current = builder.startswith(("buildkit-0.29", "buildctl"))
    env = dict(os.environ)
    if tool == "docker" and "buildx" in verbs or (tool == "docker" and build and current):
        if arguments[0] == "buildx":
            arguments = arguments[1:]
        command = ["buildx", "--builder=bench", *arguments]
        env["BUILDX_CONFIG"] = f"{work}/buildx"
        extra = ["--allow=network.host", "--progress=plain"]
        if build == "build":
            extra += options + ([] if any(a.startswith(("-o", "--output", "--load", "--push")) for a in arguments) else ["--output=type=image"])
    elif tool == "docker":
        command = ["/usr/bin/docker", "-H", f"unix://{work}/docker.sock", *arguments]
        env.setdefault("DOCKER_BUILDKIT", "0" if builder == "classic" else "1")
        extra = options
        if verbs[:1] == ["run"]:
            build, extra = "run", [option for option in options if option.startswith(("--network", "--add-host"))]
    else:
        command = ["/usr/bin/" + tool, f"--root={work}/{tool}", f"--runroot={work}/{tool}-run", "--storage-driver=overlay", *arguments]
        env["CONTAINERS_REGISTRIES_CONF"] = f"{work}/registries.conf"
        extra = options + (["--isolation=chroot"] if tool == "buildah" else [])
    if build:
        place = command.index(build) + 1
        own = {name_of(argument) for argument in arguments}
        command[place:place] = [option for option in extra if name_of(option) not in own]
        if build != "run":
            open(f"{slot}/built", "w").close()
    os.execvpe(command[0], command, env)


def name_of(option):
    """What an option sets: the remedy's own setting wins over the scenario's."""
    name, _, value = option.partition("=")
    return name + "=" + value.split("=")[0] if name == "--build-arg" else option if name == "--add-host" else name


if __name__ == "__main__":
    main()
