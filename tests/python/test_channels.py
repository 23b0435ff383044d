# SPDX-License-Identifier: Apache-2.0
"""Channels: their file, and what is said when it does not help."""

import errno
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import nmsg
import nmsg_wire as wire
import pytest
from nmsg_support import Sender, ports, run_python

# A free port each, so that no test is in the way of another.
PLACE = "127.0.0.1/0"


@pytest.fixture
def engine() -> Iterator[nmsg.io]:
    with nmsg.io() as io:
        yield io


@pytest.fixture
def channels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Writes the file that the environment names."""

    def write(text: str) -> Path:
        path = tmp_path / "chalias"
        path.write_text(text)
        monkeypatch.setenv("NMSG_CHALIAS_FILE", str(path))
        return path

    return write


def test_a_channel_is_received(engine: nmsg.io, channels: Callable[[str], Path]) -> None:
    channels(f"other {PLACE}\nch202 {PLACE} {PLACE}\n")
    engine.add_input_channel("ch202")
    assert len(engine.inputs) == 2
    messages: list[nmsg.message] = []
    engine.add_output_callback(messages.append)
    engine.add_output_callback(lambda m: (messages.append(m), engine.break_loop()))
    for number, one in enumerate(engine.inputs):
        assert one.address is not None
        sender = Sender(one.address)
        sender(wire.container(wire.conn(number)))
        sender.close()
    engine.loop()
    assert sorted(ports(messages)) == [0, 1]


def test_lines_with_one_name_add_up(engine: nmsg.io, channels: Callable[[str], Path]) -> None:
    channels(f"ch1 {PLACE}\n\nch2 bad\n# comment\nch1\t{PLACE}\t{PLACE} \r\nCH1 bad\nch1")
    engine.add_input_channel("ch1")
    assert len(engine.inputs) == 3


def free_range(count: int) -> int:
    """The first of so many ports that nobody uses now."""
    for _ in range(100):
        with nmsg.input.open_sock("127.0.0.1", 0) as probe:
            assert probe.address is not None
            first = probe.address[1]
        readers = []
        try:
            for port in range(first, first + count):
                readers.append(nmsg.input.open_sock("127.0.0.1", port, ring="1M"))
            return first
        except (OSError, ValueError):
            continue
        finally:
            for reader in readers:
                reader.close()
    raise AssertionError("no free ports")


def test_ranges_of_ports(engine: nmsg.io, channels: Callable[[str], Path]) -> None:
    first = free_range(21)
    channels(f"ch3 127.0.0.1/{first}..{first + 20}")
    engine.add_input_channel("ch3", ring="1M")
    expected = [("127.0.0.1", port) for port in range(first, first + 21)]
    assert [one.address for one in engine.inputs] == expected


def test_options_and_filters(engine: nmsg.io, channels: Callable[[str], Path]) -> None:
    channels(f"ch1 {PLACE}")
    engine.set_filter_source(5)
    engine.add_input_channel("ch1", ring="1M", strings="bytes", errors="raise")
    for options in ({"ring": "x"}, {"errors": "x"}):
        with pytest.raises(ValueError):
            engine.add_input_channel("ch1", **options)  # type: ignore[arg-type]
    for wrong in ({"nothing": 1}, {"addr": "127.0.0.1"}):
        with pytest.raises(TypeError):
            engine.add_input_channel("ch1", **wrong)  # type: ignore[arg-type]
    for name in (b"ch1", None, 1):
        with pytest.raises(TypeError):
            engine.add_input_channel(name)  # type: ignore[arg-type]
    assert len(engine.inputs) == 1


def test_an_unknown_channel(engine: nmsg.io, channels: Callable[[str], Path]) -> None:
    path = channels(f"ch2 {PLACE}\nch1 {PLACE}\nch2 {PLACE}\n#ch9 {PLACE}")
    for name in ("ch9", "CH1", "ch", "#ch9", ""):
        with pytest.raises(nmsg.Error) as caught:
            engine.add_input_channel(name)
        assert str(caught.value) == f"lookup of channel {name} failed: {path} has ch2, ch1"


def test_a_file_without_channels(engine: nmsg.io, channels: Callable[[str], Path]) -> None:
    path = channels("\n\n")
    with pytest.raises(nmsg.Error, match=f"^lookup of channel ch9 failed: {path} has no channels$"):
        engine.add_input_channel("ch9")


def test_a_channel_without_places(engine: nmsg.io, channels: Callable[[str], Path]) -> None:
    channels("ch9\n")
    with pytest.raises(nmsg.Error, match=r"ch9 failed: .* lists no place for it$"):
        engine.add_input_channel("ch9")


@pytest.mark.parametrize(
    "place",
    [
        "localhost/8430",
        "127.0.0.1",
        "127.0.0.1/x",
        "127.0.0.1/65536",
        "127.0.0.1/8437..8430",
        "127.0.0.1/8430..",
        "[::1]/8430",
    ],
)
def test_malformed_places(engine: nmsg.io, channels: Callable[[str], Path], place: str) -> None:
    path = channels(f"good {PLACE}\nch9 {PLACE} {place} {PLACE}\n")
    text = f'lookup of channel ch9 failed: {path} line 2: "{place}" is neither'
    with pytest.raises(nmsg.Error, match="^" + re.escape(text)):
        engine.add_input_channel("ch9")
    assert engine.inputs == ()
    engine.add_input_channel("good")


def test_endpoints(engine: nmsg.io, channels: Callable[[str], Path]) -> None:
    channels("ch9 tcp://127.0.0.1:5555,accept,pubsub")
    with pytest.raises(nmsg.Error, match=r"lookup of channel ch9 failed: .*tcp://127"):
        engine.add_input_channel("ch9")


def test_an_address_of_somebody_else(engine: nmsg.io, channels: Callable[[str], Path]) -> None:
    path = channels(f"ch9 {PLACE} 192.0.2.1/8430")
    with pytest.raises(OSError) as caught:
        engine.add_input_channel("ch9")
    assert caught.value.errno == errno.EADDRNOTAVAIL
    assert caught.value.__notes__ == [f"channel ch9 of {path}"]
    assert engine.inputs == ()


def test_a_file_that_is_not_there(
    engine: nmsg.io, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NMSG_CHALIAS_FILE", str(tmp_path / "nothing"))
    with pytest.raises(nmsg.Error) as caught:
        engine.add_input_channel("ch9")
    start = "unable to locate nmsg channel alias file"
    assert str(caught.value) == f"{start} for channel ch9: looked for {tmp_path / 'nothing'}"


def test_a_file_that_cannot_be_read(
    engine: nmsg.io, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NMSG_CHALIAS_FILE", str(tmp_path))
    with pytest.raises(IsADirectoryError):
        engine.add_input_channel("ch9")


def test_names_need_not_be_ascii(engine: nmsg.io, channels: Callable[[str], Path]) -> None:
    path = channels("")
    path.write_bytes(b"caf\xc3\xa9 127.0.0.1/0\n\xff 127.0.0.1/0\n")
    engine.add_input_channel("café")
    engine.add_input_channel("\udcff")
    assert len(engine.inputs) == 2
    with pytest.raises(nmsg.Error, match=r"has café, \udcff$"):
        engine.add_input_channel("ch9")


def test_places_of_the_file(tmp_path: Path) -> None:
    """The first that exists counts, as for the other alias files."""
    folder = tmp_path / "nmsg"
    folder.mkdir()
    code = (
        "import nmsg\n"
        "print(nmsg.chalias_fnames[:3])\n"
        "engine = nmsg.io()\n"
        "engine.add_input_channel('ch1')\n"
        "print(len(engine.inputs))\n"
    )
    environment = {**os.environ, "XDG_CONFIG_HOME": str(tmp_path)}
    environment.pop("NMSG_CHALIAS_FILE", None)
    names = [folder / "nmsg.chalias", folder / "nmsgtool.chalias"]
    paths = (str(names[0]), str(names[1]), "/etc/nmsg.chalias")
    names[1].write_text(f"ch1 {PLACE}")
    assert run_python(code, env=environment) == f"{paths}\n1\n"
    names[0].write_text(f"ch1 {PLACE} {PLACE}")
    assert run_python(code, env=environment) == f"{paths}\n2\n"


def test_the_list_of_places_says_what_the_environment_says(tmp_path: Path) -> None:
    environment = {**os.environ, "NMSG_CHALIAS_FILE": "/some/where"}
    assert run_python("import nmsg; print(nmsg.chalias_fnames)", env=environment) == (
        "('/some/where',)\n"
    )
