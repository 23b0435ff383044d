# SPDX-License-Identifier: Apache-2.0
"""What all tools in examples/ have in common: their help, wrong arguments, and how they end."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nmsg
import pytest
from nmsg_examples import (
    EXAMPLES,
    Tool,
    command,
    connections,
    environment,
    held_port,
    ran,
    started,
    timeless,
)
from nmsg_support import PATIENCE_SEC, connection, numbered, wait_until

NAMES = (
    "cat",
    "channel_dump",
    "count_types",
    "count_types_dask",
    "encode_hello_client",
    "encode_hello_server",
    "file_dump",
    "io_callback",
    "message",
    "nonblocking",
    "nullinput",
    "sock_dump",
)


@pytest.fixture
def free_port() -> Iterator[int]:
    with held_port() as port:
        yield port


# -- the files --


def test_all_tools_are_there() -> None:
    assert sorted(path.name for path in EXAMPLES.glob("*.py")) == [f"nmsg_{n}.py" for n in NAMES]


@pytest.mark.parametrize("name", NAMES)
def test_each_is_one_executable_file(name: str) -> None:
    path = EXAMPLES / f"nmsg_{name}.py"
    text = path.read_text(encoding="utf-8")
    assert os.access(path, os.X_OK)
    assert text.startswith("#!/usr/bin/env python3\n# SPDX-License-Identifier: Apache-2.0\n")
    assert not re.search(r"nmsg\._|\b_nmsg\b|import nmsg_", text)


@pytest.mark.parametrize("name", NAMES)
def test_started_by_its_name(name: str) -> None:
    """By its first line, where the python3 of the PATH is the one that runs the tests."""
    folder = str(Path(sys.executable).parent)
    if not Path(folder, "python3").exists():
        pytest.skip(f"no python3 in {folder}")
    env = environment(PATH=folder + os.pathsep + os.environ["PATH"])
    path = EXAMPLES / f"nmsg_{name}.py"
    done = subprocess.run([path, "-h"], capture_output=True, text=True, env=env, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"usage: nmsg_{name}.py ")


# -- help --

ADDR_PORT = "address/port to listen for incoming NMSG datagrams"

HELP = {
    "message": f"""\
usage: nmsg_message.py [-h] [-n NUMBER] [addr_port]

simple NMSG ipconn client

positional arguments:
  addr_port             {ADDR_PORT}

options:
  -h, --help            show this help message and exit
  -n NUMBER, -i NUMBER, --number NUMBER
                        number of NMSG datagrams to send
""",
    "sock_dump": f"""\
usage: nmsg_sock_dump.py [-h] [addr_port]

listen for NMSG datagrams and dump them to the screen

positional arguments:
  addr_port   {ADDR_PORT}

options:
  -h, --help  show this help message and exit
""",
    "cat": """\
usage: nmsg_cat.py [-h] [-i INPUT] [-o OUTPUT]

redirect NMSG datagrams

options:
  -h, --help            show this help message and exit
  -i INPUT, --input INPUT
                        address/port to receive incoming NMSG datagrams
  -o OUTPUT, --output OUTPUT
                        address/port to fire outgoing NMSG datagrams
""",
    "file_dump": """\
usage: nmsg_file_dump.py [-h] infile

dump the contents of an NMSG file

positional arguments:
  infile      file containing NMSG datagrams

options:
  -h, --help  show this help message and exit
""",
    "channel_dump": """\
usage: nmsg_channel_dump.py [-h] channel

listen to an NMSG channel and dump its datagrams to the screen

positional arguments:
  channel     alias of the channel, such as ch202

options:
  -h, --help  show this help message and exit
""",
    "count_types": """\
usage: nmsg_count_types.py [-h] [--target TARGET] [--processes PROCESSES]
                           file [file ...]

count messages by type, in parallel

positional arguments:
  file                  file of NMSG containers

options:
  -h, --help            show this help message and exit
  --target TARGET       size of a piece (default: 64M)
  --processes PROCESSES
                        how many (default: one a processor)
""",
    "count_types_dask": """\
usage: nmsg_count_types_dask.py [-h] [--target TARGET] [--scheduler SCHEDULER]
                                file [file ...]

count messages by type, with Dask

positional arguments:
  file                  file of NMSG containers

options:
  -h, --help            show this help message and exit
  --target TARGET       size of a piece (default: 64M)
  --scheduler SCHEDULER
                        address of a cluster (default: start one here)
