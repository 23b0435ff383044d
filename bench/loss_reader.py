# SPDX-License-Identifier: Apache-2.0
"""A reader of datagrams, in a process of its own; loss.py starts it.

usage: loss_reader.py WAY RING FIELD

Prints {"port": …} when it listens. When its standard input is closed, the sender has ended: it goes
on until nothing more comes, and prints what it counted.
"""

import json
import os
import resource
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nmsg

QUIET_SEC = 0.5  # For so long nothing may come before the end.

Reader = Any
Way = Callable[[Reader, str], int]


def read(reader: Reader, field: str) -> int:
    """The loop of programs written for pynmsg."""
    count = 0
    while True:
        message = reader.read()
        if not message:
            return count
        message[field]
        count += 1


def one_field(reader: Reader, field: str) -> int:
    count = 0
    for message in reader:
        message[field]
        count += 1
    return count


def nothing(reader: Reader, field: str) -> int:
    count = 0
    for _ in reader:
        count += 1
    return count


def all_fields(reader: Reader, field: str) -> int:
    count = 0
    for message in reader:
        for key in message.keys():  # noqa: SIM118 - the loop of programs written for pynmsg
            message[key]
        count += 1
    return count


def to_json(reader: Reader, field: str) -> int:
    count = 0
    for message in reader:
        message.to_json()
        count += 1
    return count


LOOP = nmsg.io()


def callback(reader: Reader, field: str) -> int:
    count = 0

    def take(message: Any) -> None:
        nonlocal count
        message[field]
        count += 1

    LOOP.add_input(reader)
    LOOP.add_output_callback(take)
    LOOP.loop()
    return count


WAYS: dict[str, Way] = {
    "nothing": nothing,
    "for": one_field,
    "read": read,
    "io": callback,
    "all": all_fields,
    "json": to_json,
}


def cpu_seconds() -> dict[str, list[float]]:
    """What each thread had of processors, and how long it waited for one while it could have run,
    by its name; of other systems than Linux nothing."""
    result: dict[str, list[float]] = {}
    for task in Path("/proc/self/task").glob("*"):
        name = (task / "comm").read_text().strip()
        had, waited = (task / "schedstat").read_text().split()[:2]
        before = result.get(name, [0.0, 0.0])
        result[name] = [before[0] + int(had) / 1e9, before[1] + int(waited) / 1e9]
    return result


class Watcher(threading.Thread):
    """Ends the reading when the sender has ended and nothing more comes."""

    def __init__(self, reader: Reader) -> None:
        super().__init__(daemon=True)
        self.reader = reader
        self.ended = 0.0
        self.cpu: dict[str, list[float]] = {}

    def run(self) -> None:
        sys.stdin.buffer.read()
        before, self.ended = self.reader.stats, time.monotonic()
        while time.monotonic() - self.ended < QUIET_SEC:
            time.sleep(QUIET_SEC / 10)
            now = self.reader.stats
            if (now.messages, now.datagrams) != (before.messages, before.datagrams):
                before, self.ended = now, time.monotonic()
        self.cpu = cpu_seconds()
        LOOP.break_loop()
        self.reader.close()


def main() -> None:
    way, ring, field = sys.argv[1:]
    reader = nmsg.open("udp://127.0.0.1:0", ring=ring)
    print(json.dumps({"port": reader.address[1]}), flush=True)
    watcher = Watcher(reader)
    watcher.start()
    count = WAYS[way](reader, field)
    watcher.join()
    stats = reader.stats
    nothing_known = [0.0, 0.0]
    main = watcher.cpu.get(Path("/proc/self/comm").read_text().strip(), nothing_known)
    receiver = watcher.cpu.get("nmsg-receive", nothing_known)
    result = {
        "read": count,
        "messages": stats.messages,
        "datagrams": stats.datagrams,
        "octets": stats.octets,
        "bad": sum(stats.bad),
        "lost": {
            "kernel": stats.lost.kernel,
            "sequence": stats.lost.sequence,
            "fragments": stats.lost.fragments,
        },
        "ring_full_sec": stats.ring_full_ns / 1e9,
        "receive_buffer": stats.receive_buffer,
        "ended": watcher.ended,
        "main_cpu_sec": main[0],
        "receiver_cpu_sec": receiver[0],
        "receiver_wait_sec": receiver[1],
        "switches": resource.getrusage(resource.RUSAGE_SELF).ru_nvcsw,
        "memory_kib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
        "pid": os.getpid(),
    }
    print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
