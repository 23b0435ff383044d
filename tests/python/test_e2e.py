# SPDX-License-Identifier: Apache-2.0
"""The cases of tests/e2e: what a user types, and what comes out.

NAME.cmd there is a piece of shell; NAME.stdout, NAME.stderr and NAME.exit are what it writes and
its exit status, and missing where that is nothing and 0. `pytest tests/python/test_e2e.py --update`
writes them; look at what changed. A case runs in a folder of its own with the files that
make_inputs() makes, `nmsgtool` in the path, and in $PORT a UDP port that nobody listens on.
`await_port` waits until somebody does. In what is compared, @PORT@, @STAMP@ and @VERSION@ stand for
what differs from run to run.
"""

import os
import random
import re
import shlex
import subprocess
from pathlib import Path

import nmsg_packets as packets
import nmsg_wire as wire
import pytest
from nmsg_support import PATIENCE_SEC
from nmsg_tool import TOOL, environment, loglines, run

pytestmark = pytest.mark.skipif(not TOOL.exists(), reason=f"there is no {TOOL}")

FOLDER = Path(__file__).parents[1] / "e2e"
CASES = sorted(path.stem for path in FOLDER.glob("*.cmd"))

AWAIT_PORT = """#!/bin/sh
# Somebody else than the socket that keeps the port free for the test, which is connected.
entry=$(printf '0100007F:%04X 00000000:0000' "$PORT")
until grep -q "$entry" /proc/net/udp; do sleep 0.02; done
"""

# What a build may lack is tested where it is there.
NEEDS = {"bpf": "readpcap", "readzchan": "readzsock", "kafkakey": "writekafka"}
CASE_NEEDS = {"kafka": "readkafka"}


def connections(count: int) -> list[wire.Payload]:
    """Messages of base:ipconn, with sources, operators and groups in turn."""
    chance = random.Random(6)
    return [
        wire.Payload(
            data=wire.uint(1, chance.choice([6, 17]))
            + wire.octets(2, bytes([192, 0, 2, i]))
            + wire.uint(3, chance.randrange(1024, 65536))
            + wire.octets(4, bytes([198, 51, 100, chance.randrange(256)]))
            + wire.uint(5, chance.choice([53, 80, 443])),
            time_sec=1_700_000_000 + i,
            time_nsec=chance.randrange(10**9),
            source=[None, 0xA1, 0xA2][i % 3],
            operator=[None, 5][i % 2],
            group=[7, None, None, 8][i % 4],
        )
        for i in range(count)
    ]


def make_inputs(folder: Path, port: int) -> None:
    ten = connections(10)
    whole = wire.container(*ten[:6]) + wire.container(*ten[6:])
    (folder / "ten.nmsg").write_bytes(whole)
    (folder / "cut.nmsg").write_bytes(whole[:-3])
    (folder / "mixed.nmsg").write_bytes(
        wire.container(ten[0], *loglines("one"), wire.Payload(1, 99, b"?"), ten[1])
    )
    sums = [wire.stored_crc(p.data or b"") for p in ten[:3]]
    (folder / "damaged.nmsg").write_bytes(
        wire.frame(wire.body(ten[:3], crcs=[sums[0], sums[1] ^ 1, sums[2]]))
        + wire.frame(b"\xff" * 9)
        + wire.container(ten[3])
    )
    capture = packets.some_dns()
    (folder / "dns.pcap").write_bytes(capture.pcap())
    (folder / "dns.pcapng").write_bytes(capture.pcapng(">"))
    (folder / "tagged.pcap").write_bytes(packets.some_dns((0x88A8, 0x8100)).pcap())
    (folder / "cut.pcap").write_bytes(capture.pcap()[:-5])
    (folder / "operators").write_text("5 example\n6 other\n")
    (folder / "groups").write_text("7 seven\n8 eight\n")
    (folder / "channels").write_text(f"here 127.0.0.1/{port}\n")


def execute(name: str, folder: Path, port: int) -> dict[str, str]:
    """Run a case. @return What stands in its files, by suffix."""
    tools = folder / "tools"
    tools.mkdir()
    (tools / "nmsgtool").symlink_to(TOOL)
    (tools / "await_port").write_text(AWAIT_PORT)
    (tools / "await_port").chmod(0o755)
    place = folder / "case"
    place.mkdir()
    make_inputs(place, port)
    done = subprocess.run(
        ["sh", "-c", (FOLDER / f"{name}.cmd").read_text()],
        cwd=place,
        stdin=subprocess.DEVNULL,
        env=environment(PORT=str(port), PATH=f"{tools}:{os.environ['PATH']}"),
        capture_output=True,
        timeout=PATIENCE_SEC,
        check=False,
    )

    def steady(text: bytes) -> str:
        shown = text.decode().replace(f"/{port}", "/@PORT@")
        shown = re.sub(r"\d{8}\.\d{4}\.\d{10}\.\d{9}", "@STAMP@", shown)
        return re.sub(r"nmsgtool: version \d.*", "nmsgtool: version @VERSION@", shown)

    return {
        "stdout": steady(done.stdout),
        "stderr": steady(done.stderr),
        "exit": f"{done.returncode}\n" if done.returncode != 0 else "",
    }


@pytest.mark.parametrize("name", CASES)
def test_case(name: str, tmp_path: Path, unused_port: int, request: pytest.FixtureRequest) -> None:
    if name in CASE_NEEDS and is_lacking(CASE_NEEDS[name], tmp_path):
        pytest.skip("this build lacks what it needs")
    result = execute(name, tmp_path, unused_port)
    if "this build lacks" in result["stderr"]:
        pytest.skip(result["stderr"].splitlines()[0])
    for suffix, text in result.items():
        path = FOLDER / f"{name}.{suffix}"
        if request.config.getoption("--update"):
            path.unlink(missing_ok=True)
            if text:
                path.write_text(text)
        assert text == (path.read_text() if path.exists() else "")


def options(tmp_path: Path) -> dict[str, str]:
    """The options of this tool: name and letter, by what --help says."""
    shown = run("-h", cwd=tmp_path).stderr.decode()
    return {name: letter for letter, name in re.findall(r"^  (-\w|  ).? --([\w-]+)", shown, re.M)}


def is_lacking(name: str, tmp_path: Path) -> bool:
    done = run(f"--{NEEDS.get(name, name)}", "x", "-V", "base", "-T", "dnsqr", cwd=tmp_path)
    return b"which this build lacks" in done.stderr


def test_every_option_has_a_case(tmp_path: Path) -> None:
    used = set()
    for name in CASES:
        for line in (FOLDER / f"{name}.cmd").read_text().splitlines():
            words = shlex.split(line, comments=True)
            used |= {word.partition("=")[0] for word in words if word.startswith("--")}
            bundles = [word[1:] for word in words if re.fullmatch(r"-[A-Za-z]+\d*", word)]
            used |= {f"-{letter}" for bundle in bundles for letter in bundle}
    table = options(tmp_path)
    assert len(table) > 40
    unused = [name for name, letter in table.items() if not used & {f"--{name}", letter}]
    assert [name for name in unused if not is_lacking(name, tmp_path)] == []


def test_every_file_belongs_to_a_case() -> None:
    suffixes = {".cmd", ".stdout", ".stderr", ".exit"}
    for path in FOLDER.iterdir():
        assert path.stem in CASES and path.suffix in suffixes, path.name
