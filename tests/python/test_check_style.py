# SPDX-License-Identifier: Apache-2.0
"""The style check: finds what it is there to find."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "check_style.py"
HEAD = "/* SPDX-License-Identifier: Apache-2.0 */\n"


def run(top: Path, name: str, text: str) -> tuple[int, str]:
    """Exit status and output for a tree that holds one file."""
    path = top / name
    path.parent.mkdir(parents=True)
    path.write_text(text)
    done = subprocess.run(
        [sys.executable, SCRIPT, top], stdout=subprocess.PIPE, text=True, check=False
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("src/a.c", HEAD + "x" * 100 + "\n"),
        ("src/a.c", HEAD + '/* strcpy(a) */ char *a = "gets(b)";\nvsnprintf(a, 1, b, c);\n'),
        ("src/message/schema/a.c", HEAD + "\n" * 900),
        ("src/a.c", HEAD + "__attribute__((format(printf, 1, 2)));\n"),
        ("tests/a.py", "#!/usr/bin/env python3\n# SPDX-License-Identifier: Apache-2.0\n"),
    ],
)
def test_accepts(tmp_path: Path, name: str, text: str) -> None:
    assert run(tmp_path, name, text) == (0, "")


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("src/a.c", "int a;\n", "a.c:1: the first line is not"),
        ("src/a.c", HEAD + "x" * 101 + "\n", "a.c:2: 101 columns"),
        ("src/a.c", HEAD + "int a; \n", "a.c:2: tab or trailing blank"),
        ("src/a.c", HEAD + "strcpy (a, b);\n", "a.c:2: strcpy()"),
        ("src/a.c", HEAD + "fprintf(a, b);\n", "a.c:2: fprintf()"),
        ("src/a.c", HEAD + "\n" * 900, "longer than 800"),
    ],
)
def test_finds(tmp_path: Path, name: str, text: str, complaint: str) -> None:
    status, output = run(tmp_path, name, text)
    assert status == 1
    assert complaint in output
