# SPDX-License-Identifier: Apache-2.0
"""One process sends messages over loopback as fast as it can, another counts what arrives."""

import contextlib
import json
import signal
import subprocess
from collections.abc import Iterator
from typing import Any

from datasets import Dataset
from sides import PATIENCE_SEC, Side, Tool, WorkerError, last_line, last_result

# How long a receiver may go on after the last message was sent.
DEADLINE_SEC = 3.0


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


def finish(process: subprocess.Popen[str]) -> dict[str, Any]:
    """What the receiver counted: when it has all, or when the deadline has passed."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(DEADLINE_SEC)
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    try:
        output, errors = process.communicate(timeout=PATIENCE_SEC)
    except subprocess.TimeoutExpired as error:
        raise WorkerError("the receiver does not end") from error
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
        sent = sender.run(
            "send",
            path=path,
            port=port_of(process),
            messages=messages,
            buffered=int(is_buffered),
        )
        received = finish(process)
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
        target = f"127.0.0.1/{port_of(process)}"
        sent = tool.run(["-r", dataset.path, "-s", target], cores=0)
        received = finish(process)
    return {
        "sent": dataset.messages,
        "sent_rate": dataset.messages / sent["seconds"],
        "received": received["messages"],
        "received_rate": received["rate"],
        "kernel_lost": received["kernel_lost"],
    }
