# SPDX-License-Identifier: Apache-2.0
"""nmsg.partitions(): pieces that are read by themselves, and together are the file."""

import itertools
import os
import pickle
import random
import stat
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import nmsg
import nmsg_wire as wire
import pytest
from nmsg_examples import command, environment
from nmsg_support import PATIENCE_SEC, connection, numbered, numbers, ports


def write(path: Path, count: int, **options: Any) -> Path:
    with nmsg.open(path, "w", **{"bufsz": 512, **options}) as writer:
        for number in range(count):
            writer.write(numbered(number, number % 97))
    return path


def read_all(source: Any) -> tuple[list[int], int, str]:
    """Numbers, bad containers, and what ended it."""
    got: list[int] = []
    with nmsg.open(source, errors="skip") as reader:
        try:
            for message in reader:
                got.append(message["len_frame"])
        except nmsg.FormatError as error:
            return got, reader.stats.bad.containers, str(error)
        return got, reader.stats.bad.containers, ""


def check(path: Path, target: int | str) -> list[nmsg.partition]:
    """Read in any order, the pieces hold what the file holds."""
    pieces = nmsg.partitions(path, target)
    assert pieces[0].offset == 0
    for one, next_ in itertools.pairwise(pieces):
        assert one.offset + one.length == next_.offset
    assert pieces[-1].offset + pieces[-1].length == path.stat().st_size
    results: dict[nmsg.partition, Any] = {}
    for piece in random.Random(1).sample(pieces, len(pieces)):
        results[piece] = read_all(pickle.loads(pickle.dumps(piece)))
    got = [results[piece] for piece in pieces]
    whole = read_all(path)
    assert [number for numbers_, _, _ in got for number in numbers_] == whole[0]
    assert sum(bad for _, bad, _ in got) == whole[1]
    assert "".join(end for _, _, end in got) == whole[2]
    return pieces


@pytest.mark.parametrize("options", [{}, {"compress": True}, {"buffered": False}], ids=str)
@pytest.mark.parametrize("target", [1, 2000, "5K", "1G"])
def test_pieces_together_are_the_file(path: Path, options: Any, target: int | str) -> None:
    pieces = check(write(path, 500, **options), target)
    assert (len(pieces) == 1) == (target == "1G")


def test_pieces_have_the_size_that_was_asked_for(path: Path) -> None:
    pieces = nmsg.partitions(write(path, 2000), "8K")
    assert all(piece.length <= 8192 for piece in pieces)
    assert all(piece.length > 8192 - 700 for piece in pieces[:-1])


def test_a_container_in_fragments_stays_in_one_piece(path: Path) -> None:
    with nmsg.open(path, "w", bufsz=512) as writer:
        for number in range(100):
            writer.write(numbered(number, 5000 if number % 10 == 5 else 10))
    pieces = check(path, 1)
    assert any(piece.length > 5000 for piece in pieces)
    with nmsg.open(path, "w", bufsz=512, compress=True) as writer:
        chance = random.Random(2)
        for number in range(30):
            message = numbered(number)
            message["payload"] = chance.randbytes(3000)
            writer.write(message)
    assert len(check(path, 1)) <= 30


def test_damage_is_told_once(path: Path) -> None:
    good = wire.container(*[wire.Payload(1, 8, wire.uint(1, n)) for n in range(40)])
    damaged = [
        wire.frame(b"\xff\xff\xff"),
        wire.frame(b"abc", flags=1),
        wire.frame(b"abc", flags=2),
        wire.fragment(9, 5, 1, b"x"),
    ]
    for bad in damaged:
        path.write_bytes(good * 20 + bad + good * 20)
        for target in (1, 1000, 4000, "1M"):
            check(path, target)
    for end in (b"GARBAGE in between", good[:-3], good[:6], b"NMSG\0\2\xff\xff\xff\xff"):
        path.write_bytes(good * 20 + end)
        for target in (1, 1000, "1M"):
            pieces = check(path, target)
            assert read_all(pieces[-1])[2]


def test_a_file_that_is_being_written(path: Path) -> None:
    with nmsg.open(path, "w", bufsz=512, flush_interval=0) as writer:
        for number in range(100):
            writer.write(numbered(number, 30))
        pieces = nmsg.partitions(path, 2000)
        before = [number for piece in pieces for number in read_all(piece)[0]]
        assert before == list(range(len(before)))
        assert 50 < len(before) < 100
        writer.write(numbered(100, 30))
        writer.flush()
        assert before == [number for piece in pieces for number in read_all(piece)[0]]
    octets = path.read_bytes()
    path.write_bytes(octets[:-5])
    (piece,) = nmsg.partitions(path)
    assert "input ends" in read_all(piece)[2]
    path.write_bytes(octets)
    assert read_all(piece)[0] == list(range(101))


def test_only_headers_are_read(tmp_path: Path) -> None:
    """Of a file with holes of 64 GiB in its containers."""
    path = tmp_path / "sparse"
    with path.open("wb") as file:
        for number in range(8192):
            file.seek(number * (8 << 20))
            file.write(b"NMSG\0\2" + ((8 << 20) - 10).to_bytes(4, "big"))
        file.truncate(8192 * (8 << 20))
    pieces = nmsg.partitions(path, "1G")
    assert len(pieces) == 64
    assert {piece.length for piece in pieces} == {1 << 30}


