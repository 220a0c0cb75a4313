#!/usr/bin/env python3
"""Turns a log into what Windows PowerShell 5.1 makes of it.

    powershell_capture.py --width 80 LOG >CAPTURE

LOG is what a program wrote to stderr, UTF-8 (BuildKit's plain progress, for instance). The
capture is what `docker build … *> build.log` leaves in a console of that width:

  * UTF-16, little endian, with a byte order mark, and CRLF;
  * the first line of stderr as an error record (`docker : …`, `At line:1 char:1`,
    `+ <command>`, `+ ~~~~`, CategoryInfo, FullyQualifiedErrorId, a line with one blank);
  * every line longer than the width less one continued on the next line: broken after its
    last blank, which stays there, or in mid-word (always so with --wrap hard; both are met);
  * characters beyond ASCII misread, because PowerShell decodes the program's UTF-8 with the
    console's code page (--codepage).

It is a simulation, made after captures that people published; nothing here ran on Windows.
"""
import argparse
import pathlib
import sys

COMMAND = "docker build -t hello . *> build.log"


def misread(text, codepage):
    return text.encode("utf-8").decode(codepage, errors="replace")


def wrap(line, limit, hard, indent=""):
    """The physical lines that one line becomes; `indent` starts all but the first."""
    lines = []
    while len(line) > limit:
        end = limit
        if not hard:
            after_blank = line.rfind(" ", len(indent) + 1, limit) + 1
            end = after_blank or limit
        lines.append(line[:end])
        line = indent + line[end:]
    return [*lines, line]


def ellipsis(text):
    """How an error record shortens the text it is about."""
    return text if len(text) <= 40 else f"{text[:15]}...{text[-15:]}"


def error_record(first, command, limit, hard):
    program = command.split()[0]
    lines = wrap(f"{program} : {first}", limit, hard)
    lines += wrap("At line:1 char:1", limit, True)
    lines += wrap(f"+ {command}", limit, True)
    lines += wrap("+ " + "~" * len(command), limit, True)
    lines += wrap(f"    + CategoryInfo          : NotSpecified: ({ellipsis(first)}:String) [], RemoteException", limit, True, "   ")
    lines += wrap("    + FullyQualifiedErrorId : NativeCommandError", limit, True, "   ")
    return [*lines, " "]


def capture(log, width, command=COMMAND, codepage="cp437", hard=False):
    """`log` is text; returns the bytes of the capture."""
    limit = width - 1
    first, *rest = [misread(line, codepage) for line in log.splitlines()]
    lines = error_record(first, command, limit, hard)
    for line in rest:
        lines += wrap(line, limit, hard)
    return b"\xff\xfe" + "".join(line + "\r\n" for line in lines).encode("utf-16-le")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("log", type=pathlib.Path)
    parser.add_argument("--width", type=int, default=120, help="the console's columns (120)")
    parser.add_argument("--command", default=COMMAND, help="the command line in the error record")
    parser.add_argument("--codepage", default="cp437")
    parser.add_argument("--wrap", choices=["blank", "hard"], default="blank")
    options = parser.parse_args()
    log = options.log.read_text(encoding="utf-8")
    sys.stdout.buffer.write(capture(log, options.width, options.command, options.codepage, options.wrap == "hard"))


if __name__ == "__main__":
    main()
