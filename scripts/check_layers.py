#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Check that dependencies run one way (docs/architecture.md).

usage: check_layers.py [FOLDER]      FOLDER is the top of the tree, by default this one's

Reads every #include under src/, python/ext and tools, and reports as FILE:LINE

- a folder that includes one which is not to the left of it,
- an unknown folder under src/,
- in the pure folders, those left of io: a system header, a call that reads or changes the world,
  and any variable that outlives a call and can change.

This reads text, not C: it is a net for honest mistakes. What it misses the linker finds, because
each folder is linked with those to its left only.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from c_text import without_comments, without_preprocessor

BASE = frozenset({"base"})
LEFT_OF_MESSAGE = BASE | {"wire", "dns", "packet"}
LEFT_OF_TEXT = LEFT_OF_MESSAGE | {"message"}
LEFT_OF_IO = LEFT_OF_TEXT | {"text", "filter", "columns", "capture"}
FRONT_DOORS = frozenset({"io", "text", "filter", "message", "base"})

# Folder under src/ -> the folders whose headers it may include besides its own.
MAY_INCLUDE = {
    "base": frozenset[str](),
    "wire": BASE,
    "dns": BASE,
    "packet": BASE,
    "message": LEFT_OF_MESSAGE,
    "text": LEFT_OF_TEXT,
    "filter": LEFT_OF_TEXT,
    "columns": LEFT_OF_TEXT,
    "capture": LEFT_OF_TEXT,
    "io": LEFT_OF_IO,
}
# Folders outside src/: only the headers that the layers show to the outside.
OUTSIDE = {"python/ext": FRONT_DOORS, "tools": FRONT_DOORS}

PURE = frozenset(MAY_INCLUDE) - {"io"}
# What the pure folders may include of the system: the part of the standard library that only
# computes, the processor's instructions, and libraries that work in memory.
STANDARD_HEADERS = (
    "assert.h ctype.h float.h inttypes.h limits.h math.h stdalign.h stdarg.h stdbool.h stddef.h "
    "stdint.h stdio.h stdlib.h stdnoreturn.h string.h"
)
PROCESSOR_HEADERS = "arm_acle.h arm_neon.h immintrin.h nmmintrin.h wmmintrin.h"
LIBRARY_HEADERS = "libdeflate.h zlib.h"
PURE_HEADERS = frozenset(f"{STANDARD_HEADERS} {PROCESSOR_HEADERS} {LIBRARY_HEADERS}".split())
IMPURE_CALL = re.compile(
    r"\b(getenv|secure_getenv|setenv|f?open|freopen|fdopen|fread|fwrite|fgets|getline|rename|remove"
    r"|read|write|socket|system|popen|rand|srand|random|time|clock|clock_gettime|gettimeofday"
    r"|setlocale|abort|exit|_exit|atexit|signal|raise)\s*\("
)
INCLUDE = re.compile(r'^\s*#\s*include\s*(?:<([^>]+)>|"([^"]+)")')
ATTRIBUTE = re.compile(r"__attribute__\s*\(\(.*?\)\)|\b_Alignas\s*\([^()]*\)", re.DOTALL)
POINTER_TO_FUNCTION = re.compile(r"\(\s*\*([^()]*)\)")
FUNCTION_TYPE = re.compile(r"^typedef\s+\w+\s+(\w+)\(", re.MULTILINE)
DECLARES_NO_VARIABLE = re.compile(r"^(typedef|struct|enum|union|_Static_assert|static_assert)\b")

Complaint = tuple[int, str]


def declares_variable(head: str, mark: str, *, is_file_scope: bool) -> bool:
    """Whether the declaration `head`, which ends before `mark`, makes a variable that outlives a
    call: one at file scope, or one that says static."""
    is_static = re.match(r"(static|_Thread_local)\b", head) is not None
    if not is_static and (not is_file_scope or mark == "{" or DECLARES_NO_VARIABLE.match(head)):
        return False
    first = head.find("(")  # Pointers to functions may follow among a function's parameters.
    is_function = first >= 0 and not POINTER_TO_FUNCTION.match(head, first)
    is_bare_name = len(head.split()) < 2  # Stands behind the brace of a struct or an enum.
    return not (is_function or is_bare_name)


