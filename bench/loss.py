#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How much of a stream of datagrams is lost, and where (bench/README.md).

usage: loss.py [--file FILE] [--tool NMSGTOOL] [--only TEXT] [--runs N] [--scale FACTOR]

A process sends FILE over loopback with nmsgtool (ours, or the one that --tool names) as fast as it
can, another reads. What did not arrive is told by cause. The exit status is 1 when something was
lost that had room, or when the counters do not account for it.
"""

import argparse
import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TOP = Path(__file__).resolve().parent.parent
FOLDER = TOP / "build" / "bench"
READER = Path(__file__).resolve().with_name("loss_reader.py")
DATASETS = READER.with_name("datasets.py")
PATIENCE_SEC = 600
MESSAGES = 1_000_000
LARGE_MESSAGES = 10_000
LARGE_LEN = 100_000
SENDERS = 10
FLOOD_SEC = 30
BLAMELESS_SEC = 0.05

HEAD = (
    f"{'case':<28}{'sent/s':>9}{'read/s':>9}{'capacity':>10}{'arrived':>16}"
    f"{'kernel':>9}{'sequence':>9}{'fragm.':>7}{'full s':>7}{'wait s':>7}{'ns/dgram':>9}"
)


@dataclass(frozen=True)
class Case:
    """What is sent, and how it is read."""

    name: str
    way: str
    path: Path
    messages: int  # Of all senders together.
    field: str
    options: tuple[str, ...] = ()
    ring: str = "64M"
    senders: int = 1
    repeats: int = 1  # The file is sent so often.
    may_lose: bool = False  # If the reader is slower than the sender.


class LossError(Exception):
    """A process did not do its part."""


def start_sender(tool: str, case: Case, port: int) -> list[subprocess.Popen[bytes]]:
    """The processes that send; all end by themselves."""
    command = [tool, "-r", "-" if case.repeats > 1 else str(case.path), *case.options]
    command += ["-s", f"127.0.0.1/{port}"]
    if case.repeats == 1:
        return [subprocess.Popen(command) for _ in range(case.senders)]
    feeder = subprocess.Popen(["cat", *[str(case.path)] * case.repeats], stdout=subprocess.PIPE)
    sender = subprocess.Popen(command, stdin=feeder.stdout)
    assert feeder.stdout is not None
    feeder.stdout.close()
    return [feeder, sender]


def measure(tool: str, case: Case) -> dict[str, Any]:
    command = [sys.executable, str(READER), case.way, case.ring, case.field]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as reader:
        assert reader.stdout is not None and reader.stdin is not None
        try:
            port = json.loads(reader.stdout.readline() or b"{}").get("port")
            if port is None:
                raise LossError("the reader does not start")
            begun = time.monotonic()
            for process in start_sender(tool, case, port):
                if process.wait(PATIENCE_SEC) != 0:
                    raise LossError(f"{process.args!r} ended with {process.returncode}")
            sent = time.monotonic()
            output, _ = reader.communicate(timeout=PATIENCE_SEC)
        finally:
            reader.kill()
    result: dict[str, Any] = json.loads(output)
    return result | {
        "case": case.name,
        "sent": case.messages * case.repeats,
        "sent_rate": case.messages * case.repeats / (sent - begun),
        "read_rate": result["read"] / (result["ended"] - begun),
        # What the reader could do if it had a processor for itself and nothing to wait for.
        "capacity": result["read"] / result["main_cpu_sec"],
        "receiver_ns": result["receiver_cpu_sec"] * 1e9 / max(1, result["datagrams"]),
    }


def show(case: Case, result: dict[str, Any]) -> list[str]:
    """Print a line; what is wrong with the result."""
    lost = result["lost"]
    missing = result["sent"] - result["read"]
    print(
        f"{case.name:<28}{result['sent_rate'] / 1000:>8,.0f}k{result['read_rate'] / 1000:>8,.0f}k"
        f"{result['capacity'] / 1000:>9,.0f}k{result['read']:>16,}{lost['kernel']:>9,}"
        f"{lost['sequence']:>9,}{lost['fragments']:>7,}{result['ring_full_sec']:>7.2f}"
        f"{result['receiver_wait_sec']:>7.2f}{result['receiver_ns']:>9,.0f}",
        flush=True,
    )
    problems = []
    if result["bad"] > 0:
        problems.append(f"{result['bad']} bad")
    # The ring is full when the reader is too slow, and only then.
    if missing > 0 and (not case.may_lose or result["ring_full_sec"] < BLAMELESS_SEC):
        problems.append(f"{missing:,} of {result['sent']:,} messages are missing")
    if (missing > 0) != (lost["kernel"] > 0):
        problems.append(f"{missing:,} missing, {lost['kernel']:,} datagrams counted as lost")
    return [f"{case.name}: {problem}" for problem in problems]


def dataset(kind: str, messages: int) -> Path:
    """A file of benchmark messages, made if it is not there."""
    path = FOLDER / f"loss-{kind}-{messages}.nmsg"
    if not path.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        command = [sys.executable, str(DATASETS), kind, str(messages), str(part)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        part.rename(path)
    return path


def large_file(messages: int) -> Path:
    """Messages of 100 kB, which a socket output sends in fragments."""
    path = FOLDER / f"loss-large-{messages}.nmsg"
    if not path.exists():
        import nmsg

        FOLDER.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        with nmsg.output.open_file(part) as writer:
            for number in range(messages):
                octets = number.to_bytes(4, "big") * (LARGE_LEN // 4)
                writer.write(nmsg.msgtype.base.pkt(len_frame=number, payload=octets))
        part.rename(path)
    return path


def cases(options: argparse.Namespace) -> list[Case]:
    def scaled(count: int) -> int:
        return max(1000, int(count * options.scale))

    messages = scaled(MESSAGES)
    path = Path(options.file) if options.file else dataset("dnsdedupe", messages)
    part = dataset("dnsdedupe", messages // SENDERS)
    large = scaled(LARGE_MESSAGES)
    result = [Case(f"plain, {way}", way, path, messages, "rrname") for way in ("for", "read", "io")]
    result += [
        Case(f"compressed, {way}", way, path, messages, "rrname", ("-z",))
        for way in ("for", "read", "io")
    ]
    result += [
        Case(f"100 kB, {way}", way, large_file(large), large, "len_frame")
        for way in ("for", "read", "io")
    ]
    result += [
        Case(f"ten senders, {way}", way, part, messages, "rrname", ring="256M", senders=SENDERS)
        for way in ("for", "read", "io")
    ]
    flood = max(1, round(options.flood))
    result += [
        Case(f"flood, {way}", way, path, messages, "rrname", repeats=flood, may_lose=True)
        for way in ("nothing", "for", "read", "io", "all", "json")
        if options.flood > 0
    ]
    return [case for case in result if options.only in case.name]


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="What is lost of streams of datagrams, and where.")
    parser.add_argument("--file", help="a million messages; without it some are made")
    parser.add_argument(
        "--tool",
        default=str(Path(sys.executable).with_name("nmsgtool")),
        help="the nmsgtool that sends (default: ours)",
    )
    parser.add_argument("--only", default="", help="only cases whose name contains this")
    parser.add_argument("--runs", type=int, default=3, help="runs of each case")
    parser.add_argument("--scale", type=float, default=1.0, help="factor for the messages")
    parser.add_argument(
        "--flood",
        type=float,
        default=FLOOD_SEC,
        help="how often the file is sent in the cases named flood (0: they are left out)",
    )
    return parser.parse_args()


def main() -> int:
    options = parse_options()
    problems, results = [], []
    print(HEAD)
    for case in cases(options):
        for _ in range(1 if case.repeats > 1 else options.runs):
            result = measure(options.tool, case)
            results.append(result)
            problems += show(case, result)
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "loss.json").write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    for problem in problems:
        print(f"loss: {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except LossError as error:
        sys.exit(f"loss: {error}")
