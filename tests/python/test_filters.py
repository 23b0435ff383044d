# SPDX-License-Identifier: Apache-2.0
"""Filters: which messages an input gives and an output takes."""

from pathlib import Path
from typing import Any

import nmsg
import nmsg_wire as wire
import pytest

OPEN = nmsg.output.open_file
READ = nmsg.input.open_file


@pytest.fixture
def mixed(path: Path) -> Path:
    """Messages of several types and sources; all but the last in one container."""
    everything = [
        wire.Payload(msgtype=5, data=wire.ipconn(1), source=1, operator=10, group=100),
        wire.Payload(msgtype=6, data=wire.logline(b"2"), source=1, operator=11, group=100),
        wire.Payload(vid=2, msgtype=500, data=b"3", source=2, operator=10, group=101),
        wire.Payload(msgtype=5, data=wire.ipconn(4)),
        wire.Payload(msgtype=5, data=wire.ipconn(5), source=0, operator=0, group=0),
        wire.Payload(msgtype=5, data=wire.ipconn(6), source=1),
    ]
    path.write_bytes(wire.container(*everything[:5]) + wire.container(everything[5]))
    return path


def marks(messages: Any) -> list[int]:
    return [int(m.get("srcport", m.get("category", m.payload))) for m in messages]


@pytest.mark.parametrize(
    ("settings", "wanted"),
    [
        ({"msgtype": (1, 5)}, [1, 4, 5, 6]),
        ({"msgtype": ("base", "ipconn")}, [1, 4, 5, 6]),
        ({"msgtype": ("ISC", "IPCONN")}, [1, 4, 5, 6]),
        ({"msgtype": ("base", 6)}, [2]),
        ({"msgtype": (2, 500)}, [3]),
        ({"msgtype": (9, 9)}, []),
        ({"msgtype": (0, 0)}, [1, 2, 3, 4, 5, 6]),
        ({"source": 1}, [1, 2, 6]),
        ({"source": 2}, [3]),
        ({"source": 0}, [1, 2, 3, 4, 5, 6]),
        ({"source": 4294967295}, []),
        ({"operator": 10}, [1, 3]),
        ({"operator": None}, [1, 2, 3, 4, 5, 6]),
        ({"group": 100}, [1, 2]),
        ({"group": 0}, [1, 2, 3, 4, 5, 6]),
        ({"source": 1, "operator": 11}, [2]),
        ({"msgtype": (1, 5), "source": 1, "operator": 10, "group": 100}, [1]),
    ],
)
def test_filters_of_inputs(settings: dict[str, Any], wanted: list[int], mixed: Path) -> None:
    with READ(mixed) as reader:
        for name, value in settings.items():
            values = value if isinstance(value, tuple) else (value,)
            getattr(reader, f"set_filter_{name}")(*values)
        assert marks(reader) == wanted
        assert reader.stats.filtered == 6 - len(wanted)
        assert reader.stats.messages == len(wanted)


def test_filters_may_change_while_reading(mixed: Path) -> None:
    with READ(mixed) as reader:
        reader.set_filter_source(2)
        assert marks([reader.read()]) == [3]
        reader.set_filter_source(0)
        assert marks([reader.read()]) == [4]
        reader.set_filter_source(1)
        assert marks([reader.read()]) == [6]
        assert reader.read() is None


def test_filters_of_outputs(mixed: Path, tmp_path: Path) -> None:
    for settings, wanted in (
        ((1, 5), [1, 4, 5, 6]),
        (("base", "logline"), [2]),
        ((2, 500), [3]),
        ((0, 0), [1, 2, 3, 4, 5, 6]),
    ):
        with OPEN(tmp_path / "out") as writer:
            writer.set_filter_msgtype(*settings)
            for message in READ(mixed):
                writer.write(message)
        assert marks(READ(tmp_path / "out")) == wanted


def test_filter_arguments(mixed: Path, tmp_path: Path) -> None:
    with READ(mixed) as reader, OPEN(tmp_path / "out") as writer:
        for thing in (reader, writer):
            with pytest.raises(nmsg.Error, match="unknown vendor name: nobody"):
                thing.set_filter_msgtype("nobody", 1)
            with pytest.raises(nmsg.Error, match="message type name: nothing"):
                thing.set_filter_msgtype("base", "nothing")
            for args in ((), (1,), (1, 2, 3), (1.0, 1), (None, None)):
                with pytest.raises(TypeError):
                    thing.set_filter_msgtype(*args)
            with pytest.raises(OverflowError):
                thing.set_filter_msgtype(-1, 1)
        with pytest.raises(nmsg.Error, match="unknown operator name: nobody"):
            reader.set_filter_operator("nobody")
        with pytest.raises(nmsg.Error, match="unknown group name: nobody"):
            reader.set_filter_group("nobody")
        with pytest.raises(TypeError):
            reader.set_filter_source("1")
        with pytest.raises(OverflowError):
            reader.set_filter_source(1 << 32)
        assert len(list(reader)) == 6