def variables(code: str) -> Iterator[tuple[int, str]]:
    """Line and head of each declaration that makes a variable which outlives a call."""
    depth = start = 0
    in_initializer = False
    for end in re.finditer(r"[;{}=]", code):
        mark = end.group()
        head = ATTRIBUTE.sub(" ", code[start : end.start()]).strip()
        if not in_initializer and declares_variable(head, mark, is_file_scope=depth == 0):
            yield code.count("\n", 0, end.start()) + 1, head
        if mark == "{":
            depth += 1
        elif mark == "}":
            depth -= 1
        in_initializer = mark == "=" or (in_initializer and mark != ";")
        start = end.end()


def function_types(top: Path) -> frozenset[str]:
    """Names of all function types: `nm_compute nm_some;` declares a function, not a variable."""
    return frozenset(
        name
        for path in (top / "src").rglob("*.h")
        for name in FUNCTION_TYPE.findall(without_comments(path.read_text(encoding="utf-8")))
    )


def is_constant(head: str) -> bool:
    """Whether the variable itself, not only what it points to, is const."""
    pointer_to_function = POINTER_TO_FUNCTION.search(head)
    declarator = pointer_to_function.group(1) if pointer_to_function else head.rpartition("*")[2]
    return "const" in declarator.split()


def check_include(folder: str, allowed: frozenset[str], line: str, beside: Path) -> str | None:
    """What is wrong with an #include line, if anything."""
    match = INCLUDE.match(line)
    if match is None:
        return None
    system, own = match.groups()
    if system is not None:
        if system == "Python.h" and folder != "python/ext":
            return "only python/ext includes <Python.h>"
        if folder in PURE and system not in PURE_HEADERS:
            return f"{folder} is pure and may not include <{system}>"
        return None
    if ".." in Path(own).parts:
        return f'"{own}" leaves its folder by ".."'
    target = own.partition("/")[0]
    if target not in MAY_INCLUDE:
        return None if (beside / own).exists() else f'"{own}" is no header of this folder'
    if target == folder or target in allowed:
        return None
    return f"{folder} may include {', '.join(sorted(allowed)) or 'no other folder'}; not {target}"


def check_file(
    path: Path, folder: str, allowed: frozenset[str], functions: frozenset[str]
) -> Iterator[Complaint]:
    """Everything wrong in one file of a folder, as line and text."""
    text = path.read_text(encoding="utf-8")
    for number, line in enumerate(without_comments(text, keep_strings=True).splitlines(), 1):
        complaint = check_include(folder, allowed, line, path.parent)
        if complaint is not None:
            yield number, complaint
    if folder not in PURE:
        return
    code = without_preprocessor(without_comments(text))
    for number, line in enumerate(code.splitlines(), 1):
        for call in IMPURE_CALL.finditer(line):
            before = line[: call.start()].rstrip()
            if not before.endswith((".", "->")):
                yield number, f"{folder} is pure and may not call {call.group(1)}()"
    for number, head in variables(code):
        if not is_constant(head) and head.split()[0] not in functions:
            name = " ".join(head.split())
            yield number, f"{folder} is pure and may not keep a variable: {name}"


def folders(top: Path) -> Iterator[tuple[Path, str, frozenset[str] | None]]:
    """Each folder to check, its name, and what it may include (None: nobody knows it)."""
    for path in sorted((top / "src").iterdir()):
        if path.is_dir():
            yield path, path.name, MAY_INCLUDE.get(path.name)
    for name, allowed in OUTSIDE.items():
        if (top / name).is_dir():
            yield top / name, name, allowed


def check_tree(top: Path) -> Iterator[str]:
    """Every complaint about the tree, as FILE:LINE: text."""
    functions = function_types(top)
    for path, name, allowed in folders(top):
        if allowed is None:
            yield f"{path.relative_to(top)}:0: scripts/check_layers.py knows no such folder"
            continue
        for file in sorted(path.rglob("*.[ch]")):
            for number, complaint in sorted(check_file(file, name, allowed, functions)):
                yield f"{file.relative_to(top)}:{number}: {complaint}"


def main() -> int:
    top = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    complaints = list(check_tree(top))
    for complaint in complaints:
        print(complaint)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