""",
    "encode_hello_client": f"""\
usage: nmsg_encode_hello_client.py [-h] [-i ITERATIONS]
                                   [-t {{TEXT,JSON,YAML,MSGPACK,XML,ALL}}]
                                   [addr_port]

simple NMSG encode client

positional arguments:
  addr_port             {ADDR_PORT}

options:
  -h, --help            show this help message and exit
  -i ITERATIONS, --iterations ITERATIONS
                        number of iterations to send
  -t {{TEXT,JSON,YAML,MSGPACK,XML,ALL}}, --type {{TEXT,JSON,YAML,MSGPACK,XML,ALL}}
                        NMSG datagram(s) to send, use 'ALL' to send all types
""",
    "encode_hello_server": f"""\
usage: nmsg_encode_hello_server.py [-h] [addr_port]

Simple NMSG encoding server

positional arguments:
  addr_port   {ADDR_PORT}

options:
  -h, --help  show this help message and exit
""",
    "nonblocking": f"""\
usage: nmsg_nonblocking.py [-h] [-t TIMEOUT] [addr_port]

Asynchronous IO polling example

positional arguments:
  addr_port             {ADDR_PORT}

options:
  -h, --help            show this help message and exit
  -t TIMEOUT, --timeout TIMEOUT
                        millisecond timeout
""",
    "io_callback": """\
usage: nmsg_io_callback.py [-h] infile

open an NMSG file and execute a callback function on each message

positional arguments:
  infile      file containing NMSG datagrams

options:
  -h, --help  show this help message and exit
""",
    "nullinput": """\
usage: nmsg_nullinput.py [-h] [infile ...]

dump NMSG containers from any bytes

positional arguments:
  infile      file of NMSG containers, - for standard input

options:
  -h, --help  show this help message and exit
