#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Run a pipeline for a long time and see whether it stays as small as it was (bench/README.md).

usage: soak.py [--seconds N] [--rate DATAGRAMS]

    nmsgtool -r  ->  UDP  ->  nmsgtool: compressed, to files changed every few seconds, and UDP
                               ->  Python: all fields, a compressed copy, inputs opened and closed

The exit status is 1 when a process grows, keeps descriptors or threads, ends, or when the counters
do not account for what was lost.
"""

import argparse
import contextlib
import json
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from loss import FOLDER, dataset

TOOL = Path(sys.executable).with_name("nmsgtool")
MESSAGES = 100_000
# A ring keeps 4 MiB of what a backlog took.
SLACK_KIB = 6 * 1024
BACKLOG_KIB = 72 * 1024  # As long as there is one, it may be as large as the ring.
CHURN = 100_000  # Messages after which the reader opens and closes something.
TELL_SEC = 60


def read_forever() -> None:
    """The Python end of the pipeline, in a process of its own."""
    import nmsg

    packet = Path(sys.argv[2]).read_bytes()
    count = 0
    with nmsg.open("udp://127.0.0.1:0") as reader:
        print(reader.address[1], flush=True)
        with nmsg.open("/dev/null", "w", compress=True) as writer:
            for message in reader:
                message.to_dict()
                writer.write(message)
                count += 1
                if count % CHURN == 0:
                    with nmsg.open(packet) as other:
                        for each in other:
                            each.to_json()
                    stats = reader.stats
                    print(json.dumps([stats.messages, stats.datagrams, *stats.lost]), flush=True)


@dataclass
class Watched:
    """A process, and what it took at each moment."""

    name: str
    process: subprocess.Popen[Any]
    kib: list[int] = field(default_factory=list)
    descriptors: list[int] = field(default_factory=list)
    threads: list[int] = field(default_factory=list)

    def look(self) -> None:
        folder = Path(f"/proc/{self.process.pid}")
        status = (folder / "status").read_text()
        values = dict(re.findall(r"^(VmRSS|Threads):\s*(\d+)", status, re.MULTILINE))
        self.kib.append(int(values["VmRSS"]))
        self.threads.append(int(values["Threads"]))
        self.descriptors.append(len(list((folder / "fd").iterdir())))

    def problems(self) -> list[str]:
        """What grew, after a time to warm up. Of memory the least of each half of the time counts:
        a backlog goes away, a leak does not."""
        result = []
        begin = len(self.kib) // 5
        half = begin + (len(self.kib) - begin) // 2
        for what, values, pick, slack in (
            ("KiB", self.kib, min, SLACK_KIB),
            ("KiB at most", self.kib, max, BACKLOG_KIB),
            ("descriptors", self.descriptors, max, 1),
            ("threads", self.threads, max, 0),
        ):
            before, after = pick(values[begin:half]), pick(values[half:])
            if after > before + slack:
                result.append(f"{self.name}: {before} {what} became {after}")
        return result

    def __str__(self) -> str:
        return f"{self.name} {self.kib[-1] / 1024:.1f} MiB"


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Pipeline(contextlib.ExitStack):
    """The processes; killed in the end."""

    def __init__(self, rate: int) -> None:
        super().__init__()
        self.folder = Path(self.enter_context(tempfile.TemporaryDirectory(prefix="soak-")))
        path = dataset("dnsdedupe", MESSAGES)
        self.log = self.folder / "log"
        self.counts = self.folder / "counts"
        command = [sys.executable, __file__, "--read", str(dataset("dnsdedupe", 1000))]
        reader = self.start(command, stdout=self.enter_context(self.counts.open("w")))
        port = int(self.wait_for_line())
        middle = free_port()
        relay = self.start(
            [
                str(TOOL),
                *("-l", f"127.0.0.1/{middle}", "--mirror", "-z", "--stats", "1"),
                *("-s", f"127.0.0.1/{port}", "-w", str(self.folder / "out")),
                *("-t", "3", "-k", "rm -f"),
            ],
            stderr=self.enter_context(self.log.open("w")),
        )
        feeder = self.start(
            ["/bin/sh", "-c", 'while cat "$0"; do :; done', str(path)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        target = f"127.0.0.1/{middle},{rate},100"
        sender = self.start([str(TOOL), "-r", "-", "-s", target], stdin=feeder.stdout)
        assert feeder.stdout is not None
        feeder.stdout.close()
        self.watched = [
            Watched("sender", sender),
            Watched("relay", relay),
            Watched("reader", reader),
        ]

    def start(self, command: list[str], **options: Any) -> subprocess.Popen[Any]:
        process = subprocess.Popen(command, **options)
        self.callback(process.wait)
        self.callback(process.kill)
        return process

    def wait_for_line(self) -> str:
        deadline = time.monotonic() + 30
        while not (text := self.counts.read_text()).endswith("\n"):
            if time.monotonic() > deadline:
                raise SystemExit("soak: the reader does not start")
            time.sleep(0.01)
        return text

    def relay_counts(self) -> dict[str, int]:
        """The last line of --stats."""
        lines = [line for line in self.log.read_text().splitlines() if " stats: " in line]
        counts: dict[str, int] = defaultdict(int)
        for pair in lines[-1].split()[3:] if lines else []:
            key, value = pair.split("=")
            counts[key] = int(value)
        return counts

    def reader_counts(self) -> list[int]:
        lines = self.counts.read_text().splitlines()
        counts: list[int] = json.loads(lines[-1]) if len(lines) > 1 else [0] * 5
        return counts


def soak(pipeline: Pipeline, seconds: float) -> list[str]:
    begun = told = time.monotonic()
    while (now := time.monotonic()) < begun + seconds:
        for watched in pipeline.watched:
            if watched.process.poll() is not None:
                return [f"{watched.name} ended with {watched.process.returncode}"]
            watched.look()
        if now - told >= min(TELL_SEC, seconds / 4):
            told = now
            sizes = ", ".join(map(str, pipeline.watched))
            print(
                f"{now - begun:6.0f} s: {sizes}; read {pipeline.reader_counts()[0]:,}", flush=True
            )
        time.sleep(min(1.0, seconds / 100))
    return [problem for watched in pipeline.watched for problem in watched.problems()]


def main() -> int:
    parser = argparse.ArgumentParser(description="Run a pipeline, and see whether it grows.")
    parser.add_argument("--seconds", type=float, default=1800, help="how long (1800)")
    parser.add_argument("--rate", type=int, default=1000, help="datagrams a second (1000)")
    options = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    with Pipeline(options.rate) as pipeline:
        problems = soak(pipeline, options.seconds)
        relay = pipeline.relay_counts()
        messages, datagrams, *lost = pipeline.reader_counts()
    print(
        f"relay: {relay['messages']:,} messages, lost kernel {relay['lost_kernel']}, "
        f"sequence {relay['lost_sequence']}, fragments {relay['lost_fragments']}, "
        f"ring full {relay['ring_full_ms']} ms"
    )
    print(
        f"reader: {messages:,} messages in {datagrams:,} datagrams, "
        f"lost kernel {lost[0]}, sequence {lost[1]}, fragments {lost[2]}"
    )
    if messages == 0 or relay["messages"] == 0:
        problems.append("nothing was read")
    if relay["bad_containers"] + relay["bad_messages"] > 0:
        problems.append("the relay got what is bad")
    # One sender, and nothing between: what is missing by number was dropped at the socket.
    if relay["lost_sequence"] > relay["lost_kernel"] or lost[1] > lost[0]:
        problems.append("containers are missing that nobody dropped")
    for problem in problems:
        print(f"soak: {problem}", file=sys.stderr)
    print("soak: " + ("problems" if problems else "nothing grew"))
    return 1 if problems else 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--read"]:
        read_forever()
    else:
        sys.exit(main())
