# SPDX-License-Identifier: Apache-2.0
"""nmsg.open(): what may be opened, how, and what it says to what may not."""

import inspect
import io
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nmsg
import nmsg_wire as wire
import pytest
from nmsg_support import PATIENCE_SEC, connection, ports, take

ONE = wire.container(wire.conn(1))


def write(where: Any, *numbers: int, mode: Any = "w", **options: Any) -> nmsg.output:
    with nmsg.open(where, mode, **options) as writer:
        for number in numbers:
            writer.write(connection(number))
    return writer


def read(where: Any, **options: Any) -> list[int]:
    with nmsg.open(where, **options) as reader:
        return ports(reader)


# -- paths --


@pytest.mark.parametrize("kind", [str, os.fsencode, Path])
def test_paths(kind: Callable[[Path], Any], path: Path) -> None:
    where = kind(path)
    with nmsg.open(where, "w") as writer:
        assert type(writer) is nmsg.output
        assert (writer.name, writer.closed) == (where, False)
        writer.write(connection(1))
    assert writer.closed
    with nmsg.open(where) as reader:
        assert type(reader) is nmsg.input
        assert (reader.name, reader.closed) == (where, False)
        assert ports(reader) == [1]
    assert (reader.name, reader.closed) == (where, True)


def test_name_and_closed_of_others(receiver: nmsg.input, path: Path) -> None:
    assert (receiver.closed, receiver.name) == (False, "127.0.0.1/0")
    assert (nmsg.input().closed, nmsg.input().name) == (True, None)
    assert (nmsg.output().closed, nmsg.output().name) == (True, None)
    callback = nmsg.output.open_callback(print)
    assert not callback.closed
    callback.close()
    assert callback.closed


def test_modes(path: Path) -> None:
    write(path, 1, mode="x")
    with pytest.raises(FileExistsError, match=path.name):
        write(path, 2, mode="x")
    assert read(path) == [1]
    write(path, 2, 3, mode="a")
    assert read(path) == [1, 2, 3]
    write(path, 4)
    assert read(path) == [4]
    path.unlink()
    write(path, 5, mode="a")
    assert read(path) == [5]


def test_append_goes_behind_what_others_append(path: Path) -> None:
    with nmsg.open(path, "a", buffered=False) as one, nmsg.open(path, "a", buffered=False) as two:
        for number in range(10):
            (one, two)[number % 2].write(connection(number))
    assert read(path) == list(range(10))


@pytest.mark.parametrize("mode", ["w", "a", "x"])
def test_the_wrong_arguments_leave_a_file_alone(mode: Any, path: Path) -> None:
    path.write_bytes(ONE)
    for options in (
        {"msgtype": "base:nosuch"},
        {"msgtype": "x"},
        {"bufsz": "much"},
        {"flush_interval": -1},
        {"zlevel": 3},
    ):
        with pytest.raises((ValueError, nmsg.Error)):
            nmsg.open(path, mode, **options)  # type: ignore[call-overload]
    assert path.read_bytes() == ONE


def test_a_file_that_is_called_like_a_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write("./udp:x", 1)
    write(Path("-"), 2)
    write("a:b", 3)
    assert sorted(os.listdir()) == ["-", "a:b", "udp:x"]
    assert (read(Path("udp:x")), read("./-"), read("a:b")) == ([1], [2], [3])


def test_missing_file(path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=path.name):
        nmsg.open(path)
    with pytest.raises(IsADirectoryError):
        nmsg.open(path.parent)


# -- formats and options --


def test_json(path: Path) -> None:
    write(path, 1, 2, format="json")
    assert path.read_text().count("\n") == 2
    assert read(path, format="json") == [1, 2]
    assert "type=json" in repr(nmsg.open(path, format="json"))
    write(path, 3, format="json", mode="a", buffered=False, flush_interval=1)
    assert read(path, format="json", max_line="1K") == [1, 2, 3]


