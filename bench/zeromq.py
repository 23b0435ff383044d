# SPDX-License-Identifier: Apache-2.0
"""One nmsgtool reads a file and pushes it by ZeroMQ, another pulls and throws away what arrives."""

import contextlib
import os
import re
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from datasets import Dataset
from sides import Tool, WorkerError, last_line, run_quietly

LISTEN_SEC = 10.0
END_SEC = 300.0
TOTALS = re.compile(r"totals: payloads_in (\d+) payloads_out \d+ container_recvs (\d+)")


def is_there(tool: Tool) -> bool:
    """Whether the tool was built with ZeroMQ."""
    command = [tool.path, "--version"]
    return "without libzmq" not in run_quietly(command, tool.env).stderr


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def listens(port: int) -> bool:
    table = Path("/proc/net/tcp").read_text(encoding="ascii")
    return f"0100007F:{port:04X} 00000000:0000 0A" in table


@contextlib.contextmanager
def started(tool: Tool, arguments: Sequence[str]) -> Iterator[subprocess.Popen[str]]:
    """A process, which is killed at the end of the block if it still runs."""
    with subprocess.Popen(
        [tool.path, *arguments],
        env=tool.env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_listening(process: subprocess.Popen[str], port: int) -> None:
    deadline = time.monotonic() + LISTEN_SEC
    while not listens(port):
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            raise WorkerError(last_line(process.communicate()[1]) or "it does not listen")
        time.sleep(0.001)


def transfer(sender: Tool, receiver: Tool, dataset: Dataset, is_buffered: bool) -> dict[str, Any]:
    """How long it takes until all but one of the messages have arrived.

    The one is what the peer's tool needs to see that it has enough.
    """
    port = free_port()
    place = f"tcp://127.0.0.1:{port}"
    wanted = dataset.messages - 1
    receiving = ["-dd", "-L", f"{place},accept,pushpull", "-w", os.devnull, "-c", str(wanted)]
    sending = ["-r", dataset.path, "-S", f"{place},connect,pushpull"]
    with started(receiver, receiving) as process:
        wait_listening(process, port)
        begun = time.perf_counter()
        with started(sender, sending if is_buffered else [*sending, "--unbuffered"]):
            try:
                _, told = process.communicate(timeout=END_SEC)
            except subprocess.TimeoutExpired as error:
                raise WorkerError(f"not all messages arrived within {END_SEC:.0f} s") from error
            seconds = time.perf_counter() - begun
    totals = TOTALS.search(told)
    if process.returncode != 0 or totals is None or int(totals[1]) < wanted:
        raise WorkerError(last_line(told) or f"exit status {process.returncode}")
    return {"messages": wanted, "containers": int(totals[2]), "seconds": seconds}
