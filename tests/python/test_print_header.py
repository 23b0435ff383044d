# SPDX-License-Identifier: Apache-2.0
"""print_nmsg_header(): the line of text that begins what old programs print of a message."""

import io
import sys
from typing import Any

import nmsg
import pytest
from nmsg_support import decode


def header(message: nmsg.message) -> str:
    out = io.StringIO()
    assert nmsg.print_nmsg_header(message, out) is None
    return out.getvalue()


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({}, "[2001-09-09 01:46:40.000000001] [1:5 base ipconn] [] [] [] \n"),
        (
            {"time_sec": 1400945749, "time_nsec": 738719940},
            "[2014-05-24 15:35:49.738719940] [1:5 base ipconn] [] [] [] \n",
        ),
        (
            {"time_sec": 0, "time_nsec": 0},
            "[1970-01-01 00:00:00.000000000] [1:5 base ipconn] [] [] [] \n",
        ),
        (
            {"time_sec": -1, "time_nsec": 5},
            "[1969-12-31 23:59:59.000000005] [1:5 base ipconn] [] [] [] \n",
        ),
        (
            {"time_sec": 253402300799, "time_nsec": 999999999},
            "[9999-12-31 23:59:59.999999999] [1:5 base ipconn] [] [] [] \n",
        ),
        (
            {"time_sec": 1709164800, "time_nsec": 1000},
            "[2024-02-29 00:00:00.000001000] [1:5 base ipconn] [] [] [] \n",
        ),
        ({"source": 1}, "[2001-09-09 01:46:40.000000001] [1:5 base ipconn] [00000001] [] [] \n"),
        (
            {"source": 0xA1BA02CF},
            "[2001-09-09 01:46:40.000000001] [1:5 base ipconn] [a1ba02cf] [] [] \n",
        ),
        ({"source": 0}, "[2001-09-09 01:46:40.000000001] [1:5 base ipconn] [] [] [] \n"),
        (
            {"operator": 7, "group": 4294967295},
            "[2001-09-09 01:46:40.000000001] [1:5 base ipconn] [] [7] [4294967295] \n",
        ),
        (
            {"operator": 0, "group": 0},
            "[2001-09-09 01:46:40.000000001] [1:5 base ipconn] [] [] [] \n",
        ),
        (
            {"source": 2, "operator": 3, "group": 4},
            "[2001-09-09 01:46:40.000000001] [1:5 base ipconn] [00000002] [3] [4] \n",
        ),
        (
            {"vid": 99, "msgtype": 98},
            "[2001-09-09 01:46:40.000000001] [99:98 (unknown) (unknown)] [] [] [] \n",
        ),
        (
            {"vid": 2, "msgtype": 4294967295},
            "[2001-09-09 01:46:40.000000001] [2:4294967295 SIE (unknown)] [] [] [] \n",
        ),
        ({"msgtype": 6}, "[2001-09-09 01:46:40.000000001] [1:6 base logline] [] [] [] \n"),
    ],
)
def test_lines(fields: dict[str, int], line: str) -> None:
    assert header(decode(b"", fields.pop("msgtype", 5), **fields)) == line


def test_a_new_message() -> None:
    message = nmsg.msgtype.base.http()
    message.time_sec = 86400
    message.source = 16
    assert header(message) == "[1970-01-02 00:00:00.000000000] [1:4 base http] [00000010] [] [] \n"


@pytest.mark.parametrize("sec", [-(1 << 63), (1 << 63) - 1, 253402300800, -62135596801])
def test_years_of_other_lengths(sec: int) -> None:
    line = header(decode(b"", 5, time_sec=sec, time_nsec=4294967295))
    assert line.endswith(".4294967295] [1:5 base ipconn] [] [] [] \n")


def test_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    message = decode(b"", 5)
    nmsg.print_nmsg_header(message, sys.stdout)
    assert capsys.readouterr().out == header(message)


@pytest.mark.parametrize("args", [(), (5,), (None, sys.stdout), ({}, sys.stdout), (1, 2, 3)])
def test_arguments(args: tuple[Any, ...]) -> None:
    with pytest.raises(TypeError):
        nmsg.print_nmsg_header(*args)


def test_what_write_raises_is_raised() -> None:
    class Broken:
        def write(self, text: str) -> None:
            raise ZeroDivisionError(text)

    with pytest.raises(ZeroDivisionError, match="ipconn"):
        nmsg.print_nmsg_header(decode(b"", 5), Broken())
    with pytest.raises(AttributeError):
        nmsg.print_nmsg_header(decode(b"", 5), None)
