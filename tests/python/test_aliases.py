# SPDX-License-Identifier: Apache-2.0
"""Names of operators and groups, from files that are read when the module is imported."""

from pathlib import Path

import nmsg
import pytest
from nmsg_support import run_python

PROGRAM = """
import sys
import nmsg

m = nmsg.msgtype.base.logline(category="x")
m.time_sec = 0
m.operator = "Example"
m.group = b"watchers"
assert (m.operator, m.group) == ("example", "watchers"), (m.operator, m.group)
assert m.to_dict()["operator"] == "example"
assert '"operator":"example","group":"watchers"' in m.to_json()
nmsg.print_nmsg_header(m, sys.stdout)

path = sys.argv[1]
with nmsg.output.open_file(path) as writer:
    writer.write(m)
    m.operator, m.group = 4242, 0
    assert (m.operator, m.group) == (4242, None)
    writer.write(m)
with nmsg.input.open_file(path) as reader:
    reader.set_filter_operator("EXAMPLE")
    assert [m.operator for m in reader] == ["example"]
with nmsg.input.open_file(path) as reader:
    messages = list(reader)
    assert [m.operator for m in messages] == ["example", 4242]
with nmsg.output.open_json(path) as writer:
    for m in messages:
        writer.write(m)
assert '"operator":"example","group":"watchers"' in open(path).readline()
with nmsg.input.open_json(path) as reader:
    assert [m.to_dict() for m in reader] == [m.to_dict() for m in messages]
m = nmsg.message.from_json(
    '{"vname":"base","mname":"logline","operator":"nobody","group":"WATCHERS","message":{}}'
)
assert (m.operator, m.has_operator, m.group) == (None, False, "watchers")
for bad in ("nobody", b"nobody", ""):
    try:
        m.operator = bad
    except nmsg.Error as error:
        assert "unknown operator name" in str(error)
    else:
        raise AssertionError(bad)
"""


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "operators").write_text("6 example\n0x10 other and the rest\n")
    (tmp_path / "groups").write_text("7 watchers\n")
    monkeypatch.setenv("NMSG_OPALIAS_FILE", str(tmp_path / "operators"))
    monkeypatch.setenv("NMSG_GRALIAS_FILE", str(tmp_path / "groups"))
    return tmp_path


def test_names_stand_for_numbers(environment: Path) -> None:
    output = run_python(PROGRAM, str(environment / "out"))
    assert output == "[1970-01-01 00:00:00.000000000] [1:6 base logline] [] [example] [watchers] \n"


def test_files_are_found_in_the_users_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "nmsg").mkdir()
    (tmp_path / "nmsg" / "nmsg.opalias").write_text("6 example\n")
    (tmp_path / "nmsg" / "nmsg.gralias").write_text("7 watchers\n")
    monkeypatch.delenv("NMSG_OPALIAS_FILE", raising=False)
    monkeypatch.delenv("NMSG_GRALIAS_FILE", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert "[example] [watchers]" in run_python(PROGRAM, str(tmp_path / "out"))


def test_a_malformed_line_is_told(environment: Path) -> None:
    (environment / "operators").write_text("6 example\nnonsense\n8 never\n")
    program = """
import warnings
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    import nmsg
(warning,) = caught
assert issubclass(warning.category, nmsg.DataWarning) and "line 2" in str(warning.message)
m = nmsg.msgtype.base.logline()
m.operator = 6
assert m.operator == "example"
m.operator = 8
assert m.operator == 8
"""
    run_python(program)


def test_a_file_that_cannot_be_read_is_told(environment: Path) -> None:
    (environment / "operators").unlink()
    (environment / "operators").mkdir()
    program = """
import warnings
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    import nmsg
(warning,) = caught
assert warning.category is RuntimeWarning and "operators" in str(warning.message)
assert nmsg.msgtype.base.logline().operator is None
"""
    run_python(program)


def test_without_files_there_are_numbers() -> None:
    m = nmsg.msgtype.base.logline()
    m.operator = 4_000_000_000  # No file of this machine will name it.
    assert m.operator == 4_000_000_000
    assert m.has_operator
