# SPDX-License-Identifier: Apache-2.0
"""Golden files through nmsgtool: what another implementation's tool gave for the same inputs.

NMSG_GOLDEN names their folder; without it these tests are skipped. manifest.json there lists
group -> case -> metadata.
"""

import hashlib
import json
import os
import re
import shutil
import socket
from pathlib import Path
from typing import Any

import pytest
from nmsg_support import wait_until
from nmsg_tool import TOOL, end, listening, run, size

FOLDER = Path(os.environ.get("NMSG_GOLDEN", ""))
HAS_GOLDEN = bool(os.environ.get("NMSG_GOLDEN")) and (FOLDER / "manifest.json").is_file()

pytestmark = [
    pytest.mark.skipif(not HAS_GOLDEN, reason="NMSG_GOLDEN does not name a folder of golden files"),
    pytest.mark.skipif(not TOOL.exists(), reason=f"there is no {TOOL}"),
]

MANIFEST = json.loads((FOLDER / "manifest.json").read_text()) if HAS_GOLDEN else {}

# Of damaged files only what is written counts.
DAMAGED = re.compile("bad_|trunc|good_then_|version|missing_|zlib_len_")
TIME = re.compile(rb'^\{"time":"[^"]*"', re.M)
# Lines that hold a folder of the other build.
PLACEHOLDER = re.compile(rb"@ETCDIR@|@PLUGINDIR@")
# The expected text gives a message of 8 octets the size 7.
WRONG = {"malformed_payload_json.want.pres"}


