#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Is a packet lost on the way from an interface through nmsgtool? (bench/README.md)

usage: capture.py [--tool NMSGTOOL] [--rate PACKETS] [--seconds N] [--search MAX]

Needs the rights to make network namespaces and interfaces; where they are missing it says so and
ends with 77. The exit status is 1 when a packet was lost at the rate asked for.
"""

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
RESULTS = FOLDER.parent / "build" / "bench" / "capture.json"
ENTERED = "NMSG_CAPTURE_BENCH"
STEP = 1.25
SEARCH_SEC = 3
SKIPPED = 77
NEAR, FAR = "near", "far"


class CaptureError(Exception):
    """A process did not do its part."""


def enter() -> None:
    """Go on in a network namespace of its own."""
    for words in (["unshare", "-n"], ["unshare", "-rn"]):
        probe = [*words, "ip", "link", "add", "name", NEAR, "type", "veth", "peer", "name", FAR]
        if shutil.which(words[0]) and subprocess.run(probe, capture_output=True).returncode == 0:
            os.environ[ENTERED] = "1"
            command = [*words, sys.executable, __file__, *sys.argv[1:]]
            os.execvp(command[0], command)
    print("capture.py: NOT MEASURED: no right to make a network namespace and a pair of interfaces")
    sys.exit(SKIPPED)


def make_interfaces() -> None:
    ipv6 = Path("/proc/sys/net/ipv6/conf/default/disable_ipv6")
    if ipv6.exists():
        ipv6.write_text("1")  # Nobody else is to send anything.
    for words in (
        f"link add name {NEAR} type veth peer name {FAR}",
        f"link set {NEAR} up",
        f"link set {FAR} up",
    ):
        subprocess.run(["ip", *words.split()], check=True)


def build_sender(folder: Path) -> str:
    sender = str(folder / "flood")
    compiler = os.environ.get("CC", "cc").split()
    source = str(FOLDER / "flood.c")
    subprocess.run([*compiler, "-O2", "-D_GNU_SOURCE", "-o", sender, source], check=True)
    return sender


def measure(tool: str, sender: str, rate: float, seconds: float) -> dict[str, Any]:
    """Send, and read what the tool has counted."""
    command = [tool, "-dd", "-i", FAR, "-T", "pkt", "-w", "/dev/null", "--stats", "100000"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "file output" in line:
                break
        else:
            raise CaptureError("the tool does not start")
        words = [sender, NEAR, str(rate), str(seconds)]
        done = subprocess.run(words, capture_output=True, text=True, check=True)
        process.send_signal(signal.SIGTERM)
        told = process.stderr.read()
        _, _, usage = os.wait4(process.pid, 0)
    counts = {name: int(number) for name, number in re.findall(r"(\w+)=(\d+)", told)}
    sent, took = done.stdout.split()
    return {
        "rate": rate,
        "sent": int(sent),
        "sent_rate": int(sent) / float(took),
        "messages": counts.get("messages", 0),
        "lost_kernel": counts.get("lost_kernel", 0),
        "lost_interface": counts.get("lost_interface", 0),
        "cpu_ns_per_packet": (usage.ru_utime + usage.ru_stime) * 1e9 / max(1, int(sent)),
    }


def show(result: dict[str, Any]) -> bool:
    """Print a line. @return Whether all that was sent became messages."""
    print(
        f"{result['rate']:>12,.0f}{result['sent_rate']:>12,.0f}{result['sent']:>12,}"
        f"{result['sent'] - result['messages']:>10,}{result['lost_kernel']:>10,}"
        f"{result['lost_interface']:>10,}{result['cpu_ns_per_packet']:>12,.0f}",
        flush=True,
    )
    return bool(result["messages"] == result["sent"])


def main() -> int:
    parser = argparse.ArgumentParser(description="Packets of an interface, none lost?")
    beside = Path(sys.executable).with_name("nmsgtool")
    parser.add_argument("--tool", default=str(beside), help="another nmsgtool")
    parser.add_argument("--rate", type=float, default=100_000, help="packets a second")
    parser.add_argument("--seconds", type=float, default=10, help="for so long")
    parser.add_argument(
        "--search", type=float, default=4e6, help="look for the highest rate up to this; 0: do not"
    )
    options = parser.parse_args()
    if not os.environ.get(ENTERED):
        enter()
    make_interfaces()
    heads = ["wanted/s", "sent/s", "sent", "missing", "kernel", "interface", "ns/packet"]
    print("".join(f"{h:>{w}}" for h, w in zip(heads, [12, 12, 12, 10, 10, 10, 12], strict=True)))
    with tempfile.TemporaryDirectory() as folder:
        sender = build_sender(Path(folder))
        results = [measure(options.tool, sender, options.rate, options.seconds)]
        is_whole = show(results[0])
        rate, is_good = options.rate * STEP, is_whole
        while is_good and rate <= options.search:
            results.append(measure(options.tool, sender, rate, SEARCH_SEC))
            is_good = show(results[-1]) and results[-1]["sent_rate"] > 0.9 * rate
            rate *= STEP
    whole = [r["sent_rate"] for r in results if r["messages"] == r["sent"]]
    print(f"highest rate without loss: {max(whole, default=0):,.0f} packets a second")
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    return 0 if is_whole else 1


if __name__ == "__main__":
    sys.exit(main())
