# SPDX-License-Identifier: Apache-2.0
"""The tools of examples/ that read files: nmsg_file_dump, nmsg_io_callback, nmsg_nullinput."""

from pathlib import Path

import nmsg
import nmsg_wire as wire
import pytest
from nmsg_examples import connections, held_port, ran, started
from nmsg_support import connection

READERS = ("file_dump", "nullinput")


def write(path: Path, *messages: nmsg.message) -> bytes:
    with nmsg.output.open_file(path) as writer:
        for message in messages:
            writer.write(message)
    return path.read_bytes()


def http() -> nmsg.message:
    """Like those of the founding document, from channel 80."""
    message = nmsg.msgtype.base.http(type="sinkhole", srcip="192.0.2.1", srcport=19614)
    message["dstip"], message["dstport"] = "198.51.100.7", 80
    message["request"] = "GET / HTTP/1.1\r\nHost: foo.bar\r\n\r\n"
    message.time_sec, message.time_nsec = 1400771799, 935642536
    message.source, message.operator, message.group = 0x1A1A1A1A, 1, 2
    return message


HTTP = """\
[2014-05-22 15:16:39.935642536] [1:4 base http] [1a1a1a1a] [{}] [{}] \n\
type: 'sinkhole'
srcip: '192.0.2.1'
srcport: 19614
dstip: '198.51.100.7'
dstport: 80
request: 'GET / HTTP/1.1\\r\\nHost: foo.bar\\r\\n\\r\\n'

"""


# -- dumps --


@pytest.mark.parametrize("name", READERS)
def test_a_dump_to_the_letter(name: str, path: Path, tmp_path: Path) -> None:
    write(path, http(), http())
    (tmp_path / "operators").write_text("1 FSI\n")
    (tmp_path / "groups").write_text("2 trafficconverter\n")
    names = {
        "NMSG_OPALIAS_FILE": str(tmp_path / "operators"),
        "NMSG_GRALIAS_FILE": str(tmp_path / "groups"),
    }
    # Not by ran(), which takes times out.
    with started(name, path, **names) as tool:
        assert tool.end() == 0
        assert tool.out.text == 2 * HTTP.format("FSI", "trafficconverter")
        assert tool.err.text == ""


@pytest.mark.parametrize("name", READERS)
def test_numbers_that_have_no_alias(name: str, path: Path, tmp_path: Path) -> None:
    message = http()
    message.operator, message.group, message.source = 4_000_000_000, 4_000_000_001, 1
    write(path, message)
    status, output, errors = ran(name, path)
    assert (status, errors) == (0, "")
    assert output.startswith("[TIME] [1:4 base http] [00000001] [4000000000] [4000000001] \n")


@pytest.mark.parametrize("name", READERS)
def test_a_line_for_each_value_of_a_repeated_field(name: str, path: Path) -> None:
    write(path, nmsg.msgtype.sie.dnsdedupe(rrname=b"\1a\0", rdata=[b"\1\2\3\4", b"\5\6\7\x08"]))
    assert ran(name, path)[1] == (
        "[TIME] [2:1 SIE dnsdedupe] [] [] [] \n"
        "rrname: b'\\x01a\\x00'\nrdata: b'\\x01\\x02\\x03\\x04'\nrdata: b'\\x05\\x06\\x07\\x08'\n\n"
    )


@pytest.mark.parametrize("name", READERS)
def test_a_type_that_nobody_here_knows(name: str, path: Path) -> None:
    path.write_bytes(wire.container(wire.Payload(vid=250, msgtype=9, data=b"\x08\x01")))
    status, output, errors = ran(name, path)
    assert (status, errors) == (0, "")
    assert output.startswith("[TIME] [250:9 ")
    assert output.endswith("] [] [] [] \n\n")


@pytest.mark.parametrize("name", READERS)
def test_standard_input(name: str, path: Path) -> None:
    octets = write(path, http())
    for args in (["-"], []) if name == "nullinput" else (["-"],):
        status, output, errors = ran(name, *args, stdin=octets)
        assert (status, errors) == (0, "")
        assert output.startswith("[TIME] [1:4 base http] [1a1a1a1a] [1] [2] \ntype: 'sinkhole'\n")
    assert ran(name, "-") == (0, "", "")


@pytest.mark.parametrize("name", READERS)
def test_text_that_the_terminal_cannot_show(name: str, path: Path) -> None:
    write(path, nmsg.msgtype.base.logline(message="gr\u00fc\u00df \x1b[2J"))
    output = ran(name, path, PYTHONIOENCODING="ascii")[1]
    assert output.endswith("message: 'gr\\xfc\\xdf \\x1b[2J'\n\n")


