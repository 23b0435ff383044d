#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Check the rules of the house that no other tool knows (CONTRIBUTING.md).

usage: check_style.py [FOLDER]       FOLDER is the top of the tree, by default this one's

Line length, the licence line, length of files, and functions that are not to be used.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from c_text import without_comments

LINE_MAX = 100
FILE_LINES_WARN = 600
FILE_LINES_MAX = 800

C_SUFFIXES = {".c", ".h"}
SUFFIXES = C_SUFFIXES | {".py", ".pyi", ".sh", ".build"}
NOT_OURS = {"build", "dist"}
LICENCE = re.compile(r"(/\*|#) SPDX-License-Identifier: Apache-2\.0( \*/)?$")
BANNED = re.compile(r"\b(v?sprintf|strcpy|strcat|strtok|atoi|gets|alloca)\s*\(")
BANNED_IN_SRC = re.compile(r"\b(v?f?printf|puts|fputs|putchar|perror)\s*\(")


GENERATED = re.compile(
    r"^# -- begin of what (\S+) writes --$.*?^# -- end of what \1 writes --$", re.M | re.S
)


def length(text: str) -> int:
    """Lines of a file that somebody wrote: how long generated parts are says nothing either."""
    return GENERATED.sub("", text).count("\n")


def is_table(path: Path) -> bool:
    """Tables are data: how long they are says nothing about the code."""
    return path.name.endswith("_table.h") or path.as_posix().startswith("src/message/schema/")


def check_lines(path: Path, lines: list[str]) -> Iterator[str]:
    for number, line in enumerate(lines, 1):
        if len(line) > LINE_MAX and not path.name.endswith("_table.h"):
            yield f"{path}:{number}: {len(line)} columns, {LINE_MAX} are allowed"
        if "\t" in line or line != line.rstrip():
            yield f"{path}:{number}: tab or trailing blank"


def check_licence(path: Path, lines: list[str]) -> Iterator[str]:
    head = [line for line in lines[:3] if not line.startswith(("#!", "# shellcheck"))]
    if lines and not (head and LICENCE.match(head[0])):
        yield f"{path}:1: the first line is not the SPDX licence line"


def check_calls(path: Path, text: str) -> Iterator[str]:
    in_src = path.parts[0] == "src"
    for number, line in enumerate(without_comments(text).splitlines(), 1):
        for call in BANNED.finditer(line):
            yield f"{path}:{number}: {call.group(1)}() is not used here"
        if in_src:
            for call in BANNED_IN_SRC.finditer(line):
                yield f"{path}:{number}: {call.group(1)}(): the library never prints"


def check_file(top: Path, path: Path) -> Iterator[str]:
    """Everything wrong with one file; `path` is relative to `top`."""
    text = (top / path).read_text(encoding="utf-8")
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    yield from check_licence(path, lines)
    yield from check_lines(path, lines)
    if path.suffix in C_SUFFIXES:
        yield from check_calls(path, text)
    if length(text) > FILE_LINES_MAX and not is_table(path):
        yield f"{path}:{len(lines)}: longer than {FILE_LINES_MAX} lines"


def sources(top: Path) -> Iterator[Path]:
    """The files to check, relative to `top`."""
    for folder in sorted(top.iterdir()):
        if folder.name.startswith(".") or folder.name in NOT_OURS:
            continue
        for path in sorted(folder.rglob("*")) if folder.is_dir() else [folder]:
            if path.suffix in SUFFIXES and path.is_file():
                yield path.relative_to(top)


def main() -> int:
    top = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    complaints = 0
    for path in sources(top):
        for complaint in check_file(top, path):
            print(complaint)
            complaints += 1
        count = length((top / path).read_text(encoding="utf-8"))
        if FILE_LINES_WARN < count <= FILE_LINES_MAX and not is_table(path):
            print(f"{path}: {count} lines, think about dividing it (no complaint yet)")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
