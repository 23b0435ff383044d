# SPDX-License-Identifier: Apache-2.0
"""The include check: finds what it is there to find, and this tree passes it."""

import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
SCRIPT = TOP / "scripts" / "check_layers.py"


def run(top: Path) -> tuple[int, list[str]]:
    """Exit status and complaints for the tree at `top`."""
    done = subprocess.run(
        [sys.executable, SCRIPT, top], stdout=subprocess.PIPE, text=True, check=False
    )
    return done.returncode, done.stdout.splitlines()


def plant(top: Path, files: dict[str, str]) -> None:
    (top / "src").mkdir()
    for name, text in files.items():
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_this_tree_keeps_the_rules() -> None:
    assert run(TOP) == (0, [])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("src/wire/a.c", '#include "base/span.h"\n'),
        ("src/wire/a.c", '#include "wire/a.h"\n'),
        ("src/io/a.c", '#include "wire/a.h"\n#include <sys/socket.h>\nstatic int n;\n'),
        ("python/ext/a.c", '#include <Python.h>\n#include "io/a.h"\n'),
        ("src/base/a.c", '// #include "io/a.h"\n/*\n#include <time.h>\n*/\n'),
        ("src/base/a.c", "static const char *const names[] = {\n    [0] = NULL,\n};\n"),
        ("src/base/a.c", "const nm_thing nm_thing_heap = {\n    .resize = f,\n};\n"),
        ("src/base/a.c", "static int (*const call)(int *) = f;\n"),
        ("src/base/a.c", "static int\nf(int *p)\n{\n    int n = 0;\n    return n + *p;\n}\n"),
        ("src/base/a.c", "static const struct { int a; } pair = {1};\n"),
        ("src/base/a.h", "typedef struct a {\n    int b;\n} a;\nenum { C = 1 };\nstruct d;\n"),
        ("src/base/a.c", "void f(a *b)\n{\n    b->write(1);\n    nm_time(2);\n}\n"),
    ],
)
def test_accepts(tmp_path: Path, name: str, text: str) -> None:
    plant(tmp_path, {name: text, "src/wire/a.h": ""})
    assert run(tmp_path) == (0, [])


@pytest.mark.parametrize(
    ("name", "text", "line", "rule"),
    [
        ("src/base/a.c", '#include "wire/a.h"\n', 1, "may include no other folder; not wire"),
        ("src/wire/a.c", '\n#include "dns/a.h"\n', 2, "may include base; not dns"),
        ("src/text/a.c", '#include "filter/a.h"\n', 1, "not filter"),
        ("src/message/a.c", '# include "io/a.h"\n', 1, "not io"),
        ("src/wire/a.c", '#include "../io/a.h"\n', 1, "leaves its folder"),
        ("src/wire/a.c", '#include "nowhere.h"\n', 1, "no header of this folder"),
        ("python/ext/a.c", '#include "wire/a.h"\n', 1, "not wire"),
        ("tools/t/a.c", '#include "dns/a.h"\n', 1, "not dns"),
        ("src/io/a.c", "#include <Python.h>\n", 1, "only python/ext"),
        ("src/filter/a.c", "#include <sys/types.h>\n", 1, "may not include <sys/types.h>"),
        ("src/base/a.h", "/* x\n */\n#include <time.h>\n", 3, "may not include <time.h>"),
        ("src/base/a.c", "static int counter;\n", 1, "static int counter"),
        ("src/base/a.c", "\n\nint counter = 0;\n", 3, "int counter"),
        ("src/base/a.c", "static const char *name;\n", 1, "static const char *name"),
        ("src/base/a.c", "static struct { int a; } pair;\n", 1, "static struct"),
        ("src/base/a.c", "static int (*call)(int) = f;\n", 1, "(*call)"),
        ("src/base/a.c", "int\nf(void)\n{\n    static int n = 1;\n    return n;\n}\n", 4, "int n"),
        ("src/base/a.c", "int\nf(void)\n{\n    return getenv(0) != 0;\n}\n", 4, "getenv()"),
        ("src/strange/a.c", "", 0, "no such folder"),
    ],
)
def test_finds(tmp_path: Path, name: str, text: str, line: int, rule: str) -> None:
    plant(tmp_path, {name: text})
    status, complaints = run(tmp_path)
    assert status == 1
    assert len(complaints) == 1, complaints
    where, _, what = complaints[0].partition(": ")
    assert where == f"{name if line else 'src/strange'}:{line}"
    assert rule in what