def cases(group: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("name", sorted(MANIFEST.get(group, {})) or ["-"])


def expected(group: str, name: str, suffix: str) -> bytes | None:
    path = FOLDER / group / f"{name}{suffix}"
    return path.read_bytes() if path.exists() and path.name not in WRONG else None


def check(octets: bytes, group: str, name: str, suffix: str) -> None:
    want = expected(group, name, suffix)
    digest = MANIFEST[group][name].get("sha256", {}).get(suffix)
    if want is not None:
        assert octets == want
    elif digest:
        assert hashlib.sha256(octets).hexdigest() == digest


def convert(group: str, name: str, folder: Path, *, statuses: tuple[int, ...] = (0,)) -> None:
    source = FOLDER / group / f"{name}.nmsg"
    for option, suffix in (("-o", ".pres"), ("-J", ".json"), ("-w", ".rewrite.nmsg")):
        told = []
        for has_workers in (True, False):
            done = run("-r", source, option, "out", cwd=folder, has_workers=has_workers)
            assert done.returncode in statuses
            check((folder / "out").read_bytes(), group, name, suffix)
            told.append((done.returncode, done.stderr))
        assert told[0] == told[1]


@cases("messages")
def test_messages(name: str, tmp_path: Path) -> None:
    convert("messages", name, tmp_path)
    want = expected("messages", name, ".fromjson.nmsg")
    if want is not None:
        source = FOLDER / "messages" / f"{name}.json"
        assert run("-j", source, "-w", "out", cwd=tmp_path).returncode == 0
        assert (tmp_path / "out").read_bytes() == want
        done = run("-r", "out", "-J", "-", cwd=tmp_path)
        assert done.stdout == expected("messages", name, ".fromjson.json")


@cases("containers")
def test_containers(name: str, tmp_path: Path) -> None:
    if DAMAGED.match(name):
        convert("containers", name, tmp_path, statuses=(0, 1))
        return
    convert("containers", name, tmp_path)
    done = run("-dd", "-r", FOLDER / "containers" / f"{name}.nmsg", "-o", "out", cwd=tmp_path)
    assert MANIFEST["containers"][name]["totals"][-1] in done.stderr.decode().splitlines()


@cases("jsonin")
def test_json(name: str, tmp_path: Path) -> None:
    meta = MANIFEST["jsonin"][name]
    source = FOLDER / "jsonin" / f"{name}.in.json"
    for option, suffix, status in (
        ("-w", ".nmsg", "nmsg_rc"),
        ("-J", ".json", "json_rc"),
        ("-o", ".pres", "pres_rc"),
    ):
        done = run("-j", source, option, "out", cwd=tmp_path)
        assert done.returncode == meta[status]
        assert (tmp_path / "out").read_bytes() == expected("jsonin", name, suffix)


@cases("presin")
def test_presentation(name: str, tmp_path: Path) -> None:
    meta = MANIFEST["presin"][name]
    source = FOLDER / "presin" / f"{name}.in.pres"
    words = ("-f", source, "-V", meta["vendor"], "-T", meta["msgtype"], "-J", "-")
    done = run(*words, cwd=tmp_path)
    assert done.returncode == meta["json_rc"]
    want = expected("presin", name, ".json")
    assert TIME.sub(b'{"time":"@TIME@"', done.stdout) == want


def skip_without_libpcap(stderr: bytes) -> None:
    if b"this build lacks libpcap" in stderr:
        pytest.skip("this build lacks libpcap")


CAPTURES = [(name, mode) for name, modes in MANIFEST.get("pcap", {}).items() for mode in modes]


@pytest.mark.parametrize(("name", "mode"), CAPTURES or [("-", "-")])
def test_captures(name: str, mode: str, tmp_path: Path) -> None:
    meta = MANIFEST["pcap"][name][mode]
    source = FOLDER / "pcap" / f"{name}.pcap"
    for option, suffix, status in (
        ("-w", ".nmsg", "rc"),
        ("-o", ".pres", "pres_rc"),
        ("-J", ".json", "json_rc"),
    ):
        done = run("-p", source, *meta["args"], option, "out", cwd=tmp_path, env=meta["env"])
        skip_without_libpcap(done.stderr)
        assert done.returncode == meta[status]
        want = expected("pcap", f"{name}.{mode}", suffix)
        written = (tmp_path / "out").read_bytes() if (tmp_path / "out").exists() else None
        assert written == want if want is not None else not written


@cases("datagrams")
def test_datagrams(name: str, tmp_path: Path, unused_port: int) -> None:
    folder = FOLDER / "datagrams" / name
    want = {kind: (folder / f"expected.{kind}").read_bytes() for kind in ("pres", "json")}
    words = ("-o", "out.pres", "-J", "out.json", "--mirror", "-dd", "--unbuffered")
    with listening(unused_port, *words, cwd=tmp_path) as process:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for path in sorted(folder.glob("*.dgram")):
                sender.sendto(path.read_bytes(), ("127.0.0.1", unused_port))
        wait_until(
            lambda: all(size(tmp_path / f"out.{kind}") >= len(text) for kind, text in want.items())
        )
        _, stderr = end(process)
    for kind, text in want.items():
        assert (tmp_path / f"out.{kind}").read_bytes() == text
    assert f"nmsgtool: {MANIFEST['datagrams'][name]['totals']}" in stderr.splitlines()


def hide_folders(octets: bytes, want: bytes) -> bytes:
    """The octets, with lines that hold a folder in `want` taken from there."""
    got, lines = octets.split(b"\n"), want.split(b"\n")
    if len(got) != len(lines):
        return octets
    return b"\n".join(b if PLACEHOLDER.search(b) else a for a, b in zip(got, lines, strict=True))


def usage_errors(text: bytes) -> list[bytes]:
    return [line for line in text.split(b"\n") if b"usage error" in line]


@cases("cli")
def test_command_lines(name: str, tmp_path: Path) -> None:
    meta: dict[str, Any] = MANIFEST["cli"][name]
    folder = FOLDER / "cli"
    for source in meta["inputs"]:
        shutil.copy(folder / "inputs" / source, tmp_path / source)
    stdin = (tmp_path / meta["stdin"]).read_bytes() if meta["stdin"] else b""
    done = run(*meta["args"], cwd=tmp_path, stdin=stdin, env=meta["env"])
    assert done.returncode == meta["rc"]
    want = (folder / name / "stdout").read_bytes()
    assert hide_folders(done.stdout, want) == want
    assert usage_errors(done.stderr) == usage_errors((folder / name / "stderr").read_bytes())
    for output, stored in meta["outputs"].items():
        assert (tmp_path / output).read_bytes() == (folder / name / stored).read_bytes()


@cases("defects")
def test_what_another_gets_wrong(name: str, tmp_path: Path) -> None:
    meta = MANIFEST["defects"][name]
    words = meta.get("args", [])
    folder = FOLDER / "defects"
    env = meta.get("env", {})
    for kind in ("json", "pres"):
        option = {"json": "-J", "pres": "-o"}[kind]
        if (folder / f"{name}.in.{kind}").exists():
            read, option = {"json": "-j", "pres": "-f"}[kind], "-J"
            source, rest = folder / f"{name}.in.{kind}", words[1:]
            want = expected("defects", name, ".want.json")
        elif meta.get("input", "").endswith(".pcap"):
            rest = words or ["-V", "base", "-T", "dnsqr"]
            read, source = "-p", folder / meta["input"]
            want = expected("defects", name, f".want.{kind}")
        elif (folder / f"{name}.nmsg").exists():
            read, source, rest = "-r", folder / f"{name}.nmsg", words
            want = expected("defects", name, f".want.{kind}")
        else:
            continue
        done = run(read, source, *rest, option, "-", cwd=tmp_path, env=env)
        assert done.returncode in (0, 1)
        if want is not None:
            hides = b"@TIME@" in want
            got = TIME.sub(b'{"time":"@TIME@"', done.stdout) if hides else done.stdout
            assert got == want
