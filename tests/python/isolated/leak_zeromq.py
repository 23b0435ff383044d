# SPDX-License-Identifier: Apache-2.0
"""ZeroMQ opened, used and closed, and files divided, leave nothing behind."""

import contextlib
import sys
from pathlib import Path

import measure
import nmsg
import nmsg_wire as wire
import zmq

ANYWHERE = "zmq+tcp://127.0.0.1:*?type=pushpull&mode=accept"
PUSHPULL = "?type=pushpull&mode=connect"
CONTAINER = wire.container(*wire.conns(1, 2))
context = zmq.Context()
path = Path(sys.argv[1]) / "file"


def open_and_drop() -> None:
    nmsg.open(ANYWHERE).fileno()
    nmsg.open(ANYWHERE, "w")


def use() -> None:
    with nmsg.open(ANYWHERE) as reader, nmsg.open(reader.name + PUSHPULL, "w") as writer:
        reader.fileno()
        writer.write(nmsg.msgtype.base.ipconn(srcport=1))
        writer.flush()
        assert reader.read()["srcport"] == 1
        writer.write(nmsg.msgtype.base.ipconn(srcport=2))


def refused() -> None:
    for url in (
        "zmq+tcp://127.0.0.1",
        "zmq+tcp://192.0.2.1:1",
        "zmq+ipc:///nosuch/x",
        ANYWHERE + "&x=1",
        "zmq+tcp://127.0.0.1:70000",
    ):
        with contextlib.suppress(OSError, ValueError):
            nmsg.open(url)


def from_pyzmq() -> None:
    with context.socket(zmq.PULL) as pull, context.socket(zmq.PUSH) as push:
        port = pull.bind_to_random_port("tcp://127.0.0.1")
        push.connect(f"tcp://127.0.0.1:{port}")
        for data in (CONTAINER, b"garbage", b"", CONTAINER):
            push.send(data)
        with nmsg.open(pull) as reader:
            assert [next(reader)["srcport"] for _ in range(4)] == [1, 2, 1, 2]


def divide() -> None:
    pieces = nmsg.partitions(path, 1)
    assert sum(1 for piece in pieces for _ in nmsg.open(piece)) == 10
    for bad in ("/dev/null", "/nosuch", __file__):
        with contextlib.suppress(OSError, ValueError):
            nmsg.partitions(bad)


def main() -> None:
    pieces = b"".join(wire.fragments(wire.body(wire.conns(1, 2)), 10))
    path.write_bytes(CONTAINER * 4 + pieces)
    measure.check(open_and_drop, use, refused, from_pyzmq, divide, runs=200)


if __name__ == "__main__":
    main()
