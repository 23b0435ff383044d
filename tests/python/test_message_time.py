# SPDX-License-Identifier: Apache-2.0
"""Messages: the time as a datetime and as nanoseconds."""

import datetime as dt
import time
from pathlib import Path
from typing import Any

import nmsg
import pytest
from nmsg_support import decode, rewritten

BASE = nmsg.msgtype.base
UTC = dt.UTC
EAST = dt.timezone(dt.timedelta(hours=5, minutes=45))


def at(sec: int, nsec: int = 0) -> nmsg.message:
    return decode(b"", 5, time_sec=sec, time_nsec=nsec)


def test_a_new_message_has_the_present_time() -> None:
    before = time.time_ns()
    message = BASE.ipconn()
    assert before <= message.time_ns <= time.time_ns()
    assert message.time.tzinfo is UTC
    assert message.time == dt.datetime.fromtimestamp(message.time_sec, UTC).replace(
        microsecond=message.time_nsec // 1000
    )


@pytest.mark.parametrize(
    ("sec", "nsec", "shown"),
    [
        (0, 0, "1970-01-01T00:00:00+00:00"),
        (1714979289, 123456789, "2024-05-06T07:08:09.123456+00:00"),
        (-1, 999999999, "1969-12-31T23:59:59.999999+00:00"),
        (-86400, 0, "1969-12-31T00:00:00+00:00"),
        (-62135596800, 0, "0001-01-01T00:00:00+00:00"),
        (253402300799, 999999999, "9999-12-31T23:59:59.999999+00:00"),
        (0, 4294967295, "1970-01-01T00:00:04.294967+00:00"),
        (86399, 1000000000, "1970-01-02T00:00:00+00:00"),
    ],
)
def test_time(sec: int, nsec: int, shown: str) -> None:
    message = at(sec, nsec)
    assert message.time.isoformat() == shown
    assert message.time_ns == sec * 10**9 + nsec


@pytest.mark.parametrize(
    ("sec", "nsec"),
    [(253402300800, 0), (253402300799, 1000000000), (-62135596801, 0), ((1 << 63) - 1, 4294967295)],
)
def test_times_that_no_datetime_can_be(sec: int, nsec: int) -> None:
    message = at(sec, nsec)
    with pytest.raises(OverflowError, match="years 1 to 9999"):
        _ = message.time
    assert message.time_ns == sec * 10**9 + nsec
    assert at(-(1 << 63)).time_ns == -(1 << 63) * 10**9


@pytest.mark.parametrize(
    "value",
    [
        dt.datetime(2024, 5, 6, 7, 8, 9, 123456, tzinfo=UTC),
        dt.datetime(2024, 5, 6, 7, 8, 9, tzinfo=EAST),
        dt.datetime(1, 1, 1, tzinfo=UTC),
        dt.datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        dt.datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=EAST),
    ],
)
def test_setting_the_time(value: dt.datetime, path: Path) -> None:
    message = BASE.ipconn()
    message.time = value
    assert message.time == value
    assert message.time_nsec == value.microsecond * 1000
    assert rewritten(message, path).time == value
    message.time_sec += 1  # Of a time that was set the nanoseconds stay.
    assert message.time_nsec == value.microsecond * 1000


def test_time_is_strict() -> None:
    message: Any = BASE.ipconn()
    before = message.time_ns
    with pytest.raises(ValueError, match=r"aware datetime: .* has no time zone"):
        message.time = dt.datetime(2024, 5, 6)
    for value in (None, 5, 1.5, "2024-05-06", dt.date(2024, 5, 6)):
        with pytest.raises(TypeError, match="time takes an aware datetime, not"):
            message.time = value
    for name in ("time", "time_ns", "time_sec", "time_nsec"):
        with pytest.raises(AttributeError, match=f"attribute {name} cannot be deleted"):
            delattr(message, name)
    assert message.time_ns == before


class Strange(dt.tzinfo):
    def __init__(self, offset: Any) -> None:
        self.offset = offset

    def utcoffset(self, _when: dt.datetime | None) -> Any:
        if isinstance(self.offset, Exception):
            raise self.offset
        return self.offset

    def dst(self, _when: dt.datetime | None) -> None:
        return None


def test_time_zones_of_programs() -> None:
    message = BASE.ipconn()
    with pytest.raises(ValueError, match="no time zone"):
        message.time = dt.datetime(2024, 5, 6, tzinfo=Strange(None))
    with pytest.raises(ZeroDivisionError):
        message.time = dt.datetime(2024, 5, 6, tzinfo=Strange(ZeroDivisionError()))
    message.time = dt.datetime(1970, 1, 1, 1, tzinfo=Strange(dt.timedelta(hours=1)))
    assert message.time_ns == 0


@pytest.mark.parametrize("ns", [0, 1, -1, -(10**9), 1714979289123456789, (1 << 63) * 10**9 - 1])
def test_time_ns(ns: int, path: Path) -> None:
    message = BASE.ipconn()
    message.time_ns = ns
    assert message.time_ns == ns
    assert (message.time_sec, message.time_nsec) == divmod(ns, 10**9)
    assert rewritten(message, path).time_ns == ns


def test_time_ns_is_strict() -> None:
    message: Any = BASE.ipconn()
    before = message.time_ns
    for value in ((1 << 63) * 10**9, -(1 << 63) * 10**9 - 1, 1 << 200):
        with pytest.raises(
            OverflowError, match=r"time_ns is out of range.*-2\*\*63 to 2\*\*63 - 1"
        ):
            message.time_ns = value
    for value in (1.5, "1", None):
        with pytest.raises(TypeError, match="time_ns takes an int, not"):
            message.time_ns = value
        with pytest.raises(TypeError, match="time_sec takes an int, not"):
            message.time_sec = value
    with pytest.raises(OverflowError, match="time_sec is out of range"):
        message.time_sec = 1 << 63
    assert message.time_ns == before
    message.time_ns = True
    assert message.time_ns == 1


class Own(dt.datetime):
    """A program's datetime whose difference to others is what it says."""

    difference: Any = None

    def __sub__(self, _other: Any) -> Any:
        return self.difference


def test_datetimes_of_programs() -> None:
    message: Any = BASE.ipconn()
    value = Own(2024, 5, 6, tzinfo=UTC)
    for difference, error in (
        (None, AttributeError),
        (5, AttributeError),
        (dt.timedelta(days=999_999_999), ValueError),
    ):
        Own.difference = difference
        with pytest.raises(error):
            message.time = value
    Own.difference = dt.timedelta(seconds=1)
    message.time = value
    assert message.time_ns == 10**9
