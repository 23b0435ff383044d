# SPDX-License-Identifier: Apache-2.0
"""Nothing is left behind, however often and long; each case runs in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import nmsg
import pytest
from nmsg_support import HERE, IS_SANITIZED, SLOWNESS

ISOLATED = HERE / "isolated"
PATIENCE_SEC = 80 * SLOWNESS
IS_LONG = bool(os.environ.get("NMSG_TEST_LONG"))


def environment() -> dict[str, str]:
    folders = [str(HERE), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(folders)}


@pytest.mark.parametrize(
    "script", ["leak_messages", "leak_files", "leak_long_lived", "leak_sockets", "leak_zeromq"]
)
def test_leaks(script: str, tmp_path: Path) -> None:
    if script == "leak_zeromq":
        pytest.importorskip("zmq", reason="pyzmq is not installed")
        try:
            nmsg.open("zmq+tcp://127.0.0.1:*").close()
        except nmsg.Error as error:
            pytest.skip(str(error))
    done = subprocess.run(
        [sys.executable, ISOLATED / f"{script}.py", tmp_path],
        capture_output=True,
        text=True,
        env=environment(),
        timeout=PATIENCE_SEC,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


def stream(count: int, reader: str) -> tuple[dict[str, int], dict[str, int]]:
    """What the two ends of a stream of so many messages say about themselves."""
    script = str(ISOLATED / "flat_memory.py")
    patience_sec = PATIENCE_SEC * (6 if IS_LONG else 1)
    options = {"stderr": subprocess.PIPE, "env": environment()}
    write, read = ([sys.executable, script, what, str(count)] for what in ("write", reader))
    with (
        subprocess.Popen(write, stdout=subprocess.PIPE, **options) as first,
        subprocess.Popen(read, stdin=first.stdout, **options) as second,
    ):
        assert first.stdout is not None
        first.stdout.close()
        try:
            read_says = second.communicate(timeout=patience_sec)[1]
            first.wait(timeout=patience_sec)
            assert first.stderr is not None
            write_says = first.stderr.read()
        finally:
            first.kill()
            second.kill()
    assert (first.returncode, second.returncode) == (0, 0), (write_says, read_says)
    return json.loads(write_says), json.loads(read_says)


@pytest.mark.slow
@pytest.mark.skipif(IS_SANITIZED, reason="the sanitizers keep freed memory")
def test_memory_stays_flat() -> None:
    count = 10_000_000 if IS_LONG else 2_000_000
    writer, reader = stream(count, "read")
    assert (writer["messages"], reader["messages"]) == (count, count)
    assert writer["grown"] < 1 << 20
    # A container is a megabyte: one kept for every message that is kept would be seen.
    assert reader["grown"] < 2 * reader["payloads"] + (2 << 20)
    assert reader["sizes"] < 2 * reader["payloads"]


@pytest.mark.skipif(IS_SANITIZED, reason="tracemalloc and the sanitizers do not go together")
def test_messages_that_are_kept_cost_what_they_are() -> None:
    _, reader = stream(50_000, "keep")
    header = 5 * 8  # Vendor, type, time, source: what any program would have to keep.
    assert reader["messages"] == 50_000
    assert reader["cost"] <= 2 * (reader["payloads"] + header * reader["kept"])
    # What Python is told is what it costs; the collector's header goes beside it.
    assert reader["sizes"] <= reader["cost"] + 4096
    assert reader["cost"] <= reader["sizes"] + 32 * reader["kept"] + 4096
