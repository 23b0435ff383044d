# SPDX-License-Identifier: Apache-2.0
"""Every public name says what it is, with an example that runs."""

import doctest
import inspect
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nmsg
import pytest

# Classes whose instances nobody makes, with a list of what is in them instead of an example.
WITHOUT_EXAMPLE = {
    "Error",
    "FormatError",
    "TruncatedError",
    "AddressError",
    "RemoteError",
    "DataWarning",
}


def members(name: str, owner: type) -> Iterator[tuple[str, Any]]:
    """Methods and attributes that a class itself has, special methods left out."""
    for member in sorted(vars(owner)):
        if not member.startswith("_"):
            yield f"{name}.{member}", getattr(owner, member)


def public() -> dict[str, Any]:
    """All names, once each: a function that a class has too is looked at there."""
    found: dict[str, Any] = {}
    for name in nmsg.__all__:
        value = getattr(nmsg, name)
        found[name] = value
        if inspect.isclass(value) and name != "msgtype":
            found |= dict(members(name, value))
    return found


PUBLIC = public()
PUBLIC |= {
    f"msgtype.{vendor}.{name}": value
    for vendor, classes in vars(nmsg.msgtype).items()
    if not vendor.startswith("_") and vendor != "isc"
    for name, value in vars(classes).items()
    if not name.startswith("_")
}
DOCUMENTED = {
    name: inspect.getdoc(value) or ""
    for name, value in PUBLIC.items()
    if callable(value) or inspect.isdatadescriptor(value)
}
# The members of a tuple with names are shown by the example of their class.
COUNTS = ("bad.", "capture_stats.", "lost.", "input_stats.", "output_stats.", "partition.")
WITH_EXAMPLE = sorted(
    name for name in DOCUMENTED.keys() - WITHOUT_EXAMPLE if not name.startswith(COUNTS)
)


@pytest.mark.parametrize("name", sorted(DOCUMENTED))
def test_has_a_docstring(name: str) -> None:
    assert len(DOCUMENTED[name].split()) >= 2


@pytest.mark.parametrize("name", WITH_EXAMPLE)
def test_example_runs(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    example = doctest.DocTestParser().get_doctest(
        DOCUMENTED[name], {"nmsg": nmsg}, name, filename=None, lineno=None
    )
    assert example.examples, "no example"
    report = io.StringIO()
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    runner.run(example, out=report.write)
    assert runner.summarize(verbose=False).failed == 0, report.getvalue()
