# SPDX-License-Identifier: Apache-2.0
"""Every Python example of the README runs and prints what the README says."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

README = Path(__file__).resolve().parents[2] / "README.md"
EXAMPLE = re.compile(
    r"^```python\n(?P<code>.*?)^```\n(?:(?:[^\n#`]*\n)*?^```text\n(?P<output>.*?)^```$)?",
    re.DOTALL | re.MULTILINE,
)
EXAMPLES = [(m["code"], m["output"]) for m in EXAMPLE.finditer(README.read_text(encoding="utf-8"))]


def test_the_readme_has_an_example() -> None:
    assert any(output for _, output in EXAMPLES)


@pytest.mark.parametrize(("code", "output"), EXAMPLES)
def test_example_runs(code: str, output: str | None, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    if output is not None:
        assert done.stdout == output
