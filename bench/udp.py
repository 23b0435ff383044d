# SPDX-License-Identifier: Apache-2.0
"""One process sends messages over loopback as fast as it can, another counts what arrives."""

import contextlib
import json
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from typing import Any

from datasets import Dataset
from sides import Side, Tool, WorkerError, last_line, last_result

# How long a receiver may go on after the last message was sent, and how long it may take to end.
DEADLINE_SEC = 3.0
END_SEC = 30.0

# Some readers look for signals only when something comes: a container with an empty message of
# base:logline, which is not counted any more.
RECORD = bytes.fromhex("0801 1006 1801 2500000000 2a00")
BODY = b"\x0a" + bytes([len(RECORD)]) + RECORD
NUDGE = b"NMSG\x00\x02" + len(BODY).to_bytes(4, "big") + BODY


@contextlib.contextmanager
def receiver(side: Side, **options: object) -> Iterator[subprocess.Popen[str]]:
    command = side.command("receive", options)
    with subprocess.Popen(
        command, env=side.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def interrupt(process: subprocess.Popen[str], port: int) -> None:
    """Have a receiver end that waits for more."""
    process.send_signal(signal.SIGINT)
    end = time.monotonic() + END_SEC
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as nudger:
        while process.poll() is None:
            if time.monotonic() > end:
                raise WorkerError("the receiver does not end")
            nudger.sendto(NUDGE, ("127.0.0.1", port))
            time.sleep(0.1)


def finish(process: subprocess.Popen[str], port: int) -> dict[str, Any]:
    """What the receiver counted: when it has all, or when the deadline has passed."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(DEADLINE_SEC)
    if process.poll() is None:
        interrupt(process, port)
    output, errors = process.communicate()
    if process.returncode != 0:
        raise WorkerError(last_line(errors) or f"exit status {process.returncode}")
    return last_result(output)


def port_of(process: subprocess.Popen[str]) -> int:
    """Where the receiver listens."""
    assert process.stdout is not None and process.stderr is not None
    line = process.stdout.readline()
    if not line:
        raise WorkerError(last_line(process.stderr.read()) or "the receiver does not start")
    port: int = json.loads(line)["port"]
    return port


def transfer(
    sender: Side, receiving: Side, path: str, messages: int, is_buffered: bool
) -> dict[str, Any]:
    """Send `messages` messages: what was sent, what arrived, how fast, what the kernel dropped."""
    with receiver(receiving, messages=messages) as process:
        port = port_of(process)
        sent = sender.run(
            "send",
            path=path,
            port=port,
            messages=messages,
            buffered=int(is_buffered),
        )
        received = finish(process, port)
    return {
        "sent": sent["messages"],
        "sent_rate": sent["messages"] / sent["seconds"],
        "datagrams": sent.get("datagrams"),
        "received": received["messages"],
        "received_rate": received["rate"],
        "kernel_lost": received["kernel_lost"],
    }


def transfer_by_tool(
    tool: Tool, receiving: Side, way: str, field: str, dataset: Dataset
) -> dict[str, Any]:
    """The same of a file that nmsgtool sends, into a loop that looks at a field of each message."""
    with receiver(receiving, messages=dataset.messages, way=way, field=field) as process:
        port = port_of(process)
        sent = tool.run(["-r", dataset.path, "-s", f"127.0.0.1/{port}"], cores=0)
        received = finish(process, port)
    return {
        "sent": dataset.messages,
        "sent_rate": dataset.messages / sent["seconds"],
        "received": received["messages"],
        "received_rate": received["rate"],
        "kernel_lost": received["kernel_lost"],
    }