""",
}


@pytest.mark.parametrize("name", NAMES)
def test_help(name: str) -> None:
    status, output, errors = ran(name, "-h")
    assert (status, errors) == (0, "")
    expected = HELP[name]
    if sys.version_info >= (3, 13):
        # -n NUMBER, --number NUMBER has become -n, --number NUMBER, and lines break elsewhere.
        expected = re.sub(r"(-\w) (?:[A-Z]+|\{[A-Z,]+\}), ", r"\1, ", expected)
        expected, output = (" ".join(text.split()) for text in (expected, output))
    assert output == expected


# -- wrong arguments, and what fails --

TAKE_ADDRESS = ("message", "sock_dump", "encode_hello_client", "encode_hello_server", "nonblocking")

TAKE_FILES = ("nullinput", "count_types", "count_types_dask")

WRONG = [
    *((name, place) for name in TAKE_ADDRESS for place in ("127.0.0.1", "localhost/9430")),
    *(
        ("sock_dump", place)
        for place in (
            "127.0.0.1/",
            "/9430",
            "",
            "127.0.0.256/9430",
            "127.0.0.1/65536",
            "127.0.0.1/0",
            "127.0.0.1/x",
            "127.0.0.1/-1",
            "127.0.0.1/" + "9" * 5000,
            "[::1]/9430",
            "127.0.0.1:9430",
            "127.0.0.1/9430/9430",
        )
    ),
    *((name, "-x") for name in NAMES),
    *((name, "one", "two") for name in NAMES if name not in TAKE_FILES),
    ("count_types",),
    ("count_types", "one", "--processes", "x"),
    ("count_types_dask",),
    ("file_dump",),
    ("io_callback",),
    ("channel_dump",),
    ("cat", "-i", "x"),
    ("cat", "-o", "127.0.0.1"),
    ("cat", "-i", "127.0.0.1/9430"),
    ("message", "-n"),
    ("message", "-n", "x"),
    ("message", "-n", "-1"),
    ("message", "-n", "1.5"),
    ("message", "-n", "9" * 5000),
    ("encode_hello_client", "-t", "CSV"),
    ("encode_hello_client", "-i", "x"),
    ("nonblocking", "-t", "x"),
    ("nonblocking", "-t", "-1"),
]


@pytest.mark.parametrize("args", WRONG, ids=lambda args: " ".join(args)[:40])
def test_wrong_arguments(args: tuple[str, ...]) -> None:
    status, output, errors = ran(*args)
    assert (status, output) == (2, "")
    assert re.fullmatch(rf"nmsg_{args[0]}\.py: error: [^\n]+\n", errors)


def test_what_is_said_of_a_wrong_address() -> None:
    assert ran("sock_dump", "127.0.0.1:9430")[2] == (
        "nmsg_sock_dump.py: error: argument addr_port: '127.0.0.1:9430' is not ADDR/PORT, such as "
        "127.0.0.1/9430 or ::1/9430\n"
    )


NOT_OURS = "192.0.2.1/9430"

FAILING = [
    (("file_dump", "nothing"), "No such file or directory: 'nothing'"),
    (("io_callback", "nothing"), "No such file or directory: 'nothing'"),
    (("nullinput", "nothing"), "No such file or directory: 'nothing'"),
    (("file_dump", "."), "Is a directory: '.'"),
    (("io_callback", "."), "Is a directory: '.'"),
    (("nullinput", "."), "Is a directory: '.'"),
    (("sock_dump", NOT_OURS), f"Cannot assign requested address: '{NOT_OURS}'"),
    (("encode_hello_server", NOT_OURS), f"Cannot assign requested address: '{NOT_OURS}'"),
    (("nonblocking", NOT_OURS), f"Cannot assign requested address: '{NOT_OURS}'"),
    (("cat", "-i", NOT_OURS), f"Cannot assign requested address: '{NOT_OURS}'"),
    (("cat", "-o", "255.255.255.255/9"), "Permission denied: '255.255.255.255/9'"),
    (("message", "255.255.255.255/9"), "Permission denied: '255.255.255.255/9'"),
]


@pytest.mark.parametrize(
    ("args", "reason"), FAILING, ids=lambda value: " ".join(value) if value is tuple else None
)
def test_failures(args: tuple[str, ...], reason: str, tmp_path: Path, free_port: int) -> None:
    if args[:2] == ("cat", "-o"):
        args = (*args, "-i", f"127.0.0.1/{free_port}")
    done = subprocess.run(
        command(*args),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env=environment(),
        timeout=PATIENCE_SEC,
        check=False,
    )
    assert done.returncode == 1
    start, _, rest = done.stderr.partition(reason)
    assert re.fullmatch(rf"nmsg_{args[0]}\.py: error: \[Errno \d+\] ", start)
    assert rest == "\n"


def test_output_that_is_full(path: Path) -> None:
    with nmsg.output.open_file(path) as writer:
        writer.write(connection(1))
    for name in ("file_dump", "io_callback", "nullinput"):
        with open("/dev/full", "w") as full:
            done = subprocess.run(
                command(name, path), stdout=full, stderr=subprocess.PIPE, text=True, check=False
            )
        reason = "[Errno 28] No space left on device"
        assert (done.returncode, done.stderr) == (1, f"nmsg_{name}.py: error: {reason}\n")


# -- Ctrl-C --


@pytest.mark.parametrize("name", ["sock_dump", "encode_hello_server", "nonblocking"])
def test_ctrl_c_ends_a_wait(name: str, free_port: int) -> None:
    with started(name, f"127.0.0.1/{free_port}") as tool:
        wait_until(lambda: tool.listens(free_port))
        assert tool.interrupt() == 130
        assert tool.err.text == ""


def test_ctrl_c_ends_a_redirection(free_port: int, unused_port: int) -> None:
    places = (f"127.0.0.1/{free_port}", f"127.0.0.1/{unused_port}")
    with started("cat", "-i", places[0], "-o", places[1]) as tool:
        tool.expect("redirecting NMSGS: {}-->{}\n".format(*places))
        assert tool.interrupt() == 130
        assert tool.err.text == (
            "received 0, forwarded 0, lost: kernel 0, sequence 0, fragments 0\n"
        )


def test_ctrl_c_ends_a_channel(free_port: int, tmp_path: Path) -> None:
    aliases = tmp_path / "channels"
    aliases.write_text(f"ch1 127.0.0.1/{free_port}\n")
    with started("channel_dump", "ch1", NMSG_CHALIAS_FILE=str(aliases)) as tool:
        wait_until(lambda: tool.listens(free_port))
        assert tool.interrupt() == 130
        assert (tool.out.text, tool.err.text) == ("", "")


def test_ctrl_c_ends_reading_of_standard_input() -> None:
    for name, args in (("file_dump", ["-"]), ("nullinput", [])):
        with started(name, *args, stdin=subprocess.PIPE) as tool:
            wait_for_import(tool)
            assert tool.interrupt() == 130
            assert (tool.out.text, tool.err.text) == ("", "")


def test_ctrl_c_ends_a_loop(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    descriptor = os.open(fifo, os.O_RDWR)
    try:
        with started("io_callback", fifo) as tool:
            with nmsg.output.open_file(descriptor) as writer:
                for port in range(10_000):
                    writer.write(connection(port))
            tool.expect(".")
            assert tool.interrupt() == 130
            assert (tool.out.text, tool.err.text) == (".\ncount: 10000\n", "")
    finally:
        os.close(descriptor)


@pytest.mark.parametrize(
    ("args", "line"),
    [
        (("message", "-n", "999999999"), "sending 999999999 ipconn NMSG datagrams to {}...\n"),
        (("encode_hello_client", "-i", "999999999"), "sending NMSG datagrams to {}\n"),
    ],
)
def test_ctrl_c_ends_sending(args: tuple[str, ...], line: str, unused_port: int) -> None:
    place = f"127.0.0.1/{unused_port}"
    with started(*args, place) as tool:
        tool.expect(line.format(place))
        assert tool.interrupt() == 130
        assert (tool.out.text, tool.err.text) == (line.format(place), "")


def wait_for_import(tool: Tool) -> None:
    """Until it reads: it has then been through all that comes before."""
    folder = Path(f"/proc/{tool.process.pid}")

    def sleeps() -> bool:
        state = (folder / "stat").read_text().rpartition(") ")[2][0]
        return state == "S" and "/_nmsg." in (folder / "maps").read_text()

    for _ in range(20):  # Not just for a moment.
        wait_until(sleeps)


# -- pipes --


def with_closed_pipe(*args: object, lines: int = 1) -> tuple[int, str, str]:
    """Exit status, first lines and errors of a tool whose output nobody reads after these."""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command(*map(str, args)), stdout=pipe, stderr=pipe, text=True, env=environment()
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        first = "".join(process.stdout.readline() for _ in range(lines))
        process.stdout.close()
        errors = process.stderr.read()
        return process.wait(PATIENCE_SEC), timeless(first), errors


@pytest.mark.parametrize("name", ["file_dump", "nullinput"])
def test_a_closed_pipe_ends_a_dump_quietly(name: str, path: Path) -> None:
    with nmsg.output.open_file(path) as writer:
        for number in range(20_000):
            writer.write(numbered(number))
    status, output, errors = with_closed_pipe(name, path)
    assert (status, errors) == (-signal.SIGPIPE, "")
    assert output == "[TIME] [1:8 base pkt] [] [] [] \n"


def test_a_closed_pipe_ends_a_listener_quietly(free_port: int) -> None:
    place = f"127.0.0.1/{free_port}"
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command("sock_dump", place), stdout=pipe, stderr=pipe, text=True, env=environment()
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == f"listening for NMSG datagrams on {place}...\n"
        process.stdout.close()
        ran("message", place)
        assert process.wait(PATIENCE_SEC) == -signal.SIGPIPE
        assert process.stderr.read() == ""


def test_as_part_of_a_pipeline(path: Path) -> None:
    """With a shell and head, as users do it."""
    with nmsg.output.open_file(path) as writer:
        for number in range(20_000):
            writer.write(numbered(number))
    tool = " ".join(f"'{word}'" for word in command("file_dump", "-"))
    done = subprocess.run(
        ["bash", "-c", f"cat '{path}' | {tool} | head -n 1; echo ${{PIPESTATUS[1]}}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert timeless(done.stdout) == "[TIME] [1:8 base pkt] [] [] [] \n141\n"
    assert done.stderr == ""


def test_messages_are_printed_as_they_come(tmp_path: Path) -> None:
    """Also where nothing but a pipe is at the other end, and more input may follow."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    descriptor = os.open(fifo, os.O_RDWR)
    try:
        with started("file_dump", fifo) as tool, nmsg.output.open_file(descriptor) as writer:
            for count in (1, 2):
                i = count - 1
                writer.write(
                    nmsg.msgtype.base.ipconn(
                        srcip=f"127.0.0.{i}", srcport=i, dstip=f"127.1.0.{i}", dstport=65535 - i
                    )
                )
                writer.flush()
                tool.expect(connections(count))
    finally:
        os.close(descriptor)