def test_compression(path: Path) -> None:
    sizes = []
    for options in ({}, {"compress": True, "zlevel": 1}, {"compress": True, "zlevel": 9}):
        write(path, *range(5000), **options)
        sizes.append(path.stat().st_size)
        assert read(path) == list(range(5000))
    assert sizes[0] > sizes[1] > sizes[2]


def test_buffering(path: Path) -> None:
    assert write(path, 1, 2, 3, buffered=False).stats.containers == 3
    assert write(path, 1, 2, 3).stats.containers == 1
    assert write(path, *range(100), bufsz=512).stats.containers > 2


@pytest.mark.parametrize(
    "msgtype",
    ["base:ipconn", "BASE:ipconn", "1:5", (1, 5), ("base", "ipconn"), nmsg.msgtype.base.ipconn],
)
def test_filter_by_type(msgtype: Any, path: Path) -> None:
    with nmsg.open(path, "w") as writer:
        writer.write(nmsg.msgtype.base.pkt(payload=b"x"))
        writer.write(connection(1))
    assert read(path, msgtype=msgtype) == [1]
    with nmsg.open(path, "w", msgtype=msgtype) as writer:
        writer.write(nmsg.msgtype.base.pkt(payload=b"x"))
        writer.write(connection(2))
    assert read(path) == [2]


def test_filters_by_header(path: Path) -> None:
    with nmsg.open(path, "w") as writer:
        for number in range(8):
            header = {"source": 1 + (number & 1), "operator": 1 + (number >> 1 & 1)}
            writer.write(connection(number, group=1 + (number >> 2), **header))
    assert read(path, source=2) == [1, 3, 5, 7]
    assert read(path, operator=2) == [2, 3, 6, 7]
    assert read(path, group=2) == [4, 5, 6, 7]
    assert read(path, source=2, operator=2, group=2, msgtype="base:ipconn") == [7]
    assert read(path, source=9) == []
    assert read(path, source=0, operator=None) == list(range(8))


def test_strings_and_errors(path: Path) -> None:
    broken = wire.container(wire.conn(1), wire.Payload(msgtype=5, data=b"\xff"), wire.conn(2))
    path.write_bytes(broken)
    with pytest.warns(nmsg.DataWarning):
        assert read(path) == [1, 2]
    assert read(path, errors="skip") == [1, 2]
    with pytest.raises(nmsg.FormatError):
        read(path, errors="raise")
    with nmsg.open(path, "w") as writer:
        writer.write(nmsg.msgtype.base.logline(message="text"))
    assert nmsg.open(path, strings="bytes").read()["message"] == b"text"
    assert nmsg.open(path).read()["message"] == "text"


def test_limits(path: Path) -> None:
    write(path, *range(1000))
    with pytest.raises(nmsg.FormatError, match="limit"):
        read(path, max_container=100)


# -- descriptors and standard streams --


def test_descriptors(path: Path, pipe: tuple[int, int]) -> None:
    write(pipe[1], 1, 2)
    os.close(pipe[1])
    with nmsg.open(pipe[0], blocking=False) as reader:
        assert reader.name == f"descriptor {pipe[0]}"
        assert reader.fileno() == pipe[0]
        assert ports(reader) == [1, 2]
    os.fstat(pipe[0])  # Still open.
    with pytest.raises(OSError):
        nmsg.open(987654)


def test_blocking(pipe: tuple[int, int]) -> None:
    with nmsg.open(pipe[0], blocking=False) as reader:
        assert reader.read() is None
        os.write(pipe[1], ONE)
        assert reader.read()["srcport"] == 1


FILTER = """
import sys, nmsg
with nmsg.open("-") as reader, nmsg.open("-", "w") as writer:
    assert (reader.name, writer.name) == ("<stdin>", "<stdout>")
    for m in reader:
        m["srcport"] += 1
        writer.write(m)
"""


