# SPDX-License-Identifier: Apache-2.0
"""Running nmsgtool: the one that NMSGTOOL names, or the one beside this Python."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nmsg_wire as wire
from nmsg_support import PATIENCE_SEC, wait_until

TOOL = Path(os.environ.get("NMSGTOOL") or Path(sys.executable).with_name("nmsgtool"))


def environment(**extra: str) -> dict[str, str]:
    """That of the tests without what changes the tool's output."""
    names = ("NMSG_", "DNSQR_", "LD_PRELOAD")
    return {k: v for k, v in os.environ.items() if not k.startswith(names)} | {
        "TZ": "UTC",
        "XDG_CONFIG_HOME": "/nonexistent",
        **extra,
    }


def run_alone() -> None:
    """Let this process have one processor: the tool works without threads then."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def run(
    *args: Any,
    cwd: Path,
    stdin: bytes = b"",
    env: dict[str, str] | None = None,
    has_workers: bool = True,
) -> subprocess.CompletedProcess[bytes]:
    """Run it to its end."""
    return subprocess.run(
        [TOOL, *map(str, args)],
        cwd=cwd,
        input=stdin,
        env=environment(**(env or {})),
        capture_output=True,
        timeout=PATIENCE_SEC,
        check=False,
        preexec_fn=None if has_workers else run_alone,
    )


@contextmanager
def running(*args: Any, cwd: Path, **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    """Start it; what still runs in the end is killed."""
    options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE} | options
    with subprocess.Popen(
        [TOOL, *map(str, args)], cwd=cwd, env=environment(), stderr=subprocess.PIPE, **options
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def listens(port: int) -> bool:
    """Whether a socket is bound to the port of the loopback interface, and connected to none."""
    lines = Path("/proc/net/udp").read_text().splitlines()[1:]
    ends = [f"0100007F:{port:04X}", "00000000:0000"]
    return any(line.split()[1:3] == ends for line in lines)


@contextmanager
def listening(
    port: int, *args: Any, cwd: Path, **options: Any
) -> Iterator[subprocess.Popen[bytes]]:
    """Start it with -l, and wait until it can receive."""
    with running("-l", f"127.0.0.1/{port}", *args, cwd=cwd, **options) as process:
        wait_until(lambda: listens(port) or process.poll() is not None, "listening")
        yield process


def end(process: subprocess.Popen[bytes], number: int = signal.SIGTERM) -> tuple[int, str]:
    """Send a signal, and give exit status and standard error."""
    process.send_signal(number)
    _, stderr = process.communicate(timeout=PATIENCE_SEC)
    return process.returncode, stderr.decode()


def loglines(*texts: str) -> list[wire.Payload]:
    """Messages that are told apart by their category."""
    return [wire.Payload(1, 6, wire.logline(text.encode())) for text in texts]


def categories(json_lines: bytes) -> list[str]:
    """Of messages that loglines() made."""
    return [json.loads(line)["message"]["category"] for line in json_lines.splitlines()]


def size(path: Path) -> int:
    """Of a file that may not be there yet."""
    return path.stat().st_size if path.exists() else -1
