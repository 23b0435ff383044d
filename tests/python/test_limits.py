# SPDX-License-Identifier: Apache-2.0
"""max_container: how large a container may be, on the wire and decompressed."""

from pathlib import Path
from typing import Any

import nmsg
import nmsg_wire as wire
import pytest

SMALL = wire.container(wire.conn(1))
LARGE = wire.container(wire.Payload(msgtype=6, data=wire.logline(b"a" * 5000)))
ZIPPED = wire.frame(wire.zblock(LARGE[10:]), flags=wire.ZLIB)


def test_a_large_container_ends_a_file(path: Path) -> None:
    path.write_bytes(SMALL + LARGE + SMALL)
    with nmsg.input.open_file(path, max_container=1000) as reader:
        assert reader.read()["srcport"] == 1
        with pytest.raises(nmsg.FormatError, match="the limit is 1000"):
            reader.read()
        assert reader.read() is None
    assert len(list(nmsg.input.open_file(path, max_container="6K"))) == 3


def test_what_is_large_when_decompressed_is_skipped(path: Path) -> None:
    path.write_bytes(SMALL + ZIPPED + SMALL)
    with nmsg.input.open_file(path, max_container=1000, errors="skip") as reader:
        assert len(list(reader)) == 2
        assert reader.stats.bad.containers == 1


def test_in_memory() -> None:
    with pytest.raises(nmsg.FormatError):
        nmsg.nullinput(max_container=1000).read(LARGE)
    assert len(nmsg.nullinput(max_container=10_000).read(LARGE)) == 1


@pytest.mark.parametrize("wrong", [0, -1, 1 << 31, "0", "2G"])
def test_sizes_out_of_range(wrong: Any, path: Path) -> None:
    path.write_bytes(SMALL)
    with pytest.raises(ValueError, match="max_container"):
        nmsg.input.open_file(path, max_container=wrong)


@pytest.mark.parametrize("wrong", ["1T", "", "K", "1.5", 1.5, b"1K"])
def test_what_is_no_size(wrong: Any) -> None:
    with pytest.raises(ValueError, match="max_container is a number of octets"):
        nmsg.input.open_sock("127.0.0.1", 0, max_container=wrong)
