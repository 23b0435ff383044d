# SPDX-License-Identifier: Apache-2.0
"""Files and ZeroMQ, with an implementation of another language at the other end.

tests/interop/go is a program on top of go-nmsg. It is built in build/interop-go, once for each
version of its sources, when the go command is there and gets its modules.
"""

import base64
import hashlib
import json
import shutil
import subprocess
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import nmsg
import pytest
from nmsg_support import PATIENCE_SEC, take

TOP = Path(__file__).resolve().parents[2]
SOURCES = TOP / "tests" / "interop" / "go"
BUILD = TOP / "build" / "interop-go"
FETCH_SEC = 300  # The first time modules are loaded and much is compiled.
COUNT = 200


def skip(why: str) -> NoReturn:
    """Not in silence: these tests look as if there were no difference without them."""
    warnings.warn(f"tests with go-nmsg are skipped: {why}", stacklevel=1)
    pytest.skip(why)


def go(*args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["go", *args], cwd=BUILD, capture_output=True, text=True, timeout=FETCH_SEC, check=False
    )


@pytest.fixture(scope="module")
def interop() -> Path:
    """The program."""
    sources = [SOURCES / name for name in ("go.mod", "go.sum", "main.go")]
    digest = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()
    program = BUILD / f"interop-{digest[:16]}"
    if program.exists():
        return program
    if shutil.which("go") is None:
        skip("there is no go command")
    BUILD.mkdir(parents=True, exist_ok=True)
    for source in sources:
        shutil.copy(source, BUILD)
    try:
        fetched = go("mod", "download")
    except subprocess.TimeoutExpired:
        skip("loading the modules takes too long")
    if fetched.returncode != 0:
        skip(f"its modules cannot be had: {fetched.stderr.strip().splitlines()[-1]}")
    built = go("build", "-mod=readonly", "-o", program.name, ".")
    assert built.returncode == 0, built.stderr
    return program


@pytest.fixture
def run(interop: Path) -> Callable[..., str]:
    def run(*args: Any) -> str:
        done = subprocess.run(
            [interop, *map(str, args)],
            capture_output=True,
            text=True,
            timeout=PATIENCE_SEC,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    return run


# -- what we write --


def messages() -> list[nmsg.message]:
    """All kinds of header fields; some messages larger than small containers."""
    made: list[nmsg.message] = []
    for number in range(COUNT):
        if number % 10 == 9:
            message = nmsg.msgtype.base.logline(message="x" * 5000)
        else:
            message = nmsg.msgtype.base.ipconn(
                proto=6, srcip=f"192.0.2.{number % 256}", srcport=number, dstport=443
            )
        message.time_sec, message.time_nsec = 1_700_000_000 + number, number
        if number % 2:
            message.source = number
        if number % 3:
            message.operator, message.group = 7, 9
        made.append(message)
    return made


def check_lines(text: str) -> None:
    """What the program printed of messages()."""
    lines = [json.loads(line) for line in text.splitlines()]
    assert [line["source"] or 0 for line in lines] == [n if n % 2 else 0 for n in range(COUNT)]
    for number, line in enumerate(lines):
        assert (line["vid"], line["sec"], line["nsec"]) == (1, 1_700_000_000 + number, number)
        assert (line["operator"], line["group"]) == ((7, 9) if number % 3 else (None, None))
        if number % 10 == 9:
            assert line["msgtype"] == 6
            assert base64.b64decode(line["message"]["message"]).rstrip(b"\0") == b"x" * 5000
        else:
            assert line["msgtype"] == 5
            address = bytes([192, 0, 2, number % 256])
            assert base64.b64decode(line["message"]["srcip"]) == address
            assert line["message"]["srcport"] == number
            assert line["message"]["dstport"] == 443


@pytest.mark.parametrize(
    "options",
    [{}, {"compress": True}, {"bufsz": 512}, {"bufsz": 512, "compress": True}, {"buffered": False}],
    ids=str,
)
def test_it_reads_what_we_write(run: Callable[..., str], path: Path, options: Any) -> None:
    with nmsg.open(path, "w", **options) as writer:
        for message in messages():
            writer.write(message)
    check_lines(run("read", path, 0))


# -- what it writes --


def check_messages(got: list[nmsg.message]) -> None:
    expected = []
    for number in range(COUNT):
        expected.append((5, number))
        if number % 10 == 9:
            expected.append((6, number))
    assert [(message.msgtype, message.source) for message in got] == expected
    for message in got:
        number = message.source
        assert (message.time_sec, message.time_nsec) == (1_700_000_000 + number, number)
        assert (message.operator, message.group) == (7, 9)
        if message.msgtype == 6:
            assert message["message"] == "x" * 5000
        else:
            assert message["srcip"] == f"192.0.2.{number % 256}"
            assert (message["srcport"], message["dstport"]) == (number, 443)


@pytest.mark.parametrize("options", ["", "zlib", "small", "zlib small"])
def test_we_read_what_it_writes(run: Callable[..., str], path: Path, options: str) -> None:
    run("write", path, COUNT, *options.split())
    with nmsg.open(path, errors="raise") as reader:
        check_messages(list(reader))
    for piece in nmsg.partitions(path, 1):
        with nmsg.open(piece, errors="raise") as reader:
            assert list(reader)


# -- by ZeroMQ --


def opened(mode: Any) -> Any:
    try:
        return nmsg.open("zmq+tcp://127.0.0.1:*?type=pushpull&mode=accept", mode)
    except nmsg.Error as error:
        skip(str(error))


def test_it_receives_what_we_send(interop: Path) -> None:
    writer = opened("w")
    command = [interop, "read", writer.name.removeprefix("zmq+"), str(COUNT)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for message in messages():
            writer.write(message)
        writer.close()
        output, _ = process.communicate(timeout=PATIENCE_SEC)
    check_lines(output)


@pytest.mark.parametrize("options", ["", "zlib", "small"])
def test_we_receive_what_it_sends(interop: Path, options: str) -> None:
    reader = opened("r")
    place = reader.name.removeprefix("zmq+")
    command = [interop, "write", place, str(COUNT), *options.split()]
    with reader, subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        check_messages(take(reader, COUNT + COUNT // 10))
        assert reader.stats.bad.containers == 0
        process.communicate(timeout=PATIENCE_SEC)
        assert process.returncode == 0
