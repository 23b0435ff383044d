# SPDX-License-Identifier: Apache-2.0
"""Kafka: how fast a tool gets messages into a topic and out of it, on a broker of the tests."""

import contextlib
import itertools
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import datasets
from sides import Tool

TOP = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP / "tests" / "kafka"))

from kafka_admin import Admin  # noqa: E402  (found only now)

SCRIPT = TOP / "scripts" / "kafka-broker.sh"
LACKS_BROKER = 2
numbers = itertools.count(1)


def is_there(tool: Tool) -> bool:
    """Whether the tool was built with Kafka."""
    done = subprocess.run(
        [tool.path, "--readkafka", "x"], env=tool.env, capture_output=True, check=False
    )
    return b"protocol must be set" in done.stderr


@contextlib.contextmanager
def broker(folder: Path) -> Iterator[Admin | None]:
    """A broker that is there only as long as this; None where there is none to be had."""
    env = dict(os.environ)
    env |= {"NMSG_KAFKA_FOLDER": str(folder.resolve()), "NMSG_KAFKA_OWNER": str(os.getpid())}

    def call(what: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([SCRIPT, what], env=env, capture_output=True, text=True, check=False)

    if call("fetch").returncode == LACKS_BROKER:
        yield None
        return
    call("stop")
    try:
        yield Admin(call("start").stdout.strip())
    finally:
        call("stop")


def new_topic(admin: Admin) -> str:
    name = f"bench.{next(numbers)}"
    admin.create(name)
    return name


def endpoint(admin: Admin, form: str, topic: str) -> str:
    host, port = admin.address
    return f"{form}:{topic}@{host}:{port}"


def write(tool: Tool, admin: Admin, form: str, dataset: datasets.Dataset) -> dict[str, Any]:
    """From a file into a new topic, until the broker has confirmed all."""
    topic = new_topic(admin)
    result = tool.run(["-r", dataset.path, "--writekafka", endpoint(admin, form, topic)], 0)
    records = admin.end(topic)
    admin.delete(topic)
    return result | {"messages": dataset.messages, "records": records}


def read(
    tool: Tool, admin: Admin, form: str, topic: str, dataset: datasets.Dataset
) -> dict[str, Any]:
    """All messages of a topic but one: the peer's tool sees only by one more that it has enough."""
    count = dataset.messages - 1
    where = f"{endpoint(admin, form, topic)},oldest"
    arguments = ["--readkafka", where, "-c", str(count), "-w", os.devnull]
    return tool.run(arguments, 0) | {"messages": count, "records": admin.end(topic)}