def test_empty_files(path: Path) -> None:
    path.touch()
    assert nmsg.partitions(path) == []
    path.write_bytes(wire.container())
    assert check(path, 1) == [nmsg.partition(str(path), 0, 10)]


def test_paths(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(path, 10)
    monkeypatch.chdir(path.parent)
    expected = nmsg.partitions(path)
    for where in (path.name, path.name.encode(), str(path), Path(path.name)):
        assert nmsg.partitions(where) == expected
    assert expected[0].path == str(path)
    monkeypatch.chdir("/")
    assert numbers(nmsg.open(expected[0])) == list(range(10))


def test_pieces_are_values(path: Path) -> None:
    (piece,) = nmsg.partitions(write(path, 1))
    assert piece == nmsg.partition(str(path), 0, path.stat().st_size)
    assert len({piece, pickle.loads(pickle.dumps(piece))}) == 1
    assert repr(piece) == f"partition(path={str(path)!r}, offset=0, length={piece.length})"
    with pytest.raises(AttributeError):
        piece.offset = 1  # type: ignore[misc]


def test_filters_and_errors_go_with_pieces(path: Path) -> None:
    with nmsg.open(path, "w") as writer:
        writer.write(connection(1))
        writer.write(numbered(2))
    (piece,) = nmsg.partitions(path)
    assert ports(nmsg.open(piece, msgtype="base:ipconn")) == [1]
    first = path.stat().st_size
    path.write_bytes(path.read_bytes() + wire.frame(b"\xff\xff"))
    second = nmsg.partitions(path, 1)[1]
    with pytest.raises(nmsg.FormatError) as caught:
        nmsg.open(second, errors="raise").read()
    assert caught.value.offset == first


def test_what_cannot_be_divided(path: Path, tmp_path: Path) -> None:
    write(path, 1)
    os.mkfifo(tmp_path / "fifo")
    for where in (tmp_path / "fifo", tmp_path, "/dev/null"):
        with pytest.raises(ValueError, match="only regular files can be divided"):
            nmsg.partitions(where)
    with pytest.raises(FileNotFoundError):
        nmsg.partitions(tmp_path / "nothing")
    with pytest.raises(ValueError, match="target is a number of octets from 1 on, not 0"):
        nmsg.partitions(path, 0)
    with pytest.raises(ValueError, match="target"):
        nmsg.partitions(path, "much")
    (tmp_path / "json").write_text('{"time":1}\n')
    with pytest.raises(nmsg.FormatError, match="magic"):
        nmsg.partitions(tmp_path / "json")
    with pytest.raises(nmsg.FormatError, match="limit is 20"):
        nmsg.partitions(path, max_container=20)
    assert stat.S_ISFIFO((tmp_path / "fifo").stat().st_mode)


def test_what_pieces_cannot_do(path: Path) -> None:
    (piece,) = nmsg.partitions(write(path, 1))
    with pytest.raises(ValueError, match="can be read only"):
        nmsg.open(piece, "w")  # type: ignore[call-overload]
    with pytest.raises(ValueError, match="as format='nmsg'"):
        nmsg.open(piece, format="json")
    with pytest.raises(ValueError, match="is no piece of a file"):
        nmsg.open(nmsg.partition(str(path), 0, 0))
    assert nmsg.open(nmsg.partition(str(path), 1 << 40, 5)).read() is None


def numbers_of(piece: nmsg.partition) -> list[int]:
    return [message["len_frame"] for message in nmsg.open(piece)]


def test_processes_share_a_file(path: Path) -> None:
    pieces = nmsg.partitions(write(path, 5000), "16K")
    with ProcessPoolExecutor(2, mp_context=get_context("fork")) as pool:
        got = [number for some in pool.map(numbers_of, pieces) for number in some]
    assert got == list(range(5000))
    assert len(pieces) > 5


# -- the examples --


def counted(name: str, *args: Any) -> subprocess.CompletedProcess[str]:
    # Workers of a cluster take their time to start, and more where others want the processors.
    return subprocess.run(
        command(name, *args),
        capture_output=True,
        text=True,
        env=environment(),
        timeout=5 * PATIENCE_SEC,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", ["count_types", "count_types_dask"])
def test_examples_count(name: str, path: Path) -> None:
    if name == "count_types_dask":
        pytest.importorskip("dask.distributed", reason="dask[distributed] is not installed")
    with nmsg.open(path, "w", bufsz=512) as writer:
        for number in range(3000):
            writer.write(numbered(number) if number % 3 else connection(number))
    done = counted(name, "--target", "4K", path, path)
    assert done.stderr == ""
    assert done.stdout == f"{4000:12} base:pkt\n{2000:12} base:ipconn\n"
    assert len(nmsg.partitions(path, "4K")) > 10
    done = counted(name, "/nosuch")
    assert done.returncode == 1
    assert done.stderr.endswith("No such file or directory: '/nosuch'\n")
    assert "Traceback" not in done.stderr


def test_the_example_says_what_it_needs() -> None:
    code = "import sys, runpy; sys.modules['dask.distributed'] = None; sys.argv = ['x', 'file']; "
    code += f"runpy.run_path({command('count_types_dask')[1]!r}, run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "pip install 'dask[distributed]'" in done.stderr