def test_a_file_called_like_a_url(tmp_path: Path) -> None:
    folder = tmp_path / "udp:"
    folder.mkdir()
    write(folder / "x", http())
    with started("file_dump", "udp:/x") as tool:
        assert tool.end() == 1
    assert ran("file_dump", folder / "x")[0] == 0


# -- damage --


def damaged(path: Path) -> bytes:
    """Two good containers, one between them that does not decode."""
    good = write(path, connection(0, source=1))
    return good + wire.frame(b"\xff" * 20) + good


HEAD = "[TIME] [1:5 base ipconn] [00000001] [] [] \nsrcport: 0\n\n"


def test_what_is_damaged_is_passed_over(path: Path) -> None:
    path.write_bytes(damaged(path))
    error = f"nmsg_file_dump.py: error: {path}: skipped 1 containers, 0 messages\n"
    assert ran("file_dump", path) == (1, 2 * HEAD, error)
    assert ran("nullinput", path) == (
        1,
        2 * HEAD,
        "nmsg_nullinput.py: error: skipped 1 containers\n",
    )
    error = f"nmsg_io_callback.py: error: {path}: skipped 1 containers, 0 messages\n"
    assert ran("io_callback", path) == (1, "count: 2\n", error)


def test_a_file_that_ends_too_early(path: Path) -> None:
    good = write(path, connection(0, source=1))
    for missing in (1, len(good) - 3):
        path.write_bytes(good + good[:-missing])
        for name, expected in (
            ("file_dump", HEAD),
            ("nullinput", HEAD),
            ("io_callback", "count: 1\n"),
        ):
            status, output, errors = ran(name, path)
            assert (status, output) == (1, expected)
            assert errors.startswith(f"nmsg_{name}.py: error: ")
            assert errors.count("\n") == 1


def test_what_is_no_nmsg_file(path: Path) -> None:
    path.write_bytes(b"something else altogether")
    for name in ("file_dump", "nullinput", "io_callback"):
        status, output, errors = ran(name, path)
        assert (status, output) == (1, "count: 0\n" if name == "io_callback" else "")
        assert errors.count("\n") == 1


# -- nmsg_nullinput --


def test_several_files(path: Path, tmp_path: Path) -> None:
    octets = write(path, connection(0, source=1))
    assert ran("nullinput", path, "-", path, stdin=octets) == (0, 3 * HEAD, "")


def test_fragments_in_several_files(tmp_path: Path) -> None:
    """As somebody has them who kept datagrams, one a file."""
    message = nmsg.msgtype.base.logline(message="x" * 3000)
    whole = write(tmp_path / "whole", message)
    body = whole[10:]
    paths = []
    for number, start in enumerate(range(0, len(body), 1000)):
        part = tmp_path / f"part{number}"
        last = (len(body) - 1) // 1000
        part.write_bytes(wire.fragment(7, number, last, body[start : start + 1000]))
        paths.append(part)
    status, output, errors = ran("nullinput", *paths)
    assert (status, errors) == (0, "")
    assert output == f"[TIME] [1:6 base logline] [] [] [] \nmessage: '{'x' * 3000}'\n\n"


# -- nmsg_io_callback --


@pytest.mark.parametrize(
    ("count", "dots"), [(0, ""), (9_999, ""), (10_000, ".\n"), (25_000, "..\n")]
)
def test_counting(count: int, dots: str, path: Path) -> None:
    write(path, *(connection(port % 65536) for port in range(count)))
    assert ran("io_callback", path) == (0, f"{dots}count: {count}\n", "")


def test_the_count_is_that_of_the_dump(path: Path) -> None:
    """What the founding document does with nmsgtool and grep."""
    write(path, *(connection(port) for port in range(20_058)))
    assert ran("file_dump", path)[1].count("[1:5 base ipconn]") == 20_058
    assert ran("io_callback", path)[1] == "..\ncount: 20058\n"


def test_a_dump_reads_what_was_received(path: Path) -> None:
    """From the tool that sends, by way of a file."""
    with held_port() as port, nmsg.input.open_sock("127.0.0.1", port) as reader:
        assert ran("message", "-n3", f"127.0.0.1/{port}")[0] == 0
        write(path, *(reader.read() for _ in range(3)))
    assert ran("file_dump", path)[1] == connections(3)
