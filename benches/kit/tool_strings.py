#!/usr/bin/env python3
"""Makes many signatures out of what installed tools can say, to measure how the cost grows with the database.

    tool_strings.py --signatures 7272 --messages 36000 --good GOOD.log DIR

writes DIR/tools/NNNNN.toml. The patterns are messages found in the tools of this machine: the printable strings of binaries
(compilers, linkers, git, cmake, apt, ssh …) and the string literals of sources that tools are installed with (npm, Go,
Python). Unlike random bytes they share words with each other and with ordinary log lines, as real messages do. What stands
in the log of a good build (--good) is left out, as no signature may match there.
"""
import argparse
import glob
import os
import pathlib
import re
import shutil
import subprocess
import sys

COMMANDS = (
    "apt-get ar as bash cargo cmake cpp ctest curl docker dpkg g++ gcc gdb git git-lfs gpg java javac ld.bfd ld.gold make mvn"
    " ninja node objcopy openssl perl php pkg-config podman psql python3 rsync ruby rustc sqlite3 ssh ssh-keygen strip svn"
    " systemctl tar unzip valgrind wget xz"
).split()
# Besides the commands themselves: what does their work.
FILES = (
    "/usr/lib/gcc/*/*/cc1*", "/usr/lib/gcc/*/*/collect2", "/usr/lib/gcc/*/*/lto1", "/usr/lib/git-core/git*",
    "/usr/lib/*/libapt-*.so*", "/usr/lib/*/libcurl*.so*", "/usr/lib/*/libssl*.so*", "/usr/lib/*/libcrypto.so*",
    "/usr/lib/*/libbfd*.so*", "/usr/lib/*/libLLVM*.so*", "/usr/lib/*/libgnutls.so*", "/usr/lib/*/libc.so.6",
    "/usr/lib/*/libperl.so*", "/usr/lib/*/libpython3*.so*",
)
SOURCES = (
    ("GOROOT", "src/**/*.go"),
    ("/usr/share", "nodejs/**/*.js"),
    ("/usr/lib", "node_modules/npm/**/*.js"),
    ("/usr/lib", "python3*/**/*.py"),
)
PRINTABLE = re.compile(rb"[\x20-\x7e\t]{14,200}")
QUOTED = re.compile(r"""(["'`])((?:(?!\1)[^\\\n]|\\["'`]){14,200})\1""")
# Where a value goes, a message's fixed text ends.
PLACEHOLDER = re.compile(r"%[-+ #0-9.*]*[hlzqjt]*[a-zA-Z]|\$\{[^}]*\}|\{[^}]*\}|%<[^>]*>|\\.|[\t]")
MESSAGE = re.compile(r"[A-Za-z'\"`(][A-Za-z0-9 ,.:;'\"`()/_=-]+$")


def rust_library():
    """rustc is a small program; its messages are in a library beside it."""
    try:
        root = subprocess.run(["rustc", "--print", "sysroot"], capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return []
    return glob.glob(f"{root}/lib/librustc_driver*.so")


def binaries():
    found = {os.path.realpath(path) for name in COMMANDS if (path := shutil.which(name))}
    found.update(os.path.realpath(path) for pattern in FILES for path in glob.glob(pattern))
    found.update(rust_library())
    return sorted(path for path in found if os.path.isfile(path))


def sources():
    for root, pattern in SOURCES:
        if root == "GOROOT":
            if not shutil.which("go"):
                continue
            root = subprocess.run(["go", "env", "GOROOT"], capture_output=True, text=True, check=True).stdout.strip()
        yield from sorted(glob.glob(f"{root}/{pattern}", recursive=True))


def pieces():
    """Fixed pieces of messages, by the file in which they are."""
    for path in binaries():
        data = pathlib.Path(path).read_bytes()
        yield path, [piece for text in PRINTABLE.findall(data) for piece in PLACEHOLDER.split(text.decode("ascii"))]
    for path in sources():
        try:
            text = pathlib.Path(path).read_text(errors="ignore")
        except OSError:
            continue
        yield path, [piece for match in QUOTED.finditer(text) for piece in PLACEHOLDER.split(match[2])]


def is_message(text):
    """A sentence or a part of one, as long as the fixed texts of signatures are."""
    if not 10 <= len(text) <= 45 or text.count(" ") < 1 or "  " in text or not MESSAGE.match(text):
        return False
    return sum(c.isalpha() or c == " " for c in text) >= 0.85 * len(text) and any(len(word) > 4 for word in text.split())


def pairs(text):
    """The pairs of neighbouring words."""
    words = text.split()
    return set(zip(words, words[1:]))


def messages(logs):
    """All messages, folded to lower case and sorted, without those that stand in good logs or whose pairs of words all do."""
    good = {pair for log in logs for line in log.splitlines() for pair in pairs(line)}
    found = set()
    for _, texts in pieces():
        found.update(text for text in (text.strip(" '\"`").lower() for text in texts) if is_message(text))
    return sorted(text for text in found if not pairs(text) <= good and not any(text in log for log in logs))


# As long as the prose of the real ones is.
TEXT = """
explain = \"\"\"
The tool met something that it can't work with and stops. It says so in the line above, and the step that \
called it ends with its status. What follows in the log is a consequence of this line, not another failure.\"\"\"
prevent = "Run the same command with the same version of the tool before the change is pushed."

[[remedy]]
title    = "Look at the input that the line names and run the command again"
when     = "the file is part of the repository"
commands = ["git log -3 --stat", "make clean all"]

[[remedy]]
title = "Use the version of the tool that the project was written for"
"""


def toml(text):
    return "'" + text + "'" if "'" not in text else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def signature(number, texts):
    patterns = ", ".join(toml(re.sub(r"([.()])", r"[\1]", text) + "(?: (?P<rest>.+))?") for text in texts)
    # Messages hold others, so that a line alone may be another signature's.
    source = 'source = "a tool; the message may hold another one"\nalone = true'
    examples = "".join(f"\n[[example]]\nlog = {toml(text)}\n{source}\n" for text in (texts[0], texts[-1]))
    return (
        f'title   = "Message {number} of a tool"\nclass   = "compile-error"\nowner   = "code"\nretry   = "no"\n'
        f"match   = [{patterns}]\n{TEXT}{examples}\n[[counterexample]]\nlog = 'nothing of this'\nsource = \"a tool\"\n"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--signatures", type=int, required=True, help="how many to write")
    parser.add_argument("--messages", type=int, required=True, help="how many messages they look for together")
    parser.add_argument("--good", type=pathlib.Path, action="append", default=[], help="a log of a good build")
    options = parser.parse_args()
    texts = messages([path.read_text(errors="replace").lower() for path in options.good])
    wanted = options.messages
    if wanted < options.signatures:
        parser.error("--messages: each signature needs one")
    if len(texts) < wanted:
        sys.exit(f"tool_strings.py: the tools here have {len(texts)} messages, {wanted} are needed")
    # Evenly out of all of them, so that no tool has more than its share.
    chosen = [texts[at * len(texts) // wanted] for at in range(wanted)]
    folder = options.folder / "tools"
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(options.signatures):
        own = chosen[number :: options.signatures]
        (folder / f"{number:05}.toml").write_text(signature(number, own))
    print(f"{options.signatures} signatures with {wanted} of {len(texts)} messages", file=sys.stderr)


if __name__ == "__main__":
    main()