def test_standard_streams() -> None:
    octets = wire.container(*wire.conns(*range(1000)))
    done = subprocess.run(
        [sys.executable, "-c", FILTER],
        input=octets,
        capture_output=True,
        timeout=PATIENCE_SEC,
        check=True,
    )
    assert read(done.stdout) == list(range(1, 1001))
    assert done.stderr == b""


# -- octets --


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_octets(kind: Any) -> None:
    octets = wire.container(*wire.conns(1, 2)) + wire.container(wire.conn(3))
    with nmsg.open(kind(octets)) as reader:
        assert reader.name == f"<{kind.__name__}>"
        assert ports(reader) == [1, 2, 3]
        assert reader.stats.octets == len(octets)
        for method in (reader.fileno, reader.socket_fileno):
            with pytest.raises(io.UnsupportedOperation):
                method()
    assert read(kind(b"")) == []


def test_octets_are_kept_as_long_as_the_input_is_open() -> None:
    octets = bytearray(ONE * 3)
    reader = nmsg.open(octets)
    with pytest.raises(BufferError):
        octets.clear()
    assert ports(reader) == [1, 1, 1]
    reader.close()
    octets.clear()
    reader = nmsg.open(bytes([*ONE]))  # Nobody else has it.
    assert reader.read()["srcport"] == 1


def test_octets_larger_than_a_piece() -> None:
    octets = wire.container(*wire.conns(*range(1000))) * 300
    for kind in (bytes, bytearray):
        assert read(kind(octets)) == list(range(1000)) * 300


def test_damaged_octets() -> None:
    with nmsg.open(ONE + ONE[:-1]) as reader:
        assert reader.read()["srcport"] == 1
        with pytest.raises(nmsg.TruncatedError) as caught:
            reader.read()
        assert caught.value.offset == len(ONE)
        assert reader.read() is None
    with pytest.raises(BufferError):
        nmsg.open(memoryview(ONE)[::2])


def test_json_octets() -> None:
    line = connection(1).to_json().encode()
    for octets in (line, b"\n " + line + b"\n", bytearray(line), b""):
        assert read(octets, format="json") == ([1] if octets else [])


