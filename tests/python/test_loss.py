# SPDX-License-Identifier: Apache-2.0
"""Streams of datagrams: nothing is lost while there is room, and what is lost is accounted for."""

import contextlib
import json
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nmsg
import pytest
from nmsg_support import PATIENCE_SEC, python, run_python, wait_until

SO_RCVBUFFORCE = 33  # linux/socket.h


def may_have_large_buffers() -> bool:
    """Without that right the kernel decides what is lost."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 20)
        except PermissionError:
            return False
    return True


HAS_RIGHTS = may_have_large_buffers()

SEND = """
import sys, nmsg
port, count, length, how = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
o = nmsg.output.open_sock("127.0.0.1", port)
o.set_buffered(how != "unbuffered")
o.set_zlibout(how == "compressed")
m = nmsg.msgtype.base.pkt(payload=b"\\x01\\x02\\x03\\x05\\x07" * (length // 5))
for number in range(count):
    m["len_frame"] = number
    o.write(m)
o.close()
print(o.stats.frames, o.stats.containers, o.stats.send_errors)
"""

# How, messages of each sender, octets of each message, senders. The kernel's buffer alone can hold
# all of it, so that nothing depends on who gets the processor when.
STREAMS = {
    "unbuffered": ("unbuffered", 10_000, 50, 1),
    "buffered": ("buffered", 50_000, 50, 1),
    "compressed": ("compressed", 50_000, 50, 1),
    "in fragments": ("buffered", 80, 100_000, 1),
    "in compressed fragments": ("compressed", 80, 100_000, 1),
    "several senders": ("buffered", 5_000, 50, 5),
}


Take = Callable[[nmsg.message], None]


def by_iteration(reader: nmsg.input, engine: nmsg.io, take: Take) -> None:
    for message in reader:
        take(message)


def by_read(reader: nmsg.input, engine: nmsg.io, take: Take) -> None:
    while message := reader.read():
        take(message)


def by_callback(reader: nmsg.input, engine: nmsg.io, take: Take) -> None:
    engine.add_input(reader)
    engine.add_output_callback(take)
    engine.loop()


@pytest.mark.parametrize("way", [by_iteration, by_read, by_callback])
@pytest.mark.parametrize("stream", STREAMS.values(), ids=STREAMS.keys())
def test_all_of_a_stream_arrives(stream: tuple[str, int, int, int], way: Any) -> None:
    how, count, length, senders = stream
    numbers: list[int] = []
    problems: list[str] = []
    sent: list[tuple[int, ...]] = []
    engine = nmsg.io()
    with nmsg.open("udp://127.0.0.1:0") as reader:
        args = (reader.address[1], count, length, how)

        def watch() -> None:
            """Close the input when everything has come that can."""
            try:
                for process in processes:
                    output, _ = process.communicate(timeout=PATIENCE_SEC)
                    sent.append(tuple(map(int, output.split())))
                frames = sum(frames for frames, _, _ in sent)

                def is_all_there() -> bool:
                    s = reader.stats
                    return s.datagrams + s.lost.kernel == frames and (
                        s.messages == senders * count or s.lost.kernel > 0
                    )

                wait_until(is_all_there, "the arrival of everything")
            except Exception as error:  # Told by the thread that reads.
                problems.append(f"{error!r} {reader.stats}")
            finally:
                engine.break_loop()
                reader.close()

        with contextlib.ExitStack() as stack:
            processes = [stack.enter_context(python(SEND, *args)) for _ in range(senders)]
            watcher = threading.Thread(target=watch)
            watcher.start()
            way(reader, engine, lambda message: numbers.append(message["len_frame"]))
            watcher.join()
        stats = reader.stats
    assert problems == []
    assert stats.bad == (0, 0)
    assert stats.messages == len(numbers)
    if HAS_RIGHTS:
        assert stats.receive_buffer == 32 << 20
        assert stats.lost == (0, 0, 0)
        assert stats.containers == sum(containers for _, containers, _ in sent)
        assert sorted(numbers) == sorted(list(range(count)) * senders)
        assert senders > 1 or numbers == list(range(count))
    assert [errors for _, _, errors in sent] == [0] * senders


# Everything that needs the files of this user comes before the change of users.
AS_NOBODY = """
import json, os, sys, time, nmsg
how, count, length = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
m = nmsg.msgtype.base.pkt(payload=b"x" * length)
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
reader = nmsg.open("udp://127.0.0.1:0", ring=262144)
writer = nmsg.open(f"udp://127.0.0.1:{reader.address[1]}", "w")
writer.set_buffered(how == "buffered")
for number in range(count):
    m["len_frame"] = number
    writer.write(m)
writer.close()
reader.set_blocking_io(False)
numbers = []
deadline = time.monotonic() + 20
while time.monotonic() < deadline:
    before = reader.stats
    numbers += [message["len_frame"] for message in reader]
    if before.datagrams + before.lost.kernel >= writer.stats.frames:
        break
numbers += [message["len_frame"] for message in reader]
stats = reader.stats
print(json.dumps({
    "numbers": numbers,
    "frames": writer.stats.frames,
    "containers": writer.stats.containers,
    "datagrams": stats.datagrams,
    "messages": stats.messages,
    "complete": stats.containers,
    "kernel": stats.lost.kernel,
    "sequence": stats.lost.sequence,
    "ring_full_ns": stats.ring_full_ns,
    "receive_buffer": stats.receive_buffer,
}))
"""


def as_nobody(how: str, count: int, length: int) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(run_python(AS_NOBODY, how, count, length))
    assert result["messages"] == len(result["numbers"])
    assert result["numbers"] == sorted(set(result["numbers"]))
    # Exact: every datagram was received or counted as lost.
    assert result["frames"] == result["datagrams"] + result["kernel"]
    assert result["kernel"] > 0
    return result


def test_an_ordinary_user_is_told_what_the_system_granted() -> None:
    limit = int(Path("/proc/sys/net/core/rmem_max").read_text())
    result = as_nobody("unbuffered", 20_000, 1000)
    assert result["receive_buffer"] == min(limit, 16 << 20)


def test_what_an_ordinary_user_loses_is_counted() -> None:
    count = 20_000
    result = as_nobody("unbuffered", count, 1000)
    numbers = result["numbers"]
    # A message is a datagram here.
    assert count == len(numbers) + result["kernel"]
    assert 0 < len(numbers) < count
    # What was lost at the end, no later number tells of.
    assert result["sequence"] == numbers[-1] + 1 - len(numbers)
    assert result["ring_full_ns"] > 0


def test_fragments_that_are_lost_are_counted() -> None:
    result = as_nobody("buffered", 300, 100_000)
    assert result["complete"] == len(result["numbers"])
    assert result["complete"] < result["containers"] == 300
