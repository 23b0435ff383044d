# SPDX-License-Identifier: Apache-2.0
"""nmsgtool as its users have it: words of a command line in; files, text and exit status out."""

import dataclasses
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import nmsg
import nmsg_wire as wire
import pytest
from nmsg_tool import TOOL, categories, loglines, run

pytestmark = pytest.mark.skipif(not TOOL.exists(), reason=f"there is no {TOOL}")

COMPLETION = Path(__file__).parents[2] / "tools/nmsgtool/completion.bash"
TEN = [f"m{i}" for i in range(10)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with ten.nmsg: ten messages in two containers."""
    (tmp_path / "ten.nmsg").write_bytes(
        wire.container(*loglines(*TEN[:6])) + wire.container(*loglines(*TEN[6:]))
    )
    return tmp_path


# -- options --


@pytest.mark.parametrize(
    "words",
    [
        "-r ten.nmsg -c 2 -J -",
        "-r ten.nmsg -c2 -J-",
        "-c2 -rten.nmsg -J-",
        "-rcJ ten.nmsg 2 -",
        "-r -c -J ten.nmsg 2 -",
        "-zr ten.nmsg -c 1 -c 2 -J -",
        "--readnmsg ten.nmsg --count=2 --writejson=-",
        "--readn ten.nmsg --cou 2 --writej -",
        "--readnmsg --count --writejson ten.nmsg 2 -",
        "-c 2 -J -r -- - ten.nmsg",
    ],
)
def test_options_may_be_written_in_many_ways(folder: Path, words: str) -> None:
    done = run(*words.split(), cwd=folder)
    assert (done.returncode, done.stderr) == (0, b"")
    assert categories(done.stdout) == ["m0", "m1"]


def test_a_number_below_zero_counts_as_none(folder: Path) -> None:
    done = run("-r", "ten.nmsg", "-c", "-5", "-J", "-", cwd=folder)
    assert (done.returncode, categories(done.stdout)) == (0, TEN)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("-r ten.nmsg extra", "usage problem, unwanted additional argument 'extra'"),
        ("-q", "usage problem, unknown short option '-q'."),
        ("-r ten.nmsg -c", "usage problem, --count lacks its argument"),
        ("--nonsense", "usage problem, unknown long option '--nonsense'."),
        ("--read ten.nmsg", "usage problem, '--read' might be 'readnmsg' or 'readjson'"),
        ("--mirror=3 -r ten.nmsg", "usage problem, --mirror takes no argument"),
        ("-r ten.nmsg -c 1x", "usage error: argument to -c is not a number: '1x'"),
        ("-r ten.nmsg -t x", "usage error: argument to -t is not a number: 'x'"),
        ("-r ten.nmsg -m 0x1", "usage error: argument to -m is not a number: '0x1'"),
        ("-r ten.nmsg --setsource -1", "usage error: invalid source ID"),
        ("-r ten.nmsg --setsource 4294967296", "usage error: invalid source ID"),
        ("-r ten.nmsg --setoperator nobody", "usage error: unknown operator name"),
        ("-r ten.nmsg --setgroup nobody", "usage error: unknown group name"),
        ("-r ten.nmsg --getsource x", "usage error: invalid filter source ID"),
        ("-r ten.nmsg --getoperator x", "usage error: unknown filter operator name"),
        ("-r ten.nmsg --getgroup x", "usage error: unknown filter group name"),
        ("-r ten.nmsg -V base", "usage error: -V requires -T"),
        ("-r ten.nmsg -T nonsense", "usage error: invalid message type"),
        ("-V nonsense -T http -r ten.nmsg", "usage error: invalid vendor ID"),
        ("-p x.pcap", "usage error: reading presentation or pcap data requires -V, -T"),
        ("-o -", "usage error: no data sources specified (-h for more help)"),
        ("-l 127.0.0.1", "usage error: argument to -l needs a /"),
        ("-l 127.0.0.1/", "usage error: need a port number or range after /"),
        ("-l 127.0.0.1/5..26", "usage error: bad port range in -l argument"),
        ("-l 127.0.0.1/70000", "usage error: bad -l socket"),
        ("-l localhost/5000", "usage error: bad -l socket"),
        ("-r ten.nmsg -s 127.0.0.1/9,5,x", "usage error: bad -s socket"),
        ("-r ten.nmsg -s 127.0.0.1", "usage error: argument to -s needs a /"),
        ("-F nonsense -r ten.nmsg", "no filter 'nonsense'"),
        ("-F sample -r ten.nmsg", "filter sample: count=N or random=P is missing"),
        ("-F sample,count=0 -r ten.nmsg", "filter sample: count=0: not a number from 1 on"),
        ("-F sample,random=1.5 -r ten.nmsg", "filter sample: random=1.5: not a number from 0 to 1"),
        ("-F sample,count=1 --policy MAYBE -r ten.nmsg", "unknown filter policy 'MAYBE'"),
        ("--readkafka a@b", "Error: nmsg or json protocol must be set for Kafka topic"),
        ("-M x -r ten.nmsg", "Error: -M needs modules, which this build lacks"),
        ("-r nothing.nmsg", "unable to open nothing.nmsg for reading: No such file or directory"),
        ("-r ten.nmsg -w no/x", "unable to open no/x for writing: No such file or directory"),
        ("-U no-such-user -r ten.nmsg", "username no-such-user does not exist"),
    ],
)
def test_mistakes_are_told(folder: Path, words: str, text: str) -> None:
    done = run(*words.split(), cwd=folder)
    assert done.returncode == 1
    assert done.stdout == b""
    first = done.stderr.decode().splitlines()[0]
    assert first.startswith(f"nmsgtool: {text}")
    assert ("Usage: nmsgtool" in done.stderr.decode()) == ("usage problem" in text)


def test_help_and_version_go_to_standard_error(folder: Path) -> None:
    done = run("-h", cwd=folder)
    assert (done.returncode, done.stdout) == (0, b"")
    assert "-r, --readnmsg FILE" in done.stderr.decode()
    done = run("-v", cwd=folder)
    assert (done.returncode, done.stdout) == (0, b"")
    assert re.fullmatch(
        r"nmsgtool: version \d+\.\d+\.\d+( \(without .* support\))?\n", done.stderr.decode()
    )


def test_man_pages_and_completion_are_installed_with_it() -> None:
    installed = {str(path) for path in metadata.files("pynmsg") or []}
    for name in (
        "share/man/man1/nmsgtool.1",
        "share/man/man5/nmsg.5",
        "share/bash-completion/completions/nmsgtool",
    ):
        assert any(path.endswith(f"../{name}") for path in installed), name


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("nmsgtool --readn", {"--readnmsg"}),
        ("nmsgtool -r te", {"ten.nmsg"}),
        ("nmsgtool --policy D", {"DROP"}),
        ("nmsgtool -r ten.nmsg --set", {"--setsource", "--setoperator", "--setgroup"}),
        ("nmsgtool -c ", set()),
        ("nmsgtool -T dnst", {"dnstap"}),
        ("nmsgtool --readnmsg=", {"ten.nmsg"}),
        ("nmsgtool -r ten.nmsg --policy=A", {"ACCEPT"}),
    ],
)
def test_bash_completes_it(folder: Path, line: str, found: set[str]) -> None:
    words = re.findall(r"=|[^ =]+", line) + [""] * line.endswith(" ")
    script = (
        f"source {COMPLETION}; COMP_WORDS=({shlex.join(words)}); COMP_CWORD={len(words) - 1};"
        'complete -p nmsgtool | grep -q _nmsgtool && _nmsgtool; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        ["bash", "-c", script], cwd=folder, capture_output=True, text=True, check=True
    )
    assert set(done.stdout.split()) == found


# -- files --


def test_without_output_there_is_presentation_text(folder: Path) -> None:
    done = run("-r", "ten.nmsg", "-e", "|", "-c", "1", cwd=folder)
    assert done.stdout == (
        b"[4] [2001-09-09 01:46:40.000000001] [1:6 base logline] [00000000] [] [] |category: m0|\n"
    )


def test_standard_input_and_output(folder: Path) -> None:
    octets = (folder / "ten.nmsg").read_bytes()
    packed = run("-r", "-", "-z", "-w", "-", cwd=folder, stdin=octets)
    back = run("-r", "-", "-J", "-", cwd=folder, stdin=packed.stdout)
    assert categories(back.stdout) == TEN
    again = run("-j", "-", "-w", "-", cwd=folder, stdin=back.stdout)
    assert run("-r", "-", "-J", "-", cwd=folder, stdin=again.stdout).stdout == back.stdout


def test_presentation_text_comes_back(folder: Path) -> None:
    text = run("-r", "ten.nmsg", "--setsource", "7", cwd=folder).stdout
    json_lines = run("-r", "ten.nmsg", "--setsource", "7", "-J", "-", cwd=folder).stdout
    assert run("-f", "-", "-J", "-", cwd=folder, stdin=text).stdout == json_lines
    plain = b"category: one\n\ncategory: two\n\n"
    back = run("-f", "-", "-V", "base", "-T", "logline", "-J", "-", cwd=folder, stdin=plain)
    assert categories(back.stdout) == ["one", "two"]


def test_outputs_take_turns(folder: Path) -> None:
    done = run("-r", "ten.nmsg", "-J", "a", "-J", "b", "-J", "c", cwd=folder)
    assert done.returncode == 0
    for i, name in enumerate("abc"):
        assert categories((folder / name).read_bytes()) == TEN[i::3]


def test_mirrored_outputs_get_everything(folder: Path) -> None:
    done = run("-r", "ten.nmsg", "--mirror", "-J", "a", "-w", "b", "-J", "c", cwd=folder)
    assert done.returncode == 0
    assert categories((folder / "a").read_bytes()) == TEN
    assert (folder / "a").read_bytes() == (folder / "c").read_bytes()
    assert categories(run("-r", "b", "-J", "-", cwd=folder).stdout) == TEN


def test_every_input_begins_with_the_first_output(folder: Path) -> None:
    (folder / "one.nmsg").write_bytes(wire.container(*loglines("x")))
    done = run("-r", "one.nmsg", "-r", "one.nmsg", "-J", "a", "-J", "b", cwd=folder)
    assert done.returncode == 0
    assert categories((folder / "a").read_bytes()) == ["x", "x"]
    assert (folder / "b").read_bytes() == b""


def test_what_is_not_understood_is_handed_on_by_containers(folder: Path) -> None:
    strange = wire.Payload(1, 99, b"\xff\xff")
    broken = wire.Payload(1, 6, b"\x0a\x05x")
    (folder / "in").write_bytes(wire.container(strange, broken, *loglines("x")))
    assert run("-r", "in", "-w", "out", cwd=folder).returncode == 0
    assert (folder / "out").read_bytes() == (folder / "in").read_bytes()


# -- choosing and changing --


def test_messages_are_chosen_by_header(folder: Path) -> None:
    payloads = loglines("a", "b", "c", "d")
    payloads[1].source = 161
    payloads[2].operator = 5
    payloads[3].group = 6
    (folder / "in").write_bytes(wire.container(*payloads, wire.conn(1)))
    (folder / "op").write_text("5 five\n")
    env = {"NMSG_OPALIAS_FILE": str(folder / "op")}

    def chosen(*words: str) -> list[str]:
        return categories(run("-r", "in", "-J", "-", *words, cwd=folder, env=env).stdout)

    assert chosen("-T", "logline") == ["a", "b", "c", "d"]
    assert chosen("--getsource", "0xa1") == ["b"]
    assert chosen("--getsource", "0241") == ["b"]
    assert chosen("--getoperator", "FIVE") == ["c"]
    assert chosen("--getgroup", "6") == ["d"]
    done = run("-r", "in", "-T", "IPCONN", "-V", "Base", "-J", "-", cwd=folder)
    assert done.stdout.count(b"\n") == 1 and b"ipconn" in done.stdout


def test_headers_are_replaced(folder: Path) -> None:
    words = ("--setsource", "0x10", "--setoperator", "3", "--setgroup", "4")
    done = run("-r", "ten.nmsg", *words, "-w", "out", cwd=folder)
    assert done.returncode == 0
    lines = run("-r", "out", "-J", "-", cwd=folder).stdout.splitlines()
    assert all(b'"source":"00000010","operator":3,"group":4' in line for line in lines)


def test_samples(folder: Path) -> None:
    def sampled(*words: str) -> list[str]:
        return categories(run("-r", "ten.nmsg", "-J", "-", *words, cwd=folder).stdout)

    assert sampled("-F", "sample,count=3") == TEN[2::3]
    assert sampled("-F", "sample,count=3", "-F", "sample,count=2") == [TEN[5]]
    assert sampled("-F", "sample,random=1", "--policy", "accept") == TEN
    assert sampled("-F", "sample,random=0") == []
    assert sampled("-F", "sample,count=1", "--policy", "DROP") == []


# -- what is bad --


def damaged(payload: wire.Payload) -> bytes:
    """A container with a good message, one whose check sum is wrong, and a good one."""
    octets = bytearray(wire.frame(wire.body([*loglines("x"), payload, *loglines("y")])))
    at = bytes(octets).index(payload.data or b"")
    octets[at + 2] ^= 1
    return bytes(octets)


def test_a_message_with_a_wrong_check_sum_costs_no_other(folder: Path) -> None:
    (folder / "in").write_bytes(damaged(loglines("bad one")[0]))
    done = run("-r", "in", "-J", "-", cwd=folder)
    assert (done.returncode, categories(done.stdout)) == (0, ["x", "y"])
    first, count = done.stderr.decode().splitlines()
    assert first.startswith("libnmsg: WARNING: crc mismatch (") and "in: at offset 0" in first
    assert count == "nmsgtool: in: 1 message skipped: crc mismatch"


def run_of(first: int, count: int) -> list[wire.Payload]:
    """Messages to tell apart, every second of them with a source."""
    return [
        dataclasses.replace(wire.conn(number), source=7 if number % 2 else None)
        for number in range(first, first + count)
    ]


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ("", lambda port: True),
        ("--getsource 7", lambda port: port % 2 == 1),
        ("-V base -T http", lambda port: False),
        ("--setsource 9", lambda port: True),
        ("-c 2500", lambda port: port <= 2501),  # With 1700, which is none.
        ("--unbuffered", lambda port: True),
    ],
)
def test_what_is_handed_on_is_what_was_good_and_wanted(
    folder: Path, options: str, wanted: Callable[[int], bool]
) -> None:
    """Whole stretches of a container are copied; what is bad or unwanted is not, wherever it is."""
    bad = bytearray(wire.frame(wire.body(run_of(1200, 1000))))
    bad[bytes(bad).index(wire.ipconn(1700)) + 1] ^= 1
    (folder / "in").write_bytes(
        wire.container(*run_of(1, 1199)) + bytes(bad) + wire.container(*run_of(2200, 900))
    )
    done = run(*f"-r in -w out {options}".split(), cwd=folder)
    assert done.returncode == 0
    assert b"crc mismatch" in done.stderr
    ports = [message["srcport"] for message in nmsg.open(folder / "out")]
    assert ports == [port for port in range(1, 3100) if port != 1700 and wanted(port)]


def test_messages_that_are_no_text_are_told_once(folder: Path) -> None:
    strange = wire.Payload(1, 99, b"")
    (folder / "in").write_bytes(wire.container(strange, *loglines("x"), strange, strange))
    done = run("-r", "in", "-J", "-", cwd=folder)
    assert (done.returncode, categories(done.stdout)) == (0, ["x"])
    assert done.stderr.decode().splitlines() == [
        "nmsgtool: in: at offset 0: payload 0 of the container: "
        "no message type 1:99 to write as text",
        "nmsgtool: in: 3 messages skipped: unknown message type",
    ]


def test_lines_that_are_no_json(folder: Path) -> None:
    good = run("-r", "ten.nmsg", "-J", "-", cwd=folder).stdout.splitlines(keepends=True)
    done = run("-j", "-", "-J", "-", cwd=folder, stdin=b"nonsense\n" + good[0] + b"{}\n" + good[1])
    assert (done.returncode, categories(done.stdout)) == (0, TEN[:2])
    first, count = done.stderr.decode().splitlines()
    assert first.startswith("nmsgtool: -: JSON parse error: line 1, column 1")
    assert count == "nmsgtool: -: 2 lines skipped: parse error"


def test_wrong_presentation_text(folder: Path) -> None:
    text = b"category: one\n\nnonsense: x\n\ncategory: two\n\n"
    done = run("-f", "-", "-T", "logline", "-J", "-", cwd=folder, stdin=text)
    assert (done.returncode, categories(done.stdout)) == (1, ["one", "two"])
    assert "line 3" in done.stderr.decode()


def test_a_bad_container_costs_no_other(folder: Path) -> None:
    bad = wire.frame(b"\xff" * 9)
    (folder / "in").write_bytes(
        wire.container(*loglines("x")) + bad + wire.container(*loglines("y"))
    )
    done = run("-r", "in", "-J", "-", cwd=folder)
    assert (done.returncode, categories(done.stdout)) == (1, ["x", "y"])
    assert "container skipped" in done.stderr.decode()


@pytest.mark.parametrize("cut", [1, 5, 20])
def test_an_input_that_ends_early(folder: Path, cut: int) -> None:
    octets = (folder / "ten.nmsg").read_bytes()
    done = run("-r", "-", "-J", "-", cwd=folder, stdin=octets[:-cut])
    assert (done.returncode, categories(done.stdout)) == (1, TEN[:6])
    assert done.stderr.startswith(b"nmsgtool: -: at offset ")


def test_one_bad_input_does_not_end_the_others(folder: Path) -> None:
    (folder / "bad").write_bytes(b"no containers at all")
    done = run("-r", "bad", "-r", "ten.nmsg", "-J", "-", cwd=folder)
    assert (done.returncode, categories(done.stdout)) == (1, TEN)
    assert "bad: at offset 0: " in done.stderr.decode()


def test_a_malformed_alias_file_is_told_and_not_used(folder: Path) -> None:
    (folder / "op").write_text("5 five\nnonsense\n")
    env = {"NMSG_OPALIAS_FILE": str(folder / "op")}
    done = run("-r", "ten.nmsg", "--setoperator", "5", "-c", "1", cwd=folder, env=env)
    assert done.returncode == 0 and b"[5]" in done.stdout
    assert "line 2" in done.stderr.decode()