def test_bytes_that_are_no_octets_are_a_path(path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        nmsg.open(b"NMSG")
    with pytest.raises(FileNotFoundError):
        nmsg.open(b"{", "r")
    with pytest.raises(ValueError, match="null byte"):
        nmsg.open(b"a\0b", "w")


# -- sockets --


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", ""])
def test_udp(host: str) -> None:
    with nmsg.open(f"udp://{host}:0", ring="1M") as reader:
        assert reader.name == f"udp://{host}:0"
        assert reader.address[0] == ("127.0.0.1" if host else "0.0.0.0")
        writer = write(f"udp://{host}:{reader.address[1]}", 1, 2, bufsz=1000, compress=True)
        assert writer.name.startswith("udp://")
        assert ports(take(reader, 2)) == [1, 2]
        assert "type=socket" in repr(reader)


def test_udp_over_ipv6() -> None:
    try:
        reader = nmsg.open("udp://[::1]:0")
    except OSError:
        pytest.skip("no IPv6 here")
    with reader:
        write(f"udp://[::1]:{reader.address[1]}/", 1)
        assert ports(take(reader, 1)) == [1]


def test_sockets_skip_what_is_damaged() -> None:
    with nmsg.open("udp://127.0.0.1:0") as reader:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as raw:
            raw.sendto(b"garbage", reader.address)
            raw.sendto(ONE, reader.address)
        assert ports(take(reader, 1)) == [1]
        assert reader.stats.bad.containers == 1


def test_broadcast() -> None:
    with nmsg.open("udp://<broadcast>:9", "w", broadcast=True):
        pass
    with pytest.raises(PermissionError):
        nmsg.open("udp://255.255.255.255:9", "w")


def test_hosts() -> None:
    with pytest.raises(socket.gaierror, match=r"nosuch\.invalid"):
        nmsg.open("udp://nosuch.invalid:9430")
    with pytest.raises(socket.gaierror):
        nmsg.input.open_sock("nosuch.invalid", 9430)
    with pytest.raises(socket.gaierror):
        nmsg.output.open_sock("nosuch.invalid", "9430")
    for opener in (nmsg.input.open_sock, nmsg.output.open_sock):
        opener("localhost", 0 if opener is nmsg.input.open_sock else 9).close()
        opener("", "0" if opener is nmsg.input.open_sock else "9").close()
        for host in ("127.0.0.256", "127.0.0.1/9430", "[::1]", "a b", "::g", "1.2.3", "x\0"):
            if host != "1.2.3":  # An old way of writing 1.2.0.3.
                with pytest.raises(ValueError):
                    opener(host, 9430)
        for port in ("", "http", "-1", "65536", "123456", "9430 ", "\u0663"):
            with pytest.raises(ValueError, match="port"):
                opener("127.0.0.1", port)


def free_ports(count: int) -> list[int]:
    """Ports next to each other that nobody listens on."""
    for first in range(20000, 60000, count):
        with_all = []
        try:
            for port in range(first, first + count):
                probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                with_all.append(probe)
                probe.bind(("127.0.0.1", port))
            return list(range(first, first + count))
        except OSError:
            continue
        finally:
            for probe in with_all:
                probe.close()
    raise AssertionError("no free ports")


def test_channel(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NMSG_CHALIAS_FILE", str(path))
    found = free_ports(4)
    path.write_text(
        f"# channels\nch1 127.0.0.1/{found[0]}..{found[2]}\nch2 tcp://127.0.0.1:5555,accept,pub\n"
        f"ch1 127.0.0.1/{found[3]}\nempty\nbad 127.0.0.1\n"
    )
    with nmsg.open("channel:ch1", ring="1M") as reader:
        assert reader.name == "channel:ch1"
        for round_ in range(3):
            for number, port in enumerate(found):
                write(f"udp://127.0.0.1:{port}", number)
            assert sorted(ports(take(reader, 4))) == [0, 1, 2, 3]
            assert reader.stats.datagrams == 4 * (round_ + 1)
        assert reader.stats.lost == (0, 0, 0)
    for name, text in {
        "nosuch": "no such channel",
        "ch2": "ZeroMQ",
        "bad": "lookup of channel bad failed",
        "empty": "no addresses",
    }.items():
        with pytest.raises(nmsg.Error, match=text):
            nmsg.open(f"channel:{name}")
    path.unlink()
    with pytest.raises((nmsg.Error, OSError)):
        nmsg.open("channel:ch1")


# -- what does not go together --

UDP = "udp://127.0.0.1:9"
KAFKA = "kafka://127.0.0.1:1/topic"

WRONG: list[tuple[Any, Any, dict[str, Any], type[Exception], str]] = [
    ("f", "rb", {}, ValueError, "mode is 'r', 'w', 'a' or 'x', not 'rb'"),
    ("f", None, {}, ValueError, "mode is"),
    ("f", "r", {"format": "xml"}, ValueError, "'json', 'pcap' or 'pres', not 'xml'"),
    ("f", "r", {"format": "pres"}, nmsg.Error, "pres"),
    ("f", "r", {"ring": 1}, ValueError, r"ring= is for sockets \(udp://, channel:\), not for f"),
    ("f", "w", {"broadcast": True}, ValueError, "broadcast= is for sockets"),
    ("f", "r", {"compress": True}, ValueError, "compress= is for writing, mode 'w', 'a' or 'x'"),
    ("f", "r", {"buffered": False}, ValueError, "buffered= is for writing"),
    ("f", "w", {"errors": "skip"}, ValueError, "errors= is for reading, mode 'r'"),
    ("f", "w", {"blocking": False}, ValueError, "blocking= is for reading"),
    ("f", "w", {"source": 1}, ValueError, "source= is a filter for reading"),
    ("f", "r", {"max_line": 9}, ValueError, "max_line= is for format='json'; .*max_container="),
    ("f", "r", {"format": "json", "max_container": 9}, ValueError, "max_container= .*max_line="),
    ("f", "w", {"format": "json", "compress": True}, ValueError, "compress= is for containers"),
    ("f", "w", {"zlevel": 3}, ValueError, "zlevel= goes with compress=True"),
    ("f", "w", {"compress": True, "zlevel": 10}, ValueError, "zlevel= is a number from 1"),
    ("f", "w", {"compress": True, "zlevel": "9"}, ValueError, "zlevel= is a number from 1"),
    ("f", "r", {"msgtype": "dnsqr"}, ValueError, "VENDOR:TYPE, such as 'base:dnsqr'"),
    ("f", "r", {"msgtype": 5}, TypeError, "msgtype is 'VENDOR:TYPE', a tuple"),
    ("f", "r", {"msgtype": "nobody:dnsqr"}, nmsg.Error, "unknown vendor name: nobody"),
    ("f", "r", {"msgtype": "base:nosuch"}, nmsg.Error, "nosuch"),
    ("f", "r", {"operator": "nosuch"}, nmsg.Error, "unknown operator name: nosuch"),
    ("f", "r", {"group": "nosuch"}, nmsg.Error, "unknown group name: nosuch"),
    ("f", "r", {"source": -1}, OverflowError, "source"),
    ("f", "r", {"strings": "latin1"}, ValueError, "strings is 'str' or 'bytes'"),
    ("f", "r", {"errors": "ignore"}, ValueError, "errors is 'warn', 'skip' or 'raise'"),
    ("f", "r", {"max_container": 0}, ValueError, "max_container"),
    ("f", "w", {"bufsz": "x"}, ValueError, "bufsz"),
    ("f", "w", {"flush_interval": -1}, ValueError, "flush_interval"),
    (UDP, "a", {}, ValueError, "mode 'a' is for paths; for udp://127.0.0.1:9 there is 'w'"),
    (UDP, "r", {"format": "json"}, ValueError, "format='json' is for files"),
    ("-", "x", {}, ValueError, "mode 'x' is for paths; for <stdout> there is 'w'"),
    (io.BytesIO(), "a", {}, ValueError, "mode 'a' is for paths; for <BytesIO>"),
    (io.BytesIO(), "w", {"flush_interval": 1}, ValueError, "flush_interval= is for descriptors"),
    (bytearray(), "w", {}, TypeError, r"bytearray can be read only; io\.BytesIO"),
    ("udp://127.0.0.1", "r", {}, ValueError, "not of the form udp://ADDRESS:PORT"),
    ("udp://::1:9430", "r", {}, ValueError, "IPv6 addresses in brackets"),
    ("udp://[localhost]:1", "r", {}, ValueError, "brackets are for IPv6"),
    ("udp://127.0.0.1:65536", "r", {}, ValueError, "port 65536"),
    ("udp://127.0.0.1:0", "w", {}, ValueError, "port 0 cannot be sent to"),
    ("udp:127.0.0.1:1", "r", {}, ValueError, "not of the form"),
    ("channel:ch1", "w", {}, ValueError, "a channel can be read only"),
    ("pcap:file.pcap", "r", {}, ValueError, "msgtype= says which messages are made of packets"),
    ("if:eth0", "w", {}, ValueError, "an interface can be read only"),
    ("kafka://broker", "r", {}, ValueError, r"not of the form kafka://BROKER\[:PORT\]/TOPIC"),
    ("kafka:broker/topic", "r", {}, ValueError, "not of the form"),
    (
        f"{KAFKA}?grp=g",
        "r",
        {},
        ValueError,
        "'grp=g' is no option, or given twice; there are group",
    ),
    (f"{KAFKA}?group=a&group=b", "r", {}, ValueError, "'group=b' is no option, or given twice"),
    (f"{KAFKA}?group=g&partition=1", "r", {}, ValueError, "either a group or a partition"),
    (f"{KAFKA}?group=a%23b", "r", {}, ValueError, "no '#', '%' or '@' in group"),
    (f"{KAFKA}?partition=-1", "r", {}, ValueError, "the partition is a number, 0 to 2147483647"),
    (f"{KAFKA}?partition=1", "r", {"partition": 2}, ValueError, "partition=2 says otherwise"),
    (f"{KAFKA}?format=json", "r", {"format": "nmsgp"}, ValueError, "format='nmsgp' says otherwise"),
    (f"{KAFKA}?format=pres", "r", {}, nmsg.Error, "format='pres' is not supported"),
    (f"{KAFKA}?offset=last", "r", {}, ValueError, "the offset is oldest, newest or a number"),
    (f"{KAFKA}?offset=1", "w", {}, ValueError, "offset= is for reading"),
    (f"{KAFKA}?key=x&format=json", "r", {}, ValueError, "key= is for writing"),
    (KAFKA, "w", {"key": "x"}, ValueError, "a key is for records of one message"),
    (KAFKA, "a", {}, ValueError, f"mode 'a' is for paths; for {KAFKA} there is 'w', which sends"),
    (KAFKA, "r", {"ring": 1}, ValueError, "ring= is for sockets"),
    (KAFKA, "w", {"compress": True, "format": "json"}, ValueError, "compress= is for containers"),
    (KAFKA, "r", {"config": {"a=b": "\0"}}, ValueError, "config: a setting is a key"),
    ("kafka://a,b/t", "r", {}, ValueError, "one broker tells of the others"),
    ("kafka://b/t%C3%A4", "r", {}, ValueError, "not of the form"),
    ("kafka://b/t%23g@c", "r", {}, ValueError, "not of the form"),
    ("kafka://b/..", "r", {}, ValueError, "a topic has letters, digits"),
    ("f", "r", {"format": "nmsgp"}, ValueError, "format='nmsgp' is for topics of Kafka"),
    (KAFKA, "r", {"format": "pcap"}, ValueError, "format='pcap' is for files, not for topics"),
    (
        "udp://127.0.0.1:0",
        "r",
        {"format": "pcap"},
        ValueError,
        "format='pcap' is for files; datagr",
    ),
    ("f", "r", {"config": {}}, ValueError, "config= is for topics of Kafka"),
    ("f", "r", {"partition": 1}, ValueError, "partition= is for topics of Kafka"),
    ("f", "w", {"key": "x"}, ValueError, "key= is for topics of Kafka"),
    ("https://example.com/", "r", {}, ValueError, "https: is unknown; there are paths"),
    (None, "r", {}, TypeError, "where is a path, a URL, .*, not NoneType"),
    (True, "r", {}, TypeError, "not bool"),
    (1.5, "w", {}, TypeError, "not float"),
    ([], "r", {}, TypeError, "not list"),
]


@pytest.mark.parametrize(("where", "mode", "options", "error", "text"), WRONG)
def test_refusals(
    where: Any, mode: Any, options: Any, error: Any, text: str, monkeypatch: Any, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    if mode != "w":
        Path("f").touch()
    with pytest.raises(error, match=text):
        nmsg.open(where, mode, **options)
    assert os.listdir() == ([] if mode == "w" else ["f"])


def test_signature() -> None:
    parameters = inspect.signature(nmsg.open).parameters
    assert list(parameters)[:3] == ["where", "mode", "format"]
    assert parameters["format"].kind is inspect.Parameter.KEYWORD_ONLY
    assert ">>> " in (nmsg.open.__doc__ or "")
