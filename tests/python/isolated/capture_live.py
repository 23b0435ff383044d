# SPDX-License-Identifier: Apache-2.0
"""Captures on an interface: run in a network namespace of its own, in which it makes a pair of
interfaces, sends on one and captures on the other.

usage: capture_live.py SCENE [TOOL]
"""

import asyncio
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, NoReturn

sys.path.insert(0, str(Path(__file__).parents[1]))

import nmsg
import nmsg_packets as packets

IPV6 = Path("/proc/sys/net/ipv6/conf/default/disable_ipv6")


def make_interfaces() -> socket.socket:
    """Make the pair. @return A socket that sends frames on one end."""
    if IPV6.exists():
        IPV6.write_text("1")  # Nobody else is to send anything.
    for words in (
        "link add name near type veth peer name far",
        "link set near up",
        "link set far up",
    ):
        subprocess.run(["ip", *words.split()], check=True)
    sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    sender.bind(("near", 0))
    return sender


def frame(ident: int) -> bytes:
    return packets.ether(packets.query(ident)).ljust(100, b"\0")


def expect(condition: bool, what: object) -> None:
    if not condition:
        sys.exit(f"capture_live.py: {what}")


def read_one(reader: Any, seconds: float = 5) -> Any:
    """The next message of a reader that does not block."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        select.select([reader], [], [], 0.2)
        message = reader.read()
        if message is not None:
            return message
    return None


# -- the scenes --


def rate(sender: socket.socket, tool: str) -> None:
    """The tool loses none of some thousand packets a second."""
    packets_per_sec, seconds = 5000, 2
    tool_process = subprocess.Popen(
        [tool, "-dd", "-i", "far", "-T", "pkt", "-w", "/dev/null", "--stats", "1000"],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert tool_process.stderr is not None
    for line in tool_process.stderr:
        if "output" in line:
            break
    data = frame(1)
    start = time.monotonic()
    for n in range(packets_per_sec * seconds):
        pause = start + n / packets_per_sec - time.monotonic()
        if pause > 0.002:
            time.sleep(pause)
        sender.send(data)
    tool_process.send_signal(signal.SIGTERM)
    told = tool_process.stderr.read()
    expect(tool_process.wait() == 1, told)
    counts = f"packets={packets_per_sec * seconds} cut=0 bad=0 other=0 unwanted=0"
    expect(counts in told and "lost_kernel=0 lost_interface=0" in told, told)


def rights(sender: socket.socket, tool: str) -> None:
    """Interfaces are opened before rights are given up."""
    done = subprocess.Popen(
        [
            tool,
            "-i",
            "far",
            "-T",
            "pkt",
            "-c",
            "1",
            "-J",
            "-",
            "-U",
            "nobody",
            "--unbuffered",
            "-dd",
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert done.stderr is not None and done.stdout is not None
    for line in done.stderr:
        if "output" in line:
            break
    status = Path(f"/proc/{done.pid}/status").read_text()
    uids = next(line for line in status.splitlines() if line.startswith("Uid:")).split()[1:]
    sender.send(frame(1))
    text = done.stdout.read()
    expect(done.wait() == 0 and '"mname":"pkt"' in text, (text, done.stderr.read()))
    expect("0" not in uids, f"still the rights of {uids}")


def messages(sender: socket.socket) -> None:
    """Messages come, with the time of the packet, and once there are none fileno() says so."""
    with nmsg.open("if:far", msgtype="base:packet", blocking=False, bpf="udp") as reader:
        expect(reader.read() is None, "a message before there was a packet")
        before = time.time()
        sender.send(frame(7))
        sender.send(packets.ether(packets.ip(packets.CLIENT, packets.SERVER, bytes(40), 6)))
        message = read_one(reader)
        expect(message is not None, "no message")
        expect(before - 0.1 < message.time_ns / 1e9 < time.time() + 0.1, message.time)
        expect(message["payload"].startswith(packets.query(7)), "another packet")
        expect(reader.read() is None, "the filter let a packet pass")
        expect(reader.capture_stats.messages == 1, reader.capture_stats)
        time.sleep(1.2)  # The clock has ticked,
        reader.read()  # and that was noticed.
        expect(select.select([reader], [], [], 0) == ([], [], []), "readable, but nothing there")


def unanswered(sender: socket.socket) -> None:
    """A query is given up by the clock, though no packet comes."""

    async def wait() -> Any:
        options: Any = {"dnsqr_timeout": 1, "immediate": True}
        async with nmsg.open("if:far", msgtype="base:dnsqr", **options) as reader:
            sender.send(frame(9))
            return await asyncio.wait_for(reader.read_async(), 15)

    message = asyncio.run(wait())
    expect((message["type"], message["id"]) == ("UDP_UNANSWERED_QUERY", 9), message)


def lengths(sender: socket.socket) -> None:
    """What is longer than snaplen is cut, which base:packet does not use and base:pkt tells."""
    with (
        nmsg.open("if:far", msgtype="base:pkt", snaplen=60, promiscuous=True) as whole,
        nmsg.open("if:far", msgtype="base:packet", snaplen=60, blocking=False) as reader,
    ):
        sender.send(frame(1))
        message = whole.read()
        expect(message is not None and message["len_frame"] == 100, message)
        expect(message is not None and message["payload"] == frame(1)[:60], message)
        time.sleep(0.3)
        expect(reader.read() is None and reader.capture_stats.cut == 1, reader.capture_stats)


def ends(sender: socket.socket) -> None:
    """close() of another thread and a signal handler's exception end waiting."""
    reader = nmsg.open("if:far", msgtype="base:pkt")
    closer = threading.Timer(0.3, reader.close)
    closer.start()
    expect(reader.read() is None, "a message")
    closer.join()
    expect(reader.closed, "not closed")

    class Stop(Exception):
        pass

    def stop(*_: object) -> NoReturn:
        raise Stop

    signal.signal(signal.SIGALRM, stop)
    with nmsg.open("if:far", msgtype="base:pkt") as reader:
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        try:
            reader.read()
        except Stop:
            pass
        else:
            expect(False, "the signal did not end it")
        sender.send(frame(1))
        expect(reader.read() is not None, "no message afterwards")


def child(sender: socket.socket) -> None:
    """After fork() the capture is the parent's."""
    with nmsg.open("if:far", msgtype="base:pkt") as reader:
        pid = os.fork()
        if pid == 0:
            try:
                reader.read()
            except nmsg.Error as error:
                os._exit(0 if "fork" in str(error) else 2)
            os._exit(3)
        _, status = os.waitpid(pid, 0)
        expect(status == 0, f"the child ended with {status}")
        sender.send(frame(1))
        expect(reader.read() is not None, "no message in the parent")


def down(sender: socket.socket) -> None:
    """An interface that goes away is an error, not the end."""
    reader = nmsg.open("if:far", msgtype="base:pkt")
    threading.Timer(0.3, lambda: subprocess.run(["ip", "link", "del", "near"], check=True)).start()
    try:
        reader.read()
    except OSError as error:
        expect("far" in str(error), error)
    else:
        expect(False, "no exception")


def main() -> None:
    scene, *rest = sys.argv[1:]
    globals()[scene](make_interfaces(), *rest)


main()
